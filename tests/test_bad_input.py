"""Whatever people type: each refusal is a sentence beside its field or in the flash, what they typed is kept, and
nothing half-done stays behind."""

import pytest
from cast import MONDAY, PASSWORD, POSTING
from pages import controls
from wtforms import StringField, TextAreaField

from models import Claim, Community, HelpItem, Member, Policy, Referral, clean_line, clean_text, in_days
from views.forms import Form

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

PLAIN = "Write an amount such as 150."
TOO_FINE = "CAD has no smaller coins than that: fewer decimals, please."
NEGATIVE = "An amount cannot be negative."
NO_SUCH_DAY = "There is no such day. Write it as year-month-day."
MISSING = "Please fill this in."
UNKNOWN = "Please choose one of these."
MOVED_ON = "This has moved on in the meantime. Here is how it stands now."
TOO_EARLY = "This is before the claim was made."
TOO_LATE = "This is more than a year away."
ENDLESS = "x" * 100_000


@pytest.fixture
def write(hana, read):
    """Sends the form for a new posting with this typed instead, or without what is None."""

    def write(**instead):
        typed = {name: value for name, value in (POSTING | instead).items() if value is not None}
        return read(hana.client.post("/referrals/new", data=typed))

    return write


@pytest.fixture
def saved(write):
    """A new posting that was taken."""

    def saved(**instead):
        page = write(**instead)
        assert page.status == 303, page.text
        return Referral.select().order_by(Referral.id.desc()).get()

    return saved


def kept(page, label):
    """What still stands in the form with this button, by name."""
    sent, _offered = controls(page.within(page.form(label)))
    return {name: value[0] if isinstance(value, list) and len(value) == 1 else value for name, value in sent.items()}


# Amounts

NO_AMOUNTS = [
    ("-1", NEGATIVE),
    ("-0.01", NEGATIVE),
    ("1.005", TOO_FINE),
    ("0.001", TOO_FINE),
    ("1." + "0" * 25 + "1", TOO_FINE),
    ("1." + "0" * 40 + "1", PLAIN),
    ("1e9", PLAIN),
    ("1E2", PLAIN),
    ("1e9999999", PLAIN),
    ("1e-9999999", PLAIN),
    ("NaN", PLAIN),
    ("sNaN", PLAIN),
    ("Infinity", PLAIN),
    ("-inf", PLAIN),
    ("abc", PLAIN),
    ("fifty", PLAIN),
    ("$50", PLAIN),
    ("50$", PLAIN),
    ("0x10", PLAIN),
    ("1,50", PLAIN),
    ("1.500,50", PLAIN),
    ("1 000", PLAIN),
    ("1.5.5", PLAIN),
    ("--1", PLAIN),
    (".", PLAIN),
    ("½", PLAIN),
    ("²", PLAIN),
    ("<b>50</b>", PLAIN),
    ("💰", PLAIN),
    ("9" * 29, PLAIN),
    (ENDLESS.replace("x", "9"), PLAIN),
]


def test_what_is_no_amount_is_refused_as_a_price(write, unchanged):
    with unchanged():
        pages = {typed: write(price_good_word=typed) for typed, _sentence in NO_AMOUNTS}

    found = [(typed, page.says("price_good_word-error"), page.status) for typed, page in pages.items()]
    assert found == [(typed, sentence, 422) for typed, sentence in NO_AMOUNTS]
    assert [page.typed("price_good_word") for page in pages.values()] == list(pages)


def test_what_is_no_amount_is_refused_as_pay(write, unchanged):
    with unchanged():
        pages = {typed: write(pay_min=typed, pay_max=typed) for typed, _sentence in NO_AMOUNTS}

    found = [(typed, page.says("pay_min-error"), page.says("pay_max-error")) for typed, page in pages.items()]
    assert found == [(typed, sentence, sentence) for typed, sentence in NO_AMOUNTS]
    assert {page.status for page in pages.values()} == {422}


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("0", 0),
        ("0.00", 0),
        ("12", 1200),
        ("12.5", 1250),
        (" 12.50 ", 1250),
        ("012", 1200),
        ("１２", 1200),
        ("1,500.50", 150_050),
        ("1500.50", 150_050),
        ("2,000", 200_000),
    ],
)
def test_amounts_are_taken_as_people_write_them(saved, set_policy, typed, minor):
    set_policy(price_cap=200_000)

    referral = saved(price_good_word=typed)

    assert {item.kind: item.price for item in referral.menu}["good_word"] == minor


@pytest.mark.parametrize(
    ("currency", "typed", "minor"), [("JPY", "1,500", 1500), ("KWD", "1.005", 1005), ("EUR", "1.05", 105)]
)
def test_every_currency_has_its_own_smallest_coin(saved, set_policy, currency, typed, minor):
    set_policy(price_cap=10_000_000)
    Community.update(currency=currency).execute()

    referral = saved(price_good_word=typed, price_introduction="0", pay_min="100", pay_max="200")

    assert {item.kind: item.price for item in referral.menu}["good_word"] == minor


def test_a_currency_without_coins_takes_no_fractions(write, organizer):
    Community.update(currency="JPY").execute()

    page = write(price_good_word="1.5", pay_min="100", pay_max="200")

    assert page.says("price_good_word-error").startswith("JPY has no smaller coins than that")


@pytest.mark.parametrize("typed", ["500.01", "501", "999999999999"])
def test_a_price_above_the_cap_is_refused(write, unchanged, typed):
    with unchanged():
        page = write(price_reference=typed)

    assert page.status == 422
    assert page.says("price_reference-error") == "This is above the highest price that this community allows."
    assert page.typed("price_reference") == typed


def test_the_cap_itself_is_allowed(saved):
    assert saved(price_reference="500").state == "draft"


@pytest.mark.parametrize("kind", ["good_word", "introduction", "reference"])
def test_a_price_on_a_class_that_is_always_a_gift_is_refused(write, set_policy, unchanged, kind):
    set_policy(priced_classes=["coaching"])

    with unchanged():
        page = write(**{"price_good_word": "0", "price_introduction": "0", f"price_{kind}": "5"})

    assert page.status == 422
    assert page.says(f"price_{kind}-error") == "In this community this kind of help is always a gift. Write 0."
    assert page.typed(f"price_{kind}") == "5"


# A posting


NEEDED = [
    "employer",
    "title",
    "industry",
    "location",
    "work_mode",
    "pay_min",
    "pay_period",
    "duties",
    "connection",
    "seats",
]


@pytest.mark.parametrize("nothing", [None, "", "   "])
def test_a_posting_lacks_something(write, unchanged, subtests, nothing):
    for name in NEEDED:
        with subtests.test(name):
            with unchanged():
                page = write(**{name: nothing})

            assert page.status == 422
            assert page.says(f"{name}-error") in (MISSING, UNKNOWN, "Write a whole number from 1 to 100.")
            standing = kept(page, "Save and preview")
            assert without(name, {other: standing.get(other) for other in POSTING}) == without(name, POSTING)
            assert "Nothing you typed is lost." in page.text


def without(name, values):
    return {other: value for other, value in values.items() if other != name}


IMPOSSIBLE = [
    ("industry", "99", UNKNOWN),
    ("industry", ENDLESS, UNKNOWN),
    ("work_mode", "hovering", UNKNOWN),
    ("pay_period", "decade", UNKNOWN),
    ("connection", "none", UNKNOWN),
    ("pay_max", "28.49", "The highest pay is below the lowest. Are they the wrong way round?"),
    ("seats", "0", "Write a whole number from 1 to 100."),
    ("seats", "-1", "Write a whole number from 1 to 100."),
    ("seats", "1.5", "Write a whole number from 1 to 100."),
    ("seats", "999", "Write a whole number from 1 to 100."),
    ("seats", "two", "Write a whole number from 1 to 100."),
    ("seats", "٢", "Write a whole number from 1 to 100."),
    ("seats", "0000000019", "Write a whole number from 1 to 100."),
    ("seats", ENDLESS.replace("x", "0") + "1", "Write a whole number from 1 to 100."),
    ("seats", "6", "At most 5 seats, please."),
    ("employer", "x" * 101, "Please keep this under 100 characters."),
    ("title", ENDLESS, "Please keep this under 100 characters."),
    ("location", ENDLESS, "Please keep this under 100 characters."),
    ("influence", ENDLESS, "Please keep this under 300 characters."),
    ("duties", "x" * 20001, "Please keep this under 20000 characters."),
    ("duties", ENDLESS, "Please keep this under 20000 characters."),
    ("last_day", "2026-05-31", "This day is in the past."),
    ("last_day", "", "You are leaving this job: which is your last day?"),
    ("last_day", "2026-02-30", NO_SUCH_DAY),
    ("last_day", "0000-01-01", NO_SUCH_DAY),
    ("last_day", "99999-12-31", NO_SUCH_DAY),
    ("last_day", "tomorrow", NO_SUCH_DAY),
    ("last_day", "01/07/2026", NO_SUCH_DAY),
    ("last_day", ENDLESS, NO_SUCH_DAY),
    ("last_day", "0001-01-01", "This year cannot be right."),
    ("last_day", "9999-12-31", "This year cannot be right."),
    ("closes_on", "2026-05-31", "This day is in the past."),
    ("closes_on", "2026-02-30", NO_SUCH_DAY),
    ("closes_on", "0000-01-01", NO_SUCH_DAY),
    ("closes_on", "99999-12-31", NO_SUCH_DAY),
    ("closes_on", "2101-01-01", "This year cannot be right."),
    ("closes_on", "tomorrow", NO_SUCH_DAY),
]


def test_a_posting_says_something_that_cannot_be(write, unchanged, subtests):
    for name, typed, sentence in IMPOSSIBLE:
        with subtests.test(f"{name}={typed[:20]}"):
            with unchanged():
                page = write(**{name: typed})

            assert page.status == 422
            assert page.says(f"{name}-error") == sentence
            standing = kept(page, "Save and preview")
            assert sentence == UNKNOWN or standing[name] == typed
            assert without(name, {other: standing.get(other) for other in POSTING}) == without(name, POSTING)


def test_a_posting_without_any_help_is_refused(write, unchanged):
    nothing = {name: "" for name in POSTING if name.startswith("price_")}

    with unchanged():
        page = write(**nothing)

    assert page.status == 422
    assert page.says("help-error") == "Offer at least one kind of help, with a price or as a gift."


def test_several_things_that_cannot_be_are_all_said_at_once(write):
    page = write(title="", pay_min="abc", closes_on="tomorrow", seats="many", price_good_word="-1")

    assert {one.get("id") for one in page.all("p", _class="error")} == {
        f"{name}-error" for name in ("title", "pay_min", "closes_on", "seats", "price_good_word")
    }


def test_an_edit_that_cannot_be_taken_leaves_the_posting_as_it_was(hana, referral, unchanged):
    hana.open(f"/referrals/{referral.id}/edit")

    with unchanged():
        page = hana.press("Save", title="Boatbuilder", price_good_word="501", price_reference="")

    assert page.status == 422
    assert page.says("price_good_word-error")
    assert kept(page, "Save")["title"] == "Boatbuilder"


def test_a_date_that_has_passed_since_may_stay_in_an_edit(hana, post, wait):
    referral = post(last_day=in_days(3).date())
    wait(days=5)
    hana.open(f"/referrals/{referral.id}/edit")

    assert hana.press("Save", title="Boatbuilder").status == 200
    assert Referral.get().title == "Boatbuilder"


# A claim


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"note": ""}, "note", MISSING),
        ({"note": " \r\n "}, "note", MISSING),
        ({"note": "\u200b\r\n\u2800"}, "note", MISSING),
        ({"note": "x" * 2001}, "note", "Please keep this under 2000 characters."),
        ({"note": ENDLESS}, "note", "Please keep this under 2000 characters."),
        ({"help": []}, "help", "Choose at least one kind of help."),
        ({"help": ["resume_review"]}, "help", "Some of this help is no longer offered. Choose again."),
        ({"help": ["good_word", "money"]}, "help", "Some of this help is no longer offered. Choose again."),
        ({"help": [""]}, "help", "Some of this help is no longer offered. Choose again."),
        ({"help": ENDLESS}, "help", "Some of this help is no longer offered. Choose again."),
    ],
)
def test_a_request_that_cannot_be_taken(referral, sami, read, unchanged, typed, field, sentence):
    with unchanged():
        answers = {"note": "I have built boats.", "help": ["good_word"], **typed}
        page = read(sami.client.post(f"/referrals/{referral.id}/claims", data=answers))

    assert page.status == 422
    assert page.says(f"{field}-error") == sentence
    assert page.typed("note") == clean_text(answers["note"])
    chosen = [one.get("value") for one in page.all("input", name="help") if "checked" in one.attrib]
    assert chosen == [kind for kind in answers["help"] if kind in ("good_word", "reference")]


def own(referral, use):
    referral.helper = Member.get(Member.name == "Sami Seeker")
    referral.save()


def second(referral, use):
    Claim.request(referral, Member.get(Member.name == "Sami Seeker"), "Before.", ["reference"])


def full(referral, use):
    use(Claim.request(referral, Member.get(Member.name == "Rosa Rival"), "Before.", ["reference"]), "accept")


def no_more_claims(referral, use):
    Policy.current().change(Member.get(Member.role == "owner"), open_claims_cap=0)


def left(referral, use):
    HelpItem.delete().where(HelpItem.kind == "reference").execute()
    Referral.update(last_day=in_days(-2).date()).execute()


@pytest.mark.parametrize(
    ("happens", "sentence"),
    [
        (own, "This is your own posting."),
        (second, "You have an open claim on this posting already."),
        (full, "Every seat of this posting is taken. If one becomes free, you can claim it."),
        (no_more_claims, "You have as many open claims as this community allows. Finish or withdraw one first."),
        (left, "The helper has left this employer, and all they offered was help from inside."),
        ("pause", "This posting is paused. Come back when the helper has put it back on the board."),
        ("fill", "This posting is no longer open."),
        ("expire", "This posting is no longer open."),
    ],
)
def test_a_request_that_comes_too_late(referral, sami, rival, use, unchanged, happens, sentence):
    sami.open(f"/referrals/{referral.id}")
    use(referral, happens) if isinstance(happens, str) else happens(referral, use)

    with unchanged():
        page = sami.press("Send request", note="A note that took me an hour.", help=["good_word"])

    assert page.status == 409
    assert page.flash == sentence
    assert "A note that took me an hour." in [area.text for area in page.all("textarea")]


@pytest.mark.parametrize(
    ("state", "sender", "verb", "typed", "field", "sentence"),
    [
        ("requested", "hana", "messages", {"body": ""}, "body", MISSING),
        ("requested", "hana", "messages", {}, "body", MISSING),
        ("requested", "hana", "messages", {"body": ENDLESS}, "body", "Please keep this under 5000 characters."),
        ("requested", "hana", "accept", {"acquaintance": "never met"}, "acquaintance", UNKNOWN),
        ("requested", "hana", "ask_changes", {"reason": " "}, "reason", "Please say why, in a sentence or two."),
        ("requested", "hana", "ask_changes", {}, "reason", "Please say why, in a sentence or two."),
        ("requested", "hana", "decline", {"reason": ENDLESS}, "reason", "Please keep this under 2000 characters."),
        ("changes_asked", "sami", "resubmit", {"note": "", "help": "reference"}, "note", MISSING),
        ("changes_asked", "sami", "resubmit", {"note": "Two."}, "help", "Choose at least one kind of help."),
        ("active", "sami", "withdraw", {"reason": ENDLESS}, "reason", "Please keep this under 2000 characters."),
        ("active", "hana", "release", {"reason": ""}, "reason", "Please say why, in a sentence or two."),
        ("active", "sami", "report_not_hired", {}, "outcome", "Please choose what happened."),
        ("active", "sami", "report_not_hired", {"outcome": "bored"}, "outcome", "Please choose what happened."),
        ("active", "sami", "report_hired", {}, "start_date", MISSING),
        ("active", "sami", "report_hired", {"start_date": "2026-02-30"}, "start_date", NO_SUCH_DAY),
        ("active", "sami", "report_hired", {"start_date": "soon"}, "start_date", NO_SUCH_DAY),
        ("active", "sami", "report_hired", {"start_date": "2026-05-31"}, "start_date", TOO_EARLY),
        ("active", "sami", "report_hired", {"start_date": "2027-06-02"}, "start_date", TOO_LATE),
        ("active", "hana", "dispute", {"reason": ""}, "reason", "Please say why, in a sentence or two."),
        ("active", "hana", "dispute", {"reason": "\u200b\ufeff"}, "reason", "Please say why, in a sentence or two."),
        ("reported", "hana", "contest", {"reason": ""}, "reason", "Please say why, in a sentence or two."),
        ("hired", "sami", "report_ended", {"ended_on": "2026-02-30"}, "ended_on", NO_SUCH_DAY),
        ("settled", "sami", "thank", {"thanks": " "}, "thanks", MISSING),
        ("settled", "sami", "thank", {"thanks": ENDLESS}, "thanks", "Please keep this under 2000 characters."),
    ],
)
def test_a_verb_of_a_claim_with_something_that_cannot_be(
    request, lead, read, unchanged, state, sender, verb, typed, field, sentence
):
    lead(Claim, state)
    browser = request.getfixturevalue(sender)
    browser.open("/claims/1")

    with unchanged():
        page = read(browser.client.post(f"/claims/1/{verb}", data=typed))

    assert page.status == 422
    assert page.says(f"{field}-error") == sentence
    standing = [area.text for area in page.all("textarea")] + [one.get("value") for one in page.all("input")]
    assert not clean_text(typed.get(field)) or typed[field] in (*standing, "bored", "never met")


@pytest.mark.parametrize("what", ["", "promoted", "delivered:money", "received:role_briefing", ENDLESS])
def test_a_step_that_is_not_on_the_checklist(lead, hana, read, unchanged, what):
    lead(Claim, "active")
    hana.open("/claims/1")

    with unchanged():
        page = read(hana.client.post("/claims/1/mark", data={"what": what}))

    assert (page.status, page.flash) == (409, "There is no such step on the checklist.")


@pytest.mark.parametrize(
    ("sender", "what"), [("hana", "applied"), ("hana", "received:good_word"), ("sami", "disclosed")]
)
@pytest.mark.parametrize("verb", ["mark", "unmark"])
def test_a_step_of_the_other_side(request, lead, read, unchanged, sender, what, verb):
    lead(Claim, "active")
    browser = request.getfixturevalue(sender)
    browser.open("/claims/1")

    with unchanged():
        page = read(browser.client.post(f"/claims/1/{verb}", data={"what": what}))

    assert (page.status, page.flash) == (403, "Only the other side can say that this is done.")


@pytest.mark.parametrize("verb", ["mark_sent", "mark_received", "waive"])
def test_there_is_nothing_to_pay_for_a_gift(post, sami, hana, read, use, unchanged, seeker, verb):
    use(Claim.request(post(prices={"reference": 0}), seeker, "Please.", ["reference"]), "accept")
    for browser in (hana, sami):
        browser.open("/claims/1")
        with unchanged():
            page = read(browser.client.post(f"/claims/1/{verb}"))
        assert (page.status, page.flash) == (409, "This help is a gift: there is nothing to pay.")


# Pages that have grown old


@pytest.mark.parametrize(
    ("state", "label", "happens"),
    [
        ("draft", "Publish", "withdraw"),
        ("published", "Pause", "expire"),
        ("paused", "Resume", "fill"),
        ("expired", "Renew", "withdraw"),
        ("published", "Mark as filled", "withdraw"),
        ("published", "Withdraw", "fill"),
    ],
)
def test_a_button_of_the_helper_on_an_old_page(lead, use, hana, unchanged, state, label, happens):
    referral = lead(Referral, state)
    hana.open(f"/referrals/{referral.id}")
    use(referral, happens)
    hana.client.get(f"/referrals/{referral.id}")  # In another tab, where she reads what she was told.

    with unchanged():
        page = hana.press(label)

    assert (page.status, page.flash) == (409, MOVED_ON)
    assert page.part("referral") is not None


@pytest.mark.parametrize(
    ("state", "label", "happens"),
    [
        ("in_review", "Approve", "reject"),
        ("in_review", "Turn down", "approve"),
        ("in_review", "Ask for changes", "reject"),
        ("published", "Hide", "fill"),
        ("hidden", "Restore", "remove"),
        ("hidden", "Remove", "restore"),
        ("removed", "Reinstate", "reinstate"),
    ],
)
def test_a_button_of_an_organizer_on_an_old_page(lead, use, olga, unchanged, state, label, happens):
    referral = lead(Referral, state)
    olga.open(f"/referrals/{referral.id}")
    use(referral, happens)
    typed = {} if label in ("Approve", "Restore") else {"reason": "A reason that I thought about."}

    with unchanged():
        page = olga.press(label, **typed)

    assert (page.status, page.flash) == (409, MOVED_ON)
    assert not typed or "A reason that I thought about." in [area.text for area in page.all("textarea")]


# Numbers in addresses, and forms that are none


@pytest.mark.parametrize("address", ["/notices", "/desk/members"])
def test_a_page_that_is_not_there_shows_one_that_is(claim, olga, read, address, subtests):
    for number in ("0", "-1", "abc", "1.5", "", "99999999999999999999", "9" * 5000, "1\x00", "💥"):
        with subtests.test(number[:20]):
            page = read(olga.client.get(address, query_string={"page": number}))

            assert page.status == 200
            assert page.part(address.rpartition("/")[2]) is not None


@pytest.mark.parametrize("address", ["/referrals/1.5", "/referrals/-1", "/claims/one", "/members/1'--", "/nowhere"])
def test_an_address_that_leads_nowhere(sami, address):
    page = sami.open(address)

    assert page.status == 404
    assert "There is nothing here, or nothing that you may see." in page.text


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 5 * 1024 * 1024])
@pytest.mark.parametrize("address", ["/referrals/new", "/sign-in", "/claims/1/messages"])
def test_more_than_a_megabyte_is_too_much(claim, sami, read, unchanged, address, size):
    with unchanged():
        page = read(sami.client.post(address, data={"body": "x" * size, "email": "x"}))

    assert page.status == 413
    assert "That is more text than we can take. Go back and shorten it." in page.text


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data", ""])
def test_what_is_no_form_is_an_empty_one(hana, read, unchanged, kind):
    with unchanged():
        page = read(hana.client.post("/referrals/new", data=b'{"title": "Shipwright"}', content_type=kind))

    assert page.status == 422
    assert page.says("title-error") == MISSING


# Letters of every kind

STRANGE = [
    "a\x00b\x00 👩🏽‍🔧💥 שלום \u202eabc\u202c مرحبا Z̷̢͘ã̴l̵g̶o̵",
    "'; DROP TABLE referral; -- %(name)s %s {0} {{ 7 * 7 }} {% raw %} ${x} \u200b.",
]
BREAKING_OUT = [
    '"><script>alert(1)</script><img src=x onerror=alert(1)>',
    "' onfocus=alert(1) autofocus x=' </textarea></title><svg onload=alert(1)>",
    "<!-- ]]> &lt;script&gt; <iframe src=javascript:alert(1)></iframe> [x](javascript:1)",
]
MARKED_UP = [
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](java\nscript:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](vbscript:x)",
    "<javascript:alert(1)>",
    "![a](https://evil.example/track.png)",
    "![a][b]\n\n[b]: https://evil.example/track.png",
    '[a](https://evil.example/"onmouseover=alert(1))',
    '[a](https://evil.example "title" onclick=x)',
    "<a href=javascript:alert(1)>x</a>",
    "# Heading\n\n<details open ontoggle=alert(1)>",
    "```html\n<script>alert(1)</script>\n```",
]


@pytest.fixture
def everywhere(lead, hana, sami, olga, walk, rival):
    """Writes this into every text there is, and opens every page that shows one."""

    def everywhere(text):
        claim = lead(Claim, "requested")
        Member.update(profile_shown="all").where(Member.id == claim.helper_id).execute()
        olga.open("/desk/policy")
        olga.press("Save", name=f"Circle {text[:72]}", place=text[:80])  # Nobody may have its own name.
        olga.open("/desk/policy")
        olga.press("See what this changes", hired_means=text)
        olga.press("Save the policy")
        for browser in (hana, sami):
            browser.open("/account")
            browser.press("Save profile", name=text[:80], headline=text, can_help=text)
        hana.open(f"/referrals/{claim.referral_id}/edit")
        hana.press("Save", title=text, employer=text, location=text, influence=text, duties=text)
        hana.open("/claims/1")
        hana.press("Ask for changes", reason=text)
        sami.open("/claims/1")
        sami.press("Send the changed request", note=text)
        sami.press("Send", body=text)
        hana.open("/claims/1")
        hana.press("Accept")
        sami.open("/claims/1")
        sami.press("Agree to the terms")
        sami.press("Report the hire", start_date="2026-06-01")
        hana.open("/claims/1")
        hana.press("Confirm the hire")
        hana.press("Waive the price")
        sami.open("/claims/1")
        sami.press("Say thank you", thanks=text)
        rosa, helper = walk(rival), claim.helper_id
        for address in ("/", "/about", f"/referrals/{claim.referral_id}", f"/members/{helper}", "/claims", "/notices"):
            for browser in (hana, sami, rosa):
                browser.open(address)
        for address in ("/desk", "/desk/members", "/desk/policy", f"/referrals/{claim.referral_id}"):
            olga.open(address)
        rosa.client.get("/", query_string={"words": text, "location": text, "pay": text})
        hana.open(f"/referrals/{claim.referral_id}/edit")
        return [page for browser in (hana, sami, olga, rosa) for page in browser.seen]

    return everywhere


def harmless(page):
    """No element, attribute or address on this page comes from what somebody typed."""
    scripts = [script.get("src") or "" for script in page.all("script")]
    images = [image.get("src") for image in page.all("img")]
    assert len(scripts) in (2, 3)
    assert all(address.startswith(("/static/vendor/", "/static/drafts.js")) for address in scripts)
    assert all(address.startswith("/static/") for address in images)
    assert not [one.tag for one in page.root.iter() if one.tag in ("iframe", "object", "embed", "base")]
    for element in page.root.iter():
        assert not [name for name in element.attrib if name.startswith("on") or name in ("style", "autofocus")]
        for name in ("href", "src", "action", "formaction"):
            assert element.get(name, "/").startswith(("/", "#", "https://evil.example/"))
    assert {link.get("rel") for link in page.all("a") if "evil" in link.get("href", "")} <= {"nofollow ugc noopener"}


@pytest.mark.parametrize("text", STRANGE)
def test_letters_of_every_kind_are_taken_and_shown(everywhere, text):
    pages = everywhere(text)

    assert {page.status for page in pages} == {200}
    assert all("\x00" not in page.answer.text for page in pages)
    shown = clean_line(text)
    assert Referral.get().title == shown
    assert any(heading.text == shown for page in pages for heading in page.all("h1"))


@pytest.mark.parametrize("text", BREAKING_OUT)
def test_nobody_breaks_out_of_a_page(everywhere, text):
    pages = everywhere(text)

    assert {page.status for page in pages} == {200}
    for page in pages:
        harmless(page)


def test_markdown_is_no_way_out_either(post, sami, subtests):
    for text in [*BREAKING_OUT, *MARKED_UP]:
        with subtests.test(text):
            harmless(sami.open(f"/referrals/{post(duties=text).id}"))


@pytest.mark.parametrize("text", BREAKING_OUT)
def test_what_is_refused_is_shown_again_without_breaking_out(write, text):
    page = write(**{name: text for name in POSTING if name != "title"})

    assert page.status == 422
    harmless(page)
    assert page.typed("duties") == text
    assert page.typed("pay_min") == text


def test_links_and_emphasis_in_markdown_are_shown(hana, sami, post, seeker):
    post(duties="See [our yard](https://evil.example/yard), **please**.\n\n- one\n- two")

    page = sami.open("/referrals/1")

    [link] = [link for link in page.all("a") if link.text == "our yard"]
    assert (link.get("href"), link.get("rel")) == ("https://evil.example/yard", "nofollow ugc noopener")
    assert {"one", "two"} <= {item.text for item in page.all("li")}


def form_with(octets):
    """A posting whose title ends in these octets, as the body of a request."""
    rest = "&".join(f"{name}={value}" for name, value in POSTING.items() if name != "title")
    return {"data": rest.encode() + b"&title=Ship" + octets, "content_type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("octets", [b"%FF%FE", b"%ED%A0%80", b"%00%00", b"%C3"])
def test_octets_that_are_no_letters_do_no_harm(hana, octets):
    answer = hana.client.post("/referrals/new", **form_with(octets))

    page = hana.open(answer.location)

    assert page.status == 200
    assert page.all("h1")[0].text.startswith("Ship")
    assert hana.open("/referrals").status == 200


@pytest.mark.parametrize("octets", [b"\xff\xfe", b"\xed\xa0\x80", b"\xc3"])
def test_a_form_that_is_not_in_unicode_is_refused(hana, unchanged, octets):
    with unchanged():
        assert hana.client.post("/referrals/new", **form_with(octets)).status_code == 422


@pytest.mark.parametrize("text", [*STRANGE, *BREAKING_OUT, ENDLESS])
def test_anything_can_be_typed_to_sign_in_or_to_join(organizer, browse, read, unchanged, text):
    browser = browse()

    with unchanged(but="sign_in_try"):
        signing_in = read(
            browser.post("/sign-in", data={"email": text, "password": text, "next": text.replace("\x00", "")})
        )
        joining = read(browser.post("/join", data={"name": text, "email": text, "password": PASSWORD}))
        opening = read(browser.get("/sign-in", query_string={"next": text.replace("\x00", "")}))

    assert (signing_in.status, joining.status, opening.status) == (422, 422, 200)
    for page in (signing_in, joining, opening):
        harmless(page)


# What nobody sees


def forms(kind=Form):
    """Every form there is."""
    return [form for child in kind.__subclasses__() for form in (child, *forms(child))]


def test_what_is_typed_into_any_field_is_cleaned():
    fields = [field for form in forms() for field in form() if type(field) in (StringField, TextAreaField)]

    assert len(fields) > 40
    assert not [field.name for field in fields if list(field.filters) not in ([clean_line], [clean_text])]


@pytest.mark.parametrize("typed", ["", "maybe", None])
@pytest.mark.parametrize("question", ["helper_named", "employer_named", "small_employer", "month_only"])
def test_a_question_that_was_not_answered_is_no_fault(question, typed, hana):
    sent = {name: value for name, value in POSTING.items() if name != question}

    answer = hana.client.post("/referrals/new", data=sent if typed is None else sent | {question: typed})

    assert answer.status_code == (422 if typed == "maybe" else 303)
    assert Referral.select().count() == (0 if typed == "maybe" else 1)
