"""A stopwatch beside this machine's clock: it tells when that clock was set."""

import time
from datetime import timedelta

from models import now

SETTLING_SECONDS = 600  # A machine without a clock of its own sets it some time after it has started.


class Stopwatch:
    def __init__(self):
        self.started = self.ticks, self.time = ticks(), now()

    @property
    def settled(self):
        """Whether this process has run long enough for the machine to know the time."""
        return ticks() - self.started[0] >= SETTLING_SECONDS

    def step(self):
        """How far the machine's clock has moved since the last look beyond the time that has passed."""
        before, moment = self.ticks, self.time
        self.ticks, self.time = ticks(), now()
        return self.time - moment - timedelta(seconds=self.ticks - before)


def ticks():
    """Seconds that pass evenly, whatever the clock is set to, and also while the machine sleeps where it can tell."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()
