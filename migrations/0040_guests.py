"""People whom organizers invite by a list."""

from peewee import BooleanField, CharField, DateTimeField, ForeignKeyField, Model


def guests(db):
    class Invitation(Model):
        class Meta:
            database = db
            table_name = 'invitation'

    class Letter(Model):
        class Meta:
            database = db
            table_name = 'letter'

    class Guest(Model):
        invitation = ForeignKeyField(Invitation, unique=True, on_delete='CASCADE')
        name = CharField(default='')
        email = CharField(unique=True)
        sealed = CharField()
        letter = ForeignKeyField(Letter, null=True, on_delete='SET NULL')
        made_at = DateTimeField(index=True)
        asked_at = DateTimeField()

        class Meta:
            database = db
            table_name = 'guest'

    return Guest


def up(migrator, db):
    db.create_tables([guests(db)])
    migrator.migrate(migrator.add_column('invitation', 'listed', BooleanField(default=False)))


def down(migrator, db):
    db.execute_sql("DELETE FROM event WHERE verb LIKE 'guest.%'")
    db.execute_sql("DELETE FROM letter WHERE kind = 'invited'")
    db.drop_tables([guests(db)])
    db.execute_sql('DELETE FROM invitation WHERE listed')
    migrator.migrate(migrator.drop_column('invitation', 'listed'))
