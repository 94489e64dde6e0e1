"""What of each request goes into the administrators' journal, and the number by which a member can ask about it."""

import re
import secrets

from flask import g, request
from flask_login import user_logged_in, user_logged_out

import journal
from models import listen

from .addresses import client_address

# Events of these nouns are always for the administrators; of the others, those that the log shows to every member.
ALWAYS = ("member", "policy", "community", "invitation", "block")
FROM_PROXY = re.compile(r"[\w.-]{8,64}", re.ASCII)


def witness(app):
    """Has to come before all that answers a request."""
    listen(note_event)
    user_logged_in.connect(note_sign_in, app)
    user_logged_out.connect(note_sign_out, app)
    app.log_exception = lambda info: note_fault(info[1])

    @app.before_request
    def begin():
        g.request_id = number_of_request(trusted=app.config["GOLEM"].proxies > 0)
        journal.begin(**{"request": g.request_id, "from": client_address()})

    @app.teardown_request
    def over(_problem):
        journal.begin()

    @app.after_request
    def end(response):
        response.headers["X-Request-Id"] = g.request_id
        if what := worth_a_line(response.status_code):
            about = {"page": request.endpoint, "status": response.status_code, "why": g.get("why")}
            journal.note(what, who=whose(), wait=response.headers.get("Retry-After"), **about)
        return response


def number_of_request(trusted):
    """The number that the trusted proxy in front has given the request, or one of our own."""
    given = request.headers.get("X-Request-Id", "")
    return given if trusted and FROM_PROXY.fullmatch(given) else secrets.token_hex(8)


def worth_a_line(status):
    """What the journal calls an answer with this status, or None. A page that never was is not worth a line."""
    if status in (400, 413):
        return "malformed"
    if status == 403:
        return "refused"
    if status == 404 and request.endpoint not in (None, "static"):
        return "hidden"
    if status == 429:
        return "limit"
    if status < 400 and request.method == "POST" and request.blueprint == "desk":
        return "desk"
    return None


def whose():
    """The id of the member who is signed in, as far as anybody has asked; the journal asks the database for nothing."""
    return getattr(g.get("_login_user"), "id", None)


def note_fault(problem):
    journal.note_fault(problem, who=whose(), page=request.endpoint)


def note_sign_in(_app, user):
    journal.note("sign-in", who=user.id, page=request.endpoint)


def note_sign_out(_app, user):
    journal.note("sign-out", who=user.id)


def note_event(event):
    if event.logged or event.verb.partition(".")[0] in ALWAYS:
        keys = ("member", "referral", "claim", "number")
        about = {key: event.__data__.get(key) for key in keys}
        journal.note(event.verb, who=event.__data__.get("actor"), **about)
