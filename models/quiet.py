"""What has gone quiet at the desk, and one notice from the site about each thing, once a week at most."""

from peewee import CharField, DateTimeField, fn

import models

from .base import Base, Refused, db, in_days, now
from .claims import Claim
from .events import Event, Notice, announce
from .hiding import Hiding
from .i18n import N_, _
from .keeping import WHO_ORGANIZERS, Kept, Until
from .members import ADMITTED, Member
from .pledges import Pledge
from .referrals import Referral
from .verbs import moved_on

QUIET_DAYS = 14  # So long nothing has happened.
LATE_DAYS = 7  # So long somebody has had to pay, or to say that money came.
REMINDER_DAYS = 7  # Between two notices about the same thing.


class Reminder(Base):
    """When the site has reminded people of a thing that had gone quiet. The key is "kind:id"."""

    key = CharField(unique=True)
    at = DateTimeField(default=now)

    kept = Kept(
        N_("When the site has reminded of something quiet"),
        WHO_ORGANIZERS,
        Until(N_("for %(days)s days"), 90, lambda days: Reminder.at < in_days(-days)),
        internal=("key", "at"),
    )

    @classmethod
    def sent(cls, kind, ids):
        """When each of these was reminded of last, by its id."""
        keys = {f"{kind}:{id}": id for id in ids}
        return {keys[row.key]: row.at for row in cls.select().where(cls.key.in_(list(keys)))}

    @classmethod
    def send(cls, organizer, kind, id):
        """Those whose move it is have a notice from the site. Raises NotYours, or Refused where it is not quiet now."""
        with db.atomic():
            organizer.must_be_organizer()
            record = QUIET[kind](organizer).where(NOUNS[kind].id == id).first()
            if record is None:
                raise Refused(moved_on())
            key = f"{kind}:{id}"
            if cls.select().where(cls.key == key, cls.at > in_days(-REMINDER_DAYS)).exists():
                raise Refused(_("The site has reminded of this within the last week."))
            cls.replace(key=key, at=now()).execute()
            event = organizer.did(f"{kind}.nudge", record)
            for member in told(kind, record):
                record.notify(member, event.verb, event=event)


def told(kind, record):
    """Whoever has to move; both sides of a claim where nobody has to in particular."""
    if kind in ("referral", "member"):
        return [record.helper if kind == "referral" else record]
    claim = record if kind == "claim" else record.claim
    parties = [claim.helper, claim.seeker]
    return [party for party in parties if record.waits_for(party)] or parties


def quiet_claims(organizer):
    """Open claims without a word for two weeks, answers owed among them: of those that the organizer may judge."""
    message, since = models.Message, in_days(-QUIET_DAYS)
    events = Event.select(Event.id).where(Event.claim == Claim.id, Event.at > since, Event.verb != "claim.nudge")
    said = message.select(message.id).where(message.claim == Claim.id, message.at > since)
    going_on = Claim.state.in_(("requested", "changes_asked", "accepted", "active", "reported"))
    found = Claim.select(Claim, Referral).join(Referral).where(going_on, Claim.due.is_null(False))
    quiet = (Claim.made_at < since) & ~fn.EXISTS(events) & ~fn.EXISTS(said)
    return found.where(quiet, Claim.judgeable_by(organizer)).order_by(Claim.id)


def unasked_postings(organizer):
    """What has been on the board for two weeks and nobody asked about."""
    asked = Claim.select(Claim.id).where(Claim.referral == Referral.id)
    found = Referral.board(viewer=organizer).where(Referral.published_at < in_days(-QUIET_DAYS), ~fn.EXISTS(asked))
    return found.where(Referral.helper != organizer).order_by(Referral.id)


def absent_members(organizer):
    """Who joined two weeks ago or longer, and has done and read nothing since their first day, as far as is known.

    Whoever is away or kept out, or could not come back yet, is not missed.
    """
    first_day, sign_in = fn.datetime(Member.joined_at, "+1 day"), models.SignIn
    deeds = Event.select(Event.id).where(Event.actor == Member.id, Event.at > first_day)
    read = Notice.select(Notice.id).where(Notice.member == Member.id, Notice.read_at > first_day)
    seen = sign_in.select(sign_in.id).where(sign_in.member == Member.id, sign_in.seen_at > first_day)
    found = Member.select().where(Member.state.in_(ADMITTED), Member.role == "member", Member.due.is_null())
    found = found.where(Member.joined_at < in_days(-QUIET_DAYS), Member.id.not_in(Hiding.owners(organizer)))
    able = ~Member.unconfirmed & (Member.away_until.is_null() | (Member.away_until <= now()))
    found = found.where(able, Member.id.not_in(models.Action.keeping_out()))
    return found.where(~fn.EXISTS(deeds), ~fn.EXISTS(read), ~fn.EXISTS(seen)).order_by(Member.id)


def late_payments(organizer):
    """Money that somebody has had to send, or to say has come, for a week: what waits at the desk is in the queue."""
    lately = Event.select(Event.id).where(
        Event.claim == Pledge.claim, Event.verb.startswith("pledge."), Event.verb != "pledge.nudge"
    )
    lately = lately.where(Event.at > in_days(-LATE_DAYS))
    found = Pledge.select(Pledge, Claim, Referral).join(Claim).join(Referral)
    found = found.where(Pledge.state.in_(("due", "sent", "action_required")), ~Pledge.waits_at_desk)
    running = Claim.state.in_(("hired", "ended_early")) & Claim.frozen_at.is_null()
    return found.where(running, ~fn.EXISTS(lately), Claim.judgeable_by(organizer)).order_by(Pledge.id)


QUIET = {"claim": quiet_claims, "referral": unasked_postings, "member": absent_members, "pledge": late_payments}
NOUNS = {"claim": Claim, "referral": Referral, "member": Member, "pledge": Pledge}

announce(
    "claim.nudge",
    N_("%(actor)s had the site remind of a quiet claim"),
    N_("It has been quiet about “%(title)s”. Write a word, or say how it ended."),
)
announce(
    "referral.nudge",
    N_("%(actor)s had the site remind of a posting that nobody asked about"),
    N_("Nobody has asked about “%(title)s” yet. A clearer text, or more help on offer, may change that."),
)
announce(
    "member.nudge",
    N_("%(actor)s had the site write to a member who has not been back"),
    N_("We would be glad to see you again. Have a look at the board: there may be something for you."),
)
announce(
    "pledge.nudge",
    N_("%(actor)s had the site remind of a payment"),
    N_("The money for “%(title)s” has not arrived yet, as far as the site knows. Please look at it."),
)
