"""The log: what the organizers did and why, for every member to read."""

from flask import Blueprint
from flask_login import current_user, login_required

from models import log, rules_of, with_related

from . import page, paginated

bp = Blueprint("log", __name__, url_prefix="/log")

PAGE_SIZE = 50


@bp.get("")
@login_required
def index():
    shown = paginated(log(current_user), PAGE_SIZE)
    events = with_related(shown.rows, "actor")
    return page("log/index.html", "log", events=events, rules=rules_of(events), page=shown.number, last=shown.last)
