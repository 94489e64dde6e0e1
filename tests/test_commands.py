"""What whoever works on the server does about members: also where nobody can sign in any more."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cast import PASSWORD

from models import Event, Member, SignIn, db

HERE = Path(__file__).parent.parent


@pytest.fixture
def command(app):
    """Runs a command of `flask --app golem`, and returns what it prints."""

    def command(*words, fails=False):
        result = app.test_cli_runner().invoke(args=words)
        assert (result.exit_code != 0) == fails, result.output
        return result.output

    return command


def test_the_only_owner_who_forgot_the_password_comes_back(organizer, command, walk, browse):
    elsewhere = browse(organizer)
    printed = command("member", "link", " Olga@Example.org")

    olga = walk()
    olga.open(re.search("/sign-in/[A-Za-z0-9]+", printed)[0])
    page = olga.press("Save and sign in", password="three grey herons")

    assert "Somebody signed in here with a link that was made on the server" in page.text
    assert olga.open("/desk").address == "/desk"
    assert elsewhere.get("/claims").status_code == 303
    assert "A sign-in link for a member was made by the server's command" in olga.open("/log").text


def test_a_member_becomes_an_organizer_and_an_owner(organizer, seeker, command, told):
    assert "Sami Seeker is an organizer now." in command("member", "appoint", seeker.email)
    assert Member.get_by_id(seeker.id).role == "organizer"
    assert "Sami Seeker is an owner now." in command("member", "appoint", seeker.email, "--owner")

    assert Member.get_by_id(seeker.id).role == "owner"
    assert told(seeker) == ["member.appoint_by_command"] * 2
    assert Event.select().where(Event.verb == "member.appoint_by_command", Event.actor.is_null()).count() == 2


def test_who_is_not_let_in_yet_is_given_no_role(organizer, command):
    Member.join("Nia New", "nia@example.org", PASSWORD, state="applicant")

    assert "is not a member at present" in command("member", "appoint", "nia@example.org", fails=True)


def test_a_member_is_signed_out_of_every_browser(seeker, browse, command, told):
    browser = browse(seeker)

    assert "1 browsers were signed out." in command("member", "end-sessions", seeker.email)

    assert browser.get("/claims").status_code == 303
    assert told(seeker) == ["member.end_sessions_by_command"]
    assert SignIn.of(seeker) == []


def test_who_looks_after_the_site_is_listed(organizer, second, seeker, command):
    few, everybody = command("member", "list"), command("member", "list", "--all")

    assert "olga@example.org  owner" in few
    assert "oscar@example.org  organizer" in few
    assert seeker.email not in few
    assert seeker.email in everybody


@pytest.mark.parametrize("words", [("link",), ("appoint",), ("end-sessions",)])
def test_an_address_that_nobody_has_is_a_sentence(words, organizer, command):
    assert "No member has this address." in command("member", *words, "nobody@example.org", fails=True)


@pytest.fixture
def written_by(database):
    """Runs a command in a process of its own, and returns what it has written to stderr."""

    def written_by(*words):
        db.close()
        command = [sys.executable, "-m", "flask", "--app", "golem", *words]
        environment = {**os.environ, "GOLEM_DATA": str(database.parent)}
        return subprocess.run(command, cwd=HERE, env=environment, capture_output=True, text=True, check=True).stderr

    return written_by


def test_what_a_command_changed_is_in_the_journal_and_nobodys_address(organizer, seeker, written_by):
    journal = written_by("member", "appoint", seeker.email)

    assert f"what=member.appoint_by_command member={seeker.id}" in journal
    assert seeker.email not in journal


def test_that_a_copy_was_put_back_is_in_the_journal(organizer, app, written_by):
    copy = app.extensions["backups"].make()

    assert "what=restore by=command" in written_by("restore", str(copy))
