"""Who plays in the tests, what they post, and how a record comes to stand in each state."""

from datetime import UTC, datetime

import pytest

from models import Claim, Member, Pledge, Referral, now, today

PASSWORD = "a long enough password"
MONDAY = datetime(2026, 6, 1, 15, tzinfo=UTC)  # Eleven in the morning where the community is.
ROLE = {
    "employer": "Harbour Works",
    "employer_named": True,
    "helper_named": True,
    "title": "Shipwright",
    "industry": "31-33",
    "location": "Hamilton",
    "work_mode": "on_site",
    "pay_min": 5_500_000,
    "pay_max": 6_500_000,
    "pay_period": "year",
    "connection": "leaving",
    "seats": 1,
    "closes_on": None,
}

# What somebody types to post a role and to set the policy, by the names that scripts rely on.
POSTING = {
    "employer": "Harbour Works",
    "employer_named": "yes",
    "employer_words": "",
    "helper_named": "yes",
    "small_employer": "",
    "month_only": "no",
    "title": "Shipwright",
    "industry": "31-33",
    "location": "Hamilton",
    "work_mode": "hybrid",
    "pay_min": "28.50",
    "pay_max": "34",
    "pay_period": "hour",
    "duties": "Build and mend **wooden boats**.",
    "last_day": "2026-07-01",
    "connection": "leaving",
    "influence": "I report to the person who hires",
    "seats": "2",
    "closes_on": "2026-06-20",
    "price_good_word": "50",
    "price_introduction": "12.50",
    "price_reference": "0",
    "price_resume_review": "",
    "price_interview_coaching": "10",
    "price_role_briefing": "",
}
POLICY = {
    "charging": "yes",
    "priced_classes": ["coaching", "information"],
    "price_cap": "120.50",
    "hired_means": "A signed contract.",
    "guarantee_days": "60",
    "pro_rata": "yes",
    "joining": "application",
    "question": "What have you mended?",
    "appeal_days": "10",
    "review": "all",
    "seats_cap": "3",
    "open_claims_cap": "2",
    "listing_days": "30",
    "reminder_days": "4",
    "request_days": "6",
    "changes_days": "12",
    "agree_days": "2",
    "report_days": "10",
    "active_days": "100",
    "check_in_days": "20, 40",
    "settle_days": "9",
    "thread_days": "300",
    "posting_days": "100",
    "application_days": "60",
    "reapply_days": "20",
    "notice_days": "45",
    "unnamed": "no",
    "tree_open": "no",
    "archive_days": "20",
}

# Every way that a record can go: the state it comes from, and the verb (or the deed) that leads on.
WAYS = {
    Referral: {
        "in_review": ("draft", "submit"),
        "changes_asked": ("in_review", "ask_changes"),
        "rejected": ("in_review", "reject"),
        "published": ("draft", "submit"),
        "paused": ("published", "pause"),
        "expired": ("published", "expire"),
        "filled": ("published", "fill"),
        "withdrawn": ("published", "withdraw"),
        "hidden": ("published", "hide"),
        "removed": ("hidden", "remove"),
    },
    Claim: {
        "changes_asked": ("requested", "ask_changes"),
        "declined": ("requested", "decline"),
        "withdrawn": ("requested", "withdraw"),
        "lapsed": ("requested", "lapse"),
        "closed": ("requested", "close"),
        "accepted": ("requested", "accept"),
        "active": ("accepted", "agree"),
        "released": ("active", "release"),
        "not_hired": ("active", "report_not_hired"),
        "expired": ("active", "expire"),
        "reported": ("active", "report_hired"),
        "disputed": ("reported", "contest"),
        "cancelled": ("disputed", "decide"),
        "hired": ("reported", "confirm"),
        "ended_early": ("hired", "report_ended"),
        "settled": ("hired", lambda claim: claim.pledge.waive(claim.helper)),
    },
    Pledge: {
        "due": ("pledged", "fall_due"),
        "sent": ("due", "mark_sent"),
        "paid": ("sent", "mark_received"),
        "waived": ("pledged", "waive"),
        "void": ("pledged", lambda pledge: pledge.claim.report_ended(pledge.claim.seeker)),
    },
}

# The cards of Stripe's fake, by what comes of them.
WORKS = "4242424242424242"
ASKS_BANK = "4000002500003155"
REFUSES = "4000000000000341"  # It can be saved, and is declined whenever it is charged.
EXPIRED = "4000000000000069"
EMPTY = "4000000000009995"
DECLINES = "4000000000000002"  # It cannot even be saved.

# The ways of a pledge that is paid by card: the state it comes from, and what happens then, here or at Stripe.
BY_CARD = {
    "due": ("pledged", lambda pledge, cards: cards.hire(pledge)),
    "collecting": ("due", lambda pledge, cards: pledge.collect()),
    "action_required": ("due", lambda pledge, cards: cards.lose_card(pledge)),
    "resting": ("due", lambda pledge, cards: cards.look(pledge)),
    "releasing": ("resting", lambda pledge, cards: cards.begin_release(pledge)),
    "paid": ("releasing", lambda pledge, cards: cards.look(pledge)),
    "refunding": ("resting", lambda pledge, cards: pledge.refund(cards.organizer, reason="No help was given.")),
    "refunded": ("refunding", lambda pledge, cards: cards.look(pledge)),
    "charged_back": ("resting", lambda pledge, cards: cards.dispute(pledge)),
    "review": ("resting", lambda pledge, cards: cards.refund_in_dashboard(pledge, 100)),
    "waived": ("pledged", lambda pledge, cards: pledge.waive(pledge.claim.helper)),
    "void": ("pledged", lambda pledge, cards: pledge.claim.withdraw(pledge.claim.seeker)),
}

# Every state of every record, from its first, and the pages that show in which it is.
STATES = [(Referral, "draft"), (Claim, "requested"), (Pledge, "pledged")] + [
    (noun, state) for noun in WAYS for state in WAYS[noun]
]
SHOWING = r"/(claims|notices|members|desk$|referrals$|referrals/\d)"


def soak(every, *few):
    """All of these cases for parametrize. Only the few are tried each time; the others wait for `make soak`."""
    assert few
    assert all(case in every for case in few), "The few have to be among all of them."
    return [case if case in few else as_parameter(case) for case in every]


def as_parameter(case):
    return pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.soak)


def newcomer(name, organizer, role="member"):
    """A member with the organizer's password: it is hashed once a test, for Argon2 takes its time."""
    email = f"{name.split()[0].lower()}@example.org"
    agreed = {"rules_version": 1, "rules_agreed_at": now()}
    return Member.create(name=name, email=email, password_hash=organizer.password_hash, role=role, **agreed)


class Cards:
    """What people do about a payment: on our pages, on Stripe's, at the bank and in the Dashboard."""

    def __init__(self, reconciler, fake, organizer, wait):
        self.reconciler, self.fake, self.organizer, self.wait = reconciler, fake, organizer, wait

    def look(self, pledge):
        self.reconciler.look(pledge)
        pledge.reload()

    def reconcile(self, pledge):
        looked = self.reconciler.reconcile()
        pledge.reload()
        return looked

    # The seeker

    def open(self, pledge, step):
        """The hosted page that the seeker's click leads to, by its id at Stripe."""
        params = {"back": "https://golem.example/back", "locale": "auto"}
        if step == "save_card":
            params["words"] = "Saved for later."
        return self.reconciler.page(pledge, step, pledge.claim.seeker, **params).rpartition("/")[2]

    def save(self, pledge, number=WORKS):
        assert not self.fake.save(self.open(pledge, "save_card"), number)
        self.look(pledge)

    def pay(self, pledge, number=WORKS):
        declined = self.fake.pay(self.open(pledge, "pay_page"), number)
        self.look(pledge)
        return declined

    def lose_card(self, pledge):
        """The bank no longer likes the card that was saved."""
        self.fake.methods[pledge.card]["number"] = REFUSES
        self.look(pledge)

    # The helper

    def hire(self, pledge):
        """The hire is confirmed, and its guarantee passes."""
        claim = pledge.claim
        claim.report_hired(claim.seeker, today())
        claim.confirm(claim.helper)
        self.wait(days=claim.terms.guarantee_days + 1)
        pledge.reload()
        pledge.catch_up()

    def onboard(self, helper):
        """The helper answers all of Stripe's questions. Returns the name of their account there."""
        self.reconciler.onboard(helper, "https://golem.example/back", "https://golem.example/again")
        payout = helper.payout_accounts.get()
        self.fake.onboard(payout.account)
        self.reconciler.look_at_account(payout)
        return payout.account

    def begin_release(self, pledge):
        """The money has rested, and is about to be sent."""
        self.onboard(pledge.claim.helper)
        self.wait(days=8)
        pledge.release()

    # The bank, and organizers in the Dashboard

    def dispute(self, pledge, amount=None):
        dispute = self.fake.dispute(pledge.intent, amount)
        self.look(pledge)
        return dispute

    def refund_in_dashboard(self, pledge, amount=None):
        refund = self.fake.refund_in_dashboard(pledge.intent, amount)
        self.look(pledge)
        return refund


def keys_for(fake):
    return {
        "STRIPE_SECRET_KEY": fake.key,
        "STRIPE_WEBHOOK_SECRET": fake.webhook_secret,
        "STRIPE_API_BASE": fake.url,
    }
