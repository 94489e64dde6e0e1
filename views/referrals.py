"""Referrals: writing one, reading it, and the buttons of its helper and of the organizers."""

from flask import Blueprint, abort, flash, g, redirect, request, url_for
from flask_login import current_user, login_required

from models import Action, Claim, Notice, Policy, Referral, Sight, _, db, ngettext

from . import as_shown, find_or_404, hold_on, page, paginated, redisplay_on_refusal, verb_views
from .display import weekday
from .forms import ClaimForm, ReferralForm, ScheduleForm

bp = Blueprint("referrals", __name__, url_prefix="/referrals")

STEPS_SHOWN = 50


def find(id):
    return find_or_404(Referral.with_helper(Referral.visible_to(current_user)), Referral.id == id)


def find_own(id):
    """The member's own posting; to everybody else its edit page does not exist."""
    return find_or_404(Referral.of(current_user), Referral.id == id)


def done(referral, sentence):
    flash(sentence)
    return redirect(url_for("referrals.show", id=referral.id), 303)


def act(referral, kind):
    """An organizer acts on a posting: by a rule and with a reason, and the helper can appeal."""
    rule, reason = request.form.get("rule") or "other", request.form.get("reason", "")
    Action.take(current_user, referral.helper, kind, rule, reason, referral=referral)


@bp.get("")
@login_required
def index():
    with db.in_passing():
        Referral.catch_up_with(current_user)
    return page("referrals/index.html", referrals=list(Referral.of(current_user)))


@bp.post("/unname")
@login_required
@redisplay_on_refusal(index)
def unname_all():
    count = Referral.unname_all(current_user)
    flash(ngettext("%(num)s posting no longer names you.", "%(num)s postings no longer name you.", count))
    return redirect(url_for(".index"), 303)


@bp.post("/take-down")
@login_required
@redisplay_on_refusal(index)
def take_all_down():
    count = Referral.take_all_down(current_user)
    down = ngettext(
        "%(num)s posting is down: only you see it now.", "%(num)s postings are down: only you see them now.", count
    )
    flash(down if count else _("Nothing of yours was up."))
    return redirect(url_for(".index"), 303)


@bp.get("/new")
@login_required
def new():
    form = ReferralForm(g.get("typed"))
    return page("referrals/edit.html", form=form, questions=form.questions(), policy=Policy.current(), referral=None)


@bp.post("/new")
@login_required
@redisplay_on_refusal(new)
def create():
    referral = Referral.draft(current_user, **ReferralForm.sent().columns())
    return done(referral, _("Saved as a draft. This is how it will look: hand it in when you are happy with it."))


@bp.get("/<int:id>")
@login_required
def show(id):
    referral = find(id)
    with db.in_passing():
        Notice.read(current_user, referral=referral, claim=None)
    return page(
        "referrals/show.html",
        "referral",
        referral=referral,
        sight=referral.seen_by(current_user),
        claims=referral.requests if referral.helper == current_user else [],
        form=ClaimForm(g.get("typed")),
        refusal=Claim.refusal(referral, current_user),
        request_url=url_for(".claim", id=id),
        send=_("Send request"),
        giveaways=referral.giveaways_for(current_user),
        **hold_on(referral),
    )


@bp.get("/<int:id>/preview")
@login_required
def preview(id):
    referral, reader = find_own(id), request.args.get("as")
    sight = Sight.of_accepted(referral) if reader == "accepted" else Sight.of_stranger(referral)
    return page("referrals/preview.html", referral=referral, sight=sight)


@bp.get("/<int:id>/history")
@login_required
def history(id):
    referral = find(id)
    if referral.roles(current_user).isdisjoint(("helper", "organizer")):
        abort(404)
    back = url_for(".show", id=id)
    sight, steps = referral.seen_by(current_user), paginated(referral.steps(), STEPS_SHOWN)
    return page("history.html", title=referral.title, sight=sight, back=back, steps=steps)


@bp.get("/<int:id>/edit")
@login_required
def edit(id):
    referral = find_own(id)
    form = ReferralForm(g.get("typed"), data=ReferralForm.values(referral))
    questions = form.questions(referral.employer_answers)
    return page("referrals/edit.html", form=form, questions=questions, policy=Policy.current(), referral=referral)


@bp.post("/<int:id>/edit")
@login_required
@redisplay_on_refusal(edit)
def change(id):
    referral = as_shown(find_own(id))
    before = referral.state
    referral.edit(current_user, **ReferralForm.sent().columns())
    if referral.state != before:
        return done(referral, _("Saved. An organizer looks at it before others read it. Open claims go on."))
    return done(referral, _("Saved. Claims already made keep the terms they have."))


@bp.post("/<int:id>/claims")
@login_required
@redisplay_on_refusal(show)
def claim(id):
    referral, form = find(id), ClaimForm.sent()
    claim = Claim.request(referral, current_user, form.note.data, form.help.data)
    flash(with_whom(referral.seen_by(current_user).helper))
    return redirect(url_for("claims.show", id=claim.id), 303)


def with_whom(helper):
    """What somebody reads who has asked: `helper` is None where they do not learn who it is."""
    if helper is None:
        return _("Your request is with the helper. Nothing is due before a hire.")
    return _("Your request is with %(name)s. Nothing is due before a hire.", name=helper.name)


verb = verb_views(bp, "/<int:id>", find, show)


@verb
def submit(referral):
    referral.submit(current_user)
    if referral.state == "published":
        return done(referral, _("Your posting is on the board."))
    if referral.nobody_reviews:
        return done(referral, _("Handed in. No organizer may look at it: read here what happens now."))
    return done(referral, _("Handed in. An organizer looks at it before it is published."))


@verb
def schedule(referral):
    referral.schedule(current_user, ScheduleForm.sent().publish_on.data)
    return done(referral, _("It comes up on %(day)s. Until then only you see it.", day=weekday(referral.publish_on)))


@verb
def unschedule(referral):
    referral.unschedule(current_user)
    return done(referral, _("The day is off. It comes up when you say so."))


@verb
def take_down(referral):
    referral.take_down(current_user)
    return done(referral, _("It is down: only you see it now. Who had asked was told that it is no longer open."))


@verb
def mend(referral):
    referral.mend(current_user, what=request.form.get("what", ""))
    return done(referral, _("Mended. Claims already made keep the terms they have."))


@verb
def approve(referral):
    referral.approve(current_user)
    if not referral.on_board:
        return done(referral, _("Approved. It is where its helper had it, off the board."))
    return done(referral, _("The posting is on the board."))


@verb
def approve_late(referral):
    referral.approve_late(current_user)
    return done(referral, _("Approved: it is no longer marked as not reviewed."))


@verb
def ask_changes(referral):
    referral.ask_changes(current_user, reason=request.form.get("reason"))
    return done(referral, _("%(name)s was asked to change it.", name=referral.helper.name))


@verb
def reject(referral):
    referral.reject(current_user, reason=request.form.get("reason"))
    return done(referral, _("The posting was turned down, and %(name)s was told why.", name=referral.helper.name))


@verb
def pause(referral):
    referral.pause(current_user)
    return done(referral, _("Paused: it is off the board until you resume it."))


@verb
def resume(referral):
    referral.resume(current_user)
    if not referral.on_board:
        return done(referral, _("Your postings are held: an organizer looks at it before it is on the board."))
    return done(referral, _("Your posting is back on the board."))


@verb
def renew(referral):
    referral.renew(current_user)
    if not referral.on_board:
        return done(referral, _("Your postings are held: an organizer looks at it before it is on the board."))
    return done(referral, _("Renewed: your posting is at the top of the board."))


@verb
def fill(referral):
    referral.fill(current_user)
    return done(referral, _("Marked as filled. Everybody still waiting in line was told."))


@verb
def withdraw(referral):
    referral.withdraw(current_user)
    return done(referral, _("Withdrawn. Everybody still waiting in line was told."))


@verb
def hide(referral):
    act(referral, "hidden")
    return done(referral, _("Hidden, and %(name)s was told why.", name=referral.helper.name))


@verb
def restore(referral):
    referral.restore(current_user, reason=request.form.get("reason"))
    if referral.state == "in_review":
        return done(referral, _("No longer hidden. Its helper changed it meanwhile: look at that, and approve it."))
    return done(referral, _("The posting is back as it was."))


@verb
def remove(referral):
    act(referral, "removed")
    return done(referral, _("Removed, and %(name)s was told why.", name=referral.helper.name))


@verb
def reinstate(referral):
    referral.reinstate(current_user, reason=request.form.get("reason"))
    return done(referral, _("The posting is back on the board."))
