"""Whatever goes wrong with a payment: afterwards the ledger is Stripe's balance, and money has moved once.

What goes wrong with cards, accounts, refunds and restored databases is told in test_till.py and test_card_pledges.py.
"""

import time
from itertools import product

import pytest
from cast import ASKS_BANK, DECLINES, EMPTY, EXPIRED, MONDAY, REFUSES, WORKS, soak
from fakestripe import DISPUTE_FEE, fee_for

import payments.gateway
from models import Attempt, Claim, Entry, Event, Merchant, Notice, PayoutAccount, Pledge, Refused, StripeEvent, sweep

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

FEE = fee_for(5000, "cad")
HOW = ["drop", "lost", "503", "409", "429", "500"]
UNSURE = ["lost", "500"]  # Nobody knows whether it was done; or it fails anew for as long as the key is kept.


@pytest.fixture
def live(cards, wait, reconciler):
    """Time goes by, while the sweep and the payments go their rounds: twice a day at first, then once."""

    def live(pledge, days=12):
        for hours in [12] * 2 * min(days, 2) + [24] * max(days - 2, 0):
            sweep()
            reconciler.reconcile()
            wait(hours=hours)
        pledge.reload()

    return live


@pytest.fixture
def post_events(app, fake):
    """Stripe posts these events to the site. Returns the statuses of the answers."""
    browser = app.test_client()

    def post_events(events=None, at=None, secret=None):
        statuses = set()
        for event in fake.events if events is None else events:
            body, signature = fake.signed(event, at, secret)
            answer = browser.post("/webhooks/stripe", data=body, headers={"Stripe-Signature": signature})
            statuses.add(answer.status_code)
        return statuses

    return post_events


def trouble(pledge):
    return pledge.state, pledge.trouble.partition(":")[0]


# Webhooks


@pytest.mark.parametrize(
    "order", [lambda events: events * 2, lambda events: events[::-1], lambda events: []], ids=["twice", "back", "none"]
)
def test_webhooks_that_come_twice_or_in_reverse_or_not_at_all(
    order, by_card, cards, live, post_events, helper, fake, books
):
    pledge = by_card()
    cards.reconcile(pledge)  # Stripe forgets what it has told after thirty days.
    cards.hire(pledge)
    cards.onboard(helper)

    for _days in range(4):
        live(pledge, 3)
        assert post_events(order(fake.events)) <= {200}

    assert pledge.state == "paid"
    assert not list(StripeEvent.waiting())
    assert StripeEvent.select().count() == len(fake.events)
    books()


def test_webhooks_that_come_weeks_late_change_nothing(
    by_card, cards, reconciler, live, post_events, fake, unchanged, books
):
    pledge = by_card("refunded")
    live(pledge, 30)
    before = Event.select().count(), Notice.select().count(), Attempt.select().count()

    assert post_events() == {200}
    reconciler.reconcile()

    pledge.reload()
    assert pledge.state == "refunded"
    assert (Event.select().count(), Notice.select().count(), Attempt.select().count()) == before
    books(transfers=0)


def test_a_webhook_that_is_replayed_is_kept_once_and_not_heard_when_it_is_old(by_card, post_events, fake, unchanged):
    by_card("resting")
    event = fake.events[-1]
    StripeEvent.delete().execute()

    assert post_events([event, event]) == {200}
    assert StripeEvent.select().count() == 1
    with unchanged():
        assert post_events([event], at=int(MONDAY.timestamp())) == {400}


def test_a_webhook_that_is_forged_is_not_heard(by_card, post_events, fake, unchanged):
    by_card("resting")

    with unchanged():
        assert post_events(secret="whsec_guessed") == {400}


def test_a_webhook_of_the_other_mode_is_not_heard(by_card, post_events, fake, unchanged):
    by_card("resting")

    with unchanged():
        assert post_events([{**fake.events[-1], "livemode": True}]) == {200}


def test_a_webhook_about_somebody_elses_payment_is_kept_and_ignored(by_card, cards, post_events, fake, books):
    pledge = by_card("resting")
    foreign = {"id": "pi_foreign", "object": "payment_intent", "amount": 1, "metadata": {"golem": "not ours"}}

    assert post_events([{**fake.events[-1], "id": "evt_foreign", "data": {"object": foreign}}]) == {200}
    cards.reconcile(pledge)

    assert StripeEvent.get(StripeEvent.event == "evt_foreign").outcome == "unknown"
    assert pledge.state == "resting"
    books(transfers=0)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"x" * (payments.gateway.LARGEST_WEBHOOK + 1), 413),
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'{"object": "event"}', 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
    ],
    ids=["oversized", "empty", "broken", "list", "null", "hollow", "no text", "deep"],
)
@pytest.mark.parametrize("signed", [True, False])
def test_a_webhook_that_is_no_event_changes_nothing(body, status, signed, reconciler, app, fake, unchanged):
    signature = fake.signed(body)[1] if signed else "t=1,v1=0"

    with unchanged():
        answer = app.test_client().post("/webhooks/stripe", data=body, headers={"Stripe-Signature": signature})

    assert answer.status_code == status


def test_stripe_is_down_when_a_webhook_arrives(by_card, cards, reconciler, post_events, fake, books):
    pledge = by_card("action_required")
    fake.pay(cards.open(pledge, "pay_page"))

    fake.down = True
    assert post_events(fake.events[-1:]) == {200}
    assert reconciler.reconcile() is None
    assert [event.applied_at for event in StripeEvent.waiting()] == [None]
    fake.down = False
    cards.reconcile(pledge)

    assert pledge.state == "resting"
    assert not list(StripeEvent.waiting())
    books(transfers=0)


# Calls that fail


STEPS = ["charge", "transfer", "look", "events", "account", "session", "cancel", "expire"]


@pytest.mark.parametrize(
    ("step", "how"),
    soak(list(product(STEPS, HOW)), *product(["charge", "transfer"], HOW), *product(STEPS, UNSURE)),
)
def test_a_call_that_fails_on_the_way_to_the_helper(step, how, by_card, cards, live, helper, fake, books):
    pledge = by_card(card=step not in ("cancel", "session", "expire"))
    cards.onboard(helper)
    if step == "cancel":
        cards.save(pledge, REFUSES)
    cards.hire(pledge)
    fake.fail(step, how, times=3)
    live(pledge, 2)
    if pledge.state == "action_required":
        page = cards.open(pledge, "pay_page")
        fake.fail(step, how, times=3)
        if step != "expire":
            assert not fake.pay(page)
        live(pledge, 2)
        if step == "expire":
            assert not cards.pay(pledge)

    live(pledge)

    assert pledge.state == "paid", pledge.trouble
    books()


@pytest.mark.parametrize(
    ("step", "how"),
    soak(list(product(["reverse", "refund"], HOW)), *product(["reverse"], UNSURE), *product(["refund"], HOW)),
)
def test_a_call_that_fails_on_the_way_back_to_the_seeker(step, how, by_card, cards, live, organizer, fake, books):
    pledge = by_card("paid")
    fake.fail(step, how, times=3)

    pledge.refund(organizer, reason="No help came.")
    live(pledge, 3)

    assert pledge.state == "refunded"
    assert fake.balance == -FEE
    assert [len(fake.reversals), len(fake.refunds)] == [1, 1]
    books()


CLICKS = ["customer", "save_card", "pay_page"]


@pytest.mark.parametrize(
    ("step", "how"), soak(list(product(CLICKS, HOW)), *product(["pay_page"], HOW), *product(CLICKS, UNSURE))
)
def test_a_click_that_fails_can_be_made_again(step, how, by_card, cards, wait, fake, books):
    pledge = by_card(card=False)
    if step == "pay_page":
        cards.hire(pledge)
        cards.look(pledge)
    click = "pay_page" if step == "pay_page" else "save_card"
    fake.fail(step, how, times=3)

    with pytest.raises(Refused, match="Stripe does not answer"):
        cards.open(pledge, click)
    fake.faults.clear()
    if how == "500":  # Stripe repeats it under this key for a day.
        with pytest.raises(Refused, match="Stripe does not answer"):
            cards.open(pledge, click)
        wait(hours=24)
    page = cards.open(pledge, click)

    assert cards.open(pledge, click) == page
    assert fake.sessions[page]["status"] == "open"
    assert fake.sessions[page]["customer"] == Pledge.get_by_id(pledge.id).customer


@pytest.mark.parametrize("step", ["charge", "transfer"])
@pytest.mark.parametrize(
    ("hours", "keys"),
    soak(
        list(product([0, 22, 24, 240], ["forgotten", "kept"])),
        (0, "kept"),
        (22, "kept"),
        (24, "forgotten"),
        (240, "forgotten"),
    ),
)
def test_an_answer_that_was_lost_is_found_whenever_it_is_looked_for(
    step, hours, keys, by_card, cards, live, wait, helper, fake, books
):
    pledge = by_card({"charge": "due", "transfer": "releasing"}[step])
    if step == "charge":
        cards.onboard(helper)
    fake.fail(step, "lost", times=3)
    cards.reconcile(pledge)
    fake.fail("any", "503", times=1000)
    cards.reconcile(pledge)
    fake.faults.clear()
    if keys == "forgotten":
        fake.forget_keys()
    wait(hours=hours)

    live(pledge)

    assert pledge.state == "paid"
    books()


@pytest.mark.parametrize("step", ["charge", "transfer", "refund"])
def test_a_call_that_never_arrived_is_made_anew_once_its_key_is_old(
    step, by_card, cards, live, wait, helper, fake, books
):
    pledge = by_card({"charge": "due", "transfer": "releasing", "refund": "refunding"}[step])
    if step == "charge":
        cards.onboard(helper)
    fake.fail(step, "drop", times=3)
    cards.reconcile(pledge)
    wait(hours=23)

    live(pledge)

    assert pledge.state == ("refunded" if step == "refund" else "paid")
    assert len({asked.key for asked in fake.asked if asked.step == step}) == 2
    books(transfers=int(step != "refund"))


@pytest.mark.parametrize("step", ["charge", "transfer"])
def test_an_answer_that_comes_too_late_to_be_heard(step, by_card, cards, live, helper, fake, books, monkeypatch):
    pledge = by_card({"charge": "due", "transfer": "releasing"}[step])
    if step == "charge":
        cards.onboard(helper)
    with monkeypatch.context() as impatient:
        impatient.setattr(payments.gateway, "TIMEOUT", (1, 0.2))
        vars(cards.reconciler.gateway).pop("api", None)
        fake.after[step] = lambda asked: time.sleep(0.4)
        assert cards.reconcile(pledge) is None
    assert fake.count(step)
    fake.after.clear()
    vars(cards.reconciler.gateway).pop("api", None)

    live(pledge)

    assert pledge.state == "paid"
    books()


def test_stripe_is_down_for_weeks(by_card, cards, live, organizer, helper, fake, books):
    pledge = by_card("due")
    fake.fail("charge", "drop", times=3)
    cards.reconcile(pledge)
    fake.down = True
    live(pledge, 20)
    assert (pledge.state, pledge.waits_at_desk) == ("collecting", True)
    assert Notice.select().where(Notice.kind == "pledge.call_desk", Notice.member == organizer).count() == 1

    fake.down = False
    cards.reconcile(pledge)
    cards.onboard(helper)
    live(pledge)

    assert (pledge.state, pledge.waits_at_desk) == ("paid", False)
    books()


# Cards


@pytest.mark.parametrize("number", [REFUSES, EXPIRED, EMPTY, ASKS_BANK])
def test_a_card_that_is_declined_or_expired_or_asks_the_bank(number, by_card, cards, live, helper, fake, books):
    pledge = by_card()
    fake.methods[pledge.card]["number"] = number
    cards.hire(pledge)
    cards.onboard(helper)
    live(pledge, 3)
    assert (pledge.state, fake.charges) == ("action_required", {})

    page = cards.open(pledge, "pay_page")
    assert fake.pay(page, DECLINES)
    assert not fake.pay(page, WORKS)
    live(pledge)

    assert pledge.state == "paid"
    assert fake.count("charge") == 1
    books()


def test_a_link_that_has_run_out(by_card, cards, live, helper, fake, books):
    pledge = by_card("action_required")
    cards.onboard(helper)
    old = cards.open(pledge, "pay_page")
    live(pledge, 2)

    new = cards.open(pledge, "pay_page")
    assert old != new
    assert not fake.pay(new)
    live(pledge)

    assert pledge.state == "paid"
    books()


# Payments that should not be


def pay_elsewhere(cards, pledge, **other):
    """A payment of this pledge that the site knows nothing of."""
    cards.fake.methods[pledge.card]["number"] = WORKS
    charge = {"customer": pledge.customer, "card": pledge.card, "amount": 5000, "currency": "CAD", "words": "Help"}
    answer = cards.reconciler.gateway.charge(key="elsewhere", reference=pledge.reference, **{**charge, **other})
    assert answer.outcome == "done"
    return answer.object["id"]


@pytest.mark.parametrize("state", ["action_required", "resting", "releasing", "paid"])
def test_what_is_paid_twice_goes_back_once(state, by_card, cards, live, helper, fake, books):
    pledge = by_card(state)
    cards.onboard(helper)
    if state == "action_required":
        fake.pay(cards.open(pledge, "pay_page"))
    pay_elsewhere(cards, pledge)

    live(pledge)

    assert pledge.state == "paid"
    assert sorted(charge["refunded"] for charge in fake.charges.values()) == [False, True]
    assert fake.intents[pledge.intent]["latest_charge"] == next(iter(fake.transfers.values()))["source_transaction"]
    books(charges=2)


@pytest.mark.parametrize("state", ["waived", "void", "refunded"])
def test_what_is_paid_after_it_was_over_goes_back(state, by_card, cards, live, fake, books):
    pledge = by_card(state)
    pay_elsewhere(cards, pledge)

    live(pledge)

    assert pledge.state == state
    assert {charge["refunded"] for charge in fake.charges.values()} == {True}
    books(charges=2 if state == "refunded" else 1, transfers=0)


def test_what_was_paid_too_late_and_could_not_go_back_is_given_back_by_a_person(
    by_card, cards, live, organizer, fake, books
):
    pledge = by_card("waived")
    pay_elsewhere(cards, pledge)
    live(pledge, 1)
    fake.fail_refund(next(iter(fake.refunds)))
    live(pledge, 1)
    assert trouble(pledge) == ("review", "refund_failed")

    pledge.refund(organizer, reason="They have a new card.")
    live(pledge, 1)

    assert pledge.state == "refunded"
    assert [charge["refunded"] for charge in fake.charges.values()] == [True]
    books(transfers=0)


def test_what_is_paid_on_a_page_after_the_claim_was_left_goes_back(by_card, cards, live, fake, books):
    pledge = by_card("action_required")
    page = cards.open(pledge, "pay_page")
    Claim.update(state="active").execute()
    pledge.claim.reload()
    pledge.claim.report_not_hired(pledge.claim.seeker, "role_cancelled")

    assert not fake.pay(page)
    live(pledge)

    assert pledge.state == "void"
    assert [charge["refunded"] for charge in fake.charges.values()] == [True]
    books(transfers=0)


@pytest.mark.parametrize("other", [{"amount": 4999}, {"amount": 5001}, {"currency": "USD"}], ids=str)
@pytest.mark.parametrize("verb", ["refund", "resolve"])
def test_a_payment_of_the_wrong_amount_or_currency_is_judged(
    other, verb, by_card, cards, live, helper, organizer, fake, books
):
    pledge = by_card("action_required")
    pay_elsewhere(cards, pledge, **other)
    cards.onboard(helper)
    live(pledge, 10)
    assert pledge.state == "review"
    assert not fake.transfers

    for _time in range(3):  # Amount and currency are two troubles.
        if pledge.state == "review":
            getattr(pledge, verb)(organizer, reason="We asked both.")
        live(pledge, 1)
    live(pledge, 10)

    if verb == "refund":
        assert pledge.state == "refunded"
        books(transfers=0)
    elif "amount" in other:
        assert pledge.state == "paid"
        books()
    else:
        assert (pledge.state, fake.transfers) == ("review", {})


# Disputes at the bank


@pytest.mark.parametrize("state", ["resting", "releasing"])
@pytest.mark.parametrize("won", [True, False])
def test_a_dispute_before_the_payout(state, won, by_card, cards, live, helper, organizer, fake, books):
    pledge = by_card(state)
    dispute = fake.dispute(pledge.intent)
    cards.onboard(helper)
    live(pledge)
    assert (pledge.state, pledge.waits_at_desk, fake.transfers) == ("charged_back", True, {})

    fake.close_dispute(dispute, won)
    live(pledge, 6)
    assert pledge.state == ("resting" if won else "charged_back")
    if not won:
        pledge.write_off(organizer, reason="The bank has decided.")
    live(pledge)

    pledge.claim.reload()
    assert pledge.state == ("paid" if won else "void")
    assert pledge.claim.state == "settled"
    assert fake.balance == (-DISPUTE_FEE if won else -FEE - DISPUTE_FEE)
    books(transfers=int(won))


@pytest.mark.parametrize("spent", [True, False], ids=["spent", "unspent"])
@pytest.mark.parametrize("won", [True, False])
def test_a_dispute_after_the_payout(won, spent, by_card, cards, live, helper, organizer, fake, books):
    pledge = by_card("paid")
    if spent:
        fake.withdraw(PayoutAccount.of(helper).account)
    dispute = fake.dispute(pledge.intent)
    live(pledge, 2)
    assert pledge.state == "charged_back"

    fake.close_dispute(dispute, won)
    live(pledge, 2)
    if not won:
        pledge.write_off(organizer, reason="The community bears it.")
    live(pledge)

    assert pledge.state == ("paid" if won else "void")
    assert not fake.refunds
    books()


def test_a_part_that_the_bank_takes_back_is_judged(by_card, cards, organizer, live, fake, books):
    pledge = by_card("paid")

    fake.dispute(pledge.intent, 1000)
    live(pledge, 2)

    assert trouble(pledge) == ("review", "partial_chargeback")
    pledge.resolve(organizer, reason="We shall see what the bank says.")
    live(pledge, 2)
    assert pledge.state == "charged_back"
    books()


def test_a_dispute_that_crosses_a_refund_holds_it_up(by_card, live, fake, books):
    pledge = by_card("refunding")
    dispute = fake.dispute(pledge.intent)
    live(pledge, 2)
    assert pledge.state == "charged_back"

    fake.close_dispute(dispute, won=True)
    live(pledge, 2)

    assert pledge.state == "refunded"
    assert fake.balance == -FEE - DISPUTE_FEE
    books(transfers=0)


# The Dashboard


def test_a_refund_in_the_dashboard_before_the_payout(by_card, cards, live, helper, fake, books):
    pledge = by_card("resting")
    cards.onboard(helper)

    fake.refund_in_dashboard(pledge.intent)
    live(pledge)

    assert pledge.state == "refunded"
    books(transfers=0)


def test_a_refund_in_the_dashboard_while_the_money_is_on_its_way(by_card, cards, live, fake, books):
    pledge = by_card("releasing")

    fake.refund_in_dashboard(pledge.intent)
    live(pledge)

    assert pledge.state == "refunded"
    books(transfers=0)


def test_a_refund_in_the_dashboard_after_the_payout_is_judged(by_card, live, organizer, fake, books):
    pledge = by_card("paid")

    fake.refund_in_dashboard(pledge.intent)
    live(pledge, 2)
    assert trouble(pledge) == ("review", "refunded_after_payout")
    pledge.resolve(organizer, reason="The community bears it.")
    live(pledge, 2)

    assert pledge.state == "refunded"
    books()


def test_a_part_given_back_in_the_dashboard_is_judged_each_time(by_card, cards, live, organizer, helper, fake, books):
    pledge = by_card("resting")
    fake.refund_in_dashboard(pledge.intent, 1000)
    live(pledge, 1)
    assert trouble(pledge) == ("review", "partial_refund")
    pledge.resolve(organizer, reason="A discount.")
    fake.refund_in_dashboard(pledge.intent, 500)
    live(pledge, 1)
    assert trouble(pledge) == ("review", "partial_refund")
    pledge.resolve(organizer, reason="A larger one.")
    cards.onboard(helper)

    live(pledge)

    assert pledge.state == "paid"
    assert next(iter(fake.transfers.values()))["amount"] == 5000 - FEE - 1500
    books()


def test_money_taken_back_from_the_helper_in_the_dashboard_is_judged(by_card, cards, live, fake, reconciler, books):
    pledge = by_card("paid")
    transfer = next(iter(fake.transfers))

    reconciler.gateway.reverse(key="elsewhere", reference="dashboard", transfer=transfer, amount=1000)
    live(pledge, 1)

    assert trouble(pledge) == ("review", "reversed")
    books()


def test_a_refund_that_fails_later(by_card, live, organizer, fake, books):
    pledge = by_card("refunded")

    fake.fail_refund(next(iter(fake.refunds)))
    live(pledge, 1)

    assert trouble(pledge) == ("review", "refund_failed")
    assert fake.balance == 5000 - FEE
    books(transfers=0)


@pytest.mark.parametrize("troubled", [False, True], ids=["at once", "after Stripe was silent"])
def test_a_payout_that_fails_is_judged_once(
    troubled, by_card, cards, live, helper, organizer, fake, post, seeker, books
):
    earlier = by_card("paid")
    claim = Claim.request(post(), seeker, "Please.", ["good_word"])
    claim.accept(helper)
    claim.agree(seeker)
    pledge = claim.pledge
    cards.save(pledge)
    claim.report_hired(seeker, claim.made_at.date())
    claim.confirm(helper)
    live(pledge, 50)
    assert pledge.state == "paid"
    account = PayoutAccount.of(helper).account
    fake.withdraw(account)
    fake.payout_failed(account)
    silence = iter(range(3 * troubled))

    def say_nothing(asked):
        if account in asked.path and next(silence, None) is not None:
            raise ConnectionAbortedError

    fake.before["account"] = say_nothing
    live(pledge, 2)
    earlier.reload()

    assert trouble(pledge) == ("review", "payout_failed")
    assert earlier.state == "paid"
    pledge.resolve(organizer, reason="They typed a wrong number.")
    live(pledge, 2)
    assert (pledge.state, earlier.state) == ("paid", "paid")
    assert sum(Entry.balances().values()) == fake.balance


# The community's account


def test_connect_that_is_turned_off_is_told_at_the_desk_and_stops_no_money_that_is_on_its_way(
    by_card, live, reconciler, fake, books
):
    pledge = by_card("releasing")
    fake.connect = False

    live(pledge, 1)

    assert Merchant.current().missing == ["no_connect"]
    assert pledge.state == "paid"
    books()
