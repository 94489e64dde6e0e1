"""An evening at the desk, in a browser: the queue is cleared, a dispute decided, an appeal heard by another."""

import pytest
from people import PASSWORD
from playwright.sync_api import expect

from models import Action, Claim, Member, Report


@pytest.fixture
def applicants(organizer):
    """Three people who would like to come in."""
    same = {"password": PASSWORD, "state": "applicant", "answer": "I mend clocks."}
    return [Member.join(name, f"{name.lower()}@example.org", **same) for name in ("Nina", "Nora", "Nils")]


def item(person, text):
    return person.page.get_by_role("article").filter(has_text=text)


def test_an_organizer_clears_the_queue(person, organizer, applicants, helper, seeker):
    Report.make(seeker, "spam", "Forty letters in a day.", member=helper)
    olga = person(organizer)
    olga.follows("Desk", within=olga.page.get_by_role("navigation", name="Main"))
    olga.sees("4 items wait")
    olga.marks_the_page()

    item(olga, "Nina").get_by_role("button", name="I am on it").click()
    olga.is_told("It is yours for half an hour")
    item(olga, "Nina").get_by_role("button", name="Let in").click()
    olga.is_told("1 item is done.")
    olga.sees("3 items wait")
    olga.is_still_on_the_marked_page()
    report = item(olga, "Forty letters in a day.")
    report.locator("summary", has_text="Read and decide").click()
    report.get_by_label("Your answer to who reported this").fill("We have spoken.")
    report.get_by_label("If they were right, what follows?").select_option("note")
    report.get_by_label("Your words to Hana Helper").fill("Fewer letters, please.")
    report.get_by_role("button", name="Uphold").click()
    olga.is_told("Everyone concerned was told")
    olga.sees("2 items wait")

    olga.follows("Choose all on this page")
    olga.page.get_by_label("Why, in your own words?").fill("We are full.")
    olga.presses("Turn down: Application, all chosen")

    olga.is_told("2 items are done.")
    olga.sees("Nothing waits")
    assert [Member.get_by_id(one.id).state for one in applicants] == ["new", "declined", "declined"]
    nora = person()
    nora.goes_to("/sign-in")
    nora.writes("Email", "nora@example.org")
    nora.writes("Password", PASSWORD)
    nora.presses("Sign in")
    nora.sees("We are full.")


def test_two_organizers_decide_the_same_thing_once(person, organizer, second, applicants):
    """Each has the queue open. What one holds or decides, the other does not decide as well."""
    olga, oscar = person(organizer), person(second)
    for each in (olga, oscar):
        each.goes_to("/desk")
        each.sees("3 items wait")

    item(olga, "Nina").get_by_role("button", name="I am on it").click()
    olga.is_told("It is yours for half an hour")
    item(oscar, "Nina").get_by_role("button", name="Let in").click()
    oscar.is_told("Olga Owner is at work on this.")
    item(oscar, "Nora").get_by_role("button", name="Let in").click()
    oscar.is_told("1 item is done.")
    item(olga, "Nora").locator("summary").click()
    item(olga, "Nora").get_by_label("In your own words").fill("We are full.")
    item(olga, "Nora").get_by_role("button", name="Turn down").click()
    olga.is_told("This has been dealt with in the meantime.")
    olga.follows("Choose all on this page")
    olga.presses("Let in: Application, all chosen")

    olga.is_told("2 items are done.")
    olga.sees("Nothing waits")
    expect(olga.page.get_by_role("navigation", name="Main").get_by_text("to decide")).to_have_count(0)
    assert [Member.get_by_id(one.id).state for one in applicants] == ["new"] * 3


def test_twenty_items_are_seen_on_two_screens_and_one_on_a_phone(person, organizer):
    same = {"password_hash": organizer.password_hash, "state": "applicant", "answer": "I mend clocks."}
    rows = ({"name": f"Nina {number}", "email": f"nina{number}@example.org", **same} for number in range(20))
    Member.insert_many(rows).execute()
    wide = person(organizer, viewport={"width": 1280, "height": 900}).page
    phone = person(organizer, viewport={"width": 390, "height": 844}).page

    for page in (wide, phone):
        page.goto("desk")
    boxes = [line.bounding_box() for line in wide.locator(".queue > li").all()]
    phone.locator(".queue > li").nth(1).evaluate("line => line.scrollIntoView()")

    assert len(boxes) == 20
    assert boxes[-1]["y"] + boxes[-1]["height"] <= 2 * 900
    expect(phone.get_by_role("button", name="Let in: Application").nth(1)).to_be_in_viewport()
    expect(phone.locator(".queue > li").nth(2)).not_to_be_in_viewport(ratio=0.1)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_an_organizer_decides_a_dispute(person, organizer, helper, seeker, active_claim):
    active_claim.dispute(seeker, reason="She does not answer.")
    olga, hana = person(organizer), person(helper)

    olga.goes_to("/desk")
    olga.follows("Read and decide")
    olga.sees("She does not answer.")
    olga.page.get_by_role("radio", name="cancelled").check()
    olga.writes("Why? Both sides read this", "It is better to part.")
    olga.presses("Decide")

    olga.is_told("Decided. Both sides were told why.")
    olga.sees("Nothing waits")
    assert Claim.get().state == "cancelled"
    hana.reads_the_newest_notice()
    hana.sees("It is better to part.")


def test_an_appeal_is_decided_by_another_organizer(person, organizer, second, seeker):
    olga, oscar, sami = person(organizer), person(second), person(seeker)
    olga.goes_to(f"/desk/members/{seeker.id}")
    olga.chooses("What", "Suspended")
    olga.chooses("By which rule", "Spam")
    olga.page.get_by_label("Days").fill("7")
    olga.writes("Why? They read this", "Forty letters in a day.")
    olga.presses("Act")
    olga.is_told("Sami Seeker was told")

    sami.goes_to("/")
    sami.is_at("Your standing")
    sami.sees("Forty letters in a day.")
    sami.opens("Appeal")
    sami.writes("Why?", "It was four.")
    sami.presses("Appeal")
    sami.is_told("Your appeal is with the organizers.")

    olga.goes_to("/desk")
    olga.sees("another organizer decides")
    oscar.goes_to("/desk")
    oscar.follows("Suspended: Sami Seeker")
    oscar.sees("It was four.")
    oscar.opens("Take it back")
    oscar.writes("Why?", "It was four indeed.")
    oscar.presses("Take it back")

    oscar.is_told("Sami Seeker was told.")
    assert Action.get().state == "reversed"
    sami.goes_to("/")
    sami.is_at("The board")
    sami.goes_to("/standing")
    sami.sees("Taken back after an appeal")
    expect(sami.page.get_by_text("It was four indeed.")).to_be_visible()
