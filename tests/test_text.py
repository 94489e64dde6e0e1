"""What people write: cleaned once where it comes in, and compared as a reader would."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from models import clean_line, clean_text, fold, fold_apart, visible, words_of

ZERO_WIDTH, SOFT_HYPHEN, FULL_WIDTH, UNDERLINED = (
    "crypto\u200bscam",
    "crypto\xadscam",
    "ｃｒｙｐｔｏ",
    "crypto\u0332scam",
)
UNSEEN = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in ("Cf", "Cs")]
CONTROLS = [chr(code) for code in range(0xA0) if unicodedata.category(chr(code)) == "Cc" and not chr(code).isspace()]
BLANK = [
    "\u034f",
    "\u115f",
    "\u1160",
    "\u17b4",
    "\u180b",
    "\u2065",
    "\u2800",
    "\u3164",
    "\ufe0f",
    "\uffa0",
    "\U000e0101",
]
SPACES = [chr(code) for code in range(0x3001) if chr(code).isspace()]

# Letters of any script, and what stands between and around them unseen.
TEXTS = some.text(
    some.one_of(
        some.characters(codec="utf-8"),
        some.sampled_from([*"aeiо'-1#=☺ ", "\u200c", "\u200d", "\ufe0f", "\ufe00", "\u20e3", "\u0338", "\u0301", "\r"]),
        some.sampled_from(["\u0627", "\u0644", "\u0915", "\u093c", "\u094d", "\u0958", "\u1820", "\u4e2d", "\u1100"]),
    )
)


# Cleaning


@pytest.mark.parametrize("sign", ["\u200b", "\u200d", "\ufeff", "\u2060", "\u3164", "\u2800", "\xad"])
def test_a_name_of_nothing_but_invisible_characters_is_empty(sign):
    assert clean_line(sign * 3) == clean_text(sign * 3) == ""


def test_no_invisible_character_stands_in_what_people_wrote():
    for sign in [*UNSEEN, *CONTROLS, *BLANK]:
        assert clean_line(f"Olga{sign} Owner") == clean_text(f"Olga{sign} Owner") == "Olga Owner", ascii(sign)
        assert clean_line(f" {sign} {sign}") == clean_text(f"\n{sign}\t{sign}") == "", ascii(sign)
        assert visible(f"{sign}nia@example.org{sign}") == "nia@example.org", ascii(sign)


def test_marks_that_stand_on_no_letter_show_nothing():
    assert clean_line("\u0301 \u0332") == ""
    assert clean_line("e\u0301") == "é"


def test_any_space_and_any_line_break_is_one_space_in_a_line():
    assert "\x0b" in SPACES
    assert "\u2029" in SPACES
    for space in SPACES:
        assert clean_line(f"{space}Olga{space}{space}Owner{space}") == "Olga Owner", ascii(space)


@pytest.mark.parametrize("end", ["\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_every_kind_of_line_break_is_one(end):
    assert clean_text(f"one{end}two{end}{end}three{end}") == "one\ntwo\n\nthree"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("one \t \n two\xa0\n\tthree", "one\n two\n\tthree"),
        ("one\n\n\ntwo", "one\n\n\ntwo"),
        ("one\n \n\t\n\n\n\ntwo\n\n", "one\n\n\ntwo"),
        ("a\tb", "a\tb"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_text_keeps_its_tabs_its_indents_and_two_blank_lines(typed, kept):
    assert clean_text(typed) == kept


@pytest.mark.parametrize(
    "spelled",
    [
        *("می‌خواهم", "کتاب‌ها", "क्‍ष", "ক্‍", "ശ്രീ", "അവന്‍", "র‍্য", "ශ්‍රී"),
        *("👩🏽‍🔧💥", "❤️‍🔥", "1️⃣", "👨‍👩‍👧", "🏃‍➡️", "🏳️‍⚧️", "☎︎", "葛\U000e0100", "\u1820\u180b"),
        *("Zoë O’Brien-Łuczak", "שלום", "مرحبا", "한국어", "ประเทศไทย", "C++ & 50 %"),
    ],
)
def test_spelling_and_pictures_stay_whole(spelled):
    assert clean_line(spelled) == clean_text(spelled) == unicodedata.normalize("NFC", spelled)


@pytest.mark.parametrize(
    "unspelled", ["Ol\u200dga", "Ol\u200cga", "Olga\ufe0f", "1\ufe0f", "\u200d👩", "👩\u200d", "ب\u200c"]
)
def test_joiners_and_selectors_that_change_nothing_are_dropped(unspelled):
    assert clean_line(unspelled) == visible(unspelled)


@settings(deadline=None)
@given(TEXTS)
@example("=\u0338\ufe00")
@example("e\u200d\u0301")
@example("\u0627\u200c\ufe0f\u200d\u0628")
def test_cleaning_twice_is_cleaning_once(text):
    assert clean_line(clean_line(text)) == clean_line(text)
    assert clean_text(clean_text(text)) == clean_text(text)


@settings(deadline=None)
@given(TEXTS)
def test_what_was_cleaned_compares_as_it_did(text):
    assert fold(clean_line(text)) == fold(clean_text(text)) == fold(text)
    assert fold(fold(text)) == fold(text)


def test_ten_thousand_marks_on_one_letter_are_a_matter_of_a_moment():
    assert len(clean_text("e" + "\u0316\u0301" * 10_000)) < 100
    assert fold("e" + "\u0316\u0301" * 10_000) == "e"


# Comparing


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("Łódź", "Lodz"), ("Ørsted", "Orsted"), ("Straße", "Strasse"), ("Søn", "SON"), ("Þórður", "Thordur")),
        *(
            ("Æsop", "aesop"),
            ("Œuvre", "oeuvre"),
            ("Đorđe", "Dorde"),
            ("Ħal", "hal"),
            ("Ŧŋ", "tn"),
            ("ISPARTA", "ısparta"),
        ),
        *(("İzmir", "izmir"), ("Montréal", "montreal"), ("E\u0301VIAN", "évian"), ("Noël", "noel"), ("Ёлка", "елка")),
        *(("O’Brien", "OBrien"), ("O'Brien", "Oʼbrien"), ("O´Brien", "O＇Brien"), ("ŉ", "N")),
        *((ZERO_WIDTH, "cryptoscam"), (SOFT_HYPHEN, "cryptoscam"), (UNDERLINED, "cryptoscam"), (FULL_WIDTH, "crypto")),
        *(("Ware\xadhouse", "warehouse"), ("Olga\u200b Owner", "Olga Owner"), ("a\t\n\xa0b ", "a b"), ("ﬁsh", "fish")),
        *(("9–5", "9-5"), ("9—5", "9‑5"), ("9−5", "9-5"), ("می‌خواهم", "میخواهم"), ("ς", "Σ"), ("כֹּל", "כל")),
    ],
)
def test_what_people_would_call_the_same_compares_as_the_same(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("काम", "कम"), ("かき", "かぎ"), ("가", "각"), ("a.b", "a b"), ("c", "c++")]
)
def test_what_people_would_not_call_the_same_does_not(one, other):
    assert fold(one) != fold(other)


def test_words_are_found_on_either_side_of_an_apostrophe():
    assert fold("L’école") == "lecole"
    assert fold_apart("L’école") == "l ecole"


def test_words_are_letters_and_digits():
    assert words_of("Émile’s “café”, 3rd-floor (हिन्दी)_x") == ["emiles", "cafe", "3rd", "floor", "हिन्दी", "x"]
