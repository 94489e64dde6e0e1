"""The demo with card payments: the neighbourhood, a Stripe that is played on this machine, and a clock to push.

`make demo-stripe` runs it. Nothing of it is real: no key, no account, no money.
"""

import os
import tempfile
import threading
from datetime import timedelta

from fakestripe import FakeStripe

from golem import create_app
from hosting.server import serve
from models import Claim, Member, Merchant, Policy, Referral, base, now, sweep, today

from . import fill
from .clock import at
from .plots import HELPER, OWNER, SEEKER

PORT = 8010
SIMPLE, ASKS_THE_BANK = "4242424242424242", "4000002500003155"
GUARANTEE_DAYS = 14

WHAT_TO_DO = f"""
Sign in as the seeker: agree to the terms of one claim, save a card; pay another, for which the bank wants you.
As the helper: open a payout account for the money that waits. As the organizer: see Desk, Money.
Hires are sure after {GUARANTEE_DAYS} days, and money rests for seven. Press Enter here to let a week pass.
"""


def main():
    port = int(os.environ.get("GOLEM_PORT", 8000))
    site = f"http://127.0.0.1:{port}"
    with FakeStripe(PORT, webhooks=f"{site}/webhooks/stripe") as fake, tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            GOLEM_DATA=folder,
            GOLEM_URL=site,
            STRIPE_SECRET_KEY=fake.key,
            STRIPE_WEBHOOK_SECRET=fake.webhook_secret,
            STRIPE_API_BASE=fake.url,
        )
        app = create_app()
        for line in fill():
            print(line)
        reconciler = app.extensions["reconciler"]
        tell(fake, reconciler)
        print(WHAT_TO_DO, flush=True)
        threading.Thread(target=push_the_clock, args=[reconciler], daemon=True).start()
        serve(app)


def tell(fake, reconciler):
    """Card payments are on, and there is one of each: to agree to, to pay, to be paid out, and paid."""
    people = {member.name: member for member in Member.select()}
    owner, helper, seeker = people[OWNER], people[HELPER], people[SEEKER]
    friend = next(one for one in people.values() if one.state == "trusted" and not one.organizer and one != helper)
    Policy.current().change(owner, guarantee_days=GUARANTEE_DAYS, review="none", open_claims_cap=20)
    reconciler.check()
    Merchant.current().turn_on(owner, fee_percent=5, fee_cap=1000)

    accept("Bicycle mechanic", helper, seeker)
    hire(accept("Stagehand", helper, seeker), ASKS_THE_BANK, fake, reconciler)
    hire(accept("Archivist", friend, seeker), SIMPLE, fake, reconciler)
    hire(accept("Tram driver", helper, friend), SIMPLE, fake, reconciler)
    sweep()
    reconciler.reconcile()


def accept(title, helper, seeker):
    """A posting, and a seeker whom its helper has taken on, three weeks ago."""
    with at(now() - timedelta(days=21 if title != "Bicycle mechanic" else 0)):
        referral = Referral.draft(
            helper,
            employer="Junction Works",
            title=title,
            industry="48-49",
            location="Toronto",
            work_mode="on_site",
            pay_min=5_200_000,
            pay_max=6_100_000,
            pay_period="year",
            connection="leaving",
            seats=1,
            closes_on=None,
            last_day=today() + timedelta(days=60),
            duties="What the title says, with good people.",
            prices={"good_word": 6000, "interview_coaching": 2500},
        )
        referral.submit(helper)
        claim = Claim.request(referral, seeker, "This is the work I want to do.", ["good_word", "interview_coaching"])
        claim.accept(helper, "met")
        return claim


def hire(claim, card, fake, reconciler):
    """The seeker agrees and saves this card, and both say that it led to a hire."""
    with at(now() - timedelta(days=20)):
        claim.agree(claim.seeker, consent="I agree to these terms.")
    reconciler.page(claim.pledge, "save_card", claim.seeker, words="Save a card.", back=fake.url, locale="auto")
    fake.save(next(reversed(fake.sessions)), card)
    reconciler.look(claim.pledge)
    with at(now() - timedelta(days=19)):
        claim.report_hired(claim.seeker, today())
        claim.confirm(claim.helper)


def push_the_clock(reconciler):
    """Every Enter lets a week pass at once, for Golem; the played Stripe lives in the present."""
    wall, weeks = base.clock, 0
    while os.read(0, 1024):  # Not `input`, which would hold up the end of the process.
        weeks += 1
        base.clock = lambda passed=timedelta(weeks=weeks): wall() + passed
        sweep()
        reconciler.wake.set()
        print(f"{today():%d %B %Y}", flush=True)


if __name__ == "__main__":
    main()
