"""The community as merchant of record, and the accounts at Stripe on which its helpers are paid."""

import secrets
from datetime import timedelta

from peewee import SQL, BooleanField, CharField, DateTimeField, ForeignKeyField, IntegerField, JSONField, fn

import models

from .base import Base, Invalid, Refused, clock, db, now
from .community import Community, Policy
from .events import announce
from .i18n import N_, _
from .keeping import FOR_GOOD, OF_THE_COMMUNITY, WHO_ORGANIZERS, WHO_SELF, Kept
from .members import Member

# What can stand in the way once the key itself is good; while `problem` is set, no money moves at all.
UNREADY = ("no_secret", "no_charges", "no_connect", "other_currency", "currency")
HIGHEST_FEE = 30  # Percent.
# Among these, money can go to an account in any other: https://docs.stripe.com/connect/cross-border-payouts#availability
CROSS_BORDER = (
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT"),
    *("LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
    *("CA", "CH", "GB", "US"),
)
# Where a community can pay helpers at all, elsewhere only those in its own country:
# https://docs.stripe.com/connect/separate-charges-and-transfers
PAYOUT_COUNTRIES = (*CROSS_BORDER, "AE", "AU", "BR", "JP", "MX", "MY", "NZ", "SG")
HOLDS_DAYS = {"TH": 10, "US": 730}
HOLDS_DAYS_ELSEWHERE = 90
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
    payouts = CharField(default="")
    problem = CharField(default="")
    checked_at = DateTimeField(null=True)
    secret = BooleanField(default=False)
    heard_at = DateTimeField(null=True)
    reconciled_at = DateTimeField(null=True)
    events_since = IntegerField(default=0)
    accepted_by = ForeignKeyField(Member, null=True)
    accepted_at = DateTimeField(null=True)

    kept = Kept(
        N_("The community's account at Stripe"),
        WHO_ORGANIZERS,
        OF_THE_COMMUNITY,
        internal=(
            *("account", "country", "currency", "live", "charges", "connect", "smallest", "payouts", "problem"),
            *("checked_at", "secret", "heard_at", "reconciled_at", "events_since", "accepted_by", "accepted_at"),
        ),
    )

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

    @property
    def warnings(self):
        """The codes of what will keep money from moving one day, though it moves now."""
        return ["automatic_payouts"] if self.payouts not in ("", "manual") else []

    @property
    def holds_days(self):
        """For how many days Stripe keeps money that is not paid out, by the country of the account.

        https://docs.stripe.com/connect/manual-payouts
        """
        return HOLDS_DAYS.get(self.country, HOLDS_DAYS_ELSEWHERE)

    def can_pay_in(self, country):
        """Whether money can go from this account to one in that country, an ISO 3166 code."""
        return country == self.country or (country in CROSS_BORDER and self.country in CROSS_BORDER)

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
            if Policy.current().settlement != "stripe":
                organizer.did("merchant.turn_on")
            Policy.current().change(organizer, settlement="stripe", fee_percent=fee_percent, fee_cap=fee_cap)

    @db.atomic()
    def turn_off(self, organizer):
        """New agreements are settled between the two sides again. What was agreed before goes on as agreed."""
        organizer.must_be_organizer()
        if Policy.current().settlement != "offline":
            organizer.did("merchant.turn_off")
        Policy.current().change(organizer, settlement="offline")


class PayoutAccount(Base):
    """A helper's own account at Stripe, to which the community passes on what was paid for their help.

    `country` is where the helper lives: Stripe fixes it when the account is opened. `lost` says why the account before
    is of no use any more: `closed` by Stripe, or `cut_off` by its owner. `key` is that of the call by which it is
    opened, made at `key_at`. `former` are the ids of accounts that it had.
    """

    member = ForeignKeyField(Member, backref="payout_accounts", unique=True)
    country = CharField(default="")
    lost = CharField(default="")
    key = CharField(unique=True, default=new_key)
    key_at = DateTimeField(default=now)
    account = CharField(default="", index=True)
    former = JSONField(default=list, constraints=[SQL("DEFAULT '[]'")])
    ready = BooleanField(default=False)
    missing = JSONField(default=list)
    checked_at = DateTimeField(null=True)

    kept = Kept(
        N_("Your payout account: the country, and its number at Stripe"),
        WHO_SELF,
        FOR_GOOD,
        whose=("member",),
        private={"member": ("country", "missing")},
        facts=("member", "account", "former", "ready", "lost", "checked_at"),
        internal=("key", "key_at"),
    )

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
        """What Stripe is told when the account is opened. Elsewhere than at home it takes that country's currency."""
        member, merchant = self.member, Merchant.current()
        currency = merchant.currency if self.country == merchant.country else ""
        return {"email": member.email, "name": member.name, "country": self.country, "currency": currency}

    def live_in(self, country):
        """The account will be opened in that country. One that is open already stays where it is.

        Raises Invalid where Stripe does not pay out from the community's country to that one.
        """
        with db.atomic():
            self.reload()
            if self.account or country == self.country:
                return
            if not Merchant.current().can_pay_in(country):
                raise Invalid(country=_("Stripe cannot pay into that country from here. Ask an organizer what to do."))
            self.store(country=country, **fresh_key())  # What was asked before had another country in it.

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

    def apply_facts(self, facts):
        """What Stripe shows of the account. Returns whether it has become ready by that; a closed one is let go of."""
        if facts["closed"]:
            self.close("closed")
            return False
        return self.store(account=facts["id"], ready=facts["ready"], missing=facts["missing"], lost="")

    def close(self, why="cut_off"):
        """The account is of no use any more: another can be opened."""
        former = [*self.former, self.account] if self.account else self.former
        self.store(account="", ready=False, missing=[], lost=why, former=former, **fresh_key())


announce("merchant.turn_on", N_("%(actor)s turned payments by card on"))
announce("merchant.turn_off", N_("%(actor)s turned payments by card off"))
