"""The flow of a payment: what to ask of Stripe next, and the state that follows from the facts.

It decides from the pledge, its ledger and what Stripe showed last, and moves the pledge by its verbs alone. Every call
to Stripe that concerns a payment is written down here, with its parameters, before anybody makes it.
"""

from contextlib import suppress

from models import Attempt, Entry, Heartbeat, PayoutAccount, Pledge, Refused, db, now
from models.pledges import SETTLED

HOSTED_PAGES = ("save_card", "pay_page")
# What is asked on a member's own click.
CLICKED = (*HOSTED_PAGES, "customer")
# What is asked anew, with a new key, after it was done or was refused. What was given up always is.
REPEATED = {"done": CLICKED, "refused": (*CLICKED, "transfer")}


class PaymentFlow:
    """One look at a pledge. `facts` is what Stripe has shown of it, as of the last time that the pledge was read."""

    def __init__(self, pledge):
        self.pledge, self.facts = pledge, pledge.facts

    def _read(self):
        """The pledge as it is now, with its facts: somebody else may have moved it since."""
        self.pledge.reload()
        self.facts = self.pledge.facts

    # What to ask next

    def next_call(self):
        """The next thing to ask of Stripe, kept before it is asked; None when there is nothing left to ask.

        While the clocks stand still no money moves, and nothing is asked.
        """
        with db.atomic():
            self._read()
            if Heartbeat.clocks_stand():
                return None
            for attempt in self.pledge.attempts.where(Attempt.state == "open"):
                if attempt.stale or not self._wants(attempt):
                    attempt.become("given_up")
            for step in (self._give_surplus_back, self._go_on, self._take_back):
                with suppress(Refused):  # Something else stands in the way: it waits, and holds up no other step.
                    step()
            return next((attempt for attempt in self._to_make() if not self._has_to_wait(attempt)), None)

    def _to_make(self):
        """The calls that nobody has to click for: what goes back to the seeker comes first."""
        left = self.pledge.attempts.where(Attempt.state == "open", Attempt.step.not_in(CLICKED))
        return sorted(left, key=lambda attempt: (attempt.call != "refund", attempt.id))

    def _wants(self, attempt):
        """Whether a call that may not have been made is still the right one."""
        if attempt.call in ("charge", "pay_page") and attempt.params["amount"] != self.pledge.amount:
            return False
        if attempt.call == "charge" and not self.pledge.may_charge:
            return False
        if attempt.call == "reverse":
            goes_back_whole = attempt.step.count(":") == 1
            return self.pledge.state == "refunding" if goes_back_whole else self.pledge.takes_back
        state = self.pledge.state
        return state == {"charge": "collecting", "transfer": "releasing"}.get(attempt.call, state)

    def _has_to_wait(self, attempt):
        """Nothing is taken or passed on while an organizer has yet to decide, though it was about to be."""
        needs = {"charge": self.pledge.not_collectable, "transfer": self.pledge.undecided}.get(attempt.call)
        return needs is not None and needs() is not None

    def _go_on(self):
        """The next step on the payment's own way."""
        pledge = self.pledge
        if pledge.state == "due":
            (pledge.collect if pledge.may_charge else pledge.need_card)()
        if pledge.state == "collecting":
            self._charge()
        if pledge.state == "resting":
            self._pass_on()
        if pledge.state == "releasing":
            self._transfer()
        if pledge.state == "refunding" and not self._reverse():
            self._refund(self.facts.paid, self.facts.left)

    def _charge(self):
        """The card is charged, unless Stripe has refused that for good, or its day has passed."""
        pledge = self.pledge
        if not pledge.may_charge or (not self._ask_to_charge() and self._last("charge").state == "refused"):
            pledge.need_card()

    def _pass_on(self):
        pledge = self.pledge
        if not pledge.still_owed:
            pledge.undo()
        elif pledge.share > 0:
            pledge.release()
        else:
            pledge.use_up()

    def _transfer(self):
        """The share is sent, unless the helper has closed the account before anything was."""
        attempts = self.pledge.attempts
        asked = attempts.where(Attempt.state == "open", Attempt.step.startswith("transfer:")).exists()
        ready = PayoutAccount.takes_money(self.pledge.claim.helper)
        (self._ask_to_transfer if asked or ready else self.pledge.hold_back)()

    def _reverse(self):
        """Whether something is still on its way back from the helper."""
        for transfer in self._comes_back():
            left = transfer["amount"] - transfer["reversed"]
            return self._attempt(f"reverse:{transfer['id']}", transfer=transfer["id"], amount=left)

    def _comes_back(self):
        """The transfers that have to come back. What Stripe has answered once is not asked again."""
        out = [transfer for transfer in self.facts.transfers if transfer["amount"] > transfer["reversed"]]
        asked = [self._last(f"reverse:{transfer['id']}") for transfer in out]
        return [one for one, last in zip(out, asked, strict=True) if not last or last.state not in ("done", "refused")]

    def _give_surplus_back(self):
        """What was paid and has to go back, whatever else: a second payment, one that came too late, or too much."""
        pledge, facts = self.pledge, self.facts
        if pledge.state == "review":
            return
        keeps = None if pledge.state in SETTLED else facts.payment
        self._refund([one for one in facts.paid if one != keeps and not facts.disputed(one)], facts.left)
        if keeps and pledge.state != "refunding":
            self._refund([keeps], lambda intent: pledge.overpaid)

    def _refund(self, intents, amount):
        """So much of each of these payments goes back to the seeker."""
        for intent in intents:
            if left := amount(intent):
                step = f"refund:{intent['id']}:{self.pledge.refunds_asked}"
                self._attempt(step, intent=intent["id"], amount=left)

    def _take_back(self):
        """What an organizer wants back from the helper is asked for, as far as it is in their account."""
        pledge = self.pledge
        if not pledge.takes_back:
            return
        there = [(one, min(pledge.too_much_with_helper, self.facts.reversible(one))) for one in self.facts.transfers]
        transfer, amount = max(there, key=lambda one: one[1], default=(None, 0))
        if pledge.too_much_with_helper <= 0:
            pledge.come_back()
        elif amount <= 0:
            pledge.stay_away()
        else:
            step = f"reverse:{transfer['id']}:{pledge.times_taken_back}"
            self._attempt(step, transfer=transfer["id"], amount=amount)

    def unwanted_pages(self):
        """Hosted pages that are still open though nobody should use them any more."""
        pledge = self.pledge
        for attempt in pledge.attempts.where(Attempt.state == "waiting"):
            wanted = pledge.asks_for(attempt.step, pledge.claim.seeker)
            if not wanted or attempt.params.get("amount", pledge.amount) != pledge.amount:
                yield attempt

    def leftover(self):
        """Attempts on the saved card that came to nothing and could still be paid."""
        return [] if self.pledge.state == "collecting" else self.facts.leftover

    # The calls, written down

    def _ask_to_charge(self):
        """The saved card is charged what is owed."""
        pledge = self.pledge
        return self._attempt(
            "charge",
            customer=pledge.customer,
            card=pledge.card,
            amount=pledge.amount,
            currency=pledge.currency,
            words=pledge.words,
        )

    def _ask_to_transfer(self):
        """The helper's share goes to their account. After a transfer that came back, there may be another."""
        pledge = self.pledge
        return self._attempt(
            f"transfer:{len(self.facts.transfers)}",
            charge=self.facts.payment["charge"],
            amount=pledge.share,
            currency=pledge.currency,
            account=PayoutAccount.of(pledge.claim.helper).account,
        )

    def ask_for_customer(self):
        """The call by which Stripe comes to know the seeker; None where it does already."""
        with db.atomic():
            self._read()
            return None if self.pledge.customer else self._attempt("customer", email=self.pledge.claim.seeker.email)

    def ask_for_page(self, step, seeker, **page):
        """The call for a hosted page on which this seeker saves a card, or pays what is owed. Raises Refused.

        `page` is what a page needs besides: `back`, `locale`, and `words` where a card is saved.
        """
        with db.atomic():
            self.pledge.must_ask_for(step, seeker)
            pledge = self.pledge
            if step == "pay_page":
                page |= {"amount": pledge.amount, "currency": pledge.currency, "words": pledge.words}
            return self._attempt(step, customer=pledge.customer, **page)

    def _attempt(self, step, **params):
        """The row of this call: the one that is open, or the next. None where it has been made, and is not repeated."""
        pledge, last = self.pledge, self._last(step)
        if last and last.state in ("open", "waiting"):
            return last
        if last and last.state in REPEATED and step.partition(":")[0] not in REPEATED[last.state]:
            return None
        number = last.number + 1 if last else 1
        params = {"reference": pledge.reference, **params}
        return Attempt.create(pledge=pledge, step=step, number=number, params=params)

    def _last(self, step):
        """The newest attempt at this step, or None."""
        return self.pledge.attempts.where(Attempt.step == step).order_by(Attempt.number.desc()).first()

    # What follows

    def record_answer(self, attempt, answer):
        """Stripe has answered a call. What nobody knows yet changes nothing."""
        with db.atomic():
            attempt.reload()
            if attempt.state != "open":
                return
            self._read()
            if answer.outcome == "done":
                waits = attempt.call in HOSTED_PAGES
                attempt.become("waiting" if waits else "done", object=answer.object.get("id", ""))
                if attempt.step == "customer":
                    self.pledge.adopt(attempt.object)
                if attempt.call == "reverse" and self.pledge.takes_back:
                    self.pledge.come_back()
            elif answer.outcome == "refused":
                attempt.become("refused", code=answer.code[:100])
                with suppress(Refused):
                    self._refused(attempt)

    def _refused(self, attempt):
        """Stripe has said no, for good."""
        pledge = self.pledge
        if attempt.code == "amount_too_small" and attempt.call in ("charge", "pay_page"):
            pledge.waive()
        elif attempt.call == "charge":
            (pledge.need_confirmation if attempt.code == "authentication_required" else pledge.need_card)()
        elif attempt.call == "transfer":
            (pledge.await_balance if attempt.code == "balance_insufficient" else pledge.hold_back)()
        elif attempt.call == "reverse" and pledge.takes_back:
            pledge.stay_away()
        elif attempt.call in ("reverse", "refund"):
            pledge.call_for_review(trouble=attempt.step)

    def apply_page(self, attempt, page):
        """How a hosted page stands."""
        with db.atomic():
            attempt.reload()
            if attempt.state == "waiting" and page["status"] != "open":
                attempt.become("done" if page["status"] == "complete" else "given_up")
            self.apply_card(page)

    def drop_page(self, attempt):
        """Stripe no longer knows the page."""
        with db.atomic():
            attempt.reload()
            if attempt.state == "waiting":
                attempt.become("given_up")

    def lost_customer(self):
        """Stripe no longer knows the seeker of this payment: a person has to look."""
        with suppress(Refused):
            self.pledge.call_for_review(trouble=f"gone:{self.pledge.customer}")

    def apply_card(self, page):
        """A card that was saved for this pledge is its card from now on, unless it was so already."""
        with db.atomic():
            self._read()
            ours = page["reference"] == self.pledge.reference
            if ours and page["card"] not in ("", self.pledge.card) and self.pledge.can("keep_card", None):
                self.pledge.keep_card(card=page["card"], name=page["card_name"], customer=page["customer"])

    def record_facts(self, facts, known):
        """The ledger has every movement that Stripe shows, and the pledge stands where the money is.

        `known` is how many were in the ledger when Stripe was asked: if there are more now, somebody has seen newer
        facts in the meantime, and these are not believed.
        """
        with db.atomic():
            self._read()
            if known != self.pledge.entries.count():
                return
            Entry.post(self.pledge, facts["movements"])
            Pledge.update(stripe_facts=facts, facts_at=now()).where(Pledge.id == self.pledge.id).execute()
            self._read()
            before = None
            while self.pledge.state != before:
                before = self.pledge.state
                with suppress(Refused):
                    self._follow(self.facts)
            self._follow_inquiry()

    def _follow_inquiry(self):
        """What the seeker's bank asks is told once, and once more when it asks no longer."""
        pledge, asks = self.pledge, {one["id"] for one in self.facts.inquiries}
        with suppress(Refused):
            if pledge.inquiry and pledge.inquiry not in asks:
                pledge.close_inquiry()
            if asks and not pledge.inquiry:
                pledge.note_inquiry(inquiry=min(asks))

    def _follow(self, facts):
        """The verb that brings the pledge to where the money is, if it is not there yet."""
        pledge, state, payment = self.pledge, self.pledge.state, facts.payment
        judged = pledge.judged
        if trouble := next((code for code in self._troubles(facts) if code not in judged), None):
            pledge.call_for_review(trouble=trouble)
        elif state in ("due", "collecting", "action_required"):
            if payment:
                pledge.receive()
            elif state == "collecting" and facts.leftover:
                (pledge.need_confirmation if facts.wants_confirmation else pledge.need_card)()
        elif payment is None or payment["id"] != pledge.intent:
            return
        elif state == "charged_back" and not facts.chargeback(payment):
            (pledge.lose_part if facts.lost(payment) else pledge.win)()
        elif facts.chargeback(payment) and pledge.can("charge_back", None):
            pledge.charge_back()
        elif state in ("resting", "releasing", "refunding") and facts.is_all_back(payment):
            if not self._comes_back():
                pledge.give_back()
        elif state in ("resting", "releasing") and not facts.left(payment):
            pledge.undo()
        elif state == "refunding" and facts.waits_for_balance:
            if not pledge.short:
                pledge.await_balance()
        elif state in ("resting", "releasing") and facts.with_helper:
            pledge.arrive()

    def _troubles(self, facts):
        """What does not fit, as codes that tell one occasion from the next."""
        pledge, payment = self.pledge, facts.payment
        shown = {movement["object"]: movement["amount"] for movement in facts.movements}
        for entry in pledge.entries:
            if shown.get(entry.object) != entry.amount:
                yield f"ledger:{entry.object}"
        for movement in facts.movements:
            if movement["currency"] != pledge.currency:
                yield f"currency:{movement['intent'] or movement['object']}"
        for refund in facts.failed_refunds:
            yield f"refund_failed:{refund['id']}"
        for refund in facts.waiting_refunds:
            if pledge.state != "refunding" and not self._goes_back_whole(refund):
                yield f"refund_waits:{refund['id']}"
        for one in facts.taken_back:
            if any(intent["id"] == one["intent"] and one["amount"] != intent["amount"] for intent in facts.paid):
                yield f"partial_chargeback:{one['id']}"
        if facts.with_helper > max((one["amount"] for one in facts.transfers), default=0):
            yield f"two_transfers:{facts.transfers[0]['id']}"
        for intent in facts.paid:
            counts = intent == payment and pledge.state not in SETTLED
            if not counts and facts.won(intent) and facts.left(intent):
                yield f"won_late:{intent['id']}"
        if payment and pledge.state not in (*SETTLED, "refunding", "review"):
            yield from self._troubles_of(payment, facts)
        for transfer in facts.transfers if pledge.state in SETTLED else ():
            if transfer["amount"] > transfer["reversed"] and f"reverse:{transfer['id']}" not in pledge.judged:
                yield f"with_helper:{transfer['id']}"

    def _goes_back_whole(self, refund):
        """Whether this refund belongs to the payment that counts, of which nothing is left then."""
        payment = self.facts.payment
        return refund["intent"] == payment["id"] and not self.facts.left(payment)

    def _troubles_of(self, payment, facts):
        pledge, back = self.pledge, facts.asked_back(payment)
        fits = payment["amount"] == pledge.amount or pledge.was_lowered
        if pledge.still_owed and not (fits and payment["currency"] == pledge.currency):
            yield f"amount:{payment['id']}"
        lowered_by = payment["amount"] - pledge.amount if pledge.was_lowered else 0
        if lowered_by < back < payment["amount"]:
            yield f"partial_refund:{payment['id']}:{back}"
        sent = max((one["amount"] for one in facts.transfers), default=0)
        if back >= payment["amount"] and facts.with_helper:
            yield f"refunded_after_payout:{payment['id']}"
        due = sent if back >= payment["amount"] else min(sent, pledge.share)
        if facts.transfers and pledge.state == "paid" and facts.with_helper < due:
            yield f"reversed:{facts.transfers[0]['id']}:{facts.with_helper}"
