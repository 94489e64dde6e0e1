"""How things move: every change of state is a verb, and leaves an event and the notices that follow from it."""

import functools
from contextlib import suppress
from dataclasses import dataclass

from peewee import BooleanField, CharField, DateTimeField, DeferredForeignKey, ForeignKeyField, IntegerField, TextField

from .base import Base, Invalid, NotYours, Refused, db, now
from .words import _

LONGEST_REASON = 2000

# What the pages say of each event and each notice, by its verb: filled in where the verbs are written.
HISTORY = {}
TELLS = {}


class Event(Base):
    """Something happened, and will always have happened: who, what, when, from, to, why."""

    verb = CharField()
    actor = DeferredForeignKey("Member", null=True, backref="deeds")
    member = DeferredForeignKey("Member", null=True, backref="history")
    referral = DeferredForeignKey("Referral", null=True, backref="history")
    claim = DeferredForeignKey("Claim", null=True, backref="history")
    number = IntegerField(null=True)
    before = CharField(default="")
    after = CharField(default="")
    reason = TextField(default="")
    at = DateTimeField(default=now)

    @property
    def sentence(self):
        return _(HISTORY[self.verb], **self.names)

    @property
    def sentence_in_log(self):
        """As every member may read it: appeals do not say who they are from."""
        actor = self.actor.name if self.actor and self.actor.organizer else _("A member")
        return _(HISTORY[self.verb], **self.names | {"actor": actor})

    @property
    def names(self):
        return {"actor": self.actor.name if self.actor else _("Golem")}


class Notice(Base):
    """Something a member is told: on the site from now on, by letter once `mailed_at` is set."""

    member = DeferredForeignKey("Member", backref="notices", index=False)
    kind = CharField()
    event = ForeignKeyField(Event, null=True)
    actor = DeferredForeignKey("Member", null=True)
    referral = DeferredForeignKey("Referral", null=True)
    claim = DeferredForeignKey("Claim", null=True)
    asks = BooleanField(default=False)
    at = DateTimeField(default=now)
    read_at = DateTimeField(null=True)
    mailed_at = DateTimeField(null=True)

    class Meta:
        indexes = ((("member", "read_at"), False),)

    @classmethod
    def unread(cls, member):
        return cls.select().where(cls.member == member, cls.read_at.is_null())

    @classmethod
    def newest(cls, member):
        return cls.select().where(cls.member == member).order_by(cls.id.desc())

    @classmethod
    def read(cls, member, **about):
        """The member has seen their notices, all of them or those about one claim or referral; how many."""
        unread = cls.unread(member)
        for name, record in about.items():
            unread = unread.where(getattr(cls, name) == record)
        seen = [notice.id for notice in unread]
        if not seen:  # Whoever only reads does not wait for whoever writes.
            return 0
        return cls.update(read_at=now()).where(cls.id.in_(seen)).execute()

    @property
    def sentence(self):
        title = self.referral.title if self.referral else ""
        return _(TELLS[self.kind], actor=self.actor.name if self.actor else _("Golem"), title=title)


@dataclass(frozen=True)
class Rule:
    """Who may use a verb, from which states, and what else has to hold."""

    verb: str
    sources: tuple
    to: str | None
    by: tuple
    needs: str | None
    reason: str

    def refuse(self, record, actor):
        """Raises NotYours or Refused, in the member's words, unless the verb may be used now."""
        if not record.roles(actor) & set(self.by):
            raise NotYours(_("This is not yours to do."))
        if record.state not in self.sources:
            raise Refused(_("This has moved on in the meantime. Here is how it stands now."))
        problem = getattr(record, self.needs)(actor) if self.needs else None
        if problem:
            raise Refused(problem)


def move(*sources, by, to=None, needs=None, reason="none", says=None, tells=None):
    """Makes a method a verb of its record.

    `by` names roles that `record.roles(actor)` can hold; "clock" stands for nobody in particular.
    `to` is the state it leads to; left out, the method returns that state.
    `needs` names a method that answers with a sentence when something else stands in the way.
    `reason` is "none", "optional" or "required". `says` is its line in the history, `tells` its notice.

    The verb refuses, or does everything in one transaction: the body, the compare-and-set of the
    state, the event, and the notices.
    """
    by = (by,) if isinstance(by, str) else by

    def make(body):
        rule = Rule(body.__name__, sources, to, by, needs, reason)

        @functools.wraps(body)
        def verb(self, actor=None, *args, reason="", **values):
            if actor is not None:
                self.catch_up()
            reason = clean_reason(rule, reason)
            with db.atomic():
                self.reload()
                if actor is not None:
                    actor.reload()  # Somebody may have been dismissed a second ago.
                rule.refuse(self, actor)
                before = self.state
                after = body(self, actor, *args, **values) or to
                self.compare_and_set(before, after)
                event = self.log(rule.verb, actor, before, after, reason)
                self.tell(event)
                self.moved(before)

        verb.rule, verb.says, verb.tells = rule, says, tells
        return verb

    return make


def clean_reason(rule, reason):
    reason = (reason or "").replace("\x00", "").strip()
    if rule.reason == "required" and not reason:
        raise Invalid(reason=_("Please say why, in a sentence or two."))
    if len(reason) > LONGEST_REASON:
        raise Invalid(reason=_("Please keep this under %(count)s characters.", count=LONGEST_REASON))
    return reason


class Record(Base):
    """A row with states, verbs and a clock. What differs from noun to noun is asked of the noun."""

    noun = None

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        for name, verb in vars(cls).items():
            if getattr(verb, "rule", None):
                cls.announce(name, verb.says, verb.tells)

    @classmethod
    def announce(cls, verb, says, tells):
        """From now on events and notices of this verb read so."""
        if says:
            HISTORY[f"{cls.noun}.{verb}"] = says
        if tells:
            TELLS[f"{cls.noun}.{verb}"] = tells

    @classmethod
    def verbs(cls):
        return {name: verb.rule for name, verb in vars(cls).items() if hasattr(verb, "rule")}

    @classmethod
    def overdue(cls):
        return cls.select().where(cls.due <= now()).order_by(cls.due)

    def can(self, verb, actor):
        """Whether the verb would go through now. The buttons ask this, and so does the verb itself."""
        try:
            self.verbs()[verb].refuse(self, actor)
        except Refused:
            return False
        return True

    def catch_up(self):
        """Every clock that has run out has had its say, once, however many people look at the same time."""
        while self.due and self.due <= now():
            due = self.due
            with db.atomic():
                self.reload()
                if self.due == due:
                    with suppress(Refused):  # Something else stands in the way: it waits.
                        self.run_out()
            if self.due == due:
                break

    def compare_and_set(self, before, after):
        """The state is `after` and the changed columns are kept, unless the state is no longer `before`."""
        self.state = after
        changes = {field: self.__data__[field.name] for field in self.dirty_fields}
        model = type(self)
        if not model.update(changes).where(model.id == self.id, model.state == before).execute():
            raise Refused(_("This has moved on in the meantime. Here is how it stands now."))
        self._dirty.clear()

    def log(self, verb, actor, before="", after="", reason=""):
        return Event.create(
            verb=f"{self.noun}.{verb}", actor=actor, before=before, after=after, reason=reason, **self.about()
        )

    def tell(self, event):
        """Everyone concerned but the one who did it has a notice."""
        if event.verb in TELLS:
            for member in {member.id: member for member in self.concerned(event)}.values():
                if member != event.actor:
                    self.notify(member, event.verb, event.actor, event)

    def notify(self, member, kind, actor=None, event=None):
        about = {name: record for name, record in self.about().items() if name in ("referral", "claim")}
        Notice.create(member=member, kind=kind, actor=actor, event=event, asks=self.waits_for(member), **about)

    def moved(self, before):
        """What else follows when the state has changed from `before`."""

    def roles(self, actor):
        """The names by which the rules know this member, here; "clock" when it is nobody."""
        raise NotImplementedError

    def about(self):
        """The columns by which events and notices find their way back to this record."""
        raise NotImplementedError

    def concerned(self, event):
        """The members whom this event is told to."""
        raise NotImplementedError

    def waits_for(self, member):
        """Whether it is this member's move."""
        raise NotImplementedError

    def run_out(self):
        """The clock has run out: the default happens."""
        raise NotImplementedError
