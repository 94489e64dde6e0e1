"""The desk: what waits for the organizers, who is at work on what, and the log of what they did."""

from datetime import timedelta

from peewee import CharField, DateTimeField, ForeignKeyField

from .actions import Action
from .base import Base, Refused, db, now
from .claims import Claim
from .employers import Inquiry
from .events import LOGGED, Event
from .i18n import _
from .members import Member
from .pledges import Pledge
from .referrals import Referral
from .reports import Report

ASSIGNMENT_MINUTES = 30


def log():
    """Every action of the organizers, newest first."""
    return Event.select().where(Event.verb.in_(LOGGED)).order_by(Event.id.desc())


class Assignment(Base):
    """An organizer is at work on an item of the queue, so that nobody does it twice."""

    key = CharField(unique=True)
    organizer = ForeignKeyField(Member)
    at = DateTimeField(default=now)

    @classmethod
    def take(cls, organizer, key):
        """The item is this organizer's for half an hour. Raises Refused while it is somebody else's."""
        with db.atomic():
            cls.delete().where(cls.at < now() - timedelta(minutes=ASSIGNMENT_MINUTES)).execute()
            held = cls.get_or_none(cls.key == key)
            if held and held.organizer != organizer:
                raise Refused(_("%(name)s is at work on this.", name=held.organizer.name))
            cls.replace(key=key, organizer=organizer).execute()

    @classmethod
    def let_go(cls, organizer, key):
        cls.delete().where(cls.key == key, cls.organizer == organizer).execute()

    @classmethod
    def holders(cls):
        fresh = cls.select(cls, Member).join(Member).where(cls.at > now() - timedelta(minutes=ASSIGNMENT_MINUTES))
        return {hold.key: hold.organizer for hold in fresh}


# What can be done with an item of the queue in one step. Disputes are decided on the claim's page.
ACTS = {
    "application": ("admit", "turn_down"),
    "review": ("approve", "ask_changes", "reject"),
    "report": ("uphold", "dismiss"),
    "appeal": ("keep", "reverse"),
    "contact": ("answer",),
    "dispute": (),
    "settlement": ("remind",),
}


class Item:
    """One line of the queue: a record that waits for an organizer, since when, and what is known of the person."""

    def __init__(self, kind, record, member, since):
        self.kind, self.record, self.member, self.since = kind, record, member, since

    @property
    def key(self):
        return f"{self.kind}:{self.record.id}"

    @property
    def earlier_actions(self):
        return Action.of(self.member).count() if self.member else 0

    def acts(self, organizer):
        """What this organizer can do with it in one step."""
        return [act for act in ACTS[self.kind] if self.record.can(act, organizer)]

    def mine(self, organizer):
        """Whether this organizer may decide it at all: nobody judges what they have a part in."""
        if self.kind == "settlement":
            return "organizer" in self.record.roles(organizer)
        return self.record.can("decide", organizer) if self.kind == "dispute" else bool(self.acts(organizer))

    def shown_to(self, organizer):
        """Nobody reads a report in which they have a part: they would know who made it."""
        return self.kind != "report" or "organizer" in self.record.roles(organizer)

    def act(self, organizer, act, reason):
        """Raises Refused where it cannot be done, or while somebody else is at work on it."""
        if act not in ACTS[self.kind]:
            raise Refused(_("That cannot be done with this."))
        with db.atomic():
            Assignment.take(organizer, self.key)
            getattr(self.record, act)(organizer, reason=reason)
            Assignment.let_go(organizer, self.key)


def queue(kind=None, organizer=None):
    """What waits for the organizers, oldest first; for one of them, without the reports about themselves."""
    kinds = [kind] if kind in SOURCES else SOURCES
    items = [item for name in kinds for item in SOURCES[name]()]
    if organizer:
        items = [item for item in items if item.shown_to(organizer)]
    return sorted(items, key=lambda item: (item.since, item.key))


def _since(record):
    return record.history.order_by(Event.id.desc()).first().at


SOURCES = {
    "application": lambda: [Item("application", m, m, m.joined_at) for m in Member.applicants()],
    "review": lambda: [Item("review", r, r.helper, _since(r)) for r in Referral.to_review()],
    "report": lambda: [Item("report", r, r.member, r.at) for r in Report.open()],
    "dispute": lambda: [Item("dispute", c, c.helper, _since(c)) for c in Claim.disputed()],
    "settlement": lambda: [Item("settlement", p, p.claim.seeker, _since(p.claim)) for p in Pledge.at_desk()],
    "appeal": lambda: [Item("appeal", a, a.member, a.appealed_at) for a in Action.appeals()],
    "contact": lambda: [Item("contact", c, None, c.at) for c in Inquiry.open()],
}
