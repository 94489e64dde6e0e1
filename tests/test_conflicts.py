"""Conflicts of interest: an organizer finds nothing at the desk of an employer they work for, or a matter of theirs."""

import pytest
from cast import MONDAY

from models import Action, Claim, NotYours, Referral, Report, Workplace, log, queue

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


@pytest.fixture
def colleague(second):
    """Oscar works for the employer; nobody who posts about it hides from him."""
    Workplace.say(second, "Harbour Works Ltd")
    return second


@pytest.fixture
def disputed(post, seeker, helper):
    """Hana knows of the job, and works elsewhere."""
    claim = Claim.request(post(connection="knows_of"), seeker, "I build boats.", ["good_word"])
    claim.accept(helper)
    claim.agree(seeker)
    claim.dispute(seeker, reason="No help was given.")
    return claim


def test_a_dispute_about_their_employer_is_nowhere_for_them(disputed, colleague, organizer, oscar, told):
    addresses = (f"/claims/{disputed.id}", f"/claims/{disputed.id}/history")

    assert [oscar.client.get(address).status_code for address in addresses] == [404, 404]
    assert queue(organizer=colleague) == []
    assert "claim.dispute" not in told(colleague)
    assert [item.record for item in queue(organizer=organizer)] == [disputed]
    assert oscar.client.post("/desk/hold", data={"item": f"claim:{disputed.id}"}).status_code == 409


def test_emptying_the_workplace_a_second_before_changes_nothing(disputed, colleague, oscar):
    Workplace.say(colleague, "")

    assert queue(organizer=colleague) == []
    assert oscar.client.get(f"/claims/{disputed.id}").status_code == 404
    with pytest.raises(NotYours):
        disputed.decide(colleague, "cancelled", reason="Nothing was agreed.")


def test_a_posting_in_review_about_their_employer_is_not_there_until_it_is_on_the_board(
    post, colleague, organizer, oscar, set_policy, told
):
    set_policy(review="all")
    posting = post(connection="knows_of")

    assert oscar.client.get(f"/referrals/{posting.id}").status_code == 404
    assert queue(organizer=colleague) == []
    assert told(colleague) == []
    assert list(posting.reviewers()) == [organizer]
    posting.approve(organizer)

    page = oscar.open(f"/referrals/{posting.id}")
    assert page.status == 200
    assert "handed the posting in" not in page.text
    assert oscar.client.get(f"/referrals/{posting.id}/history").status_code == 404
    assert not [event for event in log(colleague) if event.referral_id]


def test_a_report_about_a_posting_of_their_employer_is_for_the_others(post, colleague, organizer, seeker, oscar, told):
    report = Report.make(seeker, "spam", "Look.", referral=post(connection="knows_of"))

    assert oscar.client.get(f"/desk/reports/{report.id}").status_code == 404
    assert queue(organizer=colleague) == []
    assert told(colleague) == []
    assert not report.can("dismiss", colleague)
    report.dismiss(organizer, reason="It is nothing.")
    assert "report.dismiss" not in [event.verb for event in log(colleague)]


def test_no_action_is_taken_on_it_nor_seen(post, colleague, organizer, helper, oscar):
    posting = post(connection="knows_of")
    with pytest.raises(NotYours):
        Action.take(colleague, helper, "hidden", "spam", "Look.", referral=posting)

    action = Action.take(organizer, helper, "hidden", "spam", "Look.", referral=posting)

    assert oscar.client.get(f"/desk/actions/{action.id}").status_code == 404
    assert "hid a posting" not in oscar.open(f"/desk/members/{helper.id}").text


def test_whoever_is_reported_reads_nothing_of_it_in_the_log(second, organizer, rival):
    Report.make(rival, "harassment", "He shouts.", member=second).dismiss(organizer, reason="Rosa may be right.")

    assert "report.dismiss" not in [event.verb for event in log(second)]
    assert "report.dismiss" in [event.verb for event in log(organizer)]


def test_an_organizer_reads_their_own_posting_like_a_member(post, organizer, second, set_policy, olga):
    set_policy(review="all")
    posting = post(by=organizer)

    assert queue(organizer=organizer) == []
    assert olga.client.get(f"/referrals/{posting.id}").status_code == 200
    assert Referral.get_by_id(posting.id).helper == organizer
