"""Money at the desk: turning card payments on, every payment with its ledger, and what organizers do about them."""

import csv
import io
import re

import pytest
from cast import BY_CARD, MONDAY, PASSWORD, newcomer
from pages import Browser, crawl, words

from golem import create_app
from models import Claim, Community, Event, Member, Merchant, Pledge, Policy, Workplace, db, in_days
from payments.reconciler import Reconciler
from views.desk import money as room
from views.labels import PROBLEMS, TROUBLES

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

STANDS_STILL = "Card payments stand still at the moment; the organizers know. Nothing has been taken."
SAYS = {"fee_percent": "5", "fee_cap": "10", "understood": "yes"}


@pytest.fixture
def olga(fake, organizer, walk):
    """Olga's browser, at the page on which card payments are turned on."""
    browser = walk(organizer)
    browser.open("/desk/payments")
    return browser


@pytest.fixture
def site(fake, organizer, tmp_path):
    """The site over the same database, started with other keys."""

    def site(**settings):
        keys = {"STRIPE_SECRET_KEY": fake.key, "STRIPE_WEBHOOK_SECRET": "whsec_golem", "STRIPE_API_BASE": fake.url}
        given = {name: value for name, value in {**keys, **settings}.items() if value}
        app = create_app({"GOLEM_DATA": str(tmp_path / "data"), "GOLEM_LIMITS": "off", **given})
        app.testing = True
        return app

    return site


@pytest.fixture
def at(walk):
    """Somebody's browser, signed in now, at this address."""

    def at(member, address="/desk/money/1"):
        browser = walk(member)
        browser.open(address)
        return browser

    return at


@pytest.fixture
def at_site(site, organizer):
    """Olga's browser at the page about card payments, on the site with other keys, checked just now."""

    def at_site(**settings):
        client = site(**settings).test_client()
        client.post("/sign-in", data={"email": organizer.email, "password": PASSWORD})
        browser = Browser(client)
        browser.open("/desk/payments")
        if "Check now" in browser.page.buttons:
            browser.press("Check now")
        return browser

    return at_site


def missing(page):
    """What is still missing, line by line."""
    panel = next(part for part in page.all("section") if words(part).startswith("Whether all is ready"))
    return [words(line) for line in panel.iter("li")]


def said(*codes):
    return [f"{PROBLEMS[code].name} {PROBLEMS[code].more}" for code in codes]


def settled_by_card():
    return Policy.current().settlement == "stripe"


# Turning it on


def test_an_organizer_reads_what_the_group_takes_on_and_turns_it_on(olga, fake):
    before = olga.page
    checked = olga.press("Check now")
    page = olga.press("Turn card payments on", **SAYS)

    for promise in (
        "Your community becomes the merchant of record",
        "You bear what goes wrong: refunds, chargebacks and their fees",
        "A fee that Stripe keeps on a refund is yours.",
    ):
        assert promise in before.text
    assert missing(before) == said("not_checked")
    assert checked.flash == "Stripe answers, and knows this community."
    assert missing(checked) == []
    assert page.flash == "Saved. New agreements are paid by card, once the hire is sure."
    assert "acct_golem, CA, CAD" in page.text
    assert settled_by_card()
    assert (Policy.current().fee_percent, Policy.current().fee_cap) == (5, 1000)
    assert (page.typed("fee_percent"), page.typed("fee_cap")) == ("5", "10")
    assert Merchant.current().accepted_by == Member.get(Member.name == "Olga Owner")


def test_nothing_is_taken_off_unless_the_group_says_so(olga):
    page = olga.press("Turn card payments on", understood="yes")

    assert (page.typed("fee_percent"), Policy.current().fee_percent) == ("0", 0)


def test_the_address_for_the_webhook_can_be_copied(olga):
    assert "http://localhost/webhooks/stripe" in olga.page.text
    assert "None has come yet" in olga.page.text


@pytest.mark.parametrize(
    ("settings", "codes"),
    [
        ({"STRIPE_SECRET_KEY": "sk_test_of_somebody_else"}, ["wrong_key"]),
        ({"STRIPE_WEBHOOK_SECRET": ""}, ["no_secret"]),
        ({}, []),
    ],
)
def test_what_is_missing_of_the_keys_is_said_with_what_to_do(at_site, settings, codes):
    browser = at_site(**settings)

    page = browser.open("/desk/payments")

    assert missing(page) == said(*codes)
    refused = browser.press("Turn card payments on", **SAYS)
    assert settled_by_card() == (not codes)
    if codes:
        assert (refused.status, refused.flash) == (409, "Something is still missing. Read what stands above.")
        assert (refused.typed("fee_percent"), refused.typed("fee_cap")) == ("5", "10")


def test_a_site_without_a_key_says_so_though_nobody_checks(at_site):
    browser = at_site(STRIPE_SECRET_KEY="")

    assert missing(browser.page) == said("no_key")
    assert "Check now" not in browser.page.buttons
    assert browser.press("Turn card payments on", **SAYS).status == 409
    assert missing(browser.page) == said("no_key")


def not_activated(fake):
    us = {"id": "acct_golem", "object": "account", "country": "CA", "default_currency": "cad", "charges_enabled": False}
    fake.us = lambda asked: us


def in_euros(fake):
    fake.currency = "eur"


def without_connect(fake):
    fake.connect = False


@pytest.mark.parametrize(
    ("wrong", "codes"),
    [
        ([not_activated], ["no_charges"]),
        ([without_connect], ["no_connect"]),
        ([in_euros], ["other_currency"]),
        ([not_activated, without_connect], ["no_charges", "no_connect"]),
    ],
)
def test_what_is_missing_at_stripe_is_said_one_by_one_with_what_to_do(olga, fake, wrong, codes):
    for one in wrong:
        one(fake)

    page = olga.press("Check now")

    assert missing(page) == said(*codes)
    assert olga.press("Turn card payments on", **SAYS).status == 409
    assert not settled_by_card()


def test_a_currency_that_cards_are_not_charged_in_is_said(olga, fake):
    Community.update(currency="ISK").execute()
    fake.currency = "isk"

    page = olga.press("Check now")

    assert missing(page) == said("currency")


def test_all_that_is_missing_is_listed_at_once(at_site, fake):
    Community.update(currency="ISK").execute()
    not_activated(fake)
    without_connect(fake)

    page = at_site(STRIPE_WEBHOOK_SECRET="").page

    assert missing(page) == said("no_secret", "no_charges", "no_connect", "other_currency", "currency")


@pytest.mark.parametrize(
    ("interval", "says"),
    [
        ("daily", "By themselves, every day"),
        ("weekly", "By themselves, every week"),
        ("monthly", "By themselves, every month"),
        ("manual", "Only when you ask for it"),
    ],
)
def test_payouts_that_would_sweep_the_balance_are_warned_of_and_hold_nothing_up(olga, fake, interval, says):
    fake.payout_interval = interval

    page = olga.press("Check now")

    assert says in page.text
    assert ("Stripe pays your balance out by itself." in page.text) == (interval != "manual")
    olga.press("Turn card payments on", **SAYS)
    assert settled_by_card()


@pytest.mark.parametrize(("country", "days"), [("CA", 90), ("US", 730), ("TH", 10)])
def test_for_how_long_stripe_keeps_money_is_said_by_country(olga, fake, country, days):
    fake.country = country

    page = olga.press("Check now")

    assert f"Stripe keeps it for {days} days at most." in page.text


def test_an_account_that_tells_nothing_of_payouts_is_not_warned_of(olga, fake):
    not_activated(fake)

    page = olga.press("Check now")

    assert "Payouts to your bankNot known yet" in page.text
    assert "Stripe pays your balance out by itself." not in page.text


def test_the_group_has_to_say_that_it_knows(olga, unchanged):
    olga.press("Check now")

    with unchanged():
        page = olga.press("Turn card payments on", fee_percent="5", fee_cap="10")

    assert page.status == 422
    assert words(page.part("understood-error")) == "Please say that your group knows and wants this."
    assert (page.typed("fee_percent"), page.typed("fee_cap")) == ("5", "10")


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("fee_percent", "", "Write a whole number from 0 to 30."),
        ("fee_percent", "31", "Write a whole number from 0 to 30."),
        ("fee_percent", "-1", "Write a whole number from 0 to 30."),
        ("fee_percent", "4.5", "Write a whole number from 0 to 30."),
        ("fee_percent", "a little", "Write a whole number from 0 to 30."),
        ("fee_percent", "٥", "Write a whole number from 0 to 30."),
        ("fee_percent", "9" * 40, "Write a whole number from 0 to 30."),
        ("fee_cap", "", "Say how much it can be at most."),
        ("fee_cap", "0", "Say how much it can be at most."),
        ("fee_cap", "a lot", "amount"),
        ("fee_cap", "-1", "An amount cannot be negative."),
        ("fee_cap", "1e9", "amount"),
        ("fee_cap", "0.001", "decimal"),
        ("fee_cap", "9" * 40, "amount"),
    ],
)
def test_a_share_that_cannot_be_is_refused_and_stays_as_typed(olga, unchanged, field, typed, sentence):
    olga.press("Check now")

    with unchanged():
        page = olga.press("Turn card payments on", **{**SAYS, field: typed})

    assert page.status == 422
    assert sentence in words(page.part(f"{field}-error"))
    assert page.typed(field) == typed
    assert page.typed("fee_cap" if field == "fee_percent" else "fee_percent") == (
        "10" if field == "fee_percent" else "5"
    )


@pytest.mark.parametrize(("key", "says"), [("sk_test_golem", "Test: no real money"), ("sk_live_x", "Live: real money")])
def test_whether_the_money_is_real_is_said(at_site, fake, key, says):
    fake.keys.add(key)

    page = at_site(STRIPE_SECRET_KEY=key).page

    assert says in page.text
    assert missing(page) == []
    assert len(set(re.findall("Test: no real money|Live: real money", page.text))) == 1


def test_the_share_can_be_changed_later_without_turning_anything_off(olga, by_card):
    by_card()
    olga.open("/desk/payments")

    page = olga.press("Save", fee_percent="10", fee_cap="20", understood="yes")

    assert "On" in [words(one) for one in page.all("span")]
    assert (Policy.current().fee_percent, Policy.current().fee_cap) == (10, 2000)
    assert Pledge.get().fee == 0


def test_turning_it_off_leaves_what_was_agreed_as_it_was(by_card, at, organizer, lead, set_policy):
    by_card()
    browser = at(organizer, "/desk/payments")

    assert "1 agreement goes on by card, as agreed." in browser.page.text
    page = browser.press("Turn card payments off")

    assert page.flash == "Turned off. What was agreed before goes on as agreed."
    assert "Turn card payments off" not in page.buttons
    assert not settled_by_card()
    assert (Pledge.get().settlement, Claim.get().terms.settlement) == ("stripe", "stripe")


def test_turning_it_on_again_keeps_the_first_consent(olga, fake, wait):
    olga.press("Turn card payments on", **SAYS)
    first = Merchant.current().accepted_at
    wait(hours=1)
    olga.press("Turn card payments off")

    olga.press("Turn card payments on", **SAYS)

    assert settled_by_card()
    assert Merchant.current().accepted_at == first


@pytest.mark.parametrize("how", ["down", "503", "429"])
def test_stripe_may_be_silent_while_an_organizer_checks(olga, fake, how):
    if how == "down":
        fake.down = True
    else:
        fake.fail("any", how, times=99)

    page = olga.press("Check now")

    assert (page.status, page.flash) == (200, "Read below what Stripe said.")
    assert missing(page) == said("not_checked")


def test_both_turning_it_on_and_off_are_in_the_log(olga, walk, helper):
    olga.press("Turn card payments on", **SAYS)
    olga.press("Turn card payments off")

    history = olga.open("/desk/policy/history").text
    assert "By card, through Stripe" in history
    assert [event.reason for event in Event.select().where(Event.verb == "policy.change")][-2:] == [
        "settlement, fee_percent, fee_cap",
        "settlement",
    ]


# Another key, once members count on it


def live_key(fake):
    fake.keys.add("sk_live_golem")
    return {"STRIPE_SECRET_KEY": "sk_live_golem"}


def key_of_another_account(fake):
    us = {"id": "acct_other", "object": "account", "country": "CA", "default_currency": "cad", "charges_enabled": True}
    fake.us = lambda asked: us
    return {}


def withdrawn_key(fake):
    fake.keys.clear()
    return {}


def no_key(fake):
    return {"STRIPE_SECRET_KEY": ""}


@pytest.mark.parametrize(
    ("other", "code"),
    [
        (live_key, "other_mode"),
        (key_of_another_account, "other_account"),
        (withdrawn_key, "wrong_key"),
        (no_key, "no_key"),
    ],
)
def test_with_another_key_the_money_stands_still_and_the_desk_says_why(by_card, fake, site, at_site, other, code, told):
    by_card("due")
    fake.asked.clear()
    settings = other(fake)
    app = site(**settings)

    assert app.extensions["reconciler"].reconcile() is None
    browser = at_site(**settings)

    assert Pledge.get().state == "due"
    assert {asked.step for asked in fake.asked} <= {"account"}
    assert (len(fake.charges), len(fake.intents)) == (0, 0)
    alarm = f"Card payments stand still: {PROBLEMS[code].name} What to do"
    for page in crawl(browser, "/desk", within="/desk"):
        assert alarm in page.text, page.address
    assert missing(browser.open("/desk/payments")) == said(code)
    assert browser.open("/desk/money/1").status == 200
    asked = browser.press("Ask Stripe now")
    assert (asked.status, asked.flash) == (409, STANDS_STILL)
    refused = [browser.open("/desk/payments").status, browser.press("Save", **SAYS).status]
    assert refused == [200, 409]


@pytest.mark.parametrize("other", [live_key, key_of_another_account, withdrawn_key])
def test_with_the_old_key_the_money_moves_again(by_card, fake, site, other):
    by_card("due")
    before = fake.us
    site(**other(fake)).extensions["reconciler"].reconcile()
    fake.keys.add(fake.key)
    fake.us = before

    assert site().extensions["reconciler"].reconcile() == 1

    assert (Merchant.current().problem, Pledge.get().state) == ("", "resting")


def test_a_key_of_another_account_is_taken_while_nobody_counts_on_it(olga, fake, at_site):
    olga.press("Check now")
    key_of_another_account(fake)

    page = at_site().page

    assert missing(page) == []
    assert "acct_other" in page.text


# Every payment


@pytest.fixture
def many(post, fake, reconciler, cards, organizer):
    """As many payments as are wanted, each of a seeker of their own, with their cards saved and due."""

    def many(count):
        pledges = []
        for number in range(len(Pledge.select()), len(Pledge.select()) + count):
            seeker = newcomer(f"Sami{number} Seeker", organizer)
            claim = Claim.request(post(), seeker, "I have built boats all my life.", ["good_word"])
            claim.accept(claim.helper)
            claim.agree(seeker)
            cards.save(claim.pledge)
            pledges.append(claim.pledge)
        return pledges

    return many


def listed(page):
    """The rows of the list."""
    return [[words(cell) for cell in row] for row in page.part("main").iter("tr")][1:]


def test_every_payment_is_listed_with_its_state_and_age(by_card, wait, at, organizer):
    by_card("resting")
    wait(days=3)

    page = at(organizer, "/desk/money").page

    assert listed(page) == [["Claim 1", "Sami Seeker", "Hana Helper", "$50", "Rests", "3 days ago"]]
    assert page.links["Claim 1"] == "/desk/money/1"
    assert "All of them together have left $48.25 on the community's balance at Stripe." in page.text


def test_the_list_can_be_narrowed_to_a_state(many, cards, at, organizer):
    pledges = many(3)
    cards.hire(pledges[0])
    cards.look(pledges[0])
    browser = at(organizer, "/desk/money")

    page = browser.follow("Rests (1)")

    assert set(browser.seen[0].links) >= {"All", "Pledged (2)", "Rests (1)"}
    assert [row[1] for row in listed(page)] == ["Sami0 Seeker"]
    assert len(listed(browser.follow("All"))) == 3


@pytest.mark.parametrize(
    "query", ["state=nonsense", "page=x", "page=-1", "page=99999999999999999999", "state=due&page=2"]
)
def test_a_list_that_cannot_be_is_a_list_all_the_same(by_card, at, organizer, query):
    by_card()

    assert at(organizer, f"/desk/money?{query}").page.status == 200


def test_a_long_list_has_pages_that_keep_the_state(many, at, organizer, monkeypatch):
    monkeypatch.setattr(room, "PAGE_SIZE", 2)
    many(5)
    browser = at(organizer, "/desk/money?state=pledged")

    seen = [row[1] for row in listed(browser.page)]
    for number in ("2", "3"):
        seen += [row[1] for row in listed(browser.follow(number))]

    assert seen == [f"Sami{number} Seeker" for number in (4, 3, 2, 1, 0)]
    assert "state=pledged" in browser.page.links["1"]


def test_settled_by_hand_is_nothing_for_this_list(lead, fake, at, organizer):
    lead(Pledge, "due")

    page = at(organizer, "/desk/money").page

    assert "No card payments yet" in page.text
    assert at(organizer, "/desk/money/1").page.status == 404


def test_a_longer_list_asks_no_more_of_the_database(many, at, organizer):
    many(2)
    few = asked_of_the_database(at(organizer, "/desk/money"))

    many(4)
    more = asked_of_the_database(at(organizer, "/desk/money"))

    assert len(listed(at(organizer, "/desk/money").page)) == 6
    assert more == few


def asked_of_the_database(browser):
    asked = []
    db.connection().set_trace_callback(asked.append)
    browser.open("/desk/money")
    db.connection().set_trace_callback(None)
    return len([line for line in asked if line.startswith("SELECT")])


# One payment


def panel(page, heading):
    """The lines of a panel: what each says, and its amount."""
    section = next(part for part in page.all("section") if words(part).startswith(heading))
    return [
        (words(line.find("dt")), words(line.find("dd"))) for line in section.iter("div") if line.find("dt") is not None
    ]


def test_our_ledger_stands_beside_what_stripe_says(by_card, at, organizer, fake):
    stood = by_card("paid")
    charge, fee, transfer = (line.object for line in stood.lines)

    page = at(organizer).page

    assert panel(page, "What we say") == [
        (f"Paid by the seeker, 2 Jul {charge}", "$50"),
        (f"Card fee, kept by Stripe, 2 Jul {fee}", "-$1.75"),
        (f"Sent to the helper, 10 Jul {transfer}", "-$48.25"),
        ("Left with the community", "$0"),
    ]
    assert panel(page, "What Stripe says") == [
        (f"Payment {stood.intent}", "$50 · succeeded"),
        (f"Transfer {transfer}", "$48.25"),
        ("Left with the community", "$0"),
    ]
    assert fake.balance == 0


def test_refunds_and_chargebacks_stand_there_too(by_card, at, organizer, cards, fake):
    stood = by_card("charged_back")
    dispute = next(iter(fake.disputes))

    page = at(organizer).page

    assert (f"Chargeback {dispute}", "$50 · needs_response") in panel(page, "What Stripe says")
    assert panel(page, "What we say")[-1] == ("Left with the community", "-$16.75")
    fake.close_dispute(dispute, won=True)
    cards.look(stood)
    stood.refund(organizer, reason="No help was given.")
    cards.look(stood)
    page = at(organizer).page
    assert [line for line in panel(page, "What Stripe says") if line[0].startswith("Refund re_")]
    assert (
        panel(page, "What we say")[-1] == panel(page, "What Stripe says")[-1] == ("Left with the community", "-$16.75")
    )


def test_the_ledger_of_a_payment_holds_nothing_of_another(by_card, many, at, organizer):
    by_card("resting")
    other = many(1)[0]

    page = at(organizer, f"/desk/money/{other.id}").page

    assert panel(page, "What we say") == [("Left with the community", "$0")]


def test_money_in_two_currencies_is_never_added_up(by_card, at, organizer, fake, cards):
    stood = by_card("resting")
    refund = fake.refund_in_dashboard(stood.intent, 1000)
    moved = fake.objects[fake.objects[refund]["balance_transaction"]]
    moved["currency"] = "usd"
    cards.look(stood)

    payment, every = at(organizer).page, at(organizer, "/desk/money").page

    left = ("Left with the community", "$48.25, -US$10")
    assert panel(payment, "What we say")[-1] == panel(payment, "What Stripe says")[-1] == left
    assert "have left $48.25, -US$10 on the community's balance" in every.text


def test_what_was_asked_of_stripe_is_shown_with_its_answer(by_card, at, organizer):
    by_card("action_required")

    page = at(organizer).page

    asked = next(part for part in page.all("section") if words(part).startswith("Asked of Stripe"))
    lines = [words(line) for line in asked.iter("li")]
    assert [line.split()[0] for line in lines] == ["customer", "save_card", "charge"]
    assert lines[-1].endswith("refused (generic_decline)")


def test_a_payment_that_does_not_fit_says_what_does_not(by_card, at, organizer):
    stood = by_card("review")

    page = at(organizer).page

    assert "Part of the money was given back in Stripe's dashboard." in page.text
    assert stood.trouble in page.text


def test_every_reason_for_a_review_has_its_words(by_card, at, organizer):
    by_card("review")
    for code, sentence in TROUBLES.items():
        Pledge.update(trouble=f"{code}:re_1:100").execute()
        assert sentence in at(organizer).page.text


# What organizers do


def test_an_organizer_gives_the_money_back_and_says_why(by_card, at, second, reconciler, books, seeker, told, walk):
    by_card("resting")
    browser = at(second)

    page = browser.press("Give the money back", reason="No help was given.")
    reconciler.reconcile()

    assert page.flash == "Done. Both sides were told why."
    assert "Oscar Organizer is giving the money back" in page.text
    assert "“No help was given.”" in page.text
    assert Pledge.get().state == "refunded"
    books(charges=1, transfers=0)
    assert "“No help was given.”" in walk(seeker).open("/claims/1").text
    assert "pledge.refund" in told(seeker)


def test_the_click_itself_asks_nothing_of_stripe_and_wakes_whoever_does(by_card, at, second, fake, app):
    by_card("resting")
    browser = at(second)
    fake.asked.clear()
    app.extensions["reconciler"].wake.clear()

    browser.press("Give the money back", reason="No help was given.")

    assert fake.asked == []
    assert app.extensions["reconciler"].wake.is_set()


@pytest.mark.parametrize(
    ("state", "button"),
    [("resting", "Give the money back"), ("review", "Let it go on"), ("charged_back", "Close it")],
)
@pytest.mark.parametrize("reason", ["", "   ", "x" * 2001])
def test_without_a_reason_nothing_moves_and_nothing_typed_is_lost(
    by_card, at, second, unchanged, state, button, reason
):
    by_card(state)
    browser = at(second)

    with unchanged():
        page = browser.press(button, reason=reason)

    assert page.status == 422
    shown = [area.text or "" for area in page.all("textarea") if area.get("aria-invalid")]
    assert [text.lstrip("\n") for text in shown] == [reason]
    sentence = "Please keep this under 2000 characters." if reason.strip() else "Please say why, in a sentence or two."
    assert words(page.part("reason-error")) == sentence


def test_what_was_written_for_a_payment_that_has_moved_on_is_kept(by_card, at, second, unchanged, cards):
    stood = by_card("resting")
    browser = at(second)
    stood.refund(second, reason="I was first.")

    with unchanged():
        page = browser.press("Give the money back", reason="No help was given at all.")

    assert page.status == 409
    assert "No help was given at all." in [area.text for area in page.all("textarea")]


def test_an_organizer_lets_go_on_what_fits_after_all(by_card, at, second, reconciler, organizer):
    by_card("review")
    browser = at(second)

    page = browser.press("Let it go on", reason="We gave a dollar back ourselves.")
    reconciler.reconcile()

    assert page.flash == "Done. Both sides were told why."
    assert Pledge.get().state == "resting"
    assert "does not fit with what Stripe says" not in at(organizer, "/desk").page.text


def test_an_organizer_closes_what_a_bank_has_taken_back(by_card, at, second, reconciler, seeker, told):
    by_card("charged_back")
    browser = at(second)

    page = browser.press("Close it", reason="The bank has decided.")
    reconciler.reconcile()

    assert "Nothing owed" in page.text
    assert Pledge.get().state == "void"
    assert "pledge.write_off" in told(seeker)


def test_asking_stripe_now_shows_what_happened_in_its_dashboard(by_card, at, second, fake):
    stood = by_card("resting")
    fake.refund_in_dashboard(stood.intent)
    browser = at(second)

    page = browser.press("Ask Stripe now")

    assert page.flash == "This is how it stands at Stripe now."
    assert "Given back" in page.text
    assert Pledge.get().state == "refunded"


@pytest.mark.parametrize("how", ["down", "503", "429", "drop"])
def test_stripe_may_be_silent_while_an_organizer_asks(by_card, at, second, fake, how):
    by_card("resting")
    browser = at(second)
    if how == "down":
        fake.down = True
    else:
        fake.fail("any", how, times=99)

    page = browser.press("Ask Stripe now")

    assert page.status == 409
    assert page.flash == "Stripe does not answer at the moment. Nothing is lost: try again in a few minutes."


BUTTONS = {
    **{state: set() for state in ["pledged", *BY_CARD]},
    "resting": {"Give the money back"},
    "paid": {"Give the money back"},
    "review": {"Give the money back", "Let it go on"},
    "charged_back": {"Close it"},
}
VERBS = {
    "Give the money back": "refund",
    "Let it go on": "resolve",
    "Close it": "write_off",
    "Take it back": "take_back",
}


@pytest.mark.parametrize("state", ["pledged", *BY_CARD])
def test_a_button_is_there_if_and_only_if_it_can_be_used(by_card, at, second, state):
    by_card(state)
    browser = at(second)

    assert set(browser.page.buttons) == {"Ask Stripe now"} | BUTTONS[state]
    for button, verb in VERBS.items():
        with db.atomic() as stage:
            answer = browser.client.post(f"/desk/money/1/{verb}", data={"reason": "Because it is so."})
            stage.rollback()
        assert answer.status_code == (303 if button in BUTTONS[state] else 409), verb


@pytest.fixture
def claim_of(post, second, organizer, cards):
    """A payment that rests, of these two, for a role with this employer."""

    def claim_of(helper, seeker, **columns):
        claim = Claim.request(post(by=helper, **columns), seeker, "Please.", ["good_word"])
        claim.accept(helper)
        claim.agree(seeker)
        cards.save(claim.pledge)
        cards.hire(claim.pledge)
        cards.look(claim.pledge)
        assert claim.pledge.state == "resting"
        return claim.pledge

    return claim_of


@pytest.mark.parametrize("side", ["helper", "seeker", "colleague"])
def test_an_organizer_with_a_part_in_it_leaves_it_to_another(
    claim_of, at, organizer, second, helper, seeker, unchanged, side
):
    if side == "colleague":
        stood = claim_of(helper, seeker)
        Workplace.say(second, "Harbour Works")
    else:
        stood = claim_of(*((second, seeker) if side == "helper" else (helper, second)))
    browser, other = at(second, f"/desk/money/{stood.id}"), at(organizer, f"/desk/money/{stood.id}")

    with unchanged():
        answers = [
            browser.client.post(f"/desk/money/{stood.id}/{verb}", data={"reason": "Because."}).status_code
            for verb in ("refund", "resolve", "write_off", "take_back", "recheck")
        ]

    assert answers == [404] * 5
    assert browser.page.status == 404
    assert "Claim 1" not in browser.open("/desk/money").links
    assert as_table(browser) == []
    assert other.press("Give the money back", reason="No help was given.").flash == "Done. Both sides were told why."


# The banner


def test_a_payment_that_does_not_fit_is_the_first_thing_on_every_page_of_the_desk(by_card, at, organizer):
    by_card("review")
    browser = at(organizer, "/desk")

    pages = crawl(browser, "/desk", within="/desk")

    assert len({page.address for page in pages}) >= 10
    for page in pages:
        assert "1 payment does not fit with what Stripe says. Look at it" in page.text, page.address
    assert listed(browser.open("/desk/money?state=review"))[0][4] == "Does not fit"


@pytest.mark.parametrize("state", [state for state in ["pledged", *BY_CARD] if state != "review"])
def test_nothing_is_said_while_all_is_well(by_card, at, organizer, state):
    by_card(state)
    Merchant.current().store(reconciled_at=in_days(0))

    page = at(organizer, "/desk").page

    assert "Card payments stand still" not in page.text
    assert "not fit with what Stripe says" not in page.text


def test_that_stripe_has_been_silent_for_hours_is_said_until_it_answers(by_card, cards, at, organizer, fake, wait):
    stood = by_card("refunding")
    fake.down = True
    wait(hours=3)
    assert cards.reconcile(stood) is None

    silent = at(organizer, "/desk").page
    fake.down = False
    assert cards.reconcile(stood) == 1
    again = at(organizer, "/desk").page

    assert f"Card payments stand still: {PROBLEMS['silent'].name} What to do" in silent.text
    assert "Card payments stand still" not in again.text


def test_a_group_that_settles_by_hand_reads_nothing_of_keys(app, lead, at, organizer):
    lead(Pledge, "due")
    reconciler = Reconciler(None)
    reconciler.check()

    pages = crawl(at(organizer, "/desk"), "/desk", within="/desk$|/desk/(members|policy)$")

    assert len(pages) > 2
    assert [page.address for page in pages if "stand still" in page.text] == []


def test_members_read_nothing_of_the_banner(by_card, walk, helper, seeker):
    by_card("review")
    Merchant.current().store(problem="other_account")

    for member in (helper, seeker):
        pages = crawl(walk(member), "/", "/claims", "/account/payouts", within="/(claims|notices)")
        assert "/claims/1" in {page.address for page in pages}
        for page in pages:
            assert "does not fit with what Stripe says" not in page.text
            assert "another Stripe account" not in page.text


# As a table


def as_table(browser):
    answer = browser.client.get("/desk/money.csv")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_the_table_holds_every_payment_and_its_figures_add_up(many, cards, at, organizer, helper, fake, monkeypatch):
    monkeypatch.setattr(room, "PAGE_SIZE", 1)
    Policy.current().change(organizer, fee_percent=10, fee_cap=1000)
    first, second, _third = many(3)
    for stood in (first, second):
        stood.claim.report_hired(stood.claim.seeker, MONDAY.date())
        stood.claim.confirm(helper)
    cards.wait(days=31)
    for stood in (first, second):
        stood.reload()
        stood.catch_up()
        cards.look(stood)
    cards.onboard(helper)
    cards.wait(days=8)
    cards.look(first)
    second.refund(organizer, reason="No help was given.")
    cards.look(second)

    table = as_table(at(organizer, "/desk"))

    assert [row["claim"] for row in table] == ["3", "2", "1"]
    assert [row["state"] for row in table] == ["pledged", "refunded", "paid"]
    paid = {**table[2]}
    del paid["reference"], paid["since"]
    assert paid == {
        "claim": "1",
        "state": "paid",
        "seeker": "Sami0 Seeker",
        "helper": "Hana Helper",
        "currency": "CAD",
        "amount": "50.00",
        "community_fee": "5.00",
        "charged": "50.00",
        "card_fee": "1.75",
        "sent_to_helper": "43.25",
        "given_back": "0.00",
        "charged_back": "0.00",
        "left_with_community": "5.00",
    }
    assert (table[1]["given_back"], table[1]["left_with_community"]) == ("50.00", "-1.75")
    assert sum(round(float(row["left_with_community"]) * 100) for row in table) == fake.balance
    assert {row["reference"] for row in table} == {stood.reference for stood in Pledge.select()}


def test_an_empty_table_has_its_headings(fake, at, organizer):
    answer = at(organizer, "/desk").client.get("/desk/money.csv")

    assert answer.text.split("\r\n")[1:] == [""]
    assert answer.text.startswith("claim,reference,state,since,seeker,helper,currency,amount,")


@pytest.mark.parametrize(
    "name", ["=HYPERLINK(1)", "+1", "-1+2", "-2+3+cmd|' /C calc'!A0", "@SUM(1)", "-x", "\t=1", "\r=1", '=1"2']
)
def test_a_name_is_never_a_formula(by_card, at, organizer, seeker, name):
    by_card("resting")
    Member.update(name=name).where(Member.id == seeker.id).execute()

    row = as_table(at(organizer, "/desk"))[0]

    assert row["seeker"] == f"'{name}"
    assert row["card_fee"] == "1.75"


def test_amounts_below_nothing_stay_numbers(by_card, at, organizer):
    by_card("charged_back")

    row = as_table(at(organizer, "/desk"))[0]

    assert (row["left_with_community"], row["charged_back"]) == ("-16.75", "65.00")


def test_a_currency_without_small_coins_has_none_in_the_table(by_card, at, organizer):
    by_card("pledged")
    Community.update(currency="JPY").execute()

    assert as_table(at(organizer, "/desk"))[0]["amount"] == "5000"


# Rendering asks nothing of Stripe


@pytest.mark.parametrize("state", ["pledged", *BY_CARD])
def test_no_page_of_the_desk_asks_stripe_by_being_looked_at(by_card, at, organizer, fake, state):
    by_card(state)
    fake.asked.clear()
    browser = at(organizer, "/desk")

    for page in crawl(browser, "/desk", "/desk/money.csv", "/desk/payments", within="/desk"):
        assert page.status == 200
    browser.client.get("/desk/money.csv")

    assert fake.asked == []
