"""Behind a proxy: the examples in deploy/, with the real Caddy and the real nginx before the real process."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from http.client import HTTPSConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

HERE = Path(__file__).parent.parent
PREFIX = "/golem"
CRAWL = re.compile(r'(?:href|src|action|hx-get|hx-post)="(/[^"]*)"')


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Runs a program beside the tests, with what it says in a file. It is gone when its tests are."""
    started = []

    def run(*command, **environment):
        folder = tmp_path_factory.mktemp("program")
        with (folder / "said").open("w") as said:
            started.append(
                subprocess.Popen(
                    command,
                    cwd=HERE,
                    env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
                    stdout=said,
                    stderr=subprocess.STDOUT,
                )
            )
        return folder / "said"

    yield run
    for process in started:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def port():
    def port():
        with socket.create_server(("127.0.0.1", 0)) as free:
            return free.getsockname()[1]

    return port


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for localhost that nobody else trusts, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", folder / "key", "-out", folder / "certificate"]
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    ]
    subprocess.run([*command, *names, *files], check=True, capture_output=True)
    return folder / "certificate", folder / "key"


def program(name):
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if not found:
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up(f"There is no {name} here to test with: `make proxies` installs it.")
    return found


@pytest.fixture(scope="module")
def caddy(run, certificate, tmp_path_factory):
    """Starts Caddy as its example says, at this port, before the site at that one."""

    def caddy(outside, inside):
        example = (HERE / "deploy" / "Caddyfile").read_text()
        example = example.replace("127.0.0.1:8000", f"127.0.0.1:{inside}")
        example = example.replace(
            "jobs.example.org {", f"localhost:{outside} {{\n\ttls {certificate[0]} {certificate[1]}"
        )
        file = tmp_path_factory.mktemp("caddy") / "Caddyfile"
        file.write_text(example.replace("{\n", "{\n\tadmin off\n\tauto_https off\n", 1))
        return run(program("caddy"), "run", "--config", str(file), "--adapter", "caddyfile")

    return caddy


@pytest.fixture(scope="module")
def nginx(run, certificate, tmp_path_factory):
    """Starts nginx as its example says, at this port, before the site at that one."""

    def nginx(outside, inside):
        example = (HERE / "deploy" / "nginx.conf").read_text()
        example = example.replace("listen [::]:443 ssl;", "").replace("listen 443", f"listen 127.0.0.1:{outside}")
        example = example.replace("127.0.0.1:8000", f"127.0.0.1:{inside}").replace("jobs.example.org", "localhost")
        for name, path in zip(("fullchain", "privkey"), certificate, strict=True):
            example = example.replace(f"/etc/letsencrypt/live/localhost/{name}.pem", str(path))
        folder = tmp_path_factory.mktemp("nginx")
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        places = "".join(f"{kind}_temp_path {folder / kind};\n" for kind in kinds)
        whole = f"daemon off;\nmaster_process off;\npid {folder / 'pid'};\nerror_log stderr;\nevents {{}}\n"
        (folder / "nginx.conf").write_text(f"{whole}http {{\naccess_log off;\n{places}{example}}}\n")
        return run(program("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr")

    return nginx


class Visitor:
    """A browser at the address of the proxy, which keeps its cookies."""

    def __init__(self, port, source="127.0.0.1"):
        self.port, self.source, self.cookies = port, source, {}
        self.context = ssl.create_default_context()
        self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE

    def ask(self, method, path, typed=None, **headers):
        """Returns status, headers and text. `_` in the names of headers stands for a dash."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers["Host"] = f"localhost:{self.port}"
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if typed is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = HTTPSConnection(
            "localhost", self.port, timeout=30, context=self.context, source_address=(self.source, 0)
        )
        connection.request(method, path, urlencode(typed, doseq=True) if typed is not None else None, headers)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        connection.close()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _equals, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers, text


def until(condition):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if found := condition():
                return found
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError("This took too long.")


@pytest.fixture(scope="module", params=[("caddy", ""), ("nginx", ""), ("caddy", PREFIX), ("nginx", PREFIX)], ids=str)
def behind(request, run, port, tmp_path_factory):
    """The site behind this proxy, at the root or below a prefix: the proxy's port, the prefix, a link to set it up."""
    name, prefix = request.param
    outside, inside = port(), port()
    said = run(
        sys.executable,
        "golem.py",
        GOLEM_DATA=str(tmp_path_factory.mktemp("behind") / "data"),
        GOLEM_PORT=str(inside),
        GOLEM_PROXIES="1",
        GOLEM_PREFIX=prefix,
        GOLEM_URL=f"https://localhost:{outside}{prefix}",
    )
    request.getfixturevalue(name)(outside, inside)
    link = until(lambda: re.search(r"open https://localhost:\d+(\S+)", said.read_text()))[1]
    until(lambda: Visitor(outside).ask("GET", f"{prefix}/healthz")[0] == 200)
    return outside, prefix, link


SETUP = {
    "name": "Harbour Careers",
    "place": "Hamilton",
    "currency": "CAD",
    "timezone": "America/Toronto",
    "charging": "yes",
    "joining": "open",
    "owner_name": "Olga Owner",
    "email": "olga@example.org",
    "password": "a long enough password",
}


def test_a_community_behind_a_proxy_has_its_own_addresses_forms_and_limits(behind):
    port, prefix, link = behind
    olga = Visitor(port)
    origin = f"https://localhost:{port}"

    status, _headers, text = olga.ask("GET", link)
    fields = dict.fromkeys(re.findall(r'name="([^"]+)"', text), "")
    status, headers, text = olga.ask("POST", link, {**fields, **SETUP, "key": link.partition("=")[2]}, Origin=origin)
    assert status == 303, re.findall(r'role="alert"[^>]*>([^<]*)', text)

    # Everything stays below the prefix, the cookie is for https alone, and the desk finds nothing to complain of.
    assert headers["Location"].startswith(f"{prefix}/")
    assert "Secure" in headers["Set-Cookie"]
    status, _headers, text = olga.ask("GET", f"{prefix}/desk")
    assert status == 200
    assert "GOLEM_URL says" not in text
    assert "everybody seems to come from one address" not in text
    assert {address for address in CRAWL.findall(text) if not address.startswith(f"{prefix}/")} == set()

    # Other sites stay out, however they look.
    for foreign in ("https://evil.example", "http://localhost", "https://localhost"):
        assert olga.ask("POST", f"{prefix}/account", {"name": "Eve"}, Origin=foreign)[0] == 403

    # One stranger who tries too often shuts only themselves out, whatever they say about who they are.
    stranger, tries = Visitor(port, source="127.0.0.66"), []
    while 429 not in tries and len(tries) < 30:
        said = {"X_Forwarded_For": f"203.0.113.{len(tries)}", "X_Forwarded_Prefix": "/evil"}
        tries.append(stranger.ask("POST", f"{prefix}/employers", {}, Origin=origin, **said)[0])
    assert tries[-1] == 429
    assert Visitor(port).ask("POST", f"{prefix}/employers", {}, Origin=origin)[0] == 422
