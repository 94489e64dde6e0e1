"""Employers compared by likeness: whose name or mail domain may well be the same employer's."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.likeness import alike, alike_to_domain, clues, clues_of_domain, key_of, variants

ALIKE = (
    ("St. Michael's Hospital", "Saint Michaels Hospital"),
    ("Bluebird Bookshop", "Bluebird Books"),
    ("Harbour Works", "Harbor Works Inc."),
    ("Verdigris Bindery", "Verdigirs Bindery"),
    ("Riverside Theatre", "Riverside Theater"),
    ("University of Ottawa", "Univ. of Ottawa"),
    ("Starbuks", "Starbucks Queen Street"),
    ("Harbor Works", "Harbour Works"),
    ("Theatre Centre", "Theater Center"),
    ("Harbour Works", "Harbour Works North"),
    ("Acme Inc.", "ACME"),
    ("Acme, Incorporated", "acme"),
    ("Harbour Works", "The Harbour Works Co."),
    ("Harbour Works Ltd", "HARBOUR-WORKS LLC"),
    ("Müller GmbH & Co. KG", "Muller"),
    ("Müller G.m.b.H.", "Müller GmbH"),
    ("Dupont S.A.R.L.", "Dupont SARL"),
    ("Bäckerei Weiß GmbH", "Bäckerei Weiss"),
    ("Novák s.r.o.", "Novak"),
    ("Kowalski Sp. z o.o.", "Kowalski"),
    ("Ferrari S.p.A.", "Ferrari"),
    ("Ferrari SpA", "FERRARI"),
    ("Jensen A/S", "Jensen"),
    ("Volvo AB", "AB Volvo"),
    ("Nokia Oyj", "Nokia"),
    ("Les Équipements Roy Ltée", "Équipements Roy Enr."),
    ("Kovács Kft.", "Kovacs"),
    ("Sony 株式会社", "Sony"),
    ("株式会社任天堂", "任天堂"),
    ("Library, Toronto Public", "Toronto Public Library"),
    ("Tim's Coffee", "Tims Coffee"),
    ("Tim’s Coffee", "Tim's Coffee"),
    ("Blue Bird Books", "Bluebird Books"),
    ("Bluebird Books", "BLUEBIRD-BOOKS"),
    ("Blue Bird Books", "BLUEBIRD-BOOKS"),
    ("Bluebird Books", "Bluebirdbooks"),
    ("Bluebird Book", "Bluebird Books"),
    ("Bakeries of Leslieville", "Bakery of Leslieville"),
    ("Bluebird Books", "Bluebrid Books"),
    ("Bluebird Books", "Blubird Books"),
    ("Starbucks", "Starbuks"),
    ("Siemens", "Seimens"),
    ("Toronto Public Library", "Toronto Public Libary"),
    ("Starbucks", "Starbucks Queen Street"),
    ("Starbucks Coffee", "Starbucks Coffee Company of Canada"),
    ("Toronto Public Library", "Toronto Public Library, Lillian H. Smith Branch"),
    ("City of Toronto", "City of Toronto Parks"),
    ("Bluebird", "Bluebird Books"),
    ("Bell", "Bell Canada"),
    ("IBM", "IBM Canada Ltd."),
    ("I.B.M.", "IBM"),
    ("J.P. Morgan", "JP Morgan"),
    ("J. P. Morgan", "JPMorgan"),
    ("A & W", "A&W"),
    ("TPL", "Toronto Public Library"),
    ("T.P.L.", "Toronto Public Library"),
    ("UBC", "University of British Columbia"),
    ("CAMH", "Centre for Addiction and Mental Health"),
    ("Blue Bird Books Queen Street", "Bluebirdbooks"),
    ("Łódź Shipyard", "Lodz Shipyard"),
    ("Ørsted", "Orsted A/S"),
    ("Hudson's Bay Company", "Hudsons Bay"),
    ("Mountain Equipment Co-op", "Mountain Equipment Coop"),
    ("The Company", "The Company"),
    ("The Bay", "TheBay"),
    ("Ｂｌｕｅｂｉｒｄ Ｂｏｏｋｓ", "bluebird books"),
    ("Blue\u200bbird Books", "Bluebird Books"),
    ("Bluebird & Sons", "Bluebird and Sons"),
    ("Books, Bluebird (Inc.)", "Bluebird Books"),
    ("Tim Hortons", "Tim Horton's"),
    ("Tim Hortons", "Tim Hortons #4021"),
    ("McDonald's", "McDonalds Restaurants"),
    ("7-Eleven", "7 Eleven"),
    ("ООО Ромашка", "Ромашка"),
    ("Loblaw Companies Limited", "Loblaw"),
)

APART = (
    ("Ship Works", "Shop Works"),
    ("Toronto", "Toronto Public Library"),
    ("Books", "Bluebird Books"),
    ("City of Toronto", "Toronto Public Library"),
    ("Public Library", "Toronto Public Library"),
    ("Bluebird Books", "Bluebird Bakery"),
    ("Bluebird Books", "Redbird Books"),
    ("Harbour", "Harbour Works"),
    ("Works", "Harbour Works"),
    ("North Clinic", "South Clinic"),
    ("East Bank", "West Bank"),
    ("Westside Clinic", "Eastside Clinic"),
    ("Northshore Clinic", "Southshore Clinic"),
    ("Local 1201", "Local 1202"),
    ("School 12", "School 13"),
    ("TD Bank", "TB Bank"),
    ("Bank", "TD Bank"),
    ("Bank of Montreal", "Bank of Toronto"),
    ("Royal Bank of Canada", "Royal Mail"),
    ("General Motors", "General Electric"),
    ("General", "General Electric"),
    ("University of Toronto", "University of Ottawa"),
    ("Toronto University", "University Health Network"),
    ("Canada", "Canada Post"),
    ("Canada Post", "Air Canada"),
    ("Hotel Berlin", "Hotel Wien"),
    ("Acme", "Acne"),
    ("Nike", "Nikon"),
    ("Ikea", "Idea"),
    ("Ford", "Fjord"),
    ("Shaw", "Shell"),
    ("Mark's Bakery", "Mary's Bakery"),
    ("Blue Bakery", "Blue Books"),
    ("Group", "Bluebird Group"),
    ("The Company", "Acme Company"),
    ("Inc.", "Acme Inc."),
    ("St. Michael's Hospital", "St. Joseph's Hospital"),
    ("Stadt Köln", "Stadt Bonn"),
    ("Sparkasse", "Sparkasse Bremen"),
    ("Ministry of Health", "Ministry of Labour"),
    ("Apple", "Pineapple Studio"),
    ("Bell", "Taco Bell"),
    ("Bird Books", "Bluebird Books"),
    ("Book City", "City Books Montreal"),
    ("Smith", "Smithson"),
    ("TL", "Toronto Library"),
    ("PL", "Toronto Public Library"),
    ("TPS", "Toronto Public Library"),
    ("Green Grocer", "Green Garden"),
    ("Nordic Spa", "Nordic Sea"),
    ("Johnson Controls", "Johnson Brothers"),
    ("Martin Brewery", "Martin Bakery"),
    ("Dental Clinic", "Yonge Dental Clinic"),
    ("Coffee Shop", "Starbucks Coffee"),
    ("Co-op", "Operators"),
    ("Bistro Nine", "Bistro Ten"),
)

OWN_DOMAINS = (
    ("Bluebird Books", "bluebirdbooks.ca"),
    ("Bluebird Books", "bluebird-books.example"),
    ("Bluebird Books", "mail.bluebirdbooks.co.uk"),
    ("The Bluebird Books Ltd.", "bluebirdbooks.example"),
    ("Bluebird Books", "bluebird.books"),
    ("Bluebird Books", "books.bluebird.example"),
    ("Toronto Public Library", "mail.tpl.ca"),
    ("Toronto Public Library", "tpl.toronto.on.ca"),
    ("Toronto Public Library", "torontopubliclibrary.ca"),
    ("City of Toronto", "toronto.ca"),
    ("Starbucks Queen Street", "starbucks.com"),
    ("Müller GmbH", "müller.example"),
    ("Tim's Coffee", "timscoffee.example"),
    ("University of British Columbia", "student.ubc.ca"),
    ("J.P. Morgan", "jpmorgan.com"),
)

OTHER_DOMAINS = (
    ("City Books", "books.example"),
    ("State Street", "street.example"),
    ("Bluebird Books", "redbirdbooks.ca"),
    ("Bluebird Books", "books.example"),
    ("Toronto Public Library", "toronto.ca"),
    ("Toronto Public Library", "library.example"),
    ("Toronto Public Library", "tpl"),
    ("Toronto Public Library", "ca.example"),
    ("City of Toronto", "tpl.ca"),
    ("Harbour Works", "harbour.example"),
    ("Post Office", "mail.example"),
    ("Starbucks", "co.uk"),
    ("Starbucks", ""),
    ("", "starbucks.com"),
    ("!!", "starbucks.com"),
)

FIRST = ("Blackbird", "Maple", "Toronto", "Queen Street", "Northern", "Bluebell", "Harbour", "Siemens", "Ann", "Blue")
SECOND = ("Books", "Bakery", "Public Library", "Works", "Dental Clinic", "Bird", "Motors", "Foods", "Systems", "Sons")

PIECES = ("Toronto", "Public", "Library", "Bluebird", "Books", "Inc.", "the", "TPL", "12", "S.A.", "Starbucks")
names = st.text(max_size=30) | st.lists(st.sampled_from(PIECES), max_size=5).map(" ".join)


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_names_that_may_well_mean_one_employer_are_alike(one, other):
    assert alike(one, other)
    assert alike(other, one)


@pytest.mark.parametrize(("one", "other"), APART)
def test_names_of_two_employers_are_not_alike(one, other):
    assert not alike(one, other)
    assert not alike(other, one)


@pytest.mark.parametrize("name", ["", "   ", "!!", "\u200b", None])
def test_an_empty_name_is_like_nothing(name):
    assert not alike(name, "Acme")
    assert not alike(name, name)


@settings(max_examples=300, deadline=None)
@given(names, names)
def test_likeness_is_the_same_from_both_sides(one, other):
    assert alike(one, other) == alike(other, one)


@settings(max_examples=300, deadline=None)
@given(names)
def test_a_name_with_a_letter_has_a_key_and_is_like_itself(name):
    if any(sign.isalpha() and sign.isascii() for sign in name):
        assert key_of(name)
        assert alike(name, name)


@settings(deadline=None)
@given(st.permutations(["Bluebird", "Books", "of", "Leslieville", "Limited"]))
def test_the_order_of_words_makes_no_difference(words):
    assert key_of(" ".join(words)) == "bluebird books leslieville"


def test_a_name_of_nothing_but_small_words_and_legal_forms_keeps_some():
    found = [key_of(name) for name in ("The Company", "Limited", "The The", "Co. Ltd.")]

    assert found == ["company the", "limited", "the the", "co"]


@pytest.mark.parametrize(("name", "domain"), OWN_DOMAINS)
def test_a_domain_with_its_name_or_initials_may_be_an_employers(name, domain):
    assert alike_to_domain(name, domain)


@pytest.mark.parametrize(("name", "domain"), OTHER_DOMAINS)
def test_another_domain_is_not_an_employers(name, domain):
    assert not alike_to_domain(name, domain)


def test_a_name_is_compared_with_thousands_in_a_moment():
    others = [f"{first} {second} {number % 7} Ltd." for number in range(50) for first in FIRST for second in SECOND]
    start = time.perf_counter()

    found = sum(alike("Blue Bird Books of Leslieville", other) for other in others)

    assert len(others) == 5000
    assert found == 0
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("piece", ["ab", "a b ", "aab ", "aabaa ", "a. ", "s. p. a. ", "\u0301"])
def test_a_name_of_many_letters_is_compared_in_a_moment_too(piece):
    names = [start + piece * 300 + end for start in ("xa", "xb") for end in "uvwz"]
    start = time.perf_counter()

    for one in names:
        for other in names:
            alike(one, other)

    assert time.perf_counter() - start < 2


@settings(deadline=None)
@given(st.text("abcdef", min_size=4, max_size=30), st.lists(st.integers(0, 28), max_size=2))
def test_a_word_and_what_it_is_mistyped_as_share_a_variant(word, places):
    mistyped = word
    for place in places:
        mistyped = (
            mistyped[:place] + mistyped[place + 1 : place + 2] + mistyped[place : place + 1] + mistyped[place + 2 :]
        )

    assert variants(word, 2, 20) & variants(mistyped, 2, 20)


@pytest.mark.parametrize("name", ["Verdigris Bindery", "Toronto Public Library", "Starbucks"])
def test_names_that_have_nothing_in_common_share_no_clue(name):
    assert clues(name).isdisjoint(clues("Otter & Sons Plumbing"))
    assert clues(name).isdisjoint(clues_of_domain("mail.otterplumbing.example"))


@settings(deadline=None)
@given(st.text("kalomir", min_size=10, max_size=16), st.integers(0, 9), st.integers(0, 9))
def test_a_long_name_shares_a_clue_with_what_it_is_mistyped_as(word, one, other):
    mistyped = word
    for place in (one, other):
        mistyped = mistyped[:place] + "x" + mistyped[place + 1 :]

    assert not clues(word).isdisjoint(clues(mistyped))
