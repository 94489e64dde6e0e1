"""Links that work once: to set up, to sign in, to choose a new password, to show that an address is one's own."""

from datetime import timedelta

from peewee import CharField, DateTimeField, ForeignKeyField

import models

from .base import Base, NotYours, Refused, db, in_days, now
from .events import Event
from .i18n import N_, _
from .keeping import WHO_SELF, Kept, Until
from .members import Member
from .tokens import digest, new_token

# For how many hours a link works, by its purpose.
LINK_HOURS = {
    "setup": 72,  # Printed when the site starts for the first time.
    "sign_in": 24,  # Made by hand: by an organizer, or by the command on the server.
    "reset": 2,  # Mailed to a member who forgot their password.
    "mailed": 2,  # Mailed to a member who asked to be signed in by letter.
    "confirm": 72,  # Mailed to an address, to see that it belongs to the member who typed it.
    "address": 24,  # Mailed to a new address, which is the member's once the link is used.
    "work_address": 24,  # Mailed to an address at work, to see that the member works there.
}
USED_LINK_DAYS = 30
SIGNING_IN = ("sign_in", "reset", "mailed")
SETTING_A_PASSWORD = ("sign_in", "reset")


def spent():
    return _("This link has been used or is too old. Ask an organizer for a new one.")


class OneTimeLink(Base):
    """A link that works once, for one purpose. The row holds the hash of its token; the token itself is known once.

    `made_by` is the organizer who made it by hand, None for the server's command and for letters. `address` is the one
    that the link was mailed to; of one at work it is the keyed hash. A link that was ended keeps its row, with
    `ends_at` in the past.
    """

    purpose = CharField(choices=[(purpose, purpose) for purpose in LINK_HOURS])
    token_hash = CharField(unique=True)
    member = ForeignKeyField(Member, null=True, on_delete="CASCADE")
    made_by = ForeignKeyField(Member, null=True, on_delete="SET NULL")
    address = CharField(default="")
    made_at = DateTimeField(default=now)
    ends_at = DateTimeField()
    used_at = DateTimeField(null=True)
    dismissed_at = DateTimeField(null=True)

    kept = Kept(
        N_("Links that signed you in once, and who made them"),
        WHO_SELF,
        Until(
            N_("until %(days)s days after they ended"),
            USED_LINK_DAYS,
            lambda days: OneTimeLink.ends_at < in_days(-days),
        ),
        whose=("member",),
        goes_with=("member",),
        private={"member": ("address",)},
        facts=("purpose", "member", "made_by", "made_at", "ends_at", "used_at", "dismissed_at"),
        secret=("token_hash",),
        secret_rows=True,
    )

    @classmethod
    def for_setup(cls):
        """The token of a new setup link; the ones printed before stop working."""
        with db.atomic():
            cls.delete().where(cls.purpose == "setup").execute()
            return cls._make("setup")

    @classmethod
    def for_member(cls, member, organizer):
        """The token of a link with which the member signs in once, to be handed over by the organizer.

        Every other link that would sign the member in ends. Raises NotYours as `obstacle` says.
        """
        with db.atomic():
            organizer.reload()
            member.reload()
            if organizer.kept_out:
                raise NotYours(_("Only organizers can do this."))
            if obstacle := cls.obstacle(organizer, member):
                raise NotYours(obstacle)
            member.tell(organizer.did("member.link", member))
            cls.end_open(member, SIGNING_IN)
            return cls._make("sign_in", member=member, made_by=organizer)

    @classmethod
    def by_command(cls, member):
        """The token of a link with which the member signs in once, made by whoever works on the server itself."""
        with db.atomic():
            member.tell(member.log("link_by_command", None))
            cls.end_open(member, SIGNING_IN)
            return cls._make("sign_in", member=member)

    @classmethod
    def to_mail(cls, member, purpose, address="", since=None):
        """The token of a link for a letter: "reset", "mailed", "confirm", "address" or "work_address".

        It takes the place of the one that was mailed before for the same purpose. A stranger who asks for such letters
        ends no link that an organizer made. What was made `since` the letter was asked for stays: a letter that has to
        be sent twice may arrive twice, and each works until one was used.
        """
        with db.atomic():
            cls.end_open(member, [purpose], before=since)
            return cls._make(purpose, member=member, address=address)

    @classmethod
    def _make(cls, purpose, **who):
        token = new_token()
        ends_at = now() + timedelta(hours=LINK_HOURS[purpose])
        cls.create(purpose=purpose, token_hash=digest(token), ends_at=ends_at, **who)
        return token

    @classmethod
    def end_open(cls, member, purposes=tuple(LINK_HOURS), before=None):
        """The member's links of these purposes no longer work: after every change of role, password or address.

        With a time, those made since then stay as they are.
        """
        still_open = cls.update(ends_at=now()).where(cls.member == member, cls.purpose.in_(purposes))
        if before:
            still_open = still_open.where(cls.made_at < before)
        still_open.where(cls.used_at.is_null(), cls.ends_at > now()).execute()

    @classmethod
    def obstacle(cls, maker, member):
        """The sentence against a sign-in link that this organizer makes by hand for this member, or None."""
        if not maker.organizer:
            return _("Only organizers can do this.")
        if maker == member:
            return _("You are signed in already. Another owner can make a link for you.")
        if member.role == "owner" and maker.role != "owner":
            return _("Only an owner can make a sign-in link for an owner.")
        if member.organizer and maker.role != "owner":
            return _("Only an owner can make a sign-in link for an organizer.")
        if problem := member.kept_from(maker):  # Else they would read as this member what is kept from them.
            return problem
        if maker.id in member.waits_with:
            return _("%(name)s has to confirm first what you filled in together.", name=member.name)
        if member.organizer and models.Action.hears_of(member, maker):
            return _("%(name)s has an appeal about you to hear. Only the server can make this link.", name=member.name)
        return None

    @classmethod
    def find(cls, purposes, token):
        """The link of one of these purposes, while it works. Raises Refused afterwards.

        A link that an organizer made works as long as that organizer may make it: their rank is checked when it is
        used.
        """
        purposes = [purposes] if isinstance(purposes, str) else purposes
        link = cls.get_or_none(
            cls.purpose.in_(purposes),
            cls.token_hash == digest(token),
            cls.used_at.is_null(),
            cls.ends_at > now(),
        )
        if link is None or link.outranked():
            raise Refused(spent())
        return link

    def outranked(self):
        """Whether the organizer who made the link may no longer make it for this member."""
        maker = self.made_by
        return maker is not None and bool(maker.kept_out or OneTimeLink.obstacle(maker, self.member))

    def use(self):
        """The link is spent. Of two people who open it at once, one gets through; the other is Refused.

        To be called within the transaction that does what the link is for.
        """
        spent = OneTimeLink.update(used_at=now()).where(OneTimeLink.id == self.id, OneTimeLink.used_at.is_null())
        if self.outranked() or not spent.where(OneTimeLink.ends_at > now()).execute():
            raise Refused(_("This link has just been used. Ask an organizer for a new one."))
        if self.purpose in SIGNING_IN:
            Member.update(unconfirmed=False).where(Member.id == self.member_id).execute()
            who = {"actor": self.member, "member": self.member, "number": self.made_by_id}
            Event.create(verb="member.use_link", **who)
        if self.address:
            OneTimeLink.end_open(self.member, [self.purpose])
        if self.address and self.purpose != "work_address":
            self.member.confirm_address(self.address)

    def take_address(self):
        """The link is spent, and its member has the address that it was mailed to. Raises Refused or Invalid."""
        with db.atomic():
            self.use()
            self.member.take_address(self.address, confirmed=True)

    @classmethod
    def makers_for(cls, members):
        """The ids of those who could have signed in as each of these members, as sets by the members' ids.

        They made a link by hand that was used, which its event says for good, or have set the member's address. That
        does not pass with time: a password that was set then may be known to both.
        """
        made = cls.select(cls.member, cls.made_by).where(cls.member.in_(members), cls.used_at.is_null(False))
        written = Event.member.in_(members)
        used = Event.select(Event.member, Event.number).where(written, Event.verb == "member.use_link")
        address = Event.select(Event.member, Event.actor).where(written, Event.verb == "member.correct_address")
        found = {}
        for member, maker in (made | used | address).tuples():
            found.setdefault(member, set()).add(maker)
        return {member: makers - {None} for member, makers in found.items()}

    @classmethod
    def to_tell(cls, member):
        """The links made by hand that somebody signed in with as this member, until the member dismisses them."""
        used = cls.select().where(cls.member == member, cls.purpose == "sign_in", cls.used_at.is_null(False))
        return used.where(cls.dismissed_at.is_null()).order_by(cls.id)

    @classmethod
    def dismiss(cls, member):
        """The member has read who made the links that were used, and when."""
        told = cls.update(dismissed_at=now()).where(cls.member == member, cls.used_at.is_null(False))
        told.where(cls.dismissed_at.is_null()).execute()


Member.announce(
    "link",
    N_("%(actor)s made a sign-in link for a member"),
    N_("%(actor)s made a sign-in link for you. If you did not ask for one, tell another organizer."),
)
Member.announce(
    "link_by_command",
    N_("A sign-in link for a member was made by the server's command"),
    N_("A sign-in link for you was made by the server's command. If you did not ask for one, tell an organizer."),
    logged=True,
)
Member.announce("use_link", N_("%(actor)s signed in with a link"))
