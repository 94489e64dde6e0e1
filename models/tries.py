"""Who tried to sign in as a member, and the browsers in which the member has signed in before."""

from peewee import BooleanField, CharField, DateTimeField, ForeignKeyField

from .base import Base, db, in_days, now
from .i18n import N_
from .keeping import WHO_SELF, Kept, Until
from .members import Member
from .tokens import digest, new_token

TRY_DAYS = 90
NOBODYS_TRY_DAYS = 1
KNOWN_DAYS = 365


class SignInTry(Base):
    """Somebody tried to sign in. Where nobody has the address that was typed the row is nobody's, and soon goes.

    `network` says about where it came from: never a whole address.
    """

    member = ForeignKeyField(Member, null=True, on_delete="CASCADE")
    succeeded = BooleanField()
    browser = CharField(default="")
    network = CharField(default="")
    at = DateTimeField(default=now)

    kept = Kept(
        N_("When you signed in, or somebody tried to"),
        WHO_SELF,
        Until(
            N_("for %(days)s days"),
            TRY_DAYS,
            lambda days: (
                (SignInTry.at < in_days(-days))
                | (SignInTry.member.is_null() & (SignInTry.at < in_days(-NOBODYS_TRY_DAYS)))
            ),
        ),
        whose=("member",),
        goes_with=("member",),
        facts=("member", "succeeded", "browser", "network", "at"),
    )

    @classmethod
    def note_success(cls, member, browser, network):
        cls.create(member=member, succeeded=True, browser=browser, network=network)

    @classmethod
    def note_failure(cls, email, browser, network):
        """Writes down a try that failed. Returns the id of the member who has this address, or None.

        It takes as long whether or not anybody has the address.
        """
        member = Member.get_or_none(Member.email == email)
        cls.create(member=member, succeeded=False, browser=browser, network=network)
        return member and member.id

    @classmethod
    def of(cls, member):
        """The tries at this member's account, newest first."""
        return cls.select().where(cls.member == member).order_by(cls.id.desc())


class KnownBrowser(Base):
    """A browser in which a member has signed in. There, strangers who guess at the account do not shut them out.

    A cookie of its own holds the token, the row its hash. A change of password ends them all.
    """

    member = ForeignKeyField(Member, on_delete="CASCADE")
    token_hash = CharField()
    used_at = DateTimeField(default=now)

    kept = Kept(
        N_("The browsers in which you have signed in before"),
        WHO_SELF,
        Until(
            N_("until you change your password, or for %(days)s days after you last signed in there"),
            KNOWN_DAYS,
            lambda days: KnownBrowser.used_at < in_days(-days),
        ),
        whose=("member",),
        goes_with=("member",),
        facts=("member", "used_at"),
        secret=("token_hash",),
        secret_rows=True,
    )

    class Meta:
        indexes = ((("token_hash", "member"), True),)

    @classmethod
    def remember(cls, member, token):
        """The browser that held this token, if any, is known to the member. Returns the token that it holds now.

        It stays known to whoever else has signed in there; the token before is worth nothing any more.
        """
        following = new_token()
        with db.atomic():
            cls.update(token_hash=digest(following)).where(cls.token_hash == digest(token)).execute()
            mine = cls.update(used_at=now()).where(cls.token_hash == digest(following), cls.member == member)
            if not mine.execute():
                cls.create(member=member, token_hash=digest(following))
        return following

    @classmethod
    def find(cls, email, token):
        """The row that says that the member with this address has signed in lately in the browser with this token.

        It stays the same while others sign in there and the token changes. None where there is none.
        """
        known = cls.select().join(Member).where(Member.email == email, cls.token_hash == digest(token))
        return known.where(cls.used_at > in_days(-KNOWN_DAYS)).first()

    @classmethod
    def forget(cls, member):
        cls.delete().where(cls.member == member).execute()
