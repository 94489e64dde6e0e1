"""The second step of signing in: codes from an app, recovery codes, whom the desk asks for it, and how it is reset."""

import re

import pytest
from cast import MONDAY
from phone import Phone
from racing import at_once, through

from models import (
    FACTOR_DAYS,
    Action,
    Authenticator,
    Claim,
    Event,
    FactorNeeded,
    Invalid,
    Letter,
    NotYours,
    OneTimeLink,
    PendingSignIn,
    RecoveryCode,
    Referral,
    Refused,
    SignIn,
    db,
    give_code,
    in_days,
    needs_factor,
    sealing,
    send_letters,
    use_key,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

WRONG = "This code does not fit. Wait for the next one, and try again."


@pytest.fixture(autouse=True)
def key():
    use_key("a key of the tests")


@pytest.fixture
def pending():
    """The member has given the password, in some browser."""
    return lambda member: PendingSignIn.find(PendingSignIn.begin(member).token)


# Codes from an app


def test_an_app_counts_once_its_first_code_was_given(app, seeker):
    waiting = Authenticator.begin(seeker)
    phone = Phone(waiting.shown_secret)

    before = needs_factor(seeker)
    with pytest.raises(Invalid, match=WRONG):
        waiting.confirm(seeker, phone.wrong())
    still = needs_factor(seeker)
    codes = waiting.confirm(seeker, phone.code())

    assert (before, still, needs_factor(seeker)) == (False, False, True)
    assert len(set(codes)) == 10
    assert Authenticator.of(seeker).shown_secret is None
    assert Authenticator.waiting(seeker) is None


@pytest.mark.parametrize("later", [-1, 0, 1])
def test_a_code_of_the_half_minute_before_or_after_fits(set_up, seeker, pending, later):
    phone = set_up(seeker)

    code = phone.code(later)

    assert give_code(pending(seeker), f"{code[:3]} {code[3:]}") == seeker


@pytest.mark.parametrize("later", [-2, 2])
def test_a_code_of_another_time_does_not_fit(set_up, seeker, pending, later):
    phone = set_up(seeker)

    with pytest.raises(Invalid, match=WRONG):
        give_code(pending(seeker), phone.code(later))


def test_a_code_counts_once_and_no_older_one_after_it(set_up, seeker, pending):
    phone = set_up(seeker)
    give_code(pending(seeker), phone.code())

    for code in (phone.code(), phone.code(-1)):
        with pytest.raises(Invalid, match=WRONG):
            give_code(pending(seeker), code)

    assert give_code(pending(seeker), phone.code(1)) == seeker


def test_a_code_used_twice_at_the_same_moment_counts_once(set_up, seeker):
    phone, tokens = set_up(seeker), [PendingSignIn.begin(seeker).token for _time in range(8)]
    code = phone.code()

    def come_in(token):
        return give_code(PendingSignIn.find(token), code) and "done"

    answers = at_once(*(lambda token=token: come_in(token) for token in tokens))

    assert len(through(answers)) == 1
    assert SignIn.select().where(SignIn.member == seeker).count() == 1


def test_the_first_code_given_twice_at_the_same_moment_makes_one_set_of_codes(app, seeker):
    waiting = Authenticator.begin(seeker)
    code = Phone(waiting.shown_secret).code()

    answers = at_once(*[lambda: Authenticator.get_by_id(waiting.id).confirm(seeker, code) and "done"] * 4)

    assert len(through(answers)) == 1
    assert RecoveryCode.left(seeker).count() == 10


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "x" * 5000, "000000\n", "' OR 1=1"])
def test_what_is_no_code_does_not_fit(set_up, seeker, pending, code):
    set_up(seeker)

    with pytest.raises(Invalid, match=WRONG):
        give_code(pending(seeker), code)


def test_codes_fit_again_once_a_clock_that_was_ahead_is_set_right(set_up, seeker, pending, wait):
    phone = set_up(seeker)
    wait(days=365)
    give_code(pending(seeker), phone.code())
    wait(days=-365)

    assert give_code(pending(seeker), phone.code()) == seeker
    with pytest.raises(Invalid, match=WRONG):
        give_code(pending(seeker), phone.code())


def test_a_secret_waits_for_its_first_code_for_an_hour(app, seeker, wait):
    Authenticator.begin(seeker)
    wait(minutes=59)
    assert Authenticator.waiting(seeker)

    wait(minutes=1)

    assert Authenticator.waiting(seeker) is None


def test_another_phone_takes_the_place_of_the_first(set_up, seeker, pending):
    old = set_up(seeker)

    waiting = Authenticator.begin(seeker)
    new = Phone(waiting.shown_secret)
    meanwhile = give_code(pending(seeker), old.code())
    codes = waiting.confirm(seeker, new.code())

    assert meanwhile == seeker
    assert codes is None
    assert Authenticator.select().where(Authenticator.member == seeker).count() == 1
    with pytest.raises(Invalid):
        give_code(pending(seeker), old.code(1))


def test_the_secret_is_not_in_the_database_and_is_read_for_its_member_alone(app, seeker, rival):
    waiting, theirs = Authenticator.begin(seeker), Authenticator.begin(rival)
    secret = waiting.shown_secret

    dump = "\n".join(db.connection().iterdump())
    theirs.secret = waiting.secret

    assert secret not in dump
    assert theirs.shown_secret is None


def test_whoever_lost_the_sites_key_comes_in_by_a_recovery_code(set_up, seeker, pending):
    phone = set_up(seeker)
    use_key("another key")

    with pytest.raises(Invalid, match=WRONG):
        give_code(pending(seeker), phone.code())
    assert give_code(pending(seeker), phone.codes[0]) == seeker


def test_nothing_is_sealed_without_a_key(monkeypatch):
    monkeypatch.setattr(sealing, "_key", None)

    with pytest.raises(RuntimeError):
        sealing.seal("a secret", "a test")


# Recovery codes


def test_a_recovery_code_lets_somebody_in_once_and_they_are_told(set_up, seeker, pending, told):
    phone = set_up(seeker)

    give_code(pending(seeker), phone.codes[3].upper().replace("-", " "))

    assert RecoveryCode.left(seeker).count() == 9
    assert told(seeker)[0] == "member.code_used"
    with pytest.raises(Invalid, match=WRONG):
        give_code(pending(seeker), phone.codes[3])


def test_a_recovery_code_used_twice_at_the_same_moment_counts_once(set_up, seeker):
    phone, tokens = set_up(seeker), [PendingSignIn.begin(seeker).token for _time in range(8)]

    answers = at_once(
        *(lambda token=token: give_code(PendingSignIn.find(token), phone.codes[0]) and "done" for token in tokens)
    )

    assert len(through(answers)) == 1


def test_recovery_codes_are_kept_as_hashes_and_belong_to_one_member(set_up, seeker, rival, pending):
    sami, rosa = set_up(seeker), set_up(rival)

    dump = "\n".join(db.connection().iterdump())

    assert not [code for code in sami.codes if code in dump or code.replace("-", "") in dump]
    assert all(re.fullmatch("([0-9a-z]{4}-){5}[0-9a-z]{4}", code) for code in sami.codes)  # 120 bits: a hash will do.
    with pytest.raises(Invalid, match=WRONG):
        give_code(pending(seeker), rosa.codes[0])


def test_new_recovery_codes_end_the_old_ones(set_up, seeker, pending):
    phone = set_up(seeker)

    codes = RecoveryCode.renew(seeker)

    with pytest.raises(Invalid):
        give_code(pending(seeker), phone.codes[0])
    assert give_code(pending(seeker), codes[0]) == seeker


def test_without_a_factor_there_are_no_recovery_codes(set_up, seeker):
    set_up(seeker)
    Authenticator.of(seeker).remove(seeker)

    assert RecoveryCode.select().count() == 0
    assert not needs_factor(seeker)
    with pytest.raises(Refused, match="Set up an app or a passkey first"):
        RecoveryCode.renew(seeker)


# Between the two steps


def test_after_five_codes_that_do_not_fit_one_begins_again(set_up, seeker, pending):
    phone, waiting = set_up(seeker), pending(seeker)

    for _time in range(5):
        with pytest.raises(Invalid, match=WRONG):
            give_code(waiting, phone.wrong())
    with pytest.raises(Refused, match="tried too often"):
        give_code(waiting, phone.code())

    assert PendingSignIn.select().count() == 0


def test_codes_guessed_at_the_same_moment_are_no_more_than_five(set_up, seeker):
    phone, token = set_up(seeker), PendingSignIn.begin(seeker).token
    waiting = [PendingSignIn.find(token) for _time in range(12)]

    answers = at_once(*(lambda one=one: give_code(one, phone.wrong()) for one in waiting))

    assert len([answer for answer in answers if isinstance(answer, Invalid)]) == 5


# What follows when a factor changes


def elsewhere(member):
    """A browser, a link and a half-taken sign-in of this member."""
    SignIn.open(member)
    OneTimeLink.by_command(member)
    PendingSignIn.begin(member)


def ways_in(member):
    links = OneTimeLink.select().where(OneTimeLink.member == member, OneTimeLink.ends_at > in_days(0))
    rows = [table.select().where(table.member == member) for table in (SignIn, PendingSignIn)]
    return [query.count() for query in (*rows, links)]


def sets_up(member, phone):
    waiting = Authenticator.begin(member)
    waiting.confirm(member, Phone(waiting.shown_secret).code())


CHANGES = {
    "app_set": sets_up,
    "app_removed": lambda member, phone: Authenticator.of(member).remove(member),
    "codes_made": lambda member, phone: RecoveryCode.renew(member),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_ends_every_other_way_in_and_its_member_is_told(set_up, seeker, told, what):
    phone = set_up(seeker)
    elsewhere(seeker)
    SignIn.open(seeker)

    CHANGES[what](seeker, phone)

    assert ways_in(seeker) == [1, 0, 0]
    assert SignIn.get().id == seeker.sign_in.id
    assert told(seeker)[0] == f"member.{what}"


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_told_by_letter(set_up, seeker, what):
    phone = set_up(seeker)
    seeker.confirm_address(seeker.email)
    send_letters()

    CHANGES[what](seeker, phone)

    assert [(letter.kind, letter.address) for letter in Letter.select()] == [("factor_changed", seeker.email)]


# Whom the desk asks for it


@pytest.fixture
def asked(second, organizer):
    """Oscar, who was just appointed an organizer."""
    second.dismiss(organizer, reason="To be appointed again.")
    second.appoint(organizer)
    return second


def test_who_sets_up_or_is_appointed_has_seven_days(asked, seeker, organizer):
    seeker.make_owner(organizer)

    assert asked.factor_due == seeker.factor_due == in_days(FACTOR_DAYS)
    assert not asked.factor_overdue


def test_who_is_appointed_by_the_servers_command_has_seven_days_too(seeker):
    seeker.appoint_by_command()

    seeker.reload()
    assert seeker.factor_due == in_days(FACTOR_DAYS)


def test_who_has_a_factor_already_is_not_asked_when_appointed(set_up, seeker, organizer):
    set_up(seeker)

    seeker.appoint(organizer)

    assert seeker.factor_due is None


def test_an_organizer_who_becomes_an_owner_has_no_more_days(asked, organizer, wait):
    due = asked.factor_due
    wait(days=2)

    asked.make_owner(organizer)

    assert asked.factor_due == due


def test_who_is_dismissed_is_asked_no_more(asked, organizer):
    asked.dismiss(organizer, reason="Thank you.")

    assert asked.factor_due is None


def test_within_seven_days_an_organizer_acts(asked, wait, seeker):
    wait(days=FACTOR_DAYS, seconds=-1)

    assert Action.take(asked, seeker, "note", "spam", "Spoke on the phone.")


def test_afterwards_an_organizer_acts_only_with_a_factor(asked, wait, lead, seeker, set_up):
    dispute = lead(Claim, "disputed")
    wait(days=FACTOR_DAYS)

    for act in (
        lambda: dispute.decide(asked, decision="cancelled", reason="No job."),
        lambda: Action.take(asked, seeker, "note", "spam", "Spoke on the phone."),
    ):
        with pytest.raises(FactorNeeded):
            act()
    assert dispute.can("decide", asked)
    set_up(asked)

    dispute.decide(asked, decision="cancelled", reason="No job.")
    assert dispute.state == "cancelled"


def test_what_an_organizer_may_not_do_anyway_is_not_theirs_with_a_factor_either(asked, wait, lead):
    referral = lead(Referral, "removed")
    wait(days=FACTOR_DAYS)

    with pytest.raises(Refused) as refusal:
        referral.approve(asked)

    assert not isinstance(refusal.value, FactorNeeded)


def test_an_organizers_own_claims_and_postings_go_on(asked, wait, post, referral):
    wait(days=FACTOR_DAYS)

    own = post(by=asked)
    claim = Claim.request(referral, asked, "I build boats.", ["good_word"])
    own.fill(asked)
    claim.withdraw(asked)

    assert (own.state, claim.state) == ("filled", "withdrawn")


def test_who_removes_the_last_factor_is_asked_for_another_at_once(set_up, asked):
    set_up(asked)

    Authenticator.of(asked).remove(asked)

    assert asked.factor_overdue


# A lost factor


def test_another_owner_resets_a_lost_factor(set_up, second, organizer, told):
    set_up(second)
    elsewhere(second)

    second.reset_factor(organizer, reason="The phone fell into the lake.")

    assert not needs_factor(second)
    assert ways_in(second) == [0, 0, 0]
    assert told(second)[0] == "member.reset_factor"
    event = Event.get(Event.verb == "member.reset_factor")
    assert (event.member, event.actor, event.reason) == (second, organizer, "The phone fell into the lake.")
    assert second.factor_overdue


def test_a_reset_by_the_servers_command_is_told_by_letter(set_up, second):
    set_up(second)
    second.confirm_address(second.email)
    send_letters()

    second.reset_factor_by_command()

    assert [(letter.kind, letter.address) for letter in Letter.select()] == [("factor_changed", second.email)]


def test_a_member_who_is_no_organizer_is_not_asked_for_another(set_up, seeker, organizer):
    set_up(seeker)

    seeker.reset_factor(organizer, reason="Lost.")

    assert seeker.factor_due is None


def test_nobody_resets_their_own_factor(set_up, organizer):
    set_up(organizer)

    with pytest.raises(Refused, match="Another owner has to do this"):
        organizer.reset_factor(organizer, reason="Lost.")


@pytest.mark.parametrize("who", ["second", "rival", "seeker"])
def test_only_owners_reset_a_factor(set_up, seeker, request, who):
    set_up(seeker)

    with pytest.raises(NotYours):
        seeker.reset_factor(request.getfixturevalue(who), reason="Lost.")


def test_where_there_is_no_factor_there_is_nothing_to_reset(seeker, organizer):
    assert not seeker.can("reset_factor", organizer)
    with pytest.raises(Refused, match="Sami Seeker has no second step"):
        seeker.reset_factor(organizer, reason="Lost.")


def test_an_owner_resets_no_organizer_who_hears_an_appeal_about_them(set_up, second, organizer, seeker):
    set_up(second)
    action = Action.take(organizer, seeker, "warning", "spam", "Forty letters.")
    action.appeal(seeker, reason="It was four.")

    with pytest.raises(Refused, match="has an appeal about you to hear"):
        second.reset_factor(organizer, reason="Lost.")


def test_the_server_resets_the_last_owners_factor(app, set_up, organizer, told):
    set_up(organizer)

    answer = app.test_cli_runner().invoke(args=["member", "reset-factor", "Olga@example.org"])

    assert answer.exit_code == 0, answer.output
    assert "Olga Owner" in answer.output
    assert not needs_factor(organizer)
    assert told(organizer)[0] == "member.reset_factor_by_command"


@pytest.mark.parametrize(
    ("address", "says"),
    [("nobody@example.org", "No member has this address"), ("olga@example.org", "has no second step")],
)
def test_the_server_says_why_it_resets_nothing(app, organizer, address, says):
    answer = app.test_cli_runner().invoke(args=["member", "reset-factor", address])

    assert answer.exit_code == 1
    assert says in answer.output
