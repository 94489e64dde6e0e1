"""Who becomes an owner where no owner is here any more, and when one was here last."""

from peewee import SQL, CharField, DateTimeField, ForeignKeyField, IntegerField, Model


def successions(db):
    class Member(Model):
        class Meta:
            database = db
            table_name = 'member'

    class Succession(Model):
        version = IntegerField(constraints=[SQL('DEFAULT 1')])
        state = CharField()
        by = ForeignKeyField(Member)
        to = ForeignKeyField(Member)
        made_at = DateTimeField()
        due = DateTimeField(null=True, index=True)

        class Meta:
            database = db
            table_name = 'succession'

    return Succession


def up(migrator, db):
    db.create_tables([successions(db)])
    db.execute_sql("CREATE UNIQUE INDEX succession_one_open ON succession (state) WHERE state = 'proposed'")
    migrator.migrate(migrator.add_column('community', 'owner_seen_at', DateTimeField(null=True)))
    db.execute_sql("UPDATE community SET owner_seen_at = datetime('now')")


def down(migrator, db):
    db.execute_sql("DELETE FROM notice WHERE kind LIKE 'succession.%'")
    db.execute_sql("DELETE FROM event WHERE verb LIKE 'succession.%'")
    db.execute_sql("DELETE FROM letter WHERE kind = 'succession'")
    migrator.migrate(migrator.drop_column('community', 'owner_seen_at'))
    db.drop_tables([successions(db)])
