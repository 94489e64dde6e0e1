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
    REPORT_REASONS,
    _,
    language,
    languages,
    now,
    plural,
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
    "collecting": (N_("Being charged"), "info"),
    "action_required": (N_("Seeker has to pay"), "warn"),
    "resting": (N_("Rests"), "info"),
    "releasing": (N_("On its way"), "info"),
    "refunding": (N_("Going back"), "warn"),
    "refunded": (N_("Given back"), "quiet"),
    "charged_back": (N_("Taken back by the bank"), "stop"),
    "review": (N_("Does not fit"), "stop"),
}

# What a line of the ledger is, by the kind of the movement.
MOVEMENTS = {
    "charge": N_("Paid by the seeker"),
    "fee": N_("Card fee, kept by Stripe"),
    "transfer": N_("Sent to the helper"),
    "reversal": N_("Back from the helper"),
    "refund": N_("Given back to the seeker"),
    "refund_failed": N_("Could not be given back"),
    "chargeback": N_("Moved by the seeker's bank"),
}

# Why a payment is in review, by what comes before the colon in its code.
TROUBLES = {
    "amount": N_("The amount that was paid is not the amount that was agreed."),
    "currency": N_("Stripe keeps this money in another currency than the community's."),
    "ledger": N_("Something that our ledger holds is no longer shown by Stripe."),
    "refund_failed": N_("Stripe could not give the money back: the seeker's bank did not take it."),
    "refund": N_("Stripe refused to give the money back."),
    "reverse": N_("Stripe could not take the money back from the helper: it is probably spent."),
    "partial_refund": N_("Part of the money was given back in Stripe's dashboard."),
    "refunded_after_payout": N_("The money was given back in Stripe's dashboard, but the helper still has it."),
    "reversed": N_("The money was taken back from the helper in Stripe's dashboard."),
    "partial_chargeback": N_("The seeker's bank has taken back a part of the money."),
    "two_transfers": N_("The helper was sent money twice."),
    "with_helper": N_("Nothing is owed, but the helper has money of this payment."),
    "gone": N_("Stripe no longer knows the seeker of this payment: somebody has deleted them in the dashboard."),
    "won_late": N_("The bank decided for the community after the payment had been closed."),
    "payout_failed": N_("Stripe could not pay the money out to the helper's bank."),
}

# What keeps card payments from working, and what to do about it.
PROBLEMS = {
    "no_key": (
        N_("There is no key."),
        N_("Whoever runs the site sets STRIPE_SECRET_KEY, and starts the site again."),
    ),
    "wrong_key": (
        N_("Stripe does not accept the key."),
        N_("It may have been withdrawn. Make a new one in Stripe's dashboard, set STRIPE_SECRET_KEY, start again."),
    ),
    "other_mode": (
        N_("The key is for the other mode, test or live, than the one that payments were turned on in."),
        N_("Set the key for the mode that members count on."),
    ),
    "other_account": (
        N_("The key belongs to another Stripe account than the one that payments were turned on with."),
        N_("Set a key of the account that holds the members' payments."),
    ),
    "silent": (
        N_("Stripe has not answered for hours."),
        N_("Look at status.stripe.com, and at this site's way to the internet. Nothing is lost: it goes on by itself."),
    ),
    "not_checked": (N_("Stripe has not been asked yet."), N_("Press “Check now”.")),
    "no_secret": (
        N_("There is no webhook secret."),
        N_("Add a webhook in Stripe's dashboard for the address below, and set STRIPE_WEBHOOK_SECRET to its secret."),
    ),
    "no_charges": (
        N_("The Stripe account cannot take payments yet."),
        N_("Finish its activation in Stripe's dashboard."),
    ),
    "no_connect": (
        N_("The Stripe account cannot pay helpers yet."),
        N_("Turn on Connect in Stripe's dashboard."),
    ),
    "currency": (
        N_("Golem cannot charge cards in the community's currency."),
        N_("Prices can still be settled by hand."),
    ),
    "other_currency": (
        N_("The Stripe account is kept in another currency than the community's."),
        N_("Use a Stripe account in the community's currency."),
    ),
}

# What Stripe asks of a helper, by the last word of the requirement's name.
REQUIREMENTS = {
    "given_name": N_("Your first name"),
    "surname": N_("Your last name"),
    "date_of_birth": N_("Your date of birth"),
    "address": N_("Your address"),
    "email": N_("Your email address"),
    "phone": N_("Your phone number"),
    "default_outbound_destination": N_("The bank account that the money should go to"),
    "tos_acceptance": N_("That you agree to Stripe's terms"),
    "legal_entity_data": N_("Who you are"),
}

SETTLEMENTS = {"offline": N_("By hand, between the two"), "stripe": N_("By card, through Stripe")}

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

QUEUE_KINDS = {
    "application": N_("Application"),
    "review": N_("Review"),
    "report": N_("Report"),
    "dispute": N_("Dispute"),
    "settlement": N_("Stuck payment"),
    "appeal": N_("Appeal"),
    "contact": N_("Employer"),
}

ACTS = {
    "admit": N_("Let in"),
    "turn_down": N_("Turn down"),
    "approve": N_("Approve"),
    "ask_changes": N_("Ask for changes"),
    "reject": N_("Turn down"),
    "uphold": N_("Uphold the report"),
    "dismiss": N_("Dismiss the report"),
    "keep": N_("The action stands"),
    "reverse": N_("Take it back"),
    "answer": N_("Answered"),
    "remind": N_("Remind both sides"),
}

STANDINGS = {
    "applicant": (N_("Applicant"), "info"),
    "declined": (N_("Turned down"), "stop"),
    "new": (N_("New"), "quiet"),
    "member": (N_("Member"), "quiet"),
    "trusted": (N_("Trusted"), "ok"),
}

MEMBER_VERBS = {
    "admit": N_("Let in"),
    "turn_down": N_("Turn down"),
    "trust": N_("Trust"),
    "distrust": N_("Withdraw the trust"),
    "appoint": N_("Make an organizer"),
    "make_owner": N_("Make an owner"),
    "dismiss": N_("Dismiss as organizer"),
}

ACTIONS = {
    "note": N_("Note"),
    "warning": N_("Warning"),
    "posts_held": N_("Postings held for review"),
    "silenced": N_("Silenced: cannot write, post or claim"),
    "suspended": N_("Suspended"),
    "banned": N_("Banned"),
    "hidden": N_("Posting hidden"),
    "removed": N_("Posting removed"),
}

ACTION_STATES = {
    "in_force": (N_("In force"), "warn"),
    "appealed": (N_("Appealed"), "info"),
    "kept": (N_("In force after an appeal"), "warn"),
    "reversed": (N_("Taken back after an appeal"), "ok"),
    "undone": (N_("Taken back"), "ok"),
    "over": (N_("Over"), "quiet"),
}

REPORT_STATES = {
    "open": (N_("Waits"), "info"),
    "upheld": (N_("Upheld"), "ok"),
    "dismissed": (N_("Dismissed"), "quiet"),
}

EMPLOYER_RULES = {
    "fine": N_("Fine"),
    "gifts_only": N_("Gifts only"),
    "no_postings": N_("No postings"),
}

JOINING = {
    "application": N_("By application"),
    "invitation": N_("By invitation only"),
    "open": N_("Open to all"),
    "closed": N_("Closed"),
}

REVIEW = {"all": N_("All"), "new": N_("Those of new members"), "none": N_("None")}

PRICE_CLASSES = {"referral": N_("Referral"), "coaching": N_("Coaching"), "information": N_("Information")}

POLICY = {
    "charging": N_("Prices allowed"),
    "priced_classes": N_("What may have a price"),
    "price_cap": N_("Highest price"),
    "guarantee_days": N_("Guarantee, days"),
    "pro_rata": N_("Pro-rata when a job ends early"),
    "hired_means": N_("Hired means"),
    "joining": N_("Who comes in"),
    "question": N_("Question to applicants"),
    "appeal_days": N_("Days to appeal"),
    "review": N_("Which postings wait for a review"),
    "seats_cap": N_("Most seats of a posting"),
    "open_claims_cap": N_("Most open claims of a seeker"),
    "listing_days": N_("Days on the board"),
    "reminder_days": N_("Reminder, days before"),
    "request_days": N_("Days to answer a request"),
    "changes_days": N_("Days to change a request"),
    "agree_days": N_("Days to agree"),
    "report_days": N_("Days to confirm a hire"),
    "active_days": N_("Days until an active claim runs out"),
    "check_in_days": N_("Check-ins on days"),
    "settle_days": N_("Days to send the money"),
    "settlement": N_("How a price is paid"),
    "fee_percent": N_("The community's share, percent"),
    "fee_cap": N_("The community's share, at most"),
}

FIGURES = {
    "referrals": N_("Postings written"),
    "claims": N_("Claims made"),
    "settled": N_("Claims settled"),
    "hires": N_("Hires"),
    "gifts": N_("Claims for gifts"),
    "price": N_("Price, median"),
    "answer_days": N_("Days to the first answer, median"),
    "desk_days": N_("Days waited at the desk, median"),
    "members": N_("Active members"),
    "joined": N_("Joined"),
    "ended_not_hired": N_("Ended: not hired"),
    "ended_withdrawn": N_("Ended: withdrawn"),
    "ended_declined": N_("Ended: declined"),
    "ended_lapsed": N_("Ended: lapsed"),
    "ended_released": N_("Ended: let go"),
    "ended_closed": N_("Ended: the posting ended"),
    "ended_ended_early": N_("Ended: within the guarantee"),
    "ended_cancelled": N_("Ended: cancelled"),
    "ended_expired": N_("Ended: ran out"),
}

NAMES = {
    "rule": REPORT_REASONS,
    "queue_kind": QUEUE_KINDS,
    "act": ACTS,
    "standing": {state: name for state, (name, _tone) in STANDINGS.items()},
    "standing_tone": {state: tone for state, (_name, tone) in STANDINGS.items()},
    "member_verb": MEMBER_VERBS,
    "action": ACTIONS,
    "action_state": {state: name for state, (name, _tone) in ACTION_STATES.items()},
    "action_tone": {state: tone for state, (_name, tone) in ACTION_STATES.items()},
    "report_state": {state: name for state, (name, _tone) in REPORT_STATES.items()},
    "report_tone": {state: tone for state, (_name, tone) in REPORT_STATES.items()},
    "employer_rule": EMPLOYER_RULES,
    "joining": JOINING,
    "review": REVIEW,
    "price_class": PRICE_CLASSES,
    "policy": POLICY,
    "figure": FIGURES,
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
    "settlement": SETTLEMENTS,
    "movement": MOVEMENTS,
    "trouble": TROUBLES,
    "problem": {code: name for code, (name, _remedy) in PROBLEMS.items()},
    "remedy": {code: remedy for code, (_name, remedy) in PROBLEMS.items()},
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
        money=money,
        amounts=amounts,
        pay=pay,
        day=day,
        moment=moment,
        iso=iso,
        prose=prose,
        named=named,
        step=step,
        month=month,
        age=age,
        link=link,
        since=since,
        calendar_day=calendar_day,
        card_name=card_name,
        requirement=requirement,
    )
    app.jinja_env.globals.update(
        icon=icon,
        static=static,
        named=named,
        choices=choices,
        language=language,
        setting=setting,
        figure=figure,
        HELP_CLASSES=HELP_CLASSES,
        INSIDE_HELP=INSIDE_HELP,
        currency_sign=currency_sign,
    )


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


def amounts(by_currency):
    """Amounts in minor units by their currency, side by side."""
    return ", ".join(money(minor, currency) for currency, minor in by_currency.items()) or money(0)


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
    return dates.format_date(value, "MMM y", locale=locale())


def day(value):
    """A date, or the date of a moment where the community is."""
    if isinstance(value, datetime):
        value = _local(value).date()
    pattern = "d MMM" if value.year == today().year else "d MMM y"
    return dates.format_date(value, pattern, locale=locale())


def age(value):
    """How long ago, in words."""
    return dates.format_timedelta(value - now(), add_direction=True, locale=locale())


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


def prose(text):
    """Markdown as safe HTML: no images, no scripts, and links that promise nothing to search engines."""
    return Markup(nh3.clean(markdown.render(text), tags=TAGS, link_rel="nofollow ugc noopener"))


def currencies():
    """Every currency in use today as (code, name), by name."""
    return sorted(((code, name) for code, name in _current_currencies()), key=lambda pair: pair[1])


def _current_currencies():
    names = Locale.parse(language()).currencies
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


def link(notice):
    """Where a notice leads."""
    if notice.claim_id:
        return url_for("claims.show", id=notice.claim_id)
    if notice.referral_id:
        return url_for("referrals.show", id=notice.referral_id)
    at_desk = notice.kind in ("member.apply", "report.make", "inquiry.write", "action.appeal")
    return url_for("desk.index" if at_desk else "accounts.standing")


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
