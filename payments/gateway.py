"""The gateway: the one room that speaks to Stripe. Plain values in, plain values out; it reports and decides nothing.

Written for stripe 16.1.0, API 2026-10-28.endive. Facts about Stripe are from https://docs.stripe.com/api.
"""

import json
import logging
import re
import time
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

TIMEOUT = (3.05, 20)  # Seconds to connect and to wait for an answer.
RETRIES = 2
LARGEST_WEBHOOK = 256 * 1024
CLOCK_SKEW = 300  # Seconds by which Stripe's clock and ours may differ.
THIN = "v2.core.event"
CARD = ["card"]

# The smallest charge in minor units: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
SMALLEST_CHARGE = {
    "AED": 200,
    "AUD": 50,
    "BGN": 100,
    "BRL": 50,
    "CAD": 50,
    "CHF": 50,
    "CZK": 1500,
    "DKK": 250,
    "EUR": 50,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17500,
    "INR": 50,
    "JPY": 50,
    "MXN": 1000,
    "MYR": 200,
    "NOK": 300,
    "NZD": 50,
    "PLN": 200,
    "RON": 200,
    "SEK": 300,
    "SGD": 50,
    "THB": 1000,
    "USD": 50,
}


class Answer(NamedTuple):
    """What came of a call: `outcome` is one of

    done     it happened, and `object` tells what is there now
    refused  it did not happen and will not: `code` says why, in Stripe's word
    unknown  it may or may not have happened: ask again with the same key
    shut     Stripe does not let us in with this key
    """

    outcome: str
    object: dict
    code: str = ""


class Gateway:
    """A community's own account at Stripe. Amounts are integer minor units, times are seconds since 1970.

    `webhook_secrets` are the signing secrets of all webhooks that lead here, separated by commas: Stripe has one
    for what happens in the community's account, and another for what happens in its helpers' accounts.
    """

    def __init__(self, key, webhook_secrets="", api_base=""):
        self.key, self.api_base = key, api_base
        self.webhook_secrets = [secret.strip() for secret in webhook_secrets.split(",") if secret.strip()]
        self.live = key.startswith(("sk_live_", "rk_live_"))

    @cached_property
    def api(self):
        import stripe  # Half a second, and only for communities that turned payments on.

        http = stripe.RequestsClient(timeout=TIMEOUT)
        session = http.requests.Session()
        session.get_redirect_target = lambda _answer: None  # Stripe sends nobody on; whoever did would be told a lot.
        stripe.enable_telemetry = False
        logging.getLogger("stripe").setLevel(logging.WARNING)  # It would write down every call.
        return stripe.StripeClient(
            self.key,
            max_network_retries=RETRIES,
            http_client=stripe.RequestsClient(timeout=TIMEOUT, session=session),
            base_addresses={"api": self.api_base} if self.api_base else None,
        )

    def _ask(self, call, read, params, **options):
        """Calls Stripe, and tells apart what happened, what did not, and what nobody knows."""
        import stripe

        try:
            found = call(given(params), options=options) if options else call(given(params))
            return Answer("done", read(found.to_dict()))
        except NotYet as problem:
            return Answer("unknown", {}, str(problem))
        except stripe.AuthenticationError as problem:
            return Answer("shut", {}, problem.code or "wrong_key")
        except stripe.PermissionError as problem:
            code = getattr(problem.error, "code", None) or "forbidden"  # The package fills in `problem.code` elsewhere.
            return Answer("refused" if code == "account_invalid" else "shut", {}, code)
        except stripe.StripeError as problem:
            if problem.http_status in (400, 402, 404) and not isinstance(problem, stripe.RateLimitError):
                return Answer("refused", {}, code_of(problem))
            # Rate limits, 409 and 5xx, a dropped line: nobody knows.
            return Answer("unknown", {}, problem.code or type(problem).__name__)

    # The community's own account

    def check(self, currency):
        """Who we are to Stripe, and whether we may hold accounts for helpers."""
        us = self._ask(lambda params: self.api.v1.accounts.retrieve_current(params), dict, {})
        if us.outcome != "done":
            return us
        connect = self._ask(self.api.v2.core.accounts.list, dict, {"limit": 1})
        if connect.outcome == "unknown":
            return connect
        return Answer(
            "done",
            {
                "account": us.object["id"],
                "country": us.object.get("country") or "",
                "currency": (us.object.get("default_currency") or "").upper(),
                "charges": bool(us.object.get("charges_enabled")),
                "payouts": payout_interval(us.object),
                "connect": connect.outcome == "done",
                "smallest": SMALLEST_CHARGE.get(currency),
                "live": self.live,
            },
        )

    # Saving a card, and paying by link

    def customer(self, *, key, reference, email):
        return self._ask(
            self.api.v1.customers.create,
            only("id"),
            {"email": email, "metadata": {"golem": reference}},
            idempotency_key=key,
        )

    def save_card(self, *, key, reference, customer, words, back, locale):
        """A hosted page on which the card is saved; nothing is charged. `words` stand beside its button."""
        return self._ask(
            self.api.v1.checkout.sessions.create,
            session,
            {
                "mode": "setup",
                "customer": customer,
                "allowed_payment_method_types": CARD,
                "client_reference_id": reference,
                "metadata": {"golem": reference},
                "setup_intent_data": {"metadata": {"golem": reference}},
                "custom_text": {"submit": {"message": words}},
                "success_url": back,
                "cancel_url": back,
                "locale": locale,
            },
            idempotency_key=key,
        )

    def pay_page(self, *, key, reference, customer, amount, currency, words, back, locale):
        """A hosted page on which this amount is paid, with any card."""
        price = {"currency": currency.lower(), "unit_amount": amount, "product_data": {"name": words}}
        return self._ask(
            self.api.v1.checkout.sessions.create,
            session,
            {
                "mode": "payment",
                "customer": customer,
                "adaptive_pricing": {"enabled": False},  # The amount that was agreed, in the currency it was agreed in.
                "allowed_payment_method_types": CARD,
                "client_reference_id": reference,
                "line_items": [{"quantity": 1, "price_data": price}],
                "metadata": {"golem": reference},
                "payment_intent_data": {
                    "capture_method": "automatic",
                    "description": words,
                    "metadata": {"golem": reference},
                    "transfer_group": reference,
                },
                "success_url": back,
                "cancel_url": back,
                "locale": locale,
            },
            idempotency_key=key,
        )

    def session(self, id):
        """How a hosted page stands, with the card that was saved on it."""
        retrieve = lambda params: self.api.v1.checkout.sessions.retrieve(named(id), params)  # noqa: E731
        return self._ask(retrieve, session, {"expand": ["setup_intent.payment_method"]})

    def expire(self, id):
        """The hosted page can no longer be used. Refused where it has been used already."""
        return self._ask(lambda params: self.api.v1.checkout.sessions.expire(named(id), params), session, {})

    # Moving money

    def charge(self, *, key, reference, customer, card, amount, currency, words):
        """The saved card is charged while its owner is elsewhere."""
        return self._ask(
            self.api.v1.payment_intents.create,
            intent,
            {
                "amount": amount,
                "currency": currency.lower(),
                "customer": customer,
                "payment_method": card,
                "allowed_payment_method_types": CARD,
                "capture_method": "automatic",  # The default leaves Stripe's fee open for a while.
                "confirm": True,
                "off_session": True,
                "description": words,
                "metadata": {"golem": reference, "saved_card": "yes"},
                "transfer_group": reference,
            },
            idempotency_key=key,
        )

    def cancel(self, id):
        """An intent that was not paid can no longer be. Refused where it was paid in the meantime."""
        return self._ask(lambda params: self.api.v1.payment_intents.cancel(named(id), params), intent, {})

    def transfer(self, *, key, reference, charge, account, amount, currency):
        """This much of a charge goes to the helper's account."""
        return self._ask(
            self.api.v1.transfers.create,
            only("id"),
            {
                "amount": amount,
                "currency": currency.lower(),
                "destination": account,
                "source_transaction": charge,
                "transfer_group": reference,
                "metadata": {"golem": reference},
            },
            idempotency_key=key,
        )

    def reverse(self, *, key, reference, transfer, amount):
        """What went to the helper's account comes back."""
        create = lambda params, options: self.api.v1.transfers.reversals.create(named(transfer), params, options)  # noqa: E731
        params = {"amount": amount, "metadata": {"golem": reference}}
        return self._ask(create, only("id"), params, idempotency_key=key)

    def refund(self, *, key, reference, intent, amount):
        """The seeker has this much of a payment back."""
        params = {"payment_intent": intent, "amount": amount, "metadata": {"golem": reference}}
        return self._ask(self.api.v1.refunds.create, only("id"), params, idempotency_key=key)

    # Looking

    def facts(self, reference, customer=""):
        """All that Stripe knows of one payment, and every movement of the community's balance that it made.

        Payments are found by their reference alone; with the customer also those attempts that no card was tried for.
        """
        known = {} if customer == "" else {"customer": customer}
        return self._ask(lambda params: Facts(self.api, **params), plain, {"reference": reference, **known})

    def events(self, since):
        """What has happened since that second, oldest first."""
        params = {"limit": 100, "created": {"gte": since}}
        listed = self._ask(lambda params: All(self.api.v1.events.list(params)), plain, params)
        if listed.outcome != "done":
            return listed
        return Answer("done", {"events": [event(one) for one in listed.object["data"]][::-1]})

    def verified_event(self, body, signature):
        """The event in a webhook, or None unless Stripe signed it just now, for us. It may be of the other mode."""
        for secret in self.webhook_secrets:
            with suppress(Exception):  # Crafted input raises more than the package says.
                signed_at = int(re.search(r"(?:^|,)\s*t=(\d{1,12})", signature)[1])
                found = self._read(body, signature, secret)
                json.dumps(found, ensure_ascii=False).encode()  # Half a character cannot be kept.
                if max(signed_at, found["created"]) <= time.time() + CLOCK_SKEW and found["created"] >= 0:
                    return found
        return None

    def _read(self, body, signature, secret):
        """Raises unless it was signed with this secret."""
        if json.loads(body)["object"] == THIN:
            return notification(self.api.parse_event_notification(body, signature, secret, CLOCK_SKEW))
        return event(self.api.construct_event(body, signature, secret, CLOCK_SKEW).to_dict())

    # Helpers' accounts

    def open_account(self, *, key, email, name, country, currency):
        """An account to which transfers can be made, once its owner has answered Stripe's questions.

        Its country is fixed from then on. Without a currency it has that of its country.
        """
        transfers = {"stripe_transfers": {"requested": True}}
        return self._ask(
            self.api.v2.core.accounts.create,
            account,
            {
                "contact_email": email,
                "display_name": name,
                "dashboard": "express",
                "identity": {"country": country.lower()},
                "defaults": {
                    **({"currency": currency.lower()} if currency else {}),
                    "responsibilities": {"fees_collector": "application", "losses_collector": "application"},
                },
                "configuration": {"recipient": {"capabilities": {"stripe_balance": transfers}}},
                "metadata": {"golem": key},
                "include": ["configuration.recipient", "requirements"],
            },
            idempotency_key=key,
        )

    def opened_account(self, key):
        """The account that was opened with this key, however long ago. Refused where there is none."""
        listed = self._ask(lambda params: All(self.api.v2.core.accounts.list(params)), plain, {"limit": 20})
        if listed.outcome != "done":
            return listed
        opened = (one["id"] for one in listed.object["data"] if mark_of(one) == key)
        return self.account(id) if (id := next(opened, None)) else Answer("refused", {}, "not_opened")

    def onboarding(self, id, back, again):
        """A page where the helper answers Stripe's questions: good once, for minutes."""
        steps = {"return_url": back, "refresh_url": again}
        use = {"type": "account_onboarding", "account_onboarding": steps}
        return self._ask(self.api.v2.core.account_links.create, only("url"), {"account": id, "use_case": use})

    def account(self, id):
        """Whether the account can take transfers, what Stripe still asks of its owner, and whether it was closed."""
        retrieve = lambda params: self.api.v2.core.accounts.retrieve(named(id), params)  # noqa: E731
        return self._ask(retrieve, account, {"include": ["configuration.recipient", "requirements"]})


class NotYet(Exception):
    """Stripe knows it, but not all of it."""


class All:
    """Every page of a list, in the shape that one page has."""

    def __init__(self, listed):
        self.data = [found.to_dict() for found in listed.auto_paging_iter()]

    def to_dict(self):
        return {"data": self.data}


class Facts:
    """One payment as Stripe has it. A movement is a signed change of the community's balance, by Stripe's id for it.

    `customer` is the seeker as Stripe knows them; empty where no payment of theirs was ever tried.
    """

    def __init__(self, api, reference, customer=""):
        self.reference, self.customer = reference, customer
        self.intents, self.refunds, self.chargebacks, self.transfers, self.movements = [], [], [], [], []
        for found in self._find_intents(api):
            self._intent(api, found)
        expand = ["data.reversals"]
        for found in All(api.v1.transfers.list({"transfer_group": reference, "limit": 100, "expand": expand})).data:
            self._transfer(api, found)

    def _find_intents(self, api):
        """Newest first: also those of another customer than the one that this database knows, if it knows any."""
        charges = All(api.v1.charges.list({"transfer_group": self.reference, "limit": 100})).data
        self.customer = self.customer or next((one["customer"] for one in charges if one.get("customer")), "")
        found = {}
        if self.customer:
            params = {"customer": self.customer, "limit": 100, "expand": ["data.latest_charge.balance_transaction"]}
            listed = All(api.v1.payment_intents.list(params)).data
            found = {one["id"]: one for one in listed if mark_of(one) == self.reference}
        for id in {charge["payment_intent"]: charge for charge in charges if charge.get("payment_intent")}:
            if id not in found:
                expand = {"expand": ["latest_charge.balance_transaction"]}
                found[id] = api.v1.payment_intents.retrieve(named(id), expand).to_dict()
        return sorted(found.values(), key=lambda one: -one["created"])

    def _intent(self, api, found):
        self.intents.append(intent(found))
        if found["status"] != "succeeded":
            return
        charge, chosen = found["latest_charge"], {"payment_intent": found["id"], "limit": 100}
        paid = charge["balance_transaction"]
        if paid is None:
            raise NotYet("Stripe has not worked out its fee.")
        self._post("charge", charge["id"], paid["amount"], paid, found["id"])
        self._post("fee", paid["id"], -paid["fee"], paid, found["id"])
        expand = ["data.balance_transaction", "data.failure_balance_transaction"]
        for refund in All(api.v1.refunds.list({**chosen, "expand": expand})).data:
            one = {name: refund[name] for name in ("id", "amount", "status")}
            self.refunds.append({**one, "pending": refund.get("pending_reason") or "", "intent": found["id"]})
            for kind, name in (("refund", "balance_transaction"), ("refund_failed", "failure_balance_transaction")):
                if movement := refund.get(name):
                    self._post(kind, movement["id"], movement["net"], movement, found["id"])
        if charge.get("disputed"):
            for dispute in All(api.v1.disputes.list(chosen)).data:
                one = {name: dispute[name] for name in ("id", "amount", "status")}
                due_by = (dispute.get("evidence_details") or {}).get("due_by")
                self.chargebacks.append({**one, "intent": found["id"], "due_by": due_by})
                for movement in dispute["balance_transactions"]:
                    self._post("chargeback", movement["id"], movement["net"], movement, found["id"])

    def _transfer(self, api, found):
        self.transfers.append(
            {
                "id": found["id"],
                "amount": found["amount"],
                "account": found["destination"],
                "reversed": found["amount_reversed"],
                "created": found["created"],
                "there": 0 if found["reversed"] else balance_of(api, found["destination"], found["currency"]),
            }
        )
        self._post("transfer", found["id"], -found["amount"], found, "")
        for back in found["reversals"]["data"]:
            self._post("reversal", back["id"], back["amount"], back, "")

    def _post(self, kind, id, amount, found, intent):
        if amount:
            movement = {"kind": kind, "object": id, "amount": amount, "intent": intent, "at": found["created"]}
            self.movements.append({**movement, "currency": found["currency"].upper()})

    def to_dict(self):
        return vars(self)


def balance_of(api, account, currency):
    """What a helper's account has at Stripe in a currency, in minor units; 0 where we may no longer look."""
    import stripe

    try:
        found = api.v1.balance.retrieve(options={"stripe_account": account}).to_dict()
    except (stripe.InvalidRequestError, stripe.PermissionError):
        return 0
    held = (*found["available"], *found["pending"])
    return max(0, sum(one["amount"] for one in held if one["currency"] == currency))


def given(params):
    """The same, once more: stripe drops None without a word, and then a page saves a card that belongs to nobody."""
    for name, value in params.items() if isinstance(params, dict) else enumerate(params):
        if value is None or value == "":
            raise ValueError(f"Stripe has to be told {name}.")
        if isinstance(value, dict | list):
            given(value)
    return params


def named(id):
    """This id, which goes into an address: without one it would be the address of a whole list."""
    return given({"id": id})["id"]


def code_of(problem):
    """Why it was refused, in Stripe's own word: of a decline its kind, where that says more."""
    error = getattr(problem, "error", None)
    decline = getattr(error, "decline_code", None) if problem.code == "card_declined" else None
    return decline or problem.code or "refused"


def plain(found):
    return found


def mark_of(found):
    """What we wrote on it, so that we find it again: the reference of a payment, or a key; else empty."""
    return (found.get("metadata") or {}).get("golem", "")


def payout_interval(found):
    """How often Stripe pays the balance out by itself: manual (never), daily, weekly or monthly; empty if not told.

    https://docs.stripe.com/api/accounts/object#account_object-settings-payouts-schedule-interval
    """
    payouts = (found.get("settings") or {}).get("payouts") or {}
    return (payouts.get("schedule") or {}).get("interval") or ""


def only(*names):
    return lambda found: {name: found[name] for name in names}


def session(found):
    setup = found.get("setup_intent") or {}
    method = (setup.get("payment_method") if isinstance(setup, dict) else None) or {}
    card = method.get("card") if isinstance(method, dict) else None
    return {
        "id": found["id"],
        "status": found["status"],
        "url": found.get("url") or "",
        "customer": found.get("customer") or "",
        "reference": mark_of(found),
        "card": method["id"] if card else "",
        "card_name": card_name(card),
    }


def intent(found):
    charge = found.get("latest_charge")
    details = (charge.get("payment_method_details") or {}) if isinstance(charge, dict) else {}
    return {
        "id": found["id"],
        "status": found["status"],
        "amount": found["amount"],
        "currency": found["currency"].upper(),
        "charge": (charge["id"] if isinstance(charge, dict) else charge) or "",
        "saved_card": bool((found.get("metadata") or {}).get("saved_card")),
        "card_name": card_name(details.get("card")),
        "created": found["created"],
    }


def card_name(card):
    """`visa 4242`, or nothing where Stripe does not say."""
    return f"{card.get('brand') or ''} {card.get('last4') or ''}".strip() if card else ""


def event(found):
    """What an event is about: the ids of everything by which we may know the payment."""
    about = found["data"]["object"]
    ids = [about.get(name) for name in ("id", "payment_intent", "charge", "transfer", "customer")]
    return {
        "id": found["id"],
        "type": found["type"],
        "live": bool(found["livemode"]),
        "account": found.get("account") or "",
        "created": found["created"],
        "reference": mark_of(about),
        "objects": [id for id in ids if isinstance(id, str)],
    }


def notification(found):
    """What a thin event is about: which helper's account has changed, and not how."""
    about = getattr(found, "related_object", None)
    return {
        "id": found.id,
        "type": found.type,
        "live": found.livemode,
        "account": about.id if about and about.type == "v2.core.account" else "",
        "created": int(datetime.fromisoformat(found.created).timestamp()),
        "reference": "",
        "objects": [about.id] if about else [],
    }


def account(found):
    recipient = (found.get("configuration") or {}).get("recipient") or {}
    balance = (recipient.get("capabilities") or {}).get("stripe_balance") or {}
    asked = ((found.get("requirements") or {}).get("entries")) or []
    return {
        "id": found["id"],
        "ready": (balance.get("stripe_transfers") or {}).get("status") == "active" and not found.get("closed"),
        "closed": bool(found.get("closed")),
        "missing": [one["description"] for one in asked if one.get("awaiting_action_from") == "user"],
    }
