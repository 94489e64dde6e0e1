"""What an organizer writes together with a member."""

from peewee import SQL, CharField, DateTimeField, ForeignKeyField, IntegerField, JSONField, Model, TextField


def beside(db):
    class Member(Model):
        class Meta:
            database = db
            table_name = 'member'

    class Referral(Model):
        class Meta:
            database = db
            table_name = 'referral'

    class Claim(Model):
        class Meta:
            database = db
            table_name = 'claim'

    class Beside(Model):
        version = IntegerField(default=1, constraints=[SQL('DEFAULT 1')])
        organizer = ForeignKeyField(Member, backref='+')
        member = ForeignKeyField(Member, backref='+')
        referral = ForeignKeyField(Referral)
        claim = ForeignKeyField(Claim, null=True)
        kind = CharField()
        state = CharField(default='open')
        note = TextField(default='')
        help = JSONField(default=list)
        code_hash = CharField(default='')
        tries = IntegerField(default=0)
        made_at = DateTimeField()
        confirmed_at = DateTimeField(null=True)
        due = DateTimeField(null=True, index=True)

        class Meta:
            database = db
            table_name = 'beside'

    return Beside


def up(migrator, db):
    db.create_tables([beside(db)])


def down(migrator, db):
    db.execute_sql("DELETE FROM notice WHERE kind LIKE 'beside.%'")
    db.execute_sql("DELETE FROM event WHERE verb LIKE 'beside.%'")
    db.drop_tables([beside(db)])
