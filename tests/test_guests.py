"""Bringing the group along: a list of people, each invited once, and forgotten after a time."""

import io

import pytest
from cast import MONDAY, PASSWORD, newcomer
from racing import at_once

from models import (
    Action,
    Block,
    Guest,
    Invalid,
    Invitation,
    Letter,
    Member,
    NotYours,
    Refused,
    checked,
    db,
    purge,
    read_list,
    sweep,
    use_key,
)

pytestmark = [pytest.mark.time_machine(MONDAY, tick=False), pytest.mark.usefixtures("app")]

ADA = "Ada Ash, ada@example.org"


def invite(organizer, text=ADA, agreed=True, by_letter=True):
    return Guest.invite(organizer, text, agreed, by_letter)


def read(text):
    return [(line.name, line.email) for line in read_list(text)]


# Reading a list


@pytest.mark.parametrize(
    "text",
    [
        "Ada Ash, ada@example.org",
        "ada@example.org, Ada Ash",
        "Ada Ash;ada@example.org",
        "Ada Ash\tada@example.org",
        "Ada Ash <ada@example.org>",
        '"Ada Ash" <ada@example.org>',
        '"Ada Ash","ada@example.org"',
        "\ufeffName,Email\nAda Ash,ada@example.org",
        "Email;Vorname;Nachname;Ort\nada@example.org;Ada;Ash;Hamilton",
        "Ada,Ash,ada@example.org,604-555-0100",
        "\r\n Ada Ash , ada@example.org \r\n\r\n",
        "Ada Ash, mailto:ada@example.org",
        "sep=;\nName;Email\nAda Ash;ada@example.org",
        "Name;Email;Email 2\nAda Ash;ada@example.org;ash@example.org",
        "First Name,Last Name,Company Name,Username,Email\nAda,Ash,Harbour Works,ada99,ada@example.org",
    ],
)
def test_a_list_is_read_however_it_was_written(text):
    assert read(text) == [("Ada Ash", "ada@example.org")]


def test_a_mail_program_puts_many_on_one_line():
    assert read("Ada Ash <ada@example.org>, ben@example.org; ") == [
        ("Ada Ash", "ada@example.org"),
        ("", "ben@example.org"),
    ]


@pytest.mark.parametrize("text", ["", " \n\u200b\n", "\n".join(f"p{n}@example.org" for n in range(501))])
def test_nobody_and_too_many_are_no_list(text):
    with pytest.raises(Invalid):
        read_list(text)


def test_five_hundred_are_invited_at_once(organizer):
    assert invite(organizer, "\n".join(f"Person, p{n}@example.org" for n in range(500))) == 500
    assert Letter.select().count() == 500


def test_what_is_wrong_is_said_by_line(organizer, seeker):
    db.execute_sql("INSERT INTO block (kind, pattern, by_id, at) VALUES ('domain', 'bad.example', 1, '2026-01-01')")
    assert Block.keeps_out("x@bad.example")
    invite(organizer, "old@example.org")
    rows = ["fine@example.org", "Nobody", "x@", seeker.email, "Fine@Example.org", "x@bad.example", "old@example.org"]
    rows.append(f"{'x' * 81}, long@example.org")

    problems = {line.number: line.problem for line in checked(read_list("\n".join(rows)))}

    assert problems == {
        1: "",
        2: "There is no email address in this line.",
        3: "This does not look like an email address.",
        4: "They are here already.",
        5: "This address is in the list twice.",
        6: "Addresses of this domain cannot join here.",
        7: "They have been invited already.",
        8: "This name is too long.",
    }


# Inviting


def test_an_organizer_looks_a_list_through_and_invites(organizer, olga, app):
    app.config["GOLEM"].mailbox = object()
    olga.open("/desk/members")
    olga.follow("Bring your group along")
    page = olga.press("Look it through", people=f"{ADA}\nNobody at all")

    assert "Line 2: Nobody at all There is no email address in this line." in page.text
    assert Guest.select().count() == 0
    page = olga.press("Invite 1 person")
    assert (page.status, page.says("agreed-error")) == (
        422,
        "Please say that everyone on the list agreed to be invited.",
    )
    assert "Nobody at all" in page.typed("people")
    page = olga.press("Invite 1 person", agreed="yes")
    assert page.flash == "1 person is invited."
    assert "Ada Ash · the letter is on its way" in page.text


def test_a_file_is_read_too(organizer, browse, read):
    sent = {"file": (io.BytesIO("Name;Email\nZoë;zoe@example.org".encode("cp1252")), "list.csv"), "people": ""}

    page = read(browse(organizer).post("/desk/guests", data=sent))

    assert "Zoë · zoe@example.org" in page.text
    assert "Zoë;zoe@example.org" in page.typed("people")


def test_a_list_that_was_changed_after_the_look_is_looked_through_again(olga):
    olga.open("/desk/guests")
    olga.press("Look it through", people=ADA)

    page = olga.press("Invite 1 person", people="Ben, ben@example.org", agreed="yes")

    assert Guest.select().count() == 0
    assert "Ben · ben@example.org" in page.text


def test_pressed_twice_at_once_everyone_is_invited_once(organizer):
    at_once(lambda: invite(organizer), lambda: invite(organizer))

    assert [table.select().count() for table in (Guest, Invitation, Letter)] == [1, 1, 1]


def test_who_is_no_organizer_invites_nobody(seeker, unchanged):
    with unchanged(), pytest.raises(NotYours):
        invite(seeker)


def test_nobody_is_invited_while_the_door_is_closed(organizer, set_policy, unchanged):
    set_policy(joining="closed")

    with unchanged(), pytest.raises(Refused):
        invite(organizer)


def test_there_is_an_end_to_it_in_a_day(organizer):
    for start in (0, 500):
        invite(organizer, "\n".join(f"p{n}@example.org" for n in range(start, start + 500)), by_letter=False)

    with pytest.raises(Refused):
        invite(organizer)


# Coming


def test_who_comes_finds_name_and_address_filled_in(organizer, olga, walk):
    invite(organizer, by_letter=False)
    ada = walk()

    page = ada.open(f"/join/{Guest.get().token}")
    assert (page.typed("name"), page.typed("email")) == ("Ada Ash", "ada@example.org")
    ada.press("Join", password=PASSWORD, rules="1")

    assert Member.get(Member.email == "ada@example.org").invited_by == organizer
    page = olga.open("/desk/guests")
    assert "1 have come, 0 not yet." in page.text
    assert "Ada Ash · has come" in page.text


def test_a_list_stays_good_when_its_organizer_steps_down(organizer, second, walk):
    invite(second, by_letter=False)
    second.step_down(second)

    ada = walk()
    ada.open(f"/join/{Guest.get().token}")
    ada.press("Join", password=PASSWORD, rules="1")

    assert Member.get(Member.email == "ada@example.org").invited_by == second


def test_a_list_of_somebody_who_was_suspended_lets_nobody_in(organizer, second):
    invite(second)
    Action.take(organizer, second, "suspended", "spam", "A list of strangers.", days=30)

    with pytest.raises(Refused):
        Invitation.find(Guest.get().token)


def test_who_came_by_another_way_is_here_and_not_asked_again(organizer, walk, wait):
    invite(organizer, by_letter=False)
    newcomer("Ada Ash", organizer)
    wait(days=8)

    assert Guest.ask_again(organizer) == 0
    olga = walk(organizer)
    page = olga.open("/desk/guests")
    assert "1 have come, 0 not yet." in page.text
    assert "Ada Ash · has come" in page.text
    assert "Nobody is waiting for a card." in olga.open("/desk/guests/cards").text


def test_the_letter_to_somebody_who_came_meanwhile_finds_nobody(organizer):
    invite(organizer)
    newcomer("Ada Ash", organizer)

    assert Letter.get().find_addressee() is None


def test_whose_account_ends_is_on_no_list_any_more(organizer, wait):
    invite(organizer, by_letter=False)
    ada = newcomer("Ada Ash", organizer)
    ada.ask_to_leave(ada)
    wait(days=8)
    sweep()

    assert Guest.select().count() == 0
    assert all("ada@example.org" not in line for line in db.connection().iterdump())


def test_cards_hold_the_address_and_a_picture_of_it(organizer, olga):
    invite(organizer, by_letter=False)

    page = olga.open("/desk/guests/cards")

    assert f"/join/{Guest.get().token}" in page.text
    assert "<svg" in page.answer.text
    assert "no-store" in page.answer.headers["Cache-Control"]


def test_the_database_alone_does_not_open_the_door(organizer, database):
    invite(organizer)
    token = Guest.get().token

    assert all(token not in line for line in db.connection().iterdump())


def test_after_the_key_was_lost_a_guest_has_a_letter_with_a_link_again(organizer, wait):
    invite(organizer)
    use_key("another key")

    assert Guest.get().token is None
    assert Letter.get().find_addressee() is None
    Letter.get().drop()
    assert Guest.listed().get().status == "unsent"
    wait(days=8)
    Guest.ask_again(organizer)
    again = Letter.select().order_by(Letter.id.desc()).get()
    assert again.token(again.find_addressee()) == Guest.get().token
    assert Invitation.find(Guest.get().token)


# Asking again, and forgetting


def test_who_has_not_come_is_asked_again_once_a_week(organizer, wait):
    invite(organizer)
    wait(days=6)
    assert Guest.ask_again(organizer) == 0
    wait(days=1)

    assert (Guest.ask_again(organizer), Guest.ask_again(organizer)) == (1, 0)
    assert Letter.select().where(Letter.kind == "invited").count() == 2


def test_who_has_come_is_not_asked_again(organizer, wait):
    invite(organizer)
    Invitation.get().use()
    wait(days=8)

    assert Guest.ask_again(organizer) == 0


def test_who_was_taken_off_the_list_cannot_come(organizer, olga, walk):
    invite(organizer)
    token = Guest.get().token
    olga.open("/desk/guests")
    olga.press("Take off the list")

    assert Guest.select().count() == 0
    assert walk().open(f"/join/{token}").status == 409


def test_names_and_addresses_are_forgotten_after_a_month(organizer, wait):
    invite(organizer)
    wait(days=31)
    Letter.give_up_old()
    sweep()
    purge()

    assert Guest.select().count() == 0
    assert Invitation.get().state == "over"
    assert all("ada@example.org" not in line for line in db.connection().iterdump())


def test_invitations_of_a_list_do_not_fill_the_page_of_ones_own(organizer):
    invite(organizer)

    assert list(Invitation.of(organizer)) == []


# By letter


def test_a_letter_to_a_guest_that_may_have_been_sent_is_not_sent_again(organizer, wait):
    invite(organizer)
    assert Letter.claim()
    wait(minutes=11)

    assert Letter.claim() is None
    assert Guest.listed().get().status == "unsent"
    assert Letter.get().address == ""
