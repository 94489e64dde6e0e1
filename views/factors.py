"""The second step of signing in: asking for it, and setting it up or removing it at one's account."""

from ipaddress import ip_address
from urllib.parse import urlsplit

import segno
from flask import Blueprint, Response, abort, flash, redirect, request, session, url_for
from flask_login import current_user, login_required
from markupsafe import Markup

import journal
from models import (
    Authenticator,
    Challenge,
    Community,
    Party,
    Passkey,
    PendingSignIn,
    RecoveryCode,
    Refused,
    SignIn,
    _,
    give_code,
    give_passkey,
)

from . import find_or_404, page, redisplay_on_refusal
from .accounts import sign_in, sign_in_here, sign_in_with, way_back, why_no_cookie
from .addresses import outside_root
from .browsers import remember_browser
from .confirming import ask_again
from .forms import CodeForm, PasskeyAnswerForm, PasskeyForm
from .limits import PASSKEYS, guessing, limiter

bp = Blueprint("factors", __name__)


def init(app):
    app.jinja_env.globals["passkeys_work"] = lambda: relying_party() is not None


def relying_party():
    """For whom passkeys sign here: the host of the address that people type. None where that cannot be known.

    It is an https address of the settings, or one that an organizer confirmed, and never what a request claims. On
    one's own machine http will do.
    """
    address = urlsplit(outside_root())
    safe = address.scheme == "https" or (address.scheme, address.hostname) == ("http", "localhost")
    if not safe or not address.hostname or is_number(address.hostname):
        return None
    return Party(address.hostname, f"{address.scheme}://{address.netloc}", Community.current().name)


def is_number(host):
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def party_or_404():
    return relying_party() or abort(404)


# Signing in


def waiting():
    """The sign-in that waits in this browser for its second step. Where there is none one begins again."""
    try:
        return PendingSignIn.find(session.get("pending", ""))
    except Refused as late:
        address = url_for("accounts.sign_in")
        if request.htmx:
            abort(Response(status=401, headers={"HX-Redirect": address}))
        if "_flashes" not in session:
            flash(str(late) if "pending" in session else why_no_cookie(), "error")
        abort(redirect(address, 303))


def come_in(member, onward):
    sign_in_with(member)
    return redirect(onward, 303)


@bp.get("/sign-in/code")
def ask():
    member, party = waiting().member, relying_party()
    passkeys = party is not None and Passkey.of(member).where(Passkey.host == party.host).exists()
    return page("factors/ask.html", app=Authenticator.of(member) is not None, passkeys=passkeys)


@bp.post("/sign-in/code")
@redisplay_on_refusal(ask)
def answer():
    pending, form = waiting(), CodeForm.sent()
    with guessing(pending.member.email, what="code"):
        member = give_code(pending, form.code.data, sign_in_here())
    return come_in(member, pending.onward)


@bp.post("/sign-in/code/challenge")
def challenge():
    member = waiting().member
    return challenged(*Passkey.ask("second_step", party_or_404(), member))


@bp.post("/sign-in/code/passkey")
@redisplay_on_refusal(ask)
def answer_with_passkey():
    pending, answer = waiting(), PasskeyAnswerForm.sent().credential.data
    with guessing(pending.member.email, what="code"):
        asked = Challenge.take(session.pop("challenge", ""), "second_step", pending.member)
        member = give_passkey(pending, answer, asked, party_or_404(), sign_in_here())
    return come_in(member, pending.onward)


@bp.post("/sign-in/passkey/challenge")
@limiter.limit(PASSKEYS)
def challenge_alone():
    return challenged(*Passkey.ask("sign_in", party_or_404()))


@bp.post("/sign-in/passkey")
@redisplay_on_refusal(sign_in)
def enter_with_passkey():
    """A passkey that has asked who is there is both steps at once."""
    answer = PasskeyAnswerForm.sent().credential.data
    with guessing(what="passkey"):
        asked = Challenge.take(session.pop("challenge", ""), "sign_in")
        member = Passkey.used(answer, asked, party_or_404()).member
    SignIn.enter(member, request.user_agent.string, replacing=sign_in_here())
    return come_in(member, way_back(request.form.get("next")))


def challenged(challenge, options):
    """What a script of ours hands to the browser; the browser keeps the token of the challenge."""
    session["challenge"] = challenge.token
    return Response(options, mimetype="application/json")


# At one's account


@bp.get("/account/second-step")
@login_required
def show():
    return page(
        "factors/show.html",
        app=Authenticator.of(current_user),
        passkeys=list(Passkey.of(current_user)),
        codes=RecoveryCode.left(current_user).count(),
    )


@bp.post("/account/second-step/app")
@login_required
@ask_again()
@redisplay_on_refusal(show)
def begin_app():
    Authenticator.begin(current_user)
    return redirect(url_for(".set_up_app"), 303)


@bp.get("/account/second-step/app")
@login_required
def set_up_app():
    waiting = Authenticator.waiting(current_user) or abort(404)
    address = waiting.address(Community.current().name)
    return unkept("factors/app.html", secret=in_fours(waiting.shown_secret), address=address, qr=drawn(address))


@bp.post("/account/second-step/app/confirm")
@login_required
@ask_again()
@redisplay_on_refusal(set_up_app)
def confirm_app():
    waiting = Authenticator.waiting(current_user) or abort(404)
    codes = waiting.confirm(current_user, CodeForm.sent().code.data)
    return done("app_set", _("Your app is set up."), codes)


@bp.post("/account/second-step/app/remove")
@login_required
@ask_again()
@redisplay_on_refusal(show)
def remove_app():
    (Authenticator.of(current_user) or abort(404)).remove(current_user)
    return done("app_removed", _("Your app is removed: its codes no longer count."))


@bp.post("/account/second-step/codes")
@login_required
@ask_again()
@redisplay_on_refusal(show)
def make_codes():
    return done("codes_made", "", RecoveryCode.renew(current_user))


@bp.post("/account/passkeys/challenge")
@login_required
def challenge_to_add():
    return challenged(*Passkey.offer(current_user, party_or_404()))


@bp.post("/account/passkeys")
@login_required
@ask_again()
@redisplay_on_refusal(show)
def add_passkey():
    form = PasskeyForm.sent()
    asked = Challenge.take(session.pop("challenge", ""), "add", current_user)
    codes = Passkey.add(current_user, form.name.data, form.credential.data, asked, party_or_404())
    return done("passkey_added", _("Your passkey is added."), codes)


@bp.post("/account/passkeys/<int:id>/remove")
@login_required
@ask_again()
@redisplay_on_refusal(lambda id: show())
def remove_passkey(id):
    find_or_404(Passkey.of(current_user), Passkey.id == id).remove(current_user)
    return done("passkey_removed", _("Your passkey is removed."))


def done(what, sentence, codes=None):
    """New recovery codes are shown this once, on the page that answers; without any one goes back to the list."""
    journal.note("factor", who=current_user.id, of=what)
    remember_browser()
    if codes:
        return unkept("factors/codes.html", codes=codes, sentence=sentence)
    flash(sentence)
    return redirect(url_for(".show"), 303)


def unkept(template, **context):
    """A page with a secret on it, of which the browser keeps no copy."""
    response = page(template, **context)
    response.cache_control.no_store = True
    return response


def in_fours(secret):
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def drawn(address):
    """The address as a QR code, to be put into a page as it is."""
    return Markup(segno.make(address, error="m").svg_inline(omitsize=True, light="#fff", svgclass=None))
