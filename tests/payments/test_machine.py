"""Two payments in whatever order things happen to them: what members, organizers, banks, clocks and networks do.

The same few orders are gone through each time. `make soak` looks for orders that nobody has thought of, as many as
MACHINE_EXAMPLES says.
"""

import os
import shutil
import sqlite3
import tempfile
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
import time_machine
from cast import ASKS_BANK, MONDAY, PASSWORD, REFUSES, ROLE, WORKS, Cards, newcomer
from fakestripe import DAY, FakeStripe
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from models import (
    Claim,
    Community,
    Entry,
    Merchant,
    Notice,
    OneTimeLink,
    Pledge,
    Policy,
    Referral,
    Refused,
    Report,
    StripeEvent,
    db,
    in_days,
    sweep,
    today,
)
from payments.gateway import Gateway
from payments.reconciler import Reconciler

SETTINGS = settings(
    max_examples=10,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
MANY = settings(SETTINGS, max_examples=int(os.environ.get("MACHINE_EXAMPLES", 200)), derandomize=False)

either = st.sampled_from([0, 1])
cards = st.sampled_from([WORKS, REFUSES, ASKS_BANK])
steps = st.sampled_from(["charge", "transfer", "reverse", "refund", "look", "session", "expire", "cancel", "any"])
faults = st.sampled_from(["drop", "lost", "500", "503", "409", "429"])

# How far a payment has come when the story begins.
STARTS = ["promised", "card saved", "hired", "declined", "resting", "rested", "passed on"]

# What the two sides do. Each may be refused.
MEMBERS = {
    "report a hire": lambda claim: claim.report_hired(claim.seeker, today()),
    "confirm": lambda claim: claim.confirm(claim.helper),
    "contest": lambda claim: claim.contest(claim.helper, reason="No."),
    "dispute": lambda claim: claim.dispute(claim.seeker, reason="No help came."),
    "report the end": lambda claim: claim.report_ended(claim.helper, ended_on=today()),
    "give up": lambda claim: claim.report_not_hired(claim.seeker, "role_cancelled"),
    "waive": lambda claim: claim.pledge.waive(claim.helper),
    "tell of a demand": lambda claim: Report.make(claim.seeker, "money_first", "Cash!", claim=claim),
}
ORGANIZERS = {
    "hired": lambda claim, olga: claim.decide(olga, "hired", reason="So."),
    "hired later": lambda claim, olga: claim.decide(olga, "hired", start_date=in_days(3).date(), reason="So."),
    "hired for less": lambda claim, olga: claim.decide(olga, "hired", owed=claim.pledge.amount // 2, reason="So."),
    "hired for nothing": lambda claim, olga: claim.decide(olga, "hired", owed=0, reason="So."),
    "not hired": lambda claim, olga: claim.decide(olga, "not_hired", reason="So."),
    "ended early": lambda claim, olga: claim.decide(olga, "ended_early", owed=claim.pledge.amount, reason="So."),
    "lower": lambda claim, olga: claim.pledge.lower(olga, owed=claim.pledge.amount - 700, reason="So."),
    "remind": lambda claim, olga: claim.pledge.remind(olga, reason="So."),
    "refund": lambda claim, olga: claim.pledge.refund(olga, reason="So."),
    "resolve": lambda claim, olga: claim.pledge.resolve(olga, reason="So."),
    "take back": lambda claim, olga: claim.pledge.take_back(olga, reason="So."),
    "write off": lambda claim, olga: claim.pledge.write_off(olga, reason="So."),
    "uphold": lambda claim, olga: claim.reports.order_by(Report.id.desc()).get().uphold(olga, reason="So."),
    "dismiss": lambda claim, olga: claim.reports.order_by(Report.id.desc()).get().dismiss(olga, reason="So."),
}


class Crash(BaseException):
    """The process is gone."""


class Payments(RuleBasedStateMachine):
    def __init__(self, migrated):
        super().__init__()
        self.clock = time_machine.travel(MONDAY, tick=False)
        self.time = self.clock.start()
        self.folder = Path(tempfile.mkdtemp())
        shutil.copy(migrated, self.folder / "golem.db")
        db.init(str(self.folder / "golem.db"))
        self.fake = FakeStripe().__enter__()
        self.wrong, self.shown, self.copy = [], [], None
        self.settle_in()
        self.watch()

    def settle_in(self):
        place = {"name": "Circle", "place": "Toronto", "currency": "CAD", "timezone": "America/Toronto"}
        owner = {"name": "Olga Owner", "email": "olga@example.org", "password": PASSWORD}
        policy = {"charging": True, "review": "none", "joining": "open", "guarantee_days": 10, "pro_rata": True}
        self.olga = Community.set_up(OneTimeLink.find("setup", OneTimeLink.for_setup()), owner, place, policy)
        self.olga.ask_for_factor(None)
        self.start()
        self.reconciler.check()
        Merchant.current().turn_on(self.olga, fee_percent=10, fee_cap=300)
        self.helper = newcomer("Hana Helper", self.olga)
        referral = Referral.draft(
            self.helper,
            prices={"good_word": 5000},
            duties="x",
            last_day=today() + timedelta(days=40),
            **{**ROLE, "seats": 2},
        )
        referral.submit(self.helper)
        for name in ("Sami Seeker", "Rosa Rival"):
            claim = Claim.request(referral, newcomer(name, self.olga), "Please.", ["good_word"])
            claim.accept(self.helper)
            claim.agree(claim.seeker)

    def start(self):
        """The site starts, on its own database."""
        self.reconciler = Reconciler(Gateway(self.fake.key, self.fake.webhook_secret, self.fake.url))
        self.cards = Cards(self.reconciler, self.fake, self.olga, self.wait)

    def wait(self, **time):
        self.time.shift(timedelta(**time))

    def pledge(self, which):
        return Pledge.get_by_id(which + 1)

    def claim(self, which):
        return self.pledge(which).claim

    # What must never be asked of Stripe

    def watch(self):
        def charged(asked):
            claim = self.about(asked)
            if claim.state not in ("hired", "ended_early") or claim.frozen_at:
                self.wrong.append(("charged", claim.state, claim.frozen_at))
            if claim.state == "hired" and today() <= claim.guarantee_ends:
                self.wrong.append(("charged within the guarantee", claim.guarantee_ends))
            if asked.params["amount"] != str(claim.pledge.amount):
                self.wrong.append(("charged something else", asked.params["amount"]))

        def sent(asked):
            claim, charge = self.about(asked), self.fake.charges[asked.params["source_transaction"]]
            if claim.state == "disputed" or claim.frozen_at:
                self.wrong.append(("sent", claim.state, claim.frozen_at))
            if datetime.now(UTC).timestamp() < charge["created"] + 7 * DAY:
                self.wrong.append(("sent before it had rested", charge["created"]))

        self.fake.before["charge"], self.fake.before["transfer"] = charged, sent

    @contextmanager
    def connection(self):
        with db.connection_context():
            yield

    def about(self, asked):
        with self.connection():
            claim = Pledge.get(Pledge.reference == asked.params["metadata"]["golem"]).claim
            assert claim.pledge.claim.terms
            return claim

    # Where the two begin

    @initialize(first=st.sampled_from(STARTS), second=st.sampled_from(STARTS), ready=st.booleans())
    def they_have_come_so_far(self, first, second, ready):
        if ready:
            self.cards.onboard(self.helper)
        for which, start in enumerate((first, second)):
            done = STARTS[: STARTS.index(start) + 1]
            if "card saved" in done:
                self.a_card_is_saved(which, REFUSES if start == "declined" else WORKS)
                self.cards.look(self.pledge(which))
            if "hired" in done:
                self.they_are_hired(which)
                self.time_passes(12 * 24)
            if "declined" in done or "resting" in done:
                self.reconciler.reconcile()
            if start == "declined":
                self.a_page_to_pay_on_is_opened(which)
            if start == "rested":
                self.time_passes(8 * 24)
            if start == "passed on":
                self.the_helper_has_an_account()
                self.time_passes(8 * 24)
                self.reconciler.reconcile()

    # What people do

    @rule(which=either, deed=st.sampled_from(sorted(MEMBERS)))
    def a_member_acts(self, which, deed):
        with suppress(Refused):
            MEMBERS[deed](self.claim(which))

    @rule(which=either)
    def they_are_hired(self, which):
        with suppress(Refused):
            MEMBERS["report a hire"](self.claim(which))
            MEMBERS["confirm"](self.claim(which))

    @rule(which=either, deed=st.sampled_from(sorted(ORGANIZERS)))
    def an_organizer_acts(self, which, deed):
        with suppress(Refused, Report.DoesNotExist):
            ORGANIZERS[deed](self.claim(which), self.olga)

    @rule(which=either, number=cards)
    def a_card_is_saved(self, which, number):
        with suppress(Refused):
            self.fake.save(self.cards.open(self.pledge(which), "save_card"), number)

    @rule(which=either)
    def a_page_to_pay_on_is_opened(self, which):
        with suppress(Refused):
            self.shown.append(self.cards.open(self.pledge(which), "pay_page"))

    @rule(number=cards)
    def somebody_pays_on_a_page_that_was_opened(self, number):
        for page in self.shown[-2:]:
            if self.fake.sessions[page]["status"] == "open" and self.fake.sessions[page]["expires_at"] > now():
                self.fake.pay(page, number)

    @rule()
    def the_helper_has_an_account(self):
        with suppress(Refused):
            self.cards.onboard(self.helper)

    @rule()
    def the_helper_cuts_the_account_off(self):
        for payout in self.helper.payout_accounts:
            if payout.account and payout.account not in self.fake.deauthorised:
                self.fake.deauthorise(payout.account)

    @rule()
    def the_helper_spends_it(self):
        for payout in self.helper.payout_accounts:
            if payout.account:
                self.fake.withdraw(payout.account)

    @rule(fee=st.sampled_from([0, 20]))
    def the_fee_is_edited(self, fee):
        Policy.current().change(self.olga, fee_percent=fee)

    # What banks do, and organizers in the Dashboard

    @rule(which=either, amount=st.sampled_from([None, 1000]))
    def money_is_given_back_in_the_dashboard(self, which, amount):
        with suppress(Exception):
            self.fake.refund_in_dashboard(self.pledge(which).intent, amount)

    @rule(which=either, amount=st.sampled_from([None, None, 1000]))
    def the_bank_takes_it_back(self, which, amount):
        intent = self.fake.intents.get(self.pledge(which).intent)
        charge = intent and self.fake.charges.get(intent["latest_charge"])
        if charge and not charge["disputed"] and not charge["amount_refunded"]:
            self.fake.dispute(charge["id"], amount)

    @rule(won=st.booleans())
    def the_bank_decides(self, won):
        for dispute in self.fake.disputes.values():
            if dispute["status"] == "needs_response":
                self.fake.close_dispute(dispute["id"], won)

    @rule(which=either, amount=st.sampled_from([None, 1000]))
    def the_bank_asks(self, which, amount):
        intent = self.fake.intents.get(self.pledge(which).intent)
        charge = intent and self.fake.charges.get(intent["latest_charge"])
        if charge and not charge["disputed"]:
            self.fake.inquire(charge["id"], amount)

    @rule(takes=st.booleans())
    def the_bank_asks_no_more(self, takes):
        for dispute in self.fake.disputes.values():
            if dispute["status"] == "warning_needs_response":
                refunded = self.fake.charges[dispute["charge"]]["amount_refunded"]
                (self.fake.escalate if takes and not refunded else self.fake.close_inquiry)(dispute["id"])

    @rule(money=st.sampled_from([0, 20_000]))
    def the_balance_is_emptied_or_filled(self, money):
        self.fake.spare = 0
        self.fake.sweep_balance()
        self.fake.add_funds(money)

    @rule()
    def a_refund_fails(self):
        for refund in list(self.fake.refunds.values())[-1:]:
            if refund["status"] == "succeeded" and not self.fake.charges[refund["charge"]]["disputed"]:
                self.fake.fail_refund(refund["id"])

    # Time, and what looks

    @rule(hours=st.sampled_from([1, 25, 25, 72, 12 * 24]))
    def time_passes(self, hours):
        self.wait(hours=hours)
        sweep()

    @rule()
    def everything_is_looked_at(self):
        sweep()
        self.reconciler.reconcile()

    @rule(which=either)
    def somebody_looks(self, which):
        with suppress(Refused):
            self.cards.look(self.pledge(which))

    @rule(data=st.data(), times=st.integers(1, 2), back=st.booleans())
    def webhooks_come(self, data, times, back):
        """Some of them, twice or once, in order or not."""
        if self.fake.events:
            some = data.draw(st.lists(st.integers(0, len(self.fake.events) - 1), max_size=6))
            for index in sorted(some, reverse=back) * times:
                StripeEvent.receive(self.reconciler.gateway.verified_event(*self.fake.signed(self.fake.events[index])))

    # What goes wrong

    @rule(step=steps, how=faults, times=st.integers(1, 4))
    def calls_will_fail(self, step, how, times):
        self.fake.fail(step, how, times)

    @rule(down=st.booleans())
    def stripe_is_down_or_up(self, down):
        self.fake.down = down

    @rule()
    def the_network_is_well_again(self):
        self.fake.faults.clear()
        self.fake.down = False

    @rule(calls=st.integers(0, 12), answered=st.booleans())
    def the_process_dies_at_some_call(self, calls, answered):
        left = [calls]
        send = requests.Session.request

        def die(*args, **values):
            left[0] -= 1
            if left[0] < 0 and not answered:
                raise Crash
            answer = send(*args, **values)
            if left[0] < 0:
                raise Crash
            return answer

        requests.Session.request = die
        try:
            self.reconciler.reconcile()
        except Crash:
            pass
        finally:
            requests.Session.request = send
        self.start()

    @rule(answered=st.booleans())
    def an_older_copy_is_put_back(self, answered):
        """What has happened since the copy was made is known to Stripe alone."""
        if not self.copy:
            self.copy = sqlite3.connect(":memory:")
            db.connection().backup(self.copy)
            return
        self.copy.backup(db.connection())
        self.copy = None
        self.wait(hours=1)
        self.start()
        if answered:
            self.reconciler.reconcile()

    # What always holds

    @invariant()
    def nothing_wrong_was_asked(self):
        assert not self.wrong
        assert not self.fake.violations

    @invariant()
    def one_charge_is_kept_and_one_transfer(self):
        for pledge in Pledge.select():
            charges = [one for one in self.fake.charges.values() if one["metadata"]["golem"] == pledge.reference]
            transfers = [one for one in self.fake.transfers.values() if one["transfer_group"] == pledge.reference]
            assert len([one for one in charges if not one["amount_refunded"] and not one["disputed"]]) <= 1
            assert len([one for one in transfers if one["amount_reversed"] < one["amount"]]) <= 1

    @invariant()
    def only_the_seeker_hears_of_their_card(self):
        for notice in Notice.select().where(Notice.kind.in_(("pledge.need_card", "pledge.need_confirmation"))):
            assert notice.member == notice.claim.seeker

    # How it ends

    def teardown(self):
        try:
            self.the_network_is_well_again()
            self.the_balance_is_emptied_or_filled(1_000_000)
            self.come_to_rest()
            for pledge in Pledge.select():
                self.fits(pledge)
            assert sum(Entry.balances().values()) == self.fake.balance
            self.nothing_wrong_was_asked()
            self.one_charge_is_kept_and_one_transfer()
        finally:
            self.fake.__exit__()
            db.close()
            shutil.rmtree(self.folder)
            self.clock.stop()

    def come_to_rest(self):
        for day in range(9):
            if day == 2:
                with suppress(Refused):  # An account that was cut off so long ago that no event tells of it.
                    self.cards.onboard(self.helper)
                self.cards.onboard(self.helper)
            self.wait(days=4)
            sweep()
            assert self.reconciler.reconcile() is not None
        assert not list(StripeEvent.waiting())

    def fits(self, pledge):
        """What is left of this payment at Stripe is what its state says."""
        charges = [one for one in self.fake.charges.values() if one["metadata"]["golem"] == pledge.reference]
        kept = [one for one in charges if one["amount"] > one["amount_refunded"] + self.taken_back(one)]
        transfers = [one for one in self.fake.transfers.values() if one["transfer_group"] == pledge.reference]
        sent = [one for one in transfers if one["amount_reversed"] < one["amount"]]
        stands_still = pledge.claim.state == "disputed" or pledge.claim.frozen_at
        story = (pledge.state, pledge.trouble, pledge.claim.state, kept, sent)
        if pledge.state == "review":
            return
        if pledge.state == "paid":
            assert len(kept) == 1, story
            assert len(sent) == 1 or pledge.share <= 0, story
        elif pledge.state == "resting":
            assert len(kept) == 1, story
            assert not sent, story
            waits = stands_still or pledge.inquiry
            assert waits or not pledge.claim.helper.payout_accounts.get().ready, story
        elif pledge.state == "charged_back":
            assert [one for one in charges if self.taken_back(one)], story
        else:
            assert pledge.state in ("pledged", "action_required", "refunded", "waived", "void") or stands_still, story
            assert not kept, story
        if pledge.state not in ("paid", "charged_back", "void", "refunded"):
            assert not sent, story

    def taken_back(self, charge):
        """How much of a charge the bank has: all that is left of it while it holds a part."""
        against = [one for one in self.fake.disputes.values() if one["charge"] == charge["id"]]
        if any(one["status"] == "needs_response" for one in against):
            return charge["amount"]
        return sum(one["amount"] for one in against if one["status"] == "lost")


def now():
    return datetime.now(UTC).timestamp()


@pytest.mark.parametrize("orders", [SETTINGS, pytest.param(MANY, marks=pytest.mark.soak)], ids=["few", "many"])
def test_whatever_happens_in_whatever_order_the_money_adds_up(orders, migrated, monkeypatch):
    monkeypatch.setattr("stripe.HTTPClient.INITIAL_DELAY", 0)
    monkeypatch.setattr("stripe.HTTPClient.MAX_DELAY", 0)

    run_state_machine_as_test(lambda: Payments(migrated), settings=orders)
