"""Payouts: a helper's account at Stripe, the money that waits for it, and the statement of a year."""

from flask import Blueprint, abort, flash, g, redirect, request, url_for
from flask_login import current_user, login_required

from models import Merchant, PayoutAccount, Refused, Statement, _, today

from . import page, redisplay_on_refusal
from .addresses import page_address
from .display import countries
from .forms import PayoutForm
from .payments import reconciler

bp = Blueprint("payouts", __name__, url_prefix="/account/payouts")


@bp.get("")
@login_required
def show():
    if request.args.get("again"):
        flash(_("That page had run out. Go on from here."), "hint")
    account, merchant = mine(), Merchant.current()
    return page(
        "payouts/show.html",
        account=account,
        form=PayoutForm(g.get("typed"), data={"country": account.country or merchant.country}),
        countries=countries(),
        holds_days=merchant.holds_days,
        waiting=list(Statement.waiting(current_user)),
        years=Statement.years(current_user),
        open=reconciler().takes_members,
    )


@bp.post("/open")
@login_required
@redisplay_on_refusal(show)
def open_account():
    here = page_address(".show")
    country = request.form.get("country", "")
    return redirect(reconciler().onboard(current_user, f"{here}/returned", f"{here}?again=1", country), 303)


@bp.get("/returned")
@login_required
def returned():
    """Back from Stripe's questions: the account is asked how it stands, whatever was answered."""
    account = mine()
    if account.account:
        try:
            reconciler().look_at_account(account)
        except Refused as problem:
            flash(str(problem), "error")
    return redirect(url_for(".show"), 303)


@bp.get("/<int:year>")
@login_required
def statement(year):
    if not 2000 <= year <= today().year:
        abort(404)
    return page("payouts/statement.html", statement=Statement(current_user, year), year=year)


def mine():
    """The member's own account; one that is yet to be opened where there is none."""
    return current_user.payout_accounts.first() or PayoutAccount(member=current_user)
