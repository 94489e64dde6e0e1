"""How members were checked: that they are who they say they are, or where they work; and what others read of it."""

from dataclasses import dataclass
from datetime import date, timedelta

from peewee import SQL, CharField, DateField, DateTimeField, ForeignKeyField

import models

from . import quotas
from .base import Base, Invalid, NotYours, Refused, db, in_days, now, remembered, with_related
from .community import today
from .email_addresses import clean_email
from .events import Event
from .hiding import Hiding
from .i18n import N_, _
from .keeping import WHO_ORGANIZERS, WITH_ACCOUNT, Kept, Until
from .letters import GIVE_UP_DAYS, Letter
from .likeness import alike, alike_to_domain, key_of
from .links import OneTimeLink, spent
from .mail_domains import domain_of, is_public, used_domains
from .members import Member
from .sealing import keyed_hash
from .tokens import digest, new_token
from .verbs import Record, move
from .workplaces import WORKPLACE_DAYS, Workplace

# In the order in which the page offers them: what risks least comes first.
KNOWN, VOUCHED, DOCUMENT, WORK_ADDRESS = CHECK_KINDS = ("known", "vouched", "document", "work_address")
BY_ORGANIZER = (KNOWN, DOCUMENT)

ASKED, IN_FORCE, LEFT, ENDED = CHECK_STATES = ("asked", "in_force", "left", "ended")
READABLE = (IN_FORCE, LEFT)

VOICES = 2  # So many verified members vouch for somebody.
VOUCH_DAYS = 30  # For so long the link works that asks them to.
FRESH_DAYS = 365  # For so long a check says where somebody works; afterwards, where they worked.
MOST_LETTERS = 3  # So many letters go to one work address in a day, whoever asks for them.


@dataclass(frozen=True)
class Check:
    """What others read of a verification: the first day of its month, and whether an organizer made it.

    `past` says that it is about a job which is over, or that it was made long ago.
    """

    month: date
    by_organizer: bool
    past: bool = False


class Verification(Record):
    """Somebody was checked, or asks to be: how, when and by whom.

    `employer` is the one that was named then, `domain` that of a work address: of the address itself there is only a
    keyed hash. `by` is the organizer; those who vouched are in `Vouch`. Whoever no longer works there has `left`.
    """

    noun = "verification"

    member = ForeignKeyField(Member, backref="verifications")
    kind = CharField(choices=[(kind, kind) for kind in CHECK_KINDS])
    state = CharField(default=ASKED)
    employer = CharField(default="")
    domain = CharField(default="")
    address_hash = CharField(default="")
    token_hash = CharField(default="", index=True)
    by = ForeignKeyField(Member, null=True, backref="checks_made", index=False)
    asked_at = DateTimeField(default=now)
    given_on = DateField(null=True)
    ended_at = DateTimeField(null=True)
    due = DateTimeField(null=True, index=True)

    kept = Kept(
        N_("How you were checked, when and by whom; of a work address only its domain and the day"),
        WHO_ORGANIZERS,
        Until(
            N_("until %(days)s days after it ended"),
            WORKPLACE_DAYS,
            lambda days: Verification.ended_at < in_days(-days),
        ),
        whose=("member",),
        goes_with=("member",),
        facts=("member", "kind", "state", "employer", "domain", "by", "asked_at", "given_on", "ended_at", "due"),
        secret=("address_hash", "token_hash"),
    )

    # Finding

    @classmethod
    def of(cls, member):
        return cls.select().where(cls.member == member).order_by(cls.id.desc())

    @classmethod
    def shown_to(cls, member, viewer):
        """The verifications of a member that this viewer may read, newest first, with who made each. As a list.

        They are the member's own to read, and organizers', but not those of an employer from whom the member hides.
        """
        if viewer != member and (not viewer.organizer or member.id in viewer.hidden_ones):
            return []
        rows = list(cls.of(member).where((cls.state != ENDED) | cls.given_on.is_null(False)))
        ids = [row.id for row in rows]
        vouches = list(Vouch.select().where(Vouch.verification.in_(ids)))
        with_related([*rows, *vouches], "by")
        ended_jobs, reasons = cls._ended_jobs(member), cls._reasons(ids)
        for row in rows:
            cls.vouchers.keep(row, [vouch.by for vouch in vouches if vouch.verification_id == row.id])
            cls.job_ended.keep(row, any(row.concerns(employer) for employer in ended_jobs))
            cls.reason.keep(row, reasons.get(row.id, ""))
        return rows

    @classmethod
    def readable_by(cls, organizer):
        """Returns a query for those whose kind and employer this organizer may read."""
        return cls.select().where(cls.member.not_in(Hiding.owners(organizer)))

    @classmethod
    def holds_for(cls, member):
        """Whether the member was checked, and it was not taken back."""
        return cls.in_force().where(cls.member == member).exists()

    @classmethod
    def in_force(cls):
        return cls.select().where(cls.state == IN_FORCE)

    @classmethod
    def counting(cls):
        """Returns a query for those that say where members work, or did a year ago: by these they are known.

        Nobody finds more by ending one.
        """
        lately = cls.ended_at.is_null() | (cls.ended_at > in_days(-WORKPLACE_DAYS))
        return cls.select().where(cls.given_on.is_null(False), lately, (cls.employer != "") | (cls.domain != ""))

    @classmethod
    def find(cls, token):
        """The verification that this link asks to vouch for. Raises Refused where it no longer works."""
        found = cls.get_or_none(cls.token_hash == digest(token))
        if found:
            found.catch_up()
        if found is None or found.state != ASKED:
            raise Refused(_("This link no longer works. Ask whoever gave it to you for a new one."))
        return found

    @classmethod
    def find_by_letter(cls, member, token):
        """The verification that waits for the link of this letter, and the link. Raises Refused.

        Only the member who asked for the letter may use it: somebody else who reads it cannot confirm it for them.
        """
        link = OneTimeLink.find("work_address", token)
        waiting = cls.of(member).where(cls.state == ASKED, cls.address_hash == link.address).first()
        if link.member_id != member.id or waiting is None:
            raise Refused(spent())
        return waiting, link

    # What others read

    @classmethod
    def check_of(cls, member):
        """What others read of the member as a person: a Check, or None."""
        newest = cls._readable(member).first()
        return newest and newest.as_read()

    @classmethod
    def check_on(cls, referral, left):
        """What others read on a posting of how its helper was checked: a Check, or None.

        Where the posting is about the helper's own job, only what says nothing of another employer counts. `left` says
        whether the reader knows that the helper's last day there has passed.
        """
        checks = [
            row.as_read(over=referral.own_job and row.names_workplace and (row.outdated or left))
            for row in cls._readable(referral.helper_id)
            if not referral.own_job or row.concerns(referral.employer)
        ]
        return min(checks, key=lambda check: check.past, default=None)  # Of those alike the first, the newest.

    @classmethod
    def _readable(cls, member):
        readable = cls.select().where(cls.member == member, cls.state.in_(READABLE))
        return readable.order_by(cls.given_on.desc(), cls.id.desc())

    @classmethod
    def _ended_jobs(cls, member):
        """The employers of the member's postings about their own job whose last day has passed."""
        posting = models.Referral
        ended = member.referrals.where(posting.of_own_job(), posting.last_day < today())
        return {employer for (employer,) in ended.select(posting.employer).tuples()}

    @classmethod
    def _reasons(cls, ids):
        """Why organizers took back those of these that they did, by id."""
        taken = Event.select(Event.number, Event.reason).where(Event.verb == "verification.revoke")
        return dict(taken.where(Event.number.in_(ids)).tuples())

    @property
    def names_workplace(self):
        """Whether it says where the member works, and not only who they are."""
        return bool(self.employer or self.domain)

    def concerns(self, employer):
        """Whether it says nothing against this employer: it names no other."""
        if not self.names_workplace or alike(self.employer, employer):
            return True
        return bool(self.domain) and alike_to_domain(employer, self.domain)

    def as_read(self, over=False):
        """What others read of it."""
        return Check(self.given_on.replace(day=1), self.kind in BY_ORGANIZER, over)

    @property
    def past(self):
        """Whether it says where the member worked, rather than where they work."""
        return self.names_workplace and (self.outdated or self.job_ended)

    @property
    def outdated(self):
        return self.state == LEFT or self.old

    @property
    def old(self):
        return self.given_on < today() - timedelta(days=FRESH_DAYS)

    @remembered
    def job_ended(self):
        """Whether the last day of a posting about this job has passed."""
        return any(self.concerns(employer) for employer in Verification._ended_jobs(self.member))

    @remembered
    def vouchers(self):
        return [vouch.by for vouch in self.vouches]

    @remembered
    def reason(self):
        """Why an organizer took it back; "" where none did."""
        return Verification._reasons([self.id]).get(self.id, "")

    # By an organizer

    @classmethod
    def know(cls, organizer, member, employer=""):
        """The organizer knows this person; with an employer, also that they work there. Raises NotYours or Refused."""
        return cls._give(organizer, member, KNOWN, employer, "know")

    @classmethod
    def see_document(cls, organizer, member, employer):
        """The organizer has seen a document of this employer, which is kept nowhere. Raises NotYours or Refused."""
        return cls._give(organizer, member, DOCUMENT, employer, "see_document")

    @classmethod
    def _give(cls, organizer, member, kind, employer, verb):
        with db.atomic():
            organizer.must_be_organizer()
            member.reload()
            if organizer == member:
                raise NotYours(_("You cannot check yourself: ask another organizer."))
            if not member.admitted:
                raise Refused(_("%(name)s is not a member at present.", name=member.name))
            given = cls(member=member, kind=kind, state=IN_FORCE, employer=employer, by=organizer, given_on=today())
            given._take_the_place_of_others()
            given.save(force_insert=True)
            given.tell(organizer.did(f"{given.noun}.{verb}", given, after=IN_FORCE))
            models.renew_hiding(member)
        return given

    def _take_the_place_of_others(self):
        """Those of its kind before it no longer count. Raises Refused where one that is not old says the same."""
        for other in Verification.in_force().where(Verification.member == self.member, Verification.kind == self.kind):
            same = (key_of(other.employer), other.domain) == (key_of(self.employer), self.domain)
            if same and not other.old and self.kind in BY_ORGANIZER:
                raise Refused(_("This stands already."))
            if same or not other.names_workplace:
                other.lapse()
            else:
                other.leave()

    # By two members

    @classmethod
    def ask_to_be_vouched_for(cls, member):
        """The token of a link with which two verified members vouch for this one. It is known this once.

        The member hands it over themselves; the one before ends. Raises Refused or TooOften.
        """
        token = new_token()
        with db.atomic():
            if cls.in_force().where(cls.member == member, cls.kind == VOUCHED).exists():
                raise Refused(_("Two members have vouched for you already."))
            cls._ask(member, VOUCHED, token_hash=digest(token), due=in_days(VOUCH_DAYS))
        return token

    @classmethod
    def _ask(cls, member, kind, **columns):
        mine = cls.of(member)
        quotas.CHECKS.check(mine.where(cls.by.is_null()), cls.asked_at)
        for other in list(mine.where(cls.kind == kind, cls.state == ASKED)):
            other.lapse()
        asked = cls.create(member=member, kind=kind, **columns)
        asked.log("ask", member, after=ASKED)
        return asked

    def no_voice(self, actor):
        if self.kind != VOUCHED:
            return _("Nobody was asked to vouch for this.")
        if not Verification.holds_for(actor):
            return _("Only members who were checked themselves can vouch.")
        if self.vouches.where(Vouch.by == actor).exists():
            return _("You have vouched for them already.")
        return None

    @move(
        ASKED,
        by="voucher",
        unless="no_voice",
        says=N_("%(actor)s vouched for a member"),
        tells=N_("%(actor)s vouched for you."),
    )
    def vouch(self, voucher):
        """This member says who the other is. The second voice makes it count.

        A voice counts as long as whoever gave it is checked themselves; what they said stays.
        """
        Vouch.create(verification=self, by=voucher)
        voices = self.vouches.where(
            Vouch.by.in_(Verification.in_force().select(Verification.member)),
            Vouch.by.not_in(models.Action.keeping_out()),
        )
        return self._begin() if voices.count() >= VOICES else ASKED

    def _begin(self):
        self.given_on, self.due = today(), None
        return IN_FORCE

    # By a letter to a work address

    @classmethod
    def ask_by_letter(cls, member, email):
        """The member has asked for a letter to their work address. Raises Invalid or TooOften.

        Whether somebody else has that address, or was checked by it, makes no difference to whoever asks.
        """
        email = clean_email(email)
        domain, address_hash = domain_of(email), hash_of(email)
        if is_public(domain, used_domains()):
            raise Invalid(email=_("Too many people have such an address: it shows no workplace."))
        workplace = Workplace.current(member)
        employer = workplace.name if workplace and alike_to_domain(workplace.name, domain) else ""
        with db.atomic():
            lately = cls.select().where(cls.address_hash == address_hash, cls.asked_at > in_days(-1)).count()
            place = {"employer": employer, "domain": domain, "address_hash": address_hash}
            asked = cls._ask(member, WORK_ADDRESS, **place, due=in_days(GIVE_UP_DAYS + 1))
            if asked._is_free() and lately < MOST_LETTERS:
                Letter.ask("work_address", email, member)

    def _is_free(self):
        """Whether nobody else has this work address, or was checked by it."""
        held = Verification.in_force().where(Verification.address_hash == self.address_hash)
        if held.where(Verification.member != self.member).exists():
            return False
        others = Member.select(Member.email).where(Member.id != self.member_id, Member.email.endswith(self.domain))
        return all(hash_of(email) != self.address_hash for (email,) in others.tuples())

    def not_free(self):
        return None if self._is_free() else spent()

    @move(ASKED, to=IN_FORCE, by="self", unless="not_free", says=N_("%(actor)s confirmed a work address"))
    def confirm(self, member, link):
        """The member has opened the letter to their work address and pressed the button there."""
        link.use()
        self._take_the_place_of_others()
        self._begin()

    # Its end

    @move(
        *READABLE,
        to=ENDED,
        by="organizer",
        reason="required",
        says=N_("%(actor)s took back that a member was checked"),
        tells=N_("%(actor)s took back that you were checked, and says why."),
    )
    def revoke(self, organizer):
        self._end()

    @move(ASKED, *READABLE, to=ENDED, by="self", says=N_("%(actor)s no longer wants to be checked so"))
    def give_up(self, member):
        self._end()

    @move(ASKED, IN_FORCE, to=ENDED, by="clock", says=N_("A check of a member ran out, or was made anew"))
    def lapse(self):
        self._end()

    @move(IN_FORCE, to=LEFT, by="clock", says=N_("A member no longer works where they were checked"))
    def leave(self):
        self._end()

    def _end(self):
        self.ended_at, self.due = self.ended_at or now(), None

    @classmethod
    def leave_workplace(cls, member, name):
        """The member works there from now on: what was checked of another employer says where they worked."""
        for row in list(cls.in_force().where(cls.member == member)):
            if not row.concerns(name):
                row.leave()

    def on_due(self):
        self.lapse()

    def after_move(self, event):
        if self.kind == WORK_ADDRESS and event.before == ASKED:
            Letter.drop_to_work(self.member)
            OneTimeLink.end_open(self.member, ["work_address"])
        if self.state == IN_FORCE:
            models.renew_hiding(self.member)

    def roles(self, actor):
        if actor is None:
            return {"clock"}
        if actor.id == self.member_id:
            return {"self"}
        may_look = actor.organizer and self.member_id not in actor.hidden_ones
        return {"voucher", "organizer"} if may_look else {"voucher"}

    @property
    def held_as(self):
        return self.member.held_as

    def about(self):
        return {"member": self.member, "number": self.id}

    def concerned(self, event):
        return [self.member]

    def waits_for(self, member):
        return False


class Vouch(Base):
    """A member has said of another that they are who they say they are."""

    verification = ForeignKeyField(Verification, backref="vouches", on_delete="CASCADE", index=False)
    by = ForeignKeyField(Member)
    at = DateTimeField(default=now)

    kept = Kept(
        N_("For whom you have vouched, and who vouched for you"),
        WHO_ORGANIZERS,
        WITH_ACCOUNT,
        whose=("by", "verification.member"),
        goes_with=("verification.member",),
        facts=("verification", "by", "at"),
    )

    class Meta:
        indexes = ((("verification", "by"), True),)


# One work address checks one member at a time.
Verification.add_index(
    Verification.index(
        Verification.address_hash,
        unique=True,
        where=SQL("address_hash <> '' AND state = 'in_force'"),
        name="verification_one_address",
    )
)


def hash_of(email):
    """What is kept of a work address: the same for the same mailbox, and nobody can read the address from it."""
    name, _at, domain = email.rpartition("@")
    return keyed_hash(f"{name.partition('+')[0] or name}@{domain}", "work address")


Verification.announce(
    "know",
    N_("%(actor)s confirmed that they know a member"),
    N_("%(actor)s confirmed that they know you. Others read that you were checked."),
    logged=True,
)
Verification.announce(
    "see_document",
    N_("%(actor)s has seen a document of a member"),
    N_("%(actor)s has seen a document of yours. Others read that you were checked."),
    logged=True,
)
Verification.announce("ask", N_("%(actor)s asked to be checked"))
