"""Whether an employer is a small one, last days that are shown as a month, and messages that their author took back."""

from peewee import BooleanField, DateTimeField

COLUMNS = (
    ('message', 'taken_back_at', DateTimeField(null=True)),
    ('referral', 'month_only', BooleanField(default=False)),
    ('referral', 'small_employer', BooleanField(null=True)),
)


def up(migrator, db):
    for table, column, field in COLUMNS:
        migrator.migrate(migrator.add_column(table, column, field))


def down(migrator, db):
    for table, column, _field in reversed(COLUMNS):
        migrator.migrate(migrator.drop_column(table, column))
