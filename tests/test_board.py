"""The board: what is open now, how somebody narrows it down, and the address that they pass on."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from cast import MONDAY, ROLE
from pages import words

from models import Referral, today
from views import board
from views.board import PAGE_SIZE

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


@pytest.fixture
def town(post):
    """Four postings, each unlike the others, the newest last."""
    post(title="Shipwright", duties="Build boats")
    post(
        title="Nurse",
        employer="Saint Anne",
        industry="62",
        public_employer=False,
        location="Montréal",
        work_mode="hybrid",
        pay_min=3000,
        pay_max=4000,
        pay_period="hour",
        prices={"introduction": 0},
        duties="Night shifts",
    )
    post(
        title="Bookkeeper",
        employer="Nguyen & Daughters",
        industry="52",
        location="Toronto",
        work_mode="remote",
        pay_min=400_000,
        pay_max=480_000,
        pay_period="month",
        prices={"role_briefing": 2000},
        duties="Ledgers",
    )
    post(
        title="Cook",
        employer="The Harbour Grill",
        industry="72",
        location="Toronto",
        work_mode="on_site",
        pay_min=80_000,
        pay_max=90_000,
        pay_period="week",
        prices={"reference": 0, "good_word": 0},
        duties="Grill fish",
    )


def titles(page):
    """The titles on the board, from the top."""
    results = page.part("results")
    return [words(heading) for heading in results.iter("h2") if heading.find("a") is not None]


# Who sees it


def test_a_visitor_reads_what_this_is_and_how_much_is_open_but_not_what(town, walk):
    page = walk().open("/")

    assert "A few roles at most are open on the board now. Only members see them." in page.text
    assert "Shipwright" not in page.text
    assert {"Join", "Sign in"} <= page.links.keys()


def test_anybody_can_read_how_it_works(organizer, walk):
    visitor = walk()
    visitor.open("/")

    page = visitor.follow("How it works")

    assert "Nobody here can sell one." in page.text


def test_a_member_sees_what_is_published_newest_first(town, sami):
    page = sami.open("/")

    assert titles(page) == ["Cook", "Bookkeeper", "Nurse", "Shipwright"]
    assert "4 roles" in page.says("results")


def test_each_card_says_what_is_offered_and_by_whom(town, sami):
    page = sami.open("/?words=cook")

    card = words(page.part("results").find(".//article"))

    for shown in (
        "The Harbour Grill · Toronto",
        "$800 to $900 a week",
        "On site",
        "Accommodation and food services",
        "A good word Gift",
        "A formal reference Gift",
        "Hana Helper",
        "leaving 1 Jul",
        "1 Jun",
    ):
        assert shown in card


@pytest.mark.parametrize(
    "state",
    [
        "draft",
        "in_review",
        "changes_asked",
        "paused",
        "expired",
        "filled",
        "withdrawn",
        "rejected",
        "hidden",
        "removed",
    ],
)
def test_what_is_not_published_never_shows(lead, sami, walk, organizer, state):
    lead(Referral, state)

    for address in ("/", "/?words=shipwright", "/?location=hamilton"):
        assert titles(sami.open(address)) == []
        assert titles(walk(organizer).open(address)) == []


def test_what_ran_out_does_not_show_though_nobody_swept(post, sami, wait):
    post(closes_on=today() + timedelta(days=2))

    wait(days=3)

    assert titles(sami.open("/")) == []
    assert Referral.get().state == "published"


def test_an_empty_board_says_what_to_do(sami):
    page = sami.open("/")

    assert "The board is empty" in page.text
    assert sami.follow("Post a role").address == "/referrals/new"


# Narrowing it down


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"words": "boats"}, ["Shipwright"]),
        ({"words": "HARBOUR"}, ["Cook", "Shipwright"]),
        ({"words": "harbour grill"}, ["Cook"]),
        ({"words": "montreal"}, ["Nurse"]),
        ({"words": "nurs*"}, ["Nurse"]),
        ({"words": "nguyen & daughters"}, ["Bookkeeper"]),
        ({"words": "astronaut"}, []),
        ({"industry": "62"}, ["Nurse"]),
        ({"location": "toronto"}, ["Cook", "Bookkeeper"]),
        ({"location": "100%"}, []),
        ({"work_mode": "remote"}, ["Bookkeeper"]),
        ({"pay": "57,000"}, ["Bookkeeper", "Nurse", "Shipwright"]),
        ({"pay": "65,000.01"}, ["Nurse"]),
        ({"pay": "40", "pay_period": "hour"}, ["Nurse"]),
        ({"pay": "4,800", "pay_period": "month"}, ["Bookkeeper", "Nurse", "Shipwright"]),
        ({"help": "good_word"}, ["Cook", "Shipwright"]),
        ({"help": "role_briefing"}, ["Bookkeeper"]),
        ({"gifts": "1"}, ["Cook", "Nurse"]),
        ({"gifts": "1", "location": "Toronto", "words": "grill", "help": "reference"}, ["Cook"]),
        ({"gifts": "1", "work_mode": "remote"}, []),
    ],
)
def test_a_member_narrows_the_board_down(town, sami, asked, found):
    sami.open("/")

    page = sami.press("Show", **{name: [value] if name == "gifts" else value for name, value in asked.items()})

    assert titles(page) == found
    if not found:
        assert "Nothing matches" in page.text


SPELLED = {
    "title": "Ware\xadhouse hand",
    "employer": "Ørsted & O’Brien’s Söhne",
    "location": "E\u0301vian, Straße der Łódźer 9–5",
    "duties": "Drive the Fork\u200blift at l’école. Søn of a ｆａｒｍ.",
}


@pytest.mark.parametrize(
    "words",
    [
        *(
            "warehouse",
            "WARE\xadHOUSE",
            "forklift",
            "Fork\u200blift",
            "Lodz",
            "lodzer",
            "Łodz",
            "Orsted",
            "Strasse",
            "STRAßE",
        ),
        *(
            "Son",
            "sohne",
            "OBrien",
            "O'Brien's",
            "o’brien",
            "brien",
            "école",
            "l'ecole",
            '"l’école son"',
            "farm",
            "9-5",
        ),
        *("evian", "E\u0301VIAN", "astronaut OR forklift", "warehouse NOT nurse"),
    ],
)
def test_words_are_found_however_either_side_spells_them(town, post, sami, words):
    post(**SPELLED)

    page = sami.open("/?" + urlencode({"words": words}))

    assert titles(page) == [SPELLED["title"]]


@pytest.mark.parametrize(
    "place", ["évian", "EVIAN", "e\u0301vian", "E\u0301VIAN", "strasse", "Lodz", "ev\xadian", "9-5", "evian,  Strasse"]
)
def test_a_place_is_found_however_either_side_spells_it(town, post, sami, place):
    post(**SPELLED)

    assert titles(sami.open("/?" + urlencode({"location": place}))) == [SPELLED["title"]]
    assert titles(sami.open("/?location=MONTRE%CC%81AL")) == ["Nurse"]


def test_a_posting_that_moved_is_found_where_it_is_now(referral, helper, sami):
    referral.edit(helper, {"reference": 0}, "Boats.", **ROLE | {"location": "Łódź", "last_day": referral.last_day})

    assert len(titles(sami.open("/?location=lodz"))) == 1
    assert titles(sami.open("/?location=hamilton")) == []


@pytest.mark.parametrize(
    "asked",
    [
        {"industry": "99"},
        {"work_mode": "hovering"},
        {"pay": "much"},
        {"pay": "-1"},
        {"pay": "1e9999999"},
        {"pay": "NaN"},
        {"pay": "0"},
        {"pay_period": "decade"},
        {"help": "money"},
        {"nothing": "known"},
        {"words": "  "},
    ],
)
def test_what_cannot_be_understood_filters_nothing(town, sami, browse, read, seeker, asked):
    page = read(browse(seeker).get("/", query_string=asked))

    assert page.status == 200
    assert len(titles(page)) == 4


@pytest.mark.parametrize(
    "typed",
    [*"\"'*(^-+%_💥؟", "boats*", "AND", "boats AND", "NOT", "NEAR(", "title:x", "{a b}", "\u202e", "x" * 5000],
)
def test_anything_can_be_searched_for(town, browse, read, seeker, typed):
    page = read(browse(seeker).get("/", query_string={"words": typed, "location": typed}))

    assert page.status == 200
    assert page.part("results") is not None


@pytest.mark.parametrize("typed", ["a\x00b", "\x00"])
def test_nothing_at_all_can_be_searched_for_too(town, browse, seeker, typed):
    assert browse(seeker).get("/", query_string={"words": typed, "location": typed}).status_code == 200


def test_the_board_answers_while_somebody_is_still_typing(town, sami):
    assert titles(sami.open("/?words=nurs")) == ["Nurse"]
    assert titles(sami.open("/?words=harbour+gri")) == ["Cook"]


def test_the_filters_stay_filled_in_and_can_be_cleared(town, sami):
    sami.open("/")

    page = sami.press("Show", words="grill", industry="72", location="Toronto", pay="10", gifts=["1"])

    assert page.typed("words") == "grill"
    assert page.typed("location") == "Toronto"
    assert page.typed("pay") == "10"
    assert page.typed("industry") == "72"
    assert "checked" in page.all("input", name="gifts")[0].attrib
    assert len(titles(sami.follow("Clear the filters"))) == 4


def test_the_address_can_be_passed_on(town, sami, rival, walk):
    page = sami.open("/?words=harbour&gifts=1")

    other = walk(rival).open("/?words=harbour&gifts=1")

    assert titles(page) == titles(other) == ["Cook"]


# Pages


@pytest.fixture
def long_board(post):
    for number in range(2 * PAGE_SIZE + 1):
        post(title=f"Role {number}", location="Toronto" if number % 2 else "Hamilton")


def test_a_long_board_has_numbered_pages(long_board, sami):
    first = sami.open("/")

    second = sami.follow("Older")
    third = sami.follow("3")

    assert len(titles(first)) == len(titles(second)) == PAGE_SIZE
    assert titles(third) == ["Role 0"]
    assert len({*titles(first), *titles(second), *titles(third)}) == 2 * PAGE_SIZE + 1
    assert [words(link) for link in third.all("a", aria_current="page") if link.get("href", "").startswith("/?")] == [
        "3"
    ]
    assert titles(sami.follow("Newer")) == titles(second)


def test_the_pages_keep_the_filters(long_board, post, sami):
    post(title="Role 41", location="Toronto")
    sami.open("/?location=Toronto&words=role")

    page = sami.follow("Older")

    assert titles(page) == ["Role 1"]
    assert page.typed("location") == "Toronto"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("0", "1"),
        ("-1", "1"),
        ("-99999999999999999999", "1"),
        ("abc", "1"),
        ("1.5", "1"),
        ("", "1"),
        ("2", "2"),
        ("99", "3"),
        ("99999999999999999999", "3"),
        ("9" * 5000, "1"),
        ("１", "1"),
        ("1\x00", "1"),
    ],
)
def test_a_page_that_is_not_there_shows_the_nearest_that_is(long_board, browse, read, seeker, number, shown):
    page = read(browse(seeker).get("/", query_string={"page": number}))

    current = [words(link) for link in page.part("results").iter("a") if link.get("aria-current") == "page"]

    assert page.status == 200
    assert current == [shown]


def test_a_board_beyond_its_last_page_says_that_there_is_more(long_board, sami, monkeypatch):
    monkeypatch.setattr(board, "MOST_PAGES", 2)

    page = sami.open("/?page=3")

    assert f"More than {2 * PAGE_SIZE} roles" in page.text
    assert titles(page)[-1] == "Role 1"
