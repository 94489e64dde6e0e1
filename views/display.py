"""How things read on a page: money, days, Markdown, icons, and what the templates may call."""

import hashlib
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError, dates, numbers
from babel.core import get_global
from flask import current_app, g, url_for
from jinja2 import StrictUndefined
from markupsafe import Markup

from models import HELP_CLASSES, PAYOUT_COUNTRIES, Merchant, _, fold, language, languages, now, plural, today

from .labels import REQUIREMENTS, STEPS, choices, explained, named, tone
from .prose import prose

# Where notices lead that are about no posting and no claim.
LEADS_TO = {
    "clocks.stop": "desk.clocks",
    "member.names": "referrals.index",
    "member.profiles": "accounts.show",
    **dict.fromkeys(("member.apply", "report.make", "inquiry.write", "inquiry.ask", "action.appeal"), "desk.index"),
    "assignment.take_over": "desk.index",
    "inquiry.answer": "organizers.show",
}


def init(app):
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(_plain, plural, newstyle=True)
    app.jinja_env.filters.update(
        money=money,
        amounts=amounts,
        pay=pay,
        in_words=in_words,
        day=day,
        weekday=weekday,
        moment=moment,
        iso=iso,
        prose=prose,
        step=step,
        month=month,
        month_name=month_name,
        time_here=time_here,
        year=year,
        age=age,
        link=link,
        since=since,
        span=span,
        calendar_day=calendar_day,
        card_name=card_name,
        requirement=requirement,
    )
    app.jinja_env.globals.update(
        icon=icon,
        static=static,
        named=named,
        tone=tone,
        explained=explained,
        choices=choices,
        language=language,
        setting=setting,
        HELP_CLASSES=HELP_CLASSES,
        currency_sign=currency_sign,
    )


def step(what):
    name, _colon, kind = what.partition(":")
    return _(STEPS[name], help=named(kind, "help")) if kind else _(STEPS[name])


def money(minor, currency=None):
    """An amount in minor units as people write it, whole amounts without their zeros."""
    currency = currency or g.community.currency
    amount = minor / 10 ** numbers.get_currency_precision(currency)
    text = _format(currency, locale())(amount)
    return text.removesuffix(".00").removesuffix(",00")


def amounts(by_currency):
    """Amounts in minor units by their currency, side by side."""
    return ", ".join(money(minor, currency) for currency, minor in by_currency.items()) or money(0)


def in_words(value, what):
    """A value of one thing in a posting as people read it: `what` is its column, or "prices". Nothing is a dash."""
    if value in (None, "", {}):
        return "–"
    if what in ("pay_min", "pay_max"):
        return money(value)
    if what == "prices":
        return ", ".join(f"{named(kind, 'help')}: {money(price)}" for kind, price in value.items())
    if what == "employer_answers":
        return ", ".join(f"{key}: {in_words(yes, what='')}" for key, yes in value.items())
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return named(value, what) if what in ("industry", "work_mode", "pay_period", "connection") else value


def pay(referral):
    """The pay range with its period."""
    low, high = money(referral.pay_min), money(referral.pay_max)
    period = named(referral.pay_period, "pay_period")
    if low == high:
        return _("%(pay)s %(period)s", pay=low, period=period)
    return _("%(low)s to %(high)s %(period)s", low=low, high=high, period=period)


def currency_sign():
    return numbers.get_currency_symbol(g.community.currency, locale=locale())


def figure(name, value):
    """One figure of the insight page as people read it."""
    if value is None:
        return "–"
    if name == "price":
        return money(int(value))
    return numbers.format_decimal(round(value, 1), locale=locale())


def chart(rows, name):
    """The bars of a chart, 100 high: (x, height, month, figure) for each month; gaps where there is no figure."""
    values = [row.get(name) or 0 for row in rows]
    top = max([*values, 1])
    return [
        (i, round(100 * value / top), row["month"], figure(name, row.get(name)))
        for i, (row, value) in enumerate(zip(rows, values, strict=True))
    ]


def setting(name, value):
    """A value of the policy as people read it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in ("price_cap", "fee_cap"):
        return money(value)
    if name == "settlement":
        return named(value, name)
    if name in ("joining", "review"):
        return named(value, name)
    if name == "priced_classes":
        return ", ".join(named(word, "price_class") for word in value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def month(value):
    if isinstance(value, datetime):
        value = _local(value).date()
    return dates.format_date(value, "MMM y", locale=locale())


def time_here(joined_at):
    """For how long somebody has been a member, in months or years: not to the day."""
    days = max((now() - joined_at).days, 30)
    return dates.format_timedelta(timedelta(days=days), granularity="month", threshold=1, locale=locale())


def month_name(value):
    """The month of a date in full, with its year if that is another one."""
    return dates.format_date(value, "MMMM" if value.year == today().year else "MMMM y", locale=locale())


def year(value):
    """The year of a moment where the community is."""
    return dates.format_date(_local(value).date(), "y", locale=locale())


def day(value):
    """A date, or the date of a moment where the community is."""
    if isinstance(value, datetime):
        value = _local(value).date()
    pattern = "d MMM" if value.year == today().year else "d MMM y"
    return dates.format_date(value, pattern, locale=locale())


def weekday(value):
    """A date with its day of the week, or that of a moment where the community is."""
    if isinstance(value, datetime):
        value = _local(value).date()
    pattern = "EEEE, d MMM" if value.year == today().year else "EEEE, d MMM y"
    return dates.format_date(value, pattern, locale=locale())


def age(value):
    """How long ago, in words."""
    return dates.format_timedelta(value - now(), add_direction=True, locale=locale())


def span(value):
    """How long, in words, whichever way."""
    return dates.format_timedelta(abs(value), locale=locale())


def since(value):
    """How long ago a time as SQL has it was."""
    return age(datetime.fromisoformat(str(value))) if value else ""


def calendar_day(value):
    """A date, always with its year."""
    return dates.format_date(value, "d MMM y", locale=locale())


def card_name(name):
    """`visa 4242` as people know their card."""
    brand, _space, digits = name.rpartition(" ")
    return _("%(brand)s ending in %(digits)s", brand=brand.title() or _("Card"), digits=digits)


def requirement(name):
    """What Stripe still asks for: its own word where it has no better name here."""
    word = name.split(".")[-1]
    return _(REQUIREMENTS[word]) if word in REQUIREMENTS else word.replace("_", " ").capitalize()


def moment(value):
    return dates.format_datetime(_local(value), "d MMM y, HH:mm", locale=locale())


def iso(value):
    return value.isoformat() + ("Z" if isinstance(value, datetime) else "")


def currencies():
    """Every currency in use today as (code, name), by name."""
    return sorted(((code, name) for code, name in _current_currencies()), key=lambda pair: fold(pair[1]))


def _current_currencies():
    names = Locale.parse(language()).currencies
    return [(code, names[code]) for code in numbers.list_currencies() if code in names and code in _tender()]


@cache
def _tender():
    """The currencies that some territory uses now."""
    territories = get_global("territory_currencies")
    return {entry[0] for entries in territories.values() for entry in entries if entry[2] is None and entry[3]}


def countries():
    """Every country in which a helper can be paid as (code, name), by name."""
    names = Locale.parse(language()).territories
    codes = {*PAYOUT_COUNTRIES, Merchant.current().country} - {""}
    return sorted(((code, names[code]) for code in codes), key=lambda pair: fold(pair[1]))


def timezones():
    """Every time zone as (name, how people read it)."""
    zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "System")))
    return [(zone, zone.replace("_", " ")) for zone in zones]


def language_names():
    """Every language the site can speak as (code, its own name for itself)."""
    return [(code, Locale.parse(code).get_display_name().capitalize()) for code in languages()]


def icon(name):
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(static("icons.svg"), name)


def link(notice):
    """Where a notice leads."""
    if notice.claim_id:
        return url_for("claims.show", id=notice.claim_id)
    if notice.referral_id:
        return url_for("referrals.show", id=notice.referral_id)
    if notice.kind in LEADS_TO:
        return url_for(LEADS_TO[notice.kind])
    if notice.kind.startswith("verification."):
        return url_for("verifications.show")
    return url_for("accounts.standing")


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
    return _locale(language(), g.community.currency)


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
