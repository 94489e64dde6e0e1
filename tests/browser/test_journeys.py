"""What people come to do here, from the first click to the last, with JavaScript and without."""

import re
from datetime import timedelta

import pytest
from people import PASSWORD
from playwright.sync_api import expect

from models import OneTimeLink, Pledge, today

UNNAMED = "Accept: this shows them your name and your employer"


@pytest.fixture(params=[True, False], ids=["with_javascript", "without_javascript"])
def javascript(request):
    return request.param


def test_whoever_holds_the_printed_link_sets_up_the_community_and_its_policy(app, person):
    olga = person()
    olga.goes_to("/")
    olga.is_at("This site waits to be set up")

    olga.goes_to(f"/setup?key={OneTimeLink.for_setup()}")
    olga.writes(re.compile("^Name"), "Junction Job Circle")
    olga.writes("Place", "Toronto")
    olga.chooses("Currency", "Canadian Dollar")
    olga.chooses("Time zone", "America/Toronto")
    expect(olga.page.get_by_role("radio", checked=True)).to_have_count(0)
    olga.ticks("Yes, prices and gifts")
    olga.writes("Your name", "Olga Owner")
    olga.writes("Email", "olga@example.org")
    olga.writes("Password", PASSWORD)
    olga.presses("Set up the community")

    olga.is_told("Your community is ready.")
    olga.is_at("Policy")
    olga.writes("Guarantee", "14")
    olga.chooses("Which postings wait for a review", "None")
    olga.presses("See what this changes")
    olga.sees("What this changes")
    olga.presses("Save the policy")
    olga.is_told("The policy is saved.")
    expect(olga.page.get_by_label("Guarantee")).to_have_value("14")


def test_somebody_joins_says_who_they_are_and_comes_back(organizer, person):
    sami = person()

    sami.joins("Sami Seeker", "sami@example.org")
    sami.writes("Headline", "Ten years in shipyards")
    sami.presses("Save profile")
    sami.is_told("Your profile is saved.")
    sami.follows("See your profile as others do")
    sami.is_at("Sami Seeker")
    sami.sees("Ten years in shipyards")
    sami.signs_out()

    sami.signs_in("sami@example.org")
    sami.page.get_by_role("button", name="You", exact=True).click()
    expect(sami.page.get_by_role("banner")).to_contain_text("Sami Seeker")


def test_help_with_a_price_goes_from_the_posting_to_the_thanks(person, helper, seeker, set_policy, later, javascript):
    set_policy(guarantee_days=14)
    hana, sami = person(helper), person(seeker)

    hana.drafts_a_role(last_day=today() + timedelta(days=30), prices={"A good word": "50", "A formal reference": "0"})
    hana.sees("A draft that only you see.")
    hana.sees("Works there, leaving")
    hana.publishes()

    sami.finds("boats hamilton", title="Shipwright")
    sami.sees("Nothing is due before the hire.")
    sami.asks_for("A good word", "A formal reference", note="I have built boats all my life.")
    sami.sees("The helper has until")
    sami.does_not_see("Hana")

    hana.reads_the_newest_notice()
    hana.sees("I have built boats all my life.")
    hana.accepts(button=UNNAMED)

    sami.opens_the_claim_that_waits()
    sami.sees("We have worked together")
    sami.sees("you owe Hana Helper $50")
    sami.agrees()

    hana.goes_to(sami.page.url)
    hana.marks_the_page()
    sami.says("When shall we talk?")
    if not javascript:
        hana.page.reload()
    hana.sees("When shall we talk?")
    sami.marks_the_page()
    hana.says("Tonight at seven.")
    if not javascript:
        sami.page.reload()
    sami.sees("Tonight at seven.")
    if javascript:
        hana.is_still_on_the_marked_page()
        sami.is_still_on_the_marked_page()

    hana.marks_as_done("The employer knows that this referral is helped, and what for")
    hana.marks_as_done("Given: A good word")
    sami.page.reload()
    sami.marks_as_done("Received: A good word")
    expect(
        sami.page.get_by_role("listitem").filter(has_text="Given: A formal reference").get_by_role("button")
    ).to_have_count(0)

    sami.reports_a_hire(first_day=today() + timedelta(days=1))
    hana.opens_the_claim_that_waits()
    hana.confirms_the_hire()
    hana.sees("and nothing before.")

    later(days=17)
    sami.opens_the_claim_that_waits()
    sami.sees("Send $50 to Hana Helper")
    sami.presses("I have sent the money")
    sami.is_told("Hana Helper is asked to say when it has arrived.")
    hana.opens_the_claim_that_waits()
    hana.presses("The money has arrived")
    hana.is_told("Settled.")
    hana.sees("All promises are kept.")

    sami.page.reload()
    sami.says_thank_you("Hana kept every promise.")
    sami.sees("Only you two read this.")
    sami.follows("Hana Helper", within=sami.page.get_by_role("main"))
    sami.is_at("Hana Helper")
    sami.does_not_see("Hana kept every promise.")


def test_a_gift_is_settled_with_the_hire(person, helper, seeker):
    hana, sami = person(helper), person(seeker)
    hana.drafts_a_role(last_day=today() + timedelta(days=30), prices={"A role briefing": "0"}, named=True)
    hana.publishes()
    sami.finds("harbour works", title="Shipwright")
    sami.asks_for("A role briefing", note="Tell me what it is really like.")
    hana.opens_the_claim_that_waits()
    hana.accepts()
    sami.opens_the_claim_that_waits()
    sami.sees("This help is a gift: you will never owe anything for it.")
    sami.agrees()

    sami.reports_a_hire(first_day=today() + timedelta(days=1))
    hana.opens_the_claim_that_waits()
    hana.confirms_the_hire()

    hana.sees("All promises are kept.")
    assert Pledge.select().count() == 0

    sami.page.reload()
    sami.says_thank_you("Hana told it as it is.", public=True)
    hana.page.reload()
    hana.presses("Show it on my profile")
    sami.follows("Hana Helper", within=sami.page.get_by_role("main"))
    sami.sees("Hana told it as it is.")


def test_an_organizer_decides_what_two_people_do_not_agree_on(person, organizer, helper, seeker, active_claim):
    olga, hana, sami = person(organizer), person(helper), person(seeker)
    address = f"/claims/{active_claim.id}"
    hana.goes_to(address)
    hana.reports_a_hire(first_day=today() + timedelta(days=1))

    sami.opens_the_claim_that_waits()
    sami.sees("You are never charged on the helper's word alone.")
    sami.opens("Contest…")
    sami.writes("Why?", "It is half a job, two days a week.")
    sami.presses("Contest")
    sami.is_told("An organizer will look at it and decide.")
    olga.follows("Desk")
    olga.follows("Shipwright, Harbour Works")
    olga.sees("It is half a job, two days a week.")
    olga.ticks("Hired: the terms hold")
    olga.writes("Owed instead of", "20")
    olga.writes("Why? Both sides read this", "Half the job, less than half the price.")
    olga.presses("Decide")

    olga.is_told("Decided. Both sides were told why.")
    olga.sees("Nothing waits")
    sami.reads_the_newest_notice()
    sami.sees("Half the job, less than half the price.")
    sami.sees("Sami Seeker owes Hana Helper $20 then, and nothing before.")


def test_a_forgotten_password_is_replaced_by_an_organizers_link(person, organizer, seeker):
    olga, sami = person(organizer), person()

    sami.goes_to("/sign-in")
    sami.sees("Forgot your password? Ask an organizer")
    olga.follows("Desk")
    olga.follows("Members")
    olga.presses("Make a sign-in link for Sami Seeker")
    olga.is_at("A sign-in link for Sami Seeker")
    link = olga.page.get_by_label("Link", exact=True).input_value()

    sami.goes_to(link)
    sami.is_at("Welcome back, Sami Seeker")
    sami.writes("New password", "another long password")
    sami.presses("Save and sign in")
    sami.is_told("Your new password counts from now on.")
    sami.signs_out()
    sami.signs_in("sami@example.org", password="another long password")

    sami.goes_to(link)
    sami.sees("This link has been used or is too old.")


@pytest.mark.parametrize("shared", [True, False])
def test_on_a_shared_computer_the_browser_forgets_who_signed_in_when_it_is_closed(person, seeker, shared):
    sami = person()
    sami.goes_to("/sign-in")
    if shared:
        sami.page.get_by_label("This is a shared computer").check()

    sami.writes("Email", "sami@example.org")
    sami.writes("Password", PASSWORD)
    sami.presses("Sign in")
    sami.is_at("The board")

    cookies = sami.page.context.cookies()
    assert cookies
    assert [cookie for cookie in cookies if cookie["expires"] == -1] == (cookies if shared else [])
