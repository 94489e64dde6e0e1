"""Writers take turns: one thread of this process at a time, in the order in which they came."""

import gc
import threading
import time
from collections import deque

from peewee import OperationalError

LONGEST_WAIT = 10  # Seconds that a writer waits for its turn,
SHORTEST_WAIT = 1  # and who writes only in passing.
HELD_UP = 2  # Seconds after which whoever has the turn must be waiting for another program.
PATIENT = 4  # How many go on waiting then. The threads of the others are left to those who read.


class Turns:
    """A lock that serves first whoever came first. A thread takes one turn at a time, and leaves it."""

    def __init__(self):
        self._line = deque()  # The first one has its turn.
        self._guard = threading.Lock()

    def take(self, in_passing=False):
        """Returns this thread's turn once it has come. Raises OperationalError where it takes too long.

        Who writes only `in_passing` does not wait for another program.
        """
        turn = _Turn(in_passing)
        with self._guard:
            self._line.append(turn)
            self._call_first()
        try:
            self._wait(turn)
        except BaseException:
            self.leave(turn)
            raise
        return turn

    def leave(self, turn):
        """The turn is over, or no longer waited for; the next one begins."""
        with self._guard:
            self._line.remove(turn)
            self._call_first()

    def _wait(self, turn):
        while not turn.called.is_set():
            with self._guard:
                self._pass_over_the_dead()
                if turn.came <= time.monotonic() - turn.patience or self._too_many_before(turn):
                    raise OperationalError("The database was held up for too long.")
            turn.called.wait(min(1, turn.patience))

    def _pass_over_the_dead(self):
        while not self._line[0].thread.is_alive():
            self._line.popleft()
            gc.collect()  # Its connection is let go of, and so is the database.
            self._call_first()

    def _too_many_before(self, turn):
        return self._line[0].held_up and (turn.in_passing or self._line.index(turn) > PATIENT)

    def _call_first(self):
        if self._line and not self._line[0].called.is_set():
            self._line[0].begun = time.monotonic()
            self._line[0].called.set()


class _Turn:
    def __init__(self, in_passing):
        self.in_passing, self.patience = in_passing, SHORTEST_WAIT if in_passing else LONGEST_WAIT
        self.thread, self.called, self.came = threading.current_thread(), threading.Event(), time.monotonic()
        self.begun, self.writes = None, False

    @property
    def held_up(self):
        """Whether it began a while ago, and the database has not let it write yet."""
        return not self.writes and self.begun < time.monotonic() - HELD_UP
