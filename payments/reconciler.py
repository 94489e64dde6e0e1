"""The reconciler: it asks Stripe for what the pledges want, and believes nothing but what Stripe shows.

Webhooks, return pages and clocks only say where to look. A look at a pledge reads all that Stripe knows of it, brings
ledger and state up to that, and asks for the next thing, until there is nothing left to ask. It can be broken off at
any point, and be done twice at once.
"""

import threading
from contextlib import contextmanager
from datetime import timedelta

from models import Attempt, Community, Merchant, PayoutAccount, Pledge, Refused, StripeEvent, _, clock, db, now
from models.verbs import moved_on

from .flow import PaymentFlow

MOST_STEPS = 10  # In one look; what is left waits for the next.
PATIENCE = 3  # How often in a row Stripe may fail to answer before the rest is left for later.
OVERLAP = 300  # Seconds by which each look at the events reaches back over the one before.
SILENT_HOURS = 2  # After which the desk is told that Stripe does not answer.
CLICKS = 3  # How many clicks may ask Stripe at once,
WAITING = 2  # and how many more may wait for their turn: so the rest of the site always has threads left.
CLICK_SECONDS = 2  # How long a click waits for its turn.


class Reconciler:
    """`gateway` leads to the community's account at Stripe; it is None while there is no key."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.wake = threading.Event()
        self.clicks, self.line = threading.BoundedSemaphore(CLICKS), threading.BoundedSemaphore(CLICKS + WAITING)

    # Whether Stripe can be asked at all

    @staticmethod
    def knows(name):
        """Whether this is the database that was served last, under that name; None where none was.

        One that was copied or restored has another name, and uses none of its old keys.
        """
        merchant = Merchant.current()
        same = name == merchant.instance
        if not same:
            with db.atomic():
                Attempt.forget_keys()
                merchant.store(reconciled_at=None)
        return same

    @staticmethod
    def rename():
        """The database has a new name from now on, in its keys and beside it, that no copy made before has."""
        name = Merchant.new_instance()
        Merchant.current().store(instance=name)
        return name

    def check(self):
        """Looks at the community's own account. Returns whether money can move now."""
        merchant = Merchant.current()
        if self.gateway is None:
            merchant.store(problem="no_key")
            return False
        answer = self.gateway.check(Community.current().currency)
        if answer.outcome == "done":
            merchant.apply_check(answer.object, bool(self.gateway.webhook_secret))
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

    @staticmethod
    def alarm():
        """The code of what keeps money from moving, for the desk; empty while all is well, or payments are off."""
        merchant = Merchant.current()
        if not Pledge.through_stripe().exists() and not merchant.on:
            return ""
        heard = merchant.reconciled_at or merchant.accepted_at
        silent = heard and heard < now() - timedelta(hours=SILENT_HOURS) and Pledge.unfinished().exists()
        return merchant.problem or ("silent" if silent else "")

    # Looking at everything

    def reconcile(self):
        """What Stripe knows and we do not is made good, for every pledge. Returns how many were looked at.

        After a restore also for those that are over, until that has gone well once. None when Stripe could not be asked
        about all of them: what is left waits as it is.
        """
        if not Pledge.through_stripe().exists() and not Merchant.current().on:
            return 0
        if not self.check() or not self._fetch_events():
            return None
        self._ask_accounts()
        news = self._sort_events()
        looked, silent, missed, stumbled = 0, 0, 0, None
        pledges = Pledge.unfinished() if Merchant.current().reconciled_at else Pledge.through_stripe()
        for pledge in {pledge.id: pledge for pledge in (*pledges, *news)}.values():
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
        """The events that are not applied yet, by the pledge that each is about. Those about none are done with."""
        news = {}
        for event in StripeEvent.waiting():
            if event.account:
                self._apply_to_account(event)
            elif pledge := event.pledge:
                if self._adopt(pledge, event):
                    news.setdefault(pledge, []).append(event)
            else:
                event.apply("unknown")
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
            return event.apply("unknown")
        if event.type == "payout.failed":
            Pledge.payout_failed(payout.member, event.event)
        return event.apply("applied") if self.ask_account(payout) else None

    def _ask_accounts(self):
        for payout in PayoutAccount.waited_for():
            self.ask_account(payout)

    def ask_account(self, payout):
        """What Stripe says of a helper's account is known here. False while nobody knows."""
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
        for _step in range(MOST_STEPS):
            if not self._see(pledge):
                return False
            closed = self._close_leftovers(pledge)
            if closed is None:
                return False
            if closed:
                continue
            attempt = PaymentFlow(pledge).next_call()
            if attempt is None:
                return True
            if self._lost(self._carry_out(attempt)):
                return False
        return True

    def _see(self, pledge):
        """Reads all that Stripe knows of the pledge, and lets the pledge follow. False while nobody knows."""
        course = PaymentFlow(pledge)
        for attempt in pledge.attempts.where(Attempt.state == "waiting"):
            answer = self.gateway.session(attempt.object)
            if self._lost(answer):
                return False
            if answer.outcome == "done":
                course.apply_page(attempt, answer.object)
            else:
                course.drop_page(attempt)
        pledge.reload()
        if pledge.customer:
            known = pledge.entries.count()
            answer = self.gateway.facts(pledge.reference, pledge.customer)
            if self._lost(answer):
                return False
            if answer.outcome == "done":
                course.record_facts(answer.object, known)
            else:
                course.lost_customer()
        return True

    def _close_leftovers(self, pledge):
        """Pages and intents that nobody should pay on any more are closed: whether any was, None if nobody knows."""
        course = PaymentFlow(pledge)
        answers = [self.gateway.expire(attempt.object) for attempt in course.unwanted_pages()]
        answers += [self.gateway.cancel(intent["id"]) for intent in course.leftover()]
        if any(self._lost(answer) for answer in answers):
            return None
        return bool(answers)

    def _carry_out(self, attempt):
        answer = getattr(self.gateway, attempt.call)(key=attempt.key, **attempt.params)
        PaymentFlow(attempt.pledge).record_answer(attempt, answer)
        if attempt.call == "transfer" and answer.outcome == "refused":
            self.ask_account(PayoutAccount.of(attempt.pledge.claim.helper))
        return answer

    # On a member's own click

    def look(self, pledge):
        """The same as `look_at`, for somebody who waits for the answer. Raises Refused where it cannot be had now."""
        with self._click():
            if not self.look_at(pledge):
                raise Refused(not_now())

    def page(self, pledge, step, seeker, **params):
        """The address of a hosted page on which this seeker saves a card, or pays. Raises Refused."""
        with self._click():
            if not self.look_at(pledge):
                raise Refused(not_now())
            pledge.must_ask_for(step, seeker)
            if attempt := pledge.ask_for_customer():
                self._must(self._carry_out(attempt))
            attempt = pledge.ask_for_page(step, seeker, **params)
            answer = self._carry_out(attempt) if attempt.state == "open" else self.gateway.session(attempt.object)
            if not (url := self._must(answer)["url"]):
                raise Refused(moved_on())
            return url

    def onboard(self, member, back, again, country=""):
        """The address where this member answers Stripe's questions, so that money can go to them.

        A new account is opened in `country`, or else the community's. Raises Refused, or Invalid for the country.
        """
        with self._click():
            payout = PayoutAccount.of(member)
            if not payout.account:
                payout.live_in(country or payout.country or Merchant.current().country)
                answer = self.gateway.open_account(key=payout.key, **payout.wishes)
                if answer.outcome == "refused":
                    payout.ask_anew()
                payout.apply_facts(self._must(answer))
            answer = self.gateway.onboarding(payout.account, back, again)
            if answer.outcome == "refused":
                self.ask_account(payout)
                if payout.lost:
                    raise Refused(_("Stripe no longer takes money for your account. Open a new one here."))
            return self._must(answer)["url"]

    def look_at_account(self, payout):
        with self._click():
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
    def _click(self):
        if not self.takes_members or Merchant.current().problem:
            raise Refused(_("Card payments stand still at the moment; the organizers know. Nothing has been taken."))
        with self._turn():
            yield

    @contextmanager
    def _turn(self):
        """Few ask Stripe at once, and few wait for that, so that the rest of the site is as quick as ever."""
        if not self.line.acquire(blocking=False):
            raise Refused(not_now())
        try:
            if not self.clicks.acquire(timeout=CLICK_SECONDS):
                raise Refused(not_now())
            try:
                yield
            finally:
                self.clicks.release()
        finally:
            self.line.release()


def not_now():
    return _("Stripe does not answer at the moment. Nothing is lost: try again in a few minutes.")
