"""The sweep: what happens by default when a deadline passes."""

from datetime import timedelta

from .absences import time_away
from .actions import Action
from .base import count_each, db, now, with_related
from .beside import Beside
from .claims import BOUND, WAITING, Claim
from .community import Community
from .handovers import Handover
from .heartbeat import Heartbeat
from .invitations import Invitation
from .members import Member
from .own_data import BATCH
from .pledges import Pledge
from .referrals import Referral
from .successions import Succession
from .verification import Verification

NOUNS = (Referral, Claim, Pledge, Action, Invitation, Handover, Succession, Verification, Beside, Member)


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


def put_off(delay, nouns=NOUNS):
    """Every deadline of these that runs moves by so much, and so does an owner's time to be seen.

    The caller has begun a transaction.

    What stood still for a part of that time, because somebody was away, has that part already.
    """
    since = now() - delay
    Community.put_off_owner(delay)
    for noun in nouns:
        for record in list(noun.running()):
            awaited = record.awaited()
            record.put_off(delay - time_away(awaited, since) if awaited is not None else delay)


def stand_still(who, until):
    """A member or the community is away until then, or back: each deadline that waits for them moves by as much.

    Now is to be back. The caller has begun a transaction, and keeps the absence afterwards.
    """
    for record in waiting_for(who):
        others = [one.back_at for one in (Community.current(), *record.awaited()) if one != who]
        record.put_off(max([until, *others]) - max([who.back_at, *others]))


def waiting_for(who):
    """The records with a running deadline that waits for this member, or for anybody where `who` is the community."""
    everybody = isinstance(who, Community)
    found = {noun: noun.running().where(noun.due > now()) for noun in (Claim, Pledge, Handover)}
    found[Action] = Action.running()
    if everybody:
        found[Succession] = Succession.running()
    else:
        mine = (Claim.helper == who) | (Claim.seeker == who)
        found[Claim] = found[Claim].where(mine)
        found[Pledge] = found[Pledge].where(Pledge.claim.in_(Claim.select(Claim.id).where(mine)))
        found[Handover] = found[Handover].where(Handover.to == who)
        found[Action] = found[Action].where(Action.member == who)
    records = with_related((record for query in found.values() for record in query), "claim", "to", "member")
    claims = [record for record in records if isinstance(record, Claim)]
    claims += [record.claim for record in records if isinstance(record, Pledge)]
    with_related(claims, "helper", "seeker", "reported_by")
    awaited = ((record, record.awaited()) for record in records)
    return [record for record, members in awaited if members is not None and (everybody or who in members)]


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
