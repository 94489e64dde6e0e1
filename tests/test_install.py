"""What the first command makes survives a renamed folder."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent.parent


@pytest.mark.parametrize("name", ["Makefile", "README.md", "CONTRIBUTING.md"])
def test_every_command_survives_a_renamed_folder(name):
    """The first line of a script in .venv/bin holds the path of the folder; `python` is a link to the system's own."""
    told = (HERE / name).read_text(encoding="utf-8").replace("$(BIN)", ".venv/bin")

    assert set(re.findall(r"\.venv/bin/([\w.-]+)", told)) == {"python"}
