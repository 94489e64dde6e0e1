"""The house rules at the desk: writing a new version of them."""

from flask import flash, g, redirect, request, url_for
from flask_login import current_user

from models import HouseRules, _

from .. import page, redisplay_on_refusal
from ..forms import HouseRulesForm
from . import bp


@bp.get("/house-rules")
def house_rules():
    present = HouseRules.current()
    form = HouseRulesForm(g.get("typed"), data={"rules": "\n".join(present.rules)})
    return page("desk/house_rules.html", form=form, present=present)


@bp.post("/house-rules")
@redisplay_on_refusal(house_rules)
def change_house_rules():
    form = HouseRulesForm.sent()
    HouseRules.change(current_user, form.rules.data, request.form.get("seen", type=int))
    flash(_("The house rules are saved. Everyone is asked to agree, once."))
    return redirect(url_for("house_rules.show"), 303)
