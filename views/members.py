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
        referrals=posted_by(member),
        shared=shared_with(member),
    )


def posted_by(member):
    """What of theirs is on the board, and says so to whoever looks."""
    found = Referral.with_menus(Referral.board(viewer=current_user).where(Referral.helper == member))
    return [referral for referral in found if referral.seen_by(current_user).names_helper]


def shared_with(member):
    """The claims that the two share, of which both know the other."""
    shared = with_related(Claim.between(current_user, member), "referral")
    return [claim for claim in shared if member.id == claim.seeker_id or claim.seen_by(current_user).names_helper]
