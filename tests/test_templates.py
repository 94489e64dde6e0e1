"""The templates are kept short, and say what htmx needs in one place."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "templates"
TEMPLATES = {str(path.relative_to(ROOT)): path.read_text() for path in sorted(ROOT.rglob("*.html"))}

LONGEST_LINE, MOST_LINES = 120, 60

# What comes out of band, and the settings of htmx itself, stand where they are needed.
ELSEWHERE = re.compile(r"\bhx-(?!swap-oob|csp\b)[a-z]+")

every_template = pytest.mark.parametrize("name", TEMPLATES)


@every_template
def test_no_line_of_a_template_is_too_long_to_be_read(name):
    lines = enumerate(TEMPLATES[name].splitlines(), 1)
    assert [number for number, line in lines if len(line) > LONGEST_LINE] == []


@every_template
def test_a_template_can_be_seen_at_a_glance(name):
    assert len(TEMPLATES[name].splitlines()) <= MOST_LINES


@every_template
def test_what_looks_or_acts_stands_in_its_own_file(name):
    text = TEMPLATES[name]

    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert all(" src=" in tag for tag in re.findall(r"<script[^>]*>", text))


@every_template
def test_what_htmx_needs_is_written_once(name):
    found = set(ELSEWHERE.findall(TEMPLATES[name]))

    if name == "_htmx.html":
        assert {"hx-post", "hx-get", "hx-target", "hx-swap", "hx-nonce"} <= found
    else:
        assert found == set()
