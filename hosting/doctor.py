"""What is well with an installation, what is not, and what to do about it. Works while the site runs, and when not."""

import json
import os
import shutil
import socket
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from peewee import fn

from models import Community, Event, now

from .archives import PIECE, in_megabytes
from .backups import LATE_HOURS
from .state import faults
from .watch import LEAST_FREE, try_to_write

OK, WARN, FAIL = "ok", "warn", "FAIL"
PATIENCE = 5  # Seconds that an address may take to answer.
PLENTY = 1024**3  # Bytes of disk below which it is time to think of more.
FORWARD = timedelta(minutes=5)  # What has happened may lie so far ahead of the clock.
OTHERS_MAY = 0o077  # Rights to a file that nobody but its owner should have.
READY = {
    "database": "it cannot read its database",
    "writing": "it cannot write",
    "disk": "its disk is full",
    "sweep": "its clocks stand still: restart it",
    "mail": "letters have been waiting for hours",
}


@dataclass
class Finding:
    about: str
    level: str
    words: str

    def __str__(self):
        return f"{self.level:<4}  {self.about:<11} {self.words}"


class Doctor:
    """Looks at what the settings and the data folder say, and at what answers. Changes nothing.

    `unopened` says why the database must not be opened, or is None.
    """

    def __init__(self, settings, backups, gateway, unopened=None):
        self.settings, self.backups, self.gateway, self.unopened = settings, backups, gateway, unopened

    def findings(self):
        """A Finding for each thing looked at. Without a database that can be opened, only for what needs none."""
        looks = [self.address, self.disk, self.permissions, self.process, self.mail, self.copies, self.database]
        if not self.unopened:
            looks += [self.clock, self.stripe]
        for look in looks:
            try:
                level, words = look()
            except (OSError, ValueError, sqlite3.Error) as problem:
                level, words = FAIL, f"This could not be looked at: {problem}."
            yield Finding(look.__name__, level, words)

    # What the settings and the folder say

    def address(self):
        url, proxies = self.settings.url, self.settings.proxies
        if not url:
            return WARN, "GOLEM_URL is not set: letters and copied links need the address that people type."
        if url.startswith("https:") and not proxies:
            return WARN, "GOLEM_URL is https, so a proxy stands in front: say how many with GOLEM_PROXIES."
        if proxies and url.startswith("http:"):
            return WARN, "A proxy stands in front, but GOLEM_URL is not https: passwords travel in the open."
        status = answer_of(f"{url}/healthz")
        if status != 200:
            return WARN, f"{url} does not answer as Golem should ({status}). Is the proxy on, and the name right?"
        return OK, f"{url} answers."

    def disk(self):
        free = shutil.disk_usage(self.settings.data).free
        try_to_write(self.settings.data)
        if free < LEAST_FREE:
            return FAIL, f"{in_megabytes(free)} are free: make room, or nothing can be saved."
        return (WARN if free < PLENTY else OK), f"{in_megabytes(free)} are free, and the folder can be written."

    def permissions(self):
        data = Path(self.settings.data)
        names = ("", "key", "golem.db", "golem.db-wal", "backups")
        open_to_others = [data / name for name in names if (data / name).exists() and open_to_all(data / name)]
        if open_to_others:
            return FAIL, f"Others on this computer can read {open_to_others[0]}. Run: chmod -R go= {data}"
        if (data / "key").exists() and (data / "key").stat().st_uid != os.geteuid():
            return WARN, f"{data / 'key'} belongs to somebody else: run this as the user who runs the site."
        return OK, "Only the owner of the data folder can read it."

    def process(self):
        """The process that serves says itself what fails; it listens at the address in the settings."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.settings.host, self.settings.host)
        host = f"[{host}]" if ":" in host else host
        answer = ask(f"http://{host}:{self.settings.port}{self.settings.prefix}/readyz")
        if answer is None:
            if self.settings.folder.held_elsewhere():
                return FAIL, "The site runs, but does not answer where the settings say. Restart it."
            return WARN, "The site is not running."
        status, body = answer
        failing = json_of(body).get("failing", [])
        if status == 200:
            return OK, "The site is running, and ready."
        reasons = "; ".join(READY.get(name, name) for name in failing) or f"it answers {status}"
        return FAIL, f"The site is running, but not ready: {reasons}."

    def mail(self):
        if not (mailbox := self.settings.mailbox):
            return WARN, "GOLEM_SMTP_URL is not set: no letters are sent, and members look at the site for news."
        with socket.create_connection((mailbox.host, mailbox.port), timeout=PATIENCE):
            return OK, f"{mailbox.host} answers at port {mailbox.port}. Send a test letter from the desk."

    def copies(self):
        report, at = self.backups.report(), time.time()
        if report["problem"]:
            return FAIL, f"The last copy failed: {report['problem']}"
        if not report["made_at"]:
            return WARN, "There is no copy yet: the running site makes one each night."
        age = (at - report["made_at"]) / 3600
        if age > LATE_HOURS:
            return FAIL, f"The last copy is {age:.0f} hours old: the running site should make one each night."
        return self._second_place(report, at) or (OK, f"The last copy is {age:.0f} hours old.")

    def _second_place(self, report, at):
        second = self.backups.second
        if not second:
            return WARN, "All copies are on the disk of the site. Set GOLEM_BACKUPS to a folder on another one."
        if not second.is_dir():
            return FAIL, f"{second} is not there: is the disk or the share mounted?"
        if report["second_problem"]:
            return FAIL, f"No copy at the second place: {report['second_problem']}"
        if at - report["second_at"] > LATE_HOURS * 3600:
            return FAIL, f"There is no new copy at {second}."
        if self.backups.same_disk():
            return WARN, f"{second} is on the same disk as the site: if that breaks, both are gone."
        return None

    # What the database says

    def database(self):
        if self.unopened:
            return FAIL, str(self.unopened)
        with closing(sqlite3.connect(f"{self.settings.database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            found = faults(connection)
        if found:
            return FAIL, f"The database is damaged ({found[0]}). Stop the site and put a copy back."
        return OK, f"The database is whole ({in_megabytes(self.settings.database.stat().st_size)})."

    def clock(self):
        newest = Event.select(fn.MAX(Event.at)).scalar()
        if newest and newest > now() + FORWARD:
            return FAIL, f"This computer's clock is wrong: it says {now()} UTC, and something happened at {newest}."
        return OK, f"This computer says that it is {now()} UTC."

    def stripe(self):
        if self.gateway is None:
            return OK, "No key for Stripe: prices are settled by hand."
        if not (community := Community.current()):
            return OK, "Stripe is asked once the community is set up."
        answer = self.gateway.check(community.currency)
        if answer.outcome != "done":
            return FAIL, f"Stripe did not answer as it should ({answer.code or answer.outcome}): look at the key."
        if not self.gateway.webhook_secrets:
            return WARN, "Stripe answers. Without STRIPE_WEBHOOK_SECRET payments are looked at every ten minutes only."
        return OK, "Stripe answers."


def ask(url):
    """The status and the body that an address answers with, or None."""
    try:
        with urlopen(url, timeout=PATIENCE) as answer:
            return answer.status, answer.read(PIECE)
    except HTTPError as answer:
        with answer:
            return answer.code, answer.read(PIECE)
    except (OSError, HTTPException):
        return None


def answer_of(url):
    answer = ask(url)
    return answer[0] if answer else "no answer"


def json_of(body):
    try:
        return json.loads(body)
    except ValueError:
        return {}


def open_to_all(path):
    return bool(path.stat().st_mode & OTHERS_MAY)
