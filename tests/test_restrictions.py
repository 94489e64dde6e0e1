"""One restriction per posting: whatever is done in whatever order, its state and the actions in force agree."""

from contextlib import suppress
from types import SimpleNamespace

import pytest
from cast import MONDAY, ROLE
from hypothesis import HealthCheck, example, given, settings
from hypothesis.strategies import lists, sampled_from
from peewee import IntegrityError
from racing import at_once, through

from models import ON_POSTINGS, Action, Member, Referral, Refused, Report, db, in_days, sweep

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

again = pytest.mark.parametrize("again", range(3))
READ_BY_ALL = ("published", "paused", "expired", "filled")


@pytest.fixture
def act(organizer, helper, referral):
    """Olga acts on Hana's posting."""

    def act(kind, by=organizer, posting=referral, reason="There is no such yard.", **more):
        return Action.take(by, helper, kind, "not_real", reason, referral=posting, **more)

    return act


def must_agree(referral):
    """The posting's state and the actions in force say the same."""
    referral = Referral.get_by_id(referral.id)
    kinds = [action.kind for action in Action.restricting(referral)]
    if referral.state == "hidden":
        assert kinds in ([], ["hidden"])
    else:
        assert kinds == (["removed"] if referral.state == "removed" else [])


# One at a time


def test_a_removal_takes_the_place_of_the_hiding(act, referral, second):
    hiding = act("hidden")

    removal = act("removed", by=second)

    hiding.reload()
    assert (hiding.state, list(Action.restricting(referral))) == ("replaced", [removal])


def test_a_removal_that_is_taken_back_brings_the_state_before_the_hiding(act, referral, organizer, second, helper):
    referral.pause(helper)
    act("hidden")

    act("removed", by=second).undo(organizer, reason="The yard is real.")

    referral.reload()
    assert referral.state == "paused"
    must_agree(referral)


def test_what_a_removal_has_replaced_is_neither_taken_back_nor_appealed(act, referral, organizer, helper, unchanged):
    hiding = act("hidden")
    act("removed")

    with unchanged(), pytest.raises(Refused):
        hiding.undo(organizer, reason="The yard is real.")
    with unchanged(), pytest.raises(Refused):
        hiding.appeal(helper, reason="The yard is real.")


def test_no_removal_gets_round_an_appeal_of_the_hiding(act, referral, helper, unchanged):
    act("hidden").appeal(helper, reason="The yard is real.")

    with unchanged(), pytest.raises(Refused, match="appeal"):
        act("removed")


def test_what_was_done_about_a_posting_that_is_withdrawn_ends_with_it(act, referral, helper):
    action = act("hidden")

    referral.withdraw(helper)

    action.reload()
    assert action.state == "over"
    must_agree(referral)


@pytest.mark.parametrize("state", READ_BY_ALL)
@pytest.mark.parametrize("kind", ON_POSTINGS)
def test_whatever_others_read_is_taken_down_and_comes_back_as_it_was(kind, state, act, lead, organizer, seeker):
    posting = lead(Referral, state)

    action = act(kind, posting=posting)
    assert posting not in Referral.visible_to(seeker)
    action.undo(organizer, reason="The yard is real.")

    posting.reload()
    assert (posting.state, posting.due is None) == (state, state in ("expired", "filled"))
    must_agree(posting)


def test_a_posting_that_nobody_reads_yet_is_turned_down_instead(act, lead, unchanged):
    posting = lead(Referral, "in_review")

    with unchanged(), pytest.raises(Refused, match="turn it down"):
        act("hidden", posting=posting)


@pytest.mark.parametrize("state", ["in_review", "changes_asked"])
def test_who_has_a_claim_on_a_posting_reads_it_while_it_is_reviewed(state, act, claim, referral, organizer):
    Referral.update(state=state).where(Referral.id == referral.id).execute()

    act("hidden").undo(organizer, reason="The yard is real.")

    referral.reload()
    assert referral.state == state


def test_the_database_itself_holds_one_restriction(act, referral):
    act("removed")
    columns = {"member": referral.helper, "by": referral.helper, "rule": "spam", "reason": "Twice."}

    with pytest.raises(IntegrityError):
        Action.create(kind="hidden", referral=referral, **columns)


# One matter


def test_a_report_leads_to_one_action(act, organizer, second, helper, seeker, unchanged):
    report = Report.make(seeker, "spam", "Again and again.", member=helper)
    Action.take(organizer, helper, "warning", "spam", "Enough.", report=report)

    with unchanged(), pytest.raises(Refused):
        Action.take(second, helper, "silenced", "spam", "Enough.", days=7, report=report)


@again
def test_two_organizers_who_act_on_a_report_at_once_act_once(again, organizer, second, helper, seeker):
    report = Report.make(seeker, "spam", "Again and again.", member=helper)

    def act(by):
        return lambda: Action.take(by, helper, "warning", "spam", "Enough.", report=report) and None

    answers = at_once(act(organizer), act(second))

    assert len(through(answers)) == 1
    assert Action.select().count() == 1


def test_the_term_of_an_appeal_is_that_of_the_day_of_the_action(act, helper, set_policy, wait):
    set_policy(appeal_days=5)
    action = act("hidden")
    set_policy(appeal_days=1)
    wait(days=4)

    action.appeal(helper, reason="The yard is real.")

    assert action.state == "appealed"


# Whatever is done, in whatever order


def withdraw(desk):
    desk.referral.withdraw(desk.helper)


def edit(desk):
    pay = {"prices": {"reference": 0}, "duties": "Mend boats.", "last_day": in_days(30).date()}
    desk.referral.edit(desk.helper, **pay, **ROLE)


def appeal(desk):
    Action.restricting(desk.referral).get().appeal(desk.helper, reason="The yard is real.")


def acting(kind):
    return lambda desk: Action.take(
        desk.organizer, desk.helper, kind, "not_real", "There is no such yard.", referral=desk.referral
    )


def use(verb, who):
    return lambda desk: getattr(desk.referral, verb)(getattr(desk, who), reason="I have looked at it.")


def judge(verb):
    return lambda desk: getattr(Action.restricting(desk.referral).get(), verb)(desk.second, reason="I have read it.")


def report(desk):
    Report.make(desk.reporter, "not_real", "I asked there.", referral=desk.referral)


def dismiss(desk):
    Report.get(Report.state == "open").dismiss(desk.second, reason="I have read it.")


def uphold(desk):
    words = {"reason": "I have read it.", "to_reported": "It is not real."}
    Report.get(Report.state == "open").uphold(desk.second, "removed", **words)


def days_later(days):
    def pass_by(desk):
        desk.wait(days=days)
        sweep()

    return pass_by


STEPS = {
    "act: hidden": acting("hidden"),
    "act: removed": acting("removed"),
    **{f"{verb} by {who}": use(verb, who) for verb in ("hide", "restore", "remove") for who in ("organizer", "second")},
    **{f"reinstate by {who}": use("reinstate", who) for who in ("organizer", "second")},
    **{verb: judge(verb) for verb in ("undo", "keep", "reverse")},
    **{one.__name__: one for one in (withdraw, edit, appeal, report, dismiss, uphold)},
    "a week": days_later(7),
    "a month": days_later(31),
}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=lists(sampled_from(list(STEPS)), min_size=3, max_size=14))
@example(steps=["act: hidden", "appeal", "a month", "act: removed"])
@example(steps=["report", "act: hidden", "dismiss", "act: removed", "undo", "hide by second"])
@example(steps=["act: hidden", "a month", "a month", "restore by second", "act: removed", "reinstate by second"])
def test_the_state_and_the_actions_in_force_agree(
    steps, organizer, second, helper, seeker, referral, claim, time_machine, wait
):
    """What the rules refuse is refused; what they let through leaves one truth, whatever came before."""
    people = {"organizer": organizer, "second": second, "helper": helper, "reporter": seeker, "wait": wait}
    time_machine.move_to(MONDAY, tick=False)
    Member.update(state="trusted").where(Member.id == seeker.id).execute()
    with db.atomic() as everything:
        for step in steps:
            desk = SimpleNamespace(referral=Referral.get_by_id(referral.id), **people)
            with suppress(Refused, Action.DoesNotExist, Report.DoesNotExist), db.atomic():
                STEPS[step](desk)
            must_agree(referral)
        everything.rollback()
