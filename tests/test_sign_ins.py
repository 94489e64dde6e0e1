"""What a member sees of their own sign-ins, and how the browsers that they have used before are known."""

import pytest
from cast import MONDAY, PASSWORD
from pages import words
from werkzeug.datastructures import Headers

from models import Authenticator, KnownBrowser, Member, OneTimeLink, SignInTry
from views.browsers import about_where, in_words
from views.limits import FREE_GUESSES

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def visit(limited):
    """A browser at the site with limits."""
    return limited.test_client


def guess(browser, member, password="a guess", **headers):
    typed = {"email": member.email, "password": password}
    return browser.post("/sign-in", data=typed, headers=Headers(headers)).status_code


def shut(browser, member):
    """A stranger guesses until the account pauses."""
    assert [guess(browser, member) for _time in range(FREE_GUESSES + 1)] == [422] * FREE_GUESSES + [429]


# Known browsers


def test_strangers_do_not_shut_out_whoever_has_signed_in_with_this_browser_before(seeker, visit):
    sami, stranger, new = visit(), visit(), visit()
    guess(sami, seeker, PASSWORD)
    sami.post("/sign-out")

    shut(stranger, seeker)

    assert guess(new, seeker, PASSWORD) == 429
    assert guess(sami, seeker, PASSWORD) == 303


def test_a_known_browser_cannot_guess_for_ever_either(seeker, visit):
    sami = visit()
    guess(sami, seeker, PASSWORD)

    shut(sami, seeker)


def test_a_browser_is_known_to_those_who_signed_in_there_and_to_nobody_else(seeker, rival, visit):
    shared, stranger = visit(), visit()
    guess(shared, seeker, PASSWORD)

    shut(stranger, rival)

    assert guess(shared, rival, PASSWORD) == 429


def test_two_who_share_a_browser_are_both_known_there(seeker, rival, visit):
    shared, stranger = visit(), visit()
    guess(shared, seeker, PASSWORD)
    guess(shared, rival, PASSWORD)

    shut(stranger, seeker)
    shut(stranger, rival)

    assert (guess(shared, seeker, PASSWORD), guess(shared, rival, PASSWORD)) == (303, 303)


def test_a_new_password_ends_what_other_browsers_were_known_for(seeker, visit):
    phone, laptop, stranger = visit(), visit(), visit()
    guess(phone, seeker, PASSWORD)
    guess(laptop, seeker, PASSWORD)
    laptop.post("/account/password", data={"old": PASSWORD, "password": "another long password"})

    shut(stranger, seeker)

    assert guess(phone, seeker, "another long password") == 429
    assert guess(laptop, seeker, "another long password") == 303


def known_cookie(browser):
    return browser.get_cookie(f"{browser.application.config['SESSION_COOKIE_NAME']}-known")


def test_the_cookie_of_a_known_browser_names_nobody_and_is_new_at_each_sign_in(seeker, visit):
    browser, tokens = visit(), []
    for _time in range(2):
        guess(browser, seeker, PASSWORD)
        tokens.append(known_cookie(browser).value)

    assert len(set(tokens)) == 2
    assert all(token.isalnum() for token in tokens)
    assert KnownBrowser.select().count() == 1
    assert KnownBrowser.get().token_hash not in tokens
    assert not KnownBrowser.find(seeker.email, tokens[0])
    assert KnownBrowser.find(seeker.email, tokens[1])


def test_a_shared_computer_is_not_known_even_where_the_password_was_changed(seeker, visit):
    browser = visit()
    browser.post("/sign-in", data={"email": seeker.email, "password": PASSWORD, "shared": "yes"})

    answer = browser.post("/account/password", data={"old": PASSWORD, "password": "another long password"})

    assert answer.status_code == 303
    assert known_cookie(browser) is None
    assert KnownBrowser.select().count() == 0


@pytest.mark.parametrize(
    ("address", "typed"),
    [
        ("/account/password", {"old": PASSWORD, "password": "another long password"}),
        ("/account/address", {"present": PASSWORD, "email": "sami@harbour.example.org"}),
        ("/account/second-step/app/remove", {}),
    ],
)
def test_the_browser_in_which_ways_in_are_changed_stays_known(seeker, visit, address, typed):
    browser = visit()
    guess(browser, seeker, PASSWORD)
    app = Authenticator.begin(seeker)
    Authenticator.update(confirmed=True).where(Authenticator.id == app.id).execute()

    answer = browser.post(address, data=typed)

    assert answer.status_code == 303
    assert KnownBrowser.find(Member.get_by_id(seeker.id).email, known_cookie(browser).value)


def test_a_browser_is_forgotten_after_a_year(seeker, visit, wait):
    browser = visit()
    guess(browser, seeker, PASSWORD)
    token = known_cookie(browser).value

    wait(days=364)
    assert KnownBrowser.find(seeker.email, token)
    wait(days=2)
    assert not KnownBrowser.find(seeker.email, token)


# The history


def test_a_member_sees_their_sign_ins_and_what_failed(seeker, visit, read):
    sami, stranger = visit(), visit()
    guess(stranger, seeker, **{"User-Agent": FIREFOX})
    guess(sami, seeker, PASSWORD)

    page = read(sami.get("/account/sign-ins"))

    rows = [words(row) for row in page.all("tr")][1:]
    assert len(rows) == 2
    assert "Signed in" in rows[0]
    assert "Failed" in rows[1]
    assert "Firefox on Windows" in rows[1]
    assert "127.0.0.x" in rows[1]
    assert "127.0.0.1" not in page.text
    assert read(sami.get("/account")).links["Your sign-ins"] == "/account/sign-ins"


def test_nobody_sees_the_sign_ins_of_others(seeker, rival, visit, read):
    rosa = visit()
    guess(visit(), seeker)
    guess(rosa, rival, PASSWORD)

    assert "Failed" not in read(rosa.get("/account/sign-ins")).text


def test_a_sign_in_by_link_is_among_them(seeker, organizer, visit):
    token = OneTimeLink.for_member(seeker, organizer)

    visit().post(f"/sign-in/{token}", data={"password": "another long password"})

    assert [(one.member, one.succeeded) for one in SignInTry.select()] == [(seeker, True)]


def test_a_guess_at_an_unknown_address_leaves_the_same_trace_without_a_name(seeker, visit):
    nobody = Member(email="nobody@example.org")

    assert guess(visit(), seeker) == guess(visit(), nobody) == 422
    assert [one.member_id for one in SignInTry.select().order_by(SignInTry.id)] == [seeker.id, None]


def test_tries_go_after_ninety_days_and_those_of_nobody_after_one(seeker, wait):
    SignInTry.note_failure(seeker.email, "Firefox", "")
    SignInTry.note_failure("nobody@example.org", "Firefox", "")
    until = SignInTry.kept.until

    def past():
        return [one.member for one in SignInTry.select().where(until.past(until.days)).order_by(SignInTry.id)]

    wait(days=2)
    assert past() == [None]
    wait(days=89)
    assert past() == [seeker, None]


@pytest.mark.parametrize(
    ("user_agent", "said"),
    [
        (FIREFOX, "Firefox on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/18.0 Safari/605.1", "Safari on macOS"),
        ("curl/8.0", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_called_what_people_call_it(app, user_agent, said):
    assert in_words(user_agent) == said


@pytest.mark.parametrize(
    ("network", "kept"),
    [("203.0.113.7", "203.0.113.x"), ("2001:db8:1:2::/64", "2001:db8:1:x"), ("", ""), ("localhost", "")],
)
def test_where_a_sign_in_came_from_is_kept_in_part_only(network, kept):
    assert about_where(network) == kept
