"""The heartbeat: when this site last ran, and whether its clocks stand still until an organizer says how to go on."""

from datetime import timedelta

from peewee import CharField, DateTimeField

import models

from .base import Base, Refused, db, now
from .events import Event, Notice, announce
from .i18n import N_, _
from .keeping import OF_THE_COMMUNITY, WHO_ORGANIZERS, Kept

BEAT_SECONDS = 60  # One write in so many, at most.
LONGEST_GAP = timedelta(days=1)
LONGEST_STEP_BACK = timedelta(minutes=5)
LONGEST_STEP_AHEAD = timedelta(hours=1)
DAYS_TO_CHOOSE = 3


class Heartbeat(Base):
    """One row, from the first sweep of a community on.

    `beat_at` is when the sweep last came by. While the clocks stand still, `stood_since` is the last time that was
    right, `found_at` when that was noticed, and `why` is "away" or "clock".
    """

    beat_at = DateTimeField(default=now)
    stood_since = DateTimeField(null=True)
    found_at = DateTimeField(null=True)
    why = CharField(default="")

    kept = Kept(
        N_("When the site last ran, and since when its clocks stand still"),
        WHO_ORGANIZERS,
        OF_THE_COMMUNITY,
        internal=("beat_at", "stood_since", "found_at", "why"),
    )

    @classmethod
    def current(cls):
        """The row, or None before the first sweep."""
        return getattr(models.Community.current(), "heartbeat", None)

    @classmethod
    def age(cls):
        """How long ago the sweep last came by; None before the first time. Less than nothing where a clock jumped."""
        heartbeat = cls.current()
        return heartbeat and now() - heartbeat.beat_at

    @classmethod
    def clocks_stand(cls):
        """Whether no deadline may have its default now: neither on a page, nor by the sweep, nor for money."""
        heartbeat = cls.current()
        return heartbeat is not None and bool(heartbeat.stands)

    @classmethod
    def moment(cls):
        """The time that deadlines are held against: now, or while the clocks stand still the last before that."""
        heartbeat = cls.current()
        return heartbeat.since if heartbeat and heartbeat.stands else now()

    @property
    def stands(self):
        """Why the clocks stand still: "away" after a day without the sweep, "clock" where that jumped, else empty."""
        return self.why or self.missed

    @property
    def missed(self):
        gap = now() - self.beat_at
        return "away" if gap > LONGEST_GAP else "clock" if gap < -LONGEST_STEP_BACK else ""

    @property
    def since(self):
        """The last time before the clocks stood still."""
        return self.stood_since or self.beat_at

    @property
    def lost(self):
        """How much time was lost. Less than nothing where the clock was set back."""
        return now() - self.since

    @property
    def gives_back_at(self):
        """When the lost time is given back by itself."""
        return (self.found_at or now()) + timedelta(days=DAYS_TO_CHOOSE)

    # The sweep

    @classmethod
    def beat(cls, step=timedelta(0), settled=True):
        """The sweep comes by. The clocks stop where too much time was missed since the last time, or they jumped.

        `step` is how far this machine's clock moved meanwhile beyond the time that passed. Until the machine is
        `settled`, its clock may still be behind: that is looked at again.
        """
        heartbeat = cls.current()
        if models.Community.current() is None or (heartbeat and heartbeat._is_fresh and not step):
            return
        with db.atomic():
            heartbeat = cls.current() or cls.create()
            if why := heartbeat.missed or ("clock" if cls._too_far(step) else ""):
                if why == "clock" and not settled:
                    return
                heartbeat._stop(why)
            elif heartbeat.why and heartbeat.gives_back_at <= now():
                heartbeat._give_back(None)
            heartbeat.beat_at = now()
            heartbeat.save()

    @property
    def _is_fresh(self):
        return timedelta(0) <= now() - self.beat_at < timedelta(seconds=BEAT_SECONDS)

    @staticmethod
    def _too_far(step):
        return not -LONGEST_STEP_BACK <= step <= LONGEST_STEP_AHEAD

    def _stop(self, why):
        """The clocks stand still from now on. If they do already, there are three days anew to choose."""
        first = not self.why
        self.stood_since, self.found_at, self.why = self.since, now(), why
        if first:
            event = self._log("stop", None)
            for organizer in models.Member.organizers():
                Notice.create(member=organizer, kind=event.verb, event=event, asks=True)

    # What an organizer chooses

    def go_on(self, organizer):
        """The clocks run again: what has passed meanwhile has its default. Raises NotYours or Refused.

        But no owner is replaced by time in which none could come in.
        """
        with db.atomic():
            self._must_be_chosen(organizer)
            self._log("go_on", organizer)
            models.clocks.put_off(self.lost, (models.Succession,))
            self._start()

    def give_back(self, organizer):
        """The clocks run again, and every deadline moves by the time that was lost. Raises NotYours or Refused."""
        with db.atomic():
            self._must_be_chosen(organizer)
            self._give_back(organizer)

    def _must_be_chosen(self, organizer):
        organizer.must_be_organizer()
        self.reload()
        if not self.stands:
            raise Refused(_("The clocks run: nothing is left to choose."))

    def _give_back(self, organizer):
        self._log("give_back" if organizer else "return_time", organizer)
        models.clocks.put_off(self.lost)
        self._start()

    def _start(self):
        self.stood_since, self.found_at, self.why, self.beat_at = None, None, "", now()
        self.save()
        for notice in Notice.asking(Event.verb == "clocks.stop"):
            notice.delete_instance()

    def _log(self, verb, actor):
        """The event says since when the clocks stood, and when that was."""
        before, after = self.since.isoformat(), now().isoformat()
        write = actor.did if actor else Event.create
        return write(f"clocks.{verb}", before=before, after=after)


announce(
    "clocks.stop",
    N_("The clocks stood still: the site was away for a day or longer, or its clock had jumped"),
    N_("The clocks stand still. Please choose at the desk how they go on."),
    logged=True,
)
announce("clocks.go_on", N_("%(actor)s let the clocks go on"))
announce("clocks.give_back", N_("%(actor)s gave the lost time back: every deadline moved"))
announce("clocks.return_time", N_("Nobody chose for three days: every deadline moved by the lost time"), logged=True)
