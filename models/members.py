"""Who is here: members, the browsers they are signed in with, and links that work once."""

import hashlib
import secrets
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from email_validator import EmailNotValidError, validate_email
from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField, TextField

import models

from .base import Base, Invalid, NotYours, Refused, db, in_days, now, remembered
from .blocks import Block
from .events import Notice
from .i18n import N_, _
from .verbs import Record, move

SIGN_IN_DAYS = 30
LINK_DAYS = 3
SHORTEST_PASSWORD = 10

# 19 MiB and two passes: the first choice of OWASP's password storage sheet for Argon2id.
hasher = PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)

ADMITTED = ("new", "member", "trusted")

# Checked when an address is unknown, so that a wrong address takes as long as a wrong password.
NOBODY = hasher.hash(secrets.token_hex())


class Member(Record):
    """A person here. The state is their standing: an applicant, new, a member, trusted, or turned down."""

    noun = "member"

    state = CharField(default="new", index=True)
    email = CharField(unique=True)
    name = CharField()
    headline = CharField(default="")
    can_help = TextField(default="")
    password_hash = CharField()
    role = CharField(default="member", choices=[("member",) * 2, ("organizer",) * 2, ("owner",) * 2])
    employer = CharField(default="")
    answer = TextField(default="")
    invited_by = ForeignKeyField("self", null=True, backref="invited")
    joined_at = DateTimeField(default=now)

    due = None

    # What flask-login asks of whoever is signed in; `session` is the row that brought them here.
    sign_in = None
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self):
        return self.sign_in.token if self.sign_in else super().get_id()

    @classmethod
    def join(cls, name, email, password, role="member", state="new", **columns):
        """A new member. Raises Invalid on a bad address, one already taken, or a weak password."""
        email = clean_email(email)
        if Block.keeps_out(email):
            raise Invalid(email=_("Addresses of this domain cannot join here. Use another one, or ask an organizer."))
        with db.atomic():
            if cls.get_or_none(cls.email == email):
                raise Invalid(email=_("Somebody has already joined with this address. Is it you? Then sign in."))
            member = cls.create(
                name=name, email=email, password_hash=hashed(password), role=role, state=state, **columns
            )
            member.tell(member.log("apply" if state == "applicant" else "join", member, after=state))
            return member

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
        """Those who can act at the desk now; one who is suspended cannot."""
        kept_out = models.Action.keeping_out()
        return cls.select().where(cls.role.in_(["organizer", "owner"]), cls.id.not_in(kept_out)).order_by(cls.id)

    @classmethod
    def search(cls, words):
        found = cls.select().order_by(cls.name, cls.id)
        for word in words.split():
            found = found.where(cls.name.contains(word) | cls.email.contains(word))
        return found

    @property
    def organizer(self):
        return self.role in ("organizer", "owner")

    def must_be_organizer(self):
        """Raises NotYours unless the member is an organizer now, not only when they signed in."""
        self.reload()
        if not self.organizer:
            raise NotYours(_("Only organizers can do this."))

    @remembered
    def unread(self):
        """The notices that the member has not read yet, oldest first, with no more than what each is about."""
        return list(Notice.unread(self).select(Notice.id, Notice.claim, Notice.referral).order_by(Notice.id))

    @remembered
    def takes_money(self):
        """Whether the member has an account that money can go to."""
        return models.PayoutAccount.takes_money(self)

    @classmethod
    def know_who_takes_money(cls, members):
        """Reads `takes_money` of all these members in one statement."""
        account = models.PayoutAccount
        ready = account.select(account.member).where(account.ready, account.member.in_(members))
        ids = {account.member_id for account in ready}
        for member in members:
            cls.takes_money.keep(member, member.id in ids)

    @remembered
    def fellows(self):
        """The ids of the other organizers who can act at the desk now."""
        return {organizer.id for organizer in Member.organizers()} - {self.id}

    @remembered
    def places(self):
        """The keys of the employers that the member has to do with."""
        posted = self.referrals.where(models.Referral.connection != "knows_of")
        return {models.key_of(name) for name in (self.employer, *(referral.employer for referral in posted)) if name}

    # Standing

    @classmethod
    def applicants(cls):
        return cls.select().where(cls.state == "applicant").order_by(cls.id)

    @property
    def admitted(self):
        return self.state in ADMITTED

    @property
    def may_invite(self):
        return (self.state == "trusted" or self.organizer) and not self.kept_out

    @move(
        "applicant",
        "declined",
        to="new",
        by="organizer",
        says=N_("%(actor)s let a member in"),
        tells=N_("Welcome! %(actor)s let you in."),
    )
    def admit(self, organizer):
        pass

    @move(
        "applicant",
        to="declined",
        by="organizer",
        reason="required",
        says=N_("%(actor)s turned an application down"),
        tells=N_("%(actor)s turned your application down and says why."),
    )
    def turn_down(self, organizer):
        pass

    @move("new", to="member", by="clock", says=N_("A member is no longer new: their first posting was published"))
    def settle_in(self):
        pass

    @move(
        "new",
        "member",
        to="trusted",
        by="organizer",
        says=N_("%(actor)s trusted a member"),
        tells=N_("%(actor)s trusts you: your postings skip the review, and you may invite others."),
    )
    def trust(self, organizer):
        pass

    @move(
        "trusted",
        to="member",
        by="organizer",
        reason="required",
        says=N_("%(actor)s withdrew the trust in a member"),
        tells=N_("%(actor)s has withdrawn the trust they gave you and says why."),
    )
    def distrust(self, organizer):
        pass

    @move(
        "new",
        "member",
        "trusted",
        by="owner",
        unless="not_appointable",
        says=N_("%(actor)s appointed an organizer"),
        tells=N_("%(actor)s appointed you an organizer. The desk is yours to look after."),
    )
    def appoint(self, owner):
        self.role = "organizer"
        return self.state

    def not_appointable(self):
        if self.kept_out:
            return _("%(name)s is suspended at present.", name=self.name)
        return _("%(name)s is an organizer already.", name=self.name) if self.organizer else None

    @move(
        "new",
        "member",
        "trusted",
        by="owner",
        unless="owner_already",
        says=N_("%(actor)s made another member an owner"),
        tells=N_("%(actor)s made you an owner of this community."),
    )
    def make_owner(self, owner):
        self.role = "owner"
        return self.state

    def owner_already(self):
        return _("%(name)s is an owner already.", name=self.name) if self.role == "owner" else None

    @move(
        "new",
        "member",
        "trusted",
        by="owner",
        unless="not_dismissable",
        reason="required",
        says=N_("%(actor)s dismissed an organizer"),
        tells=N_("%(actor)s has ended your time as an organizer. Thank you for your work."),
    )
    def dismiss(self, owner):
        self.role = "member"
        return self.state

    def not_dismissable(self):
        if not self.organizer:
            return _("%(name)s is not an organizer.", name=self.name)
        if self.role == "owner" and Member.select().where(Member.role == "owner").count() == 1:
            return _("The last owner cannot leave: make somebody else an owner first.")
        return None

    def roles(self, actor):
        if actor is None:
            return {"clock"}
        roles = {"self"} if actor == self else {"organizer"} if actor.organizer else set()
        return roles | {"owner"} if actor.role == "owner" else roles

    def about(self):
        return {"member": self}

    def concerned(self, event):
        return Member.organizers() if event.verb == "member.apply" else [self]

    def waits_for(self, member):
        return self.state == "applicant" and member.organizer

    @remembered
    def kept_out(self):
        """What keeps this member out at present: the newest suspension or ban, or None."""
        return models.Action.in_force(self, "suspended", "banned")

    def must_not_be_silenced(self):
        """Raises NotYours while an organizer's action says that this member cannot write here."""
        if models.Action.in_force(self, "silenced", "suspended", "banned"):
            raise NotYours(
                _("An organizer has silenced you for a time. Your account page says why, and how to appeal.")
            )

    # Profile

    def introduce(self, **columns):
        """The profile says this from now on. Raises Refused if it is no longer as the member was shown it."""
        with db.atomic():
            self.reload()
            self.must_be_as_expected()
            for name, value in columns.items():
                setattr(self, name, value)
            self.version += 1
            self.save(only=[*columns, "version"])

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
            kept = self.sign_in.id if self.sign_in else None
            SignIn.delete().where(SignIn.member == self, SignIn.id != kept).execute()


Member.announce(
    "link",
    N_("%(actor)s made a sign-in link for a member"),
    N_("%(actor)s made a sign-in link for you. If you did not ask for one, tell another organizer."),
    logged=True,
)
Member.announce("join", N_("%(actor)s joined"), None)
Member.announce("apply", N_("%(actor)s applied to join"), N_("%(actor)s would like to join."))


class SignIn(Base):
    """One browser that a member is signed in with. The cookie holds the token, the row its hash."""

    member = ForeignKeyField(Member, backref="sign_ins", on_delete="CASCADE")
    token_hash = CharField(unique=True)
    browser = CharField(default="")
    opened_at = DateTimeField(default=now)
    seen_at = DateTimeField(default=now)

    token = None

    @classmethod
    def open(cls, member, browser=""):
        """The member is signed in with this browser; `member.sign_in.token` goes into its cookie."""
        token = secrets.token_urlsafe(32)
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

    token = None

    @classmethod
    def make(cls, member, note="", uses=1, days=14):
        """A new invitation; its `token` is known this once. Raises NotYours for those who may not invite."""
        if not member.may_invite:
            raise NotYours(_("Trusted members and organizers can invite. You are not one of them yet."))
        token = secrets.token_urlsafe(24)
        with db.atomic():
            made = cls.create(by=member, note=note, token_hash=digest(token), uses_left=uses, due=in_days(days))
            made.log("make", member, after="open")
        made.token = token
        return made

    @classmethod
    def find(cls, token):
        """The invitation, while it works. Raises Refused afterwards."""
        found = cls.get_or_none(cls.token_hash == digest(token))
        if found:
            found.catch_up()
        if found is None or found.state != "open" or not found.by.may_invite:
            raise Refused(_("This invitation has ended. Ask whoever sent it for a new one."))
        return found

    @classmethod
    def of(cls, member):
        return cls.select().where(cls.by == member).order_by(cls.id.desc())

    @move("open", by="clock", says=N_("An invitation was used"))
    def use(self):
        self.uses_left -= 1
        self.due = self.due if self.uses_left else None
        return "open" if self.uses_left else "used"

    @move("open", to="ended", by=("inviter", "organizer"), says=N_("%(actor)s ended an invitation"))
    def end(self, member):
        self.due = None

    @move("open", to="over", by="clock", says=N_("An invitation ran out"))
    def expire(self):
        self.due = None

    def join(self, name, email, password):
        """Somebody joins with this invitation, whatever the door says."""
        with db.atomic():
            self.use()
            return Member.join(name, email, password, state="new", invited_by=self.by)

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
        return []

    def waits_for(self, member):
        return False


Invitation.announce("make", N_("%(actor)s made an invitation"), None)


class OneTimeLink(Base):
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
        organizer.must_be_organizer()
        if member.role == "owner" and organizer.role != "owner":
            raise NotYours(_("Only an owner can make a sign-in link for an owner."))
        with db.atomic():
            member.tell(member.log("link", organizer))
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
        spent = OneTimeLink.update(used_at=now()).where(OneTimeLink.id == self.id, OneTimeLink.used_at.is_null())
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
