"""What keeps members and the site safe, and what every page has to be: well-formed, labelled, and linked within."""

import re
import sqlite3

import pytest
from cast import MONDAY, PASSWORD
from pages import crawl, flaws, words

from golem import create_app
from models import Claim, Member, Notice, OneTimeLink, db

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

ELSEWHERE = "https://evil.example"


@pytest.fixture
def site(app, tmp_path):
    """The site over the same database, set up otherwise."""

    def site(**settings):
        app = create_app({"GOLEM_DATA": str(tmp_path / "data"), "GOLEM_LIMITS": "off", **settings})
        app.testing = True
        return app

    return site


# Forms on other people's pages


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "nonsense"},
        {"Sec-Fetch-Site": "same-site", "Origin": ELSEWHERE},
        {"Origin": ELSEWHERE},
        {"Origin": "https://localhost"},
        {"Origin": "http://localhost@evil.example"},
        {"Origin": "http://localhost:port"},
        {"Origin": "http://localhost:8000"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "null"},
    ],
)
def test_a_form_on_another_site_cannot_act_for_a_member(seeker, browse, read, unchanged, headers):
    sami = browse(seeker)

    with unchanged():
        page = read(sami.post("/account", data={"name": "Somebody else"}, headers=headers))

    assert page.status == 403
    assert "This form was not sent from a page of this site" in page.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost"},
        {"Origin": "http://LOCALHOST:80"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
    ],
)
def test_our_own_forms_and_scripts_without_a_browser_may_act(seeker, browse, headers):
    answer = browse(seeker).post("/account", data={"name": "Sami S."}, headers=headers)

    assert answer.status_code == 303
    assert Member.get_by_id(seeker.id).name == "Sami S."


def test_no_address_takes_a_form_from_another_site(app, lead, browse, organizer, unchanged):
    lead(Claim, "disputed")
    olga, found = browse(organizer), {}
    takers = [rule.rule for rule in app.url_map.iter_rules() if "POST" in rule.methods]

    with unchanged():
        for rule in takers:
            address = rule.replace("<int:id>", "1").replace("<token>", "x")
            found[rule] = olga.post(address, headers={"Sec-Fetch-Site": "cross-site"}).status_code

    assert found == dict.fromkeys(takers, 403)


def test_a_link_from_another_site_may_be_followed(seeker, browse):
    assert browse(seeker).get("/claims", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_no_address_changes_anything_by_being_opened(app, lead, browse, organizer, unchanged):
    lead(Claim, "disputed")
    Notice.update(read_at=Notice.at).execute()
    olga = browse(organizer)

    with unchanged():
        for rule in app.url_map.iter_rules():
            if "GET" in rule.methods and rule.endpoint != "static":
                olga.get(rule.rule.replace("<int:id>", "1").replace("<token>", "x"))


# Headers and cookies


def nonce_of(answer):
    return re.search(r"script-src 'nonce-([^']*)'", answer.headers["Content-Security-Policy"])[1]


@pytest.mark.parametrize("address", ["/", "/about", "/sign-in", "/nowhere", "/desk", "/sign-out"])
def test_every_page_lets_only_its_own_scripts_run(seeker, browse, read, address):
    sami = browse(seeker)

    first, second = sami.get(address), sami.get(address)

    for answer in (first, second):
        assert {script.get("nonce") for script in read(answer).all("script")} == {nonce_of(answer)}
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert len(nonce_of(first)) >= 16
    assert nonce_of(first) != nonce_of(second)


def test_a_page_that_says_no_to_another_site_has_its_scripts_too(seeker, browse, read):
    answer = browse(seeker).post("/account", headers={"Sec-Fetch-Site": "cross-site"})

    assert {script.get("nonce") for script in read(answer).all("script")} == {nonce_of(answer)}
    assert len(nonce_of(answer)) >= 16


@pytest.mark.parametrize("address", ["/", "/sign-in", "/nowhere", "/healthz", "/static/golem.css", "/claims"])
def test_every_answer_carries_the_headers_that_protect_it(organizer, browse, address):
    with browse().get(address) as answer:
        policy = answer.headers["Content-Security-Policy"]

        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in answer.headers["Permissions-Policy"]
        assert "Strict-Transport-Security" not in answer.headers
        for rule in (
            "default-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
            "style-src 'self'",
            "require-trusted-types-for 'script'",
        ):
            assert rule in policy
        assert (answer.headers["Cache-Control"] == "private, no-cache") == (not address.startswith("/static"))


@pytest.mark.parametrize(("url", "secure"), [("http://127.0.0.1:8000", False), ("https://jobs.example.org", True)])
def test_the_cookie_is_for_this_site_alone(seeker, site, url, secure):
    browser = site(GOLEM_URL=url).test_client()

    answer = browser.post("/sign-in", data={"email": seeker.email, "password": PASSWORD})

    cookies = answer.headers.getlist("Set-Cookie")
    name = browser.application.config["SESSION_COOKIE_NAME"]
    assert {cookie.partition("=")[0] for cookie in cookies} == {name, f"{name}-known"}
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/" in cookie.split("; ")
        assert "Domain" not in cookie
        assert ("Secure" in cookie) is secure
        assert cookie.startswith("__Host-golem") is secure
    assert ("Strict-Transport-Security" in answer.headers) is secure


def test_no_page_of_a_member_stays_in_the_browser(seeker, browse):
    assert browse(seeker).get("/account").headers["Cache-Control"] == "no-store"
    assert browse().get("/sign-in").headers["Cache-Control"] == "private, no-cache"


def test_a_page_whose_address_opens_a_door_stays_in_no_browser(seeker, organizer, browse):
    token = OneTimeLink.for_member(seeker, organizer)

    assert browse().get(f"/sign-in/{token}").headers["Cache-Control"] == "no-store"


def test_signing_out_clears_what_the_browser_kept_but_nobody_elses_cookies(seeker, browse):
    assert browse(seeker).post("/sign-out").headers["Clear-Site-Data"] == '"cache", "storage"'


def test_two_sites_on_one_machine_do_not_sign_each_other_out(site, tmp_path):
    names = {site(GOLEM_DATA=str(tmp_path / folder)).config["SESSION_COOKIE_NAME"] for folder in ("one", "two")}

    assert len(names) == 2


def test_a_cookie_that_was_tampered_with_signs_nobody_in(seeker, browse, app, cookie_name):
    cookie = browse(seeker).get_cookie(cookie_name).value
    thief = app.test_client()

    signed, _dot, signature = cookie.rpartition(".")
    for made_up in (f"{signed}.{signature[::-1]}", f"{signed[::-1]}.{signature}", "a.b.c", "", "\u00e9"):
        thief.set_cookie(cookie_name, made_up)
        assert thief.get("/claims").status_code == 303


# Where somebody is led


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/%5cevil.example",
        "/@evil.example",
        "https://evil.example/claims",
        "https:evil.example",
        "http:/claims",
        "http:claims",
        "javascript:alert(1)",
        "/claims/../..//evil.example",
        "//",
        "//[",
        "/nowhere",
        "/claims/1/accept",
        "claims",
        "?next=x",
        "#",
        "",
        "/claims\r\nX: y",
    ],
)
def test_nobody_is_led_elsewhere_after_signing_in(seeker, browse, target):
    answer = sent_on(browse(), seeker, target)

    assert answer.status_code == 303
    assert answer.location in ("/", "/claims")
    assert answer.headers.get("X") is None


@pytest.mark.parametrize("target", ["/claims", "/", "/claims/1", "/?words=boats&gifts=1", "/notices?page=2", "/desk"])
def test_after_signing_in_one_is_where_one_was_going(seeker, browse, target):
    assert sent_on(browse(), seeker, target).location == target


def sent_on(browser, member, target):
    """Where somebody is led once their browser has brought the cookie back."""
    data = {"email": member.email, "password": PASSWORD, "next": target}
    return browser.get(browser.post("/sign-in", data=data).location)


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/nowhere", "/claims?q=" + "x" * 3000, "x"]
)
def test_no_address_leads_a_member_elsewhere(seeker, browse, target):
    assert browse(seeker).get("/signed-in", query_string={"next": target}).location == "/"


def test_whose_browser_keeps_no_cookie_is_told_so(seeker, site, read):
    browser = site().test_client(use_cookies=False)

    page = read(browser.post("/sign-in", data={"email": seeker.email, "password": PASSWORD}, follow_redirects=True))

    assert page.flash.startswith("You are not signed in: your browser did not keep our cookie.")
    assert "Sign in" in page.buttons


def test_who_signs_in_over_http_at_an_https_site_is_told_where_to_go(seeker, site, read):
    browser = site(GOLEM_URL="https://jobs.example.org").test_client(use_cookies=False)

    page = read(browser.post("/sign-in", data={"email": seeker.email, "password": PASSWORD}, follow_redirects=True))

    assert "only signs you in at https://jobs.example.org" in page.flash


@pytest.mark.parametrize(
    "address", ["/claims?next=" + "x" * 5000, "/sign-in?next=" + "/x" * 3000, "/?words=" + "ä" * 900]
)
def test_no_header_of_an_answer_is_long(browse, address):
    assert max(len(value) for _name, value in browse().get(address).headers) < 2000


def test_the_way_back_survives_a_wrong_password(seeker, walk):
    sami = walk()
    sami.open("/claims?page=1")

    sami.press("Sign in", email=seeker.email, password="not the password")

    assert sami.press("Sign in", email=seeker.email, password=PASSWORD).address == "/claims"


# Below another address


@pytest.mark.parametrize("behind", ["a server that mounts it", "a proxy"])
def test_below_another_address_everything_stays_below_it(lead, people, site, read, behind):
    lead(Claim, "active")
    if behind == "a proxy":
        app, asked = site(GOLEM_PREFIX="/golem"), {}
    else:
        app, asked = site(), {"base_url": "http://localhost/golem"}

    for member in (None, people["helper"], people["seeker"], people["organizer"]):
        browser, visited = app.test_client(), ["/", "/about", "/sign-in", "/join", "/nowhere"]
        if member:
            answer = browser.post("/sign-in", data={"email": member.email, "password": PASSWORD}, **asked)
            assert answer.location.startswith("/golem/")
            visited += [
                "/claims",
                "/claims/1",
                "/referrals",
                "/referrals/1",
                "/referrals/new",
                "/account",
                "/notices",
                f"/members/{member.id}",
                "/desk",
                "/desk/members",
                "/desk/policy",
            ]
        for address in visited:
            page = read(browser.get(address, **asked))
            assert outside(page, "/golem/") == [], address


def outside(page, root):
    """The addresses on a page that do not lead below this root."""
    names = ("href", "src", "action", "hx-get", "hx-post")
    addresses = [one.get(name) for one in page.root.iter() for name in names if one.get(name)]
    return [address for address in addresses if not address.startswith((root, "#"))]


@pytest.fixture
def below(site, read):
    """Asks the site that is mounted at /golem, as this member."""

    class Below:
        def __init__(self, member=None, **settings):
            self.client = site(**settings).test_client()
            if member:
                self.post("/sign-in", email=member.email, password=PASSWORD)

        def get(self, address):
            return self.client.get(address, base_url="http://localhost/golem")

        def post(self, address, **typed):
            return self.client.post(address, data=typed, base_url="http://localhost/golem")

    return Below


def test_below_another_address_one_is_led_back_below_it(seeker, below):
    sami = below()

    asked = sami.get("/claims?page=2")
    answer = sami.post("/sign-in", email=seeker.email, password=PASSWORD, next="/claims?page=2")

    assert asked.location == "/golem/sign-in?next=/claims?page%3D2"
    assert answer.location == "/golem/signed-in?next=/golem/claims?page%3D2"
    assert sami.get("/signed-in?next=/golem/claims?page%3D2").location == "/golem/claims?page=2"


def test_below_another_address_what_cannot_be_taken_is_said_beside_its_field(claim, helper, below, read):
    hana = below(helper)

    asked, said = hana.post("/claims/1/ask_changes", reason=" "), hana.post("/claims/1/messages", body="x" * 5001)

    assert read(asked).says("reason-error") == "Please say why, in a sentence or two."
    assert read(said).says("body-error") == "Please keep this under 5000 characters."
    assert read(said).typed("body") == "x" * 5001


def test_below_another_address_a_verb_leads_back_below_it(claim, helper, below):
    assert below(helper).post("/claims/1/accept").location == "/golem/claims/1"


def test_the_link_that_an_organizer_copies_is_the_whole_address(seeker, organizer, below, read):
    olga = below(organizer, GOLEM_URL="https://jobs.example.org/golem/", GOLEM_PREFIX="golem")

    page = read(olga.post(f"/desk/members/{seeker.id}/link"))

    assert re.fullmatch(r"https://jobs\.example\.org/golem/sign-in/[a-zA-Z0-9]{32}", page.typed("address"))


# When something breaks


@pytest.fixture
def breaking(app):
    """A site with an address that breaks, which it never has otherwise. It answers as it does to people."""

    @app.get("/broken")
    def broken():
        raise ZeroDivisionError("a secret detail")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.mark.parametrize("who", [None, "seeker"])
def test_a_page_that_breaks_says_so_in_plain_words(breaking, people, browse, read, who):
    page = read(browse(people[who] if who else None).get("/broken"))

    assert page.status == 500
    assert "Something went wrong on our side." in page.text
    assert "secret" not in page.answer.text
    assert page.links["To the board"] == "/"


def test_a_part_that_breaks_says_so_over_htmx(breaking, seeker, browse, read):
    page = read(browse(seeker).get("/broken", headers={"HX-Request": "true"}))

    assert (page.status, page.flash.split(".")[0]) == (500, "Something went wrong on our side")


@pytest.mark.parametrize(
    ("method", "address", "status", "says"),
    [
        ("GET", "/nowhere", 404, "There is nothing here, or nothing that you may see."),
        ("GET", "/static/nothing.css", 404, "There is nothing here, or nothing that you may see."),
        ("GET", "/claims/1/accept", 405, "This address cannot be used that way."),
        ("POST", "/claims", 405, "This address cannot be used that way."),
        ("DELETE", "/", 405, "This address cannot be used that way."),
    ],
)
@pytest.mark.parametrize("who", [None, "seeker"])
def test_every_error_is_a_page_with_a_way_on(people, browse, read, method, address, status, says, who):
    page = read(browse(people[who] if who else None).open(address, method=method))

    assert page.status == status
    assert words(page.all("h1")[0]) == says
    assert page.links["To the board"] == "/"


@pytest.fixture
def lose_database(app, tmp_path):
    """The database is gone, or is not one any more."""

    def lose_database(how):
        app.config["PROPAGATE_EXCEPTIONS"] = False
        (tmp_path / "rubbish.db").write_bytes(b"This is no database. " * 500)
        db.close()
        db.init(str(tmp_path / {"gone": "nowhere/golem.db", "rubbish": "rubbish.db"}[how]))

    return lose_database


@pytest.mark.parametrize("how", ["gone", "rubbish"])
@pytest.mark.parametrize("who", [None, "seeker"])
def test_without_its_database_the_site_says_so_in_plain_words(people, browse, read, lose_database, how, who):
    browser = browse(people[who] if who else None)
    lose_database(how)

    shown, sent = read(browser.get("/claims")), read(browser.post("/sign-in", data={"email": "x", "password": "x"}))
    over_htmx = read(browser.get("/claims", headers={"HX-Request": "true"}))

    for page in (shown, sent, over_htmx):
        assert page.status == 503
        assert "The site cannot save anything at the moment. Nothing was changed; try again soon." in page.text


@pytest.mark.parametrize("how", ["gone", "rubbish"])
def test_whoever_watches_over_the_site_can_tell(organizer, browse, lose_database, how):
    browser = browse()
    assert browser.get("/healthz").json == {"status": "ok"}
    assert browser.get("/readyz").json == {"status": "ready"}

    lose_database(how)

    assert browser.get("/healthz").status_code == 200
    assert browser.get("/readyz").status_code == 503
    with browser.get("/static/golem.css") as style:
        assert style.status_code == 200


def test_before_the_set_up_the_site_is_up_but_waits(app, browse):
    assert browse().get("/readyz").json == {"status": "waiting for its setup"}


def test_while_somebody_else_writes_for_long_nothing_is_half_done(claim, helper, app, browse, read, unchanged):
    hana = browse(helper)
    hana.get("/claims/1")
    db.execute_sql("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(app.config["GOLEM"].database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with unchanged():
        page = read(hana.post("/claims/1/accept"))
    reading = hana.get("/claims/1")
    other.close()

    assert page.status == 503
    assert "Nothing was changed; try again soon." in page.text
    assert reading.status_code == 200
    assert hana.post("/claims/1/accept").status_code == 303


# What every page has to be


def test_every_page_that_one_can_get_to_is_well_formed(app, claim, people, walk):
    for member in (people["helper"], people["organizer"], None):
        for page in crawl(walk(member), "/"):
            assert page.status == 200, f"{page.address} is linked but cannot be opened"
            assert list(flaws(page, app)) == [], page.address


@pytest.mark.parametrize("kept", [{}, {"reason": "x" * 2001}])
def test_a_page_with_refusals_is_well_formed_too(app, lead, people, browse, read, kept):
    lead(Claim, "active")
    hana, olga = browse(people["helper"]), browse(people["organizer"])

    for browser, address in (
        (hana, "/claims/1/release"),
        (hana, "/claims/1/dispute"),
        (hana, "/claims/1/report_hired"),
        (hana, "/claims/1/messages"),
        (hana, "/referrals/new"),
        (hana, "/referrals/1/edit"),
        (hana, "/account"),
        (hana, "/account/password"),
        (hana, "/claims/1/agree"),
        (olga, "/referrals/1/hide"),
        (olga, "/referrals/1/claims"),
        (olga, "/desk/policy"),
        (olga, "/desk/community"),
        (browse(), "/join"),
        (browse(), "/sign-in"),
    ):
        page = read(browser.post(address, data=kept))
        assert page.status in (403, 422)
        assert list(flaws(page, app)) == [], address
