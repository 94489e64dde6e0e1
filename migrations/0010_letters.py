"""The outbox of letters, and which addresses are confirmed, or refuse letters."""


def up(migrator, db):
    db.execute_sql(
        'CREATE TABLE "letter" ("id" INTEGER NOT NULL PRIMARY KEY, "kind" VARCHAR(255) NOT NULL, "member_id" INTEGER, '
        '"address" VARCHAR(255) NOT NULL, "name" VARCHAR(255) NOT NULL, "made_at" DATETIME NOT NULL, "due" DATETIME, '
        '"tries" INTEGER NOT NULL, "claimed_at" DATETIME, "repeated" INTEGER NOT NULL, "sent_at" DATETIME, '
        '"given_up_at" DATETIME, "problem" VARCHAR(255) NOT NULL, "answer" VARCHAR(255) NOT NULL, '
        'FOREIGN KEY ("member_id") REFERENCES "member" ("id") ON DELETE CASCADE)'
    )
    db.execute_sql('CREATE INDEX "letter_member_id" ON "letter" ("member_id")')
    db.execute_sql('CREATE INDEX "letter_address" ON "letter" ("address")')
    db.execute_sql('CREATE UNIQUE INDEX "letter_name" ON "letter" ("name")')
    db.execute_sql('CREATE INDEX "letter_due" ON "letter" ("due")')
    db.execute_sql('CREATE INDEX "letter_given_up_at" ON "letter" ("given_up_at")')
    db.execute_sql('ALTER TABLE "member" ADD COLUMN "confirmed_at" DATETIME')
    db.execute_sql('ALTER TABLE "member" ADD COLUMN "mail_refused_at" DATETIME')


def down(migrator, db):
    db.execute_sql('ALTER TABLE "member" DROP COLUMN "mail_refused_at"')
    db.execute_sql('ALTER TABLE "member" DROP COLUMN "confirmed_at"')
    db.execute_sql('DROP TABLE "letter"')
