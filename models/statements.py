"""Statements: what a helper has received in a year, by card and by hand."""

from datetime import datetime
from typing import NamedTuple

from .claims import Claim
from .community import day_of
from .events import Event
from .ledger import Entry
from .pledges import Pledge


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

    @property
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
        for entry in received_by(self.helper):
            pledge, received = entry.pledge, -entry.amount
            card_fee, share = (pledge.card_fee, pledge.fee) if entry.kind == "transfer" else (0, 0)
            yield Line(entry.at, pledge.claim, max(0, received + card_fee + share), card_fee, share, received)

    def _by_hand(self):
        arrived = Event.select().join(Claim, on=(Event.claim == Claim.id))
        for event in arrived.where(Event.verb == "pledge.mark_received", Claim.helper == self.helper):
            yield Line(event.at, event.claim, event.claim.pledge.amount, 0, 0, event.claim.pledge.amount)

    @classmethod
    def years(cls, helper):
        """The years for which there is something to state, newest first."""
        moments = [entry.at for entry in received_by(helper)]
        moments += [line.at for line in cls(helper, 0)._by_hand()]
        return sorted({day_of(moment).year for moment in moments}, reverse=True)

    @classmethod
    def waiting(cls, helper):
        """What rests with the community, or is on its way, for this helper."""
        mine = Pledge.through_stripe().join(Claim).where(Claim.helper == helper)
        return mine.where(Pledge.state.in_(("collecting", "action_required", "resting", "releasing")))


def received_by(helper):
    """The movements of the ledger that went to this helper, or came back from them."""
    mine = Entry.select(Entry, Pledge, Claim).join(Pledge).join(Claim).where(Claim.helper == helper)
    return mine.where(Entry.kind.in_(("transfer", "reversal")))
