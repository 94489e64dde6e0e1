"""Claims: both my sides, the page on which two people work through one, and its buttons."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from markupsafe import Markup

from models import Claim, Message, Notice, Refused, _, db

from . import find_or_404, hold_on, page, paginated, redisplay_on_refusal, verb_views
from .forms import ClaimForm, DecisionForm, EndedForm, HiredForm, MessageForm, OwedForm, ThanksForm

bp = Blueprint("claims", __name__, url_prefix="/claims")

MESSAGES_SHOWN = 30
STEPS_SHOWN = 50


def find(id):
    return find_or_404(Claim.with_parties(Claim.visible_to(current_user)), Claim.id == id)


def find_pledge(id):
    """Returns the promise to pay of the claim with this id. Raises Refused for a gift."""
    return pledge_of(find(id))


def done(claim, sentence):
    flash(sentence)
    return redirect(url_for("claims.show", id=claim.id), 303)


@bp.get("")
@login_required
def index():
    with db.in_passing():
        Claim.catch_up_with(current_user)
    mine = Claim.loaded(Claim.of(current_user))
    your_move = [claim for claim in mine if claim.waits_for(current_user)]
    others = [claim for claim in mine if claim not in your_move]
    return page(
        "claims/index.html",
        your_move=your_move,
        waiting=[claim for claim in others if not claim.ended],
        ended=[claim for claim in others if claim.ended],
        hired=next((claim for claim in mine if claim.new_workplace_of(current_user)), None),
    )


@bp.get("/<int:id>")
@login_required
def show(id):
    claim = find(id)
    seen = request.headers.get("If-None-Match", "").strip('"')
    if seen != claim.etag:
        with db.in_passing():
            Notice.read(current_user, claim=claim)
    return page(
        "claims/show.html",
        "claim",
        "thread",
        etag=claim.etag,
        claim=claim,
        sight=claim.seen_by(current_user),
        thread=paginated(claim.newest_messages(), MESSAGES_SHOWN, total=claim.thread_length),
        form=ClaimForm(g.get("typed"), data={"note": claim.note, "help": claim.kinds_of_help}),
        changed=claim.changed_since(seen),
        **hold_on(claim),
    )


@bp.get("/<int:id>/history")
@login_required
def history(id):
    claim = find(id)
    sight, steps = claim.seen_by(current_user), paginated(claim.steps(), STEPS_SHOWN)
    return page("history.html", title=sight.title, sight=sight, back=url_for(".show", id=id), steps=steps)


@bp.post("/<int:id>/messages")
@login_required
@redisplay_on_refusal(show)
def say(id):
    claim = find(id)
    claim.say(current_user, **MessageForm.sent().data)
    return redirect(url_for(".show", id=id), 303)


@bp.post("/<int:id>/messages/<int:message>/take-back")
@login_required
@redisplay_on_refusal(lambda id, message: show(id))
def take_back(id, message):
    find_or_404(find(id).messages, Message.id == message).take_back(current_user)
    return redirect(url_for(".show", id=id), 303)


verb = verb_views(bp, "/<int:id>", find, show)
pledge_verb = verb_views(bp, "/<int:id>", find_pledge, show)


@verb
def accept(claim):
    claim.accept(current_user, request.form.get("acquaintance", "here"))
    return done(claim, _("%(name)s is yours to help, once they agree to the terms.", name=claim.seeker.name))


@verb
def ask_changes(claim):
    claim.ask_changes(current_user, reason=request.form.get("reason"), as_it_is="as_it_is" in request.form)
    return done(claim, _("%(name)s was asked to change the request.", name=claim.seeker.name))


@verb
def resubmit(claim):
    form = ClaimForm.sent()
    claim.resubmit(current_user, note=form.note.data, help=form.help.data)
    if not claim.seen_by(current_user).names_helper:
        return done(claim, _("Your changed request is with the helper."))
    return done(claim, _("Your changed request is with %(name)s.", name=claim.helper.name))


@verb
def decline(claim):
    claim.decline(current_user, reason=request.form.get("reason"), as_it_is="as_it_is" in request.form)
    return done(claim, _("Declined. %(name)s was told.", name=claim.seeker.name))


@verb
def agree(claim):
    claim.agree(current_user, consent=consent_to(claim))
    if claim.pledge and claim.pledge.by_stripe:
        return done(claim, _("Agreed. One thing is left: save a card. Nothing is taken before the hire."))
    return done(claim, _("Agreed. %(name)s can begin to help you.", name=claim.helper.name))


@verb
def withdraw(claim):
    claim.withdraw(current_user, reason=request.form.get("reason"))
    if not claim.seen_by(current_user).names_helper:
        return done(claim, _("Withdrawn. Nothing is owed, and the helper was told."))
    return done(claim, _("Withdrawn. Nothing is owed, and %(name)s was told.", name=claim.helper.name))


@verb
def leave(claim):
    claim.leave(current_user)
    return done(claim, _("You have left. Nothing is owed."))


@verb
def release(claim):
    claim.release(current_user, reason=request.form.get("reason"))
    return done(claim, _("Let go. Nothing is owed, and %(name)s was told why.", name=claim.seeker.name))


@verb
def mark(claim):
    claim.mark(current_user, what=request.form.get("what", ""))
    return done(claim, _("Noted."))


@verb
def unmark(claim):
    claim.unmark(current_user, what=request.form.get("what", ""))
    return done(claim, _("Taken back."))


@verb
def report_not_hired(claim):
    claim.report_not_hired(current_user, outcome=request.form.get("outcome", ""))
    return done(claim, _("Thank you for saying so. Nothing is owed; better luck with the next one."))


@verb
def report_hired(claim):
    claim.report_hired(current_user, start_date=HiredForm.sent().start_date.data)
    return done(claim, _("Reported. %(name)s is asked to confirm it.", name=claim.other(current_user).name))


@verb
def confirm(claim):
    claim.confirm(current_user)
    return done(claim, _("Confirmed. Congratulations to both of you."))


@verb
def contest(claim):
    claim.contest(current_user, reason=request.form.get("reason"))
    return disputed(claim)


@verb
def dispute(claim):
    claim.dispute(current_user, reason=request.form.get("reason"))
    return disputed(claim)


def disputed(claim):
    if claim.nobody_decides:
        return done(claim, _("Noted. Nobody here can decide it: the two of you can end it together."))
    return done(claim, _("An organizer will look at it and decide."))


@verb
def report_ended(claim):
    claim.report_ended(current_user, ended_on=EndedForm.sent().ended_on.data, reason=request.form.get("reason"))
    return done(claim, _("Noted, and %(name)s was told.", name=claim.other(current_user).name))


@verb
def work_there(claim):
    claim.work_there(current_user)
    return done(claim, _("Thank you. Colleagues who leave are hidden from you, and you from colleagues."))


@verb
def thank(claim):
    claim.thank(current_user, **ThanksForm.sent().data)
    return done(claim, _("%(name)s has your thanks.", name=claim.helper.name))


@verb
def show_thanks(claim):
    claim.show_thanks(current_user)
    return done(claim, _("The thanks are on your profile."))


@verb
def take_back_thanks(claim):
    claim.take_back_thanks(current_user)
    return done(claim, _("The thanks are on no profile now."))


@pledge_verb
def mark_sent(pledge):
    pledge.mark_sent(current_user)
    return done(pledge.claim, _("Noted. %(name)s is asked to say when it has arrived.", name=pledge.claim.helper.name))


@pledge_verb
def mark_received(pledge):
    pledge.mark_received(current_user)
    return done(pledge.claim, _("Settled. Thank you for your help."))


@pledge_verb
def waive(pledge):
    pledge.waive(current_user)
    name = pledge.claim.seeker.name
    return done(pledge.claim, _("Waived: your help is a gift now, and %(name)s was told.", name=name))


@pledge_verb
def lower(pledge):
    pledge.lower(current_user, owed=OwedForm.sent().owed.data, reason=request.form.get("reason"))
    flash(_("Lowered. Both sides were told why."))
    return redirect(url_for("desk.index"), 303)


@verb
def propose_end(claim):
    claim.propose_end(current_user, **DecisionForm.sent().data, reason=request.form.get("reason"))
    return done(claim, _("Proposed. %(name)s is asked to agree.", name=claim.other(current_user).name))


@verb
def agree_to_end(claim):
    claim.agree_to_end(current_user)
    return done(claim, _("Agreed: the two of you have ended it."))


@verb
def refuse_end(claim):
    claim.refuse_end(current_user, reason=request.form.get("reason"))
    return done(claim, _("Noted, and %(name)s was told.", name=claim.other(current_user).name))


@verb
def take_back_end(claim):
    claim.take_back_end(current_user)
    return done(claim, _("Taken back."))


@verb
def decide(claim):
    form = DecisionForm.sent()
    claim.decide(current_user, **form.data, reason=request.form.get("reason"))
    flash(_("Decided. Both sides were told why."))
    return redirect(url_for("desk.index"), 303)


def consent_to(claim):
    """The words above the button by which the seeker agrees, as they are kept with the claim; "" without terms."""
    if claim.terms is None:
        return ""
    return " ".join(Markup(render_template("claims/_consent.html", claim=claim)).striptags().split())


def pledge_of(claim):
    if claim.pledge is None:
        raise Refused(_("This help is a gift: there is nothing to pay."))
    return claim.pledge
