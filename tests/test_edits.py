"""Review cannot be stepped over: what an edit sends back to the organizers, and who reads what meanwhile."""

from datetime import timedelta

import pytest
from cast import MONDAY, ROLE

from models import (
    Action,
    Block,
    Claim,
    Duties,
    Employer,
    HiddenFrom,
    Notice,
    Referral,
    ReferralText,
    Refused,
    sweep,
    today,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

SCAM = "WIRE MONEY NOW"


@pytest.fixture
def change(helper):
    """The helper's edit of a posting in these columns; all else stays as it was."""

    def change(referral, by=helper, **columns):
        columns = {**ROLE, "last_day": today() + timedelta(days=30), "duties": referral.duties, **columns}
        prices = columns.pop("prices", {item.kind: item.price for item in referral.menu})
        referral.edit(by, prices=prices, **columns)
        return referral

    return change


@pytest.fixture
def reviewed(set_policy):
    """Every posting is reviewed from now on."""
    return lambda: set_policy(review="all")


def hold(organizer, member):
    return Action.take(organizer, member, "posts_held", "other", "I want to read them first.", days=30)


def waits(claim):
    claim.reload()
    return claim.state, claim.due


@pytest.mark.parametrize(
    "columns",
    [
        {"title": SCAM},
        {"employer": "Another Works"},
        {"industry": "72"},
        {"location": "Toronto"},
        {"work_mode": "remote"},
        {"pay_min": 5_000_000},
        {"pay_max": 99_000_000},
        {"connection": "works_there"},
        {"employer_words": SCAM},
        {"influence": SCAM},
        {"duties": SCAM},
        {"prices": {"good_word": 9000, "reference": 0}},
        {"prices": {"reference": 0}},
    ],
    ids=lambda columns: next(iter(columns)),
)
def test_an_edit_of_what_readers_rely_on_goes_back_to_review(columns, referral, change, reviewed):
    reviewed()

    change(referral, **columns)

    assert referral.state == "in_review"
    assert referral not in Referral.board()
    assert [changed.what for changed in referral.changes_to_review] == list(columns)


@pytest.mark.parametrize("columns", [{}, {"seats": 2}, {"month_only": True}, {"helper_named": False}])
def test_an_edit_of_anything_else_does_not(columns, referral, change, reviewed):
    reviewed()

    change(referral, **columns)

    assert referral.state == "published"
    assert referral.published_as is None


def test_nobody_reviews_the_edit_of_whoever_is_not_reviewed(referral, change):
    change(referral, title="Boat builder")

    assert referral.state == "published"
    assert referral.changes_to_review == []


def test_a_trusted_helper_whose_postings_are_held_is_reviewed_too(referral, change, helper, organizer):
    helper.trust(organizer)
    hold(organizer, helper)

    change(referral, title=SCAM)

    assert referral.state == "in_review"


def test_the_organizer_sees_what_changed_since_members_read_it_last(referral, change, reviewed, organizer, browse):
    reviewed()
    change(referral, title="Boat bilder")
    change(referral, title="Boat builder", duties="Build and mend **wooden boats**.\nSail them.")

    page = browse(organizer).get(f"/referrals/{referral.id}").text

    title, duties = referral.changes_to_review
    assert (title.before, title.after) == ("Shipwright", "Boat builder")
    assert (duties.before, duties.after) == ("…", "…\nSail them.")
    assert "What has changed" in page
    assert '<del class="muted">Shipwright</del>' in page


def test_an_edit_taken_back_leaves_no_change(referral, change, reviewed):
    reviewed()
    change(referral, title=SCAM)
    change(referral, title="Shipwright")

    assert (referral.state, referral.changes_to_review) == ("in_review", [])


def test_claims_stay_while_an_edit_waits_and_requests_wait_with_it(referral, claim, rival, change, reviewed, use, wait):
    use(claim, "accept")
    referral.edit(
        referral.helper, **{**ROLE, "last_day": in_a_month(), "seats": 3, "prices": {"reference": 0}, "duties": "x"}
    )
    request = Claim.request(referral, rival, "I sail.", ["reference"])
    reviewed()

    change(referral, title=SCAM, seats=3)

    assert waits(claim)[0] == "accepted"
    assert waits(request) == ("requested", None)
    with pytest.raises(Refused, match="looks at it first"):
        use(request, "accept")
    wait(days=30)
    sweep()
    assert waits(request) == ("requested", None)


def test_nobody_asks_for_the_help_of_an_edit_that_waits(referral, seeker, change, reviewed):
    reviewed()
    change(referral, title=SCAM)

    with pytest.raises(Refused, match="looks at it first"):
        Claim.request(referral, seeker, "I sail.", ["reference"])


def test_who_waits_in_line_is_told_and_goes_on_once_it_is_approved(
    referral, claim, seeker, organizer, change, reviewed
):
    reviewed()
    change(referral, title="Boat builder")
    told = [notice.sentence for notice in Notice.newest(seeker)]

    referral.approve(organizer)

    assert "“Shipwright” was changed: an organizer looks at it first. Your claim stays as it is." in told
    assert Notice.newest(seeker).get().sentence == "“Boat builder” was looked at, and you can read it as it is now."
    assert waits(claim)[1] is not None


def test_a_seeker_reads_the_version_that_was_approved(
    referral, claim, seeker, rival, organizer, change, reviewed, browse
):
    reviewed()
    change(referral, title=SCAM, employer="Wire Works", duties=SCAM)
    sami = browse(seeker)

    assert sami.get(f"/referrals/{referral.id}").status_code == 404
    for address in (f"/claims/{claim.id}", "/claims", "/notices"):
        page = sami.get(address).text
        assert "Shipwright" in page
        assert "wire" not in page.lower()
    assert referral in Referral.visible_to(organizer)
    assert referral not in Referral.visible_to(rival)


def test_neither_old_nor_new_words_are_found_while_an_edit_waits(referral, change, reviewed):
    reviewed()
    change(referral, duties="Paint the hulls.")

    assert not Referral.board(words="wooden").exists()
    assert not Referral.board(words="hulls").exists()
    assert not ReferralText.matching("wooden").exists()


def test_once_approved_the_new_version_is_the_one_that_members_read(referral, organizer, seeker, change, reviewed):
    reviewed()
    change(referral, title="Boat builder")

    referral.approve(organizer)

    assert list(Referral.board(words="builder")) == [referral]
    assert referral.published_as is None
    assert Duties.get(referral=referral).published_as == ""
    assert referral in Referral.visible_to(seeker)


def test_the_time_in_review_is_not_taken_from_the_posting_nor_does_it_come_up_first(
    referral, post, organizer, change, reviewed, wait
):
    ends, since = referral.expires_at, referral.published_at
    other = post(title="Sailmaker")
    reviewed()
    wait(days=10)
    change(referral, title="Boat builder")
    wait(days=40)
    sweep()

    referral.approve(organizer)

    assert referral.state == "published"
    assert (referral.published_at, referral.expires_at) == (since, ends + timedelta(days=40))
    assert other.published_at >= since


def test_a_closing_date_that_passed_meanwhile_keeps_it_off_the_board(referral, organizer, change, reviewed, wait):
    reviewed()
    change(referral, title="Boat builder", closes_on=today() + timedelta(days=2))
    wait(days=5)

    with pytest.raises(Refused, match="closing date has passed"):
        referral.approve(organizer)

    change(referral, title="Boat builder", closes_on=None, last_day=today() + timedelta(days=30))
    referral.approve(organizer)
    assert referral.state == "published"


@pytest.mark.parametrize("state", ["paused", "expired"])
def test_what_was_off_the_board_comes_back_there(state, lead, organizer, change, reviewed):
    referral = lead(Referral, state)
    reviewed()
    change(referral, title="Boat builder")
    assert referral.state == "in_review"

    referral.approve(organizer)

    assert referral.state == state
    assert Notice.newest(referral.helper).get().sentence == (
        "Olga Owner looked at “Boat builder” and approved what you changed."
    )


@pytest.mark.parametrize(("state", "verb"), [("paused", "resume"), ("expired", "renew")])
def test_who_is_held_comes_back_to_the_board_through_a_review(state, verb, lead, helper, organizer):
    referral = lead(Referral, state)
    hold(organizer, helper)

    getattr(referral, verb)(helper)
    assert referral.state == "in_review"

    referral.approve(organizer)
    assert referral.state == "published"


@pytest.mark.parametrize(("state", "verb"), [("paused", "resume"), ("expired", "renew"), ("in_review", "approve")])
@pytest.mark.parametrize("obstacle", ["register", "block", "silence"])
def test_what_comes_back_to_the_board_is_asked_all_again(state, verb, obstacle, lead, use, helper, organizer):
    referral = lead(Referral, state)
    if obstacle == "register":
        Employer.register(organizer, "Harbour Works", "no_postings", False, "")
    elif obstacle == "block":
        Block.create(kind="word", pattern="wooden", by=organizer)
    else:
        Action.take(organizer, helper, "silenced", "other", "Be quiet.", days=3)

    with pytest.raises(Refused):
        use(referral, verb)

    referral.reload()
    assert referral.state == state


def test_a_hold_put_on_meanwhile_is_no_obstacle_for_the_review_itself(referral, helper, organizer, change, reviewed):
    reviewed()
    change(referral, title="Boat builder")
    hold(organizer, helper)

    referral.approve(organizer)

    assert referral.state == "published"


def test_an_organizer_with_the_page_of_before_an_edit_is_told_that_it_has_moved_on(lead, organizer, change):
    referral = lead(Referral, "in_review")
    seen = referral.version
    change(referral, title=SCAM)
    assert referral.state == "in_review"

    referral.expect(seen)
    with pytest.raises(Refused, match="moved on"):
        referral.approve(organizer)


def test_an_edit_of_what_is_hidden_stays_hidden_and_is_shown_to_the_desk(referral, organizer, change, browse):
    Action.take(organizer, referral.helper, "hidden", "other", "Which pay?", referral=referral)

    change(referral, pay_max=6_000_000)

    assert referral.state == "hidden"
    assert [changed.what for changed in referral.changes_to_review] == ["pay_max"]
    assert "What has changed" in browse(organizer).get(f"/referrals/{referral.id}").text
    referral.restore(organizer)
    assert referral.state == "published"


@pytest.mark.parametrize("by", ["restore", "unhide"])
def test_what_was_changed_while_hidden_is_reviewed_like_any_edit(by, referral, organizer, change, reviewed):
    referral.hide_for_reports()
    change(referral, title=SCAM)
    reviewed()

    getattr(referral, by)(organizer if by == "restore" else None)

    assert referral.state == "in_review"
    referral.approve(organizer)
    assert referral.state == "published"


def test_a_seat_that_is_taken_for_good_meanwhile_fills_the_posting(claim, referral, organizer, change, reviewed, use):
    for verb in ("accept", "agree"):
        use(claim, verb)
    use(claim, "report_hired", actor=claim.seeker)
    reviewed()
    change(referral, title="Boat builder")
    claim.confirm(claim.helper)
    referral.reload()
    assert referral.state == "in_review"

    referral.approve(organizer)

    referral.reload()
    assert referral.state == "filled"


def test_who_is_turned_down_after_an_edit_shows_nobody_what_they_wrote(
    claim, referral, seeker, organizer, change, reviewed
):
    reviewed()
    change(referral, title=SCAM)

    referral.reject(organizer, reason="No.")

    claim.reload()
    assert claim.state == "closed"
    assert referral not in Referral.visible_to(seeker)
    assert claim.seen_by(seeker).title == "Shipwright"


def test_changes_that_were_asked_for_come_back_with_all_that_has_changed(referral, organizer, helper, change, reviewed):
    reviewed()
    change(referral, title=SCAM)
    referral.ask_changes(organizer, reason="Another title, please.")
    change(referral, title="Boat builder")

    referral.submit(helper)

    assert referral.state == "in_review"
    assert [changed.before for changed in referral.changes_to_review] == ["Shipwright"]


def test_an_edit_that_no_organizer_may_look_at_comes_up_as_not_reviewed(
    referral, organizer, helper, change, reviewed, wait
):
    HiddenFrom.add(helper, "member", other=organizer)
    reviewed()
    change(referral, title="Boat builder")
    assert referral.state == "in_review"

    wait(days=4)
    sweep()

    referral.reload()
    assert (referral.state, referral.unreviewed, referral.published_as) == ("published", True, None)


def test_an_edit_of_somebody_silenced_is_refused(referral, helper, organizer, change):
    Action.take(organizer, helper, "silenced", "other", "Be quiet.", days=3)

    with pytest.raises(Refused):
        change(referral, title="Boat builder")


def in_a_month():
    return today() + timedelta(days=30)
