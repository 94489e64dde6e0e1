"""Who plays in which story: openings, helpers, seekers and conversations are dealt out so that all of it fits."""

import random
from collections import Counter

from .library import PEOPLE, ROLES, TALKS
from .plots import HELPER, LEADS, NEIGHBOURS, ORGANIZER, OWNER, QUIET, SECOND_ORGANIZER, SEEKER
from .story import Story

NEIGHBOURHOOD = 150

# The circle began so many days ago, with so many founders; the others came one by one.
FOUNDED = 214
FOUNDERS = 38

# These people have stories of their own, or decide about those of others.
RESERVED = (OWNER, ORGANIZER, SECOND_ORGANIZER, HELPER, SEEKER)

FREE = [person for person in PEOPLE if person.name not in RESERVED and not person.keeps_to_themselves]

# Nobody leaves two jobs within so many days.
SETTLED_DAYS = 120

# How many who have found the next job say on their account page where they work now.
SAYS_SO = 0.3


def joined(rng):
    """How many days ago each person joined, by name."""
    known = list(dict.fromkeys(name for plot in LEADS for name in (plot.helper, *plot.seekers)))
    others = rng.sample(PEOPLE, len(PEOPLE))
    order = list(dict.fromkeys([*RESERVED, *known, *(person.name for person in others)]))
    founders, late = order[:FOUNDERS], order[FOUNDERS:]
    first_weeks = {name: FOUNDED - number // 3 for number, name in enumerate(founders)}
    return first_weeks | {name: 190 - number * 180 // len(late) for number, name in enumerate(late)}


def schedule():
    """Every plot as often as it is told, with how many days ago it reached its last step."""
    told = [(plot, ago) for plot in (*LEADS, *NEIGHBOURS) for ago in spread(*plot.ago, plot.times)]
    left = NEIGHBOURHOOD - len(told)
    return told + [(QUIET, ago) for ago in spread(*QUIET.ago, left)]


def spread(first, last, count):
    return [first + (last - first) * number // max(1, count - 1) for number in range(count)]


class Casting:
    """What is still free, and who has been busy how often."""

    def __init__(self, town, joined, rng):
        self.town, self.joined, self.rng = town, joined, rng
        self.openings = [opening for role in ROLES for opening in role.openings]
        self.talks = {talk.role: talk for talk in TALKS}
        self.helped, self.sought, self.used = Counter(), Counter(), Counter()
        self.newcomers = set()

    def stories(self):
        """Every story of the neighbourhood with its whole cast."""
        stories = [self.cast(plot, ago) for plot, ago in schedule()]
        for name in self.helped:
            connect([story for story in stories if story.helped_by == name])
        return stories

    def cast(self, plot, ago):
        opening = self.opening(plot, ago + plot.days)
        talk = self.talks.pop(opening.role.title) if self.can_talk(plot, opening.role) else None
        story = Story(plot, ago, opening, talk, self.town)
        story.helped_by = plot.helper or self.helper(plot, opening.role, story.begun)
        story.asked_by = self.seekers(story)
        self.helped[story.helped_by] += 1
        self.sought.update(story.asked_by)
        return story

    def opening(self, plot, begun):
        """The opening that the plot names, or a free one that suits it, of a role that was seldom used."""

        def unsuitable(opening):
            helpers = self.helpers(plot, opening.role, begun)
            silent = plot.talks and not self.can_talk(plot, opening.role)
            unfit = silent or (plot.gift is False and opening.role.public)
            return not helpers, unfit, not self.own(helpers, opening.role), self.used[opening.role], self.rng.random()

        named = (opening for opening in self.openings if opening.name == plot.opening)
        found = next(named) if plot.opening else min(self.openings, key=unsuitable)
        self.openings.remove(found)
        self.used[found.role] += 1
        return found

    def can_talk(self, plot, role):
        """Whether the conversation about the role is still to be had, and agrees with what the plot says."""
        talk = self.talks.get(role.title)
        fits = talk and plot.gift in (None, talk.gift) and plot.connection != "knows_of"
        return bool(plot.talks and fits)

    def helper(self, plot, role, begun):
        """Somebody whose own role it is, or else a colleague who knows of it."""
        helpers = self.helpers(plot, role, begun)
        helper = self.least_busy(self.own(helpers, role) or helpers, self.helped)
        if plot.newcomer:
            self.newcomers.add(helper.name)
        return helper.name

    def helpers(self, plot, role, begun):
        """Who of the trade can have posted something so many days ago. Newcomers have only ever posted once."""
        here = [person for person in FREE if person.trade == role.trade and self.joined[person.name] > begun]
        if plot.newcomer:
            return [person for person in here if not self.helped[person.name] and not self.sought[person.name]]
        return [person for person in here if person.name not in self.newcomers]

    @staticmethod
    def own(people, role):
        return [person for person in people if person.does == role.title]

    def seekers(self, story):
        """As many as ask in the course of the plot, of the same trade while there are enough.

        Newcomers do not: who was accepted once settles in, and is not reviewed any more.
        """
        seekers = list(story.plot.seekers)
        while len(seekers) < story.plot.asks:
            taken = {story.helped_by, *seekers, *self.newcomers}
            here = [one for one in FREE if one.name not in taken and self.joined[one.name] >= story.begun]
            colleagues = [person for person in here if person.trade == story.role.trade]
            seekers.append(self.least_busy(colleagues or here, self.sought).name)
        return seekers

    def least_busy(self, people, busy):
        return min(people, key=lambda person: (busy[person.name], self.rng.random()))


def connect(stories):
    """How one helper is connected to each role they post, so that it makes one life: jobs are left now and then."""
    left, settled = None, False
    for story in sorted(stories, key=lambda story: -story.begun):
        leaving = left is None or left - story.begun > SETTLED_DAYS
        story.connection = story.plot.connection or connection(story, leaving, settled)
        if story.connection == "leaving":
            left, settled = story.begun, False
        elif story.connection == "works_there" and not settled:
            settled = True
            story.moves_on = left is not None and random.Random(f"{story.opening.name}, said").random() < SAYS_SO


def connection(story, leaving, settled):
    """Those who talk about the role know it from inside. Who has found the next job only hears of others."""
    if not story.own:
        return "knows_of"
    if leaving:
        return "leaving"
    inside = "works_there" in story.role.influence and not settled
    return "works_there" if story.talk or inside else "knows_of"
