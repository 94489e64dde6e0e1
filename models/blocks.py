"""Words that keep a text out, however they are spelled, and mail domains that keep an address out.

A blocked word is found as whole words of the folded text; see text.py. It is found as well where it is broken, or
written together, so that blocked “wire money” is found in “w i r e money”, “wire-money” and “wiremoney”: whole words of
the text that stand next to each other say it, and between two of more than one letter no sentence ends. A blocked word
of fewer than six letters is often a part of ordinary words, as “ash” is of “as h”: it is found broken only into single
letters.
"""

import html
import re
import unicodedata
from collections import Counter
from itertools import accumulate

from peewee import CharField, DateTimeField, DeferredForeignKey

from .base import Base, Invalid, db, now
from .email_addresses import domain_form
from .events import announce
from .i18n import N_, _
from .keeping import OF_THE_COMMUNITY, WHO_ORGANIZERS, Kept
from .text import clean_line, fold, fold_apart, words_of

BLOCK_KINDS = ("word", "domain")
SHORTEST_BLOCK = 3
SHORTEST_BROKEN = 6
WIDEST_BLOCK = 0.5
FEWEST_COMPARED = 4
WIDEST_DOMAIN, FEWEST_MEMBERS = 0.1, 20  # More than a tenth of the members, in a group of so many.

# Japanese, Chinese and Thai put no space between words.
WITHOUT_SPACES = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
LINK = re.compile(r"\[([^][]*)\](?:\([^()]*\)|\[[^][]*\])")  # Of Markdown.
SENTENCE_END = re.compile(r"[.!?,;:…)]\s|\s[(]")


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
        if any(mostly_hit(hits, among)):
            raise Invalid(pattern=_("That matches more than half of what is here already. Make it narrower."))
        if kind == "domain" and all_of_them >= FEWEST_MEMBERS and len(hits) > all_of_them * WIDEST_DOMAIN:
            raise Invalid(pattern=_("More than a tenth of the members have an address there."))
        with db.atomic():
            organizer.must_be_organizer()
            if any(same(kind, pattern, block.pattern) for block in cls.select().where(cls.kind == kind)):
                raise Invalid(pattern=_("That is on the list already."))
            cls.create(kind=kind, pattern=pattern, by=organizer)
            organizer.did("block.add", reason=pattern)

    def drop(self, organizer):
        with db.atomic():
            organizer.must_be_organizer()
            if self.delete_instance():
                organizer.did("block.drop", reason=self.pattern)

    @classmethod
    def dry_run(cls, kind, pattern, among):
        """Returns which of these members or texts it would have kept out, and how many there are in all.

        A domain is looked for in `email` of each, a word in each of its `texts`.
        """
        pattern = cleaned(kind, pattern)
        if kind == "domain":
            return [member for member in among if in_domain(member.email, pattern)], len(among)
        return [written for written in among if holds(pattern, readings(*written.texts))], len(among)

    @classmethod
    def word_in(cls, *texts):
        """Returns the first blocked word that these texts hold, or None."""
        return first_of(cls.words(), texts)

    @classmethod
    def words(cls):
        """The patterns of all blocked words, as a list, read once for a page."""
        return db.remember(cls, lambda: [block.pattern for block in cls.select().where(cls.kind == "word")])

    @classmethod
    def keep_out(cls, **texts):
        """Raises Invalid, beside the field, where one of these texts that members read holds a blocked word."""
        for name, text in texts.items():
            if word := text and cls.word_in(text):
                raise Invalid(**{name: _("“%(word)s” cannot be used here.", word=word)})

    @classmethod
    def words_in(cls, postings):
        """Returns the first blocked word in each of these postings that hold one, by their ids."""
        found = {posting.id: cls.word_in(*posting.texts) for posting in postings}
        return {id: word for id, word in found.items() if word}

    @classmethod
    def keeps_out(cls, email):
        return any(in_domain(email, block.pattern) for block in cls.select().where(cls.kind == "domain"))


def mostly_hit(hits, among):
    """Whether more than half is hit, of each kind of what there is; of very few that says nothing."""
    hit, there = (Counter(getattr(one, "kind", "") for one in all_of_them) for all_of_them in (hits, among))
    return (count >= FEWEST_COMPARED and hit[kind] > count * WIDEST_BLOCK for kind, count in there.items())


def first_of(words, texts):
    """The first of these blocked words that the texts hold, or None."""
    read = readings(*texts) if words else []
    return next((word for word in words if holds(word, read)), None)


def cleaned(kind, pattern):
    if kind == "domain":
        return domain_form(pattern)
    return clean_line(pattern).casefold()


def same(kind, pattern, other):
    return pattern == other or (kind == "word" and fold(pattern) == fold(other))


class Reading:
    """A folded text in which blocked words are looked for, and its words: where each begins and ends, put together."""

    def __init__(self, folded):
        self.text = folded
        self.words = [(found.start(), found[0]) for found in re.finditer(r"[^ ]+", spaced(folded))]
        self.letters = "".join(word for _place, word in self.words)
        ends = list(accumulate(len(word) for _place, word in self.words))
        self.ends = {end: number for number, end in enumerate(ends)}
        self.starts = {start: number for number, start in enumerate([0, *ends[:-1]])} if ends else {}

    def spells(self, words):
        """Whether words that stand next to each other say these, broken or written together."""
        said = "".join(words)
        place = self.letters.find(said)
        while place >= 0:
            first, last = self.starts.get(place), self.ends.get(place + len(said))
            if None not in (first, last) and self._means(words, first, last):
                return True
            place = self.letters.find(said, place + 1)
        return False

    def _means(self, words, first, last):
        pieces = [word for _place, word in self.words[first : last + 1]]
        if len("".join(words)) < SHORTEST_BROKEN and pieces != words and max(map(len, pieces)) > 1:
            return False
        return not any(self._parted(number) for number in range(first, last))

    def _parted(self, number):
        """Whether a sentence, or a part of one, ends between this word and the next; not so between single letters."""
        (place, word), (following, next_word) = self.words[number : number + 2]
        gap = self.text[place + len(word) : following]
        return len(word) > 1 and len(next_word) > 1 and SENTENCE_END.search(gap) is not None


def spaced(folded):
    """The folded text with a space for everything that is no letter, mark or digit."""
    if folded.isascii():
        return re.sub(r"[^a-z0-9]", " ", folded)
    return "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in folded)


def readings(*texts):
    """How the texts are read for blocked words: with what an apostrophe joins as one word, and as two.

    Markdown shows “&#119;ire” as “wire”, and of a link its words: they are looked for in what is shown as well.
    """
    written = {form for text in texts for form in (text, shown(text))}
    return [Reading(form) for text in written for form in {fold(text), fold_apart(text)}]


def shown(text):
    """The text with the signs that its references stand for, and of its links only the words."""
    return html.unescape(LINK.sub(r"\1", text or ""))


def holds(pattern, readings):
    """Whether a text with these readings holds the pattern, however either is spelled."""
    folded, words = fold(pattern), words_of(pattern)
    if not words:
        return False
    before = "" if re.match(f"[{WITHOUT_SPACES}]", folded) else r"(?<!\w)"
    after = "" if re.search(f"[{WITHOUT_SPACES}]$", folded) else r"(?!\w)"
    whole = re.compile(f"{before}{re.escape(folded)}{after}")
    if any(whole.search(reading.text) for reading in readings):
        return True
    plain = len("".join(words)) >= SHORTEST_BLOCK and re.fullmatch(r"[\s._/-]*", re.sub(r"[^\W_]", "", folded))
    return bool(plain) and any(reading.spells(words) for reading in readings)


def in_domain(email, domain):
    host, domain = email.casefold().rpartition("@")[2], domain_form(domain)
    return host == domain or host.endswith("." + domain)


announce("block.add", N_("%(actor)s added to the block lists"))
announce("block.drop", N_("%(actor)s took something off the block lists"))
