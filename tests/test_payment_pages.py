"""What seeker and helper see of a price that is paid by card: from the words they agree to, to the receipts."""

import re
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest
from cast import ASKS_BANK, BY_CARD, DECLINES, EMPTY, EXPIRED, MONDAY, REFUSES, WORKS
from fakestripe import LINK_LASTS, fee_for
from pages import words
from paying import at_stripe, comes_back, leaves, types_card

from models import Claim, Entry, Event, Merchant, Notice, PayoutAccount, Pledge, Policy, sweep, today

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

FEE = fee_for(5000, "cad")
NOT_NOW = "Stripe does not answer at the moment. Nothing is lost: try again in a few minutes."
STANDS_STILL = "Card payments stand still at the moment; the organizers know. Nothing has been taken."
MOVED_ON = "This has moved on in the meantime. Here is how it stands now."


@pytest.fixture
def accepted(reconciler, lead):
    """The terms are frozen: the price will be paid by card."""
    return lead(Claim, "accepted")


@pytest.fixture
def sami(accepted, seeker, walk):
    """Sami's browser, at the terms."""
    browser = walk(seeker)
    browser.open("/claims/1")
    return browser


@pytest.fixture
def agreed(sami):
    """Sami has agreed, and is on the claim's page."""
    sami.press("Agree to the terms")
    return sami


@pytest.fixture
def at(walk):
    """Somebody's browser, signed in now, at the claim's page."""

    def at(member, address="/claims/1"):
        browser = walk(member)
        browser.open(address)
        return browser

    return at


def standing(page):
    return page.says("now")


def verbs(page):
    """The buttons of the claim and the links that look like them, without the thread's and the checklist's."""
    links = [label for label, address in page.links.items() if re.search("receipt|payouts$|desk/money", address)]
    return {label for label in page.buttons + links if label != "Send" and not label.startswith(("Done", "Undo"))}


def pledge():
    return Pledge.get()


# Agreeing, and saving a card


def test_the_words_above_the_button_are_the_words_that_are_kept(sami):
    shown = sami.page.says("consent")

    sami.press("Agree to the terms")

    assert pledge().consent == shown
    assert shown == (
        "By agreeing you pledge: if you are hired and the job lasts 30 days, you owe Hana Helper $50. "
        "Junction Job Circle then charges $50 to the card that you save, once, and not after "
        f"{last_day_shown()}. Nothing is taken before that. Until the hire is reported you can withdraw here, and "
        "nothing is ever charged; after that you can ask an organizer to decide."
    )


def last_day_shown():
    day = Claim.get().terms.charge_by
    return f"{day.day} {day:%b %Y}"


def test_what_was_agreed_stays_as_it_was_when_the_fee_changes_later(agreed, organizer, at, second):
    consent = pledge().consent
    Policy.current().change(organizer, fee_percent=20, fee_cap=5000, guarantee_days=90)

    types_card(agreed, "Save a card")

    assert pledge().consent == consent
    assert pledge().fee == 0
    assert consent in at(second, "/desk/money/1").page.text


def test_the_terms_say_how_a_card_is_charged_and_what_is_taken_off(reconciler, organizer, lead, at, seeker, helper):
    Policy.current().change(organizer, fee_percent=5, fee_cap=1000)
    lead(Claim, "accepted")

    for member in (seeker, helper):
        terms = at(member).page.says("terms")
        assert "Sami Seeker pays Junction Job Circle by card, after the guarantee; seven days later it goes" in terms
        assert "the card fee; 5 % for the community, at most $10" in terms
        assert f"Charged at the latest{last_day_shown()}" in terms


def test_after_agreeing_saving_a_card_is_the_seekers_move_and_only_theirs(agreed, at, helper):
    hana = at(helper)

    assert agreed.page.flash == "Agreed. One thing is left: save a card. Nothing is taken before the hire."
    assert standing(agreed.page).startswith(
        "Your move Save a card for the price. Nothing is taken unless you are hired and the job lasts. "
        "The help can begin meanwhile."
    )
    assert "Save a card" in verbs(agreed.page)
    assert "card" not in " ".join(verbs(hana.page))
    assert "save a card" not in standing(hana.page).lower()
    assert "Claims that wait" not in hana.page.text


def test_the_list_of_claims_says_so_too(agreed):
    assert "Save a card for the price." in agreed.open("/claims").text


def test_the_button_leads_to_stripes_page_which_says_what_was_agreed(agreed, fake):
    address = leaves(agreed, "Save a card")
    page = at_stripe(address)

    assert address.startswith(f"{fake.url}/pay/cs_test_")
    assert page.says("words") == (
        "$50 is charged once, if you are hired and the job lasts, and not after 15 Mar 2027. Nothing is taken now."
    )
    assert fake.url in agreed.page.answer.headers["Content-Security-Policy"].partition("form-action")[2]


def test_a_saved_card_is_seen_by_its_owner_and_not_by_the_helper(agreed, at, helper, fake):
    page = types_card(agreed, "Save a card")
    hana = at(helper).page

    assert page.address == "/claims/1"
    assert page.flash == "Your card is saved. Nothing has been taken."
    assert "Your cardVisa ending in 4242" in page.says("terms")
    assert "Save another card" in verbs(page)
    assert "CardSaved" in hana.says("terms")
    assert "4242" not in hana.text
    assert "Visa" not in hana.text
    assert fake.charges == {}


def test_whoever_goes_back_without_saving_has_lost_nothing_and_finds_the_same_page_again(agreed, fake):
    first = leaves(agreed, "Save a card")
    back = next(link for label, link in at_stripe(first).links.items() if label == "Go back")

    page = comes_back(agreed, back)

    assert page.flash == "Nothing has been taken. You can do this later too."
    assert leaves(agreed, "Save a card") == first
    assert fake.count("save_card") == fake.count("customer") == 1


def test_a_card_that_cannot_be_saved_says_so_and_another_can(agreed):
    address = leaves(agreed, "Save a card")

    declined = at_stripe(address, card=DECLINES)
    page = comes_back(agreed, at_stripe(address, card=WORKS))

    assert "Your card was declined. Try another card." in declined.text
    assert page.flash == "Your card is saved. Nothing has been taken."


def test_a_bank_that_wants_to_be_asked_is_asked_while_the_card_is_saved(agreed):
    address = leaves(agreed, "Save a card")

    asked = at_stripe(address, card=ASKS_BANK)
    refused = at_stripe(address, card=ASKS_BANK, bank="refuse")
    page = comes_back(agreed, at_stripe(address, card=ASKS_BANK, bank="confirm"))

    assert "Confirm with your bank" in asked.text
    assert "Your bank could not confirm that it is you." in refused.text
    assert page.flash == "Your card is saved. Nothing has been taken."
    assert "Visa ending in 3155" in page.says("terms")


def test_a_page_that_has_run_out_is_replaced_by_a_new_one(agreed, fake, wait):
    first = leaves(agreed, "Save a card")
    wait(days=2)

    gone = at_stripe(first)
    second = leaves(agreed, "Save a card")

    assert gone.status == 410
    assert second != first
    assert comes_back(agreed, at_stripe(second, card=WORKS)).flash == "Your card is saved. Nothing has been taken."


def test_another_card_takes_the_place_of_the_first(agreed):
    types_card(agreed, "Save a card")
    first = pledge().card

    page = types_card(agreed, "Save another card", REFUSES)

    assert pledge().card != first
    assert "Visa ending in 0341" in page.says("terms")
    assert "4242" not in page.text


def test_the_return_page_may_be_opened_again_and_by_anybody_of_the_two(agreed, at, helper, fake):
    types_card(agreed, "Save a card")
    before = Event.select().count(), Notice.select().count()

    again = agreed.open("/claims/1/returned")
    hers = at(helper, "/claims/1/returned").page

    assert (again.address, hers.address) == ("/claims/1", "/claims/1")
    assert (again.status, hers.status) == (200, 200)
    assert (Event.select().count(), Notice.select().count()) == before


def test_a_card_that_is_saved_after_withdrawing_is_of_no_use(agreed, fake):
    address = leaves(agreed, "Save a card")
    agreed.press("Withdraw")
    agreed.client.application.extensions["reconciler"].reconcile()

    assert at_stripe(address, card=WORKS).status == 410
    assert agreed.open("/claims/1/returned").status == 200
    assert (pledge().state, pledge().card) == ("void", "")


# The return page and the webhook lead to the same state


@pytest.fixture
def hears(app, fake):
    """The site hears of all that has happened at Stripe, and reconciles as it does a moment later."""

    def hears():
        for event in fake.events:
            body, signature = fake.signed(event)
            answer = app.test_client().post("/webhooks/stripe", data=body, headers={"Stripe-Signature": signature})
            assert answer.status_code == 200
        app.extensions["reconciler"].reconcile()

    return hears


WAYS_BACK = ["the return page", "the webhook", "the webhook, then the page", "the page, then the webhook"]


def learn(way, browser, back, hears):
    for step in way.split(", then "):
        if "page" in step:
            comes_back(browser, back)
        else:
            hears()


@pytest.mark.parametrize("way", WAYS_BACK)
def test_however_it_is_learned_a_saved_card_is_saved_once(agreed, hears, helper, told, way):
    back = at_stripe(leaves(agreed, "Save a card"), card=WORKS)

    learn(way, agreed, back, hears)

    assert (pledge().state, pledge().card_name) == ("pledged", "visa 4242")
    assert [event.verb for event in Event.select()].count("pledge.keep_card") == 1
    assert told(helper).count("pledge.keep_card") == 1
    assert [attempt.state for attempt in pledge().asked] == ["done", "done"]


@pytest.mark.parametrize("way", WAYS_BACK)
def test_however_it_is_learned_a_payment_is_received_once(by_card, at, seeker, hears, books, helper, told, way):
    by_card("action_required")
    sami = at(seeker)
    back = at_stripe(leaves(sami, "Pay $50"), card=WORKS)

    learn(way, sami, back, hears)

    assert (pledge().state, Entry.balances()) == ("resting", {"CAD": 5000 - FEE})
    assert [event.verb for event in Event.select()].count("pledge.receive") == 1
    assert told(helper).count("pledge.receive") == 1
    books(charges=1, transfers=0)


# Paying, when the card alone is not enough


def test_whoever_has_to_pay_is_told_what_happened_and_pays_with_any_card(by_card, at, seeker, fake, books):
    by_card("action_required")
    sami = at(seeker)

    asked = sami.page
    address = leaves(sami, "Pay $50")
    page = comes_back(sami, at_stripe(address, card=WORKS))

    assert standing(asked).startswith(
        "Your move The $50 for the help of Hana Helper is due, and could not be charged by itself. "
        "Nothing has been taken. Pay with any card by 16 Jul; after that the organizers are told."
    )
    assert "Pay 50.00 CAD" in at_stripe_title(fake, address)
    assert page.flash == "Thank you. Here is how the payment stands now."
    assert "Sami Seeker has paid $50. It rests with the community until 9 Jul" in standing(page)
    assert "Pay $50" not in verbs(page)
    books(charges=1, transfers=0)


def at_stripe_title(fake, address):
    """What the page would have said before it was used."""
    session = fake.sessions[address.rpartition("/")[2]]
    return f"Pay {session['amount_total'] / 100:.2f} {session['currency'].upper()}"


def test_whoever_turns_back_before_paying_can_pay_later(by_card, at, seeker, fake):
    by_card("action_required")
    sami = at(seeker)
    first = leaves(sami, "Pay $50")

    page = comes_back(sami, next(link for label, link in at_stripe(first).links.items() if label == "Go back"))

    assert page.flash == "Nothing has been taken. You can do this later too."
    assert leaves(sami, "Pay $50") == first
    assert fake.count("pay_page") == 1


def test_a_card_that_is_declined_there_leaves_the_way_open_for_another(by_card, at, seeker, books):
    by_card("action_required")
    sami = at(seeker)
    address = leaves(sami, "Pay $50")

    declined = [at_stripe(address, card=number).text for number in (EMPTY, EXPIRED, REFUSES)]
    page = comes_back(sami, at_stripe(address, card=ASKS_BANK, bank="confirm"))

    assert ["insufficient funds" in declined[0], "has expired" in declined[1], "declined" in declined[2]] == [True] * 3
    assert page.flash == "Thank you. Here is how the payment stands now."
    books(charges=1, transfers=0)


def test_a_bank_that_asks_for_its_owner_is_said_in_words_that_a_person_understands(by_card, cards, at, seeker, told):
    stood = by_card(card=False)
    cards.save(stood, ASKS_BANK)
    cards.hire(stood)
    cards.look(stood)
    sami = at(seeker)

    assert stood.state == "action_required"
    assert "The seeker's bank wants them to confirm the payment. Nothing has been taken" in sami.page.says("progress")
    notice = "Your bank wants you to confirm the payment for “Shipwright”. Nothing has been taken."
    assert notice in sami.open("/notices").text
    assert "pledge.need_confirmation" in told(seeker)


def test_the_helper_is_not_told_why_a_card_failed(by_card, cards, fake, at, helper, told):
    """Whatever it was, the helper reads the same."""
    stood, seen = by_card("due"), set()
    for number in (REFUSES, EXPIRED, EMPTY):
        fake.methods[stood.card]["number"] = number
        Pledge.update(state="due").execute()
        stood.attempts.model.delete().where(stood.attempts.model.step == "charge").execute()
        cards.look(stood)
        assert Pledge.get().state == "action_required"
        seen.add(standing(at(helper).page))
    page = at(helper).page

    assert len(seen) == 1
    assert "Sami Seeker was asked to pay the $50." in standing(page)
    for word in ("declin", "insufficient", "expired", "funds", "authentic", "4242", "0341", "Visa"):
        assert word not in page.text + at(helper, "/notices").page.text
    assert "pledge.need_card" not in told(helper)


# Each state, in a sentence, to each side

SEEKERS = {
    "pledged": ("Under way. Golem asks how it is going on 1 Jul.", {"Save another card", "Withdraw"}),
    "due": ("The job lasted: $50 is being charged to the card of Sami Seeker.", set()),
    "collecting": ("The job lasted: $50 is being charged to the card of Sami Seeker.", set()),
    "action_required": ("could not be charged by itself. Nothing has been taken.", {"Pay $50"}),
    "resting": ("It rests with the community until 9 Jul, so that a mistake can still be put right", {"Receipt"}),
    "releasing": ("The money is on its way to Hana Helper.", {"Receipt"}),
    "paid": ("All promises are kept.", {"Receipt"}),
    "refunding": ("$50 is going back to Sami Seeker. A bank can take some days for it.", {"Receipt"}),
    "refunded": ("The money went back to Sami Seeker. Nothing is owed any more.", {"Receipt"}),
    "charged_back": ("The bank of Sami Seeker has taken the money back", {"Receipt"}),
    "review": ("Something about this payment does not fit, and an organizer looks at it.", {"Receipt"}),
    "waived": ("Under way. Golem asks how it is going on 1 Jul.", {"Withdraw"}),
    "void": ("This claim has ended. Nothing is owed.", set()),
}
HELPERS = {
    **SEEKERS,
    "pledged": ("Under way. Golem asks how it is going on 1 Jul.", {"Waive the price", "Let the claim go"}),
    "due": (SEEKERS["due"][0], {"Waive the price"}),
    "collecting": (SEEKERS["due"][0], {"Waive the price"}),
    "action_required": ("Sami Seeker was asked to pay the $50.", {"Waive the price"}),
    "resting": ("It waits with the community: open a payout account, and it goes to you.", {"Open a payout account"}),
    "releasing": ("The money is on its way to Hana Helper.", set()),
    "refunding": (SEEKERS["refunding"][0], set()),
    "refunded": (SEEKERS["refunded"][0], set()),
    "charged_back": (SEEKERS["charged_back"][0], set()),
    "review": (SEEKERS["review"][0], set()),
    "waived": (SEEKERS["waived"][0], {"Let the claim go"}),
}
OUR_NAMES = {
    "pledged": "Pledged",
    "due": "Due",
    "collecting": "Being charged",
    "action_required": "Seeker has to pay",
    "resting": "Rests",
    "releasing": "On its way",
    "paid": "Paid",
    "refunding": "Going back",
    "refunded": "Given back",
    "charged_back": "Taken back by the bank",
    "review": "Does not fit",
    "waived": "Waived",
    "void": "Nothing owed",
}
# Of the buttons of a claim, those about money. Disputes and thanks are told in test_claim_pages.py.
ABOUT_MONEY = {
    "Save a card",
    "Save another card",
    "Pay $50",
    "Receipt",
    "Open a payout account",
    "Waive the price",
    "I have sent the money",
    "The money has arrived",
    "Withdraw",
    "Let the claim go",
}
SECRETS = re.compile(r"\b(pm|cus|pi|ch|seti|cs|tr|trr|re|txn|acct|po|du|sk|whsec)_\w+")


@pytest.mark.parametrize("state", ["pledged", *BY_CARD])
def test_each_state_says_how_it_stands_and_offers_what_can_be_done(by_card, at, seeker, helper, organizer, state):
    by_card(state)

    for member, told in ((seeker, SEEKERS), (helper, HELPERS)):
        page, (sentence, offered) = at(member).page, told[state]
        assert sentence in standing(page), member.name
        assert verbs(page) & ABOUT_MONEY == offered, member.name
        assert not SECRETS.search(page.answer.text), member.name
    desk = at(organizer, "/desk/money/1").page
    assert f"Sami Seeker pays Hana Helper $50 {OUR_NAMES[state]}" in desk.text
    assert "4242" not in at(helper).page.text


@pytest.mark.parametrize("state", ["pledged", *BY_CARD])
def test_whoever_has_no_part_in_it_learns_nothing(by_card, at, rival, state):
    by_card(state)
    rosa = at(rival, "/")

    for address in ("/claims/1", "/claims/1/receipt", "/claims/1/returned"):
        assert rosa.open(address).status == 404
    assert "Sami" not in rosa.open("/account/payouts").text


@pytest.mark.parametrize("state", ["pledged", *BY_CARD])
@pytest.mark.parametrize(("step", "label"), [("save_card", "Save a"), ("pay", "Pay $50")])
def test_a_button_is_there_if_and_only_if_it_leads_somewhere(by_card, at, seeker, fake, state, step, label):
    by_card(state)
    sami = at(seeker)
    there = any(button.startswith(label) for button in verbs(sami.page))

    answer = sami.client.post(f"/claims/1/{step}")

    assert answer.status_code == (303 if there else 409)
    assert answer.location == next(reversed(fake.sessions.values()))["url"] if there else MOVED_ON in answer.text


def test_a_seeker_without_a_card_is_asked_for_one_until_the_hire_is_sure(by_card, at, seeker, helper):
    stood = by_card(card=False)
    stood.claim.report_hired(stood.claim.seeker, MONDAY.date())
    reported = at(seeker).page
    stood.claim.confirm(stood.claim.helper)
    hired = at(seeker).page

    assert "Save a card for the price." in standing(reported)
    assert "Save a card, so that it can be charged by itself; nothing is taken before." in standing(hired)
    assert "Save a card" in verbs(reported) & verbs(hired)


def test_a_price_that_ended_early_says_by_when_it_can_be_argued_about(set_policy, by_card, at, seeker, wait, cards):
    set_policy(pro_rata=True)
    stood = by_card()
    stood.claim.report_hired(stood.claim.seeker, MONDAY.date())
    stood.claim.confirm(stood.claim.helper)
    wait(days=15)
    stood.claim.reload()
    stood.claim.report_ended(stood.claim.helper, ended_on=today())

    page = at(seeker).page

    assert re.search(
        r"By the terms Sami Seeker owes Hana Helper \$\d\d(\.\d\d)? for the days worked; the card is charged on "
        r"30 Jun, unless somebody asks an organizer to decide\.",
        standing(page),
    )
    assert "Ask an organizer" in page.buttons


def test_what_rests_for_a_helper_with_an_account_needs_nobody(by_card, cards, at, seeker, helper):
    by_card("resting")
    cards.onboard(helper)

    for member in (seeker, helper):
        page = at(member).page
        assert "It rests with the community until 9 Jul" in standing(page)
        assert "Open a payout account" not in verbs(page)


def test_what_an_organizer_may_read_leads_on_to_the_payment(by_card, use, at, second):
    use(by_card("resting").claim, "dispute")

    page = at(second).page

    assert page.links["The payment"] == "/desk/money/1"
    assert "Receipt" not in page.links


# Stripe does not answer


@pytest.fixture
def silence(fake, monkeypatch):
    """What can be wrong at Stripe while somebody clicks, and how it is mended."""
    gate = threading.Event()
    monkeypatch.setattr("payments.gateway.TIMEOUT", (1, 0.1))

    def silence(how):
        if how == "down":
            fake.down = True
        elif how == "slow":
            for step in ("customer", "save_card", "pay_page", "look", "session", "open_account", "link", "account"):
                fake.before[step] = lambda asked: gate.wait(20)
        elif how == "withdrawn":
            fake.keys.clear()
        else:
            fake.fail("any", how, times=99)

    def mend():
        gate.set()
        fake.down, fake.keys = False, {fake.key}
        fake.before.clear()
        fake.faults.clear()
        fake.forget_keys()  # Stripe repeats its errors for a day.
        Merchant.current().store(problem="")

    silence.mend = mend
    yield silence
    gate.set()


TROUBLES = ["down", "slow", "withdrawn", "drop", "500", "503", "429"]


@pytest.mark.parametrize("how", TROUBLES)
@pytest.mark.parametrize(("state", "label"), [("pledged", "Save another card"), ("action_required", "Pay $50")])
def test_a_click_that_stripe_does_not_answer_says_so_and_loses_nothing(by_card, at, seeker, silence, how, state, label):
    by_card(state)
    sami = at(seeker)
    before = pledge()
    silence(how)

    page = sami.press(label)

    assert (page.status, page.flash) == (409, NOT_NOW)
    assert label in verbs(page)
    assert (pledge().state, pledge().card) == (before.state, before.card)
    silence.mend()
    sami.open("/claims/1")
    assert at_stripe(leaves(sami, label), card=WORKS)


@pytest.mark.parametrize("how", TROUBLES)
def test_whoever_comes_back_while_stripe_does_not_answer_is_told_so(by_card, at, seeker, silence, how):
    by_card("action_required")
    sami = at(seeker)
    back = at_stripe(leaves(sami, "Pay $50"), card=WORKS)
    silence(how)

    page = comes_back(sami, back)

    assert (page.status, page.address, page.flash) == (200, "/claims/1", NOT_NOW)
    assert pledge().state == "action_required"
    silence.mend()
    assert comes_back(sami, back).flash == "Thank you. Here is how the payment stands now."


@pytest.mark.parametrize("how", TROUBLES)
def test_whoever_opens_an_account_while_stripe_does_not_answer_can_try_again(
    reconciler, at, helper, silence, how, fake
):
    hana = at(helper, "/account/payouts")
    silence(how)

    page = hana.press("Open a payout account")

    assert (page.status, page.flash) == (409, NOT_NOW)
    silence.mend()
    hana.open("/account/payouts")
    assert leaves(hana, hana.page.buttons[0]).startswith(f"{fake.url}/onboard/")
    assert len(fake.accounts) == 1


@pytest.mark.parametrize("how", TROUBLES)
def test_whoever_comes_back_from_the_account_while_stripe_does_not_answer_is_told_so(
    reconciler, at, helper, silence, how
):
    hana = at(helper, "/account/payouts")
    back = at_stripe(leaves(hana, "Open a payout account"), do="finish")
    silence(how)

    page = comes_back(hana, back)

    assert (page.status, page.flash) == (200, NOT_NOW)
    silence.mend()
    assert "Ready: money goes to your account at Stripe" in comes_back(hana, back).text


def test_once_the_key_was_withdrawn_every_click_says_that_money_stands_still(by_card, at, seeker, helper, fake):
    by_card("action_required")
    fake.keys.clear()
    sami, hana = at(seeker), at(helper, "/account/payouts")
    sami.press("Pay $50")
    fake.asked.clear()

    clicks = [sami.press("Pay $50"), hana.press("Open a payout account"), sami.open("/claims/1/returned")]

    assert [page.flash for page in clicks] == [STANDS_STILL] * 3
    assert fake.asked == []
    assert Merchant.current().problem == "wrong_key"


def test_an_account_that_was_cut_off_unheard_is_noticed_at_the_next_click(reconciler, at, helper, fake, cards):
    fake.deauthorise(cards.onboard(helper))
    hana = at(helper, "/account/payouts")

    page = hana.press("Change your details at Stripe")

    assert (page.status, page.flash) == (409, "Stripe no longer takes money for your account. Open a new one here.")
    assert "Your account at Stripe no longer takes money from this community." in page.text
    assert "Ready" in comes_back(hana, at_stripe(leaves(hana, "Open a new account"), do="finish")).text


# Receipts


def amounts(page):
    """What a receipt says, line by line."""
    lines = page.part("main").findall(".//dl/div")
    return {"".join(line.find("dt").itertext()).strip(): "".join(line.find("dd").itertext()).strip() for line in lines}


@pytest.fixture
def fee(reconciler, set_policy):
    """The community keeps five percent of new agreements."""
    set_policy(fee_percent=5, fee_cap=1000)


def test_the_seekers_receipt_says_what_was_paid_for_what(by_card, at, seeker):
    by_card("resting")

    page = at(seeker).follow("Receipt")

    assert amounts(page) == {
        "Number": f"1-{pledge().reference[:8]}",
        "From": "Sami Seeker",
        "To": "Junction Job Circle, for the help of Hana Helper",
        "For": "A good word, A formal reference (Shipwright)",
        "Paid by the seeker, 2 Jul": "$50",
        "Card": "Visa ending in 4242",
        "You have paid": "$50",
    }
    assert "Junction Job Circle, Toronto" in page.text


def test_the_helpers_receipt_adds_up(fee, by_card, at, helper):
    by_card("paid")

    lines = amounts(at(helper).follow("Receipt"))

    assert {name: lines[name] for name in list(lines)[-5:]} == {
        "Paid for your help": "$50",
        "Card fee, kept by Stripe": "-$1.75",
        "For the community": "-$2.50",
        "Sent to the helper, 10 Jul": "$45.75",
        "You have received": "$45.75",
    }
    assert 5000 - FEE - 250 == 4575


def test_a_refund_stands_on_the_receipts_of_both(fee, by_card, cards, organizer, at, seeker, helper):
    stood = by_card("paid")
    stood.refund(organizer, reason="No help was given.")
    cards.look(stood)

    hers, his = amounts(at(helper, "/claims/1/receipt").page), amounts(at(seeker, "/claims/1/receipt").page)

    assert (his["Given back to the seeker, 10 Jul"], his["You have paid"]) == ("-$50", "$0")
    assert (hers["Sent to the helper, 10 Jul"], hers["Back from the helper, 10 Jul"]) == ("$45.75", "-$45.75")
    assert hers["You have received"] == "$0"


def test_the_receipt_of_a_payment_by_hand_says_so(lead, at, seeker, helper):
    lead(Pledge, "paid")

    for member in (seeker, helper):
        lines = amounts(at(member).follow("Receipt"))
        assert lines["To"] == "Hana Helper"
        assert lines["Paid by hand, as both sides have said"] == "$50"


def test_before_there_is_money_there_is_no_receipt(by_card, at, seeker, helper):
    by_card("action_required")

    for member in (seeker, helper):
        assert "Receipt" not in at(member).page.links
        assert at(member, "/claims/1/receipt").page.status == 404


def test_the_helper_has_a_receipt_only_once_money_was_sent(by_card, at, helper, seeker):
    by_card("resting")

    assert at(seeker, "/claims/1/receipt").page.status == 200
    assert at(helper, "/claims/1/receipt").page.status == 404


def test_receipts_are_for_the_two_alone(by_card, at, rival, organizer, second):
    by_card("paid")

    for member in (rival, organizer, second):
        assert at(member, "/claims/1/receipt").page.status == 404


# Statements


def stated(page):
    """The lines of a statement, without their headings."""
    return [[words(cell) for cell in row] for row in page.part("main").iter("tr")][1:]


def test_a_statement_lists_what_came_and_adds_it_up(fee, by_card, at, helper):
    by_card("paid")

    page = at(helper, "/account/payouts").follow("What you received in 2026")

    assert stated(page) == [
        ["Shipwright", "10 Jul", "$50", "$1.75", "$2.50", "$45.75"],
        ["Together", "", "", "", "", "$45.75"],
    ]
    assert page.links["Shipwright"] == "/claims/1"


def test_money_that_was_taken_back_is_taken_off_the_statement(fee, by_card, cards, organizer, at, helper):
    stood = by_card("paid")
    stood.refund(organizer, reason="No help was given.")
    cards.look(stood)

    page = at(helper, "/account/payouts/2026").page

    assert stated(page)[1] == ["Shipwright", "10 Jul", "$0", "$0", "$0", "-$45.75"]
    assert stated(page)[2][-1] == "$0"


def test_money_that_came_by_hand_counts_on_the_day_it_arrived(lead, at, helper, wait):
    lead(Pledge, "paid")

    page = at(helper, "/account/payouts").follow("What you received in 2026")

    assert stated(page) == [["Shipwright", "1 Jun", "$50", "$0", "$0", "$50"], ["Together", "", "", "", "", "$50"]]


NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hour", "minute", "year"), [(4, 59, 2026), (5, 0, 2027)], ids=["in the last minute", "in the first minute"]
)
def test_the_year_begins_when_it_does_in_the_community(by_card, cards, at, helper, time_machine, hour, minute, year):
    """It is midnight in Toronto when it is five in the morning in London."""
    stood = by_card("resting")
    cards.onboard(helper)
    time_machine.move_to(NEW_YEAR.replace(hour=hour, minute=minute), tick=False)
    stood.reload()
    stood.release()
    cards.look(stood)

    hana = at(helper, "/account/payouts")

    assert stood.state == "paid"
    assert [label for label in hana.page.links if label.startswith("What you received")] == [
        f"What you received in {year}"
    ]
    assert stated(hana.open(f"/account/payouts/{year}"))[-1][-1] == "$48.25"
    assert ("Nothing in 2026" in hana.open("/account/payouts/2026").text) == (year != 2026)


def test_a_year_without_money_says_so_and_years_that_are_none_are_not_there(reconciler, at, helper):
    hana = at(helper, "/account/payouts")

    assert "What you received" not in hana.page.text
    assert "Nothing in 2025" in hana.open("/account/payouts/2025").text
    for year in ("1999", "2027", "0", "99999999999999999999"):
        assert hana.open(f"/account/payouts/{year}").status == 404


def test_a_statement_holds_nobody_elses_money(by_card, at, seeker, rival):
    by_card("paid")

    for member in (seeker, rival):
        assert "Nothing in 2026" in at(member, "/account/payouts/2026").page.text


# The payout account


def test_a_helper_opens_an_account_and_is_ready(reconciler, at, helper, fake):
    hana = at(helper, "/account/payouts")
    assert "None yet. You can open one now, or when money waits for you. Stripe keeps it for 90 days" in hana.page.text

    address = leaves(hana, "Open a payout account")
    later = comes_back(hana, at_stripe(address, do="later"))
    address = leaves(hana, "Go on at Stripe")
    ready = comes_back(hana, at_stripe(address, do="finish"))

    assert "Stripe still wants to know:" in later.text
    assert [words(one) for one in later.part("main").iter("li")] == ["Your first name", "Your date of birth"]
    assert "Ready: money goes to your account at Stripe" in ready.text
    assert "Change your details at Stripe" in ready.buttons
    assert len(fake.accounts) == 1
    assert PayoutAccount.get().member == helper


def test_what_stripe_is_looking_at_is_said_to_take_a_while(reconciler, at, helper, fake):
    hana = at(helper, "/account/payouts")
    address = leaves(hana, "Open a payout account")
    next(iter(fake.accounts.values()))["requirements"]["entries"] = []

    page = comes_back(hana, at_stripe(address, do="later"))

    assert "Stripe is looking at what you told it. That can take a day or two." in page.text


def test_a_link_that_has_run_out_leads_back_to_where_a_new_one_is_made(reconciler, at, helper, wait):
    hana = at(helper, "/account/payouts")
    address = leaves(hana, "Open a payout account")
    wait(seconds=LINK_LASTS + 1)

    page = comes_back(hana, at_stripe(address))

    assert page.flash == "That page had run out. Go on from here."
    assert comes_back(hana, at_stripe(leaves(hana, "Go on at Stripe"), do="finish")).status == 200
    assert PayoutAccount.get().ready


def test_a_link_is_good_for_one_visit(reconciler, at, helper):
    hana = at(helper, "/account/payouts")
    address = leaves(hana, "Open a payout account")

    first, second = at_stripe(address), at_stripe(address)

    assert "Set up your payouts" in first.text
    assert second == "http://localhost/account/payouts?again=1"


def test_an_account_that_its_owner_cut_off_can_be_opened_anew(reconciler, at, helper, fake, cards):
    account = cards.onboard(helper)
    hana = at(helper, "/account/payouts")
    fake.deauthorise(account)
    reconciler.reconcile()

    page = hana.open("/account/payouts")

    assert "Your account at Stripe no longer takes money from this community." in page.text
    assert comes_back(hana, at_stripe(leaves(hana, "Open a new account"), do="finish")).status == 200
    assert PayoutAccount.get().ready
    assert PayoutAccount.get().account != account


def test_money_that_waits_is_shown_where_the_account_is_opened(by_card, at, helper, cards, books, reconciler, wait):
    by_card("resting")
    wait(days=8)
    sweep()
    hana = at(helper)

    page = hana.follow("Open a payout account")
    address = leaves(hana, "Open a payout account")
    comes_back(hana, at_stripe(address, do="finish"))
    reconciler.reconcile()

    assert "On its way to you Shipwright · $50 Rests" in page.text
    assert pledge().state == "paid"
    assert "On its way to you" not in hana.open("/account/payouts").text
    books(charges=1, transfers=1)


def test_returning_without_an_account_asks_stripe_for_nothing(reconciler, at, helper, fake, unchanged):
    fake.asked.clear()
    hana = at(helper, "/")

    with unchanged():
        page = hana.open("/account/payouts/returned")

    assert page.address == "/account/payouts"
    assert fake.asked == []


# Rendering asks nothing of Stripe


@pytest.mark.parametrize("state", ["pledged", *BY_CARD])
def test_no_page_asks_stripe_for_anything_by_being_looked_at(by_card, at, seeker, helper, fake, state):
    by_card(state)
    fake.asked.clear()

    for member in (seeker, helper):
        for address in (
            "/claims",
            "/claims/1",
            "/claims/1/receipt",
            "/account/payouts",
            "/account/payouts/2026",
            "/notices",
            "/",
        ):
            at(member, address)

    assert fake.asked == []


# Without any key


def test_without_a_key_prices_are_settled_by_hand_as_ever(app, lead, at, seeker, helper, organizer):
    lead(Pledge, "due")

    assert verbs(at(seeker).page) & ABOUT_MONEY == {"I have sent the money"}
    assert "directly, after the guarantee" in at(seeker).page.says("terms")
    payouts = at(helper, "/account/payouts").page
    assert "This community settles prices by hand; no account is needed." in payouts.text
    assert payouts.buttons == []
    assert "form-action 'self';" in payouts.answer.headers["Content-Security-Policy"] + ";"
    for address in ("/desk", "/desk/money", "/desk/payments", "/desk/money.csv"):
        assert at(organizer, "/").client.get(address).status_code == 200


def test_without_a_key_a_click_that_somebody_kept_says_so(app, lead, at, seeker, unchanged):
    lead(Pledge, "due")
    sami = at(seeker)

    with unchanged():
        answers = [sami.client.post(f"/claims/1/{step}") for step in ("save_card", "pay")]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert [MOVED_ON in answer.text for answer in answers] == [True, True]
    assert sami.open("/claims/1/returned").flash == STANDS_STILL


def test_a_key_that_is_taken_away_leaves_every_page_standing(by_card, at, app, seeker, helper, organizer, fake):
    """Members count on card payments, and the site starts again without a key."""
    by_card("resting")
    app.extensions["reconciler"].gateway = None
    fake.asked.clear()

    assert app.extensions["reconciler"].reconcile() is None
    for member, address in (
        (seeker, "/claims/1"),
        (helper, "/claims/1"),
        (helper, "/account/payouts"),
        (seeker, "/claims/1/receipt"),
        (organizer, "/desk/money/1"),
    ):
        assert at(member, address).page.status == 200
    assert "Card payments stand still: There is no key." in at(organizer, "/desk").page.text
    assert at(seeker, "/claims/1/returned").page.flash == STANDS_STILL
    assert fake.asked == []


WITHOUT_STRIPE = """
import sys
from datetime import timedelta

from golem import create_app
from models import Claim, Community, OneTimeLink, Member, Merchant, Policy, Referral, sweep, today

app = create_app({"GOLEM_DATA": sys.argv[1], "GOLEM_LIMITS": "off"})
owner = {"name": "Olga", "email": "olga@example.org", "password": "a long enough password"}
community = {"name": "Circle", "place": "Toronto", "currency": "CAD", "timezone": "America/Toronto"}
link = OneTimeLink.find("setup", OneTimeLink.for_setup())
olga = Community.set_up(link, owner, community, {"charging": True, "review": "none", "joining": "open"})
sami = Member.join("Sami", "sami@example.org", "a long enough password")
referral = Referral.draft(
    olga, employer="Works", title="Smith", industry="31-33", location="Hamilton", work_mode="on_site", pay_min=1,
    pay_max=2, pay_period="year", connection="leaving", seats=1, closes_on=None, duties="Iron.",
    last_day=today() + timedelta(days=30), prices={"good_word": 5000},
)
referral.submit(olga)
claim = Claim.request(referral, sami, "Please.", ["good_word"])
claim.accept(olga)
browsers = {}
for member in (olga, sami):
    browsers[member] = app.test_client()
    browsers[member].post("/sign-in", data={"email": member.email, "password": "a long enough password"})
browsers[sami].post("/claims/1/agree")
for member, address in ((sami, "/claims/1"), (olga, "/claims/1"), (olga, "/account/payouts"), (olga, "/desk/money"),
                        (olga, "/desk/payments"), (olga, "/desk/money.csv"), (olga, "/account/payouts/2026")):
    assert browsers[member].get(address).status_code == 200, address
assert browsers[olga].post("/desk/payments/check").status_code == 303
assert browsers[olga].post("/webhooks/stripe", data=b"{}", headers={"Stripe-Signature": "t=1,v1=x"}).status_code == 400
sweep()
assert app.extensions["reconciler"].reconcile() == 0
assert app.test_cli_runner().invoke(args=["reconcile"]).exit_code == 0
claim.reload()
assert claim.pledge.settlement == "offline"
print(sorted(name for name in sys.modules if name.partition(".")[0] in ("stripe", "requests")))
"""


def test_without_a_key_stripe_is_not_even_imported(tmp_path):
    script = [sys.executable, "-c", WITHOUT_STRIPE, str(tmp_path / "data")]
    done = subprocess.run(script, capture_output=True, text=True, check=False, timeout=60)

    assert done.stderr == ""
    assert done.stdout.strip() == "[]"
