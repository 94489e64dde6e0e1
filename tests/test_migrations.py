"""The numbered migrations make exactly the tables that the models describe, all or nothing."""

import re
import runpy
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from peewee import OperationalError
from playhouse.migrations import Runner
from playhouse.schema_diff import diff_models
from test_likeness import ALIKE, APART

from golem import open_database
from models import TABLES, Community, Member, Notice, Referral, ReferralText, Workplace, db, fold, key_of
from models.search import searchable

MIGRATIONS = Path(__file__).parent.parent / "migrations"
NAMES = sorted(path.stem for path in MIGRATIONS.glob("[0-9]*.py"))


@pytest.fixture
def path(tmp_path):
    yield tmp_path / "golem.db"
    if not db.is_closed():
        db.close()


@pytest.fixture
def opened(path):
    """The database in an empty file, not migrated yet."""
    db.init(str(path))
    return db


def runner(directory=MIGRATIONS):
    return Runner(db, str(directory))


def schema(path):
    """Everything in a database file, statement by statement; the history of migrations left out."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {spelled(sql) for table, sql in rows if table != "schema_migration"}


def spelled(sql):
    """The statement without what makes no difference: quotes, space, the order of columns, given names of indexes."""
    sql = re.sub(r"\s+", " ", re.sub("[\"']|IF NOT EXISTS ", "", sql))
    if "WHERE" not in sql:
        sql = re.sub(r"INDEX \w+ ON", "INDEX ON", sql)
    head, _bracket, body = sql.partition("(")
    parts = (part.strip() for part in re.split(r",(?![^()]*\))", body.removesuffix(")")))
    return head.strip(), frozenset(piece for part in parts for piece in apart(part))


def apart(part):
    """A column that was added later names what it refers to itself; one made with its table does so behind it."""
    added = re.fullmatch(r"(\w+) (\w+) REFERENCES (\w+) ?\(id\)( ON DELETE .+)?", part)
    if not added:
        return [part]
    column, kind, table, deleted = added.groups()
    return [f"{column} {kind}", f"FOREIGN KEY ({column}) REFERENCES {table} (id){deleted or ''}"]


def described():
    """The statements by which Peewee makes the tables, and what it leaves out of them.

    For a foreign key to a model that is written further down it makes a column, but no constraint.
    """
    for head, body in schema(db.database):
        late = [
            field
            for model in TABLES
            for field in model._meta.refs
            if f"TABLE {model._meta.table_name}" in head and field.deferred
        ]
        constraints = {
            f"FOREIGN KEY ({field.column_name}) REFERENCES {field.rel_model._meta.table_name} (id)" for field in late
        }
        yield head, body | constraints


# What they make


def test_no_two_migrations_have_the_same_number():
    assert len({name[:4] for name in NAMES}) == len(NAMES)


def test_a_migrated_file_has_the_tables_columns_and_indexes_of_the_models(path):
    open_database(path)

    assert not diff_models(db, TABLES)


def test_a_migrated_file_is_the_one_that_the_models_would_make(path, tmp_path):
    open_database(path)
    db.close()
    db.init(str(tmp_path / "models.db"))
    db.create_tables(TABLES)

    migrated = {(head, body) for head, body in schema(path) if "TRIGGER" not in head}

    assert migrated == set(described())
    assert [head for head, _body in migrated if "claim_one_open_per_seeker" in head]
    assert [head for head, _body in migrated if "referral_text USING fts5" in head]


def test_every_table_is_among_the_models(path):
    open_database(path)

    virtual = {table for table in db.get_tables() if table.startswith("referral_text_")}
    known = {model._meta.table_name for model in TABLES}
    assert set(db.get_tables()) == known | virtual | {"schema_migration"}


def test_a_migrated_file_can_be_searched(path):
    open_database(path)

    assert list(Referral.board("boats")) == []
    assert ReferralText.select().count() == 0


def test_a_migrated_file_holds_its_references(path):
    open_database(path)

    assert db.execute_sql("PRAGMA foreign_keys").fetchone() == (1,)
    assert db.execute_sql("PRAGMA integrity_check").fetchone() == ("ok",)
    assert db.execute_sql("PRAGMA foreign_key_check").fetchall() == []


# Up and down


def test_migrating_twice_does_nothing(opened):
    assert runner().up() == NAMES
    assert runner().up() == []


def test_every_migration_can_be_taken_back_and_made_again(opened, path):
    for number in range(1, len(NAMES) + 1):
        runner().up(NAMES[number - 1])
        before = schema(path)

        assert runner().down() == [NAMES[number - 1]]
        runner().up(NAMES[number - 1])

        assert schema(path) == before


def test_all_of_them_taken_back_leave_nothing(opened, path):
    runner().up()

    runner().down(NAMES[0])

    assert schema(path) == set()
    assert runner().up() == NAMES
    assert not diff_models(db, TABLES)


def test_what_people_wrote_stays_when_the_site_starts_again(organizer, referral):
    open_database(Path(db.database))

    assert Community.current().name == "Junction Job Circle"
    assert Referral.get() == referral


# The register of employers under new keys


@pytest.fixture
def register(opened):
    """Writes rows into the register as it was before the new keys."""
    runner().up(before_keys())

    def register(*rows):
        for key, name, policy, public, note in rows:
            db.execute_sql(
                "INSERT INTO employer (key, name, policy, public, note, at) VALUES (?, ?, ?, ?, ?, ?)",
                [key, name, policy, public, note, "2026-01-01 00:00:00"],
            )

    return register


def before_keys():
    return NAMES[NAMES.index("0021_employer_keys") - 1]


def registered():
    return db.execute_sql("SELECT key, name, policy, public, note FROM employer ORDER BY id").fetchall()


def test_two_spellings_of_one_employer_become_one_row_with_the_stricter_policy(register):
    register(
        ("bright path company", "Bright Path Company", "fine", 0, "They are nice."),
        ("path bright", "Path, Bright", "no_postings", 0, "They do not pay."),
        ("library toronto public", "Library, Toronto Public", "fine", 0, ""),
        ("toronto public library", "Toronto Public Library", "gifts_only", 1, "Public."),
        ("acme", "ACME", "fine", 0, "x"),
    )

    runner().up("0021_employer_keys")

    assert registered() == [
        ("bright path", "Path, Bright", "no_postings", 0, "They do not pay.\n\nThey are nice."),
        ("library public toronto", "Toronto Public Library", "gifts_only", 1, "Public."),
        ("acme", "ACME", "fine", 0, "x"),
    ]


def test_an_employer_that_was_public_in_one_spelling_stays_so(register):
    register(
        ("books blue", "Books Blue", "no_postings", 0, "One."),
        ("blue books", "Blue Books", "gifts_only", 1, "One."),
    )

    runner().up("0021_employer_keys")

    assert registered() == [("blue books", "Books Blue", "no_postings", 1, "One.")]


def test_keys_may_change_places_and_are_found_again_when_taken_back(register):
    rows = [
        ("books blue", "Books Blue SARL", "fine", 0, "One."),
        ("blue books", "The Red Books", "fine", 0, "Another."),
    ]
    register(*rows)

    runner().up("0021_employer_keys")
    assert [row[0] for row in registered()] == ["blue books", "books red"]

    runner().down("0021_employer_keys")
    assert [row[0] for row in registered()] == ["books blue sarl", "red books"]


def test_whoever_changes_the_keys_of_employers_writes_a_migration():
    frozen = runpy.run_path(MIGRATIONS / "0021_employer_keys.py")["key_of"]
    written = [name for pair in (*ALIKE, *APART) for name in pair]

    assert {name: frozen(name) for name in written} == {name: key_of(name) for name in written}


def test_what_was_written_before_is_found_folded(opened, path):
    spelled = ("Straße\xad 9–5", "Évian, l’École", "O’Brien", "", "हिन्दी", "ﬁ \u02bc Þór", "e" + "\u0316\u0301" * 50)
    runner().up(NAMES[NAMES.index("0020_folded") - 1])
    for number, text in enumerate(spelled, 1):
        row = "INSERT INTO referral_text (rowid, title, employer, location, duties) VALUES (?, ?, ?, ?, ?)"
        db.execute_sql(row, (number, text, text, text, text))

    runner().up()

    found = [text.title for text in ReferralText.select().order_by(ReferralText.rowid)]
    assert found == [searchable(text) for text in spelled]


def test_places_and_names_of_before_are_found_folded(organizer, post):
    post(location="Łódź, l’Évian", employer="O’Brien")
    organizer.introduce(name="Élodie O’Hara")

    runner().down("0020_folded")
    assert db.execute_sql("SELECT employer FROM referral_text").fetchone() == ("O’Brien",)
    runner().up()

    assert Referral.get().place_key == fold("Łódź, l’Évian") == "lodz, levian"
    assert {member.name_key for member in Member.select()} >= {"elodie ohara", "hana helper"}
    assert Referral.board("obrien", location="EVIAN").count() == 1


# All or nothing


@pytest.fixture
def broken(tmp_path):
    """Our migrations, and a last one that makes a table and a row and then goes wrong like this."""

    def broken(how):
        directory = tmp_path / "migrations"
        shutil.copytree(MIGRATIONS, directory)
        lines = [
            "import os, signal",
            "def up(migrator, db):",
            "    db.execute_sql('CREATE TABLE half (done TEXT)')",
            "    db.execute_sql('ALTER TABLE member ADD COLUMN half TEXT')",
            "    db.execute_sql(\"INSERT INTO half VALUES ('yes')\")",
            f"    {how}",
        ]
        (directory / "9999_broken.py").write_text("\n".join(lines), encoding="utf-8")
        return directory

    return broken


def test_a_migration_that_fails_leaves_nothing_behind(broken, opened, path):
    runner().up()
    before = schema(path)

    with pytest.raises(OperationalError):
        runner(broken("db.execute_sql('SELECT nothing FROM nowhere')")).up()

    assert schema(path) == before
    assert runner().up() == []


def test_a_migration_that_is_killed_leaves_nothing_behind(broken, opened, path):
    runner().up()
    before = schema(path)
    db.close()

    directory = broken("os.kill(os.getpid(), signal.SIGKILL)")
    program = "import sys; from peewee import SqliteDatabase; from playhouse.migrations import Runner; "
    program += "Runner(SqliteDatabase(sys.argv[1], pragmas={'journal_mode': 'wal'}), sys.argv[2]).up()"
    died = subprocess.run([sys.executable, "-c", program, path, directory], check=False)

    assert died.returncode == -signal.SIGKILL
    assert schema(path) == before
    assert sorted(runner().applied()) == NAMES


def test_whoever_posts_already_is_told_once_that_postings_can_be_unnamed(opened, path):
    runner().up(NAMES[NAMES.index("0019_visibility") - 1])
    db.execute_sql(
        "INSERT INTO member (state, email, name, password_hash, headline, can_help, role, employer, answer, joined_at, "
        "version, unconfirmed, join_key) VALUES ('trusted', 'hana@example.org', 'Hana', '', '', '', 'member', 'Yard', "
        "'', '2026-01-01 00:00:00', 1, 0, '')"
    )
    for state in ("published", "paused", "withdrawn"):
        db.execute_sql(
            "INSERT INTO referral (helper_id, state, employer, title, industry, location, work_mode, pay_min, pay_max, "
            "pay_period, pay_yearly, connection, influence, seats, made_at, hidden_from, version) "
            "VALUES (1, ?, 'Yard', 'Smith', '31-33', 'Here', 'on_site', 1, 1, 'year', 1, 'leaving', '', 1, "
            "'2026-01-01 00:00:00', '', 1)",
            (state,),
        )

    runner().up()

    assert [(notice.member_id, notice.kind) for notice in Notice.select()].count((1, "member.names")) == 1
    assert {(referral.helper_named, referral.employer_named) for referral in Referral.select()} == {(True, True)}
    assert [(row.member_id, row.name) for row in Workplace.select()] == [(1, "Yard")]
