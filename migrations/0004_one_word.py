"""One word for one thing: tables and columns have the names that the pages and the docs use, and records a version."""

import json

from peewee import *

TABLES = {
    'session': 'sign_in',
    'link': 'one_time_link',
    'hold': 'assignment',
    'mark': 'checklist_mark',
    'contact': 'inquiry',
    'webhook': 'stripe_event',
}
RECORDS = ('member', 'invitation', 'referral', 'claim', 'pledge', 'action', 'report', 'inquiry')
VERBS = {
    'action.run_over': 'action.expire',
    'invitation.run_over': 'invitation.expire',
    'contact.write': 'inquiry.write',
    'contact.answer': 'inquiry.answer',
}
GUARD = (
    'CREATE TRIGGER "event_refuses_update" BEFORE UPDATE ON "event" '
    "BEGIN SELECT RAISE(ABORT, 'What has happened stays on record.'); END"
)


def up(migrator, db):
    for old, new in TABLES.items():
        migrator.migrate(migrator.rename_table(old, new))
    migrator.migrate(migrator.rename_column('employer', 'rule', 'policy'))
    migrator.migrate(migrator.rename_column('pledge', 'seen', 'stripe_facts'))
    migrator.migrate(migrator.rename_column('pledge', 'seen_at', 'facts_at'))
    for table in RECORDS:
        db.execute_sql(f'ALTER TABLE "{table}" ADD COLUMN "version" INTEGER NOT NULL DEFAULT 1')
    migrator.migrate(migrator.rename_column('pledge', 'judged', 'judged_text'))
    db.execute_sql('''ALTER TABLE "pledge" ADD COLUMN "judged" TEXT NOT NULL DEFAULT '[]' ''')
    convert(db, 'judged_text', lambda text: json.dumps(text.split()))
    migrator.migrate(migrator.drop_column('pledge', 'judged_text'))
    rename_words(db, VERBS, ('standing', 'in_force'))


def down(migrator, db):
    rename_words(db, {new: old for old, new in VERBS.items()}, ('in_force', 'standing'))
    migrator.migrate(migrator.rename_column('pledge', 'judged', 'judged_list'))
    migrator.migrate(migrator.add_column('pledge', 'judged', TextField(default='')))
    convert(db, 'judged_list', lambda text: ' '.join(json.loads(text)))
    migrator.migrate(migrator.drop_column('pledge', 'judged_list'))
    for table in RECORDS:
        db.execute_sql(f'ALTER TABLE "{table}" DROP COLUMN "version"')
    migrator.migrate(migrator.rename_column('pledge', 'facts_at', 'seen_at'))
    migrator.migrate(migrator.rename_column('pledge', 'stripe_facts', 'seen'))
    migrator.migrate(migrator.rename_column('employer', 'policy', 'rule'))
    for old, new in TABLES.items():
        migrator.migrate(migrator.rename_table(new, old))


def convert(db, column, translate):
    """What a person has judged about a payment: a text with blanks, or a list."""
    for id, text in db.execute_sql(f'SELECT id, {column} FROM pledge').fetchall():
        db.execute_sql('UPDATE pledge SET judged = ? WHERE id = ?', (translate(text), id))


def rename_words(db, verbs, state):
    """Events keep what they say: only the words by which the code knows them change."""
    db.execute_sql('DROP TRIGGER "event_refuses_update"')
    for old, new in verbs.items():
        db.execute_sql('UPDATE event SET verb = ? WHERE verb = ?', (new, old))
        db.execute_sql('UPDATE notice SET kind = ? WHERE kind = ?', (new, old))
    old, new = state
    db.execute_sql('UPDATE action SET state = ? WHERE state = ?', (new, old))
    for column in ('before', 'after'):
        db.execute_sql(f"UPDATE event SET {column} = ? WHERE {column} = ? AND verb LIKE 'action.%'", (new, old))
    db.execute_sql(GUARD)
