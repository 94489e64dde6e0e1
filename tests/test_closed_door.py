"""A door that is closed lets nobody in, whoever invited them, and says so."""

import pytest
from cast import MONDAY, PASSWORD
from pages import words

from models import Action, Invitation, Member, Refused

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

CLOSED = "Nobody can join at the moment"


def test_nobody_invites_while_the_door_is_closed(organizer, set_policy, unchanged):
    set_policy(joining="closed")

    with unchanged(), pytest.raises(Refused, match="The door is closed"):
        Invitation.make(organizer)


def test_an_invitation_waits_while_the_door_is_closed(organizer, set_policy, walk, browse):
    invitation = Invitation.make(organizer)
    set_policy(joining="closed")

    assert CLOSED in browse().get(f"/join/{invitation.token}", follow_redirects=True).text
    with pytest.raises(Refused, match=CLOSED):
        Invitation.find(invitation.token)

    set_policy(joining="invitation")
    Invitation.find(invitation.token).knock("Nia New", "nia@example.org", PASSWORD)
    assert Member.get(Member.email == "nia@example.org").invited_by == organizer


@pytest.mark.parametrize(
    ("door", "says"),
    [("closed", CLOSED), ("invitation", "People join by invitation here"), ("open", ""), ("application", "")],
)
def test_the_front_page_says_how_people_come_in(door, says, set_policy, browse):
    set_policy(joining=door)

    front, join = (browse().get(address).text for address in ("/", "/join"))

    assert says in front
    assert says in join
    assert front.count('href="/join"') == (1 if says else 2), "The menu leads there, and the page itself."


def test_whoever_sends_the_form_at_a_closed_door_reads_so(set_policy, browse):
    set_policy(joining="closed")

    sent = {"name": "Nia New", "email": "nia@example.org", "password": PASSWORD}
    assert CLOSED in browse().post("/join", data=sent).text
    assert not Member.select().where(Member.email == "nia@example.org").exists()


def test_nobody_applies_again_while_the_door_is_closed(organizer, seeker, set_policy, wait, walk, unchanged):
    Member.update(state="applicant").execute()
    Member.update(state="trusted").where(Member.id == organizer.id).execute()
    seeker.reload()
    seeker.turn_down(organizer, reason="We are full.")
    wait(days=31)
    set_policy(joining="closed")

    page = walk(seeker).open("/waiting")
    assert CLOSED in page.text
    with unchanged(), pytest.raises(Refused, match=CLOSED):
        seeker.apply_again(seeker, "Please.")

    set_policy(joining="application")
    seeker.apply_again(seeker, "Please.")


@pytest.mark.parametrize(
    ("kind", "days", "says"), [("suspended", 7, "You are suspended until 8 Jun"), ("banned", None, "You are banned")]
)
def test_the_page_says_whether_it_is_a_suspension_or_a_ban(kind, days, says, seeker, organizer, walk):
    Action.take(organizer, seeker, kind, "spam", "Forty messages in a day.", days=days)

    assert says in words(walk(seeker).open("/").part("main"))
