"""The log: what the organizers did and why, for every member to read, and for nobody to change."""

import ast
import re
from pathlib import Path

import pytest
from cast import MONDAY
from pages import words
from peewee import IntegrityError

import models
from models import (
    FOR_A_TIME,
    HISTORY,
    LADDER,
    LOGGED,
    NAME_DAYS,
    ORGANIZERS,
    SAID_OTHERWISE,
    Action,
    Block,
    Claim,
    Community,
    Employer,
    Event,
    Invitation,
    Member,
    Referral,
    Report,
    db,
    log,
    now,
    purge,
)

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


# Everything that organizers do is in it


def deeds():
    """The functions of models that only let organizers through, by file and name, and the names of what they call."""
    found = {}
    for path in sorted(Path(models.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                calls = {call.func.attr for call in ast.walk(node) if isinstance(call, ast.Call) and of_record(call)}
                if calls & {"must_be_organizer", "must_be_owner", "_must_be_chosen"}:
                    found[f"{path.stem}.{node.name}"] = calls
    return found


def of_record(call):
    return isinstance(call.func, ast.Attribute)


# How a deed that is no verb comes into the log: by `did`, or by what it calls, which is looked at here as well.
WRITES = {"did", "record", "_become", "_log", "_give_back", "change"}
NO_DEEDS = {
    "members.did": "It is what writes.",
    "heartbeat._must_be_chosen": "It asks, for go_on and give_back.",
    "assignments.take": "To be at work on something does nothing yet; to take it over is written down.",
    "community.ask_later": "It puts off a question of the desk, and changes nothing that others see.",
    "stock_reasons._begin": "It begins what add, change and remove write down.",
    "successions._must_be_free_for": "It asks, for propose.",
    "reports.clear_backlog": "Each report that it clears is a verb.",
}


def test_whatever_only_organizers_may_do_is_written_down():
    found = deeds()

    assert len(found) > 8
    silent = [name for name, calls in found.items() if not calls & WRITES and name not in NO_DEEDS]
    assert silent == [], "Write it down with `organizer.did(…)`, so that the log shows it."
    assert set(NO_DEEDS) <= set(found)


VERBS = [
    (noun, name, rule)
    for noun in models.TABLES
    if issubclass(noun, models.Record)
    for name, rule in noun.verbs().items()
    if set(rule.by) & set(ORGANIZERS)
]


@pytest.mark.parametrize(("noun", "name", "rule"), VERBS, ids=[f"{noun.noun}.{name}" for noun, name, rule in VERBS])
def test_every_verb_of_an_organizer_is_in_the_log(noun, name, rule, organizer, rival):
    verb = f"{noun.noun}.{name}"
    role = next(role for role in rule.by if role in ORGANIZERS)

    event = Event.create(verb=verb, actor=organizer, role=role)

    assert event.logged is (verb not in SAID_OTHERWISE)
    assert (event in log(rival)) is event.logged
    assert not event.logged or event.sentence_in_log


def test_what_hides_or_removes_a_posting_is_there_once_as_an_action(referral, organizer):
    referral.hide(organizer, reason="Look.")
    referral.remove(organizer, reason="Look.")

    assert SAID_OTHERWISE == ["referral.hide", "referral.remove"]
    assert [event.verb for event in log(organizer)][::-1][-2:] == ["action.hidden", "action.removed"]


def test_filling_a_posting_is_in_the_log_if_an_organizer_does_it(post, organizer, helper):
    post(title="Rigger").fill(helper)
    assert not [event for event in log(organizer) if event.verb == "referral.fill"]

    post(title="Sailmaker").fill(organizer)

    assert [event.role for event in log(organizer) if event.verb == "referral.fill"] == ["organizer"]


def test_ending_an_invitation_is_in_the_log_if_it_is_somebody_elses(organizer, second):
    Invitation.make(second).end(second)
    assert not log(organizer).where(Event.verb == "invitation.end")

    Invitation.make(second).end(organizer)

    assert log(organizer).first().sentence_in_log == "Olga Owner ended an invitation"


def test_what_is_done_to_the_community_is_in_the_log(organizer):
    Community.current().introduce(organizer, name="Harbour Circle", place=Community.current().place)
    Community.current().introduce(organizer, name="Harbour Circle")

    assert [(event.verb, event.reason) for event in log(organizer)] == [("community.introduce", "name")]


# It says what was true


def test_the_log_reads_as_it_was_after_a_dismissal_a_new_name_and_the_end_of_an_account(act, organizer, second, rival):
    Action.take(second, rival, "note", "spam", "Look.")
    before = [event.sentence_in_log for event in log(organizer)]
    assert "Oscar Organizer made a note about a member" in before

    second.reload()
    second.introduce(name="Otto Otherwise")
    second.dismiss(organizer, reason="Thank you.")
    second.ask_to_leave(second)
    Member.update(due=now()).where(Member.id == second.id).execute()
    second.reload()
    second.on_due()

    assert Member.get_by_id(second.id).former
    after = [event.sentence_in_log for event in log(organizer)]
    assert after[-len(before) :] == before


def test_two_years_after_they_left_the_log_no_longer_names_them(organizer, second, rival, wait):
    Action.take(second, rival, "note", "spam", "Look.")
    second.dismiss(organizer, reason="Thank you.")
    second.ask_to_leave(second)
    Member.update(due=now()).where(Member.id == second.id).execute()
    second.reload()
    second.on_due()

    wait(days=NAME_DAYS - 1)
    purge()
    noted = Event.get(Event.verb == "action.note")
    assert noted.sentence_in_log == "Oscar Organizer made a note about a member"

    wait(days=2)
    purge()
    noted = Event.get(Event.verb == "action.note")
    assert (noted.actor_name, noted.sentence_in_log) == ("", "A former organizer made a note about a member")
    assert log(organizer).first().actor_name


def test_the_name_and_the_role_of_a_row_are_not_changed_either(act):
    act("warning")

    for column in ("role", "actor_name"):
        with pytest.raises(IntegrityError, match="stays on record"):
            db.execute_sql(f"UPDATE event SET {column} = 'Nobody' WHERE role <> ''")


def test_what_members_do_for_themselves_keeps_no_name(claim):
    assert Event.get(Event.verb == "claim.request").actor_name == ""
