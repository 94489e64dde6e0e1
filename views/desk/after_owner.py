"""After the owner: where none is here for long, an organizer proposes another, and whoever is against it objects."""

from flask import flash, redirect, request, url_for
from flask_login import current_user

from models import Refused, Succession, _

from .. import as_shown, find_or_404, redisplay_on_refusal
from . import bp
from .queue import index

ANSWERS = ("object", "oppose", "withdraw")


@bp.post("/owner")
@redisplay_on_refusal(index)
def propose_owner():
    number = request.form.get("heir", type=int)
    heir = next((member for member in Succession.heirs() if member.id == number), None)
    if heir is None:
        raise Refused(_("Choose one of the organizers."))
    Succession.propose(current_user, heir)
    flash(_("Proposed. All owners and organizers were told."))
    return redirect(url_for(".index"), 303)


@bp.post(f"/owner/<int:id>/<any({','.join(ANSWERS)}):verb>")
@redisplay_on_refusal(lambda id, verb: index())
def answer_proposal(id, verb):
    succession = as_shown(find_or_404(Succession.select(), Succession.id == id))
    getattr(succession, verb)(current_user, reason=request.form.get("reason", ""))
    flash(_("Done. All owners and organizers were told."))
    return redirect(url_for(".index"), 303)
