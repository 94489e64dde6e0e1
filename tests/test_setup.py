"""The first run: the printed link, the page that makes the community, and what the process does by itself."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from cast import MONDAY, PASSWORD

from hosting.settings import Settings
from models import Community, Member, OneTimeLink, Policy, Referral, db, now

HERE = Path(__file__).parent.parent
TYPED = {
    "name": "Junction Job Circle",
    "place": "Toronto",
    "currency": "CAD",
    "timezone": "America/Toronto",
    "charging": "yes",
    "owner_name": "Olga Owner",
    "email": "olga@example.org",
    "password": PASSWORD,
}


@pytest.fixture
def key(app):
    """The key of the printed link."""
    return OneTimeLink.for_setup()


@pytest.fixture
def environment(tmp_path):
    """What `python golem.py` finds around it: an empty folder and a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return {**os.environ, "GOLEM_DATA": str(tmp_path / "data"), "GOLEM_PORT": str(port)}


@pytest.fixture
def serve(environment):
    """Runs `python golem.py` until the test is over."""
    started = []

    def serve():
        command = [sys.executable, "golem.py"]
        started.append(subprocess.Popen(command, cwd=HERE, env=environment, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield serve
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def wait_for(condition):
    for _attempt in range(100):
        if condition():
            return True
        time.sleep(0.1)
    return False


def answers(address):
    try:
        with urlopen(address) as answer:
            return answer.status == 200
    except URLError:
        return False


# The page


@pytest.mark.parametrize("address", ["/", "/join", "/sign-in", "/claims", "/desk", "/nowhere"])
def test_until_it_is_set_up_the_site_shows_nothing_but_that_it_waits(app, walk, address):
    page = walk().open(address)

    assert page.address == "/setup"
    assert "This site waits to be set up" in page.text
    assert not page.all("input")


def test_whoever_holds_the_link_makes_the_community_and_owns_it(key, walk):
    olga = walk()

    olga.open(f"/setup?key={key}")
    page = olga.press("Set up the community", **TYPED)

    assert page.address == "/desk/policy"
    assert page.flash == "Your community is ready. Look through the policy, then invite people to join."
    assert (Community.current().name, Community.current().currency) == ("Junction Job Circle", "CAD")
    assert Community.current().timezone == "America/Toronto"
    assert Member.get().role == "owner"
    assert olga.open("/account").text.count("olga@example.org")


def test_neither_answer_about_prices_is_chosen_for_them(key, walk):
    page = walk().open(f"/setup?key={key}")

    choices = page.all("input", name="charging")

    assert [choice.get("value") for choice in choices] == ["yes", "no"]
    assert ["checked" in choice.attrib for choice in choices] == [False, False]
    assert ["required" in choice.attrib for choice in choices] == [True, True]


def test_the_words_about_the_law_stand_beside_the_question(key, walk, read):
    page = walk().open(f"/setup?key={key}")

    section = next(part for part in page.all("section") if part.find(".//input[@name='charging']") is not None)
    words = " ".join("".join(section.itertext()).split())

    assert "May members name a price" in words
    assert "Some places restrict or forbid charging people who look for a job." in words
    assert "your group must check before it allows prices" in words


@pytest.mark.parametrize(("answer", "charging"), [("yes", True), ("no", False)])
def test_the_answer_about_prices_becomes_the_policy(key, walk, answer, charging):
    olga = walk()
    olga.open(f"/setup?key={key}")

    olga.press("Set up the community", **TYPED | {"charging": answer})

    assert Policy.current().charging is charging


def test_without_an_answer_about_prices_nothing_is_made_and_the_link_still_works(key, walk):
    olga = walk()
    olga.open(f"/setup?key={key}")
    unanswered = {name: value for name, value in TYPED.items() if name != "charging"}

    page = olga.press("Set up the community", **unanswered)

    assert page.status == 422
    assert page.says("charging-error") == "Please fill this in."
    assert page.typed("name") == "Junction Job Circle"
    assert (Community.select().count(), Member.select().count()) == (0, 0)
    assert olga.press("Set up the community", **TYPED).address == "/desk/policy"


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("email", "not an address", "This does not look like an email address."),
        ("password", "short", "Please use at least 10 characters."),
        ("name", "", "Please fill this in."),
        ("place", " ", "Please fill this in."),
        ("owner_name", "", "Please fill this in."),
        ("name", "x" * 81, "Please keep this under 80 characters."),
    ],
)
def test_what_cannot_be_taken_is_said_beside_its_field(key, walk, field, typed, sentence):
    olga = walk()
    olga.open(f"/setup?key={key}")

    page = olga.press("Set up the community", **TYPED | {field: typed})

    assert page.status == 422
    assert page.says(f"{field}-error") == sentence
    assert page.all("input", name="charging", value="yes")[0].get("checked") is not None
    assert (Community.select().count(), Member.select().count()) == (0, 0)
    assert olga.press("Set up the community", **TYPED).address == "/desk/policy"


@pytest.mark.parametrize(
    ("field", "typed"),
    [("currency", "XYZ"), ("currency", "cad"), ("timezone", "Mars/Olympus"), ("charging", "maybe")],
)
def test_choices_that_were_not_offered_are_refused(key, browse, read, field, typed):
    page = read(browse().post("/setup", data={"key": key} | TYPED | {field: typed}))

    assert page.status == 422
    assert page.says(f"{field}-error").startswith("Please choose")
    assert Community.current() is None


def test_a_language_that_the_site_does_not_speak_is_refused(key, browse):
    answer = browse().post("/setup", data={"key": key, **TYPED, "language": "xx"})

    assert answer.status_code == 422
    assert Community.current() is None


def test_the_link_works_once(key, browse):
    browser = browse()
    assert browser.post("/setup", data={"key": key} | TYPED).status_code == 303

    assert browser.get(f"/setup?key={key}").status_code == 404
    assert browser.post("/setup", data={"key": key} | TYPED).status_code == 404
    assert Member.select().count() == 1


def test_a_new_link_ends_the_ones_printed_before(key, browse):
    newer = OneTimeLink.for_setup()

    assert browse().get(f"/setup?key={key}").status_code == 409
    assert browse().get(f"/setup?key={newer}").status_code == 200


def test_a_link_that_was_made_up_opens_nothing(key, browse, read):
    page = read(browse().post("/setup", data={"key": "made-up"} | TYPED))

    assert page.status == 409
    assert "This link has been used or is too old." in page.text
    assert Community.current() is None


@pytest.mark.time_machine(MONDAY, tick=False)
def test_the_link_is_good_for_three_days(key, browse, wait):
    wait(days=3)

    assert browse().get(f"/setup?key={key}").status_code == 409


# The process


def test_it_serves_from_an_empty_folder_and_prints_the_link(serve, environment):
    golem = serve()

    link = re.search(r"http://\S+/setup\?key=\S+", golem.stdout.readline())[0]
    site = golem.stdout.readline().split()[-1]

    assert wait_for(lambda: answers(f"{site}/healthz"))
    with urlopen(link) as answer:
        assert "Set up your community" in answer.read().decode()
    data = Path(environment["GOLEM_DATA"])
    assert (data / "golem.db").exists()
    assert (data / "key").stat().st_mode & 0o077 == 0
    golem.send_signal(signal.SIGTERM)
    assert golem.wait(10) == 0


def test_it_prints_no_link_once_it_is_set_up_and_sweeps_by_itself(post, serve, environment):
    referral = post()
    Referral.update(due=now() - timedelta(days=1), expires_at=now() - timedelta(days=1)).execute()
    db.close()

    golem = serve()

    assert golem.stdout.readline().startswith("Golem is at http://127.0.0.1:")
    assert wait_for(lambda: Referral.get_by_id(referral.id).state == "expired")


def test_the_sweep_can_be_run_by_hand(app, post):
    referral = post()
    Referral.update(due=now() - timedelta(days=1), expires_at=now() - timedelta(days=1)).execute()

    answer = app.test_cli_runner().invoke(args=["sweep"])

    assert answer.output == "1 clocks had run out.\n0 rows were past their time.\n"
    assert Referral.get_by_id(referral.id).state == "expired"


# The settings


def test_a_setting_can_be_kept_in_a_file(tmp_path):
    (tmp_path / "url").write_text("https://jobs.example.org/\n")

    settings = Settings({"GOLEM_URL_FILE": str(tmp_path / "url"), "GOLEM_URL": "http://elsewhere.example"})

    assert settings.url == "https://jobs.example.org"


def test_a_port_that_is_no_number_stops_the_start_in_plain_words():
    with pytest.raises(SystemExit, match="GOLEM_PORT has to be a whole number up to 65535, not 'eighty'"):
        Settings({"GOLEM_PORT": "eighty"})


def test_without_settings_it_listens_to_this_computer_alone():
    settings = Settings({})

    assert (settings.host, settings.port, settings.url) == ("127.0.0.1", 8000, "")
    assert settings.listening_at(settings.port) == "http://127.0.0.1:8000"
