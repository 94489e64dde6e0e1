"""Who reads a profile, a name in the tree and thanks; and when a posting ended."""

from peewee import BooleanField, CharField, DateTimeField, IntegerField

COLUMNS = (
    ('member', 'profile_shown', CharField(default='accepted')),
    ('member', 'in_tree', BooleanField(default=True)),
    ('policy', 'tree_open', BooleanField(default=False)),
    ('policy', 'archive_days', IntegerField(default=30)),
    ('referral', 'ended_at', DateTimeField(null=True)),
    ('claim', 'unnamed', BooleanField(default=False)),
    ('claim', 'thanks_agreed', BooleanField(default=False)),
    ('claim', 'thanks_shown', BooleanField(default=False)),
)

NOW = "strftime('%Y-%m-%d %H:%M:%S', 'now')"


def up(migrator, db):
    for table, column, field in COLUMNS:
        migrator.migrate(migrator.add_column(table, column, field))
    db.execute_sql(
        "UPDATE referral SET ended_at = coalesce((SELECT max(at) FROM event WHERE event.referral_id = referral.id "
        "AND verb IN ('referral.expire', 'referral.fill')), expires_at, published_at, made_at) "
        "WHERE state IN ('expired', 'filled')"
    )
    db.execute_sql(
        "UPDATE claim SET unnamed = 1 WHERE referral_id IN (SELECT id FROM referral WHERE NOT helper_named)"
    )
    # Whoever thanked wrote below “It stands on the profile of …, with your name”. The helpers were not asked.
    db.execute_sql("UPDATE claim SET thanks_agreed = 1 WHERE thanks <> '' AND NOT unnamed")
    db.execute_sql(
        "INSERT INTO notice (member_id, kind, referral_id, claim_id, asks, at) "
        f"SELECT claim.helper_id, 'claim.ask_for_thanks', claim.referral_id, claim.id, 0, {NOW} FROM claim "
        "JOIN member ON member.id = claim.helper_id WHERE thanks_agreed AND member.state <> 'former' ORDER BY claim.id"
    )
    db.execute_sql(
        "INSERT INTO notice (member_id, kind, asks, at) "
        f"SELECT id, 'member.profiles', 0, {NOW} FROM member "
        "WHERE state IN ('new', 'member', 'trusted') ORDER BY id"
    )


def down(migrator, db):
    db.execute_sql("DELETE FROM notice WHERE kind IN ('member.profiles', 'claim.ask_for_thanks')")
    for table, column, _field in reversed(COLUMNS):
        migrator.migrate(migrator.drop_column(table, column))
