"""What a member reads about another: who they are, what they post, what they share. Who may: see test_profiles.py."""

import pytest
from cast import MONDAY
from pages import words

from models import Claim, Member

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


@pytest.fixture(autouse=True)
def shown(organizer, helper, seeker):
    """They all show their profiles to all members."""
    Member.update(profile_shown="all").execute()


def test_a_profile_shows_what_somebody_has_on_the_board(post, helper, rosa):
    post(title="Rigger")
    post(title="Diver", publish=False)

    page = rosa.open(f"/members/{helper.id}")

    assert "Member since Jun 2026" in page.text
    assert [words(link) for link in page.part("main").iter("a")] == ["Report", "Rigger"]


def test_a_profile_without_postings_says_so(seeker, rosa):
    assert "Nothing at the moment." in rosa.open(f"/members/{seeker.id}").text


def test_an_organizer_can_be_told_by_their_profile(organizer, rosa):
    assert "Organizer" in rosa.open(f"/members/{organizer.id}").says("main")


def test_a_profile_says_what_is_between_the_two_and_to_nobody_else(lead, helper, sami, rosa):
    lead(Claim, "active")

    shared = sami.open(f"/members/{helper.id}")
    other = rosa.open(f"/members/{helper.id}")

    assert "Between you two" in shared.text
    assert "Shipwright, Harbour Works · Active" in shared.text
    assert shared.links["Shipwright, Harbour Works"] == "/claims/1"
    assert "Between you two" not in other.text


def test_only_the_member_is_offered_to_edit_their_profile(seeker, sami, rosa):
    own = sami.open(f"/members/{seeker.id}")
    other = rosa.open(f"/members/{seeker.id}")

    assert "Edit your profile" in own.links
    assert sami.follow("Edit your profile").address == "/account"
    assert "Edit your profile" not in other.links


@pytest.mark.parametrize("number", ["999", "0", "99999999999999999999"])
def test_a_member_who_is_not_there_is_not_there(sami, number):
    assert sami.open(f"/members/{number}").status == 404
