"""Who is away, and until when."""

from peewee import DateTimeField

COLUMNS = (
    ('member', 'away_from', DateTimeField(null=True)),
    ('member', 'away_until', DateTimeField(null=True)),
    ('community', 'away_from', DateTimeField(null=True)),
    ('community', 'away_until', DateTimeField(null=True)),
)


def up(migrator, db):
    for table, column, field in COLUMNS:
        migrator.migrate(migrator.add_column(table, column, field))


def down(migrator, db):
    for table, column, _field in reversed(COLUMNS):
        migrator.migrate(migrator.drop_column(table, column))
