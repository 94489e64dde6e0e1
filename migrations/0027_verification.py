"""How members were checked, and who vouched for them."""

from peewee import SQL, CharField, DateField, DateTimeField, ForeignKeyField, IntegerField, Model


def tables(db):
    class Member(Model):
        class Meta:
            database = db
            table_name = 'member'

    class Verification(Model):
        version = IntegerField(default=1, constraints=[SQL('DEFAULT 1')])
        member = ForeignKeyField(Member, backref='verifications')
        kind = CharField()
        state = CharField(default='asked')
        employer = CharField(default='')
        domain = CharField(default='')
        address_hash = CharField(default='')
        token_hash = CharField(default='', index=True)
        by = ForeignKeyField(Member, null=True, backref='checks_made', index=False)
        asked_at = DateTimeField()
        given_on = DateField(null=True)
        ended_at = DateTimeField(null=True)
        due = DateTimeField(null=True, index=True)

        class Meta:
            database = db
            table_name = 'verification'

    Verification.add_index(
        Verification.index(
            Verification.address_hash,
            unique=True,
            where=SQL("address_hash <> '' AND state = 'in_force'"),
            name='verification_one_address',
        )
    )

    class Vouch(Model):
        verification = ForeignKeyField(Verification, backref='vouches', on_delete='CASCADE', index=False)
        by = ForeignKeyField(Member)
        at = DateTimeField()

        class Meta:
            database = db
            table_name = 'vouch'
            indexes = ((('verification', 'by'), True),)

    return Verification, Vouch


def up(migrator, db):
    db.create_tables(tables(db))


def down(migrator, db):
    db.drop_tables(tables(db)[::-1])
