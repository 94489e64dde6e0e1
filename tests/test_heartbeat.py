"""The site was away for days, or its clock jumped: no deadline ends anything until an organizer has chosen."""

from datetime import timedelta

import pytest
from cast import MONDAY
from pages import Page

from models import (
    Action,
    Claim,
    Event,
    Heartbeat,
    Invitation,
    Member,
    Notice,
    NotYours,
    Pledge,
    Referral,
    Refused,
    end_of,
    in_days,
    keep_time,
    log,
    now,
    sweep,
    today,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

AWAY = timedelta(days=10)
WHILE_NOBODY_LOOKED = [timedelta(days=1, seconds=1), AWAY, timedelta(days=365), -timedelta(minutes=10), -AWAY]


@pytest.fixture
def jump(organizer, time_machine):
    """The sweep has come by; then the clock shows another time, and the sweep comes by again, or does not."""

    def jump(delta, sweep_again=True):
        keep_time()
        time_machine.move_to(now() + delta)
        if sweep_again:
            keep_time()
        return Heartbeat.current()

    return jump


@pytest.fixture
def minutes(time_machine):
    """So many minutes pass, and the sweep comes by in each."""

    def minutes(count):
        for _minute in range(count):
            time_machine.shift(60)
            keep_time()

    return minutes


def clocks():
    """What the log says of the clocks, the newest first."""
    return [event.verb for event in log(Member.get(Member.role == "owner")) if event.verb.startswith("clocks.")]


# When they stand still


@pytest.mark.parametrize("sweep_again", [True, False])
@pytest.mark.parametrize("delta", WHILE_NOBODY_LOOKED, ids=str)
def test_clocks_stand_still_after_a_day_away_and_after_a_jump(delta, sweep_again, jump, claim):
    jump(delta, sweep_again)
    Claim.update(due=now()).execute()

    assert Heartbeat.clocks_stand()
    assert sweep() == 0
    seen = Claim.get_by_id(claim.id)
    seen.catch_up()
    Claim.catch_up_with(seen.seeker)
    Referral.catch_up_with(seen.helper)
    assert Claim.get_by_id(claim.id).state == "requested"


@pytest.mark.parametrize("delta", [timedelta(minutes=1), timedelta(hours=24), -timedelta(minutes=4)], ids=str)
def test_a_night_without_the_site_stops_nothing(delta, jump):
    jump(delta)

    assert not Heartbeat.clocks_stand()
    assert clocks() == []


@pytest.mark.parametrize("step", [timedelta(hours=2), timedelta(days=365), -timedelta(minutes=10)], ids=str)
def test_a_clock_that_was_set_while_the_site_ran_stops_them(step, organizer, time_machine):
    keep_time()
    time_machine.shift(61)

    keep_time(step)

    assert Heartbeat.clocks_stand()
    assert Heartbeat.current().why == "clock"


def test_a_machine_that_finds_out_the_time_after_it_has_started_stops_nothing(jump, time_machine):
    jump(-timedelta(minutes=30), sweep_again=False)
    keep_time(settled=False)
    assert Heartbeat.clocks_stand()
    time_machine.shift(40 * 60)

    keep_time(timedelta(minutes=30), settled=False)

    assert not Heartbeat.clocks_stand()
    assert clocks() == []


def test_a_community_that_has_just_been_updated_was_never_away(claim, time_machine):
    time_machine.shift(timedelta(days=8))

    keep_time()

    assert Claim.get_by_id(claim.id).state == "lapsed"
    assert clocks() == []


def test_nothing_beats_before_there_is_a_community(database):
    keep_time()

    assert Heartbeat.current() is None
    assert Heartbeat.age() is None


def test_the_sweep_says_when_it_came_by_at_most_once_a_minute(organizer, time_machine):
    keep_time()
    time_machine.shift(30)
    keep_time()
    assert Heartbeat.age() == timedelta(seconds=30)

    time_machine.shift(30)
    keep_time()

    assert Heartbeat.age() == timedelta(0)
    assert Heartbeat.select().count() == 1


def test_organizers_are_told_once_that_the_clocks_stand_still(jump, organizer, second, helper, told, minutes):
    jump(AWAY)
    minutes(3)

    assert told(organizer) == told(second) == ["clocks.stop"]
    assert told(helper) == []
    assert clocks() == ["clocks.stop"]
    assert Notice.get(Notice.member == second).asks


def test_the_board_keeps_what_would_have_run_out_meanwhile(jump, referral):
    jump(timedelta(days=60))

    assert list(Referral.board()) == [referral]


def test_whoever_does_something_meanwhile_can(jump, claim, helper, seeker):
    jump(AWAY)
    claim.reload()

    claim.say(seeker, "Are you back?")
    claim.accept(helper, "worked_together")

    assert claim.state == "accepted"
    assert claim.due == in_days(3)


# Going on


def test_going_on_lets_what_has_passed_have_its_default(jump, claim, organizer):
    jump(AWAY).go_on(organizer)

    assert not Heartbeat.clocks_stand()
    assert keep_time() >= 1
    assert Claim.get_by_id(claim.id).state == "lapsed"
    assert clocks() == ["clocks.go_on", "clocks.stop"]


@pytest.mark.parametrize("delta", WHILE_NOBODY_LOOKED, ids=str)
def test_the_lost_time_is_given_back_to_every_deadline(delta, jump, claim, referral, organizer):
    invitation = Invitation.make(organizer)
    referral.reload()
    due = [record.due for record in (claim, referral, invitation)]

    jump(delta).give_back(organizer)

    assert not Heartbeat.clocks_stand()
    assert keep_time() == 0
    records = Claim.get_by_id(claim.id), Referral.get_by_id(referral.id), Invitation.get_by_id(invitation.id)
    assert [record.due for record in records] == [before + delta for before in due]
    assert records[1].expires_at == referral.expires_at + delta
    assert clocks() == ["clocks.give_back", "clocks.stop"]


def test_the_time_until_an_organizer_chooses_is_given_back_as_well(jump, claim, organizer, time_machine):
    heartbeat = jump(AWAY)
    time_machine.shift(timedelta(hours=20))

    heartbeat.give_back(organizer)

    assert Claim.get_by_id(claim.id).due == claim.due + AWAY + timedelta(hours=20)


def test_a_clock_that_was_put_right_meanwhile_costs_only_the_time_that_passed(jump, claim, organizer, time_machine):
    right = now()
    jump(timedelta(days=365))
    time_machine.move_to(right + timedelta(hours=3))
    keep_time()
    assert Heartbeat.current().since == right

    Heartbeat.current().give_back(organizer)

    assert Claim.get_by_id(claim.id).due == claim.due + timedelta(hours=3)


def test_a_posting_is_not_kept_beyond_its_closing_date(jump, post, organizer):
    closing = post(closes_on=today() + timedelta(days=20))
    ends = end_of(closing.closes_on)

    jump(timedelta(days=25)).give_back(organizer)

    closing.reload()
    assert (closing.due, closing.expires_at) == (ends, ends)


def test_money_that_rests_rests_longer(jump, by_card, organizer):
    pledge = by_card("resting")
    rests_until = pledge.rests_until

    jump(AWAY).give_back(organizer)

    pledge.reload()
    assert pledge.due == pledge.rests_until == rests_until + AWAY


def test_what_stood_still_by_itself_does_not_get_the_time_back_twice(jump, lead, organizer, seeker, time_machine):
    pledge = lead(Pledge, "due")
    due, claim = pledge.due, pledge.claim
    claim.freeze()

    jump(AWAY).give_back(organizer)
    claim.reload()
    claim.thaw()

    assert Pledge.get_by_id(pledge.id).due == due + AWAY


def test_a_suspension_ends_on_the_day_that_was_told(jump, organizer, helper):
    action = Action.take(organizer, helper, "suspended", "spam", "Forty messages.", days=7)

    jump(AWAY).give_back(organizer)
    keep_time()

    assert Action.get_by_id(action.id).state == "over"


def test_after_three_days_the_lost_time_is_given_back_by_itself(jump, claim, minutes, time_machine):
    jump(AWAY)
    for _hour in range(71):
        time_machine.shift(timedelta(hours=1))
        keep_time()
    assert Heartbeat.clocks_stand()

    time_machine.shift(timedelta(hours=1))
    keep_time()

    assert not Heartbeat.clocks_stand()
    assert Claim.get_by_id(claim.id).due == claim.due + AWAY + timedelta(days=3)
    assert clocks() == ["clocks.return_time", "clocks.stop"]
    assert Event.get(Event.verb == "clocks.return_time").actor is None


def test_whoever_was_away_again_has_three_days_anew(jump, claim, minutes, time_machine):
    jump(AWAY)
    jump(AWAY)

    assert Heartbeat.clocks_stand()
    assert Heartbeat.current().gives_back_at == in_days(3)
    assert clocks() == ["clocks.stop"]


def test_only_organizers_choose_and_only_while_there_is_something_to_choose(jump, helper, organizer):
    heartbeat = jump(AWAY)
    for choose in (heartbeat.go_on, heartbeat.give_back):
        with pytest.raises(NotYours):
            choose(helper)
    assert Heartbeat.clocks_stand()

    heartbeat.give_back(organizer)

    for choose in (heartbeat.go_on, heartbeat.give_back):
        with pytest.raises(Refused):
            choose(organizer)


# Money


@pytest.mark.parametrize("state", ["due", "releasing", "refunding"])
def test_no_money_moves_while_the_clocks_stand_still(state, jump, by_card, reconciler, organizer, fake):
    pledge = by_card(state)
    jump(AWAY)
    before = fake.balance, len(fake.transfers), len(fake.refunds)

    assert reconciler.reconcile() is not None
    pledge.reload()
    assert pledge.state == state
    assert (fake.balance, len(fake.transfers), len(fake.refunds)) == before

    Heartbeat.current().go_on(organizer)
    keep_time()
    reconciler.reconcile()
    pledge.reload()
    assert pledge.state != state


# The pages


def test_the_desk_says_why_the_clocks_stand_still_and_asks(jump, browse, organizer):
    jump(AWAY)

    browser = browse(organizer)
    desk = Page(browser.get("/desk"))
    page = Page(browser.get("/desk/clocks"))

    assert desk.links["Choose how to go on"] == "/desk/clocks"
    assert "The site did not run for a day or longer." in page.text
    assert "Every deadline moves by 1 week." in page.text
    assert page.buttons == ["Give the lost time back", "Go on"]


@pytest.mark.parametrize(("delta", "says"), [(-timedelta(minutes=10), "comes earlier by"), (AWAY * 40, "moves by")])
def test_the_desk_says_that_the_clock_jumped(delta, says, jump, browse, organizer):
    jump(delta)

    page = Page(browse(organizer).get("/desk/clocks"))

    assert says in page.text


@pytest.mark.parametrize(("choice", "state"), [("go-on", "lapsed"), ("give-back", "requested")])
def test_an_organizer_chooses_on_the_page(choice, state, jump, browse, organizer, claim):
    jump(AWAY)
    browser = browse(organizer)

    answer = browser.post(f"/desk/clocks/{choice}")

    assert (answer.status_code, answer.location) == (303, "/desk/clocks")
    page = Page(browser.get("/desk/clocks"))
    assert "The clocks run again" in page.flash
    assert page.says("main").count("The clocks run") == 1
    assert page.buttons == []
    keep_time()
    assert Claim.get_by_id(claim.id).state == state


def test_members_read_that_no_deadline_ends_anything(jump, browse, seeker, claim):
    jump(AWAY)

    page = Page(browse(seeker).get(f"/claims/{claim.id}"))

    assert "All deadlines stand still at the moment." in page.text
    assert "Choose how to go on" not in page.text
    assert Claim.get_by_id(claim.id).state == "requested"
    assert "stand still" not in Page(browse().get("/")).text


def test_the_command_sweeps_or_says_that_the_clocks_stand_still(app, jump, claim, organizer, time_machine):
    runner = app.test_cli_runner()
    assert runner.invoke(args=["sweep"]).output.startswith("0 clocks had run out.\n")
    time_machine.shift(AWAY)

    stood = runner.invoke(args=["sweep"])
    Heartbeat.current().go_on(organizer)
    swept = runner.invoke(args=["sweep"])

    assert stood.exit_code == 1
    assert "The clocks stand still" in stood.output
    assert swept.output.startswith("1 clocks had run out.\n")
