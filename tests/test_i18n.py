"""Every string that people read can be translated: the site is made to speak a language that marks each sentence.

The language is called Greek, so that days and amounts, which Babel writes, have no Latin letters of their own.
"""

import gettext
import platform
import re

import pytest
from cast import BY_CARD, MONDAY, POLICY, POSTING, SHOWING, STATES
from pages import crawl, flaws

from models import Claim, Community, Merchant, OneTimeLink, Pledge, Policy, Referral, i18n, now
from models.accounts import UNREADY
from views.labels import PROBLEMS

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

# What the people of the cast have written themselves, and the signs of their currency.
THEIRS = [
    "Junction Job Circle",
    "Toronto",
    "Hana Helper",
    "Sami Seeker",
    "Rosa Rival",
    "Olga Owner",
    "Oscar Organizer",
    "Shipwright",
    "Harbour Works",
    "Hamilton",
    "Build and mend",
    "wooden boats",
    "127.0.0.x",
    "Because it is so.",
    "I have built boats all my life.",
    "I have built two boats.",
    "Without you I would still be looking.",
    "The seeker has accepted this employer's offer for this role, or for one it was turned into, and has a start date.",
    "America/Toronto",
    "CAD",
    "CA$",
    "Two cutters.",
    "I report to the person who hires",
    "No help was given.",
    "Visa",
    "CA",
    "EUR",
    platform.node(),
]
READ_ALOUD = ("aria-label", "aria-description", "title", "placeholder", "alt", "data-label")
JOINING = {"name": "Rosa Rival", "password": "a long enough password", "rules": "1"}
WRITTEN_BY_BABEL = ("timezone", "currency")


class Marking(gettext.NullTranslations):
    """A translation of everything: what has passed through it stands in ⟦ ⟧."""

    def gettext(self, message):
        return f"⟦{message}⟧"

    def ngettext(self, one, many, num):
        return f"⟦{one if num == 1 else many}⟧"


@pytest.fixture
def marked(app):
    """The site can speak the marking language."""
    i18n._catalogs["el"] = Marking()
    i18n.use_language("el")
    yield
    del i18n._catalogs["el"]
    i18n.use_language("en")


@pytest.fixture
def abroad(marked, organizer):
    """And the community has it in that language."""
    Community.update(language="el").execute()


def unmarked(page):
    """What a page says in Latin letters outside the marks, beyond what its people wrote."""
    passed_over = {part for id in WRITTEN_BY_BABEL if page.part(id) is not None for part in page.part(id).iter()}
    for one in page.root.iter():
        if one in passed_over or one.tag in ("script", "style", "textarea", "code") or one.get("class") == "avatar":
            continue
        said = [one.text, *(part.tail for part in one), *(one.get(name) for name in READ_ALOUD)]
        yield from (text.strip() for text in said if text and foreign(text))


def foreign(text):
    """Whether somebody reads this in English though the site speaks another language."""
    text = re.sub(r"\S+@\S+|\b\d+-[0-9a-f]{8}\b", "", text)  # Addresses, and the numbers of receipts.
    for theirs in THEIRS:
        text = text.replace(theirs, "")
    while (stripped := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = stripped
    return re.search(r"[A-Za-z]", text)


@pytest.mark.parametrize(("noun", "state"), STATES, ids=lambda value: getattr(value, "noun", value))
def test_every_page_is_well_formed_and_speaks_the_language_of_the_community(
    abroad, app, lead, people, second, walk, noun, state
):
    lead(noun, state)

    for member in (people["helper"], people["seeker"], second):
        pages = crawl(walk(member), "/", "/claims", "/notices", within=SHOWING)
        assert len(pages) > 3
        for page in pages:
            assert page.status == 200, f"{page.address} is linked but cannot be opened"
            assert list(flaws(page, app)) == [], page.address
            assert list(unmarked(page)) == [], page.address
            assert page.root.get("lang") == "el"


# The pages about money, beside those that show every state.
ABOUT_MONEY = r"/(claims/\d|account/payouts|notices|desk$|desk/(money|payments))"


@pytest.mark.parametrize("state", ["pledged", *BY_CARD])
def test_every_page_about_a_payment_speaks_it(abroad, by_card, reconciler, people, second, walk, state):
    by_card(state)
    pages = ["/claims", "/account/payouts", "/account/payouts/2026", "/notices"]

    for member in (people["helper"], people["seeker"], second):
        desk = ["/desk", "/desk/money", "/desk/payments"] if member == second else []
        for page in crawl(walk(member), *pages, *desk, within=ABOUT_MONEY):
            assert page.status == 200
            assert list(unmarked(page)) == [], page.address


@pytest.mark.parametrize("problem", ["", *PROBLEMS])
def test_whatever_is_missing_is_said_in_it(abroad, reconciler, walk, organizer, problem):
    Merchant.update(
        problem=problem if problem not in UNREADY else "",
        smallest=None,
        secret=False,
        charges=False,
        connect=False,
        currency="EUR",
        checked_at=None if problem == "not_checked" else now(),
    ).execute()
    Policy.current().change(organizer, settlement="stripe")

    for page in crawl(walk(organizer), "/desk/payments", "/desk", within=r"/desk($|/(payments|money))"):
        assert list(unmarked(page)) == [], page.address


def test_a_thread_and_a_checklist_speak_it_too(abroad, lead, use, helper, walk):
    claim = lead(Claim, "active")
    use(claim, "mark", actor=helper, what="disclosed")
    claim.say(helper, "Two cutters.")

    for page in crawl(walk(helper), "/claims/1"):
        assert list(unmarked(page)) == []


def test_the_set_up_speaks_it(marked, walk):
    browser = walk()
    pages = [browser.open(address) for address in ("/setup", "/setup?key=x", f"/setup?key={OneTimeLink.for_setup()}")]
    pages.append(browser.press("⟦Set up the community⟧"))

    for page in pages:
        assert [text for text in unmarked(page) if not text.endswith("Golem")] == []


def test_pages_without_anything_on_them_speak_it(abroad, rival, organizer, walk):
    for member in (rival, organizer, None):
        for page in crawl(walk(member), "/", "/?words=zebra", "/desk/members?words=zebra"):
            assert list(unmarked(page)) == [], page.address


# What is said when something was done, and when it could not be


@pytest.fixture
def says(browse, read):
    """What a member reads after sending this."""

    def says(member, address, **typed):
        browser = browse(member)
        answer = browser.post(address, data=typed, follow_redirects=True)
        return read(answer)

    return says


@pytest.mark.parametrize(
    ("noun", "state", "who", "verb", "typed"),
    [
        (Referral, "draft", "helper", "submit", {}),
        (Referral, "draft", "helper", "edit", POSTING),
        (Referral, "in_review", "organizer", "approve", {}),
        (Referral, "in_review", "organizer", "ask_changes", {"reason": "Because it is so."}),
        (Referral, "in_review", "organizer", "reject", {"reason": "Because it is so."}),
        (Referral, "published", "helper", "pause", {}),
        (Referral, "published", "helper", "fill", {}),
        (Referral, "published", "helper", "withdraw", {}),
        (Referral, "published", "organizer", "hide", {"reason": "Because it is so."}),
        (Referral, "published", "seeker", "claims", {"note": "Two cutters.", "help": "reference"}),
        (Referral, "paused", "helper", "resume", {}),
        (Referral, "expired", "helper", "renew", {}),
        (Referral, "hidden", "organizer", "restore", {}),
        (Referral, "hidden", "organizer", "remove", {"reason": "Because it is so."}),
        (Referral, "removed", "organizer", "reinstate", {"reason": "Because it is so."}),
        (Claim, "requested", "helper", "accept", {}),
        (Claim, "requested", "helper", "ask_changes", {"reason": "Because it is so."}),
        (Claim, "requested", "helper", "decline", {}),
        (Claim, "changes_asked", "seeker", "resubmit", {"note": "Two cutters.", "help": "reference"}),
        (Claim, "accepted", "seeker", "agree", {}),
        (Claim, "active", "seeker", "withdraw", {}),
        (Claim, "active", "helper", "release", {"reason": "Because it is so."}),
        (Claim, "active", "seeker", "mark", {"what": "applied"}),
        (Claim, "active", "seeker", "unmark", {"what": "applied"}),
        (Claim, "active", "seeker", "report_not_hired", {"outcome": "did_not_get_it"}),
        (Claim, "active", "seeker", "report_hired", {"start_date": "2026-06-02"}),
        (Claim, "active", "seeker", "dispute", {"reason": "Because it is so."}),
        (Claim, "reported", "helper", "confirm", {}),
        (Claim, "reported", "helper", "contest", {"reason": "Because it is so."}),
        (Claim, "hired", "seeker", "report_ended", {}),
        (Claim, "settled", "seeker", "thank", {"thanks": "Two cutters."}),
        (Claim, "disputed", "organizer", "decide", {"decision": "cancelled", "reason": "Because it is so."}),
        (Pledge, "due", "seeker", "mark_sent", {}),
        (Pledge, "sent", "helper", "mark_received", {}),
        (Pledge, "due", "helper", "waive", {}),
    ],
)
def test_what_was_done_is_said_in_it(abroad, lead, people, says, noun, state, who, verb, typed):
    lead(noun, state)
    room = "referrals" if noun is Referral else "claims"

    page = says(people[who], f"/{room}/1/{verb}", **typed)

    assert page.flash.startswith("⟦")
    assert list(unmarked(page)) == []


@pytest.mark.parametrize(
    ("who", "address", "typed"),
    [
        ("seeker", "/account", {"name": "Sami Seeker"}),
        ("seeker", "/account/password", {"old": "a long enough password", "password": "another long one"}),
        ("seeker", "/sign-out", {}),
        ("seeker", "/notices/read", {}),
        ("helper", "/referrals/new", POSTING),
        ("organizer", "/desk/community", {"name": "Toronto", "place": "Toronto", "timezone": "America/Toronto"}),
        ("organizer", "/desk/members/2/link", {}),
        (None, "/join", JOINING | {"email": "nina@example.org"}),
    ],
)
def test_what_somebody_changed_is_said_in_it(abroad, people, says, who, address, typed):
    page = says(people[who] if who else None, address, **typed)

    assert page.status == 200
    assert [text for text in unmarked(page) if not text.startswith("http://")] == []


@pytest.mark.parametrize(
    ("who", "address", "typed"),
    [
        (None, "/join", {}),
        (None, "/join", {"name": "x" * 81, "email": "x", "password": "x"}),
        (None, "/join", JOINING | {"email": "sami@example.org"}),
        (None, "/sign-in", {"email": "x", "password": "x"}),
        ("seeker", "/account/password", {"old": "x", "password": "x"}),
        ("seeker", "/account/password", {"old": "a long enough password", "password": "x"}),
        ("helper", "/referrals/new", {}),
        ("helper", "/referrals/new", POSTING | {"industry": "x", "seats": "x", "pay_min": "-1", "last_day": "x"}),
        ("helper", "/referrals/new", POSTING | {"pay_min": "0.001", "last_day": "0001-01-01", "price_reference": "x"}),
        ("helper", "/referrals/new", POSTING | {"pay_max": "1", "last_day": "2026-01-01", "price_reference": "501"}),
        ("helper", "/referrals/new", POSTING | {"seats": "6", "last_day": ""}),
        ("helper", "/referrals/new", {name: "" if "price" in name else value for name, value in POSTING.items()}),
        ("helper", "/referrals/1/claims", {"note": "Two cutters.", "help": "reference"}),
        ("rival", "/referrals/1/claims", {"note": "Two cutters."}),
        ("rival", "/referrals/1/claims", {"note": "Two cutters.", "help": "money"}),
        ("rival", "/referrals/1/claims", {"note": "Two cutters.", "help": "reference"}),
        ("rival", "/referrals/1/pause", {}),
        ("helper", "/claims/1/messages", {}),
        ("helper", "/claims/1/mark", {"what": "x"}),
        ("helper", "/claims/1/mark", {"what": "applied"}),
        ("helper", "/claims/1/release", {}),
        ("helper", "/claims/1/release", {"reason": "x" * 2001}),
        ("helper", "/claims/1/accept", {}),
        ("seeker", "/claims/1/report_not_hired", {}),
        ("seeker", "/claims/1/report_hired", {"start_date": "2026-01-01"}),
        ("seeker", "/claims/1/report_hired", {"start_date": "2028-01-01"}),
        ("seeker", "/claims/1/mark_received", {}),
        ("seeker", "/claims/1/mark_sent", {}),
        ("seeker", "/referrals/1/claims", {"note": "Two cutters.", "help": "reference"}),
        ("organizer", "/desk/policy", {}),
        ("organizer", "/desk/policy", POLICY | {"hired_means": "Two cutters.", "check_in_days": "9 8"}),
        ("organizer", "/desk/community", {"name": "Toronto", "place": "Toronto", "timezone": "Mars"}),
    ],
)
def test_what_cannot_be_taken_is_said_in_it(abroad, lead, people, says, who, address, typed):
    lead(Claim, "active")

    page = says(people[who] if who else None, address, **typed)

    assert page.status in (403, 409, 422)
    assert list(unmarked(page)) == []


@pytest.mark.parametrize(
    ("who", "address", "typed", "status"),
    [
        ("seeker", "/claims/1/returned", None, 200),
        ("seeker", "/claims/1/save_card", {}, 409),
        ("helper", "/claims/1/pay", {}, 403),
        ("seeker", "/claims/1/receipt", None, 200),
        ("helper", "/account/payouts?again=1", None, 200),
        ("helper", "/account/payouts/1999", None, 404),
        ("organizer", "/desk/money/1/recheck", {}, 200),
        ("organizer", "/desk/money/1/refund", {"reason": "Because it is so."}, 200),
        ("organizer", "/desk/money/1/refund", {}, 422),
        ("organizer", "/desk/money/1/resolve", {"reason": "Because it is so."}, 409),
        ("organizer", "/desk/payments/check", {}, 200),
        ("organizer", "/desk/payments/turn_on", {"fee_percent": "5", "fee_cap": "10", "understood": "yes"}, 200),
        ("organizer", "/desk/payments/turn_on", {"fee_percent": "5"}, 422),
        ("organizer", "/desk/payments/turn_on", {"fee_percent": "5", "understood": "yes"}, 422),
        ("organizer", "/desk/payments/turn_off", {}, 200),
    ],
)
def test_what_is_done_about_a_payment_is_said_in_it(abroad, by_card, people, browse, read, who, address, typed, status):
    by_card("resting")
    browser = browse(people[who])

    method = "GET" if typed is None else "POST"
    page = read(browser.open(address, method=method, data=typed, follow_redirects=True))

    assert page.status == status
    assert list(unmarked(page)) == []


@pytest.mark.parametrize("trouble", ["down", "no key", "held"])
def test_that_stripe_cannot_be_asked_is_said_in_it(
    abroad, by_card, fake, reconciler, app, seeker, browse, read, trouble
):
    by_card("pledged")
    if trouble == "held":
        Merchant.current().store(problem="other_account")
    fake.down, fake.keys = trouble == "down", set() if trouble == "no key" else fake.keys

    page = read(browse(seeker).post("/claims/1/save_card"))

    assert (page.status, page.flash[:1]) == (409, "⟦")
    assert list(unmarked(page)) == []


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/desk", 403),
        ("GET", "/sign-out", 405),
        ("GET", "/sign-in/x", 409),
        ("GET", "/broken", 500),
        ("POST", "/account", 413),
    ],
)
def test_every_error_is_said_in_it(abroad, app, seeker, browse, read, method, address, status):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/broken", view_func=lambda: 1 / 0)
    data = {"name": "x" * (1024 * 1024)} if method == "POST" else None

    page = read(browse(seeker).open(address, method=method, data=data))

    assert page.status == status
    assert list(unmarked(page)) == []


def test_being_too_fast_is_said_in_it(abroad, limited, read):
    browser = limited.test_client()

    pages = [read(browser.post("/sign-in", data={"email": "x", "password": "x"})) for _time in range(6)]

    assert pages[-1].status == 429
    assert list(unmarked(pages[-1])) == []


# In another language


def test_amounts_and_days_are_written_as_in_the_language(abroad, post, seeker, walk):
    english = Community.update(language="en")
    post(pay_min=5_500_050, pay_max=6_500_050)
    greek_page = walk(seeker).open("/referrals/1").says("referral")

    english.execute()
    english_page = walk(seeker).open("/referrals/1").says("referral")

    assert "55.000,50" in greek_page
    assert "Ιουλ" in greek_page
    assert "55,000.50" in english_page
    assert "Jul" in english_page


@pytest.mark.parametrize(
    ("currency", "typed", "minor"),
    [("EUR", "12,50", 1250), ("EUR", "12.50", 1250), ("EUR", "1.000,50", 100_050), ("JPY", "1.000", 1000)],
)
def test_amounts_are_read_as_they_are_written_in_the_language(
    abroad, set_policy, helper, browse, currency, typed, minor
):
    set_policy(price_cap=200_000)
    Community.update(currency=currency).execute()
    gifts = {name: "0" if name.startswith("price_") else value for name, value in POSTING.items()}

    browse(helper).post("/referrals/new", data=gifts | {"price_good_word": typed, "pay_min": "100", "pay_max": "200"})

    assert {item.kind: item.price for item in Referral.get().menu}["good_word"] == minor


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
@pytest.mark.parametrize("language", ["en", "el"])
def test_saving_what_stands_in_the_form_changes_no_amount(abroad, post, helper, walk, set_policy, currency, language):
    set_policy(price_cap=2_000_000)
    Community.update(currency=currency, language=language).execute()
    post(prices={"good_word": 1500, "introduction": 1_234_567, "reference": 0, "role_briefing": 5})
    hana = walk(helper)
    hana.open("/referrals/1/edit")

    hana.press("Save" if language == "en" else "⟦Save⟧")

    assert {item.kind: item.price for item in Referral.get().menu} == {
        "good_word": 1500,
        "introduction": 1_234_567,
        "reference": 0,
        "role_briefing": 5,
    }
    assert (Referral.get().pay_min, Referral.get().pay_max) == (5_500_000, 6_500_000)


def test_without_the_marks_every_page_would_be_found_out(organizer, walk):
    for page in crawl(walk(organizer), "/"):
        assert len(list(unmarked(page))) > 10
