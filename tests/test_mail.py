"""Letters on their way: what the outbox keeps, what a mail server gets to see, and all that can go wrong between."""

import logging
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from cast import MONDAY
from mailserver import MailServer, certificate, silent_server

import mail
from mail import Mailbox, Postman, harmless
from models import Guest, Heartbeat, Letter, Member, db, now, purge
from models.letters import MOST_PER_DAY, PAUSES

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

SENDER = "golem@jobs.example"
SITE = "https://jobs.example/golem"


@pytest.fixture
def server():
    with MailServer() as server:
        yield server


@pytest.fixture
def postman(server, app):
    return postman_for(server.url(), app)


def postman_for(url, app, address=SITE, sender=SENDER):
    return Postman(Mailbox.of(url, sender), lambda: address, app.extensions["postman"].path)


def test_letter(member):
    return Letter.ask("test", member.email, member)


test_letter.__test__ = False


# What arrives


def test_a_letter_arrives_and_says_only_that_something_waits(organizer, server, postman):
    letter = test_letter(organizer)

    assert postman.deliver() == 1

    arrived = server.letters[0]
    assert server.envelopes == [(SENDER, "olga@example.org")]
    assert arrived["From"] == SENDER
    assert arrived["To"] == "olga@example.org"
    assert arrived["Subject"] == "A test letter"
    assert arrived["Date"] == "Mon, 01 Jun 2026 15:00:00 +0000"
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert arrived["Message-ID"] == f"<{letter.name}@jobs.example>"
    assert arrived["Reply-To"] is None
    letter.reload()
    assert (letter.sent_at, letter.due, letter.tries) == (now(), None, 1)


def test_the_text_and_the_page_of_a_letter_say_the_same(organizer, server, postman, read):
    Letter.ask("known", organizer.email)

    postman.deliver()

    text = server.letters[0].get_body(["plain"]).get_content().replace("\r\n", "\n")
    page = server.letters[0].get_body(["html"]).get_content()
    for link in (f"{SITE}/sign-in", f"{SITE}/forgot-password"):
        assert f"\n\n{link}\n\n" in text
        assert f'<a href="{link}">{link}</a>' in page
    assert all(paragraph.replace("\n", " ") in page for paragraph in text.strip().split("\n\n"))
    assert "<img" not in page


def test_the_name_of_a_community_cannot_break_a_letter(organizer, server, postman, set_policy):
    from models import Community

    Community.current().introduce(organizer, name="<b>Boats</b> & “Søn”\r\nBcc: all@example.org")
    test_letter(organizer)

    postman.deliver()

    assert server.letters[0]["Bcc"] is None
    assert "&lt;b&gt;Boats&lt;/b&gt; &amp; “Søn” Bcc:" in server.letters[0].get_body(["html"]).get_content()
    assert "<b>Boats</b> & “Søn” Bcc: all@example.org" in server.letters[0].get_body(["plain"]).get_content()


def test_the_sender_can_have_a_name(organizer, server, app):
    test_letter(organizer)

    postman_for(server.url(), app, sender="Søren & Co <golem@bücher.example>").deliver()

    assert server.letters[0]["From"].addresses[0].display_name == "Søren & Co"
    assert server.envelopes[0][0] == "golem@xn--bcher-kva.example"


def test_an_address_with_a_domain_in_other_letters_is_reached(organizer, server, postman):
    Letter.ask("test", "olga@bücher.example", organizer)

    postman.deliver()

    assert server.envelopes[0][1] == "olga@xn--bcher-kva.example"


def test_a_letter_to_nobody_goes_nowhere_and_leaves_nothing_after_a_day(organizer, server, postman, wait):
    Letter.ask("known", "nobody@example.org")

    assert postman.deliver() == 0

    assert (server.letters, Letter.waiting().count(), Letter.given_up().count()) == ([], 0, 0)
    wait(hours=23)
    purge()
    assert Letter.select().count() == 1
    wait(hours=2)
    purge()
    assert Letter.select().count() == 0


def test_letters_to_nobody_count_like_those_to_members(organizer, seeker, postman):
    asked = []
    for _time in range(6):
        asked += [Letter.ask("reset", email) for email in (seeker.email, "nobody@example.org")]
        postman.deliver()

    assert [letter is not None for letter in asked] == [True] * 8 + [False] * 4


def test_an_address_that_was_asked_for_before_the_password_changed_is_sent_no_link(seeker, server, postman):
    Letter.ask("new_address", "thief@example.org", seeker)
    seeker.change_password("quite another password")

    postman.deliver()

    assert server.letters == []


def test_a_letter_for_a_member_does_not_follow_an_address_that_is_no_longer_theirs(seeker, server, postman):
    Letter.ask("password_changed", seeker.email, seeker)
    Member.update(email="new@example.org").where(Member.id == seeker.id).execute()

    postman.deliver()

    assert server.letters == []


def test_letters_with_links_wait_until_the_site_knows_its_address(organizer, server, app):
    Letter.ask("known", organizer.email)
    test_letter(organizer)

    postman_for(server.url(), app, address="").deliver()

    assert [letter["Subject"] for letter in server.letters] == ["A test letter"]
    assert [letter.kind for letter in Letter.waiting()] == ["known"]
    assert "http" not in server.letters[0].get_body(["plain"]).get_content()
    postman_for(server.url(), app).deliver()
    assert len(server.letters) == 2


def test_without_a_mailbox_nothing_is_sent(organizer, app):
    test_letter(organizer)

    assert Postman(None, lambda: SITE, None).deliver() == 0
    assert Letter.get().tries == 0


def test_nobody_is_flooded_with_letters(seeker):
    asked = [Letter.ask("reset", seeker.email) for _time in range(6)]

    assert [letter is not None for letter in asked] == [True] * 4 + [False] * 2
    assert Letter.ask("sign_in", seeker.email)
    assert Letter.ask("reset", "nobody@example.org")


def test_nobody_is_flooded_with_letters_in_a_day_either(seeker, wait):
    asked = 0
    for _hour in range(6):
        asked += sum(Letter.ask("reset", seeker.email) is not None for _time in range(6))
        wait(hours=1, seconds=1)

    assert asked == MOST_PER_DAY
    wait(days=1)
    assert Letter.ask("reset", seeker.email)


# What goes wrong, for now


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_letter_refused_for_now_is_sent_later_with_the_same_message_id(organizer, server, postman, wait, command):
    letter = test_letter(organizer)
    server.answers[command] = "451 4.7.1 <olga@example.org>: greylisted, come back in 60 s"

    postman.deliver()

    letter.reload()
    assert (letter.problem, letter.tries) == ("later", 1)
    assert letter.answer == "451 4.7.1 … greylisted, come back in 60 s"
    server.answers.clear()
    assert postman.deliver() == 0
    wait(seconds=60)
    assert postman.deliver() == 1
    letter.reload()
    assert (letter.problem, letter.answer) == ("", "")
    assert server.letters[0]["Message-ID"] == f"<{letter.name}@jobs.example>"


def test_the_pauses_grow_and_after_three_days_it_is_given_up(organizer, server, postman, wait):
    letter, pauses = test_letter(organizer), []
    server.answers["RCPT"] = "450 4.2.2 Mailbox full"

    while letter.due:
        postman.deliver()
        letter.reload()
        if letter.due:
            pauses.append((letter.due - now()).total_seconds() / 60)
            wait(minutes=pauses[-1])

    assert pauses[:6] == [1, 5, 30, 120, 360, 360]
    assert letter.given_up_at - letter.made_at <= now() - letter.made_at
    assert 2 * 24 * 60 < sum(pauses) <= 3 * 24 * 60
    assert (letter.problem, letter.answer) == ("later", "450 4.2.2 Mailbox full")
    assert list(Letter.given_up_lately()) == [letter]
    wait(days=1)
    assert (postman.deliver(), server.letters) == (0, [])


def test_a_letter_that_never_found_an_address_of_the_site_is_given_up_too(organizer, server, app, wait):
    Letter.ask("known", organizer.email)
    postman = postman_for(server.url(), app, address="")

    wait(days=3, seconds=1)
    postman.deliver()

    assert (Letter.get().problem, Letter.get().due) == ("too_late", None)


def test_nothing_is_given_up_by_a_clock_that_jumped(organizer, server, app, postman, wait):
    Letter.ask("known", organizer.email)
    Heartbeat.beat()
    without_address = postman_for(server.url(), app, address="")
    server.answers["RCPT"] = "450 4.2.2 Mailbox full"

    wait(days=365)
    without_address.deliver()
    postman.deliver()

    waiting = Letter.get()
    assert (waiting.given_up_at, waiting.due, waiting.tries) == (None, now() + timedelta(minutes=1), 1)
    Heartbeat.current().go_on(organizer)
    wait(minutes=1)
    postman.deliver()
    assert Letter.get().given_up_at == now()


def test_a_letter_does_not_wait_for_a_clock_that_was_set_back(organizer, server, postman, wait):
    test_letter(organizer)

    wait(days=-365)

    assert postman.deliver() == 1


def test_an_attempt_is_not_repeated_before_the_longest_pause(organizer, postman, server, wait):
    letter = test_letter(organizer)
    Letter.update(due=now() + timedelta(minutes=max(PAUSES))).where(Letter.id == letter.id).execute()

    assert postman.deliver() == 0
    wait(minutes=max(PAUSES))
    assert postman.deliver() == 1


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_a_connection_cut_midway_costs_nothing_but_time(organizer, server, postman, wait, command):
    letter = test_letter(organizer)
    server.drops = command

    postman.deliver()

    letter.reload()
    assert (letter.problem, letter.sent_at) == ("dropped", None)
    server.drops, server.letters = "", []
    wait(minutes=1)
    assert postman.deliver() == 1
    assert len(server.letters) == 1


def test_a_server_that_never_answers_holds_nobody_up_for_long(organizer, app, monkeypatch):
    monkeypatch.setattr(mail, "ANSWER_SECONDS", 0.2)
    letter, other = test_letter(organizer), test_letter(organizer)

    with silent_server() as url:
        postman_for(url, app).deliver()

    letter.reload()
    other.reload()
    assert (letter.problem, letter.tries) == ("timeout", 1)
    assert (other.problem, other.tries, other.due > now()) == ("", 0, True)


def test_a_server_that_is_not_there_is_tried_again(organizer, app):
    letter = test_letter(organizer)
    with MailServer() as gone:
        url = gone.url()

    postman_for(url, app).deliver()

    letter.reload()
    assert (letter.problem, letter.waits) == ("unreachable", True)


# What goes wrong for good


@pytest.mark.parametrize(("command", "answer"), [("RCPT", "550 5.1.1 <sami@example.org>: no such user here")])
def test_an_address_that_refuses_letters_is_marked_and_not_tried_again(seeker, server, postman, wait, command, answer):
    Letter.ask("known", seeker.email)
    server.answers[command] = answer

    postman.deliver()

    letter = Letter.get()
    assert (letter.problem, letter.answer, letter.due) == ("refused", "550 5.1.1 … no such user here", None)
    assert Member.get_by_id(seeker.id).mail_refused_at == now()
    wait(days=1)
    assert (postman.deliver(), server.talks) == (0, 1)


def test_an_address_that_takes_letters_again_is_no_longer_marked(seeker, server, postman):
    Member.update(mail_refused_at=now()).where(Member.id == seeker.id).execute()
    Letter.ask("known", seeker.email)

    postman.deliver()

    assert Member.get_by_id(seeker.id).mail_refused_at is None


@pytest.mark.parametrize(("command", "answer"), [("RCPT", "554 5.7.1 Relay denied"), ("DATA", "554 5.6.0 No thanks")])
def test_a_letter_that_is_refused_for_another_reason_says_nothing_about_the_address(
    seeker, server, postman, command, answer
):
    Letter.ask("known", seeker.email)
    server.answers[command] = answer

    postman.deliver()

    assert (Letter.get().problem, Letter.get().due) == ("policy", None)
    assert Member.get_by_id(seeker.id).mail_refused_at is None
    assert Letter.given_up_lately().count() == 1


def test_a_sender_that_the_server_does_not_know_can_be_put_right(organizer, server, postman):
    test_letter(organizer)
    server.answers["MAIL"] = "550 5.7.60 Not your address"

    postman.deliver()

    assert (Letter.get().problem, Letter.get().waits) == ("sender", True)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (b"5.1.1 <hana@example.org> unknown", "5.1.1 … unknown"),
        ("two\nlines\x00 and \x1b[31m", "two lines and [31m"),
        ("see https://mail.example/?p=hana from [192.0.2.1] 192.0.2.7", "see … from … …"),
        ("x" * 300, "x" * 200),
        (b"\xff", "\ufffd"),
    ],
)
def test_what_a_server_says_is_kept_without_addresses(said, kept):
    assert harmless(said) == kept


# Encryption and signing in


@pytest.fixture
def vouched_for(monkeypatch, tmp_path):
    """A certificate of the mail server that this machine trusts."""
    shown, authority = certificate()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return shown


@pytest.mark.parametrize("password", ["p@ss:word", "p@ss:wörd"])
def test_a_letter_goes_over_an_encrypted_line_with_the_right_password(organizer, app, vouched_for, password):
    test_letter(organizer)

    with MailServer(vouched_for, asks_password=password) as server:
        assert postman_for(server.url(f"golem:{quote(password)}", tls=True), app).deliver() == 1
        assert len(server.letters) == 1


@pytest.mark.parametrize("name", ["127.0.0.1", "mail.example"])
def test_a_certificate_that_nobody_vouches_for_is_not_trusted(organizer, app, monkeypatch, tmp_path, name, caplog):
    caplog.set_level(logging.INFO, "golem.journal")
    shown, authority = certificate(name)
    if name != "127.0.0.1":  # Vouched for, but it is somebody else's.
        authority.cert_pem.write_to_path(tmp_path / "authority.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    test_letter(organizer)

    with MailServer(shown, asks_password="secret") as server:
        postman_for(server.url("golem:secret", tls=True), app).deliver()
        assert server.letters == []

    assert (Letter.get().problem, Letter.get().waits) == ("certificate", True)
    assert "what=letter-unsent number=1 why=certificate" in caplog.text


def test_nothing_is_said_to_a_server_that_offers_no_encryption(organizer, app):
    test_letter(organizer)

    with MailServer() as server:
        postman_for(server.url("golem:secret", tls=True), app).deliver()
        assert server.letters == []

    assert Letter.get().problem == "no_tls"


def test_a_wrong_password_is_named_as_the_problem(organizer, app, vouched_for):
    test_letter(organizer)

    with MailServer(vouched_for, asks_password="right") as server:
        postman_for(server.url("golem:wrong", tls=True), app).deliver()

    assert (Letter.get().problem, Letter.get().waits) == ("sign_in", True)
    assert "wrong" not in Letter.get().answer


# Once, and at most once again


def test_two_threads_send_a_letter_once(organizer, server, app):
    for _letter in range(4):
        test_letter(organizer)

    def deliver():
        postman_for(server.url(), app).deliver()
        db.close()

    threads = [threading.Thread(target=deliver) for _thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(letter["Message-ID"] for letter in server.letters) == sorted(
        f"<{letter.name}@jobs.example>" for letter in Letter.select()
    )


def test_a_letter_whose_process_died_after_sending_arrives_twice_at_most(organizer, database, server, app, wait):
    """The process is killed in the very moment in which the server has the letter and the outbox does not know yet."""
    letter = test_letter(organizer)
    program = """if True:
        import os, signal, sys
        from mail import Mailbox, Postman
        from models import Letter, db
        import time_machine
        db.init(sys.argv[1])
        Letter.sent = lambda letter: os.kill(os.getpid(), signal.SIGKILL)
        with time_machine.travel(sys.argv[3]):
            Postman(Mailbox.of(sys.argv[2], "golem@jobs.example"), lambda: "", None).deliver()
    """

    def die():
        words = [sys.executable, "-c", program, database, server.url(), f"{now().isoformat()}Z"]
        return subprocess.run(words, cwd=Path(mail.__file__).parent, check=False).returncode

    assert die() == -signal.SIGKILL
    assert postman_for(server.url(), app).deliver() == 0
    wait(minutes=10)
    assert die() == -signal.SIGKILL
    wait(minutes=10)
    assert postman_for(server.url(), app).deliver() == 0

    letter.reload()
    assert [one["Message-ID"] for one in server.letters] == [f"<{letter.name}@jobs.example>"] * 2
    assert (letter.problem, letter.due) == ("interrupted", None)


def test_a_letter_that_cannot_be_written_does_not_hold_up_the_others(organizer, server, postman):
    broken = test_letter(organizer)
    Letter.update(kind="nonsense").where(Letter.id == broken.id).execute()
    test_letter(organizer)

    assert postman.deliver() == 1
    broken.reload()
    assert (broken.problem, broken.waits) == ("unwritten", True)


# The settings


@pytest.mark.parametrize(
    ("url", "host", "port", "encryption"),
    [
        ("smtp://mail.example", "mail.example", 587, "starttls"),
        ("smtp://u:p@mail.example:2525", "mail.example", 2525, "starttls"),
        ("smtps://u:p@mail.example", "mail.example", 465, "tls"),
        ("smtp://[::1]:25?tls=off", "::1", 25, "off"),
    ],
)
def test_the_address_of_a_mail_server_is_understood(url, host, port, encryption):
    mailbox = Mailbox.of(url, SENDER)

    assert (mailbox.host, mailbox.port, mailbox.encryption) == (host, port, encryption)


@pytest.mark.parametrize(
    ("url", "sender", "says"),
    [
        ("mail.example:587", SENDER, "GOLEM_SMTP_URL has to begin with smtp://"),
        ("http://mail.example", SENDER, "GOLEM_SMTP_URL has to begin with smtp://"),
        ("smtp://", SENDER, "GOLEM_SMTP_URL has to begin with smtp://"),
        ("smtp://mail.example:port", SENDER, "GOLEM_SMTP_URL is not an address"),
        ("smtp://[mail.example", SENDER, "GOLEM_SMTP_URL is not an address"),
        ("smtp://mail.example?tls=no", SENDER, "GOLEM_SMTP_URL can end with ?tls=off"),
        ("smtps://mail.example?tls=off", SENDER, "GOLEM_SMTP_URL can end with ?tls=off"),
        ("smtp://mail.example", "", "GOLEM_MAIL_FROM has to be an address"),
        ("smtp://mail.example", "golem", "GOLEM_MAIL_FROM has to be an address"),
        ("smtp://mail.example", "Golem <golem@jobs.example>\nBcc: x@y.example", "GOLEM_MAIL_FROM has to be an address"),
    ],
)
def test_settings_that_cannot_be_meant_are_named_at_the_start(tmp_path, url, sender, says):
    from hosting.settings import Settings

    with pytest.raises(SystemExit) as exit:
        Settings({"GOLEM_DATA": str(tmp_path), "GOLEM_SMTP_URL": url, "GOLEM_MAIL_FROM": sender})

    assert says in str(exit.value)


def test_a_guest_is_invited_by_a_letter_with_their_link(organizer, server, postman):
    Guest.invite(organizer, "Ada Ash, ada@example.org", agreed=True, by_letter=True)

    assert postman.deliver() == 1

    [letter] = server.letters
    assert letter["To"] == "ada@example.org"
    assert f"{SITE}/join/{Guest.get().token}" in letter.get_body(("plain",)).get_content()
    assert Guest.listed().get().status == "sent"
    assert Letter.get().address == ""
    assert postman.deliver() == 0
