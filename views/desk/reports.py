"""Reports at the desk: reading one with all that was said of the same thing, and deciding; words that are taken down."""

from flask import flash, g, redirect, request, url_for
from flask_login import current_user

from models import Member, Refused, Report, TakenDown, _, ngettext

from .. import as_shown, find_or_404, page, redisplay_on_refusal
from ..forms import JudgeForm, TakeDownForm
from ..reports import SUBJECTS
from . import bp

NEIGHBOURS = 2  # So many messages before and after a reported one are shown with it.


def find(id):
    return find_or_404(Report.select().where(Report.judgeable_by(current_user)), Report.id == id)


@bp.get("/reports/<int:id>")
def report(id):
    report = find(id)
    Report.with_together([report])
    return page("desk/report.html", report=report, around=around(report))


def around(report):
    """The reported message among its neighbours, oldest first; none where no message was reported."""
    return report.message.neighbours(NEIGHBOURS) if report.message else []


@bp.post("/reports/<int:id>")
@redisplay_on_refusal(report)
def judge(id):
    record = as_shown(find(id))
    if request.form.get("act") == "dismiss":
        record.dismiss(current_user, reason=request.form.get("reason"))
    else:
        form = JudgeForm.sent()
        values = (form.consequence.data, form.days.data, form.to_reported.data)
        record.uphold(current_user, *values, reason=form.reason.data)
    flash(_("Done. Everyone concerned was told, each in your words for them."))
    return redirect(url_for(".index"), 303)


@bp.post("/members/<int:id>/clear_reports")
def clear_reports(id):
    reporter = find_or_404(Member.select(), Member.id == id)
    count = Report.clear_backlog(current_user, reporter, request.form.get("reason"))
    flash(ngettext("%(num)s report was dismissed.", "%(num)s reports were dismissed.", count))
    return redirect(url_for(".member", id=id), 303)


def find_words(what, id):
    """The record that holds the words, as the organizer may see it; 404 where they could not take them down."""
    record = SUBJECTS[what](id)
    refusal = TakenDown.obstacle(current_user, what, record)
    return record, refusal


@bp.get("/words/<any(message,thanks,profile):what>/<int:id>")
def words(what, id):
    """The words, and the form that takes them down."""
