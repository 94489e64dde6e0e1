"""The helpers' accounts at Stripe: in which country they are opened, and what becomes of one that Stripe has closed."""

import pytest
from cast import MONDAY
from paying import at_stripe, comes_back, leaves

from models import CROSS_BORDER, Merchant, PayoutAccount, Pledge

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

CANNOT = "Stripe cannot pay into that country from here. Ask an organizer what to do."
CLOSED = "Stripe has closed your account. You can open a new one now."
NO_LONGER = "Stripe no longer takes money for your account. Open a new one here."


@pytest.fixture
def sign_in(reconciler, helper, walk):
    """Hana signs in now, and looks at her payout account."""

    def sign_in():
        browser = walk(helper)
        browser.open("/account/payouts")
        return browser

    return sign_in


@pytest.fixture
def hana(sign_in):
    return sign_in()


@pytest.fixture
def opened(fake):
    """What Stripe was told, each time that it was asked to open an account."""
    return lambda: [asked.params for asked in fake.asked if asked.step == "open_account"]


def offered(page):
    """The countries that can be chosen, by their names."""
    return {option.text: option.get("value") for option in page.part("country").iter("option")}


# The country


def test_a_helper_at_home_only_presses(hana, opened):
    assert hana.page.typed("country") == "CA"

    leaves(hana, "Open a payout account")

    assert opened()[0]["identity"] == {"country": "ca"}
    assert opened()[0]["defaults"]["currency"] == "cad"
    assert PayoutAccount.get().country == "CA"


def test_a_helper_elsewhere_says_where_before_the_account_is_opened(hana, opened):
    assert offered(hana.page)["Germany"] == "DE"

    address = leaves(hana, "Open a payout account", country="DE")
    page = comes_back(hana, at_stripe(address, do="finish"))

    assert opened()[0]["identity"] == {"country": "de"}
    assert "currency" not in opened()[0]["defaults"]
    assert "Ready: money goes to your account at Stripe" in page.text


def test_the_country_is_asked_for_only_while_there_is_no_account(hana, opened):
    leaves(hana, "Open a payout account", country="DE")
    page = hana.open("/account/payouts")
    assert page.part("country") is None

    hana.client.post("/account/payouts/open", data={"country": "FR"})

    assert [asked["identity"]["country"] for asked in opened()] == ["de"]
    assert PayoutAccount.get().country == "DE"


@pytest.mark.parametrize("country", ["BR", "AU", "XX", "ca", "C" * 500])
def test_a_country_that_money_cannot_go_to_is_refused_in_words(hana, fake, country):
    fake.asked.clear()

    answer = hana.client.post("/account/payouts/open", data={"country": country})

    page = hana._show(answer)
    assert (page.status, page.says("country-error")) == (422, CANNOT)
    assert fake.asked == []
    assert PayoutAccount.get().country == ""


def test_what_was_chosen_and_refused_stays_chosen(hana):
    page = hana.press("Open a payout account", country="BR")

    assert page.says("country-error") == CANNOT
    assert page.typed("country") == "BR"


@pytest.mark.parametrize(
    ("community", "there", "can"),
    [
        ("CA", "CA", True),
        ("CA", "NO", True),
        ("US", "GB", True),
        ("DE", "CH", True),
        ("AU", "AU", True),
        ("TH", "TH", True),
        ("AU", "NZ", False),
        ("CA", "JP", False),
        ("JP", "CA", False),
    ],
)
def test_money_crosses_borders_only_within_one_area(organizer, community, there, can):
    Merchant.current().store(country=community)

    assert Merchant.current().can_pay_in(there) is can


def test_the_area_is_the_whole_european_economic_area_and_four_more():
    assert len(set(CROSS_BORDER)) == len(CROSS_BORDER) == 30 + 4


def test_a_community_in_a_country_of_its_own_finds_it_on_the_list(hana):
    Merchant.current().store(country="TH")

    assert offered(hana.open("/account/payouts"))["Thailand"] == "TH"
    assert hana.page.typed("country") == "TH"


def test_whoever_chooses_another_country_after_a_lost_answer_has_the_account_there(hana, fake):
    fake.fail("open_account", "lost", times=3)
    hana.press("Open a payout account", country="CA")

    hana.open("/account/payouts")
    leaves(hana, "Open a payout account", country="FR")

    payout = PayoutAccount.get()
    assert (payout.country, fake.accounts[payout.account]["identity"]["country"]) == ("FR", "fr")


def test_an_account_that_is_open_already_stays_where_it_is(reconciler, cards, helper):
    account = cards.onboard(helper)

    PayoutAccount.get().live_in("FR")

    assert (PayoutAccount.get().account, PayoutAccount.get().country) == (account, "CA")


def test_after_a_lost_answer_the_country_that_was_chosen_is_chosen_again(hana, fake):
    fake.fail("open_account", "503", times=3)
    hana.press("Open a payout account", country="FR")

    assert hana.open("/account/payouts").typed("country") == "FR"


# Closed by Stripe


def test_an_account_that_stripe_closed_is_let_go_of_and_the_next_press_opens_a_new_one(hana, fake, cards, helper):
    account = cards.onboard(helper)
    fake.close_account(account)
    hana.open("/account/payouts")

    page = hana.press("Change your details at Stripe")
    address = leaves(hana, "Open a new account")
    ready = comes_back(hana, at_stripe(address, do="finish"))

    assert (page.status, page.flash) == (409, NO_LONGER)
    assert CLOSED in page.text
    assert "Ready: money goes to your account at Stripe" in ready.text
    assert CLOSED not in ready.text
    assert len(fake.accounts) == 2
    assert PayoutAccount.get().account != account
    assert PayoutAccount.get().lost == ""


def test_an_account_that_was_closed_half_way_is_no_dead_end(by_card, sign_in, fake, reconciler):
    by_card("resting")
    hana = sign_in()
    leaves(hana, "Open a payout account", country="FR")
    fake.close_account(PayoutAccount.get().account)
    reconciler.reconcile()

    page = hana.open("/account/payouts")

    assert CLOSED in page.text
    assert "Your first name" not in page.text
    assert page.typed("country") == "FR"


def test_money_that_meets_a_closed_account_waits_for_the_new_one(by_card, cards, sign_in, helper, fake, wait, books):
    pledge = by_card("resting")
    fake.close_account(cards.onboard(helper))
    wait(days=8)
    cards.reconcile(pledge)
    assert pledge.state == "resting"

    hana = sign_in()
    assert CLOSED in hana.page.text
    comes_back(hana, at_stripe(leaves(hana, "Open a new account"), do="finish"))
    wait(days=1)
    cards.reconcile(pledge)

    assert Pledge.get().state == "paid"
    books(charges=1, transfers=1)


def test_without_payments_a_closed_account_is_told_of_and_no_new_one_offered(app, walk, helper):
    account = PayoutAccount.of(helper)
    account.close("closed")
    browser = walk(helper)

    page = browser.open("/account/payouts")

    assert "Stripe has closed your account." in page.text
    assert "You can open a new one" not in page.text
    assert page.buttons == []


def test_money_on_its_way_to_an_account_that_was_let_go_of_waits_for_the_new_one(
    by_card, cards, helper, fake, reconciler, wait
):
    pledge = by_card("resting")
    account = cards.onboard(helper)
    wait(days=8)
    fake.fail("transfer", "503", times=3)
    cards.reconcile(pledge)
    assert pledge.state == "releasing"
    fake.close_account(account)
    reconciler.ask_account(PayoutAccount.get())

    assert reconciler.reconcile() == 1

    assert (Pledge.get().state, fake.transfers) == ("resting", {})
