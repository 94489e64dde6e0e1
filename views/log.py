"""The log: what the organizers did and why, for every member to read."""

from flask import Blueprint
from flask_login import login_required

from models import log, with_related

from . import page, paginated

bp = Blueprint("log", __name__, url_prefix="/log")

PAGE_SIZE = 50


@bp.get("")
@login_required
def index():
    shown = paginated(log(), PAGE_SIZE)
    return page("log/index.html", "log", events=with_related(shown.rows, "actor"), page=shown.number, last=shown.last)
