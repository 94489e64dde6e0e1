"""Reports at the desk: all that was said of one thing, and deciding about it; words that are taken down."""

from flask import flash, g, redirect, request, url_for
from flask_login import current_user

from models import HouseRules, Member, Report, StockReason, TakenDown, _, ngettext

from .. import as_shown, find_or_404, hold_on, page, redisplay_on_refusal
from ..forms import JudgeForm, TakeDownForm
from ..reports import find_member, find_message, find_thanks
from . import bp
from .members import member
from .reasons import typed_reason

NEIGHBOURS = 2  # So many messages before and after a reported one are shown with it.
WORDS = {"message": find_message, "thanks": find_thanks, "profile": find_member}


def find(id):
    return find_or_404(Report.select().where(Report.judgeable_by(current_user)), Report.id == id)


@bp.get("/reports/<int:id>")
def report(id):
    [report] = Report.with_together([find(id)], current_user)
    around = report.message.neighbours(NEIGHBOURS) if report.message else []
    context = {"around": around, "waits": report.state == "open", "house_rules": HouseRules.current()}
    return page("desk/report.html", report=report, stock=StockReason.by_act(), **context, **hold_on(report))


@bp.post("/reports/<int:id>")
@redisplay_on_refusal(report)
def judge(id):
    record = as_shown(find(id))
    if request.form.get("act") == "dismiss":
        record.dismiss(current_user, reason=typed_reason())
    else:
        form = JudgeForm.sent()
        values = (form.consequence.data, form.days.data, form.to_reported.data, form.house_rule.data)
        record.uphold(current_user, *values, reason=typed_reason())
    flash(_("Done. Everyone concerned was told, each in your words for them."))
    return redirect(url_for(".index"), 303)


@bp.post("/members/<int:id>/clear_reports")
@redisplay_on_refusal(member)
def clear_reports(id):
    reporter = find_or_404(Member.select(), Member.id == id)
    count = Report.clear_backlog(current_user, reporter, request.form.get("reason"))
    flash(ngettext("%(num)s report was dismissed.", "%(num)s reports were dismissed.", count))
    return redirect(url_for(".member", id=id), 303)


@bp.get("/words/<any(message,thanks,profile):what>/<int:id>")
def words(what, id):
    """The words, and the form that takes them down. Refuses as the verb does."""
    record = WORDS[what](id)
    if problem := TakenDown.obstacle(current_user, what, record):
        raise problem
    texts = TakenDown.readable(what, record)
    return page("desk/words.html", what=what, record=record, texts=texts, form=TakeDownForm(g.get("typed")))


@bp.post("/words/<any(message,thanks,profile):what>/<int:id>")
@redisplay_on_refusal(words)
def take_words_down(what, id):
    record, form = WORDS[what](id), TakeDownForm.sent()
    TakenDown.take(current_user, what, record, form.rule.data, form.reason.data)
    flash(_("Done. Whoever wrote it was told, and can appeal."))
    at = url_for("claims.show", id=record.claim_id) if what == "message" else None
    return redirect(at or url_for("members.show", id=record.helper_id if what == "thanks" else id), 303)
