"""Who is hidden from whom, where members say they work, and how a posting shows its helper and its employer."""

from peewee import BooleanField, CharField, DateTimeField, ForeignKeyField, Model

COLUMNS = (
    ('referral', 'employer_named', BooleanField(default=True)),
    ('referral', 'employer_words', CharField(default='')),
    ('referral', 'helper_named', BooleanField(default=True)),
    ('claim', 'revealed_at', DateTimeField(null=True)),
    ('policy', 'unnamed', BooleanField(default=False)),
)


def tables(db):
    class Member(Model):
        class Meta:
            database = db
            table_name = 'member'

    class Workplace(Model):
        member = ForeignKeyField(Member)
        name = CharField(default='')
        source = CharField(default='said')
        said_at = DateTimeField()
        left_at = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = 'workplace'

    class HiddenFrom(Model):
        owner = ForeignKeyField(Member, index=False)
        kind = CharField()
        key = CharField()
        name = CharField(default='')
        other = ForeignKeyField(Member, null=True)
        origin = CharField(default='asked')
        lifted = BooleanField(default=False)
        made_at = DateTimeField()

        class Meta:
            database = db
            table_name = 'hidden_from'
            indexes = ((('owner', 'kind', 'key'), True),)

    class Hiding(Model):
        owner = ForeignKeyField(Member, index=False)
        viewer = ForeignKeyField(Member, index=False)

        class Meta:
            database = db
            table_name = 'hiding'
            indexes = ((('viewer', 'owner'), True), (('owner',), False))

    return Workplace, HiddenFrom, Hiding


def up(migrator, db):
    for table, column, field in COLUMNS:
        migrator.migrate(migrator.add_column(table, column, field))
    db.create_tables(tables(db))
    db.execute_sql(
        "INSERT INTO workplace (member_id, name, source, said_at) "
        "SELECT id, trim(employer), 'said', joined_at FROM member WHERE trim(employer) <> ''"
    )
    migrator.migrate(migrator.drop_column('member', 'employer'))
    # Whoever was accepted has seen the names: postings showed them to all.
    db.execute_sql("UPDATE claim SET revealed_at = made_at WHERE terms IS NOT NULL")


def down(migrator, db):
    migrator.migrate(migrator.add_column('member', 'employer', CharField(default='')))
    db.execute_sql(
        "UPDATE member SET employer = coalesce((SELECT name FROM workplace "
        "WHERE member_id = member.id AND left_at IS NULL ORDER BY id DESC LIMIT 1), '')"
    )
    db.drop_tables(tables(db)[::-1])
    for table, column, _field in reversed(COLUMNS):
        migrator.migrate(migrator.drop_column(table, column))
