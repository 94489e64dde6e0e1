"""Every error is a page, or over htmx a line, that says in plain words what happened."""

from flask import flash, g, make_response, redirect, render_template, request, url_for
from flask_login import AnonymousUserMixin
from peewee import DatabaseError

from models import FactorNeeded, Refused, _

from . import factors, long_texts, refused, status_of
from .witness import note_fault


def explain(app):
    """Every error is a page, or over htmx a line, that says in plain words what happened."""

    def answer(sentence, status):
        number = g.request_id if status >= 500 else None
        if request.htmx:
            flash(f"{sentence} {ask_about(number)}" if number else sentence, "error")
            return render_template("_flash.html", oob=True), status
        return render_template("error.html", sentence=sentence, status=status, ask=number and ask_about(number)), status

    @app.errorhandler(Refused)
    def refuse(problem):
        return refused(make_response(answer(str(problem), status_of(problem))), problem)

    @app.errorhandler(FactorNeeded)
    def factor_needed(problem):
        """Whoever was on their way is led to the page that sets it up; what they wrote is shown there."""
        if request.htmx:
            return answer(str(problem), 403)
        flash(str(problem), "hint")
        if request.method == "GET":
            return redirect(url_for("factors.show"), 303)
        g.kept = long_texts()
        return refused(factors.show(), problem)

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

    @app.errorhandler(DatabaseError)
    def database(problem):
        note_fault(problem)
        g._login_user = AnonymousUserMixin()  # This page must not ask the database who is looking at it.
        return answer(_("The site cannot save anything at the moment. Nothing was changed; try again soon."), 503)

    @app.errorhandler(500)
    def broken(problem):
        g._login_user = AnonymousUserMixin()  # This page must not ask the database who is looking at it.
        return answer(_("Something went wrong on our side. Nothing was changed; try again."), 500)


def ask_about(number):
    """How a member tells the administrators which of all requests they mean."""
    return _("If it stays so, tell an organizer this number: %(number)s.", number=number)
