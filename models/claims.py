"""Claims: one seeker on one referral, from the first request to the hire."""

from datetime import datetime, timedelta
from typing import NamedTuple

from peewee import (
    SQL,
    CharField,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    TextField,
    fn,
)

from .base import Base, Invalid, NotYours, Refused, db, in_days, now
from .blocks import Block
from .community import HELP_CLASSES, Community, Policy, day_of, end_of, today
from .employers import Employer, key_of
from .events import Event, Notice, Record, move
from .members import Member
from .merchant import Merchant
from .referrals import HOLDING, Referral
from .words import N_, _

OUTCOMES = {
    "did_not_get_it": N_("I did not get it"),
    "declined_offer": N_("I turned the offer down"),
    "role_cancelled": N_("The role was cancelled"),
    "stopped_looking": N_("I stopped looking"),
    "hired_elsewhere": N_("I was hired elsewhere"),
}

# How the helper knows the seeker: said when they accept, and part of the terms.
ACQUAINTANCES = {
    "here": N_("We met here"),
    "met": N_("We have met in person"),
    "worked_together": N_("We have worked together"),
    "close": N_("We are friends or family"),
}

# Days beyond the longest regular way to a payment until which the consent to charge a card reaches.
CHARGE_MARGIN_DAYS = 60

LARGEST_CHARGE = 99_999_999  # Minor units: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts

WAITING = ("requested", "changes_asked")
BOUND = ("accepted", "active")
ENDED = (
    "declined", "withdrawn", "lapsed", "released", "closed",
    "not_hired", "ended_early", "settled", "cancelled", "expired",
)  # fmt: skip
GOING_ON = ("requested", "changes_asked", "accepted", "active", "reported", "disputed", "hired")
FREE = tuple(state for state in ENDED if state not in ("settled", "ended_early"))
DECISIONS = ("hired", "not_hired", "ended_early", "cancelled")

OPEN_CLAIM = "state NOT IN ({})".format(", ".join(f"'{state}'" for state in ENDED))


class Claim(Record):
    noun = "claim"

    referral = ForeignKeyField(Referral, backref="claims")
    helper = ForeignKeyField(Member, backref="helped")
    seeker = ForeignKeyField(Member, backref="sought")
    state = CharField(default="requested")
    note = TextField()
    acquaintance = CharField(default="")
    terms = JSONField(null=True)
    total = IntegerField(default=0)
    due = DateTimeField(null=True, index=True)
    made_at = DateTimeField(default=now)
    active_from = DateTimeField(null=True)
    check_ins = IntegerField(default=0)
    start_date = DateField(null=True)
    reported_by = ForeignKeyField(Member, null=True)
    outcome = CharField(default="")
    thanks = TextField(default="")
    frozen_at = DateTimeField(null=True)
    frozen_due = DateTimeField(null=True)

    class Meta:
        indexes = ((("seeker", "state"), False), (("helper", "state"), False), (("referral", "state"), False))

    # Finding

    @classmethod
    def visible_to(cls, member):
        """What this member may know of: their own claims, and for organizers those that wait at the desk."""
        seen = (cls.helper == member) | (cls.seeker == member)
        if member.organizer:
            seen |= (cls.state == "disputed") | cls.waiting_at_desk() | cls.reported()
        return cls.select().where(seen)

    @classmethod
    def reported(cls):
        """Whether a report about the claim waits at the desk."""
        report = cls.reports.rel_model
        return fn.EXISTS(report.select(report.id).where(report.claim == cls.id, report.state == "open"))

    @classmethod
    def waiting_at_desk(cls):
        """Whether the claim's money waits for an organizer."""
        pledge = cls.pledges.rel_model
        return cls.id.in_(pledge.at_desk().select(pledge.claim))

    @classmethod
    def judged_by(cls, organizer):
        """Whether the organizer has no part in the claim, and does not work for its employer."""
        places = places_of(organizer)
        names = [
            row.employer for row in Referral.select(Referral.employer).distinct() if key_of(row.employer) in places
        ]
        colleague = cls.referral.in_(Referral.select(Referral.id).where(Referral.employer.in_(names)))
        return (cls.helper != organizer) & (cls.seeker != organizer) & ~colleague

    @classmethod
    def of(cls, member):
        """Both my sides, newest first."""
        return cls.select().where((cls.helper == member) | (cls.seeker == member)).order_by(cls.id.desc())

    @classmethod
    def disputed(cls):
        return cls.select().where(cls.state == "disputed").order_by(cls.id)

    @classmethod
    def open_of(cls, seeker):
        return cls.select().where(cls.seeker == seeker, cls.state.not_in(ENDED))

    @classmethod
    def thanked(cls, helper):
        """Claims that ended with a thank-you note for this helper, newest first."""
        return cls.select().where(cls.helper == helper, cls.thanks != "").order_by(cls.id.desc())

    @classmethod
    def between(cls, member, other):
        """Claims that these two share, in either role, newest first."""
        pair = (cls.helper == member) & (cls.seeker == other) | (cls.helper == other) & (cls.seeker == member)
        return cls.select().where(pair).order_by(cls.id.desc())

    # Asking

    @classmethod
    def refusal(cls, referral, seeker):
        """Why this member cannot claim this referral now, as a sentence, or None."""
        if seeker == referral.helper:
            return _("This is your own posting.")
        if referral.state == "paused":
            return _("This posting is paused. Come back when the helper has put it back on the board.")
        if referral.state != "published":
            return _("This posting is no longer open.")
        if referral.helper.kept_out:
            return _("The helper cannot answer at the moment. Try again later.")
        if cls.open_of(seeker).where(cls.referral == referral).exists():
            return _("You have an open claim on this posting already.")
        if referral.full:
            return _("Every seat of this posting is taken. If one becomes free, you can claim it.")
        if not referral.offered:
            return _("The helper has left this employer, and all they offered was help from inside.")
        if cls.open_of(seeker).count() >= Policy.current().open_claims_cap:
            return _("You have as many open claims as this community allows. Finish or withdraw one first.")
        return None

    @classmethod
    def request(cls, referral, seeker, note, help):
        """A new claim, at the prices of this moment. Raises Refused or Invalid."""
        referral.catch_up()
        cls.catch_up_all(cls.seeker == seeker)
        with db.atomic():
            referral.reload()
            seeker.must_not_be_silenced()
            cls._check_words(note=note)
            if problem := cls.refusal(referral, seeker):
                raise Refused(problem)
            claim = cls(referral=referral, helper=referral.helper, seeker=seeker, note=note)
            claim.due = in_days(Policy.current().request_days)
            claim.save()
            claim._choose(help)
            claim.save()
            claim.tell(claim.log("request", seeker, after="requested"))
            return claim

    @staticmethod
    def _check_words(**texts):
        for name, text in texts.items():
            if word := Block.word_in(text):
                raise Invalid(**{name: _("“%(word)s” cannot be used here.", word=word)})

    def _choose(self, help):
        offered = {item.kind: item.price for item in self.referral.offered}
        if not help:
            raise Invalid(help=_("Choose at least one kind of help."))
        if not set(help) <= set(offered):
            raise Invalid(help=_("Some of this help is no longer offered. Choose again."))
        policy = Policy.current()
        if problem := next(filter(None, (policy.price_problem(kind, offered[kind]) for kind in help)), None):
            raise Invalid(help=problem)
        ClaimItem.delete().where(ClaimItem.claim == self).execute()
        for kind in HELP_CLASSES:
            if kind in help:
                ClaimItem.create(claim=self, kind=kind, price=offered[kind])
        self.total = 0 if self.free_of_charge else sum(offered[kind] for kind in set(help))

    # Agreeing

    def no_seat(self, actor=None):
        if not self.referral.live:
            return _("The posting is no longer open.")
        if problem := Employer.problem(self.referral.employer, self.referral.industry, self.total):
            return problem
        if self.referral.full:
            return _("Every seat is taken. Requests keep their place in line until one is free.")
        return None

    @move(
        "requested", to="accepted", by="helper", needs="no_seat",
        says=N_("%(actor)s accepted, and the terms were frozen"),
        tells=N_("%(actor)s accepted your request for “%(title)s”. Read the terms and agree to them."),
    )  # fmt: skip
    def accept(self, helper, acquaintance="here"):
        """The helper takes this seeker on, and the terms are frozen as they stand."""
        if acquaintance not in ACQUAINTANCES:
            raise Invalid(acquaintance=_("Please choose one of these."))
        policy, self.acquaintance = Policy.current(), acquaintance
        self.terms = self._terms(policy)
        self.due = in_days(policy.agree_days)

    def _terms(self, policy):
        return {
            "employer": self.referral.employer,
            "title": self.referral.title,
            "items": [{"kind": item.kind, "price": item.price if self.total else 0} for item in self.items],
            "total": self.total,
            "currency": Community.current().currency,
            "guarantee_days": policy.guarantee_days,
            "pro_rata": policy.pro_rata,
            "hired_means": policy.hired_means,
            "acquaintance": self.acquaintance,
            "settlement": self._settlement(policy),
            "fee_percent": policy.fee_percent,
            "fee_cap": policy.fee_cap,
            "charge_by": self._charge_by(policy).isoformat(),
            "policy": policy.id,
            "frozen_at": now().isoformat(),
        }

    def _settlement(self, policy):
        """A price that is too small or too large for a card is settled between the two sides."""
        if not self.total:
            return "gift"
        fits = (Merchant.current().smallest or 0) <= self.total <= LARGEST_CHARGE
        return "stripe" if policy.settlement == "stripe" and fits else "offline"

    @staticmethod
    def _charge_by(policy):
        """The last day on which a saved card may be charged: the longest way to a hire, its guarantee, and a margin."""
        days = policy.agree_days + policy.active_days + policy.report_days + policy.guarantee_days + CHARGE_MARGIN_DAYS
        return today() + timedelta(days=days)

    @move(
        "requested", to="changes_asked", by="helper", reason="required",
        says=N_("%(actor)s asked for changes to the request"),
        tells=N_("%(actor)s asks you to change your request for “%(title)s”."),
    )  # fmt: skip
    def ask_changes(self, helper):
        self.due = in_days(Policy.current().changes_days)

    @move(
        "changes_asked", to="requested", by="seeker",
        says=N_("%(actor)s changed the request"),
        tells=N_("%(actor)s has changed the request for “%(title)s”."),
    )  # fmt: skip
    def resubmit(self, seeker, note, help):
        """The request reads so from now on, at the prices of this moment."""
        seeker.must_not_be_silenced()
        self._check_words(note=note)
        self.note = note
        self._choose(help)
        self.due = None if self.referral.full else in_days(Policy.current().request_days)

    @move(
        "requested", to="declined", by="helper", reason="optional",
        says=N_("%(actor)s declined"),
        tells=N_("%(actor)s could not take on your request for “%(title)s” this time."),
    )  # fmt: skip
    def decline(self, helper):
        self.due = None

    @move(
        "accepted", to="active", by="seeker",
        says=N_("%(actor)s agreed to the terms"),
        tells=N_("%(actor)s agreed to the terms for “%(title)s”. You can begin to help."),
    )  # fmt: skip
    def agree(self, seeker, consent=""):
        """The seeker accepts the terms and, where there is a price, pledges in these words to pay it if hired."""
        self.active_from = now()
        self.due = self._next_check_in()
        if self.total:
            self.pledges.model.make(self, seeker, consent)

    @move(
        *WAITING, *BOUND, to="withdrawn", by="seeker", reason="optional",
        says=N_("%(actor)s withdrew"),
        tells=N_("%(actor)s withdrew the claim on “%(title)s”."),
    )  # fmt: skip
    def withdraw(self, seeker):
        self.due = None

    @move(
        "active", to="released", by="helper", reason="required",
        says=N_("%(actor)s let the claim go"),
        tells=N_("%(actor)s cannot help with “%(title)s” any longer and let the claim go. Nothing is owed."),
    )  # fmt: skip
    def release(self, helper):
        self.due = None

    @move(
        *WAITING, *BOUND, to="closed", by="clock", needs="still_possible",
        says=N_("The posting ended, and the claim was closed without a fee"),
        tells=N_("“%(title)s” is no longer open, so the claim was closed. Nothing is owed."),
    )  # fmt: skip
    def close(self, nobody=None):
        self.due = None

    def still_possible(self, actor=None):
        """Who was accepted may still be hired, unless every seat has led to a hire."""
        if self.bound and self.referral.hires < self.referral.seats:
            return _("This claim can still lead to a hire.")
        return None

    # Helping

    @move("active", by="party", says=N_("%(actor)s moved the checklist on"))
    def mark(self, member, what):
        """This step is done. Raises NotYours where the other party has to say so."""
        self._check_step(member, what)
        Mark.insert(claim=self, what=what, by=member).on_conflict_ignore().execute()
        return self.state

    @move("active", by="party", says=N_("%(actor)s took a step on the checklist back"))
    def unmark(self, member, what):
        """This step is not done after all."""
        self._check_step(member, what)
        Mark.delete().where(Mark.claim == self, Mark.what == what).execute()
        return self.state

    def _check_step(self, member, what):
        step = next((step for step in self.checklist if step.what == what), None)
        if step is None:
            raise Refused(_("There is no such step on the checklist."))
        if step.owner not in self.roles(member):
            raise NotYours(_("Only the other side can say that this is done."))

    @property
    def checklist(self):
        """Every step of the way in order, with who says that it is done, and when that was said."""
        done = {mark.what: mark.at for mark in self.marks}
        steps = [("disclosed", "helper")]
        for item in self.items:
            steps += [(f"delivered:{item.kind}", "helper"), (f"received:{item.kind}", "seeker")]
        steps += [("applied", "seeker"), ("interviewing", "seeker"), ("offer", "seeker")]
        return [Step(what, owner, done.get(what)) for what, owner in steps]

    def can_talk(self, member):
        return "party" in self.roles(member) and self.state not in FREE

    def say(self, author, body):
        """A message stands in the thread; the other side is told once until they have looked."""
        with db.atomic():
            self.reload()
            if not self.can_talk(author):
                raise NotYours(_("This thread is closed."))
            author.must_not_be_silenced()
            self._check_words(body=body)
            Message.create(claim=self, author=author, body=body)
            other = self.other(author)
            if not Notice.unread(other).where(Notice.kind == "claim.message", Notice.claim == self).exists():
                self.notify(other, "claim.message", author)

    @move(
        "active", by="clock",
        says=N_("Golem asked how it is going"),
        tells=N_("How is it going with “%(title)s”? Tell the other side, or report how it ended."),
    )  # fmt: skip
    def check_in(self, nobody=None):
        self.check_ins += 1
        self.due = self._next_check_in()
        return self.state

    def _next_check_in(self):
        policy = self.policy
        days = [*policy.check_in_days, policy.active_days][self.check_ins :]
        return self.active_from + timedelta(days=days[0] if days else policy.active_days)

    # Ending

    @move(
        "active", to="not_hired", by="seeker",
        says=N_("%(actor)s reported that it did not lead to a hire"),
        tells=N_("“%(title)s” did not lead to a hire: %(actor)s closed the claim. Nothing is owed."),
    )  # fmt: skip
    def report_not_hired(self, seeker, outcome):
        if outcome not in OUTCOMES:
            raise Invalid(outcome=_("Please choose what happened."))
        self.outcome, self.due = outcome, None

    @move(
        "active", to="reported", by="party",
        says=N_("%(actor)s reported the hire"),
        tells=N_("%(actor)s reports a hire for “%(title)s”. Is that right? Confirm it, or contest it."),
    )  # fmt: skip
    def report_hired(self, member, start_date):
        """The hire waits for the other party to confirm it. `start_date` is the first day on the job."""
        self.start_date = self._checked_start(start_date)
        self.reported_by = member
        self.due = in_days(self.policy.report_days)

    def _checked_start(self, day):
        if day < day_of(self.made_at):
            raise Invalid(start_date=_("This is before the claim was made."))
        if day > today() + timedelta(days=365):
            raise Invalid(start_date=_("This is more than a year away."))
        return day

    @move(
        "reported", to="hired", by="other_party",
        says=N_("%(actor)s confirmed the hire"),
        tells=N_("%(actor)s confirmed the hire for “%(title)s”."),
    )  # fmt: skip
    def confirm(self, member):
        self.due = None

    @move(
        "reported", to="disputed", by="other_party", reason="required",
        says=N_("%(actor)s contested the report"),
        tells=N_("%(actor)s contests the report of a hire for “%(title)s”. An organizer will decide."),
    )  # fmt: skip
    def contest(self, member):
        self.due = None

    @move(
        "reported", by="clock",
        says=N_("Nobody answered the report in time"),
        tells=N_("The report of a hire for “%(title)s” went without an answer, and the default has happened."),
    )  # fmt: skip
    def presume(self, nobody=None):
        """Silence confirms what the seeker reported. The helper's word alone is never enough for a price."""
        self.due = None
        return "hired" if self.reported_by == self.seeker else "disputed"

    @move(
        "active", "reported", "hired", "ended_early", to="disputed", by="party", needs="disputable", reason="required",
        says=N_("%(actor)s asked an organizer to decide"),
        tells=N_("%(actor)s asks an organizer to decide about “%(title)s”."),
    )  # fmt: skip
    def dispute(self, member):
        self.due = None

    def disputable(self, actor=None):
        """After an early end there is something to decide only while a share is owed."""
        if self.pledge and self.pledge.state in ("releasing", "paid"):
            return _("The money is with the helper, or on its way. Write to the organizers.")
        if self.state != "ended_early":
            return None
        again = Claim.open_of(self.seeker).where(Claim.referral == self.referral).exists()
        if again or not self.pledge or not self.pledge.share_is_open:
            return _("There is nothing left to decide.")
        return None

    @move(
        "disputed", by="organizer", reason="required",
        says=N_("%(actor)s decided"),
        tells=N_("%(actor)s has decided about “%(title)s” and says why."),
    )  # fmt: skip
    def decide(self, organizer, decision, owed=None, start_date=None):
        """The dispute ends so. `owed` lowers the price, in minor units; it can never be raised."""
        if decision not in DECISIONS:
            raise Invalid(decision=_("Please choose how this ends."))
        if owed is not None and not 0 <= owed <= (self.pledge.amount if self.pledge else 0):
            raise Invalid(owed=_("What is owed can be lowered, never raised."))
        if self.pledge and self.pledge.collected and owed not in (None, 0, self.pledge.amount):
            raise Invalid(owed=_("The money has been collected: it stands as it is, or it goes back with 0."))
        if decision == "ended_early" and owed is None and self.pledge and self.terms["pro_rata"]:
            raise Invalid(owed=_("By these terms a share is owed. Say how much, or 0."))
        if decision == "hired":
            self.start_date = self._checked_start(start_date or self.start_date or today())
        if owed is not None and self.pledge:
            self.pledge.set_amount(owed)
        return decision

    def in_guarantee(self, actor=None):
        if today() > self.guarantee_ends:
            return _("The guarantee is over.")
        if self.pledge and self.pledge.state != "pledged":
            return _("The price has been settled or is being settled.")
        return None

    @move(
        "hired", to="ended_early", by="party", needs="in_guarantee", reason="optional",
        says=N_("%(actor)s reported that the job ended within the guarantee"),
        tells=N_("%(actor)s reports that the job at “%(title)s” ended within the guarantee."),
    )  # fmt: skip
    def report_ended(self, member, ended_on=None):
        """The job ended early: nothing is owed, or by pro-rata terms the share of the days worked."""
        last_day = ended_on or today()
        if last_day > today():
            raise Invalid(ended_on=_("This day has not come yet."))
        if ended_on and ended_on < self.start_date:
            raise Invalid(ended_on=_("This is before the first day on the job."))
        if self.pledge and self.terms["pro_rata"]:
            worked = max(0, (last_day - self.start_date).days)
            days = self.terms["guarantee_days"] or 1
            self.pledge.set_amount(self.pledge.amount * min(worked, days) // days)

    @move(
        "hired", to="settled", by="clock", needs="unsettled",
        says=N_("The claim was settled"),
        tells=N_("“%(title)s” is settled. A word of thanks is always welcome."),
    )  # fmt: skip
    def settle(self, nobody=None):
        """Everything promised has been kept: the price is paid, waived, or there was none."""

    def unsettled(self, actor=None):
        if self.pledge and self.pledge.state not in ("paid", "waived", "void", "refunded"):
            return _("The price is still owed.")
        return None

    @move(
        "active", to="expired", by="clock",
        says=N_("The claim ran out"),
        tells=N_("The claim on “%(title)s” ran out without a hire. Nothing is owed."),
    )  # fmt: skip
    def expire(self, nobody=None):
        self.due = None

    @move(
        *WAITING, "accepted", to="lapsed", by="clock",
        says=N_("Nobody answered in time, and the claim lapsed"),
        tells=N_("The claim on “%(title)s” lapsed: nobody answered in time. Nothing is owed."),
    )  # fmt: skip
    def lapse(self, nobody=None):
        self.due = None

    def not_thanked(self, actor=None):
        return _("You have said thank you already.") if self.thanks else None

    @move(
        "hired", "settled", by="seeker", needs="not_thanked",
        says=N_("%(actor)s said thank you"),
        tells=N_("%(actor)s thanks you for your help with “%(title)s”."),
    )  # fmt: skip
    def thank(self, seeker, thanks):
        """The note stands on the helper's profile, with the seeker's name."""
        seeker.must_not_be_silenced()
        self._check_words(thanks=thanks)
        self.thanks = thanks
        return self.state

    # Standing still

    def moving(self, actor=None):
        return _("The clocks stand still already.") if self.frozen_at else None

    def standing_still(self, actor=None):
        if self.helper.kept_out or self.seeker.kept_out or self.asked_for_money.exists():
            return _("Something else still holds the clocks.")
        return None if self.frozen_at else _("The clocks run.")

    @property
    def asked_for_money(self):
        """The reports of a demand for money before the hire that still wait at the desk."""
        report = self.reports.model
        return self.reports.where(report.rule == "money_first", report.state == "open")

    @move(
        *GOING_ON, by="clock", needs="moving", says=N_("The clocks stand still while an organizer looks at something")
    )
    def freeze(self, nobody=None):
        self.frozen_at, self.frozen_due, self.due = now(), self.due, None
        return self.state

    @move(*GOING_ON, by="clock", needs="standing_still", says=N_("The clocks run again"))
    def thaw(self, nobody=None):
        stood_still = now() - self.frozen_at
        self.due = self.frozen_due and self.frozen_due + stood_still
        self.frozen_at = self.frozen_due = None
        if self.pledge:
            self.pledge.put_off(stood_still)
        return self.state

    def drop_fee(self):
        """A demand for money before the hire costs the whole price: from now on this help is a gift."""
        if self.terms:
            gifts = [item | {"price": 0} for item in self.terms["items"]]
            terms = self.terms | {"items": gifts, "total": 0, "settlement": "gift"}
            Claim.update(terms=terms).where(Claim.id == self.id).execute()
        Claim.update(total=0).where(Claim.id == self.id).execute()
        if self.pledge:
            self.pledge.call_off()
        self.reload()
        if self.can("settle", None):
            self.settle()

    @property
    def free_of_charge(self):
        """Whether the desk upheld that money was asked for before the hire."""
        report = self.reports.model
        upheld = self.reports.where(report.rule == "money_first", report.state == "upheld")
        return upheld.where(report.member == self.helper).exists()

    def other_kept_out(self, actor):
        if self.other(actor).kept_out:
            return None
        return _("Only while the other side is suspended.")

    @move(
        *WAITING, *BOUND, "reported", "disputed", "hired", to="cancelled", by="party", needs="other_kept_out",
        says=N_("%(actor)s left without a fee"),
        tells=N_("%(actor)s left the claim on “%(title)s”, without a fee."),
    )  # fmt: skip
    def leave(self, member):
        """While the other side is suspended, nobody has to wait for them."""
        self.due = None

    # What follows

    def catch_up(self):
        """Its clock has had its say, those of the claims beside it, whose seats it may want, and its pledge's."""
        if Claim.catch_up_all((Claim.referral == self.referral_id) | (Claim.id == self.id)):
            self.reload()
        if self.state in ("hired", "ended_early") and self.pledge:
            self.pledge.catch_up()
            self.reload()

    @classmethod
    def catch_up_all(cls, which):
        """The clocks of these claims have had their say. Returns whether any had run out."""
        overdue = list(cls.overdue().where(which))
        for claim in overdue:
            Record.catch_up(claim)
        return bool(overdue)

    def run_out(self):
        if self.state == "active":
            (self.expire if self.spent_by(now()) else self.check_in)()
        elif self.state == "reported":
            self.presume()
        else:
            self.lapse()

    def moved(self, before):
        if self.frozen_at and (self.due or self.state != before):
            Claim.update(due=None, frozen_due=self.due).where(Claim.id == self.id).execute()
        if self.state == before:
            if self.state == "requested":
                self.referral.move_line()  # A seat may have come free while the clocks stood still.
            return
        if self.state == "hired":
            self._hired()
        elif self.state == "disputed" and self.pledge:
            self.pledge.stop_clock()
        elif self.pledge and self.state in FREE:
            self.pledge.call_off()
        elif self.pledge and self.state == "ended_early":
            self.pledge.end_early()
        if (before in HOLDING) != (self.state in HOLDING):
            self.referral.move_line()

    def _hired(self):
        if self.pledge and not self.pledge.amount:
            self.pledge.let_off()
        elif self.unsettled():
            self.pledge.wait_until(end_of(self.guarantee_ends))
        else:
            self.settle()
        if self.referral.hires >= self.referral.seats and self.referral.can("fill", None):
            self.referral.fill()

    # Reading

    @property
    def thread(self):
        """The messages with their authors, oldest first."""
        return self.messages.select(Message, Member).join(Member).order_by(Message.id)

    @property
    def path(self):
        """What has happened to the claim, oldest first, without the small steps of the checklist."""
        small = ("claim.mark", "claim.unmark")
        return self.history.where(Event.verb.not_in(small)).order_by(Event.id)

    @property
    def version(self):
        """Changes whenever something on the claim's page does."""
        moved = self.path.select(fn.MAX(Event.id)).order_by().scalar() or 0
        event = self.history.select(fn.MAX(Event.id)).scalar() or 0
        message = self.messages.select(fn.MAX(Message.id)).scalar() or 0
        return f"{moved}-{event}-{message}"

    def moved_since(self, version):
        """Whether more than messages and steps of the checklist has come since somebody saw this version."""
        return bool(version) and version.split("-")[0] != self.version.split("-")[0]

    def spent_by(self, moment):
        """Whether an active claim has run out by then."""
        return moment >= self.active_from + timedelta(days=self.policy.active_days)

    @property
    def policy(self):
        """The policy that the claim was agreed under."""
        return Policy.get_by_id(self.terms["policy"]) if self.terms else Policy.current()

    @property
    def pledge(self):
        """The promise to pay, once the seeker has agreed to a price; None for gifts."""
        return self.pledges.first()

    @property
    def guarantee_ends(self):
        return self.start_date + timedelta(days=self.terms["guarantee_days"])

    @property
    def bound(self):
        return self.state in BOUND

    @property
    def ended(self):
        return self.state in ENDED

    @property
    def place_in_line(self):
        """1 for the request that came first among those that wait for a seat."""
        ahead = Claim.select().where(Claim.referral == self.referral, Claim.state == "requested", Claim.id < self.id)
        return ahead.count() + 1

    def other(self, member):
        return self.seeker if member == self.helper else self.helper

    def roles(self, actor):
        if actor is None:
            return {"clock"}
        if actor not in (self.helper, self.seeker):
            return {"organizer"} if actor.organizer and not self.colleague(actor) else set()
        roles = {"party", "helper" if actor == self.helper else "seeker"}
        return roles | {"other_party"} if self.reported_by and actor != self.reported_by else roles

    def colleague(self, organizer):
        """Whether this organizer works for the employer that the claim is about."""
        return key_of(self.referral.employer) in places_of(organizer)

    def about(self):
        return {"claim": self, "referral": self.referral}

    def concerned(self, event):
        parties = [self.helper, self.seeker]
        return [*parties, *Member.organizers()] if self.state == "disputed" else parties

    def waits_for(self, member):
        """Whether it is this member's move."""
        movers = {
            "requested": {"helper"} if self.due else set(),
            "changes_asked": {"seeker"},
            "accepted": {"seeker"},
            "reported": {"other_party"},
            "disputed": {"organizer"},
        }
        pledge = self.pledge
        if pledge and (self.state in ("hired", "ended_early") or pledge.wants_card):
            return pledge.waits_for(member) or bool(self.roles(member) & movers.get(self.state, set()))
        return bool(self.roles(member) & movers.get(self.state, set()))


def places_of(member):
    """The keys of the employers that this member has to do with."""
    posted = member.referrals.where(Referral.connection != "knows_of")
    return {key_of(place) for place in (member.employer, *(referral.employer for referral in posted)) if place}


Claim.add_index(
    Claim.index(Claim.referral, Claim.seeker, unique=True, where=SQL(OPEN_CLAIM), name="claim_one_open_per_seeker")
)
Claim.announce("request", N_("%(actor)s asked for help"), N_("%(actor)s asks for your help with “%(title)s”."))
Claim.announce("message", None, N_("%(actor)s wrote to you about “%(title)s”."))


class ClaimItem(Base):
    """A kind of help that a claim asks for, at the price it had when it was asked for."""

    claim = ForeignKeyField(Claim, backref="items", on_delete="CASCADE", index=False)
    kind = CharField()
    price = IntegerField()

    class Meta:
        indexes = ((("claim", "kind"), True),)


class Mark(Base):
    """A step on a claim's checklist that somebody said is done."""

    claim = ForeignKeyField(Claim, backref="marks", on_delete="CASCADE", index=False)
    what = CharField()
    by = ForeignKeyField(Member)
    at = DateTimeField(default=now)

    class Meta:
        indexes = ((("claim", "what"), True),)


class Step(NamedTuple):
    """A line of the checklist: `what` or `what:kind of help`, the side that says so, and when it was."""

    what: str
    owner: str
    done_at: datetime | None


class Message(Base):
    claim = ForeignKeyField(Claim, backref="messages", on_delete="CASCADE")
    author = ForeignKeyField(Member)
    body = TextField()
    at = DateTimeField(default=now)
