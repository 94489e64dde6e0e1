"""Who plays in the tests, what they post, and how a record comes to stand in each state."""

from datetime import UTC, datetime

from models import Claim, Member, Pledge, Referral

PASSWORD = "a long enough password"
MONDAY = datetime(2026, 6, 1, 15, tzinfo=UTC)  # Eleven in the morning where the community is.
ROLE = {
    "employer": "Harbour Works",
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

# Every state of every record, from its first, and the pages that show in which it is.
STATES = [(Referral, "draft"), (Claim, "requested"), (Pledge, "pledged")] + [
    (noun, state) for noun in WAYS for state in WAYS[noun]
]
SHOWING = r"/(claims|notices|members|desk$|referrals$|referrals/\d)"


def newcomer(name, organizer, role="member"):
    """A member with the organizer's password: it is hashed once a test, for Argon2 takes its time."""
    email = f"{name.split()[0].lower()}@example.org"
    return Member.create(name=name, email=email, password_hash=organizer.password_hash, role=role)
