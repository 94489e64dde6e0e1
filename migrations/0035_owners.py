"""Who is away, and until when; what members write to the organizers; what the site reminded of."""

from peewee import CharField, DateTimeField, Model, TextField

COLUMNS = (
    ('member', 'away_from', DateTimeField(null=True)),
    ('member', 'away_until', DateTimeField(null=True)),
    ('community', 'away_from', DateTimeField(null=True)),
    ('community', 'away_until', DateTimeField(null=True)),
    ('community', 'handover_notes', TextField(default='')),
    ('community', 'second_owner_later', DateTimeField(null=True)),
    ('inquiry', 'answer_text', TextField(default='')),
)


def tables(db):
    class Reminder(Model):
        key = CharField(unique=True)
        at = DateTimeField()

        class Meta:
            database = db
            table_name = 'reminder'

    return [Reminder]


def up(migrator, db):
    db.create_tables(tables(db))
    for table, column, field in COLUMNS:
        migrator.migrate(migrator.add_column(table, column, field))
    db.execute_sql('ALTER TABLE "inquiry" ADD COLUMN "member_id" INTEGER REFERENCES "member" ("id")')
    db.execute_sql('CREATE INDEX "inquiry_member_id" ON "inquiry" ("member_id")')


def down(migrator, db):
    db.drop_tables(tables(db))
    db.execute_sql('DROP INDEX "inquiry_member_id"')
    db.execute_sql('ALTER TABLE "inquiry" DROP COLUMN "member_id"')
    for table, column, _field in reversed(COLUMNS):
        migrator.migrate(migrator.drop_column(table, column))
