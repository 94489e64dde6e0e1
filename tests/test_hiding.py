"""Who is hidden from whom: by workplace, by mail domain, by name, and for how long."""

import pytest
from cast import MONDAY, newcomer

from models import (
    HiddenFrom,
    Hiding,
    Invalid,
    Member,
    NotYours,
    Referral,
    Workplace,
    begin_hiding,
    db,
    hidden_from,
    hiding,
    renew_all_hiding,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


@pytest.fixture
def join(organizer):
    """Somebody new, by name, and where they work and write from."""

    def join(name, workplace="", email=None):
        member = newcomer(name, organizer)
        if email:
            member.take_address(email)
        if workplace:
            Workplace.say(member, workplace)
        return member

    return join


def entries(owner):
    return [(entry.kind, entry.name, entry.origin, entry.lifted) for entry in HiddenFrom.of(owner)]


@pytest.mark.parametrize(
    "spelling", ["HARBOUR WORKS", "Harbour Works Ltd.", "Works, Harbour", "Harbour Wroks Inc", "Harbourworks"]
)
def test_whoever_works_for_the_same_employer_finds_nothing_of_a_leaver(spelling, post, helper, join):
    colleague, stranger = join("Carl Colleague", spelling), join("Stella Stranger", "Bakery")

    referral = post(helper_named=False, employer_named=False)

    assert referral not in Referral.board(viewer=colleague)
    assert referral not in Referral.visible_to(colleague)
    assert referral in Referral.board(viewer=stranger)
    assert referral in Referral.visible_to(stranger)


def test_it_makes_no_difference_who_came_first(post, helper, join):
    referral = post()
    colleague = join("Carl Colleague")
    assert referral in Referral.board(viewer=colleague)

    Workplace.say(colleague, "Harbour Works")

    assert referral not in Referral.board(viewer=colleague)


def test_whoever_writes_from_the_employers_domain_works_there(post, helper, join):
    referral = post()

    boss = join("Bea Boss", email="bea@mail.harbour-works.example")

    assert hidden_from(helper, boss)
    assert referral not in Referral.visible_to(boss)


def test_ones_own_mail_domain_is_on_the_list_but_no_providers(join):
    leaver = join("Lea Leaver", email="lea@bluebird.example")
    colleague = join("Carl Colleague", email="carl@mail.bluebird.example")
    other = join("Otto Other", email="otto@gmail.com")
    another = join("Anna Another", email="anna@gmail.com")

    assert entries(leaver) == [("domain", "bluebird.example", "own", False)]
    assert hidden_from(leaver, colleague)
    assert not hidden_from(other, another)


def test_a_domain_that_many_members_use_is_nobodys_employer(join):
    neighbours = [join(f"Neighbour {number}", email=f"n{number}@village.example") for number in range(4)]
    assert hidden_from(neighbours[0], neighbours[1])

    join("Neighbour 4", email="n4@village.example")
    renew_all_hiding()

    assert not Hiding.select().exists()


def test_a_domain_that_somebody_asked_to_hide_from_hides_however_many_use_it(helper, join):
    colleagues = [join(f"Colleague {number}", email=f"c{number}@bluebird.example") for number in range(6)]

    HiddenFrom.add(helper, "domain", "bluebird.example")

    assert all(hidden_from(helper, colleague) for colleague in colleagues)


def test_many_colleagues_do_not_make_their_employer_nobodys(post, helper, join):
    colleagues = [join(f"Colleague {number}", email=f"c{number}@harbour-works.example") for number in range(6)]

    referral = post()

    assert not any(referral in Referral.visible_to(colleague) for colleague in colleagues)


@pytest.mark.parametrize("waiting", [{"state": "applicant"}, {"unconfirmed": True}])
def test_people_at_the_door_do_not_make_a_domain_nobodys(waiting, join):
    leaver = join("Lea Leaver", email="lea@bluebird.example")
    boss = join("Bea Boss", email="bea@bluebird.example")

    for number in range(20):
        email = f"n{number}@bluebird.example"
        Member.create(name="Nobody", email=email, password_hash=boss.password_hash, **waiting)
    renew_all_hiding()

    assert hidden_from(leaver, boss)


@pytest.mark.parametrize("domain", ["bluebird.example", "hr.bluebird.example", "mail.hr.bluebird.example"])
def test_branches_of_one_domain_are_one_employer(domain, join):
    leaver = join("Lea Leaver", email="lea@staff.bluebird.example")
    boss = join("Bea Boss", email=f"bea@{domain}")
    other = join("Otto Other", email="otto@staff.otherbird.example")

    assert hidden_from(leaver, boss)
    assert not hidden_from(leaver, other)


def test_others_who_change_something_meanwhile_are_not_overwritten(post, helper, join, monkeypatch):
    referral, colleague = post(), join("Carl Colleague", "Harbour Works")
    Hiding.delete().execute()
    present = hiding._present

    def meanwhile():
        monkeypatch.setattr(hiding, "_present", present)
        Workplace.update(name="Bakery").where(Workplace.member == colleague).execute()
        return present()

    monkeypatch.setattr(hiding, "_present", meanwhile)
    renew_all_hiding()

    assert referral in Referral.visible_to(colleague)


def test_a_workplace_that_was_left_goes_on_hiding_for_a_year(post, helper, join, wait):
    referral, colleague = post(), join("Carl Colleague", "Harbour Works")

    Workplace.say(colleague, "Bakery")
    assert referral not in Referral.visible_to(colleague)
    wait(days=364)
    renew_all_hiding()
    assert hidden_from(helper, colleague)

    wait(days=2)
    renew_all_hiding()

    assert not hidden_from(helper, colleague)


def test_a_workplace_changes_twice_in_ninety_days_and_no_more(join, wait):
    spy = join("Sly Spy", "One")
    Workplace.say(spy, "Two")
    Workplace.say(spy, "")
    Workplace.say(spy, "")  # Nothing changes.

    with pytest.raises(Invalid) as refusal:
        Workplace.say(spy, "Three")

    assert "employer" in refusal.value.problems
    assert Workplace.current(spy).name == ""
    wait(days=91)
    Workplace.say(spy, "Three")
    assert Workplace.current(spy).name == "Three"


def test_who_said_that_they_work_nowhere_changes_it_by_saying_where(join, wait):
    spy = join("Sly Spy")
    for name in ("", "One", "Two"):
        Workplace.say(spy, name)

    with pytest.raises(Invalid):
        Workplace.say(spy, "Three")


def test_the_desk_reads_what_is_first_said_long_after_joining(join, wait):
    honest, spy = join("Hana Honest", "Bakery"), join("Sly Spy")
    wait(days=2)

    Workplace.say(spy, "Harbour Works")

    assert [(row.member, row.name) for row in Workplace.changes()] == [(spy, "Harbour Works")]
    assert honest.employer == "Bakery"


@pytest.mark.parametrize("nobody", ["Self-employed", "n/a", "Étudiante", "arbeitslos", "無職", "-", "нет"])
def test_who_works_for_nobody_is_nobodys_colleague(nobody, post, helper, join):
    first, second = join("Fay First", nobody), join("Sue Second", nobody)

    referral = post(by=first, employer=nobody)

    assert referral in Referral.visible_to(second)
    assert entries(first) == []


def test_none_in_other_words_is_no_change(join):
    member = join("Mia Member", "Bakery")
    for nobody in ("", "none", "Self-employed", "retired", ""):
        Workplace.say(member, nobody)

    assert [row.name for row in Workplace.of(member)] == ["", "Bakery"]


def test_the_domain_of_a_former_address_goes_on_hiding_for_a_year(post, helper, join, wait):
    referral, boss = post(), join("Bea Boss", email="bea@harbourworks.example")

    boss.take_address("bea@gmail.com")
    assert referral not in Referral.visible_to(boss)
    wait(days=366)
    renew_all_hiding()

    assert referral in Referral.visible_to(boss)


def test_addresses_at_many_employers_cannot_be_tried_out(join, wait):
    spy = join("Sly Spy", email="spy@gmail.com")
    for domain in ("one.example", "hr.one.example", "gmail.com", "two.example", "gmail.com"):
        spy.take_address(f"spy@{domain}")

    for by_letter in (True, False):
        with pytest.raises(Invalid) as refusal:
            spy.change_address("spy@three.example", by_letter)
        assert "email" in refusal.value.problems

    wait(days=91)
    spy.take_address("spy@three.example")


def test_what_was_asked_for_and_became_ones_own_is_lifted_once(join):
    leaver = join("Lea Leaver")
    HiddenFrom.add(leaver, "employer", "Harbour Works")
    Workplace.say(leaver, "Harbour Works")

    HiddenFrom.of(leaver).get().lift(leaver)

    assert entries(leaver) == [("employer", "Harbour Works", "own", True)]


def test_another_spelling_of_ones_employer_is_no_change(join):
    member = join("Mia Member", "Harbour Works")
    for spelling in ("Harbour Works Ltd", "HARBOUR WORKS", "Harbour works"):
        Workplace.say(member, spelling)

    assert [row.name for row in Workplace.of(member)] == ["Harbour works"]


def test_a_posting_of_ones_own_does_not_tell_where_one_works(post, helper, rival):
    referral = post()

    post(by=rival, employer="Harbour Works")

    assert referral in Referral.visible_to(rival)


def test_a_member_on_the_list_finds_nothing_until_they_are_taken_off(post, helper, rival, seeker):
    referral = post()
    HiddenFrom.add(helper, "member", other=rival)
    assert referral not in Referral.visible_to(rival)
    assert referral in Referral.visible_to(seeker)

    entry = HiddenFrom.of(helper).where(HiddenFrom.other == rival).get()
    with pytest.raises(NotYours):
        entry.lift(rival)
    entry.lift(helper)

    assert referral in Referral.visible_to(rival)


def test_what_was_there_from_the_start_can_be_lifted_and_does_not_come_back(post, helper, join):
    referral, colleague = post(), join("Carl Colleague", "Harbour Works")
    entry = HiddenFrom.of(helper).where(HiddenFrom.kind == "employer").get()

    entry.lift(helper)
    post()

    assert entries(helper) == [("employer", "Harbour Works", "own", True)]
    assert referral in Referral.visible_to(colleague)


@pytest.mark.parametrize(
    ("kind", "typed"), [("employer", "…"), ("domain", "nothing"), ("domain", "gmail.com"), ("member", "")]
)
def test_what_is_no_employer_and_no_domain_is_refused_with_a_sentence(kind, typed, helper):
    with pytest.raises(Invalid):
        HiddenFrom.add(helper, kind, typed)

    assert entries(helper) == []


def test_an_organizer_who_works_there_does_not_see_it_at_the_desk(post, helper, second):
    Workplace.say(second, "Harbour Works")

    referral = post()

    assert referral not in Referral.visible_to(second)


def test_renewing_one_by_one_comes_to_the_same_as_renewing_all(post, helper, join):
    join("Carl Colleague", "Harbour Works")
    post()
    join("Bea Boss", "Harbour Works", email="bea@harbourworks.example")
    join("Lea Leaver", email="lea@harbourworks.example")
    pairs = set(Hiding.select(Hiding.owner, Hiding.viewer).tuples())

    assert len(pairs) >= 4
    assert renew_all_hiding() == 0
    with db.atomic():
        Hiding.delete().execute()
    assert renew_all_hiding() == len(pairs)
    assert set(Hiding.select(Hiding.owner, Hiding.viewer).tuples()) == pairs


def test_after_the_update_that_brought_lists_everybody_has_one(post, helper, join):
    colleague, referral = join("Carl Colleague", "Harbour Works"), post()
    HiddenFrom.delete().execute()
    Hiding.delete().execute()

    begin_hiding()

    assert entries(helper) == [("employer", "Harbour Works", "own", False)]
    assert referral not in Referral.visible_to(colleague)


def test_who_joined_before_the_lists_began_leaves_nobody_without_one(post, helper, join):
    colleague, referral = join("Carl Colleague", "Harbour Works"), post()
    HiddenFrom.delete().execute()
    Hiding.delete().execute()
    newer = join("Nora Newer", "Bakery")

    begin_hiding()
    assert entries(newer)
    renew_all_hiding()

    assert referral not in Referral.visible_to(colleague)


def test_whose_account_has_ended_is_in_no_pair(post, helper, join, wait):
    colleague = join("Carl Colleague", "Harbour Works")
    post()
    assert hidden_from(helper, colleague)

    colleague.ask_to_leave(colleague)
    wait(days=8)
    colleague.catch_up()

    assert Member.get_by_id(colleague.id).state == "former"
    assert not Hiding.select().exists()
