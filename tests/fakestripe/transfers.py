"""What goes from the community to its helpers, and back."""

import secrets

from .accounts import stripe_transfers
from .answers import Refusal
from .books import DAY, Books
from .cards import fee_for

ARRIVES_IN = DAY


class Transfers(Books):
    reverses_pending = True  # Stripe's guides ask for an available balance, its reference for "enough balance".

    def create_transfer(self, asked):
        params = asked.params
        account = self.usable_account(params["destination"], "destination")
        if stripe_transfers(account)["status"] != "active":
            words = "Your destination account needs to have the stripe_transfers capability."
            raise Refusal(400, words, code="insufficient_capabilities_for_transfer", param="destination")
        settles = self.check_source(params)
        transfer = self.new(
            self.transfers,
            "tr",
            "transfer",
            amount=params["amount"],
            amount_reversed=0,
            reversed=False,
            currency=params["currency"],
            destination=account["id"],
            source_transaction=params.get("source_transaction"),
            transfer_group=params.get("transfer_group"),
            metadata=params.get("metadata", {}),
        )
        url = f"/v1/transfers/{transfer['id']}/reversals"
        transfer["reversals"] = {"object": "list", "url": url, "has_more": False, "data": []}
        transfer["balance_transaction"] = self.moved("transfer", transfer, -transfer["amount"], 0, settles)["id"]
        self.arrivals[transfer["id"]] = settles + ARRIVES_IN
        self.happened("transfer.created", transfer)
        return transfer

    def check_source(self, params):
        """When the money that a transfer takes is there: it draws on its charge where it names one that has to settle.

        Refused where the charge, or the balance from which money that has settled is taken, does not have that much.
        """
        left, settles, source = self.available, self.now(), params.get("source_transaction")
        if source:
            charge = self.find(source, "charge", "source_transaction")
            if charge["currency"] != params["currency"]:
                raise Refusal(400, "The currency must be that of source_transaction.", param="currency")
            taken = (one for one in self.transfers.values() if one["source_transaction"] == source)
            of_charge = charge["amount"] - fee_for(charge["amount"], charge["currency"]) - charge["amount_refunded"]
            of_charge -= sum(one["amount"] - one["amount_reversed"] for one in taken)
            paid = next(one for one in self.transactions.values() if one["source"] == source)
            left = min(left, of_charge) if self.is_settled(paid) else of_charge
            settles = max(settles, paid["available_on"])
        if params["amount"] < 1 or params["amount"] > left:
            raise Refusal(400, "Insufficient funds for this transfer.", code="balance_insufficient", param="amount")
        return settles

    def list_transfers(self, asked):
        group, account = asked.params.get("transfer_group"), asked.params.get("destination")
        chosen = [one for one in self.transfers.values() if group in (None, one["transfer_group"])]
        return self.listed([one for one in chosen if account in (None, one["destination"])], asked)

    def create_reversal(self, asked, id):
        transfer = self.find(id, "transfer")
        return self.take_back(transfer, asked.params.get("amount"), asked.params.get("metadata", {}))

    def take_back(self, transfer, amount, metadata):
        left = transfer["amount"] - transfer["amount_reversed"]
        amount = left if amount is None else amount
        if not 0 < amount <= left:
            raise Refusal(400, f"Only {left} of this transfer can be reversed.", param="amount")
        there = self.balance_of if self.reverses_pending else self.available_of
        if there(transfer["destination"]) < amount:
            raise Refusal(400, "The account does not have that much.", code="balance_insufficient")
        reversal = self.new(
            self.reversals,
            "trr",
            "transfer_reversal",
            amount=amount,
            currency=transfer["currency"],
            transfer=transfer["id"],
            metadata=metadata,
        )
        reversal["balance_transaction"] = self.moved("transfer_refund", reversal, amount)["id"]
        transfer["amount_reversed"] += amount
        transfer["reversed"] = amount == left
        transfer["reversals"]["data"].insert(0, reversal)
        self.happened("transfer.reversed", transfer)
        return reversal

    # Organizers in the Dashboard, and helpers in theirs

    def reverse_in_dashboard(self, id, amount=None):
        """An organizer takes a transfer back from the helper, or this much of it."""
        transfer = self.transfers[id]
        with self.about(transfer):
            return self.take_back(transfer, amount, {})["id"]

    def withdraw(self, account, amount=None):
        """The helper waits until the money has arrived, and takes all of it out, or this much. Returns how much."""
        with self.lock:
            mine = {id: self.now() for id, one in self.transfers.items() if one["destination"] == account}
            self.arrivals.update(mine)
            taken = self.available_of(account) if amount is None else amount
            self.withdrawn[account] = self.withdrawn.get(account, 0) + taken
            return taken

    def payout_failed(self, account):
        """What the helper took out came back, because the bank would not have it."""
        with self.about(self.accounts[account]):
            amount = self.withdrawn.pop(account, 0)
            payout = {"id": f"po_{secrets.token_hex(10)}", "object": "payout", "amount": amount, "status": "failed"}
            self.happened("payout.failed", {**payout, "currency": self.currency}, account)
