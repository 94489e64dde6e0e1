"""Whether the site runs and does its work, for whoever watches over it. None of it tells of anybody."""

import hmac
import time

from flask import Blueprint, abort, current_app, g, request

from models import Community

bp = Blueprint("health", __name__)


def init(app):
    app.before_request(begin)
    app.after_request(record)


def begin():
    g.began = time.monotonic()


def record(response):
    """Counts the answer, and how long it took."""
    refused = request.endpoint in ("accounts.enter", "accounts.enter_once") and response.status_code in (403, 422, 429)
    watch().record(response.status_code, time.monotonic() - g.get("began", time.monotonic()), refused)
    return response


@bp.get("/healthz")
def healthz():
    """The process is there and answers."""
    return {"status": "ok"}


@bp.get("/readyz")
def readyz():
    """200 while the site can do its work, else 503 with the names of the parts that fail, and nothing else of them."""
    if failing := watch().failing():
        return {"status": "not ready", "failing": failing}, 503
    return {"status": "ready" if Community.current() else "waiting for its setup"}


@bp.get("/metrics")
def metrics():
    """Figures for Prometheus, for whoever sends the token. Without one in the settings there is no such page."""
    token = current_app.config["GOLEM"].metrics_token
    sent = request.headers.get("Authorization", "").encode()
    if not token or not hmac.compare_digest(sent, f"Bearer {token}".encode()):
        abort(404)
    return watch().metrics(), {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}


def watch():
    return current_app.extensions["watch"]
