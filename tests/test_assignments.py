"""Who is at work on what: a hold holds on every page, is taken over with a word, and ends with the decision."""

import pytest
from cast import MONDAY, PASSWORD

from models import Action, Assignment, Claim, Invalid, Member, Notice, NotYours, Referral, Refused, Report, log

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


@pytest.fixture
def applicant(organizer):
    return Member.join("Nia New", "nia@example.org", PASSWORD, state="applicant")


def test_what_somebody_holds_nobody_else_decides_wherever_they_press(applicant, organizer, second, olga, unchanged):
    Assignment.take(second, applicant.held_as)

    with unchanged(), pytest.raises(Refused, match="Oscar Organizer is at work on this"):
        applicant.admit(organizer)
    page = olga.open(f"/desk/members/{applicant.id}")
    assert "Oscar Organizer is on it" in page.text
    assert olga.client.post(f"/desk/members/{applicant.id}/admit").status_code == 409
    assert Member.get_by_id(applicant.id).state == "applicant"


def test_an_action_about_a_member_whom_another_looks_at_is_not_taken(helper, organizer, second, unchanged):
    Assignment.take(second, helper.held_as)

    with unchanged(), pytest.raises(Refused, match="is at work"):
        Action.take(organizer, helper, "note", "spam", "Look.")


def test_an_action_about_a_posting_asks_who_holds_the_posting(referral, organizer, second, unchanged):
    Assignment.take(second, referral.held_as)

    with unchanged(), pytest.raises(Refused, match="is at work"):
        Action.take(organizer, referral.helper, "hidden", "spam", "Look.", referral=referral)
    with unchanged(), pytest.raises(Refused, match="is at work"):
        referral.hide(organizer, reason="Look.")


def test_whoever_looks_at_a_report_holds_what_was_reported(
    referral, claim, seeker, rival, organizer, second, unchanged
):
    about_posting = Report.make(rival, "spam", "Look.", referral=referral)
    about_claim = Report.make(seeker, "spam", "Look.", claim=claim)
    about_person = Report.make(rival, "spam", "Look.", member=seeker)

    assert about_posting.held_as == referral.held_as
    assert about_claim.held_as == claim.held_as
    assert about_person.held_as == seeker.held_as
    Assignment.take(second, referral.held_as)
    with unchanged(), pytest.raises(Refused, match="is at work"):
        about_posting.dismiss(organizer, reason="It is nothing.")


def test_a_link_for_somebody_whom_another_looks_at_is_not_made(helper, organizer, second, olga):
    Assignment.take(second, helper.held_as)

    answer = olga.client.post(f"/desk/members/{helper.id}/link")

    assert answer.status_code == 409


def test_a_decision_ends_the_hold(applicant, organizer):
    Assignment.take(organizer, applicant.held_as)

    applicant.admit(organizer)

    assert not Assignment.select()


def test_holding_is_taken_over_with_a_word_that_the_other_reads(applicant, second, olga, oscar, organizer):
    oscar.open(f"/desk/members/{applicant.id}")
    oscar.press("I am on it")
    assert "Yours" in oscar.open(f"/desk/members/{applicant.id}").text

    olga.open(f"/desk/members/{applicant.id}")
    olga.press("Take it over", reason="You are asleep, Oscar.")

    assert Assignment.on(applicant).organizer == organizer
    notice = oscar.open("/notices")
    assert "Olga Owner has taken over what you were at work on" in notice.text
    assert "You are asleep, Oscar." in notice.text
    assert olga.open(f"/desk/members/{applicant.id}").status == 200
    assert log(organizer).first().sentence_in_log == "Olga Owner took something over from another organizer"


@pytest.mark.parametrize("app", ["", "/circle"], indirect=True)
def test_whoever_holds_something_stays_on_its_page(app, applicant, second, olga):
    page = olga.open(f"/desk/members/{applicant.id}")

    held = olga.press("I am on it")

    assert held.address == page.address
    assert "Yours" in held.text


@pytest.mark.parametrize("words", ["", " \n", "\u200b", "x" * 100_000])
def test_nothing_is_taken_over_without_a_word(words, applicant, organizer, second, unchanged):
    Assignment.take(second, applicant.held_as)

    with unchanged(), pytest.raises(Invalid):
        Assignment.take(organizer, applicant.held_as, over=words)


@pytest.mark.parametrize("end", ["dismissed", "suspended", "banned", "deleted", "late"])
def test_a_hold_ends_with_its_holder(end, applicant, organizer, second, wait):
    Assignment.take(second, applicant.held_as)

    if end == "dismissed":
        second.dismiss(organizer, reason="Thank you.")
        Member.get_by_id(second.id).appoint(organizer)
    elif end == "late":
        wait(minutes=31)
    elif end == "deleted":
        second.dismiss(organizer, reason="Thank you.")
    else:
        Action.take(organizer, second, end, "harassment", "You shouted.", days=7 if end == "suspended" else None)

    assert Assignment.holders() == {}
    applicant.admit(organizer)


def test_one_organizer_alone_meets_nobody(applicant, organizer, olga):
    assert "I am on it" not in olga.open(f"/desk/members/{applicant.id}").text

    Assignment.take(organizer, applicant.held_as)
    applicant.admit(organizer)

    assert applicant.state == "new"


def test_members_hold_nothing(applicant, helper, unchanged):
    with unchanged(), pytest.raises(NotYours):
        Assignment.take(helper, applicant.held_as)


@pytest.mark.parametrize("key", ["member:999", "claim:1", "member:x", "member:²", "action:" + "9" * 30, ""])
def test_a_key_typed_by_hand_holds_nothing_that_is_not_theirs_to_act_on(key, claim, organizer, olga):
    """The claim waits for nobody at the desk."""
    olga.open("/")

    answer = olga.client.post("/desk/hold", data={"item": key})

    assert answer.status_code == 409
    assert not Assignment.select()


# Notices of what another has done


def asked(member):
    return [notice.kind for notice in Notice.unread(member).where(Notice.asks)]


def test_once_one_organizer_has_decided_the_others_are_no_longer_asked(
    applicant, organizer, second, post, set_policy, seeker, rival, referral
):
    set_policy(review="all")
    posting, report = post(title="Sailmaker"), Report.make(rival, "spam", "Look.", referral=referral)
    again = Report.make(seeker, "spam", "Look.", referral=referral)
    assert sorted(asked(organizer)) == ["member.apply", "referral.submit", "report.make", "report.make"]

    applicant.admit(second)
    posting.approve(second)
    report.dismiss(second, reason="It is nothing.")

    assert again.state == "open"
    assert asked(organizer) == asked(second) == []


def test_a_dispute_that_one_has_decided_asks_no_other(lead, organizer, second, helper):
    claim = lead(Claim, "disputed")
    assert "claim.dispute" in asked(organizer) or "claim.contest" in asked(organizer)

    claim.decide(second, "cancelled", reason="Nothing was agreed.")

    assert asked(organizer) == []


def test_what_still_waits_goes_on_asking(organizer, second, post, set_policy):
    set_policy(review="all")
    first, other = post(title="Sailmaker"), post(title="Rigger")

    first.approve(second)

    assert [notice.referral for notice in Notice.unread(organizer).where(Notice.asks)] == [other]
    assert Referral.get_by_id(first.id).state == "published"
