"""The pages on which people read what is kept, take along what is theirs, leave, hand over, and close."""

import io
import zipfile
from datetime import timedelta

import pytest
from cast import MONDAY, PASSWORD
from racing import at_once, press, through

from models import (
    TABLES,
    Claim,
    Community,
    Event,
    Handover,
    Member,
    Notice,
    NotYours,
    OneTimeLink,
    Pledge,
    Policy,
    Refused,
    Report,
    SignIn,
    db,
    now,
    sweep,
)
from views.own_data import ROOMS_WHEN_CLOSED, WHEN_CLOSED

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


# What is kept


def test_anybody_can_read_what_is_kept_and_for_how_long(walk, organizer, set_policy):
    set_policy(thread_days=333)

    page = walk().open("/privacy")

    for table in TABLES:
        assert table.kept.what in page.text
    assert "333 days after the claim ended" in page.text
    assert "/privacy" in [link.get("href") for link in walk().open("/join").all("a")]


# Taking it along


def test_a_member_takes_their_data_along_with_their_password(browse, seeker, claim, tmp_path):
    browser = browse(seeker)

    wrong = browser.post("/account/data/export", data={"export_password": "not this one"})

    with browser.post("/account/data/export", data={"export_password": PASSWORD}) as right:
        archive = zipfile.ZipFile(io.BytesIO(right.data))

    assert (wrong.status_code, "This is not your present password." in wrong.text) == (422, True)
    assert right.mimetype == "application/zip"
    assert right.headers["Content-Disposition"] == "attachment; filename=golem-2026-06-01.zip"
    assert "boats all my life" in archive.read("claim.csv").decode()


def test_an_applicant_can_take_their_data_along_and_leave(walk, organizer, set_policy):
    Member.join("Nia New", "nia@example.org", PASSWORD, state="applicant")
    nia = walk(Member.get(Member.name == "Nia New"))

    assert nia.open("/account/data").status == 200
    page = nia.press("Delete my account", leave_password=PASSWORD)

    assert page.flash.startswith("Your account is deleted in seven days.")


# Leaving


def test_a_member_leaves_with_their_password_and_is_signed_out_everywhere(sami, walk, seeker):
    elsewhere = walk(seeker)
    sami.open("/account/data")

    page = sami.press("Delete my account", leave_password="not this one")
    assert (page.status, seeker_of(seeker).due) == (422, None)
    page = sami.press("Delete my account", leave_password=PASSWORD)

    assert page.flash.startswith("Your account is deleted in seven days.")
    assert SignIn.select().where(SignIn.member == seeker).count() == 0
    assert elsewhere.open("/account").address.startswith("/sign-in")


def seeker_of(seeker):
    return Member.get_by_id(seeker.id)


def test_whoever_signs_in_again_sees_when_it_ends_and_keeps_it_with_one_press(seeker, walk):
    seeker.ask_to_leave(seeker)
    sami = walk(seeker)

    page = sami.open("/")
    assert "Your account is being deleted." in page.text
    page = sami.open("/account/data")
    assert "8 Jun" in page.text or "Jun 8" in page.text
    page = sami.press("Keep my account")

    assert page.flash == "You keep your account. Welcome back!"
    assert "being deleted" not in sami.open("/").text


def test_whoever_owes_money_reads_what_has_to_be_settled(lead, sami):
    lead(Pledge, "due")

    page = sami.open("/account/data")

    assert "Money is still promised or on its way." in page.text


def test_others_see_a_former_member_and_no_link(claim, helper, seeker, hana, wait, olga):
    claim.say(seeker, "Hello from Sami.")
    seeker.ask_to_leave(seeker)
    wait(days=7)
    sweep()

    page = hana.open(f"/claims/{claim.id}")

    assert "A former member" in page.text
    assert "Sami" not in page.text
    assert f"/members/{seeker.id}" not in [link.get("href") for link in page.all("a")]
    assert hana.open(f"/members/{seeker.id}").status == 404
    assert "Sami" not in olga.open("/desk/members").text
    assert "former" not in olga.open(f"/desk/members/{seeker.id}").text.replace("former member", "")


# Handing over


def test_an_owner_hands_over_and_steps_down_once_the_other_says_yes(olga, oscar, organizer, second, told):
    olga.open(f"/desk/members/{second.id}")
    page = olga.press("Offer it", hand_over_password=PASSWORD)
    assert page.flash == "Oscar Organizer was asked. You stay the owner until they say yes."
    assert "handover.offer" in told(second)
    assert (role(organizer), role(second)) == ("owner", "organizer")

    oscar.open("/account/data")
    oscar.press("Become the owner", accept_password=PASSWORD)

    assert (role(organizer), role(second)) == ("organizer", "owner")
    assert "handover.accept" in told(organizer)
    assert "accepted the community" in olga.open("/log").text


def test_who_takes_a_community_on_needs_a_second_step_as_every_owner_does(organizer, seeker):
    OneTimeLink.for_member(seeker, organizer)

    Handover.offer(organizer, seeker).accept(seeker)

    assert Member.get_by_id(seeker.id).role == "owner"
    assert Member.get_by_id(seeker.id).factor_due == now() + timedelta(days=7)
    assert OneTimeLink.get(OneTimeLink.member == seeker).ends_at <= now()


def role(member):
    return Member.get_by_id(member.id).role


def test_a_handover_needs_the_password_on_both_sides(olga, oscar, organizer, second):
    olga.open(f"/desk/members/{second.id}")
    assert olga.press("Offer it", hand_over_password="guessed it").status == 422
    assert Handover.select().count() == 0

    Handover.offer(organizer, second)
    oscar.open("/account/data")
    assert oscar.press("Become the owner", accept_password="guessed it").status == 422
    assert (role(organizer), role(second)) == ("owner", "organizer")


def test_only_an_owner_hands_over_and_only_to_somebody_who_can(organizer, second, seeker, rival):
    with pytest.raises(NotYours):
        Handover.offer(second, seeker)
    rival.ask_to_leave(rival)
    with pytest.raises(Refused, match="cannot look after the community"):
        Handover.offer(organizer, rival)
    Handover.offer(organizer, second)
    with pytest.raises(Refused, match="offered it already"):
        Handover.offer(organizer, seeker)


def test_nobody_answers_for_somebody_else(organizer, second, rival):
    offer = Handover.offer(organizer, second)

    for verb in ("accept", "decline"):
        with pytest.raises(NotYours):
            getattr(offer, verb)(organizer)
        with pytest.raises(NotYours):
            getattr(offer, verb)(rival)
    with pytest.raises(NotYours):
        offer.withdraw(second)


def test_an_offer_from_somebody_who_was_dismissed_meanwhile_makes_no_owner(organizer, second, seeker):
    second.make_owner(organizer)
    offer = Handover.offer(second, seeker)
    second.dismiss(organizer, reason="Thank you.")

    with pytest.raises(Refused, match="no longer an owner"):
        offer.accept(seeker)


def test_an_offer_runs_out_after_two_weeks(organizer, second, wait):
    Handover.offer(organizer, second)
    wait(days=14)
    sweep()

    assert Handover.get().state == "over"
    assert role(organizer) == "owner"


def test_accepting_and_taking_back_at_once_come_to_one_of_them(organizer, second):
    offer = Handover.offer(organizer, second)

    answers = at_once(press(offer, "accept", second), press(offer, "withdraw", organizer))

    assert len(through(answers)) == 1
    assert {role(organizer), role(second)} == (
        {"owner", "organizer"} if Handover.get().state in ("accepted", "withdrawn") else set()
    )


# Closing


@pytest.fixture
def closed(organizer):
    Community.get().close(organizer, "We have all found work.")
    db.forget()


def test_an_owner_closes_the_community_and_everybody_is_told(olga, hana, oscar, organizer, told, helper, seeker):
    olga.open("/desk/policy")
    page = olga.press("Close the community", reason="We have all found work.", close_password=PASSWORD)

    assert page.flash == "The community is closed, and everybody was told."
    assert told(helper) == told(seeker) == ["community.close"]
    assert "This community is closed." in hana.open("/").text
    assert "We have all found work." in oscar.open("/log").text
    assert "We have all found work." in hana.open("/notices").text
    assert "Close the community" not in oscar.open("/desk/policy").text


def test_only_an_owner_closes_and_opens(second, seeker, organizer):
    for member in (second, seeker):
        with pytest.raises(NotYours):
            Community.get().close(member, "I am cross.")
    Community.get().close(organizer, "Bye.")
    with pytest.raises(NotYours):
        Community.get().reopen(second)
    with pytest.raises(Refused, match="closed already"):
        Community.get().close(organizer, "Bye.")


def test_nothing_new_begins_in_a_closed_community(app, referral, closed, browse, seeker):
    browser = browse(seeker)
    for rule in app.url_map.iter_rules():
        room = rule.endpoint.partition(".")[0]
        if "POST" in rule.methods and room not in ROOMS_WHEN_CLOSED and rule.endpoint not in WHEN_CLOSED:
            values = {name: sample(rule._converters[name]) for name in rule.arguments}
            with app.test_request_context():
                address = app.url_for(rule.endpoint, _external=False, **values)
            answer = browser.post(address)
            assert answer.status_code == 403, rule.endpoint
            assert "This community is closed" in answer.text, rule.endpoint


def test_what_was_reported_is_decided_in_a_closed_community_as_well(referral, seeker, request, olga):
    report = Report.make(seeker, "spam", "Hm.", referral=referral)
    request.getfixturevalue("closed")
    olga.open(f"/desk/reports/{report.id}")

    olga.press("Dismiss the report", reason="We are closing.")

    assert Report.get_by_id(report.id).state == "dismissed"


def sample(converter):
    """A value that fits this part of an address."""
    return next(iter(getattr(converter, "items", ["1"])))


def test_a_closed_community_can_be_read_and_taken_along(claim, closed, browse, seeker):
    browser = browse(seeker)

    assert browser.get(f"/claims/{claim.id}").status_code == 200
    assert browser.get("/").status_code == 200
    with browser.post("/account/data/export", data={"export_password": PASSWORD}) as answer:
        assert answer.mimetype == "application/zip"


def test_claims_that_nobody_was_hired_by_end_and_what_is_owed_is_paid(lead, organizer, sami, seeker, post):
    pledge = lead(Pledge, "due")
    other = Claim.request(post(employer="Other"), seeker, "Please.", ["reference"])
    Community.get().close(organizer, "Bye.")
    sweep()

    other.reload()
    assert other.state == "cancelled"
    sami.open(f"/claims/{pledge.claim_id}")
    sami.press("I have sent the money")
    assert Pledge.get().state == "sent"


def test_it_can_be_opened_again_for_six_weeks(closed, walk, organizer, wait, told, helper, post):
    wait(weeks=6, seconds=-1)
    sweep()
    olga, hana = walk(organizer), walk(helper)
    olga.open("/desk/policy")
    page = olga.press("Open it again", reopen_password=PASSWORD)

    assert page.flash == "The community is open again, and everybody was told."
    assert told(helper)[0] == "community.reopen"
    post()
    assert "closed" not in hana.open("/").text


def test_after_six_weeks_every_account_is_deleted_but_those_that_owe(closed, lead, organizer, second, wait):
    member = Member.get(Member.name == "Oscar Organizer")
    wait(weeks=6)
    sweep()

    with pytest.raises(Refused, match="too long ago"):
        Community.get().reopen(organizer)
    sweep()
    assert {one.state for one in Member.select()} == {"former"}
    assert Member.get_by_id(member.id).name == "A former member"
    assert Event.select().where(Event.verb == "community.close").count() == 1
    assert Notice.select().count() == 0


# The policy says for how long


def test_organizers_say_how_long_things_are_kept(olga, organizer):
    olga.open("/desk/policy")
    olga.press("See what this changes", thread_days="400", notice_days="30")
    olga.press("Save the policy")

    assert (Policy.current().thread_days, Policy.current().notice_days) == (400, 30)
    assert "400 days after" in olga.open("/privacy").text
