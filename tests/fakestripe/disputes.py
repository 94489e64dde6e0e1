"""Disputes: what the seeker's bank asks, takes, and gives back."""

from .books import Books
from .cards import DISPUTE_FEE


class Disputes(Books):
    def list_disputes(self, asked):
        return self.listed(self.of_intent(self.disputes, asked), asked)

    def dispute(self, id, amount=None):
        """The bank takes a payment back, and Stripe a fee. `id` is the charge's or the intent's."""
        charge = self.charge_of(id)
        with self.about(charge):
            dispute = self.new(
                self.disputes,
                "du",
                "dispute",
                amount=amount or charge["amount"],
                currency=charge["currency"],
                charge=charge["id"],
                payment_intent=charge["payment_intent"],
                status="needs_response",
                reason="fraudulent",
                metadata={},
            )
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
