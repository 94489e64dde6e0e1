"""Reports: saying that something is wrong with a posting, a claim, a message or a member."""

from flask import Blueprint, abort, flash, g, redirect, request, url_for
from flask_login import current_user, login_required

from models import REPORT_REASONS, Claim, Member, Message, Referral, Report, _

from . import find_or_404, page, redisplay_on_refusal
from .forms import ReportForm

bp = Blueprint("reports", __name__, url_prefix="/reports")


def subject():
    """What the report is about, as the member may see it: one of four, by its number in the address."""
    if number := request.values.get("referral", type=int):
        return {"referral": find_or_404(Referral.visible_to(current_user), Referral.id == number)}
    if number := request.values.get("claim", type=int):
        return {"claim": find_or_404(Claim.visible_to(current_user), Claim.id == number)}
    if number := request.values.get("message", type=int):
        seen = Claim.visible_to(current_user).select(Claim.id)
        return {"message": find_or_404(Message.select().where(Message.claim.in_(seen)), Message.id == number)}
    if number := request.values.get("member", type=int):
        return {"member": find_or_404(Member.with_profile_for(current_user), Member.id == number)}
    abort(404)


@bp.get("/new")
@login_required
def new():
    return page(
        "reports/new.html",
        form=ReportForm(g.get("typed"), data={"rule": request.args.get("rule")}),
        about=subject(),
        rules=REPORT_REASONS,
    )


@bp.post("/new")
@login_required
@redisplay_on_refusal(new)
def create():
    about, form = subject(), ReportForm.sent()
    Report.make(current_user, form.rule.data, form.note.data, **about)
    flash(_("Thank you. Only the organizers know that it was you; you will have a notice with the result."))
    return redirect(url_for("board.index"), 303)
