"""Backups: what is in one, how many are kept, the second place, the desk, and archives that cannot be put back."""

import gzip
import io
import json
import os
import sqlite3
import stat
import tarfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cast import MONDAY

from golem import create_app, open_database
from hosting.archives import FORMAT, BackupFailed
from hosting.backups import AGAIN_SECONDS, DAILY, MONTHLY, OTHERS, WEEKLY, Backups, newest_of_each
from hosting.restores import put_back
from hosting.state import Unopened
from models import Community, Letter, db, now

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


@pytest.fixture
def data(organizer, app, tmp_path):
    """The data folder of Olga's community."""
    return tmp_path / "data"


@pytest.fixture
def second(tmp_path):
    """A folder that stands for another disk."""
    folder = tmp_path / "disk"
    folder.mkdir()
    return folder


@pytest.fixture
def backups(data, second):
    return Backups(data, second)


def contents(archive):
    with tarfile.open(archive) as opened:
        return {member.name: opened.extractfile(member).read() for member in opened}


def names(folder):
    return sorted(path.name for path in folder.glob("golem-*.tar.gz"))


# What is in one


def test_a_copy_holds_everything_and_tells_what_is_in_it(data, backups):
    archive = backups.make()

    parts = contents(archive)
    manifest = json.loads(parts["manifest.json"])
    assert parts["key"] == (data / "key").read_bytes()
    assert manifest["rows"]["community"] == 1
    assert manifest["migrations"][0] == "0001_initial"
    assert manifest["files"]["golem.db"]["bytes"] == len(parts["golem.db"])


def test_only_the_owner_can_read_a_copy_and_nothing_else_is_left(data, backups):
    archive = backups.make()

    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert stat.S_IMODE(archive.parent.stat().st_mode) == 0o700
    assert [path for path in (*data.iterdir(), *archive.parent.iterdir()) if path.name.startswith(".")] == []


def test_no_password_of_mail_stripe_or_figures_is_in_a_copy(data):
    secrets = {
        "GOLEM_SMTP_URL": "smtp://somebody:mail-secret@mail.example:587",
        "STRIPE_SECRET_KEY": "sk_test_secret",
        "STRIPE_WEBHOOK_SECRET": "whsec_secret",
        "GOLEM_METRICS_TOKEN": "figures-secret",
    }
    plain = {"GOLEM_URL": "https://golem.example", "GOLEM_MAIL_FROM": "golem@example.org", "GOLEM_PROXIES": "1"}
    db.close()
    app = create_app({"GOLEM_DATA": str(data), **secrets, **plain})

    settings = contents(app.extensions["backups"].make())["settings.json"]

    assert plain.items() <= json.loads(settings).items()
    assert b"secret" not in settings


def test_a_copy_is_not_made_where_the_disk_would_be_full_afterwards(data, backups, monkeypatch):
    monkeypatch.setattr("hosting.backups.SPARE", 2**60)

    with pytest.raises(BackupFailed, match=r"There have to be .* MB free on the disk"):
        backups.make()

    assert names(data / "backups") == []


# Every night


def test_the_nightly_copy_is_made_once_a_night_and_after_three(backups, second, wait):
    assert backups.tend()
    assert not backups.tend()
    first = names(second)
    assert first == names(backups.folder)
    assert len(first) == 1

    until_three = datetime.now(UTC).replace(hour=3, minute=0, second=0) + timedelta(days=1) - datetime.now(UTC)
    wait(seconds=until_three.total_seconds() - 1)
    assert not backups.tend()
    wait(seconds=1)
    assert backups.tend()

    assert len(names(second)) == 2


def test_copies_are_kept_for_a_week_a_month_and_half_a_year():
    began, kept = datetime(2026, 1, 1, 3, tzinfo=UTC), {}
    for night in range(365):
        kept[f"copy {night}"] = began + timedelta(days=night)
        kept = {name: kept[name] for name in newest_of_each(kept)}

    ages = sorted((began + timedelta(days=364) - moment).days for moment in kept.values())
    assert ages[:DAILY] == list(range(DAILY))
    assert DAILY + 2 <= sum(age < 28 for age in ages) <= DAILY + WEEKLY
    assert 120 < ages[-1] < 180
    assert len(ages) <= DAILY + WEEKLY + MONTHLY


def test_a_site_that_runs_now_and_then_keeps_as_many_copies():
    fortnights = {night: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=14 * night) for night in range(9)}

    assert newest_of_each(fortnights) >= set(list(fortnights)[-DAILY:])


def test_copies_of_another_site_and_other_files_are_never_deleted(backups, second, wait):
    foreign = [*(second / f"golem-abcdef-2020010{day}-030000.tar.gz" for day in (1, 2, 3)), second / "photo.jpg"]
    for path in foreign:
        path.write_bytes(b"of somebody else")

    for _night in range(DAILY + 2):
        backups.tend()
        wait(days=1)

    assert len(names(second)) > 1
    assert all(path.exists() for path in foreign)


def test_what_killed_processes_left_of_copies_goes_and_what_is_being_made_stays(data, backups, second):
    half, archive = f"golem-{backups._mark()}-20260601-031500.tar.gz", data / "backups"
    archive.mkdir()
    left = [data / ".backup-abc", data / ".restore-abc", archive / f".{half}.77.part", second / f".{half}.77.part"]
    left.append(data / "golem.db.import")
    for path in left:
        path.mkdir() if path.name.endswith("abc") else path.touch()
        os.utime(path, (time.time() - 4000,) * 2)
    (data / ".backup-new").mkdir()
    (data / ".backup-abc" / "golem.db").touch()
    os.utime(data / ".backup-abc", (time.time() - 4000,) * 2)

    assert backups.tend()

    assert [path for path in left if path.exists()] == []
    assert (data / ".backup-new").exists()


def test_copies_made_by_hand_go_by_number_and_leave_the_nightly_ones_alone(backups, wait):
    backups.tend()
    [nightly] = names(backups.folder)

    for _copy in range(OTHERS + 2):
        wait(minutes=1)
        backups.make()

    assert nightly in names(backups.folder)
    assert len(names(backups.folder)) == 1 + OTHERS


@pytest.mark.parametrize("how", ["gone", "read-only"])
def test_a_second_place_that_takes_nothing_is_said_and_tried_again(backups, second, wait, how, monkeypatch):
    if how == "gone":
        second.rmdir()
    else:
        monkeypatch.setattr("hosting.backups.beside", full)

    assert backups.tend()

    assert len(names(backups.folder)) == 1
    assert backups.alarm() == "second"
    assert str(second) in backups.report()["second_problem"]
    monkeypatch.undo()
    second.mkdir(exist_ok=True)
    assert not backups.tend()
    wait(seconds=AGAIN_SECONDS)
    assert backups.tend()
    assert backups.alarm() == ""
    assert names(second) == names(backups.folder)


def full(path):
    raise OSError(28, os.strerror(28))


def test_a_copy_that_cannot_be_made_is_said_and_tried_again(backups, wait, monkeypatch):
    monkeypatch.setattr("hosting.backups.SPARE", 2**60)
    backups.tend()
    assert backups.alarm() == "failed"

    monkeypatch.undo()
    wait(seconds=AGAIN_SECONDS)
    backups.tend()

    assert backups.alarm() == ""


def test_a_copy_that_grows_old_is_said(backups, wait):
    backups.tend()

    wait(hours=37)

    assert backups.alarm() == "late"


def test_the_desk_says_how_old_the_last_copy_is_and_where(app, backups, second, organizer, walk, wait):
    app.extensions["backups"] = backups
    backups.tend()
    wait(hours=5)

    page = walk(organizer).open("/desk/copies")

    assert "5 hours ago" in page.text
    assert names(second)[0] in page.text
    assert str(second) in page.text
    assert "There is no copy" not in page.text
    wait(hours=37)
    assert "There is no copy of the site from last night." in walk(organizer).open("/desk").text


# Before a migration


@pytest.fixture
def before_the_last(data):
    """The database as it was before the newest migration."""
    with closing(sqlite3.connect(data / "golem.db")) as connection, connection:
        newest = connection.execute("SELECT MAX(name) FROM schema_migration").fetchone()[0]
    from playhouse.migrations import Runner

    Runner(db, "migrations").down(newest)
    db.close()
    return newest


def test_before_a_migration_everything_is_copied(data, before_the_last):
    open_database(data / "golem.db", Backups(data))

    [archive] = (data / "backups").glob("*-before-*.tar.gz")
    assert before_the_last[:4] in archive.name
    assert before_the_last not in json.loads(contents(archive)["manifest.json"])["migrations"]


def test_without_room_for_that_copy_nothing_is_migrated(data, before_the_last, monkeypatch):
    monkeypatch.setattr("hosting.backups.SPARE", 2**60)

    with pytest.raises(BackupFailed):
        open_database(data / "golem.db", Backups(data))

    with closing(sqlite3.connect(data / "golem.db")) as connection:
        assert (before_the_last,) not in connection.execute("SELECT name FROM schema_migration").fetchall()


def test_a_command_of_a_newer_golem_migrates_nothing_under_the_site_that_runs(data, before_the_last):
    with pytest.raises(Unopened, match="The site still runs as an older version"):
        open_database(data / "golem.db", Backups(data), served=True)


def test_a_database_of_a_newer_golem_is_not_opened(data):
    db.execute_sql("INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01')")

    with pytest.raises(Unopened, match="used by a newer Golem"):
        open_database(data / "golem.db")


def test_letters_that_wait_in_a_copy_are_not_sent_once_more(data, backups, organizer):
    Letter.ask("test", organizer.email, organizer)
    sent = Letter.ask("known", organizer.email)
    Letter.update(due=None, sent_at=now()).where(Letter.id == sent.id).execute()
    copy = backups.make()

    put_back(copy, data, open_database)
    open_database(data / "golem.db")

    assert list(Letter.select()) == [sent]


# What cannot be put back


def rewritten(archive, **changed):
    """The same archive with other bytes for these parts, or without those that are None."""
    parts = {**contents(archive), **{name.replace("_", "."): data for name, data in changed.items()}}
    with tarfile.open(archive, "w:gz") as opened:
        for name, data in parts.items():
            if data is not None:
                member = tarfile.TarInfo(name)
                member.size = len(data)
                opened.addfile(member, io.BytesIO(data))


def damage(archive):
    data = contents(archive)["golem.db"]
    rewritten(archive, golem_db=data[:5000] + b"rubbish" + data[5007:])


def newer(archive):
    manifest = json.loads(contents(archive)["manifest.json"])
    rewritten(archive, manifest_json=json.dumps(manifest | {"format": FORMAT + 1}).encode())


def newer_migration(archive):
    manifest = json.loads(contents(archive)["manifest.json"])
    rewritten(archive, manifest_json=json.dumps(manifest | {"migrations": ["9999_later"]}).encode())


def shapeless(archive):
    manifest = json.loads(contents(archive)["manifest.json"])
    rewritten(archive, manifest_json=json.dumps(manifest | {"files": ["golem.db"]}).encode())


def uncounted(archive):
    manifest = json.loads(contents(archive)["manifest.json"])
    del manifest["rows"]
    rewritten(archive, manifest_json=json.dumps(manifest).encode())


def escape(archive):
    with tarfile.open(archive, "w:gz") as opened:
        for name, data in {"manifest.json": contents_before["manifest.json"], "../golem.db": b"x"}.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            opened.addfile(member, io.BytesIO(data))


contents_before = {}

SPOILT = {
    "cut off": (lambda archive: archive.write_bytes(archive.read_bytes()[:-3000]), "damaged or not all there"),
    "damaged": (damage, "is damaged"),
    "without its database": (lambda archive: rewritten(archive, golem_db=None), "is damaged"),
    "empty": (lambda archive: archive.write_bytes(b""), "damaged or not all there|no copy that Golem has made"),
    "a letter": (lambda archive: archive.write_bytes(b"Dear Olga"), "damaged or not all there"),
    "another zip": (lambda archive: archive.write_bytes(gzip.compress(b"Dear Olga")), "damaged or not all there"),
    "newer": (newer, "made by a newer Golem"),
    "newer by a migration": (newer_migration, "made by a newer Golem"),
    "with a list for its parts": (shapeless, "does not begin with a manifest"),
    "without its counts": (uncounted, "does not begin with a manifest"),
    "leading elsewhere": (escape, "it holds '../golem.db'"),
    "gone": (lambda archive: archive.unlink(), "cannot be read"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_copy_that_is_no_good_is_refused_and_changes_nothing(data, backups, how):
    archive = backups.make()
    contents_before.update(contents(archive))
    spoil, says = SPOILT[how]
    spoil(archive)
    db.close()
    before = {path: path.read_bytes() for path in data.iterdir() if path.is_file()}

    with pytest.raises(BackupFailed, match=says):
        put_back(archive, data, open_database)

    assert {path: path.read_bytes() for path in before} == before
    assert [path for path in data.iterdir() if "restore" in path.name] == []


def test_a_database_that_is_none_of_ours_is_refused(data, tmp_path):
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection, connection:
        connection.execute("CREATE TABLE recipe (name TEXT)")

    with pytest.raises(BackupFailed, match="none of Golem's"):
        put_back(tmp_path / "other.db", data, open_database)


def test_an_older_copy_is_brought_up_to_this_golem_as_it_is_put_back(data, before_the_last):
    archive = Backups(data).make()

    put_back(archive, data, open_database)

    open_database(data / "golem.db")
    assert Community.current().name == "Junction Job Circle"
    assert (before_the_last,) in db.execute_sql("SELECT name FROM schema_migration").fetchall()


def test_a_site_that_was_never_served_does_not_begin_anew_when_its_restore_dies_halfway(data, backups, monkeypatch):
    archive = backups.make()
    (data / "state").unlink(missing_ok=True)
    rename = Path.rename

    def die(path, target):
        if path.parent.name.startswith(".restore-"):
            raise PulledPlug
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", die)
    with pytest.raises(PulledPlug):
        put_back(archive, data, open_database)

    with pytest.raises(Unopened, match="is missing or empty, and it was here before"):
        open_database(data / "golem.db")


class PulledPlug(BaseException):
    """The process ends here."""


def test_a_list_of_deleted_accounts_with_rubbish_in_it_keeps_nobody_from_a_restore(data, backups):
    (data / "deletions").write_bytes(b"7 2026-01-01T00:00:00 2026-02-01T00:00:00\n\n8 2026-\xff\n9\n")
    archive = backups.make()

    put_back(archive, data, open_database)

    assert (data / "deletions").read_text() == "7 2026-01-01T00:00:00 2026-02-01T00:00:00\n"


def test_accounts_that_were_deleted_stay_on_the_list_wherever_the_copy_is_put_back(data, backups, second, tmp_path):
    (data / "deletions").write_text("7 2026-01-01T00:00:00 2026-02-01T00:00:00\n")
    backups.tend()
    [beside] = second.glob("golem-*-deletions")
    beside.write_text(beside.read_text() + "8 2026-01-02T00:00:00 2026-03-01T00:00:00\n")
    new = tmp_path / "new"
    new.mkdir()
    (new / "deletions").write_text("9 2026-01-03T00:00:00 2026-03-02T00:00:00\n")

    put_back(next(second.glob("*.tar.gz")), new, open_database)

    assert [line[0] for line in (new / "deletions").read_text().splitlines()] == ["9", "7", "8"]
