"""The desk: what waits for the organizers, and the log of what they did."""

import functools
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from peewee import SQL, Node, Value, fn

from .actions import Action
from .banned import know_the_banned_alike
from .base import Refused, with_related
from .claims import Claim
from .employers import Inquiry
from .events import ORGANIZERS, Event
from .i18n import _
from .members import Member
from .pledges import Pledge
from .referrals import Referral
from .reports import Report
from .verbs import Record
from .visibility import may_know_event

# What is written down with the name of an employer, or a word or a mail domain that may be one's.
ABOUT_EMPLOYERS = ("employer.register", "block.add", "block.drop")


def log(reader):
    """The actions of the organizers that this reader may know of, newest first.

    Left out is what is about a posting or a claim that is hidden from them, or about an employer they have to do with.
    """
    known = may_know_event(reader) & Event.id.not_in(about_employers_of(reader))
    return Event.select().where(Event.in_log(), known).order_by(Event.id.desc())


def about_employers_of(reader):
    """The ids of the events by which an employer that the reader has to do with was registered or blocked."""
    if not reader.places:
        return []
    written = Event.select(Event.id, Event.reason).where(Event.verb.in_(ABOUT_EMPLOYERS)).tuples()
    return [id for id, reason in written if any(reader.works_for(name) for name in names_in(reason))]


def names_in(reason):
    """What of these words may be the name of an employer: a note follows it after a full stop, which names have too."""
    return accumulate(reason.split("."), "{}.{}".format)


def rules_of(events):
    """By which rule an organizer acted, by the ids of these events: two statements. Most have none."""
    kinds = {"action": Action, "report": Report}
    found = {}
    for noun, table in kinds.items():
        numbers = {event.id: event.number for event in events if event.verb.startswith(f"{noun}.")}
        rules = dict(table.select(table.id, table.rule).where(table.id.in_(list(numbers.values()))).tuples())
        found |= {id: rules[number] for id, number in numbers.items() if number in rules}
    return found


def house_rules_of(events):
    """The house rule that an action was about, by the ids of these events: one statement. Most name none."""
    numbers = {event.id: event.number for event in events if event.verb.startswith("action.")}
    named = Action.select(Action.id, Action.house_rule).where(Action.id.in_(list(numbers.values())))
    rules = dict(named.where(Action.house_rule != "").tuples())
    return {id: rules[number] for id, number in numbers.items() if number in rules}


def held_by_key(key, organizer):
    """The record that is held as this, where the organizer may act on it; else None."""
    noun, _colon, id = key.partition(":")
    known = {
        "member": lambda: Member.select(),
        "referral": lambda: Referral.visible_to(organizer),
        "claim": lambda: Claim.visible_to(organizer),
        "action": lambda: Action.select().where(Action.known_to(organizer)),
        "inquiry": lambda: Inquiry.select().where(Inquiry.known_to(organizer)),
    }.get(noun)
    if known is None or not re.fullmatch(r"[0-9]{1,18}", id):
        return None
    found = known()
    record = found.where(found.model.id == int(id)).first()
    return record if record and not record.roles(organizer).isdisjoint(ORGANIZERS) else None


def newest_event(about, before):
    """When the last of these events was; the time `before` where there is none yet."""
    newest = Event.select(Event.at).where(about).order_by(Event.id.desc()).limit(1)
    return fn.COALESCE(newest, before).python_value(Event.at.python_value)


@dataclass(frozen=True)
class Kind:
    """A kind of item: the query of what waits, since when, whom it is about, and what can be done in one step.

    `known` returns the condition by which an organizer may know of it.
    """

    open: Callable
    since: Node
    member: Callable
    acts: tuple
    known: Callable | None = None

    @property
    def noun(self):
        return self.open().model

    def waiting(self, name, organizer=None):
        columns = (Value(name).alias("kind"), self.noun.id.alias("id"), self.since.alias("since"))
        found = self.open().order_by().select(*columns)
        return found.where(self.known(organizer)) if organizer and self.known else found


KINDS = {
    "application": Kind(Member.applicants, Member.joined_at, lambda member: member, ("admit", "turn_down")),
    "review": Kind(
        Referral.to_review,
        newest_event(Event.referral == Referral.id, Referral.made_at),
        lambda referral: referral.helper,
        ("approve", "ask_changes", "reject"),
        Referral.judgeable_by,
    ),
    # Whoever has a part in a report would know who made it.
    "report": Kind(Report.open, Report.at, lambda report: report.member, ("uphold", "dismiss"), Report.judgeable_by),
    "appeal": Kind(
        Action.appeals, Action.appealed_at, lambda action: action.member, ("keep", "reverse"), Action.known_to
    ),
    "contact": Kind(Inquiry.open, Inquiry.at, lambda inquiry: inquiry.member, ("answer",), Inquiry.known_to),
    # Disputes are decided on the claim's page.
    "dispute": Kind(
        Claim.disputed,
        newest_event(Event.claim == Claim.id, Claim.made_at),
        lambda claim: claim.helper,
        (),
        Claim.judgeable_by,
    ),
    "settlement": Kind(
        Pledge.at_desk,
        newest_event(Event.claim == Pledge.claim, Claim.made_at),
        lambda pledge: pledge.claim.seeker,
        ("remind",),
        Claim.judgeable_by,
    ),
}
ACTS = {name: kind.acts for name, kind in KINDS.items()}


@dataclass(frozen=True)
class Item:
    """One line of the queue: a record that waits for an organizer, since when, and what is known of the person."""

    kind: str
    record: Record
    member: Member | None
    since: datetime
    earlier_actions: int

    @property
    def key(self):
        return key_of(self.kind, self.record.id)

    @property
    def held_as(self):
        """The key by which an organizer is at work on it: see Assignment."""
        return self.record.held_as

    def acts(self, organizer):
        """What this organizer can do with it in one step."""
        return [act for act in ACTS[self.kind] if self.record.can(act, organizer)]

    def mine(self, organizer):
        """Whether this organizer may decide it at all: nobody judges what they have a part in."""
        if self.kind == "settlement":
            return "organizer" in self.record.roles(organizer)
        return self.record.can("decide", organizer) if self.kind == "dispute" else bool(self.acts(organizer))

    def act(self, organizer, act, reason, version=None, **values):
        """Raises Refused where it cannot be done, while somebody else is at work on it, or if it has moved on.

        `version` is that of the record as the organizer saw it; None expects nothing. `values` are what else the verb
        takes: to uphold a report says what follows.
        """
        if act not in ACTS[self.kind]:
            raise Refused(_("That cannot be done with this."))
        self.record.expect(version)
        if act == "uphold":
            values = {"consequence": ""} | values
        getattr(self.record, act)(organizer, reason=reason, **values)


def waiting(kind=None, organizer=None):
    """Returns a query of what waits for the organizers, oldest first: rows of kind, id, and since when.

    For one of them, only what they may know of.
    """
    queries = [KINDS[name].waiting(name, organizer) for name in ([kind] if kind in KINDS else KINDS)]
    together = functools.reduce(operator.add, queries)
    return together.order_by(SQL("since"), SQL("kind"), SQL("id")).tuples()


def queue(kind=None, organizer=None, keys=None):
    """Returns the items that wait, as `waiting` has them; with `keys`, only those of them."""
    return load((row for row in waiting(kind, organizer) if keys is None or key_of(*row[:2]) in keys), organizer)


def key_of(kind, id):
    return f"{kind}:{id}"


def load(rows, organizer=None):
    """Returns the items of these rows of `waiting`, with all that the queue shows: a fixed number of statements.

    There is one for each kind, one for each table that their records lead to, and one each for menus and employers of
    postings, the words of appeals, and the actions that there were before; two say who applicants may be.
    """
    rows = list(rows)
    found = {name: _records(name, [id for kind, id, since in rows if kind == name]) for name in KINDS}
    known = [record for records in found.values() for record in records.values()]
    for names in (("claim",), ("referral",), ("helper", "seeker", "member"), ("invited_by",)):
        with_related(known, *names)
        known += [record.__rel__[name] for record in known for name in names if name in record.__rel__]
    Referral.with_terms(found["review"].values())
    Action.with_paths(found["appeal"].values())
    know_the_banned_alike(found["application"].values())
    Report.with_together(found["report"].values(), organizer)
    people = {name: {id: KINDS[name].member(record) for id, record in found[name].items()} for name in KINDS}
    known = [member for members in people.values() for member in members.values() if member]
    earlier = Action.counted(known, organizer)
    return [
        Item(kind, found[kind][id], member := people[kind][id], since, earlier.get(member and member.id, 0))
        for kind, id, since in rows
    ]


def _records(kind, ids):
    noun = KINDS[kind].noun
    return {record.id: record for record in noun.select().where(noun.id.in_(ids))} if ids else {}
