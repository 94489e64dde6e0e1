"""How often something may be tried from one network or at one account. Whoever has to wait is told how long.

All of it is kept in memory: a restart forgets it. What members write is counted in the database: models/quotas.py.
"""

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass

from flask_limiter import Limiter
from limits import parse

import journal
from models import Refused, TooOften

from . import browsers
from .addresses import client_address

MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60

# From one address, or one /64 of IPv6, which a library full of people may share.
FAILED_GUESSES = "200 per 10 minutes"
JOINS = "200 per hour"
INQUIRIES = "20 per hour"
SETUPS = "30 per hour"
LINKS_USED = "100 per hour"
LETTERS = "100 per hour; 300 per day"
PASSKEYS = "300 per hour"

# At one account: so many guesses fail without a pause, then each pause is twice as long as the one before.
FREE_GUESSES = 5
FIRST_PAUSE = 30
LONGEST_PAUSE = HOUR
FORGOTTEN_AFTER = DAY
MOST_ACCOUNTS = 10_000
LONGEST_ADDRESS = 254


def refuse(breached):
    raise TooOften(breached.window.reset_time - time.time())


limiter = Limiter(client_address, storage_uri="memory://", on_breach=refuse)
asking_for_letters = limiter.shared_limit(LETTERS, scope="letters")  # Whatever the letters are about.


@dataclass(frozen=True)
class Failures:
    """How many guesses at an account have failed since the last that did not, and when the last was made."""

    count: int = 0
    at: float = 0

    @property
    def pause(self):
        over = self.count - FREE_GUESSES
        return min(FIRST_PAUSE * 2 ** min(over, 20), LONGEST_PAUSE) if over >= 0 else 0

    @property
    def wait(self):
        """In how many seconds the next guess may be made. A clock that was set back lets nobody wait for longer."""
        return max(0, min(self.pause, self.at + self.pause - time.time()))


class Guesses:
    """The guesses at each account that failed, of at most so many accounts."""

    def __init__(self):
        self._lock, self._failures = threading.Lock(), {}

    def wait_for(self, account):
        """In how many seconds somebody may try this account again; 0 where it is now."""
        with self._lock:
            return self._of(account).wait

    def begin(self, account):
        """A guess is made. It counts as one that failed until it is known to be right. Raises TooOften."""
        if account is None:
            return
        with self._lock:
            failures = self._of(account)
            if failures.wait:
                raise TooOften(failures.wait)
            self._failures[account] = Failures(failures.count + 1, time.time())
            self._make_room()

    def succeeded(self, account):
        with self._lock:
            self._failures.pop(account, None)

    def take_back(self, account):
        """The guess was neither right nor wrong: something else was in its way."""
        if account is None:
            return
        with self._lock:
            failures = self._of(account)
            self._failures[account] = Failures(max(0, failures.count - 1), failures.at)

    def forget(self):
        with self._lock:
            self._failures.clear()

    def _of(self, account):
        failures = self._failures.get(account, Failures())
        return failures if abs(time.time() - failures.at) < FORGOTTEN_AFTER else Failures()

    def _make_room(self):
        """The accounts that have failed least, and longest ago, are forgotten first."""
        if len(self._failures) > MOST_ACCOUNTS:
            ranked = sorted(
                self._failures, key=lambda account: (self._failures[account].pause, self._failures[account].at)
            )
            for account in ranked[: MOST_ACCOUNTS // 10]:
                del self._failures[account]


guesses = Guesses()


@contextmanager
def guessing(email="", what="password"):
    """Within, somebody tries a password, or a code, of the account with this address, whether or not there is one.

    A Refused that comes out of it is a guess that failed, and only those count; the member finds it among their
    sign-ins. Raises TooOften before it where too many have failed, at this account or from this network. Whoever comes
    with a browser that has signed in to the account before is counted apart: strangers cannot shut them out.

    A code is counted apart from the password, which whoever tries a code knows. Without an address only the network
    counts: whose a passkey is shows only afterwards.
    """
    email = email.strip().lower()[:LONGEST_ADDRESS]
    account = account_here(email, what)
    must_not_be_spent(FAILED_GUESSES, "guesses", client_address())
    guesses.begin(account)
    try:
        yield
    except Refused:
        spend(FAILED_GUESSES, "guesses", client_address())
        journal.note("guess", of=what, account=browsers.note_failure(email))
        raise
    except BaseException:
        guesses.take_back(account)
        raise
    guesses.succeeded(account)


def account_here(email, what):
    """By what guesses at this account are counted in the browser that asks now; None where they are not."""
    if not email or not limiter.enabled:
        return None
    return (email, what, browsers.known_number(email))


def must_not_be_spent(limit, what, whose):
    """Raises TooOften where nothing is left of this limit."""
    limit = parse(limit)
    if limiter.enabled and not limiter.limiter.test(limit, what, whose):
        raise TooOften(limiter.limiter.get_window_stats(limit, what, whose).reset_time - time.time())


def spend(limit, what, whose):
    if limiter.enabled:
        limiter.limiter.hit(parse(limit), what, whose)
