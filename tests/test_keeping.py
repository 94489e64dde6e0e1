"""Every table says whose its columns are, what the end of an account leaves of them, and when they go."""

import pytest
from peewee import ForeignKeyField

from models import TABLES, Kept, Member, Policy

TECHNICAL = {"id", "version", "rowid"}
SAY = """
%s does not say what becomes of %s. Write beside its columns (models/keeping.py tells the words):

    kept = Kept(
        N_("What it is, for the page on privacy"),
        WHO_SELF,                                     # Who sees it.
        Until(N_("until %%(days)s days after it was used"), 30, lambda days: Table.used_at < in_days(-days)),
        whose=("member",),                            # Whose export holds the row.
        goes_with=("member",),                        # With whose account the row goes; or, where it stays:
        words={"member": ("note",)},                  # what they wrote for others: emptied with their account,
        private={"member": ("address",)},             # what concerns them alone: emptied as well,
        facts=("member", "used_at"),                  # what stays and names nobody,
        internal=("state",),                          # what is in nobody's export,
        secret=("token_hash",),                       # what never leaves the server.
    )
"""

tables = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)


def columns(table):
    return {field.name for field in table._meta.sorted_fields} - TECHNICAL


def ways(table):
    kept = table.kept
    return [way for way in (*kept.whose, *kept.goes_with, *kept.emptied) if isinstance(way, str)]


@tables
def test_every_table_says_what_becomes_of_each_column(table):
    kept = getattr(table, "kept", None)

    assert isinstance(kept, Kept), SAY % (table.__name__, "its columns")
    missing = columns(table) - set(kept.columns)
    assert not missing, SAY % (table.__name__, ", ".join(sorted(missing)))
    assert set(kept.columns) <= columns(table), "It names a column that there is not."


@tables
def test_a_column_has_one_fate(table):
    kept = table.kept
    emptied = {name for names in kept.emptied.values() for name in names}
    groups = [emptied, set(kept.facts), set(kept.internal), set(kept.secret)]

    assert sum(map(len, groups)) == len(set().union(*groups))


@tables
def test_every_way_leads_to_a_member(table):
    for way in ways(table):
        model = table
        for step in [] if way == "self" else way.split("."):
            key = model._meta.fields[step]
            assert isinstance(key, ForeignKeyField), f"{way}: {step}"
            model = key.rel_model
        assert model is Member, way


@tables
def test_what_is_somebodys_names_its_member(table):
    """A table that refers to members says whose it is, or that nobody's export holds it."""
    keys = [field.name for field in table._meta.sorted_fields if getattr(field, "rel_model", None) is Member]
    kept = table.kept

    told = set(ways(table)) | set(kept.internal) | set(kept.facts)
    assert set(keys) <= told


@tables
def test_it_says_how_long_in_words(table, organizer):
    until = table.kept.until

    sentence = until.sentence(Policy.current())

    assert sentence
    assert "%" not in sentence
    assert until.days is None or str(until.days_by(Policy.current())) in sentence


@pytest.mark.parametrize(
    "table", [t for t in TABLES if getattr(t, "kept", None) and t.kept.until.past], ids=lambda table: table.__name__
)
def test_what_is_past_its_time_can_be_asked_for(table, organizer):
    until = table.kept.until

    assert table.select().where(until.past(until.days_by(Policy.current()))).count() == 0
