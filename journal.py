"""The administrators' log, on stderr: sign-ins, refusals, limits, links, changes of roles and settings, and faults.

A line is made of `name=value`. A value that is more than one plain word is quoted as in JSON, so that nothing that
comes from outside begins a line of its own. Never in it: what somebody wrote, a token, a password, an address of mail.
"""

import json
import logging
import re
import sqlite3
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
PLAIN = re.compile(r"[\w.:/+-]+", re.ASCII)
LONGEST_VALUE = 2000

log = logging.getLogger("golem.journal")
_request = ContextVar("request")


def begin(**about):
    """From now on each line of this thread says this as well: which request it is, and where it comes from."""
    _request.set(about)


def note(what, **about):
    """Writes a line. What is None or empty is left out."""
    log.info(line(time=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), what=what, **{**_request.get({}), **about}))


def note_fault(problem, **about):
    """Writes a line on where an exception came from."""
    note("fault", **about, **facts_of(problem))


def to_stderr():
    """From now on the process writes its log to stderr, and no exception in it with more than its `facts_of`."""
    handler = logging.StreamHandler()
    handler.setFormatter(Discreet("%(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


class Discreet(logging.Formatter):
    """Writes log records, and of their exceptions what the journal would.

    What the server says of a request ends before the address of its page, which may hold a token, or a new line.
    """

    def formatMessage(self, record):
        text = super().formatMessage(record)
        return text.partition(" /")[0] if record.name.startswith("waitress") else text

    def formatException(self, info):
        return line(**facts_of(info[1]))


def facts_of(problem):
    """What an exception is and where it came from. Its message is left out, for it may repeat what somebody typed."""
    steps = [
        f"{short(step.filename)}:{step.lineno}:{step.name}" for step in traceback.extract_tb(problem.__traceback__)
    ]
    return {"kind": type(problem).__name__, "said": harmless_message(problem), "steps": " ".join(steps[::-1])}


def line(**fields):
    return " ".join(f"{name}={written(value)}" for name, value in fields.items() if value not in (None, ""))


def written(value):
    text = str(value)[:LONGEST_VALUE]
    return text if PLAIN.fullmatch(text) else json.dumps(text).replace("\x7f", "\\u007f")


def short(filename):
    """The path of one of our own files, or the last two parts of another's."""
    path = Path(filename)
    return str(path.relative_to(HERE)) if path.is_relative_to(HERE) else "/".join(path.parts[-2:])


def harmless_message(problem):
    """What the system or the database says: words of their own, which repeat nothing that was typed. Else None."""
    while problem:
        if isinstance(problem, OSError) and problem.strerror:
            return problem.strerror
        if isinstance(problem, sqlite3.Error):
            return str(problem)
        problem = problem.__cause__ or problem.__context__
    return None
