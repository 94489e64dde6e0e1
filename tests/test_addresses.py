"""Addresses: where the site is, for its readers and for people elsewhere, and from where somebody asks."""

import re

import pytest
from above import Above
from cast import MONDAY, PASSWORD
from werkzeug.test import Client
from werkzeug.wrappers import Response

from golem import create_app
from hosting.settings import Settings
from models import Community, Event, NotYours, OneTimeLink, SignInTry
from models.tokens import new_token
from views.addresses import client_address, outside_address, page_address

CLAIMED = {"base_url": "http://192.168.1.5:8000"}


@pytest.fixture
def site(tmp_path, organizer):
    """The site over the database of the cast, set up otherwise."""

    def site(**settings):
        return create_app({"GOLEM_DATA": str(tmp_path / "data"), "GOLEM_LIMITS": "off", **settings})

    return site


@pytest.fixture
def at_desk(site, organizer):
    """Olga at her browser, which has opened the site at this address."""

    def at_desk(base_url="http://localhost", **settings):
        client = site(**settings).test_client()
        client.post("/sign-in", data={"email": organizer.email, "password": PASSWORD}, base_url=base_url)
        return client

    return at_desk


# From where somebody asks


@pytest.mark.parametrize("claimed", ["", '"', "1.1.1.1", '"a", ', 'a", "b'])
def test_nobody_hides_what_the_proxy_has_seen(site, claimed):
    stranger = site(GOLEM_PROXIES="1").test_client()
    typed = {"email": "nobody@example.org", "password": PASSWORD}

    stranger.post("/sign-in", data=typed, headers={"X-Forwarded-For": f"{claimed}, 203.0.113.9"})

    assert SignInTry.get().network == "203.0.113.x"


@pytest.mark.parametrize(
    ("seen", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:51234", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("[::ffff:192.0.2.7]:443", "192.0.2.7"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]:51234", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("unknown", "unknown"),
        ("x" * 100, "x" * 64),
        ("", ""),
    ],
)
def test_people_are_counted_by_their_address_and_households_by_their_network(site, seen, counted):
    with site().test_request_context("/", environ_base={"REMOTE_ADDR": seen}):
        assert client_address() == counted


@pytest.mark.parametrize(
    ("proxies", "forwarded", "counted"),
    [
        (0, "203.0.113.9", "198.51.100.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "203.0.113.66, 203.0.113.9", "203.0.113.9"),
        (2, "203.0.113.66, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (1, "2001:db8::9", "2001:db8::/64"),
        (1, "", "198.51.100.1"),
    ],
)
def test_only_proxies_that_the_settings_count_are_believed(site, proxies, forwarded, counted):
    app, found = site(GOLEM_PROXIES=str(proxies)), []
    app.before_request_funcs[None].insert(0, lambda: found.append(client_address()))

    app.test_client().get("/", headers={"X-Forwarded-For": forwarded}, environ_base={"REMOTE_ADDR": "198.51.100.1"})

    assert found == [counted]


def test_the_prefix_comes_from_the_setting_and_from_no_header(site, read):
    header = {"X-Forwarded-Prefix": "/evil", "X-Forwarded-For": "192.0.2.1", "X-Script-Name": "/evil"}

    without = read(site(GOLEM_PROXIES="1").test_client().get("/", headers=header))
    below = read(site(GOLEM_PROXIES="1", GOLEM_PREFIX="/golem").test_client().get("/golem/", headers=header))

    assert without.links["Sign in"] == "/sign-in"
    assert below.links["Sign in"] == "/golem/sign-in"


@pytest.mark.parametrize("address", ["/golem", "/golem/", "/golem/about", "/about", "/golem/static/golem.css"])
def test_a_proxy_may_pass_the_prefix_on_or_take_it_off(site, address):
    with site(GOLEM_PREFIX="/golem").test_client().get(address) as answer:
        assert answer.status_code == 200


def test_what_only_begins_like_the_prefix_is_not_below_it(site):
    assert site(GOLEM_PREFIX="/golem").test_client().get("/golemabout").status_code == 404


@pytest.mark.parametrize(
    ("markup", "headers"),
    [
        ('<a href="/about">', {}),
        ('<form method="post" action="/claims/1/accept">', {}),
        ("<button hx-post='/claims/1/accept'>", {}),
        ('<section hx-get="/golems">', {}),
        ("", {"Location": "/sign-in"}),
        ("", {"HX-Redirect": "/sign-in"}),
        ("", {"Set-Cookie": "golem=1; Path=/"}),
    ],
)
def test_what_leads_out_of_the_prefix_would_fail_a_test(markup, headers):
    site = Above(Response(markup, headers=headers, mimetype="text/html"), "/golem")

    with pytest.raises(AssertionError):
        Client(site).get("/")


def test_what_stays_below_the_prefix_reads_as_at_the_root():
    markup = '<a href="/golem/about?next=/golem/claims"><a href="https://golem.example/golem-heads"><a href="#main">'
    headers = {"Location": "/golem/sign-in", "Set-Cookie": "golem=1; Path=/golem"}

    answer = Client(Above(Response(markup, headers=headers, mimetype="text/html"), "/golem")).get("/")

    assert answer.text == '<a href="/about?next=/claims"><a href="https://golem.example/golem-heads"><a href="#main">'
    assert (answer.headers["Location"], answer.headers["Set-Cookie"]) == ("/sign-in", "golem=1; Path=/")


def test_the_cookie_stays_below_the_prefix(site, organizer):
    client = site(GOLEM_PREFIX="/golem").test_client()

    answer = client.post("/golem/sign-in", data={"email": organizer.email, "password": PASSWORD})

    assert "Path=/golem;" in answer.headers["Set-Cookie"]


def test_below_a_path_of_an_https_site_browsers_take_the_cookie_over_https_alone(site, organizer):
    client = site(GOLEM_URL="https://jobs.example/golem", GOLEM_PREFIX="/golem").test_client()

    answer = client.post("/golem/sign-in", data={"email": organizer.email, "password": PASSWORD})

    for cookie in answer.headers.getlist("Set-Cookie"):
        assert cookie.startswith("__Secure-golem-")
        assert "Secure" in cookie.split("; ")
        assert "Path=/golem" in cookie.split("; ")


# Where the site is


@pytest.mark.parametrize(
    ("settings", "asked", "page", "outside"),
    [
        ({}, CLAIMED, "http://192.168.1.5:8000/about", ""),
        ({}, {"base_url": "http://[::1]:8000"}, "http://[::1]:8000/about", ""),
        ({"GOLEM_PREFIX": "/golem"}, CLAIMED, "http://192.168.1.5:8000/golem/about", ""),
        ({"GOLEM_URL": "https://jobs.example/"}, CLAIMED, *["https://jobs.example/about"] * 2),
        (
            {"GOLEM_URL": "https://jobs.example/golem", "GOLEM_PREFIX": "golem/"},
            CLAIMED,
            *["https://jobs.example/golem/about"] * 2,
        ),
    ],
)
def test_a_page_leads_its_reader_where_they_are_and_others_where_the_settings_say(site, settings, asked, page, outside):
    app, found = site(**settings), []
    app.view_functions["board.about"] = lambda: (
        found.append((page_address("board.about"), outside_address("board.about"))) or ""
    )

    app.test_client().get("/about", **asked)

    assert found == [(page, outside)]


def test_an_invitation_leads_back_to_the_address_at_which_it_was_made(at_desk, read):
    olga = at_desk(**CLAIMED)

    page = read(olga.post("/invitations", data={"note": "", "uses": "1"}, **CLAIMED))

    assert re.fullmatch(r"http://192\.168\.1\.5:8000/join/[a-zA-Z0-9]{32}", page.typed("address"))


def test_letters_lead_to_an_address_once_an_organizer_has_confirmed_it(at_desk, read, app):
    olga = at_desk(**CLAIMED)
    page = read(olga.get("/desk/policy", **CLAIMED))
    assert "Nobody has confirmed an address yet" in page.says("address")
    assert "You are at http://192.168.1.5:8000." in page.says("address")

    answer = olga.post("/desk/community/address", data={"address": "http://evil.example"}, **CLAIMED)

    assert answer.status_code == 303
    assert Community.current().public_address("") == "http://192.168.1.5:8000"
    assert Community.current().public_address("https://jobs.example") == "https://jobs.example"
    assert app.extensions["postman"].address() == "http://192.168.1.5:8000"
    page = read(olga.get("/desk/policy", **CLAIMED))
    assert page.says("address") == "The address of this site Letters and feeds lead to http://192.168.1.5:8000."


@pytest.mark.time_machine(MONDAY, tick=False)
def test_in_a_browser_left_open_nobody_leads_letters_elsewhere(at_desk, wait):
    olga = at_desk(**CLAIMED)
    wait(minutes=11)

    answer = olga.post("/desk/community/address", **CLAIMED)

    assert answer.status_code == 403
    assert Community.current().public_address("") == ""


def test_whatever_a_visitor_claims_letters_lead_nowhere_by_it(site):
    app = site()
    client = app.test_client()

    client.get("/", base_url="http://evil.example", headers={"X-Forwarded-Host": "evil.example"})

    assert app.extensions["postman"].address() == ""


def test_the_log_says_who_confirmed_the_address_and_says_it_once(at_desk):
    olga = at_desk(**CLAIMED)

    for _press in range(2):
        olga.post("/desk/community/address", **CLAIMED)

    changes = Event.select().where(Event.verb == "community.address")
    assert [change.reason for change in changes] == ["http://192.168.1.5:8000"]
    assert changes[0].sentence == "Olga Owner confirmed the address of this site"


def test_only_an_organizer_confirms_the_address(seeker):
    with pytest.raises(NotYours):
        Community.current().confirm_address(seeker, "http://evil.example")

    assert Community.current().address == ""


def test_where_the_settings_name_an_address_nothing_has_to_be_confirmed(at_desk, read):
    page = read(at_desk(GOLEM_URL="http://localhost").get("/desk/policy"))

    assert page.says("address").endswith("Letters and feeds lead to http://localhost, as GOLEM_URL says.")
    assert "Yes, lead them here" not in page.buttons


@pytest.mark.parametrize(
    ("url", "used", "differs"),
    [
        ("http://localhost", "http://localhost", False),
        ("http://localhost:80", "http://LOCALHOST", False),
        ("http://localhost", "http://localhost:8000", True),
        ("http://jobs.example", "http://localhost", True),
    ],
)
def test_the_desk_says_when_the_settings_name_another_address_than_the_one_in_use(at_desk, read, url, used, differs):
    olga = at_desk(base_url=used.lower(), GOLEM_URL=url)

    page = read(olga.get("/desk", base_url=used))

    assert (f"but GOLEM_URL says {url}." in page.text) is differs


@pytest.mark.parametrize(
    ("proxies", "headers", "says"),
    [
        ("0", {}, ""),
        ("1", {"X-Forwarded-For": "192.0.2.1"}, ""),
        ("0", {"X-Forwarded-For": "192.0.2.1"}, "but GOLEM_PROXIES is 0."),
        ("1", {}, "but X-Forwarded-For names nobody."),
    ],
)
def test_the_desk_says_when_the_proxy_and_the_settings_do_not_agree(at_desk, read, proxies, headers, says):
    page = read(at_desk(GOLEM_PROXIES=proxies).get("/desk", headers=headers))

    alarm = "So everybody seems to come from one address"
    assert (alarm in page.text, says in page.text) == (bool(says), True)


# Forms


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "golem.lan", "Origin": "http://golem.lan:8080"}, 422),
        ({"Host": "127.0.0.1:8000", "Origin": "http://golem.lan:8080"}, 422),
        ({"Host": "golem.lan:8080", "Origin": "http://golem.lan:8080"}, 422),
        ({"Host": "golem.lan", "Origin": "http://evil.example:8080"}, 403),
        ({"Host": "golem.lan", "Origin": "http://golem.lan:8080", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Host": "golem.lan", "Origin": "null"}, 403),
    ],
)
def test_forms_work_behind_a_proxy_that_drops_the_port_once_the_settings_say_the_address(site, headers, status):
    client = site(GOLEM_URL="http://golem.lan:8080").test_client()

    assert client.post("/sign-in", data={}, headers=headers).status_code == status


def test_without_the_setting_the_refusal_says_what_the_proxy_has_to_pass_on(site, read):
    headers = {"Host": "golem.lan", "Origin": "http://golem.lan:8080"}

    page = read(site().test_client().post("/sign-in", data={}, headers=headers))

    assert page.status == 403
    assert "has to pass on Host with its port, and X-Forwarded-Proto." in page.text


def test_forms_work_at_the_address_that_an_organizer_confirmed(site, organizer):
    Community.current().confirm_address(organizer, "https://jobs.example")

    headers = {"Host": "127.0.0.1:8000", "Origin": "https://jobs.example"}

    assert site().test_client().post("/sign-in", data={}, headers=headers).status_code == 422


# Links


def test_links_hold_letters_and_digits_only_and_enough_of_them_that_nobody_guesses_one(organizer):
    tokens = {new_token() for _time in range(200)} | {OneTimeLink.for_setup()}

    assert len(tokens) == 201
    assert all(re.fullmatch("[a-zA-Z0-9]{32}", token) for token in tokens)


# Settings


def refusal(**settings):
    with pytest.raises(SystemExit) as refused:
        Settings(settings)
    return str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "jobs.example",
        "jobs.example:8000",
        "//jobs.example",
        "ftp://jobs.example",
        "https://",
        "https:jobs.example",
        "https://jobs.example:99999",
        "https://jobs.example:port",
        "https://jobs.example:0",
        "https://user@jobs.example",
        "https://jobs.example?x=1",
        "https://jobs.example#x",
        "https://jobs .example",
        "https://[::1",
    ],
)
def test_an_address_that_is_none_stops_the_start_in_plain_words(address):
    assert refusal(GOLEM_URL=address) == (
        f"GOLEM_URL has to be an address such as https://jobs.example.org, not {address!r}."
    )


@pytest.mark.parametrize("path", ["/a b", "/a?b", "/a#b", "/a//b", "/%61", "\\a"])
def test_a_prefix_that_is_no_path_stops_the_start(path):
    assert refusal(GOLEM_PREFIX=path).startswith("GOLEM_PREFIX has to be a path such as /golem")


@pytest.mark.parametrize(
    ("url", "prefix"),
    [("https://jobs.example/golem", ""), ("https://jobs.example", "/golem"), ("https://jobs.example/a", "/b")],
)
def test_an_address_and_a_prefix_that_do_not_agree_stop_the_start(url, prefix):
    assert "they have to be the same path" in refusal(GOLEM_URL=url, GOLEM_PREFIX=prefix)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GOLEM_PORT", "65536"),
        ("GOLEM_PORT", "-1"),
        ("GOLEM_PORT", "80.5"),
        ("GOLEM_PROXIES", "yes"),
        ("GOLEM_PROXIES", "10"),
        ("GOLEM_LIMITS", "no"),
    ],
)
def test_a_setting_that_cannot_be_stops_the_start_by_its_name(name, value):
    assert refusal(**{name: value}).startswith(f"{name} has to be ")


@pytest.mark.parametrize("name", ["GOLEM_URL", "GOLEM_DATA", "GOLEM_PORT"])
def test_a_file_of_a_setting_that_cannot_be_read_is_named(tmp_path, name):
    (tmp_path / "picture").write_bytes(b"\xff\xfe\x00")

    for path, reason in ((tmp_path / "no", "No such file"), (tmp_path, "Is a dir"), (tmp_path / "picture", "no text")):
        assert refusal(**{f"{name}_FILE": str(path)}).startswith(f"{name}_FILE names {path}, which cannot be read: ")
        assert reason in refusal(**{f"{name}_FILE": str(path)})


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("::1", "http://[::1]:8000"),
        ("[::1]", "http://[::1]:8000"),
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("localhost", "http://localhost:8000"),
    ],
)
def test_an_address_of_six_has_its_brackets(host, address):
    assert Settings({"GOLEM_HOST": host}).listening_at(8000) == address
