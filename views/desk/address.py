"""The address of the site at the desk: where it is said to be, where the organizer is, and whether the two agree."""

from flask import current_app, flash, g, redirect, request, url_for
from flask_login import current_user

from models import _

from .. import redisplay_on_refusal
from ..addresses import is_same, used_address
from ..confirming import ask_again
from . import bp
from .policy import policy


@bp.context_processor
def site_address():
    """What pages of the desk say about the address of the site, and about the proxies before it."""
    configured, used = current_app.config["GOLEM"].url, used_address()
    differs = bool(configured) and not is_same(configured, used)
    found = {"configured": configured, "used": used, "differs": differs, "proxies": trouble_with_proxies()}
    return {"site_address": {**found, "confirmed": g.community.address}}


def trouble_with_proxies():
    """ "unknown" where a proxy speaks that no setting names, "silent" where one is named and does not; else ""."""
    speaks, named = "X-Forwarded-For" in request.headers, current_app.config["GOLEM"].proxies
    if speaks and not named:
        return "unknown"
    return "silent" if named and not speaks else ""


@bp.post("/community/address")
@ask_again()
@redisplay_on_refusal(policy)
def confirm_address():
    """It is always the address that this request was made to, never one from a form."""
    g.community.confirm_address(current_user, used_address())
    flash(_("Letters and feeds lead here from now on."))
    return redirect(url_for(".policy"), 303)
