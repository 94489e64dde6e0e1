"""What a member sees of their own sign-ins, and of the tries that failed."""

from flask import Blueprint
from flask_login import current_user, login_required

from models import TRY_DAYS, SignInTry

from . import page, paginated

bp = Blueprint("sign_ins", __name__)

PAGE_SIZE = 50


@bp.get("/account/sign-ins")
@login_required
def index():
    return page("sign_ins/index.html", tries=paginated(SignInTry.of(current_user), PAGE_SIZE), days=TRY_DAYS)
