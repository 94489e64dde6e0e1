"""The community this site serves, and the policy its organizers have set."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision
from peewee import JOIN, BooleanField, CharField, DateTimeField, ForeignKeyField, IntegerField, JSONField, TextField, fn

import models

from .absences import MayBeAway
from .base import Base, Refused, db, in_days, now
from .events import Notice, announce
from .heartbeat import Heartbeat
from .house_rules import HouseRules
from .i18n import N_, _
from .keeping import OF_THE_COMMUNITY, WHO_MEMBERS, Kept
from .members import ADMITTED, FACTOR_DAYS, Member
from .verbs import clean_reason

REFERRAL, COACHING, INFORMATION = "referral", "coaching", "information"
PRICED_CLASSES = (REFERRAL, COACHING, INFORMATION)

# Every kind of help, with the class by which the policy allows or forbids a price for it.
HELP_CLASSES = {
    "good_word": REFERRAL,
    "introduction": REFERRAL,
    "reference": REFERRAL,
    "resume_review": COACHING,
    "interview_coaching": COACHING,
    "role_briefing": INFORMATION,
}

JOINING = ("application", "invitation", "open", "closed")
CLOSED_WEEKS = 6  # For so long a community that was closed can be opened again.
REVIEW = ("all", "new", "none")

HIRED_MEANS = N_(
    "The seeker has accepted this employer's offer for this role, or for one it was turned into, and has a start date."
)


class Community(Base, MayBeAway):
    """There is one row. Until it exists, the site serves nothing but the setup page."""

    name = CharField()
    place = CharField()
    currency = CharField()
    timezone = CharField()
    language = CharField(default="en")
    address = CharField(default="")
    made_at = DateTimeField(default=now)
    closed_at = DateTimeField(null=True)
    outside_contact = TextField(default="")
    away_from = DateTimeField(null=True)
    away_until = DateTimeField(null=True)
    handover_notes = TextField(default="")
    second_owner_later = DateTimeField(null=True)
    owner_seen_at = DateTimeField(null=True, default=now)

    kept = Kept(
        N_("The community's name and settings, and who changed them"),
        WHO_MEMBERS,
        OF_THE_COMMUNITY,
        facts=(
            *("name", "place", "currency", "timezone", "language", "address", "made_at", "closed_at"),
            *("outside_contact", "away_from", "away_until"),
        ),
        internal=("handover_notes", "second_owner_later", "owner_seen_at"),
    )

    @classmethod
    def current(cls):
        """The community, or None before it was set up.

        Read with it is what every page needs too: its `heartbeat`, and the number of the house rules that count.
        """
        rules = HouseRules.select(fn.MAX(HouseRules.id)).alias("rules_version")
        both = cls.select(cls, Heartbeat, rules)
        both = both.join(Heartbeat, JOIN.LEFT_OUTER, on=Heartbeat.id > 0, attr="heartbeat")
        return db.remember(cls, both.first)

    @classmethod
    def set_up(cls, link, owner, community, policy):
        """The community begins: its name and currency, its first policy, and its owner.

        `owner` holds name, email and password; `community` and `policy` hold columns.
        Raises Invalid on a bad address or password, Refused once a community exists.
        """
        with db.atomic():
            if cls.current():
                raise Refused(_("This community has been set up already. Sign in instead."))
            link.use()
            made = cls.create(**community)  # First: no password may be made of its name.
            member = Member.join(**owner, role="owner", state="trusted", factor_due=in_days(FACTOR_DAYS))
            cap = 500 * 10**made.decimals
            Policy.create(**{"price_cap": cap, "hired_means": _(HIRED_MEANS), **policy}, by=member)
            HouseRules.begin(member)
            return member

    @property
    def decimals(self):
        """How many decimal places the currency has: 2 for dollars, 0 for yen."""
        return get_currency_precision(self.currency)

    @property
    def zone(self):
        return ZoneInfo(self.timezone)

    # Closing

    @property
    def closed(self):
        """Whether the community can only be read, and what is owed be settled."""
        return self.closed_at is not None

    @property
    def ends_at(self):
        """When a community that was closed is deleted; None while it is open."""
        return self.closed_at and self.closed_at + timedelta(weeks=CLOSED_WEEKS)

    @property
    def over(self):
        """Whether it was closed so long ago that its accounts are deleted."""
        return self.closed and self.ends_at <= now()

    def close(self, owner, reason):
        """From now on the community can only be read. Everybody is told. Raises NotYours, Refused or Invalid."""
        reason = clean_reason(Member.dismiss.rule, reason)
        with db.atomic():
            owner.must_be_owner()
            if Community.get().closed:
                raise Refused(_("The community is closed already."))
            self._become(owner, "community.close", reason, closed_at=now())

    def reopen(self, owner):
        """The community goes on as it was. Raises NotYours, or Refused once it is over."""
        with db.atomic():
            owner.must_be_owner()
            present = Community.get()
            if not present.closed:
                raise Refused(_("The community is open."))
            if present.over:
                raise Refused(_("It was closed too long ago: its accounts are being deleted."))
            self._become(owner, "community.reopen", "", closed_at=None)

    def _become(self, owner, verb, reason, **columns):
        Community.update(**columns).where(Community.id == self.id).execute()
        event = owner.did(verb, reason=reason)
        told = Member.select(Member.id).where(Member.state.in_(ADMITTED), Member.id != owner.id)
        rows = [{"member": member.id, "kind": verb, "actor": owner, "event": event} for member in told]
        for start in range(0, len(rows), 100):
            Notice.insert_many(rows[start : start + 100]).execute()

    # After its owner

    def wants_second_owner(self, owner):
        """Whether this owner is to be asked for a second one: there is none, and they did not say "later"."""
        later = self.second_owner_later and self.second_owner_later > now()
        return owner.role == "owner" and not later and owner.last_owner

    @db.atomic()
    def ask_later(self, owner):
        """The desk does not ask for a second owner for a month. Raises NotYours."""
        owner.must_be_owner()
        Community.update(second_owner_later=in_days(30)).where(Community.id == self.id).execute()

    @db.atomic()
    def note_for_successor(self, owner, notes):
        """The handover sheet says this of where and by whom the site is kept. Raises NotYours."""
        owner.must_be_owner()
        if notes != Community.get().handover_notes:
            Community.update(handover_notes=notes).where(Community.id == self.id).execute()
            owner.did("community.note_for_successor")

    @classmethod
    def owner_is_here(cls, member):
        """This member came by: if they are an owner who can act, nobody is appointed in their place."""
        if member.role == "owner" and not member.kept_out:
            with db.atomic():
                cls.note_owner()
                models.Succession.end_with_owner()

    @classmethod
    def note_owner(cls):
        """An owner was here just now. Which one is not kept."""
        cls.update(owner_seen_at=now()).execute()

    @classmethod
    def put_off_owner(cls, delay):
        """So much time was lost in which no owner could be here. What was proposed meanwhile keeps its own deadline."""
        present = cls.get()
        if present.owner_seen_at and not models.Succession.open().exists():
            cls.update(owner_seen_at=present.owner_seen_at + delay).execute()

    # Away

    def go_away(self, organizer, day):
        """Until the end of that day the whole group is away: its deadlines wait. Raises NotYours or Invalid.

        Saying another day changes the absence. Everybody is told.
        """
        with db.atomic():
            organizer.must_be_organizer()
            present = Community.get()
            begun, until = present.absence_until(day)
            if until != present.away_until:
                models.clocks.stand_still(present, until)
                verb = "community.extend" if present.away else "community.go_away"
                self._become(organizer, verb, "", away_from=begun, away_until=until)

    def come_back(self, organizer):
        """The deadlines of the group run again, with the time that was left. Raises NotYours or Refused."""
        with db.atomic():
            organizer.must_be_organizer()
            present = Community.get()
            if not present.away:
                raise Refused(_("The group is here already."))
            models.clocks.stand_still(present, now())
            self._become(organizer, "community.come_back", "", away_until=now())

    @db.atomic()
    def introduce(self, organizer, **columns):
        """Changes name, place, time zone or language; an owner, whom to turn to outside as well. Raises NotYours.

        The currency stays as it was.
        """
        organizer.must_be_organizer()
        columns.pop("currency", None)
        present = Community.get_by_id(self.id)
        changed = [name for name, value in columns.items() if getattr(present, name) != value]
        if "outside_contact" in changed:
            organizer.must_be_owner()
            organizer.did("community.outside", reason=columns["outside_contact"])
            changed.remove("outside_contact")
        Community.update(**columns).where(Community.id == self.id).execute()
        if changed:
            organizer.did("community.introduce", reason=", ".join(changed))

    @db.atomic()
    def confirm_address(self, organizer, address):
        """From now on letters and feeds lead to this address, where the settings name none. Raises NotYours."""
        organizer.must_be_organizer()
        if address == self.address:
            return
        Community.update(address=address).where(Community.id == self.id).execute()
        organizer.did("community.address", reason=address)

    def public_address(self, configured):
        """The address of the site for whatever reaches people elsewhere, without a slash at its end.

        It is the one of the settings (GOLEM_URL) where there is one, else the one that an organizer confirmed at the
        desk; "" where there is neither: then nothing that leaves the site may hold a link.
        """
        return configured or self.address


class Policy(Base):
    """What the organizers allow. Rows are never changed: each change is a new row, the last one counts."""

    charging = BooleanField()
    priced_classes = JSONField(default=lambda: list(PRICED_CLASSES))
    price_cap = IntegerField()
    guarantee_days = IntegerField(default=30)
    pro_rata = BooleanField(default=False)
    hired_means = TextField()
    joining = CharField(default="application", choices=[(door, door) for door in JOINING])
    question = CharField(default="")
    appeal_days = IntegerField(default=14)
    review = CharField(default="new", choices=[(which, which) for which in REVIEW])
    seats_cap = IntegerField(default=5)
    open_claims_cap = IntegerField(default=5)
    listing_days = IntegerField(default=45)
    reminder_days = IntegerField(default=5)
    request_days = IntegerField(default=7)
    changes_days = IntegerField(default=14)
    agree_days = IntegerField(default=3)
    report_days = IntegerField(default=14)
    active_days = IntegerField(default=180)
    check_in_days = JSONField(default=lambda: [30, 45, 75])
    settle_days = IntegerField(default=14)
    settlement = CharField(default="offline", choices=[("offline",) * 2, ("stripe",) * 2])
    fee_percent = IntegerField(default=0)
    fee_cap = IntegerField(default=0)
    thread_days = IntegerField(default=365)
    posting_days = IntegerField(default=180)
    application_days = IntegerField(default=90)
    reapply_days = IntegerField(default=30)
    notice_days = IntegerField(default=90)
    unnamed = BooleanField(default=False)
    tree_open = BooleanField(default=False)
    archive_days = IntegerField(default=30)
    dispute_days = IntegerField(default=30)
    by = ForeignKeyField(Member)
    at = DateTimeField(default=now)

    kept = Kept(
        N_("The community's name and settings, and who changed them"),
        WHO_MEMBERS,
        OF_THE_COMMUNITY,
        facts=(
            *("charging", "priced_classes", "price_cap", "guarantee_days", "pro_rata", "hired_means", "joining"),
            *("question", "appeal_days", "review", "seats_cap", "open_claims_cap", "listing_days", "reminder_days"),
            *("request_days", "changes_days", "agree_days", "report_days", "active_days", "check_in_days"),
            *("settle_days", "settlement", "fee_percent", "fee_cap"),
            *("thread_days", "posting_days", "application_days", "reapply_days", "notice_days", "unnamed", "tree_open"),
            *("archive_days", "dispute_days", "by", "at"),
        ),
    )

    @classmethod
    def current(cls):
        """The policy that counts now, or None before the community was set up."""
        return db.remember(cls, lambda: cls.select().order_by(cls.id.desc()).first())

    @classmethod
    def numbered(cls, id):
        """Returns the policy with that id. Policies are never changed, so it is as it was agreed."""
        current = cls.current()
        return current if current.id == id else db.remember((cls, id), lambda: cls.get_by_id(id))

    def change(self, organizer, **columns):
        """Makes a policy that differs in these columns, and returns it; the one that counts where nothing differs.

        Claims keep the terms they were agreed under. Raises NotYours.
        """
        with db.atomic():
            organizer.must_be_organizer()
            kept = {name: value for name, value in Policy.current().__data__.items() if name not in ("id", "at", "by")}
            changed = [name for name, value in columns.items() if kept[name] != value]
            if not changed:
                return Policy.current()
            organizer.did("policy.change", reason=", ".join(changed))
            return Policy.create(**{**kept, **columns}, by=organizer)

    @classmethod
    def versions(cls):
        """Every policy with what it changed, newest first: (policy, [(column, before, after)])."""
        rows = list(cls.select(cls, Member).join(Member).order_by(cls.id))
        pairs = zip([None, *rows], rows, strict=False)
        return [(new, old.differences(new) if old else []) for old, new in pairs][::-1]

    def differences(self, other):
        columns = [name for name in self.__data__ if name not in ("id", "at", "by")]
        return [
            (name, getattr(self, name), getattr(other, name))
            for name in columns
            if getattr(self, name) != getattr(other, name)
        ]

    def price_problem(self, kind, price):
        """Returns why this price, in minor units, may not be asked for this kind of help; None where it may."""
        if price == 0:
            return None
        if price < 0:
            return _("An amount cannot be negative.")
        if not self.charging:
            return _("In this community help is given, not sold. Write 0 to offer it as a gift.")
        if HELP_CLASSES[kind] not in self.priced_classes:
            return _("In this community this kind of help is always a gift. Write 0.")
        if price > self.price_cap:
            return _("This is above the highest price that this community allows.")
        return None


announce(
    "community.close",
    N_("%(actor)s closed the community"),
    N_("%(actor)s has closed this community. It can still be read for six weeks: take along what is yours."),
)
announce(
    "community.reopen",
    N_("%(actor)s opened the community again"),
    N_("%(actor)s has opened this community again. Everything is as it was."),
)
announce(
    "community.go_away",
    N_("%(actor)s sent the group on holiday: its deadlines wait"),
    N_("The group is away for a while, and its deadlines wait. The top of each page says until when."),
)
announce(
    "community.extend",
    N_("%(actor)s changed the day on which the group is back"),
    N_("The day on which the group is back has changed. The top of each page says it."),
)
announce(
    "community.come_back",
    N_("%(actor)s brought the group back: its deadlines run"),
    N_("The group is back, and its deadlines run again with the time that was left."),
)
announce("community.note_for_successor", N_("%(actor)s changed the handover sheet"))
announce("community.introduce", N_("%(actor)s changed what the community is called, or where it is"))
announce("community.outside", N_("%(actor)s changed whom members can turn to outside this group"))
announce("policy.change", N_("%(actor)s changed the policy"))
announce("community.address", N_("%(actor)s confirmed the address of this site"))


def today():
    """The date where the community is."""
    return now().replace(tzinfo=UTC).astimezone(Community.current().zone).date()


def day_of(moment):
    """The date of a time in UTC where the community is."""
    return moment.replace(tzinfo=UTC).astimezone(Community.current().zone).date()


def morning_of(day):
    """Eight in the morning of a day where the community is, in UTC."""
    return _moment_of(day, time(8))


def end_of(day):
    """The last second of a day where the community is, in UTC."""
    return _moment_of(day, time(23, 59, 59))


def _moment_of(day, clock_time):
    local = datetime.combine(day, clock_time, Community.current().zone)
    return local.astimezone(UTC).replace(tzinfo=None)
