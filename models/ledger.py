"""The ledger: what was asked of Stripe, what it has told, and every movement of money that came of it."""

from datetime import UTC, datetime, timedelta

from peewee import SQL, BigIntegerField, CharField, DateTimeField, ForeignKeyField, IntegerField, JSONField, fn

from .accounts import KEY_HOURS, Merchant, PayoutAccount, new_key
from .base import Base, Refused, db, now
from .events import Event, announce
from .i18n import N_
from .keeping import FOR_GOOD, WHO_BOTH, WHO_ORGANIZERS, Kept
from .pledges import Pledge
from .verbs import clean_reason, moved_on


class Attempt(Base):
    """A call to Stripe with its parameters and its key, kept before it is made, so that it is never made anew.

    open        it is to be made, or nobody knows yet what came of it
    waiting     a hosted page is open to the seeker
    done        it happened
    refused     it did not happen, and `code` says why
    given_up    its key is too old, or its page has run out
    """

    pledge = ForeignKeyField(Pledge, backref="attempts", index=False)
    step = CharField()
    number = IntegerField()
    state = CharField(default="open", index=True)
    key = CharField(unique=True, default=new_key)
    params = JSONField()
    object = CharField(default="", index=True)
    code = CharField(default="")
    made_at = DateTimeField(default=now)

    kept = Kept(
        N_("What was asked of Stripe, and what it told"),
        WHO_ORGANIZERS,
        FOR_GOOD,
        private={"pledge.claim.seeker": ("params",)},  # It may hold their address.
        internal=("pledge", "step", "number", "state", "key", "object", "code", "made_at"),
    )

    class Meta:
        indexes = ((("pledge", "step", "number"), True),)

    @property
    def call(self):
        """The name of the call: a step can go on to say what it is about, as in `refund:pi_123:1`."""
        return self.step.partition(":")[0]

    @property
    def stale(self):
        return self.state == "open" and self.made_at <= now() - timedelta(hours=KEY_HOURS)

    def become(self, state, **columns):
        Attempt.update(state=state, **columns).where(Attempt.id == self.id).execute()
        self.reload()


Attempt.add_index(
    Attempt.index(
        Attempt.pledge, Attempt.step, unique=True, where=SQL("state IN ('open', 'waiting')"), name="attempt_one_open"
    )
)


class Entry(Base):
    """A line of the ledger: one movement of the community's balance at Stripe, in minor units, once."""

    pledge = ForeignKeyField(Pledge, backref="entries")
    kind = CharField()
    object = CharField(unique=True)
    intent = CharField(default="")
    amount = IntegerField()
    currency = CharField()
    at = DateTimeField()

    kept = Kept(
        N_("What was promised and paid: amounts, days, and the numbers of payments at Stripe"),
        WHO_BOTH,
        FOR_GOOD,
        whose=("pledge.claim.helper", "pledge.claim.seeker"),
        facts=("pledge", "kind", "amount", "currency", "at"),
        internal=("object", "intent"),
    )

    @classmethod
    def post(cls, pledge, movements):
        """What is not in the ledger yet is now; a movement that is there already stays as it is."""
        for movement in movements:
            at = datetime.fromtimestamp(movement["at"], UTC).replace(tzinfo=None)
            cls.insert(pledge=pledge, **{**movement, "at": at}).on_conflict_ignore().execute()

    @classmethod
    def balances(cls, pledge=None):
        """What all payments together, or one, have left on the community's balance, in minor units by currency."""
        lines = cls.select(cls.currency, fn.SUM(cls.amount)).group_by(cls.currency)
        return dict((lines.where(cls.pledge == pledge) if pledge else lines).tuples())


class StripeEvent(Base):
    """Something that Stripe told, by webhook or when it was asked, kept by its id before anything follows from it.

    `outcome` is empty until somebody has looked, and then one of

    applied  what it is about stands as Stripe shows it
    foreign  it is about nothing of ours: the community may use its account for other things too
    unknown  it is about a payment or a helper's account of ours that this database does not have
    noted    the same, and an organizer has seen it
    """

    event = CharField(unique=True)
    type = CharField()
    account = CharField(default="")
    reference = CharField(default="")
    objects = JSONField(default=list)
    created = BigIntegerField()
    at = DateTimeField(default=now)
    applied_at = DateTimeField(null=True, index=True)
    outcome = CharField(default="")
    noted = ForeignKeyField(Event, null=True, index=False)

    kept = Kept(
        N_("What was asked of Stripe, and what it told"),
        WHO_ORGANIZERS,
        FOR_GOOD,
        internal=(
            *("event", "type", "account", "reference", "objects", "created", "at", "applied_at", "outcome", "noted"),
        ),
    )

    @classmethod
    def keep(cls, event):
        """The event is kept, once. Returns whether it is new."""
        columns = {name: event[name] for name in ("type", "account", "reference", "objects", "created")}
        return bool(cls.insert(event=event["id"], **columns).on_conflict_ignore().as_rowcount().execute())

    @classmethod
    def receive(cls, event):
        """The event came by webhook, signed by Stripe."""
        cls.keep(event)
        Merchant.current().store(heard_at=now())

    @classmethod
    def waiting(cls):
        return cls.select().where(cls.applied_at.is_null()).order_by(cls.created, cls.id)

    @classmethod
    def unknown(cls):
        """Those about payments and accounts that this database does not have: an older copy was put back."""
        return cls.select().where(cls.outcome == "unknown").order_by(cls.id)

    @classmethod
    def note(cls, organizer, reason, newest):
        """An organizer has seen the unknown events up to the one with this id at Stripe, and says what they made of it.

        Raises NotYours, Refused where it is not among them any more, and Invalid without a reason.
        """
        with db.atomic():
            organizer.must_be_organizer()
            reason = clean_reason(Pledge.resolve.rule, reason)
            last = cls.unknown().where(cls.event == newest).first()
            if last is None:
                raise Refused(moved_on())
            event = organizer.did("stripe_event.note", reason=reason)
            cls.update(outcome="noted", noted=event).where(cls.outcome == "unknown", cls.id <= last.id).execute()

    @property
    def outcome_where_missing(self):
        """What it is where this database has no payment and no account to look at.

        Everything that we ask of Stripe bears our mark; what banks dispute does not.
        """
        if self.account:
            return "applied" if PayoutAccount.having(self.account).exists() else "unknown"
        ours = self.reference or self.type.startswith("charge.dispute.")
        return "unknown" if ours else "foreign"

    @property
    def pledge(self):
        """The pledge that it is about, by our own reference or by an object that we know; None where it is not ours."""
        if found := Pledge.get_or_none(Pledge.reference == self.reference):
            return found
        known = (Pledge.intent.in_(self.objects)) | ((Pledge.customer != "") & Pledge.customer.in_(self.objects))
        known |= Pledge.id.in_(Entry.select(Entry.pledge).where(Entry.object.in_(self.objects)))
        known |= Pledge.id.in_(Attempt.select(Attempt.pledge).where(Attempt.object.in_(self.objects)))
        return Pledge.select().where(known).first()

    def apply(self, outcome):
        StripeEvent.update(applied_at=now(), outcome=outcome).where(StripeEvent.id == self.id).execute()


announce("stripe_event.note", N_("%(actor)s noted what Stripe told of payments that are not here"))
