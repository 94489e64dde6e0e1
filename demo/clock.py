"""The demo's time: what people did is played in order, each deed at its moment, and the clocks run in between."""

from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from operator import itemgetter

from models import Event, Notice, base, db, now, sweep

MORNING, EVENING = time(7, 40), time(21, 50)

# Asked before every deed, and so in plain SQL: it is a fifth faster.
NEXT_DUE = """
    SELECT min(due) FROM (SELECT due FROM referral UNION ALL SELECT due FROM claim UNION ALL SELECT due FROM pledge)
    WHERE due > ?
"""


@contextmanager
def at(moment):
    """Inside, the site believes that it is `moment`, which is UTC without a zone."""
    wall, base.clock = base.clock, lambda: moment.replace(tzinfo=UTC)
    try:
        yield
    finally:
        base.clock = wall


def play(deeds):
    """Every deed, a pair of a moment and what to do then, happens as if it were that moment, up to the present."""
    deeds = sorted(deeds, key=itemgetter(0))
    end, told, seen = now(), deeds[0][0], 0
    for moment, do in deeds:
        run_clocks(told, moment)
        with at(moment):
            do()
            seen = leave_read(seen)
        told = moment
    run_clocks(told, end)


def run_clocks(told, until):
    """Every clock that runs out on the way from one moment to the next has its say when it does."""
    while (told := next_due(told)) and told <= until:
        with at(told):
            sweep()


def next_due(after):
    due = db.execute_sql(NEXT_DUE, [str(after)]).fetchone()[0]
    return datetime.fromisoformat(due) if due else None


def leave_read(seen):
    """Who has done something had its page open, and so has read what they were told about it."""
    for event in Event.select().where(Event.id > seen).order_by(Event.id):
        if event.actor:
            Notice.read(event.actor, referral=event.referral, claim=event.claim)
        seen = event.id
    return seen


def moments(days_ago, zone, rng):
    """A moment for each of these days, in the waking hours of `zone`, in order and never in the future."""
    present = now().replace(tzinfo=UTC).astimezone(zone)
    found = [waking_moment(present, present.date() - timedelta(days=ago), rng) for ago in days_ago]
    return sorted(moment.astimezone(UTC).replace(tzinfo=None) for moment in found)


def waking_moment(present, day, rng):
    start = datetime.combine(day, MORNING, present.tzinfo)
    end = datetime.combine(day, EVENING, present.tzinfo)
    if end > present:
        end = present - timedelta(minutes=2)
        start = min(start, end - timedelta(hours=3))
    return start + (end - start) * rng.random()
