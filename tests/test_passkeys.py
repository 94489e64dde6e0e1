"""Passkeys: for whom they sign, that each challenge counts once, and which answers are turned down."""

import json

import pytest
from cast import MONDAY
from racing import at_once, through
from security_key import SecurityKey

from models import (
    Challenge,
    Party,
    Passkey,
    PendingSignIn,
    RecoveryCode,
    Refused,
    SignIn,
    give_passkey,
    needs_factor,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

HOST = "jobs.example.org"
PARTY = Party(HOST, f"https://{HOST}", "Junction Job Circle")
DOES_NOT_FIT = "This passkey does not fit"


@pytest.fixture
def add():
    """This member adds a passkey, held by this security key."""

    def add(member, key, name="My phone", party=PARTY):
        challenge, options = Passkey.offer(member, party)
        answer = key.create(options)
        return Passkey.add(member, name, answer, Challenge.take(challenge.token, "add", member), party)

    return add


@pytest.fixture
def key():
    return SecurityKey(PARTY.origin)


def used(key, member=None, party=PARTY):
    """The passkey that answers to a challenge for this member, or for whoever it says is there."""
    purpose = "second_step" if member else "sign_in"
    challenge, options = Passkey.ask(purpose, party, member)
    answer = key.get(options)
    return Passkey.used(answer, Challenge.take(challenge.token, purpose, member), party)


# Adding


def test_a_passkey_is_a_second_step_and_brings_recovery_codes(seeker, key, add, told):
    SignIn.open(seeker)
    SignIn.open(type(seeker).get_by_id(seeker.id))

    codes = add(seeker, key)

    assert needs_factor(seeker)
    assert len(codes) == RecoveryCode.left(seeker).count() == 10
    assert told(seeker)[0] == "member.passkey_added"
    assert [row.id for row in SignIn.select()] == [seeker.sign_in.id]


def test_one_member_has_several_and_each_key_holds_one_of_them(seeker, key, add):
    add(seeker, key)
    stick = SecurityKey(PARTY.origin)

    assert add(seeker, stick, "Blue key") is None

    assert [passkey.name for passkey in Passkey.of(seeker)] == ["My phone", "Blue key"]
    assert len(stick.options["excludeCredentials"]) == 1
    assert stick.handle == key.handle
    assert used(stick, seeker).name == "Blue key"


def test_a_passkey_belongs_to_one_member(seeker, rival, key, add):
    add(seeker, key)

    with pytest.raises(Refused, match="in use already"):
        add(rival, key)


def test_what_a_passkey_is_told_of_its_member_is_random(seeker, key, add):
    add(seeker, key)

    assert len(key.handle) == 32
    assert seeker.email.encode() not in key.handle


def test_there_is_an_end_to_passkeys(seeker, add, monkeypatch):
    monkeypatch.setattr("models.passkeys.MOST_PASSKEYS", 2)
    for _number in range(2):
        add(seeker, SecurityKey(PARTY.origin))

    with pytest.raises(Refused, match="Remove one first"):
        add(seeker, SecurityKey(PARTY.origin))


@pytest.mark.parametrize(
    "origin", ["https://evil.example", f"http://{HOST}", f"https://{HOST}:8443", f"https://a.{HOST}"]
)
def test_a_page_elsewhere_adds_none(seeker, add, origin):
    with pytest.raises(Refused, match=DOES_NOT_FIT):
        add(seeker, SecurityKey(origin))

    assert not needs_factor(seeker)


@pytest.mark.parametrize(
    "answer", ["", "x", "null", "[]", "{}", "[" * 100_000, '{"id": 1}', '{"id": "a", "rawId": "a"}']
)
def test_what_no_browser_would_answer_is_turned_down(seeker, key, add, answer):
    challenge, _options = Passkey.offer(seeker, PARTY)
    with pytest.raises(Refused, match=DOES_NOT_FIT):
        Passkey.add(seeker, "x", answer, challenge, PARTY)

    add(seeker, key)
    challenge, _options = Passkey.ask("second_step", PARTY, seeker)
    with pytest.raises(Refused, match=DOES_NOT_FIT):
        Passkey.used(answer, challenge, PARTY)


def test_an_answer_that_was_cut_or_changed_anywhere_is_turned_down(seeker, key, add):
    add(seeker, key)
    challenge, options = Passkey.ask("sign_in", PARTY)
    whole = json.loads(key.get(options))

    for name, value in whole["response"].items():
        for wrong in (value[:-6], value[:10], "", value[::-1], None):
            with pytest.raises(Refused, match=DOES_NOT_FIT):
                Passkey.used(json.dumps(whole | {"response": whole["response"] | {name: wrong}}), challenge, PARTY)


# Using


def test_a_passkey_says_by_itself_who_is_there(seeker, rival, key, add):
    add(rival, SecurityKey(PARTY.origin))
    add(seeker, key)

    assert used(key).member == seeker
    assert key.options["allowCredentials"] == []
    assert key.options["userVerification"] == "required"


def test_without_a_password_it_has_to_ask_for_a_finger_a_face_or_a_pin(seeker, add):
    key = SecurityKey(PARTY.origin, verifies=False)
    add(seeker, key)

    assert used(key, seeker).member == seeker
    with pytest.raises(Refused, match=DOES_NOT_FIT):
        used(key)


def test_a_copy_of_a_key_is_found_out_by_its_counter(seeker, key, add):
    add(seeker, key)
    used(key, seeker)
    used(key, seeker)
    assert Passkey.get().sign_count == 2

    key.count = 1
    with pytest.raises(Refused, match=DOES_NOT_FIT):
        used(key, seeker)

    assert used(key, seeker).member == seeker


def test_a_key_that_does_not_count_works_again_and_again(seeker, add):
    key = SecurityKey(PARTY.origin, counts=False)
    add(seeker, key)

    assert [used(key, seeker).member for _time in range(3)] == [seeker] * 3


def test_an_answer_counts_once(seeker, add):
    key = SecurityKey(PARTY.origin, counts=False)
    add(seeker, key)
    challenge, options = Passkey.ask("sign_in", PARTY)
    answer = key.get(options)

    def come_in():
        return Passkey.used(answer, Challenge.take(challenge.token, "sign_in"), PARTY) and "done"

    assert len(through(at_once(*[come_in] * 8))) == 1


@pytest.mark.parametrize("how", ["late", "another browser", "another purpose", "another member"])
def test_a_challenge_is_for_one_browser_one_purpose_and_five_minutes(seeker, rival, how, wait):
    challenge, _options = Passkey.ask("second_step", PARTY, seeker)
    token, purpose, member = challenge.token, "second_step", seeker
    if how == "late":
        wait(minutes=5)
    elif how == "another browser":
        token = Passkey.ask("second_step", PARTY, seeker)[0].token[::-1]
    elif how == "another purpose":
        purpose, member = "sign_in", None
    else:
        member = rival

    with pytest.raises(Refused, match="That took too long"):
        Challenge.take(token, purpose, member)


def test_old_challenges_are_cleared_away(wait):
    for _number in range(3):
        Challenge.make("sign_in")
        wait(minutes=10)

    assert Challenge.select().count() == 1


def test_the_answer_to_another_challenge_is_turned_down(seeker, key, add):
    add(seeker, key)
    _first, options = Passkey.ask("second_step", PARTY, seeker)
    second, _options = Passkey.ask("second_step", PARTY, seeker)

    with pytest.raises(Refused, match=DOES_NOT_FIT):
        Passkey.used(key.get(options), second, PARTY)


def test_nobody_comes_in_with_somebody_elses_passkey(seeker, rival, key, add):
    add(seeker, SecurityKey(PARTY.origin))
    add(rival, key)
    waiting = PendingSignIn.find(PendingSignIn.begin(seeker).token)
    challenge, options = Passkey.ask("second_step", PARTY, seeker)

    with pytest.raises(Refused, match=DOES_NOT_FIT):
        give_passkey(waiting, key.get(options), challenge, PARTY)

    assert SignIn.select().where(SignIn.member == seeker).count() == 0


def test_a_key_that_names_another_member_is_turned_down(seeker, key, add):
    add(seeker, key)
    key.handle = b"x" * 32

    with pytest.raises(Refused, match=DOES_NOT_FIT):
        used(key)


def test_a_passkey_of_an_earlier_address_is_not_offered_and_does_not_fit(seeker, key, add):
    add(seeker, key)
    moved = Party("circle.example.org", "https://circle.example.org", "Junction Job Circle")
    key.origin = moved.origin

    with pytest.raises(Refused, match=DOES_NOT_FIT):
        used(key, seeker, moved)

    assert key.options["allowCredentials"] == []


# Removing


def test_a_passkey_that_was_removed_signs_nobody_in(seeker, key, add, told):
    add(seeker, key)

    Passkey.get().remove(seeker)

    assert not needs_factor(seeker)
    assert RecoveryCode.select().count() == 0
    assert told(seeker)[0] == "member.passkey_removed"
    with pytest.raises(Refused, match=DOES_NOT_FIT):
        used(key)
