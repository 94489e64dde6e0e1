"""`kill -9` of the process that serves, while people write: what was acknowledged is there afterwards."""

import random
import time

import pytest
from cast import soak
from living import CLAIM, Writers


@pytest.mark.parametrize("times", soak([4, 200], 4))
def test_no_acknowledged_write_is_lost_by_a_kill(times, stage, tmp_path):
    chance, kept = random.Random(416), set()
    with stage(tmp_path) as site:
        cookies = [site.sign_in("hana@example.org"), site.sign_in("sami@example.org")]
        for _time in range(times):
            with Writers(site, CLAIM, cookies, 8) as crowd:
                crowd.wait_for(8)
                time.sleep(chance.uniform(0, 0.3))
                site.kill()
            kept |= crowd.kept
            assert len(crowd.kept) >= 8
            assert kept <= site.messages()
            site.start()

        assert site.rows("PRAGMA integrity_check") == ["ok"]
        assert site.ask("GET", f"/claims/{CLAIM}", cookies[0]).status == 200
