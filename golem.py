"""Golem, put together: settings, extensions, views, errors and commands. `python golem.py` serves it."""

import os
from pathlib import Path

import click
from flask import Flask
from htmx_flask import Htmx
from werkzeug.middleware.proxy_fix import ProxyFix

import models
import views
from hosting.archives import BackupFailed
from hosting.backups import Backups
from hosting.commands import add_commands
from hosting.migrating import bring_up
from hosting.restores import follow
from hosting.server import serve
from hosting.settings import Settings
from hosting.state import State, Unopened
from hosting.watch import Watch
from mail import Postman
from models import Community, Merchant, begin_hiding, db, lift_quotas, send_letters, use_language
from payments.reconciler import Reconciler
from views.addresses import Below, Unquoted
from views.errors import explain
from views.guard import Request, guard
from views.headers import Cookies, add_headers, cookie_name
from views.witness import witness

HERE = Path(__file__).parent
LARGEST_POST = 1024 * 1024


def create_app(settings=None):
    """The site, with its database opened and migrated. `settings`, read or not, stand in for the environment."""
    if not isinstance(settings, Settings):
        settings = Settings(os.environ if settings is None else settings)
    settings.folder.prepare()
    key = settings.folder.key()
    app = Flask(__name__, static_folder=str(HERE / "static"))
    app.url_map.merge_slashes = False  # Else whoever asks for a//b would be sent to an address that they wrote.
    app.config.update(
        GOLEM=settings,
        SECRET_KEY=key,
        MAX_CONTENT_LENGTH=LARGEST_POST,
        SESSION_COOKIE_PATH=settings.prefix or "/",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_NAME=cookie_name(settings, key),
        PERMANENT_SESSION_LIFETIME=models.SIGN_IN_DAYS * 24 * 3600,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
        RATELIMIT_ENABLED=settings.limits,
    )
    lift_quotas(not settings.limits)
    send_letters(settings.mailbox is not None)
    models.use_key(app.config["SECRET_KEY"])
    backups = Backups.of(settings)
    unopened = open_or_say_why(settings, backups)
    app.extensions.update(backups=backups, watch=Watch(settings.data, backups))
    app.extensions["reconciler"] = Reconciler(settings.gateway())
    app.wsgi_app = at_address(app.wsgi_app, settings)
    Htmx(app)
    app.request_class = Request
    app.session_interface = Cookies()
    witness(app)
    views.init(app)
    guard(app)
    add_headers(app)
    explain(app)
    app.extensions["postman"] = Postman(settings.mailbox, lambda: public_address(settings), paths(app))
    add_commands(app, unopened, open_database)
    return app


def public_address(settings):
    """The address of the site for whoever is elsewhere; "" while nobody has said it."""
    community = Community.current()
    return community.public_address(settings.url) if community else settings.url


def paths(app):
    """Returns the function that tells the path of a page outside of any request, without what stands before it."""
    pages = app.url_map.bind("")
    return lambda endpoint, **values: pages.build(endpoint, values)


def at_address(wsgi_app, settings):
    """The site as people reach it: through this many proxies, and below this path."""
    if settings.prefix:
        wsgi_app = Below(wsgi_app, settings.prefix)
    if not settings.proxies:
        return wsgi_app
    hops = settings.proxies
    return Unquoted(ProxyFix(wsgi_app, x_for=hops, x_proto=hops, x_host=hops))


def open_or_say_why(settings, backups):
    """Opens the database. Where it must not be opened, returns why: there are commands that can mend it."""
    try:
        open_database(settings.database, backups, served=settings.folder.held_elsewhere())
        Merchant.current()  # Its row is there before anybody looks: looking changes nothing.
    except (Unopened, BackupFailed) as problem:
        if click.get_current_context(silent=True) is None:
            raise SystemExit(str(problem)) from None
        return problem
    return None


def open_database(path, backups=None, served=False):
    """From now on the models speak to this file, brought up to the newest migration.

    `backups` make a copy before that; `served` says that another process has the file open. Raises Unopened where it
    must not be opened, and BackupFailed where there is no room for the copy.
    """
    if not db.is_closed():
        db.close()
    state = State(Path(path))
    replaced = not served and state.admit()
    db.init(str(path))
    bring_up(db, backups, served)
    if replaced:
        follow(Path(path).parent)
        state.settle()
    if community := Community.current():
        use_language(community.language)
        with db.in_passing():
            begin_hiding()


if __name__ == "__main__":
    settings = Settings(os.environ)
    settings.folder.hold()
    serve(create_app(settings))
