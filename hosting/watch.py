"""What whoever watches over the site can ask: whether it can do its work, and how much it has done.

`/readyz`, `/metrics`, the desk and `doctor` all read this.
"""

import logging
import os
import shutil
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing

from peewee import DatabaseError, fn

from models import Community, Letter, clock, db, now

LEAST_FREE = 64 * 1024 * 1024  # Bytes of disk below which the site is not ready.
SILENT_SECONDS = 180  # How long the sweep may be silent: it comes every minute.
STUCK_SECONDS = 2 * 3600  # How long the oldest letter may wait.
PARTS = ("database", "writing", "disk", "sweep", "mail")
PROBE_SECONDS = 1  # For so long a write that went well is believed, however often somebody asks.
WRITE_SECONDS = 3  # How long the probe waits for others who write.
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Watch:
    """What is known of the process that serves, and of its folder."""

    def __init__(self, data, backups):
        self.data, self.backups = data, backups
        self.started, self._swept = time.monotonic(), None
        self._probed = -PROBE_SECONDS
        self._lock = threading.Lock()
        self._answers, self._buckets, self._seconds, self._failures = Counter(), Counter(), 0.0, 0

    # Whether it can do its work

    def swept(self):
        """The sweep has been round, or is about to begin: from now on it has to come back."""
        self._swept = time.monotonic()

    @property
    def sweep_age(self):
        """Seconds since the sweep came round; 0 in a process that does not sweep."""
        return 0 if self._swept is None else time.monotonic() - self._swept

    def failing(self):
        """The names of the PARTS that do not work; none where the site is ready."""
        checks = (self._reads, self._writes, self._has_room, self._sweeps, self._mails)
        return [name for name, check in zip(PARTS, checks, strict=True) if not works(check)]

    def _reads(self):
        Community.select(Community.id).first()
        return True

    def _writes(self):
        """Takes the right to write without writing a row, and writes a small file beside."""
        if db.in_transaction() or time.monotonic() < self._probed + PROBE_SECONDS:
            return True
        with closing(sqlite3.connect(f"file:{db.database}?mode=rw", uri=True, timeout=WRITE_SECONDS)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
        try_to_write(self.data)
        self._probed = time.monotonic()
        return True

    def _has_room(self):
        return shutil.disk_usage(self.data).free > LEAST_FREE

    def _sweeps(self):
        return self.sweep_age < SILENT_SECONDS

    def _mails(self):
        return self.oldest_letter() < STUCK_SECONDS

    def oldest_letter(self):
        """For how many seconds the oldest letter has been waiting to be sent; 0 where none waits."""
        oldest = Letter.select(fn.MIN(Letter.made_at)).where(Letter.due.is_null(False)).scalar()
        return (now() - oldest).total_seconds() if oldest else 0

    # How much it has done

    def record(self, status, seconds, failed_sign_in=False):
        """A request was answered with this status, after so many seconds."""
        with self._lock:
            self._answers[f"{status // 100}xx"] += 1
            self._seconds += seconds
            self._failures += failed_sign_in
            for bucket in BUCKETS:
                self._buckets[bucket] += seconds <= bucket

    def metrics(self):
        """All figures in the text format of Prometheus. They tell of nobody."""
        failing = self.failing()
        with self._lock:
            lines = [
                *family("requests_total", "counter", "Requests answered, by class of status.", self._by_status()),
                *family("request_seconds", "histogram", "How long answers took.", self._durations()),
                *family("sign_in_failures_total", "counter", "Sign-ins that were refused.", {"": self._failures}),
            ]
        ready = {label("part", part): int(part not in failing) for part in PARTS}
        lines += family("ready", "gauge", "Whether a part works.", ready)
        lines += family("backup_age_seconds", "gauge", "Since the last nightly copy.", self._backup_ages())
        for name, says, value in self._gauges():
            lines += family(name, "gauge", says, {"": value})
        return "\n".join(lines) + "\n"

    def _by_status(self):
        return {label("status", status): self._answers[status] for status in ("2xx", "3xx", "4xx", "5xx")}

    def _durations(self):
        total = sum(self._answers.values())
        buckets = {"_bucket" + label("le", bucket): self._buckets[bucket] for bucket in BUCKETS}
        return {**buckets, "_bucket" + label("le", "+Inf"): total, "_sum": self._seconds, "_count": total}

    def _backup_ages(self):
        report, at = self.backups.report(), clock().timestamp()
        made = {"here": report["made_at"], "second": report["second_at"]}
        return {label("place", place): at - moment for place, moment in made.items() if moment}

    def _gauges(self):
        yield "up_seconds", "Since the process started.", time.monotonic() - self.started
        yield "sweep_age_seconds", "Since the sweep came round.", self.sweep_age
        yield "letters_oldest_seconds", "For how long the oldest letter waits.", self.oldest_letter()
        yield "database_bytes", "Size of the database.", size_of(db.database)
        yield "wal_bytes", "Size of what is not in the database proper yet.", size_of(f"{db.database}-wal")
        yield "disk_free_bytes", "Room on the disk of the site.", shutil.disk_usage(self.data).free


def works(check):
    """Whether a part does its work. What keeps it from it is for the log of the process, not for the answer."""
    try:
        return check()
    except (DatabaseError, sqlite3.Error, OSError) as problem:
        logging.warning("The site is not ready: %s", problem)
        return False


def try_to_write(folder):
    """Writes a file, syncs it and takes it away again. Raises OSError on a full disk or a folder turned read-only."""
    probe = folder / f".probe-{os.getpid()}-{threading.get_ident()}"
    try:
        with probe.open("wb") as file:
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
    finally:
        probe.unlink(missing_ok=True)


def family(name, kind, says, values):
    """The lines of one figure, by what follows its name: labels, or the parts of a histogram."""
    yield f"# HELP golem_{name} {says}"
    yield f"# TYPE golem_{name} {kind}"
    for suffix, value in values.items():
        yield f"golem_{name}{suffix} {round(value, 6)}"


def label(name, value):
    return f'{{{name}="{value}"}}'


def size_of(path):
    try:
        return os.path.getsize(path)
    except OSError:
        return 0
