"""A dispute ends: by an organizer who can decide it, by the two parties together, or in time without a fee."""

from datetime import timedelta

import pytest
from cast import MONDAY, newcomer
from racing import at_once, press, through

from models import (
    Action,
    Claim,
    Community,
    Event,
    Heartbeat,
    Hiding,
    Invalid,
    Member,
    NotYours,
    Refused,
    Report,
    Workplace,
    in_days,
    now,
    sweep,
    today,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

again = pytest.mark.parametrize("again", range(3))


@pytest.fixture
def disputed(lead):
    """The two do not agree whether Sami was hired."""
    return lead(Claim, "disputed")


@pytest.fixture
def alone(disputed, organizer):
    """The only organizer works for the employer: nobody here can decide. What was told before is as it was."""
    Workplace.say(organizer, "Harbour Works")
    return Claim.get_by_id(disputed.id)


# In time


def test_a_report_that_nobody_can_judge_does_not_keep_it_waiting(alone, seeker, wait):
    Report.make(seeker, "money_first", "She wants 50 now.", claim=alone)

    assert Claim.get_by_id(alone.id).frozen_at is None
    for _day in range(31):
        sweep()
        wait(days=1)
    assert Claim.get_by_id(alone.id).state == "cancelled"


def test_the_desk_is_reminded_and_then_it_ends_without_a_fee(disputed, organizer, helper, seeker, told, wait):
    began = now()
    seen = []
    for _day in range(31):
        sweep()
        claim = Claim.get_by_id(disputed.id)
        seen.append((claim.state, claim.desk_reminders))
        assert claim.decide_by in (None, began + timedelta(days=30))
        wait(days=1)

    assert [seen.index(("disputed", 1)), seen.index(("disputed", 2)), seen.index(("cancelled", 2))] == [14, 25, 30]
    assert told(organizer).count("claim.remind_desk") == 2
    assert "claim.remind_desk" not in told(helper) + told(seeker)
    assert told(helper)[0] == told(seeker)[0] == "claim.end_undecided"
    assert (claim.due, claim.pledge.state) == (None, "void")


def test_the_time_is_that_of_the_policy_that_was_agreed(set_policy, lead, wait):
    set_policy(dispute_days=10)
    claim = lead(Claim, "disputed")
    set_policy(dispute_days=90)

    assert (claim.due, claim.decide_by) == (in_days(10), in_days(10))
    wait(days=10)
    sweep()
    assert Claim.get_by_id(claim.id).state == "cancelled"


def test_a_report_of_the_helper_that_nobody_answers_has_its_time_too(lead, helper, wait):
    claim = lead(Claim, "active")
    claim.report_hired(helper, start_date=today())
    wait(days=14)
    sweep()

    assert Claim.get_by_id(claim.id).decide_by == in_days(30)


def test_a_dispute_that_stands_still_loses_no_time(disputed, organizer, seeker, wait):
    suspension = Action.take(organizer, seeker, "suspended", "spam", "Enough.", days=60)
    wait(days=40)
    sweep()
    claim = Claim.get_by_id(disputed.id)
    assert (claim.state, claim.due, claim.decide_by) == ("disputed", None, None)

    suspension.undo(organizer, reason="It was somebody else.")

    assert Claim.get_by_id(disputed.id).decide_by == in_days(30)


def test_a_claim_that_stands_still_when_the_dispute_begins_has_its_time_afterwards(lead, helper, seeker, organizer):
    claim = lead(Claim, "active")
    report = Report.make(seeker, "money_first", "Fifty now, they said.", claim=claim)
    claim.reload()
    claim.dispute(helper, reason="I never asked.")
    assert (claim.state, Claim.get_by_id(claim.id).due) == ("disputed", None)

    report.dismiss(organizer, reason="It was about the tip jar.")

    assert Claim.get_by_id(claim.id).decide_by == in_days(30)


def test_the_time_that_the_site_was_away_is_given_back(disputed, organizer, wait):
    Heartbeat.beat()
    wait(days=10)
    Heartbeat.beat()

    Heartbeat.current().give_back(organizer)

    assert Claim.get_by_id(disputed.id).decide_by == in_days(30)


@pytest.mark.parametrize("state", ["due", "resting"])
def test_a_card_is_not_charged_and_what_was_paid_goes_back(state, by_card, cards, seeker, wait, books):
    pledge = by_card(state)
    pledge.claim.dispute(seeker, reason="The help never came.")

    wait(days=30)
    sweep()
    cards.look(pledge)
    cards.look(pledge)

    assert pledge.state == ("void" if state == "due" else "refunded")
    books(charges=0 if state == "due" else 1, transfers=0)


# Together


@pytest.mark.parametrize(
    ("decision", "owed", "pledge"),
    [
        ("hired", None, "pledged"),
        ("hired", 2000, "pledged"),
        ("hired", 0, "waived"),
        ("not_hired", None, "void"),
        ("ended_early", None, "void"),
        ("cancelled", None, "void"),
    ],
)
def test_the_two_end_it_together(decision, owed, pledge, disputed, helper, seeker, told):
    disputed.propose_end(seeker, decision, owed=owed, reason="Let us be done.")
    assert told(helper)[0] == "claim.propose_end"
    assert (disputed.state, disputed.waits_for(helper), disputed.waits_for(seeker)) == ("disputed", True, False)

    disputed.agree_to_end(helper)

    claim = Claim.get_by_id(disputed.id)
    assert told(seeker)[0] == "claim.agree_to_end" or decision == "hired"
    assert claim.state == ("settled" if owed == 0 and decision == "hired" else decision)
    assert claim.pledge.amount == (5000 if owed is None else owed)
    assert claim.pledge.state in (pledge, "void")
    assert (claim.due, claim.proposed_by, claim.proposed_end) == (None, None, "")


def test_what_is_owed_is_never_raised(disputed, seeker, unchanged):
    with unchanged(), pytest.raises(Invalid, match="never raised"):
        disputed.propose_end(seeker, "hired", owed=5001)


@pytest.mark.parametrize("decision", ["", "settled", "disputed"])
def test_an_end_is_one_of_the_four(decision, disputed, seeker, unchanged):
    with unchanged(), pytest.raises(Invalid):
        disputed.propose_end(seeker, decision)


def test_nobody_agrees_to_what_they_proposed_themselves(disputed, seeker, organizer, rival, unchanged):
    disputed.propose_end(seeker, "cancelled")

    with unchanged(), pytest.raises(Refused):
        disputed.agree_to_end(seeker)
    for member in (organizer, rival):
        with unchanged(), pytest.raises(NotYours):
            disputed.agree_to_end(member)


def test_nobody_agrees_to_what_is_not_proposed(disputed, helper, unchanged):
    for verb in ("agree_to_end", "refuse_end", "take_back_end"):
        with unchanged(), pytest.raises(Refused):
            getattr(disputed, verb)(helper)


def test_who_agrees_has_read_the_proposal_as_it_is(disputed, helper, seeker, unchanged):
    disputed.propose_end(seeker, "hired", owed=1000)
    read = disputed.version
    disputed.propose_end(seeker, "not_hired")

    disputed.expect(read)
    with unchanged(), pytest.raises(Refused, match="moved on"):
        disputed.agree_to_end(helper)


def test_another_proposal_takes_the_place_of_the_first(disputed, helper, seeker):
    disputed.propose_end(seeker, "hired", owed=1000)
    disputed.propose_end(helper, "hired", owed=2000)

    disputed.agree_to_end(seeker)

    assert (disputed.state, disputed.pledge.amount) == ("hired", 2000)


@pytest.mark.parametrize(("verb", "who"), [("refuse_end", "helper"), ("take_back_end", "seeker")])
def test_a_proposal_that_is_off_the_table_can_no_longer_be_agreed_to(verb, who, disputed, people, helper, unchanged):
    disputed.propose_end(people["seeker"], "cancelled")

    getattr(disputed, verb)(people[who])

    assert (disputed.state, disputed.proposed_by, disputed.proposed_end) == ("disputed", None, "")
    with unchanged(), pytest.raises(Refused):
        disputed.agree_to_end(helper)


def test_by_pro_rata_terms_the_two_say_which_share_is_owed(set_policy, lead, seeker, unchanged):
    set_policy(pro_rata=True)
    claim = lead(Claim, "disputed")

    with unchanged(), pytest.raises(Invalid, match="share"):
        claim.propose_end(seeker, "ended_early")


def test_an_organizer_can_still_decide(disputed, seeker, organizer):
    disputed.propose_end(seeker, "hired")

    disputed.decide(organizer, "not_hired", reason="The letter says so.")

    assert disputed.state == "not_hired"


@again
def test_of_an_agreement_and_a_decision_at_once_one_counts(again, disputed, seeker, helper, organizer):
    disputed.propose_end(seeker, "hired", owed=1000)

    answers = at_once(
        press(disputed, "agree_to_end", helper),
        press(disputed, "decide", organizer, decision="cancelled", reason="No."),
    )

    assert len(through(answers)) == 1
    ended = Event.select().where(Event.verb.in_(("claim.agree_to_end", "claim.decide")))
    assert [event.after for event in ended] == [Claim.get_by_id(disputed.id).state]


# Where nobody here can decide


def test_both_are_told_at_once_that_nobody_here_can_decide(lead, organizer, helper, seeker, told):
    Workplace.say(organizer, "Harbour Works")
    claim = lead(Claim, "disputed")

    assert claim.nobody_decides
    assert "claim.nobody_decides" in told(helper)
    assert "claim.nobody_decides" in told(seeker)
    assert "claim.contest" not in told(organizer)


@pytest.mark.parametrize("why", ["party", "hidden", "suspended"])
def test_an_organizer_who_cannot_decide_is_not_counted(why, disputed, organizer, helper, seeker):
    if why == "party":
        Claim.update(helper=organizer).where(Claim.id == disputed.id).execute()
    elif why == "hidden":
        Hiding.create(owner=helper, viewer=organizer)
    else:
        second_owner = newcomer("Orla Owner", organizer, role="owner")
        Member.update(role="organizer").where(Member.id == organizer.id).execute()
        Action.take(second_owner, Member.get_by_id(organizer.id), "suspended", "spam", "Enough.", days=9)
        Workplace.say(second_owner, "Harbour Works")

    assert Claim.get_by_id(disputed.id).nobody_decides


def test_the_page_says_so_and_whom_to_turn_to(alone, organizer, hana, sami):
    Community.current().introduce(organizer, outside_contact="The **mediators** of the library, 416 555 0100")

    for browser in (hana, sami):
        page = browser.open(f"/claims/{alone.id}")
        assert "Nobody here can decide this" in page.text
        assert "The mediators of the library" in page.text


def test_both_are_told_again_when_the_desk_would_be_reminded(alone, helper, seeker, told, wait):
    wait(days=14)
    sweep()

    assert told(helper)[0] == told(seeker)[0] == "claim.nobody_decides"


def test_the_two_end_it_on_the_page(alone, hana, sami):
    sami.open(f"/claims/{alone.id}")
    sami.press("Propose this end", decision="hired", owed="20", reason="Half of the help.")
    page = hana.open(f"/claims/{alone.id}")
    assert "Sami Seeker proposes" in page.text
    assert "owed: $20" in page.text

    page = hana.press("Agree to this end")

    claim = Claim.get_by_id(alone.id)
    assert (claim.state, claim.pledge.amount) == ("hired", 2000)
    assert "the two of you have ended it" in page.flash


# Whom to turn to outside


def test_only_an_owner_says_whom_to_turn_to_outside(organizer, second, unchanged):
    with unchanged(), pytest.raises(NotYours):
        Community.current().introduce(second, outside_contact="Me.")

    Community.current().introduce(organizer, outside_contact="The library.")
    Community.current().introduce(second, name="Harbour Circle")

    assert (Community.current().outside_contact, Community.current().name) == ("The library.", "Harbour Circle")
    assert Event.get(Event.verb == "community.outside").actor == organizer


def test_the_owner_sets_it_on_the_page_and_takes_it_away_again(olga, oscar):
    olga.open("/desk/policy")
    olga.press("Save", outside_contact="The library, 416 555 0100")
    assert Community.current().outside_contact == "The library, 416 555 0100"
    assert not oscar.open("/desk/policy").all("textarea", name="outside_contact")

    olga.open("/desk/policy")
    olga.press("Save", outside_contact=" ")
    assert Community.current().outside_contact == ""


def test_who_is_kept_out_reads_whom_to_turn_to(organizer, helper, hana):
    Community.current().introduce(organizer, outside_contact="The library.")
    Action.take(organizer, helper, "banned", "spam", "Enough.")

    assert "The library." in hana.open("/standing").text
