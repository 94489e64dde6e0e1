"""This machine's clock jumps while the site runs, or the site was away: no deadline ends anything by itself."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from living import CLAIM

RUNNER = Path(__file__).parent / "with_clock.py"
JUMPS = {"ten minutes back": -timedelta(minutes=10), "a year ahead": timedelta(days=365)}


@pytest.fixture
def site(stage, tmp_path, monkeypatch):
    """A site whose clock `site.set_clock(delta)` sets."""
    clock = tmp_path / "clock"
    clock.write_text("0")
    monkeypatch.setenv("CLOCK", str(clock))
    folder = tmp_path / "data"
    folder.mkdir()

    def set_clock(delta):
        aside = clock.with_name("set")
        aside.write_text(str(delta.total_seconds()))
        os.replace(aside, clock)

    with stage(folder, str(RUNNER)) as served:
        served.set_clock = set_clock
        yield served


def wait_until(true):
    ends = time.monotonic() + 30
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.1)


def seen(site):
    """How the claim and the clocks stand."""
    return site.rows(f"SELECT state FROM claim WHERE id = {CLAIM}"), site.rows("SELECT why FROM heartbeat")


def events(site):
    return site.rows("SELECT verb FROM event WHERE verb LIKE 'clocks.%' OR verb = 'claim.lapse' ORDER BY id")


@pytest.mark.parametrize("jump", JUMPS)
def test_a_clock_that_jumps_ends_nothing_until_an_organizer_has_chosen(jump, site):
    wait_until(lambda: site.rows("SELECT why FROM heartbeat") == [""])
    due = site.rows(f"SELECT due FROM claim WHERE id = {CLAIM}")

    site.set_clock(JUMPS[jump])
    wait_until(lambda: seen(site)[1] != [""])
    sami, olga = site.sign_in("sami@example.org"), site.sign_in("olga@example.org")
    page = site.ask("GET", f"/claims/{CLAIM}", sami)
    desk = site.ask("GET", "/desk/clocks", olga)
    time.sleep(1)

    assert "All deadlines stand still at the moment." in page.text
    assert "The clocks stand still" in desk.text
    assert seen(site)[0] == ["requested"]
    assert site.ask("POST", f"/claims/{CLAIM}/messages", sami, body="Here all the same.").status == 303

    assert site.ask("POST", "/desk/clocks/give-back", olga).status == 303
    time.sleep(1)
    assert seen(site) == (["requested"], [""])
    assert site.rows(f"SELECT due FROM claim WHERE id = {CLAIM}") != due
    assert events(site) == ["clocks.stop", "clocks.give_back"]


def test_a_site_that_was_away_for_ten_days_goes_on_as_an_organizer_says(site):
    wait_until(lambda: site.rows("SELECT why FROM heartbeat") == [""])
    site.kill()
    site.set_clock(timedelta(days=10))

    site.start()
    olga = site.sign_in("olga@example.org")
    wait_until(lambda: seen(site)[1] == ["away"])
    assert seen(site)[0] == ["requested"]

    assert site.ask("POST", "/desk/clocks/go-on", olga).status == 303
    wait_until(lambda: seen(site) == (["lapsed"], [""]))
    assert events(site) == ["clocks.stop", "clocks.go_on", "claim.lapse"]
