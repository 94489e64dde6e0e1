"""The first run: whoever holds the printed link makes the community and becomes its owner."""

from flask import Blueprint, abort, flash, g, redirect, request, url_for

from models import Community, OneTimeLink, _

from . import limiter, page, redisplay_on_refusal
from .accounts import welcome
from .display import currencies, language_names, timezones
from .forms import SetupForm
from .limits import SETUPS

bp = Blueprint("setup", __name__)


@bp.get("/setup")
def show():
    if Community.current():
        abort(404)
    key = request.values.get("key", "")
    if not key:
        return page("setup/closed.html")
    OneTimeLink.find("setup", key)
    form = SetupForm(g.get("typed"))
    return page(
        "setup/show.html",
        form=form,
        key=key,
        currencies=currencies(),
        timezones=timezones(),
        languages=language_names(),
    )


@bp.post("/setup")
@redisplay_on_refusal(show)
@limiter.limit(SETUPS)
def create():
    if Community.current():
        abort(404)
    form, link = SetupForm.sent(), OneTimeLink.find("setup", request.form.get("key", ""))
    owner = Community.set_up(link, form.owner(), form.community(), {"charging": form.charging.yes})
    g.community = Community.current()
    address = welcome(owner, url_for("desk.policy"))
    flash(_("Your community is ready. Look through the policy, then invite people to join."))
    return redirect(address, 303)
