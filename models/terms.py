"""The terms: what both agreed when the helper accepted, frozen."""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta

from peewee import JSONField

import models

from .base import now
from .community import Community, Policy, today

# Days beyond the longest regular way to a payment until which the consent to charge a card reaches.
CHARGE_MARGIN_DAYS = 60

LARGEST_CHARGE = 99_999_999  # Minor units: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts


@dataclass(frozen=True)
class AgreedHelp:
    """A kind of help, and its price in minor units."""

    kind: str
    price: int


@dataclass(frozen=True)
class Terms:
    """What a helper and a seeker agreed. Nothing in it changes later; a price that is dropped makes new terms.

    Amounts are minor units of `currency`, days are whole days. `fee_percent` and `fee_cap` are the community's share
    of a price that is paid by card. `charge_by` is the last day on which a saved card may be charged; None where none
    may. `public_employer` is what the helper said of the employer; None where that was not asked. `policy` is the
    number of the policy by whose days the claim runs. `frozen_at` is UTC.
    """

    employer: str
    title: str
    items: tuple[AgreedHelp, ...]
    total: int
    currency: str
    guarantee_days: int
    pro_rata: bool
    hired_means: str
    acquaintance: str
    settlement: str
    policy: int
    frozen_at: datetime
    fee_percent: int = 0
    fee_cap: int = 0
    charge_by: date | None = None
    public_employer: bool | None = None

    @classmethod
    def of(cls, claim, acquaintance):
        """The terms as they stand at this moment, for a claim that is being accepted."""
        policy = Policy.current()
        return cls(
            employer=claim.referral.employer,
            title=claim.referral.title,
            items=tuple(AgreedHelp(item.kind, item.price if claim.total else 0) for item in claim.items),
            total=claim.total,
            currency=Community.current().currency,
            guarantee_days=policy.guarantee_days,
            pro_rata=policy.pro_rata,
            hired_means=policy.hired_means,
            acquaintance=acquaintance,
            settlement=settlement_of(claim.total, policy),
            policy=policy.id,
            frozen_at=now(),
            fee_percent=policy.fee_percent,
            fee_cap=policy.fee_cap,
            charge_by=charge_by(policy),
            public_employer=claim.referral.public_employer,
        )

    def as_gift(self):
        """The same help, at no price."""
        gifts = tuple(replace(item, price=0) for item in self.items)
        return replace(self, items=gifts, total=0, settlement="gift")

    def community_share(self, amount):
        """What of an amount that was paid by card the community keeps."""
        return min(amount * self.fee_percent // 100, self.fee_cap)

    def owed_after(self, days_worked, price):
        """What of the price is owed by pro-rata terms, after so many days on the job."""
        guarantee = self.guarantee_days or 1
        return price * min(days_worked, guarantee) // guarantee


class TermsField(JSONField):
    """Keeps terms as JSON, with days and moments as ISO 8601."""

    def db_value(self, value):
        if isinstance(value, Terms):
            day = value.charge_by and value.charge_by.isoformat()
            value = asdict(value) | {"charge_by": day, "frozen_at": value.frozen_at.isoformat()}
        return super().db_value(value)

    def python_value(self, value):
        kept = super().python_value(value)
        if not isinstance(kept, dict):
            return kept
        items = tuple(AgreedHelp(**item) for item in kept["items"])
        day = kept.get("charge_by") and date.fromisoformat(kept["charge_by"])
        moment = datetime.fromisoformat(kept["frozen_at"])
        return Terms(**kept | {"items": items, "charge_by": day, "frozen_at": moment})


def settlement_of(total, policy):
    """How a price is paid. One that is too small or too large for a card is settled between the two sides."""
    if not total:
        return "gift"
    if policy.settlement != "stripe":
        return "offline"
    fits = (models.Merchant.current().smallest or 0) <= total <= LARGEST_CHARGE
    return "stripe" if fits else "offline"


def charge_by(policy):
    """The last day on which a saved card may be charged: the longest way to a hire, its guarantee, and a margin."""
    days = policy.agree_days + policy.active_days + policy.report_days + policy.guarantee_days + CHARGE_MARGIN_DAYS
    return today() + timedelta(days=days)
