"""Joining, signing in and out, the password, the profile, and the link that an organizer copies."""

import pytest
from cast import MONDAY, PASSWORD

from models import Event, Member, OneTimeLink, SignIn, SignInTry, clean_line

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

ANOTHER = "quite another password"


# Joining


def test_a_newcomer_joins_and_is_asked_what_they_can_help_with(organizer, walk):
    nina = walk()

    nina.open("/")
    nina.follow("Join")
    page = nina.press("Join", name="Nina Newcomer", email="Nina@Example.org", password=PASSWORD, rules="1")

    assert page.address == "/account"
    assert page.flash == "Welcome! Tell the others what you can help with."
    assert page.typed("name") == "Nina Newcomer"
    assert Member.get(Member.name == "Nina Newcomer").email == "nina@example.org"


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "", "Please fill this in."),
        *[
            ("name", sign * 3, "Please fill this in.")
            for sign in "\u200b\u200d\ufeff\u2060\u3164\u2800\xad\u202e\ufe0f"
        ],
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
    answers = {"name": "Nina", "email": "nina@example.org", "password": PASSWORD, "rules": "1", field: typed}

    with unchanged():
        page = nina.press("Join", **answers)

    assert page.status == 422
    assert page.says(f"{field}-error") == sentence
    kept = {name: page.typed(name) for name in ("name", "email")}
    assert kept == {"name": clean_line(answers["name"]), "email": answers["email"]}
    assert page.typed("password") == ""


@pytest.mark.parametrize(
    "unseen", ["\u200b", "\xad", "\u202e", "\u2066", "\ufe0f", "\u200d", "\U000e0041", "\u0085", "\u2028"]
)
def test_nobody_passes_for_another_by_a_character_that_nobody_sees(organizer, walk, unseen):
    twin = walk()
    twin.open("/join")

    nobody = {"name": f"Olga{unseen} Owner{unseen}", "email": "twin@example.org", "password": PASSWORD, "rules": "1"}
    page = twin.press("Join", **nobody)
    assert page.status == 422
    assert "someone who looks after this community" in page.says("name-error")

    twin.press("Join", name=f"Nia{unseen} New{unseen}", email="twin@example.org", password=PASSWORD, rules="1")
    assert Member.get(Member.email == "twin@example.org").name == "Nia New"


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
def test_a_wrong_address_and_a_wrong_password_read_the_same(seeker, walk, email, password):
    sami = walk()
    sami.open("/sign-in")

    page = sami.press("Sign in", email=email, password=password)

    assert page.status == 422
    assert SignInTry.select().count() == 1
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
def test_a_password_that_cannot_be_changed_stays_as_it_was(seeker, walk, field, typed, sentence):
    sami = walk(seeker)
    sami.open("/account")

    page = sami.press("Change password", **{"old": PASSWORD, "password": ANOTHER, field: typed})

    assert page.status == 422
    assert page.says(f"{field}-error") == sentence
    assert page.typed("name") == "Sami Seeker"
    assert PASSWORD not in page.answer.text
    assert Member.get_by_id(seeker.id).password_hash == seeker.password_hash


def test_password_managers_find_where_a_password_is_changed_and_whose_it_is(seeker, organizer, walk):
    account = walk(seeker).open("/.well-known/change-password")
    link = walk().open(copied_link(walk, organizer, "Sami Seeker"))

    assert account.address == "/account"
    for page in (account, link):
        assert {field.get("value") for field in page.all("input", autocomplete="username")} == {seeker.email}


# The address


def test_a_member_without_mail_changes_their_address_at_once(seeker, walk, browse):
    sami, elsewhere = walk(seeker), browse(seeker)
    sami.open("/account")

    wrong = sami.press("Change email", email="new@example.org", present="not my password")
    page = sami.press("Change email", email="new@example.org", present=PASSWORD)

    assert (wrong.status, wrong.says("present-error")) == (422, "This is not your present password.")
    assert wrong.typed("email") == "new@example.org"
    assert page.flash == "You sign in with your new address from now on. Other browsers were signed out."
    assert "new@example.org" in page.text
    assert elsewhere.get("/claims").status_code == 303


def test_an_organizer_puts_a_mistyped_address_right(seeker, second, walk):
    oscar = walk(second)
    oscar.open(f"/desk/members/{seeker.id}")

    taken = oscar.press("Change the address", email=second.email, reason="A typing error.")
    page = oscar.press("Change the address", email="sami.right@example.org", reason="A typing error.")

    assert taken.status == 422
    assert "Somebody else has this address." in taken.text
    assert page.flash == "Done. Sami Seeker was told."
    assert Member.get_by_id(seeker.id).email == "sami.right@example.org"


# Browsers


def test_a_member_sees_where_they_are_signed_in_and_signs_others_out(seeker, browse, walk):
    phone = browse()
    phone.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Android 15; Mobile) Gecko/140.0 Firefox/140.0"
    phone.post("/sign-in", data={"email": seeker.email, "password": PASSWORD})
    third, sami = browse(seeker), walk(seeker)
    sami.open("/account")

    page = sami.follow("Where you are signed in")

    assert "Firefox on Android" in page.text
    assert page.text.count("this browser") == 1
    assert page.buttons.count("Sign it out") == 2
    number = next(row.id for row in SignIn.of(seeker) if "Firefox" in row.browser)
    assert sami.client.post(f"/account/browsers/{number}/end").status_code == 303
    assert phone.get("/claims").status_code == 303
    assert third.get("/claims").status_code == 200
    sami.open("/account/browsers")
    assert sami.press("Sign all others out").flash == "All other browsers are signed out."
    assert third.get("/claims").status_code == 303
    assert sami.open("/claims").address == "/claims"


def test_who_finds_a_browser_left_open_signs_nobody_out_elsewhere(seeker, browse, walk, wait):
    phone, sami = browse(seeker), walk(seeker)
    sami.open("/account/browsers")
    wait(minutes=11)

    asked = sami.press("Sign all others out")

    assert asked.status == 403
    assert phone.get("/claims").status_code == 200
    assert sami.press("Go on", present_password=PASSWORD).flash == "All other browsers are signed out."
    assert phone.get("/claims").status_code == 303


def test_nobody_signs_out_a_browser_of_somebody_else(seeker, rival, browse, walk):
    browse(seeker)

    assert walk(rival).client.post(f"/account/browsers/{SignIn.of(seeker)[0].id}/end").status_code == 404
    assert len(SignIn.of(seeker)) == 1


def test_signing_in_again_in_a_browser_ends_the_sign_in_before(seeker, rival, browse, app, cookie_name):
    browser = browse(seeker)
    before = browser.get_cookie(cookie_name).value

    browser.post("/sign-in", data={"email": rival.email, "password": PASSWORD})

    thief = app.test_client()
    thief.set_cookie(cookie_name, before)
    assert thief.get("/claims").status_code == 303
    assert SignIn.select().count() == 1


@pytest.mark.parametrize(("typed", "lasting"), [({}, True), ({"shared": "yes"}, False)])
def test_on_a_shared_computer_the_cookie_goes_when_the_browser_is_closed(seeker, browse, typed, lasting):
    answer = browse().post("/sign-in", data={"email": seeker.email, "password": PASSWORD, **typed})

    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if "=" in line)
    assert ("Expires=" in cookie) == lasting


def test_a_grave_step_asks_for_the_password_once_more_and_keeps_what_was_typed(second, organizer, walk, wait):
    olga = walk(organizer)
    olga.open(f"/desk/members/{second.id}")
    wait(minutes=11)

    asked = olga.press("Dismiss as organizer", reason="Thank you for two good years.")
    wrong = olga.press("Go on", present_password="not my password")
    assert (asked.status, wrong.status) == (403, 422)
    assert wrong.says("present_password-error") == "This is not your present password."
    assert Member.get_by_id(second.id).role == "organizer"
    page = olga.press("Go on", present_password=PASSWORD)

    assert page.flash == "Done. Oscar Organizer was told."
    assert second.history.order_by(Event.id.desc()).get().reason == "Thank you for two good years."
    assert Member.get_by_id(second.id).role == "member"


# The profile


def test_a_member_says_who_they_are_and_the_others_read_it(seeker, rival, walk):
    sami, rosa = walk(seeker), walk(rival)
    sami.open("/account")

    saved = sami.press(
        "Save profile",
        name="Sami S.",
        headline="Welder, ten years in shipyards",
        can_help="Ask me about **welding**.",
        profile_shown="all",
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
