"""The town in which the stories play: its community, the people who join it, and the words they have left."""

from functools import partial
from zoneinfo import ZoneInfo

from models import Community, HouseRules, Member, Notice, OneTimeLink

from .casting import FOUNDED, FREE, Casting, joined
from .clock import moments
from .evening import evening_at_the_desk
from .library import PEOPLE, WORDS, Deck
from .plots import HELPER, ORGANIZER, OWNER, PASSWORD, SECOND_ORGANIZER, SEEKER

COMMUNITY = {"name": "Junction Job Circle", "place": "Toronto", "currency": "CAD", "timezone": "America/Toronto"}

POLICY = {"charging": True, "question": "Who are you, and who told you about us?"}

# How many who post about their own job show their profile to all members, as organizers and most seekers do.
SHOWN_TO_ALL = 0.2

# The three who can be signed in as have not looked at their notices for so many days.
AWAY = {HELPER: 4, SEEKER: 4, ORGANIZER: 2}


class Town:
    def __init__(self, rng):
        self.rng = rng
        self.zone = ZoneInfo(COMMUNITY["timezone"])
        self.members = {}
        self.decks = {kind: Deck(texts, rng) for kind, texts in WORDS.items()}
        self.used = set()

    @property
    def organizers(self):
        return [self.members[name] for name in (OWNER, ORGANIZER, SECOND_ORGANIZER)]

    def fresh(self, texts):
        """The first of these texts that nobody has used yet, or None."""
        unused = next((text for text in texts if text and text not in self.used), None)
        self.used.add(unused)
        return unused

    def note(self, role):
        """A personal note for this role, or when those are used up one that suits every role."""
        return self.fresh(role.notes) or self.decks["notes"].deal()

    def deeds(self):
        """All that ever happened here: pairs of a moment and what somebody did then."""
        since = joined(self.rng)
        stories = Casting(self, since, self.rng).stories()
        evening = evening_at_the_desk(self)
        return [
            *self.arrivals(since, first_jobs(stories)),
            *self.visits(since),
            *evening,
            *(deed for story in stories for deed in story.deeds()),
        ]

    def arrivals(self, since, first_jobs):
        [founded] = moments([FOUNDED + 1], self.zone, self.rng)
        yield founded, self.found
        for person in PEOPLE:
            [moment] = moments([since[person.name]], self.zone, self.rng)
            works = person.works or first_jobs.get(person.name)
            yield moment, partial(self.welcome, person, works)

    def found(self):
        """The owner sets the community up. Prices are allowed, and first postings wait for a review."""
        owner = next(person for person in PEOPLE if person.name == OWNER)
        account = {"name": owner.name, "email": owner.email, "password": PASSWORD}
        link = OneTimeLink.find("setup", OneTimeLink.for_setup())
        self.members[OWNER] = Community.set_up(link, account, COMMUNITY, POLICY)
        self.members[OWNER].ask_for_factor(None)  # Nobody here has a phone to set one up with.

    def welcome(self, person, works):
        """They join, write their profile, and most say where they work."""
        role = "organizer" if person.name in (ORGANIZER, SECOND_ORGANIZER) else "member"
        if person.name not in self.members:
            agreed = HouseRules.agreed(HouseRules.current().id)
            member = Member.join(person.name, person.email, PASSWORD, role, state="new", **agreed)
            self.members[person.name] = member
        member = self.members[person.name]
        to_all = member.organizer or not person.does or (person in FREE and self.rng.random() < SHOWN_TO_ALL)
        shown = "all" if to_all else "accepted"
        profile = {
            "name": person.name,
            "headline": person.headline,
            "can_help": person.can_help,
            "profile_shown": shown,
        }
        member.introduce(employer=works, **profile)

    def visits(self, since):
        """Of an evening a third of the people read what they were told."""
        for ago in range(FOUNDED - 1, -1, -1):
            [moment] = moments([ago], self.zone, self.rng)
            here = [name for name in since if since[name] > ago >= AWAY.get(name, 0)]
            yield moment, partial(self.look_in, [name for name in here if self.rng.random() < 1 / 3])

    def look_in(self, names):
        for name in names:
            Notice.read(self.members[name])


def first_jobs(stories):
    """Where those work who post about their own job, when they join: the employer of the first, by name."""
    own = (story for story in stories if story.connection != "knows_of")
    return {story.helped_by: story.opening.employer for story in sorted(own, key=lambda story: story.begun)}
