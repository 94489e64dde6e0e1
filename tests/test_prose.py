"""What people write is rendered once, and never costs much."""

import pytest

from views import prose as rooms
from views.prose import Kept, prose, render

# Each takes Markdown many times as long as other texts of its length.
COSTLY = ["[" * 5000, "![" * 2500, "[a](" * 1250, "*a" * 2500, "*_" * 2500, "`[" * 2500, "<a" * 2500, ">" * 5000]


@pytest.fixture
def rendered(monkeypatch):
    """The texts that Markdown was asked to read, in order."""
    texts, read = [], rooms.markdown.render
    monkeypatch.setattr(rooms.markdown, "render", lambda text: texts.append(text) or read(text))
    monkeypatch.setattr(rooms, "kept", Kept(most=3))
    return texts


def test_a_text_is_rendered_once_however_often_it_is_read(rendered):
    shown = {prose("Bring *gloves*.") for _reader in range(5)}

    assert shown == {"<p>Bring <em>gloves</em>.</p>\n"}
    assert rendered == ["Bring *gloves*."]


def test_under_new_rules_a_text_is_rendered_anew(rendered, monkeypatch):
    prose("Bring gloves.")
    monkeypatch.setattr(rooms, "RULES", rooms.RULES + 1)
    prose("Bring gloves.")

    assert len(rendered) == 2


def test_no_more_than_so_many_texts_are_kept_and_the_one_least_read_goes(rendered):
    for text in ("one", "two", "three", "one", "four", "one", "two"):
        prose(text)

    assert rendered == ["one", "two", "three", "four", "two"]
    assert len(rooms.kept.things) == 3


@pytest.mark.parametrize("text", COSTLY, ids=lambda text: text[:4])
def test_a_text_of_nothing_but_marks_is_shown_as_typed(rendered, text):
    shown = prose(text)

    assert rendered == []
    assert shown.unescape() == f"<pre>{text}</pre>"
    assert "<a" not in shown


def test_a_long_honest_text_keeps_its_lists_and_links():
    text = "- Open the *shop* at [six](https://example.org)\n" * 30

    assert render(text).count("<li>") == 30
