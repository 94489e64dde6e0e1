"""The second step of signing in: codes from an app, and recovery codes. Passkeys have a file of their own."""

import re
import secrets
from datetime import timedelta
from hmac import compare_digest

import pyotp
from peewee import BooleanField, CharField, DateTimeField, ForeignKeyField, IntegerField

import models

from . import base
from .base import Base, Invalid, Refused, db, now
from .i18n import N_, _
from .keeping import WHO_SELF, WITH_ACCOUNT, Kept
from .links import OneTimeLink, digest
from .members import Member
from .sealing import seal, unseal
from .sign_ins import SignIn

RECOVERY_CODES = 10
SECOND_STEP_TRIES = 5
WAITING_MINUTES = 60

# Crockford's alphabet: no letter in it can be taken for a digit.
LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
TAKEN_FOR_DIGITS = str.maketrans("oil", "011")


class Authenticator(Base):
    """An app on the member's phone that shows a new code every half minute.

    There is one that counts, and at most one more that waits for its first code.
    """

    member = ForeignKeyField(Member, backref="authenticators", on_delete="CASCADE")
    secret = CharField()
    confirmed = BooleanField(default=False)
    last_step = IntegerField(default=0)
    made_at = DateTimeField(default=now)

    kept = Kept(
        N_("Since when an app on your phone shows codes for you"),
        WHO_SELF,
        WITH_ACCOUNT,
        whose=("member",),
        goes_with=("member",),
        facts=("member", "confirmed", "made_at"),
        secret=("secret", "last_step"),
        secret_rows=True,
    )

    class Meta:
        indexes = ((("member", "confirmed"), True),)

    @classmethod
    def begin(cls, member):
        """A new secret, which counts once `confirm` was given a code of it. One that waited before is forgotten."""
        with db.atomic():
            cls.delete().where(cls.member == member, ~cls.confirmed).execute()
            return cls.create(member=member, secret=seal(pyotp.random_base32(), purpose_of(member)))

    @classmethod
    def waiting(cls, member):
        """The secret that waits for its first code, for an hour at most, or None."""
        lately = cls.made_at > now() - timedelta(minutes=WAITING_MINUTES)
        return cls.get_or_none(cls.member == member, ~cls.confirmed, lately)

    @classmethod
    def counting(cls, member):
        """A query for the app whose codes count."""
        return cls.select().where(cls.member == member, cls.confirmed)

    @classmethod
    def of(cls, member):
        """The app whose codes count, or None."""
        return cls.counting(member).first()

    @property
    def shown_secret(self):
        """The secret to type into the app, while no code has confirmed it. Afterwards nobody is shown it again."""
        return None if self.confirmed else self._secret

    def address(self, issuer):
        """What the QR code says: the secret with the names that the app shows beside its codes."""
        return pyotp.TOTP(self.shown_secret, name=self.member.email, issuer=issuer).provisioning_uri()

    def confirm(self, member, code):
        """The app counts from now on, instead of one before it.

        Returns ten recovery codes if it is the member's first factor, else None. Raises Invalid.
        """
        with db.atomic():
            self.spend(code)
            first = not needs_factor(member)
            Authenticator.delete().where(Authenticator.member == member, Authenticator.confirmed).execute()
            Authenticator.update(confirmed=True).where(Authenticator.id == self.id).execute()
            changed(member, "app_set")
            return RecoveryCode.make(member) if first else None

    def spend(self, code):
        """The code is used up, and so is every older one. Raises Invalid where it does not fit or was used before."""
        app, step = Authenticator, self._step_of(cleaned(code))
        unused = (app.last_step < step) | (app.last_step > present_step() + 1)  # Or the clock was ahead for a while.
        if step is None or not app.update(last_step=step).where(app.id == self.id, unused).execute():
            raise does_not_fit()

    def _step_of(self, code):
        """The half minute whose code this is, of the present one and those beside it; None for any other code."""
        if (secret := self._secret) is None:
            return None
        app, present = pyotp.TOTP(secret), present_step()
        for step in (present - 1, present, present + 1):
            if compare_digest(app.generate_otp(step).encode(), code.encode()):
                return step
        return None

    @property
    def _secret(self):
        return unseal(self.secret, purpose_of(self.member_id))

    def remove(self, member):
        """The member signs in without the app from now on."""
        with db.atomic():
            self.delete_instance()
            changed(member, "app_removed")


class RecoveryCode(Base):
    """A code that stands in once for a phone or a passkey that is not at hand. Only its hash is kept."""

    member = ForeignKeyField(Member, backref="recovery_codes", on_delete="CASCADE")
    code_hash = CharField(unique=True)
    used_at = DateTimeField(null=True)

    kept = Kept(
        N_("When you used a recovery code"),
        WHO_SELF,
        WITH_ACCOUNT,
        whose=("member",),
        goes_with=("member",),
        facts=("member", "used_at"),
        secret=("code_hash",),
        secret_rows=True,
    )

    @classmethod
    def renew(cls, member):
        """Makes ten new codes, and returns them; those from before stop working. Raises Refused without a factor."""
        with db.atomic():
            if not needs_factor(member):
                raise Refused(_("Set up an app or a passkey first."))
            codes = cls.make(member)
            changed(member, "codes_made")
        return codes

    @classmethod
    def make(cls, member):
        """The member has these ten codes from now on, and no others. They are known this once."""
        codes = [made_up() for _number in range(RECOVERY_CODES)]
        cls.delete().where(cls.member == member).execute()
        cls.insert_many([{"member": member, "code_hash": digest(cleaned(code))} for code in codes]).execute()
        return codes

    @classmethod
    def left(cls, member):
        """The codes of the member that were not used yet."""
        return cls.select().where(cls.member == member, cls.used_at.is_null())

    @classmethod
    def spend(cls, member, code):
        """The code is used up. Raises Invalid where it is none of the member's, or was used before."""
        fits = (cls.member == member) & (cls.code_hash == digest(cleaned(code))) & cls.used_at.is_null()
        with db.atomic():
            if not cls.update(used_at=now()).where(fits).execute():
                raise does_not_fit()
            member.notify(member, "member.code_used")


def give_code(pending, code, replacing=None):
    """The second step, by a code from the app or a recovery code: the member is signed in, and returned.

    `replacing` is the sign-in that this browser had before. Raises Invalid, or Refused after five tries.
    """
    try_once(pending)
    member, code = pending.member, cleaned(code)
    if re.fullmatch("[0-9]{6}", code):
        if (app := Authenticator.of(member)) is None:
            raise does_not_fit()
        app.spend(code)
    else:
        RecoveryCode.spend(member, code)
    return pending.complete(replacing)


def give_passkey(pending, answer, challenge, party, replacing=None):
    """The second step, by one of the member's passkeys: the member is signed in, and returned. Raises Refused."""
    try_once(pending)
    models.Passkey.used(answer, challenge, party)
    return pending.complete(replacing)


def try_once(pending):
    """One more try, counted before it is looked at: many at once are no more than one after the other."""
    row = type(pending)
    more = row.update(tries=row.tries + 1).where(row.id == pending.id, row.tries < SECOND_STEP_TRIES)
    if not more.execute():
        pending.delete_instance()
        raise Refused(_("That was tried too often. Please sign in again."))


def needs_factor(member):
    """Whether the member has a factor, and so is asked for it when signing in. Recovery codes alone are none."""
    return Authenticator.counting(member).exists() or models.Passkey.of(member).exists()


def changed(member, what):
    """What follows when a member has set up or removed a second step, within the transaction of that.

    They are told, also by letter, their other browsers are signed out, and open links and half-taken steps end. Where
    no factor is left, the recovery codes go too, and the desk asks an organizer for a factor at once.
    """
    member.reload()
    left = needs_factor(member)
    if not left:
        RecoveryCode.delete().where(RecoveryCode.member == member).execute()
    member.ask_for_factor(None if left or not member.organizer else member.factor_due or now())
    member.close_other_ways_in()
    member.notify(member, f"member.{what}")
    models.Letter.warn("factor_changed", member)


def forget_factors(member):
    """Nothing is left of the member's second step, within the transaction of whoever resets it; nobody stays signed in.

    The member is not saved: that is up to the caller.
    """
    for table in (Authenticator, models.Passkey, RecoveryCode):
        table.delete().where(table.member == member).execute()
    member.factor_due = now() if member.organizer else None
    SignIn.close_all(member)
    OneTimeLink.end_open(member)
    models.Letter.warn("factor_changed", member)


def present_step():
    """The number of the present half minute."""
    return int(base.clock().timestamp()) // 30


def does_not_fit():
    return Invalid(code=_("This code does not fit. Wait for the next one, and try again."))


def cleaned(code):
    """What was typed, without the spaces and dashes of printed codes, and with digits for the letters like them."""
    return re.sub(r"[\s-]", "", code or "").lower()[:100].translate(TAKEN_FOR_DIGITS)


def made_up():
    """A new recovery code, of 120 bits: so many that a plain hash of it tells nothing."""
    letters = "".join(secrets.choice(LETTERS) for _letter in range(24))
    return "-".join(letters[start : start + 4] for start in range(0, 24, 4))


def purpose_of(member):
    """What a secret is sealed for: nobody can put one member's secret into another member's row."""
    return f"authenticator of {getattr(member, 'id', member)}"


for what, says in {
    "app_set": N_("You set up an app for the second step of signing in. If it was not you, tell an organizer."),
    "app_removed": N_("You removed the app for the second step of signing in. If it was not you, tell an organizer."),
    "passkey_added": N_("You added a passkey to sign in with. If it was not you, tell an organizer."),
    "passkey_removed": N_("You removed a passkey. If it was not you, tell an organizer."),
    "codes_made": N_("You made new recovery codes. If it was not you, tell an organizer."),
    "code_used": N_("A recovery code was used to sign in. If it was not you, tell an organizer."),
}.items():
    Member.announce(what, None, says)
