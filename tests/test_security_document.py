"""docs/security.md is true as far as a machine can tell: its tests, its constants and its numbers are there."""

import ast
import importlib
import re
from collections import Counter
from functools import cache

import pytest
from test_rooms import HERE

DOCUMENT = (HERE / "docs" / "security.md").read_text(encoding="utf-8")

# The levels of the requirements of each section of ASVS 5.0.0, in their order: "1.5 123" is 1.5.1 of level 1 and so on.
SECTIONS = """
1.1 22      1.2 1111122223    1.3 112222222223    1.4 222        1.5 123
2.1 122     2.2 112           2.3 12223           2.4 23
3.1 3       3.2 113           3.3 12223           3.4 11222233   3.5 11122333   3.6 3      3.7 22333
4.1 12233   4.2 23333         4.3 22              4.4 1222
5.1 2       5.2 112333        5.3 113             5.4 222
6.1 122     6.2 111111112222  6.3 11223333        6.4 112233     6.5 22222333   6.6 2223   6.7 33   6.8 2222
7.1 222     7.2 1111          7.3 22              7.4 11222      7.5 223        7.6 22
8.1 1233    8.2 1123          8.3 133             8.4 23
9.1 111     9.2 1222
10.1 22     10.2 223          10.3 22223          10.4 1111122222233333         10.5 22222 10.6 22  10.7 222
11.1 2233   11.2 22233        11.3 11233          11.4 1222      11.5 23        11.6 23    11.7 33
12.1 12233  12.2 11           12.3 22223
13.1 2333   13.2 222223       13.3 2233           13.4 1222233
14.1 22     14.2 12223333     14.3 122
15.1 12233  15.2 12233        15.3 1222222        15.4 3333
16.1 2      16.2 22222        16.3 2222           16.4 222       16.5 2223
17.1 23     17.2 22223333     17.3 22
"""
LEVELS = {
    f"{section}.{number}": int(level)
    for section, levels in re.findall(r"(\d+\.\d+) (\d+)", SECTIONS)
    for number, level in enumerate(levels, 1)
}
WANTED = {number: level for number, level in LEVELS.items() if level < 3}

ENTRY = re.compile(
    r"- \*\*(?P<numbers>[\d., ]+)\*\* \(level (?P<levels>[\d and]+)\) (?P<asked>[^*]+) "
    r"\*(?P<state>Held|Written|Operator|Does not apply|Not done)[:,]\* (?P<why>.+)"
)
CONSTANT = re.compile(r"`((?:\w+\.)+[A-Z_]+) = (.+?)`")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def entries():
    text = DOCUMENT.partition("# The standard, number by number")[2]
    items = [" ".join(item.split()) for item in re.split(r"\n(?=- )|\n#+ .*\n", text) if item.startswith("- ")]
    return [ENTRY.fullmatch(item) or pytest.fail(f"This entry cannot be read: {item}") for item in items]


@cache
def named_in(path):
    """The tests of this file that `make test` runs."""
    tree = ast.parse((HERE / path).read_text(encoding="utf-8"))
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {node.name for node in found if "pytest.mark.soak" not in map(ast.unparse, node.decorator_list)}


def test_the_list_of_numbers_is_that_of_the_standard():
    assert Counter(LEVELS.values()) == {1: 70, 2: 183, 3: 92}


def test_every_number_of_levels_1_and_2_stands_there_once_with_its_level():
    found = Counter(number for entry in entries() for number in entry["numbers"].split(", "))

    assert found == dict.fromkeys(WANTED, 1)
    for entry in entries():
        levels = {WANTED[number] for number in entry["numbers"].split(", ")}
        assert entry["levels"] == " and ".join(map(str, sorted(levels))), entry["numbers"]


def test_no_entry_is_empty():
    for entry in entries():
        named = TEST.findall(entry["why"])
        assert len(entry["asked"]) > 10, entry["numbers"]
        assert named or entry["state"] != "Held", entry["numbers"]
        assert len(entry["why"]) > (60 if entry["state"] == "Not done" else 6), entry["numbers"]


def test_what_is_written_down_has_a_section():
    headings = set(re.findall(r"^##? (.+)$|^\*\*(.+)\*\*", DOCUMENT, re.MULTILINE))
    sections = {one or other for one, other in headings}

    for entry in entries():
        if entry["state"] == "Written":
            named = re.findall(r"\*([A-Z][^*]+)\*", entry["why"])
            assert named, entry["numbers"]
            assert set(named) <= sections, entry["numbers"]


def test_every_test_that_is_named_is_there():
    named = set(TEST.findall(DOCUMENT))

    assert len(named) > 100
    assert [f"{path}::{name}" for path, name in sorted(named) if name not in named_in(path)] == []


def test_no_test_is_named_in_a_way_that_is_not_looked_at():
    assert DOCUMENT.count("::test_") == len(TEST.findall(DOCUMENT))


def test_every_constant_has_the_value_that_stands_there():
    told = dict(CONSTANT.findall(DOCUMENT))

    assert len(told) > 50
    assert told == {name: repr(value_of(name)) for name in told}


def value_of(name):
    module, _dot, constant = name.rpartition(".")
    return getattr(importlib.import_module(module), constant)


def test_every_file_that_is_named_is_there():
    paths = re.findall(r"`((?:\w+/)*\w+\.(?:py|txt|js))`", DOCUMENT)

    assert len(paths) > 20
    assert [path for path in paths if not (HERE / path).exists() and not (HERE / "static" / path).exists()] == []


def test_the_summary_counts_what_stands_below():
    counted = Counter()
    for entry in entries():
        counted[entry["state"]] += len(entry["numbers"].split(", "))

    told = re.findall(r"^\| \*\*(.+)\*\* \| (\d+) \|", DOCUMENT, re.MULTILINE)
    assert {state: int(count) for state, count in told} == counted
    assert f"{len(WANTED)} requirements" in " ".join(DOCUMENT.split())
    not_done = [
        number for entry in entries() if entry["state"] == "Not done" for number in entry["numbers"].split(", ")
    ]
    assert ", ".join(not_done) in DOCUMENT.partition("# What it is built on")[0]
