"""What goes from the community to its helpers, and back."""

import secrets

from .accounts import stripe_transfers
from .answers import Refusal
from .books import Books
from .cards import fee_for


class Transfers(Books):
    def us(self, asked):
        return {
            "id": "acct_golem",
            "object": "account",
            "country": self.country,
            "default_currency": self.currency,
            "charges_enabled": True,
            "payouts_enabled": True,
        }

    def create_transfer(self, asked):
        params = asked.params
        account = self.usable_account(params["destination"], "destination")
        if stripe_transfers(account)["status"] != "active":
            words = "Your destination account needs to have the stripe_transfers capability."
            raise Refusal(400, words, code="insufficient_capabilities_for_transfer", param="destination")
        self.check_source(params)
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
            self.reversals,
            "trr",
            "transfer_reversal",
            amount=amount,
            currency=transfer["currency"],
            transfer=id,
            metadata=asked.params.get("metadata", {}),
        )
        reversal["balance_transaction"] = self.moved("transfer_refund", reversal, amount)["id"]
        transfer["amount_reversed"] += amount
        transfer["reversed"] = amount == left
        transfer["reversals"]["data"].insert(0, reversal)
        self.happened("transfer.reversed", transfer)
        return reversal

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
