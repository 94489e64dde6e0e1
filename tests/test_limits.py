"""How often something may be tried, by whom, and what whoever has to wait is told."""

import pytest
from cast import MONDAY, PASSWORD, POSTING
from racing import at_once, through

from models import Claim, Invitation, Member, Message, Referral, Report, TooOften, lift_quotas, quotas
from models.quotas import DAY, HOUR, Quota, in_words
from views.limits import (
    FIRST_PAUSE,
    FREE_GUESSES,
    LONGEST_PAUSE,
    MOST_ACCOUNTS,
    Failures,
    Guesses,
    guesses,
    guessing,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


@pytest.fixture
def visit(limited):
    """A browser at the site with limits, from this address."""

    def visit(address="192.0.2.1"):
        browser = limited.test_client()
        browser.environ_base = {**browser.environ_base, "REMOTE_ADDR": address}
        return browser

    return visit


def guess(browser, email, password="a guess"):
    return browser.post("/sign-in", data={"email": email, "password": password})


def test_letters_are_counted_together_for_each_network(seeker, visit):
    def ask(page, number, **typed):
        return visit("192.0.2.9").post(page, data={"email": f"kim{number}@example.org", **typed}).status_code

    allowed = [ask(("/forgot-password", "/sign-in-link")[number % 2], number) for number in range(100)]

    assert set(allowed) == {409}  # No mail is sent here, which is said to whoever may ask.
    assert [ask(page, 1) for page in ("/forgot-password", "/sign-in-link")] == [429, 429]
    assert visit("192.0.2.10").post("/forgot-password", data={"email": "kim@example.org"}).status_code == 409


# A crowd


def test_forty_people_in_one_library_join_and_sign_in_within_a_minute(organizer, visit):
    people = [{"name": f"Kim {number}", "email": f"kim{number}@example.org"} for number in range(40)]

    joined = [visit().post("/join", data={**one, "password": PASSWORD, "rules": "1"}).status_code for one in people]
    mistyped = [guess(visit(), one["email"]).status_code for one in people]
    signed_in = [guess(visit(), one["email"], PASSWORD).status_code for one in people]

    assert joined == [303] * 40
    assert mistyped == [422] * 40
    assert signed_in == [303] * 40


def test_who_signs_in_rightly_may_do_so_as_often_as_they_like(seeker, visit):
    assert {guess(visit(), seeker.email, PASSWORD).status_code for _time in range(4 * FREE_GUESSES)} == {303}


# Guessing


def test_passwords_cannot_be_guessed_fast(seeker, visit, wait, read):
    browser = visit()

    guessed = [guess(browser, "Sami@example.org ").status_code for _time in range(FREE_GUESSES + 1)]
    right = guess(browser, seeker.email, PASSWORD)

    assert guessed == [422] * FREE_GUESSES + [429]
    assert right.status_code == 429
    assert read(right).flash == f"That was tried too often. Wait {FIRST_PAUSE} seconds, then try again."
    assert right.headers["Retry-After"] == str(FIRST_PAUSE)
    wait(seconds=FIRST_PAUSE)
    assert guess(browser, seeker.email, PASSWORD).status_code == 303


def test_each_pause_is_longer_than_the_one_before(seeker, visit, wait):
    browser, pauses = visit(), []
    for _time in range(FREE_GUESSES - 1):
        guess(browser, seeker.email)

    for _time in range(10):
        guess(browser, seeker.email)
        pauses.append(int(guess(browser, seeker.email, PASSWORD).headers["Retry-After"]))
        wait(seconds=pauses[-1])

    assert pauses == sorted(pauses)
    assert pauses[:4] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE, 8 * FIRST_PAUSE]
    assert pauses[-1] == LONGEST_PAUSE


def test_a_right_password_forgives_the_wrong_ones(seeker, visit):
    browser = visit()

    for _time in range(3):
        answers = [guess(browser, seeker.email).status_code for _time in range(FREE_GUESSES - 1)]
        answers.append(guess(browser, seeker.email, PASSWORD).status_code)

        assert answers == [422] * (FREE_GUESSES - 1) + [303]


def test_nobody_learns_from_a_pause_whether_an_address_is_known(seeker, visit):
    browser = visit()

    answers = {
        email: [(answer.status_code, answer.headers.get("Retry-After")) for answer in many]
        for email, many in (
            (email, [guess(browser, email) for _time in range(FREE_GUESSES + 2)])
            for email in (seeker.email, "nobody@example.org")
        )
    }

    assert answers[seeker.email] == answers["nobody@example.org"]


def test_who_shares_a_browser_gains_no_guesses_by_signing_in_there(seeker, helper, visit):
    browser = visit()
    for member in (seeker, helper):
        guess(browser, member.email, PASSWORD)
    for _time in range(FREE_GUESSES):
        guess(browser, seeker.email)

    guess(browser, helper.email, PASSWORD)

    assert guess(browser, seeker.email).status_code == 429


def test_one_network_cannot_try_everybodys_password(seeker, visit):
    browser = visit()

    guessed = [guess(browser, f"m{number}@example.org").status_code for number in range(201)]
    elsewhere = guess(visit("198.51.100.1"), seeker.email, PASSWORD)

    assert guessed == [422] * 200 + [429]
    assert elsewhere.status_code == 303


def test_guesses_at_the_same_moment_are_counted_one_by_one(database):
    def begin():
        try:
            tried.begin("sami@example.org")
        except TooOften:
            return "waits"

    tried = Guesses()

    answers = at_once(*[begin] * 16)

    assert len(through(answers)) == FREE_GUESSES


def test_what_was_typed_stays_in_the_form_but_for_the_password(seeker, visit, read):
    browser = visit()
    for _time in range(FREE_GUESSES):
        guess(browser, seeker.email)

    page = read(guess(browser, seeker.email, "my secret password"))

    assert page.typed("email") == seeker.email
    assert "my secret password" not in page.answer.text


def test_over_htmx_the_wait_is_said_too(seeker, visit, read):
    browser = visit()
    for _time in range(FREE_GUESSES):
        guess(browser, seeker.email)

    asked = {"email": seeker.email, "password": PASSWORD}
    page = read(browser.post("/sign-in", data=asked, headers={"HX-Request": "true"}))

    assert page.status == 429
    assert page.flash == f"That was tried too often. Wait {FIRST_PAUSE} seconds, then try again."
    assert page.answer.headers["Retry-After"] == str(FIRST_PAUSE)


def test_the_present_password_cannot_be_guessed_at_the_account(seeker, visit):
    browser = visit()
    guess(browser, seeker.email, PASSWORD)

    typed = {"old": "a guess", "password": "another long password"}
    answers = [browser.post("/account/password", data=typed).status_code for _time in range(FREE_GUESSES + 1)]

    assert answers == [422] * FREE_GUESSES + [429]


def test_a_weak_new_password_is_not_a_guess_at_the_present_one(seeker, visit):
    browser = visit()
    guess(browser, seeker.email, PASSWORD)

    typed = {"old": PASSWORD, "password": "short"}
    answers = [browser.post("/account/password", data=typed).status_code for _time in range(FREE_GUESSES + 1)]

    assert answers == [422] * (FREE_GUESSES + 1)


def test_what_breaks_is_not_a_guess_that_failed(seeker, limited):
    with limited.test_request_context():
        for _time in range(2 * FREE_GUESSES):
            with pytest.raises(ZeroDivisionError), guessing(seeker.email):
                raise ZeroDivisionError

    assert guesses.wait_for(seeker.email) == 0


def test_failures_are_forgotten_after_a_day_and_when_the_clock_is_set_back(wait):
    tried = Guesses()
    for _time in range(FREE_GUESSES):
        tried.begin("sami@example.org")
    assert tried.wait_for("sami@example.org") == FIRST_PAUSE

    wait(seconds=-HOUR)
    assert tried.wait_for("sami@example.org") <= FIRST_PAUSE
    wait(seconds=-DAY)
    assert tried.wait_for("sami@example.org") == 0


def test_a_million_addresses_do_not_fill_the_memory(monkeypatch):
    tried = Guesses()
    for _time in range(FREE_GUESSES):
        tried.begin("sami@example.org")

    for number in range(2 * MOST_ACCOUNTS):
        tried.begin(f"m{number}@example.org")

    assert len(tried._failures) <= MOST_ACCOUNTS
    assert tried.wait_for("sami@example.org") == FIRST_PAUSE


def test_a_pause_never_grows_beyond_the_longest():
    assert Failures(10_000).pause == LONGEST_PAUSE


def test_joining_has_its_limit_too(organizer, visit, read):
    browser = visit()

    answers = [browser.post("/join", data={"name": "Kim"}) for _time in range(201)]

    assert [answer.status_code for answer in answers] == [422] * 200 + [429]
    assert answers[-1].headers["Retry-After"] == str(HOUR)
    assert read(answers[-1]).flash == "That was tried too often. Wait 60 minutes, then try again."
    assert read(answers[-1]).typed("name") == "Kim"


def test_limits_can_be_turned_off_for_tests(seeker, browse):
    assert {guess(browse(), seeker.email).status_code for _time in range(3 * FREE_GUESSES)} == {422}


# Writing


@pytest.fixture
def with_quotas():
    lift_quotas(False)
    yield
    lift_quotas()


def test_people_write_as_much_as_they_like(claim, seeker, with_quotas):
    for number in range(50):
        claim.say(seeker, f"Message {number}")

    assert Message.select().count() == 50


def full(quota, write, wait):
    """Writes until the quota of an hour is full. Returns the refusal."""
    for number in range(quota.an_hour):
        write(number)
        wait(seconds=1)
    with pytest.raises(TooOften) as refusal:
        write("one more")
    return refusal.value


@pytest.fixture
def writers(post, helper, seeker, organizer, set_policy):
    """What can be written, by the name of its quota."""
    set_policy(open_claims_cap=1000, seats_cap=5)
    claim = Claim.request(post(), seeker, "Please.", ["good_word"])
    crowd = [Member.create(name="Kim", email=f"kim{number}@x.example", password_hash="") for number in range(70)]
    open_posts = [post(publish=False) for _number in range(30)]
    for referral in open_posts:
        referral.submit(helper)
    return {
        "MESSAGES": lambda number: claim.say(seeker, f"Message {number}"),
        "DRAFTS": lambda number: post(by=seeker, publish=False),
        "CLAIMS": lambda number: Claim.request(open_posts.pop(), organizer, "Please.", ["good_word"]),
        "REPORTS": lambda number: Report.make(seeker, "spam", "Hm.", member=crowd.pop()),
        "INVITATIONS": lambda number: Invitation.make(organizer),
    }


@pytest.mark.parametrize("name", ["MESSAGES", "DRAFTS", "CLAIMS", "REPORTS", "INVITATIONS"])
def test_a_script_is_stopped_and_told_when_it_may_go_on(writers, name, wait, with_quotas):
    quota, write = getattr(quotas, name), writers[name]

    refusal = full(quota, write, wait)

    assert refusal.wait == HOUR - quota.an_hour
    wait(seconds=refusal.wait - 1)
    with pytest.raises(TooOften):
        write("too early")
    wait(seconds=1)
    write("in time")


def test_a_day_has_its_quota_besides(claim, seeker, wait, with_quotas, monkeypatch):
    monkeypatch.setattr(quotas, "MESSAGES", Quota(an_hour=60, a_day=3))
    for _time in range(3):
        claim.say(seeker, "Good morning.")
        wait(hours=1)

    with pytest.raises(TooOften, match="Wait 21 hours, then"):
        claim.say(seeker, "Good morning.")


def test_two_presses_at_once_do_not_both_have_the_last_place(claim, seeker, with_quotas, monkeypatch):
    monkeypatch.setattr(quotas, "MESSAGES", Quota(an_hour=3, a_day=3))

    answers = at_once(*[lambda: claim.say(seeker, "Good morning.")] * 8)

    assert len(through(answers)) == Message.select().count() == 3


def test_a_clock_that_was_ahead_does_not_silence_anybody(claim, seeker, wait, with_quotas, monkeypatch):
    monkeypatch.setattr(quotas, "MESSAGES", Quota(an_hour=3, a_day=3))
    for _time in range(3):
        claim.say(seeker, "Good morning.")

    wait(days=-365)

    claim.say(seeker, "Good morning.")


def test_what_was_written_too_often_is_kept(claim, seeker, visit, read, monkeypatch):
    monkeypatch.setattr(quotas, "MESSAGES", Quota(an_hour=1, a_day=1))
    browser = visit()
    guess(browser, seeker.email, PASSWORD)

    first, second = (browser.post("/claims/1/messages", data={"body": f"Message {n}"}) for n in (1, 2))

    page = read(second)
    assert first.status_code == 303
    assert (page.status, page.typed("body")) == (429, "Message 2")
    assert page.flash == "That was tried too often. Wait 24 hours, then try again."
    assert page.answer.headers["Retry-After"] == str(DAY)


def test_a_posting_that_came_too_soon_is_kept_whole(helper, visit, read, monkeypatch):
    monkeypatch.setattr(quotas, "DRAFTS", Quota(an_hour=1, a_day=9))
    browser = visit()
    guess(browser, helper.email, PASSWORD)

    browser.post("/referrals/new", data=POSTING)
    page = read(browser.post("/referrals/new", data={**POSTING, "title": "Sailmaker"}))

    assert page.status == 429
    assert (page.typed("title"), page.typed("duties")) == ("Sailmaker", POSTING["duties"])
    assert Referral.select().count() == 1


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1, "1 second"),
        (30, "30 seconds"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (121, "3 minutes"),
        (3600, "60 minutes"),
        (7199, "120 minutes"),
        (7201, "3 hours"),
        (86400, "24 hours"),
    ],
)
def test_the_wait_is_never_longer_than_what_is_said(seconds, said):
    assert in_words(seconds) == said
