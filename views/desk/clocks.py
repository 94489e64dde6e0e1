"""The clocks at the desk: whether they stand still, and how they go on."""

from flask import abort, flash, redirect, url_for
from flask_login import current_user

from models import Heartbeat, _, now, overdue_count

from .. import page
from . import bp


@bp.get("/clocks")
def clocks():
    return page("desk/clocks.html", heartbeat=Heartbeat.current(), overdue=overdue_count(), time=now())


@bp.post("/clocks/go-on")
def go_on():
    heartbeat_or_404().go_on(current_user)
    flash(_("The clocks run again. What has passed takes effect within a minute."))
    return redirect(url_for(".clocks"), 303)


@bp.post("/clocks/give-back")
def give_back():
    heartbeat_or_404().give_back(current_user)
    flash(_("The clocks run again, and every deadline has moved."))
    return redirect(url_for(".clocks"), 303)


def heartbeat_or_404():
    return Heartbeat.current() or abort(404)
