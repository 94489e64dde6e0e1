"""What an organizer finds of those who hide from them: applications and people, and nothing of what they post."""

import pytest
from cast import MONDAY, PASSWORD
from pages import crawl, words

from models import (
    Action,
    Claim,
    Employer,
    Event,
    HiddenFrom,
    Inquiry,
    Member,
    Notice,
    NotYours,
    OneTimeLink,
    Pledge,
    Referral,
    Report,
    Workplace,
    log,
    months,
    queue,
    today,
    waiting,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

TITLE = "Shipwright"


@pytest.fixture
def boss(second):
    """Oscar works where Hana does: she hides from him by herself once she posts."""
    Workplace.say(second, "Harbour Works Ltd")
    return second


@pytest.fixture
def disputed(claim, helper, seeker):
    claim.accept(helper)
    claim.agree(seeker)
    claim.dispute(seeker, reason="No help was given.")
    return claim


@pytest.fixture
def stuck(claim, helper, seeker):
    """Money by hand that has waited for so long that an organizer looks at it."""
    claim.accept(helper)
    claim.agree(seeker)
    claim.report_hired(seeker, today())
    claim.confirm(helper)
    claim.pledge.fall_due()
    claim.pledge.call_desk()
    return claim.pledge


def kinds(organizer):
    return {kind for kind, id, since in waiting(organizer=organizer)}


def hidden_posting(organizer, referral, seeker):
    """The posting was reported and hidden, and its helper appeals."""
    action = Action.take(organizer, referral.helper, "hidden", "spam", "Look here.", referral=referral)
    action.appeal(referral.helper, reason="I meant well.")
    return action


# What waits


def test_a_posting_waits_for_the_organizers_who_may_know_of_it(boss, organizer, post, helper, set_policy, told):
    set_policy(review="all")

    referral = post()

    assert kinds(boss) == set()
    assert kinds(organizer) == {"review"}
    assert told(boss) == []
    assert "referral.submit" in told(organizer)
    assert not any(referral.can(verb, boss) for verb in ("approve", "reject", "ask_changes"))


@pytest.mark.parametrize("verb", ["approve", "reject", "ask_changes", "hide", "restore", "remove", "fill", "reinstate"])
def test_a_number_typed_by_hand_opens_no_verb(verb, boss, referral, oscar):
    answer = oscar.client.post(f"/referrals/{referral.id}/{verb}", data={"reason": "I know you."})

    assert answer.status_code == 404
    assert Referral.get().state == "published"


def test_pressing_for_many_at_once_leaves_them_out(boss, organizer, post, set_policy, oscar):
    set_policy(review="all")
    referral = post()

    page = oscar.client.post("/desk", data={"item": [f"review:{referral.id}"], "act": "approve"})
    held = oscar.client.post("/desk/hold", data={"item": f"review:{referral.id}"})

    assert (page.status_code, held.status_code) == (409, 409)
    assert Referral.get().state == "in_review"
    assert TITLE not in page.text + held.text


def test_no_action_is_taken_on_a_posting_by_whom_it_is_hidden_from(boss, referral):
    with pytest.raises(NotYours):
        Action.take(boss, referral.helper, "hidden", "spam", "I know you.", referral=referral)


def test_a_dispute_is_for_the_others(disputed, boss, organizer):
    Workplace.say(boss, "Bakery")  # He left, and is hidden from for a year.

    assert kinds(boss) == set()
    assert kinds(organizer) == {"dispute"}
    assert not disputed.can("decide", boss)
    assert disputed not in Claim.visible_to(boss)


def test_of_a_dispute_only_those_are_told_who_may_know(boss, organizer, claim, helper, seeker, told):
    claim.accept(helper)
    claim.agree(seeker)

    claim.dispute(seeker, reason="No help was given.")

    assert "claim.dispute" in told(organizer)
    assert told(boss) == []


def test_stuck_money_is_for_the_others(boss, organizer, stuck, told):
    assert kinds(boss) == set()
    assert kinds(organizer) == {"settlement"}
    assert told(boss) == []
    assert not stuck.can("lower", boss)


def test_a_report_about_a_posting_is_for_the_others_and_one_about_a_person_stays(
    boss, organizer, referral, seeker, told
):
    about_posting = Report.make(seeker, "spam", "Look at Harbour Works.", referral=referral)
    about_person = Report.make(seeker, "spam", "She shouts.", member=referral.helper)

    assert [item.record for item in queue("report", boss)] == [about_person]
    assert {item.record for item in queue("report", organizer)} == {about_posting, about_person}
    assert told(boss) == ["report.make"]
    assert not about_posting.can("uphold", boss)
    assert about_person.can("uphold", boss)


def test_an_appeal_about_a_posting_is_for_the_others_and_one_about_a_person_stays(
    boss, organizer, referral, helper, seeker, told
):
    about_posting = hidden_posting(organizer, referral, seeker)
    about_person = Action.take(organizer, helper, "warning", "spam", "Forty letters.")
    about_person.appeal(helper, reason="It was one.")

    assert [item.record for item in queue("appeal", boss)] == [about_person]
    assert told(boss) == ["action.appeal"]
    assert not any(about_posting.can(verb, boss) for verb in ("keep", "reverse", "undo"))
    assert not about_posting.can("keep", organizer), "It is her own, though nobody else may know of it."
    assert not about_person.can("keep", organizer)


def test_a_removal_that_nobody_else_may_know_of_is_undone_by_who_removed(boss, organizer, referral):
    action = Action.take(organizer, referral.helper, "removed", "spam", "Look here.", referral=referral)

    action.undo(organizer, reason="I was wrong.")

    assert Referral.get().state == "published"


def test_what_an_employer_wrote_is_not_for_those_who_work_there(boss, organizer, oscar, told):
    inquiry = Inquiry.write(name="Petra", email="p@works.example", employer="Harbor Works", body="Who is it?")

    assert kinds(boss) == set()
    assert kinds(organizer) == {"contact"}
    assert told(boss) == []
    assert oscar.open(f"/desk/contacts/{inquiry.id}").status == 404
    assert not inquiry.can("answer", boss)


def test_where_nobody_else_could_read_it_they_do(organizer, told):
    Workplace.say(organizer, "Harbour Works")

    Inquiry.write(name="Petra", email="p@works.example", employer="Harbor Works", body="Who is it?")

    assert kinds(organizer) == {"contact"}
    assert told(organizer) == ["inquiry.write"]


def test_what_is_posted_about_an_employer_is_listed_but_for_the_hidden(organizer, second, post, rival, oscar):
    post(by=rival, title="Sailmaker", connection="knows_of")
    hana = post().helper
    HiddenFrom.add(hana, "member", other=second)
    inquiry = Inquiry.write(name="Petra", email="p@works.example", employer="Harbor Works", body="Who is it?")

    page = oscar.open(f"/desk/contacts/{inquiry.id}")

    assert "Sailmaker" in page.text
    assert TITLE not in page.text


def test_a_dry_run_of_a_blocked_word_does_not_find_the_hidden(boss, referral, oscar):
    oscar.open("/desk/employers")

    page = oscar.press("Try it on what is here", kind="word", pattern=TITLE.casefold())

    assert TITLE not in words(page.part("main"))


# People


def test_a_member_is_shown_at_the_desk_without_what_they_post(
    boss, organizer, referral, helper, seeker, oscar, olga, set_policy
):
    Member.update(state="new").where(Member.id == helper.id).execute()
    referral.pause(helper)
    hidden_posting(organizer, referral, seeker)
    Action.take(organizer, helper, "warning", "spam", "Forty letters.")
    Report.make(seeker, "spam", "Look.", referral=referral)
    for page, sees in (
        (oscar.open(f"/desk/members/{helper.id}"), False),
        (olga.open(f"/desk/members/{helper.id}"), True),
    ):
        assert "Forty letters." in page.text
        assert ("Look here." in page.text) is sees
        assert ("paused the posting" in page.text) is sees
        assert ("hid a posting" in page.text) is sees


def test_that_somebody_has_posted_for_the_first_time_is_not_said(boss, organizer, helper, post, oscar):
    Member.update(state="new").where(Member.id == helper.id).execute()
    post(by=Member.get_by_id(helper.id))

    assert Event.select().where(Event.verb == "member.settle_in").exists()
    assert "first posting" not in oscar.open(f"/desk/members/{helper.id}").text


def test_a_page_about_something_hidden_is_a_page_that_is_not_there(boss, organizer, referral, seeker, oscar, claim):
    action = hidden_posting(organizer, referral, seeker)
    report = Report.make(seeker, "spam", "Look.", claim=claim)
    addresses = (
        f"/desk/actions/{action.id}",
        f"/desk/reports/{report.id}",
        f"/referrals/{referral.id}",
        f"/referrals/{referral.id}/history",
        f"/claims/{claim.id}",
        f"/claims/{claim.id}/history",
        f"/reports/new?referral={referral.id}",
        f"/reports/new?claim={claim.id}",
    )

    assert {address: oscar.client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 404)


def test_money_at_the_desk_is_listed_and_counted_without_the_hidden(by_card, boss, organizer, walk):
    pledge = by_card("resting")
    oscar, olga = walk(boss), walk(organizer)

    assert list(Pledge.listed(boss)) == []
    assert Pledge.states(boss) == {}
    assert oscar.client.get(f"/desk/money/{pledge.id}").status_code == 404
    assert "Hana" not in oscar.client.get("/desk/money.csv").text
    assert "Hana" in olga.client.get("/desk/money.csv").text


def test_figures_count_what_the_reader_may_know_of(boss, organizer, post):
    for number in range(5):
        post(title=f"Rigger {number}")

    assert [row["referrals"] for row in months(organizer)] == [5]
    assert [row.get("referrals") for row in months(boss)] == [None]


# The log


def test_the_log_leaves_out_what_is_about_the_hidden(boss, organizer, referral, seeker, helper):
    Action.take(organizer, helper, "note", "spam", "She shouts.")
    hidden_posting(organizer, referral, seeker)
    Report.make(seeker, "spam", "Look.", referral=referral).dismiss(organizer, reason="No.")

    assert [event.verb for event in log(boss)] == ["action.note"]
    assert {"action.hidden", "report.dismiss", "action.appeal"} <= {event.verb for event in log(organizer)}


@pytest.mark.parametrize("name", ["Harbour Works", "HARBOR WORKS Inc.", "Harbour Works Co. Ltd."])
def test_the_log_leaves_out_what_the_register_says_of_the_readers_employer(name, boss, organizer):
    Employer.register(organizer, name, "no_postings", False, "They asked who it was.")
    Employer.register(organizer, "Bakery. The Good One", "gifts_only", False, "Fine.")

    assert [event.reason for event in log(boss)] == ["Bakery. The Good One. Fine."]
    assert len(list(log(organizer))) == 2


# Notices


def test_a_notice_about_what_was_hidden_since_is_neither_listed_nor_counted(
    second, organizer, post, helper, oscar, set_policy
):
    set_policy(review="all")
    referral = post()
    Report.make(organizer, "spam", "Look at the Shipwright.", referral=referral)
    assert len(Notice.unread(second)) == 2

    Workplace.say(second, "Harbour Works")

    assert len(Notice.unread(second)) == 0
    page = oscar.open("/notices")
    assert TITLE not in page.text
    assert not page.says("unread")


def test_a_side_of_a_claim_goes_on_reading_its_notices(claim, helper, seeker, sami):
    HiddenFrom.add(helper, "member", other=seeker)
    claim.decline(helper)

    assert len(Notice.unread(seeker)) == 1
    assert TITLE in sami.open("/notices").text
    assert sami.open(f"/claims/{claim.id}").status == 200


# All of it


def test_an_organizer_who_walks_everywhere_finds_nothing_of_the_leaver(
    boss, organizer, post, helper, seeker, oscar, set_policy
):
    referral = post(helper_named=False, employer_named=False)
    claim = Claim.request(referral, seeker, "I have built boats.", ["good_word"])
    claim.accept(helper)
    claim.agree(seeker)
    claim.dispute(seeker, reason="No help was given.")
    hidden_posting(organizer, referral, seeker)
    Report.make(seeker, "spam", "Look.", referral=referral)
    Member.join("Nia New", "nia@example.org", PASSWORD, state="applicant")
    set_policy(review="all")
    post()

    pages = crawl(
        oscar, "/", "/desk", "/log", "/notices", "/desk/insight", within="/(desk|log|notices|referrals|claims|$)"
    )

    assert len(pages) > 20
    for page in pages:
        assert TITLE not in page.text, page.address
        assert "Hamilton" not in page.text, page.address
    assert "Nia New" in oscar.open("/desk").text


def test_an_organizer_does_not_come_in_as_somebody_who_hides_from_them(organizer, boss, helper, post):
    post()
    assert OneTimeLink.for_member(helper, organizer)
    with pytest.raises(NotYours, match="Another organizer"):
        OneTimeLink.for_member(helper, boss)
    assert not helper.can("correct_address", boss)
    assert "Another organizer" in helper.out_of_reach(boss)
    assert helper.can("correct_address", organizer)
