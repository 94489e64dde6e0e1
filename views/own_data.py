"""What is one's own: what is kept of whom and for how long, taking it along, leaving, and answering a handover."""

from tempfile import TemporaryFile

from flask import Blueprint, flash, redirect, request, send_file, url_for
from flask_login import current_user, login_required, logout_user

from models import TABLES, Handover, NotYours, Policy, _, export, now, open_matter

from . import as_shown, find_or_404, limiter, page, redisplay_on_refusal
from .forms import ExportForm, LeaveForm
from .limits import guessing

bp = Blueprint("own_data", __name__)

EXPORTS = "10 per hour"
ANSWERS = ("accept", "decline", "withdraw")

# What can be done in a community that was closed: to come in and leave, to take along, and to settle what is open.
ROOMS_WHEN_CLOSED = ("own_data", "sign_ins", "factors", "letters", "payments", "payouts", "notices", "setup", "hiding")
WHEN_CLOSED = {
    *("accounts.enter", "accounts.enter_once", "accounts.sign_out", "accounts.change_password", "accounts.appeal"),
    *("claims.say", "claims.take_back", "claims.report_hired", "claims.confirm", "claims.contest", "claims.dispute"),
    *("claims.decide", "claims.propose_end", "claims.agree_to_end", "claims.refuse_end", "claims.take_back_end"),
    *("claims.report_ended", "claims.report_not_hired", "claims.withdraw", "claims.release", "claims.decline"),
    *("claims.mark_sent", "claims.mark_received", "claims.waive", "claims.lower"),
    *("claims.leave", "claims.take_back_thanks", "accounts.dismiss_links", "accounts.step_down"),
    *("accounts.go_away", "accounts.come_back", "desk.group_away", "desk.group_back"),
    *("desk.act", "desk.judge", "desk.hold", "desk.take_over", "desk.let_go", "desk.change_action", "desk.link"),
    *("desk.close", "desk.reopen"),
    *("desk.settle_payment", "desk.recheck", "desk.check_payments", "desk.note_events", "desk.change_standing"),
    *("desk.go_on", "desk.give_back"),
}


def must_be_open(community):
    """Raises NotYours for a request that would begin something new in a community that was closed."""
    if request.method in ("GET", "HEAD", "OPTIONS") or community is None or not community.closed:
        return
    if request.blueprint not in ROOMS_WHEN_CLOSED and request.endpoint not in WHEN_CLOSED:
        raise NotYours(_("This community is closed: it can be read, and what is open can be settled."))


@bp.get("/privacy")
def privacy():
    policy = Policy.current()
    kept = {(table.kept.what, table.kept.seen_by, table.kept.until.sentence(policy)): table for table in TABLES}
    return page("own_data/privacy.html", kept=[(_(what), _(seen_by), until) for what, seen_by, until in kept])


@bp.get("/account/data")
@login_required
def show():
    return page(
        "own_data/show.html",
        matter=open_matter(current_user),
        handovers=Handover.waiting_for(current_user),
    )


@bp.post("/account/data/export")
@login_required
@redisplay_on_refusal(show)
@limiter.limit(EXPORTS)
def take():
    """Answers with the archive. It is written to a file without a name, which is gone once it is sent."""
    prove(ExportForm.sent().export_password.data, "export_password")
    file = TemporaryFile()  # noqa: SIM115 (it is closed once it was sent)
    export(current_user, file)
    file.seek(0)
    return send_file(file, "application/zip", as_attachment=True, download_name=f"golem-{now():%Y-%m-%d}.zip")


@bp.post("/account/data/leave")
@login_required
@redisplay_on_refusal(show)
def ask_to_leave():
    prove(LeaveForm.sent().leave_password.data, "leave_password")
    as_shown(current_user).ask_to_leave(current_user)
    logout_user()
    flash(_("Your account is deleted in seven days. Sign in before then if you want to keep it."))
    return redirect(url_for("board.index"), 303)


@bp.post("/account/data/stay")
@login_required
@redisplay_on_refusal(show)
def stay():
    current_user.stay(current_user)
    flash(_("You keep your account. Welcome back!"))
    return redirect(url_for(".show"), 303)


@bp.post(f"/handovers/<int:id>/<any({','.join(ANSWERS)}):verb>")
@login_required
@redisplay_on_refusal(lambda id, verb: show())
def answer(id, verb):
    handover = as_shown(find_or_404(Handover.visible_to(current_user), Handover.id == id))
    if verb == "accept":
        prove(request.form.get("accept_password", ""), "accept_password")
    getattr(handover, verb)(current_user)
    flash(_("Done. Both of you can see it here and in the log."))
    return redirect(url_for(".show"), 303)


def prove(password, field):
    """Raises Invalid about this field unless it is the member's password; whoever guesses has to wait at some point."""
    with guessing(current_user.email):
        current_user.confirm(password, field)
