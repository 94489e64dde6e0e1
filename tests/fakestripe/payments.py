"""PaymentIntents, the charges that they lead to, and refunds of these."""

from copy import deepcopy

from .answers import Refusal
from .books import SETTLES_IN, Books
from .cards import CARDS, LARGEST_CHARGE, READY_MADE, SMALLEST_CHARGE, card_error, fee_for


class Payments(Books):
    def check_amount(self, amount, currency):
        if amount < SMALLEST_CHARGE.get(currency, 50):
            raise Refusal(400, "Amount must convert to at least 50 cents.", code="amount_too_small", param="amount")
        if amount > LARGEST_CHARGE:
            raise Refusal(400, "Amount must be no more than 999,999.99.", code="amount_too_large", param="amount")

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
                400,
                f"The customer does not have a payment method with the ID {id}.",
                code="resource_missing",
                param="payment_method",
            )
        return method

    def new_intent(self, customer, params):
        return self.new(
            self.intents,
            "pi",
            "payment_intent",
            amount=params["amount"],
            currency=params["currency"],
            customer=customer,
            status="requires_payment_method",
            capture_method=params.get("capture_method", "automatic_async"),
            description=params.get("description"),
            metadata=params.get("metadata", {}),
            transfer_group=params.get("transfer_group"),
            payment_method=None,
            latest_charge=None,
            last_payment_error=None,
        )

    def pay_intent(self, intent, method, declined):
        """One attempt with one card: it is paid, or waits for another one."""
        charge = self.new(
            self.declines if declined else self.charges,
            "ch",
            "charge",
            **{name: intent[name] for name in ("amount", "currency", "customer", "description", "transfer_group")},
            metadata=dict(intent["metadata"]),
            payment_intent=intent["id"],
            payment_method=method["id"],
            status="failed" if declined else "succeeded",
            paid=not declined,
            amount_refunded=0,
            refunded=False,
            disputed=False,
            balance_transaction=None,
            payment_method_details={"type": "card", "card": method["card"]},
        )
        intent["latest_charge"] = charge["id"]
        if declined:
            intent.update(status="requires_payment_method", last_payment_error=card_error(declined))
            self.happened("payment_intent.payment_failed", intent)
            return
        fee, settles = fee_for(intent["amount"], intent["currency"]), self.now() + SETTLES_IN
        paid = self.moved("charge", charge, intent["amount"], fee, settles)
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

    def retrieve_intent(self, asked, id):
        return self.find(id, "payment_intent")

    def list_charges(self, asked):
        """Also those that were declined."""
        group = asked.params.get("transfer_group")
        charges = [*self.declines.values(), *self.charges.values()]
        charges.sort(key=lambda one: list(self.objects).index(one["id"]))
        return self.listed([one for one in charges if group in (None, one["transfer_group"])], asked)

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

    # Refunds

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
        if not left:
            raise Refusal(400, "Charge has already been refunded.", code="charge_already_refunded")
        left -= self.taken_by_bank(charge)
        if left <= 0:
            raise Refusal(400, "Charge has been charged back, and cannot be refunded.", code="charge_disputed")
        amount = left if amount is None else amount
        if not 0 < amount <= left:
            raise Refusal(400, f"Refund amount is greater than what is left of the charge ({left}).", param="amount")
        refund = self.new(
            self.refunds,
            "re",
            "refund",
            amount=amount,
            currency=charge["currency"],
            charge=charge["id"],
            payment_intent=charge["payment_intent"],
            status="pending",
            pending_reason="insufficient_funds",
            metadata=metadata,
            balance_transaction=None,
            failure_balance_transaction=None,
        )
        if amount <= self.available:
            self.send_refund(refund)
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self.happened("refund.created", refund)
        self.happened("charge.refunded", charge)
        return refund

    def send_refund(self, refund):
        refund.update(status="succeeded", pending_reason=None)
        refund["balance_transaction"] = self.moved("refund", refund, -refund["amount"])["id"]

    def send_waiting_refunds(self):
        """Refunds that found the balance empty go out, the oldest first, as far as there is money now."""
        for refund in self.refunds.values():
            if refund["status"] != "pending":
                continue
            if refund["amount"] > self.available:
                return
            with self.about(refund):
                self.send_refund(refund)
                self.happened("refund.updated", refund)

    def list_refunds(self, asked):
        return self.listed(self.of_intent(self.refunds, asked), asked)

    def of_intent(self, shelf, asked):
        if intent := asked.params.get("payment_intent"):
            self.find(intent, "payment_intent", "payment_intent")
        return [one for one in shelf.values() if intent in (None, one["payment_intent"])]

    def refund_in_dashboard(self, id, amount=None):
        charge = self.charge_of(id)
        with self.about(charge):
            return self.give_back(charge, amount, {})["id"]

    def fail_refund(self, id):
        """The seeker's bank did not take a refund: the money is back on the community's balance."""
        refund = self.refunds[id]
        charge = self.charges[refund["charge"]]
        with self.about(refund):
            refund.update(status="failed", pending_reason=None, failure_reason="expired_or_canceled_card")
            if refund["balance_transaction"]:
                refund["failure_balance_transaction"] = self.moved("refund_failure", refund, refund["amount"])["id"]
            charge["amount_refunded"] -= refund["amount"]
            charge["refunded"] = False
            self.happened("refund.updated", refund)
            self.happened("refund.failed", refund)

    def charge_of(self, id):
        return self.charges[self.intents[id]["latest_charge"] if id in self.intents else id]


def unexpected_state(intent, why):
    code = "payment_intent_unexpected_state"
    return Refusal(400, f"You cannot cancel this PaymentIntent. {why}", code=code, payment_intent=deepcopy(intent))
