"""The one room that speaks to Stripe, against the fake; and where it can be asked, against a sandbox of Stripe's own.

STRIPE_TEST_KEY=sk_test_… pytest -m live tests/test_stripe.py
"""

import json
import os
import secrets
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from fakestripe import DAY, LINK_LASTS, FakeStripe
from stripe import StripeClient

import payments.gateway

WORKS, ASKS_BANK, REFUSES = "4242424242424242", "4000002500003155", "4000000000000341"
BACK, AGAIN = "https://golem.example/back", "https://golem.example/again"
LIVE_KEY = os.environ.get("STRIPE_TEST_KEY", "")
NO_SANDBOX = "STRIPE_TEST_KEY is not set."
LIVE = [pytest.mark.live, pytest.mark.enable_socket, pytest.mark.skipif(not LIVE_KEY, reason=NO_SANDBOX)]


@pytest.fixture
def fake():
    with FakeStripe() as fake:
        yield fake
    assert fake.violations == []


@pytest.fixture
def at_once(monkeypatch):
    """The stripe package asks again without waiting."""
    monkeypatch.setattr("stripe.HTTPClient.INITIAL_DELAY", 0)
    monkeypatch.setattr("stripe.HTTPClient.MAX_DELAY", 0)


@pytest.fixture
def ours(fake, at_once):
    """The community's Stripe, which is the fake."""
    return payments.gateway.Gateway(fake.key, fake.webhook_secret, fake.url)


@pytest.fixture(params=["fake", pytest.param("live", marks=LIVE)])
def stripe(request):
    """The community's Stripe: the fake, and a sandbox where there is a key."""
    return payments.gateway.Gateway(LIVE_KEY) if request.param == "live" else request.getfixturevalue("ours")


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(datetime.now(UTC), tick=True)
    return time_machine


@pytest.fixture
def seeker(ours):
    return done(ours.customer(key="customer", reference="p1", email="sami@example.org"))["id"]


@pytest.fixture
def card(ours, fake, seeker):
    """Saves this card, and tells Stripe's name for it."""

    def card(number=WORKS):
        page = done(save_card(ours, seeker))["id"]
        assert fake.save(page, number) == ""
        return done(ours.session(page))["card"]

    return card


@pytest.fixture
def helper(ours, fake):
    """An account that is ready for transfers."""
    account = done(open_account(ours))["id"]
    fake.onboard(account)
    return account


@pytest.fixture
def paid(ours, seeker, card):
    """An intent that was paid."""
    return done(charge(ours, seeker, card()))


def fresh():
    return secrets.token_hex(8)


def done(answer):
    assert (answer.outcome, answer.code) == ("done", "")
    return answer.object


def told(answer):
    return answer.outcome, answer.code


def save_card(stripe, customer, **other):
    asked = {"key": fresh(), "reference": "p1", "words": "Charged after you start.", "back": BACK, "locale": "fr-CA"}
    return stripe.save_card(**{**asked, "customer": customer, **other})


def pay_page(stripe, customer, **other):
    asked = {"key": fresh(), "reference": "p1", "words": "A good word", "back": BACK, "locale": "en"}
    return stripe.pay_page(**{**asked, "customer": customer, "amount": 5000, "currency": "CAD", **other})


def charge(stripe, customer, card, **other):
    asked = {"key": fresh(), "reference": "p1", "amount": 5000, "currency": "CAD", "words": "A good word"}
    return stripe.charge(**{**asked, "customer": customer, "card": card, **other})


def transfer(stripe, charge, account, **other):
    asked = {"key": fresh(), "reference": "p1", "amount": 4000, "currency": "CAD"}
    return stripe.transfer(**{**asked, "charge": charge, "account": account, **other})


def refund(stripe, intent, amount=5000, key=None):
    return stripe.refund(key=key or fresh(), reference="p1", intent=intent, amount=amount)


def open_account(stripe, **other):
    asked = {"key": fresh(), "email": "hana@example.org", "name": "Hana Helper", "country": "CA", "currency": "CAD"}
    return stripe.open_account(**{**asked, **other})


# With the fake, and with a sandbox


@pytest.fixture
def customer(stripe):
    email = "sami@example.org"
    return done(stripe.customer(key=fresh(), reference="p1", email=email))["id"]


@pytest.fixture
def currency(stripe):
    return done(stripe.check("CAD"))["currency"]


@pytest.fixture
def visa(stripe, customer):
    """A card of Stripe's own making, saved without a page."""
    bases = {"api": stripe.api_base} if stripe.api_base else None
    plain = StripeClient(stripe.key, base_addresses=bases)
    return plain.v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id


def test_we_know_who_we_are_to_stripe(stripe):
    us = done(stripe.check("CAD"))
    assert us["account"].startswith("acct_")
    assert (len(us["country"]), len(us["currency"]), us["smallest"], us["live"]) == (2, 3, 50, False)


def test_a_page_saves_a_card_until_it_is_expired(stripe, customer):
    page = done(save_card(stripe, customer))
    assert page["url"].startswith("http")

    found = done(stripe.session(page["id"]))
    assert (found["status"], found["customer"], found["reference"]) == ("open", customer, "p1")
    assert (found["card"], found["card_name"]) == ("", "")

    assert done(stripe.expire(page["id"]))["status"] == "expired"
    assert stripe.expire(page["id"]).outcome == "refused"


def test_a_page_takes_a_payment_until_it_is_expired(stripe, customer, currency):
    page = done(pay_page(stripe, customer, currency=currency))
    assert done(stripe.session(page["id"]))["status"] == "open"
    assert done(stripe.expire(page["id"]))["url"] == ""


def test_a_saved_card_is_charged_once_and_refunded(stripe, customer, visa, currency):
    key, reference = fresh(), fresh()
    asked = {"key": key, "reference": reference, "currency": currency}
    intent = done(charge(stripe, customer, visa, **asked))
    again = done(charge(stripe, customer, visa, **asked))
    assert intent["id"] == again["id"]
    assert (intent["status"], intent["amount"], intent["currency"]) == ("succeeded", 5000, currency)
    assert told(charge(stripe, customer, visa, **asked, amount=6000)) == ("refused", "refused")
    assert told(stripe.cancel(intent["id"])) == ("refused", "payment_intent_unexpected_state")

    back = done(stripe.refund(key=fresh(), reference=reference, intent=intent["id"], amount=5000))
    assert told(refund(stripe, intent["id"])) == ("refused", "charge_already_refunded")

    facts = done(stripe.facts(reference, customer))
    assert [one["id"] for one in facts["intents"]] == [intent["id"]]
    done_with = {"amount": 5000, "status": "succeeded", "pending": "", "intent": intent["id"]}
    assert facts["refunds"] == [{"id": back["id"], **done_with}]
    moved = {one["kind"]: one["amount"] for one in facts["movements"]}
    assert (moved["charge"], moved["refund"]) == (5000, -5000)
    assert moved["fee"] < 0


def test_what_stripe_does_not_have_is_refused(stripe, customer, currency):
    assert told(stripe.session("cs_test_nothing")) == ("refused", "resource_missing")
    assert told(stripe.facts("p1", "cus_nobody")) == ("refused", "resource_missing")
    assert charge(stripe, customer, "pm_nothing", currency=currency).outcome == "refused"
    pittance = charge(stripe, customer, "pm_card_visa", currency=currency, amount=1)
    assert told(pittance) == ("refused", "amount_too_small")


def test_what_happened_is_told_oldest_first(stripe, customer):
    pages = [done(save_card(stripe, customer))["id"] for _ in range(2)]
    for page in pages:
        done(stripe.expire(page))

    events = done(stripe.events(0 if stripe.api_base else int(datetime.now(UTC).timestamp()) - 60))["events"]
    expired = [one["objects"][0] for one in events if one["type"] == "checkout.session.expired"]
    assert expired[-2:] == pages or not stripe.api_base  # A sandbox may be a while in writing down its events.


# Saving a card, and paying by link


def test_the_card_that_was_saved_is_known_by_name(ours, fake, seeker):
    page = done(save_card(ours, seeker))
    assert fake.save(page["id"], "4000000000000002") == "generic_decline"
    assert done(ours.session(page["id"]))["status"] == "open"

    fake.save(page["id"])

    found = done(ours.session(page["id"]))
    assert (found["status"], found["url"], found["card_name"]) == ("complete", "", "visa 4242")
    assert fake.methods[found["card"]]["customer"] == seeker
    assert told(ours.expire(page["id"])) == ("refused", "refused")


def test_a_link_takes_any_card_and_the_payment_says_whose_it_is(ours, fake, seeker):
    page = done(pay_page(ours, seeker))["id"]
    fake.pay(page, REFUSES)
    fake.pay(page, ASKS_BANK)

    facts = done(ours.facts("p1", seeker))
    assert [(one["status"], one["amount"]) for one in facts["intents"]] == [("succeeded", 5000)]
    assert done(ours.session(page))["reference"] == "p1"
    assert done(ours.facts("p2", seeker))["movements"] == []


def test_a_page_is_gone_after_a_day(ours, seeker, clock):
    page = done(save_card(ours, seeker))["id"]
    clock.shift(DAY)
    assert done(ours.session(page))["status"] == "expired"


def test_nothing_is_asked_of_stripe_with_a_gap_in_it(ours, fake, paid):
    asked = len(fake.asked)
    gaps = [
        (save_card, None, {}),
        (save_card, "", {}),
        (save_card, "cus_1", {"words": None}),
        (pay_page, None, {}),
        (pay_page, "cus_1", {"reference": ""}),
    ]
    for ask, customer, other in gaps:
        with pytest.raises(ValueError, match="Stripe has to be told"):
            ask(ours, customer, **other)
    for customer, card in ((None, "pm_1"), ("cus_1", None), ("cus_1", "")):
        with pytest.raises(ValueError, match="Stripe has to be told"):
            charge(ours, customer, card)
    with pytest.raises(ValueError, match="destination"):
        transfer(ours, paid["charge"], None)
    with pytest.raises(ValueError, match="payment_intent"):
        refund(ours, None)
    with pytest.raises(ValueError, match="customer"):
        ours.facts("p1", None)
    assert len(fake.asked) == asked


def test_a_price_is_guarded_too(ours, seeker):
    with pytest.raises(ValueError, match="unit_amount"):
        pay_page(ours, seeker, amount=None)


@pytest.mark.parametrize("id", [None, ""])
@pytest.mark.parametrize("ask", ["session", "expire", "cancel", "account"])
def test_an_address_without_an_id_is_never_asked(ours, fake, ask, id):
    with pytest.raises(ValueError, match="Stripe has to be told"):
        getattr(ours, ask)(id)
    assert fake.asked == []


# Charging


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (ASKS_BANK, "authentication_required"),
        (REFUSES, "generic_decline"),
        ("4000000000000069", "expired_card"),
        ("4000000000009995", "insufficient_funds"),
    ],
)
def test_a_decline_is_told_in_stripes_word_and_its_intent_can_be_cancelled(ours, fake, seeker, card, number, code):
    assert told(charge(ours, seeker, card(number))) == ("refused", code)

    (intent,) = done(ours.facts("p1", seeker))["intents"]
    assert intent["status"] == "requires_payment_method"
    assert done(ours.cancel(intent["id"]))["status"] == "canceled"
    assert (fake.charges, fake.balance) == ({}, 0)


def test_amounts_below_the_smallest_are_refused_as_check_foretold(ours, seeker, card):
    smallest = done(ours.check("CAD"))["smallest"]
    saved = card()
    assert told(charge(ours, seeker, saved, amount=smallest - 1)) == ("refused", "amount_too_small")
    assert done(charge(ours, seeker, saved, amount=smallest))["amount"] == smallest


def test_a_currency_without_cents(at_once):
    with FakeStripe(currency="JPY", country="JP") as fake:
        stripe = payments.gateway.Gateway(fake.key, fake.webhook_secret, fake.url)
        us = done(stripe.check("JPY"))
        customer = done(stripe.customer(key="k", reference="p1", email="sami@example.org"))["id"]
        page = done(pay_page(stripe, customer, amount=1000, currency="JPY"))["id"]
        fake.pay(page)

        facts = done(stripe.facts("p1", customer))

        assert (us["currency"], us["country"], us["smallest"]) == ("JPY", "JP", 50)
        assert [(one["amount"], one["currency"]) for one in facts["movements"]] == [(1000, "JPY"), (-36, "JPY")]
        assert fake.balance == 964
        assert fake.violations == []


# What came of it


CALLS = {
    "account": lambda stripe, cast: stripe.check("CAD"),
    "customer": lambda stripe, cast: stripe.customer(key=fresh(), reference="p1", email="sami@example.org"),
    "save_card": lambda stripe, cast: save_card(stripe, cast["seeker"]),
    "pay_page": lambda stripe, cast: pay_page(stripe, cast["seeker"]),
    "session": lambda stripe, cast: stripe.session(cast["page"]),
    "expire": lambda stripe, cast: stripe.expire(cast["page"]),
    "charge": lambda stripe, cast: charge(stripe, cast["seeker"], cast["card"]),
    "cancel": lambda stripe, cast: stripe.cancel(cast["open"]),
    "transfer": lambda stripe, cast: transfer(stripe, cast["charge"], cast["helper"], amount=100),
    "reverse": lambda stripe, cast: stripe.reverse(key=fresh(), reference="p1", transfer=cast["transfer"], amount=100),
    "refund": lambda stripe, cast: refund(stripe, cast["paid"], 100),
    "look": lambda stripe, cast: stripe.facts("p1", cast["seeker"]),
    "events": lambda stripe, cast: stripe.events(0),
    "open_account": lambda stripe, cast: open_account(stripe),
    "link": lambda stripe, cast: stripe.onboarding(cast["helper"], BACK, AGAIN),
}


@pytest.fixture
def cast(ours, fake, seeker, card, helper):
    """One of everything, so that every call can be made."""
    charge(ours, seeker, card(REFUSES))
    waits = next(iter(fake.intents))
    paid = done(charge(ours, seeker, card()))
    sent = done(transfer(ours, paid["charge"], helper, amount=1000))["id"]
    page = done(save_card(ours, seeker))["id"]
    return {
        "seeker": seeker,
        "card": next(reversed(fake.methods)),
        "helper": helper,
        "page": page,
        "open": waits,
        "paid": paid["id"],
        "charge": paid["charge"],
        "transfer": sent,
    }


@pytest.mark.parametrize("step", CALLS)
def test_every_call_is_done_though_the_line_breaks_twice(ours, fake, cast, step):
    fake.fail(step, "lost", times=2)
    done(CALLS[step](ours, cast))


@pytest.mark.parametrize("step", CALLS)
@pytest.mark.parametrize(("how", "times"), [("drop", 3), ("lost", 3), ("500", 3), ("503", 3), ("409", 3), ("429", 1)])
def test_of_a_call_that_got_no_answer_nobody_knows(ours, fake, cast, step, how, times):
    fake.fail(step, how, times)
    assert CALLS[step](ours, cast).outcome == "unknown"


@pytest.mark.parametrize("step", CALLS)
def test_a_withdrawn_key_shuts_us_out(ours, fake, cast, step):
    fake.keys.clear()
    assert told(CALLS[step](ours, cast)) == ("shut", "wrong_key")


def test_nobody_sends_us_on_to_another_address(at_once):
    asked = []

    class SendsOn(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(self.path)
            self.send_response(307)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_said):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), SendsOn) as server:
        threading.Thread(target=server.serve_forever).start()
        gateway = payments.gateway.Gateway("sk_test_1", "", f"http://127.0.0.1:{server.server_port}")
        answer = gateway.customer(key="customer", reference="p1", email="sami@example.org")
        server.shutdown()

    assert answer.outcome == "unknown"
    assert set(asked) == {"/v1/customers"}


def test_an_unknown_charge_is_asked_for_again_with_its_key(ours, fake, seeker, card):
    saved = card()
    fake.fail("charge", "lost", times=3)
    assert charge(ours, seeker, saved, key="k1").outcome == "unknown"

    assert done(charge(ours, seeker, saved, key="k1"))["status"] == "succeeded"
    assert len(fake.charges) == 1


def test_a_500_that_stripe_kept_stays_unknown_until_the_key_is_another(ours, fake, seeker, card):
    saved = card()
    fake.fail("charge", "500")
    assert charge(ours, seeker, saved, key="k1").outcome == "unknown"
    assert charge(ours, seeker, saved, key="k1").outcome == "unknown"
    assert done(charge(ours, seeker, saved, key="k2"))["status"] == "succeeded"


def test_while_stripe_is_down_nobody_knows(ours, fake):
    fake.down = True
    assert ours.check("CAD").outcome == "unknown"


@pytest.mark.parametrize("step", ["customer", "open_account"])
def test_a_key_in_use_is_unknown_and_never_refused(ours, fake, step):
    again = {
        "customer": lambda: ours.customer(key="k1", reference="p1", email="sami@example.org"),
        "open_account": lambda: open_account(ours, key="k1"),
    }[step]
    meanwhile = []
    fake.before[step] = lambda asked: meanwhile.append(again().outcome)

    assert again().outcome == "done"
    assert meanwhile == ["unknown"]


def test_without_connect_the_community_can_still_charge(ours, fake):
    fake.connect = False
    assert done(ours.check("CAD"))["connect"] is False
    assert open_account(ours).outcome == "shut"


# Helpers' accounts


def test_a_helper_becomes_ready_by_answering_stripes_questions(ours, fake):
    account = done(open_account(ours))
    assert account["ready"] is False
    assert account["missing"]

    assert done(ours.onboarding(account["id"], BACK, AGAIN))["url"].startswith(fake.url)
    fake.onboard(account["id"])

    assert done(ours.account(account["id"])) == {"id": account["id"], "ready": True, "closed": False, "missing": []}


def test_every_click_makes_a_link_of_its_own(ours, fake, helper, clock):
    first = done(ours.onboarding(helper, BACK, AGAIN))["url"]
    clock.shift(LINK_LASTS)
    assert done(ours.onboarding(helper, BACK, AGAIN))["url"] != first


def test_a_transfer_waits_for_a_helper_who_is_not_ready(ours, fake, paid):
    account = done(open_account(ours))["id"]
    code = "insufficient_capabilities_for_transfer"
    assert told(transfer(ours, paid["charge"], account, key="k1")) == ("refused", code)
    fake.onboard(account)
    assert told(transfer(ours, paid["charge"], account, key="k1")) == ("refused", code)
    done(transfer(ours, paid["charge"], account, key="k2"))


def test_an_account_that_was_taken_away_refuses_and_does_not_shut_us_out(ours, fake, paid, helper):
    fake.deauthorise(helper)
    assert told(transfer(ours, paid["charge"], helper)) == ("refused", "account_invalid")
    assert told(ours.account(helper)) == ("refused", "account_invalid")
    assert told(ours.onboarding(helper, BACK, AGAIN)) == ("refused", "account_invalid")


def test_a_transfer_comes_back_unless_the_helper_took_the_money_out(ours, fake, paid, helper):
    sent = done(transfer(ours, paid["charge"], helper))["id"]
    back = lambda key: ours.reverse(key=key, reference="p1", transfer=sent, amount=4000)
    fake.withdraw(helper)
    assert told(back("k1")) == ("refused", "balance_insufficient")
    fake.payout_failed(helper)
    done(back("k2"))
    assert fake.balance_of(helper) == 0


# Facts


def test_the_movements_of_a_payment_sum_to_stripes_balance(ours, fake, seeker, card, helper):
    charge(ours, seeker, card(REFUSES))
    first = done(charge(ours, seeker, card(), amount=7000))
    second = done(pay_page(ours, seeker))["id"]
    fake.pay(second)
    linked = fake.sessions[second]["payment_intent"]
    sent = done(transfer(ours, first["charge"], helper))["id"]
    done(ours.reverse(key="back", reference="p1", transfer=sent, amount=1500))
    done(refund(ours, first["id"], 500))
    fake.fail_refund(fake.refund_in_dashboard(first["id"], 300))
    fake.close_dispute(fake.dispute(linked), won=True)
    fake.close_dispute(fake.dispute(first["id"], 2000), won=False)

    facts = done(ours.facts("p1", seeker))

    assert sum(one["amount"] for one in facts["movements"]) == fake.balance
    assert len({(one["kind"], one["object"]) for one in facts["movements"]}) == len(facts["movements"])
    assert {one["kind"] for one in facts["movements"]} == {
        "charge",
        "fee",
        "transfer",
        "reversal",
        "refund",
        "refund_failed",
        "chargeback",
    }
    assert sorted(one["status"] for one in facts["refunds"]) == ["failed", "succeeded"]
    assert {(one["intent"], one["amount"], one["status"]) for one in facts["chargebacks"]} == {
        (linked, 5000, "won"),
        (first["id"], 2000, "lost"),
    }
    assert [(one["id"], one["amount"], one["reversed"]) for one in facts["transfers"]] == [(sent, 4000, 1500)]
    assert [one["saved_card"] for one in facts["intents"]] == [False, True, True]


@pytest.mark.parametrize("known", ["the customer", "another customer", "nobody"])
def test_a_payment_is_found_by_its_reference_whoever_is_known_here(known, ours, fake, seeker, card, helper):
    paid = done(charge(ours, seeker, card()))
    charge(ours, seeker, card(REFUSES))
    done(charge(ours, seeker, card(), reference="p2"))
    sent = done(transfer(ours, paid["charge"], helper))["id"]
    done(refund(ours, paid["id"], 500))
    other = done(ours.customer(key="other", reference="p1", email="sami@example.org"))["id"]

    facts = done(ours.facts("p1", *{"the customer": [seeker], "another customer": [other], "nobody": []}[known]))

    assert sorted(one["status"] for one in facts["intents"]) == ["requires_payment_method", "succeeded"]
    assert facts["customer"] == (other if known == "another customer" else seeker)
    assert [one["id"] for one in facts["transfers"]] == [sent]
    moved = [(one["kind"], one["amount"]) for one in facts["movements"]]
    assert moved == [("charge", 5000), ("fee", -175), ("refund", -500), ("transfer", -4000)]


def test_of_a_reference_that_stripe_never_heard_there_are_no_facts(ours):
    facts = done(ours.facts("nothing"))

    assert (facts["customer"], facts["intents"], facts["movements"]) == ("", [], [])


def test_an_account_is_found_by_the_key_with_which_it_was_opened(ours, fake):
    fake.largest_page = 1
    keys = [fresh() for _ in range(3)]
    opened = [done(open_account(ours, key=key))["id"] for key in keys]

    assert [done(ours.opened_account(key))["id"] for key in keys] == opened
    assert told(ours.opened_account("another")) == ("refused", "not_opened")
    fake.down = True
    assert ours.opened_account(keys[0]).outcome == "unknown"


def test_facts_are_read_to_the_last_page(ours, fake, seeker, card):
    saved = card()
    for _ in range(5):
        done(charge(ours, seeker, saved))
    fake.largest_page = 2
    facts = done(ours.facts("p1", seeker))
    assert len(facts["intents"]) == 5
    assert sum(one["amount"] for one in facts["movements"]) == fake.balance


# Events


def test_events_are_read_to_the_last_page_oldest_first(ours, fake, seeker, card):
    card(), card()
    fake.largest_page = 1
    events = done(ours.events(fake.events[0]["created"]))["events"]
    assert [one["id"] for one in events] == [one["id"] for one in fake.events]


def test_events_begin_with_the_second_that_was_asked_for(ours, fake, card, clock):
    card()
    clock.shift(3600)
    since = int(datetime.now(UTC).timestamp())
    card()
    assert len(done(ours.events(since))["events"]) == len(fake.events) / 2


def test_a_webhook_names_everything_by_which_we_may_know_the_payment(ours, fake, paid, seeker, helper):
    found = ours.verified_event(*fake.signed(event_of(fake, "charge.succeeded")))
    assert found["reference"] == "p1"
    assert set(found["objects"]) == {paid["charge"], paid["id"], seeker}

    fake.deauthorise(helper)
    assert ours.verified_event(*fake.signed(fake.events[-1]))["account"] == helper


def test_what_stripe_did_not_sign_just_now_for_us_is_not_heard(ours, fake, paid):
    event = event_of(fake, "charge.succeeded")
    now = int(datetime.now(UTC).timestamp())
    body, signature = fake.signed(event)
    assert ours.verified_event(body, signature)["type"] == "charge.succeeded"

    assert ours.verified_event(body + b" ", signature) is None
    assert ours.verified_event(*fake.signed(event, secret="whsec_other")) is None
    assert ours.verified_event(*fake.signed(event, at=now - 301)) is None
    assert ours.verified_event(*fake.signed(event, at=now + 320)) is None
    assert ours.verified_event(*fake.signed({**event, "livemode": True}))["live"] is True
    assert payments.gateway.Gateway(fake.key, "", fake.url).verified_event(body, signature) is None
    for nonsense in ("", "t=", "t=x,v1=y", f"t={now}", f"t={'9' * 40},v1=00", f"v1={'0' * 64}", "☃", None):
        assert ours.verified_event(body, nonsense) is None


@pytest.mark.parametrize(
    "secrets", ["whsec_ours,whsec_theirs", " whsec_ours , whsec_theirs, ", "whsec_theirs,whsec_ours"]
)
def test_every_webhook_that_leads_here_has_a_secret_of_its_own(secrets, ours, fake, helper):
    fake.webhook_secret, fake.connect_secret = "whsec_ours", "whsec_theirs"
    hears = payments.gateway.Gateway(fake.key, secrets, fake.url).verified_event
    fake.deauthorise(helper)
    of_helper = fake.events[-1]
    of_community = {name: value for name, value in of_helper.items() if name != "account"}

    assert hears(*fake.signed(of_community))["account"] == ""
    assert hears(*fake.signed(of_helper))["account"] == helper
    assert hears(*fake.signed(of_helper, secret="whsec_theirs2")) is None
    assert hears(*fake.signed(of_helper, secret=secrets)) is None


def test_a_thin_event_says_which_account_has_changed(ours, fake, helper):
    fake.ask_more(helper)
    requirements, capability = fake.notices[-2:]

    found = ours.verified_event(*fake.signed(requirements))

    at = int(datetime.fromisoformat(requirements["created"]).timestamp())
    assert (found["account"], found["created"], found["live"]) == (helper, at, False)
    assert (found["type"], found["reference"]) == ("v2.core.account[requirements].updated", "")
    assert ours.verified_event(*fake.signed(capability))["account"] == helper
    assert ours.verified_event(*fake.signed(requirements, secret="whsec_other")) is None
    late = int(datetime.now(UTC).timestamp()) - 301
    assert ours.verified_event(*fake.signed(requirements, at=late)) is None
    of_elsewhere = {**requirements, "related_object": {"id": "bt_1", "type": "v2.money", "url": "/v2/money/bt_1"}}
    assert ours.verified_event(*fake.signed(of_elsewhere))["account"] == ""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"[1]",
        b"1",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"id": "evt_1"}',
        b'{"object": "event", "data": []}',
        b'{"object": "v2.core.event"}',
        json.dumps({"id": 1, "object": "event", "type": None, "livemode": "false", "data": {"object": []}}).encode(),
    ],
    ids=lambda body: body[:12].decode(errors="replace"),
)
def test_crafted_bodies_are_not_heard_though_they_are_signed(ours, fake, body):
    assert ours.verified_event(*fake.signed(body)) is None


def event_of(fake, kind):
    return next(event for event in fake.events if event["type"] == kind)
