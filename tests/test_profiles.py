"""Who reads a profile: whom its owner agreed to work with, or all, as they chose; never anybody on their list.

Thanks stand there only if both sides agreed.
"""

import itertools
import re

import pytest
from cast import MONDAY, newcomer
from pages import words
from playhouse.migrations import Runner
from test_migrations import MIGRATIONS

from models import Claim, HiddenFrom, Member, Notice, Referral, Refused, Report, db, now

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


@pytest.fixture
def accepted(lead):
    return lead(Claim, "accepted")


@pytest.fixture
def hide():
    """The first member is hidden from the second from now on."""
    return lambda owner, viewer: HiddenFrom.add(owner, "member", other=viewer)


@pytest.fixture
def thanked(lead, seeker):
    """A claim that ended well, for which the seeker said thank you, and that others may read it."""
    claim = lead(Claim, "settled")
    claim.thank(seeker, "You gave me **courage**.", agreed=True)
    return claim


def show_to_all(*members):
    Member.update(profile_shown="all").where(Member.id.in_([member.id for member in members])).execute()


# Who reads it


def test_a_profile_is_there_for_whom_one_agreed_to_work_with(accepted, helper, seeker, sami, hana, rosa):
    assert sami.open(f"/members/{helper.id}").status == 200
    assert hana.open(f"/members/{seeker.id}").status == 200
    assert rosa.open(f"/members/{helper.id}").status == 404


def test_a_request_shows_no_profile_to_either_side(claim, helper, seeker, sami, hana):
    assert hana.open(f"/members/{seeker.id}").status == 404
    assert sami.open(f"/members/{helper.id}").status == 404


def test_whom_one_worked_with_goes_on_reading_the_profile(accepted, seeker, hana):
    accepted.withdraw(seeker)

    assert hana.open(f"/members/{seeker.id}").status == 200


def test_a_member_shows_their_profile_to_all_members(helper, hana, rosa):
    assert rosa.open(f"/members/{helper.id}").status == 404

    hana.open("/account")
    hana.press("Save profile", profile_shown="all")

    assert rosa.open(f"/members/{helper.id}").status == 200


def test_an_old_form_changes_nothing_of_who_sees_the_profile(helper, browse):
    show_to_all(helper)
    Member.update(in_tree=False).where(Member.id == helper.id).execute()

    browse(helper).post("/account", data={"name": "Hana Helper", "headline": "", "can_help": ""})

    helper.reload()
    assert (helper.profile_shown, helper.in_tree) == ("all", False)


def test_nobody_on_the_list_reads_a_profile_whatever_else_would_let_them(
    accepted, helper, seeker, second, hide, browse
):
    show_to_all(helper)
    for viewer in (seeker, second):
        hide(helper, viewer)

        assert browse(viewer).get(f"/members/{helper.id}").status_code == 404


def test_a_hidden_profile_is_missing_to_the_letter(helper, rival, hide, browse):
    hide(helper, rival)
    browser, statements = browse(rival), []
    browser.get("/members/999")
    db.query_hooks.append(lambda event: statements.append(event.sql))

    def asked_for(number):
        statements.clear()
        answer = browser.get(f"/members/{number}")
        return answer.status_code, re.sub(r'nonce="[^"]*"', "", answer.text), list(statements)

    hidden, missing = asked_for(helper.id), asked_for(999)
    db.query_hooks.pop()

    assert hidden == missing
    assert hidden[0] == 404


def test_an_applicant_is_read_by_organizers_alone(helper, olga, rosa):
    show_to_all(helper)
    Member.update(state="applicant").where(Member.id == helper.id).execute()

    assert olga.open(f"/members/{helper.id}").status == 200
    assert rosa.open(f"/members/{helper.id}").status == 404


def test_a_link_stands_where_the_profile_can_be_read_and_nowhere_else(
    accepted, helper, seeker, rival, second, organizer, hide
):
    otto = newcomer("Otto", organizer)
    show_to_all(otto)
    otto.reload()
    hide(otto, rival)
    hide(helper, second)

    members = (helper, seeker, rival, second, organizer, otto)
    linked = {(one.id, other.id) for one, other in itertools.product(members, members) if other.profile_visible_to(one)}
    read = {(one.id, other.id) for one in members for other in Member.with_profile_for(one)}

    assert linked == read
    themselves, organizers, shown_to_all, worked_together = 6, 9, 2, 2
    assert len(linked) == themselves + organizers + shown_to_all + worked_together


def test_a_name_without_a_profile_stands_without_a_link(post, helper, rosa):
    posting = post()

    stranger = rosa.open(f"/referrals/{posting.id}")
    show_to_all(helper)
    reader = rosa.open(f"/referrals/{posting.id}")

    assert "Hana Helper" in stranger.text
    assert f"/members/{helper.id}" not in stranger.links.values()
    assert f"/members/{helper.id}" in reader.links.values()


def test_nobody_reports_a_member_whose_profile_they_cannot_read(helper, rosa, browse, rival):
    answer = browse(rival).post(f"/reports/new?member={helper.id}", data={"rule": "spam", "note": ""})

    assert rosa.open(f"/reports/new?member={helper.id}").status == 404
    assert (answer.status_code, Report.select().count()) == (404, 0)


# What it says


def test_a_profile_says_the_month_of_joining_and_no_day(helper, rosa):
    show_to_all(helper)

    page = rosa.open(f"/members/{helper.id}")

    assert "Member since Jun 2026" in page.text
    assert "1 Jun" not in page.text


def test_a_profile_lists_no_posting_that_does_not_name_its_helper(post, helper, hana, olga, rosa):
    show_to_all(helper)
    post(title="Rigger")
    post(title="Diver", helper_named=False)

    def listed(browser):
        return {title for title in ("Rigger", "Diver") if title in browser.open(f"/members/{helper.id}").text}

    assert listed(rosa) == {"Rigger"}
    assert listed(hana) == listed(olga) == {"Rigger", "Diver"}


def test_between_you_two_are_claims_that_were_accepted(claim, helper, sami):
    show_to_all(helper)

    before = sami.open(f"/members/{helper.id}").text
    claim.accept(helper)
    after = sami.open(f"/members/{helper.id}").text

    assert "Between you two" not in before
    assert "Between you two" in after


@pytest.fixture
def invited(helper, second):
    """Oscar invited Hana."""
    Member.update(invited_by=second).where(Member.id == helper.id).execute()
    helper.reload()
    return helper


def test_who_invited_somebody_is_for_whom_they_ask_or_worked_with(invited, accepted, second, seeker, rival):
    assert invited.inviter_for(rival) is None
    assert invited.inviter_for(rival, asked=True) == second
    assert invited.inviter_for(seeker) == second
    assert invited.inviter_for(second) == second


def test_an_open_tree_says_on_the_profile_who_invited_whom(invited, rosa, set_policy):
    show_to_all(invited)
    closed = rosa.open(f"/members/{invited.id}").text
    set_policy(tree_open=True)

    assert "invited by" not in closed
    assert "invited by Oscar Organizer" in rosa.open(f"/members/{invited.id}").text


def test_an_inviter_who_left_their_name_out_or_hides_is_named_nowhere(invited, organizer, second, seeker, rival, hide):
    hide(second, rival)
    Member.update(in_tree=False).where(Member.id == second.id).execute()
    invited.reload()

    assert invited.inviter_for(seeker, asked=True) is None
    assert invited.inviter_for(rival, asked=True) is None
    assert invited.inviter_for(organizer) == second
    hide(second, organizer)
    organizer.reload()
    assert invited.inviter_for(organizer) is None


# Thanks


def test_thanks_are_public_once_both_agreed(thanked, helper, hana, rosa):
    show_to_all(helper)
    before = rosa.open(f"/members/{helper.id}")

    hana.open(f"/claims/{thanked.id}")
    hana.press("Show it on my profile")

    assert "courage" not in before.text
    assert "You gave me courage. Sami Seeker" in words(rosa.open(f"/members/{helper.id}").all("blockquote")[0])


def test_thanks_stay_between_the_two_unless_the_seeker_ticks_the_box(lead, helper, sami, hana):
    claim = lead(Claim, "settled")
    sami.open(f"/claims/{claim.id}")

    page = sami.press("Say thank you", thanks="You gave me courage.")

    assert "You gave me courage. Only you two read this." in page.text
    assert "Show it on my profile" not in hana.open(f"/claims/{claim.id}").buttons
    with pytest.raises(Refused):
        Claim.get_by_id(claim.id).show_thanks(helper)


def test_the_seeker_agrees_by_a_box_that_nobody_ticked_for_them(lead, sami):
    claim = lead(Claim, "settled")

    boxes = [box for box in sami.open(f"/claims/{claim.id}").all("input") if box.get("name") == "agreed"]
    sami.press("Say thank you", thanks="You gave me courage.", agreed="yes")

    assert [box.get("checked") for box in boxes] == [None]
    assert Claim.get_by_id(claim.id).thanks_agreed


@pytest.mark.parametrize("side", ["helper", "seeker"])
def test_either_side_takes_the_thanks_off_again(side, thanked, helper, seeker, rival):
    thanked.show_thanks(helper)
    assert list(Claim.thanked(helper, rival)) == [thanked]

    thanked.take_back_thanks({"helper": helper, "seeker": seeker}[side])

    assert not Claim.thanked(helper, rival)
    assert thanked.can("show_thanks", helper) is (side == "helper")


def test_thanks_for_an_unnamed_posting_are_never_public(post, seeker, helper, rival, sami, hana):
    posting = post(helper_named=False, prices={"reference": 0})
    claim = Claim.request(posting, seeker, "Please.", ["reference"])
    claim.accept(helper)
    claim.agree(seeker)
    claim.report_hired(seeker, now().date())
    claim.confirm(helper)

    form = sami.open(f"/claims/{claim.id}")
    claim.thank(seeker, "You gave me courage.", agreed=True)
    Referral.update(helper_named=True).execute()

    assert "agreed" not in {box.get("name") for box in form.all("input")}
    assert "Show it on my profile" not in hana.open(f"/claims/{claim.id}").buttons
    Claim.update(thanks_agreed=True, thanks_shown=True).execute()
    assert not Claim.thanked(helper, rival)


def test_thanks_go_from_the_profile_when_the_posting_is_named_no_longer(thanked, helper, rival):
    thanked.show_thanks(helper)

    Referral.update(helper_named=False).execute()

    assert not Claim.thanked(helper, rival)


def test_thanks_name_no_seeker_to_whom_they_hide_from(thanked, helper, seeker, rival, hide):
    thanked.show_thanks(helper)

    hide(seeker, rival)

    assert not Claim.thanked(helper, rival)
    assert list(Claim.thanked(helper, seeker)) == [thanked]


# The update


def test_the_update_tells_members_and_asks_helpers_about_old_thanks(thanked, post, helper, seeker, rival, app, hana):
    filled = post(title="Rigger")
    filled.fill(helper)
    gone = newcomer("Gone", rival)
    Member.update(state="former").where(Member.id == gone.id).execute()
    runner = Runner(db, str(MIGRATIONS))
    while runner.down() != ["0026_profiles"]:
        pass
    db.execute_sql("DELETE FROM notice")
    runner.up()

    assert {member.profile_shown for member in Member.select()} == {"accepted"}
    told = {notice.member_id for notice in Notice.select().where(Notice.kind == "member.profiles")}
    assert told == {member.id for member in Member.select().where(Member.state != "former")}
    asked = Notice.get(Notice.kind == "claim.ask_for_thanks")
    assert (asked.member, asked.claim) == (helper, thanked)
    claim = Claim.get_by_id(thanked.id)
    assert (claim.thanks_agreed, claim.thanks_shown) == (True, False)
    assert Referral.get_by_id(filled.id).ended_at == now()
    page = hana.open("/notices")
    assert "/account" in page.links.values()
    assert f"/claims/{thanked.id}" in page.links.values()


# Postings that ended


@pytest.mark.parametrize("how", ["expire", "fill"])
def test_an_ended_posting_leaves_the_archive_after_its_days(how, post, use, rosa, hana, olga, wait, set_policy):
    set_policy(archive_days=10)
    posting = post()
    use(posting, how)
    address = f"/referrals/{posting.id}"

    wait(days=9)
    assert "Other members can read it until 11 Jun." in rosa.open(address).text
    wait(days=1, seconds=1)

    assert rosa.open(address).status == 404
    assert "Only its helper, the organizers and those who asked can still read it." in hana.open(address).text
    assert olga.open(address).status == 200


def test_whoever_asked_goes_on_reading_a_posting_that_ended(claim, helper, sami, rosa, wait, set_policy):
    set_policy(archive_days=5)
    claim.referral.fill(helper)

    wait(days=6)

    assert "Shipwright" in sami.open(f"/referrals/{claim.referral_id}").says("main")
    assert rosa.open(f"/referrals/{claim.referral_id}").status == 404


def test_a_renewed_posting_has_not_ended(post, helper, rosa, wait, set_policy):
    set_policy(archive_days=5)
    posting = post()
    posting.expire()
    wait(days=6)

    posting.renew(helper)

    assert posting.ended_at is None
    assert "Shipwright" in rosa.open(f"/referrals/{posting.id}").says("main")


def test_filling_what_ran_out_long_ago_brings_it_back_to_nobody(post, helper, rosa, wait, set_policy):
    set_policy(archive_days=5)
    posting = post()
    posting.expire()
    wait(days=6)

    posting.fill(helper)

    assert rosa.open(f"/referrals/{posting.id}").status == 404
