"""The sweep: every clock in the house."""

from .actions import Action
from .claims import Claim
from .members import Invitation
from .pledges import Pledge
from .referrals import Referral


def sweep():
    """Every clock that has run out has its say, whoever is or is not looking. Returns how many there were."""
    overdue = [record for noun in (Referral, Claim, Pledge, Action, Invitation) for record in noun.overdue()]
    for record in overdue:
        record.catch_up()
    return len(overdue)
