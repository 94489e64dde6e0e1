"""How a record changes state: by verbs, which say who may use them and when, and leave an event and notices."""

import functools
import inspect
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from peewee import SQL, IntegerField

import models

from .absences import longest_away
from .base import Base, FactorNeeded, Invalid, NotYours, Refused, db, now
from .blocks import Block
from .events import ORGANIZERS, TELLS, Event, Notice, announce
from .heartbeat import Heartbeat
from .i18n import _
from .text import clean_text

LONGEST_REASON = 2000


@dataclass(frozen=True)
class Rule:
    """Who may use a verb, from which states, and which obstacle must not stand in its way."""

    verb: str
    sources: tuple
    to: str | None
    by: tuple
    unless: str | None
    reason: str

    def refuse(self, record, actor):
        """Returns the role in which the actor may use the verb now; "" for nobody, which is the clock.

        Raises NotYours or Refused, in the member's words, where it may not be used. What only organizers may do
        asks for their second factor last: FactorNeeded says that nothing else is missing.
        """
        able = record.roles(actor) & set(self.by)
        if not able:
            raise NotYours(_("This is not yours to do."))
        if record.state not in self.sources:
            raise Refused(moved_on())
        if obstacle := self.obstacle(record, actor):
            raise Refused(obstacle)
        role = self.role_among(able) if actor else ""
        if role in ORGANIZERS and actor.factor_overdue:
            raise FactorNeeded()
        return role

    def role_among(self, able):
        """The role in which somebody acts who has all of these: as an organizer only where they have no other."""
        return min((role for role in self.by if role in able), key=ORGANIZERS.__contains__)

    def obstacle(self, record, actor):
        """The sentence against the verb, or None. Few obstacles depend on who asks."""
        if not self.unless:
            return None
        method = getattr(record, self.unless)
        return method(actor) if asks_who(method.__func__) else method()


@functools.cache
def asks_who(method):
    return len(inspect.signature(method).parameters) > 1


def move(*sources, by, to=None, unless=None, reason="none", says=None, tells=None, logged=None, to_desk=False):
    """Makes a method a verb of its record.

    `by` names roles that `record.roles(actor)` can hold; "clock" stands for nobody in particular, and the method of a
    verb that only the clock may use takes no member.
    `to` is the state it leads to; left out, the method returns that state.
    `unless` names a method that returns the sentence against the verb, or None; it is named after the obstacle.
    `reason` is "none", "optional" or "required". `says` is its line in the history, `tells` its notice.
    A body that has a parameter `reason` is given it. Other members read it, so it holds no blocked word and nobody who
    is silenced gives one, unless only organizers may use the verb. `to_desk`: it is said to the organizers, who may be
    told any word.
    `logged` says whether the log shows it to every member; left out, it does if an organizer used the verb.

    The verb refuses, or does everything in one transaction: the body, the compare-and-set of the state, the event,
    and the notices. Raises NotYours, Refused or Invalid.
    """
    by = (by,) if isinstance(by, str) else by
    said_to_members = not (to_desk or set(by) <= {*ORGANIZERS, "clock"})

    def make(body):
        rule = Rule(body.__name__, sources, to, by, unless, reason)
        reads_reason = "reason" in inspect.signature(body).parameters

        @functools.wraps(body)
        def verb(self, actor=None, *args, reason="", **values):
            if actor is not None:
                self.catch_up()
            reason = clean_reason(rule, reason)
            if said_to_members and reason:
                Block.keep_out(reason=reason)
                if actor:
                    actor.must_not_be_silenced()
            who = () if by == ("clock",) else (actor,)
            if reads_reason:
                values["reason"] = reason
            with db.atomic():
                self.reload()
                if actor is not None:
                    actor.reload()  # They may have been dismissed a second ago.
                    self.must_be_as_expected()  # The clock decides by no page.
                role = rule.refuse(self, actor)
                if role in ORGANIZERS:
                    if actor.kept_out:  # They were suspended a second ago.
                        raise NotYours(_("This is not yours to do."))
                    models.Assignment.must_be_free(self.held_as, actor)
                before = self.state
                after = body(self, *who, *args, **values) or to
                self.compare_and_set(before, after)
                event = self.log(rule.verb, actor, before, after, reason, role)
                self.tell(event)
                self.after_move(event)
                if role in ORGANIZERS:
                    self.be_done()

        verb.rule, verb.says, verb.tells, verb.logged = rule, says, tells, logged
        return verb

    return make


def clean_reason(rule, reason):
    """The reason as it is kept. Raises Invalid where it is missing or too long."""
    reason = clean_text(reason)
    if rule.reason == "required" and not reason:
        raise Invalid(reason=_("Please say why, in a sentence or two."))
    if len(reason) > LONGEST_REASON:
        raise Invalid(reason=_("Please keep this under %(count)s characters.", count=LONGEST_REASON))
    return reason


def moved_on():
    return _("This has moved on in the meantime. Here is how it stands now.")


class Record(Base):
    """A row with states, verbs, a version and a clock. What differs from noun to noun is asked of the noun."""

    noun = None

    version = IntegerField(default=1, constraints=[SQL("DEFAULT 1")])

    expected = None

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        for name, verb in vars(cls).items():
            if getattr(verb, "rule", None):
                cls.announce(name, verb.says, verb.tells, verb.logged)

    @classmethod
    def announce(cls, verb, says=None, tells=None, logged=None):
        """From now on events and notices of this verb of the noun read so."""
        announce(f"{cls.noun}.{verb}", says, tells, logged)

    @classmethod
    def verbs(cls):
        """The rules of the verbs, by name."""
        return {name: verb.rule for name, verb in vars(cls).items() if hasattr(verb, "rule")}

    @classmethod
    def overdue(cls):
        return cls.select().where(cls.due <= now()).order_by(cls.due)

    @classmethod
    def running(cls):
        """Those with a deadline that time lost by the whole site brings nearer."""
        return cls.select().where(cls.due.is_null(False))

    def awaited(self):
        """The members whose absence the present deadline waits for; None where it waits for nobody, nor for the group.

        It may be empty: then only the absence of the whole group counts.
        """
        return None

    def kept_waiting_by(self):
        """Whoever is away so that the present deadline stands still: the community, a member, or None."""
        awaited = self.awaited()
        return None if awaited is None else longest_away(awaited)

    def absence_left(self):
        """For how much longer the present deadline stands still."""
        away = self.kept_waiting_by()
        return away.away_until - now() if away else timedelta(0)

    def begin_to_wait(self):
        """A deadline that begins while whoever it waits for is away counts from their return."""
        self.due += self.absence_left()

    def put_off(self, delay):
        """The deadline moves by so much."""
        model = type(self)
        model.update(due=self.due + delay).where(model.id == self.id).execute()

    def can(self, verb, actor):
        """Returns whether the verb would go through now. The buttons ask this, and so does the verb itself.

        A button that leads an organizer to the page of the second factor is shown.
        """
        try:
            self.verbs()[verb].refuse(self, actor)
        except FactorNeeded:
            return True
        except Refused:
            return False
        return True

    def expect(self, version):
        """The next verb of a member is refused unless the record still has this version; None expects nothing."""
        self.expected = version

    def must_be_as_expected(self):
        """Raises Refused where the record is no longer as it was shown to whoever decides."""
        expected, self.expected = self.expected, None
        if expected not in (None, self.version):
            raise Refused(moved_on())

    def catch_up(self):
        """Runs the default of every deadline that has passed, once, however many people look at the same time.

        While the clocks of the whole site stand still, none has passed.
        """
        while self.due and self.due <= now() and not Heartbeat.clocks_stand():
            due = self.due
            with db.atomic():
                self.reload()
                if self.due == due:
                    with suppress(Refused):  # Something else stands in the way: it waits.
                        self.on_due()
            if self.due == due:
                break

    def compare_and_set(self, before, after):
        """The state is `after`, the changed columns are kept and the version is raised.

        Raises Refused where the state is no longer `before`.
        """
        self.state = after
        self.version += 1
        if self.due and any(field.name == "due" for field in self.dirty_fields):
            self.begin_to_wait()
        changes = {field: self.__data__[field.name] for field in self.dirty_fields}
        model = type(self)
        if not model.update(changes).where(model.id == self.id, model.state == before).execute():
            raise Refused(moved_on())
        self._dirty.clear()

    def log(self, verb, actor, before="", after="", reason="", role=""):
        """Writes the event, and returns it. `role` is the one in which the actor did it."""
        deed = {"verb": f"{self.noun}.{verb}", "actor": actor, "role": role}
        return Event.create(**deed, before=before, after=after, reason=reason, **self.about())

    def tell(self, event):
        """Makes a notice for everyone concerned, but not for the one who did it.

        Organizers who are away are not asked while another is here.
        """
        if event.verb in TELLS:
            told = {member.id: member for member in self.concerned(event) if member != event.actor}.values()
            for member in self._without_the_away(told):
                self.notify(member, event.verb, event.actor, event)

    def _without_the_away(self, members):
        away = {member.id for member in members if member.away and self.roles(member) & set(ORGANIZERS)}
        here = away and any(member.id not in away and self.roles(member) & set(ORGANIZERS) for member in members)
        return [member for member in members if not here or member.id not in away]

    def notify(self, member, kind, actor=None, event=None):
        about = {name: record for name, record in self.about().items() if name in ("referral", "claim")}
        Notice.create(member=member, kind=kind, actor=actor, event=event, asks=self.waits_for(member), **about)

    def after_move(self, event):
        """What else follows from a change of state, within its transaction."""

    # At the desk

    @property
    def held_as(self):
        """The key by which one organizer at a time is at work on this, see Assignment."""
        return f"{self.noun}:{self.id}"

    def be_done(self):
        """An organizer has done what there was to do: nobody is at work on it, or asked for it, any more."""
        models.Assignment.end(self.held_as)
        asking = Notice.asking(self.events())
        asked = {notice.member_id: notice.member for notice in asking}
        done = {id for id, member in asked.items() if self._has_done(member)}
        Notice.delete().where(Notice.id.in_([notice.id for notice in asking if notice.member_id in done])).execute()

    def _has_done(self, member):
        """Whether nothing waits for this member, who was asked as an organizer."""
        return bool(set(self.roles(member)) & set(ORGANIZERS)) and not self.waits_for(member)

    def events(self):
        """Returns a condition: an event is one of this record's own verbs."""
        found = Event.verb.startswith(f"{self.noun}.")
        for name, record in self.about().items():
            found &= getattr(Event, name) == record
        return found

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

    def on_due(self):
        """The deadline has passed: the default happens."""
        raise NotImplementedError
