"""What follows where an older copy of the database was put back."""

from .base import db
from .sign_ins import OneTimeLink, SignIn


@db.atomic()
def end_all_access():
    """Signs everybody out and ends every link that works once: what the copy holds may have been ended since."""
    SignIn.delete().execute()
    OneTimeLink.delete().execute()
