"""A story: one posting from its first draft to where it stands today, and the people whom it brings together."""

import random
from datetime import timedelta
from functools import cached_property, partial
from operator import itemgetter

from models import HELP_CLASSES, PERHAPS_PUBLIC, PERIODS, hidden_from, today

from .clock import moments
from .library import PEOPLE, spoken_days

ACQUAINTANCES = ("here", "here", "here", "met", "met", "worked_together", "close")

# What members ask for each kind of help, in dollars: for modest pay, and for good pay.
PRICES = {
    "good_word": ((30, 40, 50, 60), (80, 100, 120, 150)),
    "introduction": ((25, 30, 40, 50), (60, 75, 100, 125)),
    "reference": ((20, 25, 30), (40, 50, 60)),
    "resume_review": ((15, 20, 25), (25, 30, 40)),
    "interview_coaching": ((20, 25, 30, 35), (40, 50, 60)),
    "role_briefing": ((10, 15), (15, 20, 25)),
}
WELL_PAID = 65_000

# What a posting names: its helper, and the employer. Where the plot does not say, one of these for each connection.
NAMED, UNNAMED, DESCRIBED, BY_DEFAULT = (True, True), (False, False), (True, False), (None, None)
NAMES = {
    "leaving": [BY_DEFAULT] * 5 + [NAMED],
    "works_there": [BY_DEFAULT, NAMED, NAMED, DESCRIBED],
    "knows_of": [BY_DEFAULT],
}

# How many postings are all gift where the plot does not say, and how many new ones have a closing date.
GIFTS = 0.45
CLOSING = 0.3


class Story:
    """A plot with its cast. `ago` is how many days ago its last step was."""

    def __init__(self, plot, ago, opening, talk, town):
        self.plot, self.ago, self.opening, self.talk, self.town = plot, ago, opening, talk, town
        self.role = opening.role
        self.rng = random.Random(opening.name)
        self.acquaintance = plot.acquaintance or self.rng.choice(ACQUAINTANCES)
        self.helped_by, self.asked_by, self.connection = "", [], ""
        self.moves_on = False  # Whether the helper says with it that they work there now.
        self.referral = self.claim = None
        self.claims = 0
        self.unsaid = talk.days if talk else None

    @property
    def begun(self):
        """How many days ago the posting was written."""
        return self.ago + self.plot.days

    @property
    def own(self):
        """Whether the role is the helper's own line of work."""
        return next(person.does for person in PEOPLE if person.name == self.helped_by) == self.role.title

    @cached_property
    def gift(self):
        if self.talk:
            return self.talk.gift
        if self.role.public:
            return True
        return self.rng.random() < GIFTS if self.plot.gift is None else self.plot.gift

    # Who

    @property
    def helper(self):
        return self.town.members[self.helped_by]

    @property
    def seeker(self):
        return self.claim.seeker

    def next_seeker(self):
        return self.town.members[self.asked_by.pop(0)]

    @cached_property
    def organizers(self):
        """Two who may know of it: the first acts here, the second looks again where that is needed."""
        others = (member for member in self.town.organizers if member != self.helper)
        return self.rng.sample([member for member in others if not hidden_from(self.helper, member)], 2)

    @property
    def organizer(self):
        return self.organizers[0]

    # What they say

    def word(self, kind):
        return self.town.decks[kind].deal()

    def note(self, talked_about):
        return self.talk.note if self.talk and talked_about else self.town.note(self.role)

    def conversation(self):
        """The conversation of this story when it is first asked for, then small talk."""
        own, self.unsaid = self.unsaid, None
        return own or spoken_days(self.word("small_talk"))

    # What is posted, and what is asked for

    def posting(self):
        """All that a referral is made of, written as if it were now."""
        role, rng = self.role, self.rng
        low, high = role.pay
        self.columns = {
            "employer": self.opening.employer,
            "title": self.opening.title,
            "industry": role.industry,
            "location": self.opening.place,
            "work_mode": self.opening.mode,
            "pay_min": cents(low),
            "pay_max": cents(rng.choice([high, high, (low + high) / 2])),
            "pay_period": role.per,
            "employer_words": "" if self.connection == "knows_of" else self.opening.described,
            "connection": self.connection,
            **dict(zip(("helper_named", "employer_named"), self.names(), strict=True)),
            "influence": self.town.fresh([role.influence.get(self.connection)]) or self.word(self.connection),
            "last_day": self.last_day() if self.connection == "leaving" else None,
            "public_employer": False if role.industry in PERHAPS_PUBLIC else None,
            "seats": self.plot.seats,
            "closes_on": self.closing_date(),
            "duties": self.duties(),
            "prices": {kind: cents(price) for kind, price in self.menu().items()},
        }
        return self.columns

    def duties(self):
        """The duties in Markdown, put in one of the ways in which people put them."""
        role, rng = self.role, self.rng
        lines = rng.sample(role.duties, rng.randint(4, len(role.duties)))
        listed = "\n".join(f"- {line}" for line in sorted(lines, key=role.duties.index))
        about = self.town.fresh([role.about])
        truth = self.town.fresh(role.truth) or self.word("truth")
        if not about:
            return f"{listed}\n\n{truth}"
        ways = (
            f"{about}\n\n{listed}\n\n{truth}",
            f"{about}\n\n{listed}\n\n**What it is really like:** {truth}",
            f"{about} {truth}\n\n**You would**\n\n{listed}",
        )
        return rng.choice(ways)

    def last_day(self):
        """A few weeks ahead, and not before the last has asked: help from inside is offered until then."""
        return today() + timedelta(days=max(self.rng.randint(9, 38), self.plot.last_asked + 2))

    def closing_date(self):
        """Some new postings say until when the employer takes applications; none of these days has come yet."""
        if self.plot.asks or self.begun > 30 or self.rng.random() > CLOSING:
            return None
        return today() + timedelta(days=self.begun + self.rng.randint(5, 20))

    def menu(self):
        """The help on offer with its prices in dollars."""
        kinds = self.rng.sample(list(HELP_CLASSES), self.rng.choice([2, 3, 3, 4]))
        well_paid = self.role.pay[1] * PERIODS[self.role.per] > WELL_PAID
        prices = {kind: self.rng.choice(PRICES[kind][well_paid]) for kind in kinds}
        if self.gift:
            prices = dict.fromkeys(kinds, 0)
        elif len(kinds) > 2:
            prices[kinds[-1]] = 0
        if self.talk:
            prices = dict([*prices.items()][:1]) | self.talk.help
        return prices

    def choice(self, talked_about):
        """The help that a seeker asks for: what is talked about, or the dearest item and some others."""
        if self.talk and talked_about:
            return list(self.talk.help)
        dearest, *others = sorted(self.referral.offered, key=lambda item: -item.price)
        return [item.kind for item in (dearest, *self.rng.sample(others, self.rng.randint(0, len(others))))]

    def names(self):
        """Whether the posting names its helper and the employer; None leaves it as it is by default.

        Most who tell that they leave stay unnamed; a few do not mind, and some who stay describe only the employer.
        """
        chosen = NAMED if self.plot.named else UNNAMED if self.plot.named is False else None
        return chosen or random.Random(f"{self.opening.name}, named").choice(NAMES[self.connection])

    # When

    def deeds(self):
        """Every step with its moment."""
        steps = sorted(self.days(), key=itemgetter(0))
        when = moments([self.begun - day for day, _step in steps], self.town.zone, self.rng)
        return [(moment, partial(step, self)) for moment, (_day, step) in zip(when, steps, strict=True)]

    def days(self):
        for day, step in self.plot.steps:
            yield from spread(day, step(self)) if isinstance(day, range) else [(day, step)]


def spread(days, groups):
    """Groups of steps, evenly over these days, the last one on the last."""
    for number, group in enumerate(groups, start=1):
        for step in group:
            yield days[number * len(days) // len(groups) - 1], step


def cents(dollars):
    return round(dollars * 100)
