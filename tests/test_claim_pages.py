"""The page on which two people work through a claim, from the request to the day that it is settled."""

import pytest
from cast import MONDAY
from pages import controls, words

from models import Claim, Event, Message, Pledge, Referral, today

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

NOTE = "I have built boats **all my life**."


@pytest.fixture
def gift(post):
    return post(prices={"reference": 0, "role_briefing": 0})


@pytest.fixture
def ask(referral):
    """Somebody asks for help on the page of a posting, and is on the claim's page then."""

    def ask(browser, help=("good_word", "reference"), on=referral):
        browser.open(f"/referrals/{on.id}")
        return browser.press("Send request", note=NOTE, help=list(help))

    return ask


@pytest.fixture
def together(ask, hana, sami):
    """Sami has asked, Hana has accepted, Sami has agreed: both are on the claim's page."""

    def together(**asked):
        address = ask(sami, **asked).address
        hana.open(address)
        hana.press("Accept", acquaintance="worked_together")
        sami.open(address)
        sami.press("Agree to the terms")
        hana.open(address)
        return address

    return together


@pytest.fixture
def hire(together, hana, sami):
    """They have worked through it, and the hire is confirmed."""

    def hire(**asked):
        address = together(**asked)
        sami.press("Report the hire", start_date=str(today()))
        hana.open(address)
        hana.press("Confirm the hire")
        sami.open(address)
        return address

    return hire


def standing(page):
    return page.says("now")


def path(page):
    """What the timeline says of the past, of now, and of what comes next."""
    steps = page.part("progress").findall(".//li")
    return {when: [words(step) for step in steps if step.get("data-when") == when] for when in ("past", "now", "next")}


def verbs(page):
    """The buttons of the claim, without the thread's and the checklist's."""
    others = ("Send", "Hide from this member")
    return {label for label in page.buttons if label not in others and not label.startswith(("Done", "Undo"))}


# Asking


def test_a_seeker_asks_for_some_of_the_help_with_a_personal_note(referral, sami, hana, ask):
    page = ask(sami, help=["good_word"])

    claim = Claim.get()
    assert page.address == f"/claims/{claim.id}"
    assert page.flash == "Your request is with Hana Helper. Nothing is due before a hire."
    assert "A good word$50" in page.says("request")
    assert "reference" not in page.says("request")
    assert "Hana Helper has until 8 Jun to answer; after that the request lapses." in standing(page)
    assert "all my life" in [strong.text for strong in page.part("thread").iter("strong")]
    assert "Nothing is due before the hire." in page.text
    assert standing(hana.open(page.address)).startswith("Your move Answer by 8 Jun; after that the request lapses.")


def test_prices_stay_as_they_were_asked_for(referral, hana, sami, ask):
    address = ask(sami).address
    hana.open(f"/referrals/{referral.id}/edit")

    hana.press("Save", price_good_word="400")

    hana.open(address)
    assert "Total, owed only if hired$50" in hana.press("Accept").says("terms")


def test_a_helper_asks_for_changes_and_the_seeker_sends_the_request_again(hana, sami, ask):
    address = ask(sami).address
    hana.open(address)

    asked = hana.press("Ask for changes", reason="Which boats?")
    page = sami.open(address)
    sent, _offered = controls(page.within(page.form("Send the changed request")))
    again = sami.press("Send the changed request", note="Two cutters.", help=["reference"])

    assert asked.flash == "Sami Seeker was asked to change the request."
    assert "“Which boats?”" in standing(page)
    assert sent == {"note": NOTE, "help": ["good_word", "reference"], "version": "2"}
    assert again.flash == "Your changed request is with Hana Helper."
    assert "Two cutters." in again.says("thread")
    assert "good word" not in again.says("request")


def test_a_helper_declines_without_having_to_say_why(hana, sami, ask):
    address = ask(sami).address
    hana.open(address)

    page = hana.press("Decline")

    assert page.flash == "Declined. Sami Seeker was told."
    assert "This claim has ended. Nothing is owed." in standing(sami.open(address))
    assert verbs(sami.page) == set()


def test_a_request_that_nobody_answers_lapses(hana, sami, ask, wait):
    address = ask(sami).address

    wait(days=8)

    assert "Nobody answered in time, and the claim lapsed" in path(sami.open(address))["past"][-1]


# Agreeing


def test_accepting_freezes_the_terms_and_both_see_the_same(hana, sami, ask, set_policy):
    address = ask(sami).address
    hana.open(address)

    accepted = hana.press("Accept", acquaintance="worked_together")
    set_policy(guarantee_days=90, hired_means="Something else.")
    page = sami.open(address)

    assert accepted.flash == "Sami Seeker is yours to help, once they agree to the terms."
    assert accepted.says("terms") == page.says("terms")
    for term in (
        "RoleShipwright, Harbour Works",
        "A good word$50",
        "A formal referenceGift",
        "Total, owed only if hired$50",
        "Hired meansThe seeker has accepted this employer's offer for this role",
        "Guarantee30 days on the job; if it ends earlier, nothing is owed.",
        "Sami Seeker pays Hana Helper directly, after the guarantee. Nothing is due before the hire.",
        "They know each otherWe have worked together",
    ):
        assert term in page.says("terms")
    assert standing(page).startswith("Your move Read the terms and agree by 4 Jun; after that the claim lapses.")


def test_agreeing_is_the_pledge_and_the_page_says_so_first(hana, sami, ask):
    address = ask(sami).address
    hana.open(address)
    hana.press("Accept")

    before = sami.open(address)
    after = sami.press("Agree to the terms")

    pledge = "By agreeing you pledge: if you are hired and the job lasts 30 days, you owe Hana Helper $50."
    assert pledge in standing(before)
    assert "Nothing is due before that, and you can withdraw until the hire is reported." in standing(before)
    assert after.flash == "Agreed. Hana Helper can begin to help you."
    assert (Pledge.get().amount, Pledge.get().state) == (5000, "pledged")


def test_a_gift_is_agreed_to_without_a_pledge(gift, hana, sami, ask):
    address = ask(sami, help=["reference"], on=gift).address
    hana.open(address)
    hana.press("Accept")

    page = sami.open(address)
    sami.press("Agree to the terms")

    assert "This help is a gift: you will never owe anything for it." in standing(page)
    assert Pledge.select().count() == 0


def test_terms_that_nobody_agrees_to_lapse(hana, sami, ask, wait):
    address = ask(sami).address
    hana.open(address)
    hana.press("Accept")

    wait(days=4)

    assert "lapsed" in path(hana.open(address))["past"][-1]


def test_who_comes_later_keeps_a_place_in_line(hana, sami, rosa, ask):
    first, second = ask(sami).address, ask(rosa).address
    hana.open(first)
    hana.press("Accept")

    waiting = rosa.open(second)
    full = hana.open(second)
    sami.open(first)
    sami.press("Withdraw")

    assert "Every seat is taken. This request keeps its place in line: number 1." in standing(waiting)
    assert "Accept" not in full.buttons
    assert "Every seat is taken. Requests keep their place in line until one is free." in standing(full)
    assert "Accept" in hana.open(second).buttons


# Working through it


def test_each_side_ticks_its_own_steps_of_the_checklist(together, hana, sami):
    address = together()

    helper_steps = [label for label in hana.open(address).buttons if label.startswith("Done")]
    seeker_steps = [label for label in sami.open(address).buttons if label.startswith("Done")]
    done = hana.press("Done: Given: A good word")
    undone = hana.press("Undo: Given: A good word")

    assert helper_steps == [
        "Done: The employer knows that this referral is helped, and what for",
        "Done: Given: A good word",
        "Done: Given: A formal reference",
    ]
    assert seeker_steps == [
        "Done: Received: A good word",
        "Done: Received: A formal reference",
        "Done: Applied for the role",
        "Done: In interviews",
        "Done: Has an offer",
    ]
    assert (done.flash, undone.flash) == ("Noted.", "Taken back.")
    assert "Given: A good word 1 Jun" in done.says("checklist")
    assert "Given: A good word Hana Helper" in undone.says("checklist")


def test_they_write_to_each_other(ask, hana, sami):
    address = ask(sami).address
    hana.open(address)

    page = hana.press("Send", body="Which *boats*?")
    sami.open(address)
    answer = sami.press("Send", body="Two cutters.")

    assert page.address == address
    assert "boats" in [em.text for em in page.part("thread").iter("em")]
    thread = [words(message) for message in answer.part("thread").iter("li")]
    assert [line.split()[0] for line in thread] == ["Sami", "Hana", "Sami"]
    assert ["data-mine" in message.attrib for message in answer.part("thread").iter("li")] == [True, False, True]


def test_the_timeline_shows_the_past_now_and_what_comes_by_default(together, sami):
    address = together()

    timeline = path(sami.open(address))

    assert [step.rpartition(" 1 Jun")[0] for step in timeline["past"]] == [
        "Sami Seeker asked for help",
        "Hana Helper accepted, and the terms were frozen",
        "Sami Seeker pledged to pay the price if hired",
    ]
    assert timeline["now"] == ["Sami Seeker agreed to the terms 1 Jun 2026, 11:00"]
    assert timeline["next"] == ["Next, by defaultUnder way. Golem asks how it is going on 1 Jul."]


def test_an_active_claim_says_when_it_runs_out(together, sami, seeker, wait, walk):
    address = together()

    wait(days=76)
    page = walk(seeker).open(address)

    assert "It runs out on 28 Nov unless somebody reports how it ended; then nothing is owed." in standing(page)


def test_a_helper_lets_a_claim_go_and_says_why(together, hana, sami):
    address = together()

    page = hana.press("Let the claim go", reason="I am moving away.")

    assert page.flash == "Let go. Nothing is owed, and Sami Seeker was told why."
    assert "“I am moving away.”" in sami.open(address).text
    assert Pledge.get().state == "void"


def test_a_seeker_withdraws(together, sami):
    together()

    assert (
        sami.press("Withdraw", reason="Another job.").flash == "Withdrawn. Nothing is owed, and Hana Helper was told."
    )


@pytest.mark.parametrize(
    ("state", "helpers", "seekers"),
    [
        ("requested", {"Accept", "Ask for changes", "Decline"}, {"Withdraw"}),
        ("changes_asked", set(), {"Send the changed request", "Withdraw"}),
        ("accepted", set(), {"Agree to the terms", "Withdraw"}),
        (
            "active",
            {"Report the hire", "Ask an organizer", "Waive the price", "Let the claim go"},
            {"Report the hire", "Close the claim", "Ask an organizer", "Withdraw"},
        ),
        ("reported", {"Confirm the hire", "Contest", "Ask an organizer", "Waive the price"}, {"Ask an organizer"}),
        ("disputed", {"Propose this end"}, {"Propose this end"}),
        (
            "hired",
            {"Report the end", "Ask an organizer", "Waive the price"},
            {"Report the end", "Ask an organizer", "Say thank you"},
        ),
        ("settled", set(), {"Say thank you"}),
        ("ended_early", set(), set()),
        ("not_hired", set(), set()),
        ("released", set(), set()),
        ("expired", set(), set()),
        ("cancelled", set(), set()),
        ("closed", set(), set()),
    ],
)
def test_each_side_has_a_button_for_exactly_what_it_may_do_now(lead, hana, sami, referral, state, helpers, seekers):
    if state == "closed":
        lead(Claim, "requested").referral.withdraw(referral.helper)
    else:
        lead(Claim, state)

    assert verbs(hana.open("/claims/1")) == helpers
    assert verbs(sami.open("/claims/1")) == seekers


@pytest.mark.parametrize(
    ("state", "helpers", "seekers"),
    [
        ("due", {"The money has arrived", "Waive the price"}, {"I have sent the money", "Say thank you"}),
        ("sent", {"The money has arrived", "Waive the price"}, {"Say thank you"}),
    ],
)
def test_while_the_price_is_due_each_side_has_its_buttons(lead, hana, sami, state, helpers, seekers):
    lead(Pledge, state)

    assert verbs(hana.open("/claims/1")) == helpers | {"Ask an organizer"}
    assert verbs(sami.open("/claims/1")) == seekers | {"Ask an organizer"}


@pytest.mark.parametrize("state", ["declined", "withdrawn", "lapsed", "released", "not_hired", "expired", "cancelled"])
def test_the_thread_of_a_claim_that_came_to_nothing_is_closed(lead, sami, state):
    lead(Claim, state)

    assert "Send" not in sami.open("/claims/1").buttons


def test_a_long_thread_has_pages_of_which_the_newest_comes_first(claim, sami, helper):
    for number in range(65):
        claim.say(helper, f"Message number {number}.")

    newest, older, first = (sami.open(f"/claims/1{page}").says("thread") for page in ("", "?page=2", "?page=3"))

    assert "Message number 64." in newest
    assert "Message number 34." not in newest
    assert "Message number 34." in older
    assert "Message number 5." in older
    assert "Message number 4." in first
    assert claim.note in first
    assert claim.note not in older


def test_only_the_newest_messages_ask_for_more(claim, sami, helper):
    for number in range(31):
        claim.say(helper, f"Message number {number}.")

    assert sami.open("/claims/1").part("thread").get("hx-get") == "/claims/1"
    assert sami.open("/claims/1?page=2").part("thread").get("hx-get") is None


def test_a_long_path_shows_its_newest_steps_and_leads_to_the_rest(claim, sami):
    for _round in range(16):
        claim.ask_changes(claim.helper, reason="More, please.")
        claim.resubmit(claim.seeker, note="I tie knots.", help=["good_word"])

    page = sami.open("/claims/1")
    assert len(page.part("progress").findall(".//li[@data-when='past']")) == 29
    whole = sami.follow("All that happened before")
    assert len(whole.all("li", data_when="past")) == 33


# The hire


def test_a_hire_is_confirmed_and_the_price_settled_between_the_two(hire, hana, sami, wait):
    address = hire()
    assert "The guarantee runs until 1 Jul. If the job lasts, Sami Seeker owes Hana Helper $50 then" in standing(
        sami.page
    )

    wait(days=20)
    sami.open(address), hana.open(address)
    wait(days=11)
    due = sami.open(address)
    assert standing(due).startswith("Your move Send $50 to Hana Helper, then say so here, by 16 Jul")
    sent = sami.press("I have sent the money")
    assert sent.flash == "Noted. Hana Helper is asked to say when it has arrived."

    arrived = hana.open(address)
    assert standing(arrived).startswith("Your move Has the $50 arrived?")
    settled = hana.press("The money has arrived")

    assert settled.flash == "Settled. Thank you for your help."
    assert "All promises are kept." in standing(sami.open(address))
    assert (Claim.get().state, Pledge.get().state) == ("settled", "paid")


def test_a_gift_is_settled_on_the_hire_with_a_thank_you_note(gift, hire, sami):
    hire(help=["role_briefing"], on=gift)

    page = sami.press("Say thank you", thanks="Without you I would still be **looking**.")

    assert Claim.get().state == "settled"
    assert page.flash == "Hana Helper has your thanks."
    assert "Say thank you" not in page.buttons
    assert "Without you I would still be looking. Only you two read this." in page.text


def test_a_helper_waives_the_price(hire, hana, sami):
    address = hire()

    page = hana.press("Waive the price")

    assert page.flash == "Waived: your help is a gift now, and Sami Seeker was told."
    assert "Hana Helper waived the price" in " ".join(path(sami.open(address))["past"])
    assert "All promises are kept." in standing(sami.page)


def test_a_hire_fills_the_posting_and_tells_those_in_line(hire, referral, rosa, ask, hana, sami):
    ask(rosa)

    hire()

    assert Referral.get_by_id(referral.id).state == "filled"
    assert "The posting ended, and the claim was closed without a fee" in rosa.open("/claims/1").text
    assert "“Shipwright” is no longer open, so the claim was closed. Nothing is owed." in rosa.open("/notices").text


def test_silence_confirms_what_the_seeker_reported(together, sami, hana, wait):
    address = together()
    page = sami.press("Report the hire", start_date="2026-06-01")
    assert page.flash == "Reported. Hana Helper is asked to confirm it."
    assert "silence confirms the hire" in standing(page)

    wait(days=15)

    assert Claim.get().state == "reported"
    assert "The guarantee runs until" in standing(sami.open(address))


def test_nobody_is_charged_on_the_helpers_word_alone(together, sami, hana, wait):
    address = together()
    hana.press("Report the hire", start_date="2026-06-01")
    assert "You are never charged on the helper's word alone." in standing(sami.open(address))

    wait(days=15)

    assert "An organizer who has no part in it decides by 16 Jul" in standing(sami.open(address))


@pytest.mark.parametrize(
    ("label", "says"),
    [("Contest", "Hana Helper contested the report"), ("Ask an organizer", "asked an organizer to decide")],
)
def test_a_report_that_is_wrong_goes_to_the_organizers(together, sami, hana, label, says):
    address = together()
    sami.press("Report the hire", start_date="2026-06-01")
    hana.open(address)

    page = hana.press(label, reason="They hired somebody else.")

    assert page.flash == "An organizer will look at it and decide."
    assert says in standing(sami.open(address))
    assert "“They hired somebody else.”" in standing(sami.page)


@pytest.mark.parametrize(
    "outcome", ["did_not_get_it", "declined_offer", "role_cancelled", "stopped_looking", "hired_elsewhere"]
)
def test_a_seeker_reports_how_it_ended_without_a_hire(together, sami, outcome):
    together()

    page = sami.press("Close the claim", outcome=outcome)

    assert page.flash.startswith("Thank you for saying so. Nothing is owed")
    assert (Claim.get().state, Claim.get().outcome, Pledge.get().state) == ("not_hired", outcome, "void")


def test_a_job_that_ends_within_the_guarantee_costs_nothing(hire, hana, sami, wait):
    address = hire()
    wait(days=10)
    sami.open(address)

    page = sami.press("Report the end", ended_on="2026-06-10", reason="They closed.")

    assert page.flash == "Noted, and Hana Helper was told."
    assert "This claim has ended. Nothing is owed." in standing(page) or "Nothing is owed any more." in standing(page)
    assert Pledge.get().state == "void"


def test_by_pro_rata_terms_the_share_of_the_days_is_owed(set_policy, hire, sami, wait):
    set_policy(pro_rata=True)
    address = hire()
    assert "if it ends earlier, only the share of the days worked is owed." in sami.page.says("terms")
    wait(days=15)
    sami.open(address)

    page = sami.press("Report the end", ended_on="2026-06-16")

    assert standing(page).startswith("Your move Send $25 to Hana Helper")
    assert "Lowered to$25" in page.says("terms")


@pytest.mark.parametrize("ended_on", ["2026-05-01", "2026-07-01", "2000-01-01"])
def test_a_last_day_before_the_first_or_in_the_future_is_refused(set_policy, hire, sami, wait, unchanged, ended_on):
    set_policy(pro_rata=True)
    address = hire()
    wait(days=15)
    sami.open(address)

    with unchanged():
        page = sami.press("Report the end", ended_on=ended_on)

    assert page.status == 422
    assert page.says("ended_on-error")
    assert page.typed("ended_on") == ended_on


def test_money_that_nobody_sends_is_told_to_the_organizers(hire, seeker, walk, wait):
    address = hire()
    wait(days=31)
    assert "after that the organizers are told" in standing(walk(seeker).open(address))

    wait(days=15)

    assert "The money has been waiting for long: an organizer looks at it." in standing(walk(seeker).open(address))
    assert Pledge.get().waits_at_desk


# My claims


def test_my_claims_show_both_my_sides_with_your_move_first(post, rival, helper, hana, sami, rosa, ask):
    mine = ask(hana, on=post(by=rival, title="Rigger")).address
    asked = ask(sami).address

    page = hana.open("/claims")

    sections = {words(part.find("h2")): words(part) for part in page.part("main").iter("section")}
    assert list(sections) == ["Your move 1", "Under way"]
    assert "Shipwright, Harbour Works You help Sami Seeker · $50" in sections["Your move 1"]
    assert "Answer by 8 Jun; after that the request lapses." in sections["Your move 1"]
    assert "Rigger, Harbour Works Rosa Rival helps you" in sections["Under way"]
    assert "Rosa Rival has until 8 Jun to answer; after that the request lapses." in sections["Under way"]
    assert {asked, mine} <= set(page.links.values())


def test_what_has_ended_stands_last(lead, sami, ask, post):
    lead(Claim, "declined")
    ask(sami, on=post())

    headings = [words(part.find("h2")) for part in sami.open("/claims").part("main").iter("section")]

    assert headings == ["Under way", "Ended"]


def test_my_claims_are_as_they_stand_now_though_nobody_swept(hire, seeker, walk, wait):
    hire()
    wait(days=20)
    walk(seeker)
    wait(days=11)

    page = walk(seeker).open("/claims")

    assert "Your move" in page.text
    assert "Send $50 to Hana Helper" in page.text


def test_who_has_no_claims_is_shown_the_way_to_the_board(sami):
    page = sami.open("/claims")

    assert "No claims yet" in page.text
    assert sami.follow("To the board").part("results") is not None


# Who may see it


def test_outsiders_do_not_learn_that_a_claim_exists(claim, rosa, organizer, walk):
    for stranger in (rosa, walk(organizer)):
        page = stranger.open(f"/claims/{claim.id}")
        assert page.status == 404
        assert "There is nothing here, or nothing that you may see." in page.text


# Buttons on a page that has grown old


@pytest.mark.parametrize(
    ("state", "label", "verb"),
    [
        ("requested", "Accept", "accept"),
        ("accepted", "Agree to the terms", "agree"),
        ("reported", "Confirm the hire", "confirm"),
        ("active", "Withdraw", "withdraw"),
    ],
)
def test_a_button_pressed_twice_works_once(lead, hana, sami, unchanged, state, label, verb):
    lead(Claim, state)
    browser = hana if label in ("Accept", "Confirm the hire") else sami
    old = browser.open("/claims/1")
    browser.press(label)
    browser.open("/claims/1")
    events = Event.select().count()
    browser.page = old

    with unchanged():
        page = browser.press(label)

    assert page.status == 409
    assert page.flash == "This has moved on in the meantime. Here is how it stands now."
    assert page.part("claim") is not None
    assert Event.select().count() == events


def test_what_was_written_for_a_form_that_is_gone_is_shown_again(lead, use, hana, sami, unchanged):
    claim = lead(Claim, "active")
    hana.open("/claims/1"), sami.open("/claims/1")
    use(claim, "withdraw")
    hana.client.get("/claims/1")

    with unchanged():
        released = hana.press("Let the claim go", reason="I am moving away, and so on.")
    hana.page = hana.seen[-2]
    with unchanged():
        said = hana.press("Send", body="How did the interview go?")

    assert (released.status, said.status) == (409, 403)
    assert "I am moving away, and so on." in [area.text for area in released.all("textarea")]
    assert said.flash == "This thread is closed."
    assert "How did the interview go?" in [area.text for area in said.all("textarea")]
    assert Message.select().count() == 0


def test_a_changed_request_that_comes_too_late_is_not_lost(lead, sami, wait, unchanged):
    lead(Claim, "changes_asked")
    sami.open("/claims/1")
    wait(days=15)
    sami.client.get("/claims/1")

    with unchanged():
        page = sami.press("Send the changed request", note="Two cutters.", help=["reference"])

    assert page.status == 409
    assert "Two cutters." in [area.text for area in page.all("textarea")]
