"""A real process that serves the site, and people who write to it over the network."""

import http.client
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

from cast import PASSWORD

HERE = Path(__file__).parent.parent.parent
SECONDS_TO_START = 60  # On a machine that has much else to do.
CLAIM = 1  # The one in which they write.


def free_port():
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Served:
    """`python golem.py` on a folder of its own, on a free port; or another program, for what the clock shows."""

    def __init__(self, folder, *program, **options):
        self.folder, self.port, self.options = folder, free_port(), options
        self.program = program or ("golem.py",)
        self.log = folder.parent / f"{folder.name}.log"
        self.process = None

    def start(self):
        settings = {"GOLEM_DATA": str(self.folder), "GOLEM_PORT": str(self.port), "GOLEM_LIMITS": "off"}
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.program],
                cwd=HERE,
                env={**os.environ, "PYTHONPATH": str(HERE), **settings},
                stdout=log,
                stderr=log,
                **self.options,
            )
        ends = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < ends and self.process.poll() is None:
            try:
                if self.ask("GET", "/healthz").status == 200:
                    return self
            except OSError:
                time.sleep(0.05)
        self.kill()
        raise AssertionError(f"The site did not start. {self.log.read_text()[-3000:]}")

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()

    def terminate(self):
        """Asks the process to stop. Returns how many seconds that took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        return time.monotonic() - began

    def ask(self, method, path, cookie="", seconds=60, **fields):
        """One request on a connection of its own. Raises OSError where no whole answer comes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        headers = {"Cookie": cookie} if cookie else {}
        body = None
        if method == "POST":
            body, headers["Content-Type"] = urlencode(fields), "application/x-www-form-urlencoded"
        with closing(connection):
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                answer.text = answer.read().decode()
            except http.client.HTTPException as problem:
                raise ConnectionError(problem) from problem
            return answer

    def sign_in(self, email):
        """The cookie of somebody who has signed in."""
        answer = self.ask("POST", "/sign-in", email=email, password=PASSWORD)
        assert answer.status == 303, answer.text
        return "; ".join(value.partition(";")[0] for name, value in answer.getheaders() if name == "Set-Cookie")

    def rows(self, sql):
        """What the file holds, as another program reads it."""
        with closing(sqlite3.connect(self.folder / "golem.db", timeout=30)) as other:
            return [value for (value,) in other.execute(sql)]

    def messages(self):
        return set(self.rows("SELECT body FROM message"))


class Writers:
    """People who each send one message after another. `kept` are those whose sending was acknowledged."""

    def __init__(self, served, claim, cookies, count):
        self.served, self.claim, self.cookies = served, claim, cookies
        self.kept, self.refused, self.cut, self.seconds = set(), [], [], []
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self._write, args=[number], daemon=True) for number in range(count)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *problem):
        self.stopped.set()
        for thread in self.threads:
            thread.join(90)
        assert not [thread for thread in self.threads if thread.is_alive()], "Somebody still waits for an answer."

    def run(self, seconds):
        """They write for so long."""
        with self:
            self.stopped.wait(seconds)
        return self

    def wait_for(self, count):
        """Returns once so many were acknowledged."""
        while len(self.kept) < count and any(thread.is_alive() for thread in self.threads):
            time.sleep(0.005)

    def _write(self, number):
        cookie, sent = self.cookies[number % len(self.cookies)], 0
        while not self.stopped.is_set():
            sent += 1
            body, began = f"{id(self)} {number} {sent}", time.monotonic()
            try:
                answer = self.served.ask("POST", f"/claims/{self.claim}/messages", cookie, body=body)
            except OSError as problem:
                self.cut.append((body, problem))
                return
            self.seconds.append(time.monotonic() - began)
            if answer.status == 303:
                self.kept.add(body)
            else:
                self.refused.append((body, answer))
                self.stopped.wait(0.5)  # They read what they are told before they try again.

    @property
    def slowest(self):
        """How long the slowest one of a hundred waited, in seconds."""
        return sorted(self.seconds)[int(len(self.seconds) * 0.99)]


def readers(served, cookie, path, stopped):
    """Somebody who reads on and on until `stopped`: the statuses, and the longest that they waited."""
    statuses, longest = [], 0
    while not stopped.is_set():
        began = time.monotonic()
        statuses.append(served.ask("GET", path, cookie).status)
        longest = max(longest, time.monotonic() - began)
    return statuses, longest
