"""The reasons that organizers choose from at the desk: a list that the community keeps."""

from peewee import CharField, Model, TextField


def up(migrator, db):
    class StockReason(Model):
        act = CharField()
        text = TextField()

        class Meta:
            database = db
            table_name = 'stock_reason'
            indexes = ((("act", "text"), True),)

    db.create_tables([StockReason])


def down(migrator, db):
    db.execute_sql('DROP TABLE "stock_reason"')
