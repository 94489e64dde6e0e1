"""The log: what the organizers did and why, for every member to read, and for nobody to change."""

import re

import pytest
from cast import MONDAY
from pages import words
from peewee import IntegrityError

from models import FOR_A_TIME, HISTORY, LADDER, LOGGED, Action, Block, Claim, Employer, Event, Referral, Report, db, log

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


@pytest.fixture
def act(organizer, helper, referral):
    """Olga does this about Hana or her posting."""

    def act(kind):
        about = {"referral": referral} if kind in ("hidden", "removed") else {}
        days = 7 if kind in FOR_A_TIME else None
        return Action.take(organizer, helper, kind, "spam", "Forty messages in a day.", days=days, **about)

    return act


# Nobody changes it


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE event SET reason = 'Nothing happened.'",
        "UPDATE event SET actor_id = NULL WHERE id = 1",
        "DELETE FROM event",
        "DELETE FROM event WHERE id = 1",
    ],
)
def test_the_database_refuses_to_change_what_has_happened(sql, act, unchanged):
    act("warning")

    with unchanged(), pytest.raises(IntegrityError, match="stays on record"):
        db.execute_sql(sql)


def test_an_event_is_neither_saved_again_nor_deleted(act, unchanged):
    act("warning")
    event = Event.get()
    event.reason = "Nothing happened."

    with unchanged(), pytest.raises(IntegrityError, match="stays on record"):
        event.save()
    with unchanged(), pytest.raises(IntegrityError, match="stays on record"):
        event.delete_instance()


# What it says


@pytest.mark.parametrize("kind", LADDER)
def test_every_action_is_in_the_log_with_its_reason_and_who_acted(kind, act, organizer):
    act(kind)

    event = log(organizer).first()
    assert (event.verb, event.actor, event.reason) == (f"action.{kind}", organizer, "Forty messages in a day.")
    assert event.sentence_in_log.startswith("Olga Owner ")


@pytest.mark.parametrize("kind", LADDER)
def test_the_log_does_not_name_whom_it_is_about(kind, act, second, helper, rival, walk):
    action = act(kind)
    action.appeal(helper, reason="I meant well.")
    action.reverse(second, reason="So it seems.")

    page = words(walk(rival).open("/log").part("main"))

    assert "Olga Owner" in page
    assert "Spam" in page
    assert "Forty messages in a day." not in page
    assert "A member appealed an action" in page
    assert "So it seems." not in page
    assert not re.search(r"\d:\d\d", page), "The day is enough."
    assert "Hana" not in page
    assert "Shipwright" not in page


def test_organizers_read_the_reasons_and_the_minute(act, oscar):
    act("warning")

    page = words(oscar.open("/log").part("main"))

    assert "Forty messages in a day." in page
    assert re.search(r"\d:\d\d", page)


def test_an_organizer_who_appeals_is_not_named_either(organizer, second):
    action = Action.take(organizer, second, "warning", "harassment", "You shouted.")

    action.appeal(second, reason="I type in capitals.")

    assert "Oscar" not in log(organizer).first().sentence_in_log


def test_decisions_and_answers_are_in_the_log(lead, organizer, rival, seeker):
    lead(Claim, "disputed").decide(organizer, "cancelled", reason="Nothing was agreed.")
    Report.make(seeker, "spam", "Look.", member=rival).dismiss(organizer, reason="It is one message.")
    rival.trust(organizer)
    Employer.register(organizer, "Acme", "no_postings", False, "They asked.")
    Block.add(organizer, "word", "crypto", [])

    assert [event.verb for event in log(organizer)] == [
        "block.add",
        "employer.register",
        "member.trust",
        "report.dismiss",
        "claim.decide",
    ]


def test_the_log_does_not_say_who_reported_nor_what(referral, rival, organizer, seeker, walk):
    Report.make(rival, "not_real", "Hana told me so at lunch.", referral=referral).uphold(organizer, reason="So it is.")

    page = words(walk(seeker).open("/log").part("main"))

    assert "Olga Owner upheld a report" in page
    assert "Rosa" not in page
    assert "lunch" not in page


def test_what_members_do_among_themselves_is_not_in_the_log(lead, organizer):
    lead(Claim, "settled")

    assert not log(organizer)


def test_review_and_dismissal_are_in_the_log(lead, organizer, second):
    lead(Referral, "in_review").approve(organizer)
    second.dismiss(organizer, reason="Too hasty.")

    assert [event.verb for event in log(organizer)] == ["member.dismiss", "referral.approve", "policy.change"]


@pytest.mark.parametrize("verb", LOGGED)
def test_every_line_of_the_log_is_a_sentence(verb, organizer, rival):
    by_member = verb == "action.appeal"

    event = Event.create(verb=verb, actor=rival if by_member else organizer)

    by = "A member " if by_member else "Olga Owner "
    assert event.sentence_in_log.startswith(by if "%(actor)s" in HISTORY[verb] else HISTORY[verb])


def test_a_visitor_who_is_not_signed_in_does_not_read_the_log(act, browse):
    act("warning")

    assert browse().get("/log").status_code in (302, 303)
