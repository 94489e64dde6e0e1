"""Keys are random and stand in their rows: the database needs no name of its own. Organizers note unknown events."""

from datetime import UTC, datetime

from peewee import *


def up(migrator, db):
    migrator.migrate(migrator.drop_column('merchant', 'instance'))
    migrator.migrate(migrator.drop_column('payout_account', 'number'))
    migrator.migrate(migrator.add_column('payout_account', 'key', CharField(default='')))
    db.execute_sql("UPDATE payout_account SET key = 'golem:' || lower(hex(randomblob(16)))")
    migrator.migrate(migrator.add_index('payout_account', ('key',), True))
    moment = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    migrator.migrate(migrator.add_column('payout_account', 'key_at', DateTimeField(default=moment)))
    db.execute_sql('''ALTER TABLE "payout_account" ADD COLUMN "former" TEXT NOT NULL DEFAULT '[]' ''')
    db.execute_sql('ALTER TABLE "stripe_event" ADD COLUMN "noted_id" INTEGER REFERENCES "event" ("id")')


def down(migrator, db):
    db.execute_sql('ALTER TABLE "stripe_event" DROP COLUMN "noted_id"')
    migrator.migrate(migrator.drop_column('payout_account', 'former'))
    migrator.migrate(migrator.drop_column('payout_account', 'key_at'))
    migrator.migrate(migrator.drop_index('payout_account', 'payout_account_key'))
    migrator.migrate(migrator.drop_column('payout_account', 'key'))
    migrator.migrate(migrator.add_column('payout_account', 'number', IntegerField(default=1)))
    migrator.migrate(migrator.add_column('merchant', 'instance', CharField(default='')))
    db.execute_sql('UPDATE merchant SET instance = lower(hex(randomblob(8)))')  # The code before put it into its keys.
