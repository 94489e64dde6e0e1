"""The log: what the organizers did and why, for every member to read."""

from flask import Blueprint, request
from flask_login import login_required

from models import log

from . import page

bp = Blueprint("log", __name__, url_prefix="/log")

PAGE_SIZE = 50


@bp.get("")
@login_required
def index():
    events = log()
    last = max(1, -(-events.count() // PAGE_SIZE))
    number = min(max(1, request.args.get("page", 1, type=int)), last)
    return page("log/index.html", "log", events=events.paginate(number, PAGE_SIZE), page=number, last=last)
