"""Names that could be taken for somebody else's: of those who look after the community, of Golem, of the community."""

import functools

import models

from .base import Invalid
from .i18n import _
from .text import visible, words_of

# Signs that look like one another in Latin letters, once all is small: they are read as the last of each.
ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "5": "s"})
RUNS = (("rn", "m"), ("vv", "w"))

SITE = "Golem"


def may_be_taken_for(name, other):
    """Whether a reader could take one name for the other: they look alike, in whatever order and however spaced.

    So it is too where the first holds all of the other beside more: “Olga Owner, Helpdesk”. One word is not enough.
    """
    ours, theirs = looks(name), looks(other)
    if not theirs:
        return False
    together = "".join(ours) == "".join(theirs) or sorted(ours) == sorted(theirs)
    return together or (len(theirs) > 1 and holds_in_order(ours, theirs))


def must_be_ones_own(name, member=None):
    """Raises Invalid where the name could be taken for Golem's, the community's, or another organizer's.

    `member` is who wants to have it, None for somebody new. Whoever looks after the community keeps their own.
    """
    community = models.Community.current()
    ours = [community.name] if community else []
    if SITE.casefold() in looks(name) or any(may_be_taken_for(name, other) for other in (SITE, *ours)):
        raise Invalid(name=_("This name could be taken for the site's own. Write the name that people call you by."))
    taken = _("This name is like that of someone who looks after this community. Add something that tells you apart.")
    others = models.Member.select(models.Member.name).where(models.Member.role.in_(("organizer", "owner")))
    others = others.where(models.Member.id != member.id) if member else others
    if any(may_be_taken_for(name, other.name) for other in others):
        raise Invalid(name=taken)


def namesakes(member):
    """The members whose names could be taken for this member's, as a list by name."""
    others = models.Member.select(models.Member.id, models.Member.name).where(
        models.Member.id != member.id, models.Member.state != "former"
    )
    return [other for other in others.order_by(models.Member.name_key) if may_be_taken_for(other.name, member.name)]


def looks(name):
    """The words of a name as they look to a reader, as a list: signs of any script that look like Latin letters are."""
    seen = "".join(map(latin, visible(name or "")))
    words = (word.translate(ALIKE) for word in words_of(seen))
    return [functools.reduce(lambda word, run: word.replace(*run), RUNS, word) for word in words]


def holds_in_order(words, others):
    """Whether these words hold all the others, next to each other."""
    return any(words[start : start + len(others)] == others for start in range(len(words)))


@functools.cache
def latin(sign):
    """The Latin letter that a sign of another script is taken for (Unicode Technical Standard 39); else the sign."""
    if sign.isascii():
        return sign
    alike = (found["c"] for found in confusables().get(sign, ()))
    return next((other for other in alike if len(other) == 1 and other.isascii() and other.isalnum()), sign)


@functools.cache
def confusables():
    """What looks like each sign. It is read at the first need: it is large."""
    from confusable_homoglyphs.confusables import confusables_data

    return confusables_data
