"""Where members write to the organizers without reporting anybody, and read what they answer."""

from flask import Blueprint, flash, g, redirect, url_for
from flask_login import current_user, login_required

from models import Inquiry, Member, _

from . import page, redisplay_on_refusal
from .forms import QuestionForm

bp = Blueprint("organizers", __name__, url_prefix="/organizers")

MOST_SHOWN = 20


@bp.get("")
@login_required
def show():
    return page(
        "organizers/show.html",
        form=QuestionForm(g.get("typed")),
        written=list(Inquiry.of(current_user).limit(MOST_SHOWN)),
        away_until=Member.desk_away_until(),
    )


@bp.post("")
@login_required
@redisplay_on_refusal(show)
def write():
    Inquiry.ask(current_user, QuestionForm.sent().body.data)
    flash(_("Thank you. An organizer will read this, and you will have a notice."))
    return redirect(url_for(".show"), 303)
