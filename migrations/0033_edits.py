"""How a posting read before an edit that waits for a review, and what its helper answered about the employer."""

from peewee import BooleanField, CharField, JSONField, TextField

COLUMNS = (
    ('referral', 'published_as', JSONField(null=True)),
    ('referral', 'back_to', CharField(default='')),
    ('duties', 'published_as', TextField(default='')),
    ('referral', 'public_employer', BooleanField(null=True)),
    ('referral', 'employer_answers', JSONField(null=True)),
)


def up(migrator, db):
    for table, column, field in COLUMNS:
        migrator.migrate(migrator.add_column(table, column, field))


def down(migrator, db):
    for table, column, _field in reversed(COLUMNS):
        migrator.migrate(migrator.drop_column(table, column))
