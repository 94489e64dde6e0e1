"""Whatever is sent in any field of any form, or in any address: no failure, nothing reflected, no header from input."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from cast import MONDAY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from pages import Page, controls
from werkzeug.exceptions import HTTPException
from world import build, pages

from models import db

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

NASTY = [
    "",
    " \t\n",
    "\x00",
    "nasty\r\nX-Nasty: yes",
    "nasty%0d%0aX-Nasty:%20yes",
    "<script>alert('nasty')</script>",
    "\"'><img src=x onerror=alert('nasty')>",
    "</textarea></title><svg onload=alert('nasty')>",
    "javascript:alert('nasty')",
    "//nasty.example",
    "https://nasty.example/",
    "/\\nasty.example",
    "{{ 7 * 7 }}{% include 'base.html' %}",
    "${7*7}#{7*7}%(nasty)s%s%n{0}{nasty.__class__}",
    "' OR '1'='1' --",
    "1; DROP TABLE member; --",
    '" MATCH * NEAR( OR AND',
    "../../../../etc/passwd",
    "..%2f..%2fdata%2fkey\x00.txt",
    "-1",
    "0",
    "9" * 400,
    "1e308",
    "NaN",
    "Infinity",
    "0x10",
    "٣٫٥",
    "2026-02-30",
    "0000-00-00",
    "9999-12-31",
    "None",
    "[]",
    "\u202egnp.exe",
    "\ufeff\u200b\u2060",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "Z" + "\u0301" * 3000,
    "ﷺ" * 2000,
    "[" * 5000,
    "x" * 70_000,
    '=HYPERLINK("https://nasty.example")',
]
REFLECTED = re.compile(
    r"<script>alert|<img src=x|<svg onload|href=\"javascript:|href=\"(?:https:)?//nasty\.example/?\""
)
ROLES = ("owner", "helper", "seeker", "out")
PARAMETERS = {
    name
    for path in (Path(__file__).parent.parent / "views").rglob("*.py")
    for name in re.findall(r"request\.(?:args|values)\.get\(\"(\w+)\"", path.read_text(encoding="utf-8"))
}
MOST_IN_PASSING = 2  # How many of the values each form meets in the short run; `make soak` tries all in every field.


@dataclass(frozen=True)
class Form:
    """A form on a page, as whoever has this role is shown it."""

    role: str
    endpoint: str
    method: str
    action: str
    sent: tuple

    @property
    def fields(self):
        return [name for name, _value in self.sent]


found = []  # Made once a process: the same world has the same forms.


@pytest.fixture
def everybody(organizer, second, rival, helper, seeker, database):
    return {"out": None, "outsider": rival, "helper": helper, "seeker": seeker, "organizer": second, "owner": organizer}


@pytest.fixture
def world(everybody, by_card, post, use, set_policy):
    return build(everybody, by_card, post, use, set_policy)


@pytest.fixture
def browsers(everybody, browse):
    return {role: browse(everybody[role]) if everybody[role] else browse() for role in ROLES}


@pytest.fixture
def addresses(app, world):
    return [address for _endpoint, address in pages(app, world) if not address.endswith(".csv")]


@pytest.fixture
def forms(app, addresses, browsers):
    """Every form of the site once, with what it sends when nobody touches it."""
    if not found:
        known = {}
        for role, browser in browsers.items():
            for address in addresses:
                answer = browser.get(address)
                if answer.status_code == 200 and answer.mimetype == "text/html":
                    for form in forms_of(app, role, address, Page(answer)):
                        known.setdefault((form.endpoint, frozenset(form.fields)), form)
        found.extend(known.values())
    return found


def forms_of(app, role, address, page):
    for form in page.all("form"):
        sent, offered = controls(page.within(form))
        action, method = form.get("action") or address, (form.get("method") or "get").upper()
        try:
            endpoint, _values = app.url_map.bind("").match(action.partition("?")[0], method=method)
        except HTTPException:
            continue
        values = {**dict.fromkeys(offered, ""), **sent}
        values = {
            name: value[0] if isinstance(value, list) and value else value for name, value in values.items() if name
        }
        if endpoint != "accounts.sign_out" and values:
            yield Form(role, endpoint, method, action, tuple(values.items()))


def send(browser, form, **instead):
    """Sends the form with this instead, looks at what comes of it, and lets nothing of it stay."""
    values = {**dict(form.sent), **instead}
    with db.atomic() as stage:
        if form.method == "GET":
            answer = browser.get(form.action.partition("?")[0], query_string=values)
        else:
            answer = browser.post(form.action, data=values)
        check(answer, form)
        if answer.status_code == 303:
            check(browser.get(answer.location), form)
        stage.rollback()


def check(answer, what):
    assert answer.status_code < 500, what
    assert "X-Nasty" not in answer.headers, what
    assert all(len(value) < 2048 for _name, value in answer.headers), what
    assert answer.headers.get("Location", "/")[:1] == "/" or "nasty" not in answer.location, what
    if answer.mimetype == "text/html":
        assert not REFLECTED.search(answer.text), (what, REFLECTED.search(answer.text))


def test_there_are_forms_and_parameters_to_try(forms):
    assert len(forms) > 60
    assert {"page", "words", "next"} <= PARAMETERS
    assert len(NASTY) >= 30


def test_no_form_is_broken_by_what_is_typed(forms, browsers):
    for number, form in enumerate(forms):
        for turn in range(MOST_IN_PASSING):
            nasty = NASTY[(number * MOST_IN_PASSING + turn) % len(NASTY)]
            send(browsers[form.role], form, **dict.fromkeys(form.fields, nasty))


def test_no_address_is_broken_by_what_is_asked(app, addresses, browsers):
    for number, address in enumerate(addresses):
        nasty = NASTY[number % len(NASTY)]
        bare = address.partition("?")[0]
        check(browsers["owner"].get(bare, query_string=dict.fromkeys(PARAMETERS, nasty)), (bare, nasty))


def test_no_address_is_broken_by_what_stands_in_it(app, browsers):
    rules = [rule for rule in app.url_map.iter_rules() if rule.arguments]
    for number, rule in enumerate(rules):
        for turn in range(MOST_IN_PASSING):
            nasty = NASTY[(number + turn) % len(NASTY)] or "x"
            address = re.sub(r"<[^>]+>", quote(nasty, safe="")[:3000].replace("\\", "\\\\"), rule.rule)
            method = "POST" if "POST" in rule.methods else "GET"
            check(browsers["owner"].open(address, method=method), address)


@pytest.mark.soak
@pytest.mark.parametrize("nasty", NASTY, ids=lambda text: ascii(text)[:20])
def test_no_field_is_broken_by_what_is_typed(forms, browsers, nasty):
    for form in forms:
        for name in form.fields:
            send(browsers[form.role], form, **{name: nasty})


@pytest.mark.soak
def test_no_field_is_broken_by_what_nobody_would_type(forms, browsers):
    @settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(some.sampled_from(forms), some.data(), some.text(some.characters(exclude_categories=["Cs"]), max_size=300))
    def tried(form, data, text):
        send(browsers[form.role], form, **{data.draw(some.sampled_from(form.fields)): text})

    tried()
