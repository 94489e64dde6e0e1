"""Tries to sign in, and the browsers in which members have signed in before."""


def up(migrator, db):
    db.execute_sql(
        'CREATE TABLE "sign_in_try" ("id" INTEGER NOT NULL PRIMARY KEY, "member_id" INTEGER, '
        '"succeeded" INTEGER NOT NULL, "browser" VARCHAR(255) NOT NULL, "network" VARCHAR(255) NOT NULL, '
        '"at" DATETIME NOT NULL, FOREIGN KEY ("member_id") REFERENCES "member" ("id") ON DELETE CASCADE)'
    )
    db.execute_sql('CREATE INDEX "sign_in_try_member_id" ON "sign_in_try" ("member_id")')
    db.execute_sql(
        'CREATE TABLE "known_browser" ("id" INTEGER NOT NULL PRIMARY KEY, "member_id" INTEGER NOT NULL, '
        '"token_hash" VARCHAR(255) NOT NULL, "used_at" DATETIME NOT NULL, '
        'FOREIGN KEY ("member_id") REFERENCES "member" ("id") ON DELETE CASCADE)'
    )
    db.execute_sql('CREATE INDEX "known_browser_member_id" ON "known_browser" ("member_id")')
    db.execute_sql(
        'CREATE UNIQUE INDEX "known_browser_token_hash_member_id" ON "known_browser" ("token_hash", "member_id")'
    )


def down(migrator, db):
    db.execute_sql('DROP TABLE "known_browser"')
    db.execute_sql('DROP TABLE "sign_in_try"')
