"""A journey on a site that lies below a path. Whatever asks for anything outside of the path is a complaint."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from golem import create_app
from models import today

PREFIX = "/golem"


@pytest.fixture
def app(database):
    app = create_app({"GOLEM_DATA": str(database.parent), "GOLEM_LIMITS": "off", "GOLEM_PREFIX": PREFIX})
    app.testing = True
    return app


@pytest.fixture
def site(site, app):
    app.config["GOLEM"].url = site + PREFIX
    return f"{site}{PREFIX}/"


def test_below_a_path_people_come_in_post_claim_write_and_leave(person, helper, seeker):
    hana, sami = person(helper), person(seeker)

    hana.drafts_a_role(last_day=today() + timedelta(days=30), prices={"A role briefing": "0"})
    hana.publishes()
    sami.finds("shipwright", title="Shipwright")
    sami.asks_for("A role briefing", note="Tell me what it is really like.")
    hana.reads_the_newest_notice()
    hana.accepts(button="Accept: this shows them your name and your employer")
    sami.opens_the_claim_that_waits()
    sami.agrees()
    hana.marks_the_page()
    sami.marks_the_page()
    sami.says("When shall we talk?")
    hana.sees("When shall we talk?")
    hana.is_still_on_the_marked_page()
    sami.is_still_on_the_marked_page()
    sami.signs_out()

    assert sami.page.url.endswith(f"{PREFIX}/")
    expect(sami.page.get_by_role("banner").get_by_role("link", name="Sign in")).to_be_visible()
    assert {cookie["path"] for cookie in hana.page.context.cookies()} == {PREFIX}
