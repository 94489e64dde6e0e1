"""Notices: what a member is told, newest first."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_login import current_user, login_required

from models import Claim, Notice, Referral, _

from . import page

bp = Blueprint("notices", __name__, url_prefix="/notices")

PAGE_SIZE = 30


@bp.get("")
@login_required
def index():
    notices = Notice.newest(current_user)
    last = max(1, -(-notices.count() // PAGE_SIZE))
    number = min(max(1, request.args.get("page", 1, type=int)), last)
    shown = list(notices.paginate(number, PAGE_SIZE))
    return page(
        "notices/index.html",
        "notices",
        notices=shown,
        claims=seen(Claim, shown, "claim_id"),
        referrals=seen(Referral, shown, "referral_id"),
        page=number,
        last=last,
    )


def seen(noun, notices, column):
    """The numbers of the records behind these notices that the member may still see."""
    ids = {getattr(notice, column) for notice in notices}
    return {record.id for record in noun.visible_to(current_user).where(noun.id.in_(ids))}


@bp.post("/read")
@login_required
def read():
    Notice.read(current_user)
    flash(_("All read."))
    return redirect(url_for(".index"), 303)
