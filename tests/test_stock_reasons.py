"""The reasons that organizers choose from: a list that the community keeps, and that spares them writing."""

import pytest
from cast import MONDAY, PASSWORD

from models import STARTING, Event, Invalid, Member, NotYours, StockReason, log

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

FULL = STARTING["turn_down"][2]


@pytest.fixture
def nina(organizer):
    return Member.join("Nina New", "nina@example.org", PASSWORD, state="applicant")


def test_a_community_begins_with_a_good_list(organizer):
    assert StockReason.by_act() == {act: list(texts) for act, texts in STARTING.items()}


def test_an_organizer_adds_changes_and_removes_reasons(organizer, second):
    StockReason.add(organizer, "turn_down", "  Come to our\nmeeting first. ")
    StockReason.change(second, "turn_down", FULL, "We are full until spring.")
    StockReason.remove(organizer, "turn_down", STARTING["turn_down"][0])

    texts = StockReason.by_act()["turn_down"]
    assert texts == [STARTING["turn_down"][1], "We are full until spring.", "Come to our meeting first."]
    assert StockReason.by_act()["reject"] == list(STARTING["reject"])
    verbs = [event.verb for event in log(organizer)]
    assert verbs[:3] == ["stock_reason.remove", "stock_reason.change", "stock_reason.add"]


def test_a_list_without_a_reason_begins_anew(organizer):
    for act, texts in STARTING.items():
        for text in texts:
            StockReason.remove(organizer, act, text)

    assert StockReason.by_act() == {act: list(texts) for act, texts in STARTING.items()}


@pytest.mark.parametrize("text", ["", None, " \n", "\u200b\u2060", "x" * 100_000, FULL])
def test_a_reason_that_says_nothing_or_is_there_already_is_refused(organizer, unchanged, text):
    with unchanged(), pytest.raises(Invalid):
        StockReason.add(organizer, "turn_down", text)
    with unchanged(), pytest.raises(Invalid):
        StockReason.change(organizer, "turn_down", STARTING["turn_down"][0], text)


def test_reasons_are_for_acts_that_there_are(organizer, unchanged):
    with unchanged(), pytest.raises(Invalid):
        StockReason.add(organizer, "explode", "Because.")


def test_a_reason_that_another_took_away_is_not_changed(organizer, second):
    StockReason.remove(second, "turn_down", FULL)

    with pytest.raises(Invalid):
        StockReason.change(organizer, "turn_down", FULL, "We are full until spring.")


def test_members_and_dismissed_organizers_leave_the_list_alone(organizer, second, helper, unchanged):
    Member.get_by_id(second.id).dismiss(organizer, reason="Too hasty.")

    for member in (helper, second):
        for change in (
            lambda by: StockReason.add(by, "reject", "No."),
            lambda by: StockReason.change(by, "reject", STARTING["reject"][0], "No."),
            lambda by: StockReason.remove(by, "reject", STARTING["reject"][0]),
        ):
            with unchanged(), pytest.raises(NotYours):
                change(member)


# On the pages


def test_a_reason_is_chosen_and_added_to(nina, olga, told):
    olga.open("/desk")

    olga.press("Turn down", stock=FULL, reason="Write to us in May.")

    [event] = Event.select().where(Event.verb == "member.turn_down")
    assert event.reason == f"{FULL} Write to us in May."


def test_a_chosen_reason_is_enough(nina, olga):
    olga.open("/desk")

    olga.press("Turn down all chosen", item=[f"application:{nina.id}"], stock=FULL)

    assert Event.get(Event.verb == "member.turn_down").reason == FULL


@pytest.mark.parametrize("reason", ["", " \n", "\u200b\u2060", "x" * 100_000])
def test_without_a_reason_nothing_is_decided_and_the_item_stays_open(nina, olga, unchanged, reason):
    olga.open("/desk")

    with unchanged():
        page = olga.press("Turn down", reason=reason)

    assert page.status in (409, 422)
    [item] = [one for one in page.all("details") if one.get("class") == "verb read"]
    assert "open" in item.attrib


def test_the_list_is_edited_at_the_desk(nina, olga):
    olga.open("/desk")
    olga.follow("Edit the reasons")

    olga.press("Add", text="Come to our meeting first.")
    assert olga.page.flash == "The list has it from now on."
    olga.press("Save", text="Tell us who you know here.")
    olga.press("Take away")
    refused = olga.press("Add", text="Come to our meeting first.")

    assert refused.status == 422
    assert "That is on the list already." in refused.text
    offered = [option.text for option in olga.open("/desk").part("stock").iter("option")]
    assert "Come to our meeting first." in offered
    assert STARTING["turn_down"][0] not in offered
