"""The pages on which members are checked: one's own, the desk, the link to vouch, and the letter to a work address."""

import re
import sqlite3

import pytest
from cast import MONDAY
from mailserver import SITE, MailServer, browser_at, site_with_letters

from models import Letter, OneTimeLink, Verification, Workplace, hidden_from

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

WORK = "boat.builder@harbour-works.example"


@pytest.fixture
def server():
    with MailServer() as server:
        yield server


@pytest.fixture
def site(server, database):
    return site_with_letters(server, database)


@pytest.fixture
def visit(site):
    """A browser at the site that sends letters, signed in as this member or as nobody."""
    return lambda member=None: browser_at(site, member)


@pytest.fixture
def deliver(site):
    return site.extensions["postman"].deliver


# One's own page


def test_the_page_offers_first_what_risks_least(helper, visit):
    text = visit(helper).open("/account/verification").text

    ways = ("An organizer knows you", "Two members vouch", "An organizer sees a document", "A work address")
    places = [text.index(way) for way in ways]
    assert places == sorted(places)
    assert text.index("Your employer may read the letter") < text.index("Your address at work")


def test_where_no_letters_are_sent_no_work_address_is_offered(hana):
    page = hana.open("/account")
    page = hana.follow("How you were checked")

    assert "A work address" not in page.text
    assert hana.client.post("/account/verification/letter", data={"email": WORK}).status_code == 409
    assert not Letter.select().exists()


def test_one_reads_how_one_was_checked_and_how_that_reads_to_others(organizer, helper, hana):
    Verification.see_document(organizer, helper, "Harbour Works")

    page = hana.open("/account/verification")

    assert "An organizer has seen a document: Harbour Works · 1 Jun 2026 · Olga Owner" in page.text
    assert "Others read: “checked by an organizer, Jun 2026”" in page.text
    page = hana.press("End it")
    assert page.flash == "Done. Others no longer read it."
    assert "ended" in page.text


def test_another_member_cannot_end_it(organizer, helper, rosa):
    row = Verification.know(organizer, helper)

    assert rosa.client.post(f"/account/verification/{row.id}/give_up").status_code == 404


# At the desk


def test_an_organizer_presses_that_they_know_somebody(olga, helper, hana, told):
    olga.open(f"/desk/members/{helper.id}")
    page = olga.press("I know them", employer=" Harbour   Works ")

    assert page.flash == "Done. Hana Helper was told."
    assert "An organizer knows the person: Harbour Works" in olga.follow("How they were checked").text
    notices = hana.open("/notices")
    assert "Olga Owner confirmed that they know you." in notices.text
    assert "/account/verification" in notices.links.values()


def test_a_document_needs_the_name_that_it_shows(olga, helper):
    olga.open(f"/desk/members/{helper.id}")
    page = olga.press("I have seen it")

    assert page.status == 422
    assert page.says("employer-error") == "Please fill this in."
    assert not Verification.select().exists()
    assert olga.press("I have seen it", employer="Harbour Works").flash


def test_taking_it_back_needs_a_reason_that_its_member_reads(olga, organizer, helper, hana):
    Verification.know(organizer, helper)
    olga.open(f"/desk/members/{helper.id}/checks")
    assert olga.press("Take it back").status == 422

    page = olga.press("Take it back", reason="It was somebody else.")

    assert page.flash == "Done. Hana Helper was told."
    assert "It was somebody else." in hana.open("/account/verification").text


def test_an_organizer_of_that_employer_reads_that_one_was_checked_and_no_more(organizer, helper, second, oscar, post):
    Workplace.say(second, "Harbour Works")
    row = Verification.see_document(organizer, helper, "Harbour Works")
    assert hidden_from(helper, second)

    history = oscar.open(f"/desk/members/{helper.id}")
    assert "document of a member" not in history.text
    page = oscar.follow("How they were checked")

    assert "checked by an organizer, Jun 2026" in page.text
    assert "document" not in page.text.lower()
    assert "Harbour Works" not in history.text + page.text
    answer = oscar.client.post(f"/desk/verifications/{row.id}/revoke", data={"reason": "No."})
    assert answer.status_code == 404


def test_the_log_says_the_kind_and_neither_whom_nor_where(organizer, helper, rosa):
    Verification.see_document(organizer, helper, "Harbour Works")

    text = rosa.open("/log").text

    assert "Olga Owner has seen a document of a member" in text
    assert "Hana" not in text
    assert "Harbour Works" not in text


# What others read


def test_on_a_posting_one_reads_checked_and_the_month(organizer, helper, post, sami):
    Verification.see_document(organizer, helper, "Harbour Works Ltd")
    referral = post()

    page = sami.open(f"/referrals/{referral.id}")

    assert "checked by an organizer, Jun 2026" in page.text
    assert "document" not in page.text
    assert "Jun 2026" not in sami.open("/").text


def test_on_a_profile_one_reads_checked(organizer, helper, hana, sami, olga):
    helper.introduce(profile_shown="all")
    address = f"/members/{helper.id}"
    assert "Checked" not in sami.open(address).text
    Verification.know(organizer, helper)

    for browser in (hana, sami, olga):
        assert "Checked" in browser.open(address).text
    assert "2026" not in re.search(r"Checked.{40}", sami.open(address).text)[0]


# Vouching


def test_two_members_vouch_by_the_link_that_they_were_given(organizer, helper, rival, seeker, sami, hana, rosa, told):
    Verification.know(organizer, helper)
    Verification.know(organizer, rival)
    sami.open("/account/verification")
    link = sami.press("Make a link").typed("link")
    assert "This link is for two members who know you." in sami.open(link).text

    page = hana.open(link)
    assert "Do you know Sami Seeker?" in page.text
    page = hana.press("Yes, I know them")
    assert page.flash == "Thank you. You have vouched for Sami Seeker."
    assert "You have vouched for them already." in hana.open(link).text
    rosa.open(link)
    rosa.press("Yes, I know them")

    text = sami.open("/account/verification").text
    assert "Two members vouch · 1 Jun 2026 · Hana Helper · Rosa Rival" in text
    assert "“checked, Jun 2026”" in text
    assert rosa.open(link).status == 409


def test_who_was_not_checked_is_told_so_and_has_no_button(seeker, hana, app):
    token = Verification.ask_to_be_vouched_for(seeker)

    page = hana.open(f"/vouch/{token}")

    assert "Only members who were checked themselves can vouch." in page.text
    assert "Yes, I know them" not in page.buttons


def test_strangers_are_asked_to_sign_in_and_read_no_name(seeker, walk):
    page = walk().open(f"/vouch/{Verification.ask_to_be_vouched_for(seeker)}")

    assert page.address == "/sign-in"
    assert "Sami" not in page.text


# A work address


def test_the_letter_to_a_work_address_says_nothing_but_the_communitys_name(helper, visit, server, deliver, database):
    hana = visit(helper)
    hana.open("/account/verification")
    page = hana.press("Send the letter", email=" Boat.Builder@Harbour-Works.example")
    assert page.flash.startswith("Look at your mail there.")
    assert deliver() == 1

    (letter,) = server.letters
    assert (letter["To"], letter["Subject"]) == (WORK, "Please confirm this address")
    for kind in ("plain", "html"):
        text = letter.get_body([kind]).get_content()
        assert "someone at Junction Job Circle asks to confirm this address" in " ".join(text.split())
        for word in ("Hana", "job market", " work ", "employer", "referral", "leav", "check"):
            assert word not in re.sub(r"http://\S+", "", text), word
    link = re.search(rf"{SITE}(/\S+)", letter.get_body(["plain"]).get_content())[1]
    assert "work" not in link
    assert not kept(database, "boat.builder")

    hana.open(link)
    assert hana.open(link).buttons == ["Yes, I asked for it"]  # Whoever only opens it changes nothing.
    page = hana.press("Yes, I asked for it")

    assert page.address == "/account/verification"
    assert "A work address: harbour-works.example · 1 Jun 2026" in page.text
    assert "boat.builder" not in page.text
    assert not kept(database, "boat.builder")
    assert hana.open(link).status == 409


def kept(database, text):
    """The rows of the whole database in which this text stands."""
    with sqlite3.connect(database) as copy:
        return [row for row in copy.iterdump() if text in row]


def test_whoever_opens_the_letter_without_being_signed_in_learns_nothing(helper, rival, visit, server, deliver):
    Verification.ask_by_letter(helper, WORK)
    deliver()
    link = re.search(rf"{SITE}(/\S+)", server.letters[0].get_body(["plain"]).get_content())[1]

    for browser in (visit(), visit(rival)):
        page = browser.open(link)
        assert "Yes, I asked for it" not in page.buttons
        assert "Hana" not in page.text
        browser.client.post(link)

    assert Verification.get().state == "asked"
    assert OneTimeLink.get(OneTimeLink.purpose == "work_address").used_at is None


def test_a_taken_work_address_reads_the_same_as_a_free_one(helper, rival, visit, deliver, server):
    Verification.ask_by_letter(helper, WORK)
    deliver()
    link = re.search(rf"{SITE}(/\S+)", server.letters[0].get_body(["plain"]).get_content())[1]
    hana, rosa = visit(helper), visit(rival)
    hana.open(link)
    hana.press("Yes, I asked for it")

    pages = []
    for address in (WORK, "rosa@harbour-works.example"):
        rosa.open("/account/verification")
        pages.append(rosa.press("Send the letter", email=address).text)

    assert pages[0] == pages[1]
    assert deliver() == 1


@pytest.mark.parametrize("address", ["rosa@gmail.com", "rosa at work"])
def test_what_is_no_work_address_is_said_beside_the_field(address, rival, visit):
    rosa = visit(rival)
    rosa.open("/account/verification")

    page = rosa.press("Send the letter", email=address)

    assert (page.status, page.typed("email")) == (422, address)
    assert page.says("email-error")


def test_a_work_address_that_the_mail_server_refuses_leaves_nothing(
    helper, organizer, visit, server, deliver, database
):
    server.answers["RCPT"] = f"550 5.1.1 {WORK} unknown, boat.builder left us"
    Verification.ask_by_letter(helper, WORK)

    deliver()

    assert not kept(database, "boat.builder")
    text = visit(organizer).open("/desk/letters").text
    assert "harbour" not in text.lower()
