"""What gives a helper away: what a colleague could work out from a posting or a message, and how each is mended.

Only what shows something is listed. Where helper and employer are both named, that is the exact last day, addresses,
links and telephone numbers; where either is not, all of it. What members never read before a claim is accepted, the
influence of an unnamed helper, is looked through as well: the posting may be named one day.

Nothing here forbids anything, and nobody but the helper is shown it.
"""

from dataclasses import dataclass
from functools import cached_property

from babel import dates

import models

from .base import Refused
from .community import Community
from .i18n import N_, _, language
from .mentions import Found, of_contacts, of_day, of_employer, of_person, replaced
from .search import ReferralText
from .text import fold, words_of

TEXTS = ("title", "duties", "employer_words", "location", "influence")

# Of these each word may begin with a capital letter.
TITLES = ("title", "location")

COMMON_TITLE = 3  # A title that so many postings here have says nothing of who wrote one of them.
CLOSING_DAYS = 7  # A closing date so near the last day tells it.
NARROWEST = 40  # Pay whose range is narrower than one in so many parts of it is one figure.
MOST_QUOTED = 3
MOST_COMPARED = 500

# What stands in a text in place of what was taken out. In the middle of a sentence.
STAND_INS = {
    "employer_name": N_("the employer"),
    "own_name": N_("the helper"),
    "contact": N_("(taken out)"),
}


# The kinds in the order in which they are listed; each is a method of Posting.
KINDS = (
    *("named_employer", "employer_name", "own_name", "contact", "last_day", "day", "closing_date"),
    *("title", "small_employer", "pay"),
)
IN_TEXTS = ("day", "employer_name", "own_name", "contact")


@dataclass(frozen=True)
class Giveaway:
    """One thing that a colleague could work out: of which kind, in a sentence, and what its button says."""

    kind: str
    sentence: str
    press: str


def giveaways(referral):
    """What a colleague could work out from this posting, as a list: nothing where there is nothing to mend."""
    posting = Posting(referral)
    return [found for kind in KINDS if (found := posting.look(kind))]


def mended(referral, kind):
    """The columns by which this kind of giveaway is mended, and their new values; `duties` is the long text.

    Raises Refused where there is nothing of the kind, or no more.
    """
    posting = Posting(referral)
    if kind not in KINDS or not posting.look(kind):
        raise Refused(_("There is nothing left to mend here."))
    return posting.mended(kind)


def given_away(claim, text):
    """The words by which the helper would tell this seeker, before accepting, who they are or where they work.

    They are quoted, in one text; it is empty where there are none, or where the seeker reads the names anyway.
    """
    sight = claim.seen_by(claim.seeker)
    if claim.revealed_at or sight.names_all:
        return ""
    posting = Posting(claim.referral, sight.names_helper, sight.names_employer)
    spans = {span for kind in IN_TEXTS for span in posting.spans(text, kind)}
    return quoted(text[slice(*span)] for span in sorted(spans))


class Posting:
    """A posting as a stranger in the group reads it, and where its texts say more than that."""

    def __init__(self, referral, helper_named=None, employer_named=None):
        self.referral = referral
        self.helper_named = referral.helper_named if helper_named is None else helper_named
        self.employer_named = referral.employer_named if employer_named is None else employer_named

    @property
    def hides(self):
        """Whether it keeps the helper's name or the employer's."""
        return not (self.helper_named and self.employer_named)

    def look(self, kind):
        """The giveaway of this kind, or None."""
        return getattr(self, kind)()

    def text(self, name):
        """What members read of this text: nobody reads the words for an employer that is named."""
        if name == "employer_words" and self.employer_named:
            return ""
        return getattr(self.referral, name) or ""

    def spans(self, text, kind, cased=True):
        """Where a text gives something of this kind away, in order."""
        contacts = of_contacts(text, self.referral.employer)
        if kind == "contact":
            return contacts
        if kind == "day":
            return of_day(text, self.referral.last_day) if self.referral.last_day else []
        if kind == "own_name":
            names = [] if self.helper_named else of_person(text, self.referral.helper.name, cased)
        else:
            names = [] if self.employer_named else of_employer(text, self.referral.employer, cased)
        taken = Found(text, contacts)
        return [span for span in names if taken.free(span)]

    @cached_property
    def found(self):
        """By kind, the spans in each text that has any."""
        return {
            kind: {name: spans for name in TEXTS if (spans := self.spans(self.text(name), kind, name not in TITLES))}
            for kind in IN_TEXTS
        }

    def words(self, kind):
        """The very words found, quoted."""
        found = self.found[kind].items()
        return quoted(self.text(name)[slice(*span)] for name, spans in found for span in spans)

    # What is in its texts

    def day(self):
        shown_anyway = not self.hides and not self.referral.month_only
        if not shown_anyway and (words := self.words("day")):
            return Giveaway("day", _("It says your exact last day: %(words)s.", words=words), _("Say the month only"))
        return None

    def employer_name(self):
        if words := self.words("employer_name"):
            sentence = _("It names your employer, or nearly: %(words)s.", words=words)
            return Giveaway("employer_name", sentence, _("Say “the employer”"))
        return None

    def own_name(self):
        if words := self.words("own_name"):
            return Giveaway("own_name", _("It says your name: %(words)s.", words=words), _("Take it out"))
        return None

    def contact(self):
        if words := self.words("contact"):
            sentence = _("An address, a number or a link leads to you: %(words)s.", words=words)
            return Giveaway("contact", sentence, _("Take it out"))
        return None

    # What is in its other columns

    def named_employer(self):
        if self.employer_named and not self.helper_named:
            sentence = _("You are unnamed, but your employer is named: colleagues may guess who is leaving.")
            return Giveaway("named_employer", sentence, _("Describe the employer"))
        return None

    def last_day(self):
        if self.referral.last_day and self.helper_named and not self.referral.month_only:
            sentence = _("Members read your exact last day: %(day)s.", day=_day(self.referral.last_day))
            return Giveaway("last_day", sentence, _("Show the month only"))
        return None

    def closing_date(self):
        last_day, closes_on = self.referral.last_day, self.referral.closes_on
        if self.hides and last_day and closes_on and abs((closes_on - last_day).days) <= CLOSING_DAYS:
            sentence = _("The closing date, %(day)s, is close to your last day.", day=_day(closes_on))
            return Giveaway("closing_date", sentence, _("Take the date off"))
        return None

    def pay(self):
        if self.hides and exact(self.referral.pay_min, self.referral.pay_max):
            sentence = _("The pay is so exact that colleagues may know whose it is.")
            return Giveaway("pay", sentence, _("Show a wider band"))
        return None

    def title(self):
        if not self.hides or fold(self.referral.title) == fold(self.general_title):
            return None
        if others_with_title(self.referral) + 1 >= COMMON_TITLE:
            return None
        sentence = _("Few postings here have this title: “%(title)s”.", title=self.referral.title)
        return Giveaway("title", sentence, _("Say “%(title)s”", title=self.general_title))

    def small_employer(self):
        narrow = self.referral.employer_words or fold(self.referral.location) != fold(Community.current().place)
        if self.referral.small_employer and not self.employer_named and narrow:
            sentence = _("Few people work there: your words for it, or the place, may be enough to find it.")
            return Giveaway("small_employer", sentence, _("Use general words"))
        return None

    # Mending

    def mended(self, kind):
        low, high = band(self.referral.pay_min, self.referral.pay_max)
        columns = {
            "named_employer": {"employer_named": False},
            "last_day": {"month_only": True},
            "closing_date": {"closes_on": None},
            "title": {"title": self.general_title},
            "small_employer": {"employer_words": "", "location": Community.current().place},
            "pay": {"pay_min": low, "pay_max": high},
        }
        if kind in columns:
            return columns[kind]
        return {name: self._harmless(name, kind, spans) for name, spans in self.found[kind].items()}

    @cached_property
    def general_title(self):
        industry = _(models.INDUSTRIES[self.referral.industry])
        return _("A role in %(industry)s", industry=industry[:1].lower() + industry[1:])

    def _harmless(self, name, kind, spans):
        text = self.text(name)
        if name == "location":
            return Community.current().place
        if name == "employer_words":
            return ""
        left = replaced(text, spans, "")
        if name == "title" and not words_of(left):
            return self.general_title
        month = dates.format_date(self.referral.last_day, "LLLL", locale=language()) if kind == "day" else ""
        return replaced(text, spans, month or _(STAND_INS[kind]))


def others_with_title(posting):
    """How many other postings that members could ever read have the title of this one, however it is spelled.

    Without those that are hidden from its helper, who would learn of them by writing drafts.
    """
    referral, title = models.Referral, fold(posting.title)
    words = " ".join(words_of(title))
    found = ReferralText.select(ReferralText.rowid).where(ReferralText.match(f'title : "{words}"')) if words else []
    others = referral.select(referral.title).where(referral.id.in_(found), referral.id != posting.id)
    known = referral.helper.not_in(models.Hiding.owners(posting.helper))
    public = others.where(referral.state.in_(models.PUBLIC), known).limit(MOST_COMPARED)
    return sum(fold(row[0]) == title for row in public.tuples())


# Pay


def exact(low, high):
    """Whether a range of pay, in minor units, is one figure or nearly, or has an end that is not round."""
    unit = max(step_of(high) // 10, 10 ** Community.current().decimals)
    return (high - low) * NARROWEST < high or bool(low % unit or high % unit)


def band(low, high):
    """The range with both ends rounded outwards, to steps that fit the amount. It is never narrower than it was."""
    step = step_of(high)
    wide = low - low % step, high + -high % step
    return wide if wide[1] > wide[0] else (max(low - step, 0), high + step)


def step_of(amount):
    """The largest of 1, 2, 5, 10, 20 … that is at most an eighth of the amount, both in minor units."""
    power = 10 ** max(len(str(max(amount // 8, 1))) - 1, 0)
    return next(step * power for step in (5, 2, 1) if step * power <= max(amount // 8, 1))


# Words


def quoted(words):
    """The first few of these words, each once, in quotation marks."""
    different = list(dict.fromkeys(" ".join(word.split()) for word in words))
    shown = ", ".join(f"“{word}”" for word in different[:MOST_QUOTED])
    return f"{shown} …" if len(different) > MOST_QUOTED else shown


def _day(day):
    return dates.format_date(day, "d MMMM", locale=language())
