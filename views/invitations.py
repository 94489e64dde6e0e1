"""Invitations: making one, ending one, who came through whom, and joining with one."""

from flask import Blueprint, flash, g, redirect, url_for
from flask_login import current_user, login_required

from models import Guest, HouseRules, Invitation, Policy, _, invitation_tree

from . import as_shown, find_or_404, limiter, page, redisplay_on_refusal, sends_letters
from .accounts import new_key, sent_key
from .addresses import page_address
from .forms import InvitationForm, JoinForm
from .limits import JOINS

bp = Blueprint("invitations", __name__)


@bp.get("/invitations")
@login_required
def index():
    return page(
        "invitations/index.html",
        form=InvitationForm(g.get("typed"), data={"uses": 1}),
        invitations=Invitation.of(current_user),
        tree=invitation_tree(current_user) if current_user.reads_tree else [],
        policy=Policy.current(),
        address=g.get("address"),
    )


@bp.post("/invitations")
@login_required
@redisplay_on_refusal(index)
def create():
    form = InvitationForm.sent()
    made = Invitation.make(current_user, form.note.data, form.uses.data)
    g.address = page_address(".join", token=made.token)
    return index()


@bp.post("/invitations/<int:id>/end")
@login_required
@redisplay_on_refusal(lambda id: index())
def end(id):
    invitation = as_shown(find_or_404(Invitation.select(), Invitation.id == id))
    invitation.end(current_user)
    flash(_("The invitation has ended."))
    return redirect(url_for(".index"), 303)


@bp.get("/join/<token>")
def join(token):
    invitation = Invitation.find(token)
    return page(
        "accounts/join.html",
        form=JoinForm(g.get("typed"), obj=Guest.invited_with(invitation)),
        policy=Policy.current(),
        rules=HouseRules.current(),
        invitation=invitation,
        key=new_key(),
    )


@bp.post("/join/<token>")
@redisplay_on_refusal(join)
@limiter.limit(JOINS)
def create_member(token):
    form, key = JoinForm.sent(), sent_key()
    if not Invitation.was_sent_with(key):
        Invitation.find(token).knock(**form.columns(), by_letter=sends_letters(), key=key)
    return redirect(url_for("accounts.knocked"), 303)
