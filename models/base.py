"""The base of every table: the database, the time, and the exceptions by which a rule refuses."""

import os
import threading
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta

from peewee import SQL, Model, OperationalError, Select, SqliteDatabase, fn

from .i18n import _
from .turns import Turns

# Tables of which the newest row is asked for in nearly every rule: see `Database.remember`.
REMEMBERED = ('"community"', '"heartbeat"', '"policy"', '"house_rules"')

# Milliseconds that SQLite waits for another program: for who has something to write, and in passing.
LONGEST_BUSY = 5000
SHORTEST_BUSY = 200

# How a statement begins that changes something.
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "DROP", "ALTER")


class Database(SqliteDatabase):
    """SQLite, whose writers take turns, with a short memory in each thread.

    A transaction begins when it is its thread's turn, and whoever writes outside of one makes one. Reading waits for
    nobody.

    What `remember` was given is read once until the next transaction, request or change of those tables; what a
    `remembered` property has read is read again after the next write. So a page asks once, and a rule decides by what
    is there now.
    """

    def __init__(self, *args, **kwargs):
        self.commits = 0  # Of all threads: what was read before the last one may have changed.
        self._memory = _Memory()
        self._turns = Turns()
        super().__init__(*args, **kwargs)

    def remember(self, key, read):
        """Returns what `read()` returns, from memory where it is there. None is never remembered."""
        rows = self._memory.rows
        if (row := rows.get(key)) is None and (row := read()) is not None:
            rows[key] = row
        return row

    def forget(self):
        """Drops everything that this thread has read into memory."""
        self._memory.rows.clear()
        self._memory.writes += 1

    @property
    def writes(self):
        """Grows with every write of this thread, and with everything that makes it read again."""
        return self._memory.writes

    def execute_sql(self, sql, params=None):
        if sql.startswith(WRITES) and not self.in_transaction():
            with self.atomic():
                return self.execute_sql(sql, params)
        if not sql.startswith("SELECT"):
            self._memory.writes += 1
            if sql.startswith("ROLLBACK") or any(table in sql for table in REMEMBERED):
                self.forget()
        return super().execute_sql(sql, params)

    def connect(self, *args, **kwargs):
        self.forget()
        if self.is_closed():
            path = str(self.database)
            self._memory.read_only = os.path.exists(path) and not os.access(path, os.W_OK)
        return super().connect(*args, **kwargs)

    def begin(self, *args, **kwargs):
        if self._memory.read_only:
            self.close()  # SQLite never looks again whether an open connection may write; a new one does.
        self.connect(reuse_if_open=True)
        turn = self._turns.take(self._memory.in_passing)
        try:
            with self._in_a_hurry() if self._memory.in_passing else nullcontext():
                super().begin(*args, **kwargs)
        except BaseException:
            self._turns.leave(turn)
            raise
        turn.writes, self._memory.turn = True, turn
        self.forget()

    @contextmanager
    def _in_a_hurry(self):
        self.connection().execute(f"PRAGMA busy_timeout = {SHORTEST_BUSY}")
        try:
            yield
        finally:
            self.connection().execute(f"PRAGMA busy_timeout = {LONGEST_BUSY}")

    @contextmanager
    def in_passing(self, record=None):
        """What a reader leaves behind is written if it can be at once, and otherwise another time: reading goes on.

        Without the write the record is read anew.
        """
        self._memory.in_passing = not self.in_transaction()
        try:
            yield
        except OperationalError:
            if not self._memory.in_passing:
                raise
            if record is not None:
                record.reload()
        finally:
            self._memory.in_passing = False

    def commit(self):
        super().commit()
        self.commits += 1
        self._leave_turn()

    def rollback(self):
        """Takes back what the transaction did. Nothing is left to do where SQLite did so itself, on a full disk."""
        try:
            if self.connection().in_transaction:
                super().rollback()
        finally:
            self.forget()
            self._leave_turn()

    def _leave_turn(self):
        turn, self._memory.turn = self._memory.turn, None
        if turn:
            self._turns.leave(turn)


class _Memory(threading.local):
    def __init__(self):
        self.rows, self.writes, self.turn = {}, 0, None
        self.in_passing = self.read_only = False


db = Database(
    None,
    lock_type="IMMEDIATE",
    pragmas={
        "journal_mode": "wal",
        "synchronous": "full",
        "foreign_keys": 1,
        "busy_timeout": LONGEST_BUSY,
        "temp_store": "memory",
        "secure_delete": 1,
        "mmap_size": 256 * 1024 * 1024,
    },
)


class remembered:
    """A property of a record that is read once while a page is shown, and always anew within a transaction."""

    def __init__(self, read):
        self.read, self.__doc__ = read, read.__doc__

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, record, owner=None):
        if record is None:
            return self
        if db.in_transaction():
            return self.read(record)
        values = self._values(record)
        if self.name not in values:
            values[self.name] = self.read(record)
        return values[self.name]

    def keep(self, record, value):
        """Sets the value of one record, which was read for many at once."""
        self._values(record)[self.name] = value

    @staticmethod
    def _values(record):
        writes, values = record.__dict__.get("_remembered", (None, None))
        if writes != db.writes:
            values = {}
            record.__dict__["_remembered"] = (db.writes, values)
        return values


class Refused(Exception):
    """A rule says no. The text is a whole sentence for the person who asked."""


class NotYours(Refused):
    """The member may know of the record, but this is not theirs to do."""


class FactorNeeded(NotYours):
    """It is theirs to do as an organizer, once they have set up a second step for signing in."""

    def __init__(self):
        super().__init__(_("Organizers need a second step for signing in. Set it up first, then go on."))


class Invalid(Refused):
    """What somebody typed cannot be taken: a sentence for each field concerned."""

    def __init__(self, **problems):
        super().__init__(" ".join(problems.values()))
        self.problems = problems


class Base(Model):
    class Meta:
        database = db
        legacy_table_names = False

    def catch_up(self):
        """Runs what is overdue about the record. Rows without a deadline have nothing to run."""

    def reload(self):
        """Reads the record anew from the database; what it had kept of others is forgotten. Raises DoesNotExist."""
        fresh = type(self).get_by_id(self._pk)
        self.__data__ = fresh.__data__
        self.__rel__ = {}
        self.__dict__.pop("_remembered", None)
        self._dirty.clear()


def with_related(rows, *names):
    """Returns the rows as a list, with the records of these foreign keys read: one query a table, however many rows.

    The rows can be of several tables; where one has no such key, it is passed over.
    """
    rows = list(rows)
    missing = [(row, name) for name in names for row in rows if row.__data__.get(name) and name not in row.__rel__]
    wanted = {}
    for row, name in missing:
        wanted.setdefault(row._meta.fields[name].rel_model, set()).add(row.__data__[name])
    found = {
        model: {record.id: record for record in model.select().where(model.id.in_(ids))}
        for model, ids in wanted.items()
    }
    for row, name in missing:
        row.__rel__[name] = found[row._meta.fields[name].rel_model][row.__data__[name]]
    return rows


def count_each(**queries):
    """Returns how many rows each of these queries has, by its name: one statement."""
    counts = [query.order_by().select(fn.COUNT(SQL("*"))).alias(name) for name, query in queries.items()]
    return Select(columns=counts).bind(db).dicts().get()


def clock():
    """The time that the machine's clock shows, with its zone. The demo puts another in its place to tell the past."""
    return datetime.now(UTC)


def now():
    """The time in UTC, to the second, without a zone: the form in which every time is kept."""
    return clock().replace(tzinfo=None, microsecond=0)


def in_days(days):
    return now() + timedelta(days=days)
