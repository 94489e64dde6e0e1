"""Away for a while: deadlines that wait for somebody stand still meanwhile, and go on with the time that was left."""

from datetime import date, timedelta

import pytest
from cast import MONDAY
from racing import at_once, press, through

from models import (
    Action,
    Claim,
    Community,
    Handover,
    Heartbeat,
    Invalid,
    Member,
    Notice,
    Report,
    end_of,
    in_days,
    now,
    sweep,
    today,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

TENTH, TWENTIETH = date(2026, 6, 10), date(2026, 6, 20)


def due(record):
    return type(record).get_by_id(record.id).due


def away(member, day=TENTH):
    Member.get_by_id(member.id).go_away(Member.get_by_id(member.id), day)


def back(member):
    Member.get_by_id(member.id).come_back(Member.get_by_id(member.id))


def group_away(organizer, day=TENTH):
    Community.current().go_away(organizer, day)


# One who is away


@pytest.mark.parametrize(
    ("state", "mover", "days"), [("requested", "helper", 7), ("changes_asked", "seeker", 14), ("accepted", "seeker", 3)]
)
def test_a_deadline_waits_for_whoever_has_to_move(state, mover, days, lead, people, wait):
    claim = lead(Claim, state)
    wait(days=2)

    away(people[mover])

    assert due(claim) == end_of(TENTH) + timedelta(days=days - 2)
    wait(days=days - 2)
    sweep()
    assert Claim.get_by_id(claim.id).state == state


@pytest.mark.parametrize(
    ("state", "other"), [("requested", "seeker"), ("changes_asked", "helper"), ("accepted", "rival")]
)
def test_it_does_not_wait_for_anybody_else(state, other, lead, people):
    claim = lead(Claim, state)
    before = due(claim)

    away(people[other])

    assert due(claim) == before


def test_whoever_comes_back_early_has_the_time_that_was_left(claim, helper, wait):
    wait(days=2)
    away(helper, TWENTIETH)
    wait(days=4)

    back(helper)

    assert due(claim) == in_days(5)


def test_an_absence_that_is_changed_twice_counts_once(claim, helper, wait):
    for day in (TENTH, TWENTIETH, TENTH):
        away(helper, day)
        wait(days=1)

    assert due(claim) == end_of(TENTH) + timedelta(days=7)


def test_what_begins_meanwhile_counts_from_the_return(lead, seeker, wait, use):
    away(seeker, TENTH)
    claim = lead(Claim, "changes_asked")
    assert due(claim) == end_of(TENTH) + timedelta(days=14)
    wait(days=3)

    back(seeker)

    assert due(claim) == in_days(14)


def test_a_request_to_somebody_who_is_away_waits_from_the_beginning(helper, referral, seeker):
    away(helper)

    claim = Claim.request(referral, seeker, "Please.", ["reference"])

    assert due(claim) == end_of(TENTH) + timedelta(days=7)


def test_what_has_run_out_already_does_not_come_back(claim, helper, wait):
    wait(days=8)

    away(helper)
    sweep()

    assert Claim.get_by_id(claim.id).state == "lapsed"


def test_a_seat_that_comes_free_gives_a_helper_who_is_away_the_whole_time(post, seeker, rival, helper, wait):
    posting = post(seats=1)
    first, later = (Claim.request(posting, one, "Please.", ["reference"]) for one in (seeker, rival))
    first.accept(helper)
    away(helper)

    first.withdraw(seeker)

    assert due(later) == end_of(TENTH) + timedelta(days=7)


# Two who are away


def test_where_both_are_away_it_waits_for_the_later_one(lead, helper, seeker, wait):
    claim = lead(Claim, "active")
    wait(days=1)

    away(helper, TENTH)
    away(seeker, TWENTIETH)
    away(helper, date(2026, 6, 15))
    assert due(claim) == end_of(TWENTIETH) + timedelta(days=29)
    back(seeker)

    assert due(claim) == end_of(date(2026, 6, 15)) + timedelta(days=29)
    assert Claim.get_by_id(claim.id).active_from == due(claim) - timedelta(days=30)


def test_the_absence_of_the_group_and_of_a_member_overlap(claim, helper, organizer, wait):
    away(helper, TENTH)
    group_away(organizer, TWENTIETH)
    assert due(claim) == end_of(TWENTIETH) + timedelta(days=7)

    Community.current().come_back(organizer)
    assert due(claim) == end_of(TENTH) + timedelta(days=7)

    back(helper)
    assert due(claim) == in_days(7)


def test_the_holidays_of_the_group_hold_for_everybody_and_everybody_is_told(lead, organizer, helper, told, olga):
    claim = lead(Claim, "accepted")

    olga.open("/desk/policy")
    page = olga.press("Send the group on holiday", until="2026-06-10")

    assert page.flash == "Saved. The deadlines of the group stand still until then."
    assert due(claim) == end_of(TENTH) + timedelta(days=3)
    assert told(helper)[0] == "community.go_away"
    assert "The group is away until 10 Jun: the deadlines wait." in olga.open("/").text


# What stands still by itself, and money


def test_time_that_stood_still_anyway_is_not_given_twice(lead, seeker, helper, organizer, wait):
    claim = lead(Claim, "accepted")
    away(seeker, TENTH)
    action = Action.take(organizer, helper, "suspended", "spam", "Hm.", days=30)
    wait(days=4)

    action.undo(organizer, reason="It was nothing.")

    assert due(claim) == end_of(TENTH) + timedelta(days=3)


def test_time_that_the_site_lost_is_not_given_twice(claim, helper, organizer, wait):
    sweep()
    Heartbeat.beat()
    away(helper, TENTH)
    wait(days=5)
    Heartbeat.beat()

    Heartbeat.current().give_back(organizer)

    assert due(claim) == end_of(TENTH) + timedelta(days=7)


def test_what_somebody_owes_stays_due_while_they_are_away(lead, seeker, helper, organizer):
    pledge = lead(Claim, "hired").pledge
    guarantee = pledge.due
    away(seeker)
    away(helper)
    group_away(organizer)
    assert due(pledge) == guarantee


@pytest.mark.parametrize(("state", "who", "waits"), [("due", "seeker", False), ("sent", "helper", True)])
def test_only_the_word_that_money_came_waits_for_one_person(state, who, waits, lead, people, organizer):
    from models import Pledge

    pledge = lead(Pledge, state)
    before, day = due(pledge), now().date() + timedelta(days=9)

    away(people[who], day)
    assert (due(pledge) > before) is waits
    group_away(organizer, day + timedelta(days=1))
    assert due(pledge) == end_of(day + timedelta(days=1)) + (before - now())


def test_a_handover_waits_for_whoever_was_asked(organizer, second):
    handover = Handover.offer(organizer, second)

    away(second)

    assert due(handover) == end_of(TENTH) + timedelta(days=14)


def test_the_time_to_appeal_waits_for_whoever_is_away(organizer, helper, seeker, wait):
    early = Action.take(organizer, helper, "warning", "spam", "Hm.")
    wait(days=1)
    away(helper)
    late = Action.take(organizer, helper, "silenced", "spam", "Hm.", days=2)

    ends = [Action.get_by_id(action.id) for action in (early, late)]
    assert [action.appeal_until for action in ends] == [end_of(TENTH) + timedelta(days=days) for days in (13, 14)]
    assert ends[1].due == in_days(2)


# Saying so


@pytest.mark.parametrize("day", [date(2026, 6, 1), date(2026, 5, 1), date(2026, 8, 2), None])
def test_an_absence_ends_on_one_of_the_next_sixty_days(day, helper, claim, unchanged):
    with unchanged(), pytest.raises(Invalid):
        away(helper, day)


def test_one_absence_after_the_other_is_one_absence(helper, claim, wait, unchanged):
    helper.go_away(helper, today() + timedelta(days=50))
    wait(days=45)
    helper.come_back(helper)
    wait(days=1)
    helper.go_away(helper, today() + timedelta(days=14))
    helper.come_back(helper)
    wait(days=13)
    with unchanged(), pytest.raises(Invalid, match="14 days lie between two"):
        helper.go_away(helper, today() + timedelta(days=20))

    wait(days=1, minutes=1)
    helper.go_away(helper, today() + timedelta(days=60))

    assert helper.away


def test_two_presses_at_once_move_a_deadline_once(claim, helper):
    answers = at_once(*[press(helper, "go_away", helper, TENTH)] * 2)

    assert through(answers)
    assert due(claim) == end_of(TENTH) + timedelta(days=7)


def test_whoever_waits_sees_it_and_an_unnamed_helper_is_not_given_away(hana, sami, rosa, post, seeker):
    named = Claim.request(post(), seeker, "Please.", ["reference"])
    unnamed = Claim.request(post(helper_named=False, title="Caulker"), seeker, "Please.", ["reference"])
    hana.open("/account")
    assert hana.press("I am away until then", until="2026-06-10").flash.startswith("Saved.")

    assert "You are away until 10 Jun: your deadlines wait." in hana.open(f"/claims/{named.id}").text
    assert "Hana Helper is away until 10 Jun: the deadlines wait." in sami.open(f"/claims/{named.id}").text
    text = sami.open(f"/claims/{unnamed.id}").text
    assert "The helper is away for a while: the deadlines wait." in text
    assert "Hana" not in text
    assert "Away until 10 Jun: the deadlines wait." in rosa.open(f"/referrals/{named.referral_id}").text
    assert "Away until" not in rosa.open(f"/referrals/{unnamed.referral_id}").text


# Organizers who are away


def test_an_organizer_who_is_away_is_not_asked_alone(organizer, second, seeker, helper, told):
    away(second)
    Report.make(seeker, "spam", "Hm.", member=helper)
    assert "report.make" in told(organizer)
    assert "report.make" not in told(second)

    away(organizer, TWENTIETH)
    Notice.delete().execute()
    Report.make(helper, "spam", "Hm.", member=seeker)
    assert "report.make" in told(second)
    assert Member.desk_away_until() == end_of(TENTH)


def test_whoever_waits_for_the_desk_reads_that_all_organizers_are_away(lead, sami, organizer):
    claim = lead(Claim, "disputed")
    away(organizer)

    assert "All organizers are away, the first of them until 10 Jun." in sami.open(f"/claims/{claim.id}").text
