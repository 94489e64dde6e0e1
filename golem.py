"""Golem, put together: settings, extensions, views, errors and commands. `python golem.py` serves it."""

import logging
import os
import re
import secrets
import signal
import sys
import threading
import time
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

import click
from flask import Flask, abort, flash, g, redirect, render_template, request, url_for
from flask_limiter.errors import RateLimitExceeded
from flask_login import AnonymousUserMixin
from htmx_flask import Htmx
from htmx_flask.requests import HtmxAwareRequest
from peewee import DatabaseError
from playhouse.migrations import Runner
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.middleware.proxy_fix import ProxyFix

import models
import views
from models import Community, Merchant, NotYours, OneTimeLink, Pledge, Refused, _, db, use_language
from payments.gateway import Gateway
from payments.reconciler import Reconciler

HERE = Path(__file__).parent
LARGEST_POST = 1024 * 1024
THREADS = 16  # More than clicks on payments may hold while Stripe does not answer.
SWEEP_SECONDS = 60
RECONCILE_SECONDS = 600

# Control characters, halves of characters, and codes that Unicode keeps free of any.
UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


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
    add_commands(app)
    return app


class Request(HtmxAwareRequest):
    """What comes in as text holds characters that a page can show, and no others."""

    @cached_property
    def args(self):
        return readable(super().args)

    @cached_property
    def form(self):
        return readable(super().form)


def readable(fields):
    return ImmutableMultiDict([(name, UNREADABLE.sub("", text)) for name, text in fields.items(multi=True)])


class Settings:
    """What the environment says. Every name can also be given as NAME_FILE, a file that holds the value."""

    def __init__(self, environ):
        self.environ = environ
        self.data = Path(self.read("GOLEM_DATA", "data"))
        self.host = self.read("GOLEM_HOST", "127.0.0.1")
        self.port = self.number("GOLEM_PORT", 8000)
        self.proxies = self.number("GOLEM_PROXIES", 0)
        self.url = self.read("GOLEM_URL", f"http://{self.host}:{self.port}").rstrip("/")
        self.limits = self.read("GOLEM_LIMITS", "on") != "off"
        self.database = self.data / "golem.db"

    def read(self, name, default):
        if path := self.environ.get(f"{name}_FILE"):
            return Path(path).read_text(encoding="utf-8").strip()
        return self.environ.get(name) or default

    def gateway(self):
        """The way to the community's account at Stripe, or None where no key is given. Nothing is asked of it yet."""
        if not (key := self.read("STRIPE_SECRET_KEY", "")):
            return None
        return Gateway(key, self.read("STRIPE_WEBHOOK_SECRET", ""), self.read("STRIPE_API_BASE", ""))

    def number(self, name, default):
        text = self.read(name, str(default))
        if not text.isdecimal():
            raise SystemExit(f"{name} has to be a whole number, not {text!r}.")
        return int(text)

    def key(self):
        """The key that signs cookies: made on the first run, for the owner of the process alone."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.data / "key"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(32), encoding="utf-8")
        return path.read_text(encoding="utf-8")


def open_database(path):
    """From now on the models speak to this file, brought up to the newest migration."""
    if not db.is_closed():
        db.close()
    db.init(str(path))
    Runner(db, str(HERE / "migrations")).up()
    if community := Community.current():
        use_language(community.language)


def guard(app):
    """What every request has to pass, and what every answer carries."""

    form_targets = " ".join(["'self'", *hosted_pages(app.config["GOLEM"])])

    @app.before_request
    def begin():
        g.nonce = secrets.token_urlsafe(16)
        if request.endpoint in ("static", "health.healthz"):
            return
        db.forget()  # Somebody else may have changed the policy since this thread was here last.
        g.community = Community.current()
        if g.community:
            use_language(g.community.language)
        elif request.blueprint not in ("setup", "health"):
            return redirect(url_for("setup.show"), 303)

    @app.before_request
    def refuse_other_sites():
        """A form on somebody else's page cannot act for our members; scripts without a browser may post."""
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return
        site = request.headers.get("Sec-Fetch-Site")
        origin = request.headers.get("Origin")
        if site not in (None, "same-origin", "none"):
            abort(403)
        if site is None and origin and origin.split("://")[-1] != request.host:
            abort(403)

    @app.after_request
    def protect(response):
        nonce = g.get("nonce", "")
        response.headers["Content-Security-Policy"] = (
            f"default-src 'self'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; "
            "require-trusted-types-for 'script'; trusted-types htmx; object-src 'none'; base-uri 'none'; "
            f"frame-ancestors 'none'; form-action {form_targets}"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


def hosted_pages(settings):
    """Where the forms of the payment pages lead on to; nowhere without a key."""
    if not settings.read("STRIPE_SECRET_KEY", ""):
        return []
    if base := settings.read("STRIPE_API_BASE", ""):
        return ["{0.scheme}://{0.netloc}".format(urlsplit(base))]
    return ["https://*.stripe.com"]


def explain(app):
    """Every error is a page, or over htmx a line, that says in plain words what happened."""

    def answer(sentence, status):
        if request.htmx:
            flash(sentence, "error")
            return render_template("_flash.html", oob=True), status
        return render_template("error.html", sentence=sentence, status=status), status

    @app.errorhandler(Refused)
    def refused(problem):
        return answer(str(problem), 403 if isinstance(problem, NotYours) else 409)

    @app.errorhandler(403)
    def forbidden(problem):
        return answer(_("This is not yours to do."), 403)

    @app.errorhandler(404)
    def missing(problem):
        return answer(_("There is nothing here, or nothing that you may see."), 404)

    @app.errorhandler(405)
    def wrong_method(problem):
        return answer(_("This address cannot be used that way."), 405)

    @app.errorhandler(413)
    def too_large(problem):
        return answer(_("That is more text than we can take. Go back and shorten it."), 413)

    @app.errorhandler(RateLimitExceeded)
    def too_often(problem):
        return answer(_("That was tried too often. Wait a few minutes, then try again."), 429)

    @app.errorhandler(DatabaseError)
    def database(problem):
        app.logger.exception("The database did not take a write or a read.")
        g._login_user = AnonymousUserMixin()  # This page must not ask the database who is looking at it.
        return answer(_("The site cannot save anything at the moment. Nothing was changed; try again soon."), 503)

    @app.errorhandler(500)
    def broken(problem):
        g._login_user = AnonymousUserMixin()  # This page must not ask the database who is looking at it.
        return answer(_("Something went wrong on our side. Nothing was changed; try again."), 500)


def add_commands(app):
    @app.cli.command("sweep")
    def sweep():
        """Run every overdue deadline; prints how many records were overdue."""
        click.echo(f"{models.sweep()} clocks had run out.")

    @app.cli.command("reconcile")
    def reconcile():
        """Bring every payment up to what Stripe knows of it."""
        looked = app.extensions["reconciler"].reconcile()
        if looked is None:
            raise click.ClickException("Stripe could not be asked about all of them: try again later.")
        click.echo(f"{looked} payments are as Stripe has them.")

    @app.cli.command("demo")
    @click.option("--referrals", default=150, show_default=True, help="How many referrals to make.")
    def demo(referrals):
        """Fill an empty community with a believable neighbourhood."""
        from demo import fill

        try:
            for line in fill(referrals):
                click.echo(line)
        except Refused as problem:
            raise click.ClickException(str(problem)) from None


def serve(app=None):
    """Serves the site and sweeps every minute, until the process is asked to stop."""
    from waitress import create_server

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    app = app or create_app()
    settings = app.config["GOLEM"]
    server = create_server(
        app, host=settings.host, port=settings.port, threads=THREADS, ident="", max_request_body_size=2 * LARGEST_POST
    )
    if Community.current() is None:
        print(f"To set up your community, open {settings.url}/setup?key={OneTimeLink.for_setup()}", flush=True)
    print(f"Golem is at {settings.url}", flush=True)
    pin_to_one_processor()
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(0))
    threading.Thread(target=sweep_for_ever, daemon=True).start()
    threading.Thread(target=reconcile_for_ever, args=[app], daemon=True).start()
    server.run()


def pin_to_one_processor():
    """Threads that share one processor do not fight over the interpreter lock around SQLite."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def sweep_for_ever():
    while True:
        try:
            models.sweep()
        except Exception:
            logging.exception("The sweep stumbled; it goes on in a minute.")
        time.sleep(SWEEP_SECONDS)


def reconcile_for_ever(app):
    """At the start, every ten minutes, and at once when a webhook came or money is due. Stripe may take its time."""
    reconciler, last = app.extensions["reconciler"], -RECONCILE_SECONDS
    while True:
        try:
            if reconciler.wake.is_set() or time.monotonic() >= last + RECONCILE_SECONDS or Pledge.moving().exists():
                reconciler.wake.clear()
                last = time.monotonic()
                reconciler.reconcile()
        except Exception:
            logging.exception("The payments stumbled; they go on in a minute.")
        reconciler.wake.wait(SWEEP_SECONDS)


if __name__ == "__main__":
    serve()
