"""The whole community as one file: to move it elsewhere, to keep it, or to read it without this program.

The file is a zip archive: `manifest.json`, and for each table `NAME.jsonl` with a row a line. It holds everything but
what opens something: no password hashes, no second factors, no sessions, links and tokens. After an import everybody
needs a new password, by a link or a letter.
"""

import json
import os
import secrets
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

from peewee import DatabaseError
from playhouse.migrations import Runner

import models
from models import Community, Member, db

FORMAT = 1
MIGRATIONS = Path(__file__).parent.parent / "migrations"


class NotImported(Exception):
    """The sentence says why nothing was written."""


def export_community(file):
    """Writes the archive to the path `file`, for its owner alone: all as it was at one moment, while others write.

    Returns how many rows it holds. Raises NotImported where there is a file already, and OSError.
    """
    file = Path(file)
    if file.exists():
        raise NotImported(f"There is a file called {file} already. Choose another name.")
    draft = file.with_name(file.name + ".part")
    with closing(sqlite3.connect(f"{Path(db.database).absolute().as_uri()}?mode=ro", uri=True)) as source:
        source.execute("BEGIN")
        migrations = [name for (name,) in source.execute("SELECT name FROM schema_migration ORDER BY name")]
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as out:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("manifest.json", json.dumps({"golem": FORMAT, "migrations": migrations}, indent=1))
                rows = sum(_write(archive, source, table) for table in models.TABLES if not table.kept.secret_rows)
            out.flush()
            os.fsync(out.fileno())
    draft.replace(file)
    return rows


def columns_of(table):
    """The names in the database of all columns of the table that are not secret."""
    own = [field.column_name for field in table._meta.sorted_fields if field.name not in table.kept.secret]
    return own if table._meta.auto_increment or table._meta.primary_key.name in own else ["rowid", *own]


def _write(archive, source, table):
    names, count = columns_of(table), 0
    listed = ", ".join(f'"{name}"' for name in names)
    with archive.open(f"{table._meta.table_name}.jsonl", "w") as out:
        for row in source.execute(f'SELECT {listed} FROM "{table._meta.table_name}" ORDER BY rowid'):
            out.write(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False).encode() + b"\n")
            count += 1
    return count


def import_community(file):
    """Fills the data folder, in which nobody has set up a community yet, from an archive.

    Returns how many rows there are. Raises NotImported; then the folder is as it was.
    """
    if Community.current() or Member.select().exists():
        raise NotImported("There is a community in this folder already. Choose an empty one with GOLEM_DATA.")
    path = Path(db.database)
    draft = path.with_name(path.name + ".import")
    try:
        with zipfile.ZipFile(file) as archive:
            rows = _fill(draft, archive)
    except (OSError, ValueError, LookupError, TypeError, zipfile.BadZipFile, sqlite3.Error, DatabaseError) as problem:
        _open(path)
        _remove(draft)
        raise NotImported(f"{file} cannot be imported: {problem}") from None
    _remove(path)
    draft.replace(path)
    _open(path)
    Runner(db, str(MIGRATIONS)).up()
    return rows


def _open(path):
    db.close()
    db.init(str(path))


def _remove(path):
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _fill(draft, archive):
    """Makes a database of the version that the archive is of, and puts all rows into it."""
    manifest = json.loads(archive.read("manifest.json"))
    if manifest["golem"] != FORMAT:
        raise ValueError("it was not made by this program.")
    _remove(draft)
    _open(draft)
    runner = Runner(db, str(MIGRATIONS))
    ours, theirs = [migration.name for migration in runner.migrations()], manifest["migrations"]
    if not theirs or theirs != ours[: len(theirs)]:
        raise ValueError("it is of another version. Update this program to that version or a newer one first.")
    runner.up(theirs[-1])
    with db.atomic():
        db.execute_sql("PRAGMA defer_foreign_keys = ON")
        present = set(db.get_tables()) - {table._meta.table_name for table in models.TABLES if table.kept.secret_rows}
        names = [name.removesuffix(".jsonl") for name in archive.namelist() if name.endswith(".jsonl")]
        if not set(names) <= present:
            raise ValueError("it holds tables that this program does not know.")
        rows = sum(_read(archive, name) for name in names)
        if not Community.select().exists():
            raise ValueError("it holds no community.")
        if problems := db.execute_sql("PRAGMA foreign_key_check").fetchall():
            raise ValueError(f"{len(problems)} of its rows refer to rows that it does not hold.")
    db.close()
    return rows


def _read(archive, name):
    table = next((table for table in models.TABLES if table._meta.table_name == name), None)
    known = {column.name for column in db.get_columns(name)} | {"rowid"}
    count = 0
    with archive.open(f"{name}.jsonl") as lines:
        for line in lines:
            row = json.loads(line) | _secrets(table)
            if not set(row) <= known:
                raise ValueError(f"the table {name} has columns that this program does not know.")
            columns, places = ", ".join(f'"{column}"' for column in row), ", ".join("?" * len(row))
            db.execute_sql(f'INSERT INTO "{name}" ({columns}) VALUES ({places})', list(row.values()))
            count += 1
    return count


def _secrets(table):
    """What stands where a secret was: nothing that opens anything."""
    if table is None:
        return {}
    fields = table._meta.fields
    return {
        fields[name].column_name: secrets.token_hex(32) if fields[name].unique else "" for name in table.kept.secret
    }
