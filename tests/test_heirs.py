"""Where no owner is here any more: an organizer is proposed, all have two weeks to object, then there is an owner."""

from datetime import timedelta

import pytest
from cast import MONDAY, newcomer
from peewee import IntegrityError
from racing import at_once, press, through

from models import (
    Action,
    Community,
    Event,
    Heartbeat,
    Letter,
    Member,
    NotYours,
    Refused,
    SignIn,
    Succession,
    log,
    now,
    send_letters,
    sweep,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


@pytest.fixture
def orla(organizer, second):
    """The second organizer's colleague."""
    return newcomer("Orla", organizer, role="organizer")


@pytest.fixture
def gone(organizer, second, orla, wait):
    """The only owner was here for the last time sixty days ago."""
    organizer.ask_for_factor(None)
    wait(days=60)
    for member in (second, orla):
        member.ask_for_factor(None)


@pytest.fixture
def proposal(gone, second, orla):
    return Succession.propose(second, orla)


def role(member):
    return Member.get_by_id(member.id).role


def state():
    return Succession.get().state


def test_an_organizer_proposes_another_who_becomes_an_owner_after_two_weeks(
    gone, walk, organizer, second, orla, told, wait
):
    oscar = walk(second)
    oscar.open("/desk")
    page = oscar.press("Propose as owner", heir=str(orla.id))

    assert page.flash == "Proposed. All owners and organizers were told."
    assert "Oscar Organizer proposed Orla" in page.text
    assert told(organizer)[0] == told(orla)[0] == "succession.propose"
    wait(days=13, hours=23)
    sweep()
    assert (state(), role(orla)) == ("proposed", "organizer")
    wait(hours=1)
    sweep()
    sweep()

    assert (state(), role(orla), role(organizer)) == ("appointed", "owner", "owner")
    assert told(organizer)[0] == told(second)[0] == told(orla)[0] == "succession.appoint"
    assert Event.select().where(Event.verb == "succession.appoint").count() == 1


def test_the_log_names_who_proposed_also_when_they_are_gone(proposal, second, helper):
    Member.update(name="A former member").where(Member.id == second.id).execute()

    row = next(event for event in log(helper) if event.verb == "succession.propose")

    assert row.sentence_in_log == (
        "Oscar Organizer proposed an organizer as a new owner, since none was here for 60 days"
    )


def test_owners_are_told_by_letter_too(gone, organizer, second, orla):
    Member.update(confirmed_at=now()).execute()
    send_letters()
    try:
        Succession.propose(second, orla)
    finally:
        send_letters(False)

    assert [(letter.kind, letter.address) for letter in Letter.select()] == [("succession", organizer.email)]


# When, and by whom


def test_a_day_earlier_nobody_is_proposed(organizer, second, orla, wait, walk, unchanged):
    wait(days=59, hours=23)
    second.ask_for_factor(None)
    assert "Who looks after this community?" not in walk(second).open("/desk").text

    with unchanged(), pytest.raises(Refused, match="An owner was here"):
        Succession.propose(second, orla)


def test_an_owner_who_only_reads_is_here(organizer, second, orla, wait):
    SignIn.open(organizer)
    token = organizer.sign_in.token
    for _hours in range(8):
        wait(hours=8)
        assert SignIn.member_for(token)

    assert Community.get().owner_seen_at == now()


def test_the_absence_of_an_owner_counts_from_their_return(organizer, second, orla, wait):
    organizer.go_away(organizer, (now() + timedelta(days=50)).date())
    wait(days=100)
    second.ask_for_factor(None)
    assert Succession.gone_since() is None

    wait(days=11)
    assert Succession.gone_since() == Member.get_by_id(organizer.id).away_until


def test_a_young_community_proposes_nobody(gone, second, orla):
    Community.update(made_at=now() - timedelta(days=59)).execute()

    with pytest.raises(Refused, match="An owner was here"):
        Succession.propose(second, orla)


def test_only_an_organizer_proposes_and_only_an_organizer(gone, organizer, second, helper, rival, unchanged):
    for member in (helper, organizer):
        with unchanged(), pytest.raises(NotYours):
            Succession.propose(member, second)
    for member in (helper, organizer):
        with unchanged(), pytest.raises(Refused, match="not an organizer who could"):
            Succession.propose(second, member)


def test_time_that_the_site_lost_is_no_time_without_an_owner(organizer, second, orla, wait):
    Heartbeat.beat()
    wait(days=70)
    second.ask_for_factor(None)

    Heartbeat.current().go_on(second)

    assert Succession.gone_since() is None


def test_whoever_loses_time_to_object_has_it_back_however_the_clocks_go_on(proposal, second, orla, wait):
    Heartbeat.beat()
    wait(days=20)
    sweep()
    assert state() == "proposed"

    Heartbeat.current().go_on(second)
    sweep()

    assert (state(), role(orla)) == ("proposed", "organizer")
    assert Succession.get().due == now() + timedelta(days=14)
    assert Succession.pending() == proposal


# What ends it


def test_an_owner_who_signs_in_ends_it(proposal, organizer, orla, second, told, wait, browse):
    wait(days=13)
    SignIn.open(organizer)

    assert state() == "over"
    assert told(second)[0] == told(orla)[0] == "succession.end_for_owner"
    wait(days=2)
    sweep()
    assert role(orla) == "organizer"
    with pytest.raises(Refused, match="An owner was here"):
        Succession.propose(second, orla)


def test_an_owner_who_comes_after_the_last_day_but_before_the_sweep_still_ends_it(proposal, organizer, orla, wait):
    wait(days=15)
    SignIn.open(organizer)
    sweep()

    assert (state(), role(orla)) == ("over", "organizer")


def test_an_owner_ends_it_in_one_press(proposal, organizer, orla):
    proposal.object(organizer)

    assert (state(), Succession.get().due) == ("objected", None)


def test_another_organizer_objects_with_a_reason(proposal, walk, second, orla, told):
    browser = walk(orla)
    browser.open("/desk")
    assert browser.press("Object", reason=" \u200b ").status == 422
    page = browser.press("Object", reason="I have no time.")

    assert page.flash == "Done. All owners and organizers were told."
    assert state() == "objected"
    assert told(second)[0] == "succession.oppose"
    assert Event.get(Event.verb == "succession.oppose").reason == "I have no time."


def test_whoever_proposed_takes_it_back_and_nobody_else_does(proposal, second, orla, helper):
    with pytest.raises(NotYours):
        proposal.withdraw(orla)
    for verb in ("object", "oppose", "withdraw"):
        with pytest.raises(NotYours):
            getattr(proposal, verb)(helper, reason="No.")
    with pytest.raises(Refused, match="take it back instead"):
        proposal.oppose(second, reason="No.")

    proposal.withdraw(second)

    assert state() == "withdrawn"


def dismiss(heir, organizer, second):
    Member.update(role="member").where(Member.id == heir.id).execute()


def suspend(heir, organizer, second):
    Action.take(organizer, heir, "suspended", "spam", "Enough.", days=30)


def leave(heir, organizer, second):
    heir.ask_to_leave(heir)


@pytest.mark.parametrize("meanwhile", [dismiss, suspend, leave])
def test_who_can_no_longer_act_becomes_no_owner(meanwhile, proposal, organizer, second, orla, told, wait):
    meanwhile(orla, organizer, second)
    wait(days=14)
    sweep()

    assert state() == "lapsed"
    assert role(orla) != "owner"
    assert told(second)[0] == "succession.lapse"


# Two at once


def test_of_two_proposals_at_once_one_is_made(gone, second, orla):
    def propose(by, to):
        return lambda: Succession.propose(by, to) and None

    answers = at_once(propose(second, orla), propose(orla, second))

    assert len(through(answers)) == 1
    assert Succession.open().count() == 1


def test_the_database_holds_one_open_proposal(proposal, second, orla):
    with pytest.raises(IntegrityError):
        Succession.create(by=orla, to=second, due=now())


def test_two_clocks_at_once_make_one_owner(proposal, orla, wait):
    wait(days=14)

    at_once(sweep, sweep)

    assert role(orla) == "owner"
    assert Event.select().where(Event.verb == "succession.appoint").count() == 1


def test_of_an_objection_and_a_withdrawal_at_once_one_counts(proposal, second, orla):
    answers = at_once(press(proposal, "withdraw", second), press(proposal, "oppose", orla, reason="No."))

    assert len(through(answers)) == 1


def test_an_answer_from_an_older_page_is_refused(proposal, walk, orla, unchanged):
    browser = walk(orla)
    browser.open("/desk")
    Succession.update(version=9).execute()

    with unchanged():
        assert browser.press("Object", reason="No.").status == 409


# The desk


def test_the_first_page_of_the_desk_asks_the_only_owner_for_a_second(olga, second):
    assert "Who follows you?" in olga.open("/desk").text
    olga.press("Ask me in a month")
    assert "Who follows you?" not in olga.open("/desk").text
