"""Posting a role: draft, preview, publish, edit, pause, renew, fill, withdraw, and what organizers do with it."""

from datetime import date, timedelta

import pytest
from cast import MONDAY, POSTING
from pages import controls, words

from models import Claim, HiddenFrom, Notice, Policy, Referral, db, sweep, today

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


@pytest.fixture
def draft(hana):
    """What Hana has written, as she left it."""
    hana.open("/referrals/new")
    hana.press("Save and preview", **POSTING)
    return Referral.get()


def board_of(browser):
    return browser.open("/").says("results")


# Writing


def test_a_helper_writes_a_draft_and_sees_how_it_will_look(hana):
    hana.open("/")
    hana.follow("Post a role")

    page = hana.press("Save and preview", **POSTING)

    referral = Referral.get()
    assert page.address == f"/referrals/{referral.id}"
    assert page.flash.startswith("Saved as a draft.")
    assert referral.state == "draft"
    for shown in (
        "Shipwright",
        "Harbour Works · Hamilton",
        "$28.50 to $34 an hour",
        "Hybrid",
        "Manufacturing",
        "Works there, leaving 1 Jul",
        "“I report to the person who hires”",
    ):
        assert shown in page.text
    assert "wooden boats" in [strong.text for strong in page.all("strong")]


def test_the_menu_names_each_kind_of_help_with_its_price_or_that_it_is_a_gift(hana, draft):
    page = hana.open(f"/referrals/{draft.id}")

    [menu] = page.all("ul", _class="help-menu")

    assert [(words(item.find(".//strong")), words(item[-1])) for item in menu] == [
        ("A good word", "$50"),
        ("An introduction", "$12.50"),
        ("A formal reference", "Gift"),
        ("Interview coaching", "$10"),
    ]


def test_every_field_comes_back_as_it_was_written(hana, draft):
    page = hana.open(f"/referrals/{draft.id}")

    page = hana.follow("Edit")

    sent, _offered = controls(page.within(page.form("Save")))
    chosen = {name: [POSTING[name]] for name in ("connection", "helper_named", "employer_named")}
    assert sent == POSTING | chosen | {"version": "1"}


def test_nobody_but_its_helper_knows_of_a_draft(draft, sami, olga):
    assert sami.open(f"/referrals/{draft.id}").status == 404
    assert olga.open(f"/referrals/{draft.id}").status == 404
    assert "Shipwright" not in board_of(sami)
    assert "Shipwright" not in olga.open("/desk").text


def test_the_pay_may_be_one_amount_and_the_dates_may_be_left_open(hana):
    hana.open("/referrals/new")

    page = hana.press(
        "Save and preview", **POSTING | {"pay_max": "", "connection": "knows_of", "last_day": "", "closes_on": ""}
    )

    assert "$28.50 an hour" in page.text
    assert "Knows of the opening" in page.text


# The life of a posting


def test_a_posting_goes_on_the_board_and_through_its_whole_life(hana, draft, sami, wait):
    hana.open(f"/referrals/{draft.id}")

    assert hana.press("Publish").flash == "Your posting is on the board."
    assert "Shipwright" in board_of(sami)

    hana.follow("Edit")
    assert hana.press("Save", title="Boatbuilder").flash == "Saved. Claims already made keep the terms they have."
    assert "Boatbuilder" in board_of(sami)

    assert hana.press("Pause").flash == "Paused: it is off the board until you resume it."
    assert "Boatbuilder" not in board_of(sami)
    assert "Paused: nobody can claim it at the moment." in sami.open(f"/referrals/{draft.id}").text

    assert hana.press("Resume").flash == "Your posting is back on the board."
    assert "Boatbuilder" in board_of(sami)

    wait(days=20)
    assert "It has left the board." in hana.open(f"/referrals/{draft.id}").text
    assert "Boatbuilder" not in board_of(sami)

    hana.follow("Edit")
    hana.press("Save", closes_on="")
    assert hana.press("Renew").flash == "Renewed: your posting is at the top of the board."
    assert "Boatbuilder" in board_of(sami)

    assert hana.press("Mark as filled").flash.startswith("Marked as filled.")
    assert "Boatbuilder" not in board_of(sami)
    assert "This role is filled." in sami.open(f"/referrals/{draft.id}").text


def test_a_helper_withdraws_a_posting(hana, draft, sami):
    hana.open(f"/referrals/{draft.id}")
    hana.press("Publish")

    page = hana.press("Withdraw")

    assert page.flash.startswith("Withdrawn.")
    assert page.part("referral") is not None
    assert "Shipwright" not in board_of(sami)
    assert sami.open(f"/referrals/{draft.id}").status == 404


@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        ("draft", {"Publish", "Publish on this day", "Show the month only", "Withdraw"}),
        ("in_review", {"Take it down", "Withdraw"}),
        ("changes_asked", {"Publish", "Take it down", "Show the month only", "Withdraw"}),
        ("published", {"Pause", "Take it down", "Mark as filled", "Withdraw"}),
        ("paused", {"Resume", "Take it down", "Mark as filled", "Withdraw"}),
        ("expired", {"Renew", "Take it down", "Mark as filled", "Withdraw"}),
        ("hidden", {"Withdraw"}),
        ("filled", set()),
        ("withdrawn", set()),
        ("rejected", set()),
        ("removed", set()),
    ],
)
def test_the_helper_has_a_button_for_exactly_what_they_may_do_now(lead, hana, state, buttons):
    referral = lead(Referral, state)

    page = hana.open(f"/referrals/{referral.id}")

    assert set(page.buttons) == buttons
    assert ("Edit" in page.links) == (state not in ("filled", "withdrawn", "rejected", "removed"))


@pytest.mark.parametrize("state", ["withdrawn", "filled", "rejected", "removed"])
def test_what_can_no_longer_be_edited_says_so_and_keeps_what_was_typed(lead, hana, state, unchanged):
    referral = lead(Referral, state)
    page = hana.open(f"/referrals/{referral.id}/edit")

    with unchanged():
        page = hana.press("Save", title="Boatbuilder")

    assert page.status == 409
    assert page.flash == "This has moved on in the meantime. Here is how it stands now."
    assert page.typed("title") == "Boatbuilder"


def test_a_posting_whose_closing_date_has_passed_has_to_be_edited_before_it_is_renewed(hana, draft, wait, unchanged):
    hana.open(f"/referrals/{draft.id}")
    hana.press("Publish")
    wait(days=20)
    hana.open(f"/referrals/{draft.id}")

    with unchanged():
        page = hana.client.post(f"/referrals/{draft.id}/renew")

    assert page.status_code == 409
    assert "The closing date has passed. Edit it first, then try again." in page.text


def test_an_edit_leaves_claims_already_made_as_they_are(hana, referral, claim, sami):
    hana.open(f"/referrals/{referral.id}/edit")

    hana.press("Save", price_good_word="75", price_reference="")

    assert "$50" in sami.open(f"/claims/{claim.id}").says("request")
    assert "$75" in sami.open(f"/referrals/{referral.id}").text


def test_withdrawing_tells_and_closes_everybody_who_waited_in_line(hana, referral, claim, sami):
    hana.open(f"/referrals/{referral.id}")

    hana.press("Withdraw")

    page = sami.open(f"/claims/{claim.id}")
    assert Claim.get().state == "closed"
    assert "The posting ended, and the claim was closed without a fee" in page.text


def test_who_was_accepted_can_still_read_a_posting_that_was_withdrawn(lead, referral, hana, sami):
    lead(Claim, "accepted")
    hana.open(f"/referrals/{referral.id}")

    hana.press("Withdraw")

    notice = sami.open("/notices").links["Hana Helper withdrew “Shipwright”."]
    assert sami.open(notice).status == 200
    sami.open("/claims/1")
    assert sami.follow("The posting").status == 200


def test_after_the_last_day_the_badge_changes_and_help_from_inside_ends(hana, draft, sami, wait):
    hana.open(f"/referrals/{draft.id}/edit")
    hana.press("Save", last_day="2026-06-05")
    hana.press("Publish")

    wait(days=5)
    page = sami.open(f"/referrals/{draft.id}")

    assert "Worked there" in page.text
    assert "No longer: the helper has left." in page.text
    offered = [choice.get("value") for choice in page.all("input", name="help")]
    assert offered == ["reference", "interview_coaching"]


def test_a_helper_has_all_their_postings_in_one_list(hana, post, rival):
    post(title="Rigger")
    post(title="Sailmaker", publish=False)
    post(title="Diver", by=rival)

    page = hana.open("/referrals")

    assert [words(heading) for heading in page.part("main").iter("h2")] == ["Sailmaker", "Rigger"]
    assert "On the board until 16 Jul" in page.text
    assert "Draft" in page.text


def test_the_list_says_what_has_run_out_though_nobody_swept(hana, post, wait):
    post(closes_on=today() + timedelta(days=3), last_day=None, connection="works_there")

    wait(days=5)

    assert "Ran out" in hana.open("/referrals").text


def test_who_has_posted_nothing_is_told_what_to_do(sami):
    page = sami.open("/referrals")

    assert "You have not posted a role yet" in page.text
    assert sami.follow("Post a role").address == "/referrals/new"


# Where organizers look first


def test_an_organizer_approves_what_waits_for_a_review(set_policy, hana, draft, olga, sami):
    set_policy(review="all")
    hana.open(f"/referrals/{draft.id}")
    assert hana.press("Publish").flash == "Handed in. An organizer looks at it before it is published."
    assert "Shipwright" not in board_of(sami)

    olga.open("/desk")
    olga.follow("Shipwright, Harbour Works")
    page = olga.press("Approve")

    assert page.flash == "The posting is on the board."
    assert "Shipwright" in board_of(sami)
    assert "“Shipwright” is on the board now." in hana.open("/notices").text


def test_an_organizer_asks_for_changes_and_the_helper_hands_it_in_again(lead, hana, olga):
    referral = lead(Referral, "in_review")
    olga.open(f"/referrals/{referral.id}")

    asked = olga.press("Ask for changes", reason="Please name the **town**.")
    page = hana.open(f"/referrals/{referral.id}")

    assert (asked.status, asked.flash) == (200, "Hana Helper was asked to change it.")
    assert "“Please name the **town**.”" in page.text
    hana.follow("Edit")
    hana.press("Save", location="Hamilton, Ontario")
    assert hana.press("Publish").flash.startswith("Handed in.")


def test_an_organizer_turns_a_posting_down_and_says_why(lead, hana, olga):
    referral = lead(Referral, "in_review")
    olga.open(f"/referrals/{referral.id}")

    page = olga.press("Turn down", reason="This is an advertisement.")

    assert page.flash == "The posting was turned down, and Hana Helper was told why."
    assert "This is an advertisement." in hana.open("/notices").text
    assert "Turned down by an organizer." in hana.open(f"/referrals/{referral.id}").text


def test_an_organizer_hides_a_posting_and_restores_it(referral, hana, olga, sami):
    olga.open(f"/referrals/{referral.id}")

    hidden = olga.press("Hide", reason="Somebody says this role does not exist.")

    assert hidden.flash == "Hidden, and Hana Helper was told why."
    assert sami.open(f"/referrals/{referral.id}").status == 404
    assert "Hidden until an organizer" in hana.open(f"/referrals/{referral.id}").text
    olga.open("/desk/members/2")
    olga.follow("Posting hidden")
    olga.follow("Shipwright, Harbour Works")
    assert olga.press("Restore").flash == "The posting is back as it was."
    assert "Shipwright" in board_of(sami)


def test_a_removed_posting_is_reinstated(referral, hana, olga, sami):
    olga.open(f"/referrals/{referral.id}")
    olga.press("Hide", reason="It reads like a trap.")

    removed = olga.press("Remove", reason="It is one.")

    assert removed.flash == "Removed, and Hana Helper was told why."
    assert olga.press("Reinstate", reason="It was not.").flash == "The posting is back on the board."
    assert "Shipwright" in board_of(sami)


def test_an_organizer_marks_a_posting_as_filled(referral, olga):
    olga.open(f"/referrals/{referral.id}")

    assert "This role is filled." in olga.press("Mark as filled").text


@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        ("in_review", {"Approve", "Ask for changes", "Turn down"}),
        ("published", {"Hide", "Mark as filled", "Send request"}),
        ("paused", {"Hide", "Mark as filled"}),
        ("expired", {"Hide", "Mark as filled"}),
        ("hidden", {"Restore", "Remove"}),
        ("removed", {"Reinstate"}),
        ("filled", {"Hide"}),
        ("rejected", set()),
    ],
)
def test_an_organizer_has_a_button_for_exactly_what_they_may_do_now(lead, olga, state, buttons):
    referral = lead(Referral, state)

    assert set(olga.open(f"/referrals/{referral.id}").buttons) == buttons


@pytest.mark.parametrize(
    ("state", "label"),
    [
        ("in_review", "Ask for changes"),
        ("in_review", "Turn down"),
        ("published", "Hide"),
        ("hidden", "Remove"),
        ("removed", "Reinstate"),
    ],
)
def test_an_organizer_has_to_say_why(lead, olga, unchanged, state, label):
    referral = lead(Referral, state)
    olga.open(f"/referrals/{referral.id}")

    with unchanged():
        empty, long = olga.press(label, reason=" "), olga.press(label, reason="x" * 2001)

    assert (empty.status, empty.says("reason-error")) == (422, "Please say why, in a sentence or two.")
    assert (long.status, long.says("reason-error")) == (422, "Please keep this under 2000 characters.")
    assert "x" * 2001 in [area.text for area in long.all("textarea", name="reason")]


# What happened


def test_helper_and_organizers_read_what_happened_and_others_do_not(referral, hana, olga, sami):
    hana.open(f"/referrals/{referral.id}")
    hana.press("Pause")

    for reader in (hana, olga):
        assert "Hana Helper paused the posting" in reader.open(f"/referrals/{referral.id}").text
    assert "History" not in sami.open(f"/referrals/{referral.id}").text


def test_in_a_community_of_gifts_the_form_says_so_and_takes_no_price(set_policy, hana):
    set_policy(charging=False)
    page = hana.open("/referrals/new")
    assert "In this community help is a gift: write 0 beside what you offer" in page.text

    priced = hana.press("Save and preview", **POSTING)
    gifts = {name: "0" if name.startswith("price_") else value for name, value in POSTING.items()}
    page = hana.press("Save and preview", **gifts)

    assert priced.says("price_good_word-error").startswith("In this community help is given, not sold.")
    assert page.flash.startswith("Saved as a draft.")


def test_a_helper_of_earlier_days_is_told_and_takes_the_names_off_in_one_press(hana, sami, post, helper):
    referral = post()
    Notice.create(member=helper, kind="member.names")

    hana.open("/notices")
    page = hana.follow(
        "New: your postings can leave you and your employer unnamed until you accept somebody. They still name you."
    )
    assert page.address == "/referrals"
    page = hana.press("Show all of mine unnamed")

    assert page.flash == "1 posting no longer names you."
    assert "Show all of mine unnamed" not in page.buttons
    assert not Referral.get_by_id(referral.id).helper_named


# On a day, down again, and where nobody may look


def test_a_helper_chooses_the_day_on_which_a_posting_comes_up(hana, draft, sami, wait):
    hana.open(f"/referrals/{draft.id}")

    page = hana.press("Publish on this day", publish_on="2026-06-03")
    assert page.flash == "It comes up on Wednesday, 3 Jun. Until then only you see it."
    assert "at eight in the morning" in page.says("referral")
    assert {"Publish now", "Take the day off", "Publish on this day"} < set(page.buttons)
    assert "comes up on Wednesday, 3 Jun" in hana.open("/referrals").text
    assert sami.open(f"/referrals/{draft.id}").status == 404

    wait(days=2)
    sweep()
    assert "Shipwright" in board_of(sami)


@pytest.mark.parametrize("day", ["", "2026-05-01", "2026-06-01", "soon", "2026-02-30", "9999-01-01"])
def test_a_day_that_cannot_be_is_answered_beside_its_field_and_stays_typed(day, hana, draft, unchanged):
    hana.open(f"/referrals/{draft.id}")

    with unchanged():
        page = hana.press("Publish on this day", publish_on=day)

    assert page.status == 422
    assert page.says("publish_on-error")
    assert page.typed("publish_on") == day


def test_the_day_can_be_taken_off_again(hana, draft, helper):
    draft.schedule(helper, date(2026, 6, 3))
    hana.open(f"/referrals/{draft.id}")

    page = hana.press("Take the day off")

    assert page.flash == "The day is off. It comes up when you say so."
    assert "Take the day off" not in page.buttons


def test_all_of_mine_come_down_in_one_press(hana, post, sami, rival):
    post()
    post(title="Sailmaker")
    post(by=rival, title="Rigger")
    hana.open("/referrals")

    page = hana.press("Take all of mine down")

    assert page.flash == "2 postings are down: only you see them now."
    assert "Take all of mine down" not in page.buttons
    assert hana.client.post("/referrals/take-down").status_code == 303
    assert hana.open("/referrals").flash == "Nothing of yours was up."
    assert "Rigger" in board_of(sami)
    assert "Shipwright" not in board_of(sami)


def test_who_was_accepted_has_no_link_to_what_was_taken_down(hana, lead, sami):
    claim = lead(Claim, "accepted")
    hana.open(f"/referrals/{claim.referral_id}")

    hana.press("Take it down")

    page = sami.open(f"/claims/{claim.id}")
    assert page.status == 200
    assert "The posting" not in page.links
    assert "The posting" in hana.open(f"/claims/{claim.id}").links


def test_a_helper_reads_that_nobody_may_look_and_everybody_that_nobody_did(
    hana, post, helper, organizer, sami, olga, wait
):
    Policy.current().change(organizer, review="all")
    HiddenFrom.add(helper, "member", other=organizer)
    referral = post()

    page = hana.open(f"/referrals/{referral.id}")
    assert "No organizer may look at this one, so it goes on the board on Thursday, 4 Jun" in page.text
    wait(days=3)
    sweep()

    assert "Not reviewed" in sami.open("/").text
    assert "Not reviewed" in sami.open(f"/referrals/{referral.id}").text
    assert "Not reviewed" not in olga.open("/").text


def test_an_organizer_who_may_look_takes_the_mark_off(post, olga, sami):
    referral = post()
    Referral.update(unreviewed=True).execute()
    assert "Not reviewed" in olga.open(f"/referrals/{referral.id}").text

    page = olga.press("Approve")

    assert page.flash == "Approved: it is no longer marked as not reviewed."
    assert "Not reviewed" not in sami.open(f"/referrals/{referral.id}").text


def test_a_helper_sees_their_posting_as_others_will(post, hana, sami):
    referral = post(helper_named=False, employer_named=False, employer_words="A yard by the water", publish=False)
    hana.open(f"/referrals/{referral.id}")

    stranger = hana.follow("As members see it")
    accepted = hana.follow("As somebody you accepted sees it")

    assert "A yard by the water" in stranger.says("main")
    assert "Hana Helper" not in stranger.says("main")
    assert "Harbour Works" not in stranger.says("main")
    assert "1 Jul" not in stranger.says("main")
    assert "Harbour Works" in accepted.says("main")
    assert "Hana Helper" in accepted.says("main")
    assert sami.open(f"/referrals/{referral.id}/preview").status == 404


def test_the_preview_is_what_members_read_then(post, hana, sami):
    referral = post(helper_named=False, employer_named=False)

    preview = hana.open(f"/referrals/{referral.id}/preview?as=member")
    page = sami.open(f"/referrals/{referral.id}")

    for part in ("Duties", "The helper"):
        shown = [
            [words(one) for one in seen.all("section", _class="panel") if part in words(one)]
            for seen in (preview, page)
        ]
        assert shown[0] == shown[1] != []


# How it is shown


def test_the_field_says_what_stands_there_without_words_of_ones_own(hana, draft):
    assert "“An employer in Hamilton: Manufacturing”" in hana.open(f"/referrals/{draft.id}/edit").text
    assert "“an independent bookshop in the west end”" in hana.open("/referrals/new").text


def test_a_choice_left_open_follows_the_connection(hana):
    open_choice = {"helper_named": [], "employer_named": []}
    for connection in ("leaving", "works_there", "knows_of"):
        hana.open("/referrals/new")
        hana.press("Save and preview", **{**POSTING, **open_choice, "connection": connection})

    shown = [(one.connection, one.helper_named, one.employer_named) for one in Referral.select().order_by(Referral.id)]
    assert shown == [("leaving", False, False), ("works_there", False, False), ("knows_of", True, True)]


def test_what_was_chosen_stays_chosen_where_something_else_is_refused(hana, unchanged):
    hana.open("/referrals/new")

    with unchanged():
        page = hana.press(
            "Save and preview", **{**POSTING, "helper_named": "no", "employer_words": "A yard", "pay_min": "much"}
        )

    form = controls(page.within(page.form("Save and preview")))[0]
    assert (page.status, form["helper_named"], form["employer_words"]) == (422, ["no"], "A yard")


def test_where_the_policy_makes_it_the_rule_nobody_is_named_and_the_form_says_so(hana, draft, set_policy):
    set_policy(unnamed=True)
    page = hana.open(f"/referrals/{draft.id}/edit")
    assert "Here nobody reads your name" in page.text
    assert not page.all("input", name="helper_named")

    hana.press("Save")

    referral = Referral.get()
    assert (referral.helper_named, referral.employer_named) == (False, False)


def test_ones_own_postings_ask_the_same_few_things_however_many_name_nobody(hana, post):
    post(helper_named=False, employer_named=False)
    few = asked(hana)

    for _more in range(4):
        post(helper_named=False, employer_named=False)

    assert asked(hana) == few


def asked(browser):
    """How many statements the list of one's own postings takes."""
    browser.open("/referrals")
    statements = []
    db.query_hooks.append(statements.append)
    browser.open("/referrals")
    db.query_hooks.remove(statements.append)
    return len(statements)
