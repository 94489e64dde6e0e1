"""What each reader learns of a helper who is unnamed until a claim is accepted: page by page, as browsers get it."""

from datetime import date
from html import unescape

import pytest
from cast import MONDAY

from models import Claim

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

LAST_DAY = date(2026, 7, 23)
INFLUENCE = "I report to the person who hires"
WORDS = "A boatyard on the lake"


@pytest.fixture
def unnamed(post):
    """A posting of a leaver who is not named, nor is the employer."""
    return post(
        **{"helper_named": False, "employer_named": False, "employer_words": WORDS},
        **{"last_day": LAST_DAY, "influence": INFLUENCE},
    )


@pytest.fixture
def asked(unnamed, seeker):
    return Claim.request(unnamed, seeker, "I have built boats all my life.", ["good_word", "reference"])


@pytest.fixture
def told(helper, unnamed):
    """Which of the things that wait for an acceptance this answer gives away, in its text or its headers."""
    secrets = {
        "name": ["Hana", "Hana Helper"],
        "profile": [f"/members/{helper.id}", f"member={helper.id}", f'value="{helper.id}"'],
        "employer": ["Harbour Works", "harbour works"],
        "day": ["23 Jul", "Jul 23", "2026-07-23", "23 July"],
        "influence": [INFLUENCE],
    }

    def told(answer):
        whole = unescape(answer.text) + str(answer.headers)
        return {what for what, forms in secrets.items() if any(form in whole for form in forms)}

    return told


ALL = {"name", "employer", "day", "influence"}


# The board and the posting


def test_a_member_reads_of_an_unnamed_posting_what_tells_nobody(browse, rival, unnamed, told):
    browser = browse(rival)

    board, posting = browser.get("/"), browser.get(f"/referrals/{unnamed.id}")

    for answer in (board, posting):
        assert told(answer) == set()
        assert "A member" in answer.text
        assert "here since 2026" in answer.text
        assert WORDS in answer.text
        assert "Works there, leaving in July" in answer.text
    assert "Your note to the helper" in posting.text


@pytest.mark.parametrize("by", ["helper", "organizer"])
def test_the_helper_and_organizers_read_all_of_an_unnamed_posting(by, browse, people, unnamed, told):
    answer = browse(people[by]).get(f"/referrals/{unnamed.id}")

    assert told(answer) >= ALL


def test_a_posting_says_how_many_people_its_helper_has_helped(browse, lead, rival, unnamed):
    lead(Claim, "hired")

    answer = browse(rival).get("/")

    assert "helped 1 person" in answer.text


def test_the_month_of_the_last_day_is_over_before_anyone_reads_that_they_left(browse, rival, unnamed, wait):
    wait(days=55)  # It is 26 July.
    before = browse(rival).get(f"/referrals/{unnamed.id}").text
    wait(days=8)
    after = browse(rival).get(f"/referrals/{unnamed.id}").text

    assert "Works there, leaving in July" in before
    assert "No longer: the helper has left." not in before
    assert "Worked there" in after
    assert "No longer: the helper has left." in after


# The helper's profile


def test_a_profile_does_not_list_what_is_posted_unnamed(browse, rival, seeker, helper, asked):
    for member in (rival, seeker):
        answer = browse(member).get(f"/members/{helper.id}")

        assert "Shipwright" not in answer.text
        assert WORDS not in answer.text
    assert "Shipwright" in browse(helper).get(f"/members/{helper.id}").text


# Asking


def test_who_asks_reads_that_the_helper_has_the_request(sami, unnamed, told):
    sami.open(f"/referrals/{unnamed.id}")

    page = sami.press("Send request", note="I have built boats.", help=["reference"])

    assert page.flash == "Your request is with the helper. Nothing is due before a hire."
