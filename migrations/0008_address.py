"""The address of the site that an organizer confirmed, for whatever reaches people elsewhere."""

from peewee import CharField


def up(migrator, db):
    migrator.migrate(migrator.add_column('community', 'address', CharField(default='')))


def down(migrator, db):
    migrator.migrate(migrator.drop_column('community', 'address'))
