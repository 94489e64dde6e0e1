"""Notices: what a member is told, how many they have not read, and where they lead."""

import pytest
from cast import MONDAY
from pages import words

from models import Claim, Notice, Pledge, Referral
from views.notices import PAGE_SIZE

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


def notices(browser):
    """What the notices of this member say, newest first."""
    return [words(item.find("a")) for item in browser.open("/notices").part("notices").iter("li") if len(item)]


def unread(page):
    return page.says("unread")


def test_whoever_has_not_been_told_anything_reads_what_will_be_here(sami):
    page = sami.open("/notices")

    assert "Nothing yet" in page.text
    assert unread(page) == ""


def test_the_header_counts_what_was_not_read(claim, use, hana):
    assert unread(hana.open("/")) == "1 unread"

    use(claim, "withdraw")

    assert unread(hana.open("/")) == "2 unread"


def test_a_notice_that_asks_for_an_answer_is_marked_until_it_is_read(claim, hana):
    page = hana.open("/notices")
    [asks] = [item for item in page.part("notices").iter("li") if "data-unread" in item.attrib]
    assert "Sami Seeker asks for your help with “Shipwright”. Your move" in words(asks)

    read = hana.press("Mark all as read")

    assert read.flash == "All read."
    assert unread(read) == ""
    assert "Your move" not in read.says("notices")


def test_opening_what_a_notice_is_about_reads_it(claim, hana):
    hana.open("/notices")

    page = hana.follow("Sami Seeker asks for your help with “Shipwright”.")

    assert page.address == f"/claims/{claim.id}"
    assert unread(page) == ""


def test_a_notice_about_a_posting_leads_to_it(lead, use, hana):
    use(lead(Referral, "in_review"), "approve")
    hana.open("/notices")

    page = hana.follow("“Shipwright” is on the board now.")

    assert page.address == "/referrals/1"
    assert unread(page) == ""


def test_a_reason_is_told_with_the_notice(claim, use, sami):
    use(claim, "decline", reason="I leave sooner than I thought.")

    assert "“I leave sooner than I thought.”" in sami.open("/notices").says("notices")


def test_messages_are_told_once_until_somebody_has_looked(claim, hana, sami):
    sami.open("/claims/1")
    sami.press("Send", body="One."), sami.press("Send", body="Two.")
    told = notices(hana)

    hana.open("/claims/1")
    sami.press("Send", body="Three.")

    assert told.count("Sami Seeker wrote to you about “Shipwright”.") == 1
    assert notices(hana).count("Sami Seeker wrote to you about “Shipwright”.") == 2


@pytest.mark.parametrize(
    ("noun", "state", "told", "says"),
    [
        (Claim, "requested", "helper", "Sami Seeker asks for your help with “Shipwright”."),
        (Claim, "changes_asked", "seeker", "Hana Helper asks you to change your request for “Shipwright”."),
        (Claim, "declined", "seeker", "Hana Helper could not take on your request for “Shipwright” this time."),
        (Claim, "accepted", "seeker", "Hana Helper accepted your request for “Shipwright”."),
        (Claim, "active", "helper", "Sami Seeker agreed to the terms for “Shipwright”."),
        (Claim, "withdrawn", "helper", "Sami Seeker withdrew the claim on “Shipwright”."),
        (Claim, "lapsed", "seeker", "The claim on “Shipwright” lapsed: nobody answered in time."),
        (Claim, "released", "seeker", "Hana Helper cannot help with “Shipwright” any longer and let the claim go."),
        (Claim, "not_hired", "helper", "“Shipwright” did not lead to a hire: Sami Seeker closed the claim."),
        (Claim, "reported", "helper", "Sami Seeker reports a hire for “Shipwright”."),
        (Claim, "disputed", "organizer", "Hana Helper contests the report of a hire for “Shipwright”."),
        (Claim, "hired", "seeker", "Hana Helper confirmed the hire for “Shipwright”."),
        (Claim, "ended_early", "helper", "Sami Seeker reports that the job at “Shipwright” ended"),
        (Claim, "settled", "seeker", "“Shipwright” is settled."),
        (Claim, "cancelled", "seeker", "Olga Owner has decided about “Shipwright” and says why."),
        (Claim, "expired", "helper", "The claim on “Shipwright” ran out without a hire."),
        (
            Pledge,
            "due",
            "seeker",
            "The price for the help with “Shipwright” is due now, from the seeker to the helper.",
        ),
        (Pledge, "sent", "helper", "Sami Seeker has sent the money for “Shipwright”."),
        (Pledge, "paid", "seeker", "Hana Helper has received the money for “Shipwright”."),
        (Pledge, "waived", "seeker", "Hana Helper waived the price for “Shipwright”."),
        (Referral, "in_review", "organizer", "Hana Helper handed in “Shipwright”."),
        (Referral, "changes_asked", "helper", "Olga Owner asks you to change something in “Shipwright”"),
        (Referral, "rejected", "helper", "Olga Owner turned “Shipwright” down and says why."),
        (Referral, "hidden", "helper", "Olga Owner has hidden “Shipwright” for now and says why."),
        (Referral, "removed", "helper", "Olga Owner removed “Shipwright” and says why."),
        (Referral, "expired", "helper", "“Shipwright” has left the board."),
    ],
)
def test_whoever_is_concerned_is_told_and_led_to_it(lead, people, walk, noun, state, told, says):
    lead(noun, state)
    reader = walk(people[told])

    found = [text for text in notices(reader) if text.startswith(says)]

    assert len(found) == 1
    assert reader.follow(found[0]).status == 200


def test_nobody_is_told_of_their_own_deeds(claim, sami):
    assert notices(sami) == []


def test_many_notices_are_shown_in_pages(claim, helper, hana):
    Notice.insert_many(
        [{"member": helper, "kind": "claim.message", "claim": claim, "referral": claim.referral}] * PAGE_SIZE
    ).execute()

    first = hana.open("/notices")
    second = hana.follow("Older")

    assert len(list(first.part("notices").iter("time"))) == PAGE_SIZE
    assert "Sami Seeker asks for your help" in second.says("notices")
    assert unread(first) == f"{PAGE_SIZE + 1} unread"


def test_the_notices_of_others_are_their_own(claim, rival, walk):
    assert notices(walk(rival)) == []
