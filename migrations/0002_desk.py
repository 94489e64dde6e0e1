"""The desk: standing, invitations, reports, actions, the employer register, and a log that nobody can change."""

from peewee import *


def up(migrator, db):
    class Claim(Model):
        class Meta:
            database = db
            table_name = 'claim'

    class Member(Model):
        class Meta:
            database = db
            table_name = 'member'

    class Message(Model):
        class Meta:
            database = db
            table_name = 'message'

    class Referral(Model):
        class Meta:
            database = db
            table_name = 'referral'

    class Action(Model):
        kind = CharField()
        state = CharField(index=True, default='standing')
        member = ForeignKeyField(Member)
        by = ForeignKeyField(Member)
        rule = CharField()
        reason = TextField()
        at = DateTimeField()
        until = DateTimeField(null=True)
        due = DateTimeField(index=True, null=True)
        appealed_at = DateTimeField(null=True)
        referral = ForeignKeyField(Referral, null=True)
        class Meta:
            database = db
            table_name = 'action'
    db.create_tables([Action])

    class Block(Model):
        kind = CharField()
        pattern = CharField()
        at = DateTimeField()
        by = ForeignKeyField(Member)
        class Meta:
            database = db
            table_name = 'block'
            indexes = ((('kind', 'pattern'), True),)
    db.create_tables([Block])

    class Contact(Model):
        state = CharField(index=True, default='open')
        name = CharField()
        email = CharField()
        employer = CharField()
        body = TextField()
        at = DateTimeField()
        class Meta:
            database = db
            table_name = 'contact'
    db.create_tables([Contact])

    class Employer(Model):
        key = CharField(unique=True)
        name = CharField()
        rule = CharField(default='fine')
        public = BooleanField(default=False)
        note = TextField(default='')
        by = ForeignKeyField(Member, null=True)
        at = DateTimeField()
        class Meta:
            database = db
            table_name = 'employer'
    db.create_tables([Employer])

    class Hold(Model):
        key = CharField(unique=True)
        organizer = ForeignKeyField(Member)
        at = DateTimeField()
        class Meta:
            database = db
            table_name = 'hold'
    db.create_tables([Hold])

    class Invitation(Model):
        by = ForeignKeyField(Member)
        state = CharField(default='open')
        note = CharField(default='')
        token_hash = CharField(unique=True)
        uses_left = IntegerField()
        made_at = DateTimeField()
        due = DateTimeField(index=True, null=True)
        class Meta:
            database = db
            table_name = 'invitation'
    db.create_tables([Invitation])

    class Report(Model):
        state = CharField(index=True, default='open')
        rule = CharField()
        note = TextField(default='')
        by = ForeignKeyField(Member)
        member = ForeignKeyField(Member)
        referral = ForeignKeyField(Referral, null=True)
        claim = ForeignKeyField(Claim, null=True)
        message = ForeignKeyField(Message, null=True)
        at = DateTimeField()
        class Meta:
            database = db
            table_name = 'report'
    db.create_tables([Report])

    migrator.migrate(migrator.add_column('member', 'state', CharField(index=True, default='new')))
    migrator.migrate(migrator.add_column('member', 'employer', CharField(default='')))
    migrator.migrate(migrator.add_column('member', 'answer', TextField(default='')))
    migrator.migrate(migrator.add_column('member', 'invited_by_id', ForeignKeyField(Member, field=Member.id, null=True)))
    migrator.migrate(migrator.add_column('claim', 'frozen_at', DateTimeField(null=True)))
    migrator.migrate(migrator.add_column('claim', 'frozen_due', DateTimeField(null=True)))
    migrator.migrate(migrator.add_column('event', 'number', IntegerField(null=True)))
    migrator.migrate(migrator.add_column('policy', 'joining', CharField(default='application')))
    migrator.migrate(migrator.add_column('policy', 'question', CharField(default='')))
    migrator.migrate(migrator.add_column('policy', 'appeal_days', IntegerField(default=14)))

    # Who is here already stays in, and the door stays as open as it was.
    db.execute_sql("UPDATE member SET state = 'trusted' WHERE role != 'member'")
    db.execute_sql(
        "UPDATE member SET state = 'member' WHERE state = 'new' AND id IN "
        "(SELECT helper_id FROM referral WHERE published_at IS NOT NULL)"
    )
    db.execute_sql("UPDATE policy SET joining = 'open'")
    for verb in ("UPDATE", "DELETE"):
        db.execute_sql(
            f'CREATE TRIGGER "event_refuses_{verb.lower()}" BEFORE {verb} ON "event" '
            "BEGIN SELECT RAISE(ABORT, 'What has happened stays on record.'); END"
        )
    # INSERT OR REPLACE would delete a row without asking the trigger above.
    db.execute_sql(
        'CREATE TRIGGER "event_refuses_replace" BEFORE INSERT ON "event" '
        "WHEN EXISTS (SELECT 1 FROM event WHERE id = NEW.id) "
        "BEGIN SELECT RAISE(ABORT, 'What has happened stays on record.'); END"
    )


def down(migrator, db):
    db.execute_sql('DROP TRIGGER "event_refuses_replace"')
    db.execute_sql('DROP TRIGGER "event_refuses_update"')
    db.execute_sql('DROP TRIGGER "event_refuses_delete"')
    migrator.migrate(migrator.drop_index('member', 'member_state'))
    migrator.migrate(migrator.drop_index('member', 'member_invited_by_id'))
    migrator.migrate(migrator.drop_column('policy', 'appeal_days'))
    migrator.migrate(migrator.drop_column('policy', 'question'))
    migrator.migrate(migrator.drop_column('policy', 'joining'))
    migrator.migrate(migrator.drop_column('event', 'number'))
    migrator.migrate(migrator.drop_column('claim', 'frozen_due'))
    migrator.migrate(migrator.drop_column('claim', 'frozen_at'))
    migrator.migrate(migrator.drop_column('member', 'invited_by_id'))
    migrator.migrate(migrator.drop_column('member', 'answer'))
    migrator.migrate(migrator.drop_column('member', 'employer'))
    migrator.migrate(migrator.drop_column('member', 'state'))
    migrator.migrate(migrator.drop_table('report'))
    migrator.migrate(migrator.drop_table('invitation'))
    migrator.migrate(migrator.drop_table('hold'))
    migrator.migrate(migrator.drop_table('employer'))
    migrator.migrate(migrator.drop_table('contact'))
    migrator.migrate(migrator.drop_table('block'))
    migrator.migrate(migrator.drop_table('action'))
