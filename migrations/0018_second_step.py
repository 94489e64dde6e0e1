"""A second step of signing in: apps that show codes, recovery codes, passkeys. Organizers have seven days to set one up."""

from datetime import UTC, datetime, timedelta

from peewee import DateTimeField, IntegerField

TABLES = {
    'authenticator': (
        '''CREATE TABLE "authenticator" ("id" INTEGER NOT NULL PRIMARY KEY, "member_id" INTEGER NOT NULL,
        "secret" VARCHAR(255) NOT NULL, "confirmed" INTEGER NOT NULL, "last_step" INTEGER NOT NULL,
        "made_at" DATETIME NOT NULL, FOREIGN KEY ("member_id") REFERENCES "member" ("id") ON DELETE CASCADE)''',
        'CREATE INDEX "authenticator_member_id" ON "authenticator" ("member_id")',
        'CREATE UNIQUE INDEX "authenticator_member_id_confirmed" ON "authenticator" ("member_id", "confirmed")',
    ),
    'recovery_code': (
        '''CREATE TABLE "recovery_code" ("id" INTEGER NOT NULL PRIMARY KEY, "member_id" INTEGER NOT NULL,
        "code_hash" VARCHAR(255) NOT NULL, "used_at" DATETIME,
        FOREIGN KEY ("member_id") REFERENCES "member" ("id") ON DELETE CASCADE)''',
        'CREATE INDEX "recovery_code_member_id" ON "recovery_code" ("member_id")',
        'CREATE UNIQUE INDEX "recovery_code_code_hash" ON "recovery_code" ("code_hash")',
    ),
    'passkey': (
        '''CREATE TABLE "passkey" ("id" INTEGER NOT NULL PRIMARY KEY, "member_id" INTEGER NOT NULL,
        "name" VARCHAR(255) NOT NULL, "host" VARCHAR(255) NOT NULL, "credential" VARCHAR(255) NOT NULL,
        "public_key" VARCHAR(255) NOT NULL, "handle" VARCHAR(255) NOT NULL, "sign_count" INTEGER NOT NULL,
        "made_at" DATETIME NOT NULL, "used_at" DATETIME,
        FOREIGN KEY ("member_id") REFERENCES "member" ("id") ON DELETE CASCADE)''',
        'CREATE INDEX "passkey_member_id" ON "passkey" ("member_id")',
        'CREATE UNIQUE INDEX "passkey_credential" ON "passkey" ("credential")',
    ),
    'challenge': (
        '''CREATE TABLE "challenge" ("id" INTEGER NOT NULL PRIMARY KEY, "token_hash" VARCHAR(255) NOT NULL,
        "purpose" VARCHAR(255) NOT NULL, "member_id" INTEGER, "challenge" VARCHAR(255) NOT NULL,
        "handle" VARCHAR(255) NOT NULL, "ends_at" DATETIME NOT NULL,
        FOREIGN KEY ("member_id") REFERENCES "member" ("id") ON DELETE CASCADE)''',
        'CREATE INDEX "challenge_member_id" ON "challenge" ("member_id")',
        'CREATE UNIQUE INDEX "challenge_token_hash" ON "challenge" ("token_hash")',
    ),
}


def up(migrator, db):
    for statements in TABLES.values():
        for statement in statements:
            db.execute_sql(statement)
    migrator.migrate(migrator.add_column('member', 'factor_due', DateTimeField(null=True)))
    migrator.migrate(migrator.add_column('pending_sign_in', 'tries', IntegerField(default=0)))
    in_a_week = datetime.now(UTC).replace(tzinfo=None, microsecond=0) + timedelta(days=7)
    db.execute_sql("UPDATE member SET factor_due = ? WHERE role IN ('organizer', 'owner')", [str(in_a_week)])


def down(migrator, db):
    migrator.migrate(migrator.drop_column('pending_sign_in', 'tries'))
    migrator.migrate(migrator.drop_column('member', 'factor_due'))
    for table in TABLES:
        db.execute_sql(f'DROP TABLE "{table}"')
