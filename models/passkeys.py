"""Passkeys: a phone, a computer or a stick holds a key for a member, and signs a challenge of ours with it."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField

from .base import Base, Refused, db, in_days, now
from .factors import RecoveryCode, changed, needs_factor
from .i18n import N_, _
from .keeping import WHO_SELF, WHO_SERVER, WITH_ACCOUNT, Kept, Until
from .links import digest
from .members import Member

CHALLENGE_MINUTES = 5
MOST_PASSKEYS = 20


@dataclass(frozen=True)
class Party:
    """For whom a passkey signs: the host that it belongs to, the origin of our pages, and the name that is shown."""

    host: str
    origin: str
    name: str


class Challenge(Base):
    """What a passkey is to sign, once, within five minutes, in the browser that was given the token."""

    token_hash = CharField(unique=True)
    purpose = CharField()
    member = ForeignKeyField(Member, null=True, on_delete="CASCADE")
    challenge = CharField()
    handle = CharField(default="")
    ends_at = DateTimeField()

    kept = Kept(
        N_("What your passkey is asked to sign when you sign in"),
        WHO_SERVER,
        Until(N_("for a few minutes, at most %(days)s day"), 1, lambda days: Challenge.ends_at < in_days(-days)),
        goes_with=("member",),
        facts=("ends_at",),
        internal=("purpose", "member"),
        secret=("token_hash", "challenge", "handle"),
        secret_rows=True,
    )

    token = None

    @classmethod
    def make(cls, purpose, member=None, handle=""):
        """A new challenge; what is too old goes. `purpose` is "add", "second_step" or "sign_in"."""
        token = secrets.token_urlsafe(32)
        values = {"challenge": secrets.token_hex(32), "ends_at": now() + timedelta(minutes=CHALLENGE_MINUTES)}
        with db.atomic():
            cls.delete().where(cls.ends_at <= now()).execute()
            made = cls.create(token_hash=digest(token), purpose=purpose, member=member, handle=handle, **values)
        made.token = token
        return made

    @classmethod
    def take(cls, token, purpose, member=None):
        """The challenge of this browser, which is spent with this. Raises Refused where there is none."""
        whose = cls.member == member if member else cls.member.is_null()
        found = cls.get_or_none(cls.token_hash == digest(token or ""), cls.purpose == purpose, whose)
        if found is None or found.ends_at <= now() or not found.delete_instance():
            raise Refused(_("That took too long. Please try again."))
        return found

    @property
    def bytes(self):
        return bytes.fromhex(self.challenge)


class Passkey(Base):
    """One passkey of a member. It works at the host that it was made for, and nowhere else."""

    member = ForeignKeyField(Member, backref="passkeys", on_delete="CASCADE")
    name = CharField()
    host = CharField()
    credential = CharField(unique=True)
    public_key = CharField()
    handle = CharField()
    sign_count = IntegerField(default=0)
    made_at = DateTimeField(default=now)
    used_at = DateTimeField(null=True)

    kept = Kept(
        N_("Your passkeys, and when you used them last"),
        WHO_SELF,
        WITH_ACCOUNT,
        whose=("member",),
        goes_with=("member",),
        private={"member": ("name",)},
        facts=("member", "host", "sign_count", "made_at", "used_at"),
        secret=("credential", "public_key", "handle"),
        secret_rows=True,
    )

    @classmethod
    def of(cls, member):
        return cls.select().where(cls.member == member).order_by(cls.id)

    @classmethod
    def offer(cls, member, party):
        """The challenge for a new passkey, and what the browser needs to make one, as JSON."""
        from webauthn import generate_registration_options, options_to_json
        from webauthn.helpers import base64url_to_bytes
        from webauthn.helpers.structs import AuthenticatorSelectionCriteria, ResidentKeyRequirement

        known = list(cls.of(member))
        challenge = Challenge.make("add", member, known[0].handle if known else secrets.token_urlsafe(32))
        options = generate_registration_options(
            rp_id=party.host,
            rp_name=party.name,
            user_id=base64url_to_bytes(challenge.handle),
            user_name=member.email,
            user_display_name=member.name,
            challenge=challenge.bytes,
            authenticator_selection=AuthenticatorSelectionCriteria(resident_key=ResidentKeyRequirement.PREFERRED),
            exclude_credentials=descriptors(known),
        )
        return challenge, options_to_json(options)

    @classmethod
    def add(cls, member, name, answer, challenge, party):
        """The member has this passkey from now on, which the browser made as `answer` (JSON).

        Returns ten recovery codes if it is the member's first factor, else None. Raises Invalid or Refused.
        """
        from webauthn import verify_registration_response
        from webauthn.helpers import bytes_to_base64url

        made = verified(verify_registration_response, answer, challenge, party)
        columns = {
            "credential": bytes_to_base64url(made.credential_id),
            "public_key": bytes_to_base64url(made.credential_public_key),
            "sign_count": made.sign_count,
        }
        with db.atomic():
            if cls.get_or_none(cls.credential == columns["credential"]):
                raise Refused(_("This passkey is in use already."))
            if cls.of(member).count() >= MOST_PASSKEYS:
                raise Refused(_("You have %(count)s passkeys. Remove one first.", count=MOST_PASSKEYS))
            first = not needs_factor(member)
            cls.create(member=member, name=name, host=party.host, handle=challenge.handle, **columns)
            changed(member, "passkey_added")
            return RecoveryCode.make(member) if first else None

    @classmethod
    def ask(cls, purpose, party, member=None):
        """The challenge for a passkey that is there already, and what the browser needs to use it, as JSON.

        Without a member the browser offers whatever passkeys it has for us, and asks who is there by its own means.
        """
        from webauthn import generate_authentication_options, options_to_json
        from webauthn.helpers.structs import UserVerificationRequirement

        alone = member is None
        challenge = Challenge.make(purpose, member)
        options = generate_authentication_options(
            rp_id=party.host,
            challenge=challenge.bytes,
            allow_credentials=[] if alone else descriptors(cls.of(member).where(cls.host == party.host)),
            user_verification=UserVerificationRequirement.REQUIRED if alone else UserVerificationRequirement.PREFERRED,
        )
        return challenge, options_to_json(options)

    @classmethod
    def used(cls, answer, challenge, party):
        """The passkey that signed the challenge. `answer` (JSON) is what the browser says of it. Raises Refused.

        Where the challenge was for nobody in particular, the passkey has asked who is there: a finger, a face, a PIN.
        """
        from webauthn import verify_authentication_response
        from webauthn.helpers import base64url_to_bytes, parse_authentication_credential_json

        credential = understood(parse_authentication_credential_json, answer)
        found = cls.get_or_none(cls.credential == credential.id, cls.host == party.host)
        if found is None or challenge.member_id not in (None, found.member_id):
            raise unknown()
        handle = credential.response.user_handle  # Some leave it out where we have said who is to be there.
        if handle != base64url_to_bytes(found.handle) and (handle or challenge.member_id is None):
            raise unknown()
        result = verified(
            verify_authentication_response,
            credential,
            challenge,
            party,
            credential_public_key=base64url_to_bytes(found.public_key),
            credential_current_sign_count=found.sign_count,
            require_user_verification=challenge.member_id is None,
        )
        found._count(result.new_sign_count)
        return found

    def _count(self, count):
        """It was used once more. Raises Refused where it was used elsewhere at the same moment."""
        unchanged = (Passkey.id == self.id) & (Passkey.sign_count == self.sign_count)
        if not Passkey.update(sign_count=count, used_at=now()).where(unchanged).execute():
            raise unknown()

    def remove(self, member):
        """The passkey signs its member in no more."""
        with db.atomic():
            self.delete_instance()
            changed(member, "passkey_removed")


def descriptors(passkeys):
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(passkey.credential)) for passkey in passkeys]


def verified(verify, answer, challenge, party, **more):
    """What the library finds out about an answer of the browser. Raises Refused where anything in it is wrong."""
    return understood(
        verify,
        credential=answer,
        expected_challenge=challenge.bytes,
        expected_rp_id=party.host,
        expected_origin=party.origin,
        **more,
    )


def understood(read, *answer, **values):
    try:
        return read(*answer, **values)
    except Exception:  # Whatever is wrong with it: these are bytes from outside, read by three libraries.
        raise unknown() from None


def unknown():
    return Refused(_("This passkey does not fit. Try again, or use another way."))
