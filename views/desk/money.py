"""Money at the desk: turning card payments on, every payment with its ledger, and what to do when it does not fit."""

from decimal import Decimal

from flask import flash, g, redirect, request, url_for
from flask_login import current_user

from models import Claim, Entry, Letter, Merchant, Pledge, Policy, StripeEvent, _, count_each

from .. import as_shown, csv_answer, find_or_404, page, paginated, redisplay_on_refusal
from ..addresses import page_address
from ..forms import CardPaymentsForm
from ..labels import PLEDGE_STATES
from ..payments import reconciler
from . import PAGE_SIZE, bp

# The columns of the table for spreadsheets, as scripts read them, whatever the language.
HEADINGS = (
    "claim",
    "reference",
    "state",
    "since",
    "seeker",
    "helper",
    "currency",
    "amount",
    "community_fee",
    "charged",
    "card_fee",
    "sent_to_helper",
    "given_back",
    "charged_back",
    "left_with_community",
)


@bp.context_processor
def alarm():
    """What every page of the desk says first: money that stands still or does not fit, and letters not sent."""
    counts = count_each(
        short_of_balance=Pledge.short_of_balance().where(Pledge.known_to(current_user)),
        in_review=Pledge.in_review().where(Pledge.known_to(current_user)),
        unknown=StripeEvent.unknown(),
        unsent=Letter.given_up_lately(),
    )
    return {"alarm": reconciler().alarm(), **counts}


# Turning it on


@bp.get("/payments")
def payments():
    policy = Policy.current()
    form = CardPaymentsForm(g.get("typed"), data={"fee_percent": policy.fee_percent, "fee_cap": policy.fee_cap})
    return page(
        "desk/payments.html",
        merchant=Merchant.current(),
        policy=policy,
        form=form,
        key=reconciler().gateway,
        webhook_url=page_address("payments.webhook"),
        running=Pledge.going_on().count(),
    )


@bp.post("/payments/check")
@redisplay_on_refusal(payments)
def check_payments():
    if reconciler().check_now():
        flash(_("Stripe answers, and knows this community."))
    else:
        flash(_("Read below what Stripe said."), "error")
    return redirect(url_for(".payments"), 303)


@bp.post("/payments/turn_on")
@redisplay_on_refusal(payments)
def turn_on():
    form = CardPaymentsForm.sent()
    reconciler().check_now()
    Merchant.current().turn_on(current_user, **form.columns())
    flash(_("Saved. New agreements are paid by card, once the hire is sure."))
    return redirect(url_for(".payments"), 303)


@bp.post("/payments/turn_off")
@redisplay_on_refusal(payments)
def turn_off():
    Merchant.current().turn_off(current_user)
    flash(_("Turned off. What was agreed before goes on as agreed."))
    return redirect(url_for(".payments"), 303)


# Every payment


@bp.get("/money")
def money():
    state = request.args.get("state", "")
    shown = paginated(Pledge.listed(current_user, state if state in PLEDGE_STATES else ""), PAGE_SIZE)
    return page(
        "desk/money.html",
        pledges=shown.rows,
        state=state,
        page=shown.number,
        last=shown.last,
        balances=Entry.balances(),
        states=Pledge.states(current_user),
        merchant=Merchant.current(),
        events=list(StripeEvent.unknown()),
    )


@bp.post("/money/note")
@redisplay_on_refusal(money)
def note_events():
    StripeEvent.note(current_user, request.form.get("reason"), request.form.get("newest"))
    flash(_("Noted. The log says why."))
    return redirect(url_for(".money"), 303)


@bp.get("/money.csv")
def money_csv():
    return csv_answer("money.csv", HEADINGS, map(row, Pledge.with_sums(Pledge.listed(current_user))))


def row(pledge):
    claim, sums = pledge.claim, pledge.sums
    amounts = (
        pledge.amount,
        pledge.fee,
        sums["charge"],
        -sums["fee"],
        -sums["transfer"] - sums["reversal"],
        -sums["refund"] - sums["refund_failed"],
        -sums["chargeback"],
        sum(sums.values()),
    )
    names = (claim.seeker.name, claim.helper.name, pledge.currency)
    figures = (Decimal(amount).scaleb(-g.community.decimals) for amount in amounts)
    return (claim.id, pledge.reference, pledge.state, pledge.since, *names, *figures)


@bp.get("/money/<int:id>")
def payment(id):
    pledge = find(id)
    may_read = Claim.visible_to(current_user).where(Claim.id == pledge.claim_id).exists()
    return page("desk/payment.html", pledge=pledge, may_read=may_read)


@bp.post("/money/<int:id>/<any(refund, resolve, take_back, write_off):verb>")
@redisplay_on_refusal(lambda id, verb: payment(id))
def settle_payment(id, verb):
    pledge = as_shown(find(id))
    getattr(pledge, verb)(current_user, reason=request.form.get("reason"))
    reconciler().wake.set()
    flash(_("Done. The helper was told why.") if verb == "take_back" else _("Done. Both sides were told why."))
    return redirect(url_for(".payment", id=id), 303)


@bp.post("/money/<int:id>/recheck")
@redisplay_on_refusal(payment)
def recheck(id):
    pledge = find(id)
    pledge.retry_now()
    reconciler().look(pledge)
    flash(_("This is how it stands at Stripe now."))
    return redirect(url_for(".payment", id=id), 303)


def find(id):
    return find_or_404(Pledge.listed(current_user), Pledge.id == id)
