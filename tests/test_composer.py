"""Until a claim is accepted, an unnamed helper hears before they tell the seeker who they are or where they work."""

from datetime import date

import pytest
from cast import MONDAY

from models import Claim, Invalid, Message, Referral

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


@pytest.fixture
def asked(post, helper, seeker):
    """A request for the help of an unnamed posting."""
    posting = post(helper_named=False, employer_named=False, last_day=date(2026, 7, 3))
    return Claim.request(posting, seeker, "I have built boats all my life.", ["reference"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Gladly.\nHana", "“Hana”"),
        ("Gladly. — H. Helper", "“H. Helper”"),
        ("Come to Harbour Works on Monday.", "“Harbour Works”"),
        ("Call me: 604-555-0100.", "“604-555-0100”"),
        ("I am here until July 3rd.", "“July 3rd”"),
        ("Hana, of Harbour Works: hana@example.org", "“Hana”, “Harbour Works”, “hana@example.org”"),
    ],
)
def test_a_helper_hears_before_they_sign_with_their_name(asked, helper, text, words):
    with pytest.raises(Invalid) as refusal:
        asked.say(helper, text)

    assert words in refusal.value.problems["body"]
    assert Message.select().count() == 0


@pytest.mark.parametrize("text", ["Which boats have you built?", "The helper is glad.", "See you in July."])
def test_a_harmless_message_goes_through_at_once(asked, helper, text):
    asked.say(helper, text)


def test_who_wants_to_can_send_it_as_it_is(asked, helper):
    asked.say(helper, "Gladly.\nHana", as_it_is=True)

    assert Message.get().body == "Gladly.\nHana"


def test_the_seeker_may_sign_and_both_may_once_it_is_accepted(asked, helper, seeker):
    asked.say(seeker, "Hana Helper of Harbour Works?")
    asked.accept(helper)
    asked.say(helper, "Yes: Hana, hana@example.org")


def test_where_the_names_are_shown_nobody_is_warned(claim, helper):
    claim.say(helper, "Hana Helper, Harbour Works, hana@example.org")


def test_where_only_the_employer_is_described_ones_own_name_is_no_secret(asked, helper):
    Referral.update(helper_named=True).execute()

    fresh_claim = Claim.get()
    fresh_claim.say(helper, "Gladly.\nHana")
    with pytest.raises(Invalid):
        fresh_claim.say(helper, "At Harbour Works.")


@pytest.mark.parametrize("verb", ["ask_changes", "decline"])
def test_a_reason_is_looked_through_as_well(asked, helper, verb):
    with pytest.raises(Invalid, match="Harbour Works"):
        getattr(asked, verb)(helper, reason="We at Harbour Works want more.")
    assert Claim.get().state == "requested"

    getattr(asked, verb)(helper, reason="We at Harbour Works want more.", as_it_is=True)

    assert Claim.get().state != "requested"


def test_the_first_press_is_answered_and_the_second_goes_through(asked, hana):
    hana.open("/claims/1")

    hana.press("Send", body="Gladly.\nHana")
    assert hana.page.status == 422
    assert "tells who you are or where you work: “Hana”." in hana.page.says("body-error")
    assert hana.page.typed("body") == "Gladly.\nHana"

    hana.press("Send", as_it_is="yes")
    assert hana.page.status == 200
    assert "Gladly." in hana.page.says("thread")


def test_the_box_stands_only_where_something_was_found(asked, hana):
    page = hana.open("/claims/1")

    assert page.all("input", name="as_it_is") == []


@pytest.mark.parametrize("label", ["Decline", "Ask for changes"])
def test_a_reason_has_the_box_too(asked, hana, label):
    hana.open("/claims/1")

    hana.press(label, reason="Not this time.\nHana")
    assert hana.page.status == 422
    hana.press(label, as_it_is="yes")

    assert hana.page.status == 200
    assert Claim.get().state != "requested"


def test_over_htmx_the_composer_comes_back_with_the_text(asked, helper, browse, read):
    asking = {"HX-Request": "true", "HX-Target": "div#claim"}

    page = read(browse(helper).post("/claims/1/messages", data={"body": "Call Hana"}, headers=asking))

    assert page.status == 422
    assert page.part("main") is None
    assert page.typed("body") == "Call Hana"
    assert page.all("input", name="as_it_is")
