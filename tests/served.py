"""The site as a process of its own, over a data folder, with the owner at a browser."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

from cast import PASSWORD

HERE = Path(__file__).parent.parent


class Served:
    """`python golem.py` over this data folder, and its commands. Whoever uses it ends it."""

    def __init__(self, data, **settings):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.data, self.process, self.cookie = Path(data), None, ""
        self.environment = {**os.environ, "GOLEM_PORT": str(self.port), **settings}

    def start(self):
        """Returns once it answers."""
        self.process = self._run("golem.py", stdout=subprocess.DEVNULL)
        for _attempt in range(200):
            if self.process.poll() is None and self.answers():
                return self
            time.sleep(0.05)
        raise AssertionError("The site did not start.")

    def refusal(self):
        """What it says when it does not start, which has to be one sentence and no traceback."""
        process = self._run("golem.py", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            said = process.communicate(timeout=20)[1]
        finally:
            process.kill()
            process.wait()
        assert process.returncode == 1, said
        assert "Traceback" not in said
        return said

    def command(self, *words):
        """Runs `flask --app golem …`. Returns the exit status, and what it said."""
        done = self._run("-m", "flask", "--app", "golem", *words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said, _errors = done.communicate(timeout=60)
        return done.returncode, said.decode()

    def _run(self, *words, **how):
        environment = {**self.environment, "GOLEM_DATA": str(self.data)}
        return subprocess.Popen([sys.executable, *words], cwd=HERE, env=environment, **how)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(15) == 0

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()

    # At a browser

    def ask(self, method, path, body=None, **headers):
        """The status and the text of an answer, and its headers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            form = urlencode(body) if body else None
            kind = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
            connection.request(method, path, form, {"Cookie": self.cookie, **kind, **headers})
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), answer.headers
        finally:
            connection.close()

    def answers(self):
        try:
            return self.ask("GET", "/healthz")[0] == 200
        except OSError:
            return False

    def sign_in(self, member):
        """Signs in as this member. Returns whether that went well."""
        status, _text, headers = self.ask("POST", "/sign-in", {"email": member.email, "password": PASSWORD})
        self.cookie = "; ".join(cookie.split(";")[0] for cookie in headers.get_all("Set-Cookie", ()))
        return status == 303

    def write(self, word):
        """Blocks a word, as an organizer. Returns whether the site said that it is done."""
        status, _text, headers = self.ask("POST", "/desk/blocks", {"kind": "word", "pattern": word})
        return status == 303 and headers["Location"] == "/desk/employers"
