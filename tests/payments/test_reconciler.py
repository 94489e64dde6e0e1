"""The reconciler: how a price is collected and passed on, however it is looked at; and it believes only Stripe."""

import re
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from itertools import pairwise

import pytest
from cast import ASKS_BANK, BY_CARD, EMPTY, EXPIRED, MONDAY, REFUSES, WORKS, newcomer
from fakestripe import FakeStripe, fee_for
from racing import at_once, press, through

from models import (
    Attempt,
    Claim,
    Community,
    Entry,
    Event,
    Member,
    Merchant,
    Notice,
    PayoutAccount,
    Pledge,
    Policy,
    Refused,
    StripeEvent,
    db,
    in_days,
    now,
    sweep,
)
from payments.gateway import Gateway
from payments.reconciler import CLICKS, FOLLOWING, WAITING, Reconciler

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

FEE = fee_for(5000, "cad")


def verbs():
    return [event.verb.removeprefix("pledge.") for event in Event.select().where(Event.verb.startswith("pledge."))]


# The whole way


def test_a_price_is_collected_rests_and_reaches_the_helper(by_card, cards, wait, helper, fake, books, set_policy):
    set_policy(fee_percent=10, fee_cap=300)
    pledge = by_card()
    cards.hire(pledge)
    cards.reconcile(pledge)
    assert (pledge.state, pledge.due, pledge.claim.state) == ("resting", in_days(7), "hired")

    account = cards.onboard(helper)
    wait(days=7)
    sweep()
    cards.reconcile(pledge)

    pledge.claim.reload()
    assert (pledge.state, pledge.due, pledge.claim.state) == ("paid", None, "settled")
    assert fake.balance_of(account) == 5000 - FEE - 300
    assert [(entry.kind, entry.amount) for entry in pledge.entries] == [
        ("charge", 5000),
        ("fee", -FEE),
        ("transfer", -(5000 - FEE - 300)),
    ]
    assert verbs() == ["make", "keep_card", "fall_due", "collect", "receive", "release", "arrive"]
    books()


@pytest.mark.parametrize("by", ["webhook", "return page", "reconcile"])
def test_every_trigger_leads_to_the_same_state(by, by_card, cards, reconciler, fake):
    pledge = by_card(card=False)
    fake.save(cards.open(pledge, "save_card"))

    if by == "webhook":
        hear(reconciler, fake)
        reconciler.reconcile()
    elif by == "return page":
        reconciler.look(pledge)
    else:
        reconciler.reconcile()

    pledge.reload()
    assert (pledge.card_name, bool(pledge.card), verbs()) == ("visa 4242", True, ["make", "keep_card"])


def hear(reconciler, fake, events=None):
    """These events come by webhook, signed."""
    for event in fake.events if events is None else events:
        found = reconciler.gateway.verified_event(*fake.signed(event))
        assert found
        StripeEvent.receive(found)


@pytest.mark.parametrize("again", range(3))
def test_looking_again_changes_nothing(again, by_card, cards, reconciler, unchanged):
    pledge = by_card(("resting", "paid", "refunded")[again])
    shown = [(entry.object, entry.amount) for entry in pledge.entries]
    before = Event.select().count(), Notice.select().count(), Attempt.select().count()

    for _look in range(3):
        cards.look(pledge)
        reconciler.reconcile()

    assert (Event.select().count(), Notice.select().count(), Attempt.select().count()) == before
    assert [(entry.object, entry.amount) for entry in pledge.entries] == shown


def test_currencies_without_cents(organizer, post, seeker, helper, wait, monkeypatch):
    monkeypatch.setattr("stripe.HTTPClient.INITIAL_DELAY", 0)
    from cast import Cards

    Community.update(currency="JPY").execute()
    with FakeStripe(currency="JPY", country="JP") as fake:
        reconciler = Reconciler(Gateway(fake.key, fake.webhook_secret, fake.url))
        assert reconciler.check()
        Merchant.current().turn_on(organizer, fee_percent=3, fee_cap=10_000)
        cards = Cards(reconciler, fake, organizer, wait)
        claim = Claim.request(post(prices={"good_word": 5033}), seeker, "Please.", ["good_word"])
        claim.accept(helper)
        claim.agree(seeker)
        pledge = claim.pledge
        cards.save(pledge)
        cards.hire(pledge)
        cards.look(pledge)
        cards.begin_release(pledge)
        cards.look(pledge)

        assert (pledge.state, pledge.fee) == ("paid", 150)
        assert [charge["amount"] for charge in fake.charges.values()] == [5033]
        assert [transfer["amount"] for transfer in fake.transfers.values()] == [5033 - fee_for(5033, "jpy") - 150]
        assert sum(Entry.balances().values()) == fake.balance == 150
        assert fake.violations == []


# The seeker has to do something


@pytest.mark.parametrize(
    ("number", "verb"),
    [(REFUSES, "need_card"), (EXPIRED, "need_card"), (EMPTY, "need_card"), (ASKS_BANK, "need_confirmation")],
)
def test_a_card_that_cannot_be_charged_leads_to_a_page_on_which_any_card_pays(
    number, verb, by_card, cards, fake, books
):
    pledge = by_card()
    fake.methods[pledge.card]["number"] = number
    cards.hire(pledge)
    cards.reconcile(pledge)
    assert (pledge.state, verbs()[-1], pledge.due) == ("action_required", verb, in_days(14))
    assert [intent["status"] for intent in fake.intents.values()] == ["canceled"]

    assert not cards.pay(pledge)

    assert pledge.state == "resting"
    assert pledge.intent in fake.intents
    books(transfers=0)


def test_a_card_that_is_refused_while_the_claim_is_disputed_is_asked_for_once_that_is_decided(
    by_card, cards, fake, seeker, organizer
):
    """Stripe no longer has the card, so nothing is left there that would tell of it."""
    pledge = by_card("due")
    fake.methods.pop(pledge.card)
    fake.objects.pop(pledge.card)

    def dispute(asked):
        with db.connection_context():
            Claim.get_by_id(pledge.claim_id).dispute(Member.get_by_id(seeker.id), reason="The help never came.")

    fake.before["charge"] = dispute
    cards.reconcile(pledge)
    assert (pledge.state, pledge.claim.state) == ("collecting", "disputed")
    pledge.claim.decide(organizer, "hired", reason="It came.")
    cards.reconcile(pledge)

    assert (pledge.state, fake.count("charge")) == ("action_required", 1)
    assert not cards.pay(pledge)


def test_the_bank_can_be_asked_on_the_page(by_card, cards, books):
    pledge = by_card("action_required")

    assert not cards.pay(pledge, ASKS_BANK)

    assert pledge.state == "resting"
    books(transfers=0)


def test_a_second_card_works_where_the_first_failed(by_card, cards, fake, books):
    pledge = by_card("action_required")
    page = cards.open(pledge, "pay_page")

    assert fake.pay(page, EMPTY) == "insufficient_funds"
    cards.look(pledge)
    assert pledge.state == "action_required"
    assert cards.open(pledge, "pay_page") == page
    assert not fake.pay(page)
    cards.look(pledge)

    assert pledge.state == "resting"
    books(transfers=0)


def test_without_a_card_the_seeker_pays_on_a_page(by_card, cards, fake, books):
    pledge = by_card(card=False)
    cards.hire(pledge)
    cards.reconcile(pledge)
    assert (pledge.state, fake.count("charge")) == ("action_required", 0)

    assert not cards.pay(pledge)

    assert pledge.state == "resting"
    books(transfers=0)


def test_a_page_that_is_paid_at_the_moment_of_another_click_leads_nowhere(by_card, cards, fake, books):
    pledge = by_card("action_required")
    page = cards.open(pledge, "pay_page")
    looks = []

    def pay_then(asked):
        looks.append(asked)
        if len(looks) == 2:
            fake.pay(page)

    fake.before["session"] = pay_then
    with pytest.raises(Refused, match="moved on"):
        cards.open(pledge, "pay_page")
    fake.before.clear()
    cards.look(pledge)

    assert pledge.state == "resting"
    books(transfers=0)


def test_a_page_that_has_run_out_is_followed_by_another(by_card, cards, wait, fake, books):
    pledge = by_card("action_required")
    first = cards.open(pledge, "pay_page")
    wait(days=2)
    cards.reconcile(pledge)

    second = cards.open(pledge, "pay_page")

    assert (first == second, fake.sessions[first]["status"]) == (False, "expired")
    assert not fake.pay(second)
    cards.reconcile(pledge)
    books(transfers=0)


def test_a_seeker_who_does_not_pay_is_a_matter_for_the_desk(by_card, wait, organizer, cards):
    pledge = by_card("action_required")
    wait(days=14)
    sweep()
    pledge.reload()
    assert (pledge.state, pledge.waits_at_desk) == ("action_required", True)

    pledge.remind(organizer, reason="Please look at this, both of you.")

    assert (pledge.waits_at_desk, pledge.due) == (False, in_days(14))
    assert not cards.pay(pledge)


# The helper's account


def test_money_waits_for_the_helper_and_goes_on_once_they_are_ready(by_card, cards, wait, helper, books):
    pledge = by_card("resting")
    for _week in range(5):
        wait(days=7)
        sweep()
        assert cards.reconcile(pledge) is not None
        assert pledge.state == "resting"

    cards.onboard(helper)
    cards.reconcile(pledge)

    assert pledge.state == "paid"
    books()


def test_an_account_that_becomes_ready_while_nobody_looks_is_noticed(by_card, cards, reconciler, wait, helper, fake):
    pledge = by_card("resting")
    reconciler.onboard(helper, "https://golem.example/back", "https://golem.example/again")
    wait(days=8)
    sweep()
    cards.reconcile(pledge)
    assert PayoutAccount.of(helper).missing

    fake.onboard(PayoutAccount.of(helper).account)
    cards.reconcile(pledge)

    assert pledge.state == "paid"


def test_a_helper_who_is_ready_early_still_waits_for_seven_days(by_card, cards, wait, helper, fake):
    pledge = by_card("resting")
    cards.onboard(helper)

    wait(days=6, hours=23)
    sweep()
    cards.reconcile(pledge)

    assert (pledge.state, fake.transfers) == ("resting", {})


def test_an_account_that_was_cut_off_is_replaced_by_another(by_card, cards, wait, helper, fake, books, told):
    pledge = by_card("resting")
    first = cards.onboard(helper)
    fake.deauthorise(first)
    wait(days=8)
    sweep()
    cards.reconcile(pledge)
    cards.reconcile(pledge)
    assert pledge.state == "resting"
    assert PayoutAccount.of(helper).account == ""

    second = cards.onboard(helper)
    cards.reconcile(pledge)
    wait(days=1)
    sweep()
    cards.reconcile(pledge)

    assert (pledge.state, fake.balance_of(first), fake.balance_of(second)) == ("paid", 0, 5000 - FEE)
    books()


def test_a_transfer_that_stripe_refuses_is_asked_for_daily_with_a_new_key(by_card, cards, wait, helper, fake, books):
    """The account looks ready whenever it is asked, and is not when money comes."""
    pledge = by_card("resting")
    account = cards.onboard(helper)
    recipient = fake.accounts[account]["configuration"]["recipient"]["capabilities"]["stripe_balance"]
    fake.before["transfer"] = lambda asked: recipient["stripe_transfers"].update(status="pending")
    fake.after["transfer"] = lambda asked: recipient["stripe_transfers"].update(status="active")
    wait(days=7)

    for _hour in range(48):
        sweep()
        cards.reconcile(pledge)
        wait(hours=1)

    assert fake.count("transfer") == 2
    assert len({asked.key for asked in fake.asked if asked.step == "transfer"}) == 2
    assert Notice.select().where(Notice.kind == "pledge.hold_back").count() == 1
    fake.before.clear()
    wait(days=1)
    cards.reconcile(pledge)
    assert pledge.state == "paid"
    books()


def test_an_account_that_was_restricted_unheard_is_asked_after_and_paid_once_it_is_ready(
    by_card, cards, wait, helper, fake
):
    pledge = by_card("resting")
    account = cards.onboard(helper)
    fake.accounts[account]["configuration"]["recipient"]["capabilities"]["stripe_balance"]["stripe_transfers"].update(
        status="restricted"
    )
    wait(days=7)
    cards.reconcile(pledge)
    assert (pledge.state, PayoutAccount.of(helper).ready) == ("resting", False)
    assert pledge.claim.waits_for(helper)

    fake.onboard(account)
    cards.reconcile(pledge)

    assert pledge.state == "paid"


def test_a_helper_who_closes_the_account_while_the_answer_is_lost_is_paid_on_the_next(
    by_card, cards, wait, helper, fake
):
    pledge = by_card("releasing")
    fake.fail("transfer", "drop", times=3)
    cards.reconcile(pledge)
    fake.deauthorise(PayoutAccount.of(helper).account)
    fake.down = True
    PayoutAccount.of(helper).close()
    wait(days=2)
    fake.down = False

    cards.reconcile(pledge)
    assert pledge.state == "resting"
    cards.onboard(helper)
    wait(days=1)
    cards.reconcile(pledge)

    assert pledge.state == "paid"


def test_an_account_whose_answer_was_lost_is_not_opened_again_though_the_helpers_address_is_another(
    reconciler, helper, fake
):
    """Stripe refuses the key, because the address is another than in the call that it remembers."""
    fake.fail("open_account", "lost", times=3)
    with pytest.raises(Refused):
        reconciler.onboard(helper, "https://golem.example/back", "https://golem.example/again")
    Member.update(email="hana@elsewhere.example").where(Member.id == helper.id).execute()

    hana = Member.get_by_id(helper.id)
    assert reconciler.onboard(hana, "https://golem.example/back", "https://golem.example/again").startswith(fake.url)

    assert len(fake.accounts) == 1


def test_an_account_that_stripe_refused_to_open_is_asked_for_with_a_new_key(reconciler, helper, fake):
    fake.fail("open_account", "lost", times=3)
    with pytest.raises(Refused):
        reconciler.onboard(helper, "https://golem.example/back", "https://golem.example/again")
    fake.accounts.clear()
    Member.update(email="hana@elsewhere.example").where(Member.id == helper.id).execute()
    helper.reload()
    with pytest.raises(Refused, match="did not accept"):
        reconciler.onboard(helper, "https://golem.example/back", "https://golem.example/again")

    assert reconciler.onboard(helper, "https://golem.example/back", "https://golem.example/again").startswith(fake.url)


# Giving back


@pytest.mark.parametrize("state", ["resting", "paid"])
def test_a_refund_gives_all_of_it_back_and_takes_it_from_the_helper_first(
    state, by_card, cards, organizer, fake, books
):
    pledge = by_card(state)

    pledge.refund(organizer, reason="No help was given.")
    cards.reconcile(pledge)

    assert pledge.state == "refunded"
    assert [charge["refunded"] for charge in fake.charges.values()] == [True]
    assert [transfer["reversed"] for transfer in fake.transfers.values()] == [True] * (state == "paid")
    assert fake.balance == -FEE
    steps = [asked.step for asked in fake.asked if asked.step in ("reverse", "refund")]
    assert steps == ["reverse", "refund"][state == "resting" :]
    books(transfers=int(state == "paid"))


def test_what_the_helper_has_spent_is_judged_by_a_person(by_card, cards, organizer, helper, fake, books):
    pledge = by_card("paid")
    fake.withdraw(PayoutAccount.of(helper).account)

    pledge.refund(organizer, reason="No help was given.")
    cards.reconcile(pledge)
    assert (pledge.state, pledge.trouble.partition(":")[0]) == ("review", "reverse")
    assert not fake.refunds
    pledge.refund(organizer, reason="Then the community bears it.")
    cards.reconcile(pledge)

    assert (pledge.state, pledge.waits_at_desk) == ("refunded", False)
    assert fake.count("reverse") == 1
    books()


def test_a_refund_that_fails_is_judged_by_a_person_and_can_be_made_again(by_card, cards, organizer, fake, books):
    pledge = by_card("refunded")
    fake.fail_refund(next(iter(fake.refunds)))
    cards.reconcile(pledge)
    assert (pledge.state, pledge.trouble.partition(":")[0]) == ("review", "refund_failed")

    pledge.refund(organizer, reason="They have a new card.")
    cards.reconcile(pledge)

    assert pledge.state == "refunded"
    assert [refund["status"] for refund in fake.refunds.values()] == ["failed", "succeeded"]
    books(transfers=0)


# What a person has to judge


def test_the_wrong_amount_is_judged_and_then_rests_like_any_other(by_card, cards, fake, organizer, wait, helper, books):
    """Something less than was owed was paid for it, and not on a page of ours."""
    pledge = by_card("action_required")
    fake.methods[pledge.card]["number"] = WORKS
    charge = {"customer": pledge.customer, "card": pledge.card, "amount": 4000, "currency": "CAD", "words": "Help"}
    cards.reconciler.gateway.charge(key="elsewhere", reference=pledge.reference, **charge)
    cards.reconcile(pledge)
    assert (pledge.state, pledge.trouble.partition(":")[0]) == ("review", "amount")

    pledge.resolve(organizer, reason="They agreed on it.")
    cards.onboard(helper)
    wait(days=6)
    sweep()
    cards.reconcile(pledge)
    assert pledge.state == "resting"
    wait(days=2)
    sweep()
    cards.reconcile(pledge)

    assert pledge.state == "paid"
    books()


def test_what_was_paid_just_before_less_was_owed_can_all_be_given_back(by_card, cards, fake, organizer, books):
    pledge = by_card("action_required")
    fake.pay(cards.open(pledge, "pay_page"))
    pledge.lower(organizer, owed=2000, reason="Half of it came.")
    cards.reconcile(pledge)

    pledge.refund(organizer, reason="They shall pay anew.")
    cards.reconcile(pledge)

    assert (pledge.state, pledge.claim.state) == ("refunded", "settled")
    books(transfers=0)


def test_what_was_judged_once_is_not_asked_again(by_card, cards, organizer, wait, helper, books):
    pledge = by_card("review")

    pledge.resolve(organizer, reason="A discount.")
    cards.onboard(helper)
    cards.reconcile(pledge)
    wait(days=8)
    sweep()
    cards.reconcile(pledge)

    assert pledge.state == "paid"
    books()


def test_what_is_disputed_here_is_not_judged_at_the_same_time(by_card, cards, organizer, seeker):
    pledge = by_card("review")
    pledge.claim.dispute(seeker, reason="The help never came.")

    with pytest.raises(Refused, match="organizer is looking"):
        pledge.resolve(organizer, reason="Fine by me.")
    pledge.claim.decide(organizer, "hired", reason="It came.")
    pledge.reload()

    assert (pledge.state, pledge.waits_at_desk) == ("review", True)


def test_money_that_was_given_back_before_we_ever_saw_it_is_given_back(by_card, cards, fake, books):
    pledge = by_card("action_required")
    page = cards.open(pledge, "pay_page")
    fake.pay(page)
    fake.refund_in_dashboard(fake.sessions[page]["payment_intent"])

    cards.reconcile(pledge)

    assert pledge.state == "refunded"
    books(transfers=0)


# Together


@pytest.fixture
def quiet(monkeypatch):
    """Clicks wait for their turn as long as it takes."""
    monkeypatch.setattr("payments.reconciler.CLICK_SECONDS", 60)
    monkeypatch.setattr("payments.reconciler.WAITING", 60)


def all_at_once(*deeds):
    """Done at the same moment, each with a connection of its own; whoever is told to try again does."""

    def patient(deed):
        def do():
            for _try in range(20):
                try:
                    return deed()
                except Refused as problem:
                    if "again in a" not in str(problem):
                        raise

        return do

    return at_once(*map(patient, deeds))


def test_a_hire_that_eight_clicks_confirm_is_confirmed_and_charged_once(
    by_card, cards, reconciler, helper, wait, fake, books
):
    pledge = by_card()
    claim = pledge.claim
    claim.report_hired(claim.seeker, MONDAY.date())

    answers = at_once(*(press(claim, "confirm", helper) for _ in range(8)))
    wait(days=31)
    all_at_once(*[sweep] * 4, *[reconciler.reconcile] * 4)
    sweep()
    cards.reconcile(pledge)

    assert len(through(answers)) == 1
    assert pledge.state == "resting"
    books(transfers=0)


def test_eight_clicks_on_saving_a_card_open_one_page(quiet, by_card, cards, fake):
    pledge = by_card(card=False)

    pages = all_at_once(*[lambda: cards.open(Pledge.get_by_id(pledge.id), "save_card")] * 8)

    assert len(set(pages)) == len(fake.sessions) == len(fake.customers) == 1
    assert pages[0] in fake.sessions


def test_eight_clicks_on_paying_open_one_page(quiet, by_card, cards, fake):
    pledge = by_card(card=False)
    cards.hire(pledge)
    cards.look(pledge)

    pages = all_at_once(*[lambda: cards.open(Pledge.get_by_id(pledge.id), "pay_page")] * 8)

    assert len(set(pages)) == len(fake.sessions) == len(fake.customers) == 1
    assert pages[0] in fake.sessions


def test_eight_clicks_on_opening_an_account_open_one(quiet, reconciler, helper, fake):
    links = all_at_once(*[lambda: reconciler.onboard(helper, "https://golem.example/a", "https://golem.example/b")] * 8)

    assert len(fake.accounts) == 1
    assert [link.startswith(fake.url) for link in links] == [True] * 8


@pytest.mark.parametrize("again", range(3))
@pytest.mark.parametrize(
    ("state", "end"), [("due", "resting"), ("releasing", "paid"), ("refunding", "refunded"), ("paid", "refunded")]
)
def test_eight_looks_at_once_move_money_once(
    again, state, end, quiet, by_card, cards, reconciler, organizer, second, fake, books
):
    pledge = by_card(state)
    deeds = [reconciler.reconcile] * 4 + [lambda: reconciler.look(Pledge.get_by_id(pledge.id))] * 4
    if state == "paid":
        deeds += [press(pledge, "refund", who, reason="No help came.") for who in (organizer, second)] * 2

    answers = all_at_once(*deeds)
    cards.reconcile(pledge)

    assert pledge.state == end, pledge.trouble
    assert not [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, Refused)]
    assert Event.select().where(Event.after == end, Event.before != end, Event.verb.startswith("pledge.")).count() == 1
    books(transfers=int(state in ("releasing", "paid")))
    assert len(fake.refunds) == (end == "refunded")


def test_whoever_saw_less_than_another_does_not_turn_things_back(by_card, cards, reconciler, fake, books):
    """Two look at the same moment, and the one who asked first hears last."""
    pledge = by_card("releasing")
    seen = []

    def another_look(asked):
        if asked.path == "/v1/transfers" and not seen:
            seen.append(asked)
            with ThreadPoolExecutor(1) as thread:
                thread.submit(look_elsewhere).result()

    def look_elsewhere():
        with db.connection_context():
            reconciler.look_at(Pledge.get_by_id(pledge.id))

    fake.after["look"] = another_look
    cards.look(pledge)

    assert (pledge.state, pledge.trouble) == ("paid", "")
    books()


# Many clicks


def test_clicks_of_one_member_at_one_page_wait_for_each_other(by_card, cards, fake, monkeypatch):
    """However long the first one takes, each of the others looks once it is through."""
    pledge = by_card(card=False)
    monkeypatch.setattr("payments.reconciler.CLICK_SECONDS", 0.05)
    fake.delay = 0.1

    pages = at_once(*[lambda: cards.open(Pledge.get_by_id(pledge.id), "save_card")] * (1 + FOLLOWING))

    assert set(pages) == set(fake.sessions)
    assert len(pages) == 1 + FOLLOWING
    assert len(fake.sessions) == len(fake.customers) == 1


def test_clicks_of_one_helper_on_the_payout_account_wait_for_each_other(reconciler, helper, fake, monkeypatch):
    monkeypatch.setattr("payments.reconciler.CLICK_SECONDS", 0.05)
    fake.delay = 0.1

    links = at_once(*[lambda: reconciler.onboard(helper, "https://golem.example/a", "https://golem.example/b")] * 8)

    assert all(str(link).startswith(fake.url) for link in links), links
    assert len(fake.accounts) == 1


def test_a_click_that_finds_too_many_others_is_told_so(by_card, cards, reconciler):
    pledge = by_card("action_required")

    with ExitStack() as others:
        for _other in range(CLICKS + WAITING):
            reconciler.line.acquire()
            others.callback(reconciler.line.release)
        with pytest.raises(Refused) as refusal:
            cards.open(pledge, "pay_page")

    assert str(refusal.value) == "Several people are paying just now: press again in a moment."
    assert not cards.pay(pledge)


def test_a_click_whose_turn_does_not_come_is_told_so(by_card, cards, reconciler, monkeypatch):
    monkeypatch.setattr("payments.reconciler.CLICK_SECONDS", 0.05)
    pledge = by_card("action_required")

    with ExitStack() as others:
        for _other in range(CLICKS):
            reconciler.clicks.acquire()
            others.callback(reconciler.clicks.release)
        with pytest.raises(Refused) as refusal:
            cards.open(pledge, "pay_page")

    assert str(refusal.value) == "Several people are paying just now: press again in a moment."
    assert not cards.pay(pledge)


def test_a_click_that_waits_for_another_for_long_is_told_that_stripe_does_not_answer(
    by_card, cards, reconciler, monkeypatch
):
    monkeypatch.setattr("payments.reconciler.FOLLOW_SECONDS", 0.05)
    pledge = by_card("action_required")

    with reconciler._alone("pledge", pledge.id), pytest.raises(Refused, match="Stripe does not answer"):
        cards.open(pledge, "pay_page")

    assert not cards.pay(pledge)


# How Stripe is asked


@pytest.mark.parametrize("state", ["pledged", *BY_CARD])
def test_no_call_is_made_before_it_was_written_down_nor_within_a_transaction(
    state, reconciler, fake, database, by_card
):
    """Seen from another connection at the moment that Stripe is asked."""
    kept, wrong = {}, []

    def look(asked):
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as other:
            row = other.execute("SELECT state, params FROM attempt WHERE key = ?", [asked.key]).fetchone()
            account = other.execute("SELECT account FROM payout_account WHERE key = ?", [asked.key]).fetchone()
        if asked.key and (row or account) not in ((row and ("open", row[1])), ("",)):
            wrong.append(asked)
        kept[asked.step] = row
        try:
            with sqlite3.connect(database, timeout=0, isolation_level=None) as other:
                other.execute("BEGIN IMMEDIATE")
                other.execute("ROLLBACK")
        except sqlite3.OperationalError as problem:
            wrong.append((asked, problem))

    for step in (
        "customer",
        "save_card",
        "pay_page",
        "session",
        "expire",
        "charge",
        "cancel",
        "transfer",
        "reverse",
        "refund",
        "look",
        "events",
        "account",
        "open_account",
        "link",
    ):
        fake.before[step] = look
    by_card(state)

    assert not wrong
    assert {"customer", "save_card", "look"} <= set(kept)


@pytest.mark.parametrize("state", ["paid", "refunded", "action_required"])
def test_a_look_precedes_every_call_that_moves_money(state, by_card, fake):
    by_card(state)

    steps = ("save_card", "pay_page", "charge", "transfer", "reverse", "refund")
    calls = [index for index, asked in enumerate(fake.asked) if asked.step in steps]
    since = [[asked.path for asked in fake.asked[begin:end]] for begin, end in pairwise([0, *calls])]
    assert len(calls) >= 2
    assert all({"/v1/charges", "/v1/transfers"} <= set(paths) for paths in since)


def test_every_call_has_a_random_key_that_stood_in_its_row(by_card, fake, helper):
    by_card("paid")

    keys = {asked.key for asked in fake.asked if asked.key and asked.step != "link"}
    kept = {attempt.key for attempt in Attempt.select()} | {PayoutAccount.of(helper).key}
    assert keys == kept
    assert len(keys) == len({"customer", "save_card", "charge", "open_account", "transfer"})
    assert all(re.fullmatch("golem:[0-9a-f]{32}", key) for key in keys)


def test_reading_never_asks_stripe(by_card, fake, seeker, helper, organizer):
    pledge = by_card("resting")
    fake.asked.clear()

    for member in (seeker, helper, organizer):
        assert [pledge.can(verb, member) for verb in Pledge.verbs()]
        assert pledge.waits_for(member) is not None
    assert (list(Pledge.unfinished()), Pledge.listed(organizer).count()) == ([], 1)

    assert fake.asked == []


def test_a_payment_that_stumbles_does_not_hold_up_the_others(
    by_card, cards, reconciler, post, rival, helper, organizer
):
    first = by_card()
    claim = Claim.request(post(by=rival), organizer, "Please.", ["good_word"])
    claim.accept(rival)
    claim.agree(organizer)
    cards.save(claim.pledge)
    claim.report_hired(organizer, MONDAY.date())
    claim.confirm(rival)
    cards.hire(first)
    sweep()
    Claim.update(terms=replace(claim.terms, currency=None)).where(Claim.id == claim.id).execute()

    with pytest.raises(Exception, match="NoneType"):
        reconciler.reconcile()

    first.reload()
    assert first.state == "resting"


# Whether Stripe can be asked at all


def test_without_a_key_nothing_is_asked_and_nothing_breaks(by_card, fake):
    pledge = by_card("due")
    fake.asked.clear()
    reconciler = Reconciler(None)

    assert reconciler.reconcile() is None
    for click in (lambda: reconciler.look(pledge), lambda: reconciler.page(pledge, "pay_page", pledge.claim.seeker)):
        with pytest.raises(Refused, match="Card payments stand still"):
            click()

    assert (Merchant.current().problem, fake.asked) == ("no_key", [])
    pledge.reload()
    assert pledge.state == "due"


def test_a_key_that_was_withdrawn_while_running_is_a_sentence_at_the_desk(by_card, cards, reconciler, fake, books):
    pledge = by_card("due")
    fake.keys.clear()

    assert reconciler.reconcile() is None
    assert Merchant.current().missing == ["wrong_key"]
    with pytest.raises(Refused, match="Card payments stand still"):
        cards.look(pledge)
    fake.keys.add(fake.key)
    cards.reconcile(pledge)

    assert (pledge.state, Merchant.current().problem) == ("resting", "")
    books(transfers=0)


@pytest.mark.parametrize(
    ("seen", "problem"), [({"account": "acct_other"}, "other_account"), ({"live": True}, "other_mode")]
)
def test_another_account_or_mode_moves_no_money(seen, problem, by_card, cards, reconciler, fake):
    pledge = by_card("due")
    Merchant.update(**seen).execute()

    assert reconciler.reconcile() is None

    assert (Merchant.current().missing, fake.count("charge")) == ([problem], 0)
    with pytest.raises(Refused):
        cards.look(pledge)


def test_a_community_without_stripe_asks_nothing(organizer, fake):
    reconciler = Reconciler(Gateway(fake.key, fake.webhook_secret, fake.url))

    assert reconciler.reconcile() == 0
    assert fake.asked == []


def test_before_there_is_a_community_nothing_is_asked(database, fake):
    reconciler = Reconciler(Gateway(fake.key, fake.webhook_secret, fake.url))

    assert reconciler.reconcile() == 0
    assert fake.asked == []


def test_payments_are_not_turned_on_while_something_is_missing(organizer, fake, unchanged):
    fake.connect = False
    reconciler = Reconciler(Gateway(fake.key, "", fake.url))
    reconciler.check()

    assert Merchant.current().missing == ["no_secret", "no_connect"]
    with unchanged(), pytest.raises(Refused):
        Merchant.current().turn_on(organizer)
    assert Policy.current().settlement == "offline"


# Copies and restored databases


@pytest.fixture
def keep(database, start, wait):
    """Keeps a copy of the database as it is now. Returns what puts it back, and starts the site again."""

    def keep():
        copy = sqlite3.connect(":memory:")
        db.connection().backup(copy)

        def restore():
            copy.backup(db.connection())
            copy.close()
            start()

        return restore

    return keep


# How long ago the last look of the copy is: keys are forgotten after a day, and events after thirty.
AWAY = {"an hour": {"hours": 1}, "two days": {"days": 2}, "forty days": {"days": 40}}


@pytest.mark.parametrize("away", AWAY)
@pytest.mark.parametrize("lost", ["charge", "transfer", "refund"])
@pytest.mark.parametrize(
    "state", ["no card", "pledged", "due", "collecting", "action_required", "resting", "releasing", "refunding"]
)
def test_an_older_copy_of_the_database_charges_and_sends_nothing_twice(
    state, lost, away, app, by_card, cards, keep, wait, fake, books
):
    """The site goes back to how it was before the money was charged, sent on, or given back."""
    pledge = by_card(card=False) if state == "no card" else by_card(state)
    restore = keep()
    if state == "no card":
        cards.save(pledge)
    if state == "action_required":
        cards.pay(pledge)
    elif state in ("no card", "pledged"):
        cards.hire(pledge)
    cards.reconcile(pledge)
    if lost != "charge" and pledge.state == "resting":
        cards.begin_release(pledge)
        cards.reconcile(pledge)
    if lost == "refund" and pledge.state == "paid":
        pledge.refund(cards.organizer, reason="No help came.")
        cards.reconcile(pledge)
    wait(**AWAY[away])
    if away != "an hour":
        fake.forget_keys()

    restore()
    reconciler = cards.reconciler = app.extensions["reconciler"]
    pledge.reload()
    if pledge.state == "pledged":
        cards.hire(pledge)
    for _day in range(10):
        wait(days=1)
        sweep()
        assert reconciler.reconcile() is not None
    pledge.reload()
    if pledge.state == "resting":
        cards.onboard(pledge.claim.helper)
        assert cards.reconcile(pledge) is not None

    assert pledge.state == ("refunded" if state == "refunding" or lost == "refund" else "paid")
    assert pledge.customer
    books(transfers=int(state != "refunding"))


@pytest.mark.parametrize("step", ["charge", "transfer", "refund"])
@pytest.mark.parametrize("away", AWAY)
def test_what_was_open_in_a_copy_is_looked_up_and_not_asked_again(step, away, by_card, cards, keep, wait, fake, books):
    pledge = by_card({"charge": "collecting", "transfer": "releasing", "refund": "refunding"}[step])
    fake.fail(step, "drop", times=3)
    assert cards.reconcile(pledge) is None
    restore = keep()
    cards.look(pledge)
    end = pledge.state
    assert end == {"charge": "resting", "transfer": "paid", "refund": "refunded"}[step]
    wait(**AWAY[away])

    restore()
    cards.reconcile(pledge)

    assert pledge.state == end
    assert len({asked.key for asked in fake.asked if asked.step == step}) == 1
    assert not pledge.attempts.where(Attempt.state == "open").exists()
    assert len(fake.refunds) == int(step == "refund")
    books(transfers=int(step == "transfer"))


def test_a_restored_site_looks_at_everything_once_also_at_what_is_over(app, by_card, cards, keep, organizer, wait):
    """What was done since the copy was made may be so long ago that no event tells of it."""
    pledge = by_card("paid")
    cards.reconcile(pledge)
    wait(hours=1)
    restore = keep()
    pledge.refund(organizer, reason="No help came.")
    cards.reconcile(pledge)
    assert pledge.state == "refunded"
    wait(days=40)

    restore()

    pledge.reload()
    assert pledge.state == "paid"
    assert app.extensions["reconciler"].reconcile() == 1
    pledge.reload()
    assert (pledge.state, pledge.trouble.partition(":")[0]) == ("review", "reversed")
    assert app.extensions["reconciler"].reconcile() == 0


@pytest.mark.parametrize(("how", "times"), [("lost", 3), ("500 after", 1)])
def test_an_account_whose_answer_was_lost_is_found_again(how, times, reconciler, helper, wait, fake):
    fake.fail("open_account", how, times)
    with pytest.raises(Refused, match="Stripe does not answer"):
        reconciler.onboard(helper, "https://golem.example/back", "https://golem.example/again")
    wait(hours=25)
    fake.forget_keys()

    reconciler.onboard(helper, "https://golem.example/back", "https://golem.example/again")

    assert [PayoutAccount.of(helper).account] == list(fake.accounts)


def test_an_account_that_was_never_opened_is_asked_for_with_a_new_key_a_day_later(reconciler, helper, wait, fake):
    fake.fail("open_account", "drop", times=3)
    with pytest.raises(Refused, match="Stripe does not answer"):
        reconciler.onboard(helper, "https://golem.example/back", "https://golem.example/again")
    wait(hours=25)

    reconciler.onboard(helper, "https://golem.example/back", "https://golem.example/again")

    assert [PayoutAccount.of(helper).account] == list(fake.accounts)
    keys = [asked.key for asked in fake.asked if asked.step == "open_account"]
    assert len(set(keys)) == 2


# Events about what this database does not have


@pytest.fixture
def lost(by_card, cards, helper, keep, wait, rival, organizer, post, start):
    """An older copy was put back, in which there is neither the payment nor the helper's account. The payment."""
    by_card()
    restore = keep()
    claim = Claim.request(post(), rival, "Please.", ["good_word"])
    claim.accept(helper)
    claim.agree(rival)
    cards.save(claim.pledge)
    cards.hire(claim.pledge)
    cards.reconcile(claim.pledge)
    cards.onboard(helper)
    assert claim.pledge.state == "resting"
    cards.wait(hours=1)
    restore()
    return claim.pledge


def test_what_stripe_tells_of_payments_that_an_older_copy_does_not_have_is_said_at_the_desk(
    lost, app, walk, organizer, fake
):
    fake.payout_failed(next(iter(fake.accounts)))
    assert app.extensions["reconciler"].reconcile() is not None
    unknown = list(StripeEvent.unknown())

    desk = walk(organizer)
    desk.open("/desk")
    assert f"Stripe has told {len(unknown)} things about payments that this site does not have." in desk.page.text
    desk.open("/desk/money")

    assert sum(Entry.balances().values()) != fake.balance
    assert "The balance at Stripe and the sums below differ" in desk.page.text
    assert [event.type for event in unknown] == ["charge.succeeded", "payment_intent.succeeded", "payout.failed"]
    assert lost.intent in unknown[0].objects
    assert all(f"{event.event} {event.type}" in desk.page.text for event in unknown)


def test_an_organizer_notes_what_stripe_told_and_says_why(lost, app, walk, organizer, fake, helper):
    app.extensions["reconciler"].reconcile()
    desk = walk(organizer)
    desk.open("/desk/money")
    assert desk.press("Noted").status == 422
    shown = list(StripeEvent.unknown())
    StripeEvent.create(event="evt_later", type="charge.succeeded", created=1, outcome="unknown")

    assert desk.press("Noted", reason="We gave it back in the dashboard.").status == 200

    assert [event.event for event in StripeEvent.unknown()] == ["evt_later"]
    noted = [StripeEvent.get_by_id(event.id) for event in shown]
    assert {(event.outcome, event.noted.reason) for event in noted} == {("noted", "We gave it back in the dashboard.")}
    reader = walk(helper)
    reader.open("/log")
    assert "Olga Owner noted what Stripe told of payments that are not here" in reader.page.text
    app.extensions["reconciler"].reconcile()
    assert [event.event for event in StripeEvent.unknown()] == ["evt_later"]


def test_nobody_but_an_organizer_notes_it_and_not_twice(lost, app, helper, organizer, unchanged):
    app.extensions["reconciler"].reconcile()
    newest = list(StripeEvent.unknown())[-1].event

    for member, reason, shown in ((helper, "So.", newest), (organizer, " ", newest), (organizer, "So.", "evt_0")):
        with unchanged(), pytest.raises(Refused):
            StripeEvent.note(member, reason, shown)
    StripeEvent.note(organizer, "So.", newest)
    with unchanged(), pytest.raises(Refused, match="moved on"):
        StripeEvent.note(organizer, "So.", newest)


def test_what_was_unknown_is_applied_once_the_newer_copy_is_back(by_card, cards, app, keep, start, reconciler, wait):
    pledge = by_card("resting")
    cards.reconcile(pledge)
    StripeEvent.update(outcome="unknown").execute()

    reconciler.reconcile()

    assert {event.outcome for event in StripeEvent.select()} == {"applied"}


def test_an_account_that_the_helper_had_before_is_no_stranger(by_card, cards, reconciler, helper, fake):
    pledge = by_card("resting")
    first = cards.onboard(helper)
    fake.deauthorise(first)
    PayoutAccount.of(helper).close()
    cards.onboard(helper)

    cards.reconcile(pledge)

    assert not StripeEvent.unknown().exists()
    assert StripeEvent.get(StripeEvent.account == first).outcome == "applied"


def test_what_the_community_sells_besides_is_none_of_our_business(by_card, cards, fake):
    pledge = by_card("resting")
    fake.events.append({**fake.events[-1], "id": "evt_shop", "data": {"object": {"id": "ch_1", "metadata": {}}}})
    fake.events.append({**fake.events[-1], "id": "evt_bank", "type": "charge.dispute.created"})

    cards.reconcile(pledge)

    assert [event.event for event in StripeEvent.unknown()] == ["evt_bank"]
    assert StripeEvent.get(StripeEvent.event == "evt_shop").outcome == "foreign"


def test_the_command_says_how_many_were_looked_at(app, by_card, fake):
    by_card("due")

    done = app.test_cli_runner().invoke(args=["reconcile"])
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "1 payments are as Stripe has them.")
    fake.down = True
    failed = app.test_cli_runner().invoke(args=["reconcile"])

    assert failed.exit_code == 1
    assert "Stripe could not be asked" in failed.output


def test_stripe_is_imported_by_one_room_only(reconciler):
    assert "stripe" in sys.modules
    assert not hasattr(sys.modules["payments.reconciler"], "stripe")


def test_members_see_their_money_wait(by_card, wait, helper):
    pledge = by_card("resting")
    other = newcomer("Nia New", helper)

    assert pledge.receipt_for(pledge.claim.seeker)
    assert not pledge.receipt_for(helper)
    assert not pledge.roles(other)
    assert now() < pledge.due
