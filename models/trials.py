"""What a new rule of the organizers would touch, before it is saved: what a block keeps out, what the register stops.

An organizer is told nothing of what they may not know: of those who hide from them they learn not even a number, and of
what only its writers read nothing but one.
"""

from dataclasses import dataclass
from itertools import groupby

from peewee import fn

import models

from .employers import GIFTS_ONLY, NO_POSTINGS
from .hiding import Hiding
from .i18n import N_, ngettext
from .likeness import alike, key_of

# What is looked through for a blocked word, in the order in which it is told.
KINDS_WRITTEN = {
    "posting": N_("postings"),
    "draft": N_("drafts, which only their writers read"),
    "note": N_("requests, which only their two sides read"),
    "message": N_("messages, which only their two sides read"),
    "thanks": N_("words of thanks"),
    "name": N_("names"),
    "profile": N_("profiles"),
    "answer": N_("applications"),
}
POSTED = ("in_review", "changes_asked", "published", "paused", "expired", "hidden")


@dataclass(frozen=True)
class Written:
    """Something that was written here, of one of these kinds; `title` names it, where the organizer may read it."""

    kind: str
    texts: tuple
    title: str = ""


def written_for(organizer):
    """Returns all in which a blocked word is looked for on behalf of this organizer, as a list: six statements."""
    unknown = [id for (id,) in Hiding.owners(organizer).tuples()]
    return [*_postings(unknown), *_said_in_claims(unknown), *_said_by_members(organizer, unknown)]


def _postings(unknown):
    referral, duties = models.Referral, models.Duties
    found = referral.select(referral, duties.text.alias("duties_text")).join(duties)
    found = found.where(referral.state.in_(("draft", *POSTED)), referral.helper.not_in(unknown)).objects()
    for posting in found:
        texts = (posting.title, posting.employer, posting.employer_words, posting.location, posting.influence)
        kind, title = ("draft", "") if posting.private else ("posting", posting.title)
        yield Written(kind, (*texts, posting.duties_text), title)


def _said_in_claims(unknown):
    claim, message = models.Claim, models.Message
    for note, thanks in claim.select(claim.note, claim.thanks).where(claim.helper.not_in(unknown)).tuples():
        yield Written("note", (note,))
        if thanks:
            yield Written("thanks", (thanks,))
    said = message.select(message.body).join(claim).where(claim.helper.not_in(unknown))
    for (body,) in said.tuples():
        yield Written("message", (body,))


def _said_by_members(organizer, unknown):
    for member in models.Member.select().where(models.Member.state != "former"):
        yield Written("name", (member.name,), member.name)
        if member.id not in unknown and (member.headline or member.can_help):
            yield Written("profile", (member.headline, member.can_help), member.name)
        if member.answer:
            yield Written("answer", (member.answer,), member.name)


@dataclass(frozen=True)
class Hits:
    """What a block would have kept out: members by their domain, or what was written, as pairs of a kind and a list."""

    members: list
    kinds: list

    @classmethod
    def of(cls, hits):
        written = [hit for hit in hits if isinstance(hit, Written)]
        written.sort(key=lambda hit: list(KINDS_WRITTEN).index(hit.kind))
        kinds = [(kind, list(found)) for kind, found in groupby(written, key=lambda hit: hit.kind)]
        return cls([hit for hit in hits if not isinstance(hit, Written)], kinds)

    @property
    def count(self):
        return len(self.members) + sum(len(found) for _kind, found in self.kinds)


@dataclass(frozen=True)
class Touched:
    """What a rule about an employer touches: postings that it stops, and open claims with a price, which stay.

    Of claims an organizer reads the number and the price, and of whose posting it is nothing.
    """

    postings: list
    claims: list

    @property
    def sentence(self):
        postings, claims = len(self.postings), len(self.claims)
        return " ".join(
            (
                ngettext("It touches %(num)s posting", "It touches %(num)s postings", postings),
                ngettext("and %(num)s open claim with a price.", "and %(num)s open claims with a price.", claims),
            )
        )


def touched_by(organizer, name, policy, public=False):
    """Returns what this rule about an employer touches, as far as the organizer may know of it: four statements."""
    policy = GIFTS_ONLY if public and policy != NO_POSTINGS else policy
    if policy not in (GIFTS_ONLY, NO_POSTINGS):
        return Touched([], [])
    named = {row.key for row in models.Employer.select(models.Employer.key)}

    def meant(posting):
        """Whether the rule is about its employer, which may have a row of its own, or be said to be another."""
        key = key_of(posting.employer)
        if key == key_of(name):
            return True
        return key not in named and alike(posting.employer, name) and not _is_another(posting, name)

    return Touched(_stopped(organizer, policy, meant), _priced(organizer, meant))


def _is_another(posting, name):
    return (posting.employer_answers or {}).get(key_of(name)) is False


def _stopped(organizer, policy, meant):
    referral, item = models.Referral, models.HelpItem
    price = item.select(fn.COALESCE(fn.SUM(item.price), 0)).where(item.referral == referral.id)
    known = referral.visible_to(organizer).where(referral.state.in_(POSTED))
    found = known.select_extend(price.alias("price")).order_by(referral.id)
    return [posting for posting in found if (policy == NO_POSTINGS or posting.price) and meant(posting)]


def _priced(organizer, meant):
    claim, referral = models.Claim, models.Referral
    known = claim.judgeable_by(organizer) & claim.state.not_in(models.ENDED) & (claim.total > 0)
    found = claim.select(claim, referral).join(referral).where(known).order_by(claim.id)
    return [request for request in found if meant(request.referral)]
