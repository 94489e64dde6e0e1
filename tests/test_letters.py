"""What people do by letter: getting back in, confirming an address, and the organizers' look at the outbox."""

import re

import pytest
from cast import MONDAY, PASSWORD
from mailserver import MailServer
from pages import Browser, flaws

from golem import create_app
from models import Letter

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

SENDER = "golem@jobs.example"
SITE = "http://localhost"


@pytest.fixture
def server():
    with MailServer() as server:
        yield server


@pytest.fixture
def site(server, database):
    """The site with a mail server, over the same database."""
    mail = {"GOLEM_SMTP_URL": server.url(), "GOLEM_MAIL_FROM": SENDER, "GOLEM_URL": SITE}
    app = create_app({"GOLEM_DATA": str(database.parent), "GOLEM_LIMITS": "off", **mail})
    app.testing = True
    return app


@pytest.fixture
def visit(site):
    """A browser, signed in as this member or as nobody."""

    def visit(member=None):
        client = site.test_client()
        if member:
            client.post("/sign-in", data={"email": member.email, "password": PASSWORD})
        return Browser(client)

    return visit


@pytest.fixture
def post(site):
    """The postman comes by. Returns how many letters were sent."""
    return site.extensions["postman"].deliver


@pytest.fixture
def link(server):
    """The path of the link in the newest letter."""

    def link():
        text = server.letters[-1].get_body(["plain"]).get_content()
        return re.search(rf"{SITE}(/letters/\S+)", text)[1]

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


def test_test_letters_have_a_limit(organizer, visit, limited):
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
