"""Members: who somebody is, what they post, and the thanks they were given."""

from flask import Blueprint, abort
from flask_login import current_user, login_required

from models import Claim, Member, Referral, with_related

from . import find_or_404, page

bp = Blueprint("members", __name__, url_prefix="/members")


@bp.get("/<int:id>")
@login_required
def show(id):
    member = find_or_404(Member.select(), Member.id == id)
    if not member.admitted and not current_user.organizer:
        abort(404)
    return page(
        "members/show.html",
        member=member,
        thanked=with_related(Claim.thanked(member), "seeker"),
        referrals=Referral.with_menus(Referral.board().where(Referral.helper == member)),
        shared=with_related(Claim.between(current_user, member), "referral"),
    )
