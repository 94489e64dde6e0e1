"""Successions: where no owner is here any more, the organizers appoint one, and whoever is against it can say so."""

from datetime import timedelta

from peewee import SQL, CharField, DateTimeField, ForeignKeyField

from .base import NotYours, Refused, db, in_days, now
from .community import Community
from .heartbeat import Heartbeat
from .i18n import N_, _
from .keeping import FOR_GOOD, WHO_ORGANIZERS, Kept
from .letters import Letter
from .members import ADMITTED, Member
from .verbs import Record, move

GONE_DAYS = 60  # For so long no owner was here before another can be appointed.
OBJECTION_DAYS = 14


class Succession(Record):
    """An organizer's proposal that one of the organizers becomes an owner, who does unless somebody objects.

    While one is open, no owner was here: `Community.owner_is_here` ends it.
    """

    noun = "succession"

    state = CharField(default="proposed")
    by = ForeignKeyField(Member, backref="successions")
    to = ForeignKeyField(Member, backref="successions_to")
    made_at = DateTimeField(default=now)
    due = DateTimeField(null=True, index=True)

    kept = Kept(
        N_("Who was proposed as an owner, by whom, and what became of it"),
        WHO_ORGANIZERS,
        FOR_GOOD,
        whose=("by", "to"),
        facts=("state", "by", "to", "made_at", "due"),
    )

    @classmethod
    def propose(cls, organizer, member):
        """The member, an organizer, becomes an owner in two weeks. Raises NotYours or Refused.

        All owners and organizers are told, owners also by letter.
        """
        with db.atomic():
            cls._must_be_free_for(organizer, member)
            made = cls(by=organizer, to=member, due=in_days(OBJECTION_DAYS))
            made.begin_to_wait()
            made.save()
            made.tell(organizer.did("succession.propose", made, after="proposed"))
            for owner in Member.owners():
                Letter.warn("succession", owner)
            return made

    @classmethod
    def _must_be_free_for(cls, organizer, member):
        organizer.must_be_organizer()
        member.reload()
        if organizer.role == "owner":
            raise NotYours(_("This is not yours to do."))
        if cls.gone_since() is None:
            raise Refused(_("An owner was here within the last %(days)s days.", days=GONE_DAYS))
        if obstacle := cls.obstacle_to(member):
            raise Refused(obstacle)
        if cls.open().exists():
            raise Refused(_("Someone is proposed already."))

    @classmethod
    def gone_since(cls):
        """Since when no owner was here (UTC), where that is 60 days or longer, and None else.

        An absence that an owner or the group has announced does not count, nor time in which the clocks stood still.
        """
        community, latest = Community.current(), Heartbeat.moment() - timedelta(days=GONE_DAYS)
        since = [community.made_at, community.owner_seen_at, community.away_until]
        if not any(moment > latest for moment in since if moment):
            since += [owner.away_until for owner in Member.owners()]
        newest = max(moment for moment in since if moment)
        return newest if newest <= latest else None

    @classmethod
    def heirs(cls):
        """Returns a query for the organizers who could become an owner."""
        return Member.organizers().where(Member.role == "organizer", Member.state.in_(ADMITTED), Member.due.is_null())

    @classmethod
    def obstacle_to(cls, member):
        """Returns the sentence that says why this member cannot become an owner, or None."""
        if cls.heirs().where(Member.id == member.id).exists():
            return None
        return _("%(name)s is not an organizer who could become an owner at present.", name=member.name)

    @classmethod
    def open(cls):
        return cls.select().where(cls.state == "proposed")

    @classmethod
    def pending(cls):
        """The one that is open, with both members, or None. It costs nothing where an owner was here lately."""
        seen = Community.current().owner_seen_at
        if seen and seen > in_days(-GONE_DAYS):
            return None
        proposer = Member.alias()
        found = cls.select(cls, Member, proposer).join(Member, on=cls.to, attr="to").switch(cls)
        return found.join(proposer, on=(cls.by == proposer.id), attr="by").where(cls.state == "proposed").first()

    @classmethod
    def end_with_owner(cls):
        """An owner is here: what is open ends. The caller has begun a transaction."""
        for succession in list(cls.open()):
            succession.end_for_owner()

    @move(
        "proposed",
        to="objected",
        by="owner",
        reason="optional",
        says=N_("%(actor)s is here, and stays the owner: nobody else was appointed"),
        tells=N_("%(actor)s objects: nobody else becomes an owner."),
    )
    def object(self, owner):
        self.due = None

    @move(
        "proposed",
        to="objected",
        by="organizer",
        unless="own_proposal",
        reason="required",
        says=N_("%(actor)s objected to a new owner"),
        tells=N_("%(actor)s objects to the new owner. The log says why."),
    )
    def oppose(self, organizer):
        self.due = None

    def own_proposal(self, actor):
        return _("You have proposed it yourself: take it back instead.") if actor.id == self.by_id else None

    @move(
        "proposed",
        to="withdrawn",
        by="proposer",
        says=N_("%(actor)s took the proposal of a new owner back"),
        tells=N_("%(actor)s took the proposal of a new owner back."),
        logged=True,
    )
    def withdraw(self, organizer):
        self.due = None

    @move(
        "proposed",
        to="over",
        by="clock",
        says=N_("An owner is here again: nobody else was appointed"),
        tells=N_("An owner is here again: nobody else becomes one."),
        logged=True,
    )
    def end_for_owner(self):
        self.due = None

    @move(
        "proposed",
        to="appointed",
        by="clock",
        says=N_("Nobody objected for 14 days: an organizer is an owner now"),
        tells=N_("Nobody objected: the organizer who was proposed is an owner now."),
        logged=True,
    )
    def appoint(self):
        """Whoever was an owner stays one. From now on the new owner is expected to be seen."""
        self.due = None
        self.to.reload()
        self.to.become("owner")
        Community.note_owner()

    @move(
        "proposed",
        to="lapsed",
        by="clock",
        says=N_("The proposal of a new owner lapsed: they can no longer become one"),
        tells=N_("The proposal of a new owner lapsed: they can no longer become one."),
        logged=True,
    )
    def lapse(self):
        self.due = None

    def on_due(self):
        if self.obstacle_to(self.to):
            self.lapse()
        else:
            self.appoint()

    def roles(self, actor):
        if actor is None:
            return {"clock"}
        if not actor.organizer or actor.kept_out:
            return set()
        return {actor.role, "proposer"} if actor.id == self.by_id else {actor.role}

    def about(self):
        return {"member": self.to, "number": self.id}

    def concerned(self, event):
        return [*Member.owners(), *Member.organizers()]

    def _without_the_away(self, members):
        return members  # This concerns whoever is away as much.

    def awaited(self):
        """Nobody in particular, but the holidays of the group: time in which nobody looks is no time to object."""
        return []

    def waits_for(self, member):
        return self.state == "proposed" and member.role == "owner"


Succession.announce(
    "propose",
    N_("%(actor)s proposed an organizer as a new owner, since none was here for 60 days"),
    N_("%(actor)s proposes a new owner, since none was here for 60 days. Object at the desk within 14 days."),
)

Succession.add_index(
    Succession.index(SQL("state"), unique=True, where=SQL("state = 'proposed'"), name="succession_one_open")
)
