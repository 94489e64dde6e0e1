"""What every answer carries: what the browser may do with the page, what it may keep, and the cookie."""

import hashlib
from urllib.parse import urlsplit

from flask import g, request
from flask.sessions import SecureCookieSessionInterface

YEAR = 365 * 24 * 3600
UNUSED_POWERS = "accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "microphone", "payment", "usb"


class Cookies(SecureCookieSessionInterface):
    """The session in a cookie signed with SHA-256. Over https it never travels without."""

    digest_method = staticmethod(hashlib.sha256)

    def get_cookie_secure(self, app):
        return app.config["GOLEM"].url.startswith("https:") or request.is_secure


def cookie_name(settings, key):
    """At the root of an https site one that no other site can set; elsewhere one that no other Golem has.

    Cookies know no ports: two sites on two ports of one machine send each other's. Below a path of an https site
    browsers at least take it over https alone.
    """
    secure = settings.url.startswith("https:")
    if secure and not settings.prefix:
        return "__Host-golem"
    return f"{'__Secure-' if secure else ''}golem-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def add_headers(app):
    settings = app.config["GOLEM"]
    form_targets = " ".join(["'self'", *hosted_pages(settings)])
    always = {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": ", ".join(f"{power}=()" for power in UNUSED_POWERS),
    }
    if settings.url.startswith("https:"):
        always["Strict-Transport-Security"] = f"max-age={YEAR}"

    @app.after_request
    def protect(response):
        response.headers.update(always)
        response.headers["Content-Security-Policy"] = (
            f"default-src 'self'; script-src 'nonce-{g.get('nonce', '')}'; style-src 'self'; img-src 'self' data:; "
            "require-trusted-types-for 'script'; trusted-types htmx; object-src 'none'; base-uri 'none'; "
            f"frame-ancestors 'none'; form-action {form_targets}"
        )
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store" if is_private() else "private, no-cache")
        return response


def is_private():
    """Whether the answer is for one person only: no browser keeps it, for whoever comes to the machine next."""
    reader = g.get("_login_user")  # Nobody is looked up for an answer that did not ask who reads it.
    signed_in = reader is not None and reader.is_authenticated
    return signed_in or "token" in (request.view_args or {}) or "key" in request.args


def hosted_pages(settings):
    """Where the forms of the payment pages lead on to; nowhere without a key."""
    if not settings.read("STRIPE_SECRET_KEY", ""):
        return []
    if base := settings.read("STRIPE_API_BASE", ""):
        return ["{0.scheme}://{0.netloc}".format(urlsplit(base))]
    return ["https://*.stripe.com"]
