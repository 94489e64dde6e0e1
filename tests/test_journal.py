"""What administrators read about their site, and what is never in it."""

import json
import logging
import os
import re
import socket
import subprocess
import sys
import time
from contextlib import suppress
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

import pytest
from cast import PASSWORD

import journal
from golem import create_app
from models import Claim, OneTimeLink, Policy, db
from views.limits import FIRST_PAUSE, FREE_GUESSES

HERE = Path(__file__).parent.parent
FIELD = re.compile(r'([\w-]+)=("(?:[^"\\]|\\.)*"|\S+)')


def read_line(line):
    """The fields of a line of the journal."""
    return {name: json.loads(value) if value[0] == '"' else value for name, value in FIELD.findall(line)}


@pytest.fixture
def written(caplog):
    """The lines that were written so far, each as its fields."""
    caplog.set_level(logging.INFO, "golem.journal")
    return lambda: [read_line(record.message) for record in caplog.records if record.name == "golem.journal"]


def what(lines):
    return [line["what"] for line in lines]


# Lines


@pytest.mark.parametrize(
    "nasty", ["a\nwhat=forged", "a\r\nb", "\x00\x1b[31m", "\x7f", "\u2028", "a b=c", '"', "\\", "é"]
)
def test_nothing_that_comes_from_outside_begins_a_line_of_its_own(written, caplog, nasty):
    journal.note("trial", page=nasty, who=5)

    line = caplog.records[-1].message
    assert line.isascii()
    assert line.isprintable()
    assert read_line(line) == {"time": written()[-1]["time"], "what": "trial", "page": nasty, "who": "5"}


def test_a_fault_says_where_it_happened_and_repeats_nothing_that_was_typed(written):
    try:
        int("my secret plan")
    except ValueError as problem:
        journal.note_fault(problem)

    line = written()[-1]
    assert (line["what"], line["kind"]) == ("fault", "ValueError")
    assert line["steps"].startswith("tests/test_journal.py:")
    assert "secret" not in str(line)


def test_what_the_system_says_of_a_fault_is_told(written):
    try:
        Path("/nowhere/at/all").read_text()
    except OSError as problem:
        journal.note_fault(problem)

    assert written()[-1]["said"] == "No such file or directory"
    assert "nowhere" not in str(written()[-1])


def test_faults_that_are_logged_otherwise_are_discreet_too():
    try:
        int("my secret plan")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 1, "The sweep stumbled.", (), sys.exc_info())

    text = journal.Discreet("%(message)s").format(record)

    assert text.startswith("The sweep stumbled.\nkind=ValueError")
    assert "secret" not in text


def test_what_the_server_says_of_a_request_does_not_tell_its_page():
    said = "Client disconnected while serving /sign-in/abc\ntime=now what=sign-in who=1"
    record = logging.LogRecord("waitress", logging.INFO, "", 1, said, (), None)

    assert journal.Discreet("%(message)s").format(record) == "Client disconnected while serving"


# What is worth a line


def test_signing_in_and_out_and_failing_to_are_noted(seeker, limited, written):
    browser = limited.test_client()
    browser.post("/sign-in", data={"email": seeker.email, "password": "my secret guess"})
    browser.post("/sign-in", data={"email": "nobody@example.org", "password": "my secret guess"})
    browser.post("/sign-in", data={"email": seeker.email, "password": PASSWORD})
    browser.post("/sign-out")

    lines = written()

    assert what(lines) == ["guess", "guess", "sign-in", "sign-out"]
    assert [line.get("account") for line in lines] == [str(seeker.id), None, None, None]
    assert [line.get("who") for line in lines] == [None, None, str(seeker.id), str(seeker.id)]
    assert {line["from"] for line in lines} == {"127.0.0.1"}
    assert len({line["request"] for line in lines}) == 4
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", line["time"]) for line in lines)


def test_a_limit_is_noted_with_the_wait(seeker, limited, written):
    browser = limited.test_client()
    for _time in range(FREE_GUESSES + 1):
        browser.post("/sign-in", data={"email": seeker.email, "password": "a guess"})

    assert what(written()) == ["guess"] * FREE_GUESSES + ["limit"]
    assert (written()[-1]["page"], written()[-1]["wait"]) == ("accounts.enter", "30")


def test_refusals_and_what_is_hidden_are_noted_and_pages_that_never_were_are_not(lead, rival, seeker, browse, written):
    claim = lead(Claim, "active")
    rosa, sami = browse(rival), browse(seeker)
    before = len(written())

    rosa.get(f"/claims/{claim.id}")
    rosa.get("/desk")
    sami.post(f"/claims/{claim.id}/release", data={"reason": "my secret reason"})
    rosa.post("/account", data={"name": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
    rosa.get("/wp-login.php")
    rosa.get("/account")

    lines = written()[before:]
    assert what(lines) == ["hidden", "refused", "refused", "refused"]
    assert [line["page"] for line in lines] == ["claims.show", "desk.index", "claims.release", "accounts.introduce"]
    assert [line.get("who") for line in lines[:3]] == [str(rival.id), str(rival.id), str(seeker.id)]
    assert lines[3]["why"] == "not-from-this-site"
    assert "secret" not in str(lines)


def test_what_no_browser_would_send_is_noted(seeker, browse, written):
    sami = browse(seeker)
    before = len(written())

    sami.post("/webhooks/stripe", data="{}")
    sami.post("/account", data={"name": "x" * 2**20})

    lines = written()[before:]
    about = [(line["what"], line["page"], line["status"]) for line in lines]
    assert about == [("malformed", "payments.webhook", "400"), ("malformed", "accounts.introduce", "413")]


def test_changes_of_role_settings_and_suspensions_are_noted(helper, seeker, organizer, browse, written):
    olga = browse(organizer)
    before = len(written())

    olga.post(f"/desk/members/{helper.id}/appoint")
    Policy.current().change(organizer, seats_cap=2)
    action = {"kind": "suspended", "rule": "spam", "reason": "my secret reason", "days": "3"}
    answer = olga.post(f"/desk/members/{seeker.id}/act", data=action)
    olga.post(f"/desk/members/{seeker.id}/link")

    lines = written()[before:]
    assert answer.status_code == 303
    about = [(line["what"], line.get("who"), line.get("member")) for line in lines if "." in line["what"]]
    assert ("member.appoint", str(organizer.id), str(helper.id)) in about
    assert ("action.suspended", str(organizer.id), str(seeker.id)) in about
    assert ("member.link", str(organizer.id), str(seeker.id)) in about
    assert ("policy.change", str(organizer.id), None) in about
    assert "secret" not in str(lines)


def test_what_did_not_happen_is_not_noted(app, helper, organizer, written):
    before = len(written())
    with suppress(ZeroDivisionError), db.atomic():
        helper.appoint(organizer)
        raise ZeroDivisionError

    assert written()[before:] == []


def test_the_way_of_a_claim_is_nobodys_business(app, lead, written):
    lead(Claim, "settled")

    assert not [line for line in written() if line["what"].startswith(("claim.", "referral.", "pledge."))]


# The number of a request


def test_whoever_meets_a_fault_can_quote_the_number_by_which_it_is_found(app, seeker, browse, read, written):
    @app.get("/broken")
    def broken():
        raise ZeroDivisionError("a secret detail")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    sami = browse(seeker)

    pages = [read(sami.get("/broken")), read(sami.get("/broken", headers={"HX-Request": "true"}))]

    faults = [line for line in written() if line["what"] == "fault"]
    for page, fault in zip(pages, faults, strict=True):
        assert f"tell an organizer this number: {fault['request']}." in page.text
        assert page.answer.headers["X-Request-Id"] == fault["request"]
        assert (fault["kind"], fault["page"]) == ("ZeroDivisionError", "broken")
    assert "secret" not in str(faults)


@pytest.mark.parametrize(
    ("proxies", "given", "taken"),
    [
        ("0", "of-the-proxy-1", False),
        ("1", "of-the-proxy-1", True),
        ("1", "a b", False),
        ("1", "x" * 65, False),
        ("1", "é" * 9, False),
    ],
)
def test_a_number_from_outside_is_taken_from_a_proxy_alone(site_with, proxies, given, taken):
    answer = site_with(GOLEM_PROXIES=proxies).test_client().get("/sign-in", headers={"X-Request-Id": given})

    assert (answer.headers["X-Request-Id"] == given) is taken
    assert re.fullmatch(r"[\w.-]{8,64}", answer.headers["X-Request-Id"])


@pytest.fixture
def site_with(organizer, tmp_path):
    return lambda **settings: create_app({"GOLEM_DATA": str(tmp_path / "data"), "GOLEM_LIMITS": "off", **settings})


# The process that serves


class Visitor:
    """Somebody at the site over the network, who follows no redirect."""

    def __init__(self, address):
        self.address = address
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()), Stay())

    def post(self, path, **typed):
        return self.ask(Request(self.address + path, urlencode(typed).encode()))

    def ask(self, request):
        try:
            with self.opener.open(request, timeout=20) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except HTTPError as answer:
            with answer:
                return answer.code, answer.headers, answer.read().decode()


class Stay(HTTPRedirectHandler):
    def redirect_request(self, *_asked):
        return None


@pytest.fixture
def served(database, organizer, seeker, tmp_path):
    """The site in a process of its own, over the database as it is: a visitor, and what it has written to stderr."""
    token = OneTimeLink.for_member(seeker, organizer)
    db.close()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "GOLEM_DATA": str(tmp_path / "data"), "GOLEM_PORT": str(port), "GOLEM_LIMITS": "on"}
    errors = tmp_path / "stderr"
    with errors.open("w") as stderr:
        command = [sys.executable, "golem.py"]
        process = subprocess.Popen(command, cwd=HERE, env=environment, stdout=subprocess.DEVNULL, stderr=stderr)
    address = f"http://127.0.0.1:{port}"
    for _attempt in range(200):
        try:
            Visitor(address).ask(Request(address + "/healthz"))
            break
        except URLError:
            time.sleep(0.1)
    yield lambda: Visitor(address), errors.read_text, token
    process.kill()
    process.wait()


def test_the_served_site_writes_its_journal_to_stderr_and_nothing_private_in_it(served, seeker, organizer):
    visit, journal_text, token = served
    sami, stranger = visit(), visit()

    status, _headers, _page = sami.post("/sign-in", email=seeker.email, password=PASSWORD)
    guessed = [stranger.post("/sign-in", email=seeker.email, password="my secret guess") for _time in range(6)]
    sami_again = sami.post("/sign-in", email=seeker.email, password=PASSWORD)[0]
    by_link = visit().post(f"/sign-in/{token}", password="my secret new password")[0]
    olga = visit()
    olga.post("/sign-in", email=organizer.email, password=PASSWORD)
    linked = olga.post(f"/desk/members/{seeker.id}/link")

    assert (status, sami_again, by_link, linked[0]) == (303, 303, 303, 200)
    assert [answer[0] for answer in guessed] == [422] * 5 + [429]
    wait = int(guessed[-1][1]["Retry-After"])
    assert 1 < wait <= FIRST_PAUSE
    assert f"Wait {wait} seconds, then try again." in guessed[-1][2]
    text = journal_text()
    lines = [read_line(line) for line in text.splitlines() if line.startswith("time=")]
    done = [line["what"] for line in lines]
    assert done.count("sign-in") == 4
    assert done.count("guess") == 5
    assert done.count("limit") == 1
    assert "member.link" in done
    assert [line for line in lines if line["what"] == "sign-in" and line.get("page") == "accounts.enter_once"]
    for private in ("secret", PASSWORD, token, "example.org", seeker.name, "Sami", "Olga"):
        assert private not in text
    made = re.search(r"/sign-in/([\w-]+)", linked[2])[1]
    assert made not in text
