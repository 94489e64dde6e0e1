"""What the demo reads: people, roles, conversations and words, from the plain files in texts/."""

import tomllib
import unicodedata
from dataclasses import dataclass
from pathlib import Path

TEXTS = Path(__file__).parent / "texts"


@dataclass(frozen=True)
class Person:
    """A member; `does` is the title of the role that they can post as their own.

    Whose `works` or `domain` tells where they work is a colleague of somebody who leaves.
    """

    trade: str
    name: str
    headline: str
    can_help: str
    does: str = ""
    works: str = ""
    domain: str = "example.org"

    @property
    def keeps_to_themselves(self):
        """Whether they play in no story but one that names them, for they find nothing of some who hide from them."""
        return bool(self.works) or self.domain != Person.domain

    @property
    def email(self):
        return f"{plain(self.name.split()[0])}@{self.domain}"


@dataclass(frozen=True, eq=False)
class Role:
    """A kind of job, and what can be said about it. `at` holds where it is open: employer, place, sometimes a title."""

    trade: str
    title: str
    industry: str
    mode: str
    pay: list
    per: str
    at: list
    about: str
    duties: list
    truth: list
    influence: dict
    notes: list

    @property
    def public(self):
        """Whether help towards it is never paid for: it is in public administration."""
        return self.industry == "91"

    @property
    def openings(self):
        return [Opening(self, *where) for where in self.at]


@dataclass(frozen=True, eq=False)
class Opening:
    role: Role
    employer: str
    place: str
    called: str = ""

    @property
    def title(self):
        return self.called or self.role.title

    @property
    def name(self):
        return f"{self.employer}: {self.title}"

    @property
    def described(self):
        """The employer in words that do not name it."""
        return DESCRIBED[self.employer]

    @property
    def mode(self):
        return "remote" if self.place.endswith("from home") else self.role.mode


@dataclass(frozen=True, eq=False)
class Talk:
    """A conversation about a role. `help` maps what the note asked for to its price in dollars."""

    role: str
    note: str
    help: dict
    text: str
    thanks: str = ""

    @property
    def gift(self):
        return not any(self.help.values())

    @property
    def days(self):
        return spoken_days(self.text)


def spoken_days(text):
    """What was said, day by day: a list of (side, words) for each; blank lines part the days."""
    return [[(line[0], line[3:]) for line in day.splitlines()] for day in text.strip().split("\n\n")]


def plain(name):
    """The name as an address can hold it: small letters without accents."""
    letters = unicodedata.normalize("NFKD", name.lower())
    return "".join(letter for letter in letters if letter.isascii() and letter.isalnum())


def read(path):
    return tomllib.loads((TEXTS / path).read_text(encoding="utf-8"))


PEOPLE = [Person(trade, **person) for trade, people in read("people.toml").items() for person in people]
ROLES = [Role(trade.stem, **role) for trade in sorted(TEXTS.glob("roles/*.toml")) for role in read(trade)["role"]]
TALKS = [Talk(**talk) for talk in read("talks.toml")["talk"]]
WORDS = read("words.toml")
DESCRIBED = read("employers.toml")


class Deck:
    """Texts in a shuffled order, all of them dealt once before any is dealt again."""

    def __init__(self, texts, rng):
        self.texts = rng.sample(texts, len(texts))
        self.dealt = 0

    def deal(self):
        self.dealt += 1
        return self.texts[(self.dealt - 1) % len(self.texts)]
