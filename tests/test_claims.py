"""What becomes of a claim, from the request to the hire and beyond: each verb, who may use it, what follows."""

import contextlib
import random
from datetime import date, timedelta

import pytest
from cast import MONDAY, WAYS, soak
from peewee import IntegrityError

from models import (
    DECISIONS,
    ENDED,
    OUTCOMES,
    THANKABLE,
    AgreedHelp,
    Claim,
    Event,
    Invalid,
    Message,
    Notice,
    NotYours,
    Pledge,
    Policy,
    Referral,
    Refused,
    Terms,
    end_of,
    in_days,
    now,
    sweep,
    today,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

STATES = ("requested", *WAYS[Claim])

# From these states, by this verb, who, to which state; "=" is the state it was in.
TABLE = [
    ("requested", "accept", "helper", "accepted"),
    ("requested", "ask_changes", "helper", "changes_asked"),
    ("changes_asked", "resubmit", "seeker", "requested"),
    ("requested", "decline", "helper", "declined"),
    ("requested changes_asked accepted active", "withdraw", "seeker", "withdrawn"),
    ("requested changes_asked accepted", "lapse", "clock", "lapsed"),
    ("requested changes_asked accepted active", "end_without_fee", "clock", "cancelled"),
    ("accepted", "agree", "seeker", "active"),
    ("active", "release", "helper", "released"),
    ("active", "report_not_hired", "seeker", "not_hired"),
    ("active", "report_hired", "party", "reported"),
    ("reported", "confirm", "other_party", "hired"),
    ("reported", "contest", "other_party", "disputed"),
    ("reported", "presume", "clock", "hired"),
    ("hired", "report_ended", "party", "ended_early"),
    ("hired", "settle", "clock", "settled"),
    ("active reported hired", "dispute", "party", "disputed"),
    ("disputed", "decide", "organizer", "cancelled"),
    ("disputed", "propose_end", "party", "="),
    ("disputed", "remind_desk", "clock", "="),
    ("disputed", "end_undecided", "clock", "cancelled"),
    ("active", "expire", "clock", "expired"),
    ("active", "check_in", "clock", "="),
    ("requested changes_asked accepted active", "close", "clock", "closed"),
    ("active", "mark", "party", "="),
    ("active", "unmark", "party", "="),
    ("hired settled", "thank", "seeker", "="),
]
# What other rules bring about besides: told in test_actions.py, test_reports.py, test_profiles.py and test_disputes.py.
GOING_ON = "requested changes_asked accepted active reported disputed hired"
AT_THE_DESK = [
    (GOING_ON, "freeze", "clock", "="),
    (GOING_ON, "thaw", "clock", "="),
    (GOING_ON, "leave", "party", "cancelled"),
    ("active reported hired ended_early", "dispute", "party", "disputed"),
    (f"{GOING_ON} {' '.join(ENDED)}", "drop_price", "clock", "="),
    *[("disputed", verb, "party", "=") for verb in ("agree_to_end", "refuse_end", "take_back_end")],
    (" ".join(THANKABLE), "show_thanks", "helper", "="),
    (" ".join(THANKABLE), "take_back_thanks", "party", "="),
]
GIVING_REASONS = {"ask_changes", "release", "contest", "dispute", "decide"}
MAY_GIVE_REASONS = {"decline", "withdraw", "report_ended", "propose_end", "refuse_end"}


@pytest.fixture
def active(claim, helper, seeker):
    claim.accept(helper)
    claim.agree(seeker)
    return claim


@pytest.fixture
def reported(active, seeker):
    active.report_hired(seeker, today())
    return active


@pytest.fixture
def gift(post, seeker):
    """A request for a reference, as a gift."""
    return Claim.request(post(prices={"reference": 0}), seeker, "Please.", ["reference"])


# The table, and everything outside it


def test_the_table_names_every_verb_and_who_may_use_it():
    told = {verb: (set(sources.split()), set(by.split())) for sources, verb, by, _to in TABLE + AT_THE_DESK}
    rules = Claim.verbs()

    assert {name: (set(rule.sources), set(rule.by)) for name, rule in rules.items()} == told
    assert {name for name, rule in rules.items() if rule.reason == "required"} == GIVING_REASONS
    assert {name for name, rule in rules.items() if rule.reason == "optional"} == MAY_GIVE_REASONS


@pytest.mark.parametrize(
    ("before", "verb", "to"),
    [(before, verb, to) for sources, verb, _by, to in TABLE for before in sources.split()],
)
def test_a_claim_moves_by_its_verbs(before, verb, to, lead, use):
    claim = lead(Claim, before)
    if verb == "close":
        Referral.update(seats=0).execute()  # No seat is left that could lead to a hire.
    if verb == "settle":
        Pledge.update(state="paid").execute()

    use(claim, verb)

    after = before if to == "=" else to
    event = Event.get(Event.verb == f"claim.{verb}")
    assert Claim.get_by_id(claim.id).state == claim.state == after
    assert (event.before, event.after, event.claim, event.referral) == (before, after, claim, claim.referral)
    assert event.reason == ("Because it is so." if verb in GIVING_REASONS else "")
    assert claim.roles(event.actor) & set(Claim.verbs()[verb].by)


@pytest.mark.parametrize("state", STATES)
def test_a_claim_moves_in_no_other_way(state, lead, use, unchanged):
    claim = lead(Claim, state)

    for verb, rule in Claim.verbs().items():
        if state not in rule.sources:
            with unchanged(), pytest.raises(Refused):
                use(claim, verb)


@pytest.mark.parametrize("verb", Claim.verbs())
def test_nobody_else_moves_a_claim(verb, lead, use, unchanged, people):
    rule = Claim.verbs()[verb]
    claim = lead(Claim, rule.sources[0])

    for member in people.values():
        if not claim.roles(member) & set(rule.by):
            assert not claim.can(verb, member)
            with unchanged(), pytest.raises(NotYours):
                use(claim, verb, actor=member)


@pytest.mark.parametrize("verb", sorted(GIVING_REASONS | (MAY_GIVE_REASONS - {"refuse_end"})))
@pytest.mark.parametrize("reason", ["", " \n\t ", "x" * 100_000], ids=["none", "blank", "endless"])
def test_a_reason_is_a_sentence_or_two(verb, reason, lead, use, unchanged):
    claim = lead(Claim, Claim.verbs()[verb].sources[0])

    if verb in GIVING_REASONS or reason.strip():
        with unchanged(), pytest.raises(Invalid) as problem:
            use(claim, verb, reason=reason)
        assert "reason" in problem.value.problems
    else:
        use(claim, verb, reason=reason)
        assert Event.get(Event.verb == f"claim.{verb}").reason == ""


def test_a_state_that_has_moved_on_is_not_overwritten(claim, helper, unchanged):
    seen_before = Claim.get_by_id(claim.id)
    claim.decline(helper)

    with unchanged(), pytest.raises(Refused, match="moved on"):
        seen_before.compare_and_set("requested", "accepted")


# Asking


def test_a_request_is_the_helpers_move_for_a_week(claim, helper, seeker, told):
    event = Event.get(Event.verb == "claim.request")

    assert (claim.state, claim.total, claim.due) == ("requested", 5000, in_days(7))
    assert (event.actor, event.before, event.after, event.claim) == (seeker, "", "requested", claim)
    assert told(helper) == ["claim.request"]
    assert told(seeker) == []
    assert Notice.get(Notice.kind == "claim.request").asks
    assert claim.waits_for(helper)
    assert not claim.waits_for(seeker)


def test_a_request_keeps_the_prices_of_its_moment(claim):
    assert [(item.kind, item.price) for item in claim.items] == [("good_word", 5000), ("reference", 0)]


def test_help_that_is_chosen_twice_costs_once(referral, seeker):
    claim = Claim.request(referral, seeker, "Please.", ["good_word", "good_word"])

    assert claim.total == 5000
    assert claim.items.count() == 1


@pytest.mark.parametrize("help", [[], ["interview_coaching"], ["reference", "a job"]])
def test_only_what_is_on_the_menu_can_be_asked_for(help, referral, seeker, unchanged):
    with unchanged(), pytest.raises(Invalid) as problem:
        Claim.request(referral, seeker, "Please.", help)

    assert "help" in problem.value.problems


def test_nobody_claims_their_own_posting(referral, helper, unchanged):
    with unchanged(), pytest.raises(Refused, match="your own"):
        Claim.request(referral, helper, "Please.", ["reference"])


@pytest.mark.parametrize(
    "state", ["draft", "in_review", "paused", "expired", "filled", "withdrawn", "hidden", "removed"]
)
def test_only_what_is_on_the_board_can_be_claimed(state, lead, seeker, unchanged):
    referral = lead(Referral, state)

    with unchanged(), pytest.raises(Refused, match="paused" if state == "paused" else "no longer open"):
        Claim.request(referral, seeker, "Please.", ["reference"])


def test_a_posting_that_ran_out_unseen_cannot_be_claimed(referral, seeker, wait):
    wait(days=46)

    with pytest.raises(Refused, match="no longer open"):
        Claim.request(referral, seeker, "Please.", ["reference"])


def test_a_seeker_has_one_open_claim_on_a_posting(claim, referral, seeker, unchanged):
    with unchanged(), pytest.raises(Refused, match="an open claim on this posting"):
        Claim.request(referral, seeker, "Again.", ["reference"])


@pytest.mark.parametrize("state", STATES)
def test_the_database_itself_holds_one_open_claim_on_a_posting(state, lead):
    claim = lead(Claim, state)
    again = Claim(referral=claim.referral, helper=claim.helper, seeker=claim.seeker, note="Again.")

    if state in ENDED:
        again.save()
    else:
        with pytest.raises(IntegrityError):
            again.save()


@pytest.mark.parametrize("state", ["declined", "withdrawn", "lapsed", "released", "not_hired", "expired", "cancelled"])
def test_a_seeker_whose_claim_has_ended_may_ask_again(state, lead, referral, seeker):
    lead(Claim, state)

    assert Claim.request(referral, seeker, "Again.", ["reference"]).state == "requested"


def test_a_full_posting_takes_no_new_requests(active, referral, rival, unchanged):
    with unchanged(), pytest.raises(Refused, match="Every seat"):
        Claim.request(referral, rival, "Please.", ["reference"])


def test_open_claims_are_few_at_a_time(post, seeker, set_policy, unchanged):
    set_policy(open_claims_cap=2)
    first, _second = (Claim.request(post(), seeker, "Please.", ["reference"]) for _ in range(2))
    third = post()

    with unchanged(), pytest.raises(Refused, match="as many open claims"):
        Claim.request(third, seeker, "Please.", ["reference"])
    first.withdraw(seeker)

    assert Claim.request(third, seeker, "Please.", ["reference"])


def test_after_the_last_day_help_from_inside_cannot_be_asked_for(post, seeker, wait):
    referral = post(last_day=today())
    wait(days=1)

    with pytest.raises(Invalid, match="no longer offered"):
        Claim.request(referral, seeker, "Please.", ["good_word"])
    assert Claim.request(referral, seeker, "Please.", ["reference"]).total == 0


def test_after_the_last_day_a_posting_of_nothing_but_help_from_inside_is_over(post, seeker, wait):
    referral = post(last_day=today(), prices={"good_word": 100})
    wait(days=1)

    with pytest.raises(Refused, match="has left this employer"):
        Claim.request(referral, seeker, "Please.", ["good_word"])


def test_what_was_asked_for_before_the_last_day_stays_agreed(post, seeker, helper, wait):
    claim = Claim.request(post(last_day=today()), seeker, "Please.", ["good_word"])
    wait(days=1)

    claim.accept(helper)

    assert claim.terms.items == (AgreedHelp("good_word", 5000),)


def test_a_place_in_line_goes_by_who_came_first(post, seeker, rival, organizer):
    referral = post()
    first, second, third = (
        Claim.request(referral, who, "Please.", ["reference"]) for who in (seeker, rival, organizer)
    )
    assert [claim.place_in_line for claim in (first, second, third)] == [1, 2, 3]

    second.withdraw(rival)

    assert [claim.place_in_line for claim in (first, third)] == [1, 2]


# Asking for changes


def test_changes_are_the_seekers_move_for_two_weeks(claim, helper, seeker, told):
    claim.ask_changes(helper, reason="Which boats?")

    assert claim.due == in_days(14)
    assert claim.waits_for(seeker)
    assert not claim.waits_for(helper)
    assert told(seeker) == ["claim.ask_changes"]
    assert Event.get(Event.verb == "claim.ask_changes").reason == "Which boats?"


def test_a_changed_request_is_the_helpers_move_at_the_prices_of_today(claim, referral, helper, seeker, use):
    claim.ask_changes(helper, reason="Which boats?")
    use(referral, "edit", prices={"reference": 700, "good_word": 5000})

    claim.resubmit(seeker, note="Canoes.", help=["reference"])

    fresh = Claim.get_by_id(claim.id)
    assert (fresh.note, fresh.total, fresh.due) == ("Canoes.", 700, in_days(7))
    assert [(item.kind, item.price) for item in fresh.items] == [("reference", 700)]
    assert fresh.waits_for(helper)


@pytest.mark.parametrize("help", [[], ["interview_coaching"]])
def test_a_changed_request_asks_for_what_is_on_the_menu(help, lead, seeker, unchanged):
    claim = lead(Claim, "changes_asked")

    with unchanged(), pytest.raises(Invalid):
        claim.resubmit(seeker, note="Canoes.", help=help)


def test_a_changed_request_asks_at_prices_that_are_still_allowed(lead, seeker, set_policy, unchanged):
    claim = lead(Claim, "changes_asked")
    set_policy(charging=False)

    with unchanged(), pytest.raises(Invalid):
        claim.resubmit(seeker, note="Canoes.", help=["good_word"])
    claim.resubmit(seeker, note="Canoes.", help=["reference"])

    assert claim.total == 0


def test_a_changed_request_waits_in_line_without_a_clock(post, helper, seeker, rival):
    """A request that came back while every seat is taken waits like all the others."""
    referral = post()
    first, second = (Claim.request(referral, who, "Please.", ["reference"]) for who in (seeker, rival))
    second.ask_changes(helper, reason="Which boats?")
    first.accept(helper)

    second.resubmit(rival, note="Canoes.", help=["reference"])

    second.reload()
    assert second.due is None
    assert not second.waits_for(helper)


# Accepting and agreeing


def test_an_accepted_claim_freezes_its_terms(claim, helper, seeker, told):
    claim.accept(helper, acquaintance="worked_together")

    policy = Policy.current()
    assert Claim.get_by_id(claim.id).terms == Terms(
        employer="Harbour Works",
        title="Shipwright",
        items=(AgreedHelp("good_word", 5000), AgreedHelp("reference", 0)),
        total=5000,
        currency="CAD",
        guarantee_days=30,
        pro_rata=False,
        hired_means=policy.hired_means,
        acquaintance="worked_together",
        settlement="offline",
        fee_percent=0,
        fee_cap=0,
        charge_by=date(2027, 3, 15),
        policy=policy.id,
        frozen_at=now(),
    )
    assert claim.acquaintance == "worked_together"
    assert claim.due == in_days(3)
    assert claim.waits_for(seeker)
    assert told(seeker) == ["claim.accept"]
    assert claim.pledge is None


def test_nobody_knows_another_in_a_way_that_is_not_on_the_list(claim, helper, unchanged):
    with unchanged(), pytest.raises(Invalid) as problem:
        claim.accept(helper, acquaintance="cousin of a cousin")

    assert "acquaintance" in problem.value.problems


def test_a_new_policy_changes_no_terms(claim, helper, seeker, set_policy):
    claim.accept(helper)
    terms = claim.terms

    set_policy(guarantee_days=90, pro_rata=True, charging=False, price_cap=1, hired_means="Signed.")
    claim.agree(seeker)
    claim.report_hired(seeker, today())
    claim.confirm(helper)

    assert Claim.get_by_id(claim.id).terms == terms
    assert claim.pledge.due == end_of(today() + timedelta(days=30))


def test_a_seat_is_given_once(post, helper, seeker, rival, unchanged):
    referral = post()
    first, second = (Claim.request(referral, who, "Please.", ["reference"]) for who in (seeker, rival))
    assert second.can("accept", helper)
    first.accept(helper)

    assert not second.can("accept", helper)
    with unchanged(), pytest.raises(Refused, match="keep their place in line"):
        second.accept(helper)

    assert referral.seats_taken == 1


@pytest.mark.parametrize(
    ("state", "taken"),
    [(state, state in ("accepted", "active", "reported", "disputed", "hired", "settled")) for state in STATES],
)
def test_a_seat_is_taken_from_the_acceptance_to_the_end(state, taken, lead, referral):
    lead(Claim, state)

    assert referral.full is taken


@pytest.mark.parametrize("state", ["paused", "expired"])
def test_who_asked_in_time_can_still_be_accepted(state, claim, referral, helper, use):
    use(referral, "pause" if state == "paused" else "expire")

    claim.accept(helper)

    assert claim.state == "accepted"


def test_nobody_is_accepted_on_a_hidden_posting(claim, referral, helper, organizer, unchanged):
    referral.hide(organizer, reason="Hm.")

    with unchanged(), pytest.raises(Refused, match="no longer open"):
        claim.accept(helper)


def test_a_declined_request_is_told_with_its_reason(claim, helper, seeker, told):
    claim.decline(helper, reason="I do not know you well enough.")

    assert told(seeker) == ["claim.decline"]
    assert Event.get(Event.verb == "claim.decline").reason == "I do not know you well enough."
    assert claim.due is None


def test_who_agrees_pledges_the_price(claim, helper, seeker, told):
    claim.accept(helper)

    claim.agree(seeker)

    pledge = claim.pledge
    assert (pledge.state, pledge.amount, pledge.due) == ("pledged", 5000, None)
    assert Event.get(Event.verb == "pledge.make").actor == seeker
    assert told(helper)[0] == "claim.agree"
    assert (claim.active_from, claim.due) == (now(), in_days(30))
    assert not claim.waits_for(helper)
    assert not claim.waits_for(seeker)


def test_who_agrees_to_a_gift_pledges_nothing(gift, helper, seeker):
    gift.accept(helper)
    gift.agree(seeker)

    assert gift.terms.settlement == "gift"
    assert gift.pledge is None


# Working on it


def test_the_checklist_is_ticked_by_the_side_that_knows(active, helper, seeker, unchanged):
    owners = {step.what: step.owner for step in active.checklist}
    sides = {"helper": helper, "seeker": seeker}
    assert list(owners) == [
        "disclosed",
        "delivered:good_word",
        "received:good_word",
        "delivered:reference",
        "received:reference",
        "applied",
        "interviewing",
        "offer",
    ]

    for what, owner in owners.items():
        other = active.other(sides[owner])
        with unchanged(), pytest.raises(NotYours, match="Only the other side"):
            active.mark(other, what=what)
        active.mark(sides[owner], what=what)

    assert [step.done_at for step in active.checklist] == [now()] * len(owners)
    assert {mark.by for mark in active.marks} == {helper, seeker}


def test_a_step_can_be_taken_back(active, seeker, helper):
    active.mark(seeker, what="offer")
    active.mark(seeker, what="offer")

    with pytest.raises(NotYours):
        active.unmark(helper, what="offer")
    active.unmark(seeker, what="offer")

    assert not any(step.done_at for step in active.checklist)


@pytest.mark.parametrize("what", ["", "hired", "delivered:role_briefing", "delivered", "offer:"])
def test_only_what_is_on_the_checklist_can_be_ticked(what, active, helper, unchanged):
    with unchanged(), pytest.raises(Refused, match="no such step"):
        active.mark(helper, what=what)


def test_small_steps_stay_out_of_the_path(active, seeker):
    active.mark(seeker, what="applied")
    active.unmark(seeker, what="applied")

    assert [event.verb for event in active.path] == ["claim.request", "claim.accept", "pledge.make", "claim.agree"]


@pytest.mark.parametrize("state", STATES)
def test_the_two_can_talk_while_there_is_something_to_say(state, lead, helper, seeker, rival, organizer, unchanged):
    claim = lead(Claim, state)
    over = state in ENDED and state not in ("settled", "ended_early")

    for party in (helper, seeker):
        assert claim.can_talk(party) is not over
    for other in (rival, organizer):
        with unchanged(), pytest.raises(NotYours):
            claim.say(other, "Hello?")
    if over:
        with unchanged(), pytest.raises(NotYours, match="closed"):
            claim.say(seeker, "Hello?")
    else:
        claim.say(seeker, "Hello?")
        assert [(message.author, message.body) for message in claim.newest_messages()] == [(seeker, "Hello?")]


def test_nobody_writes_into_a_thread_that_was_closed_a_moment_ago(claim, helper, seeker):
    seen_before = Claim.get_by_id(claim.id)
    claim.decline(helper)

    with pytest.raises(NotYours):
        seen_before.say(seeker, "Hello?")


def test_many_messages_are_one_notice_until_it_is_read(claim, helper, seeker, told):
    claim.say(seeker, "Hello?")
    claim.say(seeker, "Anybody?")
    assert told(helper).count("claim.message") == 1
    assert told(seeker) == []

    Notice.read(helper)
    claim.say(seeker, "Please!")

    assert told(helper).count("claim.message") == 2
    assert Message.select().count() == 3


def test_a_page_knows_whether_something_has_happened(claim, helper, seeker):
    seen = claim.etag

    claim.say(seeker, "Hello?")
    talked = claim.etag
    assert talked != seen
    assert not claim.changed_since(seen)

    claim.accept(helper)
    assert claim.etag not in (seen, talked)
    assert claim.changed_since(seen)
    assert not claim.changed_since("")


def test_a_step_of_the_checklist_is_news_but_moves_nothing(active, seeker):
    seen = active.etag

    active.mark(seeker, what="applied")

    assert active.etag != seen
    assert not active.changed_since(seen)


# Letting go


@pytest.mark.parametrize("state", ["requested", "changes_asked", "accepted", "active"])
def test_a_seeker_withdraws_without_owing_anything(state, lead, helper, seeker, referral, told):
    claim = lead(Claim, state)

    claim.withdraw(seeker, reason="I found something nearer.")

    assert told(helper)[0] == "claim.withdraw"
    assert Event.get(Event.verb == "claim.withdraw").reason == "I found something nearer."
    assert claim.due is None
    assert not referral.full
    assert (claim.pledge and claim.pledge.state) == ("void" if state == "active" else None)


@pytest.mark.parametrize(
    ("verb", "told_one"),
    [("release", "seeker"), ("report_not_hired", "helper"), ("expire", "both"), ("withdraw", "helper")],
)
def test_a_claim_that_led_nowhere_owes_nothing(verb, told_one, active, referral, use, told, helper, seeker):
    use(active, verb)

    assert active.pledge.state == "void"
    assert active.due is None
    assert not referral.full
    assert (told(seeker)[0] == f"claim.{verb}") == (told_one in ("seeker", "both"))
    assert (told(helper)[0] == f"claim.{verb}") == (told_one in ("helper", "both"))


@pytest.mark.parametrize("verb", ["release", "report_not_hired", "withdraw", "expire"])
def test_a_claim_whose_price_was_waived_still_ends(verb, active, helper, use):
    active.pledge.waive(helper)

    use(active, verb)

    assert active.ended
    assert active.pledge.state == "waived"


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_seeker_says_how_it_ended(outcome, active, seeker):
    active.report_not_hired(seeker, outcome=outcome)

    assert Claim.get_by_id(active.id).outcome == outcome


def test_a_seeker_says_it_in_words_that_the_rules_know(active, seeker, unchanged):
    with unchanged(), pytest.raises(Invalid) as problem:
        active.report_not_hired(seeker, outcome="abducted")

    assert "outcome" in problem.value.problems


# Being hired


@pytest.mark.parametrize("reporter", ["helper", "seeker"])
def test_a_reported_hire_is_for_the_other_to_confirm(reporter, active, people, told):
    reporter, other = people[reporter], active.other(people[reporter])

    active.report_hired(reporter, date(2026, 6, 15))

    assert (active.start_date, active.reported_by, active.due) == (date(2026, 6, 15), reporter, in_days(14))
    assert active.waits_for(other)
    assert not active.waits_for(reporter)
    assert told(other)[0] == "claim.report_hired"
    for verb in ("confirm", "contest"):
        assert active.can(verb, other)
        with pytest.raises(NotYours):
            getattr(active, verb)(reporter, reason="Well.")


@pytest.mark.parametrize("days", [-1, 366])
def test_a_first_day_is_after_the_request_and_within_a_year(days, active, seeker, unchanged):
    with unchanged(), pytest.raises(Invalid) as problem:
        active.report_hired(seeker, today() + timedelta(days=days))

    assert "start_date" in problem.value.problems


@pytest.mark.parametrize("days", [0, 365])
def test_a_first_day_may_be_the_day_of_the_request_or_a_year_later(days, active, seeker):
    active.report_hired(seeker, today() + timedelta(days=days))

    assert active.state == "reported"


@pytest.mark.time_machine(MONDAY.replace(day=2, hour=1), tick=False)
def test_a_claim_of_the_evening_can_lead_to_a_first_day_on_that_date(active, seeker):
    """At one o'clock UTC on Tuesday it is still Monday where the community is."""
    assert today() == date(2026, 6, 1)

    active.report_hired(seeker, today())

    assert active.state == "reported"


def test_a_confirmed_hire_owes_the_price_when_the_guarantee_ends(reported, helper, seeker, told):
    reported.confirm(helper)

    assert reported.guarantee_ends == today() + timedelta(days=30)
    assert (reported.pledge.state, reported.pledge.due) == ("pledged", end_of(reported.guarantee_ends))
    assert told(seeker)[0] == "claim.confirm"
    assert reported.due is None
    assert not reported.waits_for(helper)
    assert not reported.waits_for(seeker)


def test_a_gift_settles_on_the_hire(gift, helper, seeker, told):
    gift.accept(helper)
    gift.agree(seeker)
    gift.report_hired(seeker, today())

    gift.confirm(helper)

    gift.reload()
    assert gift.state == "settled"
    assert [event.verb for event in gift.path][-2:] == ["claim.confirm", "claim.settle"]
    assert "claim.settle" in told(helper)
    assert "claim.settle" in told(seeker)


def test_a_waived_price_settles_on_the_hire(reported, helper):
    reported.pledge.waive(helper)

    reported.confirm(helper)

    reported.reload()
    assert reported.state == "settled"


def test_nothing_is_settled_while_the_price_is_owed(lead, unchanged):
    claim = lead(Claim, "hired")

    with unchanged(), pytest.raises(Refused, match="still owed"):
        claim.settle()


def test_the_last_hire_fills_the_posting_and_tells_those_in_line(post, helper, seeker, rival, organizer, use, told):
    referral = post(seats=2)
    first, second, third = (
        Claim.request(referral, who, "Please.", ["reference"]) for who in (seeker, rival, organizer)
    )
    for claim in (first, second):
        for verb in ("accept", "agree", "report_hired"):
            use(claim, verb, **({"actor": claim.seeker} if verb != "accept" else {}))

    first.confirm(helper)
    assert Referral.get_by_id(referral.id).state == "published"
    assert Claim.get_by_id(third.id).state == "requested"

    second.confirm(helper)
    assert Referral.get_by_id(referral.id).state == "filled"
    assert Claim.get_by_id(third.id).state == "closed"
    assert told(organizer)[0] == "claim.close"
    assert [event.verb for event in third.path][-1] == "claim.close"
    assert Event.get(Event.verb == "referral.fill").actor is None


def test_the_last_hire_closes_those_who_had_been_accepted_beyond_the_seats(post, helper, seeker, rival, use):
    """Seats can be taken away while two are being helped: the first hire ends the help to the other."""
    referral = post(seats=2)
    first, second = (Claim.request(referral, who, "Please.", ["good_word"]) for who in (seeker, rival))
    for claim in (first, second):
        claim.accept(helper)
        claim.agree(claim.seeker)
    use(referral, "edit", seats=1)
    first.report_hired(seeker, today())

    first.confirm(helper)

    second.reload()
    assert (second.state, second.pledge.state) == ("closed", "void")


def test_who_was_accepted_stays_so_while_a_seat_can_still_be_theirs(active, referral, helper, unchanged):
    referral.fill(helper)

    with unchanged(), pytest.raises(Refused, match="still lead to a hire"):
        active.close()


def test_a_hire_on_a_posting_that_was_withdrawn_counts_all_the_same(reported, referral, helper):
    referral.withdraw(helper)

    reported.confirm(helper)

    assert reported.state == "hired"
    assert Referral.get_by_id(referral.id).state == "withdrawn"


def test_a_seeker_gives_thanks_once(lead, helper, seeker, told):
    claim = lead(Claim, "hired")

    claim.thank(seeker, thanks="Without you I would still be looking.", agreed=True)
    claim.show_thanks(helper)

    assert told(helper)[0] == "claim.thank"
    assert list(Claim.thanked(helper, seeker)) == [claim]
    assert not Claim.thanked(seeker, helper)
    with pytest.raises(Refused, match="already"):
        claim.thank(seeker, thanks="Again!")


# Ending early


@pytest.mark.parametrize("who", ["helper", "seeker"])
def test_a_job_that_ends_within_the_guarantee_costs_nothing(who, lead, people, told):
    claim = lead(Claim, "hired")

    claim.report_ended(people[who], reason="They closed the yard.")

    assert claim.state == "ended_early"
    assert claim.pledge.state == "void"
    assert told(claim.other(people[who]))[0] == "claim.report_ended"
    assert Event.get(Event.verb == "claim.report_ended").reason == "They closed the yard."


@pytest.fixture
def pro_rata(set_policy, lead):
    """Makes a hire by pro-rata terms whose guarantee is `days` long; the first day on the job is tomorrow."""

    def pro_rata(days=30):
        set_policy(pro_rata=True, guarantee_days=days)
        return lead(Claim, "hired")

    return pro_rata


@pytest.mark.parametrize(
    ("worked", "owed"),
    [(0, 0), (1, 166), (7, 1166), (15, 2500), (28, 4666), (29, 4833)],
)
def test_by_pro_rata_terms_the_days_worked_are_owed(worked, owed, pro_rata, seeker, wait):
    claim = pro_rata()
    wait(days=30)  # The twenty-ninth day on the job.

    claim.report_ended(seeker, ended_on=claim.start_date + timedelta(days=worked))

    assert claim.state == "ended_early"
    assert claim.pledge.amount == owed
    assert (claim.pledge.state, claim.pledge.due) == (("due", in_days(14)) if owed else ("void", None))
    assert claim.waits_for(seeker) is bool(owed)


def test_a_job_that_ended_without_a_last_day_never_began(pro_rata, seeker, wait):
    claim = pro_rata()
    wait(days=16)

    claim.report_ended(seeker)

    assert (claim.pledge.amount, claim.pledge.state) == (0, "void")


def test_by_pro_rata_terms_the_whole_guarantee_is_worth_the_whole_price(pro_rata, seeker, wait):
    claim = pro_rata()
    wait(days=31)

    claim.report_ended(seeker, ended_on=today())

    assert claim.pledge.amount == 5000


@pytest.mark.parametrize("days", [-1, 6])
def test_a_job_ends_between_its_first_day_and_today(days, lead, helper, wait, unchanged):
    claim = lead(Claim, "hired")
    wait(days=6)

    with unchanged(), pytest.raises(Invalid) as problem:
        claim.report_ended(helper, ended_on=claim.start_date + timedelta(days=days))

    assert "ended_on" in problem.value.problems


def test_a_guarantee_of_no_days_divides_by_nothing(pro_rata, helper, wait):
    claim = pro_rata(days=0)
    wait(days=1)

    claim.report_ended(helper)

    assert claim.pledge.state == "void"


def test_a_share_that_is_paid_leaves_the_claim_ended_early(pro_rata, seeker, helper, wait):
    claim = pro_rata()
    wait(days=16)
    claim.report_ended(seeker, ended_on=today())

    claim.pledge.mark_sent(seeker)
    claim.pledge.mark_received(helper)

    claim.reload()
    assert (claim.state, claim.pledge.state) == ("ended_early", "paid")


@pytest.mark.parametrize(("days", "possible"), [(30, True), (31, False)])
def test_the_guarantee_has_an_end(days, possible, lead, seeker, wait):
    claim = lead(Claim, "hired")
    wait(days=days + 1)  # The first day on the job was the day after the hire was reported.

    assert claim.can("report_ended", seeker) is possible
    if not possible:
        with pytest.raises(Refused, match="guarantee is over"):
            claim.report_ended(seeker)


def test_a_price_that_is_being_settled_is_not_taken_back(lead, seeker, unchanged):
    claim = lead(Claim, "hired")
    claim.pledge.fall_due()

    with unchanged(), pytest.raises(Refused, match="settled or is being settled"):
        claim.report_ended(seeker)


# Disputes


@pytest.mark.parametrize("state", ["active", "reported", "hired"])
@pytest.mark.parametrize("who", ["helper", "seeker"])
def test_either_can_ask_for_a_decision(state, who, lead, people, organizer, told):
    claim = lead(Claim, state)

    claim.dispute(people[who], reason="We do not agree.")

    assert told(organizer) == told(claim.other(people[who]))[:1] == ["claim.dispute"]
    assert Notice.get(Notice.member == organizer).asks
    assert claim.waits_for(organizer)
    assert not claim.waits_for(people[who])
    assert list(Claim.disputed()) == [claim]
    assert (claim.due, claim.decide_by) == (in_days(14), in_days(30))


def test_a_contested_report_goes_to_every_organizer(reported, helper, seeker, organizer, second, told):
    reported.contest(helper, reason="That was another job.")

    assert told(organizer) == told(second) == ["claim.contest"]
    assert told(seeker)[0] == "claim.contest"


def test_an_organizer_sees_a_claim_while_it_waits_for_one(lead, organizer, rival):
    claim = lead(Claim, "reported")
    assert claim not in Claim.visible_to(organizer)

    claim.contest(claim.helper, reason="That was another job.")
    assert claim in Claim.visible_to(organizer)
    assert claim not in Claim.visible_to(rival)

    claim.decide(organizer, "not_hired", reason="It was another job.")
    assert claim not in Claim.visible_to(organizer)


@pytest.mark.parametrize(
    ("decision", "pledge"),
    [("hired", "pledged"), ("not_hired", "void"), ("ended_early", "void"), ("cancelled", "void")],
)
def test_a_decision_ends_the_dispute(decision, pledge, lead, organizer, helper, seeker, told):
    claim = lead(Claim, "disputed")

    claim.decide(organizer, decision, reason="This is what the papers say.")

    event = Event.get(Event.verb == "claim.decide")
    assert claim.state == event.after == decision
    assert event.reason == "This is what the papers say."
    assert claim.pledge.state == pledge
    assert "claim.decide" in told(helper)
    assert "claim.decide" in told(seeker)


def test_every_decision_is_tried_above():
    assert set(DECISIONS) == {"hired", "not_hired", "ended_early", "cancelled"}


def test_a_decision_is_one_that_the_rules_know(lead, organizer, unchanged):
    claim = lead(Claim, "disputed")

    with unchanged(), pytest.raises(Invalid) as problem:
        claim.decide(organizer, "settled", reason="Why not.")

    assert "decision" in problem.value.problems


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("owed", [5001, 10**12, -1])
def test_a_decision_never_raises_what_is_owed_nor_turns_it_round(decision, owed, lead, organizer, unchanged):
    claim = lead(Claim, "disputed")

    with unchanged(), pytest.raises(Invalid) as problem:
        claim.decide(organizer, decision, owed=owed, reason="Why not.")

    assert "owed" in problem.value.problems


@pytest.mark.parametrize("owed", [5000, 4999, 1])
def test_a_decision_can_lower_what_is_owed(owed, lead, organizer):
    claim = lead(Claim, "disputed")

    claim.decide(organizer, "hired", owed=owed, reason="Half the help was given.")

    assert (claim.state, claim.pledge.amount, claim.pledge.state) == ("hired", owed, "pledged")
    assert claim.terms.total == 5000


def test_a_decision_that_nothing_is_owed_settles_the_hire(lead, organizer):
    """Otherwise a debt of nothing falls due after the guarantee, and the seeker is asked to send it."""
    claim = lead(Claim, "disputed")

    claim.decide(organizer, "hired", owed=0, reason="No help was given.")

    claim.reload()
    assert (claim.state, claim.pledge.state) == ("settled", "waived")


def test_by_pro_rata_terms_a_decided_early_end_says_which_share_is_owed(pro_rata, seeker, organizer, unchanged):
    """Left unsaid, the whole price would fall due for a job that ended early."""
    claim = pro_rata()
    claim.dispute(seeker, reason="I was let go.")

    with unchanged(), pytest.raises(Invalid) as problem:
        claim.decide(organizer, "ended_early", reason="They were let go.")
    assert "owed" in problem.value.problems
    claim.decide(organizer, "ended_early", owed=2000, reason="They were let go after twelve days.")

    assert (claim.state, claim.pledge.state, claim.pledge.amount) == ("ended_early", "due", 2000)


def test_by_pro_rata_terms_a_decided_share_of_nothing_ends_the_pledge(pro_rata, seeker, organizer):
    claim = pro_rata()
    claim.dispute(seeker, reason="I never began.")

    claim.decide(organizer, "ended_early", owed=0, reason="They never began.")

    assert (claim.state, claim.pledge.state) == ("ended_early", "void")


def test_a_share_of_a_price_that_was_due_before_the_dispute_has_a_new_term(pro_rata, seeker, organizer, wait):
    claim = pro_rata()
    claim.pledge.fall_due()
    claim.dispute(seeker, reason="I was let go.")
    wait(days=20)

    claim.decide(organizer, "ended_early", owed=2000, reason="They were let go after twelve days.")

    assert (claim.pledge.state, claim.pledge.due) == ("due", in_days(14))


def test_there_is_nothing_to_lower_about_a_gift(gift, helper, seeker, organizer):
    gift.accept(helper)
    gift.agree(seeker)
    gift.dispute(seeker, reason="We do not agree.")

    with pytest.raises(Invalid):
        gift.decide(organizer, "hired", owed=1, reason="Why not.")
    gift.decide(organizer, "hired", owed=0, reason="They were hired.")

    gift.reload()
    assert gift.state == "settled"


@pytest.mark.parametrize(
    ("day", "start"), [(None, date(2026, 6, 2)), (date(2026, 6, 20), date(2026, 6, 20))], ids=["reported", "decided"]
)
def test_a_decided_hire_runs_from_the_first_day_on_the_job(day, start, lead, organizer):
    claim = lead(Claim, "disputed")

    claim.decide(organizer, "hired", start_date=day, reason="The contract says so.")

    assert claim.start_date == start
    assert claim.pledge.due == end_of(start + timedelta(days=30))


def test_a_hire_that_nobody_dated_runs_from_its_decision(active, seeker, organizer):
    active.dispute(seeker, reason="We do not agree.")

    active.decide(organizer, "hired", reason="They were hired.")

    assert active.start_date == today()


def test_a_decided_hire_cannot_have_begun_before_the_claim(lead, organizer, unchanged):
    claim = lead(Claim, "disputed")

    with unchanged(), pytest.raises(Invalid):
        claim.decide(organizer, "hired", start_date=date(2026, 5, 31), reason="The contract says so.")


@pytest.mark.parametrize("side", ["helper", "seeker"])
def test_organizers_who_are_a_party_do_not_decide(side, post, organizer, helper, seeker, second, unchanged):
    """Olga, the organizer, is the helper or the seeker of this claim; Oscar has to decide it."""
    referral = post(by=organizer if side == "helper" else helper)
    claim = Claim.request(referral, seeker if side == "helper" else organizer, "Please.", ["good_word"])
    claim.accept(claim.helper)
    claim.agree(claim.seeker)
    claim.dispute(claim.seeker, reason="We do not agree.")

    with unchanged(), pytest.raises(NotYours):
        claim.decide(organizer, "cancelled", reason="I say so.")
    assert not claim.waits_for(organizer)
    claim.decide(second, "cancelled", reason="It is fair.")

    assert claim.state == "cancelled"


def test_a_price_that_was_due_before_the_dispute_has_a_new_term(lead, seeker, organizer, wait):
    claim = lead(Claim, "hired")
    claim.pledge.fall_due()
    claim.dispute(seeker, reason="The help never came.")
    wait(days=20)
    sweep()

    claim.decide(organizer, "hired", reason="It came.")

    assert (claim.pledge.state, claim.pledge.due) == ("due", in_days(14))
    assert not claim.pledge.waits_at_desk


def test_a_dispute_after_the_hire_gives_nobody_elses_seat_back(lead, referral, seeker):
    claim = lead(Claim, "hired")

    claim.dispute(seeker, reason="The help never came.")

    assert referral.full


# Finding


def test_outsiders_do_not_learn_that_a_claim_exists(claim, helper, seeker, rival, organizer):
    assert claim in Claim.visible_to(helper)
    assert claim in Claim.visible_to(seeker)
    assert claim not in Claim.visible_to(rival)
    assert claim not in Claim.visible_to(organizer)


def test_my_claims_are_those_of_both_my_sides(post, helper, seeker, rival):
    asked_of_me = Claim.request(post(), seeker, "Please.", ["reference"])
    asked_by_me = Claim.request(post(by=rival), helper, "Please.", ["reference"])

    assert list(Claim.of(helper)) == [asked_by_me, asked_of_me]
    assert list(Claim.of(seeker)) == list(Claim.between(helper, seeker)) == list(Claim.between(seeker, helper))
    assert not Claim.between(seeker, rival)


def test_a_claim_that_has_ended_is_not_open(lead, seeker):
    claim = lead(Claim, "declined")

    assert claim.ended
    assert not Claim.open_of(seeker)


# Whatever people do


@pytest.mark.parametrize("seed", soak(list(range(20)), 0, 1))
def test_whatever_people_do_the_books_are_right(seed, post, people, use, wait, set_policy):
    """Everybody presses whatever buttons they have, in no order at all, and time goes by."""
    chance = random.Random(seed)
    set_policy(pro_rata=chance.choice([True, False]), open_claims_cap=100)
    referral = post(seats=2)

    for _ in range(120):
        if not Referral.get_by_id(referral.id).live:
            referral = post(seats=2)
        seeker = chance.choice([people["seeker"], people["rival"], people["organizer"]])
        attempt(lambda: Claim.request(referral, seeker, "Please.", ["good_word"]))  # noqa: B023
        press_something(chance, people, use)
        wait(days=chance.choice([0, 0, 0, 0, 1, 5, 20]))
        if chance.random() < 0.3:
            sweep()
        check_the_books()


def press_something(chance, people, use):
    record = chance.choice([*Claim.select(), *Pledge.select(), *Referral.select()])
    able = [(verb, who) for verb in record.verbs() for who in people.values() if who and record.can(verb, who)]
    if able:
        verb, who = chance.choice(able)
        instead = {"decision": chance.choice(DECISIONS)} if verb == "decide" else {}
        attempt(lambda: use(record, verb, actor=who, **instead))


def attempt(deed):
    with contextlib.suppress(Refused):
        deed()


def check_the_books():
    for referral in Referral.select():
        assert referral.seats_taken <= referral.seats
        waiting = [claim.due is None for claim in referral.claims.where(Claim.state == "requested")]
        assert not waiting or referral.state not in ("filled", "withdrawn", "rejected", "removed")
        assert not waiting or not referral.live or set(waiting) == {referral.full}
    for claim in Claim.select():
        check_the_path(claim)
        if claim.pledge:
            check_the_pledge(claim, claim.pledge)


def check_the_path(claim):
    path = [event for event in claim.history.order_by(Event.id) if event.verb.startswith("claim.")]
    assert [event.before for event in path] == ["", *(event.after for event in path[:-1])]
    assert path[-1].after == claim.state
    assert claim.ended is (claim.state in ENDED)
    assert not claim.ended or claim.due is None


def check_the_pledge(claim, pledge):
    assert 0 <= pledge.amount <= claim.terms.total
    assert pledge.amount > 0 or pledge.state in ("void", "waived")
    if claim.state == "settled":
        assert pledge.state in ("paid", "waived")
    elif claim.state == "ended_early":
        assert pledge.state != "pledged"
    elif claim.ended:
        assert pledge.state in ("void", "waived")
    elif claim.state != "disputed":
        assert pledge.state in ("pledged", "waived") if claim.state != "hired" else ("pledged", "due", "sent")
