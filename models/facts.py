"""What Stripe shows of one payment, read the way the rules ask about it."""

COUNTED_REFUNDS = ("pending", "requires_action", "succeeded")
OPEN_INTENTS = ("requires_payment_method", "requires_confirmation", "requires_action")
INQUIRY = "warning_"
CHARGEBACK_OVER = ("won", "warning_closed", "prevented")


class StripeFacts:
    """The facts that `payments.Stripe.facts` reports; `chosen` is the intent that counts, where one was chosen before.

    Amounts are minor units.
    """

    def __init__(self, facts, chosen=""):
        facts = facts or {}
        self.intents = facts.get("intents", [])
        self.refunds = facts.get("refunds", [])
        self.chargebacks = facts.get("chargebacks", [])
        self.transfers = facts.get("transfers", [])
        self.movements = facts.get("movements", [])
        paid = sorted(self.paid, key=lambda intent: (intent["id"] != chosen, intent["created"], intent["id"]))
        self.payment = paid[0] if paid else None

    @property
    def paid(self):
        return [intent for intent in self.intents if intent["status"] == "succeeded"]

    @property
    def leftover(self):
        """Attempts on the saved card that came to nothing and could still be paid."""
        return [one for one in self.intents if one["status"] in OPEN_INTENTS and one["saved_card"]]

    @property
    def wants_confirmation(self):
        return any(one["status"] == "requires_action" for one in self.leftover)

    def refunded(self, intent):
        back = (one["amount"] for one in self.refunds if one["intent"] == intent["id"])
        return sum(back) - sum(one["amount"] for one in self.failed_refunds if one["intent"] == intent["id"])

    @property
    def waits_for_balance(self):
        """Whether a refund waits at Stripe until the community's balance can cover it."""
        return any(one["status"] == "pending" and one.get("pending") == "insufficient_funds" for one in self.refunds)

    @property
    def failed_refunds(self):
        return [one for one in self.refunds if one["status"] not in COUNTED_REFUNDS]

    def chargeback(self, intent):
        """The newest dispute by which the bank took this intent back, and which has not ended well; or None."""
        return next((one for one in self._against(intent) if not one["status"].startswith(INQUIRY)), None)

    def inquiry(self, intent):
        """The bank's question about this intent that is still open, or None: nothing has been taken."""
        return next((one for one in self._against(intent) if one["status"].startswith(INQUIRY)), None)

    def _against(self, intent):
        mine = [one for one in self.chargebacks if one["intent"] == intent["id"]]
        return [one for one in mine if one["status"] not in CHARGEBACK_OVER]

    def disputed(self, intent):
        """Whether the payer's bank has ever asked for this intent back."""
        return any(one["intent"] == intent["id"] for one in self.chargebacks)

    def left(self, intent):
        """What could be given back of this intent; nothing while the bank has taken or asks for it."""
        return 0 if self.chargeback(intent) else intent["amount"] - self.refunded(intent)

    @property
    def with_helper(self):
        """What has gone to the helper and not come back."""
        return sum(one["amount"] - one["reversed"] for one in self.transfers)

    @property
    def balances(self):
        """What this payment has left on the community's balance by what Stripe shows, by currency."""
        sums = {}
        for one in self.movements:
            sums[one["currency"]] = sums.get(one["currency"], 0) + one["amount"]
        return sums

    @property
    def proceeds(self):
        """What the payment that counts has brought to the community's balance, before anything went on."""
        kinds = ("charge", "fee", "refund", "refund_failed")
        mine = (one for one in self.movements if self.payment and one["intent"] == self.payment["id"])
        return sum(one["amount"] for one in mine if one["kind"] in kinds)
