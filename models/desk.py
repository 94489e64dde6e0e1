"""The desk: what waits for the organizers, and the log of what they did."""

import functools
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from peewee import JOIN, SQL, Node, Select, Value, fn

from .actions import Action
from .assignments import Assignment
from .banned import know_the_banned_alike
from .base import Refused, db, now, with_related
from .blocks import Block
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

MOST_COUNTED = 100

# What the sides of a claim say before it comes to the desk.
DISAGREEING = ("claim.contest", "claim.dispute", "pledge.dispute")

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

    `held_as` is what its records are `held_as`. `known` returns the condition by which an organizer may know of it,
    `theirs` the one by which it is for them to decide.
    """

    open: Callable
    since: Node
    member: Callable
    acts: tuple
    held_as: Node
    known: Callable | None = None
    theirs: Callable | None = None

    @property
    def noun(self):
        return self.open().model

    def waiting(self, name, organizer=None, ids=None):
        columns = (Value(name).alias("kind"), self.noun.id.alias("id"), self.since.alias("since"))
        found = self.open().order_by().select(*columns)
        if ids is not None:
            found = found.where(self.noun.id.in_(ids))
        return found.where(self.known(organizer)) if organizer and self.known else found

    def for_one(self, name, organizer):
        """Returns a query of what this organizer can decide now, without what somebody else is at work on."""
        others = Assignment.in_force().where(Assignment.organizer != organizer).select(Assignment.key)
        found = self.waiting(name, organizer).where(self.held_as.not_in(others))
        return found.where(self.theirs(organizer)) if self.theirs else found


def heard_by(organizer):
    """Returns a condition: the appeal is of an action that this organizer neither took nor was the subject of."""
    return (Action.member != organizer) & (Action.by != organizer)


def held_by(noun, id=None):
    """Returns what a record of this noun is `held_as`, by the column of its id."""
    return Value(f"{noun.noun}:").concat(noun.id if id is None else id)


# What a report is about: the first that it has.
REPORTED = {Claim: Report.claim, Referral: Report.referral, Member: Report.member}

KINDS = {
    "application": Kind(
        Member.applicants, Member.joined_at, lambda member: member, ("admit", "turn_down"), held_by(Member)
    ),
    "review": Kind(
        Referral.to_review,
        newest_event(Event.referral == Referral.id, Referral.made_at),
        lambda referral: referral.helper,
        ("approve", "ask_changes", "reject"),
        held_by(Referral),
        Referral.judgeable_by,
    ),
    # Whoever has a part in a report would know who made it.
    "report": Kind(
        Report.open,
        Report.at,
        lambda report: report.member,
        ("uphold", "dismiss"),
        fn.COALESCE(*(held_by(noun, key) for noun, key in REPORTED.items())),
        Report.judgeable_by,
    ),
    "appeal": Kind(
        Action.appeals,
        Action.appealed_at,
        lambda action: action.member,
        ("keep", "reverse"),
        held_by(Action),
        Action.known_to,
        heard_by,
    ),
    "contact": Kind(
        Inquiry.open, Inquiry.at, lambda inquiry: inquiry.member, ("answer",), held_by(Inquiry), Inquiry.known_to
    ),
    # Disputes are decided on the claim's page.
    "dispute": Kind(
        Claim.disputed,
        newest_event(Event.claim == Claim.id, Claim.made_at),
        lambda claim: claim.helper,
        (),
        held_by(Claim),
        Claim.judgeable_by,
    ),
    "settlement": Kind(
        Pledge.at_desk,
        newest_event(Event.claim == Pledge.claim, Claim.made_at),
        lambda pledge: pledge.claim.seeker,
        ("remind",),
        held_by(Claim, Pledge.claim),
        Claim.judgeable_by,
    ),
}
ACTS = {name: kind.acts for name, kind in KINDS.items()}


@dataclass(frozen=True)
class Item:
    """One line of the queue: a record that waits for an organizer, since when, and what is known of the person.

    `said` are the events by which the two sides of a claim gave their reasons, oldest first; `blocked` is a blocked
    word in what waits for a review, or None.
    """

    kind: str
    record: Record
    member: Member | None
    since: datetime
    earlier_actions: int
    said: tuple = ()
    blocked: str | None = None

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
    return oldest_first(KINDS[name].waiting(name, organizer) for name in ([kind] if kind in KINDS else KINDS))


def oldest_first(queries):
    together = functools.reduce(operator.add, queries)
    return together.order_by(SQL("since"), SQL("kind"), SQL("id")).tuples()


def queue(kind=None, organizer=None, keys=None):
    """Returns the items that wait, as `waiting` has them; with `keys`, only those of them, and nothing else is read."""
    if keys is None:
        return load(waiting(kind, organizer), organizer)
    ids = ids_of(keys)
    found = [KINDS[name].waiting(name, organizer, ids[name]) for name in ids]
    return load(oldest_first(found), organizer) if found else []


def count_to_decide(organizer):
    """Returns how many items this organizer can decide now, and nobody else is at work on.

    Every page asks. It is counted anew after whatever this process has written, and otherwise once a minute.
    """
    as_of = (str(db.database), db.commits, now().replace(second=0))
    known = _counted.get(organizer.id)
    if known is None or known[0] != as_of:
        known = _counted[organizer.id] = (as_of, _count_to_decide(organizer))
    return known[1]


_counted = {}


def _count_to_decide(organizer):
    """One statement, which of each kind counts no more than MOST_COUNTED."""
    some = [kind.for_one(name, organizer).select(SQL("1")).limit(MOST_COUNTED) for name, kind in KINDS.items()]
    counts = [Select([query.alias("some")], [fn.COUNT(SQL("*"))]) for query in some]
    return sum(Select(columns=counts).bind(db).tuples().get())


def ids_of(keys):
    """The numbers in these keys, by kind. What is no key of an item is left out."""
    found = {}
    for key in keys:
        name, _colon, number = key.partition(":")
        if name in KINDS and re.fullmatch("[0-9]{1,18}", number):
            found.setdefault(name, []).append(int(number))
    return found


def key_of(kind, id):
    return f"{kind}:{id}"


def load(rows, organizer=None):
    """Returns the items of these rows of `waiting`, with all that the queue shows: a fixed number of statements.

    There is one for each kind, one for each table that their records lead to, and one each for menus, employers and
    duties of postings, blocked words, the words of appeals and of the sides of claims, and the actions that there were
    before; two say who applicants may be.
    """
    rows = list(rows)
    found = {name: _records(name, [id for kind, id, since in rows if kind == name]) for name in KINDS}
    known = [record for records in found.values() for record in records.values()]
    parties = ("helper", "seeker", "member", "by")
    for names in (("claim", "message", "thanks"), ("referral",), parties, ("invited_by",)):
        with_related(known, *names)
        known += [record.__rel__[name] for record in known for name in names if name in record.__rel__]
    Referral.with_terms(found["review"].values())
    reported = [report.referral for report in found["report"].values() if report.referral_id]
    Referral.with_duties([*found["review"].values(), *reported])
    Action.with_paths(found["appeal"].values())
    know_the_banned_alike(found["application"].values())
    Report.with_together(found["report"].values(), organizer)
    Member.know_who_is_silenced([posting.helper for posting in found["review"].values()])
    blocked = Block.words_in(found["review"].values())
    said = _said(found["dispute"].values(), found["settlement"].values())
    people = {name: {id: KINDS[name].member(record) for id, record in found[name].items()} for name in KINDS}
    earlier = Action.counted([one for members in people.values() for one in members.values() if one], organizer)

    def item(kind, id, since):
        record, member = found[kind][id], people[kind][id]
        claim = {"dispute": id, "settlement": getattr(record, "claim_id", None)}.get(kind)
        words = blocked.get(id) if kind == "review" else None
        return Item(kind, record, member, since, earlier.get(member and member.id, 0), said.get(claim, ()), words)

    return [item(*row) for row in rows]


def _said(disputes, pledges):
    """The reasons that the sides of these claims gave when they could not agree, by the claim's id: one statement."""
    ids = [*(claim.id for claim in disputes), *(pledge.claim_id for pledge in pledges)]
    found = {}
    if ids:
        events = Event.select(Event, Member).join(Member, JOIN.LEFT_OUTER, on=Event.actor).order_by(Event.id)
        for event in events.where(Event.claim.in_(ids), Event.verb.in_(DISAGREEING), Event.reason != ""):
            found.setdefault(event.claim_id, []).append(event)
    return found


def _records(kind, ids):
    noun = KINDS[kind].noun
    return {record.id: record for record in noun.select().where(noun.id.in_(ids))} if ids else {}
