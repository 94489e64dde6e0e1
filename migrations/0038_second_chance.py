"""After how many days somebody who was turned down may apply again."""

from peewee import IntegerField


def up(migrator, db):
    migrator.migrate(migrator.add_column('policy', 'reapply_days', IntegerField(default=30)))


def down(migrator, db):
    migrator.migrate(migrator.drop_column('policy', 'reapply_days'))
