"""The house rules: what they are, agreeing to them, and how they have changed."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_login import current_user, login_required

from models import HouseRules, _

from . import find_or_404, page, redisplay_on_refusal

bp = Blueprint("house_rules", __name__, url_prefix="/house-rules")


@bp.get("")
def show():
    return page("house_rules/show.html", rules=HouseRules.current())


@bp.post("/agree")
@login_required
@redisplay_on_refusal(show)
def agree():
    shown = find_or_404(HouseRules.select(), HouseRules.id == request.form.get("rules", 0, type=int))
    current_user.agree_to_rules(shown)
    flash(_("Thank you. You have agreed to the house rules."))
    return redirect(url_for(".show"), 303)


@bp.get("/history")
@login_required
def history():
    return page("house_rules/history.html", versions=HouseRules.versions())
