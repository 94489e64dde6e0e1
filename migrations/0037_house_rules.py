"""House rules, in versions; who agreed to which; and by which of them an organizer acted."""

from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField, JSONField, Model, TextField

COLUMNS = (
    ('member', 'rules_version', IntegerField(null=True)),
    ('member', 'rules_agreed_at', DateTimeField(null=True)),
    ('action', 'house_rule', TextField(default='')),
)

RULES = (
    'Be kind, and be honest about yourself, the job and the help you give.',
    'What is said here stays here. Nobody tells an employer who is leaving, looking or helping.',
    'Do not copy, photograph or pass on what others write here.',
    'Nobody asks for money, and nobody pays, before someone is hired.',
    'Post only jobs that are real, with their true pay and duties.',
    'Treat everyone fairly, whatever their origin, faith, gender, age, disability or family.',
    'Take a no for a no, and leave people alone who ask for it.',
    'Keep to yourself what your employer has trusted you with.',
    'Tell the organizers when something is wrong. You can appeal what they decide.',
)

NOW = "strftime('%Y-%m-%d %H:%M:%S', 'now')"


def house_rules(db):
    class Member(Model):
        class Meta:
            database = db
            table_name = 'member'

    class HouseRules(Model):
        rules = JSONField()
        by = ForeignKeyField(Member, null=True)
        at = DateTimeField()

        class Meta:
            database = db
            table_name = 'house_rules'

    return HouseRules


def up(migrator, db):
    table = house_rules(db)
    db.create_tables([table])
    for name, column, field in COLUMNS:
        migrator.migrate(migrator.add_column(name, column, field))
    if not db.execute_sql('SELECT 1 FROM community').fetchone():
        return
    # A community that stands begins with the same rules as a new one, and everyone is asked to agree.
    table.insert(rules=list(RULES), at=db.execute_sql(f'SELECT {NOW}').fetchone()[0]).execute()
    db.execute_sql(
        'INSERT INTO notice (member_id, kind, asks, at) '
        f"SELECT id, 'house_rules.begin', 0, {NOW} FROM member "
        "WHERE state IN ('new', 'member', 'trusted') ORDER BY id"
    )


def down(migrator, db):
    db.execute_sql("DELETE FROM notice WHERE kind LIKE 'house_rules.%'")
    db.execute_sql("DELETE FROM event WHERE verb LIKE 'house_rules.%'")
    for name, column, _field in reversed(COLUMNS):
        migrator.migrate(migrator.drop_column(name, column))
    db.drop_tables([house_rules(db)])
