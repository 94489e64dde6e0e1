"""Names: nobody is taken for somebody who looks after the community, and what somebody was called stays on record."""

from datetime import timedelta

import pytest
from cast import MONDAY, PASSWORD
from pages import words

from models import Action, Block, Claim, Community, Event, Invalid, Member, NotYours, Refused, log
from models.names import may_be_taken_for

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

# How somebody would try to be Olga Owner; the letters of the first three are Cyrillic and Greek.
LIKE_OLGA = [
    "Оlga Owner",
    "OLGA ОWNER",
    "Οlga Οwner",
    "0lga 0wner",
    "O1ga Owner",
    "Oıga Owner",
    "Ólga Öwner",
    "Olga\u200b Owner",
    "Ｏｌｇａ Ｏｗｎｅｒ",
    "𝓞𝓵𝓰𝓪 𝓞𝔀𝓷𝓮𝓻",
    "Olga Ovvner",
    "Owner, Olga",
    "OlgaOwner",
    "olga-owner",
    "Olga Owner (Helpdesk)",
]


@pytest.mark.parametrize("name", LIKE_OLGA)
def test_nobody_joins_with_a_name_like_an_organizers(name, organizer, unchanged):
    with unchanged(), pytest.raises(Invalid, match="like that of someone who looks after this community"):
        Member.join(name, "new@example.org", PASSWORD)


@pytest.mark.parametrize("name", ["Golem", "Go1em", "GОLEM", "Golem Support", "The Harbour Careers team"])
def test_nobody_joins_as_the_site_or_the_community(name, organizer, unchanged):
    Community.update(name="Harbour Careers").execute()

    with unchanged(), pytest.raises(Invalid, match="the site's own"):
        Member.join(name, "new@example.org", PASSWORD)


@pytest.mark.parametrize("name", ["Olga Other", "Oleg Owner", "Olga", "Owner", "Анна Иванова", "李小龍", "O’Hara"])
def test_others_join_with_the_name_that_they_have(name, organizer):
    assert Member.join(name, "new@example.org", PASSWORD).name == name


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Arne Holm", "Ame Holm", True),
        ("Bea", "Bea", True),
        ("Bea Ng", "Ng", False),
        ("", "", False),
        ("", "Al", False),
    ],
)
def test_names_are_compared_as_readers_do(one, other, alike):
    assert may_be_taken_for(one, other) == alike


def test_nobody_takes_an_organizers_name_later(seeker, organizer, unchanged):
    with unchanged(), pytest.raises(Invalid, match="like that of someone"):
        seeker.introduce(name="O1ga Owner")


def test_an_organizer_keeps_their_own_name(organizer):
    organizer.introduce(name="Olga Öwner", headline="I look after this.")

    assert Member.get_by_id(organizer.id).name == "Olga Öwner"


def test_the_owner_sees_who_could_be_taken_for_somebody_before_they_appoint(seeker, helper, organizer, walk):
    Member.update(name="Sаmi Seeker").where(Member.id == helper.id).execute()  # With a Cyrillic letter.

    page = walk(organizer).open(f"/desk/members/{seeker.id}")

    assert "these members could be taken for them" in words(page.part("member"))


# What somebody was called


def test_a_change_of_name_stays_on_record_for_the_desk_alone(seeker, organizer, rival, walk):
    seeker.introduce(name="Sami Sailor")

    event = seeker.names_before.get()
    assert (event.actor, event.reason) == (seeker, "“Sami Seeker” became “Sami Sailor”")
    assert "“Sami Seeker” became “Sami Sailor”" in words(
        walk(organizer).open(f"/desk/members/{seeker.id}").part("member")
    )
    assert event not in log(rival)


def test_saving_a_profile_with_the_same_name_is_no_change_of_it(seeker):
    seeker.introduce(name="Sami Seeker", headline="Boats")

    assert not seeker.names_before.exists()


def test_a_name_changes_three_times_in_ninety_days(seeker, unchanged, time_machine):
    for name in ("Sami One", "Sami Two", "Sami Three"):
        seeker.introduce(name=name)

    with unchanged(), pytest.raises(Invalid, match="changed several times"):
        seeker.introduce(name="Sami Four")
    time_machine.move_to(MONDAY + timedelta(days=91), tick=False)
    seeker.introduce(name="Sami Four")

    assert Member.get_by_id(seeker.id).name == "Sami Four"


# An organizer puts it right


def test_an_organizer_corrects_a_name_and_says_why(seeker, organizer, told, rival):
    seeker.correct_name(organizer, "Sami S. Seeker", reason="So that the two can be told apart.")

    assert Member.get_by_id(seeker.id).name == "Sami S. Seeker"
    assert told(seeker) == ["member.correct_name"]
    assert seeker.names_before.get().reason == "“Sami Seeker” became “Sami S. Seeker”"
    assert "Sami" not in log(rival).first().sentence_in_log


@pytest.mark.parametrize("name", ["", " \u200b ", "123", "x" * 81, "Olga Owner", "Sami Seeker", None])
def test_an_organizer_gives_nobody_a_name_that_is_none(name, seeker, organizer, unchanged):
    with unchanged(), pytest.raises(Invalid):
        seeker.correct_name(organizer, name, reason="It was wrong.")


def test_a_blocked_word_is_no_name(seeker, organizer, unchanged):
    Block.add(organizer, "word", "cryptoscam", [])

    with unchanged(), pytest.raises(Invalid, match="cannot be used"):
        seeker.correct_name(organizer, "Crypto-Scam Sami", reason="It was wrong.")


def test_members_correct_nobodys_name(seeker, rival, unchanged):
    with unchanged(), pytest.raises(NotYours):
        seeker.correct_name(rival, "Sami Sailor", reason="I know better.")


def test_an_owners_name_is_corrected_by_an_owner(organizer, second, unchanged):
    with unchanged(), pytest.raises(Refused, match="Only an owner"):
        organizer.correct_name(second, "Olga O. Owner", reason="It was mistyped.")

    second.make_owner(organizer)
    organizer.correct_name(Member.get_by_id(second.id), "Olga O. Owner", reason="It was mistyped.")
    assert Member.get_by_id(organizer.id).name == "Olga O. Owner"


def test_a_name_is_corrected_on_the_members_page(seeker, organizer, walk):
    olga = walk(organizer)
    olga.open(f"/desk/members/{seeker.id}")

    olga.press("Correct the name", name="Sami Sailor", reason="It was mistyped.")

    assert Member.get_by_id(seeker.id).name == "Sami Sailor"


# Whoever is silenced changes nothing that others read


@pytest.mark.parametrize("kind", ["silenced", "suspended", "banned"])
@pytest.mark.parametrize("column", ["name", "headline", "can_help"])
def test_whoever_is_silenced_changes_nothing_that_others_read(kind, column, seeker, organizer, unchanged):
    days = None if kind == "banned" else 7
    Action.take(organizer, seeker, kind, "spam", "Forty messages in a day.", days=days)

    with unchanged(), pytest.raises(NotYours, match="silenced"):
        seeker.introduce(**{column: "Look here instead"})


def test_whoever_is_silenced_can_still_say_who_reads_their_profile(seeker, organizer):
    Action.take(organizer, seeker, "silenced", "spam", "Forty messages in a day.", days=7)

    seeker.introduce(name="Sami Seeker", headline="", can_help="", in_tree=False)

    assert not Member.get_by_id(seeker.id).in_tree


def test_nobody_silenced_puts_thanks_on_their_profile(lead, helper, seeker, organizer, unchanged):
    claim = lead(Claim, "settled")
    claim.thank(seeker, "Thank you so much.", agreed=True)
    Action.take(organizer, helper, "silenced", "spam", "Forty messages in a day.", days=7)

    with unchanged(), pytest.raises(NotYours, match="silenced"):
        claim.show_thanks(helper)


def test_an_old_page_changes_no_name(seeker, organizer, unchanged):
    seeker.introduce(headline="Boats")

    seeker.expect(1)
    with unchanged(), pytest.raises(Refused):
        seeker.correct_name(organizer, "Sami Sailor", reason="It was mistyped.")


def test_a_former_member_leaves_no_name_behind(seeker, organizer, time_machine):
    seeker.introduce(name="Sami Sailor")
    seeker.ask_to_leave(seeker)
    time_machine.move_to(MONDAY + timedelta(days=8), tick=False)
    seeker.catch_up()

    assert Member.get_by_id(seeker.id).former
    assert Event.get(Event.verb == "member.rename").reason == ""
