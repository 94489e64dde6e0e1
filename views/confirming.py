"""The password asked for again before what is grave."""

import functools

from flask import g, make_response, request
from flask_login import current_user

from models import Invalid

from . import page
from .limits import guessing

AGAIN = "present_password"


def ask_again(*verbs):
    """Makes the decorator of a grave POST: who has not shown within minutes that it is them gives the password first.

    The page that asks carries along what was typed, so that nothing has to be typed twice. With `verbs`, only these
    values of the address's `verb` are grave.
    """

    def decorate(view):
        @functools.wraps(view)
        def guarded(**values):
            if (verbs and values.get("verb") not in verbs) or current_user.sign_in.confirmed:
                return view(**values)
            if AGAIN not in request.form:
                return ask(403)
            try:
                with guessing(current_user.email):
                    current_user.confirm(request.form[AGAIN], field=AGAIN)
            except Invalid as refusal:
                g.problems = refusal.problems
                return ask(422)
            return view(**values)

        return guarded

    return decorate


def ask(status):
    typed = [(name, text) for name, text in request.form.items(multi=True) if name != AGAIN]
    response = make_response(page("accounts/confirm.html", carried=typed))
    response.status_code = status
    return response
