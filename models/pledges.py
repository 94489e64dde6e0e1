"""Pledges: the promise to pay if hired, and what becomes of it."""

from peewee import BooleanField, CharField, DateTimeField, ForeignKeyField, IntegerField

from .base import Invalid, in_days
from .claims import Claim
from .events import Record, move
from .members import Member
from .words import N_, _


class Pledge(Record):
    """The seeker's promise to pay the price if they are hired; the amount is in minor units."""

    noun = "pledge"

    claim = ForeignKeyField(Claim, backref="pledges", unique=True)
    state = CharField(default="pledged")
    amount = IntegerField()
    due = DateTimeField(null=True, index=True)
    waits_at_desk = BooleanField(default=False, index=True)

    @classmethod
    def make(cls, claim, seeker):
        pledge = cls.create(claim=claim, amount=claim.total)
        pledge.log("make", seeker, after="pledged")

    @classmethod
    def at_desk(cls):
        waiting = cls.select(cls, Claim).join(Claim).where(cls.waits_at_desk, cls.state.in_(("due", "sent")))
        return waiting.where(Claim.state != "disputed").order_by(cls.id)

    def not_owed(self, actor=None):
        if self.claim.state not in ("hired", "ended_early"):
            return _("This moves on when the claim does.")
        if self.claim.frozen_at:
            return _("The clocks stand still while an organizer looks at a report.")
        return None

    def not_stuck(self, actor=None):
        if not self.waits_at_desk:
            return _("This does not wait at the desk.")
        return self.not_owed()

    def disputed(self, actor=None):
        return _("An organizer is looking at this claim.") if self.claim.state == "disputed" else None

    @move(
        "pledged", to="due", by="clock", needs="not_owed",
        says=N_("The price fell due"),
        tells=N_("The price for the help with “%(title)s” is due now, from the seeker to the helper."),
    )  # fmt: skip
    def fall_due(self, nobody=None):
        self.due = in_days(self.claim.policy.settle_days)

    @move(
        "due", to="sent", by="seeker", needs="not_owed",
        says=N_("%(actor)s sent the money"),
        tells=N_("%(actor)s has sent the money for “%(title)s”. Say when it has arrived."),
    )  # fmt: skip
    def mark_sent(self, seeker):
        self.due, self.waits_at_desk = in_days(self.claim.policy.settle_days), False

    @move(
        "due", "sent", to="paid", by="helper", needs="not_owed",
        says=N_("%(actor)s received the money"),
        tells=N_("%(actor)s has received the money for “%(title)s”. Thank you both."),
    )  # fmt: skip
    def mark_received(self, helper):
        self.due, self.waits_at_desk = None, False

    @move(
        "pledged", "due", "sent", to="waived", by=("helper", "clock"), needs="disputed",
        says=N_("%(actor)s waived the price"),
        tells=N_("%(actor)s waived the price for “%(title)s”. Nothing is owed."),
    )  # fmt: skip
    def waive(self, helper=None):
        """What was priced has become a gift."""
        self.due, self.waits_at_desk = None, False

    @move(
        "due", "sent", by="clock", needs="not_owed",
        says=N_("The money has been waiting for long: the organizers were told"),
        tells=N_("The money for “%(title)s” has been waiting for long. An organizer will look at it."),
    )  # fmt: skip
    def call_desk(self, nobody=None):
        self.due, self.waits_at_desk = None, True
        return self.state

    @move(
        "due", "sent", by="organizer", needs="not_owed", reason="required",
        says=N_("%(actor)s lowered what is owed"),
        tells=N_("%(actor)s has lowered what is owed for “%(title)s” and says why."),
    )  # fmt: skip
    def lower(self, organizer, owed):
        """Less is owed from now on; nothing more at 0."""
        if not 0 <= owed < self.amount:
            raise Invalid(owed=_("What is owed can be lowered, never raised."))
        self.amount = owed
        self.due, self.waits_at_desk = in_days(self.claim.policy.settle_days) if owed else None, False
        return self.state if owed else "waived"

    @move(
        "due", "sent", by="organizer", needs="not_stuck", reason="required",
        says=N_("%(actor)s reminded both sides of the money"),
        tells=N_("%(actor)s reminds you both of the money for “%(title)s”."),
    )  # fmt: skip
    def remind(self, organizer):
        """Both sides have a new term, and the matter leaves the desk until it has passed."""
        self.due, self.waits_at_desk = in_days(self.claim.policy.settle_days), False
        return self.state

    @move("pledged", "due", "sent", to="void", by="clock", says=N_("The pledge ended: nothing is owed"))
    def void(self, nobody=None):
        self.due, self.waits_at_desk = None, False

    def set_amount(self, amount):
        """The amount that the claim's own verbs have worked out, within their transaction."""
        Pledge.update(amount=amount).where(Pledge.id == self.id, Pledge.amount >= amount).execute()

    def stop_clock(self):
        """Nothing falls due while an organizer has yet to decide."""
        Pledge.update(due=None).where(Pledge.id == self.id).execute()

    def wait_until(self, end):
        """The price falls due at `end`; one that was due already has a new term."""
        due = end if self.state == "pledged" else in_days(self.claim.policy.settle_days)
        Pledge.update(due=due, waits_at_desk=False).where(Pledge.id == self.id).execute()

    def put_off(self, delay):
        if self.due:
            Pledge.update(due=self.due + delay).where(Pledge.id == self.id).execute()

    def end_early(self):
        """By pro-rata terms a share falls due at once; otherwise the pledge ends."""
        if self.claim.terms["pro_rata"] and self.amount:
            if self.state == "pledged":
                self.fall_due()
            else:
                self.wait_until(None)
        else:
            self.void()

    def run_out(self):
        (self.fall_due if self.state == "pledged" else self.call_desk)()

    def moved(self, before):
        if self.state in ("paid", "waived") and self.claim.can("settle", None):
            self.claim.settle()

    def roles(self, actor):
        return self.claim.roles(actor)

    def about(self):
        return self.claim.about()

    def concerned(self, event):
        parties = [self.claim.helper, self.claim.seeker]
        return [*parties, *Member.organizers()] if self.waits_at_desk else parties

    def waits_for(self, member):
        movers = {{"due": "seeker", "sent": "helper"}.get(self.state)}
        if self.waits_at_desk:
            movers.add("organizer")
        return bool(movers & self.roles(member))


Pledge.announce("make", N_("%(actor)s pledged to pay the price if hired"), None)
