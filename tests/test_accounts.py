"""Joining, signing in and out, the password, the profile, and the link that an organizer copies."""

import pytest
from cast import MONDAY, PASSWORD

from models import Member, OneTimeLink, SignIn

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

ANOTHER = "quite another password"


# Joining


def test_a_newcomer_joins_and_is_asked_what_they_can_help_with(organizer, walk):
    nina = walk()

    nina.open("/")
    nina.follow("Join")
    page = nina.press("Join", name="Nina Newcomer", email="Nina@Example.org", password=PASSWORD)

    assert page.address == "/account"
    assert page.flash == "Welcome! Tell the others what you can help with."
    assert page.typed("name") == "Nina Newcomer"
    assert Member.get(Member.name == "Nina Newcomer").email == "nina@example.org"


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "", "Please fill this in."),
        ("name", "x" * 81, "Please keep this under 80 characters."),
        ("email", "", "Please fill this in."),
        ("email", "nina at example", "This does not look like an email address."),
        ("email", "SAMI@example.org", "Somebody has already joined with this address. Is it you? Then sign in."),
        ("password", "", "Please fill this in."),
        ("password", "too short", "Please use at least 10 characters."),
        ("password", "x" * 201, "Please keep this under 200 characters."),
    ],
)
def test_who_cannot_join_yet_reads_why_beside_the_field(seeker, walk, unchanged, field, typed, sentence):
    nina = walk()
    nina.open("/join")
    answers = {"name": "Nina", "email": "nina@example.org", "password": PASSWORD, field: typed}

    with unchanged():
        page = nina.press("Join", **answers)

    assert page.status == 422
    assert page.says(f"{field}-error") == sentence
    kept = {name: page.typed(name) for name in ("name", "email")}
    assert kept == {"name": answers["name"], "email": answers["email"]}
    assert page.typed("password") == ""


# Signing in and out


def test_a_member_signs_in_and_is_led_to_where_they_were_going(seeker, walk):
    sami = walk()

    asked = sami.open("/claims")
    page = sami.press("Sign in", email="Sami@example.org", password=PASSWORD)

    assert asked.flash == "Please sign in first."
    assert page.address == "/claims"
    assert "Sami Seeker" in page.text


def test_after_signing_in_from_the_front_page_one_is_at_the_board(seeker, walk):
    sami = walk()

    sami.open("/")
    sami.follow("Sign in")
    page = sami.press("Sign in", email=seeker.email, password=PASSWORD)

    assert page.address == "/"
    assert page.part("results") is not None


@pytest.mark.parametrize(
    ("email", "password"), [("sami@example.org", "a wrong password"), ("nobody@example.org", PASSWORD), ("??", "??")]
)
def test_a_wrong_address_and_a_wrong_password_read_the_same(seeker, walk, unchanged, email, password):
    sami = walk()
    sami.open("/sign-in")

    with unchanged():
        page = sami.press("Sign in", email=email, password=password)

    assert page.status == 422
    assert page.says("password-error") == "That address and password do not go together. Try again."
    assert page.typed("email") == email
    assert page.typed("password") == ""


@pytest.mark.parametrize("field", ["email", "password"])
def test_nothing_to_sign_in_with_is_said_beside_the_field(seeker, walk, field):
    sami = walk()
    sami.open("/sign-in?next=/notices")

    page = sami.press("Sign in", **{"email": seeker.email, "password": PASSWORD, field: ""})

    assert page.status == 422
    assert page.says(f"{field}-error") == "Please fill this in."
    assert sami.press("Sign in", email=seeker.email, password=PASSWORD).address == "/notices"


def test_whoever_signs_out_is_out_for_good(seeker, walk, app, cookie_name):
    sami = walk(seeker)
    copied = sami.client.get_cookie(cookie_name).value
    sami.open("/account")

    page = sami.press("Sign out")

    assert page.address == "/"
    assert page.flash == "You are signed out. See you soon."
    assert "Join" in page.links
    assert SignIn.select().count() == 0
    thief = app.test_client()
    thief.set_cookie(cookie_name, copied)
    assert thief.get("/claims").status_code == 303


def test_a_browser_that_was_not_used_for_a_month_is_signed_out(seeker, browse, wait):
    busy, idle = browse(seeker), browse(seeker)

    wait(days=20)
    busy.get("/claims")
    wait(days=20)

    assert busy.get("/claims").status_code == 200
    assert idle.get("/claims").status_code == 303


# The password


def test_a_new_password_signs_out_every_other_browser(seeker, walk, browse):
    sami, elsewhere = walk(seeker), browse(seeker)
    sami.open("/account")

    page = sami.press("Change password", old=PASSWORD, password=ANOTHER)

    assert page.flash == "Your new password counts from now on. Other browsers were signed out."
    assert sami.open("/claims").address == "/claims"
    assert elsewhere.get("/claims").status_code == 303
    old, new = ({"email": seeker.email, "password": word} for word in (PASSWORD, ANOTHER))
    assert browse().post("/sign-in", data=old).status_code == 422
    assert browse().post("/sign-in", data=new).status_code == 303


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("old", "", "Please fill this in."),
        ("old", "not my password", "This is not your present password."),
        ("password", "", "Please fill this in."),
        ("password", "too short", "Please use at least 10 characters."),
    ],
)
def test_a_password_that_cannot_be_changed_stays_as_it_was(seeker, walk, unchanged, field, typed, sentence):
    sami = walk(seeker)
    sami.open("/account")

    with unchanged():
        page = sami.press("Change password", **{"old": PASSWORD, "password": ANOTHER, field: typed})

    assert page.status == 422
    assert page.says(f"{field}-error") == sentence
    assert page.typed("name") == "Sami Seeker"
    assert PASSWORD not in page.answer.text


# The profile


def test_a_member_says_who_they_are_and_the_others_read_it(seeker, rival, walk):
    sami, rosa = walk(seeker), walk(rival)
    sami.open("/account")

    saved = sami.press(
        "Save profile", name="Sami S.", headline="Welder, ten years in shipyards", can_help="Ask me about **welding**."
    )
    page = rosa.open(f"/members/{seeker.id}")

    assert saved.flash == "Your profile is saved."
    assert saved.typed("can_help") == "Ask me about **welding**."
    assert page.all("h1")[0].text == "Sami S."
    assert "Welder, ten years in shipyards" in page.text
    assert [strong.text for strong in page.part("main").iter("strong")] == ["welding"]
    assert seeker.email not in page.answer.text


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", " ", "Please fill this in."),
        ("headline", "x" * 121, "Please keep this under 120 characters."),
        ("can_help", "x" * 5001, "Please keep this under 5000 characters."),
    ],
)
def test_a_profile_that_cannot_be_taken_keeps_what_was_typed(seeker, walk, unchanged, field, typed, sentence):
    sami = walk(seeker)
    sami.open("/account")
    answers = {"name": "Sami", "headline": "A welder", "can_help": "Welding", field: typed}

    with unchanged():
        page = sami.press("Save profile", **answers)

    assert page.status == 422
    assert page.says(f"{field}-error") == sentence
    assert page.typed("headline") == answers["headline"]
    assert page.typed("can_help") == answers["can_help"]


# The link that an organizer copies


def copied_link(walk, organizer, name):
    """The address that an organizer reads after making a link for this member."""
    olga = walk(organizer)
    olga.open("/desk/members")
    page = olga.press(f"Make a sign-in link for {name}")
    assert f"Whoever holds this link can sign in as {name}." in page.text
    return page.typed("address").removeprefix("http://127.0.0.1:8000")


def test_who_forgot_the_password_comes_back_by_a_link_from_an_organizer(seeker, organizer, walk, browse):
    elsewhere, sami = browse(seeker), walk()
    link = copied_link(walk, organizer, "Sami Seeker")

    welcome = sami.open(link)
    page = sami.press("Save and sign in", password=ANOTHER)

    assert "Welcome back, Sami Seeker" in welcome.text
    assert page.flash == "Your new password counts from now on."
    assert sami.open("/claims").address == "/claims"
    assert elsewhere.get("/claims").status_code == 303
    assert browse().post("/sign-in", data={"email": seeker.email, "password": ANOTHER}).status_code == 303


def test_the_link_signs_in_once(seeker, organizer, walk, browse, read):
    link = copied_link(walk, organizer, "Sami Seeker")
    browse().post(link, data={"password": ANOTHER})

    opened, sent = read(browse().get(link)), read(browse().post(link, data={"password": "a third password"}))

    assert (opened.status, sent.status) == (409, 409)
    assert "This link has been used or is too old. Ask an organizer for a new one." in opened.text
    assert Member.by_password(seeker.email, ANOTHER) == seeker


def test_a_weak_password_does_not_use_the_link_up(seeker, organizer, walk):
    sami = walk()
    sami.open(copied_link(walk, organizer, "Sami Seeker"))

    weak = sami.press("Save and sign in", password="weak")
    empty = sami.press("Save and sign in", password="")
    page = sami.press("Save and sign in", password=ANOTHER)

    assert (weak.status, weak.says("password-error")) == (422, "Please use at least 10 characters.")
    assert (empty.status, empty.says("password-error")) == (422, "Please fill this in.")
    assert page.address == "/"


def test_the_link_is_good_for_a_day(seeker, organizer, walk, browse, wait):
    link = copied_link(walk, organizer, "Sami Seeker")

    wait(days=1)

    assert browse().get(link).status_code == 409


def test_who_came_by_a_link_reads_who_made_it_until_they_say_it_was_them(seeker, organizer, walk):
    sami = walk()
    sami.open(copied_link(walk, organizer, "Sami Seeker"))

    told = sami.press("Save and sign in", password=ANOTHER)
    sami.press("It was me")

    assert "Somebody signed in here with a link that Olga Owner made" in told.text
    assert "Somebody signed in here" not in sami.open("/claims").text


def test_an_organizer_cannot_become_the_owner_by_a_link(second, organizer, walk, unchanged):
    oscar = walk(second)
    members, owner = oscar.open("/desk/members"), oscar.open(f"/desk/members/{organizer.id}")

    with unchanged():
        answer = oscar.client.post(f"/desk/members/{organizer.id}/link")

    assert "Make a sign-in link for Olga Owner" not in members.buttons
    assert "Make a sign-in link" not in owner.buttons
    assert answer.status_code == 403
    assert "Only an owner can make a sign-in link for an owner." in answer.text
    assert OneTimeLink.select().where(OneTimeLink.purpose == "sign_in").count() == 0
