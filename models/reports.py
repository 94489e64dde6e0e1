"""Reports: somebody says that something is wrong, and what follows from it."""

from peewee import CharField, DateTimeField, ForeignKeyField, TextField

from . import quotas
from .actions import REPORT_REASONS, Action
from .base import Invalid, Refused, db, now
from .claims import Claim
from .i18n import N_, _
from .keeping import FOR_GOOD, WHO_ORGANIZERS, Kept
from .members import Member
from .messages import Message
from .referrals import Referral
from .verbs import Record, move
from .visibility import may_know

HIDES_AT_ONCE = ("not_real", "money_first")
REPORTS_THAT_HIDE = 2


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

    kept = Kept(
        N_("Your reports"),
        WHO_ORGANIZERS,
        FOR_GOOD,
        whose=("by",),
        words={"by": ("note",)},
        facts=("state", "rule", "by", "member", "referral", "claim", "message", "at"),
    )

    due = None

    @classmethod
    def make(cls, reporter, rule, note, *, member=None, referral=None, claim=None, message=None):
        """The report waits at the desk. It may hide a posting at once, or stop a claim's clocks."""
        if rule not in REPORT_REASONS:
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
            quotas.REPORTS.check(cls.select().where(cls.by == reporter), cls.at)
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

    @classmethod
    def judgeable_by(cls, organizer):
        """Whether the organizer has no part in what was reported: who has one does not learn who made it.

        Nor does anybody from whom the posting is hidden that it is about.
        """
        own = Claim.select(Claim.id).where((Claim.helper == organizer) | (Claim.seeker == organizer))
        uninvolved = (cls.by != organizer) & (cls.member != organizer) & (cls.claim.is_null() | cls.claim.not_in(own))
        return uninvolved & cls.known_to(organizer)

    @classmethod
    def known_to(cls, reader):
        """Returns a condition: what it is about is not hidden from this reader."""
        return may_know(cls, reader)

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
    def uphold(self, organizer):
        """The reporter was right. A demand for money before the hire costs the whole price."""

    @move(
        "open",
        to="dismissed",
        by="organizer",
        reason="required",
        says=N_("%(actor)s dismissed a report"),
        tells=N_("%(actor)s looked at your report and left things as they are, and says why."),
    )
    def dismiss(self, organizer):
        pass

    def after_move(self, event):
        if self.state == "upheld":
            self._tell_the_other(event)
        if self._costs_the_price() and self.claim.can("drop_price", None):
            self.claim.drop_price()
        if self.claim and self.claim.can("thaw", None):
            self.claim.thaw()
        if self.referral and self.referral.can("unhide", None) and not self._another_waits():
            self.referral.unhide()

    def _costs_the_price(self):
        upheld = self.state == "upheld" and self.rule == "money_first"
        return bool(upheld and self.claim and self.member_id == self.claim.helper_id)

    def _tell_the_other(self, decision):
        """Whoever was rightly reported has an action, with its reason and its appeal."""
        hidden = self.referral and self.referral.state == "hidden"
        kind, referral = ("hidden", self.referral) if hidden else ("warning", None)
        Action.take(decision.actor, self.member, kind, self.rule, decision.reason, referral=referral)

    def _another_waits(self):
        """Whether another report about the posting still waits."""
        return Report.select().where(Report.referral == self.referral, Report.state == "open").exists()

    def roles(self, actor):
        if actor is None:
            return {"clock"}
        involved = {self.member_id, *([self.claim.helper_id, self.claim.seeker_id] if self.claim else [])}
        if actor.id == self.by_id:
            return {"reporter"}
        hidden = self.helper_id in actor.hidden_ones
        return {"organizer"} if actor.organizer and actor.id not in involved and not hidden else set()

    @property
    def helper_id(self):
        """Whose the posting is that it is about, by their id; None where it is about no posting and no claim."""
        return self.claim.helper_id if self.claim else self.member_id if self.referral_id else None

    def about(self):
        return {"number": self.id}

    def concerned(self, event):
        if event.verb == "report.make":
            return [organizer for organizer in Member.organizers() if "organizer" in self.roles(organizer)]
        return [self.by]

    def waits_for(self, member):
        return self.state == "open" and "organizer" in self.roles(member)


Report.announce("make", N_("Somebody made a report"), N_("A report waits at the desk."))
