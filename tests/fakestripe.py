"""A Stripe of our own: it speaks HTTP, has pages to click through, keeps books that add up, and fails when told to.

    with FakeStripe() as fake:
        payments.Stripe(fake.key, fake.webhook_secret, fake.url)

It knows what Golem uses and no more; anything else is refused and written down in `fake.violations`. To click through
it by hand: python tests/fakestripe.py --port 8010 --webhooks http://127.0.0.1:8000/webhooks/stripe
"""

import argparse
import hashlib
import hmac
import http.client
import importlib
import json
import queue
import re
import secrets
import threading
import time
import traceback
import types
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal, NamedTuple, NotRequired, Required, Union, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl, urlsplit

from pydantic import ConfigDict, TypeAdapter, ValidationError
from typing_extensions import TypedDict, is_typeddict

DAY = 24 * 60 * 60
LINK_LASTS = 5 * 60
DISPUTE_FEE = 1500
ZERO_DECIMAL = {"clp", "jpy", "krw", "vnd", "xaf", "xof"}
SMALLEST_CHARGE = {"aed": 200, "czk": 1500, "dkk": 250, "gbp": 30, "hkd": 400, "mxn": 1000, "nok": 300, "sek": 300}
LARGEST_CHARGE = 99_999_999
WRONG = {"extra_forbidden": "parameter_unknown", "missing": "parameter_missing"}  # Pydantic's word, and Stripe's.
LONGEST = {"client_reference_id": 200, "custom_text": 1200, "metadata": 500, "product_data": 250}


class Card(NamedTuple):
    """What a test card does. Each word is why it is declined there; none where it works."""

    words: str
    saving: str = ""
    on_page: str = ""
    off_session: str = ""
    asks_bank: bool = False


ASKS_BANK = Card("Asks the bank, every time", off_session="authentication_required", asks_bank=True)
CARDS = {
    "4242424242424242": Card("Works"),
    "4000002500003155": ASKS_BANK,  # At Stripe itself, this one can be charged once it has been saved.
    "4000002760003184": ASKS_BANK,
    "4000000000000341": Card("Saves, then declines", on_page="generic_decline", off_session="generic_decline"),
    "4000000000000069": Card("Has expired", on_page="expired_card", off_session="expired_card"),
    "4000000000009995": Card("Is empty", on_page="insufficient_funds", off_session="insufficient_funds"),
    "4000000000000002": Card("Declines", "generic_decline", "generic_decline", "generic_decline"),
}
READY_MADE = {  # Stripe's own names for cards that need not be typed.
    "pm_card_visa": "4242424242424242",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_chargeCustomerFail": "4000000000000341",
}
DECLINES = {
    "generic_decline": ("card_declined", "Your card was declined."),
    "insufficient_funds": ("card_declined", "Your card has insufficient funds."),
    "expired_card": ("expired_card", "Your card has expired."),
    "authentication_required": ("authentication_required", "Your card was declined. It requires authentication."),
    "bank_refused": ("payment_intent_authentication_failure", "Your bank could not confirm that it is you."),
}


class Refusal(Exception):
    """Stripe says no, in the shape of its errors."""

    def __init__(self, status, message, **error):
        self.status = status
        self.error = {"type": "invalid_request_error", "message": message, **error}


class Asked(NamedTuple):
    """A request, as the tests look at it."""

    step: str
    path: str
    params: dict
    key: str


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: dict = {}


class Kept(NamedTuple):
    """What is kept under an idempotency key: no answer while the first request is still under way."""

    path: str
    params: dict
    at: float
    answer: Answer | None = None


# What may be asked: method, path, step, who answers it, and the TypedDict in `stripe.params` that its parameters fit.
ROUTES = [
    ("GET", "/v1/account", "account", "us", "AccountRetrieveCurrentParams"),
    ("POST", "/v1/customers", "customer", "create_customer", "CustomerCreateParams"),
    ("POST", "/v1/payment_methods/:id/attach", "attach", "attach_method", "PaymentMethodAttachParams"),
    ("POST", "/v1/checkout/sessions", "", "create_session", "checkout.SessionCreateParams"),
    ("GET", "/v1/checkout/sessions/:id", "session", "retrieve_session", "checkout.SessionRetrieveParams"),
    ("POST", "/v1/checkout/sessions/:id/expire", "expire", "expire_session", "checkout.SessionExpireParams"),
    ("POST", "/v1/payment_intents", "charge", "create_intent", "PaymentIntentCreateParams"),
    ("GET", "/v1/payment_intents", "look", "list_intents", "PaymentIntentListParams"),
    ("POST", "/v1/payment_intents/:id/cancel", "cancel", "cancel_intent", "PaymentIntentCancelParams"),
    ("POST", "/v1/transfers", "transfer", "create_transfer", "TransferCreateParams"),
    ("GET", "/v1/transfers", "look", "list_transfers", "TransferListParams"),
    ("POST", "/v1/transfers/:id/reversals", "reverse", "create_reversal", "TransferCreateReversalParams"),
    ("POST", "/v1/refunds", "refund", "create_refund", "RefundCreateParams"),
    ("GET", "/v1/refunds", "look", "list_refunds", "RefundListParams"),
    ("GET", "/v1/disputes", "look", "list_disputes", "DisputeListParams"),
    ("GET", "/v1/events", "events", "list_events", "EventListParams"),
    ("GET", "/v2/core/accounts", "account", "list_accounts", "v2.core.AccountListParams"),
    ("POST", "/v2/core/accounts", "open_account", "create_account", "v2.core.AccountCreateParams"),
    ("GET", "/v2/core/accounts/:id", "account", "retrieve_account", "v2.core.AccountRetrieveParams"),
    ("POST", "/v2/core/account_links", "link", "create_link", "v2.core.AccountLinkCreateParams"),
]


class Books:
    """All that Stripe remembers: objects by id, movements of the balance, and what happened."""

    def __init__(self, currency, country):
        self.currency, self.country = currency.lower(), country
        self.lock = threading.RLock()
        self.live = False
        self.objects, self.events, self.outbox, self.webhooks = {}, [], queue.SimpleQueue(), ""
        self.customers, self.methods, self.sessions, self.setups, self.intents = {}, {}, {}, {}, {}
        self.charges, self.declines, self.transactions, self.refunds, self.disputes = {}, {}, {}, {}, {}
        self.transfers, self.reversals, self.accounts, self.links = {}, {}, {}, {}
        self.deauthorised, self.withdrawn = set(), {}
        self.largest_page = 100

    @property
    def balance(self):
        """What the community has at Stripe."""
        return sum(moved["net"] for moved in self.transactions.values())

    def balance_of(self, account):
        """What a helper has at Stripe."""
        theirs = (one for one in self.transfers.values() if one["destination"] == account)
        return sum(one["amount"] - one["amount_reversed"] for one in theirs) - self.withdrawn.get(account, 0)

    def new(self, shelf, prefix, noun, **fields):
        mode = {"cs": "live_" if self.live else "test_"}.get(prefix, "")
        id = f"{prefix}_{mode}{secrets.token_hex(10)}"
        made = {"id": id, "object": noun, "created": int(time.time()), "livemode": self.live, **fields}
        self.objects[id] = shelf[id] = made
        return made

    def find(self, id, noun, param=None):
        """The object with this id, or a refusal: 404 where the id is in the address, 400 where it is a parameter."""
        found = self.objects.get(id)
        if not found or found["object"] != noun or found["livemode"] != self.live:
            raise Refusal(400 if param else 404, f"No such {noun}: '{id}'", code="resource_missing", param=param)
        return found

    def moved(self, kind, source, amount, fee=0):
        """The balance changes by amount − fee."""
        return self.new(
            self.transactions, "txn", "balance_transaction",
            type=kind, source=source["id"], currency=source["currency"], amount=amount, fee=fee, net=amount - fee,
        )  # fmt: skip

    def happened(self, kind, about, account=None):
        """The event is remembered as things stand now, and sent if somebody listens."""
        from stripe import api_version

        event = self.new({}, "evt", "event", type=kind, api_version=api_version, data={"object": deepcopy(about)})
        if account:
            event["account"] = account
        self.events.append(event)
        if self.webhooks:
            self.outbox.put(event)

    def listed(self, found, asked):
        """One page of a list, newest first."""
        found = [one for one in found if one["livemode"] == self.live][::-1]
        if after := asked.params.get("starting_after"):
            found = found[[one["id"] for one in found].index(after) + 1 :]
        size = min(asked.params.get("limit", 10), self.largest_page)
        return {"object": "list", "url": asked.path, "has_more": len(found) > size, "data": found[:size]}

    def expand(self, found, path):
        """Puts the objects themselves where their ids are."""
        name, _, rest = path.partition(".")
        for one in found if isinstance(found, list) else [found]:
            if name not in one or (isinstance(one[name], str) and one[name] not in self.objects):
                raise Refusal(400, f"This property cannot be expanded ({name}).")
            if isinstance(one[name], str):
                one[name] = deepcopy(self.objects[one[name]])
            if rest and one[name]:
                self.expand(one[name], rest)

    def tidy(self):
        """Pages that nobody used for a day are gone."""
        for session in self.sessions.values():
            if session["status"] == "open" and session["expires_at"] <= time.time():
                with self.about(session):
                    self.end_session(session)

    @contextmanager
    def about(self, found):
        """Nobody else does anything, and what is made is of the same mode as this object, or as this key's."""
        with self.lock:
            before, self.live = self.live, found if isinstance(found, bool) else found["livemode"]
            try:
                yield
            finally:
                self.live = before


class Api(Books):
    """What can be asked over HTTP. Each answers with an object or raises Refusal."""

    def us(self, asked):
        return {
            "id": "acct_golem",
            "object": "account",
            "country": self.country,
            "default_currency": self.currency,
            "charges_enabled": True,
            "payouts_enabled": True,
        }

    # Customers, their cards, and the pages on which they type them

    def create_customer(self, asked):
        return self.new(self.customers, "cus", "customer", **{"metadata": {}, **asked.params})

    def attach_method(self, asked, id):
        customer = self.find(asked.params["customer"], "customer", "customer")
        if id in READY_MADE:
            return self.new_method(READY_MADE[id], customer["id"])
        method = self.find(id, "payment_method")
        method["customer"] = customer["id"]
        return method

    def new_method(self, number, customer):
        card = {"brand": "visa", "last4": number[-4:], "exp_month": 12, "exp_year": 2040}
        return self.new(self.methods, "pm", "payment_method", type="card", card=card, customer=customer, number=number)

    def create_session(self, asked):
        params = asked.params
        if params["mode"] not in ("setup", "payment"):
            raise Refusal(400, "The fake knows setup and payment only.", code="parameter_invalid", param="mode")
        if params.get("customer"):
            self.find(params["customer"], "customer", "customer")
        amount, currency, words = self.priced(params)
        session = self.new(
            self.sessions, "cs", "checkout.session",
            mode=params["mode"], status="open", customer=params.get("customer"), metadata=params.get("metadata", {}),
            payment_status="unpaid" if amount else "no_payment_required", amount_total=amount, currency=currency,
            client_reference_id=params.get("client_reference_id"), locale=params.get("locale"),
            success_url=params["success_url"], cancel_url=params.get("cancel_url"), expires_at=int(time.time()) + DAY,
            custom_text=params.get("custom_text", {}), setup_intent=None, payment_intent=None,
            payment_intent_data=params.get("payment_intent_data", {}), words=words,
        )  # fmt: skip
        session["url"] = f"{self.url}/pay/{session['id']}"
        if session["mode"] == "setup":
            data = params.get("setup_intent_data", {})
            session["setup_intent"] = self.new(
                self.setups, "seti", "setup_intent",
                status="requires_payment_method", payment_method=None, customer=session["customer"],
                metadata=data.get("metadata", {}), usage="off_session",
            )["id"]  # fmt: skip
        return session

    def priced(self, params):
        """What is to be paid on a page, its currency, and what for."""
        if params["mode"] == "setup":
            return None, None, ""
        prices = [(line.get("quantity", 1), line["price_data"]) for line in params["line_items"]]
        amount = sum(quantity * price["unit_amount"] for quantity, price in prices)
        currency = prices[0][1]["currency"]
        self.check_amount(amount, currency)
        return amount, currency, ", ".join(price["product_data"]["name"] for _, price in prices)

    def check_amount(self, amount, currency):
        if amount < SMALLEST_CHARGE.get(currency, 50):
            raise Refusal(400, "Amount must convert to at least 50 cents.", code="amount_too_small", param="amount")
        if amount > LARGEST_CHARGE:
            raise Refusal(400, "Amount must be no more than 999,999.99.", code="amount_too_large", param="amount")

    def retrieve_session(self, asked, id):
        return self.find(id, "checkout.session")

    def expire_session(self, asked, id):
        session = self.find(id, "checkout.session")
        if session["status"] != "open":
            raise Refusal(400, f"Only open Checkout Sessions can be expired. This one is {session['status']}.")
        return self.end_session(session)

    def end_session(self, session):
        session.update(status="expired", url=None)
        if session["payment_intent"]:
            self.end_intent(self.intents[session["payment_intent"]])
        self.happened("checkout.session.expired", session)
        return session

    # Payments

    def create_intent(self, asked):
        params = asked.params
        self.check_amount(params["amount"], params["currency"])
        customer = self.find(params["customer"], "customer", "customer") if params.get("customer") else {}
        method = self.chosen_method(params, customer.get("id"))
        intent = self.new_intent(customer.get("id"), params)
        if params.get("confirm"):
            self.pay_intent(intent, method, CARDS[method["number"]].off_session)
            if error := intent["last_payment_error"]:
                raise Refusal(402, **{**error, "payment_intent": deepcopy(intent)})
        return intent

    def chosen_method(self, params, customer):
        id = params.get("payment_method")
        if not id:
            return None
        if id in READY_MADE:
            return self.new_method(READY_MADE[id], customer)
        method = self.find(id, "payment_method", "payment_method")
        if method["customer"] != customer:
            raise Refusal(
                400, f"The customer does not have a payment method with the ID {id}.", code="resource_missing",
                param="payment_method",
            )  # fmt: skip
        return method

    def new_intent(self, customer, params):
        return self.new(
            self.intents, "pi", "payment_intent",
            amount=params["amount"], currency=params["currency"], customer=customer, status="requires_payment_method",
            capture_method=params.get("capture_method", "automatic_async"), description=params.get("description"),
            metadata=params.get("metadata", {}), transfer_group=params.get("transfer_group"), payment_method=None,
            latest_charge=None, last_payment_error=None,
        )  # fmt: skip

    def pay_intent(self, intent, method, declined):
        """One attempt with one card: it is paid, or waits for another one."""
        charge = self.new(
            self.declines if declined else self.charges, "ch", "charge",
            **{name: intent[name] for name in ("amount", "currency", "customer", "description", "transfer_group")},
            metadata=dict(intent["metadata"]), payment_intent=intent["id"], payment_method=method["id"],
            status="failed" if declined else "succeeded", paid=not declined, amount_refunded=0, refunded=False,
            disputed=False, balance_transaction=None, payment_method_details={"type": "card", "card": method["card"]},
        )  # fmt: skip
        intent["latest_charge"] = charge["id"]
        if declined:
            intent.update(status="requires_payment_method", last_payment_error=card_error(declined))
            self.happened("payment_intent.payment_failed", intent)
            return
        paid = self.moved("charge", charge, intent["amount"], fee_for(intent["amount"], intent["currency"]))
        if intent["capture_method"] == "automatic":  # Otherwise Stripe tells its fee only a while later.
            charge["balance_transaction"] = paid["id"]
        intent.update(status="succeeded", payment_method=method["id"], last_payment_error=None)
        self.happened("charge.succeeded", charge)
        self.happened("payment_intent.succeeded", intent)

    def list_intents(self, asked):
        chosen = self.intents.values()
        if customer := asked.params.get("customer"):
            self.find(customer, "customer", "customer")
            chosen = [one for one in chosen if one["customer"] == customer]
        return self.listed(chosen, asked)

    def cancel_intent(self, asked, id):
        intent = self.find(id, "payment_intent")
        if any(session["payment_intent"] == id for session in self.sessions.values()):
            raise unexpected_state(intent, "It belongs to a Checkout Session: expire that instead.")
        if intent["status"] in ("succeeded", "canceled"):
            raise unexpected_state(intent, f"It cannot be canceled: its status is {intent['status']}.")
        return self.end_intent(intent)

    def end_intent(self, intent):
        intent["status"] = "canceled"
        self.happened("payment_intent.canceled", intent)
        return intent

    # Transfers and refunds

    def create_transfer(self, asked):
        params = asked.params
        account = self.find(params["destination"], "v2.core.account", "destination")
        if account["id"] in self.deauthorised:
            raise no_access(account["id"])
        if stripe_transfers(account)["status"] != "active":
            words = "Your destination account needs to have the stripe_transfers capability."
            raise Refusal(400, words, code="insufficient_capabilities_for_transfer", param="destination")
        self.check_source(params)
        transfer = self.new(
            self.transfers, "tr", "transfer",
            amount=params["amount"], amount_reversed=0, reversed=False, currency=params["currency"],
            destination=account["id"], source_transaction=params.get("source_transaction"),
            transfer_group=params.get("transfer_group"), metadata=params.get("metadata", {}),
        )  # fmt: skip
        url = f"/v1/transfers/{transfer['id']}/reversals"
        transfer["reversals"] = {"object": "list", "url": url, "has_more": False, "data": []}
        transfer["balance_transaction"] = self.moved("transfer", transfer, -transfer["amount"])["id"]
        self.happened("transfer.created", transfer)
        return transfer

    def check_source(self, params):
        """A transfer takes no more than what is left of its charge, or of the balance where it names none."""
        left, source = self.balance, params.get("source_transaction")
        if source:
            charge = self.find(source, "charge", "source_transaction")
            if charge["currency"] != params["currency"]:
                raise Refusal(400, "The currency must be that of source_transaction.", param="currency")
            taken = (one for one in self.transfers.values() if one["source_transaction"] == source)
            left = charge["amount"] - fee_for(charge["amount"], charge["currency"]) - charge["amount_refunded"]
            left -= sum(one["amount"] - one["amount_reversed"] for one in taken)
        if params["amount"] < 1 or params["amount"] > left:
            raise Refusal(400, "Insufficient funds for this transfer.", code="balance_insufficient", param="amount")

    def list_transfers(self, asked):
        group, account = asked.params.get("transfer_group"), asked.params.get("destination")
        chosen = [one for one in self.transfers.values() if group in (None, one["transfer_group"])]
        return self.listed([one for one in chosen if account in (None, one["destination"])], asked)

    def create_reversal(self, asked, id):
        transfer = self.find(id, "transfer")
        left = transfer["amount"] - transfer["amount_reversed"]
        amount = asked.params.get("amount", left)
        if not 0 < amount <= left:
            raise Refusal(400, f"Only {left} of this transfer can be reversed.", param="amount")
        if self.balance_of(transfer["destination"]) < amount:
            raise Refusal(400, "The account does not have that much.", code="balance_insufficient")
        reversal = self.new(
            self.reversals, "trr", "transfer_reversal",
            amount=amount, currency=transfer["currency"], transfer=id, metadata=asked.params.get("metadata", {}),
        )  # fmt: skip
        reversal["balance_transaction"] = self.moved("transfer_refund", reversal, amount)["id"]
        transfer["amount_reversed"] += amount
        transfer["reversed"] = amount == left
        transfer["reversals"]["data"].insert(0, reversal)
        self.happened("transfer.reversed", transfer)
        return reversal

    def create_refund(self, asked):
        params = asked.params
        if params.get("charge"):
            charge = self.find(params["charge"], "charge", "charge")
        else:
            intent = self.find(params["payment_intent"], "payment_intent", "payment_intent")
            charge = self.charges.get(intent["latest_charge"])
        if not charge:
            raise Refusal(400, "This PaymentIntent does not have a successful charge to refund.")
        return self.give_back(charge, params.get("amount"), params.get("metadata", {}))

    def give_back(self, charge, amount, metadata):
        left = charge["amount"] - charge["amount_refunded"]
        amount = left if amount is None else amount
        if not left:
            raise Refusal(400, "Charge has already been refunded.", code="charge_already_refunded")
        if any(one["charge"] == charge["id"] and one["status"] != "won" for one in self.disputes.values()):
            raise Refusal(400, "Charge has been charged back, and cannot be refunded.", code="charge_disputed")
        if not 0 < amount <= left:
            raise Refusal(400, f"Refund amount is greater than what is left of the charge ({left}).", param="amount")
        refund = self.new(
            self.refunds, "re", "refund",
            amount=amount, currency=charge["currency"], charge=charge["id"], payment_intent=charge["payment_intent"],
            status="succeeded", metadata=metadata, failure_balance_transaction=None,
        )  # fmt: skip
        refund["balance_transaction"] = self.moved("refund", refund, -amount)["id"]
        charge["amount_refunded"] += amount
        charge["refunded"] = amount == left
        self.happened("refund.created", refund)
        self.happened("charge.refunded", charge)
        return refund

    def list_refunds(self, asked):
        return self.listed(self.of_intent(self.refunds, asked), asked)

    def list_disputes(self, asked):
        return self.listed(self.of_intent(self.disputes, asked), asked)

    def of_intent(self, shelf, asked):
        if intent := asked.params.get("payment_intent"):
            self.find(intent, "payment_intent", "payment_intent")
        return [one for one in shelf.values() if intent in (None, one["payment_intent"])]

    def list_events(self, asked):
        since = asked.params.get("created", {}).get("gte", 0)
        return self.listed([one for one in self.events if one["created"] >= since], asked)

    # Helpers' accounts

    def list_accounts(self, asked):
        found = [self.included(one, []) for one in self.accounts.values() if one["livemode"] == self.live]
        return {"data": found[::-1][: asked.params.get("limit", 20)], "next_page_url": None, "previous_page_url": None}

    def create_account(self, asked):
        given = {name: value for name, value in asked.params.items() if name not in ("include", "configuration")}
        transfers = {"status": "restricted", "status_details": [{"code": "requirements_past_due"}]}
        recipient = {"applied": True, "capabilities": {"stripe_balance": {"stripe_transfers": transfers}}}
        asking = {"description": "identity.individual.given_name", "awaiting_action_from": "user", "errors": []}
        account = self.new(
            self.accounts, "acct", "v2.core.account",
            **given, closed=False, applied_configurations=["recipient"], configuration={"recipient": recipient},
            requirements={"entries": [asking, {**asking, "description": "identity.individual.date_of_birth"}]},
        )  # fmt: skip
        account["created"] = iso(account["created"])
        return self.included(account, asked.params.get("include", []))

    def retrieve_account(self, asked, id):
        account = self.find(id, "v2.core.account")
        if id in self.deauthorised:
            raise no_access(id)
        return self.included(account, asked.params.get("include", []))

    def included(self, account, include):
        """Stripe leaves out what was not asked for."""
        left_out = {"configuration": "configuration.recipient", "requirements": "requirements", "identity": "identity"}
        return {**account, **{name: None for name, wanted in left_out.items() if wanted not in include}}

    def create_link(self, asked):
        account = self.find(asked.params["account"], "v2.core.account", "account")
        if account["id"] in self.deauthorised:
            raise no_access(account["id"])
        token = secrets.token_hex(10)
        expires, steps = time.time() + LINK_LASTS, asked.params["use_case"]["account_onboarding"]
        self.links[token] = {"account": account["id"], "expires": expires, "visited": False, "left": False, **steps}
        url = f"{self.url}/onboard/{token}"
        return {"object": "v2.core.account_link", "account": account["id"], "url": url, "expires_at": iso(expires)}


class Pages(Api):
    """What people do at Stripe: seekers on hosted pages, helpers with their account, organizers in the Dashboard."""

    # Seekers

    def save(self, session, card="4242424242424242", confirm=True):
        """A card is typed on the page that saves it. Says why it was declined; nothing if it was saved."""
        return self.use_page(session, "setup", card, confirm)

    def pay(self, session, card="4242424242424242", confirm=True):
        """A card is typed on the page that takes money. Says why it was declined; nothing if it was paid."""
        return self.use_page(session, "payment", card, confirm)

    def use_page(self, id, mode, number, confirm):
        session = self.sessions[id]
        with self.about(session):
            self.tidy()
            if (session["mode"], session["status"]) != (mode, "open"):
                raise ValueError(f"{id} is a {session['mode']} page and {session['status']}.")
            card = CARDS[number]
            refused = "bank_refused" if card.asks_bank and not confirm else ""
            if mode == "setup":
                return self.save_on_page(session, number, refused or card.saving)
            return self.pay_on_page(session, number, refused or card.on_page)

    def save_on_page(self, session, number, declined):
        if declined:
            return declined
        setup, method = self.setups[session["setup_intent"]], self.new_method(number, session["customer"])
        setup.update(status="succeeded", payment_method=method["id"])
        self.happened("setup_intent.succeeded", setup)
        return self.complete(session)

    def pay_on_page(self, session, number, declined):
        if not session["payment_intent"]:  # Stripe makes it when somebody first tries to pay.
            params = {**session["payment_intent_data"], "amount": session["amount_total"]}
            intent = self.new_intent(session["customer"], {**params, "currency": session["currency"]})
            session["payment_intent"] = intent["id"]
        self.pay_intent(self.intents[session["payment_intent"]], self.new_method(number, None), declined)
        if declined:
            return declined
        session["payment_status"] = "paid"
        return self.complete(session)

    def complete(self, session):
        session.update(status="complete", url=None)
        self.happened("checkout.session.completed", session)
        return ""

    def checkout(self, method, id, form):
        """The hosted page itself."""
        self.tidy()
        session = self.sessions.get(id)
        if not session or session["status"] != "open":
            done = session and session["status"] == "complete"
            words = "You have already done this." if done else "This page is no longer there."
            return html(410, "Nothing to do here", f"<p>{words}</p>")
        number, bank = form.get("card", ""), form.get("bank", "")
        if method == "GET" or number not in CARDS:
            return checkout_page(session)
        if CARDS[number].asks_bank and not bank:
            return bank_page(number)
        if declined := self.use_page(id, session["mode"], number, bank != "refuse"):
            return checkout_page(session, DECLINES[declined][1])
        return go(session["success_url"].replace("{CHECKOUT_SESSION_ID}", id))

    # Helpers

    def onboarding(self, method, token, form):
        """The hosted page on which a helper answers Stripe's questions. Its address is good for one visit."""
        link = self.links.get(token)
        if not link:
            return html(404, "No such page", "<p>There is nothing here.</p>")
        if link["left"] or link["expires"] < time.time() or (method == "GET" and link["visited"]):
            return go(link["refresh_url"])
        if method == "GET":
            link["visited"] = True
            return onboarding_page(self.accounts[link["account"]])
        link["left"] = True
        if form.get("do") == "finish":
            self.onboard(link["account"])
        return go(link["return_url"])

    def onboard(self, account):
        """The helper answered all questions: transfers can be made to the account."""
        with self.lock:
            stripe_transfers(self.accounts[account]).update(status="active", status_details=[])
            self.accounts[account]["requirements"]["entries"] = []

    def deauthorise(self, account):
        """The account is no longer ours to use."""
        with self.about(self.accounts[account]):
            self.deauthorised.add(account)
            self.happened("account.application.deauthorized", {"id": "ca_golem", "object": "application"}, account)

    def withdraw(self, account):
        """The helper has taken all the money out."""
        with self.lock:
            taken = self.balance_of(account)
            self.withdrawn[account] = self.withdrawn.get(account, 0) + taken
            return taken

    def payout_failed(self, account):
        """What the helper took out came back, because the bank would not have it."""
        with self.about(self.accounts[account]):
            amount = self.withdrawn.pop(account, 0)
            payout = {"id": f"po_{secrets.token_hex(10)}", "object": "payout", "amount": amount, "status": "failed"}
            self.happened("payout.failed", {**payout, "currency": self.currency}, account)

    # The seeker's bank, and organizers in the Dashboard

    def dispute(self, id, amount=None):
        """The bank takes a payment back, and Stripe a fee. `id` is the charge's or the intent's."""
        charge = self.charge_of(id)
        with self.about(charge):
            dispute = self.new(
                self.disputes, "du", "dispute",
                amount=amount or charge["amount"], currency=charge["currency"], charge=charge["id"],
                payment_intent=charge["payment_intent"], status="needs_response", reason="fraudulent", metadata={},
            )  # fmt: skip
            taken = self.moved("adjustment", dispute, -dispute["amount"], DISPUTE_FEE)
            dispute["balance_transactions"] = [taken]
            charge["disputed"] = True
            self.happened("charge.dispute.created", dispute)
            self.happened("charge.dispute.funds_withdrawn", dispute)
            return dispute["id"]

    def close_dispute(self, id, won):
        """The bank has decided. Won, the amount comes back without the fee."""
        dispute = self.disputes[id]
        with self.about(dispute):
            dispute["status"] = "won" if won else "lost"
            if won:
                dispute["balance_transactions"].append(self.moved("adjustment", dispute, dispute["amount"]))
                self.happened("charge.dispute.funds_reinstated", dispute)
            self.happened("charge.dispute.closed", dispute)

    def refund_in_dashboard(self, id, amount=None):
        charge = self.charge_of(id)
        with self.about(charge):
            return self.give_back(charge, amount, {})["id"]

    def fail_refund(self, id):
        """The seeker's bank did not take a refund: the money is back on the community's balance."""
        refund = self.refunds[id]
        charge = self.charges[refund["charge"]]
        with self.about(refund):
            refund.update(status="failed", failure_reason="expired_or_canceled_card")
            refund["failure_balance_transaction"] = self.moved("refund_failure", refund, refund["amount"])["id"]
            charge["amount_refunded"] -= refund["amount"]
            charge["refunded"] = False
            self.happened("refund.updated", refund)
            self.happened("refund.failed", refund)

    def charge_of(self, id):
        return self.charges[self.intents[id]["latest_charge"] if id in self.intents else id]


class FakeStripe(Pages):
    """The whole of it behind an address of its own: the door, the keys, the faults and the webhooks.

    The stripe package asks up to three times where a connection breaks or the answer is 409 or 5xx. So a fault of
    `times=1` is mended before Golem hears of it, and `times=3` gets through. 429 and 500 get through at once.
    """

    key = "sk_test_golem"
    webhook_secret = "whsec_golem"

    def __init__(self, port=0, currency="CAD", country="CA", webhooks=""):
        super().__init__(currency, country)
        self.webhooks = webhooks
        self.keys, self.connect, self.down, self.delay = {self.key}, True, False, 0
        self.before, self.after, self.faults, self.kept = {}, {}, [], {}
        self.asked, self.violations = [], []
        self.stopped = threading.Event()
        self.server = Server(("127.0.0.1", port), Door)
        self.server.fake = self
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        threading.Thread(target=self.post_events, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.outbox.put(None)
        self.server.shutdown()
        self.server.server_close()

    # Controls

    def fail(self, step, how, times=1):
        """The next requests of this step, or of "any", fail.

        drop  nothing is done, and the line breaks          429, 503, 409  nothing is done, and nothing remembered
        lost  it is done, and the line breaks then          500            nothing is done, and the key remembers it
        """
        assert how in ("drop", "lost", "500", *PASSING), how
        self.faults.append([step, how, times])

    def count(self, step):
        """How often this was asked for, repetitions included."""
        return sum(asked.step == step for asked in self.asked)

    def forget_keys(self):
        """Idempotency keys are forgotten, as Stripe does after a day."""
        with self.lock:
            self.kept.clear()

    def signed(self, event, at=None, secret=None):
        """The body of a webhook and its signature."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        at = int(time.time() if at is None else at)
        signature = hmac.new((secret or self.webhook_secret).encode(), b"%d.%s" % (at, body), hashlib.sha256)
        return body, f"t={at},v1={signature.hexdigest()}"

    def deliver(self, event, url):
        """Posts an event, and tells the status of the answer."""
        body, signature = self.signed(event)
        headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature}
        line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
        try:
            line.request("POST", urlsplit(url).path or "/", body, headers)
            answer = line.getresponse()
            answer.read()
            return answer.status
        finally:
            line.close()

    def post_events(self):
        """Posts every event in turn while the fake runs, three times each where nobody takes it."""
        for event in iter(self.outbox.get, None):
            for pause in (0, 1, 3):
                if self.stopped.wait(pause):
                    return
                try:
                    if self.deliver(event, self.webhooks) < 300:
                        break
                except (OSError, http.client.HTTPException):
                    continue

    # The door

    def serve(self, method, address, headers, body):
        """What comes back: an Answer, or None where the line breaks."""
        path, query = urlsplit(address).path, urlsplit(address).query
        room, _, rest = path.strip("/").partition("/")
        if room in ("pay", "onboard"):
            page = self.checkout if room == "pay" else self.onboarding
            with self.lock:
                return page(method, rest, dict(parse_qsl(body.decode())))
        asks_json = headers.get("Content-Type", "").startswith("application/json")
        params = json.loads(body or b"{}") if asks_json else nested(parse_qsl(query or body.decode(), True))
        secret = headers.get("Authorization", "").removeprefix("Bearer ")
        return self.answer(method, path, params, secret, headers.get("Idempotency-Key", ""))

    def answer(self, method, path, params, secret, key):
        step, call, ids, shape = self.route(method, path, params)
        asked = Asked(step, path, params, key)
        with self.lock:
            self.asked.append(asked)
            fault = self.next_fault(step)
        if fault == "drop":
            return None
        if fault in PASSING:
            return PASSING[fault]
        if problem := self.turned_away(method, path, secret):
            return failure(problem)
        answer = self.once(asked, call, ids, shape, "_live_" in secret, fault)
        return None if fault == "lost" else answer

    def route(self, method, path, params):
        for verb, pattern, step, name, shape in ROUTES:
            found = re.fullmatch(pattern.replace(":id", r"(\w+)"), path)
            if verb == method and found:
                step = step or ("save_card" if params.get("mode") == "setup" else "pay_page")
                return step, getattr(self, name), found.groups(), shape
        return "unknown", None, (), ""

    def next_fault(self, step):
        for fault in self.faults:
            if fault[0] in (step, "any") and fault[2] > 0:
                fault[2] -= 1
                return fault[1]
        return ""

    def turned_away(self, method, path, secret):
        if secret not in self.keys:
            return Refusal(401, f"Invalid API Key provided: {secret[:8]}***")
        if path.startswith("/v2/") and not self.connect:
            return Refusal(403, "You have to sign up for Connect first.", code="connect_not_enabled")
        return None

    def once(self, asked, call, ids, shape, live, fault):
        """Does it, unless this key has done it already, or is doing it."""
        slot = (live, asked.key)
        if asked.key:
            with self.lock:
                kept = self.kept.get(slot)
                if kept and kept.at > time.time() - DAY:
                    return replayed(kept, asked)
                self.kept[slot] = Kept(asked.path, asked.params, time.time())
        answer, remember = None, False
        try:
            self.before.get(asked.step, lambda asked: None)(asked)
            answer, remember = self.carry_out(asked, call, ids, shape, live, fault)
            self.after.get(asked.step, lambda asked: None)(asked)
            time.sleep(self.delay)
        finally:
            with self.lock:
                if asked.key and remember:
                    self.kept[slot] = Kept(asked.path, asked.params, time.time(), answer)
                elif asked.key:
                    self.kept.pop(slot, None)
        return answer

    def carry_out(self, asked, call, ids, shape, live, fault):
        """The answer, and whether the key remembers it: not where nothing was begun."""
        with self.about(live):
            self.tidy()
            try:
                params = self.checked(asked, shape)
            except Refusal as problem:
                self.violations.append((asked, problem.error))
                return failure(problem), False
            if fault == "500":
                return BROKEN, True
            try:
                found = deepcopy(call(asked._replace(params=params), *ids))
                for path in params.get("expand", []):
                    self.expand(found, path)
            except Refusal as problem:
                return failure(problem), True
            except Exception:  # The fake itself is wrong: the tests have to hear of it.
                self.violations.append((asked, traceback.format_exc()))
                return BROKEN, True
            return Answer(200, json.dumps(found).encode()), True

    def checked(self, asked, shape):
        """The parameters in their types, as the stripe package describes them, within Stripe's limits."""
        if not shape:
            raise Refusal(404, f"Unrecognized request URL ({asked.path}).", code="url_invalid")
        try:
            params = rules(shape).validate_python(asked.params)
        except ValidationError as problem:
            wrong = min(problem.errors(), key=lambda one: list(WRONG).index(one["type"]) if one["type"] in WRONG else 9)
            param = ".".join(map(str, wrong["loc"]))
            code = WRONG.get(wrong["type"], "parameter_invalid")
            raise Refusal(400, f"{wrong['msg']}: {param}", code=code, param=param) from problem
        check_limits(params)
        return params


class Server(ThreadingHTTPServer):
    request_queue_size = 64

    def verify_request(self, request, client_address):
        return not self.fake.down

    def handle_error(self, request, client_address):
        """Clients that are killed, or tired of waiting, are nothing to write about."""


class Door(BaseHTTPRequestHandler):
    """HTTP/1.0: one connection for one request, so that a broken line breaks nothing else."""

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self.server.fake.serve(self.command, self.path, self.headers, body)
        if answer is None:
            return
        headers = {"Content-Type": "application/json", "Request-Id": f"req_{secrets.token_hex(6)}", **answer.headers}
        self.send_response(answer.status)
        for name, value in {**headers, "Content-Length": len(answer.body)}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = serve

    def log_message(self, *_):
        pass


# Answers


def failure(problem, **headers):
    return Answer(problem.status, json.dumps({"error": problem.error}).encode(), headers)


def replayed(kept, asked):
    if (kept.path, kept.params) != (asked.path, asked.params):
        return failure(Refusal(400, "Keys can only be used with the same parameters.", type="idempotency_error"))
    if not kept.answer:
        words = "There is currently another in-progress request using this Idempotent Key."
        return failure(Refusal(409, words, type="idempotency_error", code="idempotency_key_in_use"))
    return kept.answer._replace(headers={**kept.answer.headers, "Idempotent-Replayed": "true"})


PASSING = {
    "429": failure(Refusal(429, "Too many requests.", code="rate_limit")),
    "503": failure(Refusal(503, "Stripe is not there for you.", type="api_error")),
    "409": failure(Refusal(409, "The object is locked by another request.", code="lock_timeout")),
}
BROKEN = failure(Refusal(500, "An unknown error occurred.", type="api_error"), **{"Stripe-Should-Retry": "false"})


def card_error(declined):
    code, message = DECLINES[declined]
    return {"type": "card_error", "code": code, "decline_code": declined, "message": message}


def unexpected_state(intent, why):
    code = "payment_intent_unexpected_state"
    return Refusal(400, f"You cannot cancel this PaymentIntent. {why}", code=code, payment_intent=deepcopy(intent))


def no_access(account):
    words = f"The key does not have access to account '{account}'. Application access may have been revoked."
    return Refusal(403, words, code="account_invalid")


def stripe_transfers(account):
    return account["configuration"]["recipient"]["capabilities"]["stripe_balance"]["stripe_transfers"]


def fee_for(amount, currency):
    """Stripe's own fee."""
    return round(amount * 0.036) if currency in ZERO_DECIMAL else round(amount * 0.029) + 30


def iso(seconds):
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


# Parameters


def nested(pairs):
    """a[b][0]=c as {"a": {"b": ["c"]}}"""
    found = {}
    for name, value in pairs:
        *rooms, last = re.findall(r"[^\[\]]+", name)
        place = found
        for room in rooms:
            place = place.setdefault(room, {})
        place[last] = value
    return with_lists(found)


def with_lists(found):
    if not isinstance(found, dict):
        return found
    if found and all(name.isdigit() for name in found):
        return [with_lists(value) for value in found.values()]
    return {name: with_lists(value) for name, value in found.items()}


@cache
def rules(name):
    """Checks parameters as one of the stripe package's TypedDicts describes them."""
    room, _, shape = name.rpartition(".")
    return TypeAdapter(closed(getattr(importlib.import_module(f"stripe.params.{room}".rstrip(".")), shape)))


@cache
def closed(hint):
    """The same type with nothing in it that is not named, and where words are listed, no other words."""
    if is_typeddict(hint):
        shape = TypedDict(hint.__name__, {name: closed(field) for name, field in fields(hint).items()})
        shape.__pydantic_config__ = ConfigDict(extra="forbid")
        return shape
    kind, inside = get_origin(hint), get_args(hint)
    if kind in (Union, types.UnionType):
        return closed_union(inside)
    if kind in (Required, NotRequired, list, dict):
        return kind[tuple(closed(one) for one in inside)] if len(inside) > 1 else kind[closed(inside[0])]
    return hint


def closed_union(inside):
    """Stripe's listed words are annotated as `Literal[…] | str`, for those that later versions bring: refuse these."""
    inside = [one for one in inside if getattr(get_origin(one), "__name__", "") != "UntypedStripeObject"]
    listed = any(get_origin(one) is Literal and any(get_args(one)) for one in inside)
    return Union[tuple(closed(one) for one in inside if not (listed and one is str))]  # noqa: UP007


def fields(shape):
    """The annotations of a TypedDict; those that only tell the package how to ask are left out."""
    from stripe._request_options import RequestOptions

    options = RequestOptions.__annotations__ if RequestOptions in getattr(shape, "__orig_bases__", ()) else {}
    own = {name: hint for name, hint in shape.__annotations__.items() if name not in options}
    holder = type(shape.__name__, (), {"__annotations__": own, "__module__": shape.__module__})
    return get_type_hints(holder, include_extras=True)


def check_limits(value, name="", longest=5000):
    """No text is empty or too long, and addresses are addresses."""
    if isinstance(value, dict):
        for inner, one in value.items():
            check_limits(one, f"{name}[{inner}]" if name else inner, LONGEST.get(inner, longest))
    elif isinstance(value, list):
        for one in value:
            check_limits(one, name, longest)
    elif value == "":
        raise Refusal(400, f"You passed an empty string for '{name}'.", code="parameter_invalid_empty", param=name)
    elif isinstance(value, str) and len(value) > longest:
        raise Refusal(400, f"'{name}' is longer than {longest}.", code="parameter_invalid_string_long", param=name)
    elif name.endswith(("_url", "_url]")) and not urlsplit(value).netloc:
        raise Refusal(400, f"Not a valid URL: {name}", code="url_invalid", param=name)


# Pages


def go(address):
    return Answer(303, b"", {"Location": address})


LOOK = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:2rem auto;padding:0 1rem;color:#1c1c2b}"
    "button{font:inherit;padding:.6rem 1.4rem;border:0;border-radius:.5rem;background:#4b3fd1;color:#fff}"
    "fieldset{border:1px solid #bbb;border-radius:.5rem}label{display:block}[role=alert]{color:#a3211b}"
)


def html(status, title, body):
    """A page that a browser, a screen reader and html5lib can read."""
    text = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{LOOK}</style></head>'
        f"<body><main><p><small>A Stripe that is only played</small></p><h1>{escape(title)}</h1>"
        f"{body}</main></body></html>"
    )
    return Answer(status, text.encode(), {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"})


def checkout_page(session, problem=""):
    saves = session["mode"] == "setup"
    amount = "" if saves else shown(session["amount_total"], session["currency"])
    words = session["custom_text"].get("submit", {}).get("message", "") if saves else session["words"]
    alert = f'<p role="alert">{escape(problem)} Try another card.</p>' if problem else ""
    cards = "".join(
        f'<p><label><input type="radio" name="card" value="{number}"{" checked" if not index else ""}> '
        f"{number} {escape(card.words)}</label></p>"
        for index, (number, card) in enumerate(CARDS.items())
    )
    back = f'<p><a href="{escape(session["cancel_url"])}">Go back</a></p>' if session["cancel_url"] else ""
    return html(
        402 if problem else 200, "Save a card" if saves else f"Pay {amount}",
        f'{alert}<p id="words">{escape(words)}</p><form method="post"><fieldset><legend>Card</legend>{cards}</fieldset>'
        f"<p><button>{'Save card' if saves else f'Pay {amount}'}</button></p></form>{back}",
    )  # fmt: skip


def bank_page(number):
    return html(
        200, "Confirm with your bank",
        '<p>Your bank asks whether this is you.</p><form method="post">'
        f'<input type="hidden" name="card" value="{number}">'
        '<p><button name="bank" value="confirm">Confirm</button> <button name="bank" value="refuse">Refuse</button></p>'
        "</form>",
    )  # fmt: skip


def onboarding_page(account):
    asked = "".join(f"<li>{escape(one['description'])}</li>" for one in account["requirements"]["entries"])
    return html(
        200, "Set up your payouts",
        f'<p>{escape(account.get("display_name", ""))}, Stripe asks for:</p><ul>{asked or "<li>nothing more</li>"}</ul>'
        '<form method="post"><p><button name="do" value="finish">Finish</button> '
        '<button name="do" value="later">Later</button></p></form>',
    )  # fmt: skip


def shown(amount, currency):
    whole = f"{amount:,}" if currency in ZERO_DECIMAL else f"{amount / 100:,.2f}"
    return f"{whole} {currency.upper()}"


def main():
    options = argparse.ArgumentParser(description="A Stripe to click through.")
    options.add_argument("--port", type=int, default=8010)
    options.add_argument("--webhooks", default="")
    options.add_argument("--currency", default="CAD")
    options.add_argument("--country", default="CA")
    with FakeStripe(**vars(options.parse_args())) as fake:
        print(f"{fake.url} takes the key {fake.key} and signs with {fake.webhook_secret}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
