"""The desk's own records: reports, the actions that organizers take, and who is at work on what."""

from datetime import timedelta

from peewee import CharField, DateTimeField, ForeignKeyField, TextField

from .actions import LADDER, RULES, Action
from .base import Base, Invalid, Refused, db, now
from .claims import Claim, Message
from .employers import Contact
from .events import HISTORY, Event, Record, move
from .members import Member
from .pledges import Pledge
from .referrals import Referral
from .words import N_, _

HIDES_AT_ONCE = ("not_real", "money_first")
REPORTS_THAT_HIDE = 2
HOLD_MINUTES = 30


class Report(Record):
    """Somebody says that something is wrong. Only organizers know who reported."""

    noun = "report"

    state = CharField(default="open", index=True)
    rule = CharField()
    note = TextField(default="")
    by = ForeignKeyField(Member, backref="reports")
    member = ForeignKeyField(Member)
    referral = ForeignKeyField(Referral, null=True)
    claim = ForeignKeyField(Claim, null=True, backref="reports")
    message = ForeignKeyField(Message, null=True)
    at = DateTimeField(default=now)

    due = None

    @classmethod
    def make(cls, reporter, rule, note, *, member=None, referral=None, claim=None, message=None):
        """The report waits at the desk. It may hide a posting at once, or stop a claim's clocks."""
        if rule not in RULES:
            raise Invalid(rule=_("Please choose what is wrong."))
        claim = message.claim if message else claim
        member = member or (message.author if message else claim.other(reporter) if claim else referral.helper)
        if member == reporter:
            raise Refused(_("You cannot report yourself."))
        about = {"member": member, "referral": referral, "claim": claim, "message": message}
        with db.atomic():
            same = cls.select().where(cls.by == reporter, cls.state == "open", cls.member == member)
            if same.where(*(getattr(cls, name) == record for name, record in about.items())).exists():
                raise Refused(_("You have reported this already. An organizer will look at it."))
            report = cls.create(by=reporter, rule=rule, note=note, **about)
            report.tell(report.log("make", reporter, after="open", reason=note))
            report._begin()
        return report

    def _begin(self):
        enough = self.rule in HIDES_AT_ONCE or self._trusted_reporters() >= REPORTS_THAT_HIDE
        if self.referral and enough and self.referral.can("hide_for_reports", None):
            self.referral.hide_for_reports()
        party = self.claim and self.by in (self.claim.helper, self.claim.seeker)
        if party and self.rule == "money_first" and self.claim.can("freeze", None):
            self.claim.freeze()

    def _trusted_reporters(self):
        open_ones = Report.select(Report.by).join(Member, on=(Report.by == Member.id))
        open_ones = open_ones.where(Report.referral == self.referral, Report.state == "open")
        trusted = (Member.state == "trusted") | Member.role.in_(["organizer", "owner"])
        return open_ones.where(trusted).distinct().count()

    @classmethod
    def open(cls):
        return cls.select().where(cls.state == "open").order_by(cls.id)

    @move(
        "open", to="upheld", by="organizer", reason="required",
        says=N_("%(actor)s upheld a report"),
        tells=N_("%(actor)s agreed with your report. Thank you for speaking up."),
    )  # fmt: skip
    def uphold(self, organizer):
        """The reporter was right. A demand for money before the hire costs the whole price."""

    @move(
        "open", to="dismissed", by="organizer", reason="required",
        says=N_("%(actor)s dismissed a report"),
        tells=N_("%(actor)s looked at your report and left things as they are, and says why."),
    )  # fmt: skip
    def dismiss(self, organizer):
        pass

    def moved(self, before):
        if self.state == "upheld":
            self._tell_the_other()
        if self.state == "upheld" and self.claim and self.rule == "money_first" and self.member == self.claim.helper:
            self.claim.drop_fee()
        if self.claim and self.claim.can("thaw", None):
            self.claim.thaw()
        if self.referral and self.referral.can("unhide", None) and not self._something_left():
            self.referral.unhide()

    def _tell_the_other(self):
        """Whoever was rightly reported has an action, with its reason and its appeal."""
        decision = Event.get(Event.verb == "report.uphold", Event.number == self.id)
        hidden = self.referral and self.referral.state == "hidden"
        kind, referral = ("hidden", self.referral) if hidden else ("warning", None)
        Action.take(decision.actor, self.member, kind, self.rule, decision.reason, referral=referral)

    def _something_left(self):
        """Whether a report about the posting still waits, or was upheld since the posting was hidden."""
        hidden = self.referral.history.where(Event.after == "hidden").order_by(Event.id.desc()).first()
        same = Report.select(Report.id).where(Report.referral == self.referral)
        upheld = Event.select().where(Event.verb == "report.uphold", Event.number.in_(same), Event.id > hidden.id)
        return same.where(Report.state == "open").exists() or upheld.exists()

    def roles(self, actor):
        if actor is None:
            return {"clock"}
        involved = [self.by, self.member, *([self.claim.helper, self.claim.seeker] if self.claim else [])]
        if actor == self.by:
            return {"reporter"}
        return {"organizer"} if actor.organizer and actor not in involved else set()

    def about(self):
        return {"number": self.id}

    def concerned(self, event):
        if event.verb == "report.make":
            return [organizer for organizer in Member.organizers() if "organizer" in self.roles(organizer)]
        return [self.by]

    def waits_for(self, member):
        return self.state == "open" and "organizer" in self.roles(member)


Report.announce("make", N_("Somebody made a report"), N_("A report waits at the desk."))
HISTORY["employer.register"] = N_("%(actor)s changed the employer register")
HISTORY["block.add"] = N_("%(actor)s added to the block lists")
HISTORY["block.drop"] = N_("%(actor)s took something off the block lists")
HISTORY["policy.change"] = N_("%(actor)s changed the policy")

# What the log shows to every member: what organizers did, why, and who acted; never about whom.
LOGGED = (
    "referral.approve", "referral.ask_changes", "referral.reject", "referral.restore", "referral.reinstate",
    "claim.decide", "pledge.lower", "member.admit", "member.turn_down", "member.trust", "member.distrust",
    "member.appoint", "member.link", "member.make_owner", "member.dismiss", "report.uphold", "report.dismiss",
    "employer.register", "block.add", "block.drop", "policy.change", "contact.answer",
    "action.undo", "action.appeal", "action.keep", "action.reverse", *(f"action.{kind}" for kind in LADDER),
)  # fmt: skip


def log():
    """Every action of the organizers, newest first."""
    return Event.select().where(Event.verb.in_(LOGGED)).order_by(Event.id.desc())


class Hold(Base):
    """An organizer is at work on an item of the queue, so that nobody does it twice."""

    key = CharField(unique=True)
    organizer = ForeignKeyField(Member)
    at = DateTimeField(default=now)

    @classmethod
    def take(cls, organizer, key):
        """The item is this organizer's for half an hour. Raises Refused while it is somebody else's."""
        with db.atomic():
            cls.delete().where(cls.at < now() - timedelta(minutes=HOLD_MINUTES)).execute()
            held = cls.get_or_none(cls.key == key)
            if held and held.organizer != organizer:
                raise Refused(_("%(name)s is at work on this.", name=held.organizer.name))
            cls.replace(key=key, organizer=organizer).execute()

    @classmethod
    def let_go(cls, organizer, key):
        cls.delete().where(cls.key == key, cls.organizer == organizer).execute()

    @classmethod
    def holders(cls):
        fresh = cls.select(cls, Member).join(Member).where(cls.at > now() - timedelta(minutes=HOLD_MINUTES))
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
            Hold.take(organizer, self.key)
            getattr(self.record, act)(organizer, reason=reason)
            Hold.let_go(organizer, self.key)


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
    "contact": lambda: [Item("contact", c, None, c.at) for c in Contact.open()],
}
