"""Handovers: an owner offers the community to another member, who says yes or no."""

from peewee import CharField, DateTimeField, ForeignKeyField

from .base import NotYours, Refused, db, in_days, now
from .i18n import N_, _
from .keeping import FOR_GOOD, WHO_ORGANIZERS, Kept
from .members import Member
from .verbs import Record, move

HANDOVER_DAYS = 14


class Handover(Record):
    """An owner's offer to step down for another member, who becomes an owner once they say yes."""

    noun = "handover"

    state = CharField(default="offered")
    by = ForeignKeyField(Member, backref="handovers")
    to = ForeignKeyField(Member, backref="handovers_to")
    made_at = DateTimeField(default=now)
    due = DateTimeField(null=True, index=True)

    kept = Kept(
        N_("Who handed the community over to whom"),
        WHO_ORGANIZERS,
        FOR_GOOD,
        whose=("by", "to"),
        facts=("state", "by", "to", "made_at", "due"),
    )

    @classmethod
    def offer(cls, owner, member):
        """The member is asked to become the owner in this owner's place. Raises NotYours or Refused."""
        with db.atomic():
            owner.reload()
            member.reload()
            if owner.role != "owner":
                raise NotYours(_("Only an owner can hand the community over."))
            if obstacle := cls.obstacle_to(member):
                raise Refused(obstacle)
            if cls.open().where(cls.by == owner).exists():
                raise Refused(_("You have offered it already. Take that back first."))
            made = cls(by=owner, to=member, due=in_days(HANDOVER_DAYS))
            made.begin_to_wait()
            made.save()
            made.tell(owner.did("handover.offer", made, after="offered"))
            return made

    @classmethod
    def obstacle_to(cls, member):
        """Returns the sentence that says why this member cannot become an owner, or None."""
        if member.role == "owner":
            return _("%(name)s is an owner already.", name=member.name)
        if not member.admitted or member.kept_out or member.leaving:
            return _("%(name)s cannot look after the community at present.", name=member.name)
        return None

    @classmethod
    def open(cls):
        return cls.select().where(cls.state == "offered")

    @classmethod
    def visible_to(cls, member):
        return cls.select().where((cls.by == member) | (cls.to == member))

    @classmethod
    def call_off_of(cls, owner):
        """What this owner has offered and nobody has answered yet is taken back."""
        for handover in list(cls.open().where(cls.by == owner)):
            handover.withdraw(owner)

    @classmethod
    def waiting_for(cls, member):
        """The offers that this member made or has to answer, with both of them, as a list."""
        giver = Member.alias()
        found = cls.select(cls, Member, giver).join(Member, on=cls.to, attr="to").switch(cls)
        found = found.join(giver, on=(cls.by == giver.id), attr="by")
        return list(found.where(cls.state == "offered", (cls.by == member) | (cls.to == member)))

    def not_possible(self):
        if self.by.role != "owner":
            return _("%(name)s is no longer an owner.", name=self.by.name)
        return self.obstacle_to(self.to)

    @move(
        "offered",
        to="accepted",
        by="receiver",
        unless="not_possible",
        logged=True,
        says=N_("%(actor)s accepted the community and is its owner now"),
        tells=N_("%(actor)s is the owner now. You have stepped down: thank you for your work."),
    )
    def accept(self, member):
        """Both roles change at once: there is an owner at every moment."""
        self.due = None
        for person, role in ((self.to, "owner"), (self.by, "organizer")):
            person.reload()
            person.become(role)

    @move(
        "offered",
        to="declined",
        by="receiver",
        says=N_("%(actor)s did not take the community on"),
        tells=N_("%(actor)s does not want to become the owner. You still are."),
    )
    def decline(self, member):
        self.due = None

    @move("offered", to="withdrawn", by="giver", says=N_("%(actor)s took the offer of the community back"))
    def withdraw(self, owner):
        self.due = None

    @move("offered", to="over", by="clock", says=N_("The offer of the community ran out"))
    def expire(self):
        self.due = None

    def on_due(self):
        self.expire()

    def roles(self, actor):
        if actor is None:
            return {"clock"}
        return {"giver"} if actor.id == self.by_id else {"receiver"} if actor.id == self.to_id else set()

    def about(self):
        return {"number": self.id}

    def concerned(self, event):
        return [self.by, self.to]

    def awaited(self):
        return [self.to]

    def waits_for(self, member):
        return self.state == "offered" and member.id == self.to_id


Handover.announce(
    "offer",
    N_("%(actor)s offered to hand the community over"),
    N_("%(actor)s would like to hand this community over to you. Your account page lets you answer."),
)
