"""The handover sheet, to print: what whoever looks after the site next has to know. It holds no secrets."""

import platform

from flask import current_app, flash, g, redirect, url_for
from flask_login import current_user

from models import Member, _

from .. import page, redisplay_on_refusal, sends_letters
from ..forms import HandoverForm
from . import bp
from .copies import backups


@bp.get("/handover")
def handover():
    return page(
        "desk/handover.html",
        form=HandoverForm(g.get("typed"), obj=g.community),
        address=g.community.public_address(current_app.config["GOLEM"].url),
        machine=platform.node(),
        sends=sends_letters(),
        second_copy=backups().second,
        organizers=list(Member.organizers()),
    )


@bp.post("/handover")
@redisplay_on_refusal(handover)
def note_for_successor():
    g.community.note_for_successor(current_user, HandoverForm.sent().handover_notes.data)
    flash(_("Saved. Print it, and keep it where others find it."))
    return redirect(url_for(".handover"), 303)


@bp.post("/handover/later")
@redisplay_on_refusal(handover)
def second_owner_later():
    g.community.ask_later(current_user)
    flash(_("We will ask again in a month."))
    return redirect(url_for(".index"), 303)
