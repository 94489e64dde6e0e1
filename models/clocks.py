"""The sweep: what happens by default when a deadline passes."""

from datetime import timedelta

from .actions import Action
from .base import count_each, db, now
from .claims import BOUND, WAITING, Claim
from .community import Community
from .handovers import Handover
from .heartbeat import Heartbeat
from .invitations import Invitation
from .members import Member
from .own_data import BATCH
from .pledges import Pledge
from .referrals import Referral
from .verification import Verification

NOUNS = (Referral, Claim, Pledge, Action, Invitation, Handover, Verification, Member)


def keep_time(step=timedelta(0), settled=True):
    """The heartbeat, and then the sweep. Returns how many records were overdue.

    `step` and `settled` are what `Heartbeat.beat` takes.
    """
    db.forget()  # An organizer may have chosen meanwhile.
    Heartbeat.beat(step, settled)
    return sweep()


def sweep():
    """Runs every overdue deadline of all records that have one. What is past its time is for `purge`.

    Returns how many records were overdue, none while the clocks stand still. Running it twice does nothing more.
    """
    if Heartbeat.clocks_stand():
        return 0
    Member.let_unconfirmed_go()
    Member.settle_the_accepted_in()
    Referral.renew_review_clocks()
    overdue = [record for noun in NOUNS for record in noun.overdue()]
    for record in overdue:
        record.catch_up()
    close_down()
    return len(overdue)


def put_off(delay):
    """Every deadline that runs moves by so much. The caller has begun a transaction."""
    for noun in NOUNS:
        for record in list(noun.running()):
            record.put_off(delay)


def overdue_count():
    """How many deadlines have passed that have not had their default yet."""
    counts = count_each(**{noun.noun: noun.select().where(noun.due <= now()) for noun in NOUNS})
    return sum(counts.values())


def close_down():
    """In a community that was closed, claims that nobody was hired by end; once it is over, its accounts do."""
    community = Community.current()
    if community is None or not community.closed:
        return
    for claim in list(Claim.select().where(Claim.state.in_((*WAITING, *BOUND))).limit(BATCH)):
        claim.end_without_fee()
    if community.over:
        Member.update(due=now()).where(Member.state != "former", Member.due.is_null()).execute()
