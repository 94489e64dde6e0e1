"""Notices: what a member is told, newest first."""

from flask import Blueprint, flash, redirect, url_for
from flask_login import current_user, login_required

from models import Claim, Notice, Referral, _

from . import page, paginated

bp = Blueprint("notices", __name__, url_prefix="/notices")

PAGE_SIZE = 30


@bp.get("")
@login_required
def index():
    shown = paginated(Notice.newest(current_user), PAGE_SIZE)
    notices = Notice.loaded(shown.rows, current_user)
    return page(
        "notices/index.html",
        "notices",
        notices=notices,
        claims=seen(Claim, notices, "claim_id"),
        referrals=seen(Referral, notices, "referral_id"),
        page=shown.number,
        last=shown.last,
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
