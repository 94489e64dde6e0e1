"""What the desk owes to people: nobody judges themselves, and nothing is held against anybody unseen."""

import pytest
from cast import MONDAY

from models import (
    Action,
    Claim,
    Employer,
    Event,
    Invalid,
    Member,
    Notice,
    OneTimeLink,
    Refused,
    Report,
    log,
    queue,
    today,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


def test_a_reported_organizer_does_not_find_the_report_in_the_queue(seeker, second, organizer):
    Report.make(seeker, "harassment", "Shouting.", member=second)

    assert queue("report", second) == []
    assert len(queue("report", organizer)) == 1


def test_whoever_was_rightly_reported_is_told_and_can_appeal(seeker, helper, organizer):
    report = Report.make(seeker, "harassment", "Shouting.", member=helper)

    report.uphold(organizer, "warning", to_reported="Please do not shout.", reason="We read the thread.")

    action = Action.get(Action.member == helper)
    assert (action.kind, action.rule, action.reason) == ("warning", "harassment", "Please do not shout.")
    assert action.can("appeal", helper)
    assert Notice.select().where(Notice.member == helper, Notice.kind == "action.warning").exists()


def test_a_posting_that_was_rightly_reported_stays_hidden_by_an_action(seeker, referral, helper, organizer):
    report = Report.make(seeker, "not_real", "There is no such yard.", referral=referral)

    report.uphold(organizer, "hidden", to_reported="The yard closed in May.", reason="So it is.")

    referral.reload()
    assert referral.state == "hidden"
    assert Action.get(Action.member == helper).kind == "hidden"


def test_a_seeker_does_not_read_the_reason_of_a_removal(claim, helper, seeker, organizer, referral):
    claim.accept(helper)

    Action.take(organizer, helper, "removed", "spam", "Between us.", referral=referral)

    assert not [n for n in Notice.newest(seeker) if n.event and n.event.reason == "Between us."]


def test_a_suspended_organizer_is_not_counted_on(organizer, second, helper):
    suspension = Action.take(organizer, second, "suspended", "spam", "Enough.", days=5)
    action = Action.take(organizer, helper, "warning", "spam", "Twice the same.")

    action.appeal(helper, reason="It was not.")
    assert action.heard_by == []
    suspension.undo(organizer, reason="It was somebody else.")

    assert action.heard_by == [second]


def test_a_sign_in_link_leaves_its_trace(helper, organizer):
    OneTimeLink.for_member(helper, organizer)

    assert Event.select().where(Event.verb == "member.link", Event.member == helper).exists()
    assert "member.link" in [event.verb for event in log(organizer)]
    assert Notice.select().where(Notice.member == helper, Notice.kind == "member.link").exists()


def test_a_public_employer_stays_public(organizer, post):
    Employer.register(organizer, "Harbour Works", "gifts_only", True, "The city's own.")

    Employer.register(organizer, "Harbour Works", "fine", False, "Changed my mind.")

    with pytest.raises(Invalid):
        post(prices={"good_word": 100})


@pytest.fixture
def pro_rata(set_policy, claim, helper, seeker):
    set_policy(pro_rata=True)
    claim.accept(helper)
    claim.agree(seeker)
    claim.report_hired(seeker, start_date=today())
    claim.confirm(helper)
    return claim


def test_a_share_that_is_claimed_on_the_helpers_word_can_be_disputed(pro_rata, helper, seeker, wait):
    wait(days=10)
    pro_rata.report_ended(helper, ended_on=today())
    assert pro_rata.pledge.state == "due"

    pro_rata.dispute(seeker, reason="I never began.")

    assert pro_rata.state == "disputed"
    assert pro_rata.pledge.due is None


def test_an_early_end_without_a_share_is_the_end(active_gift, seeker):
    with pytest.raises(Refused):
        active_gift.dispute(seeker, reason="Why not.")


@pytest.fixture
def active_gift(claim, helper, seeker):
    claim.accept(helper)
    claim.agree(seeker)
    claim.report_hired(seeker, start_date=today())
    claim.confirm(helper)
    claim.report_ended(seeker)
    return claim


def test_a_claim_runs_by_the_policy_it_was_agreed_under(claim, helper, seeker, set_policy, wait):
    claim.accept(helper)
    claim.agree(seeker)

    set_policy(active_days=20, check_in_days=[5])
    wait(days=25)
    claim.catch_up()

    assert Claim.get_by_id(claim.id).state == "active"


def test_a_report_about_the_helper_alone_takes_their_price(claim, helper, seeker, organizer):
    """A helper cannot lose their price by reporting the seeker."""
    claim.accept(helper)
    claim.agree(seeker)
    report = Report.make(helper, "money_first", "They want me to pay them.", claim=claim)

    report.uphold(organizer, "note", to_reported="Do not ask for that.", reason="They did.")

    assert Claim.get_by_id(claim.id).total == 5000
    assert Member.get_by_id(seeker.id).actions.count() == 1
