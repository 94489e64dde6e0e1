"""The reasons that organizers choose from at the queue: read, added to, changed and taken away."""

from flask import flash, g, redirect, request, url_for
from flask_login import current_user

from models import LONGEST_STOCK_REASON, STARTING, StockReason, _

from .. import page, redisplay_on_refusal
from . import bp


@bp.get("/reasons")
def reasons():
    return page(
        "desk/reasons.html",
        "reasons",
        acts=list(STARTING),
        stock=StockReason.by_act(),
        longest=LONGEST_STOCK_REASON,
        sent=g.get("typed", {}),
    )


@bp.post("/reasons/add")
@redisplay_on_refusal(reasons)
def add_reason():
    StockReason.add(current_user, request.form.get("act", ""), request.form.get("text"))
    return done(_("The list has it from now on."))


@bp.post("/reasons/change")
@redisplay_on_refusal(reasons)
def change_reason():
    form = request.form
    StockReason.change(current_user, form.get("act", ""), form.get("old", ""), form.get("text"))
    return done(_("It reads so from now on."))


@bp.post("/reasons/remove")
@redisplay_on_refusal(reasons)
def remove_reason():
    StockReason.remove(current_user, request.form.get("act", ""), request.form.get("old", ""))
    return done(_("The list has it no more."))


def done(sentence):
    flash(sentence)
    return redirect(url_for(".reasons"), 303)


def typed_reason():
    """The reason that was chosen from the list, and after it what was written."""
    chosen, written = request.form.get("stock", ""), request.form.get("reason", "")
    return f"{chosen} {written}" if chosen and written else chosen or written
