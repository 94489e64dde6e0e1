"""Notices: what a member is told, newest first."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_login import current_user, login_required

from models import Notice, _

from . import page

bp = Blueprint("notices", __name__, url_prefix="/notices")

PAGE_SIZE = 30


@bp.get("")
@login_required
def index():
    notices = Notice.newest(current_user)
    last = max(1, -(-notices.count() // PAGE_SIZE))
    number = min(max(1, request.args.get("page", 1, type=int)), last)
    return page("notices/index.html", "notices", notices=notices.paginate(number, PAGE_SIZE), page=number, last=last)


@bp.post("/read")
@login_required
def read():
    Notice.read(current_user)
    flash(_("All read."))
    return redirect(url_for(".index"), 303)
