"""Processes that die within a migration leave nothing of it, and the next process does it whole."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cast import soak

from golem import HERE

SCRIPT = Path(__file__).parent / "die_migrating.py"
MIGRATIONS = HERE / "migrations"
NAMES = sorted(path.stem for path in MIGRATIONS.glob("[0-9]*.py"))


@pytest.mark.parametrize("which", soak(["a few", "each"], "a few"))
def test_a_migration_that_is_killed_at_a_statement_is_made_whole_by_the_next_process(which, tmp_path):
    done = subprocess.run(
        [sys.executable, SCRIPT, tmp_path, MIGRATIONS, which], check=False, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    died = json.loads(done.stdout)
    assert list(died) == NAMES
    assert [name for name, about in died.items() if not about["died"]] == []
    assert {name: about["left"] for name, about in died.items() if about["left"]} == {}
