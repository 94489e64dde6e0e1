"""The course of a payment: what to ask of Stripe next, and what follows from what Stripe shows.

It decides from the pledge, its ledger and the picture that Stripe gave last, and moves the pledge by its verbs alone.
"""

from contextlib import suppress

from models import Attempt, Entry, PayoutAccount, Pledge, Refused, db, now
from models.pledges import HOSTED_PAGES, SETTLED

# What is asked on a member's own click.
CLICKED = (*HOSTED_PAGES, "customer")


class PaymentFlow:
    def __init__(self, pledge):
        self.pledge = pledge

    @property
    def facts(self):
        return self.pledge.facts

    # What to ask next

    def next_call(self):
        """The next thing to ask of Stripe, kept before it is asked; None when there is nothing left to ask."""
        with db.atomic():
            self.pledge.reload()
            for attempt in self.pledge.attempts.where(Attempt.state == "open"):
                if attempt.stale or not self._wants(attempt):
                    attempt.become("given_up")
            with suppress(Refused):  # Something else stands in the way: it waits.
                self._decide()
            left = self.pledge.attempts.where(Attempt.state == "open", Attempt.step.not_in(CLICKED))
            return next((attempt for attempt in left if not self._has_to_wait(attempt)), None)

    def _wants(self, attempt):
        """Whether a call that may not have been made is still the right one."""
        if attempt.call in ("charge", "pay_page") and attempt.params["amount"] != self.pledge.amount:
            return False
        if attempt.call == "charge" and not self.pledge.may_charge:
            return False
        state = self.pledge.state
        return state == {"charge": "collecting", "transfer": "releasing"}.get(attempt.call, state)

    def _has_to_wait(self, attempt):
        """Nothing is taken or passed on while an organizer has yet to decide, though it was about to be."""
        needs = {"charge": self.pledge.not_collectable, "transfer": self.pledge.undecided}.get(attempt.call)
        return needs is not None and needs() is not None

    def _decide(self):
        pledge = self.pledge
        if pledge.state == "due":
            (pledge.collect if pledge.may_charge else pledge.need_card)()
        elif pledge.state == "collecting":
            self._charge()
        elif pledge.state == "resting":
            self._pass_on()
        elif pledge.state == "releasing":
            self._transfer()
        elif pledge.state == "refunding" and self._reverse():
            return
        self._refund()

    def _charge(self):
        """The card is charged, unless Stripe has refused that for good, or its day has passed."""
        pledge = self.pledge
        if not pledge.may_charge or (not pledge.ask_to_charge() and pledge.last("charge").state == "refused"):
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
        (self.pledge.ask_to_transfer if asked or ready else self.pledge.hold_back)()

    def _reverse(self):
        """Whether something is still on its way back from the helper."""
        for transfer in self._comes_back():
            left = transfer["amount"] - transfer["reversed"]
            return self.pledge.attempt(f"reverse:{transfer['id']}", transfer=transfer["id"], amount=left)

    def _comes_back(self):
        """The transfers that have to come back. What Stripe has answered once is not asked again."""
        out = [transfer for transfer in self.facts.transfers if transfer["amount"] > transfer["reversed"]]
        asked = [self.pledge.last(f"reverse:{transfer['id']}") for transfer in out]
        return [one for one, last in zip(out, asked, strict=True) if not last or last.state not in ("done", "refused")]

    def _refund(self):
        for intent in self._surplus():
            step = f"refund:{intent['id']}:{self.pledge.refunds_asked}"
            self.pledge.attempt(step, intent=intent["id"], amount=self.facts.left(intent))

    def _surplus(self):
        """What was paid and has to go back: a second payment, one that came too late, or the one being refunded."""
        state, facts = self.pledge.state, self.facts
        paid = [intent for intent in facts.paid if facts.left(intent)]
        if state == "review":
            return []
        if state == "refunding":
            return paid
        keeps = None if state in SETTLED else facts.payment
        return [intent for intent in paid if intent != keeps and not facts.disputed(intent)]

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

    # What follows

    def record_answer(self, attempt, answer):
        """Stripe has answered a call. What nobody knows yet changes nothing."""
        with db.atomic():
            attempt.reload()
            if attempt.state != "open":
                return
            if answer.outcome == "done":
                waits = attempt.call in HOSTED_PAGES
                attempt.become("waiting" if waits else "done", object=answer.object.get("id", ""))
                if attempt.step == "customer":
                    self.pledge.adopt(attempt.object)
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
            self.pledge.reload()
            ours = page["reference"] == self.pledge.reference
            if ours and page["card"] not in ("", self.pledge.card) and self.pledge.can("keep_card", None):
                self.pledge.keep_card(card=page["card"], name=page["card_name"], customer=page["customer"])

    def record_facts(self, facts, known):
        """The ledger has every movement that Stripe shows, and the pledge stands where the money is.

        `known` is how many were in the ledger when Stripe was asked: if there are more now, somebody has seen newer
        facts in the meantime, and these are not believed.
        """
        with db.atomic():
            self.pledge.reload()
            if known != self.pledge.entries.count():
                return
            Entry.post(self.pledge, facts["movements"])
            Pledge.update(stripe_facts=facts, facts_at=now()).where(Pledge.id == self.pledge.id).execute()
            self.pledge.reload()
            before = None
            while self.pledge.state != before:
                before = self.pledge.state
                with suppress(Refused):
                    self._follow(self.facts)

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
            pledge.win()
        elif facts.chargeback(payment) and pledge.can("charge_back", None):
            pledge.charge_back()
        elif state == "refunding" and facts.waits_for_balance:
            if not pledge.short:
                pledge.await_balance()
        elif state in ("resting", "refunding") and not facts.left(payment) and not self._comes_back():
            pledge.give_back()
        elif state in ("resting", "releasing") and facts.with_helper:
            pledge.arrive()

    def _troubles(self, facts):
        """What does not fit, as codes that tell one occasion from the next."""
        pledge, payment = self.pledge, facts.payment
        shown = {moved["object"]: moved["amount"] for moved in facts.movements}
        for entry in pledge.entries:
            if shown.get(entry.object) != entry.amount:
                yield f"ledger:{entry.object}"
        for moved in facts.movements:
            if moved["currency"] != pledge.currency:
                yield f"currency:{moved['intent'] or moved['object']}"
        for refund in facts.failed_refunds:
            yield f"refund_failed:{refund['id']}"
        for one in facts.chargebacks:
            if any(intent["id"] == one["intent"] and one["amount"] != intent["amount"] for intent in facts.paid):
                yield f"partial_chargeback:{one['id']}"
        if facts.with_helper > max((one["amount"] for one in facts.transfers), default=0):
            yield f"two_transfers:{facts.transfers[0]['id']}"
        for intent in facts.paid:
            counts = intent == payment and pledge.state not in SETTLED
            if not counts and facts.disputed(intent) and facts.left(intent):
                yield f"won_late:{intent['id']}"
        if payment and pledge.state not in (*SETTLED, "refunding", "review"):
            yield from self._troubles_of(payment, facts)
        for transfer in facts.transfers if pledge.state in SETTLED else ():
            if transfer["amount"] > transfer["reversed"] and f"reverse:{transfer['id']}" not in pledge.judged:
                yield f"with_helper:{transfer['id']}"

    def _troubles_of(self, payment, facts):
        pledge, back = self.pledge, facts.refunded(payment)
        if pledge.still_owed and (payment["amount"] != pledge.amount or payment["currency"] != pledge.currency):
            yield f"amount:{payment['id']}"
        if 0 < back < payment["amount"]:
            yield f"partial_refund:{payment['id']}:{back}"
        if back >= payment["amount"] and facts.with_helper:
            yield f"refunded_after_payout:{payment['id']}"
        if facts.transfers and pledge.state == "paid" and facts.with_helper < facts.transfers[0]["amount"]:
            yield f"reversed:{facts.transfers[0]['id']}:{facts.with_helper}"
