"""Migrates an empty file, and lets processes that do the same die at statements that write. Prints what was left.

Usage: die_migrating.py FOLDER MIGRATIONS WHICH, where WHICH is "each" statement or "a few": the first, one in the
middle and the last. The answer is JSON: by the name of each migration, how many processes died in it, and what they
left that was not there before.
"""

import json
import os
import shutil
import signal
import sys
from pathlib import Path

from peewee import SqliteDatabase
from playhouse.migrations import Runner

NOT_WRITING = ("SELECT", "PRAGMA", "SAVEPOINT", "RELEASE", "select")


class Dying(SqliteDatabase):
    """Counts the statements that write within a transaction; dies after so many."""

    written, dies_after = 0, None

    def execute_sql(self, sql, params=None):
        cursor = super().execute_sql(sql, params)
        if self.in_transaction() and not sql.startswith(NOT_WRITING):
            self.written += 1
            if self.written == self.dies_after:
                os.kill(os.getpid(), signal.SIGKILL)
        return cursor


def migrate(path, migrations, name, dies_after=None):
    """Returns how many statements of this migration wrote something."""
    database = Dying(str(path), lock_type="IMMEDIATE", pragmas={"journal_mode": "wal", "foreign_keys": 1})
    database.connect()
    database.dies_after = dies_after
    Runner(database, str(migrations)).up(name)
    database.close()
    return database.written


def content(path):
    """Everything in the file, but for when its migrations were made."""
    database = SqliteDatabase(str(path))
    schema = database.execute_sql("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").fetchall()
    rows = {
        name: database.execute_sql(f'SELECT * FROM "{name}"').fetchall()
        for kind, name, _sql in schema
        if kind == "table" and name != "schema_migration"
    }
    made = database.execute_sql("SELECT name FROM schema_migration").fetchall() if schema else []
    database.close()
    return schema, rows, made


def die(path, migrations, name, dies_after):
    """Another process dies within the migration."""
    child = os.fork()
    if not child:
        migrate(path, migrations, name, dies_after)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL


def die_at_statements(path, migrations, name, which):
    """Brings the file at `path` up by this migration, after as many deaths as it has of these statements."""
    before, left = content(path), []
    whole = path.with_name("whole.db")
    for old in whole.parent.glob("whole.db*"):
        old.unlink()
    shutil.copy(path, whole)
    statements = migrate(whole, migrations, name)
    numbers = range(1, statements + 1)
    if which == "a few":
        numbers = sorted({1, (statements + 1) // 2, statements} & set(numbers))
    for number in numbers:
        die(path, migrations, name, number)
        if content(path) != before:
            left.append(f"Something is left after statement {number}.")
    migrate(path, migrations, name)
    if content(path) != content(whole):
        left.append("The next process did not finish it.")
    return {"died": len(numbers), "left": left}


def main(folder, migrations, which):
    path = Path(folder) / "golem.db"
    migrate_nothing = SqliteDatabase(str(path), pragmas={"journal_mode": "wal"})
    Runner(migrate_nothing, str(migrations)).History.create_table()
    migrate_nothing.close()
    names = sorted(file.stem for file in Path(migrations).glob("[0-9]*.py"))
    print(json.dumps({name: die_at_statements(path, migrations, name, which) for name in names}))


if __name__ == "__main__":
    main(*sys.argv[1:])
