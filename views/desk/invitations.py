"""The invitations of all members at the desk: who made them, what became of them, and ending one."""

from flask import flash, redirect, request, url_for
from flask_login import current_user

from models import Invitation, _

from .. import as_shown, find_or_404, page, paginated, redisplay_on_refusal
from . import PAGE_SIZE, bp


@bp.get("/invitations")
def invitations():
    shown = paginated(Invitation.at_desk(), PAGE_SIZE)
    return page("desk/invitations.html", "invitations", invitations=shown.rows, page=shown.number, last=shown.last)


@bp.post("/invitations/<int:id>/end")
@redisplay_on_refusal(lambda id: invitations())
def end_invitation(id):
    invitation = as_shown(find_or_404(Invitation.select(), Invitation.id == id))
    invitation.end(current_user, reason=request.form.get("reason"))
    flash(_("The invitation has ended. Whoever made it was told."))
    return redirect(url_for(".invitations"), 303)
