"""The house rules: the group's own text, agreed to at the door, versioned, and named by what organizers do."""

import pytest
from cast import MONDAY, PASSWORD, newcomer
from racing import at_once

from models import Action, Event, HouseRules, Invalid, Invitation, Member, NotYours, Refused, Report, now

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

CONFIDENCE = "What is said here stays here. Nobody tells an employer who is leaving, looking or helping."
JOINING = {"name": "Nia New", "email": "nia@example.org", "password": PASSWORD, "answer": "A bicycle."}


def change(organizer, *rules, version=None):
    return HouseRules.change(organizer, "\n".join(rules), version)


# What they are


def test_a_new_community_has_rules_and_a_promise_of_confidence_among_them(organizer, walk):
    page = walk().open("/house-rules")

    assert CONFIDENCE in page.text
    assert HouseRules.current().by == organizer
    assert organizer.rules_version == HouseRules.current().id


def test_organizers_write_new_ones_one_in_each_line(oscar, second, sami):
    oscar.open("/desk/policy")
    oscar.follow("House rules")

    oscar.press("Save the house rules", rules="Be kind.\n\n  Keep\u200b it here. \r\n")

    assert HouseRules.current().rules == ["Be kind.", "Keep it here."]
    assert HouseRules.current().by == second
    assert "Keep it here." in sami.open("/house-rules").text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Please fill this in."),
        (" \n\u200b\n", "Please fill this in."),
        ("Be kind.\nBE  KIND.", "The same rule stands here twice."),
        ("x" * 201, "Please keep each rule under 200 characters."),
        ("\n".join(f"Rule {number}" for number in range(21)), "At most 20 rules, please: nobody reads more."),
        ("x" * 100_000, "Please keep this under 5000 characters."),
    ],
)
def test_what_cannot_be_a_list_of_rules_is_said_and_nothing_is_lost(olga, unchanged, typed, sentence):
    olga.open("/desk/house-rules")

    with unchanged():
        page = olga.press("Save the house rules", rules=typed)

    assert (page.status, page.says("rules-error")) == (422, sentence)


def test_of_two_organizers_who_change_them_at_once_one_gets_through(organizer, second):
    seen = HouseRules.current().id

    outcomes = at_once(
        lambda: change(organizer, "Be kind.", version=seen), lambda: change(second, "Be brave.", version=seen)
    )

    assert sorted(isinstance(outcome, Refused) for outcome in outcomes) == [False, True]
    assert HouseRules.select().count() == 2


def test_an_old_page_does_not_undo_a_newer_version(olga, second):
    olga.open("/desk/house-rules")
    change(second, "Be brave.")

    page = olga.press("Save the house rules", rules="Be kind.")

    assert page.status == 409
    assert page.typed("rules").strip() == "Be kind."
    assert HouseRules.current().rules == ["Be brave."]


def test_rules_that_stay_as_they_were_are_no_version(organizer, unchanged):
    with unchanged():
        change(organizer, *HouseRules.current().rules)


def test_who_is_no_organizer_changes_nothing(seeker, unchanged):
    with unchanged(), pytest.raises(NotYours):
        change(seeker, "Be mine.")


def test_members_read_how_they_have_changed_and_the_log_says_by_whom(organizer, second, sami):
    change(second, *HouseRules.current().rules[:-1], "Be on time.")

    page = sami.open("/house-rules/history")

    assert "New: Be on time." in page.text
    assert "Taken out: Tell the organizers when something is wrong." in page.text
    assert "Oscar Organizer changed the house rules" in sami.open("/log").text


def test_a_new_order_is_a_change_too(organizer, sami):
    change(organizer, *HouseRules.current().rules[::-1])

    assert "The order changed." in sami.open("/house-rules/history").text


# At the door


def knock(browser, address, **typed):
    return browser.post(address, data={**JOINING, **typed}).status_code


@pytest.mark.parametrize("door", ["application", "open", "invitation"])
@pytest.mark.parametrize("ticked", ["", "0", "2", "x"])
def test_nobody_comes_in_without_agreeing_to_the_rules_as_they_are(
    door, ticked, organizer, set_policy, walk, unchanged
):
    set_policy(joining=door)
    address = f"/join/{Invitation.make(organizer).token}" if door == "invitation" else "/join"
    browser = walk().client

    with unchanged():
        assert knock(browser, address, rules=ticked) == 422


@pytest.mark.parametrize("door", ["application", "open", "invitation"])
def test_which_rules_somebody_agreed_to_and_when_is_kept(door, organizer, set_policy, walk):
    set_policy(joining=door)
    change(organizer, "Be kind.")
    address = f"/join/{Invitation.make(organizer).token}" if door == "invitation" else "/join"
    nia = walk()
    shown = nia.open(address).all("input", name="rules")[0].get("value")

    assert knock(nia.client, address, rules=shown) == 303

    member = Member.get(Member.name == "Nia New")
    assert (member.rules_version, member.rules_agreed_at) == (HouseRules.current().id, now())


def test_who_read_old_rules_at_the_door_reads_the_new_ones_first(organizer, walk):
    nia = walk()
    nia.open("/join")
    change(organizer, "Be kind.")

    page = nia.press("Join", name="Nia New", email="nia@example.org", password=PASSWORD, rules="1")

    assert page.says("rules-error") == "The house rules have just changed. Please read them again."
    assert "Be kind." in page.text
    assert page.typed("name") == "Nia New"


# Afterwards


def test_after_a_change_every_member_is_told_once_and_agrees_in_one_press(organizer, seeker, sami, told):
    assert "The house rules are new to you." not in sami.open("/").text
    change(organizer, "Be kind.")
    change(organizer, "Be kind.")

    assert told(seeker) == ["house_rules.change"]
    assert told(organizer) == []
    page = sami.open("/")
    assert page.status == 200
    assert "The house rules are new to you." in page.text
    sami.follow("Read them and agree")
    page = sami.press("I agree to these rules")
    assert "You agreed on" in page.text
    assert "The house rules are new to you." not in sami.open("/").text


def test_who_agrees_to_what_has_changed_meanwhile_is_shown_the_new_ones(organizer, seeker, sami):
    change(organizer, "Be kind.")
    sami.open("/house-rules")
    change(organizer, "Be brave.")

    page = sami.press("I agree to these rules")

    assert page.status == 409
    assert "Be brave." in page.text
    assert Member.get_by_id(seeker.id).rules_version == 1


def test_applicants_read_the_rules_and_are_not_asked_before_they_are_in(organizer, walk):
    applicant = newcomer("Nia New", organizer)
    Member.update(state="applicant", rules_version=None).where(Member.id == applicant.id).execute()

    page = walk(applicant).open("/house-rules")

    assert CONFIDENCE in page.text
    assert page.buttons == []


# What an action is about


def test_an_action_names_the_rule_as_it_was(organizer, seeker, olga, sami, rosa):
    olga.open(f"/desk/members/{seeker.id}")
    olga.press("Act", kind="warning", rule="confidence", house_rule="1.2", reason="You told the harbour.")
    change(organizer, "Be kind.")

    action = Action.get()
    assert action.house_rule == f"2. {CONFIDENCE}"
    for browser, address in (
        (sami, "/standing"),
        (olga, f"/desk/actions/{action.id}"),
        (olga, f"/desk/members/{seeker.id}"),
        (olga, "/log"),
        (rosa, "/log"),
    ):
        assert f"House rule 2. {CONFIDENCE}" in browser.open(address).text, address
    assert "You told the harbour." not in rosa.open("/log").text


def test_who_upholds_a_report_names_the_rule_too(organizer, seeker, helper, olga):
    report = Report.make(seeker, "harassment", "", member=helper)
    olga.open(f"/desk/reports/{report.id}")

    typed = {"consequence": "warning", "house_rule": "1.7", "reason": "Thank you.", "to_reported": "Let them be."}
    olga.press("Uphold the report", **typed)

    assert Action.get().house_rule == "7. Take a no for a no, and leave people alone who ask for it."


def test_an_action_need_name_none(organizer, seeker, sami):
    Action.take(organizer, seeker, "note", "spam", "Once is enough.")

    assert Action.get().house_rule == ""
    assert "House rule" not in sami.open("/standing").text


@pytest.mark.parametrize("code", ["1.99", "2.1", "x", "1", "1.1.1", "\u0661.1"])
def test_a_rule_that_is_none_of_the_current_ones_is_refused(organizer, seeker, code, unchanged):
    with unchanged(), pytest.raises(Invalid):
        Action.take(organizer, seeker, "note", "spam", "Once is enough.", house_rule=code)


def test_a_version_is_one_event(organizer):
    change(organizer, "Be kind.")

    assert Event.select().where(Event.verb == "house_rules.change").count() == 1
