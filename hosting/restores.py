"""Putting a copy back. The site must not run; what was there before is kept beside."""

import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path

import models
from models import clock, db

from . import deletions
from .archives import DATABASE, DELETIONS, KEY, BackupFailed, check_database, unpack
from .files import sync, write_safely
from .state import State, Unopened, whole

BESIDE = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", KEY)  # In this order: see `swap`.


def put_back(copy, data, open_database):
    """Puts an archive, or a golem.db, in the place of what is in the data folder. Raises BackupFailed.

    `open_database(path)` brings a database up to the newest migration, for the models. Every browser is signed out,
    open links end, and the accounts that were deleted since are deleted again. Returns the folder in which the old
    files are kept, None where there were none.
    """
    if not db.is_closed():
        db.close()
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=data) as temporary:
        parts = Path(temporary)
        if is_database(copy):
            take_database(copy, parts / DATABASE)
        else:
            unpack(copy, parts)
        learn_deletions(data, parts / DELETIONS, beside_at_second_place(copy))
        open_database(parts / DATABASE)
        follow(data)
        db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        return swap(parts, data)


def is_database(path):
    try:
        with path.open("rb") as file:
            return file.read(15) == b"SQLite format 3"
    except OSError as problem:
        raise BackupFailed(f"{path} cannot be read: {problem.strerror}.") from None


def take_database(path, target):
    """A golem.db that somebody has copied by hand, with its -wal where one lies beside it that belongs to it."""
    shutil.copyfile(path, target)
    state = State(path)
    with suppress(Unopened):
        state.examine()
        if state.wal.exists():
            shutil.copyfile(state.wal, target.with_name(state.wal.name))
    check_database(target)
    with closing(sqlite3.connect(target)) as connection:
        connection.execute(f"PRAGMA user_version={whole()}")


def follow(data):
    """What follows once an older copy is in place: browsers and open links that it holds may have been ended since.

    So may accounts: those in `data/deletions` end once more.
    """
    models.end_all_access()
    deletions.repeat(data)


def beside_at_second_place(copy):
    """The list of deleted accounts that lies beside the copies of this site: newer than the one in the copy."""
    return copy.with_name("-".join([*copy.name.split("-")[:2], DELETIONS]))


def learn_deletions(data, *others):
    """Adds to the list of deleted accounts of this folder what other such lists know, as far as they are there."""
    lines = dict.fromkeys(line for path in (data / DELETIONS, *others) for line in deletions.whole_lines(path))
    if lines:
        write_safely(data / DELETIONS, "".join(lines).encode())


def swap(parts, data):
    """What was unpacked takes the place of what is there.

    The database goes first: whenever the process dies within, golem.db is missing and the site refuses to start, rather
    than to begin anew or with the -wal of another.
    """
    kept, state = data / f"before-restore-{clock():%Y%m%d-%H%M%S}", State(data / DATABASE)
    state.expect()
    for name in BESIDE:
        if (data / name).exists() and (name != KEY or (parts / KEY).exists()):
            kept.mkdir(mode=0o700, exist_ok=True)
            (data / name).rename(kept / name)
    sync(data)
    if (parts / KEY).exists():
        (parts / KEY).rename(data / KEY)
    sync(parts / DATABASE)
    (parts / DATABASE).rename(data / DATABASE)
    sync(data)
    state.settle()
    return kept if kept.exists() else None
