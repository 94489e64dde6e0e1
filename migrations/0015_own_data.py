"""How long things are kept, members who leave, groups that close, and reasons that can be emptied."""

from peewee import BooleanField, DateTimeField, IntegerField

COLUMNS = (
    ('member', 'due', DateTimeField(null=True, index=True)),
    ('claim', 'words_go_at', DateTimeField(null=True, index=True)),
    ('claim', 'words_gone', BooleanField(default=False)),
    ('community', 'closed_at', DateTimeField(null=True)),
    ('policy', 'thread_days', IntegerField(default=365)),
    ('policy', 'posting_days', IntegerField(default=180)),
    ('policy', 'application_days', IntegerField(default=90)),
    ('policy', 'notice_days', IntegerField(default=90)),
)
SAME = (
    'id',
    'verb',
    'actor_id',
    'member_id',
    'referral_id',
    'claim_id',
    'number',
    'before',
    'after',
    'at',
)
TRIGGER = (
    'CREATE TRIGGER "event_refuses_update" BEFORE UPDATE ON "event" {}'
    "BEGIN SELECT RAISE(ABORT, 'What has happened stays on record.'); END"
)


def up(migrator, db):
    for table, column, field in COLUMNS:
        migrator.migrate(migrator.add_column(table, column, field))
    db.execute_sql('DROP TRIGGER "event_refuses_update"')
    same = ' AND '.join(f'NEW."{name}" IS OLD."{name}"' for name in SAME)
    db.execute_sql(TRIGGER.format(f"WHEN NOT (NEW.reason = '' AND {same}) "))
    # An application that was turned down goes by itself, as its applicant was never told otherwise: from today on.
    db.execute_sql("UPDATE member SET due = datetime('now', '+90 days') WHERE state = 'declined'")


def down(migrator, db):
    db.execute_sql('DROP TRIGGER "event_refuses_update"')
    db.execute_sql(TRIGGER.format(''))
    for table, column, field in reversed(COLUMNS):
        if field.index:
            migrator.migrate(migrator.drop_index(table, f'{table}_{column}'))
        migrator.migrate(migrator.drop_column(table, column))
