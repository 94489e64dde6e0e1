"""Golem, put together: settings, extensions, views, errors and commands. `python golem.py` serves it."""

import os
from pathlib import Path

from flask import Flask
from htmx_flask import Htmx
from playhouse.migrations import Runner
from werkzeug.middleware.proxy_fix import ProxyFix

import models
import views
from hosting.commands import add_commands
from hosting.server import serve
from hosting.settings import Settings
from mail import Postman
from models import Community, Merchant, db, lift_quotas, use_language
from payments.reconciler import Reconciler
from views.errors import explain
from views.guard import Request, guard

HERE = Path(__file__).parent
LARGEST_POST = 1024 * 1024


def create_app(settings=None):
    """The site, with its database opened and migrated. `settings` stand in for the environment."""
    settings = Settings(os.environ if settings is None else settings)
    app = Flask(__name__, static_folder=str(HERE / "static"))
    app.config.update(
        GOLEM=settings,
        SECRET_KEY=settings.key(),
        MAX_CONTENT_LENGTH=LARGEST_POST,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.url.startswith("https:"),
        PERMANENT_SESSION_LIFETIME=models.SIGN_IN_DAYS * 24 * 3600,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
        RATELIMIT_ENABLED=settings.limits,
    )
    lift_quotas(not settings.limits)
    open_database(settings.database)
    Merchant.current()  # Its row is there before anybody looks: looking changes nothing.
    app.extensions["reconciler"] = Reconciler(settings.gateway())
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_prefix=hops)
    Htmx(app)
    app.request_class = Request
    views.init(app)
    guard(app)
    explain(app)
    app.extensions["postman"] = Postman(settings.mailbox, lambda: settings.url, paths(app))
    add_commands(app)
    return app


def paths(app):
    """Returns the function that tells the path of a page outside of any request, without what stands before it."""
    pages = app.url_map.bind("")
    return lambda endpoint, **values: pages.build(endpoint, values)


def open_database(path):
    """From now on the models speak to this file, brought up to the newest migration."""
    if not db.is_closed():
        db.close()
    db.init(str(path))
    Runner(db, str(HERE / "migrations")).up()
    if community := Community.current():
        use_language(community.language)


if __name__ == "__main__":
    serve(create_app())
