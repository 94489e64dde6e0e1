"""Coming in: whoever asks learns nothing about who is in already, and pressing twice is pressing once."""

import pytest
from cast import MONDAY, PASSWORD
from pages import words
from racing import at_once

from models import Invitation, Letter, Member, OneTimeLink, Refused, SignIn

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

DOORS = ("application", "invitation", "open with mail", "application with mail", "invitation with mail")


@pytest.fixture
def door(request, organizer, set_policy, app):
    """The page of a door, and what its button says."""
    kind, _with, mail = request.param.partition(" with ")
    set_policy(joining="invitation" if kind == "invitation" else kind)
    if mail:
        app.config["GOLEM"].mailbox = object()
    address = f"/join/{Invitation.make(organizer, uses=9).token}" if kind == "invitation" else "/join"
    return address, "Apply" if kind == "application" else "Join"


def knocks(browser, door, email, password=PASSWORD):
    address, button = door
    browser.open(address)
    answer = {"answer": "A bicycle."} if button == "Apply" else {}
    return browser.press(button, name="Nia New", email=email, password=password, rules="1", **answer)


@pytest.mark.parametrize("door", DOORS, indirect=True)
def test_who_is_known_and_who_is_new_end_at_the_same_page(door, seeker, walk):
    known, new = (knocks(walk(), door, email) for email in ("Sami@example.org", "nia@example.org"))

    assert (known.address, known.status) == (new.address, new.status) == ("/join/sent", 200)
    assert words(known.part("main")) == words(new.part("main"))
    assert SignIn.select().count() == 0
    assert Member.get(Member.email == "nia@example.org").name == "Nia New"
    assert Member.get_by_id(seeker.id).name == "Sami Seeker"


@pytest.mark.parametrize("door", DOORS, indirect=True)
def test_who_is_known_keeps_their_password_and_is_told(door, seeker, walk, told):
    knocks(walk(), door, seeker.email, "three grey herons")

    assert Member.by_password(seeker.email, PASSWORD) == seeker
    assert told(seeker) == ["member.knock"]


@pytest.mark.parametrize("door", ["open with mail", "invitation with mail"], indirect=True)
def test_with_mail_a_letter_says_how_to_go_on_and_nobody_is_in_before(door, seeker, walk):
    known, new = walk(), walk()
    knocks(known, door, seeker.email)
    page = knocks(new, door, "nia@example.org")
    letters = [(letter.kind, letter.address) for letter in Letter.select().order_by(Letter.id)]

    before = new.open("/sign-in")
    answers = [
        new.press("Sign in", email=email, password=PASSWORD + "!") for email in ("nia@example.org", seeker.email)
    ]
    right = new.press("Sign in", email="nia@example.org", password=PASSWORD)
    member = Member.get(Member.email == "nia@example.org")
    member.confirm_address(member.email)
    after = new.press("Sign in", email="nia@example.org", password=PASSWORD)

    assert "Look at your mail" in page.text
    assert letters == [("known", seeker.email), ("confirm", "nia@example.org")]
    assert "Open the link in our letter first." in before.text
    assert {(answer.status, answer.says("password-error")) for answer in (*answers, right)} == {
        (422, "That address and password do not go together. Try again.")
    }
    assert after.address == "/"


def test_who_joined_with_anothers_address_is_out_once_its_owner_comes_by_letter(seeker):
    Member.update(unconfirmed=True).where(Member.id == seeker.id).execute()
    letter = Letter.ask("sign_in", seeker.email)

    member = letter.find_addressee()

    assert (member, letter.kind) == (seeker, "reset")
    assert OneTimeLink.find("reset", letter.token(member)).member == seeker


def test_who_comes_by_a_link_has_shown_whose_they_are(organizer, seeker):
    Member.update(unconfirmed=True).where(Member.id == seeker.id).execute()
    link = OneTimeLink.find("reset", OneTimeLink.to_mail(seeker, "reset"))

    SignIn.enter(seeker, link=link)

    assert not Member.get_by_id(seeker.id).unconfirmed


def test_without_mail_the_organizers_read_what_the_open_door_reveals(organizer, walk, app):
    olga, sentence = walk(organizer), "strangers can find out whether an address is a member's"

    assert sentence in olga.open("/desk/policy").text
    app.config["GOLEM"].mailbox = object()
    assert sentence not in olga.open("/desk/policy").text


# Pressing twice


@pytest.mark.parametrize("address", ["/join", "invitation"])
def test_pressing_twice_ends_where_one_press_would(address, organizer, app, walk):
    if address == "invitation":
        address = f"/join/{Invitation.make(organizer).token}"
    nina = walk()
    page = nina.open(address)
    key = page.all("input", name="form_key")[0].get("value")
    typed = {"name": "Nina", "email": "nina@example.org", "password": PASSWORD, "rules": "1", "form_key": key}
    cookies = {cookie.key: cookie.value for cookie in nina.client._cookies.values()}

    first = nina.client.post(address, data=typed)
    other = app.test_client()
    for name, value in cookies.items():
        other.set_cookie(name, value)
    second = other.post(address, data=typed)

    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert Member.select().where(Member.email == "nina@example.org").count() == 1
    assert other.get("/claims").status_code == nina.client.get("/claims").status_code


def test_an_invitation_pressed_twice_does_not_tell_whether_the_address_is_known(organizer, seeker, walk):
    answers = []
    for email in (seeker.email, "nia@example.org"):
        address, browser = f"/join/{Invitation.make(organizer).token}", walk()
        key = browser.open(address).all("input", name="form_key")[0].get("value")
        typed = {"name": "Nia New", "email": email, "password": PASSWORD, "rules": "1", "form_key": key}
        answers.append([browser.client.post(address, data=typed).status_code for _press in range(2)])

    assert answers == [[303, 303], [303, 303]]


def test_the_key_is_known_in_its_own_browser_only_and_not_for_long(organizer, walk, browse, wait):
    nina = walk()
    key = nina.open("/join").all("input", name="form_key")[0].get("value")
    typed = {"name": "Nina", "email": "nina@example.org", "password": PASSWORD, "rules": "1", "form_key": key}
    thief = browse()
    nina.client.post("/join", data=typed)

    assert thief.post("/join", data=typed).status_code == 422
    assert Member.has_joined_with(key)
    wait(minutes=10)
    assert not Member.has_joined_with(key)
    assert not Member.has_joined_with("")


def test_of_two_presses_at_once_both_end_inside(organizer):
    answers = at_once(*[lambda: Member.join("Nia New", "nia@example.org", PASSWORD, key="k").email] * 4)

    assert answers == ["nia@example.org"] * 4
    assert Member.select().where(Member.email == "nia@example.org").count() == 1


def test_of_two_presses_of_an_invitation_at_once_one_is_used(organizer):
    invitation = Invitation.make(organizer, uses=2)

    answers = at_once(
        *[lambda: Invitation.find(invitation.token).knock("Nia New", "nia@example.org", PASSWORD, key="k")] * 3
    )

    assert [answer for answer in answers if isinstance(answer, Refused)] == []
    assert Invitation.get_by_id(invitation.id).uses_left == 1
