"""An owner offers the community to another member."""

from peewee import *


def up(migrator, db):
    class Member(Model):
        class Meta:
            database = db
            table_name = 'member'

    class Handover(Model):
        version = IntegerField(constraints=[SQL('DEFAULT 1')])
        state = CharField()
        by = ForeignKeyField(Member)
        to = ForeignKeyField(Member)
        made_at = DateTimeField()
        due = DateTimeField(null=True, index=True)

        class Meta:
            database = db
            table_name = 'handover'

    db.create_tables([Handover])


def down(migrator, db):
    migrator.migrate(migrator.drop_table('handover'))
