"""The ground the tables stand on: the database, the clock on the wall, and how a rule says no."""

from datetime import UTC, datetime, timedelta

from peewee import Model, SqliteDatabase

db = SqliteDatabase(
    None,
    lock_type="IMMEDIATE",
    pragmas={
        "journal_mode": "wal",
        "synchronous": "full",
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "temp_store": "memory",
        "mmap_size": 256 * 1024 * 1024,
    },
)


class Refused(Exception):
    """A rule says no. The text is a whole sentence for the person who asked."""


class NotYours(Refused):
    """The member may know of the record, but this is not theirs to do."""


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
        """Rows without a clock have nothing to catch up on."""

    def reload(self):
        """Forget what was read before: the record is as the database has it now."""
        fresh = type(self).get_by_id(self._pk)
        self.__data__ = fresh.__data__
        self.__rel__ = {}
        self._dirty.clear()


def clock():
    """The clock on the wall. The demo puts another in its place while it tells the past."""
    return datetime.now(UTC)


def now():
    """The time in UTC, to the second, without a zone: the form in which every time is kept."""
    return clock().replace(tzinfo=None, microsecond=0)


def in_days(days):
    return now() + timedelta(days=days)
