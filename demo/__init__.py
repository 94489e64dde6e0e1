"""The demo: fills an empty community with a believable neighbourhood, by the very verbs that people use."""

import random
import time

from models import Community, Member, Referral, Refused, _, db, without_quotas

from .casting import NEIGHBOURHOOD
from .clock import play
from .crowd import gather
from .library import PEOPLE
from .plots import HELPER, ORGANIZER, OWNER, SEEKER
from .town import COMMUNITY, PASSWORD, Town

SEED = 416

# Whom one can sign in as, and what each of them finds.
GUESTS = {
    "helper": (
        HELPER,
        "requests to answer, a hire to confirm, money on its way, a posting to renew, a lively thread, "
        "a posting that comes up in a few days",
    ),
    "seeker": (
        SEEKER,
        "terms to agree to, a request to change, a place in line, the same thread from the other side, "
        "a draft that gives her away",
    ),
    "organizer": (
        ORGANIZER,
        "applications, one of somebody who may be banned, postings to review, an edit among them, reports, disputes, "
        "an appeal, stuck payments, letters from an employer and a member, "
        "but not the posting of somebody who leaves her own employer",
    ),
}

COLLEAGUE, OWNS = (next(person for person in PEOPLE if person.name == name) for name in ("Oona Rafferty", OWNER))


def fill(referrals=NEIGHBOURHOOD):
    """An empty community becomes a neighbourhood with half a year of history; yields what there is to say.

    What goes beyond its 150 `referrals` is made in bulk. Raises Refused where somebody has begun already.
    """
    if Community.current() or Member.select().exists():
        raise Refused(_("Somebody lives here already. The demo only moves into an empty folder: name another one."))
    rng = random.Random(SEED)
    yield f"{COMMUNITY['name']}: {timed(settle, rng)}"
    if referrals > NEIGHBOURHOOD:
        yield f"and the crowd: {timed(gather, referrals - NEIGHBOURHOOD, rng)}"
    for part, (name, finds) in GUESTS.items():
        person = next(person for person in PEOPLE if person.name == name)
        yield f"{part:>10}: {person.email}, password {PASSWORD}"
        yield f"{'':12}{name} finds {finds}."
    yield f"{'colleague':>10}: {COLLEAGUE.email}, with the same password"
    yield f"{'':12}{COLLEAGUE.name} works where {HELPER} does, and finds nothing of her."
    yield f"{'owner':>10}: {OWNS.email}, with the same password"
    yield f"{'':12}{OWNS.name} has nobody beside her yet, and finds the handover sheet and people whom she invited."


def settle(rng):
    """The believable part: everybody's story, told by the models' own verbs."""
    with without_quotas():
        play(Town(rng).deeds())


def timed(make, *what):
    """Does it in one transaction, and says how many there are now and how long it took."""
    started = time.monotonic()
    with db.atomic():
        make(*what)
    members, referrals = Member.select().count(), Referral.select().count()
    return f"{members} members and {referrals:,} referrals, in {time.monotonic() - started:.0f} seconds."
