"""The copies of a site: by hand, before a migration and every night; how long they are kept, and where."""

import hashlib
import json
import os
import re
import shutil
import sqlite3
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

from models import clock

from .archives import (
    DATABASE,
    DELETIONS,
    KEY,
    PIECE,
    SETTINGS,
    BackupFailed,
    fingerprint,
    must_have_room,
    snapshot,
    write_archive,
)
from .files import beside, write_safely

DAILY, WEEKLY, MONTHLY = 7, 4, 6  # How many of the nightly copies are kept: the newest of so many days, weeks, months.
OTHERS = 5  # How many are kept of those that were made by hand, and of those before a migration.
NIGHT = 3  # The hour of the community's day after which the nightly copy is made.
LATE_HOURS = 36  # After which the desk says that a copy is missing.
AGAIN_SECONDS = 3600  # After which what went wrong is tried again.
SPARE = 64 * 1024 * 1024  # Bytes that have to stay free on the disk of the site.

# The settings that go into the archive, to be set again on another machine. The others open something.
NOT_SECRET = (
    "GOLEM_HOST",
    "GOLEM_PORT",
    "GOLEM_URL",
    "GOLEM_PREFIX",
    "GOLEM_PROXIES",
    "GOLEM_LIMITS",
    "GOLEM_BACKUPS",
    "GOLEM_MAIL_FROM",
)
NIGHTLY, BY_HAND, MIGRATION = "", "-by-hand", "-before"
NEVER = {
    "made_at": 0,
    "file": "",
    "problem": "",
    "second_at": 0,
    "second_problem": "",
    "same_disk": False,
    "tried_at": 0,
}


class Backups:
    """The copies of one data folder.

    `second` is a folder elsewhere that gets each nightly copy too, or None. `settings` are those that are no secret.
    """

    def __init__(self, data, second=None, settings=None):
        self.data, self.second, self.settings = Path(data), Path(second) if second else None, settings or {}
        self.folder = self.data / "backups"
        self.database = self.data / DATABASE
        self._report = self.folder / "report.json"

    @classmethod
    def of(cls, settings):
        """Those that the settings ask for."""
        return cls(settings.data, settings.backups, {name: settings.read(name, "") for name in NOT_SECRET})

    # Making one

    def make(self, folder=None, kind=BY_HAND, detail=""):
        """Makes a checked archive in this folder, else in `data/backups`. Returns its path. Raises BackupFailed."""
        folder = Path(folder or self.folder)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._clear_away(folder)
            must_have_room(self.data, 2 * self.database.stat().st_size, SPARE)
            with tempfile.TemporaryDirectory(prefix=".backup-", dir=self.data) as temporary:
                copy = Path(temporary) / DATABASE
                contents = snapshot(self.database, copy)
                path = folder / f"golem-{self._mark()}-{clock():%Y%m%d-%H%M%S}{kind}{detail}.tar.gz"
                write_archive(path, copy, contents, self._small())
            self._let_go(folder, kind)
        except OSError as problem:
            raise BackupFailed(f"No copy could be written to {folder}: {problem.strerror or problem}.") from None
        except sqlite3.Error as problem:
            raise BackupFailed(f"The database could not be copied: {problem}.") from None
        return path

    def _clear_away(self, folder):
        """Deletes what processes that were killed have left unfinished: whole copies, which nobody would ever miss."""
        of_copies = self.data.glob(".backup-*"), self.data.glob(".restore-*"), self.data.glob(f"{DATABASE}.import*")
        for path in chain(*of_copies, folder.glob(f".golem-{self._mark()}-*.part")):
            if path.stat().st_mtime < time.time() - AGAIN_SECONDS:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _small(self):
        settings = json.dumps(self.settings, indent=1).encode()
        return {KEY: self._bytes(KEY), SETTINGS: settings, DELETIONS: self._bytes(DELETIONS)}

    def _bytes(self, name):
        path = self.data / name
        return path.read_bytes() if path.exists() else b""

    def _mark(self):
        """A few letters that keep the copies of several sites in one folder apart. They tell nothing of the key."""
        return hashlib.sha256(b"golem backups " + self._bytes(KEY)).hexdigest()[:6]

    def _let_go(self, folder, kind):
        """Deletes the archives of this site and kind that are past their time."""
        detail = r"-\d+" if kind == MIGRATION else ""
        pattern = re.compile(rf"golem-{self._mark()}-(\d{{8}}-\d{{6}}){kind}{detail}\.tar\.gz")
        found = {path: pattern.fullmatch(path.name) for path in folder.iterdir()}
        times = {path: datetime.strptime(match[1], "%Y%m%d-%H%M%S") for path, match in found.items() if match}  # noqa: DTZ007
        kept = set(sorted(times, key=times.get)[-OTHERS:]) if kind else newest_of_each(times)
        for path in set(times) - kept:
            path.unlink()

    # Every night

    def tend(self, zone=UTC):
        """Makes the copy of this night if there is none yet, and carries it to the second place.

        What goes wrong is kept for the desk, and tried again an hour later. Returns whether anything was tried.
        """
        report, at = self.report(), clock().timestamp()
        night = last_night(clock().astimezone(zone)).timestamp()
        missing = report["made_at"] < night
        missing_there = self.second and (missing or report["second_at"] < night)
        if not (missing or missing_there) or 0 <= at - report["tried_at"] < AGAIN_SECONDS:
            return False
        report |= {"tried_at": at, "problem": "", "second_problem": ""}
        self._write_report(report)
        if missing:
            report |= self._make_nightly()
        if missing_there and not report["problem"]:
            report |= self._carry(self.folder / report["file"])
        self._write_report(report)
        return True

    def _make_nightly(self):
        try:
            return {"file": self.make(kind=NIGHTLY).name, "made_at": clock().timestamp()}
        except BackupFailed as problem:
            return {"problem": str(problem)}

    def _carry(self, path):
        """To the second place, which may be full, gone, or without an owner for each file."""
        try:
            if not self.second.is_dir():
                return {"second_problem": f"{self.second} is not there."}
            self._clear_away(self.second)
            with path.open("rb") as archive, beside(self.second / path.name) as (_temporary, file):
                shutil.copyfileobj(archive, file, PIECE)
            if fingerprint(self.second / path.name) != fingerprint(path):
                return {"second_problem": f"What was written to {self.second} reads otherwise."}
            if (self.data / DELETIONS).exists():
                write_safely(self.second / f"golem-{self._mark()}-{DELETIONS}", self._bytes(DELETIONS))
            self._let_go(self.second, NIGHTLY)
        except OSError as problem:
            return {"second_problem": f"{self.second}: {problem.strerror or problem}."}
        return {"second_at": clock().timestamp(), "same_disk": self.same_disk()}

    # What is said about them

    def report(self):
        """What became of the nightly copies, as it stands on the site's own disk: the second place may hang.

        Times are seconds since 1970, 0 for never; problems are sentences, empty while all is well.
        """
        report = dict(NEVER)
        with suppress(OSError, ValueError):
            report |= json.loads(self._report.read_text(encoding="utf-8"))
        return report

    def alarm(self):
        """The code of what is wrong with the nightly copies, for the desk; empty while all is well."""
        report, at = self.report(), clock().timestamp()
        if report["problem"]:
            return "failed"
        if report["made_at"] and report["made_at"] < at - LATE_HOURS * 3600:
            return "late"
        waited = self.second and 0 < report["made_at"] < at - AGAIN_SECONDS
        if report["second_problem"] or (waited and report["second_at"] < report["made_at"]):
            return "second"
        return ""

    def _write_report(self, report):
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_safely(self._report, json.dumps(report).encode())

    def same_disk(self):
        """Whether the second place is on the disk of the site itself: then one broken disk takes both. May hang."""
        with suppress(OSError):
            return self.second is not None and self.second.stat().st_dev == os.stat(self.data).st_dev
        return False


def last_night(at):
    """The moment of the last night at or before this time at which the copy is made."""
    night = at.replace(hour=NIGHT, minute=0, second=0, microsecond=0)
    return night - timedelta(days=at < night)


def newest_of_each(times):
    """The newest archive of each of the last days, weeks and months that have one."""
    kept = set()
    for periods, form in ((DAILY, "%Y-%m-%d"), (WEEKLY, "%G-%V"), (MONTHLY, "%Y-%m")):
        newest = {times[path].strftime(form): path for path in sorted(times, key=times.get)}
        kept |= {newest[period] for period in sorted(newest)[-periods:]}
    return kept
