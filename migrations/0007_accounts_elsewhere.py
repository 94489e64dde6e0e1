"""Where a helper's account is opened, why it was let go of, and what keeps the community's balance from sufficing."""

from peewee import BooleanField, CharField

COLUMNS = (
    ('payout_account', 'country', CharField(default='')),
    ('payout_account', 'lost', CharField(default='')),
    ('merchant', 'payouts', CharField(default='')),
    ('pledge', 'short', BooleanField(default=False)),
)


def up(migrator, db):
    for table, column, field in COLUMNS:
        migrator.migrate(migrator.add_column(table, column, field))


def down(migrator, db):
    for table, column, _field in COLUMNS:
        migrator.migrate(migrator.drop_column(table, column))
