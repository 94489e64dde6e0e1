"""Words that keep a text out, however they are spelled, and mail domains that keep an address out."""

import re

from peewee import CharField, DateTimeField, DeferredForeignKey

from .base import Base, Invalid, db, now
from .email_addresses import domain_form
from .events import Event, announce
from .i18n import N_, _
from .keeping import OF_THE_COMMUNITY, WHO_ORGANIZERS, Kept
from .text import clean_line, fold, fold_apart, words_of

BLOCK_KINDS = ("word", "domain")
SHORTEST_BLOCK = 3
WIDEST_BLOCK = 0.5


class Block(Base):
    """A word that keeps a text out, or a mail domain that keeps an address out."""

    kind = CharField(choices=[(kind, kind) for kind in BLOCK_KINDS])
    pattern = CharField()
    by = DeferredForeignKey("Member")
    at = DateTimeField(default=now)

    kept = Kept(
        N_("The register of employers, and the lists of blocked words and domains"),
        WHO_ORGANIZERS,
        OF_THE_COMMUNITY,
        internal=("kind", "pattern", "by", "at"),
    )

    class Meta:
        indexes = ((("kind", "pattern"), True),)

    @classmethod
    def add(cls, organizer, kind, pattern, among):
        """Adds a word or a domain. Raises NotYours, or Invalid where it would keep nearly all of `among` out."""
        pattern = cleaned(kind, pattern)
        hits, all_of_them = cls.dry_run(kind, pattern, among)
        too_short = len(fold(pattern)) < SHORTEST_BLOCK or (kind == "domain" and "." not in pattern)
        if too_short or not words_of(pattern):
            raise Invalid(pattern=_("That is too short: it would match nearly everything."))
        if all_of_them >= 4 and len(hits) > all_of_them * WIDEST_BLOCK:
            raise Invalid(pattern=_("That matches more than half of what is here already. Make it narrower."))
        with db.atomic():
            organizer.must_be_organizer()
            if any(same(kind, pattern, block.pattern) for block in cls.select().where(cls.kind == kind)):
                raise Invalid(pattern=_("That is on the list already."))
            cls.create(kind=kind, pattern=pattern, by=organizer)
            Event.create(verb="block.add", actor=organizer, reason=pattern)

    def drop(self, organizer):
        with db.atomic():
            organizer.must_be_organizer()
            if self.delete_instance():
                Event.create(verb="block.drop", actor=organizer, reason=self.pattern)

    @classmethod
    def dry_run(cls, kind, pattern, among):
        """Returns which of these members or postings it would have kept out, and how many there are in all."""
        pattern = cleaned(kind, pattern)
        if kind == "domain":
            return [member for member in among if in_domain(member.email, pattern)], len(among)
        return [posting for posting in among if holds(pattern, readings(posting.words))], len(among)

    @classmethod
    def word_in(cls, *texts):
        """Returns the first blocked word that these texts hold, or None."""
        read = [reading for text in texts for reading in readings(text)]
        words = (block.pattern for block in cls.select().where(cls.kind == "word"))
        return next((word for word in words if holds(word, read)), None)

    @classmethod
    def keeps_out(cls, email):
        return any(in_domain(email, block.pattern) for block in cls.select().where(cls.kind == "domain"))


def cleaned(kind, pattern):
    if kind == "domain":
        return domain_form(pattern)
    return clean_line(pattern).casefold()


def same(kind, pattern, other):
    return pattern == other or (kind == "word" and fold(pattern) == fold(other))


def readings(text):
    """The folded forms in which blocked words are looked for: with what an apostrophe joins as one word, and as two."""
    return {fold(text), fold_apart(text)}


def holds(pattern, readings):
    """Whether a text with these readings holds the pattern as whole words, however either is spelled."""
    whole = re.compile(rf"(?<!\w){re.escape(fold(pattern))}(?!\w)")
    return bool(words_of(pattern)) and any(whole.search(reading) for reading in readings)


def in_domain(email, domain):
    host, domain = email.casefold().rpartition("@")[2], domain_form(domain)
    return host == domain or host.endswith("." + domain)


announce("block.add", N_("%(actor)s added to the block lists"), logged=True)
announce("block.drop", N_("%(actor)s took something off the block lists"), logged=True)
