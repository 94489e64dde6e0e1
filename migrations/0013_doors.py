"""Who joined by a letter that was not opened yet, and by which form somebody joined: a second press of it is known."""

from peewee import *

COLUMNS = (
    ('member', 'unconfirmed', BooleanField(default=False)),
    ('member', 'join_key', CharField(default='')),
)


def up(migrator, db):
    for table, column, field in COLUMNS:
        migrator.migrate(migrator.add_column(table, column, field))


def down(migrator, db):
    for table, column, _field in COLUMNS:
        migrator.migrate(migrator.drop_column(table, column))
