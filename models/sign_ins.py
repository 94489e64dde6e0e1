"""The browsers that members are signed in with, and the links that work once."""

from datetime import timedelta

from peewee import CharField, DateTimeField, ForeignKeyField

from .base import Base, NotYours, Refused, db, in_days, now
from .i18n import N_, _
from .keeping import WHO_SELF, Kept, Until
from .members import Member
from .tokens import digest, new_token

SIGN_IN_DAYS = 30
LINK_DAYS = 3
USED_LINK_DAYS = 30


class SignIn(Base):
    """One browser that a member is signed in with. The cookie holds the token, the row its hash."""

    member = ForeignKeyField(Member, backref="sign_ins", on_delete="CASCADE")
    token_hash = CharField(unique=True)
    browser = CharField(default="")
    opened_at = DateTimeField(default=now)
    seen_at = DateTimeField(default=now)

    kept = Kept(
        N_("The browsers that you are signed in with"),
        WHO_SELF,
        Until(
            N_("until you sign out, or for %(days)s days without use"),
            SIGN_IN_DAYS,
            lambda days: SignIn.seen_at < in_days(-days),
        ),
        whose=("member",),
        goes_with=("member",),
        facts=("member", "browser", "opened_at", "seen_at"),
        secret=("token_hash",),
        secret_rows=True,
    )

    token = None

    @classmethod
    def open(cls, member, browser=""):
        """The member is signed in with this browser; `member.sign_in.token` goes into its cookie."""
        token = new_token()
        member.sign_in = cls.create(member=member, token_hash=digest(token), browser=browser[:255])
        member.sign_in.token = token
        return member

    @classmethod
    def member_for(cls, token):
        """The member whose browser holds this token, or None."""
        found = (
            cls.select(cls, Member)
            .join(Member)
            .where(cls.token_hash == digest(token))
            .where(cls.seen_at > in_days(-SIGN_IN_DAYS))
            .first()
        )
        if found is None:
            return None
        found.token = token
        found.touch()
        found.member.sign_in = found
        return found.member

    def touch(self):
        """At most one write an hour says that the browser is still in use."""
        if self.seen_at < now() - timedelta(hours=1):
            self.seen_at = now()
            self.save(only=[SignIn.seen_at])

    def close(self):
        self.delete_instance()


class OneTimeLink(Base):
    """A link that works once: to set up the community, or to sign in and choose a new password."""

    purpose = CharField(choices=[("setup",) * 2, ("sign_in",) * 2])
    token_hash = CharField(unique=True)
    member = ForeignKeyField(Member, null=True, on_delete="CASCADE")
    made_by = ForeignKeyField(Member, null=True, on_delete="SET NULL")
    made_at = DateTimeField(default=now)
    ends_at = DateTimeField()
    used_at = DateTimeField(null=True)

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
        facts=("purpose", "member", "made_by", "made_at", "ends_at", "used_at"),
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
        """The token of a link with which the member signs in once. Organizers make these by hand."""
        organizer.must_be_organizer()
        if member.role == "owner" and organizer.role != "owner":
            raise NotYours(_("Only an owner can make a sign-in link for an owner."))
        with db.atomic():
            member.tell(member.log("link", organizer))
            return cls._make("sign_in", member=member, made_by=organizer)

    @classmethod
    def _make(cls, purpose, **who):
        token = new_token()
        cls.create(purpose=purpose, token_hash=digest(token), ends_at=in_days(LINK_DAYS), **who)
        return token

    @classmethod
    def find(cls, purpose, token):
        """The link, while it still works. Raises Refused afterwards."""
        link = cls.get_or_none(
            cls.purpose == purpose,
            cls.token_hash == digest(token),
            cls.used_at.is_null(),
            cls.ends_at > now(),
        )
        if link is None:
            raise Refused(_("This link has been used or is too old. Ask an organizer for a new one."))
        return link

    def use(self):
        """The link is spent. Of two people who open it at once, one gets through."""
        spent = OneTimeLink.update(used_at=now()).where(OneTimeLink.id == self.id, OneTimeLink.used_at.is_null())
        if not spent.execute():
            raise Refused(_("This link has just been used. Ask an organizer for a new one."))

    def sign_in_with(self, password):
        """The link is spent, and its member has this password from now on. Raises Invalid on a weak one."""
        with db.atomic():
            self.use()
            self.member.set_password(password)


Member.announce(
    "link",
    N_("%(actor)s made a sign-in link for a member"),
    N_("%(actor)s made a sign-in link for you. If you did not ask for one, tell another organizer."),
    logged=True,
)
