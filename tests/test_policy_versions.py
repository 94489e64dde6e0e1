"""The policy's versions: who changed what and when, and which one a claim was agreed under."""

import pytest
from cast import MONDAY
from racing import at_once

from models import Claim, Event, Member, NotYours, Policy, now

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


def test_a_change_is_a_new_version_that_says_who_changed_what(organizer, second, wait):
    wait(days=2)

    Policy.current().change(second, guarantee_days=60, review="all")

    newest, first = Policy.versions()
    policy, changes = newest
    assert (policy.by, policy.at) == (second, now())
    assert sorted(changes) == [("guarantee_days", 30, 60), ("review", "none", "all")]
    assert first[0].by == organizer
    assert first[1] == []


def test_every_member_reads_in_the_log_that_the_policy_was_changed(second):
    Policy.current().change(second, guarantee_days=60)

    event = Event.get(Event.verb == "policy.change")
    assert (event.actor, event.reason) == (second, "guarantee_days")
    assert event.sentence_in_log == "Oscar Organizer changed the policy"


@pytest.mark.parametrize("columns", [{}, {"guarantee_days": 30}, {"check_in_days": [30, 45, 75]}, {"charging": True}])
def test_what_stays_as_it_was_is_no_version(columns, organizer, unchanged):
    before = Policy.current()

    with unchanged():
        assert Policy.current().change(organizer, **columns) == before


def test_a_change_that_is_taken_back_is_a_version_too(set_policy):
    set_policy(guarantee_days=60)
    set_policy(guarantee_days=30)

    assert [changes for _, changes in Policy.versions()] == [
        [("guarantee_days", 60, 30)],
        [("guarantee_days", 30, 60)],
        [],
    ]


def test_changes_to_an_old_version_do_not_undo_the_newer_one(organizer, set_policy):
    """Two organizers had the page open: what the second did not touch stays as the first left it."""
    seen = Policy.current()
    set_policy(guarantee_days=60)

    seen.change(organizer, settle_days=9)

    assert (Policy.current().guarantee_days, Policy.current().settle_days) == (60, 9)


@pytest.mark.parametrize("again", range(3))
def test_two_organizers_who_change_it_at_once_both_count(again, organizer, second):
    at_once(
        lambda: Policy.current().change(organizer, guarantee_days=60) and None,
        lambda: Policy.current().change(second, settle_days=9) and None,
    )

    assert (Policy.current().guarantee_days, Policy.current().settle_days) == (60, 9)
    assert len(Policy.versions()) == 3


def test_claims_keep_the_version_they_were_agreed_under(lead, set_policy, post, rival):
    before = Policy.current()
    claim = lead(Claim, "accepted")

    set_policy(guarantee_days=90, hired_means="A signed contract.", pro_rata=True)

    claim.reload()
    assert claim.terms.policy == before.id
    assert (claim.terms.guarantee_days, claim.terms.pro_rata) == (30, False)
    assert claim.terms.hired_means == before.hired_means
    later = Claim.request(post(), rival, "Please.", ["good_word"])
    later.accept(later.helper)
    assert (later.terms.policy, later.terms.guarantee_days) == (Policy.current().id, 90)


def test_members_change_no_policy(helper, unchanged):
    with unchanged(), pytest.raises(NotYours):
        Policy.current().change(helper, charging=False)


def test_an_organizer_who_was_dismissed_a_second_ago_changes_no_policy(second, organizer, unchanged):
    Member.get_by_id(second.id).dismiss(organizer, reason="Too hasty.")

    with unchanged(), pytest.raises(NotYours):
        Policy.current().change(second, charging=False)
