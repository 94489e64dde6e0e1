"""Search: what is open now, found by words and by filters."""

from peewee import fn
from playhouse.sqlite_ext import FTS5Model, SearchField

import models

from .actions import Action
from .base import db
from .heartbeat import Heartbeat
from .hiding import Hiding
from .i18n import N_
from .keeping import WHO_MEMBERS, Kept, Until
from .text import fold, fold_apart

OPERATORS = ("AND", "OR", "NOT")


def board(words="", industry="", location="", work_mode="", pay=None, help="", gifts=False, viewer=None):
    """A query for the published referrals, newest first, that match what was asked; `pay` is minor units a year.

    A viewer finds nothing of those who hide from them; without one it is what the board holds for all.
    """
    referral = models.Referral
    found = referral.select().where(referral.state == "published", referral.expires_at > Heartbeat.moment())
    found = found.where(referral.helper.not_in(Action.keeping_out()))
    found = found.where(referral.helper.not_in(models.Member.leaving_ones()))
    if viewer:
        found = found.where(referral.helper.not_in(Hiding.owners(viewer)))
    found = found.order_by(referral.published_at.desc(), referral.id.desc())
    if words.strip():
        found = found.where(referral.id.in_(ReferralText.matching(words)))
    if industry:
        found = found.where(referral.industry == industry)
    if place := fold(location):
        found = found.where(referral.place_key.contains(place))
    if work_mode:
        found = found.where(referral.work_mode == work_mode)
    if pay:
        found = found.where(referral.pay_yearly >= pay)
    if help:
        found = found.where(fn.EXISTS(_items().where(models.HelpItem.kind == help)))
    if gifts:
        found = found.where(~fn.EXISTS(_items().where(models.HelpItem.price > 0)))
    return found


def _items():
    return models.HelpItem.select(models.HelpItem.id).where(models.HelpItem.referral == models.Referral.id)


def of_postings_by(member):
    referral = models.Referral
    return ReferralText.rowid.in_(referral.select(referral.id).where(referral.helper == member))


class ReferralText(FTS5Model):
    """The words of a referral, as the search looks through them: folded, as is what it is asked."""

    title = SearchField()
    employer = SearchField()
    location = SearchField()
    duties = SearchField()

    kept = Kept(
        N_("The text of a posting"),
        WHO_MEMBERS,
        Until(
            N_("until %(days)s days after the posting ended"),
            "posting_days",
            lambda days: ReferralText.rowid.in_(models.Referral.ended_before(days)),
        ),
        goes_with=(of_postings_by,),
        internal=("title", "employer", "location", "duties"),
    )

    class Meta:
        database = db
        legacy_table_names = False
        options = {"tokenize": "unicode61 remove_diacritics 2", "prefix": "2 3"}

    @classmethod
    def index(cls, referral, duties):
        """The search finds the referral by these words, and no longer by earlier ones."""
        cls.delete().where(cls.rowid == referral.id).execute()
        cls.insert(cls.row(referral, duties)).execute()

    @staticmethod
    def row(referral, duties):
        """What the index holds of a referral: of an employer that is not named, the words for it."""
        return {
            "rowid": referral.id,
            "title": searchable(referral.title),
            "employer": searchable(referral.employer if referral.employer_named else referral.employer_described),
            "location": searchable(referral.location),
            "duties": searchable(duties),
        }

    @classmethod
    def matching(cls, words):
        """A query for the ids of the referrals that hold these words, the last one perhaps half typed.

        Anything that a person types is a valid query.
        """
        words = asked(words)
        if words[-1:].isalnum() and words.count('"') % 2 == 0:
            words += "*"
        return cls.select(cls.rowid).where(cls.match(cls.web_query(words)))


def searchable(text):
    """The text as the index holds it; words that an apostrophe joins are in it together and apart."""
    together, apart = fold(text), fold_apart(text)
    return together if together == apart else f"{together}\n{apart}"


def asked(words):
    """The words as the index is asked for them; AND, OR and NOT stay, for they are no words."""
    return " ".join(word if word in OPERATORS else fold(word) for word in words.split())
