"""The community as merchant of record, and the accounts at Stripe on which its helpers are paid."""

import secrets
from datetime import timedelta

from peewee import SQL, BooleanField, CharField, DateTimeField, ForeignKeyField, IntegerField, JSONField, fn

import models

from .base import Base, Refused, clock, db, now
from .community import Community, Policy
from .i18n import _
from .members import Member

# What can stand in the way once the key itself is good; while `problem` is set, no money moves at all.
UNREADY = ("no_secret", "no_charges", "no_connect", "other_currency", "currency")
HIGHEST_FEE = 30  # Percent.
# Stripe forgets idempotency keys after a day: an answer that is older is looked for, not asked for again.
KEY_HOURS = 23


def new_key():
    """An idempotency key that no other call has, in whichever copy of the database."""
    return f"golem:{secrets.token_hex(16)}"


def fresh_key():
    """The columns of a call that is made anew."""
    return {"key": new_key(), "key_at": now()}


class Merchant(Base):
    """The community's account at Stripe as it was when it was last looked at. There is one row."""

    account = CharField(default="")
    country = CharField(default="")
    currency = CharField(default="")
    live = BooleanField(null=True)
    charges = BooleanField(default=False)
    connect = BooleanField(default=False)
    smallest = IntegerField(null=True)
    problem = CharField(default="")
    checked_at = DateTimeField(null=True)
    secret = BooleanField(default=False)
    heard_at = DateTimeField(null=True)
    reconciled_at = DateTimeField(null=True)
    events_since = IntegerField(default=0)
    accepted_by = ForeignKeyField(Member, null=True)
    accepted_at = DateTimeField(null=True)

    @classmethod
    def current(cls):
        return cls.select().first() or cls.create()

    def store(self, **columns):
        Merchant.update(**columns).where(Merchant.id == self.id).execute()
        self.reload()

    @property
    def on(self):
        """Whether new agreements are paid through Stripe."""
        policy = Policy.current()
        return bool(policy) and policy.settlement == "stripe"

    @property
    def missing(self):
        """The codes of all that stands in the way, most urgent first."""
        if self.problem:
            return [self.problem]
        if not self.checked_at:
            return ["not_checked"]
        ours = Community.current().currency
        wrong = {
            "no_secret": not self.secret,
            "no_charges": not self.charges,
            "no_connect": not self.connect,
            "currency": self.smallest is None,
            "other_currency": self.currency != ours,
        }
        return [code for code in UNREADY if wrong[code]]

    def apply_check(self, facts, secret):
        """What a look at the account has shown; once members count on it, another account or mode is a problem."""
        problem = ""
        if self.accepted_at and facts["account"] != self.account:
            problem = "other_account"
        elif self.accepted_at and facts["live"] != self.live:
            problem = "other_mode"
        if problem:
            self.store(problem=problem, checked_at=now(), secret=secret)
        else:
            self.store(problem="", checked_at=now(), secret=secret, **facts)

    def turn_on(self, organizer, fee_percent=0, fee_cap=0):
        """From now on new agreements are paid through Stripe. Raises Refused while something is missing."""
        with db.atomic():
            self.reload()
            organizer.must_be_organizer()
            if self.missing:
                raise Refused(_("Something is still missing. Read what stands above."))
            if not self.accepted_at:
                self.store(accepted_by=organizer, accepted_at=now(), events_since=int(clock().timestamp()))
            Policy.current().change(organizer, settlement="stripe", fee_percent=fee_percent, fee_cap=fee_cap)

    def turn_off(self, organizer):
        """New agreements are settled between the two sides again. What was agreed before goes on as agreed."""
        Policy.current().change(organizer, settlement="offline")


class PayoutAccount(Base):
    """A helper's own account at Stripe, to which the community passes on what was paid for their help.

    `key` is that of the call by which it is opened, made at `key_at`. `former` are the ids of accounts that it had.
    """

    member = ForeignKeyField(Member, backref="payout_accounts", unique=True)
    key = CharField(unique=True, default=new_key)
    key_at = DateTimeField(default=now)
    account = CharField(default="", index=True)
    former = JSONField(default=list, constraints=[SQL("DEFAULT '[]'")])
    ready = BooleanField(default=False)
    missing = JSONField(default=list)
    checked_at = DateTimeField(null=True)

    @classmethod
    def of(cls, member):
        with db.atomic():
            return cls.get_or_none(cls.member == member) or cls.create(member=member)

    @classmethod
    def takes_money(cls, member):
        return cls.select().where(cls.member == member, cls.ready).exists()

    @classmethod
    def waited_for(cls):
        """Accounts that are not ready yet while money waits for them."""
        claim, pledge = models.Claim, models.Pledge
        helped = claim.select(claim.helper).join(pledge).where(pledge.state == "resting")
        return cls.select().where(cls.account != "", ~cls.ready, cls.member.in_(helped))

    @property
    def wishes(self):
        """What Stripe is told when the account is opened."""
        member, merchant = self.member, Merchant.current()
        return {"email": member.email, "name": member.name, "country": merchant.country, "currency": merchant.currency}

    @property
    def key_is_old(self):
        return self.key_at <= now() - timedelta(hours=KEY_HOURS)

    def renew_key(self, old):
        """The account is asked for anew, unless somebody else has begun that since `old` was the key."""
        renewed = PayoutAccount.update(**fresh_key()).where(PayoutAccount.id == self.id, PayoutAccount.key == old)
        renewed.execute()
        self.reload()

    @classmethod
    def having(cls, account):
        """Those whose account at Stripe this is, or was."""
        return cls.select().where((cls.account == account) | (fn.INSTR(cls.former, f'"{account}"') > 0))

    def store(self, **columns):
        """The account is so. Returns whether it has become ready by that."""
        with db.atomic():
            self.reload()
            became_ready = columns.get("ready", False) and not self.ready
            changes = {"checked_at": now(), **columns}
            PayoutAccount.update(**changes).where(PayoutAccount.id == self.id).execute()
            self.reload()
            return became_ready

    def close(self):
        """The helper has cut the account off: another can be opened."""
        former = [*self.former, self.account] if self.account else self.former
        self.store(account="", ready=False, missing=[], former=former, **fresh_key())
