"""The state of a posting before it was hidden is called so: hidden from somebody means another thing by now."""


def up(migrator, db):
    migrator.migrate(migrator.rename_column('referral', 'hidden_from', 'state_before'))


def down(migrator, db):
    migrator.migrate(migrator.rename_column('referral', 'state_before', 'hidden_from'))
