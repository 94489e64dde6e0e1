"""Edits of a posting: what readers rely on, how it read before an edit that waits for a review, and what that changes.

A posting that waits keeps the version that members have read last, until it is theirs to read again. Whoever has a
claim on it goes on reading that; its helper and the organizers who may know of it read the new one.
"""

from dataclasses import dataclass
from typing import NamedTuple

from .i18n import N_, _

# What a reader relies on, in the order in which changes are shown, besides the prices and the duties.
RELIED_ON = {
    "title": N_("Job title"),
    "employer": N_("Employer"),
    "public_employer": N_("Public employer"),
    "employer_answers": N_("What was said about the register"),
    "employer_words": N_("Words for the employer"),
    "industry": N_("Industry"),
    "location": N_("Place"),
    "work_mode": N_("Where you work"),
    "pay_min": N_("Pay from"),
    "pay_max": N_("Pay to"),
    "pay_period": N_("Period"),
    "connection": N_("How they know of it"),
    "influence": N_("How much influence they have"),
}
PRICES, DUTIES = N_("Help and prices"), N_("Duties")


class Change(NamedTuple):
    """What an edit changes of one thing that readers rely on: its name, how it was and how it is.

    `what` is the column, or "prices" (by kind of help, in minor units) or "duties".
    """

    what: str
    label: str
    before: object
    after: object


@dataclass(frozen=True)
class Version:
    """A posting as members have read it last."""

    title: str
    employer: str
    employer_described: str


def relied_on(referral):
    """What readers rely on in the posting as it stands, by name; the duties are apart."""
    prices = {item.kind: item.price for item in referral.menu}
    return {name: getattr(referral, name) for name in RELIED_ON} | {"prices": prices}


def changes(before, after, duties_before, duties_after):
    """What differs between two versions, as a list. Of the duties it is the lines from the first that differs."""
    found = [
        Change(name, _(label), before.get(name), after[name])
        for name, label in (RELIED_ON | {"prices": PRICES}).items()
        if before.get(name) != after[name]
    ]
    if duties_before != duties_after:
        found.append(Change("duties", _(DUTIES), *changed_lines(duties_before, duties_after)))
    return found


def changed_lines(before, after):
    """The two texts without the lines at their beginning and their end that they share; “…” stands for those."""
    before, after = before.split("\n"), after.split("\n")
    start = shared(before, after)
    end = shared(before[start:][::-1], after[start:][::-1])
    return tuple(shortened(lines, start, end) for lines in (before, after))


def shared(lines, others):
    """How many lines the two have in common at their beginning."""
    pairs = enumerate(zip(lines, others, strict=False))
    return next((place for place, (line, other) in pairs if line != other), min(len(lines), len(others)))


def shortened(lines, start, end):
    kept = lines[start : len(lines) - end]
    return "\n".join([*(["…"] if start else []), *kept, *(["…"] if end else [])])
