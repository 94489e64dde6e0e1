"""Places and names are kept with the folded form by which they are found, and the search looks through folded words.

The folding stands here as it was when this was written, so that every database is brought up in the same way.
"""

import re
import unicodedata

from peewee import *

INVISIBLE = re.compile(
    "[\u180b-\u180d\u180f\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef"
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160"
    "\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0"
    "\ufff0-\ufffc\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f\U00016fe4\U0001bca0-\U0001bca3\U0001d159"
    "\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]+"
)
MOST_MARKS = 30
MARKS_PERHAPS = re.compile(rf"[^\w\s]{{{MOST_MARKS + 1},}}")
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

KEYS = (('referral', 'place_key', 'location'), ('member', 'name_key', 'name'))
WORDS = ('title', 'employer', 'location', 'duties')


def up(migrator, db):
    for table, key, column in KEYS:
        migrator.migrate(migrator.add_column(table, key, CharField(default='')))
        for id, text in db.execute_sql(f'SELECT id, {column} FROM {table}').fetchall():
            db.execute_sql(f'UPDATE {table} SET {key} = ? WHERE id = ?', (fold(text, TOGETHER), id))
    index(db, db.execute_sql(f'SELECT rowid, {", ".join(WORDS)} FROM referral_text').fetchall(), searchable)


def down(migrator, db):
    found = db.execute_sql(
        "SELECT r.id, r.title, CASE r.employer_named WHEN 1 THEN r.employer ELSE r.employer_words END, r.location, d.text "
        'FROM referral_text t JOIN referral r ON r.id = t.rowid JOIN duties d ON d.referral_id = r.id'
    ).fetchall()
    index(db, found, str)
    for table, key, _column in KEYS:
        migrator.migrate(migrator.drop_column(table, key))


def index(db, rows, reading):
    """The search finds each of these postings by its words, read so."""
    insert = f'INSERT INTO referral_text (rowid, {", ".join(WORDS)}) VALUES (?, ?, ?, ?, ?)'
    for id, *texts in rows:
        db.execute_sql('DELETE FROM referral_text WHERE rowid = ?', (id,))
        db.execute_sql(insert, (id, *map(reading, texts)))


def searchable(text):
    together, apart = fold(text, TOGETHER), fold(text, APART)
    return together if together == apart else f'{together}\n{apart}'


def fold(text, apostrophes):
    text = MARKS_PERHAPS.sub(few_marks, INVISIBLE.sub('', text or '')).translate(apostrophes)
    text = decomposed(text).casefold().translate(apostrophes).translate(PLAIN)
    return unicodedata.normalize('NFC', ' '.join(decomposed(text).split()))


def decomposed(text):
    signs = unicodedata.normalize('NFKD', text)
    return ''.join(sign for sign in signs if unicodedata.category(sign) not in ('Mn', 'Me') or SPELLING.match(sign))


def few_marks(run):
    marks, kept = 0, []
    for sign in run[0]:
        marks = marks + 1 if unicodedata.combining(sign) else 0
        if marks <= MOST_MARKS:
            kept.append(sign)
    return ''.join(kept)
