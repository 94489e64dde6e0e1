"""The corners of a payment: decisions that cross the bank, late days, lost copies, and what people read of it all."""

import csv
import io
import re
import sqlite3
from datetime import timedelta

import pytest
from cast import MONDAY, newcomer
from fakestripe import Asked, fee_for
from pages import Page, words

from models import Action, Attempt, Claim, Entry, Notice, Pledge, Policy, Workplace, db, end_of, sweep, today

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

FEE = fee_for(5000, "cad")
KEPT_OUT = [("suspended", {"days": 300}), ("banned", {})]


@pytest.fixture
def live(reconciler, wait):
    """Time goes by, twice a day, while the sweep and the payments go their rounds."""

    def live(pledge, days=12):
        for _half_day in range(2 * days):
            sweep()
            reconciler.reconcile()
            wait(hours=12)
        pledge.reload()

    return live


@pytest.fixture
def at(walk):
    """Somebody's browser, signed in now, at the claim's page or at another."""

    def at(member, address="/claims/1"):
        browser = walk(member)
        browser.open(address)
        return browser

    return at


@pytest.fixture
def agreed(post, reconciler, cards):
    """A pledge of 50 dollars between these two, with a card unless it is to have none."""

    def agreed(helper, seeker, card=True):
        claim = Claim.request(post(by=helper), seeker, "Please.", ["good_word"])
        claim.accept(helper)
        claim.agree(seeker)
        if card:
            cards.save(claim.pledge)
        return claim.pledge

    return agreed


@pytest.fixture
def rows(agreed, helper, organizer):
    """Four pledges of the helper with four seekers, oldest first; Stripe is asked about the newest first."""

    def rows(card=True):
        return [agreed(helper, newcomer(f"Sami{number} Seeker", organizer), card) for number in range(4)]

    return rows


@pytest.fixture
def keep(database):
    """Keeps a copy of the database as it is now. Returns what puts it back in its place."""

    def keep():
        copy = sqlite3.connect(":memory:")
        db.connection().backup(copy)

        def restore():
            copy.backup(db.connection())
            copy.close()

        return restore

    return keep


def hire(wait, *pledges):
    """These hires are confirmed, their guarantees pass, and their prices are due."""
    for pledge in pledges:
        pledge.claim.report_hired(pledge.claim.seeker, pledge.claim.made_at.date())
        pledge.claim.confirm(pledge.claim.helper)
    wait(days=31)
    sweep()


def trouble(pledge):
    return pledge.state, pledge.trouble.partition(":")[0]


# Nothing reaches the helper once it was decided that nothing is owed


def a_part_given_back(pledge, cards):
    cards.refund_in_dashboard(pledge, 100)
    assert pledge.state == "review"


def a_bank_that_asks_for_it_back(pledge, cards):
    cards.dispute(pledge)
    assert pledge.state == "charged_back"


@pytest.mark.parametrize("before", [a_part_given_back, a_bank_that_asks_for_it_back])
@pytest.mark.parametrize(("decision", "owed"), [("ended_early", None), ("ended_early", 0), ("hired", 0)])
def test_nothing_reaches_the_helper_once_it_was_decided_that_nothing_is_owed(
    before, decision, owed, by_card, cards, live, helper, seeker, organizer, fake
):
    pledge = by_card("resting")
    cards.onboard(helper)
    before(pledge, cards)

    pledge.claim.dispute(seeker, reason="They sent me home.")
    pledge.claim.decide(organizer, decision, owed=owed, reason="We asked both.")
    for dispute in fake.disputes:
        fake.close_dispute(dispute, won=True)
    for _time in range(3):
        live(pledge, 1)
        if pledge.state == "review":
            pledge.resolve(organizer, reason="We have looked at it.")
    live(pledge, 10)

    assert (pledge.state, fake.transfers) == ("refunded", {})
    assert [charge["refunded"] for charge in fake.charges.values()] == [True]
    assert sum(Entry.balances().values()) == fake.balance


# No saved card is charged after the day that was agreed to


def test_a_charge_that_never_got_out_is_not_made_after_the_day_that_was_agreed_to(by_card, cards, wait, fake):
    pledge = by_card("collecting")
    fake.fail("charge", "drop", times=3)
    cards.reconcile(pledge)
    fake.down = True
    wait(days=500)
    sweep()
    cards.reconcile(pledge)
    assert (pledge.state, fake.intents) == ("collecting", {})

    fake.down = False
    cards.reconcile(pledge)

    assert today() > pledge.claim.terms.charge_by
    assert (pledge.state, fake.intents) == ("action_required", {})
    assert not cards.pay(pledge)
    assert pledge.state == "resting"


def test_a_hire_that_is_decided_after_that_day_charges_no_saved_card(
    by_card, cards, wait, seeker, organizer, fake, set_policy
):
    set_policy(dispute_days=600)
    pledge = by_card("collecting")
    pledge.claim.dispute(seeker, reason="The help never came.")
    wait(days=500)
    sweep()
    cards.reconcile(pledge)

    pledge.claim.decide(organizer, "hired", reason="It came.")
    cards.reconcile(pledge)

    assert (pledge.state, fake.intents) == ("action_required", {})


# Money rests for as long as the guarantee runs


def nothing(pledge, cards):
    pass


def a_bank_dispute_that_is_won(pledge, cards):
    dispute = cards.dispute(pledge)
    assert pledge.state == "charged_back"
    cards.fake.close_dispute(dispute, won=True)
    cards.look(pledge)
    assert pledge.state == "resting"


def a_review_that_is_resolved(pledge, cards):
    cards.refund_in_dashboard(pledge, 100)
    pledge.resolve(cards.organizer, reason="A discount.")
    assert pledge.state == "resting"


@pytest.mark.parametrize("between", [nothing, a_bank_dispute_that_is_won, a_review_that_is_resolved])
def test_money_that_rests_is_not_released_before_the_guarantee_of_a_later_first_day_is_over(
    between, by_card, cards, live, wait, helper, seeker, organizer, fake
):
    pledge = by_card("resting")
    cards.onboard(helper)
    pledge.claim.dispute(seeker, reason="I begin in two months.")
    pledge.claim.decide(organizer, "hired", start_date=today() + timedelta(days=60), reason="So they do.")
    pledge.claim.reload()
    between(pledge, cards)
    ends = pledge.claim.guarantee_ends

    for days_before in (75, 29, 1, 0):
        wait(days=(ends - today()).days - days_before)
        sweep()
        cards.reconcile(pledge)
        assert (pledge.state, fake.transfers) == ("resting", {}), f"{days_before} days before the guarantee is over"
    wait(days=1)
    live(pledge, 9)

    assert pledge.state == "paid"
    assert len(fake.transfers) == 1


# Helper and seeker do not both have the money


@pytest.mark.parametrize("state", ["refunded", "void", "waived"])
def test_a_helper_who_has_money_of_a_payment_that_is_over_is_a_matter_for_a_person(
    state, by_card, cards, helper, fake, organizer, told
):
    pledge = by_card(state)
    account = cards.onboard(helper)

    sent_in_dashboard(fake, pledge, account)
    cards.reconcile(pledge)

    assert trouble(pledge) == ("review", "with_helper")
    assert told(organizer)[0] == "pledge.call_for_review"


def sent_in_dashboard(fake, pledge, account, amount=1000):
    """Money of the community's own goes to this account, in the name of the payment."""
    params = {"amount": amount, "currency": "cad", "destination": account, "transfer_group": pledge.reference}
    with fake.about(False):
        fake.moved("topup", {"id": "tu_1", "currency": "cad"}, 2 * amount)
        fake.create_transfer(Asked("transfer", "", {**params, "metadata": {"golem": pledge.reference}}, ""))


def go_on_to(state, pledge, cards):
    cards.hire(pledge)
    cards.look(pledge)
    if state == "paid":
        cards.begin_release(pledge)
        cards.look(pledge)
    assert pledge.state == state


@pytest.mark.parametrize("verb", ["resolve", "refund"])
def test_a_seeker_who_withdraws_in_an_older_copy_does_not_have_back_what_the_helper_has(
    verb, app, by_card, cards, live, keep, start, fake, seeker, organizer, books
):
    pledge = by_card()
    restore = keep()
    go_on_to("paid", pledge, cards)
    fake.down = True
    restore()
    start()
    pledge.reload()
    assert pledge.state == "pledged"

    pledge.claim.withdraw(seeker)
    fake.down = False
    assert app.extensions["reconciler"].reconcile() is not None
    pledge.reload()
    assert trouble(pledge) == ("review", "with_helper")
    assert fake.refunds == {}
    getattr(pledge, verb)(organizer, reason="We asked both.")
    live(pledge, 3)

    assert pledge.state == ("refunded" if verb == "refund" else "paid")
    assert [transfer["reversed"] for transfer in fake.transfers.values()] == [verb == "refund"]
    assert [charge["refunded"] for charge in fake.charges.values()] == [verb == "refund"]
    books()


# While somebody is kept out


@pytest.mark.parametrize(("kind", "how"), KEPT_OUT)
def test_a_helper_is_paid_though_the_seeker_is_kept_out(
    kind, how, by_card, cards, live, helper, seeker, organizer, books
):
    pledge = by_card("resting")
    cards.onboard(helper)

    Action.take(organizer, seeker, kind, "spam", "Forty messages.", **how)
    live(pledge, 6)
    assert pledge.state == "resting"
    live(pledge, 3)

    assert pledge.state == "paid"
    books()


@pytest.mark.parametrize(("kind", "how"), KEPT_OUT)
@pytest.mark.parametrize("ready", [True, False], ids=["with an account", "without an account"])
def test_money_of_a_helper_who_is_kept_out_comes_to_the_desk_and_can_be_given_back(
    ready, kind, how, by_card, cards, live, helper, organizer, second, fake, told
):
    pledge = by_card("resting")
    if ready:
        cards.onboard(helper)

    Action.take(organizer, helper, kind, "spam", "Forty messages.", **how)
    live(pledge, 1)
    assert not pledge.waits_at_desk
    live(pledge, 7 + Policy.current().settle_days + 1)

    assert (pledge.state, pledge.waits_at_desk, fake.transfers) == ("resting", True, {})
    assert list(Pledge.at_desk()) == [pledge]
    assert [kind for kind in told(second) if kind.startswith("pledge.")]
    pledge.refund(organizer, reason="They were banned, and no help was given.")
    live(pledge, 1)
    assert (pledge.state, pledge.waits_at_desk, fake.transfers) == ("refunded", False, {})


# After a restore, and when Stripe no longer knows something


@pytest.mark.parametrize("state", ["paid", "refunded", "void", "waived"])
@pytest.mark.parametrize("again", [False, True], ids=["", "started again meanwhile"])
def test_after_a_restore_while_stripe_was_down_everything_is_looked_at_once_it_answers(
    state, again, app, by_card, keep, start, fake, wait
):
    by_card(state)
    app.extensions["reconciler"].reconcile()
    wait(hours=1)
    assert app.extensions["reconciler"].reconcile() == 0
    restore = keep()

    fake.down = True
    restore()
    wait(hours=1)
    start()
    if again:
        wait(hours=1)
        start()
    assert app.extensions["reconciler"].reconcile() is None
    fake.down = False

    assert [app.extensions["reconciler"].reconcile(), app.extensions["reconciler"].reconcile()] == [1, 0]


def forget(fake, shelf, id):
    """Stripe has never heard of it."""
    shelf.pop(id)
    fake.objects.pop(id)


def test_customers_whom_stripe_no_longer_knows_hold_up_nobody_else(rows, reconciler, wait, fake, organizer, told):
    healthy, *lost = rows()
    hire(wait, healthy, *lost)
    for pledge in lost:
        forget(fake, fake.customers, pledge.customer)

    assert reconciler.reconcile() is not None

    for pledge in (healthy, *lost):
        pledge.reload()
    assert healthy.state == "resting"
    assert [trouble(pledge) for pledge in lost] == [("review", "gone")] * 3
    assert told(organizer).count("pledge.call_for_review") == 3
    assert len(fake.charges) == 1


def forgotten(pledge, fake, cards):
    forget(fake, fake.customers, pledge.customer)
    cards.look(pledge)
    assert trouble(pledge) == ("review", "gone")


def test_a_promise_whose_seeker_was_deleted_at_stripe_before_the_hire_is_kept_with_a_new_card(
    by_card, cards, wait, organizer, fake, reconciler
):
    pledge = by_card("pledged")
    forgotten(pledge, fake, cards)

    pledge.resolve(organizer, reason="They are a member as before.")
    assert (pledge.state, pledge.due, pledge.wants_card) == ("pledged", None, True)
    cards.save(pledge)
    hire(wait, pledge)
    reconciler.reconcile()
    pledge.reload()

    assert pledge.state == "resting"


def test_a_price_whose_seeker_was_deleted_at_stripe_is_asked_for_on_a_page(by_card, cards, wait, organizer, fake):
    pledge = by_card("pledged")
    hire(wait, pledge)
    forgotten(pledge, fake, cards)

    pledge.resolve(organizer, reason="They are a member as before.")
    sweep()
    cards.look(pledge)
    assert (pledge.state, pledge.waits_at_desk) == ("action_required", False)
    assert not fake.pay(cards.open(pledge, "pay_page"))
    cards.look(pledge)

    assert (pledge.state, len(fake.charges)) == ("resting", 1)


def test_a_promise_that_is_judged_while_its_clocks_stand_still_is_not_dropped(
    by_card, cards, wait, organizer, second, seeker, fake
):
    pledge = by_card("pledged")
    hire(wait, pledge)
    forgotten(pledge, fake, cards)
    Action.take(second, seeker, "suspended", "spam", "A pause.", 30)

    pledge.resolve(organizer, reason="They are a member as before.")

    assert pledge.claim.frozen_at
    assert pledge.state == "due"


@pytest.mark.parametrize(("decision", "state"), [("hired", "pledged"), ("ended_early", "void")])
def test_nothing_is_asked_for_before_the_guarantee_is_over_or_after_an_early_end(
    decision, state, by_card, cards, organizer, seeker, fake
):
    pledge = by_card("pledged")
    pledge.claim.report_hired(seeker, pledge.claim.made_at.date())
    pledge.claim.confirm(pledge.claim.helper)
    forgotten(pledge, fake, cards)
    pledge.claim.dispute(seeker, reason="They sent me home.")
    pledge.claim.decide(organizer, decision, reason="We asked both.")

    pledge.resolve(organizer, reason="They are a member as before.")

    assert pledge.state == state
    assert pledge.due == (end_of(pledge.claim.guarantee_ends) if state == "pledged" else None)


@pytest.mark.parametrize("step", ["save_card", "pay_page"])
def test_pages_that_stripe_no_longer_knows_are_given_up_and_hold_up_nobody_else(
    step, rows, reconciler, cards, wait, fake
):
    pledges = rows(card=False)
    healthy, *lost = pledges
    if step == "pay_page":
        hire(wait, *pledges)
        reconciler.reconcile()
    for pledge in pledges:
        pledge.reload()
        page = cards.open(pledge, step)
        if pledge in lost:
            forget(fake, fake.sessions, page)
        else:
            assert not (fake.save if step == "save_card" else fake.pay)(page)

    assert reconciler.reconcile() is not None

    healthy.reload()
    assert (healthy.state, bool(healthy.card)) == (("pledged", True) if step == "save_card" else ("resting", False))
    for pledge in lost:
        assert [attempt.state for attempt in pledge.attempts.where(Attempt.step == step)] == ["given_up"]
        assert fake.sessions[cards.open(pledge, step)]["status"] == "open"


# When nothing goes on


@pytest.mark.parametrize("checked", [True, False])
def test_no_account_is_opened_before_payments_were_ever_turned_on(checked, app, helper, at, fake):
    if checked:
        assert app.extensions["reconciler"].check()
    hana = at(helper, "/account/payouts")

    answer = Page(hana.client.post("/account/payouts/open"))

    assert hana.page.buttons == []
    assert answer.status == 409
    assert answer.flash.endswith(".")
    assert fake.accounts == {}


def test_the_desk_says_when_stripe_has_not_answered_for_long(by_card, reconciler, at, organizer, fake, wait):
    by_card("action_required")
    reconciler.reconcile()
    fake.down = True
    wait(hours=1)
    reconciler.reconcile()
    assert "Stripe has not answered" not in at(organizer, "/desk").page.text

    wait(hours=2)
    reconciler.reconcile()

    for address in ("/desk", "/desk/money", "/desk/payments", "/desk/members"):
        assert "Stripe has not answered" in at(organizer, address).page.text, address
    fake.down = False
    reconciler.reconcile()
    assert "Stripe has not answered" not in at(organizer, "/desk").page.text


@pytest.mark.parametrize("state", ["paid", "void", "pledged"])
def test_the_desk_says_nothing_of_silence_while_nothing_is_left_to_do(
    state, by_card, reconciler, at, organizer, fake, wait
):
    by_card(state)
    reconciler.reconcile()
    fake.down = True
    wait(hours=5)

    assert "Stripe has not answered" not in at(organizer, "/desk").page.text


@pytest.fixture
def refusing(fake):
    """The account looks ready whenever it is asked, and is not when money comes. Returns what mends it."""

    def refusing(account):
        recipient = fake.accounts[account]["configuration"]["recipient"]["capabilities"]["stripe_balance"]
        fake.before["transfer"] = lambda asked: recipient["stripe_transfers"].update(status="pending")
        fake.after["transfer"] = lambda asked: recipient["stripe_transfers"].update(status="active")
        return fake.before.clear

    return refusing


def test_a_transfer_that_stripe_refuses_for_good_comes_to_the_desk(
    by_card, cards, live, refusing, helper, organizer, fake, told, books
):
    pledge = by_card("resting")
    mend = refusing(cards.onboard(helper))

    live(pledge, 8)
    assert not pledge.waits_at_desk
    live(pledge, 3)
    assert fake.count("transfer") >= 3
    assert pledge.waits_at_desk
    assert [kind for kind in told(organizer) if kind.startswith("pledge.")]
    live(pledge, 19)

    assert pledge.waits_at_desk
    about = ("pledge.hold_back", "pledge.await_helper", "pledge.call_desk")
    assert 1 <= Notice.select().where(Notice.member == helper, Notice.kind.in_(about)).count() < 4
    assert Notice.select().where(Notice.member == organizer, Notice.kind.in_(about)).count() < 4
    mend()
    live(pledge, 8)
    assert (pledge.state, pledge.waits_at_desk) == ("paid", False)
    books()


@pytest.mark.parametrize(("price", "settlement"), [(99_999_999, "stripe"), (100_000_000, "offline")])
def test_a_price_above_stripes_maximum_is_settled_by_hand(
    price, settlement, reconciler, set_policy, post, seeker, helper
):
    set_policy(price_cap=10**9)
    claim = Claim.request(post(prices={"good_word": price}), seeker, "Please.", ["good_word"])
    claim.accept(helper)
    claim.agree(seeker)

    assert claim.terms.settlement == claim.pledge.settlement == settlement


# The bank and the Dashboard


def test_a_bank_that_takes_the_money_while_it_is_being_given_back_is_told_to_organizers(
    by_card, cards, fake, organizer, told
):
    pledge = by_card("refunding")

    fake.dispute(pledge.intent)
    cards.reconcile(pledge)

    assert (pledge.state, pledge.waits_at_desk, fake.refunds) == ("charged_back", True, {})
    assert told(organizer)[0] == "pledge.charge_back"
    assert sum(Entry.balances().values()) == fake.balance


def test_money_that_a_bank_has_stays_at_the_desk_though_something_else_about_it_was_judged(
    by_card, cards, live, organizer, fake
):
    pledge = by_card("paid")
    cards.refund_in_dashboard(pledge, 1000)
    dispute = fake.dispute(pledge.intent)
    cards.look(pledge)
    assert trouble(pledge) == ("review", "partial_refund")

    pledge.resolve(organizer, reason="The helper gave a discount.")
    fake.close_dispute(dispute, won=False)
    live(pledge, 1)

    assert pledge.state == "charged_back"
    assert pledge in Pledge.at_desk()


def test_money_taken_back_from_the_helper_a_second_time_is_judged_again(
    by_card, cards, organizer, reconciler, fake, books
):
    pledge = by_card("paid")

    for number, amount in enumerate((1000, 500)):
        reconciler.gateway.reverse(
            key=f"elsewhere{number}", reference="x", transfer=next(iter(fake.transfers)), amount=amount
        )
        cards.reconcile(pledge)
        assert trouble(pledge) == ("review", "reversed")
        pledge.resolve(organizer, reason="The helper gave a discount.")
        cards.reconcile(pledge)
        assert pledge.state == "paid"

    books()


def test_a_bank_that_only_asks_has_taken_nothing_and_the_money_waits_for_its_answer(
    by_card, cards, live, helper, seeker, fake, told, books
):
    pledge = by_card("resting")
    cards.onboard(helper)

    dispute = fake.inquire(pledge.intent)
    live(pledge, 20)
    assert (pledge.state, fake.transfers) == ("resting", {})
    assert "pledge.charge_back" not in told(seeker)
    assert pledge.sums["chargeback"] == 0
    fake.close_inquiry(dispute)
    live(pledge, 9)

    assert pledge.state == "paid"
    assert "pledge.charge_back" not in told(seeker)
    books()


def test_a_bank_that_only_asks_leaves_what_the_helper_has(by_card, live, fake, told, seeker, books):
    pledge = by_card("paid")

    dispute = fake.inquire(pledge.intent)
    live(pledge, 2)
    assert pledge.state == "paid"
    fake.close_inquiry(dispute)
    live(pledge, 2)

    assert pledge.state == "paid"
    assert "pledge.charge_back" not in told(seeker)
    books()


def test_a_bank_that_asks_first_and_then_takes_the_money_has_taken_it(by_card, live, fake):
    pledge = by_card("resting")
    dispute = fake.inquire(pledge.intent)
    live(pledge, 1)

    fake.escalate(dispute)
    live(pledge, 1)

    assert pledge.state == "charged_back"
    assert sum(Entry.balances().values()) == fake.balance


# What people read


@pytest.mark.parametrize("pro_rata", [True, False])
def test_the_consent_says_that_a_share_can_fall_due_when_the_terms_do(
    pro_rata, reconciler, set_policy, lead, at, seeker
):
    set_policy(pro_rata=pro_rata)
    lead(Claim, "accepted")

    consent = at(seeker).page.says("consent")

    says_so = re.search(r"(earl(y|ier)|before that|sooner|within the guarantee).*(share|part|days worked)", consent)
    assert bool(says_so) == pro_rata, consent
    assert not re.search(r"\.[A-Z]", consent), consent


@pytest.fixture
def involved(agreed, helper, seeker, second):
    """A payment in which the second organizer has a part, as this."""

    def involved(part):
        pledge = agreed(second if part == "helper" else helper, second if part == "seeker" else seeker)
        if part == "colleague":
            Workplace.say(second, "Harbour Works")
        return pledge

    return involved


@pytest.mark.parametrize("part", ["helper", "seeker", "colleague"])
def test_an_organizer_with_a_part_in_a_payment_does_not_read_it_at_the_desk(
    part, involved, at, wait, cards, second, organizer
):
    pledge = involved(part)
    hire(wait, pledge)
    cards.look(pledge)
    assert pledge.state == "resting"
    address = f"/desk/money/{pledge.id}"
    theirs, anothers = at(second, "/desk/money"), at(organizer, "/desk/money")

    assert address not in theirs.page.links.values()
    assert address in anothers.page.links.values()
    assert theirs.open(address).status == 404
    assert anothers.open(address).status == 200
    assert [table(browser.client) for browser in (theirs, anothers)] == [[], [pledge.reference]]
    for verb in ("refund", "resolve", "write_off", "take_back", "recheck"):
        assert theirs.client.post(f"{address}/{verb}", data={"reason": "Mine."}).status_code in (403, 404)


def table(client):
    return [row["reference"] for row in csv.DictReader(io.StringIO(client.get("/desk/money.csv").text))]


@pytest.mark.parametrize(("state", "says"), [("charged_back", "bank"), ("review", "fit")])
def test_the_queue_says_what_is_the_matter_with_a_payment_and_leads_to_it(state, says, by_card, at, organizer, second):
    by_card(state)

    for member in (organizer, second):
        page = at(member, "/desk").page

        line = page.part("queue").find(".//article")
        assert "You have a part in this" not in words(line)
        assert says in words(line)
        assert "/desk/money/1" in [link.get("href") for link in line.iter("a")]


@pytest.mark.parametrize("card", [True, False])
def test_it_is_the_seekers_move_until_a_card_is_saved_and_no_longer(card, by_card, seeker, helper, at):
    claim = by_card(card=card).claim
    assert claim.waits_for(seeker) != card

    claim.report_hired(seeker, MONDAY.date())
    claim.confirm(helper)
    claim.reload()

    assert claim.state == "hired"
    assert claim.waits_for(seeker) != card
    assert ("Your move" in at(seeker).page.says("now")) != card


def test_a_report_of_the_helper_is_the_seekers_move_though_a_card_is_saved(by_card, seeker, helper):
    claim = by_card().claim

    claim.report_hired(helper, MONDAY.date())

    assert claim.waits_for(seeker)


def test_nobody_is_asked_to_pay_while_the_guarantee_of_a_later_first_day_runs(by_card, at, wait, seeker, organizer):
    pledge = by_card("action_required")
    pledge.claim.dispute(seeker, reason="I began weeks later.")
    pledge.claim.decide(organizer, "hired", start_date=today(), reason="So they did.")

    early = at(seeker).page
    wait(days=32)
    late = at(seeker).page

    assert "Pay $50" not in early.buttons
    assert "Pay with any card" not in early.says("now")
    assert "Pay $50" in late.buttons
    assert "Pay with any card" in late.says("now")


def stated(page):
    """The lines of a statement, without their headings."""
    return [[words(cell) for cell in row] for row in page.part("main").iter("tr")][1:]


def amounts(page):
    """What a receipt says, line by line."""
    return {words(line.find("dt")): words(line.find("dd")) for line in page.part("main").findall(".//dl/div")}


def cents(shown):
    """An amount as people read it, in minor units; None where it is none."""
    found = re.fullmatch(r"(-?)\$(\d+)(?:\.(\d\d))?", shown)
    return found and int(f"{found[1]}{found[2]}{found[3] or '00'}")


def test_a_part_that_was_taken_back_stands_on_the_statement_as_what_it_is(
    by_card, cards, reconciler, set_policy, at, helper
):
    set_policy(fee_percent=5, fee_cap=1000)
    pledge = by_card("paid")
    transfer = pledge.facts.transfers[0]["id"]

    reconciler.gateway.reverse(key="elsewhere", reference="dashboard", transfer=transfer, amount=100)
    cards.look(pledge)

    lines = stated(at(helper, "/account/payouts/2026").page)
    assert lines[0] == ["Shipwright", "10 Jul", "$50", "$1.75", "$2.50", "$45.75"]
    assert lines[1] == ["Shipwright", "10 Jul", "$0", "$0", "$0", "-$1"]
    assert lines[2][-1] == "$44.75"


def test_a_discount_in_the_dashboard_leaves_the_card_fee_what_it_was(by_card, cards, organizer, at, helper, set_policy):
    set_policy(fee_percent=5, fee_cap=1000)
    pledge = by_card("resting")
    cards.refund_in_dashboard(pledge, 1000)
    pledge.resolve(organizer, reason="A discount.")
    cards.begin_release(pledge)
    cards.look(pledge)
    assert pledge.state == "paid"

    receipt = amounts(at(helper, "/claims/1/receipt").page)
    line = stated(at(helper, "/account/payouts/2026").page)[0]

    assert receipt["Card fee, kept by Stripe"] == "-$1.75"
    assert receipt["You have received"] == line[-1] == "$35.75"
    parts = [cents(shown) for name, shown in receipt.items() if not name.startswith(("Sent to", "You have"))]
    assert sum(part for part in parts if part is not None) == 3575, receipt
    assert (line[3], line[4]) == ("$1.75", "$2.50")


def test_the_seekers_receipt_says_that_the_bank_has_taken_the_money_back(by_card, cards, organizer, at, seeker, fake):
    pledge = by_card("charged_back")
    fake.close_dispute(next(iter(fake.disputes)), won=False)
    cards.look(pledge)
    pledge.write_off(organizer, reason="The bank has decided.")

    receipt = amounts(at(seeker, "/claims/1/receipt").page)

    assert receipt["You have paid"] == "$0"
    assert [shown for name, shown in receipt.items() if "bank" in name] == ["-$50"]


def test_a_dispute_that_was_won_leaves_the_seekers_receipt_as_it_was(by_card, cards, at, seeker, fake):
    pledge = by_card("charged_back")
    fake.close_dispute(next(iter(fake.disputes)), won=True)
    cards.look(pledge)

    assert pledge.state == "resting"
    assert amounts(at(seeker, "/claims/1/receipt").page)["You have paid"] == "$50"


def test_where_fees_eat_all_of_it_nobody_reads_that_money_is_on_its_way(
    reconciler, set_policy, post, seeker, cards, helper, wait, at
):
    set_policy(fee_percent=40, fee_cap=5000)
    claim = Claim.request(post(prices={"good_word": 50}), seeker, "Please.", ["good_word"])
    claim.accept(helper)
    claim.agree(seeker)
    cards.save(claim.pledge)
    hire(wait, claim.pledge)
    cards.look(claim.pledge)
    cards.onboard(helper)
    wait(days=8)
    reconciler.reconcile()
    assert claim.pledge.state == "paid"

    path = at(helper).page.says("progress")

    assert "on its way" not in path
    assert "went to the helper" not in path
    assert re.search("nothing (was|is) left", path, re.IGNORECASE), path


@pytest.mark.parametrize(
    ("state", "count"),
    [
        ("pledged", 1),
        ("due", 1),
        ("action_required", 1),
        ("resting", 1),
        ("charged_back", 1),
        ("review", 1),
        ("paid", 0),
        ("refunded", 0),
        ("waived", 0),
        ("void", 0),
    ],
)
def test_whoever_turns_cards_off_reads_how_many_agreements_go_on(state, count, by_card, at, organizer):
    by_card(state)

    page = at(organizer, "/desk/payments").page

    said = "1 agreement goes on by card" if count else "0 agreements go on by card"
    assert said in page.text


# The community's share


@pytest.mark.parametrize("state", ["pledged", "resting", "releasing"])
def test_a_share_that_is_edited_later_changes_no_agreed_claim(state, by_card, set_policy):
    set_policy(fee_percent=5, fee_cap=1000)
    pledge = by_card(state)

    set_policy(fee_percent=15, fee_cap=2000)
    pledge.reload()

    assert (Policy.current().fee_percent, pledge.claim.terms.fee_percent) == (15, 5)
    assert pledge.fee == 250
