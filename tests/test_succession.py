"""The circle outlives those who look after it: stepping down, a second owner, and who follows an owner that is gone."""

import pytest
from cast import MONDAY
from racing import at_once, press, through

from models import Assignment, Event, Handover, Member, Refused, log

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


def role(member):
    return Member.get_by_id(member.id).role


# Stepping down


def test_an_organizer_steps_down_in_one_press_and_the_others_hear_of_it(oscar, organizer, second, helper, told):
    Assignment.take(second, "review:1")

    oscar.open("/account")
    page = oscar.press("Step down now")

    assert page.flash == "You are no longer an organizer. Thank you for your work."
    assert role(second) == "member"
    assert told(organizer)[0] == "member.step_down"
    assert "member.step_down" not in told(helper)
    assert Event.get(Event.verb == "member.step_down") in log(helper)
    assert not Assignment.select().exists()
    assert oscar.open("/desk").status == 403


def test_an_owner_steps_down_while_another_remains(organizer, second, helper):
    with pytest.raises(Refused, match="last owner"):
        organizer.step_down(organizer)
    second.make_owner(organizer)
    Handover.offer(organizer, helper)

    organizer.step_down(organizer)

    assert (role(organizer), role(second)) == ("member", "owner")
    assert not Handover.open().exists()


def test_of_two_owners_who_step_down_at_once_one_remains(organizer, second):
    second.make_owner(organizer)

    answers = at_once(press(organizer, "step_down", organizer), press(second, "step_down", second))

    assert len(through(answers)) == 1
    assert sorted([role(organizer), role(second)]) == ["member", "owner"]


def test_an_owner_does_not_step_down_for_one_who_is_leaving(organizer, second):
    second.make_owner(organizer)
    second.ask_to_leave(second)

    with pytest.raises(Refused, match="last owner"):
        organizer.step_down(organizer)


def test_whoever_is_no_organizer_is_not_asked_to_step_down(hana, helper, organizer, unchanged):
    assert "Step down" not in hana.open("/account").text
    with unchanged(), pytest.raises(Refused, match="not an organizer"):
        helper.step_down(helper)


# After the owner


def test_the_only_owner_is_asked_for_a_second_and_can_say_later(olga, oscar, organizer, second, wait):
    assert "Who follows you?" in olga.open("/desk/copies").text
    assert "Who follows you?" not in oscar.open("/desk/copies").text

    assert olga.press("Ask me in a month").flash == "We will ask again in a month."
    assert "Who follows you?" not in olga.open("/desk/copies").text


def test_the_handover_sheet_says_what_the_next_owner_needs(olga, oscar, organizer, second):
    olga.open("/desk/handover")
    olga.press("Save", handover_notes="The host is paid by Oscar.")

    text = oscar.open("/desk/handover").text
    assert "The host is paid by Oscar." in text
    assert "Olga Owner (Owner)" in text
