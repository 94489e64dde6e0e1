"""Who is hidden from whom: the list that each member keeps, and the pairs of members that follow from it."""

from dataclasses import dataclass
from functools import lru_cache

from peewee import JOIN, BooleanField, CharField, DateTimeField, ForeignKeyField

import models

from .base import Base, Invalid, NotYours, db, now
from .i18n import N_, _
from .keeping import WHO_SELF, WHO_SERVER, WITH_ACCOUNT, Kept
from .likeness import alike, alike_to_domain, clues, clues_of_domain, is_employer, key_of
from .mail_domains import domain_of, is_providers, is_public, mail_domain, organization_of, used_domains
from .members import Member
from .workplaces import BY_ADDRESS, Workplace

EMPLOYER, DOMAIN, MEMBER = HIDING_KINDS = ("employer", "domain", "member")

# Where an entry of the list comes from: it was there from the start, or its owner asked for it.
OWN, ASKED = ("own", "asked")

# The same as its owner reads it: of what is their own, by what it is that.
HIDING_SOURCES = ("workplace", "earlier", "posting", "address", ASKED)

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
    def known_to(cls, owner):
        """Returns a query for the members whose name the owner reads: on their profile, or in a request."""
        claim = models.Claim
        asking = claim.select(claim.seeker).where(claim.helper == owner)
        return Member.select().where(
            Member.id.in_(models.profiles_for(owner).select(Member.id)) | Member.id.in_(asking)
        )

    @classmethod
    def listed(cls, owner):
        """The owner's entries as a list, each with its `source`, one of HIDING_SOURCES: two statements."""
        entries = list(cls.of(owner).select(cls, Member).join(Member, JOIN.LEFT_OUTER, on=cls.other))
        workplaces = {key_of(row.name): row.left_at is None for row in Workplace.of(owner).order_by(Workplace.id)}
        for entry in entries:
            entry.source = entry._source(workplaces)
        return entries

    def _source(self, workplaces):
        """By these keys of the owner's workplaces, and whether they work there now."""
        if self.origin != OWN:
            return ASKED
        if self.kind == DOMAIN:
            return "address"
        if self.key not in workplaces:
            return "posting"
        return "workplace" if workplaces[self.key] else "earlier"

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
        if kind == MEMBER:
            raise Invalid(name=_("You cannot hide from yourself."))
        if kind == EMPLOYER and is_employer(name):
            return key_of(name), name
        domain = mail_domain(name) if kind == DOMAIN else ""
        if not domain:
            raise Invalid(name=_("Write an employer, or a mail domain such as example.com."))
        if is_providers(domain):  # Whether many members use it is not told here.
            raise Invalid(name=_("Too many people have such an address: it is nobody's workplace."))
        return domain, domain

    @classmethod
    def _put(cls, owner, kind, key, name, other=None, origin=OWN):
        entry = cls.insert(owner=owner, kind=kind, key=key, name=name, other=other, origin=origin)
        if origin == OWN:  # What somebody asked for before it was their own does not come back once it is lifted.
            entry.on_conflict(conflict_target=[cls.owner, cls.kind, cls.key], update={cls.origin: OWN}).execute()
        else:
            entry.on_conflict_ignore().execute()

    @db.atomic()
    def lift(self, owner):
        """The owner is no longer hidden from these. Raises NotYours."""
        self._must_be_of(owner)
        if self.origin == OWN:
            HiddenFrom.update(lifted=True).where(HiddenFrom.id == self.id).execute()
        else:
            self.delete_instance()
        renew_hiding(owner)

    @db.atomic()
    def put_back(self, owner):
        """What was taken off counts again. Raises NotYours."""
        self._must_be_of(owner)
        HiddenFrom.update(lifted=False).where(HiddenFrom.id == self.id).execute()
        renew_hiding(owner)

    def _must_be_of(self, owner):
        if self.owner_id != owner.id:
            raise NotYours(_("This is not yours to do."))

    @classmethod
    def note_own(cls, owner):
        """What is the owner's own is on their list: their workplace, and the domain of their address.

        The same goes for the employers and domains by which they were checked.
        """
        current = Workplace.current(owner)
        if current and is_employer(current.name):
            cls._put(owner, EMPLOYER, key_of(current.name), current.name)
        checked = list(models.Verification.in_force().where(models.Verification.member == owner))
        for employer in (row.employer for row in checked if is_employer(row.employer)):
            cls._put(owner, EMPLOYER, key_of(employer), employer)
        for domain in {domain_of(owner.email), *(row.domain for row in checked)} - {""}:
            if not is_providers(domain):
                cls._put(owner, DOMAIN, domain, domain)

    @classmethod
    def note_employer(cls, owner, name):
        """The owner posts about their own job there: its employer is on their list, and the pairs are as that says."""
        known = cls.of(owner).where(cls.kind == EMPLOYER, cls.key == key_of(name))
        if is_employer(name) and not known.exists():
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


@dataclass(frozen=True)
class Trace:
    """By what members are known to work somewhere: a workplace, or else the domain of their address."""

    name: str
    is_domain: bool
    clues: frozenset
    members: set

    def is_meant_by(self, kind, name):
        """Whether an entry of a list means whoever works, or writes from, there."""
        if kind == EMPLOYER:
            return alike_to_domain(name, self.name) if self.is_domain else alike(name, self.name)
        if self.is_domain:
            return organization_of(self.name) == organization_of(name)
        return alike_to_domain(self.name, name)


def renew_hiding(member):
    """The pairs of this member, in either role, are as lists, workplaces and addresses say now."""
    with db.atomic():
        HiddenFrom.note_own(member)
        entries, known = _entries(), _traces(member)
        own = {what: {member.id} for what, owners in entries.items() if member.id in owners}
        pairs = _pairs(own, _traces()) if own else set()
        named = {what: owners for what, owners in entries.items() if what[2] == member.id}
        pairs |= {pair for pair in _pairs(entries if known else named, known) if pair[1] == member.id}
        Hiding.delete().where((Hiding.owner == member) | (Hiding.viewer == member)).execute()
        _write(pairs)
        models.Referral.renew_review_clocks()


def begin_hiding():
    """Where nobody has a list yet, everybody has one from now on: after the update that brought them."""
    if not HiddenFrom.select().exists():
        renew_all_hiding()


def renew_all_hiding():
    """All pairs are as lists, workplaces and addresses say now: some of it counts for a time only.

    Returns how many differ. Nobody waits for it: it compares before its turn to write, and takes one only where
    something differs. Where others have changed something meanwhile, it begins again, but not for ever.
    """
    _note_all_own()
    for _attempt in range(3):
        entries, known = _entries(), _traces()
        wanted = _pairs(entries, known)
        if not wanted ^ _present():
            return 0
        with db.atomic():
            if (_entries(), _traces()) == (entries, known):
                return _put_right(wanted)
    return 0


def _note_all_own():
    """What is members' own is on their lists, even where it came without them: after an update, or a refused write."""
    noted = set(db.execute(HiddenFrom.select(HiddenFrom.owner, HiddenFrom.kind, HiddenFrom.key)))
    missing = {entry: name for entry, name in _own() if entry not in noted}
    if missing:
        with db.atomic():
            for (owner, kind, key), name in missing.items():
                HiddenFrom._put(owner, kind, key, name)


def _own():
    """What belongs on members' lists by itself: (owner, kind, key) and the name of each."""
    here, referral = Member.state != "former", models.Referral
    said = Workplace.select(Workplace.member, Workplace.name).join(Member).where(here, Workplace.left_at.is_null())
    posted = referral.select(referral.helper, referral.employer).join(Member, on=referral.helper).where(here)
    for owner, name in [*db.execute(said), *db.execute(posted.where(referral.of_own_job()))]:
        if is_employer(name):
            yield (owner, EMPLOYER, key_of(name)), name
    for owner, email in db.execute(Member.select(Member.id, Member.email).where(here)):
        if not is_providers(domain := domain_of(email)):
            yield (owner, DOMAIN, domain), domain


def _put_right(wanted):
    present = _present()
    for owner, viewer in present - wanted:
        Hiding.delete().where(Hiding.owner == owner, Hiding.viewer == viewer).execute()
    _write(wanted - present)
    models.Referral.renew_review_clocks()
    return len(wanted ^ present)


def _present():
    return set(db.execute(Hiding.select(Hiding.owner, Hiding.viewer)))


def _entries():
    """Whom the entries of lists mean, (kind, name, id of another member), and the ids of those whose lists say so.

    A domain that very many members use is nobody's employer, unless somebody asked for it to be on their list.
    """
    entry, owners, used = HiddenFrom, {}, used_domains()
    rows = entry.select(entry.owner, entry.kind, entry.name, entry.other, entry.origin).where(~entry.lifted)
    for owner, kind, name, other, origin in db.execute(rows):
        if kind != DOMAIN or origin == ASKED or not is_public(name, used):
            owners.setdefault((kind, name, other), set()).add(owner)
    return owners


def _traces(member=None):
    """The traces of all members, or of one, as a list. It reads three statements, and no records: there are many.

    Members are known by what they said, by what their address says, and by what was checked.
    """
    members = Member.select(Member.email, Member.id).where(Member.state != "former")
    workplaces = Workplace.counting().select(Workplace.name, Workplace.member, Workplace.source)
    check = models.Verification
    checks = check.counting().select(check.employer, check.domain, check.member)
    if member:
        members, workplaces = members.where(Member.id == member), workplaces.where(Workplace.member == member)
        checks = checks.where(check.member == member)
    employers, domains = {}, {}
    for name, id, source in db.execute(workplaces):
        (domains if source == BY_ADDRESS else employers).setdefault(name, set()).add(id)
    for email, id in db.execute(members):
        domains.setdefault(domain_of(email), set()).add(id)
    for name, domain, id in db.execute(checks):
        if is_employer(name):
            employers.setdefault(name, set()).add(id)
        domains.setdefault(domain, set()).add(id)
    found = [Trace(name, False, clues(name), ids) for name, ids in employers.items()]
    domains = {domain: ids for domain, ids in domains.items() if not is_providers(domain)}
    return found + [Trace(domain, True, _clues_of(DOMAIN, domain), ids) for domain, ids in domains.items()]


def _pairs(entries, traces):
    """The pairs that follow from these entries: (owner, viewer), as ids. Nobody is hidden from themselves."""
    wanted = {what: _clues_of(*what[:2]) for what in entries}
    if len(entries) < len(traces):
        some = set().union(*wanted.values())
        traces = [trace for trace in traces if not trace.clues.isdisjoint(some)]
    near, pairs = _by_clue(traces), set()
    for (kind, name, other), owners in entries.items():
        places = {place for clue in wanted[kind, name, other] & near.keys() for place in near[clue]}
        meant = [traces[place].members for place in places if traces[place].is_meant_by(kind, name)]
        viewers = {other}.union(*meant) if kind == MEMBER else set().union(*meant)
        pairs |= {(owner, viewer) for owner in owners for viewer in viewers if viewer != owner}
    return pairs


@lru_cache(maxsize=20_000)
def _clues_of(kind, name):
    """What an entry of a list and a trace share where it means that one. Where it means a member, there is no need."""
    if kind == MEMBER:
        return frozenset()
    return clues(name) if kind == EMPLOYER else clues_of_domain(name) | {f"@{organization_of(name)}"}


def _by_clue(traces):
    """The places in the list of those that have each clue."""
    found = {}
    for place, trace in enumerate(traces):
        for clue in trace.clues:
            found.setdefault(clue, []).append(place)
    return found


def _write(pairs):
    rows = [{"owner": owner, "viewer": viewer} for owner, viewer in sorted(pairs)]
    for start in range(0, len(rows), 400):
        Hiding.insert_many(rows[start : start + 400]).on_conflict_ignore().execute()


def hidden_from(owner, viewer):
    """Whether this viewer finds nothing of this owner."""
    return Hiding.select().where(Hiding.owner == owner, Hiding.viewer == viewer).exists()
