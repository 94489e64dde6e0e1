"""Serves the site by a clock that the file named in CLOCK sets: seconds by which it is ahead of this machine's.

The sweep comes by several times a second, and a machine is taken to know the time from the start.
"""

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

from golem import create_app
from hosting import server, stopwatch

server.SWEEP_SECONDS, stopwatch.SETTLING_SECONDS = 0.3, 0


def follow(traveller, real, path):
    """The clock is set whenever the file says another number."""
    ahead = None
    while True:
        wanted = float(path.read_text() or 0)
        if wanted != ahead:
            ahead = wanted
            traveller.move_to(datetime.fromtimestamp(real(), UTC) + timedelta(seconds=ahead))
        time.sleep(0.05)


def real_time():
    """This machine's own time, which passes evenly whatever the clock shows."""
    return started + time.clock_gettime(time.CLOCK_BOOTTIME) - ticks


started, ticks = time.time(), time.clock_gettime(time.CLOCK_BOOTTIME)
clock = Path(os.environ["CLOCK"])
with time_machine.travel(started + float(clock.read_text()), tick=True) as traveller:
    threading.Thread(target=follow, args=[traveller, real_time, clock], daemon=True).start()
    server.serve(create_app())
