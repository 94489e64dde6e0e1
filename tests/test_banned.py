"""Whoever was banned and comes back is seen at the desk as somebody who may be them; nobody is turned away for it."""

from datetime import timedelta

import pytest
from cast import MONDAY, PASSWORD
from pages import words

from models import Action, BannedMailbox, Member, banned_alike, queue

pytestmark = [pytest.mark.time_machine(MONDAY, tick=False), pytest.mark.usefixtures("app")]


@pytest.fixture
def ban(organizer, rival):
    """Rosa, banned under this address."""

    def ban(email):
        Member.update(email=email).where(Member.id == rival.id).execute()
        Action.take(organizer, rival, "banned", "spam", "Forty messages in a day.")
        rival.reload()
        return rival

    return ban


def apply(email):
    return Member.join("Nia New", email, PASSWORD, state="applicant")


@pytest.mark.parametrize(
    ("banned", "comes", "seen"),
    [
        ("rosa@example.org", "rosa+new@example.org", True),
        ("rosa+old@example.org", "rosa@example.org", True),
        ("rosa.rival@gmail.com", "rosarival@googlemail.com", True),
        ("r.o.s.a@example.org", "ROSA@example.org", True),
        ("rosa@xn--mller-kva.de", "rosa+1@müller.de", True),
        ("rosa@example.org", "rosa@example.net", False),
        ("rosa@example.org", "rosalind@example.org", False),
    ],
)
def test_an_address_that_leads_to_the_mailbox_of_somebody_banned(banned, comes, seen, ban):
    rosa = ban(banned)

    assert apply(comes).banned_alike == ([rosa] if seen else [])


def test_nobody_is_taken_for_somebody_whose_ban_was_taken_back(ban, organizer):
    rosa = ban("rosa@example.org")
    Action.in_force(rosa, "banned").undo(organizer, reason="It was a mistake.")

    assert apply("rosa+new@example.org").banned_alike == []


def test_the_card_and_the_page_say_who_an_applicant_may_be(ban, olga):
    ban("rosa@example.org")
    nia = apply("rosa+new@example.org")

    for address in ("/desk", f"/desk/members/{nia.id}"):
        assert "may be Rosa Rival" in words(olga.open(address).part("main"))


def test_members_read_nothing_of_it(ban, sami):
    ban("rosa@example.org")
    nia = apply("rosa+new@example.org")
    Member.update(state="new", profile_shown="all").where(Member.id == nia.id).execute()

    assert "may be" not in sami.open(f"/members/{nia.id}").text


def test_whoever_was_banned_is_known_after_their_account_is_deleted(ban, olga, time_machine):
    rosa = ban("rosa@example.org")
    rosa.ask_to_leave(rosa)
    time_machine.move_to(MONDAY + timedelta(days=8), tick=False)
    rosa.catch_up()
    assert Member.get_by_id(rosa.id).former

    nia = apply("r.osa+new@example.org")

    assert nia.banned_alike == [None]
    assert "rosa" not in BannedMailbox.get().mailbox_hash
    assert banned_alike([Member.get_by_id(rosa.id)]) == {}


def test_whoever_leaves_without_a_ban_leaves_no_trace(rival, time_machine):
    rival.ask_to_leave(rival)
    time_machine.move_to(MONDAY + timedelta(days=8), tick=False)
    rival.catch_up()

    assert not BannedMailbox.select().exists()


def test_the_queue_reads_it_of_all_applicants_at_once(ban, organizer):
    rosa = ban("rosa@example.org")
    apply("rosa+1@example.org"), apply("rosa+2@example.org"), apply("nia@example.org")

    assert [item.record.banned_alike for item in queue("application", organizer)] == [[rosa], [rosa], []]


# Whoever invited somebody


@pytest.mark.parametrize("kind", ["silenced", "suspended", "banned"])
def test_the_inviter_hears_that_their_guest_was_acted_on_and_not_why(kind, rival, helper, organizer, told, hana):
    Member.update(invited_by=helper).where(Member.id == rival.id).execute()
    rival.reload()

    Action.take(organizer, rival, kind, "spam", "Forty messages in a day.", days=None if kind == "banned" else 7)

    assert told(helper) == [f"member.guest_{kind}"]
    page = words(hana.open("/notices").part("main"))
    assert "Somebody whom you invited was" in page
    assert "Forty messages" not in page
    assert "Rosa" not in page


def test_the_inviter_hears_nothing_of_notes(rival, helper, organizer, told):
    Member.update(invited_by=helper).where(Member.id == rival.id).execute()
    rival.reload()

    Action.take(organizer, rival, "note", "other", "Came late twice.")

    assert told(helper) == []


def test_an_organizer_is_not_told_what_they_did_about_their_own_guest(rival, organizer, told):
    Member.update(invited_by=organizer).where(Member.id == rival.id).execute()
    rival.reload()

    Action.take(organizer, rival, "silenced", "spam", "Because it is so.", days=7)

    assert told(organizer) == []


def test_the_inviter_hears_that_their_guest_was_turned_down_and_not_why(rival, helper, organizer, told, hana):
    Member.update(invited_by=helper, state="applicant").where(Member.id == rival.id).execute()

    Member.get_by_id(rival.id).turn_down(organizer, reason="We know them too well.")

    assert told(helper) == ["member.guest_turned_down"]
    assert "too well" not in hana.open("/notices").text
