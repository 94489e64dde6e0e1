"""How much somebody may write in an hour and in a day: plenty for people, and little for a script."""

import math
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from .base import Refused, now
from .i18n import _, ngettext

MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60


class TooOften(Refused):
    """Something was done more often than people do it. `wait` is in how many seconds it may be done again."""

    def __init__(self, wait):
        self.wait = max(1, math.ceil(wait))
        super().__init__(_("That was tried too often. Wait %(time)s, then try again.", time=in_words(self.wait)))


def in_words(seconds):
    """So many seconds as people say it, never shorter than it is."""
    if seconds < 2 * MINUTE:
        return ngettext("%(num)s second", "%(num)s seconds", seconds)
    if seconds < 2 * HOUR:
        return ngettext("%(num)s minute", "%(num)s minutes", math.ceil(seconds / MINUTE))
    return ngettext("%(num)s hour", "%(num)s hours", math.ceil(seconds / HOUR))


@dataclass(frozen=True)
class Quota:
    """How many rows one member may make in any hour and in any day."""

    an_hour: int
    a_day: int

    def check(self, rows, at):
        """Raises TooOften where `rows`, those that the member has made, leave no room for another.

        `at` is the column that says when a row was made. Within the transaction that makes the row, two presses at
        once cannot both have the last place.
        """
        if wait := self.wait(rows, at):
            raise TooOften(wait)

    def wait(self, rows, at):
        """In how many seconds there is room for another row; 0 where there is now, or where quotas are lifted."""
        return 0 if _lifted else max(self._until(rows, at, *limit) for limit in self._limits)

    @property
    def _limits(self):
        return (self.an_hour, HOUR), (self.a_day, DAY)

    @staticmethod
    def _until(rows, at, count, seconds):
        """In how many seconds the newest rows of so long a time are fewer than `count`."""
        present = now()
        recent = rows.select(at).where(at > present - timedelta(seconds=seconds), at <= present)
        oldest = recent.order_by(at.desc()).limit(1).offset(count - 1).scalar()
        return (oldest - present).total_seconds() + seconds if oldest else 0


MESSAGES = Quota(an_hour=60, a_day=250)
DRAFTS = Quota(an_hour=20, a_day=60)
CLAIMS = Quota(an_hour=20, a_day=60)
REPORTS = Quota(an_hour=10, a_day=30)
DOUBTED_REPORTS = Quota(an_hour=2, a_day=4)  # Of a member whose reports were mostly dismissed.
HIDINGS = Quota(an_hour=2, a_day=4)  # Of postings that are hidden at once on one member's word.
INVITATIONS = Quota(an_hour=40, a_day=100)
INQUIRIES = Quota(an_hour=5, a_day=10)
BESIDE = Quota(an_hour=10, a_day=30)
CHECKS = Quota(an_hour=5, a_day=10)

_lifted = False


def lift_quotas(lifted=True):
    """Whether this process goes without quotas: one that serves only tests, or tells the story of the demo."""
    global _lifted
    _lifted = lifted


@contextmanager
def without_quotas():
    """Within, nothing is too much: the demo tells in a minute what has taken its people months."""
    before = _lifted
    lift_quotas()
    yield
    lift_quotas(before)
