"""Where members say that they work. Whoever works for an employer finds nothing of those who hide from it."""

from datetime import timedelta

from peewee import CharField, DateTimeField, ForeignKeyField, fn

import models

from .base import Base, Invalid, db, in_days, now
from .i18n import N_, _
from .keeping import WHO_ORGANIZERS, Kept, Until
from .likeness import is_employer, key_of
from .mail_domains import domain_of, is_providers, organization_of
from .members import Member

# A workplace was said, or a hire here led to it; of the domain of a former address there is a row as well.
SAID, BY_HIRE, BY_ADDRESS = SOURCES = ("said", "hire", "address")

MOST_CHANGES = 2
CHANGE_DAYS = 90  # In so many days the workplace changes only so often: trying employers out tells nothing.
WORKPLACE_DAYS = 365  # For so long a workplace that somebody left goes on hiding.


class Workplace(Base):
    """A workplace that a member stated, or with an empty name that they have none. The last row counts.

    Earlier ones go on hiding for a year: nobody sees more by saying that they have moved on.
    """

    member = ForeignKeyField(Member, backref="workplaces")
    name = CharField(default="")
    source = CharField(default=SAID, choices=[(source, source) for source in SOURCES])
    said_at = DateTimeField(default=now)
    left_at = DateTimeField(null=True)

    kept = Kept(
        N_("Where you work, as you said it, and until when"),
        WHO_ORGANIZERS,
        Until(
            N_("until %(days)s days after you have said another one"),
            WORKPLACE_DAYS,
            lambda days: Workplace.left_at < in_days(-days),
        ),
        whose=("member",),
        goes_with=("member",),
        facts=("member", "name", "source", "said_at", "left_at"),
    )

    @classmethod
    def of(cls, member):
        return cls.select().where(cls.member == member).order_by(cls.id.desc())

    @classmethod
    def stated(cls, member):
        """Returns a query for what the member has said themselves, or by a hire here, newest first."""
        return cls.of(member).where(cls.source != BY_ADDRESS)

    @classmethod
    def counting(cls):
        """Returns a query for those by which members are known: where they work, and where they did a year ago."""
        lately = cls.left_at.is_null() | (cls.left_at > in_days(-WORKPLACE_DAYS))
        return cls.select().where(cls.name != "", lately)

    @classmethod
    def current(cls, member):
        """The member's present row, or None where they have never said anything."""
        return cls.of(member).where(cls.left_at.is_null()).first()

    @classmethod
    def begin(cls, member, name):
        """Somebody new works there, or has not said; who is hidden from whom is as that says."""
        if name:
            cls.create(member=member, name=name)
        models.renew_hiding(member)

    @classmethod
    def say(cls, member, name, source=SAID):
        """The member works there from now on; "" is nowhere. Raises Invalid where that was said too often of late.

        A better spelling of the same employer is no change. Nor is the first word on it, even that there is none, or
        what a hire here led to.
        """
        with db.atomic():
            current = cls.current(member)
            if current and current.name == name:
                return
            if current and _same(current.name, name):
                cls.update(name=name).where(cls.id == current.id).execute()
            else:
                if current and source == SAID:
                    cls._check_changes(member)
                cls.update(left_at=now()).where(cls.member == member, cls.left_at.is_null()).execute()
                cls.create(member=member, name=name, source=source)
                models.Verification.leave_workplace(member, name)
            models.renew_hiding(member)

    @classmethod
    def note_address(cls, member, email):
        """The member writes from this address from now on. The domain of the present one goes on hiding for a year."""
        before = domain_of(member.email)
        if organization_of(domain_of(email)) != organization_of(before) and not is_providers(before):
            cls.create(member=member, name=before, source=BY_ADDRESS, left_at=now())

    @classmethod
    def check_address(cls, member, email):
        """Raises Invalid where the address may be another employer's, and the member was at two others of late."""
        left = cls.of(member).where(cls.source == BY_ADDRESS, cls.left_at > in_days(-CHANGE_DAYS))
        domain = domain_of(email)
        if is_providers(domain) or organization_of(domain) == organization_of(domain_of(member.email)):
            return
        if left.count() >= MOST_CHANGES:
            raise Invalid(
                email=_(
                    "Your address was at %(count)s other employers in %(days)s days. Ask an organizer to help you.",
                    count=MOST_CHANGES,
                    days=CHANGE_DAYS,
                )
            )

    @classmethod
    def _check_changes(cls, member):
        """Raises Invalid where the member has changed their workplace as often as they may."""
        said = [row.said_at for row in cls.of(member).where(cls.source == SAID)]
        changes = [at for at in said[:-1] if at > now() - timedelta(days=CHANGE_DAYS)]
        if len(changes) >= MOST_CHANGES:
            raise Invalid(
                employer=_(
                    "You have changed your workplace %(count)s times in %(days)s days. Ask an organizer to help you.",
                    count=MOST_CHANGES,
                    days=CHANGE_DAYS,
                )
            )

    @classmethod
    def shown_to(cls, organizer, found):
        """These rows as a list, but for those that the organizer may not read.

        Those are of members who hide from them, and those that name an employer they have to do with themselves.
        """
        found = found.where(cls.member.not_in(models.Hiding.owners(organizer)))
        return [row for row in found if not organizer.works_for(row.name)]

    @classmethod
    def changes(cls, days=CHANGE_DAYS):
        """Returns a query for what members have said of late in place of something else, newest first.

        So counts as well what they said for the first time a day or more after they had joined.
        """
        earlier = cls.alias()
        replaced = earlier.select(earlier.id).where(earlier.member == cls.member, earlier.source != BY_ADDRESS)
        late = fn.julianday(cls.said_at) > fn.julianday(Member.joined_at) + 1
        found = cls.select(cls, Member).join(Member).where(cls.said_at > in_days(-days), cls.source != BY_ADDRESS)
        return found.where(late | fn.EXISTS(replaced.where(earlier.id < cls.id))).order_by(cls.id.desc())


def _same(one, other):
    """Whether two workplaces are one, or none both."""
    if is_employer(one) and is_employer(other):
        return key_of(one) == key_of(other)
    return is_employer(one) == is_employer(other)
