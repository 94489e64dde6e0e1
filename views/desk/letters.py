"""Letters at the desk: whether they can be sent, what waits, what failed and why, and a letter to try it out."""

from flask import current_app, flash, redirect, url_for
from flask_login import current_user

from models import Letter, Member, _, with_related

from .. import page, redisplay_on_refusal
from ..letters import must_send_letters
from . import bp

MOST_SHOWN = 30


@bp.get("/letters")
def letters():
    postman, test = current_app.extensions["postman"], Letter.newest_test(current_user)
    return page(
        "desk/letters.html",
        "test_letter",
        etag=test and f"{test.id}-{test.tries}-{test.problem}-{test.sent_at}",
        test=test,
        mailbox=postman.mailbox,
        address=postman.address(),
        waiting=Letter.waiting().count(),
        given_up=with_related(Letter.given_up().limit(MOST_SHOWN), "member"),
        refusing=Member.refusing_letters().limit(MOST_SHOWN),
    )


@bp.post("/letters/test")
@redisplay_on_refusal(letters)
def send_test():
    must_send_letters()
    if Letter.ask("test", current_user.email, current_user):
        flash(_("The test letter is on its way to %(address)s.", address=current_user.email))
    else:
        flash(_("That were several test letters within an hour. Wait a little before the next."), "hint")
    return redirect(url_for(".letters"), 303)
