"""The community's own account: what it says of itself, its balance, and its payouts."""

from .books import Books


class Community(Books):
    payout_interval = "manual"  # What its organizers chose. Stripe's own choice is "daily".

    def us(self, asked):
        return {
            "id": "acct_golem",
            "object": "account",
            "country": self.country,
            "default_currency": self.currency,
            "charges_enabled": True,
            "payouts_enabled": True,
            "settings": {
                "payouts": {
                    "debit_negative_balances": True,
                    "schedule": {"delay_days": 2, "interval": self.payout_interval},
                    "statement_descriptor": None,
                }
            },
        }

    def show_balance(self, asked):
        """The community's balance, or a helper's where it is asked for on behalf of their account."""
        available, pending = self.available, self.pending
        if asked.account:
            account = self.usable_account(asked.account)["id"]
            available = self.available_of(account)
            pending = self.balance_of(account) - available
        shown = lambda amount: [{"amount": amount, "currency": self.currency, "source_types": {"card": amount}}]
        return {"object": "balance", "livemode": self.live, "available": shown(available), "pending": shown(pending)}

    def sweep_balance(self):
        """An automatic payout takes all that is available to the community's bank. Returns how much that was."""
        with self.lock:
            amount = self.available
            if amount <= 0:
                return 0
            payout = self.new(
                self.payouts, "po", "payout", amount=amount, currency=self.currency, status="paid", automatic=True
            )
            payout["balance_transaction"] = self.moved("payout", payout, -amount)["id"]
            self.happened("payout.created", payout)
            self.happened("payout.paid", payout)
            return amount

    def add_funds(self, amount):
        """An organizer pays this much into the balance, and refunds that waited for it go out."""
        with self.lock:
            self.spare += amount
            self.tidy()
