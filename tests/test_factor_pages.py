"""The pages of the second step: signing in with it, setting it up, and what the desk says to who has none."""

import re

import pytest
from cast import MONDAY, PASSWORD
from pages import flaws, words
from phone import Phone
from security_key import SecurityKey

from models import FACTOR_DAYS, Authenticator, Claim, Passkey, PendingSignIn, RecoveryCode, SignIn, needs_factor

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

ADDRESS = "https://jobs.example.org"
WRONG = "This code does not fit. Wait for the next one, and try again."


@pytest.fixture
def https(app):
    """People reach the site at an https address, so that passkeys work."""
    app.config["GOLEM"].url = ADDRESS


def gives_password(browser, member, address="/sign-in", **more):
    browser.open(address)
    return browser.press("Sign in", email=member.email, password=PASSWORD, **more)


# Signing in


def test_after_the_password_a_member_with_an_app_is_asked_for_a_code(seeker, set_up, walk):
    phone, sami = set_up(seeker), walk()

    asked = gives_password(sami, seeker, "/claims")
    halfway = sami.open("/claims")
    sami.open("/sign-in/code")
    page = sami.press("Go on", code=phone.code())

    assert asked.address == "/sign-in/code"
    assert words(asked.all("h1")[0]) == "One more step"
    assert halfway.address == "/sign-in"
    assert page.address == "/claims"
    assert SignIn.select().count() == 1


def test_a_recovery_code_does_as_well(seeker, set_up, walk):
    phone, sami = set_up(seeker), walk()
    gives_password(sami, seeker)

    page = sami.press("Go on", code=phone.codes[0])

    assert page.address == "/"
    assert page.part("results") is not None


@pytest.mark.parametrize("code", ["a wrong one", "123", "7777-7777-7777-7777-7777-7777"])
def test_a_code_that_does_not_fit_is_said_beside_the_field_and_not_kept(seeker, set_up, walk, code):
    set_up(seeker)
    sami = walk()
    gives_password(sami, seeker)

    page = sami.press("Go on", code=code)

    assert (page.status, page.says("code-error")) == (422, WRONG)
    assert code not in page.answer.text
    assert SignIn.select().count() == 0


def test_after_five_wrong_codes_one_is_back_at_the_password(seeker, set_up, walk):
    phone, sami = set_up(seeker), walk()
    gives_password(sami, seeker)

    for _time in range(5):
        sami.press("Go on", code=phone.wrong())
    page = sami.press("Go on", code=phone.code())

    assert page.address == "/sign-in"
    assert page.flash == "That was tried too often. Please sign in again."


def test_ten_minutes_later_one_begins_again(seeker, set_up, walk, wait):
    phone, sami = set_up(seeker), walk()
    gives_password(sami, seeker)
    wait(minutes=10)

    page = sami.press("Go on", code=phone.code())

    assert page.address == "/sign-in"
    assert page.flash == "That took too long. Please sign in again."


def test_the_second_step_belongs_to_the_browser_of_the_first(seeker, set_up, walk, browse):
    phone, sami = set_up(seeker), walk()
    gives_password(sami, seeker)

    answer = browse().post("/sign-in/code", data={"code": phone.code()})

    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert SignIn.select().count() == 0


def test_who_is_half_way_in_has_no_account_yet(seeker, set_up, walk, app):
    set_up(seeker)
    sami = walk()
    gives_password(sami, seeker)

    for address in ("/account", "/account/second-step", "/account/second-step/app", "/notices"):
        assert sami.open(address).address == "/sign-in"
    for address in ("/account/second-step/codes", "/account/second-step/app/remove", "/account/passkeys/challenge"):
        assert sami.client.post(address).location.startswith("/sign-in")


def test_a_shared_computer_is_still_one_after_the_second_step(seeker, set_up, walk):
    phone, sami = set_up(seeker), walk()
    gives_password(sami, seeker, shared="yes")

    answer = sami.client.post("/sign-in/code", data={"code": phone.code()})

    assert SignIn.get().shared
    assert "Expires" not in answer.headers["Set-Cookie"]


def test_without_a_factor_the_password_is_enough(seeker, walk):
    assert gives_password(walk(), seeker).address == "/"


def test_the_page_of_the_second_step_leads_to_the_password_where_nobody_waits(organizer, walk):
    page = walk().open("/sign-in/code")

    assert page.address == "/sign-in"
    assert page.flash.startswith("You are not signed in: your browser did not keep our cookie.")


def test_a_password_that_was_changed_meanwhile_ends_the_wait(seeker, set_up, walk):
    phone, sami = set_up(seeker), walk()
    gives_password(sami, seeker)
    seeker.take_password(seeker.new_password("quite another password"))

    assert sami.press("Go on", code=phone.code()).address == "/sign-in"


# Setting an app up


def test_a_member_sets_up_an_app_and_keeps_the_codes(seeker, walk):
    sami = walk(seeker)
    sami.open("/account")
    sami.follow("Second step")

    page = sami.press("Set up an app")
    phone = Phone(re.search("(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", page.text)[0])
    wrong = sami.press("Finish", code=phone.wrong())
    codes = sami.press("Finish", code=phone.code())
    shown = [words(code) for code in codes.all("code")]
    page = sami.follow("I have kept them")

    assert codes.answer.cache_control.no_store
    assert page.address == "/account/second-step"
    assert (wrong.status, wrong.says("code-error")) == (422, WRONG)
    assert len(shown) == 10
    assert "You have 10 codes left." in page.text
    assert phone.totp.secret not in page.answer.text
    assert not [code for code in shown if code in page.answer.text]
    assert sami.open("/account/second-step/app").status == 404


def test_the_picture_says_what_the_key_says(seeker, walk):
    sami = walk(seeker)
    sami.open("/account/second-step")

    page = sami.press("Set up an app")

    link = page.links["Open it in an app on this device"]
    assert link.startswith("otpauth://totp/Junction%20Job%20Circle:sami%40example.org?secret=")
    assert re.search("secret=([A-Z2-7]+)", link)[1] in page.text.replace(" ", "")
    assert max(len(path.get("d")) for path in page.all("{http://www.w3.org/2000/svg}path")) > 1000


def test_an_app_is_removed_and_nothing_more_is_asked(seeker, set_up, walk):
    phone, sami = set_up(seeker), walk()
    gives_password(sami, seeker)
    sami.press("Go on", code=phone.code())
    sami.open("/account/second-step")

    page = sami.press("Remove the app")

    assert page.flash == "Your app is removed: its codes no longer count."
    assert "Recovery codes" not in page.text
    assert gives_password(walk(), seeker).address == "/"


def test_new_recovery_codes_are_shown_once(seeker, set_up, walk):
    phone, sami = set_up(seeker), walk()
    gives_password(sami, seeker)
    sami.press("Go on", code=phone.codes[0])
    assert "You have 9 codes left." in sami.open("/account/second-step").text

    page = sami.press("Make new codes")

    assert len(page.all("code")) == 10
    assert "You have 10 codes left." in sami.open("/account/second-step").text


def test_there_is_nothing_to_remove_or_confirm_where_there_is_no_app(seeker, browse, unchanged):
    sami = browse(seeker)

    with unchanged():
        for address, status in {"app/remove": 404, "app/confirm": 404, "codes": 409}.items():
            assert sami.post(f"/account/second-step/{address}", data={"code": "123456"}).status_code == status


def test_after_ten_minutes_the_password_is_asked_once_more(seeker, set_up, walk, wait):
    phone, sami = set_up(seeker), walk()
    gives_password(sami, seeker)
    sami.press("Go on", code=phone.code())
    wait(minutes=11)
    sami.open("/account/second-step")

    asked = sami.press("Remove the app")
    wrong = sami.press("Go on", present_password="not the password")
    page = sami.press("Go on", present_password=PASSWORD)

    assert (asked.status, words(asked.all("h1")[0])) == (403, "Is it you?")
    assert (wrong.status, wrong.says("present_password-error")) == (422, "This is not your present password.")
    assert page.flash == "Your app is removed: its codes no longer count."


@pytest.mark.parametrize(
    "address",
    [
        "second-step/app",
        "second-step/app/confirm",
        "second-step/app/remove",
        "second-step/codes",
        "passkeys",
        "passkeys/1/remove",
    ],
)
def test_nothing_about_the_second_step_changes_in_a_browser_left_open(seeker, browse, wait, unchanged, address, read):
    sami = browse(seeker)
    wait(minutes=11)

    with unchanged():
        page = read(sami.post(f"/account/{address}", data={"code": "123456"}))

    assert (page.status, words(page.all("h1")[0])) == (403, "Is it you?")


# Passkeys


def adds_passkey(browser, key, name="My phone"):
    key_options = browser.post("/account/passkeys/challenge").text
    return browser.post("/account/passkeys", data={"name": name, "credential": key.create(key_options)})


def test_a_passkey_is_added_and_asked_for(seeker, https, browse, walk, read):
    sami, key, later = browse(seeker), SecurityKey(ADDRESS), walk()

    added = read(adds_passkey(sami, key))
    asked = gives_password(later, seeker, "/notices")
    answer = key.get(later.client.post("/sign-in/code/challenge").text)
    done = later.client.post("/sign-in/code/passkey", data={"credential": answer})

    assert "Your passkey is added." in added.text
    assert len(added.all("code")) == 10
    assert asked.part("main").findall(".//form[@data-passkey='get']")
    assert (done.status_code, done.location) == (303, "/notices")
    assert later.open("/claims").address == "/claims"


def test_a_passkey_alone_signs_its_member_in(seeker, https, browse):
    key = SecurityKey(ADDRESS)
    adds_passkey(browse(seeker), key)
    anybody = browse()

    answer = key.get(anybody.post("/sign-in/passkey/challenge").text)
    done = anybody.post("/sign-in/passkey", data={"credential": answer, "next": "/notices"})
    again = browse().post("/sign-in/passkey", data={"credential": answer})

    assert (done.status_code, done.location) == (303, "/notices")
    assert anybody.get("/claims").status_code == 200
    assert again.status_code == 409


def test_a_passkey_that_does_not_fit_leaves_one_at_the_door(seeker, https, browse, read):
    stranger, anybody = SecurityKey(ADDRESS), browse()

    answer = stranger.get(anybody.post("/sign-in/passkey/challenge").text)
    page = read(anybody.post("/sign-in/passkey", data={"credential": answer}))

    assert (page.status, page.flash) == (409, "This passkey does not fit. Try again, or use another way.")
    assert page.part("password") is not None


def test_a_member_removes_one_passkey_of_several(seeker, https, browse, walk):
    sami, keys = walk(seeker), [SecurityKey(ADDRESS) for _number in range(2)]
    for key, name in zip(keys, ("My phone", "Blue key"), strict=True):
        adds_passkey(sami.client, key, name)
    sami.open("/account/second-step")

    page = sami.press("Remove Blue key")

    assert page.flash == "Your passkey is removed."
    assert [passkey.name for passkey in Passkey.select()] == ["My phone"]


def test_nobody_removes_another_members_passkey(seeker, rival, https, browse):
    adds_passkey(browse(seeker), SecurityKey(ADDRESS))

    answer = browse(rival).post(f"/account/passkeys/{Passkey.get().id}/remove")

    assert answer.status_code == 404
    assert needs_factor(seeker)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://jobs.example.org", "jobs.example.org"),
        ("https://jobs.example.org:8443/golem", "jobs.example.org"),
        ("http://localhost:8000", "localhost"),
        ("http://jobs.example.org", None),
        ("http://127.0.0.1:8000", None),
        ("https://192.168.1.5", None),
        ("https://[::1]:8000", None),
    ],
)
def test_the_host_of_a_passkey_is_that_of_our_own_address_whatever_a_request_says(app, seeker, browse, url, host):
    app.config["GOLEM"].url = url
    sami, name = browse(seeker), app.config["SESSION_COOKIE_NAME"]
    sami.set_cookie(name, sami.get_cookie(name).value, domain="evil.example")

    answer = sami.post("/account/passkeys/challenge", base_url="http://evil.example")
    page = sami.get("/account/second-step").text

    assert answer.status_code == (200 if host else 404)
    assert (answer.json["rp"]["id"] if host else None) == host
    assert ("Add a passkey" in page) == (host is not None)
    assert browse().post("/sign-in/passkey/challenge").status_code == (200 if host else 404)


# Organizers


@pytest.fixture
def asked(second, organizer):
    """Oscar, who was just appointed an organizer."""
    second.dismiss(organizer, reason="To be appointed again.")
    second.appoint(organizer)
    return second


def test_the_desk_asks_gently_for_a_week(asked, walk):
    page = walk(asked).open("/desk")

    assert page.status == 200
    assert "From 8 Jun on the desk asks for a second step when you sign in." in page.text
    assert page.links["Set it up now"] == "/account/second-step"


def test_after_a_week_the_desk_leads_to_the_page_that_sets_it_up(asked, walk, wait, set_up):
    wait(days=FACTOR_DAYS)
    oscar = walk(asked)

    led = oscar.open("/desk/members")
    own = [oscar.open(address).address for address in ("/claims", "/", "/account")]
    set_up(asked)
    again = gives_password(oscar, asked, "/sign-in?next=/desk")

    assert led.address == "/account/second-step"
    assert led.flash == "Organizers need a second step for signing in. Set it up first, then go on."
    assert own == ["/claims", "/", "/account"]
    assert again.address == "/sign-in/code"


def test_what_an_organizer_has_written_meanwhile_is_kept(asked, walk, wait, lead, read):
    dispute = lead(Claim, "disputed")
    wait(days=FACTOR_DAYS)
    oscar = walk(asked)
    oscar.open(f"/claims/{dispute.id}")

    page = oscar.press("Decide", decision="cancelled", reason="There was no job.")
    desk = read(oscar.client.post("/desk", data={"item": "claim:1", "reason": "Neither here."}))
    over_htmx = oscar.client.post("/desk", data={"item": "x"}, headers={"HX-Request": "true"})

    assert (page.status, desk.status, over_htmx.status_code) == (403, 403, 403)
    assert [box.text.strip() for box in page.all("textarea", _class="kept")] == ["There was no job."]
    assert [box.text.strip() for box in desk.all("textarea", _class="kept")] == ["Neither here."]
    assert "Organizers need a second step for signing in." in over_htmx.text
    dispute.reload()
    assert dispute.state == "disputed"


def test_an_owner_resets_the_factor_of_another_organizer(asked, set_up, olga):
    set_up(asked)
    olga.open(f"/desk/members/{asked.id}")

    page = olga.press("Reset the second step", reason="The phone is at the bottom of the lake.")

    assert page.flash == "Done. Oscar Organizer was told."
    assert not needs_factor(asked)
    assert "Reset the second step" not in page.buttons
    assert "reset a member's second step of signing in" in olga.open("/log").text


# Every page


def test_every_page_of_the_second_step_is_well_formed(app, seeker, https, set_up, walk, read):
    sami, other = walk(seeker), walk()
    sami.open("/account/second-step")
    pages = [sami.page, sami.press("Set up an app")]
    phone = Phone(Authenticator.waiting(seeker).shown_secret)
    pages += [sami.press("Finish", code=""), sami.press("Finish", code=phone.code())]
    adds_passkey(sami.client, SecurityKey(ADDRESS))
    pages += [sami.open("/account/second-step"), other.open("/sign-in")]
    pages += [gives_password(other, seeker), other.press("Go on", code="")]

    assert [page.status for page in pages] == [200, 200, 422, 200, 200, 200, 200, 422]
    assert [list(flaws(page, app)) for page in pages] == [[]] * len(pages)
    assert RecoveryCode.left(seeker).count() == 10
    assert PendingSignIn.select().count() == 1
