"""The whole community as a file, put into an empty folder; and accounts that stay deleted in an older copy."""

import shutil
import sqlite3
import tarfile
import zipfile
from contextlib import closing

import pytest
from cast import MONDAY, PASSWORD
from world import build

import models
from golem import create_app, open_database
from hosting import deletions, exports
from hosting.backups import Backups
from hosting.state import State
from models import TABLES, Claim, Heartbeat, Invitation, Member, OneTimeLink, SignIn, db, keep_time, now, sweep

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


@pytest.fixture
def everybody(organizer, second, rival, helper, seeker, database):
    return {"out": None, "outsider": rival, "helper": helper, "seeker": seeker, "organizer": second, "owner": organizer}


def rows(path):
    """Every row of the database, without what is secret."""
    with closing(sqlite3.connect(path)) as source:
        return {
            table._meta.table_name: source.execute(
                "SELECT {} FROM {} ORDER BY rowid".format(", ".join(exports.columns_of(table)), table._meta.table_name)
            ).fetchall()
            for table in TABLES
            if not table.kept.secret_rows
        }


@pytest.fixture
def elsewhere(tmp_path):
    """The site, in another folder with nothing in it."""

    def elsewhere(name="elsewhere"):
        db.close()
        app = create_app({"GOLEM_DATA": str(tmp_path / name), "GOLEM_LIMITS": "off"})
        return app.test_cli_runner(), tmp_path / name / "golem.db"

    return elsewhere


@pytest.fixture
def runner(app):
    return app.test_cli_runner()


def test_a_community_moves_to_another_folder_row_by_row(
    runner, everybody, by_card, post, use, set_policy, elsewhere, tmp_path, database
):
    build(everybody, by_card, post, use, set_policy)
    db.execute_sql("PRAGMA wal_checkpoint")
    before = rows(database)
    assert runner.invoke(args=["export", str(tmp_path / "all.zip")]).exit_code == 0

    there, path = elsewhere()
    answer = there.invoke(args=["import", str(tmp_path / "all.zip")])

    assert (answer.exit_code, answer.exception) == (0, None), answer.output
    db.execute_sql("PRAGMA wal_checkpoint")
    after = rows(path)
    assert {name for name in before if before[name] != after[name]} == set()
    assert all(before[name] for name in ("event", "message", "entry", "referral_text", "policy", "report"))
    assert models.Referral.board("boats").exists()
    assert db.execute_sql("PRAGMA integrity_check").fetchone() == ("ok",)
    with closing(sqlite3.connect(path)) as source, pytest.raises(sqlite3.IntegrityError):
        source.execute("DELETE FROM event")


def test_nothing_that_opens_something_moves(runner, organizer, seeker, elsewhere, tmp_path):
    SignIn.open(seeker, "Firefox")
    OneTimeLink.for_member(seeker, organizer)
    Invitation.make(organizer)
    hashes = [Member.get_by_id(seeker.id).password_hash, SignIn.get().token_hash, Invitation.get().token_hash]
    runner.invoke(args=["export", str(tmp_path / "all.zip")])

    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        text = "".join(archive.read(name).decode() for name in archive.namelist())
        names = set(archive.namelist())
    there, _path = elsewhere()
    there.invoke(args=["import", str(tmp_path / "all.zip")])

    assert not [one for one in hashes if one in text]
    assert not {"sign_in.jsonl", "one_time_link.jsonl"} & names
    with pytest.raises(models.Invalid):
        Member.by_password("sami@example.org", PASSWORD)
    assert SignIn.select().count() == OneTimeLink.select().count() == 0


def test_the_archive_is_for_its_owner_alone_and_overwrites_nothing(runner, claim, tmp_path):
    file = tmp_path / "all.zip"
    runner.invoke(args=["export", str(file)])
    first = file.read_bytes()

    again = runner.invoke(args=["export", str(file)])

    assert file.stat().st_mode & 0o077 == 0
    assert (again.exit_code, "already" in again.output) == (1, True)
    assert file.read_bytes() == first
    assert not list(tmp_path.glob("*.part"))


def test_nothing_is_imported_over_a_community(runner, organizer, tmp_path, unchanged):
    runner.invoke(args=["export", str(tmp_path / "all.zip")])

    with unchanged():
        answer = runner.invoke(args=["import", str(tmp_path / "all.zip")])

    assert (answer.exit_code, "a community in this folder already" in answer.output) == (1, True)


def spoilt(source, target, name, change):
    """A copy of an archive in which one member of it reads differently."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for each in old.namelist():
            text = old.read(each)
            new.writestr(each, change(text) if each == name else text)
    return target


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("manifest.json", lambda text: b"{", "cannot be imported"),
        ("manifest.json", lambda text: b'{"golem": 9, "migrations": []}', "not made by this program"),
        ("manifest.json", lambda text: text.replace(b"0001_initial", b"0001_else"), "another version"),
        ("claim.jsonl", lambda text: text.replace(b'"seeker_id": 3', b'"seeker_id": 99'), "refer to rows"),
        ("claim.jsonl", lambda text: text.replace(b'"outcome"', b'"x\\", y"'), "does not know"),
        ("claim.jsonl", lambda text: text[:-9], "cannot be imported"),
        ("claim.jsonl", lambda text: b"null", "cannot be imported"),
        ("manifest.json", lambda text: b"[]", "cannot be imported"),
        ("community.jsonl", lambda text: b"", "it holds no community"),
    ],
    ids=[
        *("no JSON", "another program", "another version", "a row too few", "a column too many", "cut off"),
        *("no row", "a list", "nobody's"),
    ],
)
def test_a_spoilt_archive_leaves_the_folder_as_it_was(name, change, says, runner, claim, elsewhere, tmp_path):
    runner.invoke(args=["export", str(tmp_path / "all.zip")])
    bad = spoilt(tmp_path / "all.zip", tmp_path / "bad.zip", name, change)
    there, path = elsewhere()

    answer = there.invoke(args=["import", str(bad)])

    assert (answer.exit_code, says in answer.output) == (1, True), answer.output
    assert (Member.select().count(), Claim.select().count()) == (0, 0)
    assert not list(path.parent.glob("*.import*"))
    assert there.invoke(args=["import", str(tmp_path / "all.zip")]).exit_code == 0


def test_any_file_that_is_no_archive_is_said_in_a_sentence(elsewhere, tmp_path):
    (tmp_path / "notes.txt").write_text("Hello.")
    there, _path = elsewhere()

    answer = there.invoke(args=["import", str(tmp_path / "notes.txt")])

    assert (answer.exit_code, answer.output.count("\n")) == (1, 1)


# Accounts that stay deleted


@pytest.fixture
def data(database):
    return database.parent


def leave(member, wait):
    member.ask_to_leave(member)
    wait(days=7)
    sweep()


def test_a_deleted_account_is_noted_once_and_without_a_name(seeker, data, wait):
    leave(seeker, wait)

    deletions.note(data)
    deletions.note(data)

    lines = (data / "deletions").read_text().splitlines()
    assert lines == [f"{seeker.id} {seeker.joined_at.isoformat()} 2026-06-08T15:00:00"]
    assert (data / "deletions").stat().st_mode & 0o077 == 0


def test_a_number_that_an_account_had_before_a_restore_hides_no_other(seeker, data, wait):
    (data / "deletions").write_text(f"{seeker.id} 2020-01-01T00:00:00 2026-06-01T00:00:00\n")
    leave(seeker, wait)

    deletions.note(data)

    assert f"\n{seeker.id} {seeker.joined_at.isoformat()} " in (data / "deletions").read_text()


def test_an_account_that_ended_a_moment_before_a_restore_ends_again(runner, organizer, seeker, data, wait):
    archive = Backups(data).make()
    leave(seeker, wait)

    answer = runner.invoke(args=["restore", str(archive)])

    assert answer.exit_code == 0, answer.output
    open_database(data / "golem.db")
    assert Member.get_by_id(seeker.id).due is not None


def test_an_older_database_put_back_by_hand_ends_the_account_once_more(organizer, seeker, data, wait):
    State(data / "golem.db").settle()
    archive = Backups(data).make()
    leave(seeker, wait)
    deletions.note(data)
    db.close()
    with tarfile.open(archive) as opened:
        (data / "golem.db").write_bytes(opened.extractfile("golem.db").read())
    for ending in ("-wal", "-shm"):
        (data / f"golem.db{ending}").unlink(missing_ok=True)

    open_database(data / "golem.db")

    assert Member.get_by_id(seeker.id).due is not None


def test_an_older_copy_that_is_put_back_ends_the_account_once_more(seeker, rival, data, wait):
    db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(data / "golem.db", data / "copy")
    leave(seeker, wait)
    deletions.note(data)
    db.close()
    shutil.copy(data / "copy", data / "golem.db")
    for ending in ("-wal", "-shm"):
        (data / f"golem.db{ending}").unlink(missing_ok=True)
    assert Member.get_by_id(seeker.id).state == "new"
    SignIn.open(Member.get_by_id(seeker.id))

    assert deletions.repeat(data) == 1
    sweep()

    assert Member.get_by_id(seeker.id).state == "former"
    assert Member.get_by_id(rival.id).state == "new"
    assert SignIn.select().count() == 0
    assert deletions.repeat(data) == 0


def test_an_account_ends_once_more_also_where_the_days_since_the_copy_are_given_back(organizer, seeker, data, wait):
    wait(days=30)
    keep_time()
    (data / "deletions").write_text(f"{seeker.id} {seeker.joined_at.isoformat()} {now().isoformat()}\n")
    wait(days=5)
    deletions.repeat(data)
    keep_time()

    Heartbeat.current().give_back(organizer)
    sweep()

    assert Member.get_by_id(seeker.id).state == "former"


def test_another_member_with_the_same_number_is_left_alone(seeker, data, wait):
    (data / "deletions").write_text(f"{seeker.id} 2020-01-01T00:00:00 2026-06-01T00:00:00\n")

    assert deletions.repeat(data) == 0


def test_the_sweep_command_deletes_what_is_past_and_notes_it(runner, seeker, data, wait):
    seeker.ask_to_leave(seeker)
    wait(days=7)

    answer = runner.invoke(args=["sweep"])

    assert answer.output.splitlines()[0] == "1 clocks had run out."
    assert len((data / "deletions").read_text().splitlines()) == 1
