"""Reports: somebody says that something is wrong, and what follows from it."""

from contextlib import suppress
from dataclasses import dataclass

from peewee import JOIN, OP, BooleanField, CharField, DateTimeField, Expression, ForeignKeyField, TextField, fn

from . import quotas
from .actions import ON_POSTINGS, REPORT_REASONS, Action
from .base import Invalid, Refused, db, now, remembered
from .claims import Claim
from .events import Event
from .i18n import N_, _
from .keeping import FOR_GOOD, WHO_ORGANIZERS, Kept
from .members import Member
from .messages import Message
from .referrals import PUBLIC, UP, Referral
from .takedowns import TakenDown
from .verbs import Record, clean_reason, move
from .visibility import hidden_claims, may_know

HIDES_AT_ONCE = ("not_real", "money_first")
REPORTS_THAT_HIDE = 2

# From so many dismissed reports on, where fewer were upheld, what a member reports changes nothing by itself.
DISMISSED_TO_DOUBT = 2

# What a report is about: two with the same of these are about the same thing.
THING = ("member", "referral", "claim", "message", "thanks")

# A posting in one of these states can be hidden, or removed.
HIDEABLE = {*UP, *PUBLIC, "hidden"}

# What can follow from an upheld report, the mildest first: nothing, or an action of this kind.
NOTHING = "none"
CONSEQUENCES = (
    *(NOTHING, "note", "warning", "words_removed", "hidden", "removed"),
    *("posts_held", "silenced", "suspended", "banned"),
)


@dataclass(frozen=True)
class Track:
    """How many reports a member has made, and how many of them were upheld and dismissed."""

    made: int = 0
    upheld: int = 0
    dismissed: int = 0

    @property
    def doubted(self):
        """Whether they were mostly dismissed, and not just once."""
        return self.dismissed >= DISMISSED_TO_DOUBT and self.dismissed > self.upheld


class Report(Record):
    """Somebody says that something is wrong. Only organizers who may judge it know who reported.

    All that is reported of one thing is one matter at the desk, and ends by one decision.
    """

    noun = "report"

    state = CharField(default="open", index=True)
    rule = CharField()
    note = TextField(default="")
    by = ForeignKeyField(Member, backref="reports")
    member = ForeignKeyField(Member)
    referral = ForeignKeyField(Referral, null=True)
    claim = ForeignKeyField(Claim, null=True, backref="reports")
    message = ForeignKeyField(Message, null=True)
    thanks = ForeignKeyField(Claim, null=True)
    at = DateTimeField(default=now)
    took_effect = BooleanField(default=False)
    consequence = CharField(default="")
    decision = ForeignKeyField(Event, null=True)

    kept = Kept(
        N_("Your reports"),
        WHO_ORGANIZERS,
        FOR_GOOD,
        whose=("by",),
        words={"by": ("note",)},
        facts=("state", "rule", "by", *THING, "at", "took_effect", "consequence", "decision"),
    )

    due = None

    # Reporting

    @classmethod
    def make(cls, reporter, rule, note, *, member=None, referral=None, claim=None, message=None, thanks=None):
        """The report waits at the desk, and is returned. It may hide a posting at once, or stop a claim's clocks.

        `thanks` is the claim whose thanks are meant. Raises Invalid or Refused.
        """
        if rule not in REPORT_REASONS:
            raise Invalid(rule=_("Please choose what is wrong."))
        claim = message.claim if message else claim
        author = message.author if message else thanks.seeker if thanks else None
        member = member or author or (claim.other(reporter) if claim else referral.helper)
        if member == reporter:
            raise Refused(_("You cannot report yourself."))
        about = {"member": member, "referral": referral, "claim": claim, "message": message, "thanks": thanks}
        report = cls(by=reporter, rule=rule, note=note, **about)
        with db.atomic():
            report._check()
            report.save()
            waiting = report.same_thing() & (cls.state == "open") & (cls.id != report.id)
            cls.update(version=cls.version + 1).where(waiting).execute()  # Who decides has read this one too.
            report.tell(report.log("make", reporter, after="open", reason=note))
            report._begin()
        return report

    def _check(self):
        mine = Report.select().where(Report.by == self.by)
        if Action.in_force(self.by, "reports_held"):
            raise Refused(_("You cannot report anything at the moment. Your account page says why."))
        if mine.where(self.same_thing(), Report.state == "open").exists():
            raise Refused(_("You have reported this already. An organizer will look at it."))
        quota = quotas.DOUBTED_REPORTS if self.track.doubted else quotas.REPORTS
        quota.check(mine, Report.at)

    def same_thing(self):
        """Returns a condition: a report is about the same thing as this one."""
        columns = [getattr(Report, name) for name in THING]
        member, *others = [column == self.__data__.get(column.name) for column in columns]
        for other in others:
            member &= other
        return member

    @remembered
    def track(self):
        """How the earlier reports of whoever made this one ended."""
        return Report.tracks([self.by_id]).get(self.by_id, Track())

    @classmethod
    def tracks(cls, ids, reader=None):
        """The Track of each of these members, by their ids; who has reported nothing has none. One statement.

        For a reader it leaves out what was reported about them: they are not to know that it was.
        """
        upheld, dismissed = (fn.SUM(cls.state == state) for state in ("upheld", "dismissed"))
        found = cls.select(cls.by, fn.COUNT(cls.id), upheld, dismissed).where(cls.by.in_(ids)).group_by(cls.by)
        found = found.where(cls.member != reader) if reader else found
        return {by: Track(*counts) for by, *counts in found.tuples()}

    # What happens at once

    def _begin(self):
        """What the report brings about by itself.

        It is nothing where an organizer has decided on the same facts before, and nothing where what this member
        reports was mostly dismissed: else somebody could hide another's postings again and again. A single report of
        somebody who is new hides nothing either, since anybody can join to make one; it waits at the desk all the
        same. That a demand for money stops the clocks of one's own claim is for newcomers above all: it harms nobody
        else, and they are the ones who are asked. Where nobody here can judge it, it stops none: they would stand for
        ever.
        """
        if self.track.doubted:
            return
        if self.referral and self._hides() and self.referral.can("hide_for_reports", None):
            self.referral.hide_for_reports()
            self._took_effect()
        party = self.claim and self.by in (self.claim.helper, self.claim.seeker)
        if party and self.rule == "money_first" and not self._decided_in_thread() and self.judges:
            self.claim.stand_still("report")
            self._took_effect()

    def _took_effect(self):
        self.took_effect = True
        Report.update(took_effect=True).where(Report.id == self.id).execute()

    def _hides(self):
        alone = self.rule in HIDES_AT_ONCE and (self.by.organizer or self.by.state != "new")
        enough = alone or self._trusted_reporters() >= REPORTS_THAT_HIDE
        return enough and not self._decided_already() and not self._hid_too_many()

    def _hid_too_many(self):
        """Whether so much was hidden on this member's word lately that the rest waits for an organizer."""
        hiding = Report.select().where(Report.by == self.by, Report.took_effect, Report.referral.is_null(False))
        return quotas.HIDINGS.wait(hiding, Report.at) > 0

    def _trusted_reporters(self):
        open_ones = Report.select(Report.by).join(Member, on=(Report.by == Member.id))
        open_ones = open_ones.where(Report.referral == self.referral, Report.state == "open")
        trusted = (Member.state == "trusted") | Member.role.in_(["organizer", "owner"])
        return open_ones.where(trusted).distinct().count()

    def _decided_already(self):
        """Whether an organizer has decided a report about the posting as it stands, edited by nobody since."""
        decided = self._newest_decision(Report.referral == self.referral)
        edits = Event.select().where(Event.referral == self.referral, Event.verb == "referral.edit")
        return decided is not None and not edits.where(Event.id > decided.id).exists()

    def _decided_in_thread(self):
        """Whether such a report about the claim was dismissed, and the reported has written nothing since."""
        same = (Report.claim == self.claim) & (Report.member == self.member) & (Report.rule == self.rule)
        decided = self._newest_decision(same & (Report.state == "dismissed"))
        written = Message.select().where(Message.claim == self.claim, Message.author == self.member)
        return decided is not None and not written.where(Message.at > decided.at).exists()

    def _newest_decision(self, which):
        """The newest decision on these reports; what was cleared with the rest of a backlog counts for its reporter."""
        looked_at = (Event.verb != "report.clear") | (Report.by == self.by)
        found = Event.select(Event).join(Report, on=(Report.decision == Event.id)).where(which, looked_at)
        return found.order_by(Event.id.desc()).first()

    # Finding

    @classmethod
    def open(cls):
        """Returns a query for what waits at the desk: of each thing reported the oldest report that is open."""
        oldest = cls.select(fn.MIN(cls.id)).where(cls.state == "open")
        oldest = oldest.group_by(*(getattr(cls, name) for name in THING))
        return cls.select().where(cls.id.in_(oldest)).order_by(cls.id)

    @classmethod
    def judgeable_by(cls, organizer):
        """Whether the organizer has no part in what was reported: who has one does not learn who made it.

        Whoever reported the same thing themselves has one. Nor does anybody judge it from whom the posting is hidden
        that it is about.
        """
        own = Claim.select(Claim.id).where((Claim.helper == organizer) | (Claim.seeker == organizer))
        uninvolved = (cls.by != organizer) & (cls.member != organizer) & ~cls._also_reported_by(organizer)
        uninvolved &= (cls.claim.is_null() | cls.claim.not_in(own)) & (cls.thanks.is_null() | cls.thanks.not_in(own))
        return uninvolved & cls.known_to(organizer)

    @classmethod
    def _also_reported_by(cls, member):
        other = cls.alias()
        same = (other.by == member) & (other.state == "open")
        for name in THING:
            same &= Expression(getattr(other, name), OP.IS, getattr(cls, name))
        return fn.EXISTS(other.select(other.id).where(same))

    @classmethod
    def known_to(cls, reader):
        """Returns a condition: what it is about is not hidden from this reader."""
        hidden = hidden_claims(reader).where(Claim.id == cls.thanks)
        return may_know(cls, reader) & ~fn.EXISTS(hidden)

    @remembered
    def together(self):
        """The open reports about the same thing with who made them, oldest first; or those that one decision ended."""
        return self._out_of(Report._beside([self]))

    @remembered
    def reporters(self):
        """The ids of those who reported the same thing, as `together` has them."""
        if self.state != "open" and not self.decision_id:
            return set()
        ended = Report.decision == self.decision_id if self.decision_id else Report.state == "open"
        found = Report.select(Report.by).where(self.same_thing(), ended)
        return {id for (id,) in found.tuples()}

    @classmethod
    def with_together(cls, reports, reader=None):
        """The reports as a list, each with those about the same thing, their reporters and tracks: two statements."""
        reports = list(reports)
        found = cls._beside(reports) if reports else []
        tracks = cls.tracks([report.by_id for report in found], reader) if found else {}
        for report in found:
            cls.track.keep(report, tracks.get(report.by_id, Track()))
        for report in reports:
            together = report._out_of(found)
            cls.together.keep(report, together)
            cls.reporters.keep(report, {one.by_id for one in together})
        return reports

    @classmethod
    def _beside(cls, reports):
        """A list that has all that was reported together with these, oldest first."""
        ended = [report.decision_id for report in reports if report.decision_id]
        waiting = cls.member.in_([report.member_id for report in reports]) & (cls.state == "open")
        found = cls.select(cls, Member).join(Member, on=(cls.by == Member.id))
        return list(found.where(waiting | cls.decision.in_(ended)).order_by(cls.id))

    def _out_of(self, found):
        return [one for one in found if one.matter == self.matter]

    @property
    def matter(self):
        """What a report shares with those that are decided with it, and with no other."""
        return (self.state == "open", self.decision_id, *(self.__data__.get(name) for name in THING))

    @property
    def earlier(self):
        """The decisions on reports about the same thing, newest first, with who made them, as events."""
        found = Event.select(Event, Member).join(Member, JOIN.LEFT_OUTER, on=Event.actor).switch(Event)
        found = found.join(Report, on=(Report.decision == Event.id)).where(self.same_thing(), Event.id != self.decision)
        return found.distinct().order_by(Event.id.desc())

    # Deciding

    @property
    def words(self):
        """What kind of words was reported, and the record that holds them, as `TakenDown.take` has them; or None."""
        if self.message_id:
            return "message", self.message
        if self.thanks_id:
            return "thanks", self.thanks
        return None if self.referral_id or self.claim_id else ("profile", self.member)

    @remembered
    def taken_down(self):
        """The words that were reported and have been taken down since, as a list."""
        return TakenDown.of(*self.words) if self.words else []

    @property
    def texts(self):
        """The words that were reported as they stand, or as they did before they were taken down, as a list."""
        return [*(TakenDown.readable(*self.words) if self.words else []), *self.taken_down]

    def consequences(self, organizer):
        """What this organizer can let follow, the mildest first: kinds of actions, after "none"."""
        if self.member.role == "owner" and organizer.role != "owner":
            return [NOTHING]
        unfit = {"hidden", "removed"} if not self.referral or self.referral.state not in HIDEABLE else set()
        unfit |= {"words_removed"} if self.words is None else set()
        unfit |= {"suspended", "banned"} if self.member.role == "owner" else set()
        return [kind for kind in CONSEQUENCES if kind not in unfit]

    @classmethod
    def raise_versions(cls, member):
        """Whoever decides next about a report of this member has seen what was just done about them."""
        cls.update(version=cls.version + 1).where(cls.member == member, cls.state == "open").execute()

    @move(
        "open",
        to="upheld",
        by="organizer",
        reason="required",
        says=N_("%(actor)s upheld a report"),
        tells=N_("%(actor)s agreed with your report. Thank you for speaking up."),
    )
    def uphold(self, organizer, consequence=NOTHING, days=None, to_reported="", house_rule=""):
        """Whoever reported was right, and reads the reason. What follows is an action about whoever was reported.

        They read `to_reported`, and nothing of what was written to the others; `days` is for what has an end, and
        `house_rule` the code of one that it is about. All open reports about the thing end by it. A demand for money
        before the hire costs the whole price.
        """
        if consequence not in CONSEQUENCES:
            raise Invalid(consequence=_("Choose what follows."))
        if consequence not in self.consequences(organizer):
            raise Refused(_("This cannot follow here. Choose something else."))
        self.consequence = consequence
        self._end_the_others("upheld", consequence)
        if consequence != NOTHING:
            self._act(organizer, consequence, days, to_reported, house_rule)

    @move(
        "open",
        to="dismissed",
        by="organizer",
        reason="required",
        says=N_("%(actor)s dismissed a report"),
        tells=N_("%(actor)s looked at your report and left things as they are, and says why."),
    )
    def dismiss(self, organizer):
        """All open reports about the thing end by it, and nothing follows."""
        self._end_the_others("dismissed")

    @move("open", to="dismissed", by="organizer", reason="required", says=N_("%(actor)s dismissed a report"))
    def clear(self, organizer):
        """It ends with all else that this member has reported; what others have reported of the thing stays open."""

    @classmethod
    def clear_backlog(cls, organizer, reporter, reason):
        """Dismisses all open reports by this member that the organizer may judge. Returns how many that were.

        The reporter has one notice. What another organizer is at work on stays. Raises NotYours, Invalid or Refused.
        """
        cleared, reason = [], clean_reason(cls.clear.rule, reason)
        with db.atomic():
            organizer.must_be_organizer()
            waiting = cls.select().where(cls.by == reporter, cls.state == "open", cls.judgeable_by(organizer))
            for report in list(waiting):
                with suppress(Refused):
                    report.clear(organizer, reason=reason)
                    cleared.append(report)
            if not cleared:
                raise Refused(_("No report of theirs waits that you could answer."))
            cleared[-1].notify(reporter, "report.cleared", organizer, cleared[-1].decision)
        return len(cleared)

    def _end_the_others(self, state, consequence=""):
        others = self.same_thing() & (Report.state == "open") & (Report.id != self.id)
        changes = {"state": state, "consequence": consequence, "version": Report.version + 1}
        Report.update(changes).where(others).execute()

    def _act(self, organizer, consequence, days, to_reported, house_rule):
        led_to = {"report": self, "house_rule": house_rule}
        try:
            if consequence == "words_removed":
                TakenDown.take(organizer, *self.words, self.rule, to_reported, **led_to)
            else:
                about = {"referral": self.referral} if consequence in ON_POSTINGS else {}
                action = (self.member, consequence, self.rule, to_reported)
                Action.take(organizer, *action, days=days, **led_to, **about)
        except Invalid as problem:  # On the form it is the field for whoever was reported.
            problems = dict(problem.problems)
            if "reason" in problems:
                problems["to_reported"] = problems.pop("reason")
            raise Invalid(**problems) from None

    def after_move(self, event):
        self._keep_decision(event)
        if self._costs_the_price() and self.claim.can("drop_price", None):
            self.claim.drop_price()
        if self.claim:
            self.claim.go_on()
        if self.referral and self.referral.can("unhide", None) and not self._another_waits():
            self.referral.unhide()

    def _keep_decision(self, event):
        ended = self.same_thing() & (Report.state != "open") & Report.decision.is_null()
        Report.update(decision=event).where(ended).execute()
        self.decision = event
        self._dirty.clear()

    def _costs_the_price(self):
        """Whether a demand for money by the claim's helper was upheld, by this report or by one that ended with it."""
        if self.state != "upheld" or not self.claim or self.member_id != self.claim.helper_id:
            return False
        return Report.select().where(Report.decision == self.decision, Report.rule == "money_first").exists()

    def _another_waits(self):
        """Whether another report about the posting still waits."""
        return Report.select().where(Report.referral == self.referral, Report.state == "open").exists()

    # Who is who

    def roles(self, actor):
        if actor is None:
            return {"clock"}
        claims = [claim for claim in (self.claim, self.thanks) if claim]
        involved = {self.member_id, *(id for claim in claims for id in (claim.helper_id, claim.seeker_id))}
        if actor.id == self.by_id:
            return {"reporter"}
        if not actor.organizer or actor.id in involved or self.helper_id in actor.hidden_ones:
            return set()
        if any(actor.involved_in(posting) for posting in self._postings) or any(map(actor.wrote_claim, claims)):
            return set()
        return {"reporter"} if actor.id in self.reporters else {"organizer"}

    @property
    def _postings(self):
        """The posting that it is about, itself or by a claim, as a list."""
        claim = self.claim or self.thanks
        return [posting for posting in (self.referral, claim and claim.referral) if posting]

    @property
    def helper_id(self):
        """Whose the posting is that it is about, by their id; None where it is about no posting and no claim."""
        claim = self.claim or self.thanks
        return claim.helper_id if claim else self.member_id if self.referral_id else None

    @property
    def judges(self):
        """The organizers who can judge it now, as a list."""
        return [organizer for organizer in Member.at_desk_with_places() if "organizer" in self.roles(organizer)]

    @property
    def held_as(self):
        """Whoever looks at one report looks at all about the same thing."""
        return (self.claim or self.referral or self.member).held_as

    def about(self):
        return {"number": self.id}

    def events(self):
        """They are those of all reports about the same thing that have ended: one decision ends them."""
        ended = Report.select(Report.id).where(self.same_thing(), Report.state != "open")
        return Event.verb.startswith("report.") & Event.number.in_(ended)

    def concerned(self, event):
        if event.verb == "report.make":
            return self.judges
        if event.verb == "report.clear":
            return []  # One notice speaks of them all.
        ended = self.same_thing() & (Report.state != "open") & Report.decision.is_null()
        return list(Member.select().where(Member.id.in_(Report.select(Report.by).where(ended))))

    def waits_for(self, member):
        return self.state == "open" and "organizer" in self.roles(member)


Report.announce("make", N_("Somebody made a report"), N_("A report waits at the desk."))
Report.announce("cleared", None, N_("%(actor)s has dismissed all your open reports, and says why."))
