"""Every error is a page, or over htmx a line, that says in plain words what happened."""

from flask import flash, g, render_template, request
from flask_limiter.errors import RateLimitExceeded
from flask_login import AnonymousUserMixin
from peewee import DatabaseError

from models import NotYours, Refused, _


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
