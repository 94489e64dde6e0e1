"""On which day a posting comes up, and whether it is on the board without anyone having looked at it."""

from peewee import BooleanField, DateField

COLUMNS = (
    ('referral', 'publish_on', DateField(null=True)),
    ('referral', 'unreviewed', BooleanField(default=False)),
)


def up(migrator, db):
    for table, column, field in COLUMNS:
        migrator.migrate(migrator.add_column(table, column, field))


def down(migrator, db):
    for table, column, _field in reversed(COLUMNS):
        migrator.migrate(migrator.drop_column(table, column))
