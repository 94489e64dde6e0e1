"""The first tables."""

from peewee import *


def up(migrator, db):
    class Member(Model):
        email = CharField(unique=True)
        name = CharField()
        headline = CharField(default='')
        can_help = TextField(default='')
        password_hash = CharField()
        role = CharField(default='member')
        joined_at = DateTimeField()
        class Meta:
            database = db
            table_name = 'member'
    db.create_tables([Member])

    class Referral(Model):
        helper = ForeignKeyField(Member)
        state = CharField(default='draft')
        employer = CharField()
        title = CharField()
        industry = CharField()
        location = CharField()
        work_mode = CharField()
        pay_min = IntegerField()
        pay_max = IntegerField()
        pay_period = CharField()
        pay_yearly = IntegerField()
        connection = CharField()
        influence = CharField(default='')
        last_day = DateField(null=True)
        seats = IntegerField(default=1)
        closes_on = DateField(null=True)
        made_at = DateTimeField()
        published_at = DateTimeField(null=True)
        expires_at = DateTimeField(null=True)
        due = DateTimeField(index=True, null=True)
        hidden_from = CharField(default='')
        class Meta:
            database = db
            table_name = 'referral'
            indexes = ((('state', 'published_at'), False), (('state', 'industry', 'published_at'), False), (('state', 'work_mode', 'published_at'), False), (('state', 'pay_yearly'), False))
    db.create_tables([Referral])

    class Claim(Model):
        referral = ForeignKeyField(Referral)
        helper = ForeignKeyField(Member)
        seeker = ForeignKeyField(Member)
        state = CharField(default='requested')
        note = TextField()
        acquaintance = CharField(default='')
        terms = JSONField(null=True)
        total = IntegerField(default=0)
        due = DateTimeField(index=True, null=True)
        made_at = DateTimeField()
        active_from = DateTimeField(null=True)
        check_ins = IntegerField(default=0)
        start_date = DateField(null=True)
        reported_by = ForeignKeyField(Member, null=True)
        outcome = CharField(default='')
        thanks = TextField(default='')
        class Meta:
            database = db
            table_name = 'claim'
            indexes = ((('seeker', 'state'), False), (('helper', 'state'), False), (('referral', 'state'), False))
    db.create_tables([Claim])

    class ClaimItem(Model):
        claim = ForeignKeyField(Claim, on_delete='CASCADE', index=False)
        kind = CharField()
        price = IntegerField()
        class Meta:
            database = db
            table_name = 'claim_item'
            indexes = ((('claim', 'kind'), True),)
    db.create_tables([ClaimItem])

    class Community(Model):
        name = CharField()
        place = CharField()
        currency = CharField()
        timezone = CharField()
        language = CharField(default='en')
        made_at = DateTimeField()
        class Meta:
            database = db
            table_name = 'community'
    db.create_tables([Community])

    class Duties(Model):
        referral = ForeignKeyField(Referral, primary_key=True, on_delete='CASCADE')
        text = TextField()
        class Meta:
            database = db
            table_name = 'duties'
    db.create_tables([Duties])

    class Event(Model):
        verb = CharField()
        actor = ForeignKeyField(Member, null=True)
        member = ForeignKeyField(Member, null=True)
        before = CharField(default='')
        after = CharField(default='')
        reason = TextField(default='')
        at = DateTimeField()
        referral = ForeignKeyField(Referral, null=True)
        claim = ForeignKeyField(Claim, null=True)
        class Meta:
            database = db
            table_name = 'event'
    db.create_tables([Event])

    class HelpItem(Model):
        referral = ForeignKeyField(Referral, on_delete='CASCADE', index=False)
        kind = CharField()
        price = IntegerField()
        class Meta:
            database = db
            table_name = 'help_item'
            indexes = ((('referral', 'kind'), True),)
    db.create_tables([HelpItem])

    class Link(Model):
        purpose = CharField()
        token_hash = CharField(unique=True)
        member = ForeignKeyField(Member, null=True, on_delete='CASCADE')
        made_by = ForeignKeyField(Member, null=True, on_delete='SET NULL')
        made_at = DateTimeField()
        ends_at = DateTimeField()
        used_at = DateTimeField(null=True)
        class Meta:
            database = db
            table_name = 'link'
    db.create_tables([Link])

    class Mark(Model):
        claim = ForeignKeyField(Claim, on_delete='CASCADE', index=False)
        what = CharField()
        by = ForeignKeyField(Member)
        at = DateTimeField()
        class Meta:
            database = db
            table_name = 'mark'
            indexes = ((('claim', 'what'), True),)
    db.create_tables([Mark])

    class Message(Model):
        claim = ForeignKeyField(Claim, on_delete='CASCADE')
        author = ForeignKeyField(Member)
        body = TextField()
        at = DateTimeField()
        class Meta:
            database = db
            table_name = 'message'
    db.create_tables([Message])

    class Notice(Model):
        member = ForeignKeyField(Member, index=False)
        kind = CharField()
        event = ForeignKeyField(Event, null=True)
        actor = ForeignKeyField(Member, null=True)
        asks = BooleanField(default=False)
        at = DateTimeField()
        read_at = DateTimeField(null=True)
        mailed_at = DateTimeField(null=True)
        referral = ForeignKeyField(Referral, null=True)
        claim = ForeignKeyField(Claim, null=True)
        class Meta:
            database = db
            table_name = 'notice'
            indexes = ((('member', 'read_at'), False),)
    db.create_tables([Notice])

    class Pledge(Model):
        claim = ForeignKeyField(Claim, unique=True)
        state = CharField(default='pledged')
        amount = IntegerField()
        due = DateTimeField(index=True, null=True)
        waits_at_desk = BooleanField(index=True, default=False)
        class Meta:
            database = db
            table_name = 'pledge'
    db.create_tables([Pledge])

    class Policy(Model):
        charging = BooleanField()
        priced_classes = JSONField()
        price_cap = IntegerField()
        guarantee_days = IntegerField(default=30)
        pro_rata = BooleanField(default=False)
        hired_means = TextField()
        review = CharField(default='new')
        seats_cap = IntegerField(default=5)
        open_claims_cap = IntegerField(default=5)
        listing_days = IntegerField(default=45)
        reminder_days = IntegerField(default=5)
        request_days = IntegerField(default=7)
        changes_days = IntegerField(default=14)
        agree_days = IntegerField(default=3)
        report_days = IntegerField(default=14)
        active_days = IntegerField(default=180)
        check_in_days = JSONField()
        settle_days = IntegerField(default=14)
        by = ForeignKeyField(Member)
        at = DateTimeField()
        class Meta:
            database = db
            table_name = 'policy'
    db.create_tables([Policy])

    class Session(Model):
        member = ForeignKeyField(Member, on_delete='CASCADE')
        token_hash = CharField(unique=True)
        browser = CharField(default='')
        opened_at = DateTimeField()
        seen_at = DateTimeField()
        class Meta:
            database = db
            table_name = 'session'
    db.create_tables([Session])

    db.execute_sql(
        'CREATE VIRTUAL TABLE "referral_text" USING fts5 '
        '("title", "employer", "location", "duties", prefix=\'2 3\', tokenize="unicode61 remove_diacritics 2")'
    )
    db.execute_sql(
        'CREATE UNIQUE INDEX "claim_one_open_per_seeker" ON "claim" ("referral_id", "seeker_id") '
        "WHERE state NOT IN ('declined', 'withdrawn', 'lapsed', 'released', 'closed', "
        "'not_hired', 'ended_early', 'settled', 'cancelled', 'expired')"
    )


def down(migrator, db):
    migrator.migrate(migrator.drop_table("referral_text"))
    migrator.migrate(migrator.drop_table('session'))
    migrator.migrate(migrator.drop_table('policy'))
    migrator.migrate(migrator.drop_table('pledge'))
    migrator.migrate(migrator.drop_table('notice'))
    migrator.migrate(migrator.drop_table('message'))
    migrator.migrate(migrator.drop_table('mark'))
    migrator.migrate(migrator.drop_table('link'))
    migrator.migrate(migrator.drop_table('help_item'))
    migrator.migrate(migrator.drop_table('event'))
    migrator.migrate(migrator.drop_table('duties'))
    migrator.migrate(migrator.drop_table('community'))
    migrator.migrate(migrator.drop_table('claim_item'))
    migrator.migrate(migrator.drop_table('claim'))
    migrator.migrate(migrator.drop_table('referral'))
    migrator.migrate(migrator.drop_table('member'))
