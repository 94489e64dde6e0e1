"""Who is here: members, the browsers they are signed in with, and links that work once."""

import hashlib
import secrets
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from email_validator import EmailNotValidError, validate_email
from peewee import CharField, DateTimeField, ForeignKeyField, TextField

from .base import Base, Invalid, NotYours, Refused, db, in_days, now
from .words import _

SESSION_DAYS = 30
LINK_DAYS = 3
SHORTEST_PASSWORD = 10

# 19 MiB and two passes: the first choice of OWASP's password storage sheet for Argon2id.
hasher = PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)

# Checked when an address is unknown, so that a wrong address takes as long as a wrong password.
NOBODY = hasher.hash(secrets.token_hex())


class Member(Base):
    email = CharField(unique=True)
    name = CharField()
    headline = CharField(default="")
    can_help = TextField(default="")
    password_hash = CharField()
    role = CharField(default="member", choices=[("member",) * 2, ("organizer",) * 2, ("owner",) * 2])
    joined_at = DateTimeField(default=now)

    # What flask-login asks of whoever is signed in; `session` is the row that brought them here.
    session = None
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self):
        return self.session.token if self.session else super().get_id()

    @classmethod
    def join(cls, name, email, password, role="member"):
        """A new member. Raises Invalid on a bad address, one already taken, or a weak password."""
        email = clean_email(email)
        with db.atomic():
            if cls.get_or_none(cls.email == email):
                raise Invalid(email=_("Somebody has already joined with this address. Is it you? Then sign in."))
            return cls.create(name=name, email=email, password_hash=hashed(password), role=role)

    @classmethod
    def by_password(cls, email, password):
        """The member with this address and password. Raises Invalid without saying which was wrong."""
        member = cls.get_or_none(cls.email == email.strip().lower())
        try:
            hasher.verify(member.password_hash if member else NOBODY, password)
        except (Argon2Error, InvalidHashError):
            raise Invalid(password=_("That address and password do not go together. Try again.")) from None
        if hasher.check_needs_rehash(member.password_hash):
            member.password_hash = hasher.hash(password)
            member.save(only=[Member.password_hash])
        return member

    @classmethod
    def organizers(cls):
        return cls.select().where(cls.role.in_(["organizer", "owner"])).order_by(cls.id)

    @classmethod
    def search(cls, words):
        found = cls.select().order_by(cls.name, cls.id)
        for word in words.split():
            found = found.where(cls.name.contains(word) | cls.email.contains(word))
        return found

    @property
    def organizer(self):
        return self.role in ("organizer", "owner")

    def catch_up(self):
        """Members have no clock."""

    def introduce(self, name, headline, can_help):
        """The profile says this from now on."""
        self.name, self.headline, self.can_help = name, headline, can_help
        self.save(only=[Member.name, Member.headline, Member.can_help])

    def change_password(self, old, new):
        """The new password counts, and every other browser is signed out."""
        try:
            hasher.verify(self.password_hash, old)
        except (Argon2Error, InvalidHashError):
            raise Invalid(old=_("This is not your present password.")) from None
        self.set_password(new)

    def set_password(self, new):
        self.password_hash = hashed(new)
        with db.atomic():
            self.save(only=[Member.password_hash])
            kept = self.session.id if self.session else None
            Session.delete().where(Session.member == self, Session.id != kept).execute()


class Session(Base):
    """One browser that a member is signed in with. The cookie holds the token, the row its hash."""

    member = ForeignKeyField(Member, backref="sessions", on_delete="CASCADE")
    token_hash = CharField(unique=True)
    browser = CharField(default="")
    opened_at = DateTimeField(default=now)
    seen_at = DateTimeField(default=now)

    token = None

    @classmethod
    def open(cls, member, browser=""):
        """The member is signed in with this browser; `member.session.token` goes into its cookie."""
        token = secrets.token_urlsafe(32)
        member.session = cls.create(member=member, token_hash=digest(token), browser=browser[:255])
        member.session.token = token
        return member

    @classmethod
    def member_for(cls, token):
        """The member whose browser holds this token, or None."""
        found = (
            cls.select(cls, Member)
            .join(Member)
            .where(cls.token_hash == digest(token))
            .where(cls.seen_at > in_days(-SESSION_DAYS))
            .first()
        )
        if found is None:
            return None
        found.token = token
        found.touch()
        found.member.session = found
        return found.member

    def touch(self):
        """At most one write an hour says that the browser is still in use."""
        if self.seen_at < now() - timedelta(hours=1):
            self.seen_at = now()
            self.save(only=[Session.seen_at])

    def close(self):
        self.delete_instance()


class Link(Base):
    """A link that works once: to set up the community, or to sign in and choose a new password."""

    purpose = CharField(choices=[("setup",) * 2, ("sign_in",) * 2])
    token_hash = CharField(unique=True)
    member = ForeignKeyField(Member, null=True, on_delete="CASCADE")
    made_by = ForeignKeyField(Member, null=True, on_delete="SET NULL")
    made_at = DateTimeField(default=now)
    ends_at = DateTimeField()
    used_at = DateTimeField(null=True)

    @classmethod
    def for_setup(cls):
        """The token of a new setup link; the ones printed before stop working."""
        with db.atomic():
            cls.delete().where(cls.purpose == "setup").execute()
            return cls._make("setup")

    @classmethod
    def for_member(cls, member, organizer):
        """The token of a link with which the member signs in once. Organizers make these by hand."""
        if not organizer.organizer:
            raise NotYours(_("Only organizers can make sign-in links."))
        if member.role == "owner" and organizer.role != "owner":
            raise NotYours(_("Only an owner can make a sign-in link for an owner."))
        return cls._make("sign_in", member=member, made_by=organizer)

    @classmethod
    def _make(cls, purpose, **who):
        token = secrets.token_urlsafe(32)
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
        spent = Link.update(used_at=now()).where(Link.id == self.id, Link.used_at.is_null())
        if not spent.execute():
            raise Refused(_("This link has just been used. Ask an organizer for a new one."))

    def sign_in_with(self, password):
        """The link is spent, and its member has this password from now on. Raises Invalid on a weak one."""
        with db.atomic():
            self.use()
            self.member.set_password(password)


def clean_email(text):
    try:
        return validate_email(text, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise Invalid(email=_("This does not look like an email address.")) from None


def hashed(password):
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid(password=_("Please use at least %(count)s characters.", count=SHORTEST_PASSWORD))
    return hasher.hash(password)


def digest(token):
    return hashlib.sha256(token.encode()).hexdigest()
