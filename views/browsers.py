"""Browsers: what they are called, about where they are, and which ones a member has signed in with before."""

from flask import after_this_request, current_app, request, session
from flask_login import current_user, user_logged_in

from models import KNOWN_DAYS, KnownBrowser, SignInTry, _

from .addresses import client_address

# By what a browser calls itself, which names those that it would like to be taken for as well: the first counts.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def init(app):
    user_logged_in.connect(note_success, app)


def in_words(user_agent):
    """What people call a browser that calls itself so, such as “Firefox on Windows”."""
    browser, system = (first_name(names, user_agent) for names in (BROWSERS, SYSTEMS))
    if browser and system:
        return _("%(browser)s on %(system)s", browser=browser, system=system)
    return browser or system or _("Unknown browser")


def first_name(names, user_agent):
    return next((name for part, name in names if part in user_agent), "")


def about_where(network):
    """The first half of an address and a bit: enough to tell one's home from elsewhere, and no more."""
    mark = ":" if ":" in network else "."
    parts = network.split(mark)
    return mark.join([*parts[:3], "x"]) if len(parts) > 3 else ""


def this_browser():
    """What is kept of the browser that asks now."""
    return {"browser": in_words(request.user_agent.string), "network": about_where(client_address())}


def note_success(_app, user):
    SignInTry.note_success(user, **this_browser())
    remember_browser(user)


def note_failure(email):
    """Returns the id of the member who has this address, or None."""
    return SignInTry.note_failure(email, **this_browser())


# The cookie by which a browser is known


def cookie_name():
    return f"{current_app.config['SESSION_COOKIE_NAME']}-known"


def known_token():
    return request.cookies.get(cookie_name(), "")[:100]


def known_number(email):
    """The number by which the browser that asks now is known to the member with this address, or None."""
    known = KnownBrowser.find(email, known_token())
    return known and known.id


def remember_browser(member=current_user):
    """The browser that asks now is known to the member. On a computer that others use as well, nothing stays."""
    if not session.permanent:
        return
    token = KnownBrowser.remember(member, known_token())
    settings = current_app.session_interface

    @after_this_request
    def give(response):
        response.set_cookie(
            cookie_name(),
            token,
            max_age=KNOWN_DAYS * 24 * 3600,
            path=settings.get_cookie_path(current_app),
            secure=settings.get_cookie_secure(current_app),
            httponly=True,
            samesite="Lax",
        )
        return response
