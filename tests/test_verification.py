"""How members are checked, how it ages, and what others read of it."""

import sqlite3

import pytest
from cast import MONDAY, newcomer
from racing import at_once, press, through

from models import (
    Action,
    Check,
    Event,
    HiddenFrom,
    Invalid,
    Letter,
    Member,
    NotYours,
    OneTimeLink,
    Referral,
    Refused,
    TooOften,
    Verification,
    Vouch,
    Workplace,
    hidden_from,
    lift_quotas,
    purge,
    renew_all_hiding,
    sweep,
    today,
    use_key,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

WORK = "boat.builder@harbour-works.example"


@pytest.fixture(autouse=True)
def key():
    use_key("a key of the tests")


@pytest.fixture
def checked(organizer):
    """Makes this member one whom an organizer knows."""

    def checked(member, employer=""):
        Verification.know(organizer, member, employer)
        return member

    return checked


@pytest.fixture
def asked(seeker):
    """The seeker asks to be vouched for."""
    return Verification.find(Verification.ask_to_be_vouched_for(seeker))


@pytest.fixture
def confirm():
    """The member asks for a letter to their work address, and uses its link."""

    def confirm(member, email=WORK):
        Verification.ask_by_letter(member, email)
        token = written(Letter.select().order_by(Letter.id.desc()).get())
        waiting, link = Verification.find_by_letter(member, token)
        waiting.confirm(member, link)
        return waiting

    return confirm


def written(letter):
    """The token in a letter that was sent just now."""
    letter._claim()
    token = letter.token(letter.find_addressee())
    letter.sent()
    return token


def read(referral, member):
    return Referral.get_by_id(referral.id).seen_by(member).check


# By an organizer


def test_an_organizer_who_knows_the_person_is_enough(organizer, post, seeker, helper, told):
    referral = post(helper_named=False, employer_named=False)
    assert read(referral, seeker) is None
    assert referral.seen_by(seeker).checked is None

    Verification.know(organizer, helper)

    assert read(referral, seeker) == Check(today().replace(day=1), by_organizer=True)
    assert referral.seen_by(seeker).checked == today().replace(day=1)
    assert told(helper)[0] == "verification.know"
    assert helper.check == Check(today().replace(day=1), by_organizer=True)


def test_nobody_checks_themselves_and_only_organizers_check(organizer, helper, seeker):
    with pytest.raises(NotYours):
        Verification.know(organizer, organizer)
    with pytest.raises(NotYours):
        Verification.know(helper, seeker)

    assert not Verification.select().exists()


def test_who_is_not_a_member_yet_is_not_checked(organizer):
    nina = Member.create(name="Nina", email="nina@example.org", password_hash="x", state="applicant")

    with pytest.raises(Refused):
        Verification.know(organizer, nina)


def test_of_two_organizers_who_press_at_once_one_gets_through(organizer, second, helper):
    answers = at_once(
        lambda: Verification.know(organizer, helper) and "done", lambda: Verification.know(second, helper) and "done"
    )

    assert len(through(answers)) == 1
    assert Verification.in_force().count() == 1


def test_what_is_a_year_old_can_be_said_again(organizer, helper, wait):
    Verification.know(organizer, helper)
    wait(days=366)

    Verification.know(organizer, helper)

    assert [row.state for row in Verification.of(helper)] == ["in_force", "ended"]


def test_an_organizer_takes_it_back_with_a_reason_that_the_member_reads(organizer, helper, seeker, post, told):
    Verification.know(organizer, helper)
    row = Verification.get()

    row.revoke(organizer, reason="It was somebody else.")

    assert told(helper)[0] == "verification.revoke"
    (shown,) = Verification.shown_to(helper, helper)
    assert (shown.state, shown.reason) == ("ended", "It was somebody else.")
    assert read(post(), seeker) is None
    with pytest.raises(NotYours):
        row.revoke(seeker, reason="No.")


def test_a_member_ends_what_says_how_they_were_checked(organizer, helper, rival):
    Verification.know(organizer, helper)
    row = Verification.get()

    with pytest.raises(NotYours):
        row.give_up(rival)
    row.give_up(helper)

    assert helper.check is None


# How it ages


def test_after_twelve_months_it_reads_worked_there(organizer, post, seeker, helper, wait):
    Verification.see_document(organizer, helper, "Harbour Works")
    referral = post(connection="works_there", last_day=None)
    assert not read(referral, seeker).past

    wait(days=365)
    assert not read(referral, seeker).past
    wait(days=1)

    assert read(referral, seeker).past
    assert [row.past for row in Verification.shown_to(helper, helper)] == [True]


def test_after_the_last_day_of_the_posting_it_reads_worked_there(organizer, post, seeker, helper, wait):
    Verification.see_document(organizer, helper, "Harbour Works Ltd")
    referral = post()

    wait(days=30)
    assert not read(referral, seeker).past
    wait(days=1)

    assert read(referral, seeker).past
    assert [row.past for row in Verification.shown_to(helper, helper)] == [True]


def test_knowing_the_person_says_nothing_of_a_workplace_however_old(organizer, post, seeker, helper, wait):
    Verification.know(organizer, helper)
    referral = post()

    wait(days=400)

    assert not read(referral, seeker).past
    assert [row.past for row in Verification.shown_to(helper, helper)] == [False]


def test_who_works_elsewhere_worked_there(organizer, post, seeker, helper):
    Workplace.say(helper, "Harbour Works")
    Verification.see_document(organizer, helper, "Harbour Works")
    referral = post()

    Workplace.say(helper, "HARBOUR WORKS LTD")
    assert not read(referral, seeker).past
    Workplace.say(helper, "Bakery")

    assert Verification.get().state == "left"
    assert read(referral, seeker).past


def test_a_document_of_another_employer_is_no_check_of_this_one(organizer, post, seeker, helper):
    Verification.see_document(organizer, helper, "Bakery")

    assert read(post(employer="Harbour Works"), seeker) is None
    assert read(post(employer="Harbour Works", connection="knows_of"), seeker) is not None


# Vouching


def test_the_second_of_two_verified_members_makes_it_count(asked, seeker, helper, rival, checked, told):
    asked.vouch(checked(helper))
    assert asked.state == "asked"
    assert seeker.check is None

    asked.vouch(checked(rival))

    assert (asked.state, asked.given_on) == ("in_force", today())
    assert seeker.check == Check(today().replace(day=1), by_organizer=False)
    assert told(seeker)[:2] == ["verification.vouch"] * 2


def test_nobody_vouches_for_themselves_or_twice(asked, seeker, helper, checked):
    checked(helper)
    checked(seeker)

    with pytest.raises(NotYours):
        asked.vouch(seeker)
    asked.vouch(helper)
    with pytest.raises(Refused):
        asked.vouch(helper)

    assert asked.state == "asked"
    assert Vouch.select().count() == 1


def test_who_was_not_checked_cannot_vouch(asked, helper):
    with pytest.raises(Refused) as refusal:
        asked.vouch(helper)

    assert str(refusal.value) == "Only members who were checked themselves can vouch."


def test_two_who_vouch_at_once_both_count(asked, helper, rival, checked):
    checked(helper)
    checked(rival)

    answers = at_once(press(asked, "vouch", helper), press(asked, "vouch", rival))

    assert answers == ["done", "done"]
    asked.reload()
    assert asked.state == "in_force"


def test_one_who_vouches_twice_at_once_counts_once(asked, helper, checked):
    checked(helper)

    answers = at_once(press(asked, "vouch", helper), press(asked, "vouch", helper))

    assert len(through(answers)) == 1
    asked.reload()
    assert asked.state == "asked"


def test_a_voice_counts_no_more_once_whoever_gave_it_is_not_checked(asked, helper, rival, second, organizer, checked):
    asked.vouch(checked(helper))
    Verification.get(Verification.member == helper).revoke(organizer, reason="It was somebody else.")

    asked.vouch(checked(rival))
    assert asked.state == "asked"
    assert Vouch.select().count() == 2
    asked.vouch(checked(second))

    assert asked.state == "in_force"


def test_what_two_have_said_stays_when_one_of_them_is_no_longer_checked(asked, helper, rival, organizer, checked):
    asked.vouch(checked(helper))
    asked.vouch(checked(rival))

    Verification.get(Verification.member == helper).revoke(organizer, reason="It was somebody else.")
    asked.reload()

    assert asked.state == "in_force"


def test_the_voice_of_somebody_suspended_does_not_count(asked, helper, rival, organizer, checked):
    asked.vouch(checked(helper))
    Action.take(organizer, helper, "suspended", "spam", "A month away.", days=30)

    asked.vouch(checked(rival))

    assert asked.state == "asked"


def test_a_link_to_vouch_ends_after_a_month_and_with_the_next(seeker, wait):
    first = Verification.ask_to_be_vouched_for(seeker)
    token = Verification.ask_to_be_vouched_for(seeker)
    with pytest.raises(Refused):
        Verification.find(first)

    wait(days=31)

    with pytest.raises(Refused):
        Verification.find(token)
    assert {row.state for row in Verification.select()} == {"ended"}


def test_a_script_that_asks_again_and_again_has_to_wait(seeker):
    lift_quotas(False)
    for _time in range(5):
        Verification.ask_to_be_vouched_for(seeker)

    with pytest.raises(TooOften):
        Verification.ask_to_be_vouched_for(seeker)


# A work address


def test_the_link_of_the_letter_counts_and_keeps_domain_hash_and_day(helper, post, seeker, confirm, database):
    Workplace.say(helper, "Harbour Works")

    row = confirm(helper)

    assert (row.state, row.domain, row.employer, row.given_on) == (
        "in_force",
        "harbour-works.example",
        "Harbour Works",
        today(),
    )
    assert read(post(), seeker) == Check(today().replace(day=1), by_organizer=False)
    assert not traces_of(WORK, database)


def traces_of(address, database):
    """The rows in which the address, or the part before its domain, stands somewhere."""
    with sqlite3.connect(database) as copy:
        rows = list(copy.iterdump())
    return [row for row in rows if address in row or f"'{address.partition('@')[0]}" in row]


def test_a_letter_that_waits_in_vain_leaves_no_address_behind(helper, database, wait):
    Verification.ask_by_letter(helper, WORK)
    assert traces_of(WORK, database)

    wait(days=5)
    sweep()

    assert not traces_of(WORK, database)
    assert Verification.get().state == "ended"


@pytest.mark.parametrize("end", ["refused", "given up", "interrupted", "too late", "asked anew", "given up by hand"])
def test_however_the_letter_ends_it_leaves_no_address(end, helper, database, wait):
    Verification.ask_by_letter(helper, WORK)
    letter = Letter.get()
    if end == "refused":
        letter._claim()
        letter.refused("refused", f"550 nobody called {WORK}")
    elif end == "given up":
        letter._claim()
        wait(days=3)
        letter.failed("later", "450 boat.builder is away")
    elif end == "interrupted":
        for _time in range(3):
            wait(hours=7)
            letter.reload()
            letter._claim()
    elif end == "too late":
        wait(days=4, hours=-1)
        Letter.give_up_old()
    elif end == "asked anew":
        Verification.ask_by_letter(helper, "another@harbour-works.example")
    else:
        Verification.get().give_up(helper)

    assert not traces_of(WORK, database)


def test_a_link_that_nobody_used_leaves_no_address(helper, database, wait):
    Verification.ask_by_letter(helper, WORK)
    token = written(Letter.get())
    assert not traces_of(WORK, database)

    wait(days=2)

    with pytest.raises(Refused):
        Verification.find_by_letter(helper, token)


@pytest.mark.parametrize("email", ["hana@gmail.com", "hana at work", ""])
def test_what_is_no_work_address_is_refused_beside_the_field(email, helper):
    with pytest.raises(Invalid) as refusal:
        Verification.ask_by_letter(helper, email)

    assert "email" in refusal.value.problems
    assert not Letter.select().exists()


def test_nobody_learns_that_a_work_address_is_somebodys_already(helper, rival, seeker, confirm):
    confirm(helper)
    seeker.take_address("sami@yard.example")

    for taken in (WORK, "Boat.Builder+2@Harbour-Works.example", "sami@yard.example"):
        assert Verification.ask_by_letter(rival, taken) is None
        assert Verification.of(rival).first().state == "asked"

    assert Letter.select().where(Letter.member == rival).count() == 0
    Verification.ask_by_letter(rival, "rosa@harbour-works.example")
    assert Letter.select().where(Letter.member == rival).count() == 1


def test_one_work_address_checks_one_member_at_a_time(helper, rival, confirm):
    Verification.ask_by_letter(rival, WORK)
    token = written(Letter.get())
    waiting, link = Verification.find_by_letter(rival, token)
    first = confirm(helper)

    with pytest.raises(Refused) as refusal:
        waiting.confirm(rival, link)

    assert str(refusal.value) == "This link has been used or is too old. Ask an organizer for a new one."
    first.give_up(helper)
    waiting.confirm(rival, OneTimeLink.get_by_id(link.id))
    assert waiting.state == "in_force"


def test_of_two_who_confirm_one_address_at_once_one_gets_through(helper, rival):
    presses = []
    for member in (helper, rival):
        Verification.ask_by_letter(member, WORK)
        waiting, link = Verification.find_by_letter(member, written(Letter.select().order_by(Letter.id.desc()).get()))
        presses.append(press(waiting, "confirm", member, link))

    answers = at_once(*presses)

    assert len(through(answers)) == 1
    assert Verification.in_force().count() == 1


def test_somebody_else_cannot_use_the_link_of_a_letter(helper, rival):
    Verification.ask_by_letter(helper, WORK)
    token = written(Letter.get())

    with pytest.raises(Refused):
        Verification.find_by_letter(rival, token)


def test_the_letter_to_one_address_confirms_no_other(helper, confirm):
    Verification.ask_by_letter(helper, WORK)
    first = written(Letter.get())
    Verification.ask_by_letter(helper, "hana@yard.example")

    with pytest.raises(Refused):
        Verification.find_by_letter(helper, first)


def test_few_letters_go_to_one_work_address_whoever_asks(organizer):
    for name in ("Anna", "Bea", "Cora", "Dora"):
        Verification.ask_by_letter(newcomer(name, organizer), WORK)

    assert Letter.select().count() == 3


def test_one_confirms_the_same_address_again_after_a_year(helper, confirm, wait):
    confirm(helper)
    wait(days=366)

    confirm(helper)

    assert [row.state for row in Verification.of(helper)] == ["in_force", "ended"]


# What follows from it for hiding


@pytest.mark.parametrize("how", ["document", "known", "letter"])
def test_where_somebody_was_checked_counts_as_their_workplace(how, organizer, post, helper, rival, confirm):
    post(helper_named=False, employer_named=False)
    assert not hidden_from(helper, rival)

    if how == "letter":
        confirm(rival, "rosa@harbour-works.example")
    else:
        (Verification.know if how == "known" else Verification.see_document)(organizer, rival, "Harbour Works Inc.")

    assert hidden_from(helper, rival)
    name = "harbour-works.example" if how == "letter" else "Harbour Works Inc."
    assert name in [entry.name for entry in HiddenFrom.of(rival)]
    assert renew_all_hiding() == 0


def test_ending_it_shows_nothing_for_a_year(organizer, post, helper, rival, wait):
    post()
    Verification.see_document(organizer, rival, "Harbour Works")

    Verification.get().give_up(rival)
    renew_all_hiding()
    assert hidden_from(helper, rival)
    wait(days=366)
    purge()
    renew_all_hiding()

    assert not hidden_from(helper, rival)
    assert not Verification.select().exists()


def test_organizers_of_that_employer_read_neither_how_nor_where(organizer, second, helper, post):
    Workplace.say(second, "Harbour Works")
    Verification.see_document(organizer, helper, "Harbour Works")

    assert Verification.shown_to(helper, second) == []
    assert len(Verification.shown_to(helper, organizer)) == 1
    with pytest.raises(NotYours):
        Verification.get().revoke(second, reason="No.")


def test_members_do_not_read_how_another_was_checked(organizer, helper, seeker):
    Verification.see_document(organizer, helper, "Harbour Works")

    assert Verification.shown_to(helper, seeker) == []


# The end of an account


def test_with_an_account_goes_all_that_checked_it(asked, seeker, helper, rival, organizer, checked, wait):
    asked.vouch(checked(helper))
    asked.vouch(checked(rival))
    checked(seeker)

    seeker.ask_to_leave(seeker)
    wait(days=8)
    sweep()

    assert not Verification.select().where(Verification.member == seeker).exists()
    assert not Vouch.select().exists()
    assert Event.select().where(Event.verb == "verification.vouch").count() == 2
