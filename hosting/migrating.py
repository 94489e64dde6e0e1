"""Bringing a database up to this version of Golem: with a copy before, and never under a process of another version."""

from playhouse.migrations import Runner

from .archives import HERE, unknown_migrations
from .backups import MIGRATION
from .state import Unopened


def bring_up(db, backups=None, served=False):
    """Applies the migrations that the database does not have yet. Raises Unopened, or BackupFailed.

    `backups` make a copy first where anything is in it; `served` says that another process has the database open.
    """
    runner = Runner(db, str(HERE / "migrations"))
    applied = set(runner.applied())
    pending = [migration.name for migration in runner.migrations() if migration.name not in applied]
    if unknown_migrations(applied):
        raise Unopened("This database was used by a newer Golem: start that one, or put a copy from before back.")
    if not pending:
        return
    if served:
        raise Unopened("The site still runs as an older version. Stop it and start it again: that brings it up.")
    if applied and backups:
        backups.make(kind=MIGRATION, detail=f"-{pending[0][:4]}")
    runner.up()
