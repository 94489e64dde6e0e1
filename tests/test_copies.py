"""Copies of a site that runs: backups, what was copied by hand, and putting either back, with real processes."""

import shutil
import sqlite3
import threading
from contextlib import closing

import pytest
from served import Served

from models import OneTimeLink, SignIn, db

NOT_THE_SAME = {"sign_in", "one_time_link"}  # What a restore ends.


@pytest.fixture
def served(organizer, database):
    """The site of Olga's community in a process of its own, and Olga signed in."""
    db.close()
    site = Served(database.parent, GOLEM_LIMITS="off")
    site.start()
    assert site.sign_in(organizer)
    yield site
    site.kill()


@pytest.fixture
def site_over(organizer):
    """Other folders, each served as a site of its own."""
    sites = []

    def site_over(folder):
        sites.append(Served(folder, GOLEM_LIMITS="off"))
        return sites[-1]

    yield site_over
    for site in sites:
        site.kill()


def rows(path, leaving=NOT_THE_SAME):
    """Every row of every table of a database that nobody serves, by table."""
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        names = {name for (name,) in tables} - set(leaving)
        return {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}


def words(path):
    """The words that were acknowledged as blocked, as they are in this database."""
    with closing(sqlite3.connect(path)) as connection:
        return {word for (word,) in connection.execute("SELECT pattern FROM block")}


def write_for(site, count, prefix="word"):
    written = {f"{prefix}{number:03}" for number in range(count)}
    assert all(site.write(word) for word in sorted(written))
    return written


@pytest.fixture
def writing(served):
    """Somebody writes without a pause while something else goes on. Yields what was acknowledged so far."""
    acknowledged, done = [], threading.Event()

    def write():
        number = 0
        while not done.is_set():
            if served.write(f"meanwhile{number:04}"):
                acknowledged.append(f"meanwhile{number:04}")
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    yield acknowledged
    done.set()
    writer.join()


def archive_in(said):
    return next(word for word in said.split() if ".tar.gz" in word).rstrip(".")


# Backups


def test_a_copy_made_while_people_write_is_the_same_site_elsewhere(served, site_over, tmp_path, organizer, writing):
    written = write_for(served, 20)
    before = len(writing)
    status, said = served.command("backup", str(tmp_path / "disk"))
    assert status == 0, said
    assert len(writing) > before
    archive = archive_in(said)

    elsewhere = site_over(tmp_path / "new")
    status, said = elsewhere.command("restore", archive)

    assert status == 0, said
    assert written | set(writing[:before]) <= words(elsewhere.data / "golem.db")
    assert (elsewhere.data / "key").read_bytes() == (served.data / "key").read_bytes()
    elsewhere.start()
    assert elsewhere.ask("GET", "/", Cookie=served.cookie)[2]["Location"] is None
    assert "Sign out" not in elsewhere.ask("GET", "/about", Cookie=served.cookie)[1]
    assert elsewhere.sign_in(organizer)
    assert elsewhere.write("afterwards")


def test_what_is_put_back_is_equal_row_by_row_and_what_was_there_is_kept(helper, organizer, served):
    OneTimeLink.for_member(helper, organizer)
    db.close()
    write_for(served, 5)
    status, said = served.command("backup")
    archive = archive_in(said)
    assert served.write("later")
    assert served.command("restore", archive)[0] == 1
    served.stop()
    at_the_end = rows(served.data / "golem.db", leaving=())

    status, said = served.command("restore", archive)

    assert status == 0, said
    assert "later" not in words(served.data / "golem.db")
    [kept] = served.data.glob("before-restore-*")
    assert rows(kept / "golem.db", leaving=()) == at_the_end
    expected = {**at_the_end, "block": [row for row in at_the_end["block"] if "later" not in row]}
    events = len(at_the_end["event"]) - 1  # That the word “later” was blocked.
    assert rows(served.data / "golem.db") == {
        **{name: found for name, found in expected.items() if name not in NOT_THE_SAME},
        "event": at_the_end["event"][:events],
    }
    with db.connection_context():
        assert not SignIn.select().exists()
        assert not OneTimeLink.select().exists()
    served.start()


def test_nothing_is_put_back_while_the_site_runs(served):
    _status, said = served.command("backup")
    archive = archive_in(said)

    status, said = served.command("restore", archive)

    assert status == 1
    assert "is serving" in said
    assert "Traceback" not in said
    assert served.write("still-there")


def test_without_the_process_that_was_killed_a_copy_is_put_back_all_the_same(served):
    _status, said = served.command("backup")
    archive = archive_in(said)
    written = write_for(served, 3)
    served.kill()

    status, said = served.command("restore", archive)

    assert status == 0, said
    assert not list(served.data.glob("golem.db-*"))
    [kept] = served.data.glob("before-restore-*")
    assert written <= words(kept / "golem.db")


# Files that somebody copied by hand


def test_a_site_that_was_killed_starts_again_with_everything_it_has_acknowledged(served):
    written = write_for(served, 30)
    served.kill()
    assert served.data.joinpath("golem.db-wal").stat().st_size

    served.start()
    served.stop()

    assert written == words(served.data / "golem.db")


def test_a_killed_site_starts_again_also_after_another_program_has_read_it(served):
    written = write_for(served, 3)
    served.kill()

    assert words(served.data / "golem.db") == written
    assert not served.data.joinpath("golem.db-wal").exists()

    served.start()


def test_an_old_database_beside_the_wal_of_a_newer_one_is_refused_and_stays_as_it_is(served, tmp_path):
    served.stop()
    old = shutil.copy(served.data / "golem.db", tmp_path / "old.db")
    served.start()
    write_for(served, 30)
    served.kill()
    shutil.copy(old, served.data / "golem.db")
    files = {path: path.read_bytes() for path in (served.data / "golem.db", served.data / "golem.db-wal")}

    said = served.refusal()

    assert "was replaced, and golem.db-wal beside it belongs to another one" in said
    assert "restore COPY" in said
    assert served.command("sweep")[0] == 1
    assert served.command("doctor")[0] == 1
    assert {path: path.read_bytes() for path in files} == files
    status, said = served.command("restore", str(served.data / "golem.db"))
    assert status == 0, said
    assert words(served.data / "golem.db") == set()
    served.start()


def test_a_database_copied_without_its_wal_is_refused_and_can_be_taken_as_it_is(served, site_over, tmp_path):
    written = write_for(served, 30)
    elsewhere = site_over(tmp_path / "new")
    elsewhere.data.mkdir()
    for name in ("golem.db", "key"):
        shutil.copy(served.data / name, elsewhere.data / name)

    said = elsewhere.refusal()

    assert "was copied while Golem was running, without golem.db-wal" in said
    assert "restore" in said
    status, said = elsewhere.command("restore", str(elsewhere.data / "golem.db"))
    assert status == 0, said
    elsewhere.start()
    assert written > words(elsewhere.data / "golem.db")


def test_a_whole_folder_copied_while_the_site_runs_is_all_there(served, site_over, tmp_path):
    written = write_for(served, 30)
    shutil.copytree(served.data, tmp_path / "new")

    elsewhere = site_over(tmp_path / "new").start()

    elsewhere.stop()
    assert words(elsewhere.data / "golem.db") == written


@pytest.mark.soak
def test_a_folder_copied_from_a_site_that_was_stopped_needs_the_database_and_the_key_alone(served, site_over, tmp_path):
    written = write_for(served, 3)
    served.stop()
    elsewhere = site_over(tmp_path / "new")
    elsewhere.data.mkdir()
    for name in ("golem.db", "key"):
        shutil.copy(served.data / name, elsewhere.data / name)

    elsewhere.start()

    assert elsewhere.ask("GET", "/desk", Cookie=served.cookie)[0] == 200
    elsewhere.stop()
    assert words(elsewhere.data / "golem.db") == written


def test_a_whole_database_of_before_put_back_by_hand_counts_as_a_restore(served, tmp_path):
    served.stop()
    old = shutil.copy(served.data / "golem.db", tmp_path / "old.db")
    served.start()
    assert served.write("later")
    assert served.ask("GET", "/desk")[0] == 200
    served.stop()
    for name in ("golem.db-wal", "golem.db-shm"):
        (served.data / name).unlink(missing_ok=True)
    shutil.copy(old, served.data / "golem.db")

    served.start()

    assert served.ask("GET", "/desk")[0] == 303


def test_a_database_that_is_gone_does_not_become_an_empty_site(served):
    served.stop()
    (served.data / "golem.db").rename(served.data / "mislaid.db")

    said = served.refusal()

    assert "is missing or empty, and it was here before" in said
    assert not (served.data / "golem.db").exists()
    (served.data / "mislaid.db").rename(served.data / "golem.db")
    served.start()
