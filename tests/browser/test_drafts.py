"""What somebody is writing stays theirs: nothing typed is lost, and nothing is left for whoever comes next."""

import pytest

TEXT = "I know boats, and who builds them."


@pytest.fixture
def anna(person, seeker, claim):
    anna = person(seeker)
    anna.goes_to("/claims/1")
    return anna


def composer(who):
    return who.page.get_by_role("textbox", name="Write to")


def test_a_half_written_message_is_there_after_a_walk_through_the_site(anna):
    composer(anna).fill(TEXT)
    anna.goes_to("/claims")
    anna.page.go_back()

    assert composer(anna).input_value() == TEXT
    anna.goes_to("/notices")
    anna.goes_to("/claims/1")
    assert composer(anna).input_value() == TEXT


def test_what_was_sent_does_not_come_back(anna):
    composer(anna).fill(TEXT)
    anna.presses("Send")
    anna.sees(TEXT)

    assert composer(anna).input_value() == ""
    anna.goes_to("/claims/1")
    assert composer(anna).input_value() == ""


def test_after_signing_out_neither_back_nor_the_next_member_finds_anything(anna, helper):
    composer(anna).fill(TEXT)
    anna.goes_to("/account")
    anna.presses("Sign out")
    anna.is_told("You are signed out")

    anna.page.go_back()
    assert "anna" not in anna.page.content()
    assert anna.page.get_by_role("heading", name="Account").count() == 0
    assert anna.page.evaluate("sessionStorage.length") == 0
    anna.signs_in(helper.email)
    anna.goes_to("/claims/1")
    assert composer(anna).input_value() == ""


def test_a_message_whose_writer_was_signed_out_elsewhere_is_there_after_signing_in(anna, seeker):
    composer(anna).fill(TEXT)
    seeker.sign_ins.get().delete_instance()
    anna.page.evaluate("document.querySelector('form.composer').submit()")  # As a browser without htmx would.
    anna.goes_to("/sign-in")

    anna.signs_in(seeker.email)
    anna.goes_to("/claims/1")
    assert composer(anna).input_value() == TEXT
