"""Appeals: heard by somebody who can be the taker in no way, in time, and for good."""

import pytest
from cast import MONDAY, ROLE, newcomer

from models import (
    FOR_A_TIME,
    HEARING_DAYS,
    LADDER,
    STAYING,
    Action,
    Event,
    Heartbeat,
    Member,
    NotYours,
    OneTimeLink,
    Referral,
    Refused,
    Report,
    db,
    in_days,
    log,
    sweep,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

ON_POSTINGS = ("hidden", "removed")


@pytest.fixture
def act(organizer, helper, request):
    """Olga acts on Hana, or on her posting."""

    def act(kind, by=organizer, member=helper, rule="spam", days=90, **more):
        if kind in ON_POSTINGS:
            more = {"referral": request.getfixturevalue("referral"), **more}
        days = days if kind in FOR_A_TIME else None
        return Action.take(by, member, kind, rule, "Forty messages in a day.", days=days, **more)

    return act


@pytest.fixture
def appealed(act, helper):
    """What Olga did is appealed by Hana."""

    def appealed(kind="warning", **more):
        action = act(kind, **more)
        action.appeal(helper, reason="It was my brother.")
        return action

    return appealed


def sign_in_as(member, maker):
    """Somebody uses a link that this organizer made for the member."""
    link = OneTimeLink.find("sign_in", OneTimeLink.for_member(member, maker))
    with db.atomic():
        link.use()


# Who hears it


def test_whom_the_taker_could_sign_in_as_does_not_hear_the_appeal(appealed, organizer, second, unchanged):
    sign_in_as(second, organizer)

    action = appealed()

    assert action.heard_by == []
    with unchanged(), pytest.raises(NotYours):
        action.keep(second, reason="It stands.")


def test_a_link_is_remembered_when_its_row_is_gone(appealed, organizer, second):
    sign_in_as(second, organizer)
    OneTimeLink.delete().execute()

    assert appealed().heard_by == []


def test_a_link_that_nobody_used_leaves_the_organizer_who_they_are(appealed, organizer, second, wait):
    OneTimeLink.for_member(second, organizer)
    wait(days=2)

    assert appealed().heard_by == [second]


def test_a_link_by_somebody_else_makes_nobody_the_taker(appealed, organizer, second):
    owner = newcomer("Orla Owner", organizer, role="owner")
    sign_in_as(second, owner)

    assert appealed().heard_by == [second, owner]


def test_whose_address_the_taker_has_set_does_not_hear_the_appeal(appealed, organizer, second):
    second.correct_address(organizer, "oscar@example.net", reason="A slip of the pen.")

    assert appealed().heard_by == []


def test_a_guest_whom_the_taker_appoints_since_does_not_hear_the_appeal(appealed, organizer, rival):
    Member.update(invited_by=organizer).where(Member.id == rival.id).execute()
    action = appealed()

    Member.get_by_id(rival.id).appoint(organizer)

    assert action.heard_by == []


def test_a_guest_who_was_appointed_before_hears_it(appealed, organizer, rival, wait):
    Member.update(invited_by=organizer).where(Member.id == rival.id).execute()
    Member.get_by_id(rival.id).appoint(organizer)
    wait(days=1)

    assert appealed().heard_by == [rival]


@pytest.mark.parametrize("part", ["reporter", "party"])
def test_who_has_a_part_in_the_report_does_not_hear_the_appeal(part, appealed, claim, organizer, seeker):
    Member.update(role="organizer").where(Member.id == seeker.id).execute()
    by = seeker if part == "reporter" else newcomer("Rina Reporter", organizer)
    report = Report.make(by, "spam", "Again.", **({"claim": claim} if part == "reporter" else {"member": claim.helper}))
    if part == "party":
        Report.update(claim=claim).where(Report.id == report.id).execute()

    action = appealed(report=report)

    assert action.heard_by == []


def test_who_upheld_the_report_does_not_hear_the_appeal(appealed, helper, rival, organizer, second):
    report = Report.make(rival, "spam", "Again.", member=helper)
    Event.create(verb="report.uphold", actor=second, number=report.id)

    assert appealed(report=report).heard_by == []


def test_a_queue_of_appeals_asks_once_for_all_their_reports(act, helper, rival, seeker, second):
    reports = [Report.make(by, "spam", "Again.", member=helper) for by in (rival, seeker)]
    for report in reports:
        act("warning", report=report).appeal(helper, reason="No.")
    actions, asked = Action.with_paths(Action.appeals()), []

    second.link_makers, second.appointments  # noqa: B018 (read once for all of them)
    db.query_hooks.append(asked.append)
    roles = [action.roles(second) for action in actions]
    db.query_hooks.remove(asked.append)

    assert (roles, asked) == ([{"organizer", "decider"}] * 2, [])


# By when


@pytest.mark.parametrize("kind", [kind for kind in LADDER if kind not in STAYING])
def test_what_nobody_hears_is_taken_back(kind, appealed, helper, told, wait):
    action = appealed(kind)
    wait(days=HEARING_DAYS - 1)
    sweep()
    assert Action.get_by_id(action.id).state == "appealed"

    wait(days=1)
    sweep()

    assert (Action.get_by_id(action.id).state, Action.in_force(helper, kind)) == ("lapsed", None)
    assert "action.lapse" in told(helper)
    if kind in ON_POSTINGS:
        assert Referral.get_by_id(action.referral_id).state == "published"


@pytest.mark.parametrize("kind", STAYING)
def test_who_is_kept_out_stays_so_and_the_log_says_that_nobody_could_hear_it(kind, appealed, helper, told, wait):
    action = appealed(kind)

    wait(days=HEARING_DAYS)
    sweep()

    action = Action.get_by_id(action.id)
    assert (action.state, action.due, helper.kept_out) == ("kept", action.until, action)
    assert told(helper)[0] == "action.stay"
    assert "Nobody could hear" in log(helper).where(Event.verb == "action.stay").get().sentence_in_log


def test_a_silence_that_ends_first_is_over(appealed, wait):
    action = appealed("silenced", days=5)

    wait(days=5)
    sweep()

    assert Action.get_by_id(action.id).state == "over"


def test_an_appeal_that_was_heard_waits_no_longer(appealed, second, wait):
    action = appealed("silenced")
    action.keep(second, reason="It stands.")

    wait(days=HEARING_DAYS)
    sweep()

    assert (Action.get_by_id(action.id).state, action.due) == ("kept", action.until)


def test_the_time_that_the_site_was_away_is_given_back_to_appeals(appealed, act, organizer, wait):
    sweep_by_minutes()
    waiting, open_one = appealed("banned"), act("note")
    ends, until = waiting.due, open_one.appeal_until
    wait(days=10)
    Heartbeat.beat()

    Heartbeat.current().give_back(organizer)

    assert (Action.get_by_id(waiting.id).due - ends).days == 10
    assert (Action.get_by_id(open_one.id).appeal_until - until).days == 10


def test_while_the_clocks_stand_still_an_appeal_is_in_time(act, helper, wait):
    sweep_by_minutes()
    action = act("warning")
    wait(days=20)
    Heartbeat.beat()

    action.appeal(helper, reason="The site was away.")

    assert action.state == "appealed"


def sweep_by_minutes():
    Heartbeat.beat()
    assert not Heartbeat.clocks_stand()


# For good


@pytest.fixture
def reversed_one(appealed, second):
    """What was taken back after an appeal."""

    def reversed_one(kind="silenced"):
        action = appealed(kind)
        action.reverse(second, reason="It was your brother.")
        return action

    return reversed_one


@pytest.mark.parametrize(
    ("first", "then"), [("silenced", "silenced"), ("silenced", "banned"), ("hidden", "hidden"), ("hidden", "removed")]
)
def test_what_was_reversed_is_not_done_again_on_the_same_facts(first, then, reversed_one, act, second, unchanged):
    reversed_one(first)

    for by in (None, second):
        with unchanged(), pytest.raises(Refused, match="something new"):
            act(then, **({"by": by} if by else {}))


def test_nor_by_the_button_of_the_posting(reversed_one, referral, organizer, unchanged):
    reversed_one("hidden")
    referral.reload()
    Action.update(rule="other").execute()

    with unchanged(), pytest.raises(Refused, match="something new"):
        referral.hide(organizer, reason="Still.")


@pytest.mark.parametrize("end", ["undo", "lapse"])
def test_what_was_taken_back_while_it_was_appealed_is_not_done_again(end, appealed, act, organizer, wait):
    action = appealed("silenced")
    if end == "undo":
        action.undo(organizer, reason="I have slept on it.")
    else:
        wait(days=HEARING_DAYS)
        sweep()

    with pytest.raises(Refused, match="something new"):
        act("silenced")


def test_what_is_milder_or_by_another_rule_is_another_matter(reversed_one, act):
    reversed_one("silenced")

    assert act("warning").state == act("silenced", rule="harassment").state == "in_force"


def test_a_new_report_is_something_new(reversed_one, act, helper, rival):
    reversed_one("silenced")
    Report.make(rival, "spam", "And again.", member=helper)

    assert act("silenced").state == "in_force"


def test_an_old_report_is_not(reversed_one, act, helper, rival, organizer):
    report = Report.make(rival, "spam", "And again.", member=helper)
    reversed_one("silenced")

    with pytest.raises(Refused, match="something new"):
        act("silenced", report=report)


def test_a_new_message_is_something_new(reversed_one, act, claim, helper):
    reversed_one("silenced")
    claim.say(helper, "Buy my boats!")

    assert act("silenced").state == "in_force"


def test_an_edit_of_the_posting_is_something_new_about_it(reversed_one, act, referral, helper):
    reversed_one("hidden")
    referral.reload()
    referral.edit(helper, prices={"reference": 0}, duties="Buy here!", last_day=in_days(30).date(), **ROLE)

    assert act("hidden").state == "in_force"


def test_a_report_about_somebody_is_nothing_new_about_their_posting(reversed_one, act, helper, rival):
    reversed_one("hidden")
    Report.make(rival, "spam", "And again.", member=helper)

    with pytest.raises(Refused, match="something new"):
        act("hidden")


# One matter


def test_who_decides_about_a_report_has_seen_what_was_done_meanwhile(act, helper, rival, second):
    report = Report.make(rival, "spam", "Again.", member=helper)
    seen = report.version
    act("warning")

    report.expect(seen)
    with pytest.raises(Refused, match="moved on"):
        report.uphold(second, reason="So it is.")


def test_an_owner_acts_on_another_owner(act, organizer):
    other = newcomer("Orla Owner", organizer, role="owner")

    assert act("silenced", member=other).state == "in_force"


def test_an_owner_upholds_a_report_about_another_owner(organizer, rival):
    other = newcomer("Orla Owner", organizer, role="owner")
    report = Report.make(rival, "spam", "Again.", member=other)

    report.uphold(organizer, "warning", to_reported="Please stop.", reason="So it is.")

    assert Action.get(Action.member == other).kind == "warning"
