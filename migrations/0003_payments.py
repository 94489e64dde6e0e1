"""Payments: what was asked of Stripe, what it told, the ledger, and the accounts at both ends."""

from peewee import *


def up(migrator, db):
    class Member(Model):
        class Meta:
            database = db
            table_name = 'member'

    class Pledge(Model):
        class Meta:
            database = db
            table_name = 'pledge'

    class Attempt(Model):
        pledge = ForeignKeyField(Pledge, index=False)
        step = CharField()
        number = IntegerField()
        state = CharField(index=True, default='open')
        key = CharField(unique=True)
        params = JSONField()
        object = CharField(index=True, default='')
        code = CharField(default='')
        made_at = DateTimeField()
        class Meta:
            database = db
            table_name = 'attempt'
            indexes = ((('pledge', 'step', 'number'), True),)
    db.create_tables([Attempt])

    class Entry(Model):
        pledge = ForeignKeyField(Pledge)
        kind = CharField()
        object = CharField(unique=True)
        intent = CharField(default='')
        amount = IntegerField()
        currency = CharField()
        at = DateTimeField()
        class Meta:
            database = db
            table_name = 'entry'
    db.create_tables([Entry])

    class Merchant(Model):
        instance = CharField()
        account = CharField(default='')
        country = CharField(default='')
        currency = CharField(default='')
        live = BooleanField(null=True)
        charges = BooleanField(default=False)
        connect = BooleanField(default=False)
        smallest = IntegerField(null=True)
        problem = CharField(default='')
        checked_at = DateTimeField(null=True)
        secret = BooleanField(default=False)
        heard_at = DateTimeField(null=True)
        reconciled_at = DateTimeField(null=True)
        events_since = IntegerField(default=0)
        accepted_by = ForeignKeyField(Member, null=True)
        accepted_at = DateTimeField(null=True)
        class Meta:
            database = db
            table_name = 'merchant'
    db.create_tables([Merchant])

    class PayoutAccount(Model):
        member = ForeignKeyField(Member, unique=True)
        number = IntegerField(default=1)
        account = CharField(index=True, default='')
        ready = BooleanField(default=False)
        missing = JSONField(default=list)
        checked_at = DateTimeField(null=True)
        class Meta:
            database = db
            table_name = 'payout_account'
    db.create_tables([PayoutAccount])

    class Webhook(Model):
        event = CharField(unique=True)
        type = CharField()
        account = CharField(default='')
        reference = CharField(default='')
        objects = JSONField(default=list)
        created = BigIntegerField()
        at = DateTimeField()
        applied_at = DateTimeField(index=True, null=True)
        outcome = CharField(default='')
        class Meta:
            database = db
            table_name = 'webhook'
    db.create_tables([Webhook])

    migrator.migrate(migrator.add_column('pledge', 'settlement', CharField(default='offline')))
    migrator.migrate(migrator.add_column('pledge', 'consent', TextField(default='')))
    migrator.migrate(migrator.add_column('pledge', 'reference', CharField(default='')))
    migrator.migrate(migrator.add_column('pledge', 'customer', CharField(index=True, default='')))
    migrator.migrate(migrator.add_column('pledge', 'card', CharField(default='')))
    migrator.migrate(migrator.add_column('pledge', 'card_name', CharField(default='')))
    migrator.migrate(migrator.add_column('pledge', 'intent', CharField(index=True, default='')))
    migrator.migrate(migrator.add_column('pledge', 'trouble', CharField(default='')))
    migrator.migrate(migrator.add_column('pledge', 'judged', TextField(default='')))
    migrator.migrate(migrator.add_column('pledge', 'refunds_asked', IntegerField(default=0)))
    migrator.migrate(migrator.add_column('pledge', 'seen', JSONField(null=True)))
    migrator.migrate(migrator.add_column('pledge', 'seen_at', DateTimeField(null=True)))
    migrator.migrate(migrator.add_column('policy', 'settlement', CharField(default='offline')))
    migrator.migrate(migrator.add_column('policy', 'fee_percent', IntegerField(default=0)))
    migrator.migrate(migrator.add_column('policy', 'fee_cap', IntegerField(default=0)))

    db.execute_sql("UPDATE pledge SET reference = lower(hex(randomblob(12)))")
    migrator.migrate(migrator.add_index('pledge', ('reference',), True))
    db.execute_sql(
        "CREATE UNIQUE INDEX attempt_one_open ON attempt (pledge_id, step) WHERE state IN ('open', 'waiting')"
    )
    for verb in ("UPDATE", "DELETE"):
        db.execute_sql(
            f'CREATE TRIGGER "entry_refuses_{verb.lower()}" BEFORE {verb} ON "entry" '
            "BEGIN SELECT RAISE(ABORT, 'The ledger is only ever added to.'); END"
        )


def down(migrator, db):
    db.execute_sql('DROP TRIGGER "entry_refuses_update"')
    db.execute_sql('DROP TRIGGER "entry_refuses_delete"')
    migrator.migrate(migrator.drop_index('pledge', 'pledge_reference'))
    migrator.migrate(migrator.drop_index('pledge', 'pledge_intent'))
    migrator.migrate(migrator.drop_index('pledge', 'pledge_customer'))
    migrator.migrate(migrator.drop_column('policy', 'fee_cap'))
    migrator.migrate(migrator.drop_column('policy', 'fee_percent'))
    migrator.migrate(migrator.drop_column('policy', 'settlement'))
    migrator.migrate(migrator.drop_column('pledge', 'seen_at'))
    migrator.migrate(migrator.drop_column('pledge', 'seen'))
    migrator.migrate(migrator.drop_column('pledge', 'refunds_asked'))
    migrator.migrate(migrator.drop_column('pledge', 'judged'))
    migrator.migrate(migrator.drop_column('pledge', 'trouble'))
    migrator.migrate(migrator.drop_column('pledge', 'intent'))
    migrator.migrate(migrator.drop_column('pledge', 'card_name'))
    migrator.migrate(migrator.drop_column('pledge', 'card'))
    migrator.migrate(migrator.drop_column('pledge', 'customer'))
    migrator.migrate(migrator.drop_column('pledge', 'reference'))
    migrator.migrate(migrator.drop_column('pledge', 'consent'))
    migrator.migrate(migrator.drop_column('pledge', 'settlement'))
    migrator.migrate(migrator.drop_table('webhook'))
    migrator.migrate(migrator.drop_table('payout_account'))
    migrator.migrate(migrator.drop_table('merchant'))
    migrator.migrate(migrator.drop_table('entry'))
    migrator.migrate(migrator.drop_table('attempt'))
