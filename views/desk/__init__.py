"""The desk: the organizers' one door. Every room behind it stands under the one guard here."""

from importlib import import_module

from flask import Blueprint, abort
from flask_login import current_user

from models import FactorNeeded, Succession

from ..accounts import signed_out

bp = Blueprint("desk", __name__, url_prefix="/desk")

PAGE_SIZE = 50


def succession_panel():
    """What the panel about owners shows: a proposal that is open, or since when none was here and who could follow."""
    pending = Succession.pending()
    gone_since = None if pending else Succession.gone_since()
    return {"pending": pending, "gone_since": gone_since, "heirs": list(Succession.heirs()) if gone_since else []}


@bp.before_request
def organizers_only():
    if not current_user.is_authenticated:
        return signed_out()
    if not current_user.organizer:
        abort(403)
    if current_user.factor_overdue:
        raise FactorNeeded()


ROOMS = (
    "address",
    "after_owner",
    "beside",
    "clocks",
    "copies",
    "employers",
    "guests",
    "house_rules",
    "handover",
    "insight",
    "invitations",
    "letters",
    "members",
    "money",
    "policy",
    "queue",
    "quiet",
    "reasons",
    "reports",
)

for room in ROOMS:
    import_module(f".{room}", __name__)  # Each hangs its views on the blueprint.
