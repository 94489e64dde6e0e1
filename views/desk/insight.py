"""Insight: the community's health by month, as charts with their tables, and as CSV."""

from datetime import timedelta

from flask_login import current_user

from models import SMALLEST_GROUP, _, months, today

from .. import csv_answer, page
from ..display import chart
from ..labels import FIGURES, named
from . import bp


@bp.get("/insight")
def insight():
    rows = last_twelve(months(current_user))
    charts = [(name, chart(rows, name)) for name in FIGURES]
    return page("desk/insight.html", rows=rows, charts=charts, smallest=SMALLEST_GROUP)


def last_twelve(rows):
    """The rows of this month and the eleven before it, quiet months too."""
    known = {row["month"]: row for row in rows}
    wanted = [today().replace(day=1)]
    while len(wanted) < 12:
        wanted.append((wanted[-1] - timedelta(days=1)).replace(day=1))
    return [known.get(month, {"month": month}) for month in reversed(wanted)]


@bp.get("/insight.csv")
def insight_csv():
    headings = [_("Month"), *(named(name, "figure") for name in FIGURES)]
    rows = ([row["month"].strftime("%Y-%m"), *(row.get(name) for name in FIGURES)] for row in months(current_user))
    return csv_answer("insight.csv", headings, rows)
