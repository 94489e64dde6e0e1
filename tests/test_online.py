"""Putting Golem online: a machine is set up, gets a second circle, is updated, and goes back where that fails.

The programs that change a machine are played, by one script: it keeps accounts, and starts and stops circles as systemd
would. Everything else is real: the script, the web server's check of its file, the sites, and the mail server.
"""

import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from mailserver import MailServer

HERE = Path(__file__).parent.parent
ANSWERS = """
name = {name}
domain = {name}.jobs.example
owner = olga@example.org
mail_server = localhost:{port}
mail_from = jobs@example.org
"""

# Plays apt-get, useradd, id, chown, systemctl, runuser, rsync and make.
PLAYED = """#!{python}
import os, pathlib, shutil, signal, subprocess, sys, time
root, name, words = pathlib.Path({root!r}), pathlib.Path(sys.argv[0]).name, sys.argv[1:]
with open(root / "asked", "a") as asked:
    print(name, *words, file=asked)

def settings(circle):
    lines = (root / f"etc/golem/{{circle}}.env").read_text().splitlines()
    pairs = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    found = {{key: value.strip('"') for key, value in pairs.items()}}
    for key in ("GOLEM_DATA", "GOLEM_BACKUPS"):
        found[key] = str(root) + found[key]
    if "GOLEM_SMTP_URL" in found:
        found["GOLEM_SMTP_URL"] += "?tls=off"
    return {{**found, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}}

def stop(circle):
    running = root / f"{{circle}}.pid"
    if running.exists():
        pid = int(running.read_text())
        try:
            os.kill(pid, signal.SIGTERM)
            for _ in range(300):
                os.kill(pid, 0)
                time.sleep(0.05)
        except ProcessLookupError:
            pass
        running.unlink()

if name == "id":
    sys.exit(words[0] not in (root / "users").read_text().split() if (root / "users").exists() else 1)
if name == "useradd":
    with open(root / "users", "a") as users:
        print(words[-1], file=users)
if name == "rsync":
    left_out = shutil.ignore_patterns(".git", ".venv", "data*", "tests")
    shutil.copytree(words[-2], words[-1], dirs_exist_ok=True, ignore=left_out)
if name == "make":
    os.symlink({venv!r}, ".venv")
if name == "runuser":
    circle = words[1].removeprefix("golem-")
    os.execve(words[3], words[3:], settings(circle))
if name == "systemctl" and words[0] in ("restart", "stop") and words[1].startswith("golem@"):
    circle = words[1].removeprefix("golem@")
    stop(circle)
    if words[0] == "restart":
        current = root / "opt/golem/current"
        log = open(root / f"{{circle}}.log", "w")
        child = subprocess.Popen([current / ".venv/bin/python", "golem.py"], cwd=current, env=settings(circle),
                                 stdout=log, stderr=log, start_new_session=True)
        (root / f"{{circle}}.pid").write_text(str(child.pid))
"""


class PlayedMachine:
    def __init__(self, folder, mail):
        self.root, self.mail, self.programs = folder / "root", mail, folder / "programs"
        self.programs.mkdir()
        self.root.mkdir()
        text = PLAYED.format(python=sys.executable, root=str(self.root), venv=str(HERE / ".venv"))
        for name in ("apt-get", "useradd", "id", "chown", "systemctl", "runuser", "rsync", "make"):
            (self.programs / name).write_text(text)
            (self.programs / name).chmod(0o755)

    def sets_up(self, name, more="", **options):
        answers = self.root / "answers"
        answers.write_text(ANSWERS.format(name=name, port=self.mail.port) + more)
        return self.online("--answers", str(answers), "--certificate", "local", "online", **options)

    def online(self, *words, source=HERE):
        """Runs the script as `make online` does, from the folder `source`. Returns what came of it."""
        command = [sys.executable, str(source / "deploy/online.py"), "--root", str(self.root), *words]
        path = f"{self.programs}:{os.environ['PATH']}"
        return subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False)

    def file(self, path):
        return self.root / path

    def asks(self, name, path):
        port = re.search(r'GOLEM_PORT="(\d+)"', self.file(f"etc/golem/{name}.env").read_text())[1]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return answer.status

    def stop(self):
        for running in self.root.glob("*.pid"):
            subprocess.run([self.programs / "systemctl", "stop", f"golem@{running.stem}"], check=False)


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    if os.geteuid() or not shutil.which("caddy"):
        pytest.skip("Only root on a machine with Caddy can try this.")
    with MailServer() as mail:
        machine = PlayedMachine(tmp_path_factory.mktemp("machine"), mail)
        yield machine
        machine.stop()


@pytest.fixture(scope="module")
def first(machine):
    return machine.sets_up("junction")


def test_a_machine_is_set_up_with_one_command(machine, first):
    assert first.returncode == 0, first.stdout + first.stderr
    assert machine.asks("junction", "/healthz") == 200
    assert "what=" not in first.stdout  # The journal is for another place.
    link = re.search(r"https://junction\.jobs\.example(/setup\?key=\w+)", first.stdout)
    assert machine.asks("junction", link[1]) == 200


def test_the_test_letter_arrives(machine, first):
    assert "took a test letter for olga@example.org" in first.stdout
    assert "olga@example.org" in str(machine.mail.letters[0])


def test_only_root_reads_the_settings_and_only_the_circle_its_data(machine, first):
    assert machine.file("etc/golem/junction.env").stat().st_mode & 0o777 == 0o600
    assert machine.file("var/lib/golem/junction").stat().st_mode & 0o777 == 0o700
    assert "golem-junction" in machine.file("users").read_text()
    asked = machine.file("asked").read_text()
    assert f"chown golem-junction:golem-junction {machine.file('var/lib/golem/junction')}" in asked


def test_the_web_server_passes_on_what_is_for_the_circle(machine, first):
    site = machine.file("etc/caddy/golem/junction.caddy").read_text()

    assert "junction.jobs.example {" in site
    assert "reverse_proxy 127.0.0.1:" in site
    assert "systemctl reload-or-restart caddy" in machine.file("asked").read_text()


def test_the_same_again_asks_for_nothing_new_and_loses_nothing(machine, first):
    before = machine.file("etc/golem/junction.env").read_text()
    key = machine.file("var/lib/golem/junction/key").read_bytes()

    again = machine.sets_up("junction")

    assert again.returncode == 0, again.stdout + again.stderr
    assert machine.file("etc/golem/junction.env").read_text() == before
    assert machine.file("var/lib/golem/junction/key").read_bytes() == key


def test_a_second_circle_lives_beside_the_first(machine, first):
    second = machine.sets_up("library")

    assert second.returncode == 0, second.stdout + second.stderr
    assert machine.asks("library", "/healthz") == machine.asks("junction", "/healthz") == 200
    keys = {machine.file(f"var/lib/golem/{name}/key").read_bytes() for name in ("junction", "library")}
    assert len(keys) == 2


def test_circles_keep_their_copies_apart_where_they_are_told_the_same_disk(machine, first):
    (machine.file("mnt/disk")).mkdir(parents=True)
    (machine.file("mnt/disk")).chmod(0o755)

    for name in ("junction", "library"):
        told = machine.sets_up(name, more="backups = /mnt/disk\nmail_user = OFFICE\\olga\\\nmail_password = x\n")
        assert told.returncode == 0, told.stdout + told.stderr
        again = machine.sets_up(name)
        assert again.returncode == 0, again.stdout + again.stderr

    assert machine.file("mnt/disk").stat().st_mode & 0o777 == 0o755
    assert {path.name for path in machine.file("mnt/disk").iterdir()} == {"junction", "library"}
    assert f"chown golem-library:golem-library {machine.file('mnt/disk')}\n" not in machine.file("asked").read_text()
    settings = machine.file("etc/golem/library.env").read_text()
    assert 'GOLEM_BACKUPS="/mnt/disk/library"\n' in settings
    assert "\\" not in settings
    assert "OFFICE%5Colga%5C:x@localhost" in settings
    drop_in = machine.file("etc/systemd/system/golem@library.service.d/backups.conf").read_text()
    assert "ReadWritePaths=-/mnt/disk/library\n" in drop_in  # Without the disk the site starts all the same.


def test_an_update_that_cannot_copy_the_data_leaves_every_circle_running(machine, first):
    in_the_way = machine.file("var/lib/golem/library.before-update")
    in_the_way.write_text("Not a folder.")

    updated = machine.online("update")

    in_the_way.unlink()
    assert updated.returncode == 1
    assert "Traceback" not in updated.stderr
    assert machine.asks("junction", "/healthz") == machine.asks("library", "/healthz") == 200


def test_an_update_that_does_not_answer_is_taken_back(machine, first, tmp_path, monkeypatch):
    broken = copied(tmp_path)
    (broken / "golem.py").write_text("raise SystemExit('This version is broken.')\n")
    script = (broken / "deploy/online.py").read_text()
    (broken / "deploy/online.py").write_text(re.sub(r"PATIENCE = \d+", "PATIENCE = 3", script))
    current = machine.file("opt/golem/current").resolve()

    updated = machine.online("update", source=broken)

    assert updated.returncode == 1
    assert "The version of before, and its data, are in place again." in updated.stderr
    assert machine.file("opt/golem/current").resolve() == current
    assert machine.asks("junction", "/healthz") == 200


def test_an_update_that_answers_is_there_for_every_circle(machine, first, tmp_path):
    newer = copied(tmp_path)
    (newer / "NEWER").touch()

    updated = machine.online("update", source=newer)

    assert updated.returncode == 0, updated.stdout + updated.stderr
    assert (machine.file("opt/golem/current") / "NEWER").exists()
    assert machine.asks("junction", "/healthz") == 200


def copied(folder):
    """A copy of this version, to be changed."""
    left_out = shutil.ignore_patterns(".git", ".venv", "data*", "tests", "__pycache__")
    shutil.copytree(HERE, folder / "newer", ignore=left_out)
    return folder / "newer"


def test_an_organizer_of_the_machine_runs_commands_for_a_circle(machine, first):
    done = machine.online("command", "junction", "setup-link")
    unknown = machine.online("command", "nobody", "doctor")
    wrong = machine.online("command", "junction", "restore", "/nowhere")

    assert re.fullmatch(r"https://junction\.jobs\.example/setup\?key=\w+\n", done.stdout)
    assert unknown.returncode == 1
    assert unknown.stderr.startswith("Say which circle, then what")
    assert wrong.returncode == 1
    assert "Stop that one first." in wrong.stderr
    assert "did not work" not in wrong.stderr


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("name = Junction Job Circle", "Please use up to 21 small letters, digits and hyphens"),
        ("domain = https://jobs.example.org/", "Please write only the name"),
        ("domain = jobs", "Please write only the name"),
        ("owner = olga", "Please write an email address."),
        ("mail_server = smtp.example.org; reboot", "Please write the name of the mail server"),
        ('mail_from = "a"@b.example', "Please write an email address."),
        ("backups = /mnt/my disk", "Please write a path that begins with a slash"),
        ("backups = /mnt/../etc", "Please write a path that begins with a slash"),
        ("backups = /home/olga/copies", "The site cannot write there."),
        ("domain = junction.jobs.example", "The circle “junction” has this domain already."),
    ],
)
def test_an_answer_that_cannot_be_is_refused_in_a_sentence(machine, first, tmp_path, line, sentence):
    name = line.partition(" =")[0]
    lines = [old for old in ANSWERS.format(name="other", port=25).splitlines() if not old.startswith(f"{name} ")]
    (tmp_path / "answers").write_text("\n".join([*lines, line]))

    done = machine.online("--answers", str(tmp_path / "answers"), "online")

    assert done.returncode == 1
    assert sentence in done.stderr
    assert not machine.file("etc/golem/other.env").exists()


def test_the_service_is_shut_in_as_far_as_systemd_knows_how():
    if not shutil.which("systemd-analyze"):
        pytest.skip("There is no systemd here to ask.")
    asked = ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", "deploy/golem@.service"]

    assert subprocess.run(asked, cwd=HERE, capture_output=True, check=False).returncode == 0
