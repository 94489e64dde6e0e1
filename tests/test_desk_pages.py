"""The desk on the pages: one queue, one door, and what members see of it: reports, standing, invitations, the log."""

import csv
import io
import re

import pytest
from cast import MONDAY, PASSWORD, POLICY, newcomer
from pages import words

from models import (
    STARTING,
    Action,
    Block,
    Claim,
    Duties,
    Employer,
    Event,
    Inquiry,
    Invitation,
    Member,
    Notice,
    Pledge,
    Policy,
    Referral,
    Report,
    now,
)
from models import queue as queue_of_all

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

ENDLESS = "x" * 100_000


def apply(number=1):
    return Member.join(
        f"Nina {number}", f"nina{number}@example.org", PASSWORD, state="applicant", answer=f"I mend clock {number}."
    )


def applicants(count, organizer):
    """So many applicants at once; hashing a password for each would take its time."""
    same = {"password_hash": organizer.password_hash, "state": "applicant", "answer": "I mend clocks."}
    Member.insert_many(
        {"name": f"Nina {number}", "email": f"nina{number}@example.org", **same} for number in range(count)
    ).execute()


def contact(body="Please take it down."):
    return Inquiry.write(name="Ida", employer="Harbour Works", email="ida@example.org", body=body)


def suspend(organizer, member):
    return Action.take(organizer, member, "suspended", "spam", "Forty letters in a day.", days=7)


def kinds(page):
    return [words(item.find(".//span[@data-tone='info']")) for item in page.all("article")]


def queue_of(organizer):
    return queue_of_all(organizer=organizer)


def boxes(page):
    """The keys of the items that can be chosen."""
    return [box.get("value") for box in page.all("input", name="item", type="checkbox")]


# The queue


def test_the_queue_shows_all_seven_kinds_oldest_first(lead, post, set_policy, organizer, second, rival, olga, wait):
    stuck = lead(Pledge, "due")
    stuck.call_desk()
    wait(minutes=1)
    boats = post(title="Boat hand")
    disputed = Claim.request(boats, rival, "Please.", ["reference"])
    disputed.accept(boats.helper)
    disputed.agree(rival)
    disputed.dispute(rival, reason="She does not answer.")
    wait(minutes=1)
    contact()
    wait(minutes=1)
    Action.take(second, rival, "warning", "spam", "Once is enough.").appeal(rival, reason="It was not me.")
    wait(minutes=1)
    Report.make(rival, "spam", "Forty letters.", member=boats.helper)
    wait(minutes=1)
    set_policy(review="all")
    post(by=rival, title="Rigger")
    wait(minutes=1)
    apply()

    page = olga.open("/desk")

    assert page.says("queue").count("7 items wait") == 1
    times = [time.get("datetime") for time in page.part("queue").iter("time")]
    assert times == sorted(times)
    assert len(set(kinds(page))) == 7
    assert kinds(page)[-2:] == ["Review", "Application"]


def test_an_item_says_how_old_it_is_and_what_is_known(organizer, helper, seeker, walk, wait):
    Action.take(organizer, seeker, "note", "other", "Spoke on the phone.")
    Member.update(invited_by=helper).where(Member.id == seeker.id).execute()
    Report.make(helper, "harassment", "He writes at night.", member=seeker)
    wait(days=3)

    page = walk(organizer).open("/desk")

    item = words(page.all("article")[0])
    for known in ("3 days", "new here", "invited by Hana Helper", "1 earlier action", "About Sami Seeker", "at night"):
        assert known in item


def test_the_queue_is_filtered_by_kind(olga, helper, seeker):
    apply()
    Report.make(helper, "spam", "", member=seeker)

    page = olga.open("/desk?kind=report")

    assert kinds(page) == ["Report"]
    assert len(kinds(olga.open("/desk?kind=nonsense"))) == 2


def test_one_press_lets_an_applicant_in(olga, walk):
    apply()
    olga.open("/desk")

    page = olga.press("Let in")

    assert (page.address, page.flash) == ("/desk", "1 item is done.")
    assert Member.get(Member.name == "Nina 1").state == "new"
    assert "Nothing waits" in page.text


def test_several_are_done_with_one_press_and_one_reason(olga, told):
    nina, nora = apply(1), apply(2)
    olga.open("/desk")

    page = olga.press("Turn down all chosen", item=[f"application:{nina.id}", f"application:{nora.id}"], reason="Full.")

    assert page.flash == "2 items are done."
    assert [Member.get_by_id(one.id).state for one in (nina, nora)] == ["declined", "declined"]
    assert told(nina) == told(nora) == ["member.turn_down"]


def test_a_hundred_items_are_cleared_with_few_requests(organizer, olga):
    applicants(100, organizer)
    olga.seen.clear()

    page = olga.open("/desk")
    while page.all("article"):
        page = olga.press("Let in all chosen", item=boxes(page))

    assert 2 * len(olga.seen) <= 15, "Each press is a request, and so is the page that it leads to."
    assert Member.applicants().count() == 0


def test_what_waits_is_read_page_by_page(organizer, olga):
    applicants(60, organizer)

    first = olga.open("/desk?kind=application")
    second = olga.follow("Newer")
    left = olga.press("Let in")

    assert [len(page.all("article")) for page in (first, second, left)] == [50, 10, 9]
    assert "60 items wait" in second.says("queue")
    assert len(olga.follow("Older").all("article")) == 50


def test_opening_the_desk_runs_no_clock(lead, organizer, walk, wait, unchanged):
    lead(Pledge, "due")
    wait(days=14)
    Notice.update(read_at=now()).execute()
    olga = walk(organizer)

    with unchanged():
        page = olga.open("/desk")

    assert "Nothing waits" in page.text


def names_of_controls(page):
    """What those who listen hear of each control within the page: its label, and else its words."""
    labels = {label.get("for"): words(label) for label in page.all("label")}
    for one in page.part("main").iter():
        if one.tag in ("button", "summary", "select", "textarea", "input") and one.get("type") != "hidden":
            yield one.get("aria-label") or labels.get(one.get("id")) or words(one)


def test_no_two_controls_of_the_queue_have_the_same_name(lead, post, set_policy, second, rival, seeker, helper, olga):
    lead(Pledge, "due").call_desk()
    Action.take(second, rival, "warning", "spam", "Once is enough.").appeal(rival, reason="It was not me.")
    for reported in (rival, seeker):
        Report.make(helper, "spam", "Forty letters.", member=reported)
    set_policy(review="all")
    for _twice in range(2):
        post(by=rival, title="Rigger", duties="Mend sails. " * 60), contact(), apply(_twice)

    names = list(names_of_controls(olga.open("/desk")))

    assert len(names) > 50
    assert all(names)
    assert [name for name in names if names.count(name) > 1] == []


def test_an_evening_of_109_items_takes_at_most_20_presses(organizer, second, helper, rival, seeker, lead, post, olga):
    """Each link, button, box and choice is a press; what is typed is none."""
    applicants(45, organizer)
    pledge = lead(Pledge, "due")
    pledge.call_desk()
    referral = post(by=rival, title="Rigger")
    columns = {name: value for name, value in referral.__data__.items() if name != "id"}
    ids = [Referral.insert(**columns | {"state": "in_review", "title": f"Rigger {n}"}).execute() for n in range(40)]
    Duties.insert_many([{"referral": id, "text": "Mend sails."} for id in ids]).execute()
    handed_in = {"verb": "referral.submit", "actor": rival, "before": "draft", "after": "in_review"}
    Event.insert_many([handed_in | {"referral": id} for id in ids]).execute()
    for number in range(16):
        Report.make(seeker, "spam", "Hm.", member=newcomer(f"Kim{number} Crowd", organizer))
    for number in range(5):
        contact(f"Letter {number}")
    for member in (helper, rival):
        Action.take(second, member, "warning", "spam", "Once is enough.").appeal(member, reason="It was not me.")
    assert len(queue_of(organizer)) == 109
    olga.seen.clear()
    chosen = 0

    def clear(tab, button, stock=None):
        nonlocal chosen
        if tab:
            olga.follow(tab)
        olga.follow("Choose all on this page")
        chosen += stock is not None
        olga.press(f"{button} all chosen", **{"stock": stock} if stock else {})

    olga.open("/desk")
    clear("Application", "Let in")
    clear("Review", "Approve")
    clear("Report", "Dismiss the report", STARTING["dismiss"][0])
    clear("All", "Answered", STARTING["answer"][0])
    clear(None, "The action stands", STARTING["keep"][0])
    olga.press("Remind both sides all chosen", item=boxes(olga.page))

    assert [item.kind for item in queue_of(organizer)] == ["settlement"], "Both sides were reminded: it waits for them."
    assert len(olga.seen) + chosen + 1 <= 20, "The last box is a press as well."


def test_an_item_that_somebody_else_is_on_is_left_and_said_so(olga, oscar, unchanged):
    apply(1), apply(2)
    oscar.open("/desk")
    assert "It is yours for half an hour" in oscar.press("I am on it").flash

    page = olga.open("/desk")
    assert "Oscar Organizer is on it" in page.text
    done = olga.press("Let in all chosen", item=boxes(page))

    assert done.flash == "1 item is done. 1 item was left: Oscar Organizer is at work on this."
    with unchanged():
        alone = olga.press("Let in")
    assert (alone.status, alone.flash) == (409, "Oscar Organizer is at work on this.")
    oscar.open("/desk")
    oscar.press("Let go")
    assert olga.press("Let in").flash == "1 item is done."


def test_what_another_is_on_is_taken_over_from_the_queue_with_a_word(olga, oscar):
    apply()
    oscar.open("/desk")
    oscar.press("I am on it")
    page = olga.open("/desk?kind=application")
    assert "Oscar Organizer is on it since 1 Jun 2026, 11:00" in words(page.part("queue"))

    taken = olga.press("Take it over", reason="You are asleep, Oscar.")

    assert "they were told" in taken.flash
    assert "Yours since 1 Jun" in words(taken.part("queue"))
    assert olga.press("Let in").flash == "1 item is done."


def test_a_hold_ends_by_itself(olga, oscar, wait):
    apply()
    oscar.open("/desk")
    oscar.press("I am on it")

    wait(minutes=31)

    assert "Oscar Organizer is on it" not in olga.open("/desk").text
    assert olga.press("Let in").flash == "1 item is done."


def test_what_has_been_dealt_with_in_the_meantime_is_said(olga, oscar, unchanged):
    apply()
    olga.open("/desk")
    oscar.open("/desk")
    oscar.press("Let in")

    with unchanged():
        page = olga.press("Let in")

    assert (page.status, page.flash) == (409, "This has been dealt with in the meantime.")


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({}, 409, "Choose at least one item first."),
        ({"item": "application:x", "act": "admit"}, 409, "This has been dealt with in the meantime."),
        ({"item": "report:1", "act": "explode"}, 409, "That cannot be done with this."),
        ({"item": "report:1", "act": "delete_instance"}, 409, "That cannot be done with this."),
        ({"item": "report:1", "act": "uphold"}, 409, "Please say why, in a sentence or two."),
        ({"item": "report:1", "act": "uphold", "reason": " \x00"}, 409, "Please say why, in a sentence or two."),
        ({"item": "report:1", "act": "uphold", "reason": ENDLESS}, 409, "Please keep this under 2000 characters."),
    ],
)
def test_what_cannot_be_done_at_the_queue(olga, read, helper, seeker, unchanged, typed, status, sentence):
    Report.make(helper, "spam", "", member=seeker)

    with unchanged():
        page = read(olga.client.post("/desk", data=typed))

    assert sentence in page.text
    assert page.status in (status, 422)


def test_an_organizer_who_was_demoted_a_second_ago_does_nothing(oscar, second, organizer, unchanged, read):
    apply()
    oscar.open("/desk")
    second.dismiss(organizer, reason="Thank you.")

    with unchanged():
        page = oscar.press("Let in")

    assert (page.status, page.address) == (403, "/desk")


def test_a_report_is_read_with_what_it_is_about_and_upheld(referral, seeker, olga, sami, told):
    Report.make(seeker, "wrong_details", "The pay is half of that.", referral=referral)
    olga.open("/desk")

    page = olga.follow("Wrong pay or duties")
    done = olga.press(
        "Uphold the report", consequence="warning", reason="We asked the yard.", to_reported="Say what it pays."
    )

    assert "The pay is half of that." in page.text
    assert "Shipwright, Harbour Works" in page.links
    assert done.flash == "Done. Everyone concerned was told, each in your words for them."
    assert told(seeker) == ["report.uphold"]
    assert Action.get().reason == "Say what it pays."
    assert "Upheld" in sami.open("/standing").text


# One blueprint and one guard


def test_the_desk_is_one_blueprint_behind_one_guard(app, browse, helper, unchanged):
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule == "/desk" or rule.rule.startswith("/desk/")]
    assert {rule.endpoint.split(".")[0] for rule in rules} == {"desk"}
    assert [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("desk.") and rule not in rules] == []
    assert len(app.before_request_funcs["desk"]) == 1

    addresses = []
    with app.test_request_context():
        for rule in rules:
            chosen = {name: first for first, name in re.findall(r"any\((\w+)[^)]*\):(\w+)>", rule.rule)}
            address = app.url_for(rule.endpoint, **(dict.fromkeys(rule.arguments, 1) | chosen))
            addresses += [(method, address) for method in rule.methods - {"HEAD", "OPTIONS"}]
    member, stranger, found = browse(helper), browse(), set()
    with unchanged():
        for method, address in addresses:
            asked_in = stranger.open(address, method=method)
            assert asked_in.location.startswith("/sign-in"), address
            found.add((member.open(address, method=method).status_code, asked_in.status_code))

    assert found == {(403, 303)}


# Who comes in


def test_an_applicant_waits_in_the_hall_and_is_let_in(walk, olga, set_policy):
    set_policy(joining="application", question="What have you mended?")
    nina = walk()
    page = nina.open("/join")
    assert "What have you mended?" in page.text

    nina.press("Apply", name="Nina", email="nina@example.org", password=PASSWORD, answer="Two clocks.", rules="1")
    assert nina.page.address == "/join/sent"
    nina.open("/sign-in")
    nina.press("Sign in", email="nina@example.org", password=PASSWORD)
    assert nina.page.address == "/waiting"
    for address in ("/", "/claims", "/referrals/new", "/members/1", "/log", "/invitations"):
        assert nina.open(address).address == "/waiting"
    assert "Two clocks." in olga.open("/desk").text
    olga.press("Let in")

    assert "You are in." in nina.open("/waiting").text
    assert nina.open("/").address == "/"


def test_who_is_turned_down_reads_why(walk, olga, set_policy):
    apply()
    olga.open("/desk")
    olga.press("Turn down", reason="Only people from Toronto.")

    nina = walk(Member.get(Member.name == "Nina 1"))

    assert "“Only people from Toronto.”" in nina.open("/").text


@pytest.mark.parametrize("door", ["invitation", "closed"])
def test_a_closed_door_says_so(walk, set_policy, unchanged, door):
    set_policy(joining=door)
    nina = walk()
    page = nina.open("/join")

    with unchanged():
        sent = nina.client.post("/join", data={"name": "N", "email": "n@example.org", "password": PASSWORD})

    assert ("the door is closed" if door == "closed" else "People join by invitation here") in page.text
    assert page.part("name") is None
    assert sent.status_code == 403


@pytest.mark.parametrize("door", ["application", "invitation", "open"])
def test_an_invitation_works_whatever_the_door_says(walk, olga, set_policy, door):
    set_policy(joining=door, tree_open=True)
    olga.open("/invitations")
    address = olga.press("Make an invitation", note="My niece").typed("address")
    nina = walk()

    page = nina.open("/join/" + address.rpartition("/")[2])
    nina.press("Join", name="Nina", email="nina@example.org", password=PASSWORD, rules="1")

    assert "Olga Owner invited you." in page.text
    assert nina.page.address == "/join/sent"
    nina.follow("Sign in")
    nina.press("Sign in", email="nina@example.org", password=PASSWORD)
    tree = nina.open("/invitations").part("main").find(".//ul[@class='tree']/li/ul")
    assert words(tree) == "Nina"
    assert nina.client.get("/join/" + address.rpartition("/")[2]).status_code == 409


def test_an_invitation_can_be_ended(walk, organizer, olga):
    token = Invitation.make(organizer).token
    olga.open("/invitations")

    assert olga.press("End it").flash == "The invitation has ended."

    assert "This invitation has ended." in walk().open(f"/join/{token}").text


def test_who_is_not_trusted_does_not_invite(hana, helper, unchanged):
    page = hana.open("/invitations")
    assert "Make an invitation" not in page.buttons

    with unchanged():
        assert hana.client.post("/invitations", data={"uses": "1"}).status_code == 403

    Member.update(state="trusted").where(Member.id == helper.id).execute()
    assert "Make an invitation" in hana.open("/invitations").buttons


# Members, actions and appeals


def test_an_organizer_warns_a_member_who_is_told_and_appeals_to_another(olga, oscar, sami, seeker, told):
    olga.open(f"/desk/members/{seeker.id}")
    page = olga.press("Act", kind="warning", rule="spam", reason="Forty letters in a day.")
    assert page.flash == "Done. Sami Seeker was told, and the log has it."
    assert told(seeker)[0] == "action.warning"

    sami.open("/standing")
    assert "“Forty letters in a day.”" in sami.page.text
    sami.press("Appeal", reason="It was four.")
    olga.open("/desk/actions/1")
    assert "The action stands" not in olga.page.buttons
    oscar.open("/desk/actions/1")
    oscar.press("Take it back", reason="It was four indeed.")

    assert Action.get().state == "reversed"
    assert "Taken back after an appeal" in sami.open("/standing").text
    assert "Appeal" not in sami.page.buttons


def test_an_action_is_undone(organizer, seeker, olga, told):
    suspend(organizer, seeker)
    olga.open("/desk/actions/1")

    olga.press("Undo", reason="I took him for another.")

    assert (Action.get().state, seeker.kept_out) == ("undone", None)
    assert told(seeker)[0] == "action.undo"


def test_the_suspended_see_only_their_standing_and_appeal_there(organizer, second, seeker, sami):
    suspend(organizer, seeker)

    for address in ("/", "/claims", "/members/1", "/notices", "/log", "/reports/new?member=1"):
        assert sami.open(address).address == "/standing"
    assert "“Forty letters in a day.”" in sami.page.text
    page = sami.press("Appeal", reason="It was four.")

    assert page.flash == "Your appeal is with the organizers. You will have a notice."
    assert Action.get().state == "appealed"


def test_an_appeal_comes_too_late(organizer, seeker, sami, wait, unchanged):
    Action.take(organizer, seeker, "warning", "spam", "Once is enough.")
    wait(days=15)
    assert "Appeal" not in sami.open("/standing").buttons

    with unchanged():
        sent = sami.client.post("/standing/1/appeal", data={"reason": "Now?"})

    assert (sent.status_code, "The time to appeal has passed." in sent.text) == (409, True)


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("kind", "", "Please fill this in."),
        ("kind", "hanged", "Please choose one of these."),
        ("kind", "removed", "Please choose one of these."),
        ("rule", "", "Please fill this in."),
        ("rule", "ugly", "Please choose one of these."),
        ("days", "", "For how many days? From 1 to 365."),
        ("days", "0", "Write a whole number from 1 to 365."),
        ("days", "366", "Write a whole number from 1 to 365."),
        ("days", "soon", "Write a whole number from 1 to 365."),
        ("reason", "  ", "Please fill this in."),
        ("reason", ENDLESS, "Please keep this under 2000 characters."),
    ],
)
def test_an_action_that_cannot_be_taken(olga, seeker, read, unchanged, field, typed, sentence):
    answers = {"kind": "silenced", "rule": "spam", "days": "7", "reason": "Forty letters.", field: typed}

    with unchanged():
        page = read(olga.client.post(f"/desk/members/{seeker.id}/act", data=answers))

    assert (page.status, page.says(f"{field}-error")) == (422, sentence)


def test_nobody_acts_on_themselves(olga, organizer, unchanged, read):
    assert "Act" not in olga.open(f"/desk/members/{organizer.id}").buttons

    with unchanged():
        page = read(olga.client.post("/desk/members/1/act", data={"kind": "note", "rule": "spam", "reason": "Me."}))

    assert (page.status, page.flash) == (403, "You cannot act on yourself: ask another organizer.")


def test_the_owner_appoints_and_the_last_one_stays(olga, seeker, organizer, unchanged, read):
    olga.open(f"/desk/members/{seeker.id}")

    assert olga.press("Make an organizer").flash == "Done. Sami Seeker was told."

    assert Member.get_by_id(seeker.id).role == "organizer"
    with unchanged():
        page = read(olga.client.post("/desk/members/1/dismiss", data={"reason": "I am tired."}))
    sentence = "The last owner cannot leave: make somebody else an owner first."
    assert page.status == 409
    assert sentence in page.text


# Reports


@pytest.mark.parametrize("about", ["referral", "claim", "message", "member"])
def test_a_member_reports_what_is_wrong(lead, sami, organizer, helper, told, about):
    claim = lead(Claim, "active")
    claim.say(helper, "Send me fifty dollars first.")
    address, label = {
        "referral": (f"/referrals/{claim.referral_id}", "Report something else"),
        "claim": ("/claims/1", "Report something else"),
        "message": ("/claims/1", "Report this message"),
        "member": (f"/members/{helper.id}", "Report"),
    }[about]
    sami.open(address)

    sami.follow(label)
    page = sami.press("Send the report", rule="harassment", note="Please look.")

    assert page.flash.startswith("Thank you. Only the organizers know that it was you")
    report = Report.get()
    assert (report.member, getattr(report, about) is not None) == (helper, True)
    assert "report.make" in told(organizer)
    assert "report" not in " ".join(told(helper))


@pytest.mark.parametrize(("rule", "sentence"), [("", "Please fill this in."), ("ugly", "Please choose one of these.")])
def test_a_report_without_a_rule_is_refused(sami, helper, read, unchanged, rule, sentence):
    Member.update(profile_shown="all").where(Member.id == helper.id).execute()
    with unchanged():
        page = read(sami.client.post(f"/reports/new?member={helper.id}", data={"rule": rule, "note": "Look."}))

    assert (page.status, page.says("rule-error"), page.typed("note")) == (422, sentence, "Look.")


@pytest.mark.parametrize("query", ["", "?member=999", "?referral=x", "?claim=1", "?message=1", "?member=" + "9" * 40])
def test_there_is_nothing_to_report(sami, rival, query):
    assert sami.open("/reports/new" + query).status == 404


# The policy


def test_the_policy_says_what_a_change_touches_before_it_is_saved(olga, lead, unchanged):
    lead(Claim, "active")
    olga.open("/desk/policy")

    with unchanged():
        page = olga.press("See what this changes", charging="no", joining="closed")

    assert "Prices allowed: " in page.says("changes")
    assert "Who comes in: Open to all → Closed" in page.says("changes")
    assert "1 posting on the board asks for what would no longer be allowed" in page.says("changes")
    assert "1 open claim keeps the terms it was agreed under." in page.says("changes")
    olga.press("Save the policy")
    assert (Policy.current().charging, Policy.current().joining) == (False, "closed")


def test_a_policy_that_changed_meanwhile_is_shown_again(olga, set_policy):
    olga.open("/desk/policy")
    olga.press("See what this changes", seats_cap="3")
    set_policy(listing_days=10)

    page = olga.press("Save the policy")

    assert page.part("changes") is not None
    assert Policy.current().seats_cap != 3


def test_the_same_policy_is_no_change(olga, unchanged):
    olga.open("/desk/policy")

    with unchanged():
        page = olga.press("See what this changes")

    assert page.flash == "That is the policy already: nothing was changed."


def test_the_history_of_the_policy_says_who_changed_what(olga, oscar):
    oscar.open("/desk/policy")
    oscar.press("See what this changes", **POLICY)
    oscar.press("Save the policy")

    page = olga.open("/desk/policy/history")

    newest, first = (words(each) for each in page.part("main").iter("li") if each.get("data-when"))
    assert "Oscar Organizer" in newest
    assert "Who comes in: Open to all → By application" in newest
    assert "The first policy." in first


# Employers and blocks


def test_a_block_word_is_tried_on_what_is_here_and_then_kept_out(olga, hana, post, unchanged):
    for title in ("Rigger", "Diver", "Cook", "Pyramid seller"):
        post(title=title)
    olga.open("/desk/employers")

    with unchanged():
        page = olga.press("Try it on what is here", kind="word", pattern="pyramid")
    assert "It would have kept out 1 of what is here already. postings: 1 · Pyramid seller" in page.text
    olga.press("Keep it out")

    assert Block.get().pattern == "pyramid"
    assert olga.press("Allow again: pyramid").flash == "It is allowed again."
    assert Block.select().count() == 0


@pytest.mark.parametrize(
    ("kind", "pattern", "sentence"),
    [
        ("word", "a", "That is too short: it would match nearly everything."),
        ("word", "...", "That is too short: it would match nearly everything."),
        ("word", "wooden", "That matches more than half of what is here already. Make it narrower."),
        ("word", ENDLESS, "Please keep this under 80 characters."),
        ("word", "", "Please fill this in."),
    ],
)
def test_a_block_that_keeps_nearly_all_out_is_refused(olga, post, read, unchanged, kind, pattern, sentence):
    for title in ("Rigger", "Diver", "Cook", "Sailor"):
        post(title=title)

    with unchanged():
        page = read(olga.client.post("/desk/blocks", data={"kind": kind, "pattern": pattern, "act": "add"}))

    assert (page.status, page.says("pattern-error")) == (422, sentence)


def test_an_employer_in_the_public_sector_is_gifts_only(olga, read, unchanged):
    olga.open("/desk/employers")

    page = olga.press("Save", name="City of Toronto", rule="gifts_only", public="yes", note="By law.")

    assert Employer.known("city of toronto").policy == "gifts_only"
    assert "Gifts only Public sector" in page.text
    with unchanged():
        page = olga.press("Save", name="City of Toronto", rule="fine", public="yes")
    assert (page.status, page.says("rule-error")[:30]) == (422, "A public-sector employer is gi")


def test_an_employer_writes_without_an_account_and_never_reads_who_posted(
    walk, olga, referral, helper, organizer, told
):
    ida = walk()
    ida.open("/employers")
    page = ida.press("Send", name="Ida", employer="Harbour Works", email="ida@example.org", body="Take it down.")

    assert page.flash.startswith("Thank you.")
    assert not any("Hana" in seen.text for seen in ida.seen)
    assert told(organizer) == ["inquiry.write"]
    olga.open("/desk")
    letter = olga.follow("Harbour Works")
    assert "Shipwright" in letter.links
    olga.press("Mark as answered", reason="We asked the poster.")
    assert Inquiry.get().state == "answered"


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "", "Please fill this in."),
        ("email", "ida at example", "This does not look like an email address."),
        ("body", ENDLESS, "Please keep this under 5000 characters."),
    ],
)
def test_a_letter_that_cannot_be_taken(organizer, walk, read, unchanged, field, typed, sentence):
    answers = {"name": "Ida", "employer": "Harbour", "email": "ida@example.org", "body": "Hello.", field: typed}

    with unchanged():
        page = read(walk().client.post("/employers", data=answers))

    assert page.status == 422
    assert page.says(f"{field}-error") == sentence


# Insight and the log


def test_insight_shows_nothing_about_fewer_than_five(olga, post, referral):
    page = olga.open("/desk/insight")
    assert page.all("figure")
    assert "Too few to show" in page.text
    for number in range(4):
        post(title=f"Rigger {number}")

    table = csv.DictReader(io.StringIO(olga.client.get("/desk/insight.csv").text))

    rows = list(table)
    assert [(row["Month"], row["Postings written"], row["Claims made"]) for row in rows] == [("2026-06", "5", "")]


def test_members_read_in_the_log_what_was_done_and_by_which_rule_but_not_to_whom(organizer, seeker, hana):
    Action.take(organizer, seeker, "warning", "spam", "Forty letters in a day.")

    page = hana.open("/log")

    assert "Olga Owner warned a member" in page.says("log")
    assert "Spam" in page.says("log")
    assert "Forty letters in a day." not in page.text
    assert "Sami" not in page.text


def test_the_log_is_shown_in_pages(organizer, olga):
    Event.insert_many(
        {"verb": "action.note", "actor": organizer, "role": "organizer", "reason": f"Note {number}."}
        for number in range(51)
    ).execute()

    first, second = olga.open("/log"), olga.open("/log?page=2")

    assert "Note 50." in first.text
    assert "Note 0." in second.text
    assert "Note 50." not in second.text
    assert olga.open("/log?page=" + "9" * 30).status == 200


def test_a_claim_with_the_suspended_is_left_without_a_fee(lead, organizer, helper, sami):
    lead(Claim, "active")
    assert "Leave" not in " ".join(sami.open("/claims/1").buttons)
    suspend(organizer, helper)

    sami.open("/claims/1")
    label = next(button for button in sami.page.buttons if button.startswith("Leave"))
    page = sami.press(label)

    assert page.flash == "You have left. Nothing is owed."
    assert Claim.get().state == "cancelled"
