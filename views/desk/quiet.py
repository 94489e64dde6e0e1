"""What has gone quiet: a tab of the desk, with one press for a notice from the site."""

from flask import flash, redirect, request, url_for
from flask_login import current_user

from models import QUIET, REMINDER_DAYS, Refused, Reminder, _, in_days

from .. import page, paginated, redisplay_on_refusal
from . import PAGE_SIZE, bp


@bp.get("/quiet")
def quiet():
    kind = request.values.get("kind", "")
    kind = kind if kind in QUIET else "claim"
    shown = paginated(QUIET[kind](current_user), PAGE_SIZE)
    rows = list(shown.rows)
    return page(
        "desk/quiet.html",
        "quiet",
        kind=kind,
        kinds=list(QUIET),
        rows=rows,
        sent=Reminder.sent(kind, [row.id for row in rows]),
        lately=in_days(-REMINDER_DAYS),
        page=shown.number,
        last=shown.last,
        total=shown.total,
    )


@bp.post("/quiet")
@redisplay_on_refusal(quiet)
def remind():
    kind, id = request.form.get("kind", ""), request.form.get("id", type=int)
    if kind not in QUIET or id is None or id >= 2**63:
        raise Refused(_("That cannot be done with this."))
    Reminder.send(current_user, kind, id)
    flash(_("Sent. In a week you can remind of it again."))
    return redirect(url_for(".quiet", kind=kind, page=request.args.get("page")), 303)
