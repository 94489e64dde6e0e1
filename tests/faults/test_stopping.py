"""The site is asked to stop while people write: whoever was being answered is answered whole."""

import time

from living import CLAIM, Writers


def test_nobody_who_was_being_answered_is_cut_off(stage, tmp_path):
    with stage(tmp_path) as site:
        cookies = [site.sign_in("hana@example.org"), site.sign_in("sami@example.org")]
        with Writers(site, CLAIM, cookies, 32) as crowd:
            crowd.wait_for(64)
            time.sleep(0.1)
            seconds = site.terminate()

        assert site.process.returncode == 0
        assert seconds < 10
        messages = site.messages()
        assert crowd.kept <= messages
        assert {answer.status for _body, answer in crowd.refused} <= {503}
        # Who came too late was not let in at all: nothing of theirs was kept without their hearing of it.
        assert not {body for body, _problem in crowd.cut} & messages
