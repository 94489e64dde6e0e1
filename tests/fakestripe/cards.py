"""The cards that can be typed, and what money costs."""

from typing import NamedTuple

DISPUTE_FEE = 1500
ZERO_DECIMAL = {"clp", "jpy", "krw", "vnd", "xaf", "xof"}
SMALLEST_CHARGE = {"aed": 200, "czk": 1500, "dkk": 250, "gbp": 30, "hkd": 400, "mxn": 1000, "nok": 300, "sek": 300}
LARGEST_CHARGE = 99_999_999


class Card(NamedTuple):
    """What a test card does. Each word is why it is declined there; none where it works."""

    words: str
    saving: str = ""
    on_page: str = ""
    off_session: str = ""
    asks_bank: bool = False


ASKS_BANK = Card("Asks the bank, every time", off_session="authentication_required", asks_bank=True)
CARDS = {
    "4242424242424242": Card("Works"),
    "4000002500003155": ASKS_BANK,  # At Stripe itself, this one can be charged once it has been saved.
    "4000002760003184": ASKS_BANK,
    "4000000000000341": Card("Saves, then declines", on_page="generic_decline", off_session="generic_decline"),
    "4000000000000069": Card("Has expired", on_page="expired_card", off_session="expired_card"),
    "4000000000009995": Card("Is empty", on_page="insufficient_funds", off_session="insufficient_funds"),
    "4000000000000002": Card("Declines", "generic_decline", "generic_decline", "generic_decline"),
}
READY_MADE = {  # Stripe's own names for cards that need not be typed.
    "pm_card_visa": "4242424242424242",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_chargeCustomerFail": "4000000000000341",
}
DECLINES = {
    "generic_decline": ("card_declined", "Your card was declined."),
    "insufficient_funds": ("card_declined", "Your card has insufficient funds."),
    "expired_card": ("expired_card", "Your card has expired."),
    "authentication_required": ("authentication_required", "Your card was declined. It requires authentication."),
    "bank_refused": ("payment_intent_authentication_failure", "Your bank could not confirm that it is you."),
}


def card_error(declined):
    code, message = DECLINES[declined]
    return {"type": "card_error", "code": code, "decline_code": declined, "message": message}


def fee_for(amount, currency):
    """Stripe's own fee."""
    return round(amount * 0.036) if currency in ZERO_DECIMAL else round(amount * 0.029) + 30


def shown(amount, currency):
    whole = f"{amount:,}" if currency in ZERO_DECIMAL else f"{amount / 100:,.2f}"
    return f"{whole} {currency.upper()}"
