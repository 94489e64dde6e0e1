"""After the owner: where none is here for long, an organizer proposes another, and whoever is against it objects."""

from flask import flash, redirect, request, url_for
from flask_login import current_user

from models import Refused, Succession, _

from .. import as_shown, find_or_404, redisplay_on_refusal
from . import bp

ANSWERS = ("object", "oppose", "withdraw")


def after_owner():
    """What the panel shows: the proposal that is open, or since when no owner was here, and who could be proposed."""
    pending = Succession.pending()
    gone_since = None if pending else Succession.gone_since()
    return {"pending": pending, "gone_since": gone_since, "heirs": list(Succession.heirs()) if gone_since else []}


def desk():
    from .queue import index  # The queue shows the panel.

    return index()


@bp.post("/owner")
@redisplay_on_refusal(desk)
def propose_owner():
    number = request.form.get("heir", type=int)
    heir = next((member for member in Succession.heirs() if member.id == number), None)
    if heir is None:
        raise Refused(_("Choose one of the organizers."))
    Succession.propose(current_user, heir)
    flash(_("Proposed. All owners and organizers were told."))
    return redirect(url_for(".index"), 303)


@bp.post(f"/owner/<int:id>/<any({','.join(ANSWERS)}):verb>")
@redisplay_on_refusal(lambda id, verb: desk())
def answer_proposal(id, verb):
    succession = as_shown(find_or_404(Succession.select(), Succession.id == id))
    getattr(succession, verb)(current_user, reason=request.form.get("reason", ""))
    flash(_("Done. All owners and organizers were told."))
    return redirect(url_for(".index"), 303)
