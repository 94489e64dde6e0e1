"""The board: what is open now, and how it all works."""

from flask import Blueprint, request
from flask_login import current_user

from models import HELP_CLASSES, INDUSTRIES, PERIODS, WORK_MODES, Policy, Referral, clean_line

from . import page, paginated
from .forms import minor_units

bp = Blueprint("board", __name__)

PAGE_SIZE = 20
MOST_PAGES = 50
ROUND = (5, 10, 20, 50, 100, 200, 500, 1000)


@bp.get("/")
def index():
    if not current_user.is_authenticated:
        open_now = rounded(Referral.board().limit(ROUND[-1]).count())
        return page("board/front.html", open_now=open_now, policy=Policy.current())
    asked = {name: clean_line(request.args.get(name))[:100] for name in FILTERS}
    found = paginated(Referral.board(**understood(asked), viewer=current_user), PAGE_SIZE, MOST_PAGES)
    return page(
        "board/index.html",
        "results",
        referrals=Referral.with_menus(found.rows),
        asked={name: value for name, value in asked.items() if value},
        total=found.total,
        page=found.number,
        last=found.last,
        most=PAGE_SIZE * MOST_PAGES,
    )


def rounded(count):
    """The count as strangers may read it: rounded down, and 0 for a few or none."""
    return max((step for step in ROUND if step <= count), default=0)


@bp.get("/about")
def about():
    return page("board/about.html", policy=Policy.current())


@bp.get("/who-sees-what")
def who_sees_what():
    """What the group, the organizers and an employer can see: by the settings, and the same for everybody."""
    return page("board/who_sees_what.html", policy=Policy.current())


FILTERS = ("words", "industry", "location", "work_mode", "pay", "pay_period", "help", "gifts")


def understood(asked):
    """The filters as the board takes them; what cannot be understood filters nothing."""
    period = asked["pay_period"] if asked["pay_period"] in PERIODS else "year"
    try:
        pay = minor_units(asked["pay"]) * PERIODS[period] if asked["pay"] else None
    except ValueError:
        pay = None
    return {
        "words": asked["words"],
        "industry": asked["industry"] if asked["industry"] in INDUSTRIES else "",
        "location": asked["location"],
        "work_mode": asked["work_mode"] if asked["work_mode"] in WORK_MODES else "",
        "pay": pay,
        "help": asked["help"] if asked["help"] in HELP_CLASSES else "",
        "gifts": bool(asked["gifts"]),
    }
