"""When money that rests has rested, what a seeker's bank asks, and what is wanted back from a helper."""


def up(migrator, db):
    db.execute_sql('ALTER TABLE "pledge" ADD COLUMN "rests_until" DATETIME')
    db.execute_sql('''ALTER TABLE "pledge" ADD COLUMN "inquiry" VARCHAR(255) NOT NULL DEFAULT '' ''')
    db.execute_sql('ALTER TABLE "pledge" ADD COLUMN "takes_back" INTEGER NOT NULL DEFAULT 0')
    db.execute_sql('CREATE INDEX "pledge_inquiry" ON "pledge" ("inquiry")')
    db.execute_sql("UPDATE pledge SET rests_until = due WHERE state = 'resting'")


def down(migrator, db):
    db.execute_sql('DROP INDEX "pledge_inquiry"')
    for column in ('takes_back', 'inquiry', 'rests_until'):
        db.execute_sql(f'ALTER TABLE "pledge" DROP COLUMN "{column}"')
