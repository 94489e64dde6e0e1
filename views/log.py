"""The log: what the organizers did and why, for every member to read."""

from flask import Blueprint
from flask_login import current_user, login_required

from models import house_rules_of, log, rules_of, with_related

from . import page, paginated

bp = Blueprint("log", __name__, url_prefix="/log")

PAGE_SIZE = 50


@bp.get("")
@login_required
def index():
    shown = paginated(log(current_user), PAGE_SIZE)
    events = with_related(shown.rows, "actor")
    named = {"rules": rules_of(events), "house_rules": house_rules_of(events)}
    return page("log/index.html", "log", events=events, **named, page=shown.number, last=shown.last)
