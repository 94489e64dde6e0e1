"""One sentence for each claim: whose move it is, by when, what happens by default, and the first thing to press."""

import pytest
from cast import BY_CARD, MONDAY, WAYS
from flask import g

from models import Claim, Community, Event, Pledge, now, today
from views.next_step import next_step

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

SIDES = ("helper", "seeker", "organizer")
BY_HAND = ["pledged", *WAYS[Pledge]]
CARDS = ["pledged", *BY_CARD]
GUARANTEE = (
    "The guarantee runs until 2 Jul. If the job lasts, Sami Seeker owes Hana Helper $50 then, and nothing before."
)
DISPUTED = (
    "An organizer who has no part in it decides by 1 Jul; after that it ends without a fee. Until then nothing is due."
)
SAVE_CARD = (
    "Save a card for the price. Nothing is taken unless you are hired and the job lasts. The help can begin meanwhile."
)
AT_DESK = "The money has been waiting for long: an organizer looks at it. Sami Seeker owes Hana Helper $50."


@pytest.fixture
def step(app, people):
    """What comes next in a claim for one of the cast, as the claim stands in the database."""

    def step(record, side):
        claim = Claim.get_by_id(record.id if isinstance(record, Claim) else record.claim_id)
        with app.test_request_context():
            g.community = Community.current()
            return next_step(claim, people[side])

    return step


@pytest.fixture
def says(step):
    """The sentence, for each of these sides."""
    return lambda record, *sides: [step(record, side).sentence for side in sides or SIDES]


# Before a hire


@pytest.mark.parametrize(
    ("state", "mover", "verb", "yours", "theirs"),
    [
        (
            "requested",
            "helper",
            "accept",
            "Answer by 8 Jun; after that the request lapses.",
            "Hana Helper has until 8 Jun to answer; after that the request lapses.",
        ),
        (
            "changes_asked",
            "seeker",
            "resubmit",
            "Change your request by 15 Jun; after that it lapses.",
            "Sami Seeker has until 15 Jun to change the request; after that it lapses.",
        ),
        (
            "accepted",
            "seeker",
            "agree",
            "Read the terms and agree by 4 Jun; after that the claim lapses.",
            "Sami Seeker has until 4 Jun to agree to the terms; after that the claim lapses.",
        ),
        (
            "reported",
            "helper",
            "confirm",
            "Confirm or contest the hire by 15 Jun; silence confirms it.",
            "Hana Helper has until 15 Jun to confirm or contest; silence confirms the hire.",
        ),
        ("disputed", "organizer", "decide", DISPUTED, DISPUTED),
    ],
)
def test_one_side_has_to_move_and_the_others_read_who(lead, step, people, state, mover, verb, yours, theirs):
    claim = lead(Claim, state)

    for side in SIDES:
        coming = step(claim, side)
        assert coming.sentence == (yours if side == mover else theirs)
        assert (coming.mine, coming.verb) == ((True, verb) if side == mover else (False, None))
        assert coming.deadline == (claim.decide_by or claim.due)
    assert claim.can(verb, people[mover])


def test_while_the_help_goes_on_nobody_has_to_move(lead, step, says):
    claim = lead(Claim, "active")

    assert says(claim) == ["Under way. Golem asks how it is going on 1 Jul."] * 3
    assert not any(step(claim, side).mine for side in SIDES)


def test_in_the_end_it_runs_out(lead, says, wait):
    claim = lead(Claim, "active")
    wait(days=80)
    claim.catch_up()

    ending = "Under way. It runs out on 28 Nov unless somebody reports how it ended; then nothing is owed."
    assert says(claim) == [ending] * 3


def test_a_request_for_a_seat_that_is_taken_keeps_its_place_in_line(post, people, rival, step, says):
    referral = post()
    taken, waiting = (Claim.request(referral, who, "Please.", ["reference"]) for who in (people["seeker"], rival))
    taken.accept(people["helper"])

    sentence = "Every seat is taken. This request keeps its place in line: number 1."
    assert says(waiting, "helper", "rival") == [sentence] * 2
    assert step(waiting, "helper")[1:] == (False, None, None, None)


def test_the_seeker_confirms_what_the_helper_reports_and_is_never_charged_on_that_word(lead, people, step, says):
    claim = lead(Claim, "active")
    claim.report_hired(people["helper"], today())

    asked = says(claim, "seeker")[0]
    assert asked.startswith("Confirm or contest the hire by 15 Jun; after that an organizer is asked. You are never")
    assert says(claim, "helper") == [
        "Sami Seeker has until 15 Jun to confirm or contest; after that an organizer is asked."
    ]
    assert step(claim, "seeker").verb == "confirm"


@pytest.mark.parametrize("state", ["requested", "accepted", "active", "hired"])
def test_while_the_clocks_stand_still_nothing_runs_out(lead, step, says, state):
    claim = lead(Claim, state)
    claim.freeze()

    still = "The clocks stand still while an organizer looks at something. Nothing runs out meanwhile."
    assert says(claim) == [still] * 3
    assert [step(claim, side)[2:] for side in SIDES] == [(None, None, None)] * 3


# A price that is paid by hand


@pytest.mark.parametrize(
    ("state", "mover", "verb", "yours", "theirs"),
    [
        ("pledged", None, None, None, GUARANTEE),
        (
            "due",
            "seeker",
            "mark_sent",
            "Send $50 to Hana Helper, then say so here, by 15 Jun; after that the organizers are told.",
            "Sami Seeker is to send $50 to Hana Helper by 15 Jun; after that the organizers are told.",
        ),
        (
            "sent",
            "helper",
            "mark_received",
            "Has the $50 arrived? Say so by 15 Jun; after that the organizers are told.",
            "Hana Helper is to say by 15 Jun that the $50 has arrived; after that the organizers are told.",
        ),
        ("paid", None, None, None, "All promises are kept."),
        ("waived", None, None, None, "All promises are kept."),
        ("void", None, None, None, "Nothing is owed any more."),
    ],
)
def test_a_price_by_hand_is_sent_and_then_received(lead, step, people, state, mover, verb, yours, theirs):
    pledge = lead(Pledge, state)

    for side in SIDES:
        coming = step(pledge, side)
        assert coming.sentence == (yours if side == mover else theirs)
        assert (coming.mine, coming.verb) == ((True, verb) if side == mover else (False, None))
        assert coming.deadline == pledge.due
    verbs = ("mark_sent", "mark_received")
    possible = [(side, name) for side in SIDES for name in verbs if pledge.can(name, people[side])]
    assert (mover, verb) in possible if verb else not possible


@pytest.mark.parametrize(
    ("state", "mover", "verb"), [("due", "seeker", "mark_sent"), ("sent", "helper", "mark_received")]
)
def test_money_that_waited_for_long_is_the_organizers_too(lead, step, people, wait, state, mover, verb):
    pledge = lead(Pledge, state)
    wait(days=15)
    pledge.catch_up()

    assert [step(pledge, side).sentence for side in SIDES] == [AT_DESK] * 3
    assert {side: step(pledge, side).verb for side in SIDES if step(pledge, side).mine} == {
        mover: verb,
        "organizer": "lower",
    }
    assert pledge.can(verb, people[mover])
    assert pledge.can("lower", people["organizer"])


# A price that is paid by card

CARD_CHARGED = (
    "The guarantee runs until 1 Jul. If the job lasts, the card of Sami Seeker is charged $50 then, and nothing before."
)


@pytest.mark.parametrize("reporter", ["seeker", "nobody"])
def test_a_card_is_the_first_thing_to_think_of(by_card, people, step, says, reporter):
    pledge = by_card(card=False)
    if reporter == "seeker":
        pledge.claim.report_hired(people["seeker"], today())

    coming = step(pledge, "seeker")
    assert (coming.sentence, coming.mine, coming.verb) == (SAVE_CARD, True, "save_card")
    assert SAVE_CARD not in says(pledge, "helper", "organizer")
    assert pledge.asks_for("save_card", people["seeker"])


def test_whether_they_were_hired_comes_before_the_card(by_card, people, step):
    pledge = by_card(card=False)
    pledge.claim.report_hired(people["helper"], today())

    coming = step(pledge, "seeker")
    assert coming.sentence.startswith("Confirm or contest the hire by 15 Jun;")
    assert coming.verb == "confirm"


def test_without_a_card_the_seeker_is_asked_for_one_until_the_guarantee_is_over(by_card, people, step, says):
    pledge = by_card(card=False)
    claim = pledge.claim
    claim.report_hired(people["seeker"], today())
    claim.confirm(people["helper"])

    coming = step(pledge, "seeker")
    assert coming.sentence == (
        "The guarantee runs until 1 Jul. If the job lasts, you owe Hana Helper $50 then. "
        "Save a card, so that it can be charged by itself; nothing is taken before."
    )
    assert (coming.mine, coming.verb) == (True, "save_card")
    assert (
        says(pledge, "helper", "organizer")
        == [
            "The guarantee runs until 1 Jul. If the job lasts, the card of Sami Seeker is charged $50 then, "
            "and nothing before."
        ]
        * 2
    )


def test_with_a_card_nobody_has_to_do_anything(by_card, people, step, says):
    pledge = by_card()
    pledge.claim.report_hired(people["seeker"], today())
    pledge.claim.confirm(people["helper"])

    charged = (
        "The guarantee runs until 1 Jul. If the job lasts, the card of Sami Seeker is charged $50 then, and nothing"
    )
    assert [sentence.startswith(charged) for sentence in says(pledge)] == [True] * 3
    assert [step(pledge, side).mine for side in SIDES] == [False] * 3


def test_by_pro_rata_terms_the_share_is_charged_later(set_policy, by_card, people, wait, says):
    set_policy(pro_rata=True)
    pledge = by_card()
    pledge.claim.report_hired(people["seeker"], today())
    pledge.claim.confirm(people["helper"])
    wait(days=15)
    pledge.claim.reload()
    pledge.claim.report_ended(people["seeker"], ended_on=today())

    assert (
        says(pledge)
        == [
            "The job ended early. By the terms Sami Seeker owes Hana Helper $25 for the days worked; "
            "the card is charged on 30 Jun, unless somebody asks an organizer to decide."
        ]
        * 3
    )


CHARGED = ["The job lasted: $50 is being charged to the card of Sami Seeker."] * 3
TO_PAY = (
    "The $50 for the help of Hana Helper is due, and could not be charged by itself. Nothing has been taken. "
    "Pay with any card by 16 Jul; after that the organizers are told."
)
RESTS = (
    "Sami Seeker has paid $50. It rests with the community until 9 Jul, so that a mistake can still be put right; "
    "then it goes to Hana Helper."
)
OPEN_ACCOUNT = "Sami Seeker has paid $50. It waits with the community: open a payout account, and it goes to you."


@pytest.mark.parametrize(
    ("state", "sentences"),
    [
        ("due", CHARGED),
        ("collecting", CHARGED),
        ("action_required", ["Sami Seeker was asked to pay the $50.", TO_PAY, "Sami Seeker was asked to pay the $50."]),
        ("resting", [OPEN_ACCOUNT, RESTS, RESTS]),
        ("releasing", ["The money is on its way to Hana Helper."] * 3),
        ("paid", ["All promises are kept."] * 3),
        ("refunding", ["$50 is going back to Sami Seeker. A bank can take some days for it."] * 3),
        ("refunded", ["The money went back to Sami Seeker. Nothing is owed any more."] * 3),
        (
            "charged_back",
            [
                "The bank of Sami Seeker has taken the money back, because the payment was disputed there. "
                "An organizer looks at it."
            ]
            * 3,
        ),
        (
            "review",
            ["Something about this payment does not fit, and an organizer looks at it. Nobody has to do anything."] * 3,
        ),
        ("void", ["This claim has ended. Nothing is owed."] * 3),
    ],
)
def test_a_price_by_card_goes_its_way_by_itself(by_card, says, state, sentences):
    assert says(by_card(state)) == sentences


MOVES = {
    "action_required": {"seeker": "pay"},
    "resting": {"helper": "open_account"},
    "charged_back": {"organizer": None},
    "review": {"organizer": None},
}


@pytest.mark.parametrize("state", CARDS)
def test_by_card_few_have_to_move(by_card, people, step, state):
    pledge = by_card(state)

    assert {side: step(pledge, side).verb for side in SIDES if step(pledge, side).mine} == MOVES.get(state, {})
    assert pledge.asks_for("pay_page", people["seeker"]) == (state == "action_required")
    assert pledge.wants_account_of(people["helper"]) == (state == "resting")


def test_a_helper_with_an_account_waits_for_the_money_as_the_others_do(by_card, cards, step, says, people):
    pledge = by_card("resting")
    cards.onboard(people["helper"])

    assert says(pledge) == [RESTS] * 3
    assert step(pledge, "helper").default == "pledge.release"


def test_who_is_late_with_a_card_can_still_pay(by_card, step, wait):
    pledge = by_card("action_required")
    wait(days=15)
    pledge.catch_up()

    coming = step(pledge, "seeker")
    assert coming.sentence.endswith("Pay with any card; the organizers know that it is late.")
    assert coming[1:] == (True, "pay", None, None)
    assert step(pledge, "organizer").sentence == "Sami Seeker was asked to pay the $50."


# What happens by default


@pytest.mark.parametrize("state", ["requested", *WAYS[Claim]])
def test_what_is_said_to_happen_by_default_happens(lead, step, wait, state):
    claim = lead(Claim, state)
    happens(claim, step(claim, "seeker"), wait)


@pytest.mark.parametrize("state", BY_HAND)
def test_money_by_hand_does_by_default_what_is_said(lead, step, wait, state):
    pledge = lead(Pledge, state)
    happens(pledge.claim, step(pledge, "seeker"), wait)


@pytest.mark.parametrize("state", CARDS)
def test_money_by_card_does_by_default_what_is_said(by_card, step, wait, state):
    pledge = by_card(state)
    happens(pledge.claim, step(pledge, "seeker"), wait)


def test_money_that_has_rested_goes_to_a_helper_with_an_account(by_card, cards, step, wait, people):
    pledge = by_card("resting")
    cards.onboard(people["helper"])
    coming = step(pledge, "seeker")

    wait(seconds=(coming.deadline - now()).total_seconds() + 1)
    cards.look(pledge)

    assert "pledge.release" in verbs(pledge.claim)


def happens(claim, coming, wait):
    """At the deadline, and not before, the clock does what was said; where nothing was said, it does nothing."""
    claim = Claim.get_by_id(claim.id)
    before = verbs(claim)
    left = (coming.deadline - now()).total_seconds() if coming.default else 400 * 24 * 3600
    wait(seconds=left - 1)
    claim.catch_up()
    assert verbs(claim) == before
    wait(seconds=2)
    claim.catch_up()
    assert verbs(claim)[len(before) :][:1] == [coming.default][: bool(coming.default)]


def verbs(claim):
    """What has happened to the claim and its pledge, oldest first, but for reminders to the organizers."""
    events = Event.select().where(Event.claim == claim, Event.verb != "claim.remind_desk").order_by(Event.id)
    return [event.verb for event in events]
