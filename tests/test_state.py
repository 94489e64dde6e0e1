"""What golem.db, its -wal and the folder say of each other, without a process around them."""

import shutil
import sqlite3
from contextlib import closing, suppress

import pytest
from peewee import SqliteDatabase

from hosting.state import State, Unopened


class PulledPlug(Exception):
    """The process ends here."""


class Mortal(SqliteDatabase):
    """A database whose process dies after so many more statements; None for never."""

    steps_left = None

    def execute_sql(self, sql, params=None):
        if self.steps_left == 0:
            raise PulledPlug
        if self.steps_left:
            self.steps_left -= 1
        return super().execute_sql(sql, params)


@pytest.fixture
def database(tmp_path):
    """A database that is being served: marked, open, and with a table to write to."""
    database = Mortal(str(tmp_path / "golem.db"), pragmas={"journal_mode": "wal", "wal_autocheckpoint": 0})
    database.execute_sql("CREATE TABLE word (id INTEGER PRIMARY KEY, word TEXT UNIQUE)")
    State(tmp_path / "golem.db").begin(database)
    yield database
    database.close()


def write(database, first, count):
    database.execute_sql("BEGIN")
    for number in range(first, first + count):
        database.execute_sql("INSERT INTO word (word) VALUES (?)", [f"{number * 7919 % 100_000:05}" * 20])
    database.execute_sql("COMMIT")


def died(tmp_path, main=None):
    """The folder as a process leaves it that is killed; with another golem.db where one is given."""
    folder = tmp_path / "died"
    folder.mkdir()
    for name in ("golem.db", "golem.db-wal", "state"):
        shutil.copy(tmp_path / name, folder / name)
    if main:
        shutil.copy(main, folder / "golem.db")
    return State(folder / "golem.db")


def test_a_process_that_was_killed_leaves_what_belongs_together(database, tmp_path):
    write(database, 0, 100)

    state = died(tmp_path)

    assert state.admit() is False
    with closing(sqlite3.connect(state.database)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM word").fetchone() == (100,)
    assert state.admit() is False


def test_an_older_copy_of_the_same_run_beside_the_wal_is_noticed_by_what_is_in_it(database, tmp_path):
    write(database, 0, 300)
    database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    old = shutil.copy(tmp_path / "golem.db", tmp_path / "old.db")
    write(database, 300, 3000)
    database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    write(database, 3300, 50)

    assert died(tmp_path).admit() is False
    shutil.rmtree(tmp_path / "died")
    state = died(tmp_path, main=old)
    before = state.database.read_bytes()

    with pytest.raises(Unopened, match="do not fit together or are damaged"):
        state.admit()

    assert state.database.read_bytes() == before


@pytest.mark.parametrize("step", range(5))
@pytest.mark.parametrize("way", ["begin", "end"])
def test_a_start_or_stop_that_is_broken_off_is_no_reason_to_refuse(database, tmp_path, way, step):
    database.steps_left = step
    with suppress(PulledPlug):
        getattr(State(tmp_path / "golem.db"), way)(database)
    database.steps_left = None

    write(database, 0, 10)

    assert died(tmp_path).admit() is False


def test_a_clean_stop_makes_the_database_whole_by_itself(database, tmp_path):
    write(database, 0, 100)
    state = State(tmp_path / "golem.db")

    state.end(database)

    shutil.copy(tmp_path / "golem.db", tmp_path / "alone.db")
    (tmp_path / "alone").mkdir()
    alone = State(shutil.move(tmp_path / "alone.db", tmp_path / "alone" / "golem.db"))
    assert alone.admit() is False
    assert alone.mark() % 2 == 0


@pytest.mark.parametrize("rubbish", ["", "[]", '{"marks": null}', '{"marks": [2]}', "\0" * 39])
def test_a_side_file_of_rubbish_counts_as_none(database, tmp_path, rubbish):
    State(tmp_path / "golem.db").end(database)
    database.close()
    (tmp_path / "state").write_text(rubbish)

    assert State(tmp_path / "golem.db").admit() is False
