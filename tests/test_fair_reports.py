"""Reports cannot be turned against anybody: what happens at once, one decision for one thing, and who learns what."""

import pytest
from cast import MONDAY, newcomer
from pages import Page

from models import (
    Action,
    Claim,
    Community,
    Event,
    HiddenFrom,
    Invalid,
    Member,
    Notice,
    NotYours,
    Refused,
    Report,
    db,
    lift_quotas,
    log,
    queue,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


@pytest.fixture
def rival(rival):
    """Rosa, who is no longer new."""
    rival.settle_in()
    return rival


@pytest.fixture
def other(organizer):
    """Otto, who is no longer new either."""
    other = newcomer("Otto Other", organizer)
    other.settle_in()
    return other


@pytest.fixture
def counted():
    """Quotas hold, as they do on a site."""
    lift_quotas(False)
    yield
    lift_quotas()


def state(record):
    return type(record).get_by_id(record.id).state


def accuse(member, referral, rule="not_real"):
    referral.reload()
    return Report.make(member, rule, "There is no such job.", referral=referral)


# What happens at once


def test_a_newcomer_hides_nothing_alone(post, seeker, organizer):
    postings = [post(employer=f"Yard {number}") for number in range(5)]

    for posting in postings:
        accuse(seeker, posting)

    assert {state(posting) for posting in postings} == {"published"}
    assert len(queue("report", organizer)) == 5


def test_nobody_hides_one_posting_after_another(post, rival, counted):
    postings = [post(employer=f"Yard {number}") for number in range(5)]

    for posting in postings:
        accuse(rival, posting)

    assert [state(posting) for posting in postings] == ["hidden"] * 2 + ["published"] * 3


def test_whose_reports_were_mostly_dismissed_hides_nothing(post, rival, organizer):
    for number in range(2):
        Report.make(rival, "spam", "Hm.", referral=post(employer=f"Shop {number}")).dismiss(organizer, reason="No.")

    accuse(rival, posting := post(employer="Yard"))

    assert state(posting) == "published"
    assert Report.tracks([rival.id])[rival.id].doubted


@pytest.mark.parametrize("again", ["rival", "other"])
@pytest.mark.parametrize("rule", ["not_real", "money_first"])
def test_what_was_dismissed_hides_nothing_again(again, rule, referral, rival, other, organizer):
    accuse(rival, referral).dismiss(organizer, reason="I was there.")

    accuse({"rival": rival, "other": other}[again], referral, rule)

    assert state(referral) == "published"
    assert [item.kind for item in queue("report", organizer)] == ["report"]


def test_an_edited_posting_is_another_matter(referral, rival, other, helper, organizer, use):
    accuse(rival, referral).dismiss(organizer, reason="I was there.")
    referral.reload()
    use(referral, "edit")

    accuse(other, referral)

    assert state(referral) == "hidden"


def test_what_was_cleared_with_a_backlog_protects_nobody(referral, rival, other, organizer):
    accuse(rival, referral)
    Report.clear_backlog(organizer, rival, "Please stop.")

    accuse(other, referral)

    assert state(referral) == "hidden"


def test_the_same_demand_for_money_stops_no_clocks_again(claim, seeker, organizer):
    Report.make(seeker, "money_first", "She did.", claim=claim).dismiss(organizer, reason="She did not.")

    claim.reload()
    Report.make(seeker, "money_first", "She did!", claim=claim)

    assert Claim.get_by_id(claim.id).frozen_at is None


def test_a_new_demand_for_money_does(claim, helper, seeker, organizer, wait):
    Report.make(seeker, "money_first", "She did.", claim=claim).dismiss(organizer, reason="She did not.")
    wait(days=1)
    claim.reload()
    claim.say(helper, "Send me 50 first.")

    Report.make(seeker, "money_first", "Look.", claim=claim)

    assert Claim.get_by_id(claim.id).frozen_at is not None


# One card, one decision


def test_all_that_is_said_of_one_thing_is_one_card(referral, rival, other, seeker, organizer):
    for member in (rival, other, seeker):
        accuse(member, referral, "spam")

    [item] = queue("report", organizer)

    assert [one.by.name for one in item.record.together] == ["Rosa Rival", "Otto Other", "Sami Seeker"]


def test_one_decision_ends_them_all_and_each_hears_of_it_once(referral, rival, other, organizer, told):
    first, second = (accuse(member, referral, "spam") for member in (rival, other))

    first.reload()
    first.dismiss(organizer, reason="It is an honest posting.")

    assert (state(first), state(second)) == ("dismissed", "dismissed")
    assert told(rival) == told(other) == ["report.dismiss"]
    assert Event.select().where(Event.verb == "report.dismiss").count() == 1


def test_nobody_is_asked_any_more_for_what_was_decided_together(referral, rival, other, organizer, second):
    first, _also = (accuse(member, referral, "spam") for member in (rival, other))
    assert Notice.unread(second).where(Notice.kind == "report.make").count() == 2

    first.reload()
    first.dismiss(organizer, reason="It is an honest posting.")

    assert not Notice.unread(second).where(Notice.kind == "report.make").exists()


def test_a_decision_is_made_with_all_reports_read(referral, rival, other, organizer):
    first = accuse(rival, referral, "spam")
    shown = first.version
    accuse(other, referral, "spam")

    first = Report.get_by_id(first.id)
    first.expect(shown)
    with pytest.raises(Refused, match="moved on"):
        first.dismiss(organizer, reason="Nothing.")


def test_who_reported_the_same_thing_does_not_judge_it(referral, rival, organizer, second):
    first = accuse(rival, referral, "spam")
    accuse(second, referral, "spam")

    assert queue("report", second) == []
    with pytest.raises(NotYours):
        first.dismiss(second, reason="I say so.")
    assert len(queue("report", organizer)) == 1


@pytest.mark.parametrize("consequence", ["note", "warning", "hidden", "removed", "posts_held", "silenced", "banned"])
def test_each_side_reads_what_was_written_for_it(consequence, referral, rival, helper, organizer):
    report = accuse(rival, referral)
    days = 7 if consequence in ("posts_held", "silenced") else None

    report.uphold(organizer, consequence, days, "Words for Hana.", reason="Words for Rosa.")

    action = Action.get()
    assert (action.kind, action.member, action.report) == (consequence, helper, report)
    assert action.reason == "Words for Hana."
    reasons = [notice.event.reason for notice in Notice.newest(helper) if notice.event]
    assert "Words for Hana." in reasons
    assert "Words for Rosa." not in reasons
    assert Notice.newest(rival).first().event.reason == "Words for Rosa."


def test_what_follows_needs_words_for_whoever_was_reported(referral, rival, organizer, unchanged):
    report = accuse(rival, referral)

    with unchanged(), pytest.raises(Invalid) as problem:
        report.uphold(organizer, "warning", reason="Thank you.")

    assert list(problem.value.problems) == ["to_reported"]


def test_owners_uphold_against_owners_and_others_let_nothing_follow(second, organizer, rival):
    second.make_owner(organizer)
    boss = Member.get_by_id(second.id)
    report = Report.make(rival, "harassment", "She shouts.", member=boss)
    helper = newcomer("Olaf Organizer", organizer, role="organizer")

    assert report.consequences(helper) == ["none"]
    report.uphold(organizer, "warning", to_reported="Please do not shout.", reason="She did.")

    assert Action.get().member == boss


# Quiet


def test_an_organizer_takes_the_right_to_report_away(referral, rival, organizer, told, unchanged):
    action = Action.take(organizer, rival, "reports_held", "spam", "Forty in a day.", days=7)

    with unchanged(), pytest.raises(Refused, match="cannot report"):
        accuse(rival, referral)

    assert told(rival) == ["action.reports_held"]
    assert action.can("appeal", rival)
    assert action in list(Action.of(rival))
    assert log(organizer).where(Event.verb == "action.reports_held").exists()


def test_a_backlog_is_cleared_in_one_press_with_one_notice(post, rival, helper, second, organizer, told):
    about_second = Report.make(rival, "spam", "Him too.", member=second)
    others = [Report.make(rival, "spam", "Hm.", referral=post(employer=f"Yard {number}")) for number in range(3)]

    count = Report.clear_backlog(second, rival, "Please stop.")

    assert (count, [state(one) for one in others], state(about_second)) == (3, ["dismissed"] * 3, "open")
    assert told(rival) == ["report.cleared"]


def test_a_backlog_is_cleared_from_the_members_page(referral, rival, olga):
    report = accuse(rival, referral)
    olga.open(f"/desk/members/{rival.id}")

    page = olga.press("Dismiss them all", reason="Please stop.")

    assert page.flash == "1 report was dismissed."
    assert state(report) == "dismissed"


# Nobody here can judge


def test_who_reports_the_only_organizer_reads_that_nobody_can_decide(rosa, rival, organizer, second):
    second.dismiss(organizer, reason="Thank you.")
    Community.update(outside_contact="The library, 416 555 0100").execute()
    Member.update(profile_shown="all").execute()
    rosa.open(f"/reports/new?member={organizer.id}")

    page = rosa.press("Send the report", rule="harassment", note="He shouts.")

    assert "Nobody here can decide about this at the moment" in page.flash
    assert "The library, 416 555 0100" in page.text
    assert "you will have a notice" not in page.text
    later = newcomer("Olaf Organizer", organizer, role="organizer")
    assert len(queue("report", later)) == 1


# Who stands still, and what is owed


def test_both_sides_of_a_claim_that_stands_still_are_told_why(lead, hana, sami, helper, seeker, organizer, told):
    claim = lead(Claim, "active")
    Notice.delete().execute()

    report = Report.make(seeker, "money_first", "She wants 50 now.", claim=claim)

    assert told(helper) == told(seeker) == ["claim.still_for_report"]
    for browser in (hana, sami):
        page = browser.open(f"/claims/{claim.id}")
        assert "It was reported that money was asked for before the hire." in page.says("now")
    assert "Sami" not in Notice.newest(helper).first().sentence

    report.uphold(organizer, "warning", to_reported="Never do that.", reason="She did.")
    for member in (helper, seeker):
        assert {"claim.drop_price", "claim.thaw"} <= set(told(member))


def test_after_an_upheld_demand_the_terms_say_that_no_price_is_owed(lead, hana, sami, seeker, organizer):
    claim = lead(Claim, "active")
    Report.make(seeker, "money_first", "She wants 50 now.", claim=claim).uphold(organizer, reason="She did.")

    for browser in (hana, sami):
        terms = browser.open(f"/claims/{claim.id}").says("terms")
        assert "No price is owed: money was asked for before the hire." in terms
        assert "Lowered" not in terms
        assert "Gift" not in terms
        assert "50" not in terms


def test_a_demand_costs_the_price_whoever_reported_the_claim_first(lead, seeker, organizer, second):
    claim = lead(Claim, "disputed")
    Report.make(second, "spam", "Hm.", claim=claim, member=claim.helper)
    Report.make(seeker, "money_first", "She wants 50 now.", claim=claim)

    [item] = queue("report", organizer)
    item.record.uphold(organizer, reason="She did.")

    assert Claim.get_by_id(claim.id).total == 0


def test_what_cannot_be_done_to_a_posting_any_more_is_not_offered(referral, rival, helper, organizer):
    report = accuse(rival, referral, "spam")
    referral.reload()
    referral.withdraw(helper)

    report.reload()

    assert {"hidden", "removed"}.isdisjoint(report.consequences(organizer))


def test_no_words_are_lost_where_another_was_quicker(referral, rival, olga, second):
    report = accuse(rival, referral, "spam")
    olga.open(f"/desk/reports/{report.id}")
    Report.get_by_id(report.id).dismiss(second, reason="Nothing.")

    words = {"reason": "You are right.", "to_reported": "Never again."}
    page = olga.press("Uphold the report", consequence="warning", **words)

    for text in words.values():
        assert text in page.text


# Addresses


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_report_says_the_same_of_what_is_hidden_and_what_is_missing(
    method, claim, helper, post, rival, rosa, organizer
):
    """An applicant, somebody else's claim and message, and a posting by somebody who hides."""
    claim.say(helper, "Good morning.")
    applicant = newcomer("Anna Applicant", organizer)
    Member.update(state="applicant").where(Member.id == applicant.id).execute()
    HiddenFrom.add(helper, "member", other=rival)
    hidden = {"member": applicant.id, "claim": claim.id, "message": 1, "thanks": claim.id, "referral": post().id}
    rosa.open("/")

    for name, id in hidden.items():
        answers = [seen(rosa, method, f"/reports/new?{name}={number}") for number in (id, 987654)]
        assert answers[0] == answers[1]
        assert answers[0][0] == 404


def seen(browser, method, address):
    statements = []
    db.query_hooks.append(hook := lambda event: statements.append(event.sql))
    try:
        answer = getattr(browser.client, method)(address, **({"data": {"rule": "spam"}} if method == "post" else {}))
    finally:
        db.query_hooks.remove(hook)
    return answer.status_code, Page(answer).text, statements
