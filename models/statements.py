"""Statements: what a helper has received in a year, by card and by hand."""

from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from peewee import fn

from .base import with_related
from .claims import Claim
from .community import day_of
from .events import Event
from .ledger import Entry
from .pledges import Pledge
from .referrals import Referral


class Line(NamedTuple):
    """What came to a helper for one claim, or went back, in minor units."""

    at: datetime
    claim: object
    agreed: int
    card_fee: int
    community_fee: int
    received: int


class Statement:
    """What a helper received in one year, by the calendar of the community."""

    def __init__(self, helper, year):
        self.helper, self.year = helper, year

    @cached_property
    def lines(self):
        lines = [*self._through_stripe(), *self._by_hand()]
        return sorted((line for line in lines if day_of(line.at).year == self.year), key=lambda line: line.at)

    @property
    def total(self):
        return sum(line.received for line in self.lines)

    @property
    def currency(self):
        return next((line.claim.terms.currency for line in self.lines), "")

    def _through_stripe(self):
        fees = card_fees_of(self.helper)
        for entry in received_by(self.helper):
            pledge, received = entry.pledge, -entry.amount
            card_fee, share = (fees.get(pledge.id, 0), pledge.fee) if entry.kind == "transfer" else (0, 0)
            yield Line(entry.at, pledge.claim, max(0, received + card_fee + share), card_fee, share, received)

    def _by_hand(self):
        arrived = Event.select().join(Claim, on=(Event.claim == Claim.id))
        arrived = arrived.where(Event.verb == "pledge.mark_received", Claim.helper == self.helper)
        mine = Pledge.select(Pledge.claim, Pledge.amount).join(Claim).where(Claim.helper == self.helper)
        amounts = dict(mine.tuples())
        for event in with_related(arrived, "claim"):
            yield Line(event.at, event.claim, amounts[event.claim_id], 0, 0, amounts[event.claim_id])

    @classmethod
    def years(cls, helper):
        """The years for which there is something to state, newest first."""
        moments = [entry.at for entry in received_by(helper)]
        moments += [line.at for line in cls(helper, 0)._by_hand()]
        return sorted({day_of(moment).year for moment in moments}, reverse=True)

    @classmethod
    def waiting(cls, helper):
        """What rests with the community, or is on its way, for this helper."""
        mine = Pledge.through_stripe().select(Pledge, Claim, Referral).join(Claim).join(Referral)
        mine = mine.where(Claim.helper == helper)
        return mine.where(Pledge.state.in_(("collecting", "action_required", "resting", "releasing")))


def card_fees_of(helper):
    """Returns what Stripe has kept of each payment to this helper that counts, in minor units, by the pledge's id."""
    fees = Entry.select(Entry.pledge, fn.SUM(Entry.amount)).join(Pledge).join(Claim).where(Claim.helper == helper)
    fees = fees.where(Entry.kind == "fee", Entry.intent == Pledge.intent).group_by(Entry.pledge)
    return {pledge: -amount for pledge, amount in fees.tuples()}


def received_by(helper):
    """The movements of the ledger that went to this helper, or came back from them."""
    mine = Entry.select(Entry, Pledge, Claim).join(Pledge).join(Claim).where(Claim.helper == helper)
    return mine.where(Entry.kind.in_(("transfer", "reversal")))
