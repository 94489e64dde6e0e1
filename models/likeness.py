"""Whether two names, or a name and a mail domain, may well mean one employer, however they are written.

It errs on the side of likeness: a posting that one person too many does not see costs less than a leaver who is found.
"""

import re
import unicodedata
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path

from .text import words_of

WORDS = Path(__file__).parent / "employer_words.txt"

SHORTEST_INITIALS = 3
SHORTEST_ALONE = 5  # Letters of a word that says alone which employer is meant, as “Starbucks” does.
SHORTEST_MISSPELLED = 6  # Letters of a name in which one of them may be wrong; in one twice as long, two.
SHORTEST_MISSPELLED_IN_PART = 7  # The same, where the other name has more words.
LONGEST_VARIED = 20  # Letters of a word of which all that it may be mistyped as are noted; 60 of a whole name.
LONGEST_COMPARED = 40  # Letters between the first and the last wrong one: to look at more takes too long.

# Japanese and Chinese write the legal form next to the name, without a space.
ATTACHED_FORMS = re.compile("株式会社|有限会社|合同会社|股份有限公司|有限责任公司|有限公司|주식회사|[(][株有주][)]")
# Harbour and Harbor, Centre and Center are spelled either way.
BRITISH = re.compile(r"^(\w{3,}(?=our$)|cent(?=re$)|theat(?=re$)|fib(?=re$))(our|re)$")
ONE_LETTER_EACH = re.compile(r"(?<!\w)[^\W\d_](?:\s?[./&+]\s?|\s)(?:[^\W\d_](?:\s?[./&+]\s?|\s))*[^\W\d_](?!\w)\.?")


def key_of(name):
    """The words of a name, folded and sorted, without legal forms and small words: two that share it are one employer.

    Empty only where the name has neither letter nor digit.
    """
    return read(name).key


def is_employer(name):
    """Whether somebody's workplace may be called so. “Self-employed” and “n/a” are nobody's, and like nothing."""
    return bool(read(name).words)


def alike(one, other):
    """Whether two names may well mean one employer. A name without words is like nothing."""
    one, other = read(one), read(other)
    if not one.words or not other.words or one.clues.isdisjoint(other.clues):
        return False
    if one.key == other.key or not one.together.isdisjoint(other.together):
        return True
    if abbreviates(one, other) or abbreviates(other, one):
        return True
    if begins(one, other) or begins(other, one):
        return True
    return part_of(*sorted((one, other), key=lambda name: len(name.words))) or misspelled(one, other)


def alike_to_domain(name, domain):
    """Whether a mail domain may be this employer's: one of its labels is its name, its key or its initials.

    It does not know that a public provider's domain is nobody's: ask mail_domains.is_public first.
    """
    name, labels = read(name), labels_of(domain)
    if not name.words:
        return False
    if not written_in(labels).isdisjoint(name.in_domains):
        return True
    return any(alike(name.text, label.replace("-", " ")) for label in labels)


def written_in(labels):
    """What the labels of a domain say, each by itself and together."""
    return {"".join(words_of(label)) for label in labels} | {"".join("".join(labels).split("-"))}


def clues(name):
    """A set of texts. Names that are alike share one of them; of those that share one, most are not alike.

    Whoever compares many names asks here first, for it costs much less.
    """
    return read(name).clues


@lru_cache(maxsize=20_000)
def clues_of_domain(domain):
    """The same of a mail domain: the names to which it is alike share one of these with it."""
    labels = labels_of(domain)
    return frozenset(written_in(labels)).union(*(clues(label.replace("-", " ")) for label in labels))


class Name:
    """One name of an employer, and the forms of it that are compared."""

    def __init__(self, text):
        self.text = text
        self.all = words_of(spell_out(text))
        self.named = without_forms(self.all)
        self.words = [word for word in self.named if word not in lists()["small words"]]
        if not self.words:  # The Company: there is nothing else to know it by.
            self.words = self.named = self.all
        self.key = " ".join(sorted(self.words))
        if "".join(self.all) in lists()["nobody"]:
            self.words = self.named = self.all = []
        self.stems = [stem(word) for word in self.words]
        self.letters = "".join(self.stems)
        self.together = {"".join(words) for words in (self.words, self.named, self.all, self.stems)} - {""}

    @cached_property
    def beginnings(self):
        """Its first word, its first two, and so on, written together."""
        return set(accumulate(self.words)) | set(accumulate(self.stems)) | set(accumulate(self.named))

    @cached_property
    def initials(self):
        """The initials of its words, with and without the small ones, and with the legal form."""
        found = {"".join(word[0] for word in words) for words in (self.words, self.named, self.all)}
        return {initials for initials in found if len(initials) >= SHORTEST_INITIALS}

    @cached_property
    def in_domains(self):
        """What a label of the employer's domain may be."""
        return self.together | self.initials | {"".join(self.key.split()), self.seat} - {""}

    @cached_property
    def clues(self):
        found = {self.key} | self.beginnings | self.in_domains
        for word in {*self.stems, *self.words}:
            found |= variants(word, 1 if len(word) < 10 else 2, LONGEST_VARIED)
        return frozenset(found | variants(self.letters, 1, 3 * LONGEST_VARIED))

    @cached_property
    def telling(self):
        """Those of its words that are not common in names of trades and places."""
        return [stem for stem in self.stems if not is_common(stem)]

    @cached_property
    def tells(self):
        """Whether it says by itself which employer is meant, so that more words in another name change nothing."""
        if len(self.stems) == 1:
            return any(len(word) >= SHORTEST_ALONE for word in self.telling_words)
        return len(self.stems) >= 3 or any(not is_trade(stem) for stem in self.stems)

    @cached_property
    def telling_words(self):
        return [word for word in self.words if not is_common(stem(word))]

    @cached_property
    def seat(self):
        """“toronto” of “City of Toronto”: such employers have their place as their domain. Else empty."""
        place = [word for word in self.words if word not in lists()["employers with a place for a name"]]
        return "" if len(place) == len(self.words) or any(is_trade(stem(word)) for word in place) else "".join(place)


@lru_cache(maxsize=20_000)
def read(text):
    return Name(text or "")


@lru_cache
def lists():
    """The lists of employer_words.txt by their headings. Common words are there by their stems, nobody's folded."""
    found = {heading: frozenset(words.split()) for heading, words in sections().items()}
    for heading in ("common words of trades", "places"):
        found[heading] = frozenset(stem(word) for word in found[heading])
    found["nobody"] = frozenset("".join(words_of(word)) for word in found["nobody"])
    return found


@lru_cache
def stand_ins():
    """By words for one another, the first of their line."""
    lines = [line.split() for line in sections()["words for one another"].splitlines()]
    return {word: words[0] for words in lines for word in words[1:]}


@lru_cache
def sections():
    return dict(re.findall(r"^\[(.+)\]\n([^\[]+)", WORDS.read_text(encoding="utf-8"), re.M))


def is_trade(stem):
    return stem in lists()["common words of trades"]


def is_common(stem):
    return is_trade(stem) or stem in lists()["places"]


def spell_out(text):
    """The text with letters that stand alone written together: S.A.R.L., A & W, J. P. Morgan."""
    text = ATTACHED_FORMS.sub(" ", unicodedata.normalize("NFKC", text))
    text = re.sub(r"\bSpA\b", "SARL", text)  # Not so every spa.
    text = re.sub(r"\b([Cc]o)-(?=\w)", r"\1", text)  # A co-op is no company called op.
    return ONE_LETTER_EACH.sub(lambda found: "".join(re.findall(r"[^\W\d_]", found[0])), text)


def without_forms(words):
    """The words without legal forms, or what is left before nothing would be."""
    anywhere, at_end = lists()["legal forms"], lists()["legal forms at the end"]
    words = [word for word in words if word not in anywhere] or words[:1]
    while ending := length_of_form(words, at_end | anywhere):
        words = words[:-ending]
    return words[1:] if len(words) > 1 and words[0] in lists()["legal forms at the front"] else words


def length_of_form(words, forms):
    """How many words at the end are one legal form, such as “s r o” or “sp zoo”. None where something must stay."""
    for length in range(1, min(4, len(words) - 1) + 1):
        last = words[-length:]
        if "".join(last) in forms and (length == 1 or max(map(len, last)) <= 3):
            return length
    return 0


def stem(word):
    """The word in the singular, nearly, and the usual one of those that stand for one another, as “St” for “Saint”."""
    word = BRITISH.sub(lambda found: found[1] + ("or" if found[2] == "our" else "er"), singular(word))
    return stand_ins().get(word, word)


def singular(word):
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("ches", "shes", "sses", "xes")) else word[:-1]


def abbreviates(short, long):
    """Whether one is the initials of the other, as TPL is of Toronto Public Library."""
    return not short.together.isdisjoint(long.initials)


def part_of(shorter, longer):
    """Whether the words of the one are all in the other, and tell enough to mean it."""
    if len(shorter.words) == len(longer.words):
        return False
    edits = edits_between(shorter.stems, longer.stems)
    found = edits is not None and edits <= len(shorter.letters) // SHORTEST_MISSPELLED_IN_PART
    return found and (shorter.tells or only_says_more(shorter, longer))


def begins(one, other):
    """Whether the other name begins with this one, where either may be written together."""
    enough = len(one.letters) >= SHORTEST_ALONE and (one.telling or len(one.words) > 1)
    return bool(enough) and not one.together.isdisjoint(other.beginnings)


def only_says_more(shorter, longer):
    """Whether the longer name adds nothing but common words, as Bell Canada does to Bell."""
    added = set(longer.stems) - set(shorter.stems)
    return len(shorter.letters) >= 3 and bool(shorter.telling) and all(map(is_common, added))


def misspelled(one, other):
    """Whether the names differ in a letter or two of those that may be mistyped."""
    length = min(len(one.letters), len(other.letters))
    if length < SHORTEST_MISSPELLED or abs(len(one.letters) - len(other.letters)) > 2:
        return False
    if len(one.words) == len(other.words):
        found = [edits_between(one.stems, other.stems)]
        if all(len(stem) >= SHORTEST_MISSPELLED for stem in set(one.stems) ^ set(other.stems)):
            found.append(edits_between(one.words, other.words))
        return any(edits is not None and edits <= length // SHORTEST_MISSPELLED for edits in found)
    return length >= 9 and digits(one.letters) == digits(other.letters) and edits_in(one.letters, other.letters) <= 1


def edits_between(few, many):
    """How many letters are wrong when each of the few words is one of the many. None where one of them is not there."""
    many, total = list(many), 0
    for word in few:
        found = word if word in many else next((other for other in many if nearly(word, other)), None)
        if found is None:
            return None
        many.remove(found)
        total += edits_in(word, found)
    return total


def nearly(one, other):
    """Whether two different words may be one, mistyped. North is not south, and a number is no other number."""
    shortest = min(len(one), len(other))
    if shortest < 4 or abs(len(one) - len(other)) > 2:
        return False
    if one[0] != other[0] and sorted(one[:2]) != sorted(other[:2]):
        return False
    changed = len(one) == len(other) and sorted(one) != sorted(other)
    if digits(one + other) or (changed and (shortest < SHORTEST_ALONE or (is_common(one) and is_common(other)))):
        return False
    return edits_in(one, other) <= (2 if shortest >= 10 else 1)


def variants(word, edits, longest):
    """A set that two words share where one is the other with so many letters mistyped: each without some letters.

    Of very long ones there are too many: all of those share one sign.
    """
    found = {word}
    if len(word) <= longest + 2:
        for _edit in range(edits):
            found |= {text[:place] + text[place + 1 :] for text in found for place in range(len(text))}
    if len(word) >= longest - 2:
        found.add("…")
    return found


def digits(text):
    return [sign for sign in text if sign.isdigit()]


def edits_in(one, other):
    """How many letters were added, left out, changed, or swapped with their neighbour between two words.

    Of two long ones that differ far apart it says at most how many.
    """
    while one and other and one[0] == other[0]:
        one, other = one[1:], other[1:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    if max(len(one), len(other)) > LONGEST_COMPARED:
        return max(len(one), len(other))
    before, row = [], list(range(len(other) + 1))
    for i, sign in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, mark in enumerate(other, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (sign != mark)))
            if i > 1 and j > 1 and sign == other[j - 2] and one[i - 2] == mark:
                row[j] = min(row[j], last[j - 2] + 1)
    return row[-1]


def labels_of(domain):
    """The labels of a mail domain that may name somebody: without what ends it, and without mail hosts."""
    labels = [label for label in domain.casefold().rpartition("@")[2].strip(".").split(".") if label]
    labels = labels[:-1]
    if len(labels) > 1 and labels[-1] in lists()["second labels of domains"]:
        labels = labels[:-1]
    return [label for label in labels if label not in lists()["mail hosts"]] or labels[-1:]
