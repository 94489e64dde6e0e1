"""What Stripe shows of one payment, read the way the rules ask about it."""

from dataclasses import dataclass

COUNTED_REFUNDS = ("pending", "requires_action", "succeeded")
OPEN_INTENTS = ("requires_payment_method", "requires_confirmation", "requires_action")
INQUIRY = "warning_"
CHARGEBACK_OVER = ("won", "warning_closed", "prevented")


@dataclass(frozen=True)
class StripeFacts:
    """The facts that the gateway reports; `chosen` is the intent that counts, where one was chosen before.

    Amounts are minor units. Nothing in it changes: whoever has newer facts makes another.
    """

    intents: tuple = ()
    refunds: tuple = ()
    chargebacks: tuple = ()
    transfers: tuple = ()
    movements: tuple = ()
    chosen: str = ""

    @classmethod
    def of(cls, facts, chosen=""):
        """The view of facts as they are kept with a pledge; of none where Stripe was never asked."""
        names = ("intents", "refunds", "chargebacks", "transfers", "movements")
        return cls(**{name: tuple((facts or {}).get(name, ())) for name in names}, chosen=chosen)

    @property
    def paid(self):
        return [intent for intent in self.intents if intent["status"] == "succeeded"]

    @property
    def payment(self):
        """The payment that counts: the one that was chosen before, else the first; None where nothing was paid."""
        order = lambda intent: (intent["id"] != self.chosen, intent["created"], intent["id"])  # noqa: E731
        return min(self.paid, key=order, default=None)

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
    def proceeds(self):
        """What the payment that counts has brought to the community's balance, before anything went on."""
        kinds = ("charge", "fee", "refund", "refund_failed")
        mine = (one for one in self.movements if self.payment and one["intent"] == self.payment["id"])
        return sum(one["amount"] for one in mine if one["kind"] in kinds)
