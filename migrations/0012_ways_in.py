"""Links say what they are about and whether they were told of; sign-ins, whether they are shared and were confirmed."""

from datetime import datetime

from peewee import *

COLUMNS = (
    ('one_time_link', 'address', CharField(default='')),
    ('one_time_link', 'dismissed_at', DateTimeField(null=True)),
    ('sign_in', 'confirmed_at', DateTimeField(default=datetime(2000, 1, 1))),
    ('sign_in', 'shared', BooleanField(default=False)),
)


def up(migrator, db):
    for table, column, field in COLUMNS:
        migrator.migrate(migrator.add_column(table, column, field))

    class Member(Model):
        class Meta:
            database = db
            table_name = 'member'

    class OneTimeLink(Model):
        class Meta:
            database = db
            table_name = 'one_time_link'

    class PendingSignIn(Model):
        member = ForeignKeyField(Member, on_delete='CASCADE')
        token_hash = CharField(unique=True)
        browser = CharField(default='')
        shared = BooleanField(default=False)
        link = ForeignKeyField(OneTimeLink, null=True, on_delete='CASCADE')
        password_hash = CharField(default='')
        onward = CharField(default='')
        made_at = DateTimeField()
        class Meta:
            database = db
            table_name = 'pending_sign_in'
    db.create_tables([PendingSignIn])

    # Links made before could be made by those who may not now: whoever needs one asks for a new one.
    db.execute_sql("UPDATE one_time_link SET ends_at = made_at WHERE purpose = 'sign_in' AND used_at IS NULL")
    db.execute_sql("UPDATE one_time_link SET dismissed_at = used_at WHERE used_at IS NOT NULL")


def down(migrator, db):
    db.execute_sql('DROP TABLE pending_sign_in')
    for table, column, _field in COLUMNS:
        migrator.migrate(migrator.drop_column(table, column))
