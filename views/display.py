"""How things read on a page: money, days, states, Markdown, and the names of what the rules know by a word."""

import hashlib
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from zoneinfo import available_timezones

import nh3
from babel import Locale, UnknownLocaleError, dates, numbers
from babel.core import get_global
from flask import current_app, g, url_for
from jinja2 import StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from models import (
    ACQUAINTANCES,
    HELP_CLASSES,
    INDUSTRIES,
    INSIDE_HELP,
    N_,
    OUTCOMES,
    _,
    languages,
    plural,
    spoken,
    today,
)

HELP = {
    "good_word": (N_("A good word"), N_("I tell the person who hires what I think of you.")),
    "introduction": (N_("An introduction"), N_("I bring you together with somebody who has a say.")),
    "reference": (N_("A formal reference"), N_("I answer for you in writing, or when they call.")),
    "resume_review": (N_("A résumé review"), N_("We go through yours with this role in mind.")),
    "interview_coaching": (N_("Interview coaching"), N_("We practise what they are likely to ask.")),
    "role_briefing": (N_("A role briefing"), N_("I tell you what the job is really like.")),
}

WORK_MODES = {"on_site": N_("On site"), "hybrid": N_("Hybrid"), "remote": N_("Remote")}

PAY_PERIODS = {"hour": N_("an hour"), "week": N_("a week"), "month": N_("a month"), "year": N_("a year")}

CONNECTIONS = {
    "leaving": N_("I am leaving this job"),
    "works_there": N_("I work there and stay"),
    "knows_of": N_("I know of the opening"),
}

REFERRAL_STATES = {
    "draft": (N_("Draft"), "quiet"),
    "in_review": (N_("In review"), "info"),
    "changes_asked": (N_("Changes asked"), "warn"),
    "published": (N_("On the board"), "ok"),
    "paused": (N_("Paused"), "warn"),
    "expired": (N_("Ran out"), "quiet"),
    "filled": (N_("Filled"), "ok"),
    "withdrawn": (N_("Withdrawn"), "quiet"),
    "rejected": (N_("Turned down"), "stop"),
    "hidden": (N_("Hidden for review"), "warn"),
    "removed": (N_("Removed"), "stop"),
}

CLAIM_STATES = {
    "requested": (N_("Requested"), "info"),
    "changes_asked": (N_("Changes asked"), "warn"),
    "accepted": (N_("Terms ready"), "info"),
    "active": (N_("Active"), "ok"),
    "reported": (N_("Hire reported"), "info"),
    "disputed": (N_("With the organizers"), "warn"),
    "hired": (N_("Hired"), "ok"),
    "settled": (N_("Settled"), "ok"),
    "declined": (N_("Declined"), "quiet"),
    "withdrawn": (N_("Withdrawn"), "quiet"),
    "lapsed": (N_("Lapsed"), "quiet"),
    "released": (N_("Let go"), "quiet"),
    "closed": (N_("Closed"), "quiet"),
    "not_hired": (N_("Not hired"), "quiet"),
    "ended_early": (N_("Ended early"), "quiet"),
    "cancelled": (N_("Cancelled"), "quiet"),
    "expired": (N_("Ran out"), "quiet"),
}

PLEDGE_STATES = {
    "pledged": (N_("Pledged"), "info"),
    "due": (N_("Due"), "warn"),
    "sent": (N_("Sent"), "info"),
    "paid": (N_("Paid"), "ok"),
    "waived": (N_("Waived"), "gift"),
    "void": (N_("Nothing owed"), "quiet"),
}

STEPS = {
    "disclosed": N_("The employer knows that this referral is helped, and what for"),
    "delivered": N_("Given: %(help)s"),
    "received": N_("Received: %(help)s"),
    "applied": N_("Applied for the role"),
    "interviewing": N_("In interviews"),
    "offer": N_("Has an offer"),
}

DECISIONS = {
    "hired": N_("Hired: the terms hold"),
    "not_hired": N_("Not hired: nothing is owed"),
    "ended_early": N_("Ended within the guarantee"),
    "cancelled": N_("Cancelled: the claim ends without a fee"),
}

NAMES = {
    "help": {kind: name for kind, (name, _explained) in HELP.items()},
    "help_explained": {kind: explained for kind, (_name, explained) in HELP.items()},
    "work_mode": WORK_MODES,
    "pay_period": PAY_PERIODS,
    "connection": CONNECTIONS,
    "industry": INDUSTRIES,
    "outcome": OUTCOMES,
    "acquaintance": ACQUAINTANCES,
    "decision": DECISIONS,
    "referral_state": {state: name for state, (name, _tone) in REFERRAL_STATES.items()},
    "referral_tone": {state: tone for state, (_name, tone) in REFERRAL_STATES.items()},
    "claim_state": {state: name for state, (name, _tone) in CLAIM_STATES.items()},
    "claim_tone": {state: tone for state, (_name, tone) in CLAIM_STATES.items()},
    "pledge_state": {state: name for state, (name, _tone) in PLEDGE_STATES.items()},
    "pledge_tone": {state: tone for state, (_name, tone) in PLEDGE_STATES.items()},
}

markdown = MarkdownIt("commonmark", {"html": False}).disable("image")
TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "h3", "h4", "blockquote", "code", "pre", "hr"}


def init(app):
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(_plain, plural, newstyle=True)
    app.jinja_env.filters.update(
        money=money, pay=pay, day=day, moment=moment, iso=iso, prose=prose, named=named, step=step
    )
    app.jinja_env.globals.update(
        icon=icon, static=static, named=named, choices=choices, language=spoken,
        HELP_CLASSES=HELP_CLASSES, INSIDE_HELP=INSIDE_HELP, currency_sign=currency_sign,
    )  # fmt: skip


def named(word, list_name):
    """The name that people read for a word of the rules."""
    return _(NAMES[list_name][word])


def choices(list_name):
    return [(word, _(name)) for word, name in NAMES[list_name].items()]


def step(what):
    name, _colon, kind = what.partition(":")
    return _(STEPS[name], help=named(kind, "help")) if kind else _(STEPS[name])


def money(minor, currency=None):
    """An amount in minor units as people write it, whole amounts without their zeros."""
    currency = currency or g.community.currency
    amount = minor / 10 ** numbers.get_currency_precision(currency)
    text = _format(currency, locale())(amount)
    return text.removesuffix(".00").removesuffix(",00")


def pay(referral):
    """The pay range with its period."""
    low, high = money(referral.pay_min), money(referral.pay_max)
    period = named(referral.pay_period, "pay_period")
    if low == high:
        return _("%(pay)s %(period)s", pay=low, period=period)
    return _("%(low)s to %(high)s %(period)s", low=low, high=high, period=period)


def currency_sign():
    return numbers.get_currency_symbol(g.community.currency, locale=locale())


def day(value):
    """A date, or the date of a moment where the community is."""
    if isinstance(value, datetime):
        value = _local(value).date()
    pattern = "d MMM" if value.year == today().year else "d MMM y"
    return dates.format_date(value, pattern, locale=locale())


def moment(value):
    return dates.format_datetime(_local(value), "d MMM y, HH:mm", locale=locale())


def iso(value):
    return value.isoformat() + ("Z" if isinstance(value, datetime) else "")


def prose(text):
    """Markdown as safe HTML: no images, no scripts, and links that promise nothing to search engines."""
    return Markup(nh3.clean(markdown.render(text), tags=TAGS, link_rel="nofollow ugc noopener"))


def currencies():
    """Every currency in use today as (code, name), by name."""
    return sorted(((code, name) for code, name in _current_currencies()), key=lambda pair: pair[1])


def _current_currencies():
    names = Locale.parse(spoken()).currencies
    return [(code, names[code]) for code in numbers.list_currencies() if code in names and code in _tender()]


@cache
def _tender():
    """The currencies that some territory uses now."""
    territories = get_global("territory_currencies")
    return {entry[0] for entries in territories.values() for entry in entries if entry[2] is None and entry[3]}


def timezones():
    """Every time zone as (name, how people read it)."""
    zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "System")))
    return [(zone, zone.replace("_", " ")) for zone in zones]


def language_names():
    """Every language the site can speak as (code, its own name for itself)."""
    return [(code, Locale.parse(code).get_display_name().capitalize()) for code in languages()]


def icon(name):
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(static("icons.svg"), name)


def static(filename):
    """The address of a static file, with a mark of its content so that browsers may keep it."""
    path = Path(current_app.static_folder) / filename
    return url_for("static", filename=filename, v=_mark(path))


@cache
def _mark(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


@cache
def _format(currency, locale):
    return partial(numbers.format_currency, currency=currency, locale=locale)


def locale():
    """The site's language as it is written where the currency comes from: in Canada a dollar is just $."""
    return _locale(spoken(), g.community.currency)


@cache
def _locale(language, currency):
    try:
        return Locale.parse(f"{language}_{currency[:2]}")
    except UnknownLocaleError:
        return Locale.parse(language)


def _local(value):
    return value.replace(tzinfo=UTC).astimezone(g.community.zone)


def _plain(message):
    return _(message)
