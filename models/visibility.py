"""Who sees what, when: what one member may read of a posting, of its helper and of a claim.

Every surface asks here: pages, search, notices, letters, exports, the log and the desk. Whether somebody may know of a
record at all is asked in one clause of its query, see `visible_to` there and `hiding.py`.

| What | a member, or a seeker who asked | a seeker once accepted | an organizer |
| --- | --- | --- | --- |
| title, industry, area, pay, duties, help, last day as a month | yes | yes | yes |
| the employer, where it is described | the helper's words | its name | its name |
| the helper, where unnamed | since when, whom they helped, how checked | their name | their name |
| exact last day, influence, where unnamed | no | yes | yes |
| a named posting | all of it, the last day as a month where the helper wants that | all | all |

An organizer who has to do with its employer is a member here like any other, and learns nothing of claims, reports
and reviews about it. Whoever is on the helper's list finds nothing at all. What was seen was seen: a claim that ends
goes on naming, as its terms do, and shows nothing newer.

A profile is read by its owner, by whoever shares an accepted claim with them, by organizers, and by all members where
its owner chose so; never by anybody on their list.
"""

import json
from dataclasses import dataclass, replace

from peewee import Value, fn

import models

from .base import db
from .hiding import Hiding
from .i18n import N_, _
from .likeness import alike

# How one calls a helper who is not named: of a posting, and where there are two sides. At the start of a sentence.
A_MEMBER, THE_HELPER = N_("A member"), N_("The helper")


@dataclass(frozen=True)
class Sight:
    """What one member may read of a posting.

    `opens` is whether its own page can be opened. `agreed` are the terms, where it is to read as it did when they were
    frozen; `version` is how it reads while an edit of it waits for a review. `withheld` says that not even its title
    and the words for the employer are told any more.
    """

    referral: object
    names_helper: bool
    names_employer: bool
    names_day: bool
    names_influence: bool
    stand_in: str = A_MEMBER
    opens: bool = True
    agreed: object = None
    version: object = None
    withheld: bool = False

    @property
    def text(self):
        """Where title and employer are read: the terms, the version that waits for no review, or the posting."""
        return self.agreed or self.version or self.referral

    @classmethod
    def of_stranger(cls, referral):
        """What a member may read of it whom its helper does not know: all of it where nothing is kept back."""
        named = referral.helper_named
        return cls(referral, named, referral.employer_named, named and not referral.month_only, named)

    @classmethod
    def of_accepted(cls, referral):
        """What somebody may read of it whom its helper accepted."""
        return cls(referral, True, True, True, True)

    @property
    def names_all(self):
        return self.names_helper and self.names_employer and self.names_day and self.names_influence

    @property
    def helper(self):
        """The helper, or None where this member does not learn who it is."""
        return self.referral.helper if self.names_helper else None

    @property
    def helper_name(self):
        """The helper's name, or what stands for it, at the start of a sentence."""
        return self.referral.helper.name if self.names_helper else _(self.stand_in)

    def name_of(self, member):
        """The name of somebody who has to do with the posting, as `helper_name` has it."""
        return member.name if self.names_helper or member.id != self.referral.helper_id else _(self.stand_in)

    @property
    def title(self):
        if self.withheld and not self.agreed:
            return _("A posting")
        return self.text.title

    @property
    def employer(self):
        """The employer's name, or the helper's words for it."""
        if not self.names_employer:
            return _("An employer") if self.withheld else (self.version or self.referral).employer_described
        return self.text.employer

    @property
    def last_day(self):
        """The helper's exact last day; None where there is none, or only its month may be read."""
        return self.referral.last_day if self.names_day else None

    @property
    def last_month(self):
        """The first day of the month of the helper's last day, or None."""
        return self.referral.last_day and self.referral.last_day.replace(day=1)

    @property
    def left(self):
        """Whether the helper's last day has passed, or all of its month where only that may be read."""
        return self.referral.left if self.names_day else self.referral.left_by_month

    @property
    def check(self):
        """How the helper was checked, as everybody may read it: a Check, or None. It costs a statement."""
        return models.Verification.check_on(self.referral, self.left)

    @property
    def checked(self):
        """The month in which the helper was checked, by its first day, or None."""
        check = self.check
        return check and check.month

    @property
    def influence(self):
        return self.referral.influence if self.names_influence else ""


def sight_of(referral, member):
    """What this member, who may know of the posting, may read of it.

    A claim that was accepted and came to nothing shows nothing new any more: only who the helper is stays known. Nor
    does anybody read an edit that waits for a review, but its helper and organizers.
    """
    version = referral.version_for(member)
    return replace(sight_of_what_stands(referral, member), version=version, opens=version is None)


def sight_of_what_stands(referral, member):
    """The same of a posting of which no edit waits."""
    if sees_all(referral, member):
        return Sight.of_accepted(referral)
    sight = Sight.of_stranger(referral)
    return replace(sight, names_helper=True) if referral.id in member.revealed else sight


def sees_all(referral, member):
    """Whether the member reads all of it, as everyone does where nothing is kept back."""
    if member.id == referral.helper_id or referral.shows_all:
        return True
    if member.organizer and referral.helper_id not in member.hidden_ones and not member.involved_in(referral):
        return True
    return member.revealed.get(referral.id, False)


def sight_of_claim(claim, member):
    """What this member, who may know of the claim, may read of its posting there."""
    sight = seekers_sight(claim, member) if member.id == claim.seeker_id else sight_of(claim.referral, member)
    private = claim.referral.private and member.id != claim.helper_id
    return replace(sight, stand_in=THE_HELPER, agreed=claim.terms, opens=sight.opens and not private)


def seekers_sight(claim, seeker):
    """What the seeker of a claim may read of its posting there.

    What they saw when they were accepted goes on standing there, as the terms have it. A helper who hides from them
    shows them nothing new, whatever becomes of the posting.
    """
    referral = claim.referral
    if hides(claim, seeker):
        sight = Sight(referral, False, False, False, False, opens=False, withheld=edited_since(claim))
    elif claim.revealed_at and not claim.came_to_nothing:
        version = referral.version_for(seeker)
        return replace(Sight.of_accepted(referral), version=version, opens=version is None)
    else:
        sight = sight_of(referral, seeker)
    return replace(sight, names_helper=True, names_employer=True) if claim.revealed_at else sight


def edited_since(claim):
    """Whether the posting was edited after the claim was made, and no terms say how it read."""
    if claim.terms:
        return False
    event = models.Event
    asked = event.select(fn.MIN(event.id)).where(event.claim == claim)
    edits = event.select().where(event.referral == claim.referral_id, event.verb == "referral.edit")
    return edits.where(event.id > asked).exists()


def hides(claim, seeker):
    """Whether the helper hides from the seeker by now; a claim that was read with its parties knows it."""
    known = getattr(claim, "hiding", None)
    return claim.helper_id in seeker.hidden_ones if known is None else bool(known)


def names_helper(record, member):
    """Whether this member reads who the helper of a posting or a claim is, also where it is hidden from them by now."""
    referral = record if isinstance(record, models.Referral) else record.referral
    known = record.helper_id not in member.hidden_ones or sees_all(referral, member)
    return known and record.seen_by(member).names_helper


def revealed_to(member):
    """By the ids of the postings whose helper this member knows by an accepted claim: whether they still learn more.

    That is while such a claim goes on, and after a hire.
    """
    claim = models.Claim
    accepted = (claim.seeker == member) & claim.revealed_at.is_null(False)
    goes_on = fn.MAX(claim.state.not_in(models.FREE))
    found = claim.select(claim.referral, goes_on).where(accepted).group_by(claim.referral)
    return {referral: bool(on) for referral, on in found.tuples()}


def sees_profile(member, viewer):
    """Whether the viewer may read the profile of this member. It is `profiles_for`, of a record that was read."""
    if member.id == viewer.id:
        return True
    if member.id in viewer.hidden_ones:
        return False
    return viewer.organizer or (member.admitted and (member.profile_shown == "all" or member.id in viewer.acquainted))


def profiles_for(viewer):
    """Returns a query for the members whose profile the viewer may read."""
    member = models.Member
    seen = member.id.not_in(Hiding.owners(viewer))
    if not viewer.organizer:
        shown = (member.profile_shown == "all") | member.id.in_(_partners(viewer))
        seen &= member.state.in_(models.ADMITTED) & shown
    return member.select().where((member.id == viewer.id) | seen)


def people_around(member):
    """Sets of ids: of those who hide from this member, and of those with whom they share an accepted claim.

    Then those of the postings, and of the claims, that they wrote as an organizer together with others.
    """
    claim, accepted = models.Claim, models.Claim.revealed_at.is_null(False)
    hiding = Hiding.select(Value(0), Hiding.owner).where(Hiding.viewer == member)
    helpers = claim.select(Value(1), claim.helper).where(claim.seeker == member, accepted)
    seekers = claim.select(Value(1), claim.seeker).where(claim.helper == member, accepted)
    found = hiding | helpers | seekers
    if member.organizer:
        beside, of_member = models.Beside, models.Beside.organizer == member
        found |= beside.select(Value(2), beside.referral).where(of_member, beside.kind == "posting")
        found |= beside.select(Value(3), beside.claim).where(of_member, beside.claim.is_null(False))
    sets = set(), set(), set(), set()
    for kind, id in found.tuples():
        sets[kind].add(id)
    return sets


def sees_other_side(claim, viewer):
    """Whether this side of a claim, read with its parties, may read the profile of the other. It asks nothing more."""
    other, hides = (claim.helper, claim.hiding) if viewer.id == claim.seeker_id else (claim.seeker, claim.hiding_back)
    known = other.profile_shown == "all" or claim.revealed_at is not None
    return other.admitted and known and not hides


def _partners(member):
    claim = models.Claim
    accepted = claim.revealed_at.is_null(False)
    helpers = claim.select(claim.helper).where(claim.seeker == member, accepted)
    return helpers | claim.select(claim.seeker).where(claim.helper == member, accepted)


# What somebody may know of: conditions for the queries of what stands beside postings and claims


@db.func("is_at_place")
def _is_at_place(employer, places):
    return any(alike(employer, place) for place in json.loads(places))


def at_place_of(organizer, employer):
    """Returns a condition: this column names an employer that the organizer has to do with; it may be none's."""
    return fn.is_at_place(employer, json.dumps(sorted(organizer.places)))


def hidden_postings(reader):
    """Returns a query for the ids of the postings of which this reader learns nothing beside their page.

    They are by those who hide from the reader, or where that is an organizer about an employer they have to do with,
    or written by them together with a helper: nobody looks after what may be their own. Those that they posted, or have
    a claim on, are not among them.
    """
    referral, claim = models.Referral, models.Claim
    own = claim.select(claim.id).where(claim.referral == referral.id, claim.seeker == reader)
    found = referral.select(referral.id)
    if reader.organizer and (reader.places or reader.written[0]):
        hiding = fn.EXISTS(Hiding.select(Hiding.id).where(Hiding.owner == referral.helper, Hiding.viewer == reader))
        hiding |= (referral.helper != reader) & at_place_of(reader, referral.employer)
        hiding |= referral.id.in_(sorted(reader.written[0]))
    else:
        found, hiding = found.join(Hiding, on=Hiding.owner == referral.helper), Hiding.viewer == reader
    return found.where(hiding, ~fn.EXISTS(own))


def hidden_claims(reader):
    """Returns a query for the ids of the claims on such postings in which the reader has no part."""
    claim, referral = models.Claim, models.Referral
    found = claim.select(claim.id)
    if reader.organizer and (reader.places or any(reader.written)):
        hiding = fn.EXISTS(Hiding.select(Hiding.id).where(Hiding.owner == claim.helper, Hiding.viewer == reader))
        found = found.join(referral).switch(claim).where(claim.helper != reader)
        hiding |= at_place_of(reader, referral.employer)
        postings, claims = map(sorted, reader.written)
        hiding |= claim.id.in_(claims) | claim.referral.in_(postings)
    else:
        found, hiding = found.join(Hiding, on=Hiding.owner == claim.helper), Hiding.viewer == reader
    return found.where(hiding, claim.seeker != reader)


def may_know(table, reader):
    """Returns a condition: the posting or the claim that a row of this table is about is not hidden from the reader.

    It asks of each row whether there is one, rather than whether the row is among them: Peewee writes that twice as
    fast, and twice as fast again for each query within a query.
    """
    known = ~fn.EXISTS(hidden_postings(reader).where(models.Referral.id == table.referral))
    if "claim" in table._meta.fields:
        known &= ~fn.EXISTS(hidden_claims(reader).where(models.Claim.id == table.claim))
    return known


def about_private_draft(table, reader):
    """Returns a condition: it is about a posting that is a draft by now, which its helper alone knows of.

    What is about a claim on it stays with the two sides of that.
    """
    referral = models.Referral
    draft = referral.select(referral.id).where(referral.id == table.referral, referral.state == "draft")
    return table.claim.is_null() & fn.EXISTS(draft.where(referral.helper != reader))


def about_hidden_report(event, reader):
    """Returns a condition: the event is about a report on a posting or a claim that is hidden from the reader.

    Organizers read nothing either of a report in which they have a part, unless they made it.
    """
    report, claim = models.Report, models.Claim
    hidden = ~may_know(report, reader)
    if reader.organizer:
        own = claim.select(claim.id).where((claim.helper == reader) | (claim.seeker == reader))
        part = report.member == reader
        for about in (report.claim, report.thanks):
            part |= fn.COALESCE(about.in_(own), 0)
        hidden |= (report.by != reader) & part
    found = report.select(report.id).where(report.id == event.number, hidden)
    return event.verb.startswith("report.") & fn.EXISTS(found)


def may_know_event(reader):
    """Returns a condition: what happened is not about a posting or a claim that is hidden from the reader.

    That somebody is no longer new says that they have posted something, and how they were checked where they work.
    Of a draft nobody else learns what became of it, but what organizers did about it stays on record.
    """
    event = models.Event
    telling = (event.verb == "member.settle_in") | event.verb.startswith("verification.")
    hiding = fn.EXISTS(Hiding.select(Hiding.id).where(Hiding.owner == event.member, Hiding.viewer == reader))
    private = ~event.in_log() & about_private_draft(event, reader)
    return may_know(event, reader) & ~about_hidden_report(event, reader) & ~(telling & hiding) & ~private


def may_know_notice(reader):
    """Returns a condition: the notice is not about a posting or a claim that is hidden from the reader, or a draft."""
    notice, event = models.Notice, models.Event
    about = event.select(event.id).where(event.id == notice.event, about_hidden_report(event, reader))
    reported = notice.kind.startswith("report.") & fn.EXISTS(about)
    return may_know(notice, reader) & ~reported & ~about_private_draft(notice, reader)
