"""Claims: one seeker on one referral, from the first request to the hire."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from peewee import (
    JOIN,
    SQL,
    BooleanField,
    Case,
    CharField,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    TextField,
    fn,
)

import models

from . import quotas
from .base import Base, Invalid, NotYours, Refused, db, in_days, now, remembered, with_related
from .blocks import Block
from .community import HELP_CLASSES, Policy, day_of, end_of, today
from .events import Event, Notice
from .giveaways import given_away
from .hiding import Hiding
from .i18n import N_, _
from .keeping import FOR_GOOD, WHO_BOTH, Kept, WordsField
from .members import Member
from .referrals import HOLDING, Referral
from .terms import Terms, TermsField
from .text import words_of
from .verbs import Record, move, moved_on
from .visibility import at_place_of, hides, sees_other_side, sees_profile, sight_of_claim

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

WARNING_DAYS = 7  # Between a notice that the words of a claim go, and their end.
SMALL_STEPS = ("claim.mark", "claim.unmark", "claim.take_back")
WAITING = ("requested", "changes_asked")
BOUND = ("accepted", "active")
ENDED = (
    "declined",
    "withdrawn",
    "lapsed",
    "released",
    "closed",
    "not_hired",
    "ended_early",
    "settled",
    "cancelled",
    "expired",
)
GOING_ON = ("requested", "changes_asked", "accepted", "active", "reported", "disputed", "hired")
HIRED = ("hired", "settled")
FREE = tuple(state for state in ENDED if state not in ("settled", "ended_early"))
THANKABLE = ("hired", "settled", "ended_early", "disputed", "not_hired", "cancelled")  # Thanks may have been given.
DECISIONS = ("hired", "not_hired", "ended_early", "cancelled")
REMINDED_ON = (14, 25)  # On these days of a dispute the desk is reminded of it.

OPEN_CLAIM = "state NOT IN ({})".format(", ".join(f"'{state}'" for state in ENDED))


class Claim(Record):
    noun = "claim"

    referral = ForeignKeyField(Referral, backref="claims")
    helper = ForeignKeyField(Member, backref="helped")
    seeker = ForeignKeyField(Member, backref="sought")
    state = CharField(default="requested")
    note = WordsField(stand_in=N_("These words are gone."))
    acquaintance = CharField(default="")
    terms = TermsField(null=True)
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
    words_go_at = DateTimeField(null=True, index=True)
    words_gone = BooleanField(default=False)
    revealed_at = DateTimeField(null=True)
    unnamed = BooleanField(default=False)
    thanks_agreed = BooleanField(default=False)
    thanks_shown = BooleanField(default=False)
    desk_reminders = IntegerField(default=0)
    proposed_by = ForeignKeyField(Member, null=True)
    proposed_end = CharField(default="")
    proposed_owed = IntegerField(null=True)
    proposed_start = DateField(null=True)
    thanks_down_at = DateTimeField(null=True)
    frozen_for = CharField(default="")

    kept = Kept(
        N_("Claims: who helped whom, what was agreed, and how it ended"),
        WHO_BOTH,
        FOR_GOOD,
        whose=("helper", "seeker"),
        words={"seeker": ("note", "thanks", "outcome"), "helper": ("acquaintance",)},
        facts=(
            *("referral", "helper", "seeker", "state", "terms", "total", "due", "made_at", "active_from", "check_ins"),
            *("start_date", "reported_by", "frozen_at", "frozen_due", "words_go_at", "words_gone", "revealed_at"),
            *("unnamed", "thanks_agreed", "thanks_shown", "thanks_down_at", "frozen_for", "desk_reminders"),
            *("proposed_by", "proposed_end", "proposed_owed", "proposed_start"),
        ),
    )

    class Meta:
        indexes = ((("seeker", "state"), False), (("helper", "state"), False), (("referral", "state"), False))

    # Finding

    @classmethod
    def visible_to(cls, member):
        """Returns a query for what this member may know of: their own, and for organizers what waits at the desk."""
        seen = (cls.helper == member) | (cls.seeker == member)
        if member.organizer:
            waiting = (cls.state == "disputed") | cls.waiting_at_desk() | cls.reported()
            seen |= waiting & cls.judgeable_by(member)
        return cls.select().where(seen)

    def seen_by(self, member):
        """Returns what this member, who may know of the claim, may read of its posting there."""
        return sight_of_claim(self, member)

    @classmethod
    def reported(cls):
        """Returns a condition: a report about the claim waits at the desk."""
        report = models.Report
        return fn.EXISTS(report.select(report.id).where(report.claim == cls.id, report.state == "open"))

    @classmethod
    def waiting_at_desk(cls):
        """Returns a condition: the claim's money waits for an organizer."""
        return cls.id.in_(models.Pledge.at_desk().select(models.Pledge.claim))

    @classmethod
    def judgeable_by(cls, organizer):
        """Returns a condition: the organizer has no part in the claim, and does not work for its employer.

        Nor does its helper hide from them. Whoever wrote it together with one of the two has a part in it.
        """
        posting = Referral.alias()
        own = posting.select(posting.id).where(posting.id == cls.referral, at_place_of(organizer, posting.employer))
        known = cls.helper.not_in(Hiding.owners(organizer))
        wrote = cls.id.not_in(models.Beside.claims_of(organizer))
        return (cls.helper != organizer) & (cls.seeker != organizer) & ~fn.EXISTS(own) & known & wrote

    @classmethod
    def of(cls, member):
        """Returns a query for the claims of this member, as helper and as seeker, newest first."""
        return cls.select().where((cls.helper == member) | (cls.seeker == member)).order_by(cls.id.desc())

    @classmethod
    def with_parties(cls, found):
        """Returns the query with the posting and both sides joined, and whether either hides from the other.

        `hiding` is whether the helper hides from the seeker, `hiding_back` whether the seeker does from the helper.
        The seeker has with them who invited them, and how often they were hired through somebody here.
        """
        helper, seeker, inviter, other = Member.alias(), Member.alias(), Member.alias(), cls.alias()
        hired = other.select(fn.COUNT(other.id)).where(other.seeker == cls.seeker, other.state.in_(HIRED))
        hiding = Hiding.select(fn.COUNT(Hiding.id)).where(Hiding.owner == cls.helper, Hiding.viewer == cls.seeker)
        back = Hiding.select(fn.COUNT(Hiding.id)).where(Hiding.owner == cls.seeker, Hiding.viewer == cls.helper)
        counts = (hiding.alias("hiding"), back.alias("hiding_back"), hired.alias("hired_here"))
        found = found.select(cls, Referral, helper, seeker, inviter, *counts).join(Referral).switch(cls)
        found = found.join(helper, on=cls.helper, attr="helper").switch(cls)
        found = found.join(seeker, on=cls.seeker, attr="seeker")
        return found.join(inviter, JOIN.LEFT_OUTER, on=seeker.invited_by == inviter.id, attr="invited_by")

    @classmethod
    def loaded(cls, found):
        """The claims as a list, with referral, people and pledge, and for whom money rests whether they can have it.

        That is five statements, however many there are.
        """
        claims = with_related(found, "referral", "helper", "seeker", "reported_by")
        if not claims:
            return claims
        pledges = models.Pledge.select().where(models.Pledge.claim.in_([claim.id for claim in claims]))
        of_claim = {pledge.claim_id: pledge for pledge in pledges}
        for claim in claims:
            Claim.pledge.keep(claim, claim._own(of_claim.get(claim.id)))
        helpers = [claim.helper for claim in claims if claim.pledge and claim.pledge.state == "resting"]
        if helpers:
            Member.know_who_takes_money(helpers)
        disputed = [claim for claim in claims if claim.state == "disputed"]
        for id, judges in cls.judges_of(disputed).items():
            cls.judges.keep(next(claim for claim in disputed if claim.id == id), judges)
        return claims

    @classmethod
    def judges_of(cls, claims):
        """By the ids of these claims, the organizers who can decide about each: three statements, none for no claim."""
        if not claims:
            return {}
        organizers = Member.at_desk_with_places()
        hidden = models.Beside.know_what_is_kept_from(organizers)
        return {
            claim.id: [one for one in organizers if (claim.helper_id, one.id) not in hidden and claim.judged_by(one)]
            for claim in claims
        }

    @classmethod
    def catch_up_with(cls, member):
        """Runs the overdue deadlines of this member's claims, of those on the same referrals, and of their pledges."""
        mine = (cls.helper == member) | (cls.seeker == member)
        cls.catch_up_all(cls.referral.in_(cls.select(cls.referral).where(mine)))
        pledges = models.Pledge.overdue().join(cls).where(mine, cls.state.in_(("hired", "ended_early")))
        for pledge in list(pledges):
            pledge.catch_up()

    @classmethod
    def disputed(cls):
        return cls.select().where(cls.state == "disputed").order_by(cls.id)

    @classmethod
    def open_of(cls, seeker):
        return cls.select().where(cls.seeker == seeker, cls.state.not_in(ENDED))

    @classmethod
    def thanked(cls, helper, viewer):
        """Returns a query for the claims whose thanks this viewer may read on the helper's profile, newest first.

        Both sides agreed to that; of an unnamed posting they are never public, whatever becomes of it.
        """
        public = cls.thanks_agreed & cls.thanks_shown & ~cls.unnamed & (cls.thanks != "")
        found = cls.select().join(Referral).where(cls.helper == helper, public, Referral.helper_named)
        return found.where(cls.seeker.not_in(Hiding.owners(viewer))).order_by(cls.id.desc())

    @classmethod
    def with_thanks_for(cls, viewer):
        """Returns a query for the claims whose thanks this viewer may read, as one of the two or on a profile."""
        public = cls.thanks_agreed & cls.thanks_shown & ~cls.unnamed & Referral.helper_named
        kept_from = Hiding.owners(viewer)
        public &= cls.seeker.not_in(kept_from) & cls.helper.in_(Member.with_profile_for(viewer).select(Member.id))
        own = (cls.helper == viewer) | (cls.seeker == viewer)
        return cls.select().join(Referral).where(cls.thanks != "", own | public)

    @classmethod
    def helped_by(cls, helpers):
        """How many people each of these helped into a job, by their ids; who helped nobody is not there."""
        people = cls.select(cls.helper, fn.COUNT(cls.seeker.distinct()))
        people = people.where(cls.helper.in_(helpers), cls.state.in_(HIRED))
        return dict(people.group_by(cls.helper).tuples())

    @classmethod
    def between(cls, member, other):
        """Returns a query for the claims that these two share, in either role, newest first."""
        pair = (cls.helper == member) & (cls.seeker == other) | (cls.helper == other) & (cls.seeker == member)
        return cls.select().where(pair).order_by(cls.id.desc())

    @classmethod
    def shared(cls, member, other):
        """Returns a query for those of them that were accepted: of no other do both know who the other side is."""
        return cls.between(member, other).where(cls.revealed_at.is_null(False))

    # Asking

    @classmethod
    def refusal(cls, referral, seeker):
        """Returns the sentence that says why this member cannot claim this referral now, or None where they can."""
        if seeker == referral.helper:
            return _("This is your own posting.")
        if referral.state == "paused":
            return _("This posting is paused. Come back when the helper has put it back on the board.")
        if problem := referral.waits_for_review():
            return problem
        if referral.state != "published":
            return _("This posting is no longer open.")
        if referral.helper.kept_out or referral.helper.leaving:
            return _("The helper cannot answer at the moment. Try again later.")
        open_claims = {id for (id,) in cls.open_of(seeker).select(cls.referral).tuples()}  # One on each posting.
        if referral.id in open_claims:
            return _("You have an open claim on this posting already.")
        if referral.full:
            return _("Every seat of this posting is taken. If one becomes free, you can claim it.")
        if not referral.offered:
            return _("The helper has left this employer, and all they offered was help from inside.")
        if len(open_claims) >= Policy.current().open_claims_cap:
            return _("You have as many open claims as this community allows. Finish or withdraw one first.")
        return None

    @classmethod
    def request(cls, referral, seeker, note, help):
        """Makes a claim at today's prices, and returns it. `help` lists kinds of help. Raises Refused or Invalid."""
        referral.catch_up()
        cls.catch_up_all(cls.seeker == seeker)
        with db.atomic():
            referral.reload()
            seeker.must_not_be_silenced()
            quotas.CLAIMS.check(cls.select().where(cls.seeker == seeker), cls.made_at)
            Block.keep_out(note=note)
            if problem := cls.refusal(referral, seeker):
                raise Refused(problem)
            claim = cls(referral=referral, helper=referral.helper, seeker=seeker, note=note)
            claim.unnamed = not referral.helper_named
            claim.due = in_days(Policy.current().request_days)
            claim.begin_to_wait()
            claim.save()
            claim._choose(help)
            claim.save()
            claim.tell(claim.log("request", seeker, after="requested"))
            return claim

    def _check_giveaways(self, author, as_it_is, **texts):
        """Raises Invalid where the helper tells more than the seeker may read of the posting before acceptance."""
        if as_it_is or author.id != self.helper_id or self.revealed_at:
            return
        for name, text in texts.items():
            if words := given_away(self, text):
                told = _("Before you accept, this tells who you are or where you work: %(words)s.", words=words)
                raise Invalid(**{name: told, "as_it_is": _("Send it as it is")})

    @staticmethod
    def check_help(referral, help):
        """Returns the prices of what the posting offers, by kinds. Raises Invalid where this help cannot be chosen."""
        offered = {item.kind: item.price for item in referral.offered}
        if not help:
            raise Invalid(help=_("Choose at least one kind of help."))
        if not set(help) <= set(offered):
            raise Invalid(help=_("Some of this help is no longer offered. Choose again."))
        policy = Policy.current()
        if problem := next(filter(None, (policy.price_problem(kind, offered[kind]) for kind in help)), None):
            raise Invalid(help=problem)
        return offered

    def _choose(self, help):
        offered = self.check_help(self.referral, help)
        ClaimItem.delete().where(ClaimItem.claim == self).execute()
        for kind in HELP_CLASSES:
            if kind in help:
                ClaimItem.create(claim=self, kind=kind, price=offered[kind])
        self.total = 0 if self.free_of_charge else sum(offered[kind] for kind in set(help))

    # Agreeing

    def posting_waits(self):
        return self.referral.waits_for_review()

    def no_seat(self):
        if problem := self.posting_waits():
            return problem
        if not self.referral.live:
            return _("The posting is no longer open.")
        if problem := self.referral.register_problem(self.total):
            return problem
        if self.referral.full:
            return _("Every seat is taken. Requests keep their place in line until one is free.")
        return None

    @move(
        "requested",
        to="accepted",
        by="helper",
        unless="no_seat",
        says=N_("%(actor)s accepted, and the terms were frozen"),
        tells=N_("%(actor)s accepted your request for “%(title)s”. Read the terms and agree to them."),
    )
    def accept(self, helper, acquaintance="here"):
        """The helper takes this seeker on, and the terms are frozen as they stand."""
        if acquaintance not in ACQUAINTANCES:
            raise Invalid(acquaintance=_("Please choose one of these."))
        self.acquaintance, self.terms, self.revealed_at = acquaintance, Terms.of(self, acquaintance), now()
        self.due = in_days(self.policy.agree_days)
        self.unnamed = self.unnamed or not self.referral.helper_named

    @move(
        "requested",
        to="changes_asked",
        by="helper",
        reason="required",
        says=N_("%(actor)s asked for changes to the request"),
        tells=N_("%(actor)s asks you to change your request for “%(title)s”."),
    )
    def ask_changes(self, helper, reason, as_it_is=False):
        """The seeker is asked to change the request; what the reason may not tell yet, see `say`."""
        self._check_giveaways(helper, as_it_is, reason=reason)
        self.due = in_days(Policy.current().changes_days)

    @move(
        "changes_asked",
        to="requested",
        by="seeker",
        unless="posting_waits",
        says=N_("%(actor)s changed the request"),
        tells=N_("%(actor)s has changed the request for “%(title)s”."),
    )
    def resubmit(self, seeker, note, help):
        """The request reads so from now on, at the prices of this moment."""
        seeker.must_not_be_silenced()
        Block.keep_out(note=note)
        self.note = note
        self._choose(help)
        self.due = None if self.referral.full else in_days(Policy.current().request_days)

    @move(
        "requested",
        to="declined",
        by="helper",
        reason="optional",
        says=N_("%(actor)s declined"),
        tells=N_("%(actor)s could not take on your request for “%(title)s” this time."),
    )
    def decline(self, helper, reason, as_it_is=False):
        """The request is over; what the reason may not tell, see `say`."""
        self._check_giveaways(helper, as_it_is, reason=reason)
        self.due = None

    @move(
        "accepted",
        to="active",
        by="seeker",
        says=N_("%(actor)s agreed to the terms"),
        tells=N_("%(actor)s agreed to the terms for “%(title)s”. You can begin to help."),
    )
    def agree(self, seeker, consent=""):
        """The seeker accepts the terms and, where there is a price, pledges in these words to pay it if hired."""
        self.active_from = now()
        self.due = self._next_check_in()
        if self.total:
            models.Pledge.make(self, seeker, consent)

    @move(
        *WAITING,
        *BOUND,
        to="withdrawn",
        by="seeker",
        reason="optional",
        says=N_("%(actor)s withdrew"),
        tells=N_("%(actor)s withdrew the claim on “%(title)s”."),
    )
    def withdraw(self, seeker):
        self.due = None

    @move(
        "active",
        to="released",
        by="helper",
        reason="required",
        says=N_("%(actor)s let the claim go"),
        tells=N_("%(actor)s cannot help with “%(title)s” any longer and let the claim go. Nothing is owed."),
    )
    def release(self, helper):
        self.due = None

    @move(
        *WAITING,
        *BOUND,
        to="closed",
        by="clock",
        unless="still_possible",
        says=N_("The posting ended, and the claim was closed without a fee"),
        tells=N_("“%(title)s” is no longer open, so the claim was closed. Nothing is owed."),
    )
    def close(self):
        self.due = None

    def still_possible(self):
        """Returns a sentence while the claim can lead to a hire: it is bound, and a seat is left. Else None."""
        if self.bound and self.referral.hires < self.referral.seats:
            return _("This claim can still lead to a hire.")
        return None

    @move(
        *WAITING,
        *BOUND,
        to="cancelled",
        by="clock",
        says=N_("A side left the community, and the claim ended without a fee"),
        tells=N_("The other side of “%(title)s” has left, or the community has closed. Nothing is owed."),
    )
    def end_without_fee(self):
        """Nobody is hired yet, and somebody who is needed has gone."""
        self.due = None

    # Helping

    @move("active", by="party", says=N_("%(actor)s moved the checklist on"))
    def mark(self, member, what):
        """This step is done. Raises NotYours where the other party has to say so."""
        self._check_step(member, what)
        ChecklistMark.insert(claim=self, what=what, by=member).on_conflict_ignore().execute()
        return self.state

    @move("active", by="party", says=N_("%(actor)s took a step on the checklist back"))
    def unmark(self, member, what):
        """This step is not done after all."""
        self._check_step(member, what)
        ChecklistMark.delete().where(ChecklistMark.claim == self, ChecklistMark.what == what).execute()
        return self.state

    def _check_step(self, member, what):
        step = next((step for step in self.checklist if step.what == what), None)
        if step is None:
            raise Refused(_("There is no such step on the checklist."))
        if step.owner not in self.roles(member):
            raise NotYours(_("Only the other side can say that this is done."))

    @remembered
    def checklist(self):
        """Every step of the way in order, with who says that it is done, and when that was said."""
        done = {mark.what: mark.at for mark in self.marks}
        steps = [("disclosed", "helper")]
        for kind in self.kinds_of_help:
            steps += [(f"delivered:{kind}", "helper"), (f"received:{kind}", "seeker")]
        steps += [("applied", "seeker"), ("interviewing", "seeker"), ("offer", "seeker")]
        return [Step(what, owner, done.get(what)) for what, owner in steps]

    def can_talk(self, member):
        return "party" in self.roles(member) and self.state not in FREE

    def say(self, author, body, as_it_is=False):
        """Adds a message to the thread. The other side has one notice until they have read it.

        Raises NotYours where the thread is closed or the author is silenced, Invalid on a blocked word, and where a
        helper who is not named yet would tell who they are: it is sent `as_it_is` once they have read that.
        """
        with db.atomic():
            self.reload()
            if not self.can_talk(author):
                raise NotYours(_("This thread is closed."))
            author.must_not_be_silenced()
            message = models.Message
            quotas.MESSAGES.check(message.select().where(message.author == author), message.at)
            Block.keep_out(body=body)
            self._check_giveaways(author, as_it_is, body=body)
            message.create(claim=self, author=author, body=body)
            other = self.other(author)
            if not Notice.unread(other).where(Notice.kind == "claim.message", Notice.claim == self).exists():
                self.notify(other, "claim.message", author)

    @move(
        "active",
        by="clock",
        says=N_("Golem asked how it is going"),
        tells=N_("How is it going with “%(title)s”? Tell the other side, or report how it ended."),
    )
    def check_in(self):
        self.check_ins += 1
        self.due = self._next_check_in()
        return self.state

    def _next_check_in(self):
        policy = self.policy
        days = [*policy.check_in_days, policy.active_days][self.check_ins :]
        return self.active_from + timedelta(days=days[0] if days else policy.active_days)

    # Ending

    @move(
        "active",
        to="not_hired",
        by="seeker",
        says=N_("%(actor)s reported that it did not lead to a hire"),
        tells=N_("“%(title)s” did not lead to a hire: %(actor)s closed the claim. Nothing is owed."),
    )
    def report_not_hired(self, seeker, outcome):
        if outcome not in OUTCOMES:
            raise Invalid(outcome=_("Please choose what happened."))
        self.outcome, self.due = outcome, None

    @move(
        "active",
        to="reported",
        by="party",
        says=N_("%(actor)s reported the hire"),
        tells=N_("%(actor)s reports a hire for “%(title)s”. Is that right? Confirm it, or contest it."),
    )
    def report_hired(self, member, start_date):
        """The hire waits for the other party to confirm. `start_date` is the first day on the job. Raises Invalid."""
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
        "reported",
        to="hired",
        by="other_party",
        says=N_("%(actor)s confirmed the hire"),
        tells=N_("%(actor)s confirmed the hire for “%(title)s”."),
    )
    def confirm(self, member):
        self.due = None

    @move(
        "reported",
        to="disputed",
        by="other_party",
        reason="required",
        to_desk=True,
        says=N_("%(actor)s contested the report"),
        tells=N_("%(actor)s contests the report of a hire for “%(title)s”. Now it has to be decided."),
    )
    def contest(self, member):
        self._begin_dispute()

    @move(
        "reported",
        by="clock",
        says=N_("Nobody answered the report in time"),
        tells=N_("The report of a hire for “%(title)s” went without an answer, and the default has happened."),
    )
    def presume(self):
        """Silence confirms what the seeker reported. The helper's word alone is never enough for a price."""
        self.due = None
        if self.reported_by_id == self.seeker_id:
            return "hired"
        self._begin_dispute()
        return "disputed"

    @move(
        "active",
        "reported",
        "hired",
        "ended_early",
        to="disputed",
        by="party",
        unless="nothing_to_decide",
        reason="required",
        to_desk=True,
        says=N_("%(actor)s asked an organizer to decide"),
        tells=N_("%(actor)s asks an organizer to decide about “%(title)s”."),
    )
    def dispute(self, member):
        self._begin_dispute()

    def nothing_to_decide(self):
        """Returns a sentence where the money has gone on, or after an early end no share is owed. Else None."""
        pledge = self.pledge
        if pledge and pledge.state in ("releasing", "paid"):
            return _("The money is with the helper, or on its way. Write to the organizers.")
        if self.state != "ended_early":
            return None
        again = Claim.open_of(self.seeker).where(Claim.referral == self.referral).exists()
        if again or not pledge or not pledge.share_is_open:
            return _("There is nothing left to decide.")
        return None

    @move(
        "disputed",
        by="organizer",
        reason="required",
        says=N_("%(actor)s decided"),
        tells=N_("%(actor)s has decided about “%(title)s” and says why."),
    )
    def decide(self, organizer, decision, owed=None, start_date=None):
        """Ends the dispute in the state `decision`.

        `owed` lowers the price, in minor units; None leaves it. `start_date` is the first day on the job, for "hired".
        Raises Invalid where the price would be raised, or a decision misses what it needs.
        """
        return self._end_dispute(decision, owed, start_date)

    def _end_dispute(self, decision, owed, start_date):
        """What is owed and the first day are so from now on; returns the decision."""
        self._check_end(decision, owed)
        if decision == "hired":
            self.start_date = self._checked_start(start_date or self.start_date or today())
        if owed is not None and self.pledge:
            self.pledge.reduce(owed=owed)
        self._forget_proposal()
        self.due = None
        return decision

    def _check_end(self, decision, owed):
        if decision not in DECISIONS:
            raise Invalid(decision=_("Please choose how this ends."))
        pledge = self.pledge
        if owed is not None and not 0 <= owed <= (pledge.amount if pledge else 0):
            raise Invalid(owed=_("What is owed can be lowered, never raised."))
        if pledge and pledge.collected and owed not in (None, 0, pledge.amount):
            raise Invalid(owed=_("The money has been collected: it stands as it is, or it goes back with 0."))
        if decision == "ended_early" and owed is None and pledge and self.terms.pro_rata:
            raise Invalid(owed=_("By these terms a share is owed. Say how much, or 0."))

    # A dispute that the two end together, or time does

    @move(
        "disputed",
        by="party",
        reason="optional",
        says=N_("%(actor)s proposed how the two of them can end it"),
        tells=N_("%(actor)s proposes how to end “%(title)s” together. Do you agree?"),
    )
    def propose_end(self, member, decision, owed=None, start_date=None):
        """The other party is asked to agree to this end; it takes the place of whatever was proposed before.

        The columns are those of `decide`, and so are the errors: what is owed is never raised.
        """
        self._check_end(decision, owed)
        if decision == "hired":
            start_date = self._checked_start(start_date or self.start_date or today())
        self.proposed_by, self.proposed_end = member, decision
        self.proposed_owed, self.proposed_start = owed, start_date if decision == "hired" else None
        return self.state

    def not_asked(self, member):
        return None if self.asked_to_end(member) else moved_on()

    @move(
        "disputed",
        by="party",
        unless="not_asked",
        says=N_("%(actor)s agreed, and the two of them ended it together"),
        tells=N_("%(actor)s agreed to how you proposed to end “%(title)s”."),
    )
    def agree_to_end(self, member):
        """The dispute ends as the other party has proposed."""
        try:
            return self._end_dispute(self.proposed_end, self.proposed_owed, self.proposed_start)
        except Invalid as problem:  # Something about the money has changed since.
            raise Refused(str(problem)) from None

    @move(
        "disputed",
        by="party",
        unless="not_asked",
        reason="optional",
        says=N_("%(actor)s did not agree to the proposed end"),
        tells=N_("%(actor)s does not agree to how you proposed to end “%(title)s”."),
    )
    def refuse_end(self, member):
        return self._forget_proposal()

    def not_proposed(self, member):
        return None if self.proposed_by_id == member.id else moved_on()

    @move(
        "disputed",
        by="party",
        unless="not_proposed",
        says=N_("%(actor)s took the proposed end back"),
        tells=N_("%(actor)s no longer proposes to end “%(title)s” in that way."),
    )
    def take_back_end(self, member):
        return self._forget_proposal()

    def _forget_proposal(self):
        self.proposed_by, self.proposed_end, self.proposed_owed, self.proposed_start = None, "", None, None
        return self.state

    def asked_to_end(self, member):
        """Whether the other party has proposed an end of the dispute to this one."""
        proposed = self.state == "disputed" and self.proposed_by_id is not None
        return proposed and member.id in (self.helper_id, self.seeker_id) and member.id != self.proposed_by_id

    @move(
        "disputed",
        by="clock",
        says=N_("The organizers were reminded that this has to be decided"),
        tells=N_("“%(title)s” still waits for a decision. After its time the claim ends without a fee."),
    )
    def remind_desk(self):
        self.desk_reminders += 1
        self.due += timedelta(days=self._dispute_steps[self.desk_reminders])
        return self.state

    @move(
        "disputed",
        to="cancelled",
        by="clock",
        says=N_("Nobody decided in time, and the claim ended without a fee"),
        tells=N_("Nobody decided about “%(title)s” in time: it ended without a fee. Nothing is owed."),
    )
    def end_undecided(self):
        """Nobody has decided: nothing is owed, and what was paid goes back."""
        self.due = None

    def _begin_dispute(self):
        """It has its time to be decided, by the policy that the claim was agreed under."""
        self._forget_proposal()
        self.desk_reminders = 0
        self.due = in_days(self._dispute_steps[0])

    @property
    def _dispute_steps(self):
        """The days from each step of a dispute's clock to the next: reminders at the desk, and then its end."""
        end = self.policy.dispute_days
        return [after - before for before, after in pairwise([0, *(day for day in REMINDED_ON if day < end), end])]

    @property
    def decide_by(self):
        """When a dispute ends by itself, UTC; None while its clock stands still, and for other claims."""
        if self.state != "disputed" or self.due is None:
            return None
        return self.due + timedelta(days=sum(self._dispute_steps[self.desk_reminders + 1 :]))

    @remembered
    def judges(self):
        """The organizers who can decide about the claim, as a list."""
        return Claim.judges_of([self])[self.id]

    def judged_by(self, organizer):
        """Whether this organizer, from whom the helper does not hide, has no part in it and works elsewhere."""
        involved = self.colleague(organizer) or organizer.wrote_claim(self)
        return organizer.id not in (self.helper_id, self.seeker_id) and not involved

    @property
    def nobody_decides(self):
        """Whether the claim is disputed, and every organizer has a part in it or may not know of it."""
        return self.state == "disputed" and not self.judges

    def guarantee_over(self):
        if today() > self.guarantee_ends:
            return _("The guarantee is over.")
        pledge = self.pledge
        if pledge and pledge.state != "pledged":
            return _("The price has been settled or is being settled.")
        return None

    @move(
        "hired",
        to="ended_early",
        by="party",
        unless="guarantee_over",
        reason="optional",
        says=N_("%(actor)s reported that the job ended within the guarantee"),
        tells=N_("%(actor)s reports that the job at “%(title)s” ended within the guarantee."),
    )
    def report_ended(self, member, ended_on=None):
        """The job ended early: nothing is owed, or by pro-rata terms the share of the days worked.

        `ended_on` is the last day on the job; None means that it never began, and not a day of it is owed.
        """
        if ended_on and ended_on > today():
            raise Invalid(ended_on=_("This day has not come yet."))
        if ended_on and ended_on < self.start_date:
            raise Invalid(ended_on=_("This is before the first day on the job."))
        pledge = self.pledge
        if pledge and self.terms.pro_rata:
            days_worked = (ended_on - self.start_date).days if ended_on else 0
            pledge.reduce(owed=self.terms.owed_after(days_worked, pledge.amount))

    @move(
        "hired",
        to="settled",
        by="clock",
        unless="price_open",
        says=N_("The claim was settled"),
        tells=N_("“%(title)s” is settled. A word of thanks is always welcome."),
    )
    def settle(self):
        """Everything promised has been kept: the price is paid, waived, or there was none."""

    def price_open(self):
        pledge = self.pledge
        if pledge and pledge.state not in ("paid", "waived", "void", "refunded"):
            return _("The price is still owed.")
        return None

    @move(
        "active",
        to="expired",
        by="clock",
        says=N_("The claim ran out"),
        tells=N_("The claim on “%(title)s” ran out without a hire. Nothing is owed."),
    )
    def expire(self):
        self.due = None

    @move(
        *WAITING,
        "accepted",
        to="lapsed",
        by="clock",
        says=N_("Nobody answered in time, and the claim lapsed"),
        tells=N_("The claim on “%(title)s” lapsed: nobody answered in time. Nothing is owed."),
    )
    def lapse(self):
        self.due = None

    def thanked_already(self):
        return _("You have said thank you already.") if self.thanks or self.thanks_down_at else None

    @move(
        "hired",
        "settled",
        by="seeker",
        unless="thanked_already",
        says=N_("%(actor)s said thank you"),
        tells=N_("%(actor)s thanks you for your help with “%(title)s”."),
    )
    def thank(self, seeker, thanks, agreed=False):
        """The helper reads the note. `agreed`: it may stand on their profile as well, with the seeker's name."""
        seeker.must_not_be_silenced()
        Block.keep_out(thanks=thanks)
        self.thanks, self.thanks_agreed = thanks, agreed and not self.thanks_private
        return self.state

    @property
    def thanks_private(self):
        """Whether its thanks stay between the two: the posting does not name its helper, or once did not."""
        return self.unnamed or not self.referral.helper_named

    @property
    def thanks_public(self):
        """Whether its thanks stand on the helper's profile: see `thanked`."""
        return self.thanks_agreed and self.thanks_shown and not self.thanks_private

    def thanks_not_for_all(self):
        if not self.thanks or not self.thanks_agreed or self.thanks_private:
            return _("These thanks stay between the two of you.")
        return _("They stand on your profile already.") if self.thanks_shown else None

    @move(
        *THANKABLE,
        by="helper",
        unless="thanks_not_for_all",
        says=N_("%(actor)s put the thanks on their profile"),
    )
    def show_thanks(self, helper):
        """The thanks stand on the helper's profile, to which the seeker agreed."""
        helper.must_not_be_silenced()
        self.thanks_shown = True
        return self.state

    def thanks_not_given(self, member):
        given = self.thanks_agreed if member.id == self.seeker_id else self.thanks_shown
        return None if given else _("These thanks stay between the two of you.")

    @move(
        *THANKABLE,
        by="party",
        unless="thanks_not_given",
        says=N_("%(actor)s took the thanks off the profile"),
    )
    def take_back_thanks(self, member):
        """The thanks are on no profile any more. Where the seeker says so, the helper cannot show them again."""
        self.thanks_shown = False
        self.thanks_agreed = self.thanks_agreed and member.id == self.helper_id
        return self.state

    def new_workplace_of(self, member):
        """The employer that hired the seeker, while they work there and have not said so; "" for all others."""
        if member.id != self.seeker_id or self.state not in ("hired", "settled") or self.start_date > today():
            return ""
        return "" if member.works_for(self.terms.employer) else self.terms.employer

    def work_there(self, seeker):
        """The seeker says that this is their workplace now. Raises NotYours, or Refused where nothing is asked."""
        if seeker.id != self.seeker_id:
            raise NotYours(_("This is not yours to do."))
        employer = self.new_workplace_of(seeker)
        if not employer:
            raise Refused(moved_on())
        models.Workplace.say(seeker, employer, models.BY_HIRE)

    # Standing still

    def stopped_already(self):
        return _("The clocks stand still already.") if self.frozen_at else None

    def held_still(self):
        if self.helper.kept_out or self.seeker.kept_out or self.asked_for_money.exists():
            return _("Something else still holds the clocks.")
        return None if self.frozen_at else _("The clocks run.")

    @property
    def asked_for_money(self):
        """The reports of a demand for money before the hire that still wait at the desk."""
        return self.reports.where(models.Report.rule == "money_first", models.Report.state == "open")

    @move(
        *GOING_ON,
        by="clock",
        unless="stopped_already",
        says=N_("The clocks stand still while an organizer looks at something"),
    )
    def freeze(self):
        self.frozen_at = now()
        self._keep_frozen()
        if self.pledge:
            self.pledge.put_off(-self.pledge.absence_left())
        return self.state

    @move(
        *GOING_ON,
        by="clock",
        unless="held_still",
        says=N_("The clocks run again"),
        tells=N_("“%(title)s” goes on: its clocks run again, and no day was lost."),
    )
    def thaw(self):
        stood_still = now() - self.frozen_at
        self.due = self.frozen_due and self.frozen_due + stood_still
        self.frozen_at, self.frozen_due, self.frozen_for = None, None, ""
        if self.state == "active":
            self.active_from += stood_still
        if self.pledge:
            self.pledge.put_off(stood_still + self.pledge.absence_left())
        return self.state

    def stand_still(self, why):
        """The clocks stop, "report" or "absence" being why, and both sides are told; who is kept out knows already.

        Nothing happens to a claim that has ended. Where its clocks stand already, the newer reason is told.
        """
        if self.can("freeze", None):
            self.freeze()
        if self.frozen_at and not self.ended:
            self.frozen_for = why
            Claim.update(frozen_for=why).where(Claim.id == self.id).execute()
            for member in (self.helper, self.seeker):
                if not member.kept_out:
                    self.notify(member, f"claim.still_for_{why}")

    def go_on(self):
        """The clocks run again, unless something else still holds them: then that is why they stand."""
        if self.can("thaw", None):
            self.thaw()
        elif self.frozen_at and not self.asked_for_money.exists():
            Claim.update(frozen_for="absence").where(Claim.id == self.id).execute()

    def _keep_frozen(self):
        """The deadline is kept without what an absence has added to it: once it goes on, the present one counts."""
        left = self.absence_left() if self.due else timedelta(0)
        self.frozen_due, self.due = self.due and self.due - left, None
        if self.state == "active":
            self.active_from -= left

    def free_already(self):
        return None if self.total else _("This help is a gift already.")

    @move(
        *GOING_ON,
        *ENDED,
        by="clock",
        unless="free_already",
        says=N_("The price was dropped: this help is a gift"),
        tells=N_("No price is owed for “%(title)s” any more: money was asked for before the hire."),
    )
    def drop_price(self):
        """A demand for money before the hire costs the whole price: from now on this help is a gift."""
        self.total = 0
        self.terms = self.terms and self.terms.as_gift()
        return self.state

    @property
    def lost_its_price(self):
        """Whether a price had been pledged and nothing of it is owed since it was dropped."""
        return bool(self.terms and not self.terms.total and self.pledge and self.pledge.amount)

    @property
    def price_dropped(self):
        """Whether a price was dropped because money was asked for before the hire, by the claim's path."""
        return not self.total and any(event.verb == "claim.drop_price" for event in self.path)

    @property
    def free_of_charge(self):
        """Whether the desk upheld that money was asked for before the hire."""
        report = models.Report
        upheld = self.reports.where(report.rule == "money_first", report.state == "upheld")
        return upheld.where(report.member == self.helper).exists()

    def other_side_here(self, actor):
        if self.other(actor).kept_out:
            return None
        return _("Only while the other side is suspended.")

    @move(
        *WAITING,
        *BOUND,
        "reported",
        "disputed",
        "hired",
        to="cancelled",
        by="party",
        unless="other_side_here",
        says=N_("%(actor)s left without a fee"),
        tells=N_("%(actor)s left the claim on “%(title)s”, without a fee."),
    )
    def leave(self, member):
        """While the other side is suspended, nobody has to wait for them."""
        self.due = None

    # What follows

    def catch_up(self):
        """Runs what is overdue about the claim, about those on its referral, whose seats it wants, and its pledge."""
        if Claim.catch_up_all((Claim.referral == self.referral_id) | (Claim.id == self.id)):
            self.reload()
        pledge = self.pledge if self.state in ("hired", "ended_early") else None
        if pledge and pledge.due and pledge.due <= now():
            pledge.catch_up()
            self.reload()

    @classmethod
    def catch_up_all(cls, which):
        """Runs the overdue deadlines of these claims. Returns whether there were any."""
        overdue = list(cls.overdue().where(which))
        for claim in overdue:
            Record.catch_up(claim)
        return bool(overdue)

    def awaited(self):
        """Whoever has to move; both while they work together, and no member in particular where the desk decides."""
        if self.state == "reported":
            return [self.other(self.reported_by)]
        movers = {
            "requested": ["helper"],
            "changes_asked": ["seeker"],
            "accepted": ["seeker"],
            "active": ["helper", "seeker"],
            "disputed": [],
        }
        return [getattr(self, side) for side in movers[self.state]] if self.state in movers else None

    def begin_to_wait(self):
        """The days of check-ins are counted from when it became active: that moves along."""
        left = self.absence_left()
        self.due += left
        if self.state == "active":
            self.active_from += left

    def put_off(self, delay):
        super().put_off(delay)
        if self.state == "active":
            Claim.update(active_from=self.active_from + delay).where(Claim.id == self.id).execute()

    def on_due(self):
        if self.state == "active":
            (self.expire if self.spent_by(now()) else self.check_in)()
        elif self.state == "reported":
            self.presume()
        elif self.state == "disputed":
            self._dispute_due()
        else:
            self.lapse()

    def _dispute_due(self):
        last = self.desk_reminders + 1 >= len(self._dispute_steps)
        (self.end_undecided if last else self.remind_desk)()

    def after_move(self, event):
        if self.frozen_at and (self.due or self.state != event.before):
            self._keep_frozen()
            kept = {"due": None, "frozen_due": self.frozen_due, "active_from": self.active_from}
            Claim.update(kept).where(Claim.id == self.id).execute()
        if event.verb == "claim.drop_price":
            self._price_dropped()
        elif self.state != event.before:
            self._move_pledge()
            if (event.before in HOLDING) != (self.state in HOLDING):
                self.referral.move_line()
        elif self.state == "requested":
            self.referral.move_line()  # A seat may have come free while the clocks stood still.
        if self.state == "disputed" and (event.before != "disputed" or event.verb == "claim.remind_desk"):
            self._say_that_nobody_decides(event)

    def _say_that_nobody_decides(self, event):
        if not self.judges:
            for member in (self.helper, self.seeker):
                self.notify(member, "claim.nobody_decides", event=event)

    def _price_dropped(self):
        if pledge := self.pledge:
            pledge.call_off()
            self.reload()  # What became of the pledge may have settled the claim already.
        if self.can("settle", None):
            self.settle()

    def _move_pledge(self):
        if self.state == "hired":
            self._hired()
        elif self.state == "disputed" and (pledge := self.pledge):
            pledge.stop_clock()
        elif self.state in FREE and (pledge := self.pledge):
            pledge.call_off()
        elif self.state == "ended_early" and (pledge := self.pledge):
            pledge.end_early()

    def _hired(self):
        if self.seeker.can("settle_in", None):
            self.seeker.settle_in()
        pledge = self.pledge
        if pledge and not pledge.amount:
            pledge.let_off()
        elif self.price_open():
            pledge.wait_until(end_of(self.guarantee_ends))
        else:
            self.settle()
        if self.referral.hires >= self.referral.seats and self.referral.can("fill", None):
            self.referral.fill()

    # Reading

    def newest_messages(self):
        """The messages with their authors, newest first: the thread, as a query. Each knows whether it `is_held`."""
        message = models.Message
        messages = self.messages.select(message, Member, message.held().alias("is_held"))
        return messages.join(Member).order_by(message.id.desc())

    @remembered
    def path(self):
        """What has happened to the claim, oldest first, without the small steps of the checklist."""
        return list(self.steps().order_by(Event.id))

    def steps(self):
        """The same as a query, newest first."""
        path = self.history.select(Event, Member).join(Member, JOIN.LEFT_OUTER, on=Event.actor)
        return path.where(Event.verb.not_in(SMALL_STEPS)).order_by(Event.id.desc())

    @remembered
    def etag(self):
        """Returns a text that changes whenever something on the claim's page does."""
        return "-".join(str(id or 0) for id in self._newest[:3])

    @property
    def thread_length(self):
        """How many messages there are, besides the note of the request."""
        return self._newest[3]

    @remembered
    def _newest(self):
        """The ids of the newest big step, the newest step and the newest message, and how many messages there are."""
        step = Case(None, [(Event.verb.not_in(SMALL_STEPS), Event.id)])
        message = models.Message
        last, count = (
            message.select(function(message.id)).where(message.claim == self) for function in (fn.MAX, fn.COUNT)
        )
        newest = Event.select(fn.MAX(step), fn.MAX(Event.id), last, count).where(Event.claim == self)
        return newest.tuples().first()

    def changed_since(self, etag):
        """Returns whether more than messages and ticks has come since that `etag`; False where it is empty."""
        return bool(etag) and etag.split("-")[0] != self.etag.split("-")[0]

    def spent_by(self, moment):
        """Returns whether an active claim has expired by that time, which is UTC."""
        return moment >= self.active_from + timedelta(days=self.policy.active_days)

    @property
    def kinds_of_help(self):
        """The kinds of help that the claim asks for, in the order of the design."""
        return [item.kind for item in (self.terms.items if self.terms else self.asked_for)]

    @remembered
    def asked_for(self):
        """The help items of the request, at their prices."""
        return list(self.items)

    @property
    def policy(self):
        """The policy that the claim was agreed under."""
        return Policy.numbered(self.terms.policy) if self.terms else Policy.current()

    @remembered
    def pledge(self):
        """The promise to pay, once the seeker has agreed to a price; None for gifts."""
        if self.to_be_agreed:
            return None
        return self._own(self.pledges.first())

    def _own(self, pledge):
        """The pledge, which need not read its claim to know it."""
        if pledge:
            pledge.__rel__["claim"] = self
        return pledge

    @property
    def guarantee_ends(self):
        return self.start_date + timedelta(days=self.terms.guarantee_days)

    @property
    def bound(self):
        return self.state in BOUND

    @property
    def to_be_agreed(self):
        """Whether the two have yet to agree to the terms."""
        return self.state in (*WAITING, "accepted")

    @property
    def ended(self):
        return self.state in ENDED

    def opens_profile(self, side, viewer):
        """Whether the viewer of the claim, which was read with its parties, may open the profile of this side."""
        if viewer == side or "party" not in self.roles(viewer):
            return sees_profile(side, viewer)
        return sees_other_side(self, viewer)

    def circumstances(self):
        """What is known of the seeker, for the helper who is about to accept a claim that was read with its parties."""
        seeker, employer = self.seeker, self.referral.employer
        return Circumstances(
            standing=seeker.state,
            since=seeker.joined_at,
            inviter=seeker.inviter_for(self.helper, asked=True),
            hired=self.hired_here,
            works_there=seeker.seems_to_work_for(employer),
            bears_its_name=not set(words_of(seeker.name)[-1:]).isdisjoint(words_of(employer)),
            on_list=hides(self, seeker),
        )

    @property
    def has_shown(self):
        """Whether the seeker saw by it who the helper or the employer is, which others do not read."""
        named = self.referral.helper_named and self.referral.employer_named
        return bool(self.revealed_at) and not named

    @property
    def came_to_nothing(self):
        """Whether the claim is over without a hire."""
        return self.state in FREE

    @property
    def place_in_line(self):
        """1 for the request that came first among those that wait for a seat."""
        return sum(id < self.id for id in self.referral.line) + 1

    # Its words

    @classmethod
    def settled_for_good(cls):
        """Returns a condition: nothing is open about the claim: no money, no dispute, no report, no appeal."""
        pledge, report, action = models.Pledge, models.Report, models.Action
        money = pledge.select(pledge.id).where(pledge.claim == cls.id, pledge.open_ones())
        reports = report.select(report.id).where(report.claim == cls.id, report.state == "open")
        appealing = action.select(action.member).where(action.state == "appealed")
        settled = cls.state.in_(ENDED) & ~fn.EXISTS(money) & ~fn.EXISTS(reports)
        return settled & cls.helper.not_in(appealing) & cls.seeker.not_in(appealing)

    @classmethod
    def quiet_for(cls, days):
        """Returns a condition: nothing has happened to the claim, and nobody has written, for so many days."""
        events = Event.select(Event.id).where(Event.claim == cls.id, Event.at > in_days(-days))
        message = models.Message
        said = message.select(message.id).where(message.claim == cls.id, message.at > in_days(-days))
        return ~fn.EXISTS(events) & ~fn.EXISTS(said) & (cls.made_at <= in_days(-days))

    @classmethod
    def to_warn(cls, days):
        """Those whose words go in seven days, where words are kept for so many days, and nobody was told yet."""
        old = cls.quiet_for(days - WARNING_DAYS) & cls.settled_for_good()
        return cls.select().where(cls.words_go_at.is_null(), ~cls.words_gone, old)

    @classmethod
    def past_words(cls):
        return cls.select().where(cls.words_go_at <= now(), ~cls.words_gone)

    def warn(self):
        """Both sides are told that the words of the claim go in seven days."""
        with db.atomic():
            wanted = Claim.update(words_go_at=in_days(WARNING_DAYS))
            if wanted.where(Claim.id == self.id, Claim.words_go_at.is_null(), Claim.settled_for_good()).execute():
                for member in (self.helper, self.seeker):
                    if not member.former:
                        self.notify(member, "claim.words_go")

    def let_words_go(self):
        """The thread and the reasons go, unless something has begun again since the warning: then time starts anew."""
        with db.atomic():
            mine = Claim.id == self.id
            if not Claim.select().where(mine, Claim.settled_for_good(), Claim.quiet_for(WARNING_DAYS)).exists():
                Claim.update(words_go_at=None).where(mine).execute()
                return
            models.Report.update(message=None).where(models.Report.claim == self).execute()
            models.Message.delete().where(models.Message.claim == self).execute()
            Event.update(reason="").where(Event.claim == self, Event.reason != "").execute()
            Claim.update(note="", words_gone=True).where(mine).execute()

    @remembered
    def beside(self):
        """How the request was written together with an organizer, a Beside; None where the seeker wrote it alone."""
        return models.Beside.on(self)

    def other(self, member):
        return self.seeker if member.id == self.helper_id else self.helper

    def roles(self, actor):
        if actor is None:
            return {"clock"}
        if actor.id not in (self.helper_id, self.seeker_id):
            knows = actor.organizer and self.helper_id not in actor.hidden_ones
            return {"organizer"} if knows and self.judged_by(actor) else set()
        roles = {"party", "helper" if actor.id == self.helper_id else "seeker"}
        return roles | {"other_party"} if self.reported_by_id not in (None, actor.id) else roles

    def colleague(self, organizer):
        """Whether this organizer works for the employer that the claim is about."""
        return organizer.works_for(self.referral.employer)

    def about(self):
        return {"claim": self, "referral": self.referral}

    def concerned(self, event):
        parties = [getattr(self, side) for side in ("helper", "seeker") if self.__data__[side] != event.actor_id]
        if event.verb == "claim.remind_desk":
            return self.judges
        begun = self.state == "disputed" and event.before != "disputed"
        return [*parties, *self.judges] if begun else parties

    def waits_for(self, member):
        """Whether it is this member's move."""
        if self.asked_to_end(member):
            return True
        movers = {
            "requested": {"helper"} if self.due else set(),
            "changes_asked": {"seeker"} if self.due else set(),
            "accepted": {"seeker"},
            "reported": {"other_party"},
            "disputed": {"organizer"},
        }
        pledge = self.pledge
        if pledge and (self.state in ("hired", "ended_early") or pledge.wants_card):
            return pledge.waits_for(member) or bool(self.roles(member) & movers.get(self.state, set()))
        return bool(self.roles(member) & movers.get(self.state, set()))


Claim.add_index(
    Claim.index(Claim.referral, Claim.seeker, unique=True, where=SQL(OPEN_CLAIM), name="claim_one_open_per_seeker")
)
Claim.announce("request", N_("%(actor)s asked for help"), N_("%(actor)s asks for your help with “%(title)s”."))
Claim.announce(
    "words_go",
    None,
    N_("The messages about “%(title)s” are deleted in seven days. Your account page lets you take them with you."),
)
Claim.announce(
    "ask_for_thanks",
    None,
    N_("You were thanked for “%(title)s”. Thanks are on your profile only if you put them there: do you want to?"),
)
Claim.announce(
    "nobody_decides",
    None,
    N_("Nobody here can decide about “%(title)s”. The two of you can end it together; else it ends without a fee."),
)
Claim.announce("message", None, N_("%(actor)s wrote to you about “%(title)s”."))
Claim.announce(
    "posting_waits", None, N_("“%(title)s” was changed: an organizer looks at it first. Your claim stays as it is.")
)
Claim.announce("posting_back", None, N_("“%(title)s” was looked at, and you can read it as it is now."))
Claim.announce("take_back", N_("%(actor)s took a message back"))
Claim.announce("words_down", N_("An organizer took down something that was written"))
Claim.announce("words_back", N_("What had been taken down is back"))
Claim.announce(
    "still_for_report",
    None,
    N_("“%(title)s” stands still: a demand for money before the hire was reported. Nobody has to do anything now."),
)
Claim.announce(
    "still_for_absence",
    None,
    N_("“%(title)s” stands still: one side cannot come in at the moment. Nothing runs out meanwhile."),
)


class Circumstances(NamedTuple):
    """What a helper may weigh before they accept a seeker.

    `standing` and `since` are the seeker's state and when they joined (UTC), `inviter` a Member or None, `hired` how
    many of their claims led to a job. `works_there` is whether they or their address seem to belong to the employer,
    `bears_its_name` whether their last name is in its name, `on_list` whether they are on the helper's list.
    """

    standing: str
    since: datetime
    inviter: Member | None
    hired: int
    works_there: bool
    bears_its_name: bool
    on_list: bool


class ClaimItem(Base):
    """A kind of help that a claim asks for, at the price it had when it was asked for."""

    claim = ForeignKeyField(Claim, backref="items", on_delete="CASCADE", index=False)
    kind = CharField()
    price = IntegerField()

    kept = Kept(
        N_("Claims: who helped whom, what was agreed, and how it ended"),
        WHO_BOTH,
        FOR_GOOD,
        whose=("claim.helper", "claim.seeker"),
        facts=("claim", "kind", "price"),
    )

    class Meta:
        indexes = ((("claim", "kind"), True),)


class ChecklistMark(Base):
    """A step on a claim's checklist that somebody said is done."""

    claim = ForeignKeyField(Claim, backref="marks", on_delete="CASCADE", index=False)
    what = CharField()
    by = ForeignKeyField(Member)
    at = DateTimeField(default=now)

    kept = Kept(
        N_("Claims: who helped whom, what was agreed, and how it ended"),
        WHO_BOTH,
        FOR_GOOD,
        whose=("claim.helper", "claim.seeker"),
        facts=("claim", "what", "by", "at"),
    )

    class Meta:
        indexes = ((("claim", "what"), True),)


class Step(NamedTuple):
    """A line of the checklist: `what` or `what:kind of help`, the side that says so, and when it was."""

    what: str
    owner: str
    done_at: datetime | None
