"""Whoever posts already is told that postings can be unnamed: theirs stay as they were written."""


def up(migrator, db):
    db.execute_sql(
        "INSERT INTO notice (member_id, kind, asks, at) "
        "SELECT DISTINCT referral.helper_id, 'member.names', 0, datetime('now') FROM referral "
        "JOIN member ON member.id = referral.helper_id WHERE member.state <> 'former' AND referral.state IN "
        "('draft', 'in_review', 'changes_asked', 'published', 'paused', 'expired', 'hidden')"
    )


def down(migrator, db):
    db.execute_sql("DELETE FROM notice WHERE kind = 'member.names'")
