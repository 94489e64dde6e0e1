"""What people write: cleaned once where it comes in, and one form in which texts are compared.

Everything that Golem keeps has passed through `clean_line` or `clean_text`, except passwords. Whatever asks whether
two texts say the same (search, filters, blocked words, names) compares what `fold` makes of them.
"""

import re
import unicodedata

# What no reader sees: controls, formats (Cf), fillers and blanks, tags, halves of characters, and code points that will
# never be a character. White space, joiners and variation selectors are not among them: they are looked at one by one.
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160"
    "\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0"
    "\ufff0-\ufffc\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f\U00016fe4\U0001bca0-\U0001bca3\U0001d159"
    "\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]+"
)
JOINERS = re.compile("[\u200c\u200d]+")
SELECTORS = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
LINE_BREAKS = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")

# Scripts whose spelling needs joiners: the Arabic and its neighbours, and those of India and of what lies east of it.
JOINING = re.compile(
    "[\u0620-\u0dff\u0f00-\u109f\u1780-\u18af\u1a20-\u1cff\ua840-\ua9ff\uaa00-\uaaff\ufb50-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00010aff\U00011000-\U00011fff\U0001e900-\U0001e95f]"
)
VIRAMA = 9  # The combining class of the sign that takes a letter's vowel away.

PICTURES = re.compile(
    "[\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001faff]"
)
IDEOGRAPHS = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
MONGOLIAN = re.compile("[\u1807-\u18aa]")
KEYCAP = "\u20e3"

# More marks on one letter than any spelling has: putting them in order would take longer than reading the text.
MOST_MARKS = 30
MARKS_PERHAPS = re.compile(rf"[^\w\s]{{{MOST_MARKS + 1},}}")

# Marks that are vowels, or make another letter of one: those of the scripts from India to Laos, and the Japanese ones.
SPELLING = re.compile(
    "[\u0900-\u109f\u1700-\u180a\u1a20-\u1aaf\u1b00-\u1cff\u3099\u309a\ua800-\uaaff\uabe3-\uabed"
    "\U00010a00-\U00010a3f\U00011000-\U00011fff]"
)

APOSTROPHES = (
    "'`\xb4\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb\u0384\u055a\u05f3\u07f4\u07f5\u1fbd\u1fbf\u1fef\u1ffd"
    "\u2018\u2019\u201b\u2032\u2035\ua78b\ua78c\uff07\uff40"
)
DASHES = (
    "\u02d7\u058a\u05be\u1400\u1806\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2e17\u2e1a\u2e3a\u2e3b\u2e40\u2e5d"
    "\u301c\u3030\u30a0\ufe31\ufe32\ufe58\ufe63\uff0d\U00010ead"
)
TWO_LETTERS = {"æ": "ae", "œ": "oe", "þ": "th", "ß": "ss", "ĳ": "ij"}
ONE_LETTER = str.maketrans("ŋĸłøđðıħŧƀɓƈɖɗəɛƒǥɠɣɨɉƙƚɫɱɲɔɵƥɍʂƭʈʉʋƴɏƶ", "nkloddihtbbcddeefgggijkllmnooprsttuvyyz")
PLAIN = ONE_LETTER | str.maketrans(TWO_LETTERS | dict.fromkeys(DASHES, "-"))
TOGETHER = str.maketrans(dict.fromkeys(APOSTROPHES, ""))
APART = str.maketrans(dict.fromkeys(APOSTROPHES, " "))


def clean_line(text):
    """What somebody typed into one line, as it is kept: "" where it shows nothing.

    It is composed (NFC) and holds no character that nobody sees or that turns the line; any white space and any line
    break is one space. Cleaning it again changes nothing, and it compares as it did: see `fold`.
    """
    return _something(" ".join(_readable(text).split()))


def clean_text(text):
    """What somebody typed into several lines, as it is kept: "" where it shows nothing.

    As `clean_line`, but tabs, the indents of further lines and up to two blank lines in a row stay, and every kind of
    line break is a newline.
    """
    lines = LINE_BREAKS.sub("\n", _readable(text)).split("\n")
    text = "\n".join(line.rstrip() for line in lines).strip()
    return _something(re.sub("\n{4,}", "\n\n\n", text))


def visible(text):
    """The text without any character that nobody sees, joiners and variation selectors as well."""
    for unseen in (INVISIBLE, JOINERS, SELECTORS):
        text = unseen.sub("", text)
    return text


def fold(text):
    """The form in which texts are compared: two that people would call the same have the same.

    Small letters without marks, in their plain width, with l for ł and ss for ß; no apostrophes, so that O’Brien is
    obrien; one kind of dash; one space between words. Other punctuation stays.
    """
    return _folded(text, TOGETHER)


def fold_apart(text):
    """As `fold`, but an apostrophe parts words: “l’école” is "l ecole". So whole words are found in it."""
    return _folded(text, APART)


def words_of(text):
    """The folded words of a text, as a list: letters, their marks, and digits."""
    return "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in fold(text)).split()


def _readable(text):
    text = unicodedata.normalize("NFC", _with_few_marks(INVISIBLE.sub("", text or "")))
    text = JOINERS.sub(_joiner, SELECTORS.sub(_selector, text))
    return unicodedata.normalize("NFC", text)


def _with_few_marks(text):
    return MARKS_PERHAPS.sub(_few_marks, text)


def _few_marks(run):
    marks, kept = 0, []
    for sign in run[0]:
        marks = marks + 1 if unicodedata.combining(sign) else 0
        if marks <= MOST_MARKS:
            kept.append(sign)
    return "".join(kept)


def _selector(run):
    """The first of these variation selectors where it changes how the sign before it looks, or nothing."""
    before, after = _neighbours(run)
    selector = run[0][0]
    if selector in "\ufe0e\ufe0f":
        keycap = after == KEYCAP and before in set("0123456789#*")
        return selector if keycap or PICTURES.match(before) else ""
    script = MONGOLIAN if selector < "\u1900" else IDEOGRAPHS
    return selector if script.match(before) else ""


def _joiner(run):
    """The last of these joiners where spelling or a picture made of several needs it, or nothing."""
    before, after = _neighbours(run)
    joiner = run[0][-1]
    needed = _joins(before) and _joins(after)
    if joiner == "\u200d":
        needed = needed or (before and unicodedata.combining(before) == VIRAMA)
        needed = needed or (PICTURES.match(after) and (before == "\ufe0f" or PICTURES.match(before)))
    return joiner if needed else ""


def _neighbours(run):
    text = run.string
    return text[run.start() - 1 : run.start()], text[run.end() : run.end() + 1]


def _joins(sign):
    return JOINING.match(sign) is not None and unicodedata.category(sign)[0] in "LM"


def _something(text):
    """The text, or "" where it is nothing but space and marks that stand on no letter."""
    return text if _without_marks(text).strip() else ""


def _folded(text, apostrophes):
    text = _with_few_marks(visible(text or "")).translate(apostrophes)
    text = _decomposed(text).casefold().translate(apostrophes).translate(PLAIN)
    return unicodedata.normalize("NFC", " ".join(_decomposed(text).split()))


def _decomposed(text):
    return _without_marks(unicodedata.normalize("NFKD", text))


def _without_marks(text):
    if text.isascii():
        return text
    return "".join(sign for sign in text if unicodedata.category(sign) not in ("Mn", "Me") or SPELLING.match(sign))
