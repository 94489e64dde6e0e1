"""Appeals and disputes end in time; a posting has one restriction, and a matter leads to one action.

Of several restrictions of a posting the newest stays that says what the posting's state says. Disputes and appeals that
wait already have thirty days from now on.
"""

from datetime import UTC, datetime

from peewee import CharField, DateField, DateTimeField, IntegerField, TextField

RESTRICTING = "kind IN ('hidden', 'removed') AND state IN ('in_force', 'appealed', 'kept')"

ADDED = {
    'action': ('appeal_until',),
    'policy': ('dispute_days',),
    'community': ('outside_contact',),
    'claim': ('desk_reminders', 'proposed_end', 'proposed_owed', 'proposed_start'),
}
REFERENCES = (('action', 'report_id', 'report'), ('claim', 'proposed_by_id', 'member'))


def columns():
    return {
        'appeal_until': DateTimeField(default=datetime.now(UTC).replace(tzinfo=None, microsecond=0)),
        'dispute_days': IntegerField(default=30),
        'outside_contact': TextField(default=''),
        'desk_reminders': IntegerField(default=0),
        'proposed_end': CharField(default=''),
        'proposed_owed': IntegerField(null=True),
        'proposed_start': DateField(null=True),
    }


def up(migrator, db):
    for table, column, other in REFERENCES:
        db.execute_sql(f'ALTER TABLE "{table}" ADD COLUMN "{column}" INTEGER REFERENCES "{other}" ("id")')
    for table, names in ADDED.items():
        for name in names:
            migrator.migrate(migrator.add_column(table, name, columns()[name]))
    keep_terms_of_appeals(db)
    leave_one_restriction(db)
    start_clocks(db)
    db.execute_sql('CREATE UNIQUE INDEX "action_report_id" ON "action" ("report_id")')
    db.execute_sql('CREATE INDEX "claim_proposed_by_id" ON "claim" ("proposed_by_id")')
    db.execute_sql(
        f'CREATE UNIQUE INDEX "action_one_restriction_per_posting" ON "action" ("referral_id") WHERE {RESTRICTING}'
    )


def keep_terms_of_appeals(db):
    days = "(SELECT appeal_days FROM policy ORDER BY id DESC LIMIT 1)"
    db.execute_sql(f"UPDATE action SET appeal_until = datetime(at, '+' || coalesce({days}, 14) || ' days')")


def leave_one_restriction(db):
    """Whatever the state of the posting does not say is over, and so is all but the newest of what it does say."""
    says = "(SELECT referral.state FROM referral WHERE referral.id = action.referral_id)"
    db.execute_sql(f"UPDATE action SET state = 'over', due = NULL WHERE {RESTRICTING} AND kind <> {says}")
    newest = f"(SELECT max(id) FROM action WHERE {RESTRICTING} GROUP BY referral_id)"
    db.execute_sql(f"UPDATE action SET state = 'replaced', due = NULL WHERE {RESTRICTING} AND id NOT IN {newest}")


def start_clocks(db):
    waiting = "datetime('now', '+14 days')"
    db.execute_sql(f"UPDATE claim SET due = {waiting} WHERE state = 'disputed' AND frozen_at IS NULL")
    db.execute_sql(f"UPDATE claim SET frozen_due = {waiting} WHERE state = 'disputed' AND frozen_at IS NOT NULL")
    end = "datetime('now', '+30 days')"
    db.execute_sql(f"UPDATE action SET due = {end} WHERE state = 'appealed' AND (until IS NULL OR until > {end})")


def down(migrator, db):
    for index in ('action_one_restriction_per_posting', 'claim_proposed_by_id', 'action_report_id'):
        db.execute_sql(f'DROP INDEX "{index}"')
    db.execute_sql("UPDATE action SET state = 'over' WHERE state IN ('replaced', 'lapsed')")
    db.execute_sql("UPDATE action SET due = until WHERE state = 'appealed'")
    db.execute_sql("UPDATE claim SET due = NULL WHERE state = 'disputed'")
    db.execute_sql("UPDATE claim SET frozen_due = NULL WHERE state = 'disputed'")
    for table, names in ADDED.items():
        for name in names:
            migrator.migrate(migrator.drop_column(table, name))
    for table, column, _other in REFERENCES:
        db.execute_sql(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')
