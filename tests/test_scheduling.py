"""When a posting comes up and goes down: on a day that was chosen, in one press, and where nobody may review it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from cast import MONDAY, ROLE

from models import (
    Action,
    Block,
    Claim,
    Employer,
    HiddenFrom,
    Invalid,
    Notice,
    NotYours,
    Referral,
    Refused,
    Report,
    clocks,
    in_days,
    now,
    sweep,
    today,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

WEDNESDAY = date(2026, 6, 3)
EIGHT_ON_WEDNESDAY = datetime(2026, 6, 3, 12, tzinfo=UTC).replace(tzinfo=None)  # In UTC; the community is in Toronto.


@pytest.fixture
def draft(post):
    return post(publish=False)


@pytest.fixture
def scheduled(draft, helper):
    draft.schedule(helper, WEDNESDAY)
    return draft


@pytest.fixture
def alone(set_policy, helper, organizer):
    """Everything is reviewed, and the helper is hidden from the only organizer."""
    set_policy(review="all")
    HiddenFrom.add(helper, "member", other=organizer)


def known_to(referral, *people):
    return [referral in Referral.visible_to(member) for member in people]


# On a day


def test_a_posting_comes_up_at_eight_in_the_morning_of_the_day_that_was_chosen(scheduled, wait, helper, told):
    assert scheduled.due == EIGHT_ON_WEDNESDAY

    wait(hours=44, minutes=59)
    sweep()
    assert not Referral.board()
    wait(minutes=1)
    sweep()

    assert [referral.state for referral in Referral.board()] == ["published"]
    assert Referral.get().publish_on is None
    assert told(helper) == ["referral.come_up"]


def test_eight_in_the_morning_is_eight_where_the_community_is_in_winter_too(draft, helper):
    draft.schedule(helper, date(2026, 12, 1))

    assert draft.due.hour == EIGHT_ON_WEDNESDAY.hour + 1


def test_until_its_day_nobody_but_its_helper_knows_of_a_posting(scheduled, helper, seeker, organizer, rival, told):
    assert known_to(scheduled, helper, seeker, rival, organizer) == [True, False, False, False]
    assert not Referral.board("shipwright")
    assert not Referral.about_employer("Harbour Works", organizer)
    assert told(seeker) == told(organizer) == []


def test_where_all_are_reviewed_its_day_brings_it_to_the_organizers(
    scheduled, set_policy, wait, helper, organizer, told
):
    set_policy(review="all")

    wait(days=2)
    sweep()

    assert Referral.get().state == "in_review"
    assert told(helper) == told(organizer) == ["referral.come_to_review"]


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (None, "Choose a day"),
        (date(2026, 5, 31), "in the past"),
        (date(2026, 6, 1), "past eight"),
        (date(2026, 6, 9), "closes before"),
    ],
)
def test_a_day_on_which_it_cannot_come_up_is_refused_with_a_sentence(day, says, post, helper, unchanged):
    draft = post(publish=False, closes_on=date(2026, 6, 8))

    with unchanged(), pytest.raises(Invalid, match=says) as problem:
        draft.schedule(helper, day)

    assert set(problem.value.problems) == {"publish_on"}


def test_before_eight_it_can_still_come_up_today(draft, helper, wait):
    wait(hours=-4)

    draft.schedule(helper, today())

    assert draft.due == in_days(0) + timedelta(hours=1)


def test_another_day_replaces_the_first_and_none_is_possible_again(scheduled, helper, wait):
    scheduled.schedule(helper, WEDNESDAY + timedelta(days=1))
    assert scheduled.due == EIGHT_ON_WEDNESDAY + timedelta(days=1)

    scheduled.unschedule(helper)
    wait(days=30)
    sweep()

    assert (scheduled.publish_on, scheduled.due) == (None, None)
    assert Referral.get().state == "draft"
    with pytest.raises(Refused, match="No day was chosen"):
        scheduled.unschedule(helper)


def test_an_edit_leaves_the_day_as_it_is(scheduled, helper):
    scheduled.edit(helper, prices={"reference": 0}, duties="Sails.", **ROLE, last_day=today())

    assert (scheduled.state, scheduled.publish_on, scheduled.due) == ("draft", WEDNESDAY, EIGHT_ON_WEDNESDAY)


def test_who_publishes_it_sooner_needs_no_day(scheduled, helper, wait):
    scheduled.submit(helper)
    assert (scheduled.publish_on, scheduled.state) == (None, "published")

    wait(days=3)
    sweep()

    assert scheduled.due == in_days(37)


def bar_employer(scheduled, organizer):
    Employer.register(organizer, scheduled.employer, "no_postings", False, "")


def block_word(scheduled, organizer):
    Block.add(organizer, "word", "wooden", [])


def silence(scheduled, organizer):
    Action.take(organizer, scheduled.helper, "silenced", "other", "Calm down, please.", days=30)


def let_close(scheduled, organizer):
    Referral.update(closes_on=WEDNESDAY - timedelta(days=1)).execute()


@pytest.mark.parametrize("forbid", [bar_employer, block_word, silence, let_close])
def test_what_cannot_be_published_on_its_day_stays_a_draft_and_its_helper_reads_why(
    forbid, scheduled, organizer, helper, wait
):
    forbid(scheduled, organizer)

    wait(days=2)
    sweep()

    kept = Referral.get()
    notice = Notice.newest(helper).first()
    assert (kept.state, kept.publish_on, kept.due) == ("draft", None, None)
    assert (notice.kind, bool(notice.event.reason)) == ("referral.call_off", True)
    assert kept.not_to_be_handed_in() == notice.event.reason
    assert not kept.can("submit", helper)


def test_postings_of_a_member_that_are_held_wait_for_a_review_on_their_day(scheduled, organizer, helper, wait):
    Action.take(organizer, helper, "posts_held", "other", "I want to read them first.", days=30)

    wait(days=2)
    sweep()

    assert Referral.get().state == "in_review"


def test_a_day_that_was_chosen_stays_that_day_when_lost_time_is_given_back(scheduled, organizer):
    clocks.put_off(timedelta(days=1))

    assert Referral.get().due == EIGHT_ON_WEDNESDAY


def test_the_page_shows_what_its_day_has_brought_before_the_sweep_comes_by(scheduled, helper, wait):
    wait(days=2)

    scheduled.catch_up()

    assert scheduled.state == "published"


def test_nobody_else_chooses_a_day(draft, seeker, organizer, unchanged):
    for member in (seeker, organizer):
        with unchanged(), pytest.raises(NotYours):
            draft.schedule(member, WEDNESDAY)


# Down again


@pytest.mark.parametrize("state", ["in_review", "changes_asked", "published", "paused", "expired"])
def test_what_was_taken_down_is_its_helpers_alone_again(state, lead, helper, seeker, organizer, rival):
    referral = lead(Referral, state)

    referral.take_down(helper)

    assert referral.state == "draft"
    assert known_to(referral, helper, seeker, rival, organizer) == [True, False, False, False]
    assert (referral.due, referral.expires_at) == (None, None)


def test_a_draft_that_was_withdrawn_is_not_shown_to_organizers_either(draft, helper, organizer):
    draft.withdraw(helper)

    assert known_to(draft, helper, organizer) == [True, False]


def test_who_waits_is_closed_without_a_fee_and_who_was_accepted_goes_on(post, helper, seeker, rival, told):
    referral = post(seats=2)
    bound = Claim.request(referral, seeker, "I have built boats.", ["good_word"])
    bound.accept(helper)
    waiting = Claim.request(referral, rival, "I have built boats.", ["good_word"])

    referral.take_down(helper)

    assert (Claim.get_by_id(bound.id).state, Claim.get_by_id(waiting.id).state) == ("accepted", "closed")
    assert told(rival) == ["claim.close"]
    assert told(seeker) == ["claim.accept"]
    assert known_to(referral, seeker, rival) == [False, False]
    bound.agree(seeker)
    assert bound.state == "active"


def test_what_was_taken_down_can_be_published_again_by_the_rules_of_today(referral, helper, set_policy):
    referral.take_down(helper)
    set_policy(review="all")

    referral.submit(helper)

    assert referral.state == "in_review"


def test_all_of_ones_own_come_down_together(post, helper, rival, organizer):
    first, second, chosen, finished = post(), post(), post(publish=False), post()
    chosen.schedule(helper, WEDNESDAY)
    second.pause(helper)
    finished.fill(helper)
    others = post(by=rival)

    assert Referral.take_all_down(helper) == 3
    assert Referral.take_all_down(helper) == 0

    assert [Referral.get_by_id(one.id).state for one in (first, second, chosen, finished, others)] == [
        *("draft", "draft", "draft", "filled", "published")
    ]
    assert not Referral.select().where(Referral.publish_on.is_null(False))


def test_what_has_run_out_meanwhile_comes_down_as_well(post, helper, wait):
    post(closes_on=today() + timedelta(days=1))
    hidden = post()
    hidden.hide_for_reports()
    wait(days=3)

    assert Referral.take_all_down(helper) == 1
    assert [one.state for one in Referral.select().order_by(Referral.id)] == ["draft", "hidden"]


# Where nobody may review


def test_what_nobody_may_review_is_published_after_three_days_and_says_so(alone, draft, helper, organizer, wait, told):
    draft.submit(helper)
    assert (draft.state, draft.due) == ("in_review", in_days(3))
    assert told(organizer) == []

    wait(days=3)
    sweep()

    referral = Referral.get()
    assert (referral.state, referral.unreviewed, referral.expires_at) == ("published", True, in_days(45))
    assert told(helper) == ["referral.publish_unreviewed"]
    assert helper.state == "new"


def test_what_somebody_may_review_waits_for_them(set_policy, draft, helper, wait):
    set_policy(review="all")
    draft.submit(helper)

    wait(days=30)
    sweep()

    assert (draft.due, Referral.get().state) == (None, "in_review")


def test_the_clock_stops_when_somebody_may_look_and_starts_when_nobody_may(
    alone, draft, helper, organizer, rival, wait
):
    draft.submit(helper)
    entry = HiddenFrom.of(helper).where(HiddenFrom.other == organizer).get()

    entry.lift(helper)
    assert Referral.get().due is None
    HiddenFrom.add(helper, "member", other=organizer)
    assert Referral.get().due == in_days(3)
    rival.appoint(organizer)
    assert Referral.get().due is None
    rival.dismiss(organizer, reason="Thank you.")
    assert Referral.get().due == in_days(3)


def test_the_sweep_notices_whoever_may_look_by_other_ways(alone, draft, helper, organizer, second, wait):
    draft.submit(helper)
    assert draft.due is None
    Action.take(organizer, second, "suspended", "other", "For a while.", days=1)

    sweep()
    assert Referral.get().due == in_days(3)
    wait(days=4)
    draft.reload()
    draft.catch_up()

    assert (draft.state, draft.due) == ("in_review", None)


def test_register_blocks_and_holds_hold_where_nobody_looks(alone, draft, helper, organizer, wait, told):
    Action.take(organizer, helper, "posts_held", "other", "I want to read them first.", days=10)
    draft.submit(helper)
    wait(days=9)
    sweep()
    assert Referral.get().state == "in_review"

    wait(days=2)
    sweep()
    bar_employer(draft, organizer)
    wait(days=3)
    sweep()

    assert Referral.get().state == "draft"
    assert told(helper)[0] == "referral.call_off"


def test_an_organizer_who_may_look_later_takes_the_mark_off(alone, draft, helper, second, organizer, rival, wait):
    draft.submit(helper)
    Action.take(organizer, second, "suspended", "other", "For a while.", days=2)
    wait(days=1)
    sweep()
    Referral.update(due=now()).execute()
    sweep()
    referral = Referral.get()
    assert referral.unreviewed

    for stranger in (helper, rival, organizer):
        with pytest.raises(NotYours):
            referral.approve_late(stranger)
    wait(days=1)  # The suspension is over.
    referral.approve_late(second)

    assert (referral.state, referral.unreviewed) == ("published", False)
    with pytest.raises(Refused, match="already"):
        referral.approve_late(second)


def test_who_is_asked_for_a_review_is_who_may_look(alone, draft, helper, organizer, second, told):
    draft.submit(helper)

    assert list(draft.reviewers()) == [second]
    assert (told(second), told(organizer)) == (["referral.submit"], [])


def test_a_helper_does_not_review_their_own_posting(set_policy, post, organizer):
    set_policy(review="all")
    Action.record(organizer, organizer, "posts_held", "other", "By hand.", until=in_days(1))

    referral = post(by=organizer)

    assert (referral.state, list(referral.reviewers())) == ("in_review", [])


def test_no_organizer_reads_that_somebody_has_a_draft_or_chose_a_day(helper, organizer, post, olga, hana, told):
    posting = post(publish=False, helper_named=False, employer_named=False)
    posting.schedule(helper, today() + timedelta(days=3))

    page = olga.open(f"/desk/members/{helper.id}")

    assert "chose a day" not in page.text
    assert "wrote the posting" not in page.text
    assert "chose a day" in hana.open(f"/referrals/{posting.id}").text


def test_what_organizers_were_told_of_a_posting_that_is_down_again_is_gone(helper, organizer, post, olga, set_policy):
    set_policy(review="all")
    posting = post(title="Sailmaker")
    assert "Sailmaker" in olga.open("/notices").text

    posting.take_down(helper)

    assert "Sailmaker" not in olga.open("/notices").text
    assert "handed the posting in" not in olga.open(f"/desk/members/{helper.id}").text


def test_what_organizers_did_about_a_posting_stays_in_the_log_once_it_is_a_draft(helper, organizer, post, olga):
    posting = post()
    posting.hide(organizer, reason="Let me look.")
    posting.restore(organizer, reason="It is fine.")

    posting.take_down(helper)

    assert "Olga Owner hid a posting" in olga.open("/log").text


def test_a_report_of_what_was_taken_down_since_stays_and_leads_nowhere(helper, post, seeker, olga):
    posting = post(title="Sailmaker")
    report = Report.make(seeker, "spam", "Look.", referral=posting)
    address = f"/referrals/{posting.id}"
    assert address in olga.open(f"/desk/reports/{report.id}").links.values()

    posting.take_down(helper)

    page = olga.open(f"/desk/reports/{report.id}")
    assert "Sailmaker, Harbour Works · taken down by its helper" in page.text
    assert address not in page.links.values()


def test_what_a_helper_writes_after_taking_a_posting_down_is_on_no_page_of_the_desk(helper, post, seeker, olga):
    posting = post(title="Sailmaker")
    report = Report.make(seeker, "spam", "Look.", referral=posting)
    posting.take_down(helper)
    columns = {**ROLE, "title": "Secret sailmaker", "last_day": today()}
    posting.edit(helper, prices={"reference": 0}, duties="Still secret.", **columns)

    for address in ("/desk", f"/desk/reports/{report.id}"):
        text = olga.open(address).text
        assert "Secret sailmaker" not in text
        assert "Still secret." not in text
        assert "Sailmaker" in text
