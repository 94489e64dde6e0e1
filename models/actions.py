"""Actions: what organizers do about a member or a posting, how it is taken back, and how it is appealed."""

from peewee import JOIN, SQL, CharField, DateTimeField, DeferredForeignKey, ForeignKeyField, TextField, fn

import models

from .absences import back_at
from .base import Invalid, NotYours, Refused, db, in_days, now, remembered
from .community import Policy
from .events import Event
from .heartbeat import Heartbeat
from .house_rules import HouseRules
from .i18n import N_, _
from .keeping import FOR_GOOD, WHO_ORGANIZERS, Kept
from .members import Member
from .verbs import Record, clean_reason, move, moved_on

# What can be reported, which is also the rule that an action names.
REPORT_REASONS = {
    "not_real": N_("Not real, or not theirs to refer"),
    "wrong_details": N_("Wrong pay or duties"),
    "money_first": N_("Asks for money before a hire"),
    "discrimination": N_("Discrimination"),
    "confidence": N_("Breaks an employer's confidence"),
    "harassment": N_("Harassment"),
    "spam": N_("Spam"),
    "other": N_("Something else"),
}

# The ladder. What is said of each in the log does not name the member.
ON_MEMBERS = {
    "note": N_("%(actor)s made a note about a member"),
    "warning": N_("%(actor)s warned a member"),
    "posts_held": N_("%(actor)s holds a member's postings for review"),
    "reports_held": N_("%(actor)s took the right to report from a member"),
    "silenced": N_("%(actor)s silenced a member"),
    "suspended": N_("%(actor)s suspended a member"),
    "banned": N_("%(actor)s banned a member"),
}
ON_POSTINGS = {
    "hidden": N_("%(actor)s hid a posting"),
    "removed": N_("%(actor)s removed a posting"),
}
ON_WORDS = {"words_removed": N_("%(actor)s took down what a member had written")}
LADDER = ON_MEMBERS | ON_WORDS | ON_POSTINGS
NOT_WRITING = ("silenced", "suspended", "banned")
FOR_A_TIME = ("posts_held", "reports_held", "silenced", "suspended")
ONCE_AT_A_TIME = (*FOR_A_TIME, "banned")
IN_FORCE = ("in_force", "appealed", "kept")  # The last after an appeal.
TAKEN_BACK = ("undone", "reversed", "lapsed")

# So long an appeal waits to be heard. Then these stay, and everything else is taken back.
HEARING_DAYS = 30
STAYING = ("suspended", "banned")

# What somebody did that may be acted on anew, after what was done before was taken back.
NEW_DEEDS = ("referral.draft", "referral.edit", "referral.submit", "referral.renew", "claim.request", "claim.resubmit")

# A posting has one restriction at most.
ONE_RESTRICTION = "kind IN ({}) AND state IN ({})".format(
    *(", ".join(f"'{name}'" for name in names) for names in (ON_POSTINGS, IN_FORCE))
)


def end_of_appeals():
    """Until when an action of this moment can be appealed, UTC: a later policy changes nothing about it."""
    return in_days(Policy.current().appeal_days)


class Action(Record):
    """What an organizer did about a member or a posting: by a rule, with a reason, told to the person.

    `report` is the one that led to it, or None: one matter leads to one action. A posting's state and its actions
    agree: while it is hidden by an organizer or removed, exactly one action in force says so, and otherwise none.

    The facts of an action are its member, its posting if it is about one, and its rule, with all that was done until
    it was taken back. After an appeal that brought it back it is not taken again on the same facts, nor is anything
    harder. New facts are a report made since then, about the posting or, without one, about the member; an edit of the
    posting; and, without a posting, anything that the member has written since.
    """

    noun = "action"

    kind = CharField()
    state = CharField(default="in_force", index=True)
    member = ForeignKeyField(Member, backref="actions")
    referral = DeferredForeignKey("Referral", null=True, backref="actions")
    report = DeferredForeignKey("Report", null=True, unique=True, backref="actions")
    by = ForeignKeyField(Member)
    rule = CharField()
    house_rule = TextField(default="")
    reason = TextField()
    at = DateTimeField(default=now)
    until = DateTimeField(null=True)
    due = DateTimeField(null=True, index=True)
    appeal_until = DateTimeField(default=end_of_appeals)
    appealed_at = DateTimeField(null=True)

    kept = Kept(
        N_("What organizers did about you, and why"),
        WHO_ORGANIZERS,
        FOR_GOOD,
        whose=("member",),
        words={"member": ("reason",)},
        facts=(
            *("kind", "state", "member", "referral", "by", "rule", "house_rule", "at", "until", "due", "appeal_until"),
            "appealed_at",
        ),
        internal=("report",),
    )

    @classmethod
    def take(cls, organizer, member, kind, rule, reason, days=None, referral=None, report=None, house_rule=""):
        """Takes an action, and returns it: it is in force, logged and told, and what it restricts is restricted.

        `days` says how long, for the kinds in FOR_A_TIME; `report` is the one that led to it, which leads to no other.
        `house_rule` is the code of the one that it is about, or "": its text stays with the action as it was.
        Raises NotYours, Refused or Invalid.
        """
        with db.atomic():
            organizer.must_be_organizer()
            member.reload()  # They may have been appointed or dismissed a second ago.
            member.must_be_as_expected()
            cls._check(organizer, member, kind, rule, days)
            models.Assignment.must_be_free((referral or member).held_as, organizer)
            if referral:
                cls._check_posting(organizer, referral, kind)
            if report and cls.select().where(cls.report == report).exists():
                raise Refused(moved_on())
            reason = clean_reason(cls.undo.rule, reason)
            about = {"referral": referral, "report": report, "house_rule": HouseRules.text_of(house_rule)}
            until = in_days(days) if days and kind in FOR_A_TIME else None
            action = cls.record(organizer, member, kind, rule, reason, until=until, **about)
            action._begin(organizer)
        return action

    @classmethod
    def record(cls, organizer, member, kind, rule, reason, referral=None, until=None, report=None, house_rule=""):
        """The action is in force and logged, and the person is told. What it brings about is for the caller to do.

        A removal takes the place of the hiding. It raises the versions of the member and of the reports about them that
        wait: who decides about them next has seen it. Raises Refused while an appeal of the hiding waits, and on the
        facts of what was taken back after an appeal.
        """
        cls._check_facts(member, kind, rule, referral)
        if kind in ON_POSTINGS:
            for hiding in list(cls.restricting(referral)):
                hiding.give_way()
        about = {"member": member, "referral": referral, "report": report, "house_rule": house_rule}
        about["appeal_until"] = end_of_appeals() + (back_at(member) - now())  # Whoever is away appeals afterwards.
        action = cls.create(kind=kind, by=organizer, rule=rule, reason=reason, until=until, due=until, **about)
        action.tell(action.log(kind, organizer, after="in_force", reason=reason, role=organizer.role))
        member.tell_inviter(kind, organizer)
        Member.update(version=Member.version + 1).where(Member.id == member.id).execute()
        models.Report.raise_versions(member)
        models.Assignment.end((referral or member).held_as)
        return action

    @classmethod
    def _check(cls, organizer, member, kind, rule, days):
        if organizer == member:
            raise NotYours(_("You cannot act on yourself: ask another organizer."))
        if member.role == "owner" and organizer.role != "owner":
            raise NotYours(_("Only an owner can act on an owner."))
        if member.role == "owner" and kind in ("suspended", "banned"):
            raise Refused(_("An owner cannot be suspended or banned. Dismiss them first."))
        if kind not in LADDER:
            raise Invalid(kind=_("Please choose what to do."))
        if rule not in REPORT_REASONS:
            raise Invalid(rule=_("Please choose the rule that this is about."))
        if kind in FOR_A_TIME and not (days and 1 <= days <= 365):
            raise Invalid(days=_("For how many days? From 1 to 365."))
        if kind in ONCE_AT_A_TIME and cls.in_force(member, kind):
            raise Refused(_("This is in force already."))

    @classmethod
    def _check_facts(cls, member, kind, rule, referral):
        if kind in ON_WORDS:
            return  # Which words they are is known where they are kept.
        ladder = list(ON_POSTINGS if kind in ON_POSTINGS else ON_MEMBERS)
        milder = ladder[: ladder.index(kind) + 1]
        same = cls.select().where(cls.member == member, cls.rule == rule, cls.kind.in_(milder))
        same = same.where(cls.referral == referral if referral else cls.referral.is_null())
        back = same.where(cls.appealed_at.is_null(False), cls.state.in_(TAKEN_BACK))
        if not all(action.new_facts() for action in back):
            raise Refused(
                _("This was taken back after an appeal. It can be done again only once something new has come.")
            )

    def new_facts(self):
        """Whether something has come since this was taken back: see the class."""
        end, report, message = self.path[-1], models.Report, models.Message
        made = Event.select(Event.number).where(Event.verb == "report.make", Event.id > end.id)
        reports = report.select().where(report.id.in_(made))
        deeds = Event.select().where(Event.verb.in_(NEW_DEEDS), Event.id > end.id, Event.actor == self.member)
        if self.referral_id:
            found = [reports.where(report.referral == self.referral), deeds.where(Event.referral == self.referral)]
        else:
            said = message.select().where(message.author == self.member, message.at >= end.at)
            found = [reports.where(report.member == self.member), deeds, said]
        return any(query.exists() for query in found)

    @classmethod
    def _check_posting(cls, organizer, referral, kind):
        if referral.helper_id in organizer.hidden_ones or organizer.involved_in(referral):
            raise NotYours(_("This is not yours to do."))
        referral.reload()
        referral.must_be_as_expected()
        if kind == "hidden" and referral.state == "hidden" and (problem := referral.hidden_by_organizer()):
            raise Refused(problem)

    @classmethod
    def restricting(cls, referral):
        """Returns a query for the action in force that hides or removes this posting: it has one row at most."""
        restricts = cls.kind.in_(list(ON_POSTINGS)), cls.state.in_(IN_FORCE)
        return cls.select().where(cls.referral == referral, *restricts)

    @classmethod
    def in_force(cls, member, *kinds):
        """Returns the newest action of these kinds that holds for the member now, or None."""
        return cls.select().where(cls.member == member, cls.holding(*kinds)).order_by(cls.id.desc()).first()

    @classmethod
    def holding_for(cls, members, *kinds):
        """The ids of those of the members for whom an action of these kinds holds now, as a set: one statement."""
        holds = cls.select(cls.member).where(cls.member.in_(members), cls.holding(*kinds))
        return {id for (id,) in holds.distinct().tuples()}

    @classmethod
    def holding(cls, *kinds):
        """Returns a condition: it is of these kinds, and holds now."""
        return cls.kind.in_(kinds) & cls.state.in_(IN_FORCE) & (cls.until.is_null() | (cls.until > now()))

    @classmethod
    def keeping_out(cls):
        """Returns a query for the ids of the members whom a suspension or a ban keeps out now."""
        return cls.select(cls.member).where(cls.holding("suspended", "banned"))

    @classmethod
    def appeals(cls):
        return cls.select().where(cls.state == "appealed").order_by(cls.appealed_at)

    @classmethod
    def known_to(cls, reader):
        """Returns a condition: it is about a member, or about a posting that is not hidden from this reader."""
        return models.may_know(cls, reader)

    @classmethod
    def hears_of(cls, organizer, party):
        """Whether this organizer has an appeal to hear that is about what `party` did, or about `party`."""
        theirs = [action for action in organizer.open_appeals if party.id in (action.by_id, action.member_id)]
        return any("decider" in action.roles(organizer) for action in theirs)

    @classmethod
    def of(cls, member):
        return cls.select().where(cls.member == member).order_by(cls.id.desc())

    @classmethod
    def counted(cls, members, reader=None):
        """How many actions there have been about each of these members, by id; none has no entry.

        With a reader, of those that they may know of.
        """
        counted = cls.select(cls.member, fn.COUNT(cls.id)).where(cls.member.in_(members)).group_by(cls.member)
        return dict((counted.where(cls.known_to(reader)) if reader else counted).tuples())

    @classmethod
    def with_paths(cls, actions):
        """The actions as a list, each with its path and with who had a part in its report: two statements."""
        actions = list(actions)
        paths = {action.id: [] for action in actions}
        for event in events_of(list(paths)):
            paths[event.number].append(event)
        involved = involved_in([action.report_id for action in actions if action.report_id])
        texts = models.TakenDown.texts_of([action for action in actions if action.kind in ON_WORDS])
        for action in actions:
            cls.path.keep(action, paths[action.id])
            cls.texts.keep(action, texts.get(action.id, []))
            cls.involved.keep(action, involved.get(action.report_id, set()))
        return actions

    @remembered
    def texts(self):
        """The words that it took down, as a list."""
        return [one.text for one in self.words] if self.kind in ON_WORDS else []

    def _begin(self, organizer):
        if self.kind == "hidden" and self.referral.state == "hidden":  # Reports have hidden it already.
            self.notify(self.member, "referral.hide", organizer, self.path[-1])
            return
        if self.kind == "hidden":
            self.referral.hide(organizer, reason=self.reason)
        elif self.kind == "removed":
            if self.referral.can("hide", organizer):
                self.referral.hide(organizer, reason=self.reason)
            self.referral.remove(organizer, reason=self.reason)
        elif self.kind in ("suspended", "banned"):
            models.Assignment.end_all_of(self.member)
            for claim in open_claims(self.member):
                claim.stand_still("absence")

    def _end(self, organizer):
        """What it restricted is free again, by this organizer or by the clock."""
        if self.kind == "hidden" and self.referral.can("restore", organizer):
            self.referral.restore(organizer)
        elif self.kind == "removed" and self.referral.can("reinstate", organizer):
            self.referral.reinstate(organizer, reason=_("The removal was taken back."))
        elif self.kind in ("suspended", "banned") and not Action.in_force(self.member, "suspended", "banned"):
            for claim in open_claims(self.member):
                claim.go_on()
        elif self.kind == "words_removed":
            models.TakenDown.bring_back(self)

    @move(
        *IN_FORCE,
        to="undone",
        by="organizer",
        reason="required",
        says=N_("%(actor)s took an action back"),
        tells=N_("%(actor)s has taken back what was done about you or your posting."),
    )
    def undo(self, organizer):
        self.due = None

    def no_appeal(self):
        if self.appealed_at:
            return _("An action can be appealed once.")
        if Heartbeat.moment() > self.appeal_until:
            return _("The time to appeal has passed.")
        return None

    @move(
        "in_force",
        to="appealed",
        by="sanctioned",
        unless="no_appeal",
        reason="required",
        to_desk=True,
        logged=True,
        says=N_("A member appealed an action"),
        tells=N_("%(actor)s appeals an action. Somebody who did not take it decides, where there is one."),
    )
    def appeal(self, member):
        """It waits for somebody to hear it, for thirty days."""
        self.appealed_at = now()
        self.due = self._within_term(in_days(HEARING_DAYS))

    @move(
        "appealed",
        to="kept",
        by="decider",
        reason="required",
        says=N_("%(actor)s heard an appeal: the action stands"),
        tells=N_("%(actor)s has heard your appeal: the action stands."),
    )
    def keep(self, organizer):
        self.due = self.until

    @move(
        "appealed",
        to="reversed",
        by="decider",
        reason="required",
        says=N_("%(actor)s heard an appeal: the action is taken back"),
        tells=N_("%(actor)s has heard your appeal: the action is taken back."),
    )
    def reverse(self, organizer):
        self.due = None

    @move(*IN_FORCE, to="over", by="clock", says=N_("An action ran out"), tells=N_("An action about you has run out."))
    def expire(self):
        self.due = None

    @move(
        "appealed",
        to="lapsed",
        by="clock",
        logged=True,
        says=N_("Nobody heard an appeal for thirty days: the action is taken back"),
        tells=N_("Nobody has heard your appeal for thirty days: the action is taken back."),
    )
    def lapse(self):
        self.due = None

    @move(
        "appealed",
        to="kept",
        by="clock",
        logged=True,
        says=N_("Nobody could hear an appeal for thirty days: the action stands"),
        tells=N_("Nobody could hear your appeal for thirty days: the action stands."),
    )
    def stay(self):
        self.due = self.until

    def on_due(self):
        """The term of the action has ended, or the time in which its appeal could be heard."""
        if self.until and self.until <= now():
            self.expire()
        elif self.stays_unheard:
            self.stay()
        else:
            self.lapse()

    @classmethod
    def running(cls):
        """Those that can be appealed, or wait to be heard. Their own terms end on the day that the person was told."""
        heard = (cls.state == "appealed") & (cls.until.is_null() | (cls.due < cls.until))
        open_to_appeal = (cls.state == "in_force") & (cls.appeal_until > Heartbeat.moment())
        return cls.select().where(heard | open_to_appeal)

    def awaited(self):
        """While it can be appealed, the member; once it is heard within its own term, nobody."""
        if self.state == "in_force":
            return [self.member]
        return [] if self.state == "appealed" and self.until is None else None

    def put_off(self, delay):
        """There is as much more time to appeal, or to hear the appeal."""
        ends = {"appeal_until": self.appeal_until + delay}
        if self.state == "appealed":
            ends = {"due": self._within_term(self.due + delay)}
        Action.update(ends).where(Action.id == self.id).execute()

    def _within_term(self, moment):
        return min(moment, self.until) if self.until else moment

    def appeal_waits(self):
        return _("An appeal of this waits: hear it first.") if self.state == "appealed" else None

    @move(*IN_FORCE, to="replaced", by="clock", unless="appeal_waits", says=N_("A removal took the place of a hiding"))
    def give_way(self):
        """The posting is removed: that is its one restriction from now on."""

    @move(*IN_FORCE, to="over", by="clock", says=N_("A posting was withdrawn, and what was done about it ended"))
    def end_with_posting(self):
        """Its helper has withdrawn the posting: nothing is left to hide."""
        self.due = None

    def after_move(self, event):
        if self.state not in (*IN_FORCE, "replaced"):
            self._end(event.actor)

    @property
    def statement_of_appeal(self):
        return next((event.reason for event in self.path if event.verb == "action.appeal"), "")

    @remembered
    def path(self):
        """What has happened to the action, oldest first, with who did it."""
        return list(events_of([self.id]))

    @property
    def ends_by_itself(self):
        """Whether its own term ends before the time in which an appeal of it can be heard."""
        return bool(self.until) and self.due == self.until

    @property
    def stays_unheard(self):
        """Whether it stands where nobody hears an appeal of it in time."""
        return self.kind in STAYING

    @remembered
    def involved(self):
        """The ids of those who made or upheld the report that led to it, or have a part in what it was about."""
        return involved_in([self.report_id]).get(self.report_id, set()) if self.report_id else set()

    @remembered
    def heard_by(self):
        """The organizers who can hear an appeal of it, as a list."""
        return Action.hearers([self])[self.id]

    @classmethod
    def know_who_hears(cls, actions):
        """Reads `heard_by` of all these actions."""
        hearers = cls.hearers(actions)
        for action in actions:
            cls.heard_by.keep(action, hearers[action.id])

    @classmethod
    def hearers(cls, actions):
        """By the ids of the actions, who can hear their appeals: three statements, one more for each guest of a taker.

        The actions know who was `involved`, see `with_paths`, or there is one more for each that had a report.
        """
        organizers = Member.at_desk()
        Member.know_link_makers(organizers)
        hidden = set(models.Hiding.from_any(organizers).tuples())
        found = {}
        for action in actions:
            left_out = {viewer for owner, viewer in hidden if action.referral_id and owner == action.member_id}
            left_out |= {action.member_id}
            found[action.id] = [one for one in organizers if one.id not in left_out and action._hears(one)]
        return found

    def roles(self, actor):
        if actor is None:
            return {"clock"}
        if actor.id == self.member_id:
            return {"sanctioned"}
        if not actor.organizer or (self.referral_id and self._kept_from(actor)):
            return set()
        return {"organizer", "decider"} if self._hears(actor) else {"organizer"}

    def _kept_from(self, organizer):
        """Whether its posting is none of this organizer's business: it is hidden, or a matter of theirs."""
        return self.member_id in organizer.hidden_ones or organizer.involved_in(self.referral)

    def _hears(self, organizer):
        return organizer.id not in self.involved and not self._may_be_taker(organizer)

    def _may_be_taker(self, organizer):
        """Whether this organizer is, or can be, who took the action: then an appeal of it is for somebody else.

        That is so of whoever the taker could sign in as, and of a guest of theirs whom they have appointed since.
        """
        if self.by_id in (organizer.id, *organizer.link_makers):
            return True
        return organizer.invited_by_id == self.by_id and any(
            by == self.by_id and at >= self.at for by, at in organizer.appointments
        )

    def about(self):
        about = {"member": self.member, "number": self.id}
        return about | {"referral": self.referral} if self.referral else about

    def concerned(self, event):
        if event.verb != "action.appeal":
            return [self.member]
        return self.heard_by or [organizer for organizer in Member.at_desk() if "organizer" in self.roles(organizer)]

    def waits_for(self, member):
        return self.state == "appealed" and "decider" in self.roles(member)


def events_of(ids):
    """All that has happened to the actions with these ids, oldest first, with who did it."""
    events = Event.select(Event, Member).join(Member, JOIN.LEFT_OUTER, on=Event.actor)
    return events.where(Event.verb.startswith("action."), Event.number.in_(ids)).order_by(Event.id)


def involved_in(reports):
    """By the ids of these reports: the ids of who made or upheld each, or is a party of the claim that it is about."""
    if not reports:
        return {}
    report, claim = models.Report, models.Claim
    upheld = (Event.verb == "report.uphold") & (Event.number == report.id)
    rows = report.select(report.id, report.by, claim.helper, claim.seeker, Event.actor)
    rows = rows.join(claim, JOIN.LEFT_OUTER).join(Event, JOIN.LEFT_OUTER, on=upheld).where(report.id.in_(reports))
    found = {}
    for id, *people in rows.tuples():
        found.setdefault(id, set()).update(people)
    return found


def open_claims(member):
    return [claim for claim in (*member.helped, *member.sought) if not claim.ended]


Action.add_index(
    Action.index(SQL("referral_id"), unique=True, where=SQL(ONE_RESTRICTION), name="action_one_restriction_per_posting")
)
for _kind, _says in LADDER.items():
    Action.announce(_kind, _says)
for _kind, _tells in {
    "note": N_("%(actor)s made a note about you, and says why."),
    "warning": N_("%(actor)s warns you, and says why."),
    "posts_held": N_("Your postings wait for a review for a time. %(actor)s says why."),
    "reports_held": N_("You cannot report anything for a time. %(actor)s says why."),
    "words_removed": N_("%(actor)s took down something that you wrote, and says why."),
    "silenced": N_("You cannot write, post or claim for a time. %(actor)s says why."),
    "suspended": N_("Your membership is suspended for a time. %(actor)s says why."),
    "banned": N_("Your membership has ended. %(actor)s says why."),
}.items():
    Action.announce(_kind, tells=_tells)
