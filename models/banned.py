"""Who may be somebody that was banned: by the mailbox that their address leads to."""

from peewee import CharField, DateTimeField

from .actions import IN_FORCE, Action
from .base import Base, in_days, now
from .email_addresses import mailbox_of
from .i18n import N_
from .keeping import WHO_ORGANIZERS, Kept, Until
from .members import Member
from .sealing import keyed_hash

BANNED_DAYS = 730


class BannedMailbox(Base):
    """The mailbox of somebody who was banned and whose account is deleted, kept as a hash that nobody can turn back."""

    mailbox_hash = CharField(unique=True)
    at = DateTimeField(default=now)

    kept = Kept(
        N_("Of whoever was banned and has left: a code made of the address, to know them by if they come"),
        WHO_ORGANIZERS,
        Until(N_("for %(days)s days"), BANNED_DAYS, lambda days: BannedMailbox.at < in_days(-days)),
        internal=("mailbox_hash", "at"),
    )

    @classmethod
    def remember(cls, member):
        """The account of this member is deleted: after a ban, whoever comes with the mailbox is known by it."""
        if Action.in_force(member, "banned"):
            cls.insert(mailbox_hash=hash_of_mailbox(member.email)).on_conflict_ignore().execute()

    @classmethod
    def known_among(cls, mailboxes):
        """Those of these mailboxes that are remembered, as a set. There are few bans in a community."""
        remembered = {found for (found,) in cls.select(cls.mailbox_hash).tuples()}
        return {mailbox for mailbox in mailboxes if remembered and hash_of_mailbox(mailbox) in remembered}


def know_the_banned_alike(members):
    """Reads `banned_alike` of all these members: two statements."""
    found = banned_alike(members)
    for member in members:
        Member.banned_alike.keep(member, found.get(member.id, []))


def banned_alike(members):
    """Who of the banned each of these members may be, by their ids: a list of members, None for one who has left.

    It says only that their addresses lead to one mailbox. Who is banned themselves is nobody else.
    """
    boxes = {member.id: mailbox_of(member.email) for member in members if not member.former}
    bans = Action.select(Action.member).where(Action.kind == "banned", Action.state.in_(IN_FORCE))
    banned = list(Member.select(Member.id, Member.name, Member.email).where(Member.id.in_(bans)))
    left = BannedMailbox.known_among(boxes.values())
    found = {}
    for id in boxes.keys() - {other.id for other in banned}:
        alike = [other for other in banned if mailbox_of(other.email) == boxes[id]]
        found[id] = [*alike, None] if boxes[id] in left else alike
    return found


def hash_of_mailbox(email):
    return keyed_hash(mailbox_of(email), "banned mailbox")
