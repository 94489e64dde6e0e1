"""The policy: what it is, what a change would touch, who changed what when; and the community's own words."""

import hashlib

from flask import flash, g, redirect, request, url_for
from flask_login import current_user

from models import Claim, HelpItem, Policy, Referral, _, hidden_claims, hidden_postings

from .. import page, redisplay_on_refusal
from ..display import language_names, timezones
from ..forms import AwayForm, CommunityForm, PolicyForm
from ..own_data import prove
from . import bp


@bp.get("/policy")
def policy():
    policy = Policy.current()
    typed = g.get("typed", {})
    return page(
        "desk/policy.html",
        policy=policy,
        timezones=timezones(),
        languages=language_names(),
        form=PolicyForm(typed if "charging" in typed else None, data=PolicyForm.values(policy)),
        about=CommunityForm(typed if "timezone" in typed else None, obj=g.community),
        changes=g.get("changes"),
        seen=g.get("seen"),
        touched=g.get("touched"),
    )


@bp.post("/policy")
@redisplay_on_refusal(policy)
def change_policy():
    """The first press shows what the change would touch; the second, on that page, saves it."""
    columns, now = PolicyForm.sent().columns(), Policy.current()
    changes = [(name, getattr(now, name), value) for name, value in columns.items() if getattr(now, name) != value]
    if not changes:
        flash(_("That is the policy already: nothing was changed."), "hint")
        return redirect(url_for(".policy"), 303)
    seen = hashlib.sha256(f"{now.id} {changes}".encode()).hexdigest()
    if request.form.get("confirmed") != seen:
        g.typed, g.changes, g.touched, g.seen = request.form, changes, touched_by(now, columns), seen
        return policy()
    now.change(current_user, **columns)
    flash(_("The policy is saved. Claims that are agreed already keep their terms."))
    return redirect(url_for(".policy"), 303)


@bp.get("/policy/history")
def policy_history():
    return page("desk/policy_history.html", versions=Policy.versions())


@bp.post("/community")
@redisplay_on_refusal(policy)
def introduce():
    g.community.introduce(current_user, **CommunityForm.sent().columns())
    flash(_("Saved."))
    return redirect(url_for(".policy"), 303)


@bp.post("/community/away")
@redisplay_on_refusal(policy)
def group_away():
    g.community.go_away(current_user, AwayForm.sent().until.data)
    flash(_("Saved. The deadlines of the group stand still until then."))
    return redirect(url_for(".policy", _anchor="away"), 303)


@bp.post("/community/back")
@redisplay_on_refusal(policy)
def group_back():
    g.community.come_back(current_user)
    flash(_("Welcome back! The deadlines run again, with the time that was left."))
    return redirect(url_for(".policy", _anchor="away"), 303)


@bp.post("/community/close")
@redisplay_on_refusal(policy)
def close():
    prove(request.form.get("close_password", ""), "close_password")
    g.community.close(current_user, request.form.get("reason"))
    flash(_("The community is closed, and everybody was told."))
    return redirect(url_for(".policy"), 303)


@bp.post("/community/reopen")
@redisplay_on_refusal(policy)
def reopen():
    prove(request.form.get("reopen_password", ""), "reopen_password")
    g.community.reopen(current_user)
    flash(_("The community is open again, and everybody was told."))
    return redirect(url_for(".policy"), 303)


def touched_by(policy, columns):
    """How many postings ask what the new policy forbids, and how many claims go on under their own terms."""
    new = Policy(**{**policy.__data__, **columns})
    items = HelpItem.select().join(Referral).where(Referral.state.in_(("published", "paused")), HelpItem.price > 0)
    items = items.where(HelpItem.referral.not_in(hidden_postings(current_user)))
    over = {item.referral_id for item in items if new.price_problem(item.kind, item.price)}
    open_claims = Claim.select().where(Claim.state.in_(("accepted", "active", "reported", "disputed", "hired")))
    open_claims = open_claims.where(Claim.id.not_in(hidden_claims(current_user)))
    return {"postings": len(over), "claims": open_claims.count()}
