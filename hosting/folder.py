"""The data folder: the database, the key that signs cookies, who may read them, and which process serves them."""

import fcntl
import os
import secrets
import sqlite3
import sys
from contextlib import closing, suppress
from pathlib import Path

from .files import write_safely
from .state import State, Unopened

PRIVATE = 0o077  # What the umask takes from everybody but the owner.
EVERYBODY = 0o007


class DataFolder:
    """Everything that a Golem keeps. What is wrong with it is said in one sentence: SystemExit with it."""

    def __init__(self, path):
        self.path = Path(path)
        self.database = self.path / "golem.db"
        self._key = self.path / "key"
        self._lock = self.path / "lock"
        self._held = None

    def prepare(self):
        """The folder is there and can be written, and what is in it is its owner's alone. What was lost is said."""
        os.umask(PRIVATE)
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock.touch(mode=0o600)
        except OSError as problem:
            raise SystemExit(f"The data folder {self.path} cannot be written: {problem.strerror}.") from None
        for file in self.path.glob("golem.db*"):
            self._close_to_others(file)
        if self._filled(self._key) and not self._filled(self.database):
            say(f"There is a key in {self.path}, but no database: this is a new site, unless you put golem.db back.")
        self._look_at_database()

    def _close_to_others(self, file):
        if not file.stat().st_mode & EVERYBODY:
            return
        try:
            file.chmod(file.stat().st_mode & ~PRIVATE)
        except OSError:
            raise SystemExit(f"Everybody on this computer can read {file}. Run: chmod go= {file}") from None
        say(f"Everybody on this computer could read {file}. From now on only its owner can.")

    def _filled(self, file):
        return file.exists() and file.stat().st_size > 0

    def _look_at_database(self):
        """Opens it only if it may be opened: what keeps it from that is said by whoever needs it.

        Where a process serves it, that one knows, and must not be kept from writing.
        """
        with suppress(Unopened):
            if not self.held_elsewhere():
                State(self.database).admit()
                self._try_database()

    def _try_database(self):
        """Takes the right to write for a moment, and writes nothing."""
        try:
            with closing(sqlite3.connect(self.database)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.rollback()
        except sqlite3.Error as problem:
            raise SystemExit(f"The database {self.database} cannot be used: {problem}.") from None

    def key(self):
        """The key that signs cookies. It is made on the first run, and anew where it was lost."""
        try:
            if not self._filled(self._key):
                self._make_key()
            if self._key.stat().st_mode & EVERYBODY:
                raise SystemExit(
                    f"Everybody on this computer can read {self._key}, and sign in as anybody. Delete it: "
                    "a new one is made, and everybody signs in again."
                )
            return self._key.read_text(encoding="utf-8")
        except (OSError, ValueError) as problem:
            reason = getattr(problem, "strerror", None) or "it is no text"
            raise SystemExit(f"The key {self._key} cannot be read: {reason}.") from None

    def _make_key(self):
        """Written beside, synced and renamed: the key is there whole, or not at all."""
        if self._filled(self.database):
            say(f"The key {self._key} was missing or empty. A new one is made: everybody has to sign in again.")
        write_safely(self._key, secrets.token_hex(32).encode())

    def hold(self):
        """From now on no other process can serve this folder, until this one ends. Says so where another does."""
        self.prepare()
        lock = self._lock.open("a")
        if not self._take(lock):
            raise SystemExit(f"Another Golem is serving {self.path} already. Stop that one first.")
        self._held = lock

    def let_go(self):
        """Others can serve this folder again."""
        self._held.close()
        self._held = None

    def held_elsewhere(self):
        """Whether another process serves this folder now: it may be read then, but not migrated or replaced."""
        if self._held is not None or not self._lock.exists():
            return False
        with self._lock.open("a") as file:
            return not self._take(file)

    def _take(self, file):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as problem:
            raise SystemExit(f"Nothing can be locked in {self.path}: {problem.strerror}. Use a local disk.") from None
        return True


def say(sentence):
    """For whoever starts the process, beside what a command answers."""
    print(sentence, file=sys.stderr, flush=True)
