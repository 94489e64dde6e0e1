"""What happens when people press at the same moment: each in a thread and on a connection of their own."""

from datetime import timedelta

import pytest
from cast import PASSWORD, newcomer
from racing import at_once, press, through

from models import (
    Claim,
    Community,
    Event,
    Invalid,
    Member,
    Notice,
    OneTimeLink,
    Pledge,
    Referral,
    Refused,
    SignIn,
    now,
    sweep,
    today,
)

again = pytest.mark.parametrize("again", range(3))


@pytest.fixture
def crowd(organizer):
    """Twelve who are looking for the same job."""
    return [newcomer(f"Kim{number} Crowd", organizer) for number in range(12)]


# Seats


@again
def test_the_last_seat_goes_to_one_of_twelve(again, post, crowd, helper):
    referral = post(prices={"good_word": 5000})
    claims = [Claim.request(referral, one, "Please.", ["good_word"]) for one in crowd]

    answers = at_once(*(press(claim, "accept", helper) for claim in claims))

    assert len(through(answers)) == 1
    assert {str(answer)[:20] for answer in answers} == {"done", "Every seat is taken."}
    assert Claim.select().where(Claim.state == "accepted").count() == referral.seats_taken == 1
    assert Event.select().where(Event.verb == "claim.accept").count() == 1
    assert not Claim.select().where(Claim.state == "requested", Claim.due.is_null(False))


def test_three_seats_go_to_three_of_twelve(post, crowd, helper):
    referral = post(seats=3)
    claims = [Claim.request(referral, one, "Please.", ["good_word"]) for one in crowd]

    answers = at_once(*(press(claim, "accept", helper) for claim in claims))

    assert len(through(answers)) == referral.seats_taken == 3


def test_twelve_requests_at_once_all_have_their_place_in_line(post, crowd):
    referral = post()

    answers = at_once(*(lambda one=one: Claim.request(referral, one, "Please.", ["good_word"]) for one in crowd))

    assert sorted(claim.place_in_line for claim in answers) == list(range(1, 13))
    assert Notice.select().where(Notice.kind == "claim.request").count() == 12


@again
def test_a_seeker_who_asks_twelve_times_at_once_has_one_claim(again, referral, seeker):
    def ask():
        return Claim.request(Referral.get_by_id(referral.id), seeker, "Please.", ["good_word"])

    answers = at_once(*[ask] * 12)

    assert Claim.select().count() == 1
    assert len([answer for answer in answers if isinstance(answer, Refused)]) == 11


def test_a_seeker_who_asks_everywhere_at_once_has_no_more_than_allowed(post, seeker, set_policy):
    set_policy(open_claims_cap=2)
    referrals = [post() for _ in range(6)]

    at_once(*(lambda it=it: Claim.request(it, seeker, "Please.", ["good_word"]) for it in referrals))

    assert Claim.select().count() == 2


@again
def test_nobody_is_accepted_on_a_posting_that_is_filled_at_that_moment(again, referral, claim, helper):
    at_once(press(claim, "accept", helper), press(referral, "fill", helper))

    claim.reload()
    referral.reload()
    assert referral.state == "filled"
    assert claim.state in ("accepted", "closed")


# Two answers


def outcomes_of(claim):
    answers = ("claim.confirm", "claim.contest")
    return [(event.verb, event.after) for event in claim.path if event.verb in answers]


@again
def test_a_hire_is_confirmed_or_contested_but_not_both(again, lead, helper):
    claim = lead(Claim, "reported")

    deeds = [
        deed
        for _ in range(3)
        for deed in (press(claim, "confirm", helper), press(claim, "contest", helper, reason="No."))
    ]
    answers = at_once(*deeds)

    claim.reload()
    assert len(through(answers)) == 1
    assert outcomes_of(claim) in ([("claim.confirm", "hired")], [("claim.contest", "disputed")])
    assert claim.state == outcomes_of(claim)[0][1]


@again
def test_a_claim_is_agreed_to_or_withdrawn_but_not_both(again, lead, seeker):
    claim = lead(Claim, "accepted")

    at_once(press(claim, "agree", seeker), press(claim, "withdraw", seeker))

    claim.reload()
    agreed = Event.select().where(Event.verb == "claim.agree").exists()
    assert claim.state == "withdrawn"  # It may be withdrawn before it was agreed to, or after.
    assert (claim.pledge and claim.pledge.state) == ("void" if agreed else None)


@again
def test_a_hire_is_reported_by_one_side(again, lead, helper, seeker):
    claim = lead(Claim, "active")

    answers = at_once(*(press(claim, "report_hired", who, start_date=today()) for who in (helper, seeker)))

    claim.reload()
    assert len(through(answers)) == 1
    assert claim.reported_by in (helper, seeker)


@again
def test_two_organizers_decide_once(again, lead, organizer, second):
    claim = lead(Claim, "disputed")

    answers = at_once(
        press(claim, "decide", organizer, decision="hired", reason="They were."),
        press(claim, "decide", second, decision="cancelled", reason="They were not."),
    )

    claim.reload()
    decided = Event.get(Event.verb == "claim.decide")
    assert len(through(answers)) == 1
    assert claim.state == decided.after
    assert claim.pledge.state == ("pledged" if claim.state == "hired" else "void")


@again
def test_two_organizers_review_once(again, lead, organizer, second):
    referral = lead(Referral, "in_review")

    answers = at_once(press(referral, "approve", organizer), press(referral, "reject", second, reason="No job."))

    assert len(through(answers)) == 1
    assert Event.select().where(Event.before == "in_review").count() == 1


# Money


@pytest.mark.parametrize(
    ("state", "verb", "who"), [("due", "mark_sent", "seeker"), ("sent", "mark_received", "helper")]
)
@again
def test_money_moves_once(again, state, verb, who, lead, people):
    pledge = lead(Pledge, state)

    answers = at_once(*(press(pledge, verb, people[who]) for _ in range(4)))

    assert len(through(answers)) == 1
    assert Event.select().where(Event.verb == f"pledge.{verb}").count() == 1


@again
def test_a_price_is_paid_or_waived_but_not_both(again, lead, helper):
    pledge = lead(Pledge, "sent")

    answers = at_once(press(pledge, "mark_received", helper), press(pledge, "waive", helper))

    pledge.reload()
    assert len(through(answers)) == 1
    assert pledge.state in ("paid", "waived")
    assert pledge.claim.state == "settled"
    assert Event.select().where(Event.verb == "claim.settle").count() == 1


@again
def test_two_organizers_who_lower_a_price_never_raise_it(again, lead, organizer, second):
    pledge = lead(Pledge, "due")

    at_once(
        press(pledge, "lower", organizer, owed=1000, reason="Half."),
        press(pledge, "lower", second, owed=2000, reason="More than half."),
    )

    pledge.reload()
    assert pledge.amount == 1000


# Clocks


@again
def test_a_clock_that_many_see_run_out_has_its_say_once(again, lead, time_machine):
    claim = lead(Claim, "active")
    time_machine.move_to(now() + timedelta(days=31))

    at_once(*(press(claim, "catch_up") for _ in range(8)), sweep, sweep)

    assert Event.select().where(Event.verb == "claim.check_in").count() == 1
    assert Claim.get_by_id(claim.id).check_ins == 1


@again
def test_a_posting_that_many_look_at_is_reminded_of_once(again, referral, helper, told, time_machine):
    time_machine.move_to(now() + timedelta(days=41))

    at_once(*(press(referral, "catch_up") for _ in range(8)), sweep, sweep)

    assert told(helper) == ["referral.remind"]


@again
def test_late_money_that_many_look_at_goes_to_the_desk_once(again, lead, organizer, told, time_machine):
    pledge = lead(Pledge, "due")
    time_machine.move_to(now() + timedelta(days=15))

    at_once(*(press(pledge, "catch_up") for _ in range(8)), sweep, sweep)

    assert told(organizer) == ["pledge.call_desk"]


# Links and addresses


@again
def test_a_link_lets_one_of_two_in(again, seeker, organizer):
    token = OneTimeLink.for_member(seeker, organizer)
    passwords = ["the first long password", "the second long password"]

    def comes_with(password):
        link = OneTimeLink.find("sign_in", token)
        SignIn.enter(link.member, link=link, password_hash=link.member.new_password(password))

    answers = at_once(*(lambda new=new: comes_with(new) for new in passwords))

    assert len(through(answers)) == 1
    assert Member.by_password(seeker.email, passwords[answers.index("done")]) == seeker


def test_a_community_has_one_first_owner(database):
    token = OneTimeLink.for_setup()
    place = {"name": "Job Circle", "place": "Toronto", "currency": "CAD", "timezone": "America/Toronto"}

    def set_up(name):
        owner = {"name": name, "email": f"{name}@example.org", "password": PASSWORD}
        return Community.set_up(OneTimeLink.find("setup", token), owner, place, {"charging": True})

    answers = at_once(*(lambda name=name: set_up(name) for name in ("olga", "oscar", "otto", "ona")))

    assert Community.select().count() == Member.select().count() == 1
    assert len([answer for answer in answers if isinstance(answer, Refused)]) == 3


def test_an_address_joins_once(organizer):
    answers = at_once(*[lambda: Member.join("Nia New", "nia@example.org", PASSWORD)] * 4)

    assert len([answer for answer in answers if isinstance(answer, Invalid)]) == 3
    assert Member.select().where(Member.email == "nia@example.org").count() == 1


# Everything at once


def test_nobody_hears_that_the_database_is_busy(post, crowd):
    """Twelve people ask, talk and give up, each as fast as they can, while the sweep goes round."""
    referrals = [post(seats=5) for _ in range(3)]

    def hurry(one):
        for referral in referrals:
            claim = Claim.request(referral, one, "Please.", ["good_word"])
            claim.say(one, "Hello?")
            claim.withdraw(one)
        return "done"

    def sweep_round():
        for _ in range(10):
            sweep()

    answers = at_once(*(lambda one=one: hurry(one) for one in crowd), sweep_round)

    assert through(answers) == answers
    assert Claim.select().where(Claim.state == "withdrawn").count() == 36
