"""What the first command installs, when it does so anew, and that what it made survives a renamed folder."""

import ast
import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE = Path(__file__).parent.parent
SITE_LIST, TEST_LIST, CONSTRAINTS = "requirements.txt", "requirements-test.txt", "constraints.txt"
INSTALL = "-m pip install --quiet --disable-pip-version-check -r"
NOT_IMPORTED = {"tzdata"}  # Python's own zoneinfo reads it.
TOOLS = ["sh", "cat", "cksum", "cp", "id", "ls", "mkdir", "rm", "touch"]

# Stands in for Python: it writes down what it is asked, makes a .venv with itself as the Python in there, and installs
# nothing. A file of the name `offline` lets pip fail, and one of the name `no-venv` is a Python without venv.
PLAYED_PYTHON = """#!/bin/sh
case "$*" in
    *"import ensurepip"*) [ ! -e no-venv ]; exit ;;
    "-c "*) cat python-version; exit ;;
esac
echo "$*" >> asked
case "$*" in
    "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    *"pip install"*) [ ! -e offline ] ;;
esac
"""


class Folder:
    """A fresh copy of the Makefile and its lists, on a machine that has little else."""

    def __init__(self, path):
        self.path = path
        self.programs = path / "programs"
        self.programs.mkdir()
        for tool in TOOLS:
            (self.programs / tool).symlink_to(shutil.which(tool))
        for name in ("Makefile", SITE_LIST, CONSTRAINTS, TEST_LIST):
            shutil.copy(HERE / name, path)
        self.write("python-version", "3.11.2")
        self.program("python3", PLAYED_PYTHON)
        self.program("chromium", "#!/bin/sh\n")

    def program(self, name, text):
        (self.programs / name).write_text(text)
        (self.programs / name).chmod(0o755)

    def write(self, name, text=""):
        (self.path / name).write_text(text)

    def lines(self, name):
        """The lines of a file that may not be there yet."""
        file = self.path / name
        return file.read_text().splitlines() if file.exists() else []

    def make(self, *words):
        return subprocess.run(
            [shutil.which("make"), *words],
            cwd=self.path,
            env={"PATH": str(self.programs)},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def asked(self, *words):
        """What Python was asked to do by this command, which has to succeed."""
        (self.path / "asked").unlink(missing_ok=True)
        done = self.make(*words)
        assert done.returncode == 0, done.stderr
        return self.lines("asked")


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


# The lists


def named(name):
    """The packages of a list, each of which has to be pinned and to say why it is there."""
    lines = [line for line in (HERE / name).read_text(encoding="utf-8").splitlines() if line[:1] not in ("#", "-")]
    pinned = [re.fullmatch(r"([a-z0-9-]+)==[\d.]+ +# .{8,}", line) for line in lines]
    assert lines
    assert all(pinned), lines
    return {match[1] for match in pinned}


def imported():
    """The packages from outside that the site imports, at the top of a file or within a function."""
    files = [*HERE.glob("*.py"), *(path for path in HERE.glob("[!.]*/**/*.py") if HERE / "tests" not in path.parents)]
    nodes = [node for path in files for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    modules = {alias.name.split(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module.split(".")[0] for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    outside = packages_distributions()
    return {outside[name][0].lower().replace("_", "-") for name in modules & set(outside) - sys.stdlib_module_names}


def test_the_sites_list_names_what_the_site_imports_and_nothing_else():
    assert named(SITE_LIST) == imported() | NOT_IMPORTED


def brought_along():
    """What the packages of the site's list bring along where it is installed now, as lines of constraints.txt."""
    found, waiting = {}, list(named(SITE_LIST))
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in found:
            found[name] = version(name)
            needed = [Requirement(line) for line in requires(name) or []]
            waiting += [one.name for one in needed if not one.marker or one.marker.evaluate({"extra": ""})]
    return {f"{name}=={number}" for name, number in found.items() if name not in named(SITE_LIST)}


def test_nothing_is_installed_in_a_version_that_nobody_chose():
    lines = (HERE / CONSTRAINTS).read_text(encoding="utf-8").splitlines()

    assert {line for line in lines if not line.startswith("#")} == brought_along()
    assert f"-c {CONSTRAINTS}" in (HERE / SITE_LIST).read_text(encoding="utf-8").splitlines()


def test_the_tests_stand_on_what_the_site_runs_on():
    lines = (HERE / TEST_LIST).read_text(encoding="utf-8").splitlines()

    assert f"-r {SITE_LIST}" in lines
    assert not named(TEST_LIST) & named(SITE_LIST)


# The commands


def test_a_volunteer_installs_only_what_the_site_needs(folder):
    asked = folder.asked("run")

    assert asked == ["-m venv .venv", f"{INSTALL} {SITE_LIST}", "golem.py"]


@pytest.mark.parametrize("command", ["test", "check", "demo-stripe"])
def test_a_contributor_gets_what_tests_need_besides(folder, command):
    asked = folder.asked(command)

    assert asked[:3] == ["-m venv .venv", f"{INSTALL} {SITE_LIST}", f"{INSTALL} {TEST_LIST}"]


def test_nothing_is_installed_twice(folder):
    folder.asked("run")
    folder.asked("check")

    assert folder.asked("run") == ["golem.py"]
    assert not [line for line in folder.asked("check") if "pip" in line or "venv" in line]


def test_tests_are_added_without_pulling_the_site_from_under_its_members(folder):
    folder.asked("run")

    assert folder.asked("check")[0] == f"{INSTALL} {TEST_LIST}"


@pytest.mark.parametrize(
    ("file", "command", "again"),
    [
        (SITE_LIST, "run", [SITE_LIST]),
        ("python-version", "run", [SITE_LIST]),
        (SITE_LIST, "check", [SITE_LIST, TEST_LIST]),
        ("python-version", "check", [SITE_LIST, TEST_LIST]),
        (TEST_LIST, "check", [TEST_LIST]),
    ],
)
def test_another_python_or_another_list_makes_all_of_it_anew(folder, file, command, again):
    folder.asked(command)
    (folder.path / ".venv" / "left-over").touch()

    folder.write(file, "another")
    asked = folder.asked(command)

    assert asked[: len(again) + 1] == ["-m venv .venv", *(f"{INSTALL} {name}" for name in again)]
    assert not (folder.path / ".venv" / "left-over").exists()
    assert not [line for line in folder.asked(command) if "pip" in line or "venv" in line]


@pytest.mark.parametrize("command", ["run", "check"])
def test_an_installation_that_broke_off_is_begun_again(folder, command):
    folder.write("offline")
    assert folder.make(command).returncode != 0
    assert list((folder.path / ".venv").iterdir()) == [folder.path / ".venv" / "bin"]

    (folder.path / "offline").unlink()
    assert folder.asked(command)[:2] == ["-m venv .venv", f"{INSTALL} {SITE_LIST}"]


def test_apt_installs_what_python_lacks_and_only_then(folder):
    folder.program("apt-get", '#!/bin/sh\necho "$*" >> apt && rm -f no-venv\n')
    folder.program("sudo", '#!/bin/sh\nexec "$@"\n')
    folder.asked("run")
    folder.asked("check")
    assert folder.lines("apt") == []

    folder.write("no-venv")
    folder.write("python-version", "3.12.1")
    folder.asked("run")
    assert [line.split()[-1] for line in folder.lines("apt")] == ["-qq", "python3-venv"]


def test_without_apt_one_sentence_says_what_to_install(folder):
    folder.write("no-venv")
    (folder.programs / "chromium").unlink()

    for command, package in (("run", "python3"), ("browser", "chromium")):
        done = folder.make(command)
        assert done.returncode != 0
        assert f"apk add {package}" in done.stderr.splitlines()[0]
    assert folder.lines("asked") == []


def test_every_command_survives_a_renamed_folder(folder):
    """The first line of a script in .venv/bin holds the path of the folder; `python` is a link to the system's own."""
    commands = re.search(r"^\.PHONY: (.+)$", (HERE / "Makefile").read_text(), re.MULTILINE)[1].split()
    recipes = "".join(folder.make("-n", command).stdout for command in commands)

    assert set(re.findall(r"\.venv/bin/([\w.-]+)", recipes)) == {"python"}


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_command_that_people_are_told_survives_it_too(name):
    told = (HERE / name).read_text(encoding="utf-8")

    assert set(re.findall(r"\.venv/bin/([\w.-]+)", told)) == {"python"}
