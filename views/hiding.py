"""From whom a member is hidden: the list that they keep. It never says which members it means, nor how many."""

from flask import Blueprint, flash, g, redirect, url_for
from flask_login import current_user, login_required

from models import HiddenFrom, Member, _

from . import find_or_404, page, redisplay_on_refusal
from .forms import HiddenFromForm

bp = Blueprint("hiding", __name__)


def find(id):
    return find_or_404(HiddenFrom.of(current_user), HiddenFrom.id == id)


def done(sentence):
    flash(sentence)
    return redirect(url_for("hiding.show"), 303)


@bp.get("/account/hidden-from")
@login_required
def show():
    entries = HiddenFrom.listed(current_user)
    return page(
        "hiding/show.html",
        form=HiddenFromForm(g.get("typed")),
        entries=[entry for entry in entries if not entry.lifted],
        lifted=[entry for entry in entries if entry.lifted],
    )


@bp.post("/account/hidden-from")
@login_required
@redisplay_on_refusal(show)
def add():
    form = HiddenFromForm.sent()
    HiddenFrom.add(current_user, form.kind.data, form.name.data)
    return done(_("From now on they find nothing of you."))


@bp.post("/members/<int:id>/hide-from")
@login_required
@redisplay_on_refusal(lambda id: show())
def hide_from(id):
    """Only from whom the member sees: by number alone the list would tell names."""
    HiddenFrom.add(current_user, "member", other=find_or_404(HiddenFrom.known_to(current_user), Member.id == id))
    return done(_("From now on they find nothing of you."))


@bp.post("/account/hidden-from/<int:id>/lift")
@login_required
@redisplay_on_refusal(lambda id: show())
def lift(id):
    find(id).lift(current_user)
    return done(_("It is off your list."))


@bp.post("/account/hidden-from/<int:id>/restore")
@login_required
@redisplay_on_refusal(lambda id: show())
def put_back(id):
    find(id).put_back(current_user)
    return done(_("It is back on your list."))
