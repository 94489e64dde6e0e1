"""What the views share: finding, showing, the views of verbs, what follows a refusal, paging, CSV files and limits."""

import csv
import functools
import io
from dataclasses import dataclass
from importlib import import_module
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from flask import Response, abort, current_app, flash, g, make_response, render_template, request, session
from flask_login import current_user, login_required
from jinja2_fragments.flask import render_block
from werkzeug.exceptions import HTTPException

from models import (
    ORGANIZERS,
    Assignment,
    FactorNeeded,
    Heartbeat,
    Invalid,
    NotYours,
    Refused,
    TooOften,
    clean_text,
    count_to_decide,
    db,
    harmless,
)

from . import browsers, display
from .limits import limiter
from .next_step import absence_from, absence_of_group, next_step

ROOMS = (
    "accounts",
    "beside",
    "board",
    "claims",
    "desk",
    "employers",
    "factors",
    "health",
    "hiding",
    "house_rules",
    "invitations",
    "letters",
    "log",
    "members",
    "notices",
    "organizers",
    "own_data",
    "payments",
    "payouts",
    "referrals",
    "reports",
    "setup",
    "sign_ins",
    "verifications",
)

LONGEST_ADDRESS = 600  # Of a page that somebody comes back to after signing in; quoted once more it is a header.

# What may have taken somebody a while to write: shown again even where its form is gone.
LONG_TEXTS = ("note", "body", "reason", "to_reported", "thanks")


def init(app):
    """The site has its blueprints, and its templates the words they need."""
    limiter.init_app(app)
    rooms = [import_module(f".{name}", __name__) for name in ROOMS]
    for room in rooms:
        app.register_blueprint(room.bp)
        if hasattr(room, "init"):
            room.init(app)
    browsers.init(app)
    display.init(app)
    app.jinja_env.globals.update(next_step=next_step, sends_letters=sends_letters, reads_profile=reads_profile)
    app.jinja_env.globals.update(absence_from=absence_from, absence_of_group=absence_of_group)
    app.jinja_env.globals.update(count_to_decide=count_to_decide)

    @app.context_processor
    def surroundings():
        signed_in = current_user and current_user.is_authenticated
        community = g.get("community")
        return {
            "community": community,
            "nonce": g.get("nonce", ""),
            "clocks_stand": bool(signed_in) and Heartbeat.clocks_stand(),
            "asks_for_rules": bool(signed_in and community and not community.closed and current_user.asked_for_rules),
            "unread": len(current_user.unread) if signed_in else 0,
            "typed": g.get("typed", {}),
            "problems": g.get("problems", {}),
            "kept": g.get("kept", []),
            "here": request.script_root + request.path,
        }


def sends_letters():
    """Whether a mail server is set up."""
    return current_app.config["GOLEM"].mailbox is not None


def reads_profile(member):
    """Whether whoever is signed in may read the profile of this member, who is still one."""
    return not member.former and member.profile_visible_to(current_user)


def hold_on(record):
    """Who is at work on the record, for an organizer who can act on it and is not alone: see `desk/_hold.html`."""
    able = current_user.organizer and not record.roles(current_user).isdisjoint(ORGANIZERS)
    if not able or not current_user.fellows:
        return {"hold_key": "", "held": None}
    return {"hold_key": record.held_as, "held": Assignment.on(record)}


def find_or_404(query, condition):
    """The one record of what the member may see, its clocks caught up; 404 where there is none."""
    try:
        record = query.where(condition).first()
    except OverflowError:  # A number that is too large for any row.
        record = None
    if record is None:
        abort(404)
    with db.in_passing(record):
        record.catch_up()
    return record


def page(template, *fragments, etag=None, **context):
    """The page, or over htmx the one of its named fragments that was asked for.

    With an `etag`, a poll that has seen it already is answered 304.
    """
    target = (request.htmx.target or "").rpartition("#")[2]
    if not request.htmx or target not in fragments:
        response = make_response(render_template(template, etag=etag, **context))
    elif etag and request.headers.get("If-None-Match") == f'"{etag}"':
        response = make_response("", 304)
    else:
        fragment = render_block(template, target, etag=etag, **context)
        flashed = render_template("_flash.html", oob=True) if "_flashes" in session else ""
        response = make_response(fragment + flashed)
    response.vary.update(["HX-Request", "HX-Target"])
    return response


@dataclass(frozen=True)
class Paginated:
    """One page of a query: its rows, its number, the number of the last page, and how many rows there are in all."""

    rows: object
    number: int
    last: int
    total: int


def paginated(query, size, most=None, total=None):
    """The page of these rows that the address asks for with `?page=`, or the nearest that there is.

    With `most`, no more pages than that are shown, and no more rows counted than show that there are more.
    `total` is how many rows there are, where that is known already.
    """
    if total is None:
        total = query.limit(size * most + 1 if most else None).count()
    last = max(1, -(-total // size))
    if most:
        last = min(last, most)
    number = min(max(1, request.args.get("page", 1, type=int)), last)
    return Paginated(query.paginate(number, size), number, last, total)


def csv_answer(filename, headings, rows):
    """The rows as a CSV file to save. Text that a spreadsheet would take for a formula stays text."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(headings)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    headers = {"Content-Disposition": f"attachment; filename={filename}"}
    return Response(table.getvalue(), mimetype="text/csv", headers=headers)


def verb_views(bp, address, find, show):
    """Makes the decorator of a room's verbs: the view `accept(claim)` answers POST `<address>/accept`.

    The member is signed in, and `find(id)` returns the record; its verb is refused if it is no longer as the form
    showed it. When a rule refuses, `show(id)` answers.
    """

    def verb(view):
        @bp.post(f"{address}/{view.__name__}")
        @login_required
        @redisplay_on_refusal(show)
        @functools.wraps(view)
        def press(id):
            return view(as_shown(find(id)))

        return press

    return verb


def as_shown(record):
    """The record, whose next verb is refused if it no longer has the version that the form carries."""
    record.expect(request.form.get("version", type=int))
    return record


def redisplay_on_refusal(view):
    """When a rule refuses, `view` answers: with the sentence, the status, and all that was typed."""

    def decorate(post):
        @functools.wraps(post)
        def attempt(**values):
            try:
                return post(**values)
            except FactorNeeded:
                raise  # It is answered by the page that sets a factor up: see errors.py.
            except Refused as refusal:
                g.typed = request.form
                if isinstance(refusal, Invalid):
                    g.problems = refusal.problems
                else:
                    flash(str(refusal), "error")
                    g.kept = [] if isinstance(refusal, TooOften) else long_texts()
                return refused(make_response(view(**values)), refusal)

        return attempt

    return decorate


def long_texts():
    """What was typed into fields that may be gone from the page."""
    texts = (clean_text(request.form.get(name)) for name in LONG_TEXTS)
    return [text for text in texts if text]


def refused(response, refusal):
    """The response says by its status and headers what the refusal is."""
    response.status_code = status_of(refusal)
    if isinstance(refusal, TooOften):
        response.headers["Retry-After"] = str(refusal.wait)
    return response


def status_of(refusal):
    if isinstance(refusal, Invalid):
        return 422
    if isinstance(refusal, TooOften):
        return 429
    return 403 if isinstance(refusal, NotYours) else 409


def local(address):
    """Returns the address, put together anew from its parts, if it is a page of ours; None if it is not.

    So nobody is sent to another site after signing in, and nothing that somebody typed becomes a header.
    """
    if len(address or "") > LONGEST_ADDRESS or "\\" in (address or ""):
        return None
    try:
        parts = urlsplit(address or "")
        if parts.scheme or parts.netloc or not parts.path.startswith("/"):
            return None
        current_app.url_map.bind("").match(parts.path, method="GET")
    except (ValueError, HTTPException):
        return None
    query = urlencode(parse_qsl(parts.query, keep_blank_values=True))
    found = quote(parts.path) + (f"?{query}" if query else "")
    return found if len(found) <= LONGEST_ADDRESS else None
