"""Disputes: what the seeker's bank asks, takes, and gives back."""

import time

from .answers import Refusal
from .books import DAY, Books
from .cards import DISPUTE_FEE

ANSWER_WITHIN = 20  # Days.


class Disputes(Books):
    def list_disputes(self, asked):
        return self.listed(self.of_intent(self.disputes, asked), asked)

    def taken_by_bank(self, charge):
        """How much of a charge was lost to the bank. Refused while the bank holds any of it."""
        against = [one for one in self.disputes.values() if one["charge"] == charge["id"]]
        if any(one["status"] in ("needs_response", "under_review") for one in against):
            raise Refusal(400, "Charge has been charged back, and cannot be refunded.", code="charge_disputed")
        return sum(one["amount"] for one in against if one["status"] == "lost")

    # The seeker's bank. A payment is named by its charge or its intent; `amount` is less than all of it where said.

    def dispute(self, id, amount=None):
        """The bank takes a payment back, and Stripe a fee."""
        charge = self.charge_of(id)
        with self.about(charge):
            dispute = self.new_dispute(charge, amount, "needs_response", "fraudulent")
            self.take(dispute)
            return dispute["id"]

    def inquire(self, id, amount=None, days=ANSWER_WITHIN):
        """The bank asks about a payment, wants an answer within so many days, and takes nothing yet."""
        charge = self.charge_of(id)
        with self.about(charge):
            return self.new_dispute(charge, amount, "warning_needs_response", "general", days)["id"]

    def prevent_dispute(self, id, amount=None):
        """The bank would have taken a payment back, and did not: no money moves, and no fee is due."""
        charge = self.charge_of(id)
        with self.about(charge):
            return self.new_dispute(charge, amount, "prevented", "fraudulent")["id"]

    def new_dispute(self, charge, amount, status, reason, days=ANSWER_WITHIN):
        asks = status == "warning_needs_response"
        dispute = self.new(
            self.disputes,
            "du",
            "dispute",
            amount=amount or charge["amount"],
            currency=charge["currency"],
            charge=charge["id"],
            payment_intent=charge["payment_intent"],
            status=status,
            reason=reason,
            metadata={},
            balance_transactions=[],
            is_charge_refundable=asks,
            evidence_details={
                "due_by": int(time.time()) + days * DAY if status.endswith("needs_response") else None,
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
            },
        )
        charge["disputed"] = True
        self.happened("charge.dispute.created", dispute)
        return dispute

    def take(self, dispute):
        taken = self.moved("adjustment", dispute, -dispute["amount"], DISPUTE_FEE)
        dispute["balance_transactions"].append(taken)
        self.happened("charge.dispute.funds_withdrawn", dispute)

    def escalate(self, id):
        """An inquiry was not answered well enough: the bank takes the money."""
        dispute = self.disputes[id]
        with self.about(dispute):
            dispute.update(status="needs_response", is_charge_refundable=False)
            self.happened("charge.dispute.updated", dispute)
            self.take(dispute)

    def answer_bank(self, id):
        """An organizer sends evidence in the Dashboard: now the bank is looking at it."""
        dispute = self.disputes[id]
        with self.about(dispute):
            dispute["status"] = dispute["status"].replace("needs_response", "under_review")
            dispute["evidence_details"].update(has_evidence=True, submission_count=1)
            self.happened("charge.dispute.updated", dispute)

    def close_inquiry(self, id):
        """The bank asks no more. Nothing was taken."""
        dispute = self.disputes[id]
        with self.about(dispute):
            dispute["status"] = "warning_closed"
            self.happened("charge.dispute.closed", dispute)

    def close_dispute(self, id, won):
        """The bank has decided. Won, the amount comes back without the fee."""
        dispute = self.disputes[id]
        with self.about(dispute):
            dispute["status"] = "won" if won else "lost"
            if won:
                dispute["balance_transactions"].append(self.moved("adjustment", dispute, dispute["amount"]))
                self.happened("charge.dispute.funds_reinstated", dispute)
            self.happened("charge.dispute.closed", dispute)
