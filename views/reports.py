"""Reports: saying that something is wrong with a posting, a claim, a message, thanks or a member."""

from flask import Blueprint, abort, flash, g, redirect, request, url_for
from flask_login import current_user, login_required

from models import REPORT_REASONS, Claim, Community, Member, Message, Referral, Report, _

from . import find_or_404, page, redisplay_on_refusal
from .forms import ReportForm

bp = Blueprint("reports", __name__, url_prefix="/reports")


def find_message(id):
    seen = Claim.visible_to(current_user).select(Claim.id)
    return find_or_404(Message.select().where(Message.claim.in_(seen)), Message.id == id)


def find_thanks(id):
    return find_or_404(Claim.with_thanks_for(current_user), Claim.id == id)


def find_member(id):
    return find_or_404(Member.with_profile_for(current_user), Member.id == id)


# How each is found that a report can be about, by its number, as the member may see it: what is missing and what they
# may not know of are answered alike.
SUBJECTS = {
    "referral": lambda id: find_or_404(Referral.visible_to(current_user), Referral.id == id),
    "claim": lambda id: find_or_404(Claim.visible_to(current_user), Claim.id == id),
    "message": find_message,
    "thanks": find_thanks,
    "member": find_member,
}


def subject():
    """What the report is about: one of these, by its number in the address."""
    for name, find in SUBJECTS.items():
        if number := request.values.get(name, type=int):
            return {name: find(number)}
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
    report = Report.make(current_user, form.rule.data, form.note.data, **about)
    if report.judges:
        flash(_("Thank you. Only the organizers know that it was you; you will have a notice with the result."))
    else:
        flash(_("Thank you. Nobody here can decide about this at the moment: it waits until somebody can."))
        if contact := Community.current().outside_contact:
            flash(_("Until then you can turn to: %(contact)s", contact=contact))
    return redirect(url_for("board.index"), 303)
