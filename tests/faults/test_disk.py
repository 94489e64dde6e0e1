"""The disk is full, or the folder can only be read: who reads goes on, who writes is told, and nothing is lost."""

import os
import subprocess
from contextlib import contextmanager

import pytest
from living import CLAIM

PAGE = f"/claims/{CLAIM}"
SENTENCE = "The site cannot save anything at the moment. Nothing was changed; try again soon."


def run_or_skip(*command):
    """What only the system's administrator may do; elsewhere these tests are left out, and say why."""
    if os.geteuid() != 0:
        pytest.skip("Only root can do this to a folder.")
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"This machine does not let us: {done.stderr.strip()}")


@pytest.fixture
def small_disk(tmp_path):
    """A disk of eight megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    run_or_skip("mount", "-t", "tmpfs", "-o", "size=8m,mode=0700", "none", folder)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def full(disk):
    """Something else fills the disk to the last byte."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            yield
    filler.unlink()


@contextmanager
def read_only(folder):
    """The database cannot be written to, not even by who has it open, and no file can be made in the folder."""
    paths = [folder / "golem.db", folder / "golem.db-wal", folder]
    run_or_skip("chattr", "+i", *paths)
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", *reversed(paths)], check=True)


def everything_goes_on_but_writing(site, cookie, broken):
    """Returns the messages that were acknowledged, after as many were refused in between."""
    kept, refused = set(), set()

    def say(body, status):
        answer = site.ask("POST", f"{PAGE}/messages", cookie, body=body)
        assert (body, answer.status) == (body, status)
        assert (SENTENCE in answer.text) == (status == 503)
        (kept if status == 303 else refused).add(body)

    say("before", 303)
    with broken:
        for number in range(20):
            say(f"meanwhile {number} {'x' * 1900}", 503)
            assert site.ask("GET", PAGE, cookie).status == 200
            assert site.ask("GET", "/healthz").status == 200
    for number in range(20):
        say(f"afterwards {number}", 303)
    messages = site.messages()
    assert kept <= messages
    assert not refused & messages
    assert site.rows("PRAGMA integrity_check") == ["ok"]
    return kept


def test_on_a_full_disk_people_read_on_and_nothing_is_half_kept(small_disk, stage):
    with stage(small_disk) as site:
        cookie = site.sign_in("sami@example.org")
        site.ask("GET", PAGE, cookie)  # What they were told of is read, and that is written down.

        kept = everything_goes_on_but_writing(site, cookie, full(small_disk))

        site.kill()
        assert kept <= site.start().messages()


def test_in_a_folder_that_can_only_be_read_people_read_on(stage, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    with stage(folder) as site:
        cookie = site.sign_in("sami@example.org")
        site.ask("GET", PAGE, cookie)

        everything_goes_on_but_writing(site, cookie, read_only(folder))
