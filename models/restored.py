"""What follows where an older copy of the database was put back."""

from .base import db
from .letters import Letter
from .links import OneTimeLink
from .passkeys import Challenge
from .sign_ins import PendingSignIn, SignIn


@db.atomic()
def end_all_access():
    """Signs everybody out and ends every link that works once: what the copy holds may have been ended since.

    Letters that wait in the copy are dropped: they may have been sent since.
    """
    SignIn.delete().execute()
    OneTimeLink.delete().execute()
    PendingSignIn.delete().execute()
    Challenge.delete().execute()
    Letter.drop_waiting()
