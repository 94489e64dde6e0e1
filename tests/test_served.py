"""The process that people run: what it says when it cannot start, its files, and that it stays open for the next."""

import os
import re
import resource
import socket
import stat
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.request import urlopen

import pytest

from hosting.folder import DataFolder

HERE = Path(__file__).parent.parent
IDLE, SLOW_READERS, SLOW_WRITERS = 500, 60, 60


@pytest.fixture(scope="module")
def start():
    """Starts `python golem.py` with these settings, at a port that is free. It is gone when its tests are."""
    started = []

    def start(folder, **settings):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GOLEM_")}
        environment |= {"GOLEM_DATA": str(folder), "GOLEM_PORT": "0", **settings}
        # A process that stands for one of a system with an open umask.
        command = [
            sys.executable,
            "-c",
            "import os, runpy; os.umask(0); runpy.run_path('golem.py', run_name='__main__')",
        ]
        process = subprocess.Popen(
            command, cwd=HERE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def address_of(process):
    """The address that the process prints when it is ready."""
    for line in process.stdout:
        if found := re.fullmatch(r"Golem is at (\S+)\n", line):
            return found[1]
    raise AssertionError(process.stderr.read())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("served") / "data"


@pytest.fixture(scope="module")
def site(start, folder):
    """The address of a site that is served while this room is tested."""
    return address_of(start(folder, GOLEM_HOST="::1"))


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


# Its files


def test_whatever_the_site_writes_is_its_owners_alone(site, folder):
    files = {path.name: mode(path) for path in (folder, *folder.iterdir())}

    assert {"key", "golem.db", "golem.db-wal"} <= files.keys()
    assert {name: oct(bits) for name, bits in files.items() if bits & 0o077} == {}
    assert len((folder / "key").read_text()) == 64


def test_an_address_of_six_is_printed_so_that_it_opens(site):
    assert site.startswith("http://[::1]:")
    with urlopen(f"{site}/healthz", timeout=5) as answer:
        assert answer.status == 200


# What it says when it cannot start


def no_database(folder):
    (folder / "golem.db").write_text("This is a letter to my aunt, and no database at all. " * 20)
    (folder / "golem.db").chmod(0o600)
    (folder / "key").write_text("x" * 64)
    (folder / "key").chmod(0o600)


def a_file_for_a_folder(folder):
    folder.rmdir()
    folder.touch()


FAULTS = {
    "second process": (None, {"GOLEM_DATA": "{folder}"}, "Another Golem is serving {folder} already. Stop that one"),
    "port in use": (
        None,
        {"GOLEM_HOST": "::1", "GOLEM_PORT": "{port}"},
        "Port {port} is in use. Stop the other program",
    ),
    "no such host": (None, {"GOLEM_HOST": "no.such.host.invalid"}, "'no.such.host.invalid', which is the name of no"),
    "address of others": (None, {"GOLEM_HOST": "192.0.2.1"}, "Golem cannot listen at 192.0.2.1, port 0"),
    "wrong port": (None, {"GOLEM_PORT": "eighty"}, "GOLEM_PORT has to be a whole number up to 65535, not 'eighty'."),
    "folder is a file": (a_file_for_a_folder, {}, "The data folder {own} cannot be written: "),
    "folder below a device": (
        None,
        {"GOLEM_DATA": "/dev/null/data"},
        "The data folder /dev/null/data cannot be written",
    ),
    "no database": (no_database, {}, "{own}/golem.db cannot be read: file is not a database."),
    "file of a setting": (None, {"GOLEM_URL_FILE": "/nowhere"}, "GOLEM_URL_FILE names /nowhere, which cannot be read"),
    "address without scheme": (None, {"GOLEM_URL": "jobs.example"}, "GOLEM_URL has to be an address such as https://"),
}


@pytest.fixture(scope="module")
def refused(start, site, folder, tmp_path_factory):
    """All the processes that cannot start, begun at once: what was expected of each, its status and its words."""
    begun = {}
    for name, (spoil, settings, says) in FAULTS.items():
        own = tmp_path_factory.mktemp("faulty")
        if spoil:
            spoil(own)
        places = {"folder": folder, "own": own, "port": site.rpartition(":")[2]}
        settings = {name: value.format(**places) for name, value in settings.items()}
        begun[name] = says.format(**places), start(**{"folder": own, **settings})
    return {
        name: (says, process.communicate(timeout=60), process.returncode) for name, (says, process) in begun.items()
    }


@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_start_says_why_in_one_sentence(refused, fault):
    says, (out, said), status = refused[fault]

    assert status == 1
    assert out == ""
    assert says in said
    assert len(said.splitlines()) == 1


def test_a_key_that_everybody_can_read_is_refused(tmp_path):
    (tmp_path / "key").write_text("x" * 64)
    (tmp_path / "key").chmod(0o644)

    with pytest.raises(SystemExit, match=r"Everybody on this computer can read .*/key, and sign in as anybody"):
        DataFolder(tmp_path).key()


def test_a_lost_key_is_made_anew_and_said(start, tmp_path):
    process = start(tmp_path)
    address_of(process)
    process.terminate()
    assert process.wait(10) == 0
    (tmp_path / "key").write_text("")
    (tmp_path / "golem.db").chmod(0o644)

    process = start(tmp_path)
    address_of(process)
    process.terminate()
    said = process.communicate(timeout=10)[1]

    assert f"The key {tmp_path}/key was missing or empty. A new one is made" in said
    assert f"Everybody on this computer could read {tmp_path}/golem.db. From now on only its owner can." in said
    assert len((tmp_path / "key").read_text()) == 64
    assert mode(tmp_path / "golem.db") == 0o600


# Many connections


@pytest.fixture
def crowd():
    """Connections that come and do not go by themselves."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(4096, hard)), hard))
    with ExitStack() as stack:

        def crowd(site, number, says=b""):
            port = int(site.rpartition(":")[2])
            made = [stack.enter_context(socket.create_connection(("::1", port), timeout=5)) for _each in range(number)]
            for connection in made:
                connection.sendall(says)
            return made

        yield crowd
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def seconds_to_be_served(site):
    began = time.monotonic()
    with urlopen(f"{site}/setup", timeout=10) as answer:
        assert answer.status == 200
    return time.monotonic() - began


def was_dropped(connection):
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


def test_hundreds_of_idle_and_slow_clients_do_not_keep_the_next_visitor_out(site, crowd):
    get = b"GET /static/fonts/figtree.woff2 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    post = b"POST /setup HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000\r\n\r\nname="
    idle = crowd(site, IDLE)
    half = crowd(site, 30, b"GET / HTTP/1.1\r\nHost: loc")
    slow = crowd(site, SLOW_WRITERS, post)
    readers = crowd(site, SLOW_READERS, get * 5)
    waits = []

    end = time.monotonic() + 9.5
    while time.monotonic() < end:
        waits.append(seconds_to_be_served(site))
        for connection in slow:
            connection.send(b"x")
        time.sleep(0.7)

    assert max(waits) < 5
    assert all(was_dropped(connection) for connection in (*idle, *half))
    assert not any(was_dropped(connection) for connection in slow), "Whoever sends something is not silent."
    assert len(readers) == SLOW_READERS
