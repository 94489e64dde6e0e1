"""The reconciler: it asks Stripe for what the pledges want, and believes nothing but what Stripe shows.

Webhooks, return pages and clocks only say where to look. A look at a pledge reads all that Stripe knows of it, brings
ledger and state up to that, and asks for the next thing, until there is nothing left to ask. It can be broken off at
any point, and be done twice at once.
"""

import threading
from contextlib import contextmanager
from datetime import timedelta

from models import Attempt, Community, Merchant, PayoutAccount, Pledge, Refused, StripeEvent, _, clock, now
from models.verbs import moved_on

from .flow import PaymentFlow

MOST_STEPS = 10  # In one look; what is left waits for the next.
PATIENCE = 3  # How often in a row Stripe may fail to answer before the rest is left for later.
OVERLAP = 300  # Seconds by which each look at the events reaches back over the one before.
SILENT_HOURS = 2  # After which the desk is told that Stripe does not answer.
CLICKS = 3  # How many clicks may ask Stripe at once,
WAITING = 2  # and how many more may wait for their turn: so the rest of the site always has threads left.
FOLLOWING = 7  # How many more may wait for another click at the same page.
CLICK_SECONDS = 2  # How long a click waits for its turn,
FOLLOW_SECONDS = 30  # and for another at the same page.


class Reconciler:
    """`gateway` leads to the community's account at Stripe; it is None while there is no key."""

    def __init__(self, gateway):
        self.gateway, self.started = gateway, now()
        self.wake = threading.Event()
        self.clicks, self.line = threading.BoundedSemaphore(CLICKS), threading.BoundedSemaphore(CLICKS + WAITING)
        self.followers, self.pages = threading.BoundedSemaphore(FOLLOWING), {}

    # Whether Stripe can be asked at all

    def check(self):
        """Looks at the community's own account. Returns whether money can move now."""
        merchant = Merchant.current()
        if self.gateway is None:
            merchant.store(problem="no_key")
            return False
        answer = self.gateway.check(Community.current().currency)
        if answer.outcome == "done":
            merchant.apply_check(answer.object, bool(self.gateway.webhook_secrets))
        elif answer.outcome == "shut":
            merchant.store(problem="wrong_key", checked_at=now())
        return answer.outcome == "done" and not merchant.problem

    def _lost(self, answer):
        """Whether the answer tells nothing. A key that no longer opens at all is a problem for the desk."""
        if answer.outcome == "shut" and answer.code != "forbidden":
            Merchant.current().store(problem="wrong_key", checked_at=now())
        return answer.outcome in ("unknown", "shut")

    @property
    def takes_members(self):
        """Whether members can be sent to Stripe's pages at all."""
        return self.gateway is not None and Merchant.current().accepted_at is not None

    def alarm(self):
        """The code of what keeps money from moving, for the desk; empty while all is well, or payments are off."""
        merchant = Merchant.current()
        if not Pledge.through_stripe().exists() and not merchant.on:
            return ""
        if merchant.problem or not merchant.accepted_at or not Pledge.unfinished().exists():
            return merchant.problem
        heard = merchant.reconciled_at or merchant.accepted_at
        if max(heard, self.started) < now() - timedelta(hours=SILENT_HOURS):
            return "silent"
        return "not_compared" if heard < self.started else ""

    @property
    def compared(self):
        """Whether all payments were compared with Stripe since the start: until then this may be an older copy."""
        return bool(reconciled_at := Merchant.current().reconciled_at) and reconciled_at >= self.started

    # Looking at everything

    def reconcile(self):
        """What Stripe knows and we do not is made good, for every pledge. Returns how many were looked at.

        After the start also for those that are over, until that has gone well once: the database may be an older copy,
        and what was done since may be so long ago that no event tells of it. None when Stripe could not be asked about
        all of them: what is left waits as it is.
        """
        if not Pledge.through_stripe().exists() and not Merchant.current().on:
            return 0
        if not self.check() or not self._fetch_events():
            return None
        self._ask_accounts()
        news = self._sort_events()
        looked, silent, missed, stumbled = 0, 0, 0, None
        others = () if self.compared else Pledge.through_stripe()
        for pledge in {pledge.id: pledge for pledge in (*Pledge.unfinished(), *news, *others)}.values():
            try:
                answered = self.look_at(pledge)
            except Exception as problem:  # One that stumbles does not hold up the others.
                stumbled = problem
                continue
            if answered:
                looked, silent = looked + 1, 0
                for event in news.get(pledge, ()):
                    event.apply("applied")
                continue
            silent, missed = silent + 1, missed + 1
            if silent == PATIENCE:
                return None
        if stumbled:
            raise stumbled
        if missed:
            return None
        Merchant.current().store(reconciled_at=now())
        return looked

    def receive(self, body, signature):
        """Keeps what came by webhook, and lets it follow a moment later. False unless Stripe has signed it just now."""
        event = self.gateway and self.gateway.verified_event(body, signature)
        if not event:
            return False
        if event["live"] == self.gateway.live:  # What happens in helpers' accounts is told of both modes.
            StripeEvent.receive(event)
            self.wake.set()
        return True

    def _fetch_events(self):
        """What Stripe has told while nobody listened is kept as if a webhook had brought it."""
        merchant, began = Merchant.current(), int(clock().timestamp())
        answer = self.gateway.events((merchant.events_since or began) - OVERLAP)
        if answer.outcome != "done":
            return not self._lost(answer)
        for event in answer.object["events"]:
            StripeEvent.keep(event)
        merchant.store(events_since=began)
        return True

    def _sort_events(self):
        """The events that are not applied yet, by the pledge that each is about. Those about none are done with.

        What was unknown before is sorted anew: the newer copy may be back, or an account known that was just opened.
        """
        news = {}
        for event in (*StripeEvent.waiting(), *StripeEvent.unknown()):
            if event.account:
                self._apply_to_account(event)
            elif pledge := event.pledge:
                if self._adopt(pledge, event):
                    news.setdefault(pledge, []).append(event)
            elif not event.outcome:
                event.apply(event.outcome_where_missing)
        return news

    def _adopt(self, pledge, event):
        """A page or a customer that this database does not know, because it was restored, is the pledge's again."""
        for id in event.objects:
            if id.startswith("cus_") and not pledge.customer:
                pledge.adopt(id)
            if id.startswith("cs_") and not pledge.attempts.where(Attempt.object == id).exists():
                answer = self.gateway.session(id)
                if self._lost(answer):
                    return False
                if answer.outcome == "done":
                    PaymentFlow(pledge).apply_card(answer.object)
        return True

    def _apply_to_account(self, event):
        payout = PayoutAccount.get_or_none(PayoutAccount.account == event.account)
        if payout is None:
            return event.apply(event.outcome_where_missing)
        if event.type == "payout.failed":
            Pledge.payout_failed(payout.member, event.event)
        return event.apply("applied") if self.ask_account(payout) else None

    def _ask_accounts(self):
        for payout in PayoutAccount.waited_for():
            self.ask_account(payout)

    def ask_account(self, payout):
        """What Stripe says of a helper's account is known here. False while nobody knows."""
        if not payout.account:  # It was closed a moment ago, and let go of.
            return True
        answer = self.gateway.account(payout.account)
        if self._lost(answer):
            return False
        if answer.outcome == "refused":
            if answer.code in ("account_invalid", "resource_missing"):  # The helper has cut the community off.
                payout.close()
        elif payout.apply_facts(answer.object):
            Pledge.helper_became_ready(payout.member)
        return True

    # Looking at one pledge

    def look_at(self, pledge):
        """The pledge stands where Stripe shows it, and what it wants next is asked for. False while nobody knows."""
        pledge.claim.catch_up()
        flow = PaymentFlow(pledge)
        for _step in range(MOST_STEPS):
            if not self._see(flow):
                return False
            closed = self._close_leftovers(flow)
            if closed is None:
                return False
            if closed:
                continue
            attempt = flow.next_call()
            if attempt is None:
                return True
            if self._lost(self._carry_out(flow, attempt)):
                return False
        return True

    def _see(self, flow):
        """Reads all that Stripe knows of the pledge, and lets the pledge follow. False while nobody knows."""
        pledge = flow.pledge
        for attempt in pledge.attempts.where(Attempt.state == "waiting"):
            answer = self.gateway.session(attempt.object)
            if self._lost(answer):
                return False
            if answer.outcome == "done":
                flow.apply_page(attempt, answer.object)
            else:
                flow.drop_page(attempt)
        pledge.reload()
        if not pledge.by_stripe:
            return True
        known = pledge.entries.count()
        answer = self.gateway.facts(pledge.reference, pledge.customer)
        if self._lost(answer):
            return False
        if answer.outcome == "done":
            if answer.object["customer"] and not pledge.customer:  # Somebody who is known to Stripe, and not here.
                pledge.adopt(answer.object["customer"])
            flow.record_facts(answer.object, known)
        else:
            flow.lost_customer()
        return True

    def _close_leftovers(self, flow):
        """Pages and intents that nobody should pay on any more are closed: whether any was, None if nobody knows."""
        answers = [self.gateway.expire(attempt.object) for attempt in flow.unwanted_pages()]
        answers += [self.gateway.cancel(intent["id"]) for intent in flow.leftover()]
        if any(self._lost(answer) for answer in answers):
            return None
        return bool(answers)

    def _carry_out(self, flow, attempt):
        answer = getattr(self.gateway, attempt.call)(key=attempt.key, **attempt.params)
        flow.record_answer(attempt, answer)
        if attempt.call == "transfer" and answer.outcome == "refused":
            self.ask_account(PayoutAccount.of(flow.pledge.claim.helper))
        return answer

    # On a member's own click

    def look(self, pledge):
        """The same as `look_at`, for somebody who waits for the answer. Raises Refused where it cannot be had now."""
        with self._click("pledge", pledge.id):
            if not self.look_at(pledge):
                raise Refused(not_now())

    def page(self, pledge, step, seeker, **params):
        """The address of a hosted page on which this seeker saves a card, or pays. Raises Refused."""
        with self._click("pledge", pledge.id):
            if not self.look_at(pledge):
                raise Refused(not_now())
            pledge.must_ask_for(step, seeker)
            flow = PaymentFlow(pledge)
            if attempt := flow.ask_for_customer():
                self._must(self._carry_out(flow, attempt))
            attempt = flow.ask_for_page(step, seeker, **params)
            answer = self._carry_out(flow, attempt) if attempt.state == "open" else self.gateway.session(attempt.object)
            if not (url := self._must(answer)["url"]):
                raise Refused(moved_on())
            return url

    def onboard(self, member, back, again, country=""):
        """The address where this member answers Stripe's questions, so that money can go to them.

        A new account is opened in `country`, or else the community's. Raises Refused, or Invalid for the country.
        """
        with self._click("account", member.id):
            payout = PayoutAccount.of(member)
            if not payout.account:
                payout.live_in(country or payout.country or Merchant.current().country)
                payout.apply_facts(self._must(self._open_account(payout)))
            if not payout.account:
                raise Refused(lost_account())
            answer = self.gateway.onboarding(payout.account, back, again)
            if answer.outcome == "refused":
                self.ask_account(payout)
                if payout.lost:
                    raise Refused(lost_account())
            return self._must(answer)["url"]

    def _open_account(self, payout):
        """The account of a helper who has none here. Where an answer was lost it may be open already."""
        key, answer = payout.key, None
        if not payout.key_is_old:
            answer = self.gateway.open_account(key=key, **payout.wishes)
            if answer.outcome != "refused":
                return answer
        found = self.gateway.opened_account(key)
        if found.outcome != "refused":
            return found
        payout.renew_key(key)
        return answer or self.gateway.open_account(key=payout.key, **payout.wishes)

    def look_at_account(self, payout):
        with self._click("account", payout.member_id):
            if not self.ask_account(payout):
                raise Refused(not_now())

    def _must(self, answer):
        if self._lost(answer):
            raise Refused(not_now())
        if answer.outcome == "refused":
            raise Refused(_("Stripe did not accept this (%(code)s). Ask an organizer.", code=answer.code))
        return answer.object

    def check_now(self):
        """The same as `check`, for an organizer who waits for the answer."""
        if self.gateway is None:
            return self.check()
        with self._turn():
            return self.check()

    @contextmanager
    def _click(self, noun, id):
        if not self.takes_members or Merchant.current().problem:
            raise Refused(_("Card payments stand still at the moment; the organizers know. Nothing has been taken."))
        with self._alone(noun, id), self._turn():
            yield

    @contextmanager
    def _alone(self, noun, id):
        """Only one click at a time asks about one pledge or account: the others wait for it, and then look anew."""
        page = self.pages.setdefault((noun, id), threading.Lock())
        if not page.acquire(blocking=False):
            if not self.followers.acquire(blocking=False):
                raise Refused(busy())
            try:
                if not page.acquire(timeout=FOLLOW_SECONDS):
                    raise Refused(not_now())
            finally:
                self.followers.release()
        try:
            yield
        finally:
            page.release()

    @contextmanager
    def _turn(self):
        """Few ask Stripe at once, and few wait for that, so that the rest of the site is as quick as ever."""
        if not self.line.acquire(blocking=False):
            raise Refused(busy())
        try:
            if not self.clicks.acquire(timeout=CLICK_SECONDS):
                raise Refused(busy())
            try:
                yield
            finally:
                self.clicks.release()
        finally:
            self.line.release()


def not_now():
    return _("Stripe does not answer at the moment. Nothing is lost: try again in a few minutes.")


def lost_account():
    return _("Stripe no longer takes money for your account. Open a new one here.")


def busy():
    return _("Several people are paying just now: press again in a moment.")
