"""Payments: the way to Stripe's own pages and back, receipts, and what Stripe tells by webhook."""

from flask import Blueprint, abort, current_app, flash, redirect, request, url_for
from flask_login import current_user, login_required

from models import Claim, Refused, _
from payments.gateway import LARGEST_WEBHOOK

from . import find_or_404, page, verb_views
from .addresses import page_address
from .claims import done, find, pledge_of, show
from .display import calendar_day, money

bp = Blueprint("payments", __name__)


def reconciler():
    return current_app.extensions["reconciler"]


verb = verb_views(bp, "/claims/<int:id>", find, show)


@verb
def save_card(claim):
    pledge = pledge_of(claim)
    pledge.must_ask_for("save_card", current_user)
    sentence = _(
        "%(amount)s is charged once, if you are hired and the job lasts, and not after %(day)s.",
        amount=money(pledge.amount, pledge.currency),
        day=calendar_day(claim.terms.charge_by),
    )
    words = f"{sentence} {_('Nothing is taken now.')}"
    address = reconciler().page(pledge, "save_card", current_user, words=words, back=back_to(claim), locale="auto")
    return redirect(address, 303)


@verb
def pay(claim):
    pledge = pledge_of(claim)
    pledge.must_ask_for("pay_page", current_user)
    return redirect(reconciler().page(pledge, "pay_page", current_user, back=back_to(claim), locale="auto"), 303)


def back_to(claim):
    return page_address("payments.returned", id=claim.id)


@bp.get("/claims/<int:id>/returned")
@login_required
def returned(id):
    """Back from Stripe, whatever was done there: the claim stands as Stripe shows it."""
    claim = find(id)
    pledge = pledge_of(claim)
    try:
        reconciler().look(pledge)
    except Refused as problem:
        flash(str(problem), "error")
        return redirect(url_for("claims.show", id=id), 303)
    pledge.reload()
    if pledge.state == "pledged" and pledge.card:
        return done(claim, _("Your card is saved. Nothing has been taken."))
    if pledge.state in ("pledged", "action_required"):
        flash(_("Nothing has been taken. You can do this later too."), "hint")
        return redirect(url_for("claims.show", id=id), 303)
    return done(claim, _("Thank you. Here is how the payment stands now."))


@bp.get("/claims/<int:id>/receipt")
@login_required
def receipt(id):
    """For each side its own, as soon as there is money to speak of."""
    claim = find_or_404(Claim.of(current_user), Claim.id == id)
    if claim.pledge is None or not claim.pledge.receipt_for(current_user):
        abort(404)
    mine = claim.seeker == current_user
    shown = ("charge", "refund", "refund_failed") if mine else ("transfer", "reversal")
    return page("payments/receipt.html", claim=claim, pledge=claim.pledge, mine=mine, shown=shown)


@bp.post("/webhooks/stripe")
def webhook():
    """Kept by its id, once; what follows from it is done by whoever reconciles, a moment later."""
    request.max_content_length = LARGEST_WEBHOOK
    if not reconciler().receive(request.get_data(), request.headers.get("Stripe-Signature", "")):
        return {"error": "This is not for us."}, 400
    return {"received": True}
