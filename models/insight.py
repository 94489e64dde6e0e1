"""Insight: how the community is doing, by month, as numbers from which nobody can be told apart."""

from collections import defaultdict
from statistics import median

from .claims import ENDED, Claim
from .community import day_of
from .events import Event
from .visibility import hidden_claims, may_know_event

SMALLEST_GROUP = 5


def months(reader):
    """Returns a row of figures for each month that had any, oldest first. What concerns fewer than five is None.

    What the reader may not know of is not counted.

    Days are medians, money is minor units, members counts those who did something.
    """
    rows = defaultdict(lambda: defaultdict(list))
    known = Event.select().where(may_know_event(reader)).order_by(Event.id)
    for event in known:
        month = day_of(event.at).replace(day=1)
        rows[month]["members"].append(event.actor_id)
        for figure in FIGURES.get(event.verb, ()):
            rows[month][figure].append(1)
        if event.claim_id and event.after == "hired" and event.before != "hired":
            rows[month]["hires"].append(1)
        if event.claim_id and event.after in ENDED and event.after != event.before:
            rows[month]["ended_" + event.after].append(1)
    for name, month, value in (*_answers(known), *_prices(reader), *_desk_waits(known)):
        rows[month][name].append(value)
    return [{"month": month, **_shown(rows[month])} for month in sorted(rows)]


# Which events count towards which figure.
FIGURES = {
    "referral.draft": ("referrals",),
    "claim.request": ("claims",),
    "claim.settle": ("settled",),
    "member.join": ("joined",),
}
MEDIANS = ("answer_days", "price", "desk_days")


def _shown(figures):
    shown = {}
    for name, values in figures.items():
        if name == "members":
            values = {value for value in values if value}
        if name in MEDIANS:
            shown[name] = median(values) if len(values) >= SMALLEST_GROUP else None
        else:
            shown[name] = len(values) if len(values) >= SMALLEST_GROUP else None
    return shown


def _answers(known):
    """Days from a request to its first answer."""
    asked = {}
    answers = ("claim.accept", "claim.decline", "claim.ask_changes")
    for event in known.where(Event.verb.in_(("claim.request", *answers))):
        if event.verb == "claim.request":
            asked[event.claim_id] = event.at
        elif event.claim_id in asked:
            since = asked.pop(event.claim_id)
            yield "answer_days", day_of(since).replace(day=1), (event.at - since).total_seconds() / 86400


def _prices(reader):
    for claim in Claim.select(Claim.made_at, Claim.total).where(Claim.id.not_in(hidden_claims(reader))):
        month = day_of(claim.made_at).replace(day=1)
        yield ("price", month, claim.total) if claim.total else ("gifts", month, 1)


def _desk_waits(known):
    """Days that something waited at the desk, from when it came to when an organizer had dealt with it."""
    came = {}
    ends = {
        "referral.submit": "referral_id",
        "member.apply": "member_id",
        "claim.contest": "claim_id",
        "claim.dispute": "claim_id",
        "report.make": "number",
    }
    done = {
        "referral.approve": "referral.submit",
        "referral.reject": "referral.submit",
        "referral.ask_changes": "referral.submit",
        "member.admit": "member.apply",
        "member.turn_down": "member.apply",
        "claim.decide": "claim.dispute",
        "report.uphold": "report.make",
        "report.dismiss": "report.make",
    }
    for event in known.where(Event.verb.in_([*ends, *done])):
        kind = done.get(event.verb, event.verb).replace("contest", "dispute")
        key = (kind, getattr(event, ends[kind]))
        if event.verb in ends:
            came[key] = event.at
        elif key in came:
            since = came.pop(key)
            yield "desk_days", day_of(since).replace(day=1), (event.at - since).total_seconds() / 86400
