"""Beside a person: an organizer fills in a posting or a request together with a member who sits next to them."""

from flask import abort, g
from flask_login import current_user

from models import Beside, Policy, Referral, Sight

from .. import find_or_404, page, paginated, redisplay_on_refusal
from ..beside import shown
from ..forms import ClaimForm, ReferralForm
from . import PAGE_SIZE, bp
from .members import find


def find_beside(id):
    """The member with whom this organizer may fill something in; to others the page says why not."""
    member = find(id)
    if Beside.obstacle(current_user, member):
        abort(403)
    return member


def readable(member):
    """Returns a query for the postings on the board that the organizer and the member can both read."""
    return Referral.board(viewer=member).where(Referral.id.in_(Referral.visible_to(current_user).select(Referral.id)))


@bp.get("/members/<int:id>/beside")
def beside(id):
    member = find_beside(id)
    shown = paginated(readable(member).where(Referral.helper != member), PAGE_SIZE)
    postings = [(referral, Sight.of_stranger(referral)) for referral in shown.rows]
    return page("desk/beside.html", member=member, postings=postings, page=shown.number, last=shown.last)


@bp.get("/members/<int:id>/beside/posting")
def beside_posting(id):
    form = ReferralForm(g.get("typed"))
    questions, policy = form.questions(), Policy.current()
    return page("desk/beside_posting.html", member=find_beside(id), form=form, questions=questions, policy=policy)


@bp.post("/members/<int:id>/beside/posting")
@redisplay_on_refusal(beside_posting)
def post_beside(id):
    made, code = Beside.posting(current_user, find(id), **ReferralForm.sent().columns())
    return shown(made, code)


@bp.get("/members/<int:id>/beside/request/<int:referral>")
def beside_request(id, referral):
    member = find_beside(id)
    posting = find_or_404(readable(member), Referral.id == referral)
    sight, form = Sight.of_stranger(posting), ClaimForm(g.get("typed"))
    return page("desk/beside_request.html", member=member, referral=posting, sight=sight, form=form)


@bp.post("/members/<int:id>/beside/request/<int:referral>")
@redisplay_on_refusal(beside_request)
def request_beside(id, referral):
    member, form = find_beside(id), ClaimForm.sent()
    posting = find_or_404(readable(member), Referral.id == referral)
    made, code = Beside.request(current_user, member, posting, form.note.data, form.help.data)
    return shown(made, code)
