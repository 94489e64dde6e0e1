"""The copies of the site: how old the last one is, where it is, and what keeps the next from being made."""

from datetime import UTC, datetime

from flask import current_app

from .. import page
from . import bp, succession_panel


@bp.context_processor
def copies_alarm():
    """What every page of the desk says first, where there is no copy of last night."""
    return {"without_copy": backups().alarm()}


@bp.get("/copies")
def copies():
    report = backups().report()
    return page(
        "desk/copies.html",
        after_owner=succession_panel(),
        report=report,
        made_at=moment_of(report["made_at"]),
        second=backups().second,
        second_at=moment_of(report["second_at"]),
    )


def backups():
    return current_app.extensions["backups"]


def moment_of(seconds):
    """The time in UTC, or None for never."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None) if seconds else None
