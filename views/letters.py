"""What comes by letter: a new password, signing in without one, and that an address is somebody's own."""

from flask import Blueprint, flash, g, redirect, url_for
from flask_login import current_user, login_required

from models import Letter, OneTimeLink, Refused, _, clean_email

from . import accounts, limiter, page, redisplay_on_refusal, sends_letters
from .forms import AddressForm
from .limits import LINKS_USED, asking_for_letters

bp = Blueprint("letters", __name__)


def must_send_letters():
    if not sends_letters():
        raise Refused(_("This site sends no mail. Ask an organizer: they can give you a link that signs you in once."))


# Asking for a letter: whether the address is known makes no difference to the answer, nor to how long it takes.


@bp.get("/forgot-password")
def forgot():
    return page("letters/ask.html", form=AddressForm(g.get("typed")), kind="reset")


@bp.post("/forgot-password")
@redisplay_on_refusal(forgot)
@asking_for_letters
def ask_reset():
    return ask("reset")


@bp.get("/sign-in-link")
def link():
    return page("letters/ask.html", form=AddressForm(g.get("typed")), kind="sign_in")


@bp.post("/sign-in-link")
@redisplay_on_refusal(link)
@asking_for_letters
def ask_link():
    return ask("sign_in")


def ask(kind):
    must_send_letters()
    Letter.ask(kind, clean_email(AddressForm.sent().email.data))
    flash(_("Look at your mail. If a member has this address, a letter is there within minutes."))
    return redirect(url_for("accounts.sign_in"), 303)


# Following the link of a letter: opening it changes nothing, for mail programs open links by themselves. The link that
# leads to a new password is followed in accounts.py, as are those that organizers make.


@bp.get("/letters/sign-in/<token>")
def open_sign_in(token):
    return page("letters/sign_in.html", member=OneTimeLink.find("mailed", token).member)


@bp.post("/letters/sign-in/<token>")
@redisplay_on_refusal(open_sign_in)
@limiter.limit(LINKS_USED)
def sign_in(token):
    link = OneTimeLink.find("mailed", token)
    return redirect(accounts.welcome(link.member, url_for("board.index"), link=link), 303)


@bp.get("/letters/confirm/<token>")
def open_confirm(token):
    return page("letters/confirm.html", address=OneTimeLink.find("confirm", token).address)


@bp.post("/letters/confirm/<token>")
@redisplay_on_refusal(open_confirm)
@limiter.limit(LINKS_USED)
def confirm(token):
    OneTimeLink.find("confirm", token).use()
    flash(_("Thank you. Your address is confirmed."))
    return redirect(url_for("accounts.show"), 303)


@bp.get("/letters/new-address/<token>")
def open_new_address(token):
    return page("letters/confirm.html", address=OneTimeLink.find("address", token).address)


@bp.post("/letters/new-address/<token>")
@redisplay_on_refusal(open_new_address)
@limiter.limit(LINKS_USED)
def take_address(token):
    OneTimeLink.find("address", token).take_address()
    flash(_("Your new address counts from now on. Sign in with it."))
    return redirect(url_for("accounts.show"), 303)


@bp.post("/account/confirm")
@login_required
@asking_for_letters
def ask_confirmation():
    must_send_letters()
    Letter.ask("confirm", current_user.email, current_user)
    flash(_("Look at your mail: a letter to %(address)s is on its way.", address=current_user.email))
    return redirect(url_for("accounts.show"), 303)
