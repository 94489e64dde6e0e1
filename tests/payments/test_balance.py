"""The community's balance at Stripe is empty: who is told, what waits, and how it goes on."""

import pytest
from cast import MONDAY

from models import Event, Notice, PayoutAccount, Pledge

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

ALARM = "The community's balance at Stripe is empty: 1 payment waits for it."
HELPER_READS = "It waits because the community's balance at Stripe is empty. The organizers know."
NOTICE = (
    "The money for “Shipwright” waits: the community's balance at Stripe is empty. "
    "The organizers add money there, and it goes on by itself."
)


@pytest.fixture
def swept(by_card, cards, fake, helper, second, wait):
    """Somebody's money rests for a helper who is ready, and an automatic payout has taken it to the bank."""
    fake.spare = 0
    pledge = by_card("resting")
    cards.onboard(helper)
    wait(days=8)
    assert fake.sweep_balance() > 0
    return pledge


@pytest.fixture
def short(swept, cards):
    """The transfer was refused."""
    cards.reconcile(swept)
    return swept


@pytest.fixture
def going_back(by_card, cards, fake, second, wait):
    """An organizer gives money back that an automatic payout has taken to the bank."""
    fake.spare = 0
    pledge = by_card("resting")
    wait(days=3)
    fake.sweep_balance()
    pledge.refund(second, reason="No help was given.")
    cards.reconcile(pledge)
    return pledge


@pytest.fixture
def at(walk):
    def at(member, address):
        browser = walk(member)
        return browser.open(address)

    return at


def notices(member):
    return [notice.sentence for notice in Notice.newest(member) if notice.kind == "pledge.await_balance"]


def test_organizers_and_the_helper_are_told_in_words_at_once(short, helper, seeker, organizer, second):
    assert (short.state, short.waits_for_balance, short.waits_at_desk) == ("resting", True, True)
    assert [notices(member) for member in (helper, organizer, second)] == [[NOTICE]] * 3
    assert notices(seeker) == []
    assert not Notice.select().where(Notice.kind == "pledge.hold_back").exists()


def test_every_page_of_the_desk_says_so_and_leads_to_what_to_do(short, at, organizer):
    for address in ("/desk", "/desk/money", "/desk/members"):
        assert ALARM in at(organizer, address).text

    page = at(organizer, "/desk/payments")
    assert page.part("balance") is not None
    assert "It waits for your balance at Stripe" in at(organizer, "/desk/money/1").text


def test_a_desk_without_trouble_says_nothing_of_balances(swept, at, organizer):
    assert "balance at Stripe is empty" not in at(organizer, "/desk").text


def test_the_helper_who_is_ready_reads_why_the_money_waits(short, at, helper):
    page = at(helper, "/account/payouts")
    claim = at(helper, "/claims/1")

    assert PayoutAccount.get().ready
    assert HELPER_READS in page.text
    assert "The money waits, because the community's balance at Stripe is empty." in claim.says("now")
    assert "Your move" not in claim.says("now")


def test_a_helper_whose_account_was_closed_meanwhile_is_not_told_to_do_nothing(short, fake, reconciler, at, helper):
    fake.close_account(PayoutAccount.get().account)
    reconciler.ask_account(PayoutAccount.get())

    page, claim = at(helper, "/account/payouts"), at(helper, "/claims/1")

    assert HELPER_READS not in page.text
    assert "Open a new account" in page.buttons
    assert "open a payout account, and it goes to you" in claim.says("now")


def test_it_is_tried_again_daily_and_told_of_once(short, cards, fake, wait, organizer):
    for _hour in range(48):
        cards.reconcile(short)
        wait(hours=1)

    assert short.state == "resting"
    assert fake.count("transfer") == 2
    assert len(notices(organizer)) == 1


def test_once_there_is_money_it_goes_on_the_next_day(short, cards, fake, wait, at, organizer, books):
    fake.add_funds(100_000)
    cards.reconcile(short)
    assert short.state == "resting"

    wait(days=1)
    cards.reconcile(short)

    assert (short.state, short.short, short.waits_at_desk) == ("paid", False, False)
    assert ALARM not in at(organizer, "/desk").text
    books(charges=1, transfers=1)


def test_an_organizer_who_has_added_money_need_not_wait(short, fake, walk, second, books):
    fake.add_funds(100_000)
    browser = walk(second)
    browser.open("/desk/money/1")

    page = browser.press("Ask Stripe now")

    assert Pledge.get().state == "paid"
    assert "It waits for your balance" not in page.text
    books(charges=1, transfers=1)


def test_asking_stripe_does_not_hurry_money_that_rests(by_card, cards, helper, walk, second):
    pledge = by_card("resting")
    cards.onboard(helper)
    due = pledge.due
    browser = walk(second)
    browser.open("/desk/money/1")

    browser.press("Ask Stripe now")

    assert (Pledge.get().state, Pledge.get().due) == ("resting", due)


def test_a_refund_that_finds_no_money_is_told_and_is_not_yet_given_back(going_back, seeker, helper, organizer, at):
    assert (going_back.state, going_back.waits_for_balance) == ("refunding", True)
    assert [notices(member) for member in (seeker, organizer)] == [[NOTICE]] * 2
    assert notices(helper) == []
    assert ALARM in at(organizer, "/desk").text
    assert "Stripe then gives it back to the seeker by itself." in at(organizer, "/desk/money/1").text


def test_a_refund_goes_out_by_itself_once_there_is_money(going_back, cards, fake, books, organizer, at, wait):
    cards.reconcile(going_back)
    fake.add_funds(100_000)

    cards.reconcile(going_back)

    assert going_back.state == "refunded"
    assert Event.select().where(Event.verb == "pledge.await_balance").count() == 1
    assert ALARM not in at(organizer, "/desk").text
    books(charges=1, transfers=0)


def test_a_refund_that_is_only_on_its_way_is_no_alarm(by_card, cards, fake, second, organizer):
    pledge = by_card("resting")
    pledge.refund(second, reason="No help was given.")
    send = fake.send_refund
    fake.send_refund = lambda refund: refund.update(pending_reason="processing")
    cards.reconcile(pledge)
    fake.send_refund = send

    assert not pledge.waits_for_balance
    assert notices(organizer) == []


def test_a_seeker_whose_refund_waits_is_told_though_the_transfer_had_waited_before(short, cards, second, seeker):
    short.refund(second, reason="No help was given.")
    cards.reconcile(short)

    assert (short.state, short.waits_for_balance) == ("refunding", True)
    assert notices(seeker) == [NOTICE]


def test_money_that_rests_anew_does_not_wait_for_the_balance(short, seeker, organizer, helper, at):
    short.claim.dispute(seeker, reason="No help was given.")
    short.claim.decide(organizer, "hired", reason="It was.")

    assert "It rests with the community until" in at(helper, "/claims/1").says("now")
    assert ALARM not in at(organizer, "/desk").text
