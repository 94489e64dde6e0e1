"""Where employers reach the organizers without an account. The poster is never named to them."""

from flask import Blueprint, flash, g, redirect, url_for

from models import Inquiry, _

from . import limiter, page, redisplay_on_refusal
from .forms import InquiryForm
from .limits import INQUIRIES

bp = Blueprint("employers", __name__, url_prefix="/employers")


@bp.get("")
def show():
    return page("employers/show.html", form=InquiryForm(g.get("typed")))


@bp.post("")
@redisplay_on_refusal(show)
@limiter.limit(INQUIRIES)
def write():
    Inquiry.write(**InquiryForm.sent().data)
    flash(_("Thank you. An organizer will read this and answer by email."))
    return redirect(url_for(".show"), 303)
