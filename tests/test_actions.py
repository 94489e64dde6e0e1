"""The ladder: what organizers can do about a member, what it brings about, and how it is taken back."""

import pytest
from cast import MONDAY, ROLE, newcomer
from racing import at_once, press, through

from models import (
    FOR_A_TIME,
    LADDER,
    Action,
    Claim,
    Event,
    Invalid,
    Invitation,
    Member,
    Notice,
    NotYours,
    Referral,
    Refused,
    in_days,
    sweep,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

ON_POSTINGS = ("hidden", "removed")
KEPT_OUT = ("suspended", "banned")
GOING_ON = ("requested", "changes_asked", "accepted", "active", "reported", "hired", "disputed")
AGREED = ("active", "reported", "hired", "disputed")
NO_REASONS = pytest.mark.parametrize(
    "reason", ["", " \n\t ", "\x00", "x" * 100_000], ids=["none", "blank", "nothing", "endless"]
)
again = pytest.mark.parametrize("again", range(3))


@pytest.fixture
def act(organizer, helper, request):
    """Olga acts on Hana, or on her posting, for a week where the action has a term."""

    def act(kind, by=organizer, member=helper, rule="spam", reason="Forty messages in a day.", **more):
        if kind in ON_POSTINGS:
            more = {"referral": request.getfixturevalue("referral"), **more}
        days = more.pop("days", 7 if kind in FOR_A_TIME else None)
        return Action.take(by, member, kind, rule, reason, days=days, **more)

    return act


@pytest.fixture
def third(organizer):
    """Orla, one more organizer."""
    return newcomer("Orla Organizer", organizer, role="organizer")


# Acting


@pytest.mark.parametrize("kind", LADDER)
def test_an_action_stands_and_the_log_has_it_with_its_reason(kind, act, organizer, helper):
    action = act(kind)

    event = Event.get(Event.verb == f"action.{kind}")
    assert (action.state, action.member, action.by, action.rule) == ("in_force", helper, organizer, "spam")
    assert (event.actor, event.member, event.reason) == (organizer, helper, "Forty messages in a day.")
    assert action.due == action.until == (in_days(7) if kind in FOR_A_TIME else None)
    assert list(Action.of(helper)) == [action]


@pytest.mark.parametrize("kind", LADDER)
def test_whoever_it_is_about_is_told_and_reads_the_reason(kind, act, told, helper, seeker):
    act(kind)

    newest = {"hidden": "referral.hide", "removed": "referral.remove"}.get(kind, f"action.{kind}")
    assert told(helper)[0] == newest
    assert Notice.newest(helper).first().event.reason == "Forty messages in a day."
    assert "Olga Owner" in Notice.newest(helper).first().sentence
    assert told(seeker) == []


@pytest.mark.parametrize("kind", LADDER)
def test_members_do_not_act(kind, act, rival, referral, unchanged):
    with unchanged(), pytest.raises(NotYours, match="Only organizers"):
        act(kind, by=rival)


@pytest.mark.parametrize("kind", LADDER)
def test_an_organizer_who_was_dismissed_a_second_ago_does_not_act(
    kind, act, second, organizer, rival, referral, unchanged
):
    """Their browser still shows the desk."""
    Member.get_by_id(second.id).dismiss(organizer, reason="Too hasty.")

    with unchanged(), pytest.raises(NotYours):
        act(kind, by=second)


@pytest.mark.parametrize("kind", LADDER)
def test_an_organizer_who_was_suspended_a_second_ago_does_not_act(
    kind, act, second, organizer, rival, referral, unchanged
):
    """Their browser still shows the desk."""
    act("suspended", member=Member.get_by_id(second.id))

    with unchanged(), pytest.raises(NotYours):
        act(kind, by=second)


@pytest.mark.parametrize("kind", LADDER)
def test_nobody_acts_on_themselves(kind, act, organizer, referral, unchanged):
    with unchanged(), pytest.raises(NotYours, match="on yourself"):
        act(kind, member=organizer)


@pytest.mark.parametrize("kind", LADDER)
def test_only_an_owner_acts_on_an_owner(kind, act, organizer, second, referral, unchanged):
    with unchanged(), pytest.raises(NotYours, match="Only an owner"):
        act(kind, by=second, member=organizer)


def test_a_member_who_became_an_owner_a_second_ago_is_an_owner(act, organizer, second, helper, unchanged):
    Member.get_by_id(helper.id).make_owner(organizer)

    with unchanged(), pytest.raises(NotYours, match="Only an owner"):
        act("warning", by=second, member=helper)


@pytest.mark.parametrize("kind", KEPT_OUT)
def test_an_owner_is_dismissed_before_they_are_kept_out(kind, act, organizer, second, unchanged):
    second.make_owner(organizer)

    with unchanged(), pytest.raises(Refused, match="Dismiss them first"):
        act(kind, member=second)
    second.dismiss(organizer, reason="They asked for money.")
    act(kind, member=second)

    assert second.kept_out.kind == kind


@NO_REASONS
@pytest.mark.parametrize("kind", ["note", "banned", "removed"])
def test_an_action_takes_a_reason(kind, reason, act, referral, unchanged):
    with unchanged(), pytest.raises(Invalid) as problem:
        act(kind, reason=reason)

    assert "reason" in problem.value.problems


@pytest.mark.parametrize(
    ("kind", "typed", "field"),
    [
        ("exiled", {}, "kind"),
        ("", {}, "kind"),
        ("warning", {"rule": "because"}, "rule"),
        ("warning", {"rule": ""}, "rule"),
        *[(kind, {"days": days}, "days") for kind in FOR_A_TIME for days in (None, 0, -1, 366)],
    ],
)
def test_an_action_that_there_is_not_is_refused(kind, typed, field, act, helper, unchanged):
    with unchanged(), pytest.raises(Invalid) as problem:
        act(kind, **typed)

    assert field in problem.value.problems


@pytest.mark.parametrize("kind", [kind for kind in LADDER if kind not in ("note", "warning", "words_removed")])
def test_what_is_in_force_is_not_done_twice(kind, act, unchanged):
    act(kind)

    with unchanged(), pytest.raises(Refused):
        act(kind)


@pytest.mark.parametrize("kind", ["note", "warning"])
def test_members_can_be_warned_again(kind, act, helper):
    act(kind)
    act(kind)

    assert Action.of(helper).count() == 2


# What it brings about


def test_held_postings_wait_for_a_review_even_of_the_trusted(act, post, helper, organizer, wait):
    helper.trust(organizer)
    assert post().state == "published"

    act("posts_held")

    assert post().state == "in_review"
    wait(days=7)
    assert post().state == "published"


@pytest.mark.parametrize("kind", ["silenced", *KEPT_OUT])
def test_whoever_is_silenced_posts_nothing(kind, act, post, referral, helper, unchanged):
    act(kind)

    with unchanged(), pytest.raises(NotYours, match="silenced"):
        post()
    with unchanged(), pytest.raises(NotYours, match="silenced"):
        referral.edit(helper, prices={"reference": 0}, duties="Buy here!", **ROLE)


@pytest.mark.parametrize("kind", ["silenced", *KEPT_OUT])
def test_whoever_is_silenced_claims_nothing(kind, act, referral, seeker, unchanged):
    act(kind, member=seeker)

    with unchanged(), pytest.raises(NotYours, match="silenced"):
        Claim.request(referral, seeker, "Please.", ["good_word"])


def test_whoever_is_silenced_gives_no_reason_that_others_read(act, claim, helper, unchanged):
    act("silenced")

    with unchanged(), pytest.raises(NotYours, match="silenced"):
        claim.decline(helper, reason="You are not worth it.")

    claim.decline(helper)
    assert claim.state == "declined"


def test_whoever_is_silenced_turns_to_the_organizers(act, lead, helper):
    """Only they read it."""
    claim = lead(Claim, "active")
    act("silenced")

    claim.dispute(helper, reason="She was hired by her brother.")

    assert claim.state == "disputed"


@pytest.mark.parametrize("kind", ["silenced", *KEPT_OUT])
def test_whoever_is_silenced_writes_nothing(kind, act, claim, helper, seeker, unchanged):
    act(kind)

    with unchanged(), pytest.raises(NotYours, match="silenced"):
        claim.say(helper, "Hello?")
    claim.say(seeker, "Are you there?")

    assert claim.messages.count() == 1


def test_silence_ends_with_its_term(act, lead, helper, wait, told):
    action = act("silenced")
    wait(days=6, hours=23)
    sweep()
    assert Action.in_force(helper, "silenced")

    wait(hours=1)
    sweep()
    lead(Claim, "active").say(helper, "Hello again.")

    action.reload()
    assert (action.state, action.due) == ("over", None)
    assert "action.expire" in told(helper)


@pytest.mark.parametrize("kind", KEPT_OUT)
@pytest.mark.parametrize("side", ["helper", "seeker"])
def test_the_clocks_of_whoever_is_kept_out_stand_still(kind, side, act, claim, wait):
    due = claim.due

    action = act(kind, member=getattr(claim, side))
    wait(days=3)
    sweep()

    claim.reload()
    assert (claim.state, claim.due) == ("requested", None)

    action.undo(action.by, reason="They have explained it.")
    claim.reload()
    assert (claim.due - due).days == 3


def test_nobody_loses_time_by_a_suspension_that_runs_out(act, lead, wait):
    claim = lead(Claim, "accepted")
    due = claim.due
    act("suspended", days=30)

    wait(days=30)
    sweep()

    claim.reload()
    assert (claim.state, (claim.due - due).days, claim.frozen_at) == ("accepted", 30, None)


def test_a_price_falls_due_later_by_as_long_as_the_clocks_stood_still(act, lead, wait):
    claim = lead(Claim, "hired")
    due = claim.pledge.due
    act("suspended", days=60)

    wait(days=59)
    sweep()
    assert claim.pledge.state == "pledged"
    wait(days=1)
    sweep()

    assert (claim.pledge.state, (claim.pledge.due - due).days) == ("pledged", 60)


@pytest.mark.parametrize("kind", KEPT_OUT)
@pytest.mark.parametrize("side", ["helper", "seeker"])
@pytest.mark.parametrize("state", GOING_ON)
def test_the_other_side_may_leave_without_a_fee(state, side, kind, act, lead, told):
    claim = lead(Claim, state)
    kept_out = getattr(claim, side)
    act(kind, member=kept_out)

    claim.leave(claim.other(kept_out))

    assert (claim.state, claim.due) == ("cancelled", None)
    assert (claim.pledge and claim.pledge.state) == ("void" if state in AGREED else None)
    assert told(kept_out)[0] == "claim.leave"


def test_nobody_leaves_while_both_sides_are_there(lead, helper, seeker, unchanged):
    claim = lead(Claim, "active")

    for member in (helper, seeker):
        with unchanged(), pytest.raises(Refused, match="suspended"):
            claim.leave(member)


def test_whoever_is_suspended_stays_bound(act, lead, helper, unchanged):
    claim = lead(Claim, "active")
    act("suspended")

    with unchanged(), pytest.raises(Refused, match="suspended"):
        claim.leave(helper)


def test_outsiders_do_not_leave_a_claim(act, lead, rival, organizer, unchanged):
    claim = lead(Claim, "active")
    act("suspended")

    for member in (rival, organizer):
        with unchanged(), pytest.raises(NotYours):
            claim.leave(member)


def test_a_suspension_ends_though_a_claim_was_left_meanwhile(act, lead, seeker, organizer):
    claim = lead(Claim, "active")
    action = act("suspended")
    claim.leave(seeker)

    action.undo(organizer, reason="It was another member.")

    assert Claim.get_by_id(claim.id).state == "cancelled"


def test_clocks_stand_still_until_both_sides_are_back(act, claim, helper, seeker, organizer, wait):
    due = claim.due
    first, other = act("suspended", member=helper), act("banned", member=seeker)
    wait(days=2)

    first.undo(organizer, reason="It is over.")
    assert Claim.get_by_id(claim.id).due is None

    wait(days=2)
    other.undo(organizer, reason="It is over.")
    assert (Claim.get_by_id(claim.id).due - due).days == 4


def test_who_is_suspended_can_be_banned_and_both_must_end(act, claim, helper, organizer, wait):
    due = claim.due
    suspension, ban = act("suspended"), act("banned")
    wait(days=1)

    ban.undo(organizer, reason="A week is enough.")
    assert helper.kept_out == suspension
    assert Claim.get_by_id(claim.id).due is None

    wait(days=6)
    sweep()
    assert helper.kept_out is None
    assert (Claim.get_by_id(claim.id).due - due).days == 7


def test_nobody_can_ask_a_suspended_helper(act, referral, rival, helper, wait):
    act("suspended", days=5)

    with pytest.raises(Refused):
        Claim.request(referral, rival, "Please.", ["good_word"])
    assert referral not in Referral.board()

    wait(days=5)
    sweep()
    assert Claim.request(referral, rival, "Please.", ["good_word"])


def test_the_end_of_a_suspension_lets_the_clocks_run(act, claim, helper, wait):
    act("suspended", days=5)

    wait(days=5)
    sweep()

    assert helper.kept_out is None
    assert Claim.get_by_id(claim.id).frozen_at is None


def test_a_clock_that_was_stopped_for_good_does_not_run_again(act, lead, helper, organizer):
    """Who left the report behind owes no answer to it."""
    claim = lead(Claim, "reported")
    action = act("suspended")
    claim.confirm(helper)

    action.undo(organizer, reason="It is over.")

    assert (Claim.get_by_id(claim.id).state, Claim.get_by_id(claim.id).due) == ("hired", None)


def test_whoever_is_kept_out_invites_nobody(act, helper, organizer, unchanged):
    helper.trust(organizer)
    token = Invitation.make(helper, uses=5).token
    act("banned")

    with unchanged(), pytest.raises(Refused):
        Invitation.find(token)
    with unchanged(), pytest.raises(NotYours):
        Invitation.make(helper)


def test_a_hidden_posting_leaves_the_board_and_a_removed_one_ends(act, referral, seeker):
    act("hidden")
    referral.reload()
    assert referral.state == "hidden"
    assert referral not in Referral.visible_to(seeker)

    act("removed")
    referral.reload()
    assert referral.state == "removed"


def test_a_posting_that_has_ended_cannot_be_hidden(act, referral, helper, unchanged):
    referral.withdraw(helper)

    for kind in ON_POSTINGS:
        with unchanged(), pytest.raises(Refused):
            act(kind)


def test_a_note_and_a_warning_keep_nobody_from_anything(act, post, claim, helper):
    act("note")
    act("warning")

    claim.say(helper, "I shall be careful.")

    assert post().state == "published"
    assert Claim.get_by_id(claim.id).due


# Taking it back


@pytest.mark.parametrize("kind", LADDER)
@pytest.mark.parametrize("undoing", ["organizer", "second"])
@pytest.mark.parametrize("taking", ["organizer", "second"])
def test_an_action_is_taken_back(taking, undoing, kind, act, request, helper, referral, told):
    taking, undoing = request.getfixturevalue(taking), request.getfixturevalue(undoing)
    request.getfixturevalue("second")
    action = act(kind, by=taking)

    action.undo(undoing, reason="I took it for another.")

    event = Event.get(Event.verb == "action.undo")
    assert (action.state, action.due, Action.in_force(helper, kind)) == ("undone", None, None)
    assert (event.actor, event.reason, event.member) == (undoing, "I took it for another.", helper)
    assert "action.undo" in told(helper)
    assert Referral.get_by_id(referral.id).state == "published"
    back = Event.select().where(Event.verb.in_(("referral.restore", "referral.reinstate")))
    assert [event.actor for event in back] == ([undoing] if kind in ON_POSTINGS else [])


def test_what_was_taken_back_may_be_done_again(act, organizer, helper):
    act("silenced").undo(organizer, reason="Too soon.")

    assert Action.in_force(helper, "silenced") is None
    assert act("silenced").state == "in_force"


@pytest.mark.parametrize("kind", LADDER)
def test_members_take_nothing_back(kind, act, helper, rival, unchanged):
    action = act(kind)

    for member in (helper, rival):
        assert not action.can("undo", member)
        with unchanged(), pytest.raises(NotYours):
            action.undo(member, reason="I say so.")


def test_an_organizer_does_not_take_back_what_was_done_about_them(act, second, unchanged):
    action = act("warning", member=second)

    with unchanged(), pytest.raises(NotYours):
        action.undo(second, reason="I did nothing.")


def test_an_organizer_who_was_dismissed_a_second_ago_takes_nothing_back(act, second, organizer, unchanged):
    action = act("silenced")
    Member.get_by_id(second.id).dismiss(organizer, reason="Too hasty.")

    with unchanged(), pytest.raises(NotYours):
        action.undo(second, reason="I say so.")


def test_an_organizer_who_was_suspended_a_second_ago_takes_nothing_back(act, second, unchanged):
    action = act("silenced")
    act("suspended", member=Member.get_by_id(second.id))

    with unchanged(), pytest.raises(NotYours):
        action.undo(second, reason="I say so.")


@NO_REASONS
def test_taking_back_takes_a_reason(reason, act, organizer, unchanged):
    action = act("silenced")

    with unchanged(), pytest.raises(Invalid):
        action.undo(organizer, reason=reason)


def test_an_action_is_taken_back_once(act, organizer, unchanged):
    action = act("banned")
    action.undo(organizer, reason="Too hard.")

    with unchanged(), pytest.raises(Refused):
        action.undo(organizer, reason="Too hard.")


# Appeals


@pytest.fixture
def appealed(act, second, helper):
    """Hana is banned by Olga and appeals; Oscar can hear it."""
    action = act("banned")
    action.appeal(helper, reason="It was my brother.")
    return action


def test_an_appeal_waits_for_an_organizer_who_did_not_act(appealed, organizer, second, told):
    assert (appealed.state, appealed.statement_of_appeal) == ("appealed", "It was my brother.")
    assert appealed.waits_for(second)
    assert not appealed.waits_for(organizer)
    assert told(second)[0] == "action.appeal"
    assert "action.appeal" not in told(organizer)


def test_an_action_holds_while_it_is_appealed(appealed, helper):
    assert helper.kept_out == appealed


@pytest.mark.parametrize("verb", ["keep", "reverse"])
def test_whoever_acted_does_not_hear_the_appeal(verb, appealed, organizer, helper, rival, unchanged):
    for member in (organizer, helper, rival):
        assert not appealed.can(verb, member)
        with unchanged(), pytest.raises(NotYours):
            getattr(appealed, verb)(member, reason="I say so.")


@pytest.mark.parametrize("verb", ["keep", "reverse"])
@NO_REASONS
def test_hearing_an_appeal_takes_a_reason(verb, reason, appealed, second, unchanged):
    with unchanged(), pytest.raises(Invalid):
        getattr(appealed, verb)(second, reason=reason)


def test_an_appeal_can_fail(appealed, second, helper, told):
    appealed.keep(second, reason="Your brother has no account.")

    assert appealed.state == "kept"
    assert helper.kept_out == appealed
    assert told(helper)[0] == "action.keep"
    assert Notice.newest(helper).first().event.reason == "Your brother has no account."


def test_an_appeal_can_succeed(appealed, second, helper, told):
    appealed.reverse(second, reason="It was your brother.")

    assert appealed.state == "reversed"
    assert helper.kept_out is None
    assert told(helper)[0] == "action.reverse"


@pytest.mark.parametrize("kind", ON_POSTINGS)
@pytest.mark.parametrize(("taking", "hearing"), [("organizer", "second"), ("second", "organizer")])
def test_an_appeal_brings_a_posting_back(taking, hearing, kind, act, people, second, helper, referral):
    people = {**people, "second": second}
    action = act(kind, by=people[taking])
    action.appeal(helper, reason="The job is real.")

    action.reverse(people[hearing], reason="It is.")

    assert Referral.get_by_id(referral.id).state == "published"


def test_a_sole_organizer_does_not_hear_appeals_of_their_own_actions(act, organizer, helper, told, unchanged):
    action = act("suspended")

    action.appeal(helper, reason="It was my brother.")

    assert (action.heard_by, told(organizer)[0]) == ([], "action.appeal")
    with unchanged(), pytest.raises(NotYours):
        action.keep(organizer, reason="It was not.")
    action.undo(organizer, reason="So it was.")
    assert helper.kept_out is None


def test_an_organizer_it_is_about_does_not_count_as_another(act, organizer, second):
    action = act("warning", member=second)
    action.appeal(second, reason="I meant well.")

    assert action.heard_by == []
    for member in (organizer, second):
        assert not action.can("reverse", member)


@pytest.mark.parametrize("verb", ["keep", "reverse"])
def test_an_action_is_appealed_once(verb, appealed, second, helper, unchanged):
    with unchanged(), pytest.raises(Refused):
        appealed.appeal(helper, reason="Please.")
    getattr(appealed, verb)(second, reason="I have read it all.")

    with unchanged(), pytest.raises(Refused):
        appealed.appeal(helper, reason="Please.")


@NO_REASONS
def test_an_appeal_takes_a_reason(reason, act, helper, unchanged):
    action = act("banned")

    with unchanged(), pytest.raises(Invalid):
        action.appeal(helper, reason=reason)


def test_nobody_else_appeals(act, organizer, rival, unchanged):
    action = act("banned")

    for member in (organizer, rival):
        with unchanged(), pytest.raises(NotYours):
            action.appeal(member, reason="They are my friend.")


def test_an_appeal_comes_within_its_term(act, helper, wait, set_policy, unchanged):
    set_policy(appeal_days=5)
    in_time, too_late = act("warning"), act("note")
    wait(days=5)
    in_time.appeal(helper, reason="I was ill.")
    wait(seconds=1)

    assert not too_late.can("appeal", helper)
    with unchanged(), pytest.raises(Refused, match="time to appeal"):
        too_late.appeal(helper, reason="I was ill.")


def test_what_was_taken_back_is_not_appealed(act, organizer, helper, unchanged):
    action = act("banned")
    action.undo(organizer, reason="Too hard.")

    with unchanged(), pytest.raises(Refused):
        action.appeal(helper, reason="Please.")


def test_an_appealed_action_can_be_taken_back(appealed, organizer, helper):
    appealed.undo(organizer, reason="I have slept on it.")

    assert helper.kept_out is None
    assert not Action.appeals()


# At the same moment


@again
def test_two_organizers_who_hear_an_appeal_decide_once(again, appealed, second, third):
    answers = at_once(
        press(appealed, "keep", second, reason="It stands."), press(appealed, "reverse", third, reason="It does not.")
    )

    appealed.reload()
    assert len(through(answers)) == 1
    assert appealed.state == Event.get(Event.verb.in_(("action.keep", "action.reverse"))).after


@again
@pytest.mark.parametrize("kind", ["suspended", "removed"])
def test_two_organizers_who_act_at_once_act_once(again, kind, act, organizer, second, referral, claim):
    answers = at_once(*(lambda by=by: act(kind, by=by) and None for by in (organizer, second)))

    assert len(through(answers)) == 1
    assert Action.select().count() == Event.select().where(Event.verb == f"action.{kind}").count() == 1


@again
def test_an_action_that_two_take_back_is_taken_back_once(again, act, claim, organizer, second):
    action = act("suspended")

    answers = at_once(*(press(action, "undo", by, reason="Too hard.") for by in (organizer, second)))

    assert len(through(answers)) == 1
    assert Event.select().where(Event.verb == "claim.thaw").count() == 1


@again
def test_a_suspension_that_many_see_run_out_ends_once(again, act, claim, wait):
    action = act("suspended")
    wait(days=7)

    at_once(*(press(action, "catch_up") for _ in range(6)), sweep, sweep)

    assert Event.select().where(Event.verb == "action.expire").count() == 1
    assert Claim.get_by_id(claim.id).frozen_at is None
