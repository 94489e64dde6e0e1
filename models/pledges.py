"""Pledges: the promise to pay if hired, and what becomes of it.

By hand (`offline`) it goes pledged → due → sent → paid. Through Stripe it goes

    pledged → due → collecting → resting → releasing → paid

with `action_required` where the seeker has to do something, `refunding` and `refunded` where money goes back,
`charged_back` where the seeker's bank has taken it, and `review` where a person has to judge.
"""

import secrets
from datetime import UTC, datetime

from peewee import SQL, BooleanField, CharField, DateTimeField, ForeignKeyField, IntegerField, JSONField, TextField, fn

import models

from .accounts import PayoutAccount
from .base import Invalid, NotYours, Refused, in_days, now, remembered
from .claims import Claim
from .community import Community, end_of, today
from .events import Event
from .facts import UNANSWERED, StripeFacts
from .i18n import N_, _
from .keeping import FOR_GOOD, WHO_BOTH, Kept
from .members import Member
from .verbs import Record, move, moved_on

REST_DAYS = 7
REMINDER_DAYS = 7  # Between two reminders to a helper whose money waits for an account.
RETRY_DAYS, RETRIES = 1, 3

ASKED = ("pledged", "due", "sent", "collecting", "action_required")  # As far as we know, nothing has been taken yet.
MOVEMENTS = ("charge", "fee", "transfer", "reversal", "refund", "refund_failed", "chargeback")
SETTLED = ("waived", "void", "refunded")  # Nothing is owed, and nobody keeps anything.
OVER = ("paid", *SETTLED)
STATES = (
    *ASKED,
    "resting",
    "releasing",
    "refunding",
    "charged_back",
    "review",
    *OVER,
)
ASKED_BY_BANK = ("resting", "releasing", "paid", "refunding", "refunded", "charged_back", "review", "waived", "void")
UNFINISHED = ("due", "collecting", "action_required", "releasing", "refunding")


def new_reference():
    """A name for a pledge at Stripe that no other has, in whichever copy of the database."""
    return secrets.token_hex(12)


class Pledge(Record):
    """The seeker's promise to pay the price if they are hired; the amount is in minor units."""

    noun = "pledge"

    claim = ForeignKeyField(Claim, backref="pledges", unique=True)
    state = CharField(default="pledged")
    amount = IntegerField()
    due = DateTimeField(null=True, index=True)
    rests_until = DateTimeField(null=True)
    waits_at_desk = BooleanField(default=False, index=True)
    settlement = CharField(default="offline")
    consent = TextField(default="")
    reference = CharField(unique=True, default=new_reference)
    customer = CharField(default="", index=True)
    card = CharField(default="")
    card_name = CharField(default="")
    intent = CharField(default="", index=True)
    trouble = CharField(default="")
    judged = JSONField(default=list, constraints=[SQL("DEFAULT '[]'")])
    refunds_asked = IntegerField(default=0)
    inquiry = CharField(default="", index=True, constraints=[SQL("DEFAULT ''")])
    takes_back = BooleanField(default=False, constraints=[SQL("DEFAULT 0")])
    short = BooleanField(default=False)
    stripe_facts = JSONField(null=True)
    facts_at = DateTimeField(null=True)

    kept = Kept(
        N_("What was promised and paid: amounts, days, and the numbers of payments at Stripe"),
        WHO_BOTH,
        FOR_GOOD,
        whose=("claim.helper", "claim.seeker"),
        words={"claim.helper": ("consent",), "claim.seeker": ("consent",)},  # It names the helper.
        private={"claim.seeker": ("card", "card_name")},
        facts=("claim", "state", "amount", "due", "rests_until", "settlement", "reference"),
        internal=(
            *("waits_at_desk", "customer", "intent", "trouble", "judged", "refunds_asked", "inquiry", "takes_back"),
            *("short", "stripe_facts", "facts_at"),
        ),
    )

    # Finding

    @classmethod
    def make(cls, claim, seeker, consent=""):
        """The promise stands, with the words in which it was given."""
        pledge = cls.create(claim=claim, amount=claim.total, settlement=claim.terms.settlement, consent=consent)
        pledge.log("make", seeker, after="pledged")

    @classmethod
    def at_desk(cls):
        """What an organizer has to see to: what has waited for long, does not fit, or is asked about by a bank."""
        late = cls.waits_at_desk & cls.state.not_in(OVER) & (Claim.state != "disputed")
        return cls.select(cls, Claim).join(Claim).where(late | (cls.inquiry != "")).order_by(cls.id)

    @classmethod
    def through_stripe(cls):
        """Newest first."""
        return cls.select().where(cls.settlement == "stripe").order_by(cls.id.desc())

    @classmethod
    def listed(cls, organizer, state=""):
        """Those through Stripe with their claim, both sides and the time of their last step, newest first.

        What an organizer has a part in, or what is about their own employer, is for the others.
        """
        helper, seeker = Member.alias(), Member.alias()
        steps = (Event.claim == cls.claim) & Event.verb.startswith("pledge.")
        since = Event.select(fn.MAX(Event.at)).where(steps).alias("since")
        found = cls.select(cls, Claim, helper, seeker, since).join(Claim)
        found = found.join(helper, on=(Claim.helper == helper.id), attr="helper").switch(Claim)
        found = found.join(seeker, on=(Claim.seeker == seeker.id), attr="seeker").where(cls.settlement == "stripe")
        found = found.where(Claim.judgeable_by(organizer))
        return (found.where(cls.state == state) if state else found).order_by(cls.id.desc())

    @classmethod
    def with_sums(cls, found):
        """Returns the pledges as a list, with what the ledger holds of each: two statements, however many there are."""
        entry, held = models.Entry, {}
        kinds = entry.select(entry.pledge, entry.kind, fn.SUM(entry.amount)).group_by(entry.pledge, entry.kind)
        for id, kind, amount in kinds.tuples():
            held.setdefault(id, {})[kind] = amount
        pledges = list(found)
        for pledge in pledges:
            cls.sums.keep(pledge, {kind: held.get(pledge.id, {}).get(kind, 0) for kind in MOVEMENTS})
        return pledges

    @classmethod
    def states(cls, organizer):
        """The states that payments through Stripe are in at the moment, with how many of `listed` are in each."""
        counted = cls.select(cls.state, fn.COUNT(cls.id)).join(Claim).where(cls.settlement == "stripe")
        return dict(counted.where(Claim.judgeable_by(organizer)).group_by(cls.state).tuples())

    @classmethod
    def unfinished(cls):
        """Those of which Stripe may know more than we do, or to which something is left to do."""
        attempt = models.Attempt
        asking = attempt.select(attempt.pledge).where(attempt.state.in_(("open", "waiting")))
        rested = (cls.state == "resting") & (cls.due <= now())
        return cls.through_stripe().where(cls.state.in_(UNFINISHED) | cls.id.in_(asking) | rested | cls.takes_back)

    @classmethod
    def moving(cls):
        """Those whose next step waits for nobody."""
        return cls.unfinished().where(cls.state.not_in(("pledged", "action_required")))

    @classmethod
    def going_on(cls):
        """Those through Stripe that are not over."""
        return cls.through_stripe().where(cls.state.not_in(OVER))

    @classmethod
    def short_of_balance(cls):
        """Those whose money waits because the community's balance at Stripe cannot cover it."""
        return cls.through_stripe().where(cls.short, cls.state.in_(("resting", "refunding")))

    @classmethod
    def in_review(cls):
        return cls.through_stripe().where(cls.state == "review")

    @classmethod
    def known_to(cls, organizer):
        """Returns a condition: the helper to whom it was promised does not hide from this organizer."""
        return cls.claim.not_in(models.hidden_claims(organizer))

    @classmethod
    def open_ones(cls):
        """Returns a condition: money is still promised, on its way, asked about by a bank, or wanted back."""
        return cls.state.not_in(OVER) | (cls.inquiry != "") | cls.takes_back

    # By hand

    def not_owed(self):
        if self.claim.state not in ("hired", "ended_early"):
            return _("This moves on when the claim does.")
        if self.claim.frozen_at:
            return _("The clocks stand still while an organizer looks at a report.")
        return None

    def not_by_hand(self):
        if self.by_stripe:
            return _("This price is paid by card, through Stripe.")
        return self.not_owed()

    def not_late(self):
        if self.state == "resting":
            kept_out = self.claim.helper.kept_out and not self.in_dispute()
            return None if kept_out else _("This does not wait for an organizer.")
        return self.undecided() if self.state in ("collecting", "releasing", "refunding") else self.not_owed()

    def not_stuck(self):
        if not self.waits_at_desk:
            return _("This does not wait at the desk.")
        return self.not_owed()

    def in_dispute(self):
        return _("An organizer is looking at this claim.") if self.claim.state == "disputed" else None

    def undecided(self):
        """The help was given: that the seeker may not come in at the moment holds nothing up."""
        held = self.claim.frozen_at and (self.claim.helper.kept_out or self.claim.asked_for_money.exists())
        return _("An organizer is looking at this claim.") if held else self.in_dispute()

    @move(
        "pledged",
        to="due",
        by="clock",
        unless="not_owed",
        says=N_("The price fell due"),
        tells=N_("The price for the help with “%(title)s” is due now, from the seeker to the helper."),
    )
    def fall_due(self):
        self.due = in_days(self.claim.policy.settle_days)

    @move(
        "due",
        to="sent",
        by="seeker",
        unless="not_by_hand",
        says=N_("%(actor)s sent the money"),
        tells=N_("%(actor)s has sent the money for “%(title)s”. Say when it has arrived."),
    )
    def mark_sent(self, seeker):
        self.due, self.waits_at_desk = in_days(self.claim.policy.settle_days), False

    @move(
        "due",
        "sent",
        to="paid",
        by="helper",
        unless="not_by_hand",
        says=N_("%(actor)s received the money"),
        tells=N_("%(actor)s has received the money for “%(title)s”. Thank you both."),
    )
    def mark_received(self, helper):
        self.due, self.waits_at_desk = None, False

    @move(
        *ASKED,
        to="waived",
        by=("helper", "clock"),
        unless="in_dispute",
        says=N_("%(actor)s waived the price"),
        tells=N_("%(actor)s waived the price for “%(title)s”. Nothing is owed."),
    )
    def waive(self, helper=None):
        """What was priced has become a gift."""
        self.due, self.waits_at_desk = None, False

    @move(
        "due",
        "sent",
        "collecting",
        "action_required",
        "resting",
        "releasing",
        "refunding",
        by="clock",
        unless="not_late",
        says=N_("The money has been waiting for long: the organizers were told"),
        tells=N_("The money for “%(title)s” has been waiting for long. An organizer will look at it."),
    )
    def call_desk(self):
        self.due = in_days(self.claim.policy.settle_days) if self.state == "resting" else None
        self.waits_at_desk = True
        return self.state

    @move(
        "due",
        "sent",
        "action_required",
        by="organizer",
        unless="not_owed",
        reason="required",
        says=N_("%(actor)s lowered what is owed"),
        tells=N_("%(actor)s has lowered what is owed for “%(title)s” and says why."),
    )
    def lower(self, organizer, owed):
        """Less is owed from now on; nothing more at 0."""
        if not 0 <= owed < self.amount:
            raise Invalid(owed=_("What is owed can be lowered, never raised."))
        self.amount = owed
        self.due, self.waits_at_desk = in_days(self.claim.policy.settle_days) if owed else None, False
        return self.state if owed else "waived"

    @move(
        "due",
        "sent",
        "action_required",
        by="organizer",
        unless="not_stuck",
        reason="required",
        says=N_("%(actor)s reminded both sides of the money"),
        tells=N_("%(actor)s reminds you both of the money for “%(title)s”."),
    )
    def remind(self, organizer):
        """Both sides have a new term, and the matter leaves the desk until it has passed."""
        self.due, self.waits_at_desk = in_days(self.claim.policy.settle_days), False
        return self.state

    @move(*ASKED, to="void", by="clock", says=N_("The pledge ended: nothing is owed"))
    def void(self):
        self.due, self.waits_at_desk = None, False

    # Through Stripe

    @move(
        "pledged",
        "due",
        by="clock",
        says=N_("A card was saved. Nothing has been taken"),
        tells=N_("A card was saved for the price of the help with “%(title)s”. Nothing has been taken."),
    )
    def keep_card(self, *, card, name, customer):
        """From now on this is the card that is charged when the price falls due."""
        self.card, self.card_name, self.customer = card, name, customer
        return self.state

    def not_collectable(self):
        if not self.by_stripe:
            return _("This price is paid by hand.")
        if self.claim.state == "hired" and today() <= self.claim.guarantee_ends:
            return _("The guarantee is not over yet.")
        return self.not_owed()

    @move(
        "due",
        to="collecting",
        by="clock",
        unless="not_collectable",
        says=N_("The seeker's card is being charged"),
        tells=N_("The price for the help with “%(title)s” is due: your card is being charged."),
    )
    def collect(self):
        """From now on it is for the payment to be asked for at Stripe."""
        self.due = in_days(self.claim.policy.settle_days)

    @move(
        "due",
        "collecting",
        to="action_required",
        by="clock",
        unless="not_collectable",
        says=N_("The seeker is asked to pay with a card. Nothing has been taken"),
        tells=N_("Please pay for the help with “%(title)s” with a card: nothing has been taken yet."),
    )
    def need_card(self):
        """There is no card that may be charged, or its bank has said no."""
        self.due, self.waits_at_desk = in_days(self.claim.policy.settle_days), False

    @move(
        "collecting",
        to="action_required",
        by="clock",
        unless="not_collectable",
        says=N_("The seeker's bank wants them to confirm the payment. Nothing has been taken"),
        tells=N_("Your bank wants you to confirm the payment for “%(title)s”. Nothing has been taken."),
    )
    def need_confirmation(self):
        self.due, self.waits_at_desk = in_days(self.claim.policy.settle_days), False

    @move(
        "due",
        "collecting",
        "action_required",
        to="resting",
        by="clock",
        says=N_("The seeker has paid. The money rests with the community for seven days"),
        tells=N_("The help with “%(title)s” is paid. The money rests for seven days, then it goes to the helper."),
    )
    def receive(self):
        """The money is on the community's balance, and can still be given back without touching the helper."""
        self.intent = self.facts.payment["id"]
        self.waits_at_desk = False
        self._rest(in_days(REST_DAYS))

    def helper_is_ready(self):
        if self.claim.helper.takes_money:
            return _("The helper has an account that money can go to.")
        return self.undecided()

    @move(
        "resting",
        by="clock",
        unless="helper_is_ready",
        says=N_("The money waits for the helper's payout account"),
        tells=N_("The money for your help with “%(title)s” is here. Open a payout account, and it is yours."),
    )
    def await_helper(self):
        self.due = in_days(REMINDER_DAYS)
        return self.state

    def not_releasable(self):
        if problem := self.undecided():
            return problem
        if not PayoutAccount.takes_money(self.claim.helper):
            return _("The helper has no account yet that money can go to.")
        if self._still_rests():
            return _("The money still rests.")
        if self.facts.payment and self.facts.inquiry(self.facts.payment):
            return _("The seeker's bank is asking about the payment.")
        return None

    def _still_rests(self):
        claim, moment = self.claim, now()
        guarantee_runs = claim.state == "hired" and end_of(claim.guarantee_ends) > moment
        return guarantee_runs or self.due is None or self.due > moment or not self.has_rested

    @move(
        "resting",
        to="releasing",
        by="clock",
        unless="not_releasable",
        says=N_("The money is on its way to the helper"),
    )
    def release(self):
        """The helper's share goes on."""
        self.short = self.waits_at_desk = False
        self.due = in_days(self.claim.policy.settle_days)

    @move(
        "resting",
        to="paid",
        by="clock",
        unless="not_releasable",
        says=N_("The fees have used up the money: nothing was left to send"),
        tells=N_("The fees have used up the money for “%(title)s”: nothing was left to send to the helper."),
    )
    def use_up(self):
        """The price was as small as the fees."""
        self.due, self.waits_at_desk = None, False

    @move(
        "releasing",
        to="resting",
        by="clock",
        says=N_("Stripe could not pass the money on yet. It waits"),
        tells=N_("Stripe cannot pass on the money for your help with “%(title)s” yet. See your payout account."),
    )
    def hold_back(self):
        """Asked again daily at first, then weekly, and from the third time on an organizer knows."""
        self.waits_at_desk = self._held_back() >= RETRIES
        self.due = in_days(REMINDER_DAYS if self.waits_at_desk else RETRY_DAYS)

    def _held_back(self):
        """How often it has been, this time included."""
        return self.claim.history.where(Event.verb == "pledge.hold_back").count() + 1

    @move(
        "releasing",
        "refunding",
        by="clock",
        says=N_("The community's balance at Stripe cannot cover it. The money waits"),
        tells=N_(
            "The money for “%(title)s” waits: the community's balance at Stripe is empty. "
            "The organizers add money there, and it goes on by itself."
        ),
    )
    def await_balance(self):
        """What is to be sent is tried again daily; what goes back is with Stripe, which sends it once it can."""
        self.short = self.waits_at_desk = True
        if self.state == "refunding":
            return self.state
        self.due = in_days(RETRY_DAYS)
        return "resting"

    def retry_now(self):
        """An organizer has added money: what is to be sent is tried at the next look, rather than tomorrow."""
        if self.waits_for_balance and self.state == "resting" and self.due:
            Pledge.update(due=now()).where(Pledge.id == self.id, Pledge.state == "resting").execute()
            self.reload()

    @move(
        "resting",
        "releasing",
        to="paid",
        by="clock",
        says=N_("The money went to the helper"),
        tells=N_("The money for the help with “%(title)s” went to the helper. Thank you both."),
    )
    def arrive(self):
        self.due, self.waits_at_desk = None, False

    # A bank that asks

    @move(
        *ASKED_BY_BANK,
        by="clock",
        says=N_("The seeker's bank is asking about the payment"),
        tells=N_(
            "The seeker's bank is asking about the payment for “%(title)s”. "
            "Please answer it in Stripe's dashboard, or give the money back."
        ),
    )
    def note_inquiry(self, *, inquiry):
        """Nothing was taken, and nothing is passed on until the bank has had its answer."""
        self.inquiry = inquiry
        if self.state != "releasing":
            return self.state
        self.due = now()
        return "resting"

    def no_inquiry(self):
        return None if self.inquiry else _("No bank is asking about the payment.")

    @move(
        *ASKED_BY_BANK,
        by="clock",
        unless="no_inquiry",
        says=N_("The seeker's bank asks no more about the payment"),
    )
    def close_inquiry(self):
        """The bank has its answer, or has taken the money."""
        self.inquiry = ""
        return self.state

    # Back again

    def not_refundable(self):
        if not self.by_stripe or not self.facts.payment or not self.facts.left(self.facts.payment):
            return _("There is nothing here that could be given back.")
        return None

    @move(
        "resting",
        "paid",
        "review",
        to="refunding",
        by="organizer",
        unless="not_refundable",
        reason="required",
        says=N_("%(actor)s is giving the money back"),
        tells=N_("%(actor)s is giving the money for “%(title)s” back to the seeker, and says why."),
    )
    def refund(self, organizer):
        """The seeker gets all of it back; what the helper has already comes back first."""
        self._begin_refund()

    def nothing_goes_back(self):
        payment = self.facts.payment
        return None if payment and self.facts.on_its_way_back(payment) else self.not_refundable()

    @move(
        "resting",
        "releasing",
        to="refunding",
        by="clock",
        unless="nothing_goes_back",
        says=N_("Nothing is owed any more: the money is being given back"),
        tells=N_("Nothing is owed for “%(title)s” any more: the money is being given back to the seeker."),
    )
    def undo(self):
        """The claim no longer leads to a price, or all of it is being given back, and the helper has nothing of it."""
        self._begin_refund()

    def _begin_refund(self):
        self._judge()
        self.intent, self.short = self.facts.payment["id"], False
        self.due = in_days(self.claim.policy.settle_days)
        self.refunds_asked += 1

    def _judge(self):
        """A person has seen the trouble: it does not call for another look."""
        self.judged, self.trouble = [*self.judged, self.trouble], ""
        self.waits_at_desk, self.takes_back = False, False

    @move(
        "resting",
        "releasing",
        "refunding",
        to="refunded",
        by="clock",
        says=N_("The money went back to the seeker"),
        tells=N_("The money for “%(title)s” went back to the seeker. Nothing is owed."),
    )
    def give_back(self):
        self.due, self.waits_at_desk = None, False

    @move(
        "resting",
        "releasing",
        "paid",
        "refunding",
        "refunded",
        to="charged_back",
        by="clock",
        says=N_("The seeker's bank has taken the money back"),
        tells=N_("The bank has taken back the money for “%(title)s”, because the payment was disputed there."),
    )
    def charge_back(self):
        self.due, self.waits_at_desk = None, True

    @move(
        "charged_back",
        by="clock",
        says=N_("The bank decided for the community: the money is back"),
        tells=N_("The bank has decided: the money for “%(title)s” is back."),
    )
    def win(self):
        """The money is where it was."""
        return self._go_on_after_dispute()

    def _go_on_after_dispute(self):
        """What was going back to the seeker goes on doing so."""
        self.waits_at_desk, self.takes_back = False, False
        if self._was_going_back() and self._where_the_money_is() in ("resting", "paid"):
            self._begin_refund()
            return "refunding"
        return self._go_on()

    def _was_going_back(self):
        """Whether the last that was decided of the money, before the bank had it, is that the seeker gets it."""
        decided = self.claim.history.where(
            Event.verb.startswith("pledge."), Event.after.in_(("resting", "releasing", "refunding", "paid"))
        )
        last = decided.order_by(Event.id.desc()).first()
        return bool(last) and last.after == "refunding"

    @move(
        "charged_back",
        by="clock",
        says=N_("The bank has kept a part of the money. The rest goes on"),
        tells=N_("The bank has kept a part of the money for “%(title)s”. The rest goes on."),
    )
    def lose_part(self):
        """The bank decided for the seeker about a part: what is left of the payment is free again."""
        return self._go_on_after_dispute()

    def nothing_to_take_back(self):
        if self.takes_back:
            return _("Stripe is being asked for it already.")
        if self.too_much_with_helper <= 0:
            return _("The helper has nothing of this payment that could be taken back.")
        return None

    @move(
        "charged_back",
        "review",
        by="organizer",
        unless="nothing_to_take_back",
        reason="required",
        says=N_("%(actor)s is taking money back from the helper"),
        tells=N_("%(actor)s is taking back money that you had for “%(title)s”, and says why."),
    )
    def take_back(self, organizer):
        """What the helper has and the payment no longer brings comes back, as far as it is still in their account."""
        self.takes_back = True
        return self.state

    @move("charged_back", "review", by="clock", says=N_("Money came back from the helper"))
    def come_back(self):
        """Stripe has taken back what there was; an organizer decides how it goes on."""
        self.takes_back = False
        return self.state

    @move(
        "charged_back",
        "review",
        by="clock",
        says=N_("Stripe could not take money back from the helper: it is probably spent"),
        tells=N_("Stripe could not take back the money for “%(title)s”: the helper has probably spent it."),
    )
    def stay_away(self):
        self.takes_back = False
        return self.state

    @move(
        "charged_back",
        to="void",
        by="organizer",
        reason="required",
        says=N_("%(actor)s closed the payment: nothing more will be collected"),
        tells=N_("%(actor)s has closed the payment for “%(title)s” and says why."),
    )
    def write_off(self, organizer):
        """Nothing more is expected of either side; what the helper has, they keep."""
        self.waits_at_desk, self.takes_back = False, False
        self._leave_with_helper()

    def _leave_with_helper(self):
        """A person has seen what the helper has of it: that calls for no other look."""
        kept = [f"with_helper:{transfer['id']}" for transfer in self.facts.transfers]
        self.judged = [*self.judged, *kept]

    @move(
        *ASKED,
        "resting",
        "releasing",
        "paid",
        "refunding",
        "refunded",
        "charged_back",
        "waived",
        "void",
        to="review",
        by="clock",
        says=N_("Something about the payment has to be looked at by an organizer"),
        tells=N_("Something about the payment for “%(title)s” does not fit. Look at it at the desk."),
    )
    def call_for_review(self, *, trouble):
        """What Stripe shows does not fit what we expect, and a person has to judge. `trouble` is its code."""
        self.trouble, self.due, self.waits_at_desk = trouble, None, True
        if self.facts.payment:
            self.intent = self.facts.payment["id"]

    @move(
        "review",
        by="organizer",
        unless="undecided",
        reason="required",
        says=N_("%(actor)s looked at the payment and let it go on"),
        tells=N_("%(actor)s has looked at the payment for “%(title)s” and says why it goes on."),
    )
    def resolve(self, organizer):
        """It is right as Stripe shows it, and goes on from there."""
        if self.trouble.startswith("gone:"):  # The seeker is made known to Stripe anew, with a new card.
            self.customer = self.card = self.card_name = ""
        self._judge()
        state = self._go_on()
        if state in SETTLED:
            self._leave_with_helper()
        return state

    def _go_on(self):
        """The state that fits the money, with its term: what is still owed rests anew."""
        state, self.short = self._where_the_money_is(), False
        self.waits_at_desk = state == "charged_back"  # Nothing but an organizer ends it, should the bank keep it.
        self.due = in_days(self.claim.policy.settle_days) if state in ("due", "refunding") else None
        if state == "pledged" and self.claim.state == "hired":
            self.due = end_of(self.claim.guarantee_ends)
        if state == "resting":
            self._rest(self.rested_by if self.still_owed else now())
        return state

    def _rest(self, until):
        """The money rests until then; reminders and repetitions may move `due` later, and leave that as it is."""
        self.due = self.rests_until = until

    @property
    def has_rested(self):
        return self.rests_until is None or self.rests_until <= now()

    @property
    def rested_by(self):
        """When money that is with the community now has rested, and the guarantee of the hire is over."""
        claim, rested = self.claim, in_days(REST_DAYS)
        return max(rested, end_of(claim.guarantee_ends)) if claim.state == "hired" else rested

    def _where_the_money_is(self):
        payment = self.facts.payment
        if payment is None:
            return self._how_far_promised()
        if payment["id"] != self.intent:
            return "void"
        if self.facts.is_all_back(payment):
            return "refunded"
        if self.facts.chargeback(payment):
            return "charged_back"
        if not self.facts.left(payment):
            return "refunding"
        return "paid" if self.facts.with_helper else "resting"

    def _how_far_promised(self):
        """The state of a promise for which nothing was paid; a claim whose clocks stand still is as good as before."""
        claim = self.claim
        if claim.state in ("hired", "ended_early") and self.still_owed:
            guarantee_runs = claim.state == "hired" and today() <= claim.guarantee_ends
            return "pledged" if guarantee_runs else "due"
        return "void" if claim.ended or not claim.total or not self.amount else "pledged"

    def call_off(self):
        """Nothing is owed any more: what was promised is void, and what was paid goes back."""
        if self.can("void", None):
            self.void()
        elif self.can("undo", None):
            self.undo()

    @property
    def share_is_open(self):
        """Whether the share of a job that ended early can still be argued about."""
        return self.state in ("due", "sent", "collecting", "action_required", "resting") or (
            self.state == "pledged" and self.by_stripe
        )

    def let_off(self):
        """Nothing is owed after all: the price is waived, and what was paid goes back."""
        if self.can("waive", None):
            self.waive()
        else:
            self.call_off()

    @property
    def collected(self):
        """Whether the seeker's money has been taken, so that it can be given back but not lowered."""
        return self.state not in (*ASKED, *OVER)

    # What the seeker is asked for

    @property
    def wants_card(self):
        """Whether the seeker has yet to save a card."""
        return not self.card and self.asks_for("save_card", self.claim.seeker)

    def must_ask_for(self, step, member):
        self.reload()
        if "seeker" not in self.roles(member):
            raise NotYours(_("This is not yours to do."))
        if not self.asks_for(step, member):
            raise Refused(moved_on())

    def asks_for(self, step, member):
        """Whether this member can save a card, or pay, now."""
        if not self.by_stripe or "seeker" not in self.roles(member):
            return False
        if step == "save_card":
            return self.state == "pledged" and not self.claim.ended
        return self.state == "action_required" and self.not_collectable() is None

    def adopt(self, customer):
        """The seeker is known to Stripe by this name, unless they were known by another before."""
        Pledge.update(customer=customer).where(Pledge.id == self.id, Pledge.customer == "").execute()
        self.reload()

    @classmethod
    def payout_failed(cls, helper, event):
        """The helper's bank has not taken the money: somebody has to look at what was paid last."""
        trouble = f"payout_failed:{event}"
        seen = cls.select().where((cls.trouble == trouble) | (fn.INSTR(cls.judged, trouble) > 0)).exists()
        last = cls.through_stripe().join(Claim).where(Claim.helper == helper, cls.state == "paid").first()
        if last and not seen:
            last.call_for_review(trouble=trouble)

    # Reading

    @property
    def by_stripe(self):
        return self.settlement == "stripe"

    @property
    def facts(self):
        """What Stripe showed when it was asked last: one view, until there are other facts or another intent counts."""
        kept, chosen, view = self.__dict__.get("_view", (None, None, None))
        if view is None or kept is not self.stripe_facts or chosen != self.intent:
            view = StripeFacts.of(self.stripe_facts, self.intent)
            self.__dict__["_view"] = (self.stripe_facts, self.intent, view)
        return view

    @property
    def still_owed(self):
        claim = self.claim
        if not claim.total or not self.amount or (claim.state == "ended_early" and not claim.terms.pro_rata):
            return False
        return claim.state in ("hired", "ended_early", "disputed", "settled")

    @property
    def currency(self):
        return self.claim.terms.currency

    @property
    def words(self):
        """What the payment is called on bank statements and at Stripe: no employer, no names."""
        return _("%(community)s: help with claim %(number)s", community=Community.current().name, number=self.claim_id)

    @property
    def may_charge(self):
        """Whether a card was saved, and the day has not passed until which it may be charged."""
        charge_by = self.claim.terms.charge_by
        return bool(self.card and charge_by) and today() <= charge_by

    @property
    def fee(self):
        """The community's share of what was agreed, in minor units, by the terms."""
        return self.claim.terms.community_share(self.amount)

    @property
    def share(self):
        """What the helper gets: what the payment has brought and may keep, less the community's fee."""
        return self.facts.proceeds - self.overpaid - self.fee

    @property
    def was_lowered(self):
        """Whether more was paid than is owed now, though no more than had been agreed."""
        payment = self.facts.payment
        return bool(payment) and self.still_owed and self.amount < payment["amount"] <= self.claim.terms.total

    @property
    def overpaid(self):
        """What has yet to go back because less is owed than was paid, in minor units; 0 where a person judged that."""
        payment = self.facts.payment
        if not self.was_lowered or f"amount:{payment['id']}" in self.judged:
            return 0
        back = self.facts.asked_back(payment) + self.facts.lost(payment)
        return min(self.facts.left(payment), max(0, payment["amount"] - self.amount - back))

    @property
    def times_taken_back(self):
        """How often an organizer has wanted money back from the helper."""
        return self.claim.history.where(Event.verb == "pledge.take_back").count()

    @property
    def too_much_with_helper(self):
        """What the helper has beyond what the payment still brings them, in minor units."""
        return self.facts.with_helper - max(0, self.share)

    @remembered
    def sums(self):
        """What the ledger holds, in minor units, signed, by the kind of movement."""
        entry = models.Entry
        held = dict(self.entries.select(entry.kind, fn.SUM(entry.amount)).group_by(entry.kind).tuples())
        return {kind: held.get(kind, 0) for kind in MOVEMENTS}

    @property
    def balances(self):
        """What this payment has left on the community's balance, in minor units by currency."""
        return models.Entry.balances(self)

    @property
    def lines(self):
        """The ledger of this payment, oldest first."""
        return self.entries.order_by(models.Entry.at, models.Entry.id)

    @property
    def asked(self):
        """What was asked of Stripe for it, oldest first."""
        return self.attempts.order_by(models.Attempt.id)

    @property
    def paid_by_seeker(self):
        """What the seeker has paid and not had back, from the community or from the bank."""
        facts = self.facts
        return sum(max(0, one["amount"] - facts.given_back(one) - facts.taken(one)) for one in facts.paid)

    @property
    def on_its_way_back(self):
        """What was asked to go back to the seeker and has not gone yet, in minor units."""
        return sum(self.facts.on_its_way_back(one) for one in self.facts.paid)

    @property
    def asked_by_bank(self):
        """The question of the seeker's bank that is open, as Stripe shows it; None where there is none."""
        return next((one for one in self.facts.inquiries if one["id"] == self.inquiry), None)

    @property
    def answer_by(self):
        """Until when (UTC) Stripe takes the answer to the bank's question; None where it is not waited for."""
        asked = self.asked_by_bank or {}
        seconds = asked.get("due_by") if asked.get("status") == UNANSWERED else None
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None) if seconds else None

    @property
    def card_fee(self):
        """What Stripe has kept of the payment that counts."""
        entry = models.Entry
        return -sum(line.amount for line in self.entries.where(entry.kind == "fee", entry.intent == self.intent))

    def receipt_for(self, member):
        """Whether there is money that this member can have a receipt for."""
        if not self.by_stripe:
            return self.state == "paid"
        kind = "charge" if member == self.claim.seeker else "transfer"
        return self.entries.where(models.Entry.kind == kind).exists()

    # What the claim does to it

    @move(*STATES, by="clock", says=N_("What is owed was lowered"))
    def reduce(self, *, owed):
        """No more than `owed`, in minor units, is owed from now on, as a verb of the claim has worked out."""
        self.amount = min(self.amount, owed)
        return self.state

    def stop_clock(self):
        """Nothing falls due while an organizer has yet to decide."""
        Pledge.update(due=None, rests_until=None).where(Pledge.id == self.id).execute()

    def wait_until(self, end):
        """The price falls due at `end`; one that was due already has a new term. What a person judges has none."""
        if self.state in ("charged_back", "review"):
            return
        term = in_days(REST_DAYS if self.state == "resting" else self.claim.policy.settle_days) + self.absence_left()
        due = end if self.state == "pledged" else max(term, end or term)
        rest = {"rests_until": due, "short": False} if self.state == "resting" else {}
        Pledge.update(due=due, waits_at_desk=False, **rest).where(Pledge.id == self.id).execute()

    @classmethod
    def helper_became_ready(cls, helper):
        """What had waited for this helper's account goes on; what still rests goes on resting."""
        mine = Claim.select(Claim.id).where(Claim.helper == helper)
        waits = (cls.state == "resting") & cls.due.is_null(False) & (cls.rests_until <= now())
        cls.update(due=now()).where(waits, cls.claim.in_(mine)).execute()

    @classmethod
    def running(cls):
        """Those of a claim that stands still by itself get all that time back once it goes on."""
        still = Claim.select(Claim.id).where(Claim.frozen_at.is_null(False))
        return super().running().where(cls.claim.not_in(still))

    def put_off(self, delay):
        if self.due:
            rest = {"rests_until": self.rests_until + delay} if self.state == "resting" and self.rests_until else {}
            Pledge.update(due=self.due + delay, **rest).where(Pledge.id == self.id).execute()

    def end_early(self):
        """By pro-rata terms a share falls due; otherwise the pledge ends.

        A card is charged only once there was time to dispute it: never on the helper's word alone.
        """
        if not self.claim.terms.pro_rata or not self.amount:
            self.call_off()
        elif self.state == "pledged" and self.by_stripe:
            self.wait_until(in_days(self.claim.policy.report_days) + self.absence_left())
        elif self.state == "pledged":
            self.fall_due()
        elif self.state in (*ASKED, "resting"):
            self.wait_until(None)

    def awaited(self):
        """Who is away keeps the time to say that money came, or to dispute a share. What they owe stays due.

        The holidays of the group put off both; neither moves a guarantee, or the rest of money that was paid.
        """
        if self.state in ("due", "action_required"):
            return []
        if self.state == "sent":
            return [self.claim.helper]
        return [self.claim.seeker] if self.state == "pledged" and self.claim.state == "ended_early" else None

    def on_due(self):
        if self.state == "pledged":
            self.fall_due()
        elif self.state == "resting" and not self.claim.helper.kept_out:
            self.await_helper()
        else:
            self.call_desk()

    def after_move(self, event):
        if self.state in OVER and self.claim.can("settle", None):
            self.claim.settle()

    def roles(self, actor):
        return self.claim.roles(actor)

    @property
    def held_as(self):
        return self.claim.held_as

    def about(self):
        return self.claim.about()

    def concerned(self, event):
        helper, seeker = self.claim.helper, self.claim.seeker
        verb = event.verb.removeprefix("pledge.")
        if verb in ("collect", "need_card", "need_confirmation"):
            return [seeker]
        if verb in ("keep_card", "await_helper"):
            return [helper]
        if verb == "hold_back":
            return {2: [helper], RETRIES + 1: self._judges()}.get(self._held_back(), [])
        if verb == "await_balance":
            waits = seeker if self.state == "refunding" else helper
            return [] if self._told_before(event) else [waits, *self._judges()]
        if verb == "take_back":
            return [helper]
        if verb in ("call_for_review", "note_inquiry", "stay_away"):
            return self._judges()
        return [helper, seeker, *self._judges()] if self.waits_at_desk else [helper, seeker]

    def _judges(self):
        """The organizers who have no part in it, and do not work for its employer; where each has, all who may know."""
        organizers = list(Member.organizers_for(self.claim.helper))
        return [one for one in organizers if "organizer" in self.roles(one)] or organizers

    def _told_before(self, event):
        same = (Event.verb == event.verb) & (Event.after == event.after)
        return self.claim.history.where(same, Event.id < event.id).exists()

    @property
    def waits_for_balance(self):
        """Whether the money waits because the community's balance at Stripe cannot cover it."""
        return self.short and self.state in ("resting", "refunding")

    def wants_account_of(self, member):
        """Whether the money rests until this helper has an account that it can go to."""
        return self.state == "resting" and member == self.claim.helper and not self.helper_is_ready()

    def waits_for(self, member):
        movers = {self._mover()}
        if self.waits_at_desk or self.inquiry:
            movers.add("organizer")
        return bool(movers & self.roles(member))

    def _mover(self):
        if not self.by_stripe:
            return {"due": "seeker", "sent": "helper"}.get(self.state)
        if self.state == "resting":
            return None if self.helper_is_ready() else "helper"
        return "seeker" if self.state == "action_required" or self.wants_card else None


Pledge.announce("make", N_("%(actor)s pledged to pay the price if hired"), None)
