"""Beside a person: what an organizer wrote with a member, and where the member confirms it or throws it away."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_login import current_user, login_required

from models import Beside, Sight, _

from . import find_or_404, page, redisplay_on_refusal, verb_views

bp = Blueprint("beside", __name__, url_prefix="/beside")


def find(id):
    return find_or_404(Beside.visible_to(current_user), Beside.id == id)


def shown(beside, code=""):
    """The page on which both read what is to be confirmed; `code` is shown to the organizer once."""
    sight = Sight.of_stranger(beside.referral)
    return page("beside/show.html", beside=beside, sight=sight, code=code, own=beside.member == current_user)


def done(beside, sentence):
    flash(sentence)
    return redirect(url_for("beside.show", id=beside.id), 303)


@bp.get("/<int:id>")
@login_required
def show(id):
    return shown(find(id))


@bp.post("/<int:id>/code")
@login_required
@redisplay_on_refusal(show)
def enter_code(id):
    beside = find(id)
    beside.enter_code(current_user, request.form.get("code", ""))
    return done(beside, _("Confirmed. It is on its way, and you are a party to it from now on."))


verb = verb_views(bp, "/<int:id>", find, show)


@verb
def confirm(beside):
    beside.confirm(current_user)
    return done(beside, _("Confirmed. It is on its way."))


@verb
def throw_away(beside):
    beside.throw_away(current_user)
    return done(beside, _("Thrown away. Nobody else has read it."))
