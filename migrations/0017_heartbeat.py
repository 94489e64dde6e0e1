"""When the site last ran, and since when its clocks stand still."""

from peewee import CharField, DateTimeField, Model


def heartbeat(db):
    class Heartbeat(Model):
        beat_at = DateTimeField()
        stood_since = DateTimeField(null=True)
        found_at = DateTimeField(null=True)
        why = CharField(default='')

        class Meta:
            database = db
            table_name = 'heartbeat'

    return Heartbeat


def up(migrator, db):
    db.create_tables([heartbeat(db)])


def down(migrator, db):
    db.drop_tables([heartbeat(db)])
