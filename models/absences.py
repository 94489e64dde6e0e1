"""Absences: while a member or the whole group is away, the deadlines that wait for them stand still.

A deadline is one moment, `due`, that holds every absence already: it moves when one is said, and by the rest when
somebody comes back early. So nothing has to happen on the day of the return, and no two absences count twice.
"""

from datetime import timedelta

import models

from .base import Invalid, in_days, now
from .i18n import _

LONGEST_ABSENCE = 60  # Days, from its beginning on.
HERE_BETWEEN = 14  # So many days lie between two absences, or they are one: nobody can be waited for without an end.


class MayBeAway:
    """What can be away, from `away_from` until `away_until`; both stay when it is over."""

    @property
    def away(self):
        return self.away_until is not None and self.away_until > now()

    @property
    def back_at(self):
        """When it is here again (UTC): now, where it is not away."""
        return self.away_until if self.away else now()

    def absence_until(self, day):
        """When an absence until this day began, and when it ends (UTC). Raises Invalid for a day that will not do."""
        lately = self.away_until is not None and self.away_until > in_days(-HERE_BETWEEN)
        begun = self.away_from if lately else now()
        if day is None or day <= models.today():
            raise Invalid(until=_("Choose a day that is still to come."))
        if day > models.day_of(begun) + timedelta(days=LONGEST_ABSENCE):
            raise Invalid(
                until=_(
                    "An absence lasts at most %(days)s days, and %(between)s days lie between two.",
                    days=LONGEST_ABSENCE,
                    between=HERE_BETWEEN,
                )
            )
        return begun, models.end_of(day)


def longest_away(members):
    """The community or the one of these members who is away the longest; None where all of them are here."""
    community = models.Community.current()
    away = [one for one in (community, *members) if one and one.away]
    return max(away, key=lambda one: one.away_until, default=None)


def back_at(*members):
    """When the community and all of these members are here again (UTC): now, where they are."""
    longest = longest_away(members)
    return longest.away_until if longest else now()


def time_away(members, since):
    """For how much of the time since then the community or one of these members was away."""
    ones = [one for one in (models.Community.current(), *members) if one and one.away_until]
    counted, end = timedelta(0), since
    for begun, ended in sorted((one.away_from, min(one.away_until, now())) for one in ones):
        counted += max(timedelta(0), ended - max(begun, end))
        end = max(end, ended)
    return counted
