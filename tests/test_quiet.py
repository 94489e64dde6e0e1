"""What has gone quiet, and one notice from the site about it, once a week."""

import pytest
from cast import MONDAY
from racing import at_once, through

from models import QUIET, Action, Claim, HiddenFrom, Member, Pledge, Refused, Reminder, in_days, now

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


@pytest.fixture
def listed(organizer):
    """The numbers of what has gone quiet, for the owner or another organizer."""
    return lambda kind, by=organizer: [row.id for row in QUIET[kind](by)]


def test_a_claim_without_a_word_for_two_weeks_is_quiet(lead, listed, wait, helper):
    claim = lead(Claim, "active")
    wait(days=13)
    assert listed("claim") == []
    wait(days=1, minutes=1)
    assert listed("claim") == [claim.id]

    claim.say(helper, "How is it going?")

    assert listed("claim") == []


def test_one_press_reminds_without_a_name_and_once_a_week(lead, walk, organizer, seeker, helper, wait, told):
    claim = lead(Claim, "changes_asked")
    Claim.update(due=MONDAY.replace(tzinfo=None, month=9)).execute()
    wait(days=15)

    olga = walk(organizer)
    page = olga.open("/desk/quiet")
    assert f"Claim {claim.id}" in page.text
    assert "Hana" not in page.text
    assert "Sami" not in page.text
    assert olga.press("Remind").flash.startswith("Sent.")

    assert told(seeker)[0] == "claim.nudge"
    assert "claim.nudge" not in told(helper)
    assert "Last reminded" in olga.open("/desk/quiet").text
    with pytest.raises(Refused, match="within the last week"):
        Reminder.send(organizer, "claim", claim.id)
    wait(days=7)
    Reminder.send(organizer, "claim", claim.id)


def test_two_organizers_remind_once(lead, organizer, second, wait):
    claim = lead(Claim, "active")
    wait(days=15)

    answers = at_once(*(lambda by=by: Reminder.send(by, "claim", claim.id) for by in (organizer, second)))

    assert len(through(answers)) == 1


def test_postings_that_nobody_asked_about(referral, listed, wait, seeker, helper, organizer, told):
    wait(days=15)
    assert listed("referral") == [referral.id]
    Reminder.send(organizer, "referral", referral.id)
    assert told(helper)[0] == "referral.nudge"

    Claim.request(referral, seeker, "Please.", ["reference"])

    assert listed("referral") == []


def test_members_who_never_came_back(rival, listed, wait, browse, organizer, told):
    wait(days=15)
    assert rival.id in listed("member")
    Reminder.send(organizer, "member", rival.id)
    assert told(rival)[0] == "member.nudge"

    browse(rival)

    assert rival.id not in listed("member")


def test_nobody_misses_who_is_kept_out_or_away_or_could_not_come(rival, seeker, helper, listed, wait, organizer):
    wait(days=15)
    assert {rival.id, seeker.id, helper.id} <= set(listed("member"))

    Action.take(organizer, rival, "suspended", "spam", "Hm.", days=30)
    Member.update(away_from=now(), away_until=in_days(3)).where(Member.id == seeker.id).execute()
    Member.update(unconfirmed=True).where(Member.id == helper.id).execute()

    assert listed("member") == []
    with pytest.raises(Refused):
        Reminder.send(organizer, "member", rival.id)
    wait(days=4)
    assert listed("member") == [seeker.id]


def test_payments_that_are_late(lead, listed, wait, organizer, seeker, helper, told):
    pledge = lead(Pledge, "due")
    assert listed("pledge") == []
    wait(days=8)
    assert listed("pledge") == [pledge.id]

    Reminder.send(organizer, "pledge", pledge.id)

    assert told(seeker)[0] == "pledge.nudge"
    assert "pledge.nudge" not in told(helper)


def test_who_is_hidden_from_an_organizer_is_not_on_their_list(lead, listed, wait, helper, second):
    claim = lead(Claim, "active")
    HiddenFrom.add(helper, "member", other=second)
    wait(days=15)

    assert [listed(kind, second) for kind in ("claim", "referral")] == [[], []]
    assert helper.id not in listed("member", second)
    with pytest.raises(Refused):
        Reminder.send(second, "claim", claim.id)
