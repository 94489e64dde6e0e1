"""What Stripe shows of one payment, read the way the rules ask about it."""

from dataclasses import dataclass
from functools import cached_property

WAITING_REFUNDS = ("pending", "requires_action")  # Asked for, and nothing has gone yet.
OPEN_INTENTS = ("requires_payment_method", "requires_confirmation", "requires_action")
# A dispute by which the bank only asks, for now; one by which it has the money; one by which it will keep it.
UNANSWERED = "warning_needs_response"
INQUIRIES = (UNANSWERED, "warning_under_review")
OPEN_DISPUTES = ("needs_response", "under_review")
LOST = "lost"
TAKEN = (*OPEN_DISPUTES, LOST)


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

    @cached_property
    def paid(self):
        return [intent for intent in self.intents if intent["status"] == "succeeded"]

    @cached_property
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

    # What went back to the payer

    @property
    def waits_for_balance(self):
        """Whether a refund waits at Stripe until the community's balance can cover it."""
        return any(one["status"] == "pending" and one.get("pending") == "insufficient_funds" for one in self.refunds)

    @property
    def failed_refunds(self):
        return [one for one in self.refunds if one["status"] not in (*WAITING_REFUNDS, "succeeded")]

    @property
    def waiting_refunds(self):
        return [one for one in self.refunds if one["status"] in WAITING_REFUNDS]

    def given_back(self, intent):
        """What of this intent has gone back."""
        return _sum(self.refunds, intent, ("succeeded",))

    def on_its_way_back(self, intent):
        """What was asked to go back, and has not gone yet: Stripe waits for money on the community's balance."""
        return _sum(self.refunds, intent, WAITING_REFUNDS)

    def asked_back(self, intent):
        return self.given_back(intent) + self.on_its_way_back(intent)

    # The payer's bank

    def chargeback(self, intent):
        """The dispute by which the bank has taken this intent back for now, or all of it for good; None otherwise.

        A part that was lost for good leaves the rest of the payment free.
        """
        mine = [one for one in self.chargebacks if one["intent"] == intent["id"]]
        held = [one for one in mine if one["status"] in OPEN_DISPUTES]
        kept = [one for one in mine if one["status"] == LOST and self.lost(intent) >= intent["amount"]]
        return next(iter(held + kept), None)

    def lost(self, intent):
        """What the bank has taken of this intent for good."""
        return _sum(self.chargebacks, intent, (LOST,))

    def taken(self, intent):
        """What the bank has of this intent at the moment."""
        return _sum(self.chargebacks, intent, TAKEN)

    @property
    def taken_back(self):
        """The disputes by which the bank has money at the moment: none that were won, prevented, or only asked."""
        return [one for one in self.chargebacks if one["status"] in TAKEN]

    def inquiry(self, intent):
        """The bank's question about this intent that is still open, or None: nothing has been taken."""
        return next((one for one in self.inquiries if one["intent"] == intent["id"]), None)

    @property
    def inquiries(self):
        return [one for one in self.chargebacks if one["status"] in INQUIRIES]

    def disputed(self, intent):
        """Whether the bank has ever taken this intent back, though it may have been won since."""
        return any(one["intent"] == intent["id"] for one in self.chargebacks if one["status"] in (*TAKEN, "won"))

    def won(self, intent):
        """Whether the bank has given back what it had taken of this intent."""
        return any(one["intent"] == intent["id"] for one in self.chargebacks if one["status"] == "won")

    def left(self, intent):
        """What could be given back of this intent; nothing while the bank has taken it."""
        free = intent["amount"] - self.asked_back(intent) - self.lost(intent)
        return 0 if self.chargeback(intent) else max(0, free)

    def is_all_back(self, intent):
        """Whether all of it has gone back, the last of it by a refund that is not merely waiting."""
        back = self.given_back(intent)
        return bool(back) and back + self.lost(intent) >= intent["amount"]

    # What went on to the helper

    def reversible(self, transfer):
        """What could come back of this transfer: what has not yet, as far as the helper's account has it."""
        return min(transfer["amount"] - transfer["reversed"], transfer.get("there", 0))

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
        """What the payment that counts has brought, less Stripe's fee and all that has gone or goes back of it."""
        if not (payment := self.payment):
            return 0
        mine = (one for one in self.movements if one["intent"] == payment["id"] and one["kind"] in ("charge", "fee"))
        return sum(one["amount"] for one in mine) - self.asked_back(payment) - self.taken(payment)


def _sum(found, intent, statuses):
    return sum(one["amount"] for one in found if one["intent"] == intent["id"] and one["status"] in statuses)
