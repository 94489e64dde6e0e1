"""Whether golem.db, the golem.db-wal beside it and the folder belong together, or somebody put files there by hand.

SQLite writes into golem.db-wal first and moves that into golem.db from time to time. It cannot tell that a golem.db was
replaced beside the -wal of another, and mixes the two; nor that a golem.db was copied without its -wal, and lacks what
was written last. So the serving process writes a mark into the header of golem.db (SQLite's user_version) and the same
mark into `data/state`: a new odd number when it starts, a new even one when it has stopped cleanly, 0 before it ever
ran. An odd mark says that there has to be a -wal. A process that was killed leaves both as they have to be.
"""

import json
import secrets
import sqlite3
from contextlib import closing, suppress

from .files import write_safely

RESTORE = "flask --app golem restore"


class Unopened(Exception):
    """The database must not be opened as it is. The text says what happened, and what to do."""


class State:
    """`data/state` beside a database: the marks that golem.db may have, and which file it is."""

    def __init__(self, database):
        self.database = database
        self.wal = database.with_name(database.name + "-wal")
        self.path = database.with_name("state")

    # Before anything opens the database

    def admit(self):
        """Takes what lies here as what belongs together, as `examine` does, and remembers it."""
        replaced, known = self.examine(), self._read()
        if self._filled() and self.mark() % 2 and not self._same_file(known):
            self._write(known["marks"] or [self.mark()])  # The -wal that was copied along goes once it is opened.
        return replaced

    def examine(self):
        """Raises Unopened where opening the database would lose or mix what people wrote. Changes nothing.

        Asked while no process serves. Returns whether somebody has put another whole golem.db here since: what follows
        a restore then has to follow.
        """
        known = self._read()
        if not self._filled():
            if known["marks"]:
                raise Unopened(
                    f"{self.database} is missing or empty, and it was here before. Put it back, or a copy of it: "
                    f"{RESTORE} ARCHIVE. To begin anew without it, delete {self.path}."
                )
            return False
        mark, left_over = self.mark(), self._left_over()
        belongs = not known["marks"] or mark in known["marks"]
        if left_over and not belongs:
            raise Unopened(
                f"{self.database} was replaced, and {self.wal.name} beside it belongs to another one: opened together "
                f"they would be mixed. Put the copy in place with: {RESTORE} COPY. For the one that is there, COPY is "
                f"{self.database} itself."
            )
        if not left_over and mark % 2 and not (belongs and (self.wal.exists() or self._same_file(known))):
            raise Unopened(
                f"{self.database} was copied while Golem was running, without {self.wal.name}: what was written last "
                f"is not in it. Stop Golem and copy both, or put a backup in place: {RESTORE} ARCHIVE. If this copy is "
                f"all there is: {RESTORE} {self.database}"
            )
        if left_over and mark:
            self._check_whole()
        return bool(known["marks"]) and not belongs

    def mark(self):
        """The mark in golem.db itself, whatever lies beside it."""
        try:
            with closing(sqlite3.connect(f"{self.database.absolute().as_uri()}?immutable=1", uri=True)) as connection:
                return connection.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.Error as problem:
            raise Unopened(f"{self.database} cannot be read: {problem}. Put a copy back: {RESTORE} ARCHIVE") from None

    def _filled(self):
        return self.database.exists() and self.database.stat().st_size > 0

    def _left_over(self):
        return self.wal.exists() and self.wal.stat().st_size > 0

    def _same_file(self, known):
        """Whether this is the very file that was served: then another program has brought its -wal home."""
        return self.database.stat().st_ino == known["file"]

    def _check_whole(self):
        """After a process that did not stop cleanly. Reads alone: what does not fit together stays as it is."""
        with closing(sqlite3.connect(f"{self.database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            try:
                broken = faults(connection)
            except sqlite3.OperationalError:  # Not ours to say: whoever opens it next will.
                return
            except sqlite3.DatabaseError as problem:
                broken = [str(problem)]
        if broken:
            raise Unopened(
                f"{self.database} and {self.wal.name} do not fit together or are damaged ({broken[0]}). Keep both, and "
                f"put a backup in place: {RESTORE} ARCHIVE"
            )

    # While the site is served

    def begin(self, db):
        """The serving process has opened the database: until `end`, a copy of golem.db alone is not whole."""
        self._set(db, whole() + 1)

    def end(self, db):
        """Nothing more will be written: golem.db is whole by itself."""
        self._set(db, whole())

    def _set(self, db, mark):
        """Whenever the process dies within, the mark in golem.db is among those in the folder."""
        before = self._read()["marks"] or [db.pragma("user_version")]
        self._write([*before, mark])
        db.pragma("user_version", mark)
        busy, *_pages = db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self._write([*before, mark] if busy else [mark])

    # The side file

    def _read(self):
        try:
            state = json.loads(self.path.read_text(encoding="utf-8"))
            return {"marks": list(state["marks"]), "file": state["file"]}
        except (OSError, ValueError, LookupError, TypeError):
            return {"marks": [], "file": 0}

    def _write(self, marks):
        state = {"marks": marks, "file": self.database.stat().st_ino}
        write_safely(self.path, json.dumps(state).encode())

    def expect(self):
        """From now on golem.db is missed where it is not there, also if no process has served it yet."""
        if self._filled() and not self._read()["marks"]:
            with suppress(Unopened):  # One that cannot be read is replaced all the same.
                self.settle()

    def settle(self):
        """Whatever golem.db is here now is the one that belongs here."""
        self._write([self.mark()])


def whole():
    """A new mark for a database that stands by itself."""
    return 2 * secrets.randbelow(2**29) + 2


def faults(connection):
    """What SQLite finds wrong with a database, in its words; nothing where it is whole."""
    found = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
    strays = connection.execute("PRAGMA foreign_key_check")
    return found or [f"a row of {row[0]} names one that is not there" for row in strays]
