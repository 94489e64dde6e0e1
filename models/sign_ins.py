"""The browsers that members are signed in with, and those that wait for the second factor."""

from datetime import timedelta

from peewee import BooleanField, CharField, DateTimeField, ForeignKeyField, IntegerField, fn

import models

from .base import Base, Refused, db, in_days, now
from .i18n import N_, _
from .keeping import WHO_SELF, WHO_SERVER, Kept, Until
from .links import OneTimeLink
from .members import Member
from .tokens import digest, new_token

SIGN_IN_DAYS = 90  # However much a browser is used.
IDLE_DAYS = 30
ORGANIZER_IDLE_HOURS = 12
SHARED_IDLE_HOURS = 2
CONFIRMED_MINUTES = 10
PENDING_MINUTES = 10


class SignIn(Base):
    """One browser that a member is signed in with. The cookie holds the token, the row its hash.

    A row ends with a sign-out, with a new sign-in in the same browser, or when its member or an organizer ends it; then
    it is deleted. One that is past its time brings nobody any more.
    """

    member = ForeignKeyField(Member, backref="sign_ins", on_delete="CASCADE")
    token_hash = CharField(unique=True)
    browser = CharField(default="")
    opened_at = DateTimeField(default=now)
    seen_at = DateTimeField(default=now)
    confirmed_at = DateTimeField(default=now)
    shared = BooleanField(default=False)

    kept = Kept(
        N_("The browsers that you are signed in with"),
        WHO_SELF,
        Until(
            N_("until you sign out, or for %(days)s days without use"),
            IDLE_DAYS,
            lambda days: (SignIn.seen_at < in_days(-days)) | (SignIn.opened_at < in_days(-SIGN_IN_DAYS)),
        ),
        whose=("member",),
        goes_with=("member",),
        facts=("member", "browser", "opened_at", "seen_at", "confirmed_at", "shared"),
        secret=("token_hash",),
        secret_rows=True,
    )

    token = None

    @classmethod
    def open(cls, member, browser="", shared=False, replacing=None):
        """The member is signed in with this browser; `member.sign_in.token` goes into its cookie.

        `shared` says that others use the computer too. The row `replacing`, which this browser had before, ends.
        """
        token = new_token()
        with db.atomic():
            if replacing:
                replacing.close()
            member.sign_in = cls.create(member=member, token_hash=digest(token), browser=browser[:255], shared=shared)
            models.Community.owner_is_here(member)
        member.sign_in.token = token
        return member

    @classmethod
    def enter(cls, member, browser="", shared=False, replacing=None, link=None, password_hash=""):
        """The member comes in: the link is used, the new password counts, and the browser is signed in, all or nothing.

        Raises Refused where the link no longer works.
        """
        with db.atomic():
            if link:
                link.use()
            if password_hash:
                member.take_password(password_hash)
            return cls.open(member, browser, shared, replacing)

    @classmethod
    def member_for(cls, token):
        """The member whose browser holds this token, or None.

        `member.to_tell` says whether links were used that they have not been told of.
        """
        found = (
            cls.select(cls, Member, fn.EXISTS(OneTimeLink.to_tell(Member.id)).alias("to_tell"))
            .join(Member)
            .where(cls.token_hash == digest(token))
            .where(cls.opened_at > in_days(-SIGN_IN_DAYS), cls.seen_at > in_days(-IDLE_DAYS))
            .first()
        )
        if found is None or found.seen_at <= now() - found.longest_idle:
            return None
        found.token = token
        with db.in_passing():
            found.touch()
        found.member.sign_in, found.member.to_tell = found, found.to_tell
        return found.member

    @classmethod
    def of(cls, member):
        """The browsers that the member is signed in with now, the last used first."""
        rows = cls.select().where(cls.member == member, cls.opened_at > in_days(-SIGN_IN_DAYS))
        rows = list(rows.order_by(cls.seen_at.desc(), cls.id))
        for row in rows:
            row.member = member
        return [row for row in rows if row.seen_at > now() - row.longest_idle]

    @classmethod
    def close_all(cls, member, but=None):
        """Every browser of the member is signed out, but for this row. Returns how many were."""
        PendingSignIn.delete().where(PendingSignIn.member == member).execute()
        return cls.delete().where(cls.member == member, cls.id != (but and but.id)).execute()

    @property
    def longest_idle(self):
        """How long the browser stays signed in without being used."""
        if self.shared:
            return timedelta(hours=SHARED_IDLE_HOURS)
        return timedelta(hours=ORGANIZER_IDLE_HOURS) if self.member.organizer else timedelta(days=IDLE_DAYS)

    def touch(self):
        """At most one write an hour says that the browser is still in use, more where it ends within hours."""
        if self.seen_at < now() - min(timedelta(hours=1), self.longest_idle / 12):
            with db.atomic():
                self.seen_at = now()
                self.save(only=[SignIn.seen_at])
                models.Community.owner_is_here(self.member)

    @property
    def confirmed(self):
        """Whether the member has shown within the last minutes that it is them: what is grave asks for that."""
        return self.confirmed_at > now() - timedelta(minutes=CONFIRMED_MINUTES)

    def confirm(self):
        """The member has just shown again that it is them, by the password or the second factor."""
        self.confirmed_at = now()
        self.save(only=[SignIn.confirmed_at])

    def close(self):
        self.delete_instance()


class PendingSignIn(Base):
    """Somebody has given the password, or holds a link, and still owes the second factor. They are not signed in.

    What they came with waits in the row and counts once the factor was given: the link, the hash of a new password.
    """

    member = ForeignKeyField(Member, on_delete="CASCADE")
    token_hash = CharField(unique=True)
    browser = CharField(default="")
    shared = BooleanField(default=False)
    link = ForeignKeyField(OneTimeLink, null=True, on_delete="CASCADE")
    password_hash = CharField(default="")
    onward = CharField(default="")
    tries = IntegerField(default=0)
    made_at = DateTimeField(default=now)

    kept = Kept(
        N_("A sign-in that waits for your second factor"),
        WHO_SERVER,
        Until(N_("for %(days)s day"), 1, lambda days: PendingSignIn.made_at < in_days(-days)),
        whose=("member",),
        goes_with=("member",),
        facts=("member", "browser", "shared", "link", "onward", "tries", "made_at"),
        secret=("token_hash", "password_hash"),
        secret_rows=True,
    )

    token = None

    @classmethod
    def begin(cls, member, browser="", onward="", **brought):
        """The row that waits for the member's second factor; its `token` goes into the cookie. Old rows are cleared.

        `brought` holds what `SignIn.enter` takes: shared, link, password_hash. `onward` is where they wanted to go.
        """
        token = new_token()
        with db.atomic():
            cls.delete().where(cls.made_at <= cls.oldest()).execute()
            pending = cls.create(
                member=member, token_hash=digest(token), browser=browser[:255], onward=onward[:255], **brought
            )
        pending.token = token
        return pending

    @classmethod
    def find(cls, token):
        """The row that waits in the browser with this token. Raises Refused where there is none, or no longer."""
        pending = cls.get_or_none(cls.token_hash == digest(token or ""), cls.made_at > cls.oldest())
        if pending is None:
            raise Refused(_("That took too long. Please sign in again."))
        return pending

    @staticmethod
    def oldest():
        return now() - timedelta(minutes=PENDING_MINUTES)

    def complete(self, replacing=None):
        """The second factor was given: the member is signed in, and returned. Of two at once, one gets through."""
        with db.atomic():
            if not self.delete_instance():
                raise Refused(_("That took too long. Please sign in again."))
            return SignIn.enter(self.member, self.browser, self.shared, replacing, self.link, self.password_hash)
