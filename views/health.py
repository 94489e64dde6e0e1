"""Whether the site runs, for whoever watches over it."""

from flask import Blueprint

from models import Community

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz():
    return {"status": "ok"}


@bp.get("/readyz")
def readyz():
    """Answers 503 through the error page when the database cannot be read."""
    return {"status": "ready" if Community.current() else "waiting for its setup"}
