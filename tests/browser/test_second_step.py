"""The second step in a real browser: its virtual security key makes passkeys, and the script of ours asks for them."""

import pyotp
import pytest
from playwright.sync_api import expect

from models import Authenticator, Passkey

KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def site(site, app):
    """Passkeys belong to a name and not to a number, so people come by the name of this machine."""
    app.config["GOLEM"].url = site.replace("127.0.0.1", "localhost")
    return app.config["GOLEM"].url


@pytest.fixture
def give_key():
    """This person's browser has a security key from now on. Returns what lists the passkeys that it holds."""

    def give_key(person, **instead):
        devtools = person.page.context.new_cdp_session(person.page)
        devtools.send("WebAuthn.enable")
        made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY | instead})
        return lambda: devtools.send("WebAuthn.getCredentials", made)["credentials"]

    return give_key


def gives_password(person, member):
    person.goes_to("/sign-in")
    person.writes("Email", member.email)
    person.writes("Password", "a long enough password")
    person.presses("Sign in")


def test_a_passkey_is_made_asked_for_after_the_password_and_enough_alone(person, seeker, give_key):
    sami = person(seeker)
    held = give_key(sami)
    sami.goes_to("/account/second-step")
    sami.writes("A name for it", "My phone")
    sami.presses("Add a passkey")
    sami.is_at("Your recovery codes")
    sami.follows("I have kept them")
    sami.sees("My phone")
    assert len(held()) == 1

    sami.page.context.clear_cookies()
    gives_password(sami, seeker)
    sami.is_at("One more step")
    sami.presses("Use a passkey")
    sami.is_at("The board")

    sami.page.context.clear_cookies()
    sami.goes_to("/sign-in?next=/notices")
    sami.presses("Use a passkey")
    sami.is_at("Notices")
    assert Passkey.get().sign_count == held()[0]["signCount"] > 0


def test_a_passkey_that_is_not_there_is_said_and_the_codes_remain(person, seeker, give_key):
    sami = person(seeker)
    give_key(sami)
    sami.goes_to("/sign-in")
    sami.presses("Use a passkey")
    expect(sami.page.get_by_role("alert")).to_have_text("The passkey was not used. Try again, or use another way.")
    sami.can_press("Use a passkey")


def test_an_app_is_set_up_and_asked_for(person, seeker, app):
    sami = person(seeker)
    sami.goes_to("/account/second-step")
    sami.presses("Set up an app")
    expect(sami.page.get_by_role("img", name="The same key as below, as a picture")).to_be_visible()
    secret = Authenticator.waiting(seeker).shown_secret
    sami.writes("Code", pyotp.TOTP(secret).now())
    sami.presses("Finish")
    code = sami.page.locator(".codes code").first.inner_text()

    sami.page.context.clear_cookies()
    gives_password(sami, seeker)
    sami.writes("Code", code)
    sami.presses("Go on")

    sami.is_at("The board")


@pytest.mark.parametrize("javascript", [False])
def test_without_javascript_there_is_an_app_and_no_button_that_does_nothing(person, seeker, javascript):
    sami = person(seeker)
    sami.goes_to("/account/second-step")

    sami.sees("This browser cannot add one")
    sami.can_press("Set up an app")
    sami.cannot_press("Add a passkey")
