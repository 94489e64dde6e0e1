"""The fake Stripe behaves as Stripe does. What it says of Stripe is from https://docs.stripe.com/api."""

import http.server
import json
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin

import fakestripe
import html5lib
import pytest
import requests
import stripe
from fakestripe import DAY, DISPUTE_FEE, FakeStripe
from stripe.v2.core._event import UnknownEventNotification

HERE = "https://golem.example/"
WORKS, ASKS_BANK, DECLINES = "4242424242424242", "4000002500003155", "4000000000000002"


@pytest.fixture
def fake():
    with FakeStripe() as fake:
        yield fake
    assert fake.violations == []


@pytest.fixture
def api(fake):
    """The stripe package, which asks once and no more."""
    return client(fake)


def client(fake, key="sk_test_golem"):
    return stripe.StripeClient(
        key, http_client=stripe.RequestsClient(timeout=5), base_addresses={"api": fake.url}, max_network_retries=0
    )


@pytest.fixture
def clock(time_machine):
    """Time goes on from now, and can be moved."""
    time_machine.move_to(datetime.now(UTC), tick=True)
    return time_machine


@pytest.fixture
def customer(api):
    return api.v1.customers.create({"email": "sami@example.org"}).id


@pytest.fixture
def hosted(api, customer):
    """Makes a hosted page of this mode."""

    def hosted(mode="setup", **params):
        price = {"currency": "cad", "unit_amount": 5000, "product_data": {"name": "A good word"}}
        paid = {"line_items": [{"quantity": 1, "price_data": price}]} if mode == "payment" else {}
        return api.v1.checkout.sessions.create(
            {"mode": mode, "customer": customer, "allowed_payment_method_types": ["card"], "success_url": HERE + "done",
             "cancel_url": HERE + "back", **paid, **params}
        )  # fmt: skip

    return hosted


@pytest.fixture
def saved(api, fake, hosted):
    """Saves this card, and tells Stripe's name for it."""

    def saved(number=WORKS):
        id = hosted().id
        fake.save(id, number)
        found = api.v1.checkout.sessions.retrieve(id, {"expand": ["setup_intent.payment_method"]})
        return found.setup_intent.payment_method.id

    return saved


@pytest.fixture
def charge(api, customer, saved):
    """Charges a saved card while its owner is elsewhere."""

    def charge(card=None, key=None, **params):
        asked = {"amount": 5000, "currency": "cad", "customer": customer, "payment_method": card or saved()}
        asked = {**asked, "confirm": True, "off_session": True, "capture_method": "automatic", **params}
        return api.v1.payment_intents.create(asked, {"idempotency_key": key} if key else {})

    return charge


@pytest.fixture
def helper(api, fake):
    """Opens an account that can take transfers."""
    transfers = {"stripe_transfers": {"requested": True}}
    asked = {"configuration": {"recipient": {"capabilities": {"stripe_balance": transfers}}}}
    account = api.v2.core.accounts.create({"contact_email": "hana@example.org", "display_name": "Hana", **asked})
    fake.onboard(account.id)
    return account.id


@pytest.fixture
def sent(api, charge, helper):
    """Sends the helper this much of a charge."""

    def sent(amount, source=None):
        asked = {"amount": amount, "currency": "cad", "destination": helper}
        return api.v1.transfers.create({**asked, "source_transaction": source or charge().latest_charge})

    return sent


def balance(api, account=None):
    """What is available and what is pending, for the community or in a helper's account."""
    found = api.v1.balance.retrieve(None, {"stripe_account": account} if account else {})
    return found.available[0].amount, found.pending[0].amount


def refused(call, *args, **params):
    """The refusal that this call meets."""
    with pytest.raises(stripe.StripeError) as caught:
        call(*args, **params)
    return caught.value


# The account and the keys


def test_a_wrong_key_opens_nothing_and_a_withdrawn_one_no_longer(fake, api):
    assert api.v1.accounts.retrieve_current().default_currency == "cad"
    assert refused(client(fake, "sk_test_other").v1.accounts.retrieve_current).http_status == 401
    fake.keys.clear()
    assert isinstance(refused(api.v1.accounts.retrieve_current), stripe.AuthenticationError)


def test_without_connect_there_are_no_accounts(fake, api):
    assert api.v2.core.accounts.list({"limit": 1}).data == []
    fake.connect = False
    assert refused(api.v2.core.accounts.list).http_status == 403


def test_test_and_live_do_not_see_each_other(fake, api, customer):
    fake.keys.add("sk_live_golem")
    live = client(fake, "sk_live_golem")

    assert live.v1.customers.create({"email": "sami@example.org"}).livemode is True
    assert refused(live.v1.payment_intents.list, {"customer": customer}).code == "resource_missing"


# Idempotency


def test_the_same_key_does_it_once(fake, charge, saved):
    card = saved()
    first, again = charge(card, "k1"), charge(card, "k1")

    assert first.id == again.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert (len(fake.charges), fake.count("charge")) == (1, 2)


def test_the_same_key_for_something_else_is_refused(fake, charge, saved):
    card = saved()
    charge(card, "k1")
    assert isinstance(refused(charge, card, "k1", amount=6000), stripe.IdempotencyError)


@pytest.mark.parametrize("forget", ["by the clock", "at once"])
def test_keys_are_forgotten_after_a_day(fake, charge, saved, clock, forget):
    card = saved()
    first = charge(card, "k1")
    clock.shift(DAY - 60)
    assert charge(card, "k1").id == first.id

    clock.shift(120) if forget == "by the clock" else fake.forget_keys()

    assert charge(card, "k1").id != first.id
    assert len(fake.charges) == 2


def test_a_decline_and_a_500_are_repeated_under_their_key(fake, charge, saved):
    bad, good = saved("4000000000000341"), saved()
    assert refused(charge, bad, "k1").code == "card_declined"
    assert refused(charge, bad, "k1").headers["Idempotent-Replayed"] == "true"

    fake.fail("charge", "500")

    assert refused(charge, good, "k2").http_status == 500
    assert refused(charge, good, "k2").headers["Stripe-Should-Retry"] == "false"
    assert charge(good, "k3").status == "succeeded"
    assert len(fake.charges) == 1


def test_what_was_not_begun_is_not_kept(fake, charge, saved):
    card = saved()
    assert refused(charge, card, "k1", amuont=3).code == "parameter_unknown"
    assert charge(card, "k1").status == "succeeded"
    fake.violations.clear()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"customer": "cus_nobody"}, "resource_missing"),
        ({"payment_method": "pm_nothing"}, "resource_missing"),
        ({"amount": 49}, "amount_too_small"),
        ({"metadata": {"golem": "x" * 501}}, "parameter_invalid_string_long"),
    ],
)
def test_a_key_does_not_remember_that_something_was_wrong_with_the_question(fake, charge, saved, wrong, code):
    card = saved()
    assert refused(charge, card, "k1", **wrong).code == code
    assert charge(card, "k1").status == "succeeded"
    fake.violations.clear()


def test_a_key_remembers_what_was_refused_once_it_had_begun(api, charge, helper):
    asked = {"amount": 4826, "currency": "cad", "destination": helper, "source_transaction": charge().latest_charge}
    for again in (None, "true"):
        problem = refused(api.v1.transfers.create, asked, {"idempotency_key": "k1"})
        assert (problem.code, problem.headers.get("Idempotent-Replayed")) == ("balance_insufficient", again)


def test_two_requests_at_once_with_one_key_are_a_conflict(fake, charge, saved):
    card, begun, go_on = saved(), threading.Event(), threading.Event()
    fake.before["charge"] = lambda asked: (begun.set(), go_on.wait(5))
    first = threading.Thread(target=charge, args=(card, "k1"))
    first.start()
    begun.wait(5)

    assert refused(charge, card, "k1").http_status == 409

    go_on.set()
    first.join()
    assert charge(card, "k1").status == "succeeded"
    assert len(fake.charges) == 1


# Parameters


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"payment_method_types": ["card"]}, "parameter_unknown", "payment_method_types"),
        ({"custom_text": {"submit": {"mesage": "Hi"}}}, "parameter_unknown", "mesage"),
        ({"locale": "tlh"}, "parameter_invalid", "locale"),
        ({"expires_at": "tomorrow"}, "parameter_invalid", "expires_at"),
        ({"metadata": {"golem": "x" * 501}}, "parameter_invalid_string_long", "golem"),
        ({"success_url": "done"}, "url_invalid", "success_url"),
        ({"customer": ""}, "parameter_invalid_empty", "customer"),
    ],
)
def test_parameters_that_stripe_does_not_know_are_refused_and_written_down(fake, hosted, params, code, param):
    problem = refused(hosted, **params)

    assert (problem.http_status, problem.code) == (400, code)
    assert param in problem.param
    assert len(fake.violations) == 1
    fake.violations.clear()


def test_an_address_that_stripe_does_not_have_is_written_down_too(fake, api):
    assert refused(api.v1.products.list).http_status == 404
    assert fake.violations.pop()[0].path == "/v1/products"


def test_a_form_is_read_as_stripe_reads_it():
    pairs = [("a[b][0][c]", "1"), ("a[b][1][c]", "2"), ("d", "x"), ("e[f]", "y")]
    assert fakestripe.nested(pairs) == {"a": {"b": [{"c": "1"}, {"c": "2"}]}, "d": "x", "e": {"f": "y"}}


# Cards


@pytest.mark.parametrize(
    ("number", "code", "decline"),
    [
        (ASKS_BANK, "authentication_required", "authentication_required"),
        ("4000000000000341", "card_declined", "generic_decline"),
        ("4000000000000069", "expired_card", "expired_card"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
    ],
)
def test_a_card_may_save_and_not_be_charged(fake, api, charge, saved, number, code, decline):
    problem = refused(charge, saved(number))

    assert (problem.http_status, problem.code, problem.error.decline_code) == (402, code, decline)
    assert problem.error.payment_intent.status == "requires_payment_method"
    assert (fake.balance, len(fake.charges), len(fake.declines)) == (0, 0, 1)

    assert api.v1.payment_intents.cancel(problem.error.payment_intent.id).status == "canceled"


def test_nobody_is_charged_with_another_customers_card_or_a_pittance(api, charge, saved):
    card = saved()
    other = api.v1.customers.create({"email": "rosa@example.org"}).id
    assert refused(charge, card, customer=other).param == "payment_method"
    assert refused(charge, card, amount=49).code == "amount_too_small"


def test_what_was_paid_cannot_be_cancelled(api, charge):
    assert refused(api.v1.payment_intents.cancel, charge().id).code == "payment_intent_unexpected_state"


# Hosted pages


class Visitor:
    """A person with a browser, without JavaScript."""

    def __init__(self, address):
        self.read(requests.get(address, allow_redirects=False, timeout=5))

    def read(self, answer):
        self.address, self.status, self.went = answer.url, answer.status_code, answer.headers.get("Location")
        self.page = html5lib.parse(answer.text, namespaceHTMLElements=False) if self.went is None else None
        if self.page is not None:
            html5lib.HTMLParser(strict=True).parse(answer.text)
            self.words = " ".join("".join(self.page.itertext()).split())

    def press(self, words, card=WORKS):
        """Chooses this card where there is a choice, and presses the button that says this."""
        form = self.page.find(".//form")
        button = next(one for one in form.iter("button") if one.text.startswith(words))
        sent = {field.get("name"): field.get("value") for field in form.iter("input") if field.get("type") == "hidden"}
        if any(field.get("type") == "radio" for field in form.iter("input")):
            sent["card"] = card
        if button.get("name"):
            sent[button.get("name")] = button.get("value")
        address = urljoin(self.address, form.get("action", ""))
        self.read(requests.post(address, data=sent, allow_redirects=False, timeout=5))
        return self


def test_a_card_is_saved_on_the_page(fake, api, hosted):
    session = hosted(custom_text={"submit": {"message": "Charged after you start."}})
    visitor = Visitor(session.url)
    assert "Charged after you start." in visitor.words
    assert visitor.page.find(".//a").get("href") == HERE + "back"

    assert "declined" in visitor.press("Save card", DECLINES).words
    visitor.press("Save card")

    assert (visitor.status, visitor.went) == (303, HERE + "done")
    assert api.v1.checkout.sessions.retrieve(session.id).status == "complete"
    assert Visitor(session.url).status == 410
    assert [event["type"] for event in fake.events] == ["setup_intent.succeeded", "checkout.session.completed"]


def test_a_page_is_paid_with_the_second_card_and_the_banks_consent(fake, hosted):
    session = hosted("payment")
    visitor = Visitor(session.url)
    assert "Pay 50.00 CAD" in visitor.words

    visitor.press("Pay", DECLINES)
    visitor.press("Pay", ASKS_BANK)
    assert "Confirm with your bank" in visitor.words
    assert "could not confirm" in visitor.press("Refuse").words
    visitor.press("Pay", ASKS_BANK).press("Confirm")

    assert visitor.went == HERE + "done"
    assert (len(fake.intents), len(fake.charges), len(fake.declines)) == (1, 1, 2)
    assert fake.sessions[session.id]["payment_status"] == "paid"


def test_the_tests_use_a_page_as_people_do(fake, hosted):
    session = hosted("payment").id
    assert fake.pay(session, DECLINES) == "generic_decline"
    assert fake.pay(session, ASKS_BANK, confirm=False) == "bank_refused"
    assert fake.pay(session, ASKS_BANK) == ""
    with pytest.raises(ValueError, match="complete"):
        fake.pay(session)


def test_a_page_is_gone_after_a_day_or_when_asked(fake, api, hosted, clock):
    old, tried, paid = hosted().id, hosted("payment").id, hosted("payment").id
    fake.pay(tried, DECLINES)
    fake.pay(paid)
    intent = fake.sessions[tried]["payment_intent"]
    assert refused(api.v1.payment_intents.cancel, intent).code == "payment_intent_unexpected_state"

    assert api.v1.checkout.sessions.expire(tried).status == "expired"
    assert refused(api.v1.checkout.sessions.expire, paid).http_status == 400
    clock.shift(DAY)

    assert fake.intents[intent]["status"] == "canceled"
    assert api.v1.checkout.sessions.retrieve(old).status == "expired"
    assert [event["type"] for event in fake.events].count("checkout.session.expired") == 2


@pytest.mark.parametrize(("answer", "status"), [("Finish", "active"), ("Later", "restricted")])
def test_a_helper_answers_stripes_questions(api, answer, status):
    account = api.v2.core.accounts.create({"contact_email": "hana@example.org", "display_name": "Hana <3"}).id
    link = onboarding(api, account)
    visitor = Visitor(link)

    assert "Hana <3" in visitor.words
    assert visitor.press(answer).went == HERE + "return"

    assert Visitor(link).went == HERE + "again"
    include = ["configuration.recipient", "requirements"]
    found = api.v2.core.accounts.retrieve(account, {"include": include}).to_dict()
    assert fakestripe.stripe_transfers(found)["status"] == status
    assert bool(found["requirements"]["entries"]) is (status == "restricted")


def test_an_onboarding_link_lasts_minutes(api, helper, clock):
    link = onboarding(api, helper)
    clock.shift(600)
    assert Visitor(link).went == HERE + "again"


def onboarding(api, account):
    steps = {"return_url": HERE + "return", "refresh_url": HERE + "again"}
    use = {"type": "account_onboarding", "account_onboarding": steps}
    return api.v2.core.account_links.create({"account": account, "use_case": use}).url


def test_stripe_asks_for_more_and_no_transfer_goes_through(fake, api, helper, charge):
    fake.ask_more(helper, "identity.individual.address")

    include = ["configuration.recipient", "requirements"]
    found = api.v2.core.accounts.retrieve(helper, {"include": include}).to_dict()
    assert fakestripe.stripe_transfers(found)["status"] == "restricted"
    assert [one["description"] for one in found["requirements"]["entries"]] == ["identity.individual.address"]
    asked = {"amount": 1000, "currency": "cad", "destination": helper, "source_transaction": charge().latest_charge}
    assert refused(api.v1.transfers.create, asked).code == "insufficient_capabilities_for_transfer"

    fake.onboard(helper)
    assert api.v1.transfers.create(asked).amount == 1000


def test_a_closed_account_can_be_looked_at_and_no_more(fake, api, helper, charge):
    fake.close_account(helper)

    found = api.v2.core.accounts.retrieve(helper, {"include": ["configuration.recipient"]}).to_dict()
    assert (found["closed"], found["display_name"], found["contact_email"]) == (True, None, None)
    assert fakestripe.stripe_transfers(found)["status"] == "restricted"
    assert api.v2.core.accounts.list().data == []
    assert [one.id for one in api.v2.core.accounts.list({"closed": True}).data] == [helper]

    with pytest.raises(stripe.StripeError, match="closed") as link:
        onboarding(api, helper)
    assert (link.value.http_status, link.value.error.code) == (400, "account_closed")
    asked = {"amount": 1000, "currency": "cad", "destination": helper, "source_transaction": charge().latest_charge}
    assert refused(api.v1.transfers.create, asked).code == "account_closed"
    assert fake.transfers == {}


def test_the_page_of_an_account_that_was_closed_meanwhile_opens_nothing(fake, api):
    account = api.v2.core.accounts.create({"contact_email": "hana@example.org", "display_name": "Hana"}).id
    visitor = Visitor(onboarding(api, account))
    fake.close_account(account)

    assert visitor.press("Finish").went == HERE + "again"
    assert fakestripe.stripe_transfers(fake.accounts[account])["status"] == "restricted"


# Money


def test_the_books_add_up(fake, api, charge, helper):
    paid = charge()
    assert fake.balance == 5000 - 175

    transfer = api.v1.transfers.create(
        {"amount": 4000, "currency": "cad", "destination": helper, "source_transaction": paid.latest_charge}
    )
    assert (fake.balance, fake.balance_of(helper)) == (825, 4000)
    api.v1.transfers.reversals.create(transfer.id, {"amount": 4000})
    assert (fake.balance, fake.balance_of(helper)) == (4825, 0)

    refund = fake.refund_in_dashboard(paid.id, 1000)
    assert fake.balance == 3825
    fake.fail_refund(refund)
    assert fake.balance == 4825

    dispute = fake.dispute(paid.id)
    assert fake.balance == 4825 - 5000 - 1500
    fake.close_dispute(dispute, won=True)
    assert fake.balance == 4825 - 1500


def test_only_accounts_that_are_ready_get_what_is_left_of_a_charge(fake, api, charge, helper):
    paid = charge().latest_charge
    asked = {"amount": 4825, "currency": "cad", "destination": helper, "source_transaction": paid}
    create = api.v1.transfers.create
    other = api.v2.core.accounts.create({"contact_email": "rosa@example.org"}).id

    assert refused(create, {**asked, "destination": other}).code == "insufficient_capabilities_for_transfer"
    assert refused(create, {**asked, "destination": "acct_nobody"}).code == "resource_missing"
    assert refused(create, {**asked, "amount": 4826}).code == "balance_insufficient"
    assert refused(create, {**asked, "currency": "usd"}).param == "currency"
    transfer = create(asked).id
    assert refused(create, {**asked, "amount": 1}).code == "balance_insufficient"

    assert fake.withdraw(helper) == 4825
    assert refused(api.v1.transfers.reversals.create, transfer).code == "balance_insufficient"
    fake.payout_failed(helper)
    assert api.v1.transfers.reversals.create(transfer).amount == 4825

    fake.deauthorise(helper)
    problem = refused(create, asked)
    assert (problem.http_status, problem.error.code) == (403, "account_invalid")


def test_only_what_was_taken_out_cannot_be_taken_back(fake, api, helper, sent):
    transfer = sent(4000).id
    assert fake.withdraw(helper, 1500) == 1500
    assert balance(api, helper) == (2500, 0)
    reverse = api.v1.transfers.reversals.create

    assert refused(reverse, transfer, {"amount": 2501}).code == "balance_insufficient"
    assert reverse(transfer, {"amount": 2500}).amount == 2500
    assert refused(reverse, transfer, {"amount": 1}).code == "balance_insufficient"


def test_money_reaches_a_helper_a_day_after_its_transfer(fake, api, charge, helper, sent):
    paid = charge().latest_charge
    fake.advance(days=7)
    transfer = sent(4000, paid)
    assert balance(api, helper) == (0, 4000)
    assert (fake.available_of(helper), fake.balance_of(helper)) == (0, 4000)

    fake.advance(days=1)

    assert balance(api, helper) == (4000, 0)
    api.v1.transfers.reversals.create(transfer.id, {"amount": 1000})
    assert balance(api, helper) == (3000, 0)


def test_a_transfer_on_its_way_can_be_made_to_stay(fake, api, helper, sent):
    fake.reverses_pending = False
    transfer = sent(4000).id
    reverse = api.v1.transfers.reversals.create

    fake.advance(days=2)
    assert refused(reverse, transfer).code == "balance_insufficient"
    fake.advance(days=1)
    assert reverse(transfer).amount == 4000


def test_a_charge_settles_two_days_later_by_either_clock(fake, api, charge, clock):
    fake.spare = 0
    charge()
    assert balance(api) == (0, 4825)
    fake.advance(days=2)
    assert balance(api) == (4825, 0)

    charge()
    assert balance(api) == (4825, 4825)
    clock.shift(2 * DAY)
    assert balance(api) == (9650, 0)


def test_a_refund_waits_until_there_is_money(fake, api, charge):
    first, second = charge(), charge()
    fake.sweep_balance()
    create = api.v1.refunds.create
    waiting = [create({"payment_intent": one.id, "amount": 3000}).id for one in (first, second)]

    shown = api.v1.refunds.list({"payment_intent": first.id, "expand": ["data.balance_transaction"]}).data[0]
    assert (shown.status, shown.pending_reason, shown.balance_transaction) == ("pending", "insufficient_funds", None)
    assert refused(create, {"payment_intent": first.id, "amount": 2001}).param == "amount"
    assert fake.balance == 2 * 4825

    fake.add_funds(3000)

    assert [fake.refunds[id]["status"] for id in waiting] == ["succeeded", "pending"]
    assert fake.balance == 2 * 4825 - 3000
    assert [event["type"] for event in fake.events][-1] == "refund.updated"

    fake.advance(days=2)

    assert fake.refunds[waiting[1]]["status"] == "succeeded"
    found = api.v1.refunds.list({"payment_intent": second.id, "expand": ["data.balance_transaction"]}).data[0]
    assert (found.status, found.pending_reason, found.balance_transaction.net) == ("succeeded", None, -3000)
    assert balance(api) == (2 * 4825 - 3000 * 2 + 3000, 0)


def test_a_refund_that_waited_in_vain_moves_nothing(fake, charge):
    paid = charge()
    fake.sweep_balance()
    refund = fake.refund_in_dashboard(paid.id, 1000)
    fake.fail_refund(refund)

    assert (fake.refunds[refund]["status"], fake.balance) == ("failed", 4825)
    assert fake.charges[paid.latest_charge]["amount_refunded"] == 0
    fake.advance(days=3)
    assert fake.refunds[refund]["status"] == "failed"


def test_a_transfer_draws_on_a_charge_that_has_to_settle_and_then_on_the_balance(fake, api, charge, sent):
    early, late = charge().latest_charge, charge().latest_charge
    fake.sweep_balance()
    assert sent(4000, early).amount == 4000

    fake.advance(days=2)
    assert fake.sweep_balance() == 2 * 4825 - 4000
    assert refused(sent, 4000, late).code == "balance_insufficient"
    assert balance(api) == (0, 0)
    assert fake.balance == 2 * 4825 - 4000

    fake.add_funds(4000)
    assert sent(4000, late).amount == 4000


def test_a_payout_is_told_and_is_no_part_of_what_payments_brought(fake, api, charge):
    charge()
    fake.advance(days=2)
    assert fake.sweep_balance() == fake.spare + 4825
    assert fake.balance == 4825
    told = api.v1.events.list({"limit": 2}).data
    assert [event.type for event in told] == ["payout.paid", "payout.created"]
    assert told[0].data.object.amount == fake.spare + 4825
    assert "account" not in told[0].to_dict()


def test_a_balance_below_nothing_is_not_paid_out(fake, charge):
    fake.spare = 0
    fake.dispute(charge().id)
    assert fake.available == -5000 - DISPUTE_FEE
    assert fake.sweep_balance() == 0
    assert (fake.available, fake.payouts) == (-5000 - DISPUTE_FEE, {})


def test_the_account_says_when_it_is_paid_out(fake, api):
    said = lambda: api.v1.accounts.retrieve_current().settings.payouts.schedule.interval
    assert said() == "manual"
    fake.payout_interval = "daily"
    assert said() == "daily"


def test_organizers_take_a_transfer_back_in_the_dashboard(fake, helper, sent):
    transfer = sent(4000).id
    fake.reverse_in_dashboard(transfer, 1000)
    assert (fake.balance_of(helper), fake.transfers[transfer]["reversed"]) == (3000, False)
    fake.reverse_in_dashboard(transfer)
    assert (fake.balance, fake.balance_of(helper), fake.transfers[transfer]["reversed"]) == (4825, 0, True)


def test_a_charge_is_refunded_up_to_its_amount(fake, api, charge):
    paid, disputed = charge().id, charge().id
    create = api.v1.refunds.create
    create({"payment_intent": paid, "amount": 2000})

    assert refused(create, {"payment_intent": paid, "amount": 3001}).param == "amount"
    assert create({"payment_intent": paid}).amount == 3000
    assert refused(create, {"payment_intent": paid}).code == "charge_already_refunded"

    dispute = fake.dispute(disputed)
    assert refused(create, {"payment_intent": disputed}).code == "charge_disputed"
    fake.close_dispute(dispute, won=True)
    assert create({"payment_intent": disputed}).amount == 5000


# Disputes


def test_a_bank_asks_and_takes_nothing(fake, api, charge):
    paid = charge()
    inquiry = fake.inquire(paid.id, days=10)

    found = api.v1.disputes.list({"payment_intent": paid.id}).data[0]
    assert (found.id, found.status, found.balance_transactions) == (inquiry, "warning_needs_response", [])
    assert found.evidence_details.due_by == found.created + 10 * DAY
    assert (found.is_charge_refundable, fake.charges[paid.latest_charge]["disputed"]) == (True, True)
    assert fake.balance == 4825

    fake.answer_bank(inquiry)
    assert fake.disputes[inquiry]["status"] == "warning_under_review"
    assert api.v1.refunds.create({"payment_intent": paid.id, "amount": 1000}).status == "succeeded"
    fake.close_inquiry(inquiry)

    assert fake.disputes[inquiry]["status"] == "warning_closed"
    assert [event["type"] for event in fake.events if "dispute" in event["type"]] == [
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
    ]
    assert fake.balance == 3825


def test_a_bank_that_asked_may_take_the_money_after_all(fake, api, charge):
    paid = charge()
    dispute = fake.inquire(paid.id)
    fake.escalate(dispute)

    assert fake.disputes[dispute]["status"] == "needs_response"
    assert fake.balance == 4825 - 5000 - 1500
    assert refused(api.v1.refunds.create, {"payment_intent": paid.id}).code == "charge_disputed"


def test_the_rest_of_a_charge_can_be_refunded_after_part_was_lost(fake, api, charge):
    paid = charge()
    dispute = fake.dispute(paid.id, 2000)
    fake.answer_bank(dispute)
    create = api.v1.refunds.create
    assert refused(create, {"payment_intent": paid.id, "amount": 1000}).code == "charge_disputed"

    fake.close_dispute(dispute, won=False)

    assert refused(create, {"payment_intent": paid.id, "amount": 3001}).param == "amount"
    assert create({"payment_intent": paid.id}).amount == 3000
    assert refused(create, {"payment_intent": paid.id}).code == "charge_disputed"
    assert fake.balance == 4825 - 2000 - 1500 - 3000


def test_a_dispute_that_was_prevented_takes_nothing(fake, api, charge):
    paid = charge()
    fake.prevent_dispute(paid.id)

    found = api.v1.disputes.list({"payment_intent": paid.id}).data[0]
    assert (found.status, found.balance_transactions, fake.balance) == ("prevented", [], 4825)
    assert found.evidence_details.due_by is None
    assert api.v1.refunds.create({"payment_intent": paid.id}).amount == 5000


# Lists and currencies


def test_lists_come_in_pages_with_what_was_asked_for_inside(fake, api, charge, customer):
    ids = [charge().id for _ in range(3)]
    fake.largest_page = 2
    asked = {"customer": customer, "limit": 100, "expand": ["data.latest_charge.balance_transaction"]}

    page = api.v1.payment_intents.list(asked)
    assert ([one.id for one in page.data], page.has_more) == ([ids[2], ids[1]], True)
    found = list(page.auto_paging_iter())

    assert [one.id for one in found] == ids[::-1]
    assert {one.latest_charge.balance_transaction.fee for one in found} == {175}
    assert "cannot be expanded" in str(refused(api.v1.payment_intents.list, {**asked, "expand": ["data.charges"]}))


def test_zero_decimal_currencies_have_no_cents():
    with FakeStripe(currency="JPY", country="JP") as fake:
        made = client(fake).v1.customers.create()
        asked = {"amount": 1000, "currency": "jpy", "customer": made.id, "payment_method": "pm_card_visa"}
        client(fake).v1.payment_intents.create({**asked, "confirm": True})
        assert fake.balance == 964
        assert fakestripe.shown(1000, "jpy") == "1,000 JPY"


# Faults


@pytest.mark.parametrize(
    ("how", "status", "charges"),
    [
        ("drop", None, 0),
        ("lost", None, 1),
        ("500", 500, 0),
        ("500 after", 500, 1),
        ("503", 503, 0),
        ("429", 429, 0),
        ("409", 409, 0),
    ],
)
def test_a_step_fails_as_told_and_then_no_more(fake, charge, saved, how, status, charges):
    card = saved()
    fake.fail("charge", how)

    assert refused(charge, card, "k1").http_status == status
    assert len(fake.charges) == charges
    if how.startswith("500"):
        assert refused(charge, card, "k1").http_status == 500
        assert len(fake.charges) == charges
    else:
        assert charge(card, "k1").status == "succeeded"
        assert len(fake.charges) == 1


def test_a_fault_fails_every_step_as_often_as_told(fake, api):
    fake.fail("any", "drop", times=2)
    assert isinstance(refused(api.v1.events.list), stripe.APIConnectionError)
    assert isinstance(refused(api.v1.refunds.list), stripe.APIConnectionError)
    assert api.v1.events.list().data == []


def test_stripe_is_down_and_comes_back(fake, api):
    fake.down = True
    assert isinstance(refused(api.v1.events.list), stripe.APIConnectionError)
    fake.down = False
    assert api.v1.events.list().data == []


def test_a_late_answer_is_too_late_and_yet_it_happened(fake, charge, saved):
    card, seen = saved(), []
    fake.before["charge"] = lambda asked: seen.append((asked.key, len(fake.charges)))
    fake.after["charge"] = lambda asked: seen.append((asked.key, len(fake.charges)))
    hasty = stripe.RequestsClient(timeout=0.2)
    api = stripe.StripeClient(fake.key, http_client=hasty, base_addresses={"api": fake.url}, max_network_retries=0)
    asked = {"amount": 5000, "currency": "cad", "customer": fake.methods[card]["customer"], "payment_method": card}
    fake.delay = 0.5

    problem = refused(api.v1.payment_intents.create, {**asked, "confirm": True}, {"idempotency_key": "k1"})

    assert isinstance(problem, stripe.APIConnectionError)
    assert seen == [("k1", 0), ("k1", 1)]
    step, path, params, key, _account = fake.asked[-1]
    assert (step, path, params["amount"], key) == ("charge", "/v1/payment_intents", "5000", "k1")


# Events and webhooks


def test_everything_that_happens_is_an_event(fake, api, charge, helper, saved):
    paid = charge()
    transfer = api.v1.transfers.create(
        {"amount": 1000, "currency": "cad", "destination": helper, "source_transaction": paid.latest_charge}
    )
    api.v1.transfers.reversals.create(transfer.id)
    refused(charge, saved("4000000000000341"))
    fake.fail_refund(fake.refund_in_dashboard(paid.id))
    fake.close_dispute(fake.dispute(paid.latest_charge), won=True)
    fake.payout_failed(helper)
    fake.deauthorise(helper)

    listed = api.v1.events.list({"limit": 100, "created": {"gte": fake.events[0]["created"]}})
    kinds = [event.type for event in listed.data][::-1]
    assert kinds == [event["type"] for event in fake.events]
    assert [kind for kind in kinds if not kind.startswith(("setup", "checkout"))] == [
        "charge.succeeded", "payment_intent.succeeded", "transfer.created", "transfer.reversed",
        "payment_intent.payment_failed", "refund.created", "charge.refunded", "refund.updated", "refund.failed",
        "charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated",
        "charge.dispute.closed", "payout.failed", "account.application.deauthorized",
    ]  # fmt: skip
    assert [event.to_dict().get("account") for event in listed.data[:3]] == [helper, helper, None]


def test_an_event_keeps_how_things_stood(fake, api, charge):
    paid = charge()
    api.v1.refunds.create({"payment_intent": paid.id})
    first = next(event for event in fake.events if event["type"] == "charge.succeeded")
    assert first["data"]["object"]["amount_refunded"] == 0


def test_signatures_are_such_as_the_stripe_package_accepts(fake, api, charge):
    charge()
    body, signature = fake.signed(fake.events[-1])
    assert api.construct_event(body, signature, fake.webhook_secret).type == "payment_intent.succeeded"

    _, old = fake.signed(body, at=1)
    _, forged = fake.signed(body, secret="whsec_other")
    for signature in (old, forged):
        with pytest.raises(stripe.SignatureVerificationError):
            api.construct_event(body, signature, fake.webhook_secret)


def test_two_endpoints_have_a_secret_each(fake, api, charge, helper):
    fake.connect_secret = "whsec_connect"
    charge()
    own = fake.events[-1]
    fake.deauthorise(helper)
    theirs = fake.events[-1]

    for event, secret, other in (
        (own, fake.webhook_secret, fake.connect_secret),
        (theirs, fake.connect_secret, fake.webhook_secret),
    ):
        body, signature = fake.signed(event)
        assert api.construct_event(body, signature, secret).id == event["id"]
        with pytest.raises(stripe.SignatureVerificationError):
            api.construct_event(body, signature, other)
    assert api.construct_event(*fake.signed(theirs), fake.connect_secret).account == helper


def test_without_a_second_endpoint_there_is_one_secret(fake, api, helper):
    fake.deauthorise(helper)
    assert api.construct_event(*fake.signed(fake.events[-1]), fake.webhook_secret).account == helper


def test_an_endpoint_in_production_hears_of_test_mode_too(fake, api):
    fake.keys.add("sk_live_golem")
    live = client(fake, "sk_live_golem")
    event = fake.test_event(account="acct_elsewhere")

    heard = live.construct_event(*fake.signed(event), fake.webhook_secret)

    assert (heard.livemode, heard.account, heard.type) == (False, "acct_elsewhere", "account.application.deauthorized")
    assert live.v1.events.list().data == []


def test_changes_of_accounts_are_thin_events(fake, api, helper):
    fake.connect_secret = "whsec_connect"
    fake.notices.clear()
    fake.ask_more(helper)
    fake.close_account(helper)

    requirements, capability, closed = [
        api.parse_event_notification(*fake.signed(event), "whsec_connect") for event in fake.notices
    ]
    assert requirements.type == "v2.core.account[requirements].updated"
    assert capability.type == "v2.core.account[configuration.recipient].capability_status_updated"
    assert closed.type == "v2.core.account.closed"
    assert not any(isinstance(one, UnknownEventNotification) for one in (requirements, capability, closed))
    assert {one.related_object.id for one in (requirements, capability, closed)} == {helper}
    assert (closed.livemode, closed.fetch_related_object().closed) == (False, True)
    assert capability.fetch_event().data.updated_capability == "stripe_balance.stripe_transfers"
    assert api.v1.events.list().data == []


def test_a_thin_event_is_not_taken_for_another_kind_nor_without_its_signature(fake, api, charge, helper):
    charge()
    body, signature = fake.signed(fake.notices[-1])
    with pytest.raises(ValueError, match="thin event"):
        api.construct_event(body, signature, fake.webhook_secret)
    with pytest.raises(ValueError, match="expects a thin event"):
        api.parse_event_notification(*fake.signed(fake.events[-1]), fake.webhook_secret)
    with pytest.raises(stripe.SignatureVerificationError):
        api.parse_event_notification(body, signature, "whsec_other")


@pytest.mark.parametrize("subscribed", [True, False])
def test_thin_events_are_posted_where_somebody_asked_for_them(fake, helper, subscribed):
    fake.webhooks, fake.thin_events = "http://127.0.0.1:9/nobody", subscribed
    fake.deliver = lambda event, url: posted.append(event["type"]) or 200
    posted = []

    fake.close_account(helper)
    fake.deauthorise(helper)

    for _ in range(100):
        if "account.application.deauthorized" in posted:
            break
        time.sleep(0.02)
    assert posted == ["v2.core.account.closed"] * subscribed + ["account.application.deauthorized"]


class Site(http.server.BaseHTTPRequestHandler):
    """Golem, as far as webhooks see it: it is not there for the first one."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((json.loads(body)["type"], self.headers["Stripe-Signature"]))
        self.send_response(500 if len(self.server.heard) == 1 else 200)
        self.end_headers()
        if len(self.server.heard) == 3:
            self.server.done.set()

    def log_message(self, *_):
        pass


def test_events_are_posted_in_order_and_again_where_nobody_took_them(fake, hosted):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as site:
        site.heard, site.done = [], threading.Event()
        threading.Thread(target=site.serve_forever, args=(0.01,), daemon=True).start()
        fake.webhooks = f"http://127.0.0.1:{site.server_port}/webhooks/stripe"

        fake.save(hosted().id)

        assert site.done.wait(10)
        assert fake.deliver(fake.events[0], fake.webhooks) == 200
        site.shutdown()
    kinds = [kind for kind, _ in site.heard]
    assert kinds == ["setup_intent.succeeded"] * 2 + ["checkout.session.completed", "setup_intent.succeeded"]


def test_it_can_be_clicked_through_by_hand():
    command = [sys.executable, "-m", "fakestripe", "--port", "0"]
    with subprocess.Popen(command, cwd=Path(__file__).parent.parent, stdout=subprocess.PIPE, text=True) as shown:
        try:
            url = shown.stdout.readline().split()[0]
            assert requests.get(url + "/pay/cs_test_nothing", timeout=5).status_code == 410
        finally:
            shown.terminate()
