"""What the site gives nobody, whatever it is asked for, and what its code leaves alone."""

import ast
import hashlib
import re
import socket
import threading

import pytest
from argon2 import Type, extract_parameters
from cast import MONDAY, PASSWORD
from itsdangerous import URLSafeTimedSerializer
from pages import crawl
from test_rooms import HERE, files, imports, tree

from hosting.connections import Listener
from models import Invalid, Member, OneTimeLink, passwords
from models.passwords import LONGEST_PASSWORD

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

ROOMS = ("golem", "hosting", "journal", "mail", "models", "payments", "views")


# What is served


@pytest.mark.parametrize(
    "address", ["/", "/static/golem.css", "/static/icons.svg", "/static/drafts.js", "/healthz", "/desk/insight.csv"]
)
def test_every_answer_says_what_it_is_and_in_which_letters_it_is_written(organizer, browse, address):
    kinds = {"": "html", "css": "css", "svg": "svg+xml", "js": "javascript", "healthz": "json", "csv": "csv"}

    with browse(organizer).get(address) as answer:
        assert answer.mimetype.endswith(kinds[address.rpartition(".")[2].strip("/")])
        if answer.mimetype.startswith("text/") or answer.mimetype.endswith("+xml"):
            assert answer.content_type.endswith("charset=utf-8")


@pytest.mark.parametrize(
    "address",
    [
        "/.git/config",
        "/golem.py",
        "/data/key",
        "/data/golem.db",
        "/requirements.txt",
        "/static",
        "/static/",
        "/static/vendor/",
        "/static/../golem.py",
        "/static/%2e%2e/golem.py",
        "/console",
        "/metrics",
    ],
)
def test_nothing_is_served_but_pages_and_assets(organizer, browse, address):
    assert browse(organizer).get(address).status_code == 404


@pytest.mark.parametrize("onward", ["/?words=" + "🙂" * 200, "/?" + "a=&" * 250], ids=["signs", "names"])
def test_no_address_that_somebody_wrote_makes_a_long_header(seeker, browse, onward):
    typed = {"email": seeker.email, "password": PASSWORD, "next": onward}
    stranger = browse()

    answers = [
        stranger.get("/claims", query_string=onward.partition("?")[2]),
        stranger.get("/sign-in//" + "a" * 3000),
        stranger.post("/sign-in", data=typed),
    ]

    assert [answer.status_code for answer in answers] == [303, 404, 303]
    assert max(len(value) for answer in answers for _name, value in answer.headers) < 2048


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "CONNECT"])
def test_an_address_takes_no_method_but_those_it_uses(organizer, browse, method):
    assert browse(organizer).open("/account", method=method).status_code == 405


def test_every_page_of_a_member_leads_out(organizer, walk):
    pages = crawl(walk(organizer), "/", "/account", "/desk")

    assert len(pages) > 20
    assert [page.answer.request.path for page in pages if not page.all("form", action="/sign-out")] == []


# Where a request ends

WHOLE = b"POST /sign-in HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: cross-site\r\n%b\r\n\r\n%b"
SMUGGLED = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture
def spoken(app, organizer):
    """What the listener of the site answers to these bytes, until it closes the connection."""
    listener = Listener(app, "127.0.0.1", 0, largest_body=1024)
    loop = threading.Thread(target=listener.run)
    loop.start()

    def spoken(octets):
        with socket.create_connection(("127.0.0.1", listener.port), timeout=10) as line:
            line.sendall(octets)
            line.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: line.recv(4096), b""))

    yield spoken
    listener.stop()
    loop.join(20)


@pytest.mark.parametrize(
    ("heads", "body", "answers"),
    [
        (b"Content-Length: 0", b"", [b"403", b"200"]),
        (b"Transfer-Encoding: chunked", b"0\r\n\r\n", [b"403", b"200"]),
        (b"Content-Length: 60\r\nTransfer-Encoding: chunked", b"0\r\n\r\n", [b"403", b"200"]),
        (b"Content-Length: 0\r\nContent-Length: 60", b"", [b"400"]),
        (b"Content-Length: +0", b"", [b"400"]),
        (b"Content-Length : 0", b"", [b"400"]),
        (b"Transfer-Encoding: xchunked", b"0\r\n\r\n", [b"501"]),
        (b"Transfer-Encoding: identity, chunked", b"0\r\n\r\n", [b"501"]),
        (b"Transfer-Encoding: chunked", b"-1\r\n\r\n", [b"400"]),
        (b"X: y\n Content-Length: 60", b"", [b"400"]),
    ],
)
def test_where_a_request_ends_is_never_in_doubt(spoken, heads, body, answers):
    """A proxy in front and the site behind it must not disagree on it: else one visitor speaks in another's name."""
    said = spoken(WHOLE % (heads, body) + SMUGGLED)

    assert re.findall(rb"HTTP/1\.\d (\d+)", said) == answers


# What is taken


def test_what_a_form_does_not_ask_for_is_not_taken(seeker, browse):
    before = Member.get_by_id(seeker.id)
    more = {"role": "owner", "state": "trusted", "id": "1", "email": "x@example.org", "password_hash": "x"}

    assert browse(seeker).post("/account", data={"name": "Sami S.", **more}).status_code == 303
    newcomer = {"name": "Nina", "email": "nina@example.org", "password": PASSWORD, "rules": "1"}
    assert browse().post("/join", data={**more, **newcomer}).status_code == 303

    after = Member.get_by_id(seeker.id)
    assert after.name == "Sami S."
    assert [getattr(after, name) for name in more] == [getattr(before, name) for name in more]
    assert Member.get(Member.email == "nina@example.org").role == "member"


def test_a_field_comes_from_the_body_and_the_first_of_two_counts(seeker, browse):
    sami = browse(seeker)

    by_address = sami.post("/account?name=Somebody", data={"headline": "Boats"})
    twice = sami.post("/account?name=Somebody", data={"name": ["Sami S.", "Somebody else"]})

    assert (by_address.status_code, twice.status_code) == (422, 303)
    assert Member.get_by_id(seeker.id).name == "Sami S."


# Passwords


@pytest.mark.parametrize("address", ["/sign-in", "/join", "/account", "link"])
def test_passwords_are_hidden_while_they_are_typed_and_managers_may_fill_them_in(
    seeker, organizer, browse, read, address
):
    link = f"/sign-in/{OneTimeLink.for_member(seeker, organizer)}"
    browser = browse(seeker if address == "/account" else None)

    page = read(browser.get(link if address == "link" else address))

    fields = [field for name in ("password", "old", "present") for field in page.all("input", name=name)]
    assert fields
    for field in fields:
        assert field.get("type") == "password"
        assert field.get("autocomplete") in ("current-password", "new-password")
        assert "onpaste" not in field.attrib


def test_a_password_of_two_hundred_characters_is_taken_whole(organizer):
    password = "herons and cutters " * 10 + "Wednesdays"
    nia = Member.join("Nia New", "nia@example.org", password)

    assert len(password) == LONGEST_PASSWORD
    assert Member.by_password("nia@example.org", password) == nia
    for other in (password[:-1], password.lower(), f"{password} ", password.strip("hW")):
        with pytest.raises(Invalid):
            Member.by_password("nia@example.org", other)


def test_a_password_works_for_years(seeker, wait):
    wait(days=5000)

    assert Member.by_password(seeker.email, PASSWORD) == seeker


def test_passwords_are_kept_with_the_numbers_that_are_written_down():
    made = extract_parameters(passwords.NOBODY)  # By the site's own hasher: that of the tests is quicker.

    assert (made.type, made.memory_cost, made.time_cost, made.parallelism) == (Type.ID, 19 * 1024, 2, 1)


# The cookie


def test_the_cookie_is_signed_with_sha_256(app, seeker, browse, cookie_name):
    signed = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    reader = URLSafeTimedSerializer(app.secret_key, salt="cookie-session", signer_kwargs=signed)

    assert reader.loads(browse(seeker).get_cookie(cookie_name).value)["_user_id"]


# What the code leaves alone

DANGEROUS = {"pickle", "marshal", "shelve", "subprocess", "xml", "yaml", "ctypes", "random", "telnetlib", "ftplib"}
RUNNING = {"eval", "exec", "compile", "__import__", "render_template_string", "from_string", "system", "popen", "md5"}
HARMLESS = {("re", "compile")}


@pytest.mark.parametrize("room", ROOMS)
def test_no_code_runs_or_unpacks_what_comes_from_outside(room):
    for path in files(room):
        where = path.relative_to(HERE)
        assert not set(imports(path)) & DANGEROUS, where
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                assert called(node.func) not in RUNNING, f"{where}:{node.lineno}"


def called(function):
    if isinstance(function, ast.Attribute):
        base = getattr(function.value, "id", "")
        return "" if (base, function.attr) in HARMLESS else function.attr
    return getattr(function, "id", "")
