"""The log says what was true: each event has the role in which somebody acted, and an organizer's name as it was."""

COLUMNS = ('role', 'actor_name')
SAME = ('id', 'verb', 'actor_id', 'member_id', 'referral_id', 'claim_id', 'number', 'before', 'after', 'at')
TRIGGER = (
    'CREATE TRIGGER "event_refuses_update" BEFORE UPDATE ON "event" WHEN NOT ({}) '
    "BEGIN SELECT RAISE(ABORT, 'What has happened stays on record.'); END"
)

# What only organizers could do until now, and what only owners could.
BY_ORGANIZERS = (
    *('member.admit', 'member.turn_down', 'member.trust', 'member.distrust', 'member.correct_address'),
    *('member.end_sessions', 'member.link', 'referral.approve', 'referral.approve_late', 'referral.ask_changes'),
    *('referral.reject', 'referral.hide', 'referral.restore', 'referral.remove', 'referral.reinstate', 'claim.decide'),
    *('pledge.lower', 'pledge.remind', 'pledge.refund', 'pledge.take_back', 'pledge.write_off', 'pledge.resolve'),
    *('report.uphold', 'report.dismiss', 'inquiry.answer', 'verification.know', 'verification.see_document'),
    *('verification.revoke', 'employer.register', 'block.add', 'block.drop', 'policy.change', 'community.address'),
    *('clocks.go_on', 'clocks.give_back', 'stripe_event.note'),
)
BY_OWNERS = (
    *('member.appoint', 'member.make_owner', 'member.dismiss', 'member.reset_factor', 'handover.offer'),
    *('community.close', 'community.reopen'),
)
ON_MEMBERS = ('note', 'warning', 'posts_held', 'silenced', 'suspended', 'banned', 'hidden', 'removed')
ACTIONS = tuple(f'action.{verb}' for verb in (*ON_MEMBERS, 'undo', 'keep', 'reverse'))

# What members do as well: it was an organizer who did it with something of somebody else.
FILLED = "verb = 'referral.fill' AND actor_id <> (SELECT helper_id FROM referral WHERE referral.id = referral_id)"
ENDED = "verb = 'invitation.end' AND actor_id <> member_id"

NAME = '(SELECT name FROM member WHERE member.id = actor_id)'


def up(migrator, db):
    for column in COLUMNS:  # Peewee would make the table anew, without the triggers that keep it as it is.
        db.execute_sql(f"ALTER TABLE event ADD COLUMN \"{column}\" VARCHAR(255) NOT NULL DEFAULT ''")
    db.execute_sql('DROP TRIGGER "event_refuses_update"')
    for role, verbs in (('organizer', BY_ORGANIZERS + ACTIONS), ('owner', BY_OWNERS)):
        known = ', '.join(f"'{verb}'" for verb in verbs)
        db.execute_sql(f"UPDATE event SET role = '{role}' WHERE actor_id IS NOT NULL AND verb IN ({known})")
    db.execute_sql(f"UPDATE event SET role = 'organizer' WHERE ({FILLED}) OR ({ENDED})")
    db.execute_sql("UPDATE event SET role = 'receiver' WHERE verb = 'handover.accept'")
    db.execute_sql(f"UPDATE event SET actor_name = coalesce({NAME}, '') WHERE role <> ''")
    emptied = (f'(NEW.{name} IS OLD.{name} OR NEW.{name} = \'\')' for name in ('reason', 'actor_name'))
    same = (f'NEW."{name}" IS OLD."{name}"' for name in (*SAME, 'role'))
    db.execute_sql(TRIGGER.format(' AND '.join((*emptied, *same))))


def down(migrator, db):
    db.execute_sql('DROP TRIGGER "event_refuses_update"')
    for column in reversed(COLUMNS):
        db.execute_sql(f'ALTER TABLE event DROP COLUMN "{column}"')
    same = ' AND '.join(f'NEW."{name}" IS OLD."{name}"' for name in SAME)
    db.execute_sql(TRIGGER.format(f"NEW.reason = '' AND {same}"))
