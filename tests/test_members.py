"""Who is here: joining, passwords, browsers that are signed in, and links that work once."""

import pytest
from argon2 import PasswordHasher
from cast import MONDAY, PASSWORD, newcomer

from models import (
    IDLE_DAYS,
    LINK_HOURS,
    SETTING_A_PASSWORD,
    SHORTEST_PASSWORD,
    SIGNING_IN,
    Action,
    Block,
    Invalid,
    Letter,
    Member,
    NotYours,
    OneTimeLink,
    PendingSignIn,
    Refused,
    SignIn,
    db,
    now,
    passwords,
    send_letters,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

ANOTHER = "another long password"


@pytest.fixture
def signed_in(seeker):
    """The seeker, as they come back with a browser that is signed in."""

    def signed_in(browser="Lynx"):
        return SignIn.member_for(SignIn.open(Member.get_by_id(seeker.id), browser).sign_in.token)

    return signed_in


# Joining


def test_whoever_joins_is_a_member_and_no_more(organizer):
    newcomer = Member.join("Nia New", "Nia.New@Example.ORG", PASSWORD)

    fresh = Member.get_by_id(newcomer.id)
    assert (fresh.name, fresh.email, fresh.role, fresh.joined_at) == ("Nia New", "nia.new@example.org", "member", now())
    assert not fresh.organizer
    assert PASSWORD not in fresh.password_hash


@pytest.mark.parametrize("email", ["sami@example.org", "SAMI@EXAMPLE.ORG", " sami@example.org"])
def test_an_address_joins_once(email, seeker, unchanged):
    with unchanged(), pytest.raises(Invalid) as problem:
        Member.join("Somebody Else", email.strip(), PASSWORD)

    assert set(problem.value.problems) == {"email"}


@pytest.mark.parametrize("email", ["", "sami", "sami@", "@example.org", "a b@example.org", "sami@example", "x" * 300])
def test_an_address_looks_like_one(email, organizer, unchanged):
    with unchanged(), pytest.raises(Invalid) as problem:
        Member.join("Nia New", email, PASSWORD)

    assert set(problem.value.problems) == {"email"}


def test_a_password_has_ten_characters(organizer, unchanged):
    with unchanged(), pytest.raises(Invalid) as problem:
        Member.join("Nia New", "nia@example.org", "three grey"[:9])

    assert set(problem.value.problems) == {"password"}
    assert Member.join("Nia New", "nia@example.org", "three grey")


# Passwords


@pytest.mark.parametrize("email", ["sami@example.org", " Sami@Example.org "])
def test_a_member_comes_in_with_address_and_password(email, seeker):
    assert Member.by_password(email, PASSWORD) == seeker


@pytest.mark.parametrize(
    ("email", "password"), [("sami@example.org", ANOTHER), ("nobody@example.org", PASSWORD), ("", "")]
)
def test_nobody_learns_which_of_the_two_was_wrong(email, password, seeker):
    with pytest.raises(Invalid) as problem:
        Member.by_password(email, password)

    assert problem.value.problems == {"password": "That address and password do not go together. Try again."}


def test_a_member_whose_hash_cannot_be_read_does_not_come_in(seeker):
    Member.update(password_hash="plain").execute()

    with pytest.raises(Invalid):
        Member.by_password("sami@example.org", "plain")


def test_an_old_hash_is_made_anew_on_the_way_in(seeker):
    weak = PasswordHasher(memory_cost=8, time_cost=1, parallelism=1).hash(PASSWORD)
    Member.update(password_hash=weak).where(Member.id == seeker.id).execute()

    Member.by_password("sami@example.org", PASSWORD)

    assert Member.get_by_id(seeker.id).password_hash != weak
    assert Member.by_password("sami@example.org", PASSWORD) == seeker


def test_a_new_password_signs_every_other_browser_out(signed_in, seeker):
    here, elsewhere = signed_in(), signed_in()

    here.change_password(ANOTHER)

    assert SignIn.member_for(here.get_id()) == seeker
    assert SignIn.member_for(elsewhere.get_id()) is None
    assert Member.by_password("sami@example.org", ANOTHER) == seeker


def test_a_new_password_signs_nobody_else_out(signed_in, rival):
    other = SignIn.open(rival).sign_in.token

    signed_in().change_password(ANOTHER)

    assert SignIn.member_for(other) == rival


def test_a_password_changes_with_the_present_one_and_for_a_good_one(signed_in, unchanged):
    member = signed_in()

    with unchanged(), pytest.raises(Invalid) as wrong:
        member.confirm(ANOTHER, field="old")
    with unchanged(), pytest.raises(Invalid) as weak:
        member.change_password("short")

    assert (set(wrong.value.problems), set(weak.value.problems)) == ({"old"}, {"password"})


COMMON = "Many people use this password"
GUESSABLE = "This is made of your name, your address or our name"


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("1234567890", COMMON),
        ("Qwertyuiop", COMMON),
        ("passwordpassword2026!", COMMON),
        ("xxxxxxxxxxxx", COMMON),
        ("abababababab", COMMON),
        ("NiaNewington1", GUESSABLE),
        ("newington-nia-99", GUESSABLE),
        ("nia@example.org", GUESSABLE),
        ("junctionjobcircle", GUESSABLE),
        ("Golem-Toronto-1", GUESSABLE),
        ("x" * 201, "Please keep this under 200 characters."),
    ],
)
def test_what_others_would_guess_is_no_password(password, sentence, organizer, unchanged):
    with unchanged(), pytest.raises(Invalid, match=sentence) as problem:
        Member.join("Nia Newington", "nia@example.org", password)

    assert set(problem.value.problems) == {"password"}


@pytest.mark.parametrize(
    "password", ["three grey herons", "nia likes herons", "パスワードは秘密です鷺", "kx7-q0z-m4v", "ab" * 5 + "cdefgh"]
)
def test_no_rule_says_what_a_password_is_made_of(password, organizer):
    assert Member.join("Nia Newington", "nia@example.org", password)


def test_the_common_passwords_are_enough_of_those_that_are_long_enough():
    assert len(passwords.common_passwords()) == 30_000
    assert min(map(len, passwords.common_passwords())) == SHORTEST_PASSWORD


ACCENTED, APART = "caf\u00e9 at noon", "cafe\u0301 at noon"


def test_a_password_is_the_same_however_a_keyboard_sends_its_accents(organizer):
    nia = Member.join("Nia New", "nia@example.org", APART)

    assert Member.by_password("nia@example.org", ACCENTED) == nia
    assert Member.by_password("nia@example.org", APART) == nia


def test_a_password_kept_as_it_was_typed_still_works_and_is_kept_anew(organizer, seeker):
    Member.update(password_hash=passwords.hasher.hash(APART)).where(Member.id == seeker.id).execute()

    assert Member.by_password(seeker.email, APART) == seeker
    assert Member.by_password(seeker.email, ACCENTED) == seeker


# Addresses


@pytest.mark.parametrize(
    ("joined", "typed"),
    [
        ("anna@xn--mller-kva.de", "anna@xn--mller-kva.de"),
        ("anna@xn--mller-kva.de", "Anna@Müller.de"),
        ("bea@bücher.de", "bea@xn--bcher-kva.de"),
        ("nia@example.org\u200b", "nia@example.org"),
        ("nia@example.org", "\ufeffnia@example.org\u200b\u2060\u200e "),
    ],
)
def test_who_joined_with_an_address_comes_back_with_it_however_it_is_typed(joined, typed, organizer):
    member = Member.join("Anna Ash", joined, PASSWORD)

    assert Member.by_password(typed, PASSWORD) == member
    with pytest.raises(Invalid):
        Member.join("Anna Ash", typed, PASSWORD)


@pytest.mark.parametrize("domain", ["müller.example.de", "xn--mller-kva.example.de", "@Müller.example.de"])
def test_a_domain_is_kept_out_in_both_of_its_spellings(domain, organizer):
    Block.add(organizer, "domain", domain, [])

    for address in ("a@müller.example.de", "a@xn--mller-kva.example.de"):
        with pytest.raises(Invalid, match="cannot join"):
            Member.join("Anna Ash", address, PASSWORD)


def test_an_address_changes_at_once_where_there_is_no_mail(seeker, signed_in, organizer):
    here, elsewhere, token = signed_in(), signed_in(), OneTimeLink.for_member(seeker, organizer)

    assert here.change_address("Sami@New.example.org", by_letter=False)

    assert Member.by_password("sami@new.example.org", PASSWORD) == seeker
    assert SignIn.member_for(here.get_id()) == seeker
    assert SignIn.member_for(elsewhere.get_id()) is None
    assert not works(token)
    assert Letter.select().count() == 0


def test_the_old_address_is_told_of_the_new_one(seeker, organizer):
    send_letters()

    seeker.correct_address(organizer, "sami@new.example.org", reason="Mistyped.")

    assert [(letter.kind, letter.address) for letter in Letter.select()] == [("address_changed", "sami@example.org")]


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_new_password_is_told_to_an_address_that_was_confirmed(seeker, confirmed):
    send_letters()
    if confirmed:
        seeker.confirm_address(seeker.email)

    seeker.change_password(ANOTHER)

    told = [(letter.kind, letter.address) for letter in Letter.select()]
    assert told == [("password_changed", "sami@example.org")] * confirmed


def test_without_mail_no_letter_tells_of_a_new_password(seeker):
    seeker.confirm_address(seeker.email)

    seeker.change_password(ANOTHER)

    assert Letter.select().count() == 0


def test_where_there_is_mail_the_new_address_waits_for_its_letter(seeker, rival):
    assert not seeker.change_address("sami@new.example.org", by_letter=True)
    assert not seeker.change_address(rival.email, by_letter=True)

    assert Member.get_by_id(seeker.id).email == "sami@example.org"
    assert [letter.kind for letter in Letter.select()] == ["new_address"] * 2

    seeker.take_address("sami@new.example.org", confirmed=True)
    assert Member.get_by_id(seeker.id).confirmed_at == now()


def test_two_members_do_not_share_an_address(seeker, rival, organizer, unchanged):
    with unchanged(), pytest.raises(Invalid, match="Somebody else has this address"):
        seeker.change_address(rival.email, by_letter=False)
    with unchanged(), pytest.raises(Invalid, match="Somebody else has this address"):
        seeker.correct_address(organizer, rival.email, reason="Mistyped.")


def test_an_organizer_puts_an_address_right_and_says_why(seeker, organizer, second, told, unchanged):
    seeker.correct_address(second, "sami.right@example.org", reason="A typing error.")

    assert Member.get_by_id(seeker.id).email == "sami.right@example.org"
    assert told(seeker)[0] == "member.correct_address"
    for member in (organizer, newcomer("Otto Organizer", organizer, role="organizer")):
        with unchanged(), pytest.raises(Refused, match="below your rank"):
            member.correct_address(second, "other@example.org", reason="No.")


# What organizers and the server can do


def test_an_organizer_signs_a_member_out_everywhere(seeker, organizer, second, signed_in, told, unchanged):
    browser = signed_in()

    with unchanged(), pytest.raises(Invalid):
        seeker.end_sessions(second)
    seeker.end_sessions(second, reason="Your telephone was stolen.")

    assert SignIn.member_for(browser.get_id()) is None
    assert told(seeker)[0] == "member.end_sessions"
    with unchanged(), pytest.raises(Refused, match="below your rank"):
        organizer.end_sessions(second, reason="No.")


def test_browsers_end_after_ninety_days_however_much_they_are_used(signed_in, wait):
    token = signed_in().get_id()

    for _ in range(4):
        wait(days=20)
        assert SignIn.member_for(token)
    wait(days=10)

    assert SignIn.member_for(token) is None


@pytest.mark.parametrize(
    ("role", "shared", "hours"), [("organizer", False, 12), ("owner", False, 12), ("member", True, 2)]
)
def test_organizers_and_shared_computers_are_signed_out_within_hours(role, shared, hours, seeker, wait):
    Member.update(role=role).where(Member.id == seeker.id).execute()
    token = SignIn.open(Member.get_by_id(seeker.id), shared=shared).sign_in.token

    for _ in range(3):
        wait(hours=hours, minutes=-1)
        assert SignIn.member_for(token)
    wait(hours=hours)

    assert SignIn.member_for(token) is None


def test_a_new_sign_in_takes_the_place_of_the_one_before_in_that_browser(seeker, signed_in):
    before = signed_in()

    after = SignIn.enter(Member.get_by_id(seeker.id), replacing=before.sign_in)

    assert SignIn.member_for(before.get_id()) is None
    assert [row.id for row in SignIn.of(seeker)] == [after.sign_in.id]


def test_who_has_just_shown_that_it_is_them_is_not_asked_again_for_ten_minutes(signed_in, wait):
    member = signed_in()

    wait(minutes=10)
    assert not member.sign_in.confirmed
    member.confirm(PASSWORD)
    wait(minutes=9)

    assert member.sign_in.confirmed


# Browsers


def test_a_browser_that_is_signed_in_brings_its_member(signed_in, seeker):
    member = signed_in("Lynx/2.9")

    assert member == seeker
    assert (member.sign_in.browser, member.sign_in.opened_at) == ("Lynx/2.9", now())
    assert member.get_id() == member.sign_in.token
    assert member.is_authenticated


def test_the_database_does_not_hold_what_is_in_the_cookie(signed_in):
    token = signed_in().sign_in.token

    assert token not in "".join(db.connection().iterdump())


def test_a_browser_with_an_endless_name_is_cut_short(signed_in):
    assert signed_in("x" * 10_000).sign_in.browser == "x" * 255


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 10_000, "🙂"])
def test_a_cookie_that_was_made_up_brings_nobody(token, signed_in):
    signed_in()

    assert SignIn.member_for(token) is None


def test_a_browser_that_signed_out_brings_nobody(signed_in):
    here, elsewhere = signed_in(), signed_in()

    here.sign_in.close()

    assert SignIn.member_for(here.sign_in.token) is None
    assert SignIn.member_for(elsewhere.sign_in.token)


def test_a_browser_is_forgotten_after_a_month_without_a_visit(signed_in, wait):
    token = signed_in().sign_in.token

    for _ in range(2):
        wait(days=IDLE_DAYS, seconds=-1)
        assert SignIn.member_for(token)
    wait(days=IDLE_DAYS)

    assert SignIn.member_for(token) is None


def test_a_visit_is_noted_once_an_hour(signed_in, wait, unchanged):
    token = signed_in().sign_in.token

    wait(hours=1)
    with unchanged():
        SignIn.member_for(token)
    wait(seconds=1)
    SignIn.member_for(token)

    assert SignIn.get().seen_at == now()


# Links


@pytest.fixture
def comes_with(seeker):
    """Somebody opens this link and chooses a password."""

    def comes_with(token, password=ANOTHER, purposes=SETTING_A_PASSWORD):
        link = OneTimeLink.find(purposes, token)
        return SignIn.enter(link.member, "Lynx", link=link, password_hash=link.member.new_password(password))

    return comes_with


def works(token, purposes=tuple(LINK_HOURS)):
    try:
        return OneTimeLink.find(purposes, token)
    except Refused:
        return None


def test_a_link_lets_a_member_in_once_with_a_new_password(seeker, organizer, signed_in, comes_with):
    elsewhere = signed_in()
    token = OneTimeLink.for_member(seeker, organizer)

    here = comes_with(token)

    assert Member.by_password("sami@example.org", ANOTHER) == seeker
    assert SignIn.member_for(elsewhere.get_id()) is None
    assert SignIn.member_for(here.get_id()) == seeker
    with pytest.raises(Refused, match="used or is too old"):
        comes_with(token)


def test_a_link_that_was_open_in_two_tabs_works_in_one(seeker, organizer, unchanged):
    token = OneTimeLink.for_member(seeker, organizer)
    first, second = (OneTimeLink.find("sign_in", token) for _ in range(2))
    SignIn.enter(first.member, link=first)

    with unchanged(), pytest.raises(Refused, match="just been used"):
        SignIn.enter(second.member, link=second, password_hash="x")


def test_a_weak_password_does_not_spend_the_link(seeker, organizer, unchanged, comes_with):
    token = OneTimeLink.for_member(seeker, organizer)

    with unchanged(), pytest.raises(Invalid):
        comes_with(token, "short")

    assert works(token).member == seeker


@pytest.mark.parametrize("purpose", ["sign_in", "reset", "mailed", "confirm", "address"])
def test_a_link_works_for_its_hours_and_no_longer(purpose, seeker, organizer, wait):
    made_by_hand = purpose == "sign_in"
    token = OneTimeLink.for_member(seeker, organizer) if made_by_hand else OneTimeLink.to_mail(seeker, purpose)

    wait(hours=LINK_HOURS[purpose], seconds=-1)
    assert works(token)
    wait(seconds=1)
    assert not works(token)


def test_what_signs_somebody_in_works_for_a_day_at_most():
    assert all(LINK_HOURS[purpose] <= 24 for purpose in SIGNING_IN)


@pytest.mark.parametrize("purpose", ["setup", "", "nonsense", "reset", "confirm"])
def test_a_link_works_for_its_purpose_alone(purpose, seeker, organizer):
    token = OneTimeLink.for_member(seeker, organizer)

    with pytest.raises(Refused):
        OneTimeLink.find(purpose, token)


def test_the_database_does_not_hold_what_is_in_the_link(seeker, organizer):
    token = OneTimeLink.for_member(seeker, organizer)

    assert token not in "".join(db.connection().iterdump())
    assert token.isalnum()
    assert OneTimeLink.get(OneTimeLink.member == seeker).made_by == organizer


def test_members_make_no_links(seeker, rival, unchanged):
    with unchanged(), pytest.raises(NotYours):
        OneTimeLink.for_member(rival, seeker)
    with unchanged(), pytest.raises(NotYours):
        OneTimeLink.for_member(seeker, seeker)


def test_only_an_owner_makes_a_link_for_an_organizer_and_another_for_an_owner(organizer, second, unchanged):
    other = newcomer("Otto Organizer", organizer, role="organizer")
    for member in (organizer, other, second):
        with unchanged(), pytest.raises(NotYours):
            OneTimeLink.for_member(member, second)
    with unchanged(), pytest.raises(NotYours, match="Another owner"):
        OneTimeLink.for_member(organizer, organizer)

    assert OneTimeLink.for_member(second, organizer)
    second.make_owner(organizer)
    assert OneTimeLink.for_member(organizer, second)


def test_an_owner_makes_no_link_for_the_organizer_who_hears_an_appeal_against_them(
    organizer, second, seeker, unchanged
):
    action = Action.take(organizer, seeker, "warning", "spam", "Forty messages.")
    token = OneTimeLink.for_member(second, organizer)
    action.appeal(seeker, reason="I meant well.")

    with unchanged(), pytest.raises(NotYours, match="Only the server"):
        OneTimeLink.for_member(second, organizer)
    assert not works(token)
    assert works(OneTimeLink.by_command(second))

    action.keep(second, reason="It stands.")
    assert OneTimeLink.for_member(second, organizer)


def test_a_link_of_an_organizer_who_was_dismissed_lets_nobody_in(seeker, organizer, second, comes_with, unchanged):
    token = OneTimeLink.for_member(seeker, second)
    opened = OneTimeLink.find("sign_in", token)
    second.dismiss(organizer, reason="Thank you.")

    with unchanged(), pytest.raises(Refused):
        comes_with(token)
    opened.made_by.reload()
    with unchanged(), pytest.raises(Refused):
        SignIn.enter(seeker, link=opened)


def test_a_link_of_an_organizer_who_is_suspended_lets_nobody_in(seeker, organizer, second):
    token = OneTimeLink.for_member(seeker, second)
    Action.take(organizer, second, "suspended", "spam", "A month away.", days=30)

    assert not works(token)


@pytest.mark.parametrize("role", ["appoint", "make_owner", "dismiss"])
def test_a_new_role_ends_every_open_link(role, seeker, second, organizer, use):
    member = second if role == "dismiss" else seeker
    tokens = [OneTimeLink.for_member(member, organizer), OneTimeLink.to_mail(member, "reset")]

    use(member, role, actor=organizer)

    assert [token for token in tokens if works(token)] == []


def test_a_new_password_ends_every_open_link(seeker, rival, organizer):
    tokens = [OneTimeLink.for_member(seeker, organizer), OneTimeLink.to_mail(seeker, "confirm")]
    other = OneTimeLink.for_member(rival, organizer)

    seeker.change_password(ANOTHER)

    assert [token for token in tokens if works(token)] == []
    assert works(other)


def test_a_link_made_by_hand_takes_the_place_of_the_others(seeker, organizer, second):
    mailed, older = OneTimeLink.to_mail(seeker, "reset"), OneTimeLink.for_member(seeker, organizer)
    newer = OneTimeLink.for_member(seeker, second)

    assert [works(token) is not None for token in (mailed, older, newer)] == [False, False, True]


def test_a_stranger_who_asks_for_letters_ends_no_link_that_an_organizer_made(seeker, organizer):
    by_hand, first = OneTimeLink.for_member(seeker, organizer), OneTimeLink.to_mail(seeker, "reset")
    second = OneTimeLink.to_mail(seeker, "reset")

    assert [works(token) is not None for token in (by_hand, first, second)] == [True, False, True]


def test_the_member_sees_until_they_dismiss_it_who_made_the_link_and_when_it_was_used(
    seeker, organizer, comes_with, wait
):
    token = OneTimeLink.for_member(seeker, organizer)
    assert list(OneTimeLink.to_tell(seeker)) == []

    wait(minutes=5)
    comes_with(token)
    told = OneTimeLink.to_tell(seeker).get()
    OneTimeLink.dismiss(seeker)

    assert (told.made_by, told.used_at) == (organizer, now())
    assert list(OneTimeLink.to_tell(seeker)) == []


# Waiting for the second factor


def test_who_owes_the_second_factor_is_not_signed_in_and_uses_nothing_up(seeker, organizer, signed_in):
    elsewhere, token = signed_in(), OneTimeLink.for_member(seeker, organizer)
    link = OneTimeLink.find("sign_in", token)

    pending = PendingSignIn.begin(seeker, "Lynx", "/claims", link=link, password_hash=seeker.new_password(ANOTHER))

    assert SignIn.member_for(pending.token) is None
    assert SignIn.member_for(elsewhere.get_id()) == seeker
    assert works(token)
    assert Member.by_password("sami@example.org", PASSWORD) == seeker

    member = PendingSignIn.find(pending.token).complete()

    assert SignIn.member_for(member.get_id()) == seeker
    assert SignIn.member_for(elsewhere.get_id()) is None
    assert not works(token)
    assert Member.by_password("sami@example.org", ANOTHER) == seeker
    with pytest.raises(Refused):
        PendingSignIn.find(pending.token)


def test_a_sign_in_waits_ten_minutes_for_its_factor(seeker, wait):
    pending = PendingSignIn.begin(seeker)

    wait(minutes=10, seconds=-1)
    assert PendingSignIn.find(pending.token) == pending
    wait(seconds=1)
    with pytest.raises(Refused, match="sign in again"):
        PendingSignIn.find(pending.token)
    PendingSignIn.begin(seeker)
    assert PendingSignIn.select().count() == 1


def test_a_new_password_ends_what_waits_for_its_factor(seeker):
    pending = PendingSignIn.begin(seeker)

    seeker.change_password(ANOTHER)

    with pytest.raises(Refused):
        PendingSignIn.find(pending.token)


# Setting up


def test_a_new_setup_link_takes_the_place_of_the_old(database):
    old, new = OneTimeLink.for_setup(), OneTimeLink.for_setup()

    with pytest.raises(Refused):
        OneTimeLink.find("setup", old)
    assert OneTimeLink.find("setup", new)


# Finding


def test_owners_are_organizers_too(organizer, second, helper):
    assert list(Member.organizers()) == [organizer, second]
    assert [member.organizer for member in (organizer, second, helper)] == [True, True, False]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", "hana olga rosa sami"),
        ("  ", "hana olga rosa sami"),
        ("sami", "sami"),
        ("SEEK sam", "sami"),
        ("hana@", "hana"),
        ("example.org r", "hana olga rosa sami"),
        ("sami rosa", ""),
        ("%", ""),
        ("_", ""),
        ("'; DROP TABLE member --", ""),
    ],
)
def test_members_are_found_by_name_and_address(words, found, seeker, helper, rival):
    assert [member.email.split("@")[0] for member in Member.search(words)] == found.split()


def test_a_member_says_who_they_are(seeker):
    seeker.introduce(name="Sami Sailor", headline="Boats", can_help="I mend sails.")

    fresh = Member.get_by_id(seeker.id)
    assert (fresh.name, fresh.headline, fresh.can_help) == ("Sami Sailor", "Boats", "I mend sails.")


def test_a_member_read_again_is_who_they_were(signed_in, seeker):
    member = signed_in()
    Member.update(name="Sami Sailor").where(Member.id == seeker.id).execute()

    member.reload()

    assert member.name == "Sami Sailor"
