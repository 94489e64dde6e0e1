"""What people do by letter: getting back in, confirming an address, and the organizers' look at the outbox."""

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from cast import MONDAY
from mailserver import SENDER, SITE, MailServer, browser_at, site_with_letters
from pages import flaws

from models import Letter, Member, db, now

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

HERE = Path(__file__).parent.parent


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
def post(site):
    """The postman comes by. Returns how many letters were sent."""
    return site.extensions["postman"].deliver


@pytest.fixture
def link(server):
    """The path of the link in the newest letter."""

    def link():
        text = server.letters[-1].get_body(["plain"]).get_content()
        return re.search(rf"{SITE}(/\S+)", text)[1]

    return link


# Asking


@pytest.mark.parametrize(
    ("link", "kind"), [("Forgot your password?", "reset"), ("Send me a link that signs me in", "sign_in")]
)
@pytest.mark.parametrize("address", ["Sami@Example.org", "nobody@example.org"])
def test_whoever_asks_for_a_letter_reads_the_same_whether_the_address_is_known_or_not(
    seeker, visit, link, kind, address
):
    somebody = visit()
    somebody.open("/sign-in")
    somebody.follow(link)

    page = somebody.press("Send the letter", email=address)

    assert page.address == "/sign-in"
    assert page.flash == "Look at your mail. If a member has this address, a letter is there within minutes."
    assert [(letter.kind, letter.address, letter.member) for letter in Letter.select()] == [
        (kind, address.lower(), None)
    ]


def test_what_is_no_address_is_said_beside_the_field(seeker, visit):
    somebody = visit()
    somebody.open("/forgot-password")

    page = somebody.press("Send the letter", email="sami at example")

    assert (page.status, page.says("email-error")) == (422, "This does not look like an email address.")
    assert page.typed("email") == "sami at example"


def test_where_no_mail_is_sent_one_is_told_to_ask_an_organizer(seeker, walk):
    somebody = walk()

    page = somebody.open("/sign-in")
    assert "Ask an organizer: they can give you a link that signs you in once." in page.text
    assert "Forgot your password?" not in page.links

    assert "Send the letter" not in somebody.open("/forgot-password").buttons
    answer = somebody.client.post("/forgot-password", data={"email": seeker.email})
    assert answer.status_code == 409
    assert Letter.select().count() == 0


def test_the_account_asks_for_nothing_where_no_mail_is_sent(seeker, walk):
    assert "Please confirm" not in walk(seeker).open("/account").text


# Getting back in


def test_who_forgot_the_password_chooses_a_new_one_by_letter(seeker, visit, server, post, link):
    old, somebody = visit(seeker), visit()
    somebody.open("/forgot-password")
    somebody.press("Send the letter", email="SAMI@example.org")
    post()

    somebody.open(link())
    page = somebody.press("Save and sign in", password="quite another password")

    assert (page.address, page.flash) == ("/", "Your new password counts from now on.")
    assert old.open("/account").address == "/sign-in"
    assert Member.get_by_id(seeker.id).confirmed_at == now()
    assert visit().open(link()).status == 409
    assert server.letters[0]["Subject"] == "The link that you asked for"


def test_who_asked_for_it_is_signed_in_by_letter_and_keeps_the_password(seeker, visit, post, link):
    somebody = visit()
    somebody.open("/sign-in-link")
    somebody.press("Send the letter", email=seeker.email)
    post()

    somebody.open(link())
    page = somebody.press("Sign in")

    assert page.address == "/"
    assert "Sami Seeker" in somebody.open("/account").answer.text
    assert visit(seeker).open("/account").address == "/account"
    assert visit().open(link()).status == 409


@pytest.mark.parametrize("kind", ["reset", "sign_in", "confirm"])
def test_a_mail_program_that_opens_the_link_uses_nothing_up(seeker, visit, post, link, unchanged, kind):
    Letter.ask(kind, seeker.email)
    post()

    with unchanged():
        assert [visit().open(link()).status for _time in range(2)] == [200, 200]


@pytest.mark.parametrize("kind", ["reset", "sign_in", "confirm"])
def test_a_newer_letter_ends_the_link_of_the_one_before(seeker, visit, post, link, wait, kind):
    Letter.ask(kind, seeker.email)
    post()
    old = link()
    wait(minutes=1)
    Letter.ask(kind, seeker.email)
    post()

    assert (visit().open(old).status, visit().open(link()).status) == (409, 200)


@pytest.mark.parametrize("kind", ["reset", "sign_in"])
def test_a_letter_that_had_to_be_sent_twice_works_both_times_but_once(seeker, visit, post, link, wait, kind):
    """A mail program that knows the Message-ID may show only the first."""
    letter = Letter.ask(kind, seeker.email)
    post()
    first = link()
    Letter.update(sent_at=None, due=now()).where(Letter.id == letter.id).execute()
    post()
    second = link()

    assert first != second
    assert visit().open(second).status == 200
    somebody = visit()
    somebody.open(first)
    button, typed = ("Sign in", {}) if kind == "sign_in" else ("Save and sign in", {"password": "another password"})
    assert somebody.press(button, **typed).address == "/"
    assert visit().open(second).status == 409


@pytest.mark.parametrize(("kind", "hours"), [("reset", 2), ("sign_in", 2), ("confirm", 72)])
def test_the_link_works_for_as_long_as_the_letter_says(seeker, visit, server, post, link, wait, kind, hours):
    Letter.ask(kind, seeker.email)
    post()

    assert f"{hours} hours" in server.letters[0].get_body(["plain"]).get_content()
    wait(hours=hours, seconds=-1)
    assert visit().open(link()).status == 200
    wait(seconds=1)
    assert visit().open(link()).status == 409


def test_nothing_that_lets_anybody_in_lies_in_the_outbox(seeker, visit, post, link, database):
    Letter.ask("reset", seeker.email)
    post()
    token = link().rpartition("/")[2]

    assert len(token) > 20
    assert token not in "".join(db.connection().iterdump())


# Whose address it is


def test_a_member_confirms_their_address_by_the_button_behind_the_link(seeker, visit, post, link):
    sami = visit(seeker)
    assert "Please confirm that sami@example.org is yours." in sami.open("/account").text
    page = sami.press("Send the letter")
    assert page.flash == "Look at your mail: a letter to sami@example.org is on its way."
    post()

    page = sami.open(link())
    assert Member.get_by_id(seeker.id).confirmed_at is None
    assert "sami@example.org" in page.text
    page = sami.press("Yes, it is mine")

    assert (page.address, page.flash) == ("/account", "Thank you. Your address is confirmed.")
    assert "Please confirm" not in page.text
    assert Member.get_by_id(seeker.id).confirmed_at == now()


def test_a_new_address_counts_once_its_owner_has_pressed_the_button_and_the_old_one_is_told(
    seeker, visit, server, post, link
):
    elsewhere, sami = visit(seeker), visit()
    Letter.ask("new_address", "sami@new.example", seeker)
    post()
    address = link()

    sami.open(address)
    assert Member.get_by_id(seeker.id).email == "sami@example.org"
    page = sami.press("Yes, it is mine")
    post()

    assert page.flash.startswith("Your new address counts from now on. Sign in with it.")
    member = Member.get_by_id(seeker.id)
    assert (member.email, member.confirmed_at) == ("sami@new.example", now())
    assert elsewhere.open("/account").address == "/sign-in"
    assert [(letter["To"], letter["Subject"]) for letter in server.letters] == [
        ("sami@new.example", "Please confirm your new address"),
        ("sami@example.org", "Your address was changed"),
    ]


def test_a_new_address_that_is_somebody_elses_by_now_is_refused(seeker, rival, visit, post, link):
    Letter.ask("new_address", rival.email, seeker)
    post()
    sami = visit()
    sami.open(link())

    page = sami.press("Yes, it is mine")

    assert page.status == 422
    assert "Somebody else has this address. Two members cannot share one." in page.text
    assert Member.get_by_id(seeker.id).email == "sami@example.org"


def test_a_letter_says_nothing_that_a_stranger_typed(seeker, visit, server, post):
    Member.update(name="Win at http://spam.example").where(Member.id == seeker.id).execute()
    for kind in ("confirm", "reset", "sign_in", "known", "password_changed", "factor_changed"):
        Letter.ask(kind, seeker.email)

    assert post() == 6
    assert not [letter for letter in server.letters if "spam" in letter.as_string()]


# The site as it is served


@pytest.mark.time_machine(MONDAY, tick=True)
def test_the_served_site_sends_by_itself_what_somebody_asks_for(seeker, database, server):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    db.close()
    settings = {"GOLEM_DATA": str(database.parent), "GOLEM_PORT": str(port), "GOLEM_URL": "https://jobs.example"}
    settings |= {"GOLEM_SMTP_URL": server.url(), "GOLEM_MAIL_FROM": SENDER}
    command = [sys.executable, "golem.py"]

    with subprocess.Popen(command, cwd=HERE, env=os.environ | settings, stdout=subprocess.PIPE, text=True) as process:
        try:
            next(line for line in process.stdout if line.startswith("Golem is at"))
            asked = Request(f"http://127.0.0.1:{port}/forgot-password", data=b"email=sami%40example.org")
            with urlopen(asked) as answer:
                assert answer.url.endswith("/sign-in")
            for _moment in range(100):
                if not server.letters:
                    time.sleep(0.1)
        finally:
            process.terminate()

    assert [letter["To"] for letter in server.letters] == ["sami@example.org"]
    assert "https://jobs.example/sign-in/" in server.letters[0].get_body(["plain"]).get_content()


# At the desk


def test_an_organizer_tries_out_whether_letters_work(organizer, visit, server, post):
    olga = visit(organizer)
    olga.open("/desk/policy")
    olga.follow("Letters")

    page = olga.press("Send a test letter")
    assert page.flash == "The test letter is on its way to olga@example.org."
    assert "It is being sent." in page.says("test_letter")
    assert page.part("test_letter").get("hx-get") == "/desk/letters"
    assert server.letters == []

    post()
    page = olga.open("/desk/letters")

    assert "The mail server took it on 1 Jun 2026, 11:00." in page.says("test_letter")
    assert page.part("test_letter").get("hx-get") is None
    assert [letter["To"] for letter in server.letters] == ["olga@example.org"]


def test_a_test_letter_that_fails_says_why_and_what_to_do(organizer, visit, server, post, site):
    server.answers["RCPT"] = "554 5.7.1 <olga@example.org>: Relay access denied"
    olga = visit(organizer)
    olga.open("/desk/letters")
    olga.press("Send a test letter")

    post()
    page = olga.open("/desk/letters")

    said = page.says("test_letter")
    assert "The mail server did not take this letter." in said
    assert "The mail server said: 554 5.7.1 … Relay access denied" in said
    assert "1 letter could not be sent this week." in olga.open("/desk").text
    assert list(flaws(olga.open("/desk/letters"), site)) == []


def test_a_poll_of_the_test_letter_is_answered_only_when_something_changed(organizer, visit, post):
    olga = visit(organizer)
    olga.open("/desk/letters")
    page = olga.press("Send a test letter")
    seen = re.search(r'\\"(.+?)\\"', page.part("test_letter").get("hx-headers"))[1]
    asks = {"HX-Request": "true", "HX-Target": "section#test_letter", "If-None-Match": f'"{seen}"'}

    assert olga.client.get("/desk/letters", headers=asks).status_code == 304
    post()
    answer = olga.client.get("/desk/letters", headers=asks)

    assert answer.status_code == 200
    assert answer.text.lstrip().startswith("<section")


def test_test_letters_have_a_limit(organizer, visit):
    olga = visit(organizer)
    olga.open("/desk/letters")

    said = [olga.press("Send a test letter").flash for _time in range(5)]

    assert said[-1] == "That were several test letters within an hour. Wait a little before the next."
    assert Letter.select().count() == 4


def test_the_desk_and_the_account_show_an_address_that_refuses_letters(organizer, seeker, visit, server, post):
    Letter.ask("known", seeker.email)
    server.answers["RCPT"] = "550 5.1.1 No such user"
    post()

    page = visit(organizer).open("/desk/letters")
    assert page.links["Sami Seeker"] == f"/desk/members/{seeker.id}"
    assert "This address does not exist, says the mail server." in page.text
    assert "550 5.1.1 No such user" in page.text
    assert seeker.email not in page.text
    assert "sami@example.org does not exist" in visit(seeker).open("/account").text


def test_the_desk_says_that_no_mail_server_is_set_up(organizer, walk):
    page = walk(organizer).open("/desk/letters")

    assert "No mail server is set up" in page.text
    assert "Send a test letter" not in page.buttons
