"""Invitations: links with which somebody can join whatever the door says; and who came through whom."""

from typing import NamedTuple

from peewee import BooleanField, CharField, DateTimeField, ForeignKeyField, IntegerField

import models

from . import quotas
from .base import NotYours, Refused, db, in_days, now
from .i18n import N_, _
from .keeping import WHO_SELF, Kept, Until
from .members import ADMITTED, SECOND_PRESS, Member
from .tokens import digest, new_token
from .verbs import Record, move

ENDED_INVITATION_DAYS = 90
MOST_KEYS = 10_000

# When the forms with these keys were sent, the newest last. A restart forgets it: then a second press is a first one.
_sent = {}


class Invitation(Record):
    """A link with which somebody can join whatever the door says. The row remembers who gave it."""

    noun = "invitation"

    by = ForeignKeyField(Member, backref="invitations")
    state = CharField(default="open")
    note = CharField(default="")
    token_hash = CharField(unique=True)
    uses_left = IntegerField()
    made_at = DateTimeField(default=now)
    due = DateTimeField(null=True, index=True)
    listed = BooleanField(default=False)

    kept = Kept(
        N_("The invitations that you made"),
        WHO_SELF,
        Until(
            N_("until %(days)s days after they were made, once they have ended"),
            ENDED_INVITATION_DAYS,
            lambda days: (Invitation.state != "open") & (Invitation.made_at < in_days(-days)),
        ),
        whose=("by",),
        goes_with=("by",),
        words={"by": ("note",)},
        facts=("by", "state", "uses_left", "made_at", "due", "listed"),
        secret=("token_hash",),
    )

    token = None

    @classmethod
    def make(cls, member, note="", uses=1, days=14):
        """A new invitation; its `token` is known this once. Raises NotYours for those who may not invite."""
        if not member.may_invite:
            raise NotYours(_("Trusted members and organizers can invite. You are not one of them yet."))
        if door_closed():
            raise Refused(_("The door is closed at the moment: nobody can join, and nobody be invited."))
        token = new_token()
        with db.atomic():
            quotas.INVITATIONS.check(cls.select().where(cls.by == member), cls.made_at)
            made = cls.create(by=member, note=note, token_hash=digest(token), uses_left=uses, due=in_days(days))
            made.log("make", member, after="open")
        made.token = token
        return made

    @classmethod
    def find(cls, token):
        """The invitation, while it works. Raises Refused afterwards.

        One of a list is the community's: it works also once whoever brought the list is no organizer any more.
        """
        found = cls.get_or_none(cls.token_hash == digest(token))
        if found:
            found.catch_up()
        if found is None or found.state != "open" or not found.stands_for_somebody:
            raise Refused(_("This invitation has ended. Ask whoever sent it for a new one."))
        if door_closed():
            raise Refused(
                _("Nobody can join at the moment. Keep the link: it works again once the door is open, while it lasts.")
            )
        return found

    @property
    def stands_for_somebody(self):
        """Whether whoever gave it may still invite; of a list, whether they are not kept out."""
        return not self.by.kept_out if self.listed else self.by.may_invite

    @classmethod
    def of(cls, member):
        """Returns a query for those that this member made, one by one: those of a list are on its page."""
        return cls.select().where(cls.by == member, ~cls.listed).order_by(cls.id.desc())

    @move("open", by="clock", says=N_("An invitation was used"))
    def use(self):
        self.uses_left -= 1
        self.due = self.due if self.uses_left else None
        return "open" if self.uses_left else "used"

    @move(
        "open",
        to="ended",
        by=("inviter", "organizer"),
        reason="optional",
        says=N_("%(actor)s ended an invitation"),
        tells=N_("%(actor)s ended an invitation that you made."),
    )
    def end(self, member):
        """Nobody joins with it any more. Whoever made it is told where somebody else ended it."""
        self.due = None

    @classmethod
    def at_desk(cls):
        """Returns a query for all of them with whoever made them, those that are open first, then the newest."""
        return cls.select(cls, Member).join(Member).order_by(cls.state != "open", cls.id.desc())

    @move("open", to="over", by="clock", says=N_("An invitation ran out"))
    def expire(self):
        self.due = None

    def knock(self, name, email, password, by_letter=False, key="", employer="", **columns):
        """Somebody asks to come in with this invitation, whatever the door says. See Member.knock.

        It is used up also by an address that is known: whoever tries addresses learns nothing, and not for long.
        """
        email, password_hash = Member.checked(name, email, password)
        with db.atomic():
            if Invitation.was_sent_with(key):
                return
            self.use()
            columns |= {"invited_by": self.by, "employer": employer}
            Member.begin(name, email, password_hash, by_letter, key=key, **columns)
            if key:
                _sent[key] = now()
            if len(_sent) > MOST_KEYS:
                del _sent[next(iter(_sent))]

    @staticmethod
    def was_sent_with(key):
        """Whether the form with this key was sent just now, by somebody new or known: a second press says the same."""
        return Member.has_joined_with(key) or (bool(key) and key in _sent and _sent[key] > now() - SECOND_PRESS)

    def on_due(self):
        self.expire()

    def roles(self, actor):
        if actor is None:
            return {"clock"}
        roles = {"inviter"} if actor.id == self.by_id else set()
        return roles | {"organizer"} if actor.organizer else roles

    def about(self):
        return {"member": self.by, "number": self.id}

    def concerned(self, event):
        return [self.by] if event.verb == "invitation.end" else []

    def waits_for(self, member):
        return False


Invitation.announce("make", N_("%(actor)s made an invitation"), None)


def door_closed():
    """Whether nobody can join at all, by invitation or otherwise."""
    policy = models.Policy.current()
    return policy is not None and policy.joining == "closed"


class Branch(NamedTuple):
    """Somebody who came in, and the branches of those who came through them. `member` is None without their name."""

    member: Member | None
    through: list


def invitation_tree(viewer):
    """Who came through whom, as a list of branches by name: as this viewer may read it.

    Organizers read every name but those hidden from them; others none that was left out. Where somebody who is hidden
    brought others in, they stand there like one who left their name out.
    """
    members = list(Member.select().where(Member.state.in_(ADMITTED)).order_by(Member.name_key, Member.name))
    came_through = {}
    here = {member.id for member in members}
    for member in members:
        inviter = member.invited_by_id if member.invited_by_id in here else None
        came_through.setdefault(inviter, []).append(member)
    return _branches(came_through, viewer, None)


def _branches(came_through, viewer, inviter):
    branches = []
    for member in came_through.get(inviter, []):
        through = _branches(came_through, viewer, member.id)
        hidden = member.id in viewer.hidden_ones
        named = not hidden and (member.in_tree or viewer.organizer or member.id == viewer.id)
        if through or not hidden:
            branches.append(Branch(member if named else None, through))
    return sorted(branches, key=lambda branch: branch.member is None)
