"""Everything works without JavaScript: by links and forms alone, a whole page at a time.

The journeys are walked without it as well; here is what they do not come by.
"""

import pytest
from playwright.sync_api import expect

from models import Claim


@pytest.fixture
def javascript():
    return False


def test_the_board_is_narrowed_down_with_its_button(post, person, seeker):
    post(title="Nurse", industry="62", public_employer=False, prices={"reference": 0})
    post(title="Carer", industry="62", public_employer=False, prices={"good_word": 5000})
    post(title="Shipwright", prices={"reference": 0})
    sami = person(seeker, viewport={"width": 600, "height": 900})

    sami.goes_to("/")
    sami.opens("Filters")
    sami.chooses("Industry", "Health care and social assistance")
    sami.ticks("Gifts only")
    sami.presses("Show")

    sami.sees("1 role")
    sami.sees("Nurse")
    expect(sami.page.get_by_label("Gifts only")).to_be_checked()
    sami.follows("Clear the filters")
    sami.sees("3 roles")


def test_the_board_is_leafed_through_by_its_numbers(post, person, seeker):
    for number in range(21):
        post(title=f"Boat builder {number}")
    sami = person(seeker)

    sami.goes_to("/?words=boat")
    sami.does_not_see("Boat builder 0")
    sami.page.get_by_role("navigation", name="Pages").get_by_role("link", name="2").click()

    sami.sees("Boat builder 0")
    expect(sami.page.get_by_role("searchbox")).to_have_value("boat")


def test_a_posting_that_cannot_be_taken_keeps_what_was_typed(person, helper):
    hana = person(helper)
    hana.goes_to("/referrals/new")
    hana.writes("Job title", "Shipwright")
    hana.writes("Duties", "Build and mend **wooden boats**.")
    hana.writes("Pay from", "a lot")
    hana.writes("A good word", "900")
    hana.ticks("I work there and stay")

    hana.presses("Save and preview")

    hana.sees("Something needs another look.")
    expect(hana.page.get_by_label("Job title")).to_have_value("Shipwright")
    expect(hana.page.get_by_label("Duties")).to_have_value("Build and mend **wooden boats**.")
    expect(hana.page.get_by_label("Pay from")).to_have_value("a lot")
    expect(hana.page.get_by_label("I work there and stay")).to_be_checked()
    employer = hana.page.locator(".field", has=hana.page.get_by_label("Employer"))
    expect(employer.get_by_role("alert")).to_have_text("Please fill this in.")


def test_a_stale_button_says_so_and_shows_how_it_stands(claim, person, helper, seeker):
    hana = person(helper)
    hana.goes_to(f"/claims/{claim.id}")
    claim.withdraw(seeker)

    hana.presses("Accept")

    hana.is_told("This has moved on in the meantime. Here is how it stands now.")
    hana.sees("This claim has ended. Nothing is owed.")
    expect(hana.page.get_by_role("navigation", name="Main")).to_be_visible()


def test_a_reason_that_is_missing_is_asked_for_where_it_is_written(active_claim, person, helper):
    hana = person(helper)
    hana.goes_to(f"/claims/{active_claim.id}")
    hana.opens("Let go…")
    hana.writes("Why?", " ")

    hana.presses("Let the claim go")

    form = hana.page.locator("details", has_text="Let go…")
    expect(form.get_by_role("alert")).to_have_text("Please say why, in a sentence or two.")
    assert Claim.get_by_id(active_claim.id).state == "active"


def test_members_find_their_way_back_after_signing_in(claim, person, helper):
    hana = person()

    hana.goes_to(f"/claims/{claim.id}")
    hana.is_told("Please sign in first.")
    hana.writes("Email", helper.email)
    hana.writes("Password", "a long enough password")
    hana.presses("Sign in")

    hana.is_at("Shipwright")
    hana.can_press("Accept")
