"""Where a text mentions an employer, a person, a day, or how to reach somebody: as spans, pairs of (start, end).

A helper who is not named wants to hear of each; whoever describes duties wants to hear of nothing else. So a word that
may mean something everyday counts only where it is written as a name is, and numbers only where they are no amounts.
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path

from babel import dates

from .i18n import language
from .likeness import (
    ATTACHED_FORMS,
    ONE_LETTER_EACH,
    SHORTEST_ALONE,
    abbreviates,
    alike,
    alike_to_domain,
    lists,
    nearly,
    read,
    stem,
)
from .text import fold, words_of

EVERYDAY_WORDS = Path(__file__).parent / "everyday_words.txt"

SHORTEST_PART = 3  # Letters of a part of somebody's name that is looked for by itself.
MOST_WORDS = 8  # Of an employer's name that are looked for together.
MOST_TRIES = 2000  # So many places of a text are compared with a name at most: nobody waits for long.
FEWEST_DIGITS, MOST_DIGITS = 7, 15  # Of a telephone number.

WORD = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*")
OPENS_SENTENCE = re.compile(r"(?:^|[.!?:;…])[\s*#>•\"“„«(\[\-–—]*$")
IDEOGRAPHIC = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")


# An employer


def of_employer(text, employer, cased=True):
    """The spans in which the text names this employer, or one with a name like it.

    `cased` says whether a capital letter means something: in titles and places each word may have one.
    """
    name = read(employer)
    if not name.words:
        return []
    found = Found(text, _letters_apart(text, name))
    found.add(*_ideographs(text, ATTACHED_FORMS.sub("", employer).strip()))
    words = [word for word in words_in(text) if found.free(word.span)]
    near = {word.folded: _related(word.folded, name) for word in words}
    places = [place for place, word in enumerate(words) if near[word.folded]]
    found.add(*_capital_runs(text, words, name))
    lengths = range(min(len(name.all) + 2, MOST_WORDS), 0, -1)
    windows = (words[first : first + length] for length in lengths for first in places if first + length <= len(words))
    for window in islice((window for window in windows if near[window[-1].folded]), MOST_TRIES):
        span = (window[0].start, window[-1].end)
        if "\n" not in text[slice(*span)] and found.free(span) and _names(text, window, employer, cased):
            found.add(_with_form(text, words, span))
    return found.spans


def _related(folded, name):
    """Whether a word may be one of the name's, or the name itself in another form."""
    if folded in name.initials or folded in name.together or folded in name.beginnings:
        return True
    return any(_part_of(stem(folded), other) for other in name.stems[:MOST_WORDS])


def _part_of(word, other):
    """Whether a word is the other, perhaps mistyped, or begins or ends it, as green does Greenleaf."""
    if word == other or nearly(word, other):
        return True
    return len(word) >= SHORTEST_PART and (other.startswith(word) or other.endswith(word))


def _names(text, window, employer, cased):
    """Whether these words name the employer."""
    name, written = read(employer), read(text[window[0].start : window[-1].end])
    if not written.words:
        return False
    telling = [word for word in window if word.folded not in lists()["small words"]]
    capitals = cased and all(word.capital for word in telling)
    whole = not written.together.isdisjoint(name.together)
    if len(window) == 1:
        return _names_alone(window[0], written, name, whole, cased)
    if abbreviates(name, written) and not whole:
        return capitals
    together = len(window) <= len(name.named) and len(written.words) == len(name.words)
    return alike(written.text, employer) and (whole or capitals or together)


def _names_alone(word, written, name, whole, cased):
    if whole:
        return word.capital or (len(written.letters) >= SHORTEST_ALONE and word.plain not in everyday_words())
    if word.folded in name.initials:
        return word.text.isupper()
    if len(name.words) == 1:
        return alike(written.text, name.text)
    return cased and word.capital and not word.opens and alike(written.text, name.text)


def _letters_apart(text, name):
    """Where letters that stand alone are the name, as in A & W."""
    return [found.span() for found in ONE_LETTER_EACH.finditer(text) if fold(read(found[0]).key) in name.together]


def _capital_runs(text, words, name):
    """Where words with capitals have the initials that the name is, as Toronto Public Library has those of TPL."""
    short = next(iter(name.together), "")
    if len(name.all) != 1 or len(short) < SHORTEST_PART:
        return []
    found = []
    for first in range(len(words) - len(short) + 1):
        window = words[first : first + len(short)]
        span = (window[0].start, window[-1].end)
        if all(word.capital for word in window) and "".join(word.folded[:1] for word in window) == short:
            found += [] if "\n" in text[slice(*span)] else [span]
    return found


def _with_form(text, words, span):
    """The span with the legal form behind it, where there is one: Harbour Works Ltd."""
    forms = lists()["legal forms"] | lists()["legal forms at the end"]
    following = next((word for word in words if word.start >= span[1]), None)
    if not following or following.folded not in forms or not (following.capital or len(following.text) > 2):
        return span
    return (span[0], following.end) if text[span[1] : following.start].strip() in ("", ",") else span


def _ideographs(text, name):
    """Where a name stands in a script that writes no spaces between words."""
    if len(name) < 2 or not IDEOGRAPHIC.search(name):
        return []
    return [found.span() for found in re.finditer(re.escape(name), text)]


# A person


def of_person(text, name, cased=True):
    """The spans in which the text names this person: by the whole name, or by a part that is no everyday word.

    A part that is one, such as Will, counts where it is written as a name is, or signs the text.
    """
    parts, words = words_of(name), words_in(text)
    found = Found(text, _whole_names(words, parts) + _ideographs(text, name))
    wanted = {part for part in parts if len(part) >= SHORTEST_PART}
    signing = _signature(text, words, parts)
    for place, word in enumerate(words):
        if word.plain not in wanted:
            continue
        as_name = cased and word.capital and not word.opens
        if as_name or word in signing or word.plain not in everyday_words():
            found.add(_with_initial(text, words, place, parts))
    found.add(*(word.span for word in signing))
    return _joined(text, found.spans)


def _joined(text, spans):
    """The spans, those in one that only a space, a dot or a hyphen parts: Anne-Marie."""
    joined = []
    for span in spans:
        if joined and re.fullmatch("[ .-]*", text[joined[-1][1] : span[0]]):
            span = joined.pop()[0], span[1]
        joined.append(span)
    return joined


def _whole_names(words, parts):
    """Where all parts of the name follow one another, in either order."""
    found = []
    if sum(map(len, parts)) < SHORTEST_PART or len(parts) < 2:
        return found
    for first in range(len(words) - len(parts) + 1):
        window = words[first : first + len(parts)]
        if [word.plain for word in window] in (parts, parts[::-1]):
            found.append((window[0].start, window[-1].end))
    return found


def _with_initial(text, words, place, parts):
    """The span of a word, from the initials of other parts of the name before it: H. Helper."""
    start, end = words[place].span
    initials = {part[0] for part in parts}
    while place and words[place - 1].folded in initials and text[words[place - 1].end : start].strip() in ("", "."):
        place -= 1
        start = words[place].start
    return start, end


def _signature(text, words, parts):
    """The words at the end of the text that sign it: nothing but parts of the name and initials, in a line of its own.

    The last word alone is enough where it is a part of the name with a capital.
    """
    if not words:
        return []
    line_start = text.rstrip().rfind("\n") + 1
    last = [word for word in words if word.start >= line_start]
    initials = {part[0] for part in parts} | {"".join(part[0] for part in parts)}
    alone = line_start > 0 or re.match(r"\s*[—–-]", text)
    signs = all(word.plain in parts or word.folded in initials for word in last) and len(last) <= len(parts)
    if alone and last and signs and any(word.capital for word in last):
        return last
    ends = words[-1].plain in parts and words[-1].capital and len(words[-1].plain) >= SHORTEST_PART
    return words[-1:] if ends and len(words) > 1 else []


@lru_cache
def everyday_words():
    """Names that are everyday words too, or words of a trade, folded."""
    listed = EVERYDAY_WORDS.read_text(encoding="utf-8").split()
    return frozenset(listed) | lists()["common words of trades"]


# A day


def of_day(text, day):
    """The spans in which the text says this very day, in figures or in words of English and of the site's language."""
    found = Found(text)
    for pattern in _patterns_of(day, language()):
        for match in pattern.finditer(text):
            span = match.span("day") if "day" in pattern.groupindex else match.span()
            if text[slice(*span)][-2:-1].isalpha() and text[span[1] - 1] == ".":  # It ends the sentence.
                span = span[0], span[1] - 1
            found.add(span)
    return found.spans


@lru_cache(maxsize=100)
def _patterns_of(day, language):
    d, m, year = f"0?{day.day}", f"0?{day.month}", f"(?:{day.year}|['’]?{day.year % 100:02})"
    month = _either(_names_of_month(day.month, language))
    weekday = f"(?:(?:{_either(_names_of_weekday(day.weekday(), language))})\\.?,?\\s+)?"
    years = rf"(?:,?\s+(?:de\s+)?{year}(?!\w))?(?!,?\s+(?:de\s+)?(?:19|20)\d\d)"
    before = r"(?<![\w.,/-])"
    either_way = rf"(?:{d}(?P<sign>[./-]){m}|{m}(?P<sig>[./-]){d})"
    leads = r"\b(?:on|until|till|by|is|from|before|after|le|bis|am|ab|al|el)\s+"
    short = [] if (day.day, day.month) == (24, 7) else [rf"{leads}(?P<day>{d}[/.]{m}|{m}[/.]{d})(?![\d/.%])"]
    patterns = [
        rf"{before}{weekday}(?:the\s+)?{d}(?:st|nd|rd|th|er|º|\.)?(?:\s+(?:of|de)\b|\s+d['’])?[\s-]*{month}\.?(?!\w)"
        rf"(?:-{year}(?!\w))?{years}",
        rf"{before}{weekday}{month}\.?[\s-]+(?:the\s+)?{d}(?!\d)(?:st|nd|rd|th)?(?![\w:])(?!\.\d){years}",
        rf"(?<!\d){day.year}(?:[-/.]|\s?年\s?){m}(?:[-/.]|\s?月\s?){d}(?!\d)日?",
        rf"(?<![\d年]){m}月{d}日",
        rf"{before}{either_way}[./-](?:{day.year}|{day.year % 100:02})(?!\d)",
        rf"{before}{d}\.\s?{m}\.(?!\d)",
        *short,
    ]
    return [re.compile(pattern, re.I) for pattern in patterns]


def _names_of_month(number, language):
    names = set()
    for code in {"en", language}:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                names.add(dates.get_month_names(width, context, code)[number].rstrip("."))
    return names | ({"Sept"} if number == 9 else set())


def _names_of_weekday(number, language):
    names = set()
    for code in {"en", language}:
        for width in ("wide", "abbreviated"):
            names.add(dates.get_day_names(width, "format", code)[number].rstrip("."))
    return names


def _either(names):
    """A pattern for one of these names, with or without its marks. May is a month only with a capital letter."""
    spelled = {name for one in names for name in (one, fold(one)) if not name.isdigit()}
    if "may" in spelled:
        spelled -= {"may", "May"}
        return f"(?:(?-i:May|MAY){''.join('|' + re.escape(name) for name in sorted(spelled, key=len, reverse=True))})"
    return f"(?:{'|'.join(re.escape(name) for name in sorted(spelled, key=len, reverse=True))})"


# How to reach somebody

ADDRESS = re.compile(
    r"(?<![^\s@<>()\[\],;:])[^\s@<>()\[\],;:]+@[^\s@<>()\[\],;:]+\.[^\W\d_]{2,}"
    r"|(?<![\w.+-])[\w.+-]+\s*(?:\(at\)|\[at\]|\sat\s)\s*[\w-]+(?:\s*(?:\(dot\)|\[dot\]|\sdot\s)\s*\w{2,})+",
    re.I,
)
# Endings of addresses, without those that are words: “Do it.In time” names no site.
ENDINGS = (
    "com|org|net|edu|gov|info|biz|ca|uk|de|fr|ie|au|nz|nl|ch|se|dk|fi|pl|es|pt|br|mx|jp|kr|cn|eu|io|co|app|dev|jobs|"
    "shop|store|online|site|coop|cafe|example"
)
LINK = re.compile(
    rf"\[[^\]\n]{{0,200}}\]\([^)\s]{{1,500}}\)|\b(?:https?://|www\.)[^\s<>()\[\]“”\"]+"
    rf"|(?<![\w@.-])[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:{ENDINGS})(?![\w@-])(?:/[^\s<>()\[\]“”\"]*)?"
    r"|(?<![\w@.-])[a-z0-9-]{3,}\.[a-z]{2,}/[^\s<>()\[\]“”\"]+",
    re.I,
)
DOMAIN = re.compile(r"(?<![\w@.-])[a-z0-9-]{2,}(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?![\w-])", re.I)
NO_SITES = re.compile(r"(?:asp|vb|ado|node|vue|next|three|d3)\.\w+", re.I)
HANDLE = re.compile(r"(?<![\w@./])@[a-z0-9_][a-z0-9_.]{1,28}[a-z0-9_]", re.I)
CALLED = re.compile(
    r"\b(?:ig|insta|instagram|telegram|signal|discord|snapchat|whatsapp|wechat|tiktok|twitter|linkedin|facebook|skype)"
    r"\s*[:=]\s*(?P<handle>@?[a-z0-9_.-]*(?:[0-9_]|\.[a-z])[a-z0-9_.-]*)",
    re.I,
)
NUMBERS = re.compile(r"(?<![\w.,/$€£-])\+?\(?\d(?:[\d\s().\-–/]{5,40}\d)(?![\w%])(?![.,:]\d)")
NO_TELEPHONES = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:19|20)?\d\d|(?:19|20)\d\d"
    r"|(?:[01]\d|2[0-4])[0-5]\d\s*[-–]\s*(?:[01]\d|2[0-4])[0-5]\d|\d{1,3}(?:[ .]\d{3})+\s*[-–]\s*\d{1,3}(?:[ .]\d{3})+"
    r"|[1-9]\d{0,2}(?: 000)+)(?!\d)"
)


def of_contacts(text, employer=""):
    """The spans of mail addresses, links, telephone numbers and names at social networks.

    With an employer, a word with a dot in it that may be its domain is one as well.
    """
    found = Found(text)
    links = (span for span in _spans(LINK, text) if not NO_SITES.fullmatch(text[slice(*span)].strip(".")))
    domains = (span for span in _spans(DOMAIN, text) if employer and alike_to_domain(employer, text[slice(*span)]))
    called = (match.span("handle") for match in CALLED.finditer(text))
    for spans in (links, _spans(ADDRESS, text), domains, called, _spans(HANDLE, text), _telephones(text)):
        found.add(*spans)
    return found.spans


def _spans(pattern, text):
    """Where the pattern matches, without the full stop behind it."""
    for match in pattern.finditer(text):
        yield match.start(), match.start() + len(match[0].rstrip(".,;:!?"))


def _telephones(text):
    for match in NUMBERS.finditer(text):
        digits = re.sub(r"\D", "", NO_TELEPHONES.sub("", match[0]))
        apart = re.search(r"[^\d+]", match[0]) or match[0].startswith(("+", "0"))
        if (FEWEST_DIGITS if apart else FEWEST_DIGITS + 2) <= len(digits) <= MOST_DIGITS and "\n" not in match[0]:
            yield match.span()


# Spans


@dataclass(frozen=True)
class Word:
    """A word of a text, and where it stands. `opens` says that it begins a sentence or a line."""

    text: str
    start: int
    end: int
    opens: bool

    @property
    def span(self):
        return self.start, self.end

    @cached_property
    def folded(self):
        return fold(self.text)

    @cached_property
    def plain(self):
        """The word as it is compared, without ’s behind it."""
        return fold(re.sub(r"['’ʼ]s$", "", self.text))

    @property
    def capital(self):
        return self.text[:1].isupper()


def words_in(text):
    """The words of the text in order, as a list."""
    words, end = [], 0
    for match in WORD.finditer(text):
        opens = not words or _opens_sentence(text[end : match.start()])
        words.append(Word(match[0], *match.span(), opens))
        end = match.end()
    return words


def _opens_sentence(between):
    """Whether a word begins a sentence or a line, by what stands between it and the word before."""
    sign = between.strip(" ")[-20:]
    return "\n" in between or bool(sign and OPENS_SENTENCE.search(sign))


class Found:
    """Spans of one text of which no two share anything: what is found first stands."""

    def __init__(self, text, spans=()):
        self.text, self._spans, self._taken = text, [], bytearray(len(text))
        self.add(*spans)

    def add(self, *spans):
        for start, end in filter(self.free, spans):
            self._spans.append((start, end))
            self._taken[start:end] = b"1" * (end - start)

    def free(self, span):
        return not any(self._taken[slice(*span)])

    @property
    def spans(self):
        return sorted(self._spans)


def replaced(text, spans, stand_in):
    """The text with something else in place of the spans, which are in order. A link keeps what can be pressed."""
    for start, end in reversed(spans):
        shown = re.match(r"\[([^\]\n]*)\]\(", text[start:end])
        text = text[:start] + (shown[1] if shown else stand_in) + text[end:]
    return text
