"""Customers, their cards, and the hosted pages on which they type them."""

import time

from .answers import Refusal
from .books import DAY, Books
from .cards import CARDS, DECLINES, READY_MADE
from .hosted import bank_page, checkout_page, go, html


class Checkout(Books):
    def create_customer(self, asked):
        return self.new(self.customers, "cus", "customer", **{"metadata": {}, **asked.params})

    def attach_method(self, asked, id):
        customer = self.find(asked.params["customer"], "customer", "customer")
        if id in READY_MADE:
            return self.new_method(READY_MADE[id], customer["id"])
        method = self.find(id, "payment_method")
        method["customer"] = customer["id"]
        return method

    def new_method(self, number, customer):
        card = {"brand": "visa", "last4": number[-4:], "exp_month": 12, "exp_year": 2040}
        return self.new(self.methods, "pm", "payment_method", type="card", card=card, customer=customer, number=number)

    def create_session(self, asked):
        params = asked.params
        if params["mode"] not in ("setup", "payment"):
            raise Refusal(400, "The fake knows setup and payment only.", code="parameter_invalid", param="mode")
        if params.get("customer"):
            self.find(params["customer"], "customer", "customer")
        amount, currency, words = self.priced(params)
        session = self.new(
            self.sessions,
            "cs",
            "checkout.session",
            mode=params["mode"],
            status="open",
            customer=params.get("customer"),
            metadata=params.get("metadata", {}),
            payment_status="unpaid" if amount else "no_payment_required",
            amount_total=amount,
            currency=currency,
            client_reference_id=params.get("client_reference_id"),
            locale=params.get("locale"),
            success_url=params["success_url"],
            cancel_url=params.get("cancel_url"),
            expires_at=int(time.time()) + DAY,
            custom_text=params.get("custom_text", {}),
            setup_intent=None,
            payment_intent=None,
            payment_intent_data=params.get("payment_intent_data", {}),
            words=words,
        )
        session["url"] = f"{self.url}/pay/{session['id']}"
        if session["mode"] == "setup":
            data = params.get("setup_intent_data", {})
            session["setup_intent"] = self.new(
                self.setups,
                "seti",
                "setup_intent",
                status="requires_payment_method",
                payment_method=None,
                customer=session["customer"],
                metadata=data.get("metadata", {}),
                usage="off_session",
            )["id"]
        return session

    def priced(self, params):
        """What is to be paid on a page, its currency, and what for."""
        if params["mode"] == "setup":
            return None, None, ""
        prices = [(line.get("quantity", 1), line["price_data"]) for line in params["line_items"]]
        amount = sum(quantity * price["unit_amount"] for quantity, price in prices)
        currency = prices[0][1]["currency"]
        self.check_amount(amount, currency)
        return amount, currency, ", ".join(price["product_data"]["name"] for _, price in prices)

    def retrieve_session(self, asked, id):
        return self.find(id, "checkout.session")

    def expire_session(self, asked, id):
        session = self.find(id, "checkout.session")
        if session["status"] != "open":
            raise Refusal(400, f"Only open Checkout Sessions can be expired. This one is {session['status']}.")
        return self.end_session(session)

    def end_session(self, session):
        session.update(status="expired", url=None)
        if session["payment_intent"]:
            self.end_intent(self.intents[session["payment_intent"]])
        self.happened("checkout.session.expired", session)
        return session

    # Seekers at the pages

    def save(self, session, card="4242424242424242", confirm=True):
        """A card is typed on the page that saves it. Says why it was declined; nothing if it was saved."""
        return self.use_page(session, "setup", card, confirm)

    def pay(self, session, card="4242424242424242", confirm=True):
        """A card is typed on the page that takes money. Says why it was declined; nothing if it was paid."""
        return self.use_page(session, "payment", card, confirm)

    def use_page(self, id, mode, number, confirm):
        session = self.sessions[id]
        with self.about(session):
            self.tidy()
            if (session["mode"], session["status"]) != (mode, "open"):
                raise ValueError(f"{id} is a {session['mode']} page and {session['status']}.")
            card = CARDS[number]
            refused = "bank_refused" if card.asks_bank and not confirm else ""
            if mode == "setup":
                return self.save_on_page(session, number, refused or card.saving)
            return self.pay_on_page(session, number, refused or card.on_page)

    def save_on_page(self, session, number, declined):
        if declined:
            return declined
        setup, method = self.setups[session["setup_intent"]], self.new_method(number, session["customer"])
        setup.update(status="succeeded", payment_method=method["id"])
        self.happened("setup_intent.succeeded", setup)
        return self.complete(session)

    def pay_on_page(self, session, number, declined):
        if not session["payment_intent"]:  # Stripe makes it when somebody first tries to pay.
            params = {**session["payment_intent_data"], "amount": session["amount_total"]}
            intent = self.new_intent(session["customer"], {**params, "currency": session["currency"]})
            session["payment_intent"] = intent["id"]
        self.pay_intent(self.intents[session["payment_intent"]], self.new_method(number, None), declined)
        if declined:
            return declined
        session["payment_status"] = "paid"
        return self.complete(session)

    def complete(self, session):
        session.update(status="complete", url=None)
        self.happened("checkout.session.completed", session)
        return ""

    def checkout(self, method, id, form):
        """The hosted page itself."""
        self.tidy()
        session = self.sessions.get(id)
        if not session or session["status"] != "open":
            done = session and session["status"] == "complete"
            words = "You have already done this." if done else "This page is no longer there."
            return html(410, "Nothing to do here", f"<p>{words}</p>")
        number, bank = form.get("card", ""), form.get("bank", "")
        if method == "GET" or number not in CARDS:
            return checkout_page(session)
        if CARDS[number].asks_bank and not bank:
            return bank_page(number)
        if declined := self.use_page(id, session["mode"], number, bank != "refuse"):
            return checkout_page(session, DECLINES[declined][1])
        return go(session["success_url"].replace("{CHECKOUT_SESSION_ID}", id))
