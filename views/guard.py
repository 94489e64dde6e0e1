"""What every request has to pass."""

import re
import secrets
from functools import cached_property

from flask import g, redirect, request, url_for
from htmx_flask.requests import HtmxAwareRequest
from werkzeug.datastructures import ImmutableMultiDict

from models import Community, NotYours, _, db, use_language

from .addresses import origin_of, outside_root
from .own_data import must_be_open

# Control characters, halves of characters, and codes that Unicode keeps free of any.
UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def guard(app):
    """What every request has to pass."""

    @app.before_request
    def begin():
        g.nonce = secrets.token_urlsafe(16)
        if request.endpoint == "static" or request.blueprint == "health":
            return
        db.forget()  # Somebody else may have changed the policy since this thread was here last.
        g.community = Community.current()
        if g.community:
            use_language(g.community.language)
        elif request.blueprint not in ("setup", "health"):
            return redirect(url_for("setup.show"), 303)

    @app.before_request
    def only_read_what_is_closed():
        must_be_open(g.get("community"))

    @app.before_request
    def refuse_other_sites():
        """A form on somebody else's page cannot act for our members; scripts without a browser may post."""
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return
        site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
        if site in ("same-origin", "none") or (site is None and not origin):
            return
        if site in (None, "same-site") and origin_of(origin) in own_origins():
            return
        g.why = "not-from-this-site"
        raise NotYours(
            _(
                "This form was not sent from a page of this site, and nothing was done. If it was, the proxy in front "
                "has to pass on Host with its port, and X-Forwarded-Proto."
            )
        )


def own_origins():
    """The origins of this site's pages: of the address in use, and of the one that GOLEM_URL or an organizer named."""
    return {origin_of(request.host_url), origin_of(outside_root())} - {None}


class Request(HtmxAwareRequest):
    """What comes in as text holds characters that a page can show, and no others."""

    @cached_property
    def args(self):
        return readable(super().args)

    @cached_property
    def form(self):
        return readable(super().form)


def readable(fields):
    return ImmutableMultiDict([(name, UNREADABLE.sub("", text)) for name, text in fields.items(multi=True)])
