"""Standing: who comes in, by which door, what they may do, and who becomes an organizer."""

from datetime import timedelta

import pytest
from cast import MONDAY, PASSWORD
from pages import words
from racing import at_once, press, through

from models import (
    Block,
    Claim,
    Event,
    Invalid,
    Invitation,
    Member,
    Notice,
    NotYours,
    Policy,
    Referral,
    Refused,
    in_days,
    now,
    sweep,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

DOORS = ("application", "invitation", "open", "closed")
STATES = ("applicant", "new", "member", "trusted", "declined")

# From these states, by this verb, who, to which state; "=" is the state it was in.
TABLE = [
    ("applicant", "admit", "organizer", "new"),
    ("applicant", "turn_down", "organizer", "declined"),
    ("declined", "give_second_chance", "organizer", "applicant"),
    ("new", "settle_in", "clock", "member"),
    ("new member", "trust", "organizer", "trusted"),
    ("trusted", "distrust", "organizer", "member"),
    ("new member trusted", "appoint", "owner", "="),
    ("new member trusted", "make_owner", "owner", "="),
    ("new member trusted", "dismiss", "owner", "="),
]

# Verbs about a member that leave their standing alone, from whatever state; each has its tests where it belongs.
OTHERS = {
    "apply_again": "self",
    "step_down": "self",
    "go_away": "self",
    "come_back": "self",
    "reset_factor": "owner",
    "ask_to_leave": "self",
    "stay": "self",
    "leave": "clock",
    "correct_address": "organizer",
    "correct_name": "organizer",
    "take_off_tree": "organizer",
    "end_sessions": "organizer",
}
STANDING = [verb for verb in Member.verbs() if verb not in OTHERS]


@pytest.fixture
def stand(helper):
    """Hana, in this standing."""

    def stand(state, role="member"):
        Member.update(state=state, role=role).where(Member.id == helper.id).execute()
        helper.reload()
        return helper

    return stand


@pytest.fixture
def do(organizer):
    """Uses a verb about a member, with a reason where it asks for one."""

    def do(verb, member, by=organizer, reason="Because it is so."):
        reason = {"reason": reason} if Member.verbs()[verb].reason == "required" else {}
        return getattr(member, verb)(None if verb == "settle_in" else by, **reason)

    return do


# The table, and everything outside it


def test_the_table_names_every_verb_and_who_may_use_it():
    told = {verb: (set(sources.split()), {by}) for sources, verb, by, _to in TABLE}
    rules = {verb: Member.verbs()[verb] for verb in STANDING}

    assert {name: (set(rule.sources), set(rule.by)) for name, rule in rules.items()} == told
    assert {name for name, rule in rules.items() if rule.reason == "required"} == {"turn_down", "distrust", "dismiss"}
    assert {name: rule.by[0] for name, rule in Member.verbs().items() if name in OTHERS} == OTHERS


@pytest.mark.parametrize(
    ("before", "verb", "to"), [(before, verb, to) for sources, verb, _, to in TABLE for before in sources.split()]
)
def test_a_standing_changes_by_its_verbs_and_the_member_is_told(before, verb, to, stand, do, told):
    member = stand(before, role="organizer" if verb == "dismiss" else "member")

    do(verb, member)

    assert Member.get_by_id(member.id).state == member.state == (before if to == "=" else to)
    assert Event.get(Event.verb == f"member.{verb}").member == member
    assert told(member) == ([] if verb == "settle_in" else [f"member.{verb}"])


@pytest.mark.parametrize("state", STATES)
def test_a_standing_changes_in_no_other_way(state, stand, do, unchanged):
    member = stand(state)

    for verb, rule in Member.verbs().items():
        if state not in rule.sources:
            with unchanged(), pytest.raises(Refused):
                do(verb, member)


@pytest.mark.parametrize("verb", [verb for verb in STANDING if verb != "settle_in"])
def test_members_change_no_standing_not_even_their_own(verb, stand, do, rival, unchanged):
    member = stand(Member.verbs()[verb].sources[0], role="organizer" if verb == "dismiss" else "member")

    for by in (rival, *([member] if verb != "dismiss" else [])):
        with unchanged(), pytest.raises(NotYours):
            do(verb, member, by=by)


@pytest.mark.parametrize("verb", ["admit", "turn_down", "trust", "distrust"])
def test_an_organizer_who_was_dismissed_a_second_ago_changes_no_standing(verb, stand, do, second, organizer, unchanged):
    member = stand(Member.verbs()[verb].sources[0])
    Member.get_by_id(second.id).dismiss(organizer, reason="Too hasty.")

    with unchanged(), pytest.raises(NotYours):
        do(verb, member, by=second)


@pytest.mark.parametrize("verb", ["turn_down", "distrust", "dismiss"])
@pytest.mark.parametrize("reason", ["", None, " \n\t ", "x" * 100_000], ids=["none", "null", "blank", "endless"])
def test_whoever_loses_something_is_told_why(verb, reason, stand, do, unchanged):
    member = stand(Member.verbs()[verb].sources[-1], role="organizer" if verb == "dismiss" else "member")

    with unchanged(), pytest.raises(Invalid):
        do(verb, member, reason=reason)


@pytest.mark.parametrize("again", range(3))
def test_two_organizers_answer_an_application_once(again, stand, organizer, second):
    applicant = stand("applicant")

    answers = at_once(
        press(applicant, "turn_down", second, reason="We do not know you."), press(applicant, "admit", organizer)
    )

    applicant.reload()
    verbs = [event.verb for event in Event.select().where(Event.verb.in_(("member.admit", "member.turn_down")))]
    assert applicant.state in ("new", "declined")
    assert len(through(answers)) == len(verbs)
    assert len(verbs) == 1
    assert Notice.select().where(Notice.kind.in_(("member.admit", "member.turn_down"))).count() == 1


# Settling in


def test_a_seeker_who_was_hired_is_no_longer_new(seeker, lead):
    Member.update(state="new").where(Member.id == seeker.id).execute()

    lead(Claim, "hired")

    assert Member.get_by_id(seeker.id).state == "member"


@pytest.mark.parametrize(("days", "accepted", "state"), [(29, True, "new"), (30, True, "member"), (60, False, "new")])
def test_who_was_accepted_is_a_member_after_thirty_days(days, accepted, state, seeker, lead, time_machine):
    Member.update(state="new", joined_at=now()).where(Member.id == seeker.id).execute()
    lead(Claim, "accepted" if accepted else "requested")

    time_machine.move_to(MONDAY + timedelta(days=days), tick=False)
    sweep()

    assert Member.get_by_id(seeker.id).state == state


# Applying


def test_an_application_waits_for_an_organizer(organizer, told):
    nia = Member.join("Nia New", "nia@example.org", PASSWORD, state="applicant", answer="I mend bicycles.")

    assert list(Member.applicants()) == [nia]
    assert not nia.admitted
    assert nia.waits_for(organizer)
    assert told(organizer) == ["member.apply"]
    assert Notice.get(Notice.member == organizer).asks


def test_who_was_turned_down_is_let_in_only_after_a_second_chance(stand, organizer, second, unchanged):
    member = stand("applicant")
    member.turn_down(organizer, reason="We do not know you yet.")

    with unchanged(), pytest.raises(Refused):
        member.admit(second)
    member.give_second_chance(second)
    assert (member.state, member.due) == ("applicant", None)
    assert list(Member.applicants()) == [member]
    member.admit(organizer)

    assert member.admitted


def test_who_was_turned_down_applies_again_after_some_days(stand, organizer, told, unchanged, time_machine):
    member = stand("applicant")
    member.turn_down(organizer, reason="We do not know you yet.")

    time_machine.move_to(MONDAY + timedelta(days=30, minutes=-1), tick=False)
    with unchanged(), pytest.raises(Refused, match="too soon"):
        member.apply_again(member, answer="Olga knows me by now.")
    time_machine.move_to(MONDAY + timedelta(days=30), tick=False)
    member.apply_again(member, answer="Olga knows me by now.")

    assert (member.state, member.answer, member.due) == ("applicant", "Olga knows me by now.", None)
    assert told(organizer) == ["member.apply_again"]


def test_the_days_begin_anew_with_each_time_of_being_turned_down(stand, organizer, unchanged, time_machine):
    member = stand("applicant")
    member.turn_down(organizer, reason="We do not know you yet.")
    member.give_second_chance(organizer)
    time_machine.move_to(MONDAY + timedelta(days=20), tick=False)
    member.turn_down(organizer, reason="We still do not know you.")

    time_machine.move_to(MONDAY + timedelta(days=31), tick=False)
    with unchanged(), pytest.raises(Refused):
        member.apply_again(member, answer="I waited.")


def test_an_application_made_again_is_not_deleted(stand, organizer, time_machine, set_policy):
    set_policy(reapply_days=0, application_days=5)
    member = stand("applicant")
    member.turn_down(organizer, reason="We do not know you yet.")
    member.apply_again(member, answer="I do beg your pardon.")

    time_machine.move_to(MONDAY + timedelta(days=6), tick=False)
    sweep()

    assert Member.get_by_id(member.id).state == "applicant"


def test_a_blocked_word_stays_out_of_an_answer_made_again(stand, organizer, unchanged, set_policy):
    set_policy(reapply_days=0)
    Block.add(organizer, "word", "cryptoscam", [])
    member = stand("applicant")
    member.turn_down(organizer, reason="We do not know you yet.")

    with unchanged(), pytest.raises(Invalid, match="cannot be used"):
        member.apply_again(member, answer="I sell CRYPTOSCAM.")


def test_the_page_of_somebody_turned_down_says_from_when_and_takes_the_new_answer(stand, organizer, walk, time_machine):
    member = stand("applicant")
    member.turn_down(organizer, reason="We do not know you yet.")
    hana = walk(member)
    page = hana.open("/waiting")
    assert "We do not know you yet." in words(page.part("main"))
    assert "You can apply again from 1 Jul" in words(page.part("main"))
    assert "Apply again" not in page.buttons

    time_machine.move_to(MONDAY + timedelta(days=30), tick=False)
    hana = walk(member)  # The browser was signed out meanwhile.
    hana.open("/waiting")
    hana.press("Apply again", answer="Olga knows me by now.")

    member.reload()
    assert (member.state, member.answer) == ("applicant", "Olga knows me by now.")


@pytest.mark.parametrize("state", ["applicant", "declined"])
@pytest.mark.parametrize("address", ["/", "/referrals/new", "/claims", "/log", "/notices", "/invitations"])
def test_who_is_not_in_yet_sees_no_further_than_the_hall(state, address, stand, browse):
    answer = browse(stand(state)).get(address)

    assert (answer.status_code, answer.location) == (303, "/waiting")


# The first postings


@pytest.mark.parametrize(
    ("review", "waiting"), [("all", {"new", "member"}), ("new", {"new"}), ("none", set())], ids=["all", "new", "none"]
)
@pytest.mark.parametrize("state", ["new", "member", "trusted"])
def test_postings_wait_by_the_policy_and_the_standing(state, review, waiting, stand, post, set_policy):
    set_policy(review=review)

    posted = post(by=stand(state))

    assert posted.state == ("in_review" if state in waiting else "published")


@pytest.mark.parametrize("review", ["all", "new"])
def test_organizers_post_at_once(review, post, second, set_policy):
    set_policy(review=review)

    assert post(by=second).state == "published"


def test_a_member_is_no_longer_new_once_a_posting_was_approved(lead, organizer, helper, post, set_policy):
    referral = lead(Referral, "in_review")
    set_policy(review="new")

    referral.approve(organizer)

    assert Member.get_by_id(helper.id).state == "member"
    assert post().state == "published"


@pytest.mark.parametrize("verb", ["reject", "ask_changes"])
def test_a_member_is_still_new_when_nothing_was_approved(verb, lead, organizer, helper):
    getattr(lead(Referral, "in_review"), verb)(organizer, reason="There is no such job.")

    assert Member.get_by_id(helper.id).state == "new"


def test_approving_more_leaves_the_trusted_trusted(lead, organizer, helper):
    referral = lead(Referral, "in_review")
    helper.reload()
    helper.trust(organizer)

    referral.approve(organizer)

    assert Member.get_by_id(helper.id).state == "trusted"


# Invitations


@pytest.fixture
def inviter(helper, organizer):
    """Hana, trusted."""
    helper.trust(organizer)
    return helper


@pytest.mark.parametrize("door", DOORS[:3])
def test_an_invitation_opens_every_door_and_says_who_gave_it(door, inviter, set_policy):
    set_policy(joining=door)
    token = Invitation.make(inviter, note="For Nia").token

    Invitation.find(token).knock("Nia New", "nia@example.org", PASSWORD)
    nia = Member.get(Member.email == "nia@example.org")

    assert (nia.state, nia.invited_by) == ("new", inviter)
    assert list(inviter.invited) == [nia]


@pytest.mark.parametrize(
    ("door", "sentence"),
    [("application", None), ("open", None), ("invitation", "by invitation here"), ("closed", "the door is closed")],
)
def test_without_an_invitation_the_door_decides(door, sentence, browse, set_policy):
    set_policy(joining=door, question="What have you mended?")
    typed = {"name": "Nia New", "email": "nia@example.org", "password": PASSWORD, "answer": "A bicycle.", "rules": "1"}

    answer = browse().post("/join", data=typed)

    nia = Member.get_or_none(Member.email == "nia@example.org")
    assert answer.status_code == (403 if sentence else 303)
    joined = {"application": ("applicant", None), "open": ("new", None)}
    assert (nia and (nia.state, nia.invited_by)) == joined.get(door)


@pytest.mark.parametrize("state", ["applicant", "declined", "new", "member"])
def test_who_is_not_trusted_invites_nobody(state, stand, unchanged):
    member = stand(state)

    with unchanged(), pytest.raises(NotYours):
        Invitation.make(member)


def test_organizers_invite(second):
    assert Invitation.make(second).state == "open"


def test_an_invitation_lets_in_as_many_as_it_says(inviter, unchanged):
    token = Invitation.make(inviter, uses=2).token
    for name in ("nia", "noah"):
        Invitation.find(token).knock(name, f"{name}@example.org", PASSWORD)

    with unchanged(), pytest.raises(Refused, match="ended"):
        Invitation.find(token)


@pytest.mark.parametrize("again", range(3))
def test_of_three_who_open_an_invitation_at_once_one_comes_in(again, inviter):
    invitation = Invitation.find(Invitation.make(inviter).token)

    at_once(*(press(invitation, "knock", name, f"{name}@example.org", PASSWORD) for name in ("nia", "noah", "nils")))

    assert inviter.invited.count() == 1


@pytest.mark.parametrize(("email", "password"), [("nia", PASSWORD), ("nia@example.org", "short")])
def test_a_mistake_does_not_use_an_invitation_up(email, password, inviter, unchanged):
    invitation = Invitation.find(Invitation.make(inviter).token)

    with unchanged(), pytest.raises(Invalid):
        invitation.knock("Nia New", email, password)


def test_an_invitation_runs_out(inviter, wait):
    made = Invitation.make(inviter, days=14)
    assert made.due == in_days(14)
    wait(days=14)

    with pytest.raises(Refused, match="ended"):
        Invitation.find(made.token)

    assert Invitation.get().state == "over"


def test_an_invitation_that_ran_out_lets_nobody_in_who_had_it_open(inviter, wait, unchanged):
    invitation = Invitation.find(Invitation.make(inviter).token)
    wait(days=15)
    sweep()

    with unchanged(), pytest.raises(Refused):
        invitation.knock("Nia New", "nia@example.org", PASSWORD)


@pytest.mark.parametrize("who", ["helper", "organizer"])
def test_an_invitation_is_ended_by_who_gave_it_or_by_an_organizer(who, people, inviter, unchanged):
    made = Invitation.make(inviter)

    made.end(people[who])

    assert (made.state, made.due) == ("ended", None)
    with unchanged(), pytest.raises(Refused):
        Invitation.find(made.token)


def test_nobody_else_ends_an_invitation(inviter, rival, unchanged):
    made = Invitation.make(inviter)

    with unchanged(), pytest.raises(NotYours):
        made.end(rival)


def test_the_invitations_of_somebody_who_is_no_longer_trusted_end(inviter, organizer):
    made = Invitation.make(inviter)
    inviter.distrust(organizer, reason="They invited forty accounts in an hour.")

    with pytest.raises(Refused):
        Invitation.find(made.token)


@pytest.mark.parametrize("token", ["", "x", "x" * 100_000])
def test_an_invitation_that_was_made_up_lets_nobody_in(token, inviter, unchanged):
    Invitation.make(inviter)

    with unchanged(), pytest.raises(Refused):
        Invitation.find(token)


def test_the_database_does_not_hold_what_is_in_the_invitation(inviter):
    made = Invitation.make(inviter)

    assert made.token not in str(Invitation.select().dicts().get())


# Organizers and owners


def test_the_owner_appoints_an_organizer_and_dismisses_them(organizer, helper, told):
    helper.appoint(organizer)
    assert Member.get_by_id(helper.id).organizer

    helper.dismiss(organizer, reason="A year is enough.")

    assert not Member.get_by_id(helper.id).organizer
    assert told(helper) == ["member.dismiss", "member.appoint"]
    assert Notice.newest(helper).first().event.reason == "A year is enough."


@pytest.mark.parametrize("verb", ["appoint", "make_owner", "dismiss"])
def test_organizers_appoint_nobody(verb, do, helper, second, organizer, unchanged):
    for member in (helper, organizer, second):
        with unchanged(), pytest.raises(NotYours):
            do(verb, member, by=second)


@pytest.mark.parametrize("verb", ["appoint", "make_owner"])
def test_nobody_is_appointed_twice(verb, do, helper, unchanged):
    do(verb, helper)

    with unchanged(), pytest.raises(Refused, match="already"):
        do(verb, helper)


def test_who_is_no_organizer_is_not_dismissed(do, helper, unchanged):
    with unchanged(), pytest.raises(Refused, match="not an organizer"):
        do("dismiss", helper)


def test_applicants_are_not_appointed(stand, do, unchanged):
    member = stand("applicant")

    with unchanged(), pytest.raises(Refused):
        do("appoint", member)


def test_the_last_owner_cannot_leave(organizer, helper, second, unchanged):
    with unchanged(), pytest.raises(Refused, match="last owner"):
        organizer.dismiss(organizer, reason="I am tired.")
    helper.make_owner(organizer)

    organizer.dismiss(organizer, reason="I am tired.")

    assert [member.name for member in Member.select().where(Member.role == "owner")] == ["Hana Helper"]


@pytest.mark.parametrize("again", range(3))
def test_two_owners_who_leave_at_once_do_not_both(again, organizer, helper):
    helper.make_owner(organizer)

    at_once(*(press(member, "dismiss", member, reason="I am tired.") for member in (organizer, helper)))

    assert Member.select().where(Member.role == "owner").count() == 1


@pytest.mark.parametrize("again", range(3))
def test_two_owners_who_dismiss_each_other_do_not_both(again, organizer, helper):
    helper.make_owner(organizer)

    at_once(
        press(helper, "dismiss", organizer, reason="You go."), press(organizer, "dismiss", helper, reason="No, you.")
    )

    assert Member.select().where(Member.role == "owner").count() == 1


def test_a_policy_asks_a_question_of_its_own(set_policy):
    set_policy(question="What have you mended?")

    assert Policy.current().question == "What have you mended?"
