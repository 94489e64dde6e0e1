"""Who came through whom: for organizers, and for all where the community opened it. A name can be left out."""

import pytest
from cast import MONDAY

from models import HiddenFrom, Invitation, Member, Refused, invitation_tree

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


@pytest.fixture
def came(organizer, helper, seeker, rival):
    """Olga brought Hana in, who brought in Sami and Rosa."""
    Member.update(invited_by=organizer).where(Member.id == helper.id).execute()
    Member.update(invited_by=helper).where(Member.id.in_([seeker.id, rival.id])).execute()


def named(viewer):
    """The tree as this viewer reads it, in words."""

    def say(branches):
        return [
            (branch.member.name.split()[0] if branch.member else "a member", say(branch.through)) for branch in branches
        ]

    return say(invitation_tree(viewer))


def leave_out(member):
    Member.update(in_tree=False).where(Member.id == member.id).execute()
    member.reload()


def test_the_tree_is_for_organizers(came, olga, sami):
    page = olga.open("/invitations")

    assert "Who came through whom" in page.text
    assert "The organizers can read who came through whom." in page.text
    assert "Rosa Rival" not in sami.open("/invitations").text
    assert "Who came through whom" not in sami.open("/invitations").text


def test_a_community_can_open_the_tree(came, set_policy, sami):
    set_policy(tree_open=True)

    page = sami.open("/invitations")

    assert "All members can read who came through whom." in page.text
    assert "Olga Owner Hana Helper Rosa Rival Sami Seeker" in page.text


def test_the_organizers_open_it_with_the_policy(came, olga, sami):
    olga.open("/desk/policy")
    olga.press("See what this changes", tree_open="yes", archive_days="12")
    olga.press("Save the policy")

    assert "Rosa Rival" in sami.open("/invitations").text
    assert "All members read who invited whom" in olga.open("/desk/policy/history").text
    assert "12" in olga.open("/desk/policy/history").text


def test_a_name_that_was_left_out_reads_a_member_to_all_but_organizers(came, helper, organizer, seeker):
    leave_out(helper)

    assert named(seeker) == [("Olga", [("a member", [("Rosa", []), ("Sami", [])])])]
    assert named(organizer) == [("Olga", [("Hana", [("Rosa", []), ("Sami", [])])])]
    assert named(helper) == named(organizer)


def test_a_name_that_was_left_out_does_not_show_by_its_place(came, rival, seeker, helper):
    leave_out(rival)

    assert named(helper) == [("Olga", [("Hana", [("Sami", []), ("a member", [])])])]


def test_a_member_leaves_their_name_out_on_the_account_page(came, set_policy, hana, sami):
    set_policy(tree_open=True)

    hana.open("/account")
    hana.press("Save profile", in_tree="no")

    assert "Hana Helper" not in sami.open("/invitations").text
    assert "a member Rosa Rival" in sami.open("/invitations").text


def test_who_is_hidden_from_somebody_is_not_in_their_tree(came, helper, seeker, rival, organizer):
    HiddenFrom.add(rival, "member", other=seeker)
    HiddenFrom.add(rival, "member", other=organizer)

    assert named(seeker) == [("Olga", [("Hana", [("Sami", [])])])]
    assert named(organizer) == named(seeker)
    assert named(helper) == [("Olga", [("Hana", [("Rosa", []), ("Sami", [])])])]


def test_whom_a_hidden_member_brought_in_stay_in_the_tree(came, helper, seeker):
    HiddenFrom.add(helper, "member", other=seeker)

    assert named(seeker) == [("Olga", [("a member", [("Rosa", []), ("Sami", [])])])]


def test_who_came_through_somebody_who_left_is_still_in_the_tree(came, helper, organizer):
    Member.update(state="former").where(Member.id == helper.id).execute()

    assert named(organizer) == [("Olga", []), ("Rosa", []), ("Sami", [])]


def test_a_name_in_the_tree_leads_to_a_profile_that_can_be_read(came, set_policy, sami, rival, helper):
    set_policy(tree_open=True)
    Member.update(profile_shown="all").where(Member.id == rival.id).execute()

    links = sami.open("/invitations").links

    assert links["Rosa Rival"] == f"/members/{rival.id}"
    assert "Hana Helper" not in links


@pytest.mark.parametrize(
    ("open_to_all", "sentence"),
    [
        (True, "Olga Owner invited you. All members can read that."),
        (False, "Olga Owner invited you. The organizers can read that, and whoever you ask for help."),
    ],
)
def test_whoever_joins_by_invitation_reads_who_will_know(open_to_all, sentence, organizer, set_policy, walk):
    set_policy(tree_open=open_to_all)
    made = Invitation.make(organizer)

    assert sentence in walk().open(f"/join/{made.token}").text


def test_an_invitation_opens_the_door(organizer, set_policy, walk):
    set_policy(joining="invitation")

    assert "Join" in walk().open(f"/join/{Invitation.make(organizer).token}").buttons


# At the desk


def test_organizers_see_all_invitations_and_end_one(helper, organizer, olga, told):
    helper.trust(organizer)
    Invitation.make(helper, note="For Ana")
    page = olga.open("/desk/invitations")
    assert "Hana Helper" in page.says("invitations")
    assert "For Ana" not in page.text, "The note is for whoever wrote it."

    olga.press("End it", reason="The door is about to close.")

    assert Invitation.get().state == "ended"
    assert told(helper)[0] == "invitation.end"


def test_ending_ones_own_invitation_tells_nobody(helper, organizer, told):
    helper.trust(organizer)
    before = told(helper)
    Invitation.make(helper).end(helper)

    assert told(helper) == before


def test_an_organizer_takes_a_name_off_the_tree(came, organizer, seeker, rival, set_policy):
    set_policy(tree_open=True)
    seeker.take_off_tree(organizer)

    assert "Sami" not in str(named(Member.get_by_id(rival.id)))
    with pytest.raises(Refused):
        seeker.take_off_tree(organizer)
