"""What each table keeps of people: whose its columns are, what the end of an account leaves, and when rows go.

Every table of the database says so beside its columns, as `kept = Kept(…)`. Export, deletion, the sweep and the page on
privacy read that and nothing else; a test fails for a table, or a column, that does not say.

    kept = Kept(
        N_("Messages between helper and seeker"),
        N_("The two of them"),
        Until(N_("until the claim's words go"),
        whose=("claim.helper", "claim.seeker"),
        words={"author": ("body",)},
        facts=("claim", "author", "at"),
    )
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from peewee import CharField, JSONField, TextField

from .i18n import N_, _

WHO_ORGANIZERS = N_("Organizers")
WHO_MEMBERS = N_("Members")
WHO_BOTH = N_("Helper and seeker")
WHO_SELF = N_("You alone")
WHO_SERVER = N_("Nobody: the site needs it to work")


@dataclass(frozen=True)
class Until:
    """When the rows of a table go, or their words.

    `says` ends the sentence “It is kept …”, with `%(days)s` where `days` is given: a number, or the name of a column of
    the policy. `past` takes that number, and returns the condition that a row is past it: the sweep deletes those rows,
    or empties their columns `empties`. Without it they go with something else, as `says` tells.
    """

    says: str
    days: int | str | None = None
    past: Callable | None = None
    empties: tuple = ()

    def days_by(self, policy):
        """The number of days by this policy; None where it is not a matter of days."""
        return getattr(policy, self.days) if isinstance(self.days, str) else self.days

    def sentence(self, policy):
        return _(self.says, days=self.days_by(policy))


WITH_ACCOUNT = Until(N_("until the account is deleted"))
WITH_CLAIM = Until(N_("until the claim's words go"))
FOR_GOOD = Until(N_("for good; a deleted account leaves no name and no words in it"))
OF_THE_COMMUNITY = Until(N_("as long as the community"))


@dataclass(frozen=True)
class Kept:
    """What a table keeps. Each of its columns but the id and the version is named in one of the last five.

    A *way* leads from a row to a member by foreign keys, such as "author" or "claim.seeker"; "self" is the row itself.

    `what` and `seen_by` are said on the page on privacy, `until` there and to the sweep.
    `whose` are the ways to those who find the row in the export of their own.
    `goes_with` are the ways to those with whose account the row goes altogether.
    `words` are the columns that somebody wrote for the others in the row, by the way to them. The end of their account
    empties them.
    `private` are columns that concern this member alone. The end of their account empties them as well.
    `facts` stay as long as the row does, and name nobody: a member in them whose account has ended has no name.
    `internal` are facts that serve the site or the desk, and are in nobody's own export.
    `secret` never leaves the server: hashes, keys and tokens. A table whose rows open something says `secret_rows`.
    """

    what: str
    seen_by: str
    until: Until
    whose: tuple = ()
    goes_with: tuple = ()
    words: dict = field(default_factory=dict)
    private: dict = field(default_factory=dict)
    facts: tuple = ()
    internal: tuple = ()
    secret: tuple = ()
    secret_rows: bool = False

    @property
    def columns(self):
        """Every column that is named, as often as it is."""
        personal = [*self.words.values(), *self.private.values()]
        return [*(name for names in personal for name in names), *self.facts, *self.internal, *self.secret]

    @property
    def emptied(self):
        """The columns that the end of somebody's account empties, by the way to them."""
        ways = {**self.words, **self.private}
        return {way: (*self.words.get(way, ()), *self.private.get(way, ())) for way in ways}


def leads_to(model, way, member):
    """Returns the condition: this way leads from a row of the model to the member.

    A way may also be a function of the member that returns such a condition.
    """
    if callable(way):
        return way(member)
    if way == "self":
        return model._meta.primary_key == member
    name, _dot, rest = way.partition(".")
    key = model._meta.fields[name]
    if not rest:
        return key == member
    other = key.rel_model
    return key.in_(other.select(other._meta.primary_key).where(leads_to(other, rest, member)))


def emptied(column):
    """What a column holds once it is emptied: nothing, or what it would hold had nobody said anything."""
    if column.null:
        return None
    if callable(column.default):
        return column.default()
    if column.default is not None:
        return column.default
    return {} if isinstance(column, JSONField) else ""


class StandIn:
    """A column of words that reads as `stand_in` once they were emptied: a page need not ask whether they still are."""

    def __init__(self, *args, stand_in, **kwargs):
        self.stand_in = stand_in
        super().__init__(*args, **kwargs)

    def python_value(self, value):
        return super().python_value(value) or _(self.stand_in)


class NameField(StandIn, CharField):
    """Words in one line that may be emptied."""


class WordsField(StandIn, TextField):
    """A text that may be emptied."""
