"""What is reported of one thing is one matter, with what followed; and what organizers take down of what was written."""

from peewee import BooleanField, CharField, DateTimeField, ForeignKeyField, Model, TextField

COLUMNS = (
    ('message', 'taken_down_at', DateTimeField(null=True)),
    ('claim', 'thanks_down_at', DateTimeField(null=True)),
    ('claim', 'frozen_for', CharField(default='')),
    ('report', 'took_effect', BooleanField(default=False)),
    ('report', 'consequence', CharField(default='')),
)


def tables(db):
    class Base(Model):
        class Meta:
            database = db

    class Member(Base):
        class Meta:
            table_name = 'member'

    class Claim(Base):
        class Meta:
            table_name = 'claim'

    class Message(Base):
        class Meta:
            table_name = 'message'

    class Action(Base):
        class Meta:
            table_name = 'action'

    class Event(Base):
        class Meta:
            table_name = 'event'

    class TakenDown(Base):
        action = ForeignKeyField(Action)
        member = ForeignKeyField(Member)
        message = ForeignKeyField(Message, null=True, on_delete='CASCADE')
        thanks = ForeignKeyField(Claim, null=True)
        column = CharField()
        text = TextField()

        class Meta:
            table_name = 'taken_down'

    return TakenDown, Claim, Event


def up(migrator, db):
    TakenDown, Claim, Event = tables(db)
    for table, column, field in COLUMNS:
        migrator.migrate(migrator.add_column(table, column, field))
    for column, model in (('thanks_id', Claim), ('decision_id', Event)):
        key = ForeignKeyField(model, field=model.id, null=True)
        migrator.migrate(migrator.add_column('report', column, key))
    db.create_tables([TakenDown])
    db.execute_sql(
        "UPDATE report SET decision_id = (SELECT max(id) FROM event WHERE event.number = report.id "
        "AND event.verb IN ('report.uphold', 'report.dismiss')) WHERE state <> 'open'"
    )
    db.execute_sql("UPDATE claim SET frozen_for = 'absence' WHERE frozen_at IS NOT NULL")
    db.execute_sql(
        "UPDATE claim SET frozen_for = 'report' WHERE frozen_at IS NOT NULL AND id IN "
        "(SELECT claim_id FROM report WHERE rule = 'money_first' AND state = 'open')"
    )


def down(migrator, db):
    db.execute_sql('DELETE FROM taken_down')
    db.drop_tables([tables(db)[0]])
    for column in ('thanks_id', 'decision_id'):
        migrator.migrate(migrator.drop_index('report', f'report_{column}'))
        migrator.migrate(migrator.drop_column('report', column))
    for table, column, _field in reversed(COLUMNS):
        migrator.migrate(migrator.drop_column(table, column))
