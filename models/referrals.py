"""Referrals: what a member posts, the help they offer with it, and the board where others find it."""

from contextlib import suppress
from datetime import timedelta

from peewee import (
    JOIN,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    TextField,
    fn,
    prefetch,
)

import models

from . import quotas
from .actions import IN_FORCE, Action
from .base import Base, Invalid, Refused, db, in_days, now, remembered
from .blocks import Block
from .community import HELP_CLASSES, Community, Policy, day_of, end_of, morning_of, today
from .edits import Version, changes, relied_on
from .employers import PERHAPS_PUBLIC, PUBLIC_INDUSTRY, Employer
from .events import Event
from .giveaways import giveaways, mended
from .hiding import HiddenFrom, Hiding
from .i18n import N_, _
from .keeping import FOR_GOOD, WHO_MEMBERS, Kept, NameField, Until
from .likeness import alike, key_of
from .members import Member
from .search import ReferralText, board
from .text import fold
from .verbs import Record, move
from .visibility import at_place_of, sight_of

# The North American Industry Classification System's sectors (NAICS Canada 2022, Statistics Canada).
INDUSTRIES = {
    "11": N_("Agriculture, forestry, fishing and hunting"),
    "21": N_("Mining, quarrying, oil and gas"),
    "22": N_("Utilities"),
    "23": N_("Construction"),
    "31-33": N_("Manufacturing"),
    "41": N_("Wholesale trade"),
    "44-45": N_("Retail trade"),
    "48-49": N_("Transportation and warehousing"),
    "51": N_("Information and culture"),
    "52": N_("Finance and insurance"),
    "53": N_("Real estate, rental and leasing"),
    "54": N_("Professional, scientific and technical services"),
    "55": N_("Management of companies"),
    "56": N_("Administrative and support services"),
    "61": N_("Education"),
    "62": N_("Health care and social assistance"),
    "71": N_("Arts, entertainment and recreation"),
    "72": N_("Accommodation and food services"),
    "81": N_("Other services"),
    "91": N_("Public administration"),
}

WORK_MODES = ("on_site", "hybrid", "remote")

# How the helper is connected with the job.
LEAVING, WORKS_THERE, KNOWS_OF = CONNECTIONS = ("leaving", "works_there", "knows_of")

# How many of each pay period make a year of full-time work.
PERIODS = {"hour": 2080, "week": 52, "month": 12, "year": 1}

# Help that goes through the employer's own people and systems ends with the helper's last day.
INSIDE_HELP = ("good_word", "introduction")

DRAFTING = ("draft", "changes_asked")
OPEN = ("published", "paused", "expired")
EDITABLE = (*DRAFTING, *OPEN, "in_review", "hidden")
PUBLIC = (*OPEN, "filled")
CLOSED = ("filled", "withdrawn", "rejected", "removed")

# Where others may have a claim on it that waits, while nobody can ask for its help.
KEPT_BACK = ("in_review", "changes_asked")

# What others read, and its helper can take down.
UP = ("in_review", "changes_asked", *OPEN)

# After so many days a posting that no organizer may look at is on the board all the same, and says so.
UNREVIEWED_DAYS = 3

# What a helper writes of a posting, besides its duties and the prices of its help.
WRITTEN = (
    *("employer", "employer_named", "employer_words", "small_employer", "helper_named", "title", "industry"),
    *("location", "work_mode", "pay_min", "pay_max", "pay_period", "connection", "influence", "last_day"),
    *("month_only", "seats", "closes_on", "public_employer"),
)

# A claim in one of these states has a seat: the helper is bound to it, or it led to the hire.
HOLDING = ("accepted", "active", "reported", "disputed", "hired", "settled")


class Referral(Record):
    noun = "referral"

    helper = ForeignKeyField(Member, backref="referrals")
    state = CharField(default="draft")
    employer = NameField(stand_in=N_("an employer"))
    employer_named = BooleanField(default=True)
    employer_words = CharField(default="")
    helper_named = BooleanField(default=True)
    small_employer = BooleanField(null=True)
    public_employer = BooleanField(null=True)
    employer_answers = JSONField(null=True)
    month_only = BooleanField(default=False)
    title = NameField(stand_in=N_("A former posting"))
    industry = CharField()
    location = CharField()
    place_key = CharField(default="")
    work_mode = CharField(choices=[(mode, mode) for mode in WORK_MODES])
    pay_min = IntegerField()
    pay_max = IntegerField()
    pay_period = CharField()
    pay_yearly = IntegerField()
    connection = CharField(choices=[(connection, connection) for connection in CONNECTIONS])
    influence = CharField(default="")
    last_day = DateField(null=True)
    seats = IntegerField(default=1)
    closes_on = DateField(null=True)
    publish_on = DateField(null=True)
    unreviewed = BooleanField(default=False)
    made_at = DateTimeField(default=now)
    published_at = DateTimeField(null=True)
    expires_at = DateTimeField(null=True)
    due = DateTimeField(null=True, index=True)
    state_before = CharField(default="")
    published_as = JSONField(null=True)
    back_to = CharField(default="")
    ended_at = DateTimeField(null=True)

    kept = Kept(
        N_("Postings: which job, where, the pay and the dates"),
        WHO_MEMBERS,
        FOR_GOOD,
        whose=("helper",),
        words={
            "helper": (
                *("employer", "employer_words", "title", "location", "place_key"),
                *("influence", "last_day", "closes_on", "published_as", "employer_answers"),
            )
        },
        private={"helper": ("publish_on",)},
        facts=(
            *("employer_named", "helper_named", "small_employer", "public_employer", "month_only", "unreviewed"),
            *("helper", "state", "industry", "work_mode", "pay_min", "pay_max", "pay_period", "pay_yearly"),
            *("connection", "seats", "made_at", "published_at", "expires_at", "due", "state_before", "back_to"),
            "ended_at",
        ),
    )

    class Meta:
        indexes = (
            (("state", "published_at"), False),
            (("state", "industry", "published_at"), False),
            (("state", "work_mode", "published_at"), False),
            (("state", "pay_yearly"), False),
        )

    # Finding

    board = staticmethod(board)

    @classmethod
    def visible_to(cls, member):
        """Returns a query for what this member may know of.

        That is their own, what was ever public, and for organizers what was handed in; nothing of those who hide from
        them. Whoever has a claim on a posting can go on reading it, but no edit of it that waits for a review. A draft
        is its helper's alone, whatever it was.
        """
        claimed = models.Claim.select(models.Claim.referral).where(models.Claim.seeker == member)
        seen = (cls.state.in_(PUBLIC) & cls.for_all()) | (cls.id.in_(claimed) & cls.published_as.is_null())
        if member.organizer:
            handed_in = (cls.state != "withdrawn") | cls.published_at.is_null(False)
            seen |= handed_in & ~at_place_of(member, cls.employer) & cls.id.not_in(models.Beside.postings_of(member))
        seen &= (cls.state != "draft") & cls.helper.not_in(Hiding.owners(member))
        return cls.select().where((cls.helper == member) | seen)

    @classmethod
    def judgeable_by(cls, organizer):
        """Returns a condition: it is not theirs, nor about an employer they have to do with, nor hidden from them.

        Nor did they write it together with its helper.
        """
        known = cls.helper.not_in(Hiding.owners(organizer)) & cls.id.not_in(models.Beside.postings_of(organizer))
        return (cls.helper != organizer) & ~at_place_of(organizer, cls.employer) & known

    @classmethod
    def for_all(cls):
        """Returns a condition: it has not ended, or not so long ago that only its people may go on reading it."""
        return cls.ended_at.is_null() | (cls.ended_at > in_days(-Policy.current().archive_days))

    @classmethod
    def on_profile(cls, helper, viewer):
        """Returns a query for what this viewer may read on the helper's profile: what is on the board and names them.

        The helper and organizers read all of it, and who was accepted what they were accepted for.
        """
        found = cls.board(viewer=viewer).where(cls.helper == helper)
        if viewer.organizer or viewer.id == helper.id:
            return found
        return found.where(cls.helper_named | cls.id.in_(list(viewer.revealed)))

    def seen_by(self, member):
        """Returns what this member, who may know of the posting, may read of it."""
        return sight_of(self, member)

    @classmethod
    def with_helper(cls, found):
        """Returns the query with the helper joined."""
        return found.select(cls, Member).join(Member)

    @classmethod
    def with_menus(cls, found):
        """The referrals as a list with helpers and help items, in two statements.

        A third one reads what is said of helpers in place of their names.
        """
        referrals = prefetch(cls.with_helper(found), HelpItem.select())
        Member.know_whom_they_helped([referral.helper for referral in referrals if not referral.helper_named])
        return referrals

    @classmethod
    def with_terms(cls, referrals):
        """The postings as a list, with their menus and what is known of their employers: two statements."""
        referrals = list(referrals)
        menus = {}
        for item in HelpItem.select().where(HelpItem.referral.in_(referrals)):
            menus.setdefault(item.referral_id, []).append(item)
        known = Employer.known_of(referrals)
        for referral in referrals:
            cls.menu.keep(referral, in_order(menus.get(referral.id, [])))
            cls.known_employer.keep(referral, known.get(referral.id))
        return referrals

    @classmethod
    def with_duties(cls, referrals):
        """The postings as a list, with their duties: one statement."""
        referrals = list(referrals)
        kept = {row.referral_id: row for row in Duties.select().where(Duties.referral.in_(referrals))}
        for referral in referrals:
            cls.duties_kept.keep(referral, kept[referral.id])
        return referrals

    @classmethod
    def of(cls, helper):
        return cls.select().where(cls.helper == helper).order_by(cls.id.desc())

    @classmethod
    def about_employer(cls, name, organizer):
        """Returns what is on the board, paused or hidden about this employer, or one with a name like it, as a list.

        Without what the organizer may not know of.
        """
        posted = cls.visible_to(organizer).where(cls.state.in_(("published", "paused", "hidden")))
        return [referral for referral in posted if alike(referral.employer, name)]

    @classmethod
    def ended_before(cls, days):
        """Returns a query for the ids of postings that nobody can ask about, and that nothing happened to for so long.

        One with a claim that is not over stays out of it.
        """
        claim = models.Claim
        going_on = claim.select(claim.referral).where(claim.state.not_in(models.ENDED))
        lately = Event.select(Event.id).where(Event.referral == cls.id, Event.at >= in_days(-days))
        report = models.Report
        reported = report.select(report.id).where(report.referral == cls.id, report.state == "open")
        appealing = Action.select(Action.member).where(Action.state == "appealed")
        ended = cls.select(cls.id).where(cls.state.in_(("expired", *CLOSED)), cls.id.not_in(going_on))
        ended = ended.where(~fn.EXISTS(reported), cls.helper.not_in(appealing))
        return ended.where(~fn.EXISTS(lately), cls.made_at < in_days(-days))

    @classmethod
    def to_review(cls):
        return cls.select().where(cls.state == "in_review").order_by(cls.id)

    @classmethod
    def running(cls):
        """All but those that come up on a day: that stays the day which was chosen."""
        return super().running().where(cls.state != "draft")

    @classmethod
    def of_own_job(cls):
        """Returns a condition: its helper works there, or did. It is `own_job` of a record that was read."""
        return cls.connection != KNOWS_OF

    # Writing

    @classmethod
    def draft(cls, helper, prices, duties, **columns):
        """Makes a draft, and returns it. `prices` maps kinds of help to minor units. Raises Invalid or NotYours."""
        with db.atomic():
            quotas.DRAFTS.check(cls.select().where(cls.helper == helper), cls.made_at)
            referral = cls(helper=helper)
            referral._assign(prices, duties, columns)
            referral.save()
            referral._offer(prices, duties)
            referral._hide_from_employer()
            referral.log("draft", helper, after="draft")
        return referral

    @move(*EDITABLE, by="helper", says=N_("%(actor)s changed the posting"))
    def edit(self, helper, prices, duties, **columns):
        """The posting reads so from now on. Claims already made keep the terms they have.

        Where it is on the board, or was, and this helper's postings are reviewed, an edit of what readers rely on waits
        for that. One that is hidden stays so.
        """
        before, duties_before, closing = relied_on(self), self.duties, self.closes_on
        self._assign(prices, duties, columns)
        self._offer(prices, duties)
        self._hide_from_employer()
        if self.listed and self.closes_on != closing:
            self._start_clock()
        if self.state in ("hidden", *OPEN) and (before, duties_before) != (relied_on(self), duties):
            if self.state == "hidden":
                self._keep_version(before, duties_before)
            elif self.needs_review():
                self._keep_version(before, duties_before)
                return self._back_to_review()
        return self.state

    def _keep_version(self, before=None, duties=None):
        """Members have read the posting so; nothing is kept where an earlier version waits already."""
        if self.published_as is None:
            self.published_as = relied_on(self) if before is None else before
            text = self.duties if duties is None else duties
            Duties.update(published_as=text).where(Duties.referral == self).execute()

    @remembered
    def changes_to_review(self):
        """What has changed since members read the posting last, as a list of changes while that waits; else empty."""
        if self.published_as is None:
            return []
        kept = self.duties_kept
        return changes(self.published_as, relied_on(self), kept.published_as, kept.text)

    def version_for(self, member):
        """The version that this member reads of what waits for a review or was taken down; None where they read it."""
        if self.published_as is None or member.id == self.helper_id:
            return None
        if self.private or not member.organizer or self.helper_id in member.hidden_ones or member.involved_in(self):
            return self.as_read_last
        return None

    @property
    def as_read_last(self):
        """How members have read it last where it waits for a review or was taken down, else None."""
        before = self.published_as
        if before is None:
            return None
        described = before["employer_words"] or suggested_words(before["industry"], before["location"])
        return Version(before["title"], before["employer"], described)

    def mend(self, helper, what):
        """What gives the helper away in this way does so no more: it is an edit. `what` is a kind of giveaway.

        Raises NotYours or Refused as an edit does, and Refused where there is nothing left to mend.
        """
        with db.atomic():
            self.reload()
            self.must_be_as_expected()
            self.verbs()["edit"].refuse(self, helper)
            written = {name: getattr(self, name) for name in WRITTEN}
            prices = {item.kind: item.price for item in self.menu}
            written |= {"prices": prices, "duties": self.duties, **mended(self, what)}
            try:
                self.edit(helper, **written)
            except Invalid as problem:  # Something else about the posting: its form is on another page.
                raise Refused(str(problem)) from None

    def giveaways_for(self, member):
        """What a colleague could work out of it, as a list for the helper: it is empty for everybody else.

        It is empty too for a posting that names all and is out already.
        """
        asks = self.state in DRAFTING or not (self.helper_named and self.employer_named)
        return giveaways(self) if asks and self.can("edit", member) else []

    @property
    def names_needlessly(self):
        """Whether it names the helper or the employer of their own job, and need not."""
        return self.own_job and self.state in EDITABLE and not self.unnamed_already()

    def unnamed_already(self):
        if not self.helper_named and not self.employer_named:
            return _("This posting names neither you nor the employer.")
        return None

    @move(
        *EDITABLE,
        by="helper",
        unless="unnamed_already",
        says=N_("%(actor)s took the names off the posting"),
    )
    def unname(self, helper):
        """Members read neither the helper nor the employer any more, until a claim is accepted."""
        self.helper_named = self.employer_named = False
        ReferralText.index(self, self.duties)
        self._hide_from_employer()
        return self.state

    @classmethod
    def unname_all(cls, helper):
        """All of this helper's postings are unnamed from now on. Returns how many were not."""
        with db.atomic():
            named = [referral for referral in cls.of(helper) if referral.can("unname", helper)]
            for referral in named:
                referral.unname(helper)
        return len(named)

    def _hide_from_employer(self):
        """Whoever works for the employer that the helper works for finds nothing of them."""
        if self.own_job:
            HiddenFrom.note_employer(self.helper, self.employer)

    def _assign(self, prices, duties, columns):
        self.helper.must_not_be_silenced()
        self._note_answers(columns)
        self._check(prices, columns)
        self._decide_names(columns)
        texts = (columns.get(name) or "" for name in ("title", "employer", "employer_words", "location", "influence"))
        if word := Block.word_in(*texts, duties):
            raise Invalid(duties=_("“%(word)s” cannot be used in postings here.", word=word))
        for name, value in columns.items():
            setattr(self, name, value)
        self.place_key = fold(self.location)
        self.pay_yearly = self.pay_max * PERIODS[self.pay_period]

    def _note_answers(self, columns):
        """What is said about the employer is kept with what was said before, as long as it is the same employer.

        `employer_answers` comes as whether a row of the register is meant, by its id, and is kept by its key.
        """
        same = bool(self.id) and key_of(self.employer) == key_of(columns["employer"])
        said, kept = columns.pop("employer_answers", None) or {}, (same and self.employer_answers) or {}
        asked = {row.id: row.key for row in Employer.like(columns["employer"])}
        answers = {key: kept[key] for key in asked.values() if key in kept}
        answers |= {asked[id]: yes for id, yes in said.items() if id in asked}
        columns["employer_answers"] = answers or None
        public = columns.get("public_employer", self.public_employer if same else None)
        if columns["industry"] == PUBLIC_INDUSTRY:
            public = True
        columns["public_employer"] = public if columns["industry"] in (PUBLIC_INDUSTRY, *PERHAPS_PUBLIC) else None

    def _decide_names(self, columns):
        """Who leaves a job is unnamed and its employer described, unless they say otherwise and the policy lets them.

        Where nothing is said of a posting that stands already, it stays as it is.
        """
        for name in ("helper_named", "employer_named"):
            said = columns.pop(name, None)
            if said is None:
                said = getattr(self, name) if self.id else columns["connection"] == KNOWS_OF
            setattr(self, name, said and not Policy.current().unnamed)

    def _offer(self, prices, duties):
        HelpItem.delete().where(HelpItem.referral == self, HelpItem.kind.not_in(list(prices))).execute()
        for kind, price in prices.items():
            HelpItem.offer(self, kind, price)
        Duties.insert(referral=self, text=duties).on_conflict(
            conflict_target=[Duties.referral], update={Duties.text: duties}
        ).execute()
        ReferralText.index(self, duties)

    def _check(self, prices, columns):
        policy, problems = Policy.current(), {}
        for kind, price in prices.items():
            if problem := policy.price_problem(kind, price):
                problems[f"price_{kind}"] = problem
        if not prices:
            problems["help"] = _("Offer at least one kind of help, with a price or as a gift.")
        problems |= self._check_employer(sum(prices.values()), columns)
        if columns["seats"] > policy.seats_cap:
            problems["seats"] = _("At most %(count)s seats, please.", count=policy.seats_cap)
        if columns["pay_max"] < columns["pay_min"]:
            problems["pay_max"] = _("The highest pay is below the lowest. Are they the wrong way round?")
        problems |= self._check_dates(columns)
        if problems:
            raise Invalid(**problems)

    @staticmethod
    def _check_employer(total, columns):
        name, answers, public = columns["employer"], columns["employer_answers"] or {}, columns["public_employer"]
        problems = {}
        if public is None and columns["industry"] in PERHAPS_PUBLIC:
            problems["public_employer"] = _("Please say whether it is: help with a public employer can only be a gift.")
        asked = [row for row in Employer.like(name) if row.key not in answers]
        if asked and True not in answers.values():
            return problems | {f"like-{row.id}": _("Please answer with yes or no.") for row in asked}
        if problem := Employer.problem_with(Employer.known(name, answers), columns["industry"], total, public):
            problems["employer"] = problem
        return problems

    def _check_dates(self, columns):
        problems = {}
        for name in ("last_day", "closes_on"):
            day = columns[name]
            if day and day < today() and day != getattr(self, name):
                problems[name] = _("This day is in the past.")
        if columns["connection"] == LEAVING and not columns["last_day"]:
            problems["last_day"] = _("You are leaving this job: which is your last day?")
        return problems

    # Reading

    @remembered
    def duties(self):
        return self.duties_kept.text

    @remembered
    def duties_kept(self):
        """The row of its duties."""
        return self.long_text.get()

    @remembered
    def menu(self):
        """The help items in the order of the design, with their prices."""
        return in_order(self.help_items)

    @remembered
    def known_employer(self):
        """What the organizers' register says of its employer, or None."""
        return Employer.known(self.employer, self.employer_answers)

    @remembered
    def said_of_register(self):
        """What its helper said of rows of the register that its employer is like: pairs of name and yes or no."""
        said = self.employer_answers or {}
        if not said:
            return []
        return [(row.name, said[row.key]) for row in Employer.select().where(Employer.key.in_(list(said)))]

    def register_problem(self, total):
        """Returns the sentence against help with this employer at this price, or None."""
        return Employer.problem_with(self.known_employer, self.industry, total, self.public_employer)

    @property
    def offered(self):
        """What new claims can choose: once the helper has left, help from inside is no longer given."""
        return [item for item in self.menu if not (self.inside_help_over and item.kind in INSIDE_HELP)]

    @property
    def left(self):
        """Whether the helper's last day at this employer has passed."""
        return bool(self.last_day and self.last_day < today())

    @property
    def left_by_month(self):
        """Whether the month of that day has passed: who may not read the day would else see when it comes."""
        return bool(self.last_day and self.last_day < today().replace(day=1))

    @property
    def inside_help_over(self):
        """Whether help from inside is no longer given: to all at once, so that nobody reads the day off it."""
        return self.left if self.helper_named and not self.month_only else self.left_by_month

    @remembered
    def seats_taken(self):
        return self.claims.where(models.Claim.state.in_(HOLDING)).count()

    @remembered
    def hires(self):
        return self.claims.where(models.Claim.state.in_(("hired", "settled"))).count()

    @remembered
    def path(self):
        """What has happened to the posting itself, oldest first, with who did it."""
        return list(self.steps().order_by(Event.id))

    def steps(self):
        """The same as a query, newest first."""
        events = self.history.select(Event, Member).join(Member, JOIN.LEFT_OUTER, on=Event.actor)
        return events.where(Event.claim.is_null()).order_by(Event.id.desc())

    @remembered
    def requests(self):
        """The claims that were made on it, oldest first, loaded."""
        claims = list(self.claims.order_by(models.Claim.id))
        for claim in claims:
            claim.__rel__["referral"] = self
        return models.Claim.loaded(claims)

    @remembered
    def line(self):
        """The ids of the claims that wait for an answer, in the order in which they were made."""
        waiting = self.claims.select(models.Claim.id).where(models.Claim.state == "requested")
        return [claim.id for claim in waiting.order_by(models.Claim.id)]

    @property
    def own_job(self):
        """Whether the helper works there, or did: then its employer must not find them."""
        return self.connection != KNOWS_OF

    @property
    def full(self):
        return self.seats_taken >= self.seats

    @property
    def texts(self):
        """Everything in which a blocked word is looked for."""
        return self.title, self.employer, self.employer_words, self.location, self.influence, self.duties

    @property
    def shows_all(self):
        """Whether everyone who may know of it may read all of it."""
        return self.helper_named and self.employer_named and not self.month_only

    @property
    def employer_described(self):
        """The employer in its helper's words, or in general ones."""
        return self.employer_words or suggested_words(self.industry, self.location)

    @property
    def archived_at(self):
        """When only its people may go on reading it, once it ran out or was filled: see `for_all`. Else None."""
        ended = self.ended_at if self.state in ("expired", "filled") else None
        return ended and ended + timedelta(days=Policy.current().archive_days)

    @property
    def archived(self):
        return self.archived_at is not None and self.archived_at <= now()

    @property
    def private(self):
        """Whether only its helper can open it, whoever knew of it before."""
        return self.state == "draft"

    @property
    def live(self):
        return self.state in OPEN

    @property
    def on_board(self):
        """Whether members find it on the board now, and can ask for its help."""
        return self.state == "published"

    @property
    def published_on(self):
        """The day on which it came to the board, or None: the hour would tell too much of who was writing."""
        return self.published_at and day_of(self.published_at)

    @property
    def listed(self):
        """Whether it is on the board, or paused, until `expires_at`."""
        return self.state in ("published", "paused")

    # Moving

    @property
    def posts_held(self):
        """Whether the postings of its helper wait for an organizer, whoever the helper is."""
        return Action.in_force(self.helper, "posts_held") is not None

    def needs_review(self):
        """Returns whether the posting waits for an organizer: as the policy says, and always while held."""
        if self.posts_held:
            return True
        if self.helper.organizer or self.helper.state == "trusted":
            return False
        review = Policy.current().review
        return review == "all" or (review == "new" and self.helper.state == "new")

    def not_for_the_board(self):
        if self.closes_on and self.closes_on < today():
            return _("The closing date has passed. Edit it first, then try again.")
        total = sum(item.price for item in self.menu)
        if total and self.industry in PERHAPS_PUBLIC and self.public_employer is None:
            return _("It has to be said first whether this is a public employer. Edit the posting, then try again.")
        return self.register_problem(total)

    @remembered
    def beside(self):
        """How it was written together with an organizer, a Beside; None where its helper wrote it alone."""
        return models.Beside.on(self)

    def not_to_be_handed_in(self):
        return self.problem_with_handing_in

    @remembered
    def problem_with_handing_in(self):
        """The sentence against publishing it now, or None: two buttons ask for it."""
        if Community.current().closed:
            return _("This community is closed: it can only be read.")
        if self.state == "draft" and self.beside and self.beside.state == "open":
            return _("An organizer wrote this with you. Confirm it first.")
        if self.helper.silenced:
            return _("You cannot publish anything at the moment. Your account page says why.")
        if word := Block.word_in(*self.texts):
            return _("“%(word)s” cannot be used in postings here.", word=word)
        return self.not_for_the_board()

    @move(
        "draft",
        "changes_asked",
        by="helper",
        unless="not_to_be_handed_in",
        says=N_("%(actor)s handed the posting in"),
        tells=N_("%(actor)s handed in “%(title)s”. It waits for a review."),
    )
    def submit(self, helper):
        """The posting is on the board, or waits for an organizer where the policy asks for it."""
        if self.needs_review():
            return self._wait_for_review()
        return self._come_back()

    # On a day

    @move(
        "draft", to="draft", by="helper", unless="not_to_be_handed_in", says=N_("%(actor)s chose a day to publish it")
    )
    def schedule(self, helper, day):
        """It is handed in on the morning of that day, at eight. Until then its helper alone sees it. Raises Invalid."""
        if problem := self._problem_of(day):
            raise Invalid(publish_on=problem)
        self.publish_on, self.due = day, morning_of(day)

    def _problem_of(self, day):
        if day is None:
            return _("Choose a day.")
        if day < today():
            return _("This day is in the past.")
        if morning_of(day) <= now():
            return _("It is past eight in the morning. Choose a later day, or publish it now.")
        if self.closes_on and self.closes_on < day:
            return _("It closes before that day. Choose an earlier one, or change the closing date.")
        return None

    def not_scheduled(self):
        return None if self.publish_on else _("No day was chosen: it comes up when you say so.")

    @move("draft", to="draft", by="helper", unless="not_scheduled", says=N_("%(actor)s took the day off again"))
    def unschedule(self, helper):
        self._stay_down()

    @move(
        "draft",
        to="published",
        by="clock",
        unless="not_to_be_handed_in",
        says=N_("The day had come: the posting was published"),
        tells=N_("“%(title)s” is on the board now, on the day that you chose."),
    )
    def come_up(self):
        self._publish()

    @move(
        "draft",
        to="in_review",
        by="clock",
        unless="not_to_be_handed_in",
        says=N_("The day had come: the posting was handed in"),
        tells=N_("“%(title)s” was handed in on the day chosen for it. It waits for a review."),
    )
    def come_to_review(self):
        self._wait_for_review()

    @move(
        "draft",
        "in_review",
        to="draft",
        by="clock",
        reason="required",
        says=N_("The posting could not be published"),
        tells=N_("“%(title)s” could not be published. It is a draft that only you see."),
    )
    def call_off(self):
        """It cannot go on the board when its time has come. Its helper reads why."""
        self._stay_down()

    def _on_its_day(self):
        if problem := self.not_to_be_handed_in():
            self.call_off(reason=problem)
        elif self.needs_review():
            self.come_to_review()
        else:
            self.come_up()

    # Down again

    @move(*UP, to="draft", by="helper", says=N_("%(actor)s took the posting down"))
    def take_down(self, helper):
        """Its helper alone sees it, at once. Who waits in line is told and closed; who was accepted goes on."""
        if self.live:
            self._keep_version()
        self._stay_down()

    @classmethod
    def take_all_down(cls, helper):
        """Takes down all that this helper has up, and every day off that was chosen. Returns how many there were."""
        taken = 0
        with db.atomic():
            for referral in list(cls.of(helper).where(cls.state.in_(UP) | cls.publish_on.is_null(False))):
                with suppress(Refused):  # It has gone on by itself, to where it cannot be taken down.
                    (referral.take_down if referral.state in UP else referral.unschedule)(helper)
                    taken += 1
        return taken

    @property
    def can_come_down(self):
        """Whether taking all down concerns it."""
        return self.state in UP or self.publish_on is not None

    def _stay_down(self):
        self.due = self.publish_on = self.published_at = self.expires_at = None
        self.unreviewed = False

    # Review

    @move(
        "in_review",
        to="published",
        by="organizer",
        unless="not_to_be_handed_in",
        says=N_("%(actor)s approved the posting"),
        tells=N_("“%(title)s” is on the board now."),
    )
    def approve(self, organizer):
        """It is on the board, or back where it was before its helper changed it. That it was held is no obstacle."""
        return self._come_back()

    @move(
        "in_review",
        to="published",
        by="clock",
        unless="still_to_be_reviewed",
        says=N_("No organizer could look at the posting: it was published as not reviewed"),
        tells=N_("“%(title)s” is on the board, marked as not reviewed: no organizer may look at it."),
    )
    def publish_unreviewed(self):
        return self._come_back(unreviewed=True)

    def still_to_be_reviewed(self):
        """Returns a sentence while the posting has to wait for an organizer. Else None."""
        if self.posts_held or self.reviewers().exists():
            return _("It waits for an organizer.")
        return self.not_to_be_handed_in()

    def _on_nobodys_word(self):
        """The time for a review is over: it is on the board, unless a rule forbids it or somebody may look by now."""
        if not self.still_to_be_reviewed():
            self.publish_unreviewed()
        elif problem := self.not_to_be_handed_in():
            self.call_off(reason=problem)
        else:
            Referral.update(due=None).where(Referral.id == self.id).execute()
            self.reload()

    def reviewed_already(self):
        return None if self.unreviewed else _("This posting has been looked at already.")

    @move(
        *OPEN,
        by="organizer",
        unless="reviewed_already",
        says=N_("%(actor)s looked at the posting and approved it"),
        tells=N_("“%(title)s” is no longer marked as not reviewed: %(actor)s has approved it."),
    )
    def approve_late(self, organizer):
        """What went on the board as not reviewed is reviewed from now on."""
        self.unreviewed = False
        return self.state

    def reviewers(self):
        """Returns a query for the organizers who may look at it: see Member.reviewers_of."""
        wrote = models.Beside.select(models.Beside.organizer)
        wrote = wrote.where(models.Beside.referral == self.id, models.Beside.kind == "posting")
        return Member.reviewers_of(self.helper_id, self.employer).where(Member.id.not_in(wrote))

    @remembered
    def nobody_reviews(self):
        """Whether it waits for a review that no organizer may make."""
        return self.state == "in_review" and not self.reviewers().exists()

    @classmethod
    def renew_review_clocks(cls):
        """What waits for a review that nobody may make has a deadline, and nothing else in review: one is set or taken.

        To be called when lists, roles or actions have changed; the sweep does so as well.
        """
        for referral in list(cls.to_review()):
            alone = not referral.posts_held and not referral.reviewers().exists()
            if alone != bool(referral.due):
                due = in_days(UNREVIEWED_DAYS) if alone else None
                cls.update(due=due).where(cls.id == referral.id, cls.state == "in_review").execute()

    def _wait_for_review(self):
        if self.state == "draft":
            self._stay_down()
        return self._back_to_review()

    def _back_to_review(self, to=None):
        """It waits for an organizer. What had time left on the board has it still, and comes back to where it was.

        `to` is another state to which it comes back.
        """
        if (to or self.state) in ("draft", *PUBLIC):
            self.back_to = to or self.state
        self.due = None if self.still_to_be_reviewed() else in_days(UNREVIEWED_DAYS)
        return "in_review"

    def _come_back(self, unreviewed=False):
        """It is where it was before it had to wait, for as long as it had left there; a new one is on the board."""
        if self.published_at is None:
            return self._publish(unreviewed)
        self.unreviewed, self.due = unreviewed, None
        self._settle_its_helper()
        state = self.back_to if self.back_to in PUBLIC else "published"
        if state in ("published", "paused"):
            self._prolong(now() - self._waiting_since())
        return state

    def _waiting_since(self):
        came = (Event.after == "in_review") & (Event.before != "in_review")
        return self.history.select(Event.at).where(came).order_by(Event.id.desc()).get().at

    def _prolong(self, delay):
        """The posting stays as much longer, though not beyond its closing date."""
        self.expires_at += delay
        if self.closes_on:
            self.expires_at = min(self.expires_at, end_of(self.closes_on))
        self._remind_in_time()

    @move(
        "in_review",
        to="changes_asked",
        by="organizer",
        reason="required",
        says=N_("%(actor)s asked for changes"),
        tells=N_("%(actor)s asks you to change something in “%(title)s” before it is published."),
    )
    def ask_changes(self, organizer):
        self.due = None

    @move(
        "in_review",
        to="rejected",
        by="organizer",
        reason="required",
        says=N_("%(actor)s turned the posting down"),
        tells=N_("%(actor)s turned “%(title)s” down and says why."),
    )
    def reject(self, organizer):
        self.due = None

    @move("published", to="paused", by="helper", says=N_("%(actor)s paused the posting"))
    def pause(self, helper):
        pass

    @move(
        "paused",
        to="published",
        by="helper",
        unless="not_to_be_handed_in",
        says=N_("%(actor)s put the posting back on the board"),
    )
    def resume(self, helper):
        """It is on the board, or waits for an organizer while this helper's postings are held."""
        return self._back_to_review(to="published") if self.posts_held else "published"

    @move(
        "published",
        "paused",
        by="clock",
        says=N_("A reminder went out: the posting ends soon"),
        tells=N_("“%(title)s” leaves the board in a few days. You can renew it once it has."),
    )
    def remind(self):
        self.due = self.expires_at
        return self.state

    @move(
        "published",
        "paused",
        to="expired",
        by="clock",
        says=N_("The posting ran out"),
        tells=N_("“%(title)s” has left the board. Renew it if the role is still open."),
    )
    def expire(self):
        self.due, self.ended_at = None, now()

    def not_renewable(self):
        if not self.duties:
            return _("The text of this posting was deleted after its time. Edit it first, then try again.")
        return self.not_to_be_handed_in()

    @move("expired", to="published", by="helper", unless="not_renewable", says=N_("%(actor)s renewed the posting"))
    def renew(self, helper):
        """It is on the board for another term, or waits for an organizer while this helper's postings are held."""
        if self.posts_held:
            self._stay_down()
            return self._back_to_review()
        return self._publish()

    @move(
        "published",
        "paused",
        "expired",
        to="filled",
        by=("helper", "organizer", "clock"),
        says=N_("The role is filled"),
        tells=N_("“%(title)s” is filled."),
    )
    def fill(self, member=None):
        """The role is taken: who was still waiting in line is told and closed, without a fee."""
        self.due, self.ended_at = None, self.ended_at or now()

    @move(
        "draft",
        "in_review",
        "changes_asked",
        "published",
        "paused",
        "expired",
        "hidden",
        to="withdrawn",
        by="helper",
        says=N_("%(actor)s withdrew the posting"),
        tells=N_("%(actor)s withdrew “%(title)s”."),
    )
    def withdraw(self, helper):
        self.due = self.publish_on = None

    def read_by_nobody(self):
        """Returns a sentence while nobody but its helper and the organizers reads it. Else None."""
        if self.state in PUBLIC or self.claims.exists():
            return None
        return _("Nobody reads this yet: ask for changes, or turn it down.")

    @move(
        *UP,
        "filled",
        to="hidden",
        by="organizer",
        unless="read_by_nobody",
        reason="required",
        logged=False,  # The log has it as an action.
        says=N_("%(actor)s hid the posting"),
        tells=N_("%(actor)s has hidden “%(title)s” for now and says why."),
    )
    def hide(self, organizer):
        self.state_before, self.due = self.state, None

    @move(
        "hidden",
        by=("organizer", "clock"),
        logged=True,
        says=N_("%(actor)s restored the posting"),
        tells=N_("“%(title)s” is back as it was."),
    )
    def restore(self, organizer=None):
        self.unreviewed = self.unreviewed and organizer is None
        return self._as_before()

    @move(
        *UP,
        "filled",
        to="hidden",
        by="clock",
        unless="read_by_nobody",
        says=N_("The posting was hidden because of reports"),
        tells=N_("“%(title)s” was reported and is hidden until an organizer has looked at it."),
    )
    def hide_for_reports(self):
        self.state_before, self.due = self.state, None

    @move(
        "hidden",
        by="clock",
        unless="hidden_by_organizer",
        says=N_("The reports were dismissed, and the posting is back"),
        tells=N_("The reports about “%(title)s” were dismissed: it is back as it was."),
    )
    def unhide(self):
        return self._as_before()

    def hidden_by_organizer(self):
        return _("An organizer has hidden this.") if Action.restricting(self).exists() else None

    def _as_before(self):
        """Returns the state before it was hidden, or removed, for the posting to go on in.

        What its helper has changed since then waits for a review, where this helper's postings are reviewed.
        """
        before = self.state_before or "published"
        if before == "in_review" or (before in PUBLIC and self.published_as is not None and self.needs_review()):
            return self._back_to_review(before)
        if before in ("published", "paused"):
            self._start_clock()
        return before

    @move(
        "hidden",
        to="removed",
        by="organizer",
        reason="required",
        logged=False,  # The log has it as an action.
        says=N_("%(actor)s removed the posting"),
        tells=N_("%(actor)s removed “%(title)s” and says why."),
    )
    def remove(self, organizer):
        pass

    @move(
        "removed",
        by=("second_organizer", "clock"),
        reason="required",
        logged=True,
        says=N_("%(actor)s reinstated the posting"),
        tells=N_("The removal of “%(title)s” was taken back: it is as it was before."),
    )
    def reinstate(self, organizer=None):
        return self._as_before()

    def _publish(self, unreviewed=False):
        """It is on the board from now on. Its helper is no longer new, unless nobody has looked at it."""
        self.publish_on, self.published_at, self.unreviewed = None, now(), unreviewed
        self.ended_at = None
        self._start_clock()
        self._settle_its_helper()
        return "published"

    def _settle_its_helper(self):
        if not self.unreviewed and self.helper.can("settle_in", None):
            self.helper.settle_in()

    def _start_clock(self):
        """The posting ends with its term or on its closing date; a reminder comes first, if there is time."""
        self.expires_at = self.published_at + timedelta(days=Policy.current().listing_days)
        if self.closes_on:
            self.expires_at = min(self.expires_at, end_of(self.closes_on))
        self._remind_in_time()

    def _remind_in_time(self):
        reminder = self.expires_at - timedelta(days=Policy.current().reminder_days)
        self.due = reminder if reminder > now() else self.expires_at

    def put_off(self, delay):
        """The posting stays as much longer, though not beyond its closing date."""
        if not self.listed:
            return super().put_off(delay)
        ends = self.expires_at + delay
        if self.closes_on:
            ends = min(ends, end_of(self.closes_on))
        Referral.update(due=min(self.due + delay, ends), expires_at=ends).where(Referral.id == self.id).execute()

    @classmethod
    def catch_up_with(cls, helper):
        """Runs every deadline that has passed of this helper's postings, and of the claims on them."""
        for referral in list(cls.overdue().where(cls.helper == helper)):
            Record.catch_up(referral)
        models.Claim.catch_up_all(models.Claim.referral.in_(cls.select(cls.id).where(cls.helper == helper)))

    def catch_up(self):
        super().catch_up()
        models.Claim.catch_up_all(models.Claim.referral == self)

    def on_due(self):
        if self.private:
            self._on_its_day()
        elif self.state == "in_review":
            self._on_nobodys_word()
        else:
            (self.expire if self.due >= self.expires_at else self.remind)()

    def after_move(self, event):
        self._match_actions(event)
        if self.state in ("draft", *CLOSED):
            for claim in list(self.claims):
                if claim.can("close", None):
                    claim.close()
        if event.before == "in_review" and self.live:
            self._tell_seekers("claim.posting_back")
        if self.live or self.state in KEPT_BACK:
            self.move_line()
        if event.before == "in_review" and self.listed and self.back_to in OPEN and self.hires >= self.seats:
            self.fill()  # The last seat was taken while the posting waited.

    def _match_actions(self, event):
        """What an organizer does about the posting is an action that can be appealed; both begin and end together."""
        restriction = Action.restricting(self).first()
        if event.verb == "referral.hide" and not restriction:
            Action.record(event.actor, self.helper, "hidden", "other", event.reason, referral=self)
        elif event.verb == "referral.remove" and not (restriction and restriction.kind == "removed"):
            Action.record(event.actor, self.helper, "removed", "other", event.reason, referral=self)
        elif event.verb in ("referral.restore", "referral.reinstate") and restriction:
            restriction.undo(event.actor, reason=event.reason or _("Looked at, and fine."))
        elif event.verb == "referral.withdraw" and restriction:
            restriction.end_with_posting()

    def compare_and_set(self, before, after):
        """What members read from now on is no version any more that waits."""
        if after in PUBLIC and self.published_as is not None:
            self.published_as = None
            Duties.update(published_as="").where(Duties.referral == self).execute()
        super().compare_and_set(before, after)

    def tell(self, event):
        """As ever, but where an edit has to wait, organizers, its helper and the seekers each read their own."""
        if event.verb == "referral.approve" and self.state != "published":
            return self.notify(self.helper, "referral.approved", event.actor, event)
        again = event.before in OPEN or (self.published_as is not None and event.before in ("hidden", "removed"))
        if self.state != "in_review" or not again:
            return super().tell(event)
        for organizer in self.reviewers():
            self.notify(organizer, "referral.changed", event.actor, event)
        if event.actor != self.helper:
            self.notify(self.helper, "referral.to_be_looked_at", event.actor, event)
        return self._tell_seekers("claim.posting_waits")

    def _tell_seekers(self, kind):
        for claim in self.claims:
            if claim.state in (*models.WAITING, *models.BOUND):
                claim.notify(claim.seeker, kind)

    def waits_for_review(self):
        """Returns the sentence for whoever wants something of it while an edit of it waits. Else None."""
        if self.state in KEPT_BACK and self.published_at:
            return _("The posting was changed, and an organizer looks at it first. This waits until it is back.")
        return None

    def move_line(self):
        """Takes the deadline off waiting requests while nobody can take them on, and sets a new one once somebody can.

        That is while every seat is taken, and while the posting waits for an organizer.
        """
        policy, reviewed = Policy.current(), self.state == "in_review"
        self._start_waiting("requested", None if reviewed or self.full else in_days(policy.request_days))
        self._start_waiting("changes_asked", None if reviewed else in_days(policy.changes_days))

    def _start_waiting(self, state, due):
        """Claims in this state have no deadline where `due` is None; else those that have none get this one."""
        claim = models.Claim
        waiting = (claim.referral == self) & (claim.state == state)
        if due is None:
            claim.update(due=None).where(waiting).execute()
            return
        for found in list(claim.select().where(waiting, claim.due.is_null(), claim.frozen_at.is_null())):
            found.due = due
            found.begin_to_wait()
            claim.update(due=found.due).where(claim.id == found.id).execute()

    # Who is who

    def roles(self, actor):
        if actor is None:
            return {"clock"}
        if actor == self.helper:
            return {"helper"}
        if not actor.organizer or self.helper_id in actor.hidden_ones or actor.involved_in(self):
            return {"member"}
        first = self.state == "removed" and actor.id == self.removed_by and actor.fellows_for(self.helper_id)
        return {"member", "organizer"} if first else {"member", "organizer", "second_organizer"}

    @remembered
    def removed_by(self):
        """The id of the organizer whose removal stands, or None. Whoever took it back may bring the posting back."""
        action = self.actions.where(Action.kind == "removed").order_by(Action.id.desc()).first()
        if action and action.state not in IN_FORCE:
            return None
        last = self.history.where(Event.verb == "referral.remove").order_by(Event.id.desc()).first()
        return last and last.actor_id

    def about(self):
        return {"referral": self}

    def concerned(self, event):
        if self.state == "in_review":
            return [*([] if event.actor else [self.helper]), *self.reviewers()]
        if event.verb == "referral.submit":
            return []
        if self.state not in ("filled", "withdrawn"):
            return [self.helper]
        return [self.helper, *(claim.seeker for claim in self.claims if claim.bound)]

    def waits_for(self, member):
        if member == self.helper:
            return self.state in (*DRAFTING, "expired") and not self.publish_on
        return self.state == "in_review" and "organizer" in self.roles(member)


def suggested_words(industry, location):
    """An employer in words that fit many, made from the industry and the place."""
    return _("An employer in %(place)s: %(industry)s", place=location, industry=_(INDUSTRIES[industry]))


class HelpItem(Base):
    """One entry of a referral's menu: a kind of help and its price in minor units, 0 for a gift."""

    referral = ForeignKeyField(Referral, backref="help_items", on_delete="CASCADE", index=False)
    kind = CharField()
    price = IntegerField()

    kept = Kept(
        N_("Postings: which job, where, the pay and the dates"),
        WHO_MEMBERS,
        FOR_GOOD,
        whose=("referral.helper",),
        facts=("referral", "kind", "price"),
    )

    class Meta:
        indexes = ((("referral", "kind"), True),)

    @classmethod
    def offer(cls, referral, kind, price):
        cls.insert(referral=referral, kind=kind, price=price).on_conflict(
            conflict_target=[cls.referral, cls.kind], update={cls.price: price}
        ).execute()


def in_order(items):
    """These help items as a list, in the order of the design."""
    return sorted(items, key=lambda item: list(HELP_CLASSES).index(item.kind))


class Duties(Base):
    """The long text of a referral, apart from it so that lists read narrow rows. Markdown."""

    referral = ForeignKeyField(Referral, backref="long_text", primary_key=True, on_delete="CASCADE")
    text = TextField()
    published_as = TextField(default="")

    kept = Kept(
        N_("The text of a posting"),
        WHO_MEMBERS,
        Until(
            N_("until %(days)s days after the posting ended"),
            "posting_days",
            lambda days: (
                Duties.referral.in_(Referral.ended_before(days)) & ((Duties.text != "") | (Duties.published_as != ""))
            ),
            empties=("text", "published_as"),
        ),
        whose=("referral.helper",),
        words={"referral.helper": ("text", "published_as")},
        facts=("referral",),
    )


Referral.announce("draft", N_("%(actor)s wrote the posting"), None)
Referral.announce("approved", tells=N_("%(actor)s looked at “%(title)s” and approved what you changed."))
Referral.announce("changed", tells=N_("%(actor)s changed “%(title)s”. It waits for a review."))
Referral.announce(
    "to_be_looked_at", tells=N_("“%(title)s” is no longer hidden. An organizer looks at what you changed first.")
)
