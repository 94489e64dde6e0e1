"""What happens by default when nobody does anything: on the minute, whether anybody looks or the sweep comes by."""

from datetime import UTC, date, datetime, timedelta

import pytest
from cast import MONDAY

from models import (
    Claim,
    Community,
    Event,
    Member,
    Notice,
    Pledge,
    Referral,
    Refused,
    end_of,
    in_days,
    now,
    sweep,
    today,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


@pytest.fixture(params=["somebody looks", "the sweep comes by"])
def look(request):
    """A record as it stands now: somebody opens its page, or the sweep has been there before."""

    def look(record):
        if request.param == "the sweep comes by":
            sweep()
        found = type(record).get_by_id(record.id)
        if request.param == "somebody looks":
            found.catch_up()
        return found

    return look


@pytest.fixture
def defaults():
    """What happened to claims and pledges that nobody in particular brought about."""

    def defaults():
        happened = (
            Event.select()
            .where(Event.actor.is_null(), ~Event.verb.startswith("referral."), ~Event.verb.startswith("member."))
            .order_by(Event.id)
        )
        return [event.verb for event in happened]

    return defaults


# Claims


@pytest.mark.parametrize(("state", "days"), [("requested", 7), ("changes_asked", 14), ("accepted", 3)])
def test_a_claim_that_nobody_answers_lapses(state, days, lead, look, wait, told, helper, seeker, referral):
    claim = lead(Claim, state)

    wait(days=days, seconds=-1)
    assert look(claim).state == state
    wait(seconds=1)
    lapsed = look(claim)

    assert (lapsed.state, lapsed.due) == ("lapsed", None)
    assert told(helper)[0] == told(seeker)[0] == "claim.lapse"
    assert Event.get(Event.verb == "claim.lapse").before == state
    assert not referral.full


def test_an_active_claim_is_asked_about_three_times_and_then_runs_out(lead, look, wait, told, helper, seeker, defaults):
    claim = lead(Claim, "active")

    for days, asked in [(29, 0), (1, 1), (14, 1), (1, 2), (29, 2), (1, 3), (104, 3)]:
        wait(days=days)
        assert look(claim).state == "active"
        assert defaults() == ["claim.check_in"] * asked
        assert told(helper).count("claim.check_in") == told(seeker).count("claim.check_in") == asked
    wait(days=1)
    expired = look(claim)

    assert expired.state == "expired"
    assert expired.pledge.state == "void"
    assert told(helper)[0] == told(seeker)[0] == "claim.expire"


def test_an_active_claim_that_nobody_looked_at_for_half_a_year_has_run_out(lead, look, wait, defaults):
    claim = lead(Claim, "active")
    wait(days=181)

    assert look(claim).state == "expired"
    assert defaults() == ["claim.expire", "pledge.void"]


def test_check_ins_go_by_the_policy(lead, look, wait, set_policy, defaults):
    set_policy(check_in_days=[], active_days=10)
    claim = lead(Claim, "active")

    wait(days=9)
    assert look(claim).due == in_days(1)
    wait(days=1)

    assert look(claim).state == "expired"
    assert "claim.check_in" not in defaults()


def test_an_active_claim_goes_by_the_policy_that_it_was_agreed_under(lead, look, wait, set_policy):
    claim = lead(Claim, "active")
    wait(days=100)
    look(claim)
    set_policy(active_days=365)
    wait(days=81)

    ran_out = look(claim)

    assert ran_out.state == "expired"


@pytest.mark.parametrize(("reporter", "state"), [("seeker", "hired"), ("helper", "disputed")])
def test_silence_confirms_only_what_the_seeker_reported(reporter, state, lead, people, look, wait, told, organizer):
    claim = lead(Claim, "active")
    claim.report_hired(people[reporter], today())

    wait(days=14, seconds=-1)
    assert look(claim).state == "reported"
    wait(seconds=1)

    presumed = look(claim)
    assert presumed.state == state
    assert "claim.presume" in told(claim.helper)
    assert "claim.presume" in told(claim.seeker)
    assert told(organizer) == (["claim.presume"] if state == "disputed" else [])
    assert presumed.pledge.state == "pledged"


def test_silence_on_a_gift_settles_what_the_seeker_reported(post, seeker, helper, look, wait):
    claim = Claim.request(post(prices={"reference": 0}), seeker, "Please.", ["reference"])
    claim.accept(helper)
    claim.agree(seeker)
    claim.report_hired(seeker, today())
    wait(days=14)

    assert look(claim).state == "settled"


@pytest.mark.parametrize(
    "state",
    [
        "declined",
        "withdrawn",
        "lapsed",
        "released",
        "closed",
        "not_hired",
        "expired",
        "cancelled",
        "ended_early",
        "settled",
    ],
)
def test_what_has_ended_stays_ended(state, lead, look, wait, unchanged):
    claim = lead(Claim, state)
    referral = Referral.update(due=None)  # Its own clock is another matter.
    referral.execute()
    Member.update(state="member").where(Member.state == "new").execute()  # So that nobody settles in meanwhile.

    with unchanged():
        wait(days=1000)
        assert look(claim).state == state


@pytest.mark.parametrize(("days", "state"), [(29, "disputed"), (30, "cancelled")])
def test_a_dispute_waits_for_thirty_days_and_ends_without_a_fee(days, state, lead, look, wait):
    claim = lead(Claim, "disputed")
    for _day in range(days):
        wait(days=1)
        sweep()

    assert look(claim).state == state


def test_who_comes_too_late_is_told_so(lead, seeker, wait):
    claim = lead(Claim, "accepted")
    wait(days=3)

    with pytest.raises(Refused, match="moved on"):
        claim.agree(seeker)

    assert Claim.get_by_id(claim.id).state == "lapsed"


def test_a_clock_that_was_set_anew_since_somebody_looked_goes_on(claim, wait):
    wait(days=7)
    seen_overdue = Claim.get_by_id(claim.id)
    Claim.update(due=in_days(7)).execute()

    seen_overdue.catch_up()

    assert seen_overdue.state == Claim.get_by_id(claim.id).state == "requested"


def test_who_waits_in_line_has_all_the_time_in_the_world(post, seeker, rival, helper, look, wait):
    referral = post()
    first, second = (Claim.request(referral, who, "Please.", ["reference"]) for who in (seeker, rival))
    first.accept(helper)
    first.agree(seeker)
    wait(days=100)

    assert look(second).state == "requested"


def test_a_seat_that_lapsed_unseen_is_free(post, seeker, rival, helper, wait):
    """Nobody has looked at the first claim since its time ran out, and no sweep came by."""
    referral = post()
    first, second = (Claim.request(referral, who, "Please.", ["reference"]) for who in (seeker, rival))
    first.accept(helper)
    wait(days=3)

    second = Claim.get_by_id(second.id)
    second.accept(helper)

    assert second.state == "accepted"
    assert Claim.get_by_id(first.id).state == "lapsed"


def test_a_seat_that_lapsed_unseen_moves_the_line(post, seeker, rival, helper, look, wait):
    referral = post()
    first, second = (Claim.request(referral, who, "Please.", ["reference"]) for who in (seeker, rival))
    first.accept(helper)
    wait(days=3)

    assert look(second).due == in_days(7)


def test_a_claim_that_lapsed_unseen_is_not_in_the_way_of_another(claim, referral, seeker, wait):
    wait(days=7)

    assert Claim.request(Referral.get_by_id(referral.id), seeker, "Again.", ["reference"])
    assert Claim.get_by_id(claim.id).state == "lapsed"


def test_claims_that_lapsed_unseen_do_not_count_as_open(claim, post, seeker, set_policy, wait):
    set_policy(open_claims_cap=1)
    wait(days=7)

    assert Claim.request(post(), seeker, "Please.", ["reference"])


def test_a_seat_that_lapsed_unseen_can_be_asked_for(post, seeker, rival, helper, wait):
    referral = post()
    Claim.request(referral, seeker, "Please.", ["reference"]).accept(helper)
    wait(days=3)

    assert Claim.refusal(looked_at(referral), rival) is None
    assert Claim.request(referral, rival, "Please.", ["reference"])


def looked_at(referral):
    found = Referral.get_by_id(referral.id)
    found.catch_up()
    return found


# Pledges


def test_a_price_falls_due_when_the_guarantee_ends_and_late_money_goes_to_the_desk(
    lead, look, wait, told, organizer, helper, seeker, defaults
):
    claim = lead(Claim, "hired")
    pledge = claim.pledge
    ends = end_of(claim.start_date + timedelta(days=30))

    wait(seconds=(ends - now()).total_seconds() - 1)
    assert look(pledge).state == "pledged"
    wait(seconds=1)
    assert (look(pledge).state, look(pledge).due) == ("due", in_days(14))
    wait(days=14)
    assert look(pledge).waits_at_desk
    assert look(pledge).due is None

    assert defaults() == ["pledge.fall_due", "pledge.call_desk"]
    assert told(organizer) == ["pledge.call_desk"]
    assert told(seeker)[:2] == told(helper)[:2] == ["pledge.call_desk", "pledge.fall_due"]


def test_silence_about_money_that_was_sent_goes_to_the_desk_too(lead, look, wait, seeker):
    pledge = lead(Pledge, "due")
    wait(days=13)
    pledge.mark_sent(seeker)

    wait(days=13)
    assert not look(pledge).waits_at_desk
    wait(days=1)
    waiting = look(pledge)

    assert (waiting.state, waiting.waits_at_desk) == ("sent", True)


def test_the_desk_is_called_once(lead, look, wait, defaults):
    pledge = lead(Pledge, "due")
    wait(days=14)

    for _ in range(3):
        look(pledge)
        wait(days=100)

    assert defaults().count("pledge.call_desk") == 1


def test_no_price_falls_due_during_a_dispute(lead, look, wait, seeker):
    claim = lead(Claim, "hired")
    claim.dispute(seeker, reason="The help never came.")
    wait(days=29)

    assert look(claim.pledge).state == "pledged"


def test_a_clock_that_something_stands_in_the_way_of_waits(lead, look, unchanged):
    pledge = lead(Claim, "disputed").pledge
    Pledge.update(due=now()).execute()

    with unchanged():
        assert look(pledge).state == "pledged"


def test_whoever_opens_a_claim_finds_its_price_due(lead, look, wait, seeker):
    claim = lead(Claim, "hired")
    wait(days=32)

    found = look(claim)

    assert found.pledge.state == "due"
    assert found.waits_for(seeker)


@pytest.mark.parametrize(
    ("timezone", "start", "ends"),
    [
        ("America/Toronto", date(2026, 10, 5), "2026-11-05T04:59:59"),  # Clocks go back on 1 November.
        ("America/Toronto", date(2026, 9, 5), "2026-10-06T03:59:59"),
        ("America/Toronto", date(2027, 3, 1), "2027-04-01T03:59:59"),  # Clocks go on on 14 March.
        ("Pacific/Auckland", date(2026, 9, 10), "2026-10-10T10:59:59"),  # Clocks go on on 27 September.
        ("Asia/Kolkata", date(2026, 9, 10), "2026-10-10T18:29:59"),
        ("UTC", date(2026, 9, 10), "2026-10-10T23:59:59"),
    ],
)
def test_a_guarantee_ends_with_the_day_where_the_community_is(
    timezone, start, ends, lead, look, organizer, helper, seeker, time_machine
):
    ends = datetime.fromisoformat(ends)
    Community.current().introduce(organizer, timezone=timezone)
    claim = lead(Claim, "active")
    claim.report_hired(seeker, start)
    claim.confirm(helper)
    assert claim.pledge.due == ends

    time_machine.move_to(ends.replace(tzinfo=UTC) - timedelta(seconds=1))
    assert claim.can("report_ended", seeker)
    assert look(claim.pledge).state == "pledged"
    time_machine.move_to(ends.replace(tzinfo=UTC) + timedelta(seconds=1))
    assert not claim.can("report_ended", seeker)
    assert look(claim.pledge).state == "due"


def test_a_hire_reported_long_after_the_guarantee_is_due_at_once(lead, look, wait, helper, seeker):
    claim = lead(Claim, "active")
    wait(days=29)
    claim.report_hired(seeker, today() - timedelta(days=29))
    wait(days=10)
    claim.confirm(helper)

    assert look(claim.pledge).state == "due"
    assert look(claim.pledge).due == in_days(14)


# Referrals


@pytest.mark.parametrize("state", ["published", "paused"])
def test_a_posting_is_reminded_of_and_then_leaves_the_board(state, lead, look, wait, told, helper):
    referral = lead(Referral, state)

    wait(days=40, seconds=-1)
    look(referral)
    assert told(helper) == []
    wait(seconds=1)
    assert look(referral).state == state
    assert told(helper) == ["referral.remind"]
    wait(days=5, seconds=-1)
    assert look(referral).state == state
    wait(seconds=1)
    expired = look(referral)

    assert (expired.state, expired.due) == ("expired", None)
    assert told(helper) == ["referral.expire", "referral.remind"]
    assert Notice.get(Notice.kind == "referral.expire").asks
    assert expired.waits_for(helper)


def test_a_posting_leaves_the_board_when_its_closing_date_is_over(post, look, time_machine):
    """The tenth of June ends at four in the morning of the eleventh, UTC."""
    referral = post(closes_on=date(2026, 6, 10))

    time_machine.move_to(datetime(2026, 6, 11, 3, 59, 58, tzinfo=UTC))
    assert look(referral).state == "published"
    time_machine.move_to(datetime(2026, 6, 11, 3, 59, 59, tzinfo=UTC))
    assert look(referral).state == "expired"


def test_a_posting_that_nobody_looked_at_for_a_year_has_expired(referral, look, wait):
    wait(days=365)

    assert look(referral).state == "expired"


def test_a_posting_that_ran_out_is_not_on_the_board_before_the_sweep_has_been_there(referral, wait):
    wait(days=45)

    assert not Referral.board()
    assert Referral.get_by_id(referral.id).state == "published"


def test_a_posting_that_ran_out_while_it_was_hidden_expires_once_it_is_back(referral, organizer, look, wait):
    referral.hide(organizer, reason="Hm.")
    wait(days=100)
    assert look(referral).state == "hidden"

    referral.restore(organizer)

    assert referral not in Referral.board()
    assert look(referral).state == "expired"


def test_a_paused_posting_that_ran_out_cannot_be_resumed(lead, helper, wait):
    referral = lead(Referral, "paused")
    wait(days=45)

    with pytest.raises(Refused, match="moved on"):
        referral.resume(helper)

    assert Referral.get_by_id(referral.id).state == "expired"


@pytest.mark.parametrize(
    "state", ["draft", "in_review", "changes_asked", "expired", "filled", "withdrawn", "rejected", "hidden", "removed"]
)
def test_other_postings_have_no_clock(state, lead, look, wait, unchanged):
    referral = lead(Referral, state)

    with unchanged():
        wait(days=1000)
        assert look(referral).state == state


def test_requests_outlive_the_posting_that_ran_out(referral, claim, helper, look, wait):
    Claim.update(due=in_days(100)).execute()
    wait(days=46)

    assert look(referral).state == "expired"
    assert look(claim).state == "requested"
    assert look(claim).can("accept", helper)


# The terms of the policy


@pytest.mark.parametrize(
    ("column", "noun", "state", "becomes"),
    [
        ("request_days", Claim, "requested", "lapsed"),
        ("changes_days", Claim, "changes_asked", "lapsed"),
        ("agree_days", Claim, "accepted", "lapsed"),
        ("report_days", Claim, "reported", "hired"),
        ("active_days", Claim, "active", "expired"),
        ("listing_days", Referral, "published", "expired"),
    ],
)
def test_the_organizers_set_the_terms(column, noun, state, becomes, lead, look, wait, set_policy):
    set_policy(**{column: 2}, check_in_days=[])
    record = lead(noun, state)

    wait(days=2, seconds=-1)
    assert look(record).state == state
    wait(seconds=1)
    assert look(record).state == becomes


def test_the_organizers_set_how_long_money_may_take(lead, look, wait, set_policy):
    set_policy(settle_days=2)
    pledge = lead(Pledge, "due")
    wait(days=2)

    assert look(pledge).waits_at_desk


def test_the_organizers_set_when_the_reminder_goes_out(post, look, wait, set_policy, told, helper):
    set_policy(listing_days=10, reminder_days=3)
    referral = post()
    wait(days=7)

    look(referral)

    assert told(helper) == ["referral.remind"]


# The sweep itself


def test_a_sweep_counts_the_clocks_that_had_run_out_and_finds_none_the_second_time(post, claim, wait):
    post()
    assert sweep() == 0

    wait(days=45)

    assert sweep() == 3
    assert sweep() == 0


def test_a_sweep_that_never_stops_says_nothing_twice(lead, wait, defaults):
    lead(Claim, "hired")
    for _ in range(200):
        wait(days=1)
        sweep()

    assert sorted(defaults()) == ["pledge.call_desk", "pledge.fall_due"]
