"""Employers: what may be posted about whom; and what employers, or members, write to the organizers."""

from peewee import BooleanField, CharField, DateTimeField, ForeignKeyField, TextField

import models

from . import quotas
from .base import Base, Invalid, Refused, db, in_days, now
from .events import announce
from .i18n import N_, _
from .keeping import OF_THE_COMMUNITY, WHO_ORGANIZERS, Kept, Until
from .likeness import alike, key_of
from .members import Member, clean_email
from .verbs import Record, move

FINE, GIFTS_ONLY, NO_POSTINGS = EMPLOYER_POLICIES = ("fine", "gifts_only", "no_postings")  # The stricter the later.

# Paying for a job in the public service is a crime in many places: here no organizer can allow it. In education and in
# health care some employers are public and others are not: whoever posts is asked.
PUBLIC_INDUSTRY, PERHAPS_PUBLIC = "91", ("61", "62")
INQUIRY_DAYS = 365


class Employer(Base):
    """An employer that the organizers have an opinion on; all others are fine."""

    key = CharField(unique=True)
    name = CharField()
    policy = CharField(default=FINE)
    public = BooleanField(default=False)
    note = TextField(default="")
    by = ForeignKeyField(Member, null=True)
    at = DateTimeField(default=now)

    kept = Kept(
        N_("The register of employers, and the lists of blocked words and domains"),
        WHO_ORGANIZERS,
        OF_THE_COMMUNITY,
        internal=("key", "name", "policy", "public", "note", "by", "at"),
    )

    @classmethod
    def known(cls, name, answers=None):
        """Returns the row of this employer, or else the strictest of those that are like it; None where none is.

        So another spelling of an employer without postings has none either, and one that is only called alike can be
        given a row of its own. `answers` says of rows, by their keys, whether they are meant: those that are not are
        left out.
        """
        return meant(name, {row.key: row for row in cls.select()}, answers or {})

    @classmethod
    def known_of(cls, postings):
        """Returns the rows that are `known` of the employers of these postings, by their ids, in one statement."""
        register = {row.key: row for row in cls.select()}
        found = {posting.id: meant(posting.employer, register, posting.employer_answers or {}) for posting in postings}
        return {id: row for id, row in found.items() if row}

    @classmethod
    def like(cls, name):
        """Returns the rows with a rule that this employer is like, as a list; none where it has a row of its own.

        Whoever posts is asked of each whether it is meant.
        """
        register = list(cls.select())
        if any(row.key == key_of(name) for row in register):
            return []
        return [row for row in register if row.policy != FINE and alike(row.name, name)]

    @classmethod
    @db.atomic()
    def register(cls, organizer, name, policy, public, note):
        """Sets the policy for postings about this employer, and returns its row; a public one is gifts only at least.

        One that is only like another in the register has a row of its own. Raises NotYours, or Invalid where a public
        employer would be fine.
        """
        organizer.must_be_organizer()
        if public and policy == FINE:
            raise Invalid(rule=_("A public-sector employer is gifts only, or has no postings at all."))
        known = cls.get_or_none(cls.key == key_of(name))
        public = public or bool(known and known.public)  # Nobody makes a public employer a private one.
        if public and policy == FINE:
            policy = GIFTS_ONLY
        columns = {"name": name, "policy": policy, "public": public, "note": note, "by": organizer, "at": now()}
        update = {getattr(cls, column): value for column, value in columns.items()}
        cls.insert(key=key_of(name), **columns).on_conflict(conflict_target=[cls.key], update=update).execute()
        organizer.did("employer.register", after=policy, reason=f"{name}. {note}".strip())
        return cls.get(cls.key == key_of(name))

    @classmethod
    def policy_for(cls, known, industry, public=False):
        """Returns what may be posted about it: FINE, GIFTS_ONLY or NO_POSTINGS. `known` is its row, or None.

        `public` is whether its helper says that it is a public employer; None where that was not said.
        """
        policy = known.policy if known else FINE
        public = public or industry == PUBLIC_INDUSTRY or (known and known.public)
        return GIFTS_ONLY if public and policy == FINE else policy

    @classmethod
    def problem_with(cls, known, industry, total, public=False):
        """Returns why a role there may not be posted or accepted at this price; None where it may. See `policy_for`."""
        policy = cls.policy_for(known, industry, public)
        if policy == NO_POSTINGS:
            return _("This community does not take postings about this employer. %(note)s", note=known.note).strip()
        if policy == GIFTS_ONLY and total:
            return _(
                "Help with this employer can only be a gift here. Paying for public jobs is a crime in many places."
            )
        return None


class Inquiry(Record):
    """What an employer wrote to the organizers, or a member. The poster is never named to an employer.

    Of a member there is no `employer`, and they read the `answer` on the site.
    """

    noun = "inquiry"

    state = CharField(default="open", index=True)
    name = CharField()
    email = CharField()
    employer = CharField()
    body = TextField()
    at = DateTimeField(default=now)
    member = ForeignKeyField(Member, null=True, backref="inquiries")
    answer_text = TextField(default="")

    kept = Kept(
        N_("What you, or employers, wrote to the organizers"),
        WHO_ORGANIZERS,
        Until(
            N_("until %(days)s days after it was written, once it is answered"),
            INQUIRY_DAYS,
            lambda days: (Inquiry.state != "open") & (Inquiry.at < in_days(-days)),
        ),
        whose=("member",),
        goes_with=("member",),
        words={"member": ("body", "answer_text")},
        facts=("member", "state", "at"),
        internal=("name", "email", "employer"),
    )

    due = None

    @classmethod
    def write(cls, **columns):
        columns["email"] = clean_email(columns["email"])
        with db.atomic():
            inquiry = cls.create(**columns)
            inquiry.tell(inquiry.log("write", None, after="open"))
            return inquiry

    @classmethod
    def ask(cls, member, body):
        """The member writes to the organizers, without reporting anybody. Raises Refused or TooOften."""
        with db.atomic():
            member.reload()
            quotas.INQUIRIES.check(cls.select().where(cls.member == member), cls.at)
            if not Member.organizers_for(member).where(Member.id != member.id).exists():
                raise Refused(_("No organizer here can read it: there is none but you, or you hide from all of them."))
            asked = cls.create(member=member, name=member.name, email=member.email, employer="", body=body)
            asked.tell(asked.log("ask", None, after="open"))
            return asked

    @classmethod
    def of(cls, member):
        return cls.select().where(cls.member == member).order_by(cls.id.desc())

    @classmethod
    def open(cls):
        return cls.select().where(cls.state == "open").order_by(cls.id)

    @classmethod
    def known_to(cls, organizer):
        """Returns a condition: it is not from an employer that the organizer has to do with, if others can read it.

        Nor is it from the organizer, or from a member who hides from them.
        """
        hidden = models.Hiding.owners(organizer)
        known = cls.member.is_null() | ((cls.member != organizer) & cls.member.not_in(hidden))
        if not organizer.fellows or not organizer.places:
            return known
        names = {name for (name,) in cls.select(cls.employer).where(cls.employer != "").distinct().tuples()}
        return known & cls.employer.not_in([name for name in names if organizer.works_for(name)])

    @move(
        "open",
        to="answered",
        by="organizer",
        reason="required",
        says=N_("%(actor)s answered what was written to the organizers"),
        tells=N_("The organizers have answered you. You read it under “Write to the organizers”."),
    )
    def answer(self, organizer, reason):
        """An employer was answered by mail; a member reads these words."""
        if self.member_id:
            self.answer_text = reason

    def roles(self, actor):
        if actor is None or not actor.organizer:
            return set()
        if self.member_id:
            return set() if self.member_id == actor.id or self.member_id in actor.hidden_ones else {"organizer"}
        return {"organizer"} if not actor.fellows or not actor.works_for(self.employer) else set()

    def about(self):
        return {"number": self.id}

    def concerned(self, event):
        if event.verb == "inquiry.answer":
            return [self.member] if self.member_id else []
        return [organizer for organizer in Member.at_desk() if "organizer" in self.roles(organizer)]

    def waits_for(self, member):
        return self.state == "open" and "organizer" in self.roles(member)


announce("employer.register", N_("%(actor)s changed the employer register"))
Inquiry.announce("ask", N_("A member wrote to the organizers"), N_("A member wrote to the organizers."))
Inquiry.announce("write", N_("An employer wrote to the organizers"), N_("An employer wrote to the organizers."))


def meant(name, register, answers):
    """The row that is meant by this name: `known` of a register by its keys."""
    left = {key: row for key, row in register.items() if answers.get(key) is not False}
    said = {key: row for key, row in left.items() if answers.get(key)}
    return register.get(key_of(name)) or strictest_like(name, (said or left).values())


def strictest_like(name, register):
    """The row with the strictest policy among those whose names are like this one; None where none is."""
    found = [row for row in register if alike(row.name, name)]
    return max(found, key=lambda row: (EMPLOYER_POLICIES.index(row.policy), row.public, -row.id), default=None)
