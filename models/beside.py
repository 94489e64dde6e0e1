"""Beside a person: what an organizer wrote with a member who sat next to them, until that member confirms it."""

import secrets

from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField, JSONField, TextField, Value

from . import quotas
from .base import Invalid, NotYours, Refused, db, in_days, now
from .blocks import Block
from .claims import Claim
from .hiding import Hiding
from .i18n import N_, _
from .keeping import FOR_GOOD, WHO_BOTH, Kept
from .members import Member
from .referrals import Referral
from .sealing import keyed_hash
from .verbs import Record, move, moved_on

CONFIRM_DAYS = 14
CODE_DIGITS = 6
MOST_TRIES = 5


class Beside(Record):
    """A posting, or a request on one, that an organizer filled in together with its member.

    Of a posting `referral` is the draft, in the member's name; of a request it is the posting that was asked about,
    `note` and `help` are what to ask, and `claim` is what came of it. Nothing of it is read by others until the member
    confirms it. From the first day on the organizer is a party to it, for good.
    """

    noun = "beside"

    organizer = ForeignKeyField(Member, backref="wrote_beside")
    member = ForeignKeyField(Member, backref="written_beside")
    referral = ForeignKeyField(Referral)
    claim = ForeignKeyField(Claim, null=True)
    kind = CharField(choices=[("posting", "posting"), ("request", "request")])
    state = CharField(default="open")
    note = TextField(default="")
    help = JSONField(default=list)
    code_hash = CharField(default="")
    tries = IntegerField(default=0)
    made_at = DateTimeField(default=now)
    confirmed_at = DateTimeField(null=True)
    due = DateTimeField(null=True, index=True)

    kept = Kept(
        N_("What an organizer wrote together with a member, and whether the member confirmed it"),
        WHO_BOTH,
        FOR_GOOD,
        whose=("organizer", "member"),
        words={"member": ("note",)},
        facts=(
            *("organizer", "member", "referral", "claim", "kind", "state", "help", "tries", "made_at"),
            *("confirmed_at", "due"),
        ),
        secret=("code_hash",),
    )

    # Finding

    @classmethod
    def visible_to(cls, member):
        """Returns a query for those that this member wrote as an organizer, or has to confirm."""
        return cls.select().where((cls.organizer == member) | (cls.member == member))

    @classmethod
    def open_for(cls, member):
        """Returns a query for those that wait for this member, the oldest first."""
        return cls.select().where(cls.member == member, cls.state == "open").order_by(cls.id)

    @classmethod
    def waits_with(cls, member):
        """The ids of the organizers who wrote something with this member that is not confirmed, as a set."""
        return {organizer for (organizer,) in cls.open_for(member).select(cls.organizer).tuples()}

    @classmethod
    def postings_of(cls, organizer):
        """Returns a query for the ids of the postings that this organizer wrote together with their helpers."""
        return cls.select(cls.referral).where(cls.organizer == organizer, cls.kind == "posting")

    @classmethod
    def claims_of(cls, organizer):
        """Returns a query for the ids of the claims to which this organizer is a party in either way."""
        wrote = (cls.claim == Claim.id) | ((cls.referral == Claim.referral) & (cls.kind == "posting"))
        return Claim.select(Claim.id).join(cls, on=wrote).where(cls.organizer == organizer)

    @classmethod
    def know_what_is_kept_from(cls, organizers):
        """Reads `written` of all these organizers, and who hides from which of them: one statement.

        Returns the latter as a set of pairs of ids, of the owner and the organizer.
        """
        hiding = Hiding.select(Value("hiding"), Hiding.owner, Hiding.viewer).where(Hiding.viewer.in_(organizers))
        theirs = cls.organizer.in_(organizers)
        postings = cls.select(Value("posting"), cls.referral, cls.organizer).where(theirs, cls.kind == "posting")
        claims = cls.select(Value("claim"), cls.claim, cls.organizer).where(theirs, cls.claim.is_null(False))
        found = {"hiding": set(), "posting": set(), "claim": set()}
        for kind, id, organizer in (hiding | postings | claims).tuples():
            found[kind].add((id, organizer))
        for one in organizers:
            written = ({id for id, organizer in found[kind] if organizer == one.id} for kind in ("posting", "claim"))
            Member.written.keep(one, tuple(written))
        return found["hiding"]

    @classmethod
    def on(cls, record):
        """How a posting or a claim was written together, with the organizer; None where its member wrote it alone."""
        column, kind = (cls.claim, "request") if isinstance(record, Claim) else (cls.referral, "posting")
        found = cls.select(cls, Member).join(Member, on=cls.organizer)
        return found.where(column == record.id, cls.kind == kind).first()

    # Writing

    @classmethod
    def obstacle(cls, organizer, member):
        """The sentence against this organizer's filling something in with this member, or None."""
        if not organizer.organizer or organizer.kept_out:
            return _("Only organizers can do this.")
        if organizer == member or member.organizer:
            return _("Organizers write for themselves.")
        if not member.admitted or member.unconfirmed or member.kept_out or member.leaving:
            return _("%(name)s is not a member at present.", name=member.name)
        return member.kept_from(organizer)

    @classmethod
    def posting(cls, organizer, member, **columns):
        """A draft in the member's name, see `Referral.draft`. Returns what waits for the member, and its code."""
        with db.atomic():
            cls._may_begin(organizer, member)
            return cls._begin(organizer, member, Referral.draft(member, **columns), "posting")

    @classmethod
    def request(cls, organizer, member, referral, note, help):
        """A request by the member, which is kept until they confirm it. Returns it, and its code."""
        with db.atomic():
            cls._may_begin(organizer, member)
            Block.keep_out(note=note)
            if problem := Claim.refusal(referral, member):
                raise Refused(problem)
            Claim.check_help(referral, help)
            return cls._begin(organizer, member, referral, "request", note=note, help=help)

    @classmethod
    def _may_begin(cls, organizer, member):
        for person in (organizer, member):
            person.reload()
        if problem := cls.obstacle(organizer, member):
            raise NotYours(problem)
        member.must_not_be_silenced()
        quotas.BESIDE.check(cls.select().where(cls.organizer == organizer), cls.made_at)

    @classmethod
    def _begin(cls, organizer, member, referral, kind, **words):
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
        what = {"organizer": organizer, "member": member, "referral": referral, "kind": kind}
        made = cls.create(**what, **words, due=in_days(CONFIRM_DAYS))
        cls.update(code_hash=made._hash_of(code)).where(cls.id == made.id).execute()
        made = cls.get_by_id(made.id)
        made.tell(organizer.did("beside.begin", made, after="open"))
        return made, code

    def _hash_of(self, code):
        return keyed_hash(f"{self.id}:{code}", "beside")

    # Confirming

    def enter_code(self, organizer, code):
        """The member types the code in the browser of the organizer who sits next to them, and so confirms.

        Each try counts before it is looked at, so that many at once are no more than one after the other.
        """
        organizer.reload()
        if organizer.id != self.organizer_id:
            raise NotYours(_("This is not yours to do."))
        if problem := self.obstacle(organizer, self.member):
            raise NotYours(problem)
        if self.state != "open":
            raise Refused(moved_on())
        model = type(self)
        tried = model.update(tries=model.tries + 1).where(model.id == self.id, model.state == "open")
        if not tried.where(model.tries < MOST_TRIES).execute():
            raise Refused(_("The code was tried too often. It can still be confirmed on their own account page."))
        digits = "".join(sign for sign in code[:40] if sign.isdecimal() and sign.isascii())
        if not secrets.compare_digest(self._hash_of(digits), self.code_hash):
            left = MOST_TRIES - model.get_by_id(self.id).tries
            raise Invalid(code=_("This is not the code. Tries left: %(count)s", count=left))
        self.confirm(self.member)

    @move(
        "open",
        to="confirmed",
        by="member",
        says=N_("%(actor)s confirmed what an organizer wrote together with them"),
        tells=N_("%(actor)s confirmed what you filled in together."),
    )
    def confirm(self, member):
        """It is the member's: the request is made, or the posting handed in, with all the rules of this moment."""
        self.due, self.confirmed_at, self.code_hash = None, now(), ""
        if self.kind == "request":
            self.claim, self.note = self._ask(member), ""

    def _ask(self, member):
        posting = Referral.visible_to(member).where(Referral.id == self.referral_id).first()
        if posting is None:
            raise Refused(_("This posting is no longer open."))
        try:
            return Claim.request(posting, member, self.note, self.help)
        except Invalid as invalid:  # There is no form here that could show it beside a field.
            raise Refused(" ".join(invalid.problems.values())) from invalid

    @move(
        "open",
        to="thrown_away",
        by=("member", "organizer"),
        says=N_("%(actor)s threw away what was written together"),
        tells=N_("%(actor)s threw away what you filled in together."),
    )
    def throw_away(self, member):
        """Nothing comes of it. A draft goes with it where its member does it; else it stays theirs."""
        self._forget()

    @move(
        "open",
        to="over",
        by="clock",
        says=N_("What was written together was not confirmed in time"),
        tells=N_("What you filled in together was not confirmed in time, and is over."),
    )
    def expire(self):
        self._forget()

    def _forget(self):
        self.due, self.note, self.code_hash = None, "", ""

    def after_move(self, event):
        if self.state == "confirmed" and self.kind == "posting":
            Referral.get_by_id(self.referral_id).submit(self.member)
        drafted = self.kind == "posting" and self.referral.state == "draft"
        if self.state == "thrown_away" and drafted and event.actor_id == self.member_id:
            Referral.get_by_id(self.referral_id).withdraw(self.member)

    def on_due(self):
        self.expire()

    # Who is who

    def roles(self, actor):
        if actor is None:
            return {"clock"}
        if actor.id == self.member_id:
            return {"member"}
        return {"organizer"} if actor.id == self.organizer_id and actor.organizer else set()

    def about(self):
        return {"member": self.member, "number": self.id}

    def concerned(self, event):
        return [self.member, self.organizer]

    def waits_for(self, member):
        return self.state == "open" and member.id == self.member_id


Beside.announce(
    "begin",
    N_("%(actor)s filled something in together with a member"),
    N_("%(actor)s filled something in with you. Your account page shows it: say whether it is right."),
)
