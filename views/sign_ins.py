"""What a member sees of their own sign-ins: the browsers that are signed in, and the tries, also those that failed."""

from flask import Blueprint, flash, redirect, url_for
from flask_login import current_user, login_required

from models import TRY_DAYS, SignIn, SignInTry, _

from . import find_or_404, page, paginated
from .browsers import in_words
from .confirming import ask_again

bp = Blueprint("sign_ins", __name__)

PAGE_SIZE = 50


@bp.get("/account/sign-ins")
@login_required
def index():
    return page("sign_ins/index.html", tries=paginated(SignInTry.of(current_user), PAGE_SIZE), days=TRY_DAYS)


def init(app):
    app.jinja_env.filters["browser"] = in_words


@bp.get("/account/browsers")
@login_required
def browsers():
    return page("accounts/browsers.html", sign_ins=SignIn.of(current_user))


@bp.post("/account/browsers/<int:id>/end")
@login_required
@ask_again()
def end(id):
    find_or_404(SignIn.select().where(SignIn.member == current_user), SignIn.id == id).close()
    flash(_("That browser is signed out."))
    return redirect(url_for(".browsers"), 303)


@bp.post("/account/browsers/end-others")
@login_required
@ask_again()
def end_others():
    SignIn.close_all(current_user, but=current_user.sign_in)
    flash(_("All other browsers are signed out."))
    return redirect(url_for(".browsers"), 303)
