"""What becomes of the promise to pay: each verb, who may use it, and what it does to the claim."""

import pytest
from cast import MONDAY, WAYS
from test_card_pledges import CARD_VERBS

from models import Claim, Event, Invalid, Notice, NotYours, Pledge, Refused, end_of, in_days, sweep

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

STATES = ("pledged", *WAYS[Pledge])

# From these states, by this verb, who, to which state; "=" is the state it was in.
TABLE = [
    ("pledged", "fall_due", "clock", "due"),
    ("due", "mark_sent", "seeker", "sent"),
    ("due sent", "mark_received", "helper", "paid"),
    ("pledged due sent", "waive", "helper clock", "waived"),
    ("due sent", "call_desk", "clock", "="),
    ("due sent", "lower", "organizer", "="),
    ("pledged due sent", "void", "clock", "void"),
]
# For what is stuck at the desk: told in test_queue.py.
AT_THE_DESK = [("due sent", "remind", "organizer", "=")]
# What the claim's own verbs do: told in test_claims.py.
BY_THE_CLAIM = [(" ".join(STATES), "reduce", "clock", "=")]
BY_HAND = [verb for _sources, verb, _by, _to in TABLE + AT_THE_DESK]


# The table, and everything outside it


def test_the_table_names_every_verb_and_who_may_use_it():
    """A payment by card adds verbs and states to these: told in test_card_pledges.py."""
    told = {
        verb: (set(sources.split()), set(by.split())) for sources, verb, by, _to in TABLE + AT_THE_DESK + BY_THE_CLAIM
    }
    rules = {name: rule for name, rule in Pledge.verbs().items() if name not in CARD_VERBS}

    assert {name: (set(rule.sources) & set(STATES), set(rule.by)) for name, rule in rules.items()} == told
    assert [name for name, rule in rules.items() if rule.reason == "required"] == ["lower", "remind"]


@pytest.mark.parametrize(
    ("before", "verb", "to"),
    [(before, verb, to) for sources, verb, _by, to in TABLE for before in sources.split()],
)
def test_a_pledge_moves_by_its_verbs(before, verb, to, lead, use):
    pledge = lead(Pledge, before)

    use(pledge, verb)

    after = before if to == "=" else to
    event = Event.get(Event.verb == f"pledge.{verb}")
    assert Pledge.get_by_id(pledge.id).state == pledge.state == after
    assert (event.before, event.after, event.claim) == (before, after, pledge.claim)
    assert event.reason == ("Because it is so." if verb == "lower" else "")
    assert pledge.roles(event.actor) & set(Pledge.verbs()[verb].by)


@pytest.mark.parametrize("state", STATES)
def test_a_pledge_moves_in_no_other_way(state, lead, use, unchanged):
    pledge = lead(Pledge, state)

    for verb, rule in Pledge.verbs().items():
        if state not in rule.sources:
            with unchanged(), pytest.raises(Refused):
                use(pledge, verb)


@pytest.mark.parametrize("verb", BY_HAND)
def test_nobody_else_moves_a_pledge(verb, lead, use, unchanged, people):
    rule = Pledge.verbs()[verb]
    pledge = lead(Pledge, rule.sources[0])

    for member in people.values():
        if not pledge.roles(member) & set(rule.by):
            assert not pledge.can(verb, member)
            with unchanged(), pytest.raises(NotYours):
                use(pledge, verb, actor=member)


@pytest.mark.parametrize("reason", ["", None, " \n\t ", "x" * 100_000], ids=["none", "null", "blank", "endless"])
def test_lowering_a_price_takes_a_reason(reason, lead, use, unchanged):
    pledge = lead(Pledge, "due")

    with unchanged(), pytest.raises(Invalid) as problem:
        use(pledge, "lower", reason=reason)

    assert "reason" in problem.value.problems


# Nothing is due before the hire


@pytest.mark.parametrize("state", ["active", "reported", "disputed"])
@pytest.mark.parametrize("verb", ["fall_due", "mark_sent", "mark_received", "lower", "call_desk"])
@pytest.mark.parametrize("before", ["pledged", "due", "sent"])
def test_nothing_is_due_while_nobody_is_hired(state, verb, before, lead, use, unchanged):
    """Whatever state the pledge may be in, it is the claim that says whether anything is owed."""
    pledge = lead(Claim, state).pledge
    Pledge.update(state=before).execute()

    with unchanged(), pytest.raises(Refused):
        use(pledge, verb)


# From the promise to the money


def test_a_price_that_falls_due_is_the_seekers_move_for_two_weeks(lead, seeker, helper, told):
    pledge = lead(Pledge, "due")

    assert pledge.due == in_days(14)
    assert pledge.waits_for(seeker)
    assert pledge.claim.waits_for(seeker)
    assert not pledge.claim.waits_for(helper)
    assert told(seeker)[0] == told(helper)[0] == "pledge.fall_due"
    asked = {notice.member: notice.asks for notice in Notice.select().where(Notice.kind == "pledge.fall_due")}
    assert asked == {seeker: True, helper: False}


def test_money_that_was_sent_is_the_helpers_move_for_two_weeks(lead, seeker, helper, told, wait):
    pledge = lead(Pledge, "due")
    wait(days=10)

    pledge.mark_sent(seeker)

    assert pledge.due == in_days(14)
    assert pledge.claim.waits_for(helper)
    assert not pledge.claim.waits_for(seeker)
    assert told(helper)[0] == "pledge.mark_sent"
    assert Notice.get(Notice.kind == "pledge.mark_sent").asks


@pytest.mark.parametrize("state", ["due", "sent"])
def test_money_that_arrived_settles_the_claim(state, lead, helper, seeker, told):
    pledge = lead(Pledge, state)

    pledge.mark_received(helper)

    claim = Claim.get_by_id(pledge.claim_id)
    assert (pledge.state, pledge.due, claim.state) == ("paid", None, "settled")
    assert "pledge.mark_received" in told(seeker)
    assert Event.get(Event.verb == "claim.settle").actor is None
    assert not claim.waits_for(helper)
    assert not claim.waits_for(seeker)


@pytest.mark.parametrize("state", ["pledged", "due", "sent"])
def test_a_waived_price_settles_a_hire(state, lead, helper, seeker, told):
    pledge = lead(Pledge, state)

    pledge.waive(helper)

    assert (pledge.state, pledge.due) == ("waived", None)
    assert Claim.get_by_id(pledge.claim_id).state == "settled"
    assert "pledge.waive" in told(seeker)
    assert pledge.amount == 5000


@pytest.mark.parametrize("state", ["active", "reported"])
def test_a_price_can_be_waived_before_the_hire(state, lead, helper):
    claim = lead(Claim, state)

    claim.pledge.waive(helper)

    assert claim.pledge.state == "waived"
    assert Claim.get_by_id(claim.id).state == state


def test_a_price_is_not_waived_while_an_organizer_looks_at_it(lead, helper, unchanged):
    pledge = lead(Claim, "disputed").pledge

    with unchanged(), pytest.raises(Refused, match="organizer is looking"):
        pledge.waive(helper)


# At the desk


@pytest.fixture
def at_desk(lead, wait):
    """A pledge that the seeker did not pay in time."""
    pledge = lead(Pledge, "due")
    wait(days=14)
    sweep()
    pledge.reload()
    return pledge


def test_money_that_is_late_goes_to_the_desk(second, at_desk, organizer, seeker, helper, told):
    assert (at_desk.state, at_desk.due, at_desk.waits_at_desk) == ("due", None, True)
    assert list(Pledge.at_desk()) == [at_desk]
    assert at_desk.claim in Claim.visible_to(organizer)
    assert all(told(member)[0] == "pledge.call_desk" for member in (organizer, second, seeker, helper))


def test_an_organizer_who_is_called_to_the_desk_is_asked_to_act(at_desk, organizer):
    assert Notice.get(Notice.member == organizer).asks
    assert at_desk.claim.waits_for(organizer)


@pytest.mark.parametrize("verb", ["mark_sent", "mark_received", "waive", "lower"])
def test_the_desk_has_nothing_to_do_once_it_moves_on(verb, at_desk, use, organizer):
    use(at_desk, verb)

    assert not Pledge.at_desk()
    assert not at_desk.waits_at_desk
    assert at_desk.claim not in Claim.visible_to(organizer)


def test_a_dispute_about_late_money_is_one_matter_at_the_desk(at_desk, seeker, organizer):
    claim = at_desk.claim

    claim.dispute(seeker, reason="The help never came.")
    claim.decide(organizer, "hired", reason="It came.")

    assert not Pledge.at_desk()
    assert claim.pledge.due == end_of(claim.guarantee_ends) > in_days(14)


# Lowering


@pytest.mark.parametrize("state", ["due", "sent"])
def test_less_is_owed_from_now_on(state, lead, organizer, seeker, helper, told, wait):
    pledge = lead(Pledge, state)
    wait(days=10)

    pledge.lower(organizer, owed=1250, reason="Half the help was given.")

    assert (pledge.state, pledge.amount, pledge.due) == (state, 1250, in_days(14))
    assert pledge.claim.terms.total == 5000
    assert told(seeker)[0] == told(helper)[0] == "pledge.lower"
    assert Event.get(Event.verb == "pledge.lower").reason == "Half the help was given."


def test_nothing_owed_is_a_price_waived(lead, organizer):
    pledge = lead(Pledge, "due")

    pledge.lower(organizer, owed=0, reason="No help was given.")

    assert (pledge.state, pledge.due) == ("waived", None)
    assert Claim.get_by_id(pledge.claim_id).state == "settled"


@pytest.mark.parametrize("owed", [5000, 5001, 10**12, -1])
def test_what_is_owed_is_never_raised_nor_turned_round(owed, lead, organizer, unchanged):
    pledge = lead(Pledge, "due")

    with unchanged(), pytest.raises(Invalid) as problem:
        pledge.lower(organizer, owed=owed, reason="Why not.")

    assert "owed" in problem.value.problems


@pytest.mark.parametrize("side", ["helper", "seeker"])
def test_organizers_who_are_a_party_do_not_lower(side, post, organizer, helper, seeker, second, use, unchanged):
    referral = post(by=organizer if side == "helper" else helper)
    claim = Claim.request(referral, seeker if side == "helper" else organizer, "Please.", ["good_word"])
    for verb, who in (("accept", "helper"), ("agree", "seeker"), ("report_hired", "seeker"), ("confirm", "helper")):
        use(claim, verb, actor=getattr(claim, who))
    pledge = claim.pledge
    pledge.fall_due()

    with unchanged(), pytest.raises(NotYours):
        pledge.lower(organizer, owed=1, reason="I say so.")
    pledge.lower(second, owed=1, reason="It is fair.")

    assert pledge.amount == 1


# What the claim does to its pledge


def test_a_second_hearing_starts_the_guarantee_from_the_decided_day(lead, organizer, helper):
    claim = lead(Claim, "hired")
    before = claim.pledge.due
    claim.dispute(helper, reason="They began later.")

    claim.decide(organizer, "hired", start_date=in_days(10).date(), reason="They did.")

    assert claim.pledge.state == "pledged"
    assert claim.pledge.due == end_of(in_days(40).date()) > before


def test_one_claim_has_one_pledge(lead):
    claim = lead(Claim, "active")

    assert claim.pledges.count() == 1
    assert claim.pledge.amount == claim.terms.total
