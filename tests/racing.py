"""People who press at the same moment, each in a thread and on a connection of their own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from models import Refused, db


def at_once(*deeds):
    """All of these are done at the same moment: what each came to, or how it was refused."""
    start = Barrier(len(deeds))

    def do(deed):
        with db.connection_context():
            start.wait()
            try:
                return deed() or "done"
            except Refused as refusal:
                return refusal

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(do, deeds))


def press(record, verb, *who, **typed):
    """What somebody does whose page was read a moment ago."""
    seen = type(record).get_by_id(record.id)
    return lambda: getattr(seen, verb)(*who, **typed)


def through(answers):
    return [answer for answer in answers if answer == "done"]
