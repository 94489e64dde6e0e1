"""A price that is paid by card, from agreeing to the receipt, by way of Stripe's own pages."""

import re

import pytest
from playwright.sync_api import expect

from models import Pledge, sweep, today

ASKS_BANK = re.compile("4000002500003155")


@pytest.fixture(params=[True, False], ids=["with_javascript", "without_javascript"])
def javascript(request):
    return request.param


@pytest.fixture
def elsewhere(fake):
    """Stripe."""
    return (fake.url,)


@pytest.fixture
def passes(app, site, fake, reconciler, later):
    """Stripe tells the site what happens. Time passes, and the site does what it does by itself."""
    fake.webhooks = f"{site}/webhooks/stripe"

    def passes(**span):
        later(**span)
        sweep()
        app.extensions["reconciler"].reconcile()

    return passes


@pytest.fixture
def hired(claim, helper, seeker, set_policy, person, passes):
    """Agrees in the browser, saves a card there, and is hired. Returns both people, at their claim's page."""

    def hired(card):
        set_policy(guarantee_days=14, fee_percent=5, fee_cap=1000)
        claim.accept(helper, "met")
        hana, sami = person(helper), person(seeker)
        sami.opens_the_claim_that_waits()
        sami.sees("Junction Job Circle then charges $50 to the card that you save, once, and not after")
        sami.presses("Agree to the terms")
        sami.is_told("One thing is left: save a card. Nothing is taken before the hire.")
        sami.presses("Save a card")
        sami.is_at("Save a card")
        sami.sees("$50 is charged once, if you are hired and the job lasts, and not after")
        card(sami)
        sami.is_told("Your card is saved. Nothing has been taken.")
        sami.is_at("Shipwright")
        hana.goes_to(sami.page.url)
        sami.reports_a_hire(first_day=today())
        hana.page.reload()
        hana.confirms_the_hire()
        hana.sees("the card of Sami Seeker is charged $50 then, and nothing before")
        return hana, sami

    return hired


def types_it(sami):
    sami.presses("Save card")


def types_one_that_asks_the_bank(sami):
    sami.page.get_by_label(ASKS_BANK).check()
    sami.presses("Save card")
    sami.is_at("Confirm with your bank")
    sami.presses("Confirm")


def test_a_price_is_paid_by_card_from_the_pledge_to_the_receipts(hired, passes, books):
    hana, sami = hired(types_it)

    passes(days=16)
    sami.page.reload()
    sami.sees("Sami Seeker has paid $50. It rests with the community until")
    hana.opens_the_claim_that_waits()
    hana.sees("It waits with the community: open a payout account, and it goes to you.")
    hana.follows("Open a payout account", within=hana.page.get_by_role("main"))
    hana.sees("None yet.")
    hana.presses("Open a payout account")
    hana.is_at("Set up your payouts")
    hana.presses("Later")
    hana.is_at("Payouts")
    hana.sees("Your date of birth")
    hana.presses("Go on at Stripe")
    hana.presses("Finish")
    hana.sees("Ready: money goes to your account at Stripe, and from there to your bank.")

    passes(days=8)
    sami.page.reload()
    sami.sees("All promises are kept.")
    sami.follows("Receipt", within=sami.page.get_by_role("main"))
    sami.is_at("Receipt")
    sami.sees("Visa ending in 4242")
    expect(sami.page.locator(".total")).to_have_text(re.compile(r"You have paid\s*\$50"))
    hana.page.reload()
    hana.follows("What you received in")
    hana.sees("$45.75")
    hana.follows("Shipwright")
    hana.follows("Receipt", within=hana.page.get_by_role("main"))
    expect(hana.page.locator(".total")).to_have_text(re.compile(r"You have received\s*\$45\.75"))
    hana.does_not_see("4242")
    assert Pledge.get().state == "paid"
    books(charges=1, transfers=1)


def test_a_bank_that_wants_its_owner_gets_them_and_the_price_is_paid(hired, passes, books, javascript):
    hana, sami = hired(types_one_that_asks_the_bank)

    passes(days=16)
    sami.reads_the_newest_notice()
    sami.sees("could not be charged by itself. Nothing has been taken.")
    sami.sees("The seeker's bank wants them to confirm the payment. Nothing has been taken")
    sami.presses("Pay $50")
    sami.is_at("Pay 50.00 CAD")
    sami.follows("Go back")
    sami.is_told("Nothing has been taken. You can do this later too.")

    sami.presses("Pay $50")
    sami.page.get_by_label(ASKS_BANK).check()
    sami.presses("Pay 50.00 CAD")
    sami.presses("Refuse")
    sami.sees("Your bank could not confirm that it is you.")
    sami.page.get_by_label(ASKS_BANK).check()
    sami.presses("Pay 50.00 CAD")
    sami.presses("Confirm")

    sami.is_told("Thank you. Here is how the payment stands now.")
    sami.sees("Sami Seeker has paid $50. It rests with the community until")
    sami.cannot_press("Pay $50")
    hana.page.reload()
    hana.sees("Sami Seeker has paid $50.")
    assert Pledge.get().state == "resting"
    books(charges=1, transfers=0)


def test_an_organizer_turns_cards_on_and_gives_money_back(hired, passes, person, organizer, books):
    olga = person(organizer)
    olga.goes_to("/desk/payments")
    olga.sees("Your community becomes the merchant of record")
    olga.presses("Check now")
    olga.is_told("Stripe answers, and knows this community.")
    olga.writes("The community's share, in percent", "7")
    olga.presses("Save")
    olga.sees("Please say that your group knows and wants this.")
    expect(olga.page.get_by_label("The community's share, in percent")).to_have_value("7")
    _hana, sami = hired(types_it)
    passes(days=16)

    olga.signs_in(organizer.email)  # An organizer's browser is signed out after half a day without use.
    olga.goes_to("/desk")
    olga.follows("Money", within=olga.page.get_by_role("navigation", name="Desk"))
    olga.follows("Claim 1")
    olga.sees("Left with the community")
    olga.opens("Give the money back…")
    olga.writes("Why?", "The job was another one.")
    olga.presses("Give the money back")
    olga.is_told("Done. Both sides were told why.")
    olga.presses("Ask Stripe now")

    olga.sees("Given back")
    sami.reads_the_newest_notice()
    sami.sees("The money went back to Sami Seeker. Nothing is owed any more.")
    sami.sees("The job was another one.")
    books(charges=1, transfers=0)
