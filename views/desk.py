"""The desk: the organizers' one door to what waits for them, to the members, and to the policy."""

from flask import Blueprint, abort, current_app, flash, g, redirect, request, url_for
from flask_login import current_user

from models import Claim, Link, Member, Pledge, Policy, Referral, _, sweep

from . import again, one, page
from .accounts import signed_out
from .display import language_names, timezones
from .forms import CommunityForm, PolicyForm

bp = Blueprint("desk", __name__, url_prefix="/desk")

PAGE_SIZE = 50


@bp.before_request
def organizers_only():
    if not current_user.is_authenticated:
        return signed_out()
    if not current_user.organizer:
        abort(403)


@bp.get("")
def index():
    sweep()  # What has run out unseen is here too.
    return page("desk/index.html", reviews=Referral.to_review(), disputes=Claim.disputed(), pledges=Pledge.at_desk(),
                hidden=Referral.select().where(Referral.state == "hidden").order_by(Referral.id))  # fmt: skip


@bp.get("/members")
def members():
    words = request.args.get("words", "").strip()[:100]
    found = Member.search(words)
    last = max(1, -(-found.count() // PAGE_SIZE))
    number = min(max(1, request.args.get("page", 1, type=int)), last)
    return page("desk/members.html", "members", members=found.paginate(number, PAGE_SIZE), words=words, page=number,
                last=last)  # fmt: skip


@bp.post("/members/<int:id>/link")
@again(lambda id: members())
def link(id):
    member = one(Member.select(), Member.id == id)
    path = url_for("accounts.sign_in_once", token=Link.for_member(member, current_user))
    path = path.removeprefix(request.script_root)  # GOLEM_URL has it already.
    return page("desk/link.html", member=member, address=current_app.config["GOLEM"].url + path)


@bp.get("/policy")
def policy():
    policy = Policy.current()
    values = policy.__data__ | {
        "charging": "yes" if policy.charging else "no",
        "pro_rata": "yes" if policy.pro_rata else "no",
        "check_in_days": ", ".join(map(str, policy.check_in_days)),
    }
    typed = g.get("typed", {})
    return page("desk/policy.html", policy=policy, timezones=timezones(), languages=language_names(),
                form=PolicyForm(typed if "charging" in typed else None, data=values),
                about=CommunityForm(typed if "timezone" in typed else None, obj=g.community))  # fmt: skip


@bp.post("/policy")
@again(policy)
def change_policy():
    Policy.current().change(current_user, **PolicyForm.sent().columns())
    flash(_("The policy is saved. Claims that are agreed already keep their terms."))
    return redirect(url_for(".policy"), 303)


@bp.post("/community")
@again(policy)
def introduce():
    g.community.introduce(current_user, **CommunityForm.sent().columns())
    flash(_("Saved."))
    return redirect(url_for(".policy"), 303)
