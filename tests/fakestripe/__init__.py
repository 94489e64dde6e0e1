"""A Stripe of our own: it speaks HTTP, has pages to click through, keeps books that add up, and fails when told to.

    with FakeStripe() as fake:
        payments.Stripe(fake.key, fake.webhook_secret, fake.url)

It knows what Golem uses and no more; anything else is refused and written down in `fake.violations`. To click through
it by hand: PYTHONPATH=tests python -m fakestripe --port 8010 --webhooks http://127.0.0.1:8000/webhooks/stripe
"""

from .accounts import LINK_LASTS, stripe_transfers
from .answers import Asked, Refusal
from .books import DAY
from .cards import CARDS, DISPUTE_FEE, fee_for, shown
from .parameters import nested
from .server import FakeStripe

__all__ = [
    "CARDS",
    "DAY",
    "DISPUTE_FEE",
    "LINK_LASTS",
    "Asked",
    "FakeStripe",
    "Refusal",
    "fee_for",
    "nested",
    "shown",
    "stripe_transfers",
]
