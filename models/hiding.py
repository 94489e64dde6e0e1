"""Who is hidden from whom: the list that each member keeps, and the pairs of members that follow from it."""

from peewee import BooleanField, CharField, DateTimeField, ForeignKeyField

import models

from .base import Base, Invalid, NotYours, db, now
from .email_addresses import domain_form
from .i18n import N_, _
from .keeping import WHO_SELF, WHO_SERVER, WITH_ACCOUNT, Kept
from .likeness import alike, alike_to_domain, key_of
from .mail_domains import domain_of, is_public, used_domains, within
from .members import Member
from .workplaces import Workplace

EMPLOYER, DOMAIN, MEMBER = HIDING_KINDS = ("employer", "domain", "member")

# Where an entry of the list comes from: it was there from the start, or its owner asked for it.
OWN, ASKED = ("own", "asked")

LONGEST_LIST = 100


class HiddenFrom(Base):
    """An entry of a member's list: an employer, a mail domain or a member from whom they are hidden.

    One's own employer, the employers of the postings about one's own job and one's own mail domain are on it by
    themselves. One that its owner took off is `lifted`: it stays, so that it does not come back by itself.
    """

    owner = ForeignKeyField(Member, backref="hidden_from", index=False)
    kind = CharField(choices=[(kind, kind) for kind in HIDING_KINDS])
    key = CharField()
    name = CharField(default="")
    other = ForeignKeyField(Member, null=True)
    origin = CharField(default=ASKED)
    lifted = BooleanField(default=False)
    made_at = DateTimeField(default=now)

    kept = Kept(
        N_("From whom you are hidden"),
        WHO_SELF,
        WITH_ACCOUNT,
        whose=("owner",),
        goes_with=("owner", "other"),
        facts=("owner", "kind", "name", "other", "origin", "lifted", "made_at"),
        internal=("key",),
    )

    class Meta:
        indexes = ((("owner", "kind", "key"), True),)

    @classmethod
    def of(cls, owner):
        return cls.select().where(cls.owner == owner).order_by(cls.kind, cls.name, cls.id)

    @classmethod
    def add(cls, owner, kind, name="", other=None):
        """From now on the owner is hidden from these, and from whoever works there. Raises Invalid."""
        key, name = cls._checked(owner, kind, name, other)
        with db.atomic():
            if cls.of(owner).count() >= LONGEST_LIST:
                raise Invalid(name=_("Your list is full: at most %(count)s entries.", count=LONGEST_LIST))
            cls._put(owner, kind, key, name, other, ASKED)
            cls.update(lifted=False).where(cls.owner == owner, cls.kind == kind, cls.key == key).execute()
            renew_hiding(owner)

    @classmethod
    def _checked(cls, owner, kind, name, other):
        """The key and the name of an entry. Raises Invalid."""
        if kind == MEMBER and other and other != owner:
            return str(other.id), ""
        if kind == EMPLOYER and key_of(name):
            return key_of(name), name
        domain = domain_form(name.rpartition("@")[2]) if kind == DOMAIN else ""
        if is_public(domain, used_domains()):
            raise Invalid(name=_("Too many people have such an address: it is nobody's workplace."))
        if "." not in domain:
            raise Invalid(name=_("Write an employer, or a mail domain such as example.com."))
        return domain, domain

    @classmethod
    def _put(cls, owner, kind, key, name, other=None, origin=OWN):
        entry = cls.insert(owner=owner, kind=kind, key=key, name=name, other=other, origin=origin)
        entry.on_conflict_ignore().execute()

    @db.atomic()
    def lift(self, owner):
        """The owner is no longer hidden from these. Raises NotYours."""
        if self.owner_id != owner.id:
            raise NotYours(_("This is not yours to do."))
        if self.origin == OWN:
            HiddenFrom.update(lifted=True).where(HiddenFrom.id == self.id).execute()
        else:
            self.delete_instance()
        renew_hiding(owner)

    @classmethod
    def note_own(cls, owner):
        """What is the owner's own is on their list: their workplace, and the domain of their address."""
        current = Workplace.current(owner)
        if current and key_of(current.name):
            cls._put(owner, EMPLOYER, key_of(current.name), current.name)
        domain = domain_of(owner.email)
        if domain and not is_public(domain, {}):
            cls._put(owner, DOMAIN, domain, domain)

    @classmethod
    def note_employer(cls, owner, name):
        """The owner posts about their own job there: its employer is on their list, and the pairs are as that says."""
        if key_of(name):
            with db.atomic():
                cls._put(owner, EMPLOYER, key_of(name), name)
                renew_hiding(owner)


class Hiding(Base):
    """A pair: of this owner's postings, and of what follows from them, this viewer finds nothing."""

    owner = ForeignKeyField(Member, index=False)
    viewer = ForeignKeyField(Member, index=False)

    kept = Kept(
        N_("From whom you are hidden"),
        WHO_SERVER,
        WITH_ACCOUNT,
        goes_with=("owner", "viewer"),
        internal=("owner", "viewer"),
    )

    class Meta:
        indexes = ((("viewer", "owner"), True), (("owner",), False))

    @classmethod
    def owners(cls, viewer):
        """Returns a query for the ids of those who are hidden from this viewer: every query of a list asks it."""
        return cls.select(cls.owner).where(cls.viewer == viewer)

    @classmethod
    def viewers(cls, owner):
        """Returns a query for the ids of those who find nothing of this owner."""
        return cls.select(cls.viewer).where(cls.owner == owner)

    @classmethod
    def from_any(cls, viewers):
        """Returns a query for the pairs of those who find nothing of somebody, among these ids."""
        return cls.select(cls.owner, cls.viewer).where(cls.viewer.in_(viewers))


class Traces:
    """By what members are known to work somewhere: their ids by workplace, and by mail domain.

    `used` says how many members use each mail domain. It reads two statements; with a member, only theirs.
    """

    def __init__(self, used, member=None):
        self.by_employer, self.by_domain = {}, {}
        members = Member.select(Member.id, Member.email).where(Member.state != "former")
        workplaces = Workplace.counting()
        if member:
            members, workplaces = members.where(Member.id == member), workplaces.where(Workplace.member == member)
        for row in workplaces:
            self.by_employer.setdefault(row.name, set()).add(row.member_id)
        for id, email in members.tuples():
            domain = domain_of(email)
            if domain and not is_public(domain, used):
                self.by_domain.setdefault(domain, set()).add(id)

    def matching(self, entry):
        """The ids of those whom this entry of a list means."""
        if entry.kind == MEMBER:
            return {entry.other_id}
        works_there, writes_from_there = _tests_of(entry)
        employers = (ids for name, ids in self.by_employer.items() if works_there(name))
        domains = (ids for domain, ids in self.by_domain.items() if writes_from_there(domain))
        return set().union(*employers, *domains)


def _tests_of(entry):
    """Whether a workplace is meant by this entry, and whether a mail domain is: two functions."""
    name = entry.name
    if entry.kind == EMPLOYER:
        return (lambda workplace: alike(name, workplace)), (lambda domain: alike_to_domain(name, domain))
    return (lambda workplace: alike_to_domain(workplace, name)), (lambda domain: within(domain, name))


def renew_hiding(member):
    """The pairs of this member, in either role, are as lists, workplaces and addresses say now."""
    with db.atomic():
        HiddenFrom.note_own(member)
        used = used_domains()
        own = list(HiddenFrom.of(member).where(~HiddenFrom.lifted))
        others = HiddenFrom.select().where(~HiddenFrom.lifted, HiddenFrom.owner != member)
        pairs = _pairs(own, Traces(used), used) if own else set()
        known = Traces(used, member)
        mine = HiddenFrom.other == member
        if not known.by_employer and not known.by_domain:  # Then only who named them can mean them.
            others = others.where(mine)
        pairs |= {pair for pair in _pairs(others, known, used) if pair[1] == member.id}
        Hiding.delete().where((Hiding.owner == member) | (Hiding.viewer == member)).execute()
        _write(pairs)


def begin_hiding():
    """Where nobody has a list yet, everybody has one from now on: after the update that brought them."""
    if HiddenFrom.select().exists() or not Member.select().exists():
        return
    with db.atomic():
        for member in Member.select().where(Member.state != "former"):
            HiddenFrom.note_own(member)
        own_job = models.Referral.select(models.Referral.helper, models.Referral.employer)
        for helper, employer in own_job.where(models.Referral.connection != "knows_of").distinct().tuples():
            if key_of(employer):
                HiddenFrom._put(helper, EMPLOYER, key_of(employer), employer)
        renew_all_hiding()


def renew_all_hiding():
    """All pairs are as lists, workplaces and addresses say now: some of it counts for a time only.

    Returns how many differ. Nobody waits for it: it takes its turn to write only where something differs.
    """
    if not _differences():
        return 0
    with db.atomic():
        differences = _differences()
        for owner, viewer in (pair for pair, wanted in differences.items() if not wanted):
            Hiding.delete().where(Hiding.owner == owner, Hiding.viewer == viewer).execute()
        _write(pair for pair, wanted in differences.items() if wanted)
    return len(differences)


def _differences():
    """The pairs that are not as they should be, and whether each should be there."""
    used = used_domains()
    wanted = _pairs(HiddenFrom.select().where(~HiddenFrom.lifted), Traces(used), used)
    present = set(Hiding.select(Hiding.owner, Hiding.viewer).tuples())
    return {pair: pair in wanted for pair in wanted ^ present}


def _pairs(entries, traces, used):
    """The pairs that follow from these entries: (owner, viewer), as ids. Nobody is hidden from themselves."""
    meant, pairs = {}, set()
    for entry in entries:
        if entry.kind == DOMAIN and is_public(entry.name, used):
            continue
        what = (entry.kind, entry.key, entry.name)
        if what not in meant:
            meant[what] = traces.matching(entry)
        pairs |= {(entry.owner_id, id) for id in meant[what] if id != entry.owner_id}
    return pairs


def _write(pairs):
    rows = [{"owner": owner, "viewer": viewer} for owner, viewer in sorted(pairs)]
    for start in range(0, len(rows), 400):
        Hiding.insert_many(rows[start : start + 400]).on_conflict_ignore().execute()


def hidden_from(owner, viewer):
    """Whether this viewer finds nothing of this owner."""
    return Hiding.select().where(Hiding.owner == owner, Hiding.viewer == viewer).exists()
