"""Members: who somebody is, what they post, and the thanks they were given."""

from flask import Blueprint
from flask_login import current_user, login_required

from models import Claim, Member, Referral, TakenDown, with_related

from . import find_or_404, page

bp = Blueprint("members", __name__, url_prefix="/members")


@bp.get("/<int:id>")
@login_required
def show(id):
    member = find_or_404(Member.with_profile_for(current_user), Member.id == id)
    return page(
        "members/show.html",
        member=member,
        thanked=with_related(Claim.thanked(member, current_user), "seeker"),
        referrals=Referral.with_menus(Referral.on_profile(member, current_user)),
        shared=with_related(Claim.shared(current_user, member), "referral"),
        inviter=member.inviter_for(current_user),
        words_down=TakenDown.of("profile", member) if member == current_user else [],
    )
