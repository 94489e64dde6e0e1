"""Reports: who can say that something is wrong, what happens at once, and what the desk makes of it."""

import pytest
from cast import MONDAY, newcomer
from racing import at_once, press, through

from models import (
    REPORT_REASONS,
    Action,
    Claim,
    Event,
    Invalid,
    Message,
    Notice,
    NotYours,
    Referral,
    Refused,
    Report,
    sweep,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

AT_ONCE = ("not_real", "money_first")
LATER = tuple(rule for rule in REPORT_REASONS if rule not in AT_ONCE)
GOING_ON = ("requested", "changes_asked", "accepted", "active", "reported", "hired", "disputed")
AGREED = ("active", "reported", "hired", "disputed")


@pytest.fixture
def trusted(organizer):
    """Tara and Theo, whom Olga trusts."""
    two = [newcomer(name, organizer) for name in ("Tara Trusted", "Theo Trusted")]
    for member in two:
        member.trust(organizer)
    return two


@pytest.fixture
def rival(rival):
    """Ravi, who is no longer new."""
    return settled(rival)


def settled(member):
    member.settle_in()
    return member


@pytest.fixture
def about(claim, helper, referral):
    """What Sami can report of Hana: her posting, their claim, a message, herself."""
    claim.say(helper, "Send me money first.")
    return {"referral": referral, "claim": claim, "message": Message.get(), "member": helper}


def states(*records):
    return [type(record).get_by_id(record.id).state for record in records]


# Reporting


@pytest.mark.parametrize("noun", ["referral", "claim", "message", "member"])
def test_a_report_waits_at_the_desk(noun, about, seeker, helper, organizer, second, told):
    report = Report.make(seeker, "other", "Something is odd.", **{noun: about[noun]})

    assert list(Report.open()) == [report]
    assert (report.by, report.member, report.state) == (seeker, helper, "open")
    assert report.waits_for(organizer)
    assert told(organizer)[0] == told(second)[0] == "report.make"


@pytest.mark.parametrize("rule", ["", "because", None])
def test_a_report_says_what_is_wrong(rule, referral, seeker, unchanged):
    with unchanged(), pytest.raises(Invalid) as problem:
        Report.make(seeker, rule, "Hm.", referral=referral)

    assert "rule" in problem.value.problems


@pytest.mark.parametrize("noun", ["referral", "message", "member"])
def test_nobody_reports_themselves(noun, about, helper, unchanged):
    with unchanged(), pytest.raises(Refused, match="report yourself"):
        Report.make(helper, "not_real", "It is I.", **{noun: about[noun]})


@pytest.mark.parametrize("noun", ["referral", "claim", "message", "member"])
def test_nobody_reports_the_same_twice(noun, about, seeker, organizer, unchanged):
    report = Report.make(seeker, "spam", "Look.", **{noun: about[noun]})

    with unchanged(), pytest.raises(Refused, match="already"):
        Report.make(seeker, "money_first", "Look!", **{noun: about[noun]})
    report.dismiss(organizer, reason="It is one message.")

    assert Report.make(seeker, "spam", "It goes on.", **{noun: about[noun]}).state == "open"


def test_members_report_more_than_one_thing_about_the_same_person(about, seeker):
    for noun, record in about.items():
        Report.make(seeker, "spam", "Look.", **{noun: record})

    assert Report.open().count() == 4


# What is hidden


@pytest.mark.parametrize("rule", AT_ONCE)
def test_what_may_cost_somebody_money_is_hidden_at_once(rule, referral, rival, helper, told):
    Report.make(rival, rule, "There is no such job.", referral=referral)

    assert states(referral) == ["hidden"]
    assert told(helper)[0] == "referral.hide_for_reports"


@pytest.mark.parametrize("rule", LATER)
def test_one_trusted_member_is_not_enough_to_hide(rule, referral, trusted):
    Report.make(trusted[0], rule, "Hm.", referral=referral)

    assert states(referral) == ["published"]


@pytest.mark.parametrize("rule", LATER)
def test_two_trusted_members_hide_a_posting(rule, referral, trusted):
    for member in trusted:
        Report.make(member, rule, "Hm.", referral=referral)

    assert states(referral) == ["hidden"]


def test_the_two_must_be_trusted(referral, trusted, rival, seeker):
    for member in (rival, seeker, trusted[0]):
        Report.make(member, "spam", "Hm.", referral=referral)

    assert states(referral) == ["published"]


def test_one_trusted_member_does_not_count_twice(referral, trusted, unchanged):
    Report.make(trusted[0], "spam", "Hm.", referral=referral)

    with unchanged(), pytest.raises(Refused):
        Report.make(trusted[0], "other", "Hm, hm.", referral=referral)

    assert states(referral) == ["published"]


def test_the_two_must_mean_the_same_posting(post, referral, trusted):
    other = post()

    for member, posting in zip(trusted, (referral, other), strict=True):
        Report.make(member, "spam", "Hm.", referral=posting)

    assert states(referral, other) == ["published", "published"]


def test_a_report_that_was_answered_does_not_count_any_longer(referral, trusted, organizer):
    Report.make(trusted[0], "spam", "Hm.", referral=referral).dismiss(organizer, reason="It is fine.")

    Report.make(trusted[1], "spam", "Hm.", referral=referral)

    assert states(referral) == ["published"]


def test_a_posting_that_is_not_on_the_board_is_reported_all_the_same(referral, helper, rival):
    referral.withdraw(helper)

    Report.make(rival, "not_real", "It never was.", referral=referral)

    assert states(referral) == ["withdrawn"]
    assert Report.open().count() == 1


# What the desk makes of it


@pytest.mark.parametrize("before", ["published", "paused"])
def test_a_dismissed_report_brings_the_posting_back_as_it_was(before, lead, rival, organizer, helper, told):
    referral = lead(Referral, before)
    report = Report.make(rival, "not_real", "Hm.", referral=referral)

    report.dismiss(organizer, reason="I called them: it is real.")

    assert states(referral) == [before]
    assert told(helper)[0] == "referral.unhide"


def test_a_posting_comes_back_with_the_last_report_that_is_dismissed(referral, rival, seeker, organizer):
    reports = [Report.make(member, "not_real", "Hm.", referral=referral) for member in (rival, seeker)]

    Report.clear_backlog(organizer, rival, "It is real.")
    assert states(referral, *reports) == ["hidden", "dismissed", "open"]
    reports[1].dismiss(organizer, reason="It is real.")
    assert states(referral) == ["published"]


@pytest.mark.parametrize(
    ("consequence", "state"),
    {"none": "published", "warning": "published", "hidden": "hidden", "removed": "removed"}.items(),
)
def test_what_becomes_of_the_posting_is_chosen(consequence, state, referral, rival, organizer):
    report = Report.make(rival, "not_real", "Hm.", referral=referral)

    report.uphold(organizer, consequence, to_reported="We asked there.", reason="Nobody knows it there.")

    assert states(referral) == [state]


def test_what_an_organizer_has_hidden_stays_hidden(referral, rival, helper, organizer):
    report = Report.make(rival, "spam", "Hm.", referral=referral)
    Action.take(organizer, helper, "hidden", "spam", "I am looking into it.", referral=referral)

    report.dismiss(organizer, reason="It is no spam, but something else.")

    assert states(referral) == ["hidden"]


def test_what_an_organizer_hides_on_top_of_reports_stays_hidden_until_they_take_it_back(
    referral, rival, helper, organizer
):
    report = Report.make(rival, "not_real", "They are closed.", referral=referral)
    action = Action.take(organizer, helper, "hidden", "spam", "It is an advertisement.", referral=referral)

    report.dismiss(organizer, reason="They are open.")
    assert states(referral, action) == ["hidden", "in_force"]

    action.undo(organizer, reason="It is none.")
    assert states(referral, action) == ["published", "undone"]


@pytest.mark.parametrize("verb", ["uphold", "dismiss"])
def test_the_reporter_learns_the_result(verb, referral, rival, organizer, told):
    report = Report.make(rival, "spam", "Hm.", referral=referral)

    getattr(report, verb)(organizer, reason="I have read everything.")

    assert told(rival) == [f"report.{verb}"]
    assert Notice.newest(rival).first().event.reason == "I have read everything."


@pytest.mark.parametrize("verb", ["uphold", "dismiss"])
@pytest.mark.parametrize("reason", ["", " \n ", "x" * 100_000], ids=["none", "blank", "endless"])
def test_a_report_is_answered_with_a_reason(verb, reason, referral, rival, organizer, unchanged):
    report = Report.make(rival, "not_real", "Hm.", referral=referral)

    with unchanged(), pytest.raises(Invalid):
        getattr(report, verb)(organizer, reason=reason)


@pytest.mark.parametrize("verb", ["uphold", "dismiss"])
def test_only_organizers_answer_a_report(verb, referral, rival, helper, seeker, unchanged):
    report = Report.make(rival, "not_real", "Hm.", referral=referral)

    for member in (rival, helper, seeker):
        with unchanged(), pytest.raises(NotYours):
            getattr(report, verb)(member, reason="I say so.")


@pytest.mark.parametrize("verb", ["uphold", "dismiss"])
def test_an_organizer_who_was_dismissed_a_second_ago_answers_nothing(
    verb, referral, rival, second, organizer, unchanged
):
    report = Report.make(rival, "not_real", "Hm.", referral=referral)
    type(second).get_by_id(second.id).dismiss(organizer, reason="Too hasty.")

    with unchanged(), pytest.raises(NotYours):
        getattr(report, verb)(second, reason="I say so.")


def test_an_organizer_who_has_a_part_in_it_leaves_it_to_another(post, organizer, second, rival, seeker, unchanged):
    by_olga = Report.make(organizer, "spam", "Hm.", member=rival)
    on_olga = Report.make(rival, "spam", "Hm.", referral=post(by=organizer))
    claim = Claim.request(post(by=rival), organizer, "Please.", ["good_word"])
    with_olga = Report.make(rival, "spam", "Hm.", claim=claim)

    for report in (by_olga, on_olga, with_olga):
        with unchanged(), pytest.raises(NotYours):
            report.dismiss(organizer, reason="It is nothing.")
        report.dismiss(second, reason="It is nothing.")

    assert not Report.open()


def test_a_report_is_answered_once(referral, rival, organizer, unchanged):
    report = Report.make(rival, "not_real", "Hm.", referral=referral)
    report.uphold(organizer, reason="So it is.")

    with unchanged(), pytest.raises(Refused):
        report.dismiss(organizer, reason="Or is it?")


@pytest.mark.parametrize("again", range(3))
def test_two_organizers_answer_once(again, referral, rival, organizer, second):
    report = Report.make(rival, "not_real", "Hm.", referral=referral)

    answers = at_once(
        press(report, "uphold", organizer, "hidden", to_reported="So it is.", reason="So it is."),
        press(report, "dismiss", second, reason="It is not."),
    )

    report.reload()
    assert len(through(answers)) == 1
    assert states(referral) == ["hidden" if report.state == "upheld" else "published"]


@pytest.mark.parametrize("again", range(3))
def test_two_reports_at_once_hide_a_posting_once(again, referral, trusted):
    def report(member):
        return Report.make(member, "spam", "Hm.", referral=Referral.get_by_id(referral.id))

    at_once(*(lambda member=member: report(member) for member in trusted))

    assert states(referral) == ["hidden"]
    assert Event.select().where(Event.verb == "referral.hide_for_reports").count() == 1


# Only organizers know


@pytest.mark.parametrize("noun", ["referral", "claim", "message", "member"])
def test_whoever_is_reported_does_not_learn_by_whom(noun, about, seeker, helper, organizer):
    Notice.delete().execute()

    report = Report.make(seeker, "money_first", "She asked me for 100 dollars.", **{noun: about[noun]})
    report.uphold(organizer, "warning", to_reported="Never ask for money.", reason="A message of hers says so.")

    notices = list(Notice.newest(helper))
    assert "action.warning" in [notice.kind for notice in notices]
    for notice in notices:
        assert not notice.kind.startswith("report.")
        assert notice.actor != seeker
        assert not notice.event or notice.event.reason in ("", "Never ask for money.")


@pytest.mark.parametrize("noun", ["claim", "message"])
def test_the_path_of_a_claim_says_no_more_than_that_the_clocks_stand_still(noun, about, seeker, organizer):
    claim = about["claim"]
    before = len(claim.path)

    report = Report.make(seeker, "money_first", "She asked me for 100 dollars.", **{noun: about[noun]})
    report.dismiss(organizer, reason="No message says so.")

    new = claim.path[before:]
    assert [(event.verb, event.actor, event.reason) for event in new] == [
        ("claim.freeze", None, ""),
        ("claim.thaw", None, ""),
    ]


def test_an_organizer_reads_a_claim_while_a_report_about_it_is_open(claim, seeker, organizer, rival):
    report = Report.make(seeker, "harassment", "He shouts.", claim=claim)
    assert claim in Claim.visible_to(organizer)
    assert claim not in Claim.visible_to(rival)

    report.dismiss(organizer, reason="He types in capitals.")

    assert claim not in Claim.visible_to(organizer)


# Money before the hire


@pytest.mark.parametrize("side", ["helper", "seeker"])
@pytest.mark.parametrize("state", GOING_ON)
def test_a_party_who_reports_a_demand_for_money_stops_the_clocks(state, side, lead, wait):
    claim = lead(Claim, state)
    due = claim.due

    Report.make(getattr(claim, side), "money_first", "They want money now.", claim=claim)
    wait(days=200)
    sweep()

    claim.reload()
    assert (claim.state, claim.due, claim.frozen_due) == (state, None, due)
    assert claim.frozen_at


@pytest.mark.parametrize("rule", [rule for rule in REPORT_REASONS if rule != "money_first"])
def test_other_reports_let_the_clocks_run(rule, claim, seeker):
    due = claim.due

    Report.make(seeker, rule, "Hm.", claim=claim)

    assert Claim.get_by_id(claim.id).due == due


def test_an_organizer_who_reports_a_claim_does_not_stop_its_clocks(lead, second):
    claim = lead(Claim, "disputed")

    Report.make(second, "money_first", "I have read it.", claim=claim, member=claim.helper)

    assert Claim.get_by_id(claim.id).frozen_at is None


@pytest.mark.parametrize("state", GOING_ON)
def test_a_demand_for_money_that_was_made_costs_the_whole_price(state, lead, seeker, organizer):
    claim = lead(Claim, state)
    report = Report.make(seeker, "money_first", "She wants money now.", claim=claim)

    report.uphold(organizer, reason="She wrote so.")

    claim.reload()
    assert claim.total == 0
    assert (claim.terms and claim.terms.total) == (0 if state in ("accepted", *AGREED) else None)
    assert (claim.pledge and claim.pledge.state) == ("void" if state in AGREED else None)
    assert claim.state == ("settled" if state == "hired" else state)
    assert (claim.frozen_at is None) == (state != "hired")


def test_help_that_became_a_gift_is_accepted_and_settles_as_one(claim, helper, seeker, organizer, use):
    Report.make(seeker, "money_first", "She wants money now.", claim=claim).uphold(organizer, reason="So it is.")

    for verb, actor in (("accept", helper), ("agree", seeker), ("report_hired", seeker), ("confirm", helper)):
        use(claim, verb, actor=actor)

    assert (claim.terms.total, claim.pledge) == (0, None)
    assert Claim.get_by_id(claim.id).state == "settled"


def test_a_gift_does_not_get_its_price_back_by_a_new_request(lead, seeker, organizer):
    claim = lead(Claim, "changes_asked")
    Report.make(seeker, "money_first", "She wants money now.", claim=claim).uphold(organizer, reason="So it is.")

    claim.resubmit(seeker, note="Once more.", help=["good_word"])

    assert Claim.get_by_id(claim.id).total == 0


def test_a_demand_that_was_not_made_gives_the_time_back(claim, seeker, organizer, wait):
    due = claim.due
    report = Report.make(seeker, "money_first", "She wants money now.", claim=claim)
    wait(days=5)

    report.dismiss(organizer, reason="She asked what you can pay.")

    claim.reload()
    assert (claim.state, (claim.due - due).days, claim.total) == ("requested", 5, 5000)


def test_both_sides_may_say_that_the_other_wants_money(claim, helper, seeker, organizer):
    reports = [Report.make(member, "money_first", "They want it.", claim=claim) for member in (helper, seeker)]

    reports[0].dismiss(organizer, reason="They do not.")
    assert Claim.get_by_id(claim.id).frozen_at
    reports[1].dismiss(organizer, reason="They do not.")
    assert Claim.get_by_id(claim.id).frozen_at is None


def test_the_clocks_run_when_the_money_is_settled_though_another_report_waits(claim, seeker, organizer):
    Report.make(seeker, "harassment", "She shouts.", claim=claim)
    money = Report.make(seeker, "money_first", "She wants money.", member=claim.helper, message=said(claim))

    money.dismiss(organizer, reason="She does not.")

    assert Claim.get_by_id(claim.id).frozen_at is None


def said(claim):
    return Message.create(claim=claim, author=claim.helper, body="Money, please.")


def test_a_demand_for_money_is_reported_of_a_claim_that_has_ended(lead, seeker, organizer):
    claim = lead(Claim, "withdrawn")

    report = Report.make(seeker, "money_first", "That is why I left.", claim=claim)
    report.uphold(organizer, reason="So it was.")

    claim.reload()
    assert (claim.state, claim.due, claim.frozen_at) == ("withdrawn", None, None)


def test_a_suspension_on_top_of_a_report_does_not_start_the_clocks(claim, seeker, helper, organizer, wait):
    due = claim.due
    report = Report.make(seeker, "money_first", "She wants money now.", claim=claim)
    Action.take(organizer, helper, "suspended", "money_first", "Until this is clear.", days=7)
    wait(days=2)

    report.dismiss(organizer, reason="She does not.")
    assert Claim.get_by_id(claim.id).due is None

    wait(days=5)
    sweep()
    assert (Claim.get_by_id(claim.id).due - due).days == 7
