"""The mailboxes of those who were banned and have left, as hashes."""


def up(migrator, db):
    db.execute_sql(
        'CREATE TABLE "banned_mailbox" ("id" INTEGER NOT NULL PRIMARY KEY, '
        '"mailbox_hash" VARCHAR(255) NOT NULL, "at" DATETIME NOT NULL)'
    )
    db.execute_sql('CREATE UNIQUE INDEX "banned_mailbox_mailbox_hash" ON "banned_mailbox" ("mailbox_hash")')


def down(migrator, db):
    db.execute_sql('DROP TABLE "banned_mailbox"')
