"""The flow of a payment: its decisions are independent steps, and none waits for another that cannot be taken yet."""

import pytest
from cast import MONDAY, WORKS
from fakestripe import DISPUTE_FEE, fee_for
from pages import words

from models import Event, Member, Notice, PayoutAccount, Pledge, in_days, sweep
from payments.flow import PaymentFlow

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

FEE = fee_for(5000, "cad")


@pytest.fixture
def live(reconciler, wait):
    """Time goes by, twice a day, while the sweep and the payments go their rounds."""

    def live(pledge, days=1):
        for _half_day in range(2 * days):
            sweep()
            reconciler.reconcile()
            wait(hours=12)
        pledge.reload()

    return live


@pytest.fixture
def pay_again(reconciler, fake):
    """The seeker's card is charged once more, elsewhere."""

    def pay_again(pledge, amount=5000):
        fake.methods[pledge.card]["number"] = WORKS
        charge = {
            "customer": pledge.customer,
            "card": pledge.card,
            "amount": amount,
            "currency": "CAD",
            "words": "Help",
        }
        return reconciler.gateway.charge(key="elsewhere", reference=pledge.reference, **charge).object["id"]

    return pay_again


@pytest.fixture
def at(walk):
    """Somebody's browser, signed in now, at the payment's page at the desk or at another."""

    def at(member, address="/desk/money/1"):
        browser = walk(member)
        browser.open(address)
        return browser

    return at


@pytest.fixture
def receipt(at):
    """What a receipt says, line by line."""

    def receipt(member):
        lines = at(member, "/claims/1/receipt").page.part("main").findall(".//dl/div")
        return {words(line.find("dt")): words(line.find("dd")) for line in lines}

    return receipt


def told(kind, member):
    return Notice.select().where(Notice.kind == f"pledge.{kind}", Notice.member == member).count()


def refunds(fake):
    return [(refund["payment_intent"], refund["amount"]) for refund in fake.refunds.values()]


# One view of the facts


def test_the_facts_of_a_look_cannot_be_changed(by_card):
    flow = PaymentFlow(by_card("resting"))

    with pytest.raises(AttributeError):
        flow.facts.chosen = "pi_other"


def test_what_stripe_was_never_asked_has_no_facts(by_card):
    facts = PaymentFlow(by_card(card=False)).facts

    assert (facts.payment, facts.paid, facts.proceeds, facts.with_helper) == (None, [], 0, 0)


@pytest.mark.parametrize(("state", "step"), [("due", "charge"), ("resting", "transfer")])
def test_a_state_that_asks_for_a_call_and_its_row_are_written_together(state, step, by_card, cards, wait, fake, helper):
    pledge = by_card(state)
    cards.onboard(helper)
    wait(days=8)
    asked = fake.count(step)

    attempt = PaymentFlow(pledge).next_call()

    assert (attempt.call, attempt.state, fake.count(step)) == (step, "open", asked)
    assert pledge.state == {"charge": "collecting", "transfer": "releasing"}[step]


# 1. Paid twice


@pytest.mark.parametrize("ready", [True, False], ids=["with an account", "without an account"])
def test_what_was_paid_twice_goes_back_at_once_while_the_first_rests(
    ready, by_card, cards, pay_again, helper, seeker, fake, receipt, books
):
    pledge = by_card("resting")
    if ready:
        cards.onboard(helper)
    second = pay_again(pledge)

    cards.look(pledge)

    assert (pledge.state, pledge.trouble) == ("resting", "")
    assert refunds(fake) == [(second, 5000)]
    assert receipt(seeker)["You have paid"] == "$50"
    books(charges=2, transfers=0)


def test_what_was_paid_twice_goes_back_before_the_first_is_passed_on(by_card, cards, pay_again, fake, books):
    pledge = by_card("releasing")
    pay_again(pledge)
    fake.asked.clear()

    cards.look(pledge)

    assert [asked.step for asked in fake.asked if asked.step in ("refund", "transfer")] == ["refund", "transfer"]
    assert pledge.state == "paid"
    books(charges=2)


def test_what_was_paid_twice_goes_back_though_the_money_cannot_come_back_from_the_helper(
    by_card, cards, pay_again, organizer, helper, fake
):
    pledge = by_card("paid")
    fake.withdraw(PayoutAccount.of(helper).account)
    second = pay_again(pledge)
    pledge.refund(organizer, reason="No help came.")

    cards.look(pledge)

    assert pledge.trouble.startswith("reverse:")
    assert refunds(fake) == [(second, 5000)]


def test_organizers_know_of_what_was_paid_twice_and_cannot_go_back(
    by_card, cards, pay_again, organizer, fake, receipt, seeker
):
    pledge = by_card("resting")
    pay_again(pledge)
    charge = list(fake.charges.values())[-1]
    charge["amount_refunded"], charge["refunded"] = charge["amount"], True  # Stripe would not give it back again.

    cards.look(pledge)

    assert (pledge.state, pledge.trouble.partition(":")[0]) == ("review", "refund")
    assert told("call_for_review", organizer) == 1
    assert receipt(seeker)["You have paid"] == "$100"


# 2. A bank that asks


def test_a_bank_that_asks_is_told_with_its_deadline_and_holds_the_money(
    by_card, cards, live, helper, seeker, organizer, second, fake, at
):
    pledge = by_card("resting")
    cards.onboard(helper)
    fake.inquire(pledge.intent, days=20)

    live(pledge, 12)

    assert (pledge.state, fake.transfers) == ("resting", {})
    assert [told("note_inquiry", one) for one in (organizer, second, helper, seeker)] == [1, 1, 0, 0]
    assert list(Pledge.at_desk()) == [pledge]
    assert "by 22 Jul 2026" in words(at(organizer, "/desk").page.part("queue"))
    assert "by 22 Jul 2026" in at(organizer).page.text
    for member in (helper, seeker):
        assert "The bank of Sami Seeker is asking about this payment." in at(member, "/claims/1").page.text
    assert "Answer it in Stripe's dashboard by 22 Jul." in at(organizer, "/claims/1").page.text


def test_an_organizer_with_a_part_in_a_payment_is_not_asked_to_answer_the_bank(
    by_card, cards, helper, organizer, second, fake
):
    pledge = by_card("resting")
    Member.update(role="organizer").where(Member.id == helper.id).execute()
    fake.inquire(pledge.intent)

    cards.look(pledge)

    assert [told("note_inquiry", one) for one in (organizer, second, helper)] == [1, 1, 0]


def test_once_the_bank_asks_no_more_the_money_goes_on_by_itself(by_card, cards, live, helper, fake, books):
    pledge = by_card("resting")
    cards.onboard(helper)
    inquiry = fake.inquire(pledge.intent)
    live(pledge, 10)
    fake.answer_bank(inquiry)
    live(pledge, 1)
    assert (pledge.state, pledge.answer_by, fake.transfers) == ("resting", None, {})

    fake.close_inquiry(inquiry)
    live(pledge, 1)

    assert (pledge.state, pledge.inquiry, list(Pledge.at_desk())) == ("paid", "", [])
    books()


def test_money_that_is_about_to_be_sent_waits_for_a_bank_that_asks(by_card, cards, live, fake, books):
    pledge = by_card("releasing")
    inquiry = fake.inquire(pledge.intent)

    cards.look(pledge)
    assert (pledge.state, fake.transfers) == ("resting", {})
    fake.close_inquiry(inquiry)
    live(pledge, 1)

    assert pledge.state == "paid"
    books()


def test_a_bank_that_asks_about_money_that_the_helper_has_is_told_too(by_card, cards, organizer, fake, at, seeker):
    pledge = by_card("paid")
    inquiry = fake.inquire(pledge.intent)
    cards.reconcile(pledge)

    assert (pledge.state, list(Pledge.at_desk()), told("note_inquiry", organizer)) == ("paid", [pledge], 1)
    assert "has taken nothing" in at(seeker, "/claims/1").page.text
    fake.escalate(inquiry)
    cards.reconcile(pledge)
    assert (pledge.state, pledge.inquiry) == ("charged_back", "")


def test_a_question_of_the_bank_about_a_part_is_no_chargeback(by_card, cards, fake):
    pledge = by_card("resting")
    fake.inquire(pledge.intent, 1000)

    cards.look(pledge)

    assert (pledge.state, pledge.trouble) == ("resting", "")


@pytest.mark.parametrize("how", ["prevent_dispute", "inquire"])
def test_a_receipt_says_nothing_of_a_bank_that_took_nothing(how, by_card, cards, seeker, fake, receipt):
    pledge = by_card("resting")
    dispute = getattr(fake, how)(pledge.intent)
    if how == "inquire":
        fake.close_inquiry(dispute)
    cards.look(pledge)

    lines = receipt(seeker)

    assert lines["You have paid"] == "$50"
    assert not [name for name in lines if "bank" in name]


# 7. Lowered while a charge was under way


@pytest.fixture
def lowered(by_card, cards, fake, organizer, seeker):
    """Fifty were taken while nobody knew, and an organizer decided that twenty are owed."""

    def lowered(owed=2000):
        pledge = by_card("due")
        fake.fail("charge", "lost", times=3)
        cards.reconcile(pledge)
        assert (pledge.state, len(fake.charges)) == ("collecting", 1)
        pledge.claim.dispute(seeker, reason="Half of it came.")
        pledge.claim.decide(organizer, "hired", owed=owed, reason="So it is.")
        pledge.reload()
        return pledge

    return lowered


def test_what_was_taken_beyond_what_is_owed_goes_back_and_the_helper_gets_the_rest(
    lowered, cards, live, helper, seeker, fake, books, receipt
):
    pledge = lowered()
    cards.onboard(helper)

    cards.reconcile(pledge)
    assert (pledge.state, pledge.trouble, refunds(fake)) == ("resting", "", [(pledge.intent, 3000)])
    live(pledge, 10)

    assert pledge.state == "paid"
    assert [transfer["amount"] for transfer in fake.transfers.values()] == [2000 - FEE]
    assert receipt(seeker)["You have paid"] == "$20"
    assert not Event.select().where(Event.verb == "pledge.call_for_review").exists()
    books()


def test_what_the_bank_gave_back_already_is_not_given_back_once_more(
    lowered, cards, live, helper, organizer, fake, books
):
    pledge = lowered()
    cards.onboard(helper)
    (intent,) = fake.intents
    fake.close_dispute(fake.dispute(intent, 1000), won=False)
    cards.look(pledge)
    assert pledge.trouble.startswith("partial_chargeback:")

    pledge.resolve(organizer, reason="The rest is right.")
    live(pledge, 9)

    assert (pledge.state, refunds(fake)) == ("paid", [(intent, 2000)])
    assert [transfer["amount"] for transfer in fake.transfers.values()] == [2000 - FEE]
    books()


def test_the_helper_gets_no_more_than_is_owed_though_the_difference_waits(lowered, cards, live, helper, fake):
    pledge = lowered()
    cards.onboard(helper)
    fake.spare = 0
    fake.sweep_balance()

    live(pledge, 10)

    assert pledge.share == 2000 - FEE
    assert not fake.transfers
    assert (pledge.state, pledge.trouble.partition(":")[0]) == ("review", "refund_waits")


def test_the_helper_gets_no_more_than_is_owed_though_the_difference_could_not_go_back(
    lowered, cards, live, helper, organizer, fake, books
):
    pledge = lowered()
    cards.onboard(helper)
    cards.reconcile(pledge)
    fake.fail_refund(next(iter(fake.refunds)))
    cards.reconcile(pledge)
    assert pledge.trouble.startswith("refund_failed:")

    pledge.resolve(organizer, reason="We bring them the money ourselves.")
    live(pledge, 9)

    assert pledge.state == "paid"
    assert [transfer["amount"] for transfer in fake.transfers.values()] == [2000 - FEE]
    books()


# 8. What the bank keeps, and what the helper has


@pytest.mark.parametrize("when", ["before it was let go on", "after it was let go on"])
def test_a_part_that_was_lost_leaves_the_rest_its_way(
    when, by_card, cards, live, organizer, helper, fake, books, receipt, seeker
):
    pledge = by_card("resting")
    cards.onboard(helper)
    dispute = fake.dispute(pledge.intent, 1000)
    cards.look(pledge)
    assert pledge.trouble == f"partial_chargeback:{dispute}"

    if when.startswith("before"):
        fake.close_dispute(dispute, won=False)
        cards.reconcile(pledge)
        pledge.resolve(organizer, reason="The rest is right.")
    else:
        pledge.resolve(organizer, reason="We wait for the bank.")
        assert pledge.state == "charged_back"
        fake.close_dispute(dispute, won=False)
        cards.reconcile(pledge)
    assert (pledge.state, pledge.rests_until) == ("resting", in_days(7))
    live(pledge, 9)

    assert pledge.state == "paid"
    assert [transfer["amount"] for transfer in fake.transfers.values()] == [4000 - FEE]
    assert fake.balance == -DISPUTE_FEE
    assert receipt(seeker)["You have paid"] == "$40"
    books()


def test_the_desk_does_not_say_that_the_bank_decided_for_the_community_when_it_did_not(
    by_card, cards, organizer, fake, books
):
    pledge = by_card("resting")
    dispute = fake.dispute(pledge.intent, 1000)
    cards.look(pledge)
    pledge.resolve(organizer, reason="We wait for the bank.")
    pledge.write_off(organizer, reason="Not worth the letters.")

    fake.close_dispute(dispute, won=False)
    cards.reconcile(pledge)

    assert (pledge.state, pledge.trouble) == ("void", "")
    books(transfers=0)


def test_what_was_going_back_goes_on_though_a_part_was_lost(by_card, cards, live, organizer, fake, books):
    pledge = by_card("refunding")
    dispute = fake.dispute(pledge.intent, 1000)
    cards.look(pledge)
    pledge.resolve(organizer, reason="We wait for the bank.")
    fake.close_dispute(dispute, won=False)

    live(pledge, 1)

    assert pledge.state == "refunded"
    assert refunds(fake) == [(pledge.intent, 4000)]
    books(transfers=0)


def test_what_was_coming_back_from_the_helper_goes_on_though_the_bank_had_it_meanwhile(
    by_card, cards, live, organizer, fake, books
):
    pledge = by_card("paid")
    fake.fail("reverse", "503", times=6)
    pledge.refund(organizer, reason="No help came.")
    cards.reconcile(pledge)
    dispute = fake.dispute(pledge.intent)
    cards.look(pledge)
    assert pledge.state == "charged_back"

    fake.fail("reverse", "503", times=0)
    fake.close_dispute(dispute, won=True)
    live(pledge, 1)

    assert (pledge.state, pledge.facts.with_helper) == ("refunded", 0)
    books()


def test_a_refund_that_was_let_go_of_is_not_made_after_a_dispute_that_was_won(
    by_card, cards, live, organizer, fake, books
):
    pledge = by_card("refunding")
    cards.look(pledge)
    fake.fail_refund(next(iter(fake.refunds)))
    cards.look(pledge)
    pledge.resolve(organizer, reason="We talked: it is for the helper after all.")
    dispute = fake.dispute(pledge.intent)
    cards.look(pledge)
    assert pledge.state == "charged_back"

    fake.close_dispute(dispute, won=True)
    live(pledge, 1)

    assert (pledge.state, len(fake.refunds)) == ("resting", 1)
    books(transfers=0)


def test_after_a_chargeback_an_organizer_takes_back_what_the_helper_has(
    by_card, cards, live, organizer, helper, second, fake, at, books
):
    pledge = by_card("paid")
    fake.dispute(pledge.intent)
    cards.look(pledge)

    page = at(second).press("Take it back", reason="The bank took it from us.")
    cards.reconcile(pledge)

    assert page.flash == "Done. The helper was told why."
    assert [transfer["reversed"] for transfer in fake.transfers.values()] == [True]
    event = Event.get(Event.verb == "pledge.take_back")
    assert (event.actor, event.reason) == (second, "The bank took it from us.")
    assert told("take_back", helper) == 1
    assert (pledge.state, pledge.takes_back, pledge.facts.with_helper) == ("charged_back", False, 0)
    assert not pledge.can("take_back", second)
    books()


def test_after_a_refund_in_the_dashboard_it_is_taken_back_too(by_card, cards, live, organizer, fake, books):
    pledge = by_card("paid")
    fake.refund_in_dashboard(pledge.intent, 1000)
    cards.look(pledge)

    pledge.take_back(organizer, reason="A discount that we agreed on.")
    cards.reconcile(pledge)
    pledge.resolve(organizer, reason="Now it is right.")
    live(pledge, 1)
    cards.look(pledge)

    assert (pledge.state, pledge.facts.with_helper) == ("paid", 4000 - FEE)
    assert len(fake.reversals) == 1
    books()


def test_only_as_much_comes_back_as_the_helper_still_has(by_card, cards, organizer, helper, fake, books):
    pledge = by_card("paid")
    fake.withdraw(PayoutAccount.of(helper).account, 4000)
    fake.dispute(pledge.intent)
    cards.look(pledge)

    pledge.take_back(organizer, reason="The bank took it from us.")
    cards.reconcile(pledge)
    assert (pledge.facts.with_helper, len(fake.reversals)) == (4000, 1)
    pledge.take_back(organizer, reason="And the rest.")
    cards.reconcile(pledge)

    assert (pledge.takes_back, len(fake.reversals), told("stay_away", organizer)) == (False, 1, 1)
    assert pledge.state == "charged_back"
    books()


def test_what_stripe_does_not_take_back_is_told_and_can_be_asked_again(by_card, cards, organizer, fake, books):
    fake.reverses_pending = False
    pledge = by_card("paid")
    fake.dispute(pledge.intent)
    cards.look(pledge)

    pledge.take_back(organizer, reason="The bank took it from us.")
    cards.reconcile(pledge)
    assert (pledge.takes_back, told("stay_away", organizer), fake.reversals) == (False, 1, {})
    fake.advance(days=3)
    pledge.take_back(organizer, reason="It has arrived now.")
    cards.reconcile(pledge)

    assert pledge.facts.with_helper == 0
    books()


@pytest.mark.parametrize("how", ["lost", "503", "drop", "500 after"])
def test_money_comes_back_from_the_helper_once_whatever_happens_to_the_answer(
    how, by_card, cards, live, organizer, fake, books
):
    pledge = by_card("paid")
    fake.dispute(pledge.intent)
    cards.look(pledge)
    fake.fail("reverse", how, times=3)

    pledge.take_back(organizer, reason="The bank took it from us.")
    live(pledge, 3)

    assert (pledge.state, pledge.takes_back, len(fake.reversals)) == ("charged_back", False, 1)
    assert not told("stay_away", organizer)
    books()


def test_a_refund_while_a_part_was_being_taken_back_takes_back_all_of_it_once(by_card, cards, organizer, fake, books):
    pledge = by_card("paid")
    fake.refund_in_dashboard(pledge.intent, 1000)
    cards.look(pledge)
    fake.fail("reverse", "503", times=3)
    pledge.take_back(organizer, reason="A discount that we agreed on.")
    cards.reconcile(pledge)
    assert pledge.takes_back

    pledge.refund(organizer, reason="No help came at all.")
    cards.reconcile(pledge)

    assert (pledge.state, pledge.trouble, pledge.facts.with_helper) == ("refunded", "", 0)
    assert len(fake.reversals) == 1
    books()


def test_nothing_is_taken_back_once_the_bank_has_decided_for_the_community(
    by_card, cards, live, organizer, fake, books
):
    pledge = by_card("paid")
    dispute = fake.dispute(pledge.intent)
    cards.look(pledge)
    pledge.take_back(organizer, reason="The bank took it from us.")
    fake.fail("reverse", "drop", times=3)
    cards.reconcile(pledge)
    fake.close_dispute(dispute, won=True)

    live(pledge, 2)

    assert (pledge.state, pledge.takes_back, fake.reversals) == ("paid", False, {})
    books()


def test_what_the_helper_keeps_is_judged_once(by_card, cards, organizer, fake):
    pledge = by_card("paid")
    fake.refund_in_dashboard(pledge.intent)
    cards.look(pledge)
    pledge.resolve(organizer, reason="The community bears it.")

    cards.look(pledge)

    assert (pledge.state, pledge.trouble) == ("refunded", "")


# 13. When the rest ends, and what is not there yet


def test_the_end_of_the_rest_stands_still_while_the_helper_is_reminded(by_card, live, helper, seeker, at):
    pledge = by_card("resting")
    ends = pledge.rests_until
    assert "until 9 Jul" in at(seeker, "/claims/1").page.text

    live(pledge, 23)

    assert told("await_helper", helper) == 3
    assert pledge.rests_until == ends < pledge.due
    said = "Sami Seeker has paid $50. It goes to Hana Helper as soon as they have a payout account."
    assert said in at(seeker, "/claims/1").page.text


def test_money_that_rests_anew_waits_for_that_though_its_helper_was_reminded_before(
    by_card, cards, live, seeker, helper, organizer, fake
):
    pledge = by_card("resting")
    live(pledge, 8)
    pledge.claim.dispute(seeker, reason="The help never came.")
    pledge.claim.decide(organizer, "hired", reason="It came.")

    cards.onboard(helper)
    pledge.reload()
    assert pledge.due == pledge.rests_until == in_days(7)
    live(pledge, 5)
    assert (pledge.state, fake.transfers) == ("resting", {})
    live(pledge, 4)

    assert pledge.state == "paid"


def test_a_refund_that_waits_is_not_yet_given_back(by_card, cards, live, organizer, seeker, fake, receipt, books):
    pledge = by_card("resting")
    fake.spare = 0
    fake.sweep_balance()
    pledge.refund(organizer, reason="No help came.")

    live(pledge, 2)
    assert [refund["status"] for refund in fake.refunds.values()] == ["pending"]
    assert pledge.state == "refunding"
    lines = receipt(seeker)
    assert (lines["You have paid"], lines["On its way back to you"]) == ("$50", "$50")
    fake.add_funds(10_000)
    live(pledge, 1)

    assert pledge.state == "refunded"
    lines = receipt(seeker)
    assert lines["You have paid"] == "$0"
    assert "On its way back to you" not in lines
    assert len(fake.refunds) == 1
    books(transfers=0)


def test_a_refund_in_the_dashboard_that_waits_holds_the_money(by_card, cards, live, helper, fake, books):
    pledge = by_card("resting")
    cards.onboard(helper)
    fake.spare = 0
    fake.sweep_balance()
    fake.refund_in_dashboard(pledge.intent)

    live(pledge, 10)
    assert (pledge.state, fake.transfers) == ("refunding", {})
    fake.add_funds(10_000)
    live(pledge, 1)

    assert pledge.state == "refunded"
    books(transfers=0)


def test_what_was_paid_twice_and_waits_to_go_back_is_told(
    by_card, cards, pay_again, organizer, fake, receipt, seeker, live
):
    pledge = by_card("resting")
    second = pay_again(pledge)
    fake.spare = 0
    fake.sweep_balance()

    cards.look(pledge)

    refund = next(iter(fake.refunds))
    assert (pledge.state, pledge.trouble) == ("review", f"refund_waits:{refund}")
    assert refunds(fake) == [(second, 5000)]
    assert (receipt(seeker)["You have paid"], receipt(seeker)["On its way back to you"]) == ("$100", "$50")
    pledge.resolve(organizer, reason="Money is on its way to Stripe.")
    cards.look(pledge)
    assert pledge.state == "resting"
