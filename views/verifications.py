"""How a member was checked: what they have, how to get it, vouching for another, and the letter to a work address."""

from flask import Blueprint, flash, g, redirect, url_for
from flask_login import current_user, login_required

from models import FRESH_DAYS, VOUCH_DAYS, Verification, _

from . import as_shown, find_or_404, limiter, page, redisplay_on_refusal
from .addresses import page_address
from .forms import AddressForm
from .letters import must_send_letters
from .limits import LINKS_USED, asking_for_letters

bp = Blueprint("verifications", __name__)


@bp.get("/account/verification")
@login_required
def show():
    return page(
        "verifications/show.html",
        form=AddressForm(g.get("typed")),
        checks=Verification.shown_to(current_user, current_user),
        link=g.get("address"),
        vouch_days=VOUCH_DAYS,
        fresh_days=FRESH_DAYS,
    )


@bp.post("/account/verification/link")
@login_required
@redisplay_on_refusal(show)
def ask_to_be_vouched_for():
    token = Verification.ask_to_be_vouched_for(current_user)
    g.address = page_address(".open_vouch", token=token)
    return show()


@bp.post("/account/verification/letter")
@login_required
@redisplay_on_refusal(show)
@asking_for_letters
def ask_by_letter():
    must_send_letters()
    Verification.ask_by_letter(current_user, AddressForm.sent().email.data)
    flash(_("Look at your mail there. If nobody else was checked by this address, a letter comes within minutes."))
    return redirect(url_for(".show"), 303)


@bp.post("/account/verification/<int:id>/give_up")
@login_required
@redisplay_on_refusal(lambda id: show())
def give_up(id):
    as_shown(find_or_404(Verification.of(current_user), Verification.id == id)).give_up(current_user)
    flash(_("Done. Others no longer read it."))
    return redirect(url_for(".show"), 303)


@bp.get("/vouch/<token>")
@login_required
def open_vouch(token):
    return page("verifications/vouch.html", verification=Verification.find(token))


@bp.post("/vouch/<token>")
@login_required
@redisplay_on_refusal(open_vouch)
@limiter.limit(LINKS_USED)
def vouch(token):
    verification = as_shown(Verification.find(token))
    verification.vouch(current_user)
    flash(_("Thank you. You have vouched for %(name)s.", name=verification.member.name))
    return redirect(url_for("board.index"), 303)


# The letter to a work address. Opening it changes nothing, for mail programs open links by themselves; and it says
# nothing to whoever is not signed in as the member who asked for it.


@bp.get("/letters/address/<token>")
@login_required
def open_letter(token):
    Verification.find_by_letter(current_user, token)
    return page("verifications/letter.html")


@bp.post("/letters/address/<token>")
@login_required
@redisplay_on_refusal(open_letter)
@limiter.limit(LINKS_USED)
def confirm(token):
    verification, link = Verification.find_by_letter(current_user, token)
    verification.confirm(current_user, link)
    flash(_("Thank you. Others read that you were checked, and not how."))
    return redirect(url_for(".show"), 303)
