"""Who is here: joining, passwords, browsers that are signed in, and links that work once."""

import pytest
from argon2 import PasswordHasher
from cast import MONDAY, PASSWORD

from models import LINK_DAYS, SIGN_IN_DAYS, Invalid, Member, NotYours, OneTimeLink, Refused, SignIn, db, in_days, now

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
        Member.join("Nia New", "nia@example.org", "x" * 9)

    assert set(problem.value.problems) == {"password"}
    assert Member.join("Nia New", "nia@example.org", "x" * 10)


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

    here.change_password(PASSWORD, ANOTHER)

    assert SignIn.member_for(here.get_id()) == seeker
    assert SignIn.member_for(elsewhere.get_id()) is None
    assert Member.by_password("sami@example.org", ANOTHER) == seeker


def test_a_new_password_signs_nobody_else_out(signed_in, rival):
    other = SignIn.open(rival).sign_in.token

    signed_in().change_password(PASSWORD, ANOTHER)

    assert SignIn.member_for(other) == rival


@pytest.mark.parametrize(("old", "new", "field"), [(ANOTHER, ANOTHER, "old"), (PASSWORD, "short", "password")])
def test_a_password_changes_with_the_old_one_and_for_a_good_one(old, new, field, signed_in, unchanged):
    member = signed_in()

    with unchanged(), pytest.raises(Invalid) as problem:
        member.change_password(old, new)

    assert set(problem.value.problems) == {field}


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

    for _ in range(3):
        wait(days=SIGN_IN_DAYS, seconds=-1)
        assert SignIn.member_for(token)
    wait(days=SIGN_IN_DAYS)

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


def test_a_link_lets_a_member_in_once_with_a_new_password(seeker, organizer, signed_in):
    elsewhere = signed_in()
    token = OneTimeLink.for_member(seeker, organizer)

    OneTimeLink.find("sign_in", token).sign_in_with(ANOTHER)

    assert Member.by_password("sami@example.org", ANOTHER) == seeker
    assert SignIn.member_for(elsewhere.sign_in.token) is None
    with pytest.raises(Refused, match="used or is too old"):
        OneTimeLink.find("sign_in", token)


def test_a_link_that_was_open_in_two_tabs_works_in_one(seeker, organizer, unchanged):
    token = OneTimeLink.for_member(seeker, organizer)
    first, second = (OneTimeLink.find("sign_in", token) for _ in range(2))
    first.sign_in_with(ANOTHER)

    with unchanged(), pytest.raises(Refused, match="just been used"):
        second.sign_in_with("a third long password")


def test_a_weak_password_does_not_spend_the_link(seeker, organizer, unchanged):
    token = OneTimeLink.for_member(seeker, organizer)

    with unchanged(), pytest.raises(Invalid):
        OneTimeLink.find("sign_in", token).sign_in_with("short")

    assert OneTimeLink.find("sign_in", token).member == seeker


def test_a_link_works_for_three_days(seeker, organizer, wait):
    token = OneTimeLink.for_member(seeker, organizer)
    assert OneTimeLink.get(OneTimeLink.member == seeker).ends_at == in_days(LINK_DAYS)

    wait(days=LINK_DAYS, seconds=-1)
    assert OneTimeLink.find("sign_in", token)
    wait(seconds=1)
    with pytest.raises(Refused, match="too old"):
        OneTimeLink.find("sign_in", token)


@pytest.mark.parametrize("purpose", ["setup", "", "nonsense"])
def test_a_link_works_for_its_purpose_alone(purpose, seeker, organizer):
    token = OneTimeLink.for_member(seeker, organizer)

    with pytest.raises(Refused):
        OneTimeLink.find(purpose, token)


def test_the_database_does_not_hold_what_is_in_the_link(seeker, organizer):
    token = OneTimeLink.for_member(seeker, organizer)

    assert token not in "".join(db.connection().iterdump())
    assert OneTimeLink.get(OneTimeLink.member == seeker).made_by == organizer


def test_members_make_no_links(seeker, rival, unchanged):
    with unchanged(), pytest.raises(NotYours):
        OneTimeLink.for_member(rival, seeker)
    with unchanged(), pytest.raises(NotYours):
        OneTimeLink.for_member(seeker, seeker)


def test_only_an_owner_makes_a_link_for_an_owner(organizer, second, unchanged):
    with unchanged(), pytest.raises(NotYours, match="Only an owner"):
        OneTimeLink.for_member(organizer, second)

    assert OneTimeLink.for_member(second, second)
    assert OneTimeLink.for_member(organizer, organizer)


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
