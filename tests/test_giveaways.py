"""What gives a helper away: what is found in texts and what is not, what a posting lists, and how each is mended."""

import time
from datetime import date, timedelta

import pytest
from cast import MONDAY

from models import Event, Invalid, Referral, ReferralText, Refused, giveaways, today
from models.giveaways import band, exact
from models.mentions import of_contacts, of_day, of_employer, of_person

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

# In texts

DAYS = [
    ("My last day is 12 December.", ["12 December"]),
    ("Until Dec 12, then a rest.", ["Dec 12"]),
    ("I leave on Dec. 12th.", ["Dec. 12th"]),
    ("The 12th of December, 2026 it is.", ["The 12th of December, 2026"]),
    ("Saturday, December 12th", ["Saturday, December 12th"]),
    ("12 DEC 2026", ["12 DEC 2026"]),
    ("12-Dec-26", ["12-Dec-26"]),
    ("Ends 12.12.", ["12.12."]),
    ("2026-12-12", ["2026-12-12"]),
    ("12/12/2026", ["12/12/2026"]),
    ("I stay until 12/12 at most.", ["12/12"]),
    ("2026年12月12日", ["2026年12月12日"]),
    ("December 12, 2027 is another one.", []),
    ("12 December 2025 was the first.", []),
    ("We open at 12, in December too.", []),
    ("Room 12.12.3, call 1212.", []),
    ("Lunch is Dec 12:30 sharp.", []),
]
OTHER_DAYS = [
    (date(2026, 5, 5), "You may 5 times a week.", []),
    (date(2026, 5, 5), "From May 5 on.", ["May 5"]),
    (date(2026, 7, 24), "Open 24/7.", []),
    (date(2026, 4, 3), "Cook 3/4 of the orders.", []),
    (date(2026, 9, 3), "September 30, or 13 September.", []),
    (date(2026, 9, 3), "Sept 3", ["Sept 3"]),
]
EMPLOYERS = [
    ("Harbour Works", "We at Harbour Works build boats.", ["Harbour Works"]),
    ("Harbour Works", "Harbor Works Ltd. is fine.", ["Harbor Works Ltd"]),
    ("Harbour Works", "Watch the harbour works crew.", ["harbour works"]),
    ("Harbour Works", "The harbour is near, and it works.", []),
    ("Toronto Public Library", "TPL is a good place.", ["TPL"]),
    ("Toronto Public Library", "The public library lends books in Toronto.", []),
    ("TPL", "Welcome to Toronto Public Library.", ["Toronto Public Library"]),
    ("TPL", "Ten people lift boxes.", []),
    ("Starbucks Coffee Company", "Make coffee at Starbucks.", ["Starbucks"]),
    ("Starbucks Coffee Company", "Make coffee for a company.", []),
    ("Sunrise Bakery", "Bakery shifts begin at sunrise.", []),
    ("Sunrise Bakery", "Come to Sunrise Bakery's door.", ["Sunrise Bakery's"]),
    ("Mountain Equipment Company", "Mountain guides use the equipment.", []),
    ("Mountain Equipment Company", "MEC has rules.", ["MEC"]),
    ("Art Shop Korea", "Please ask before you begin.", []),
    ("A & W", "We flip at A&W daily.", ["A&W"]),
    ("Bell Canada", "Ring the bell.", []),
    ("Target", "Reach the target of the week.", []),
    ("O'Brien's Pub", "At O’Brien’s we pour.", ["O’Brien’s"]),
    ("O'Brien's Pub", "Pub hours are late.", []),
    ("株式会社トヨタ", "トヨタで働く", ["トヨタ"]),
    ("GreenLeaf Organics", "We are green leaf organics.", ["green leaf organics"]),
    ("Café Zoë", "cafe zoe", ["cafe zoe"]),
    ("St. Mary's Hospital", "Saint Marys Hospital", ["Saint Marys Hospital"]),
    ("St. Mary's Hospital", "The wards of a hospital.", []),
    ("City of Hamilton", "Work in the city.", []),
    ("The Home Depot", "Home visits and depot runs.", []),
    ("Shoppers Drug Mart", "Shopers Drug Mart", ["Shopers Drug Mart"]),
    ("Main Street Cafe", "It is on main street.", []),
]
PEOPLE = [
    ("Hana Helper", "Call Hana.", ["Hana"]),
    ("Hana Helper", "hana's list", ["hana's"]),
    ("Hana Helper", "The helper is nice. Helper wanted.", []),
    ("Hana Helper", "See you.\n— H. Helper", ["H. Helper"]),
    ("Hana Helper", "See you.\nH. H.", ["H. H"]),
    ("Will Baker", "You will bake. Will you?", []),
    ("Will Baker", "Ask for Will there.", ["Will"]),
    ("Will Baker", "Good luck.\n— Will", ["Will"]),
    ("Will Baker", "Thanks! Will", ["Will"]),
    ("Will Baker", "A baker gets up early.", []),
    ("Mark Stone", "Mark the stone.", []),
    ("Mark Stone", "Stone, Mark", ["Stone, Mark"]),
    ("Ann Lee", "Annual planning", []),
    ("Jo Li", "Jo Li wrote this, jo.", ["Jo Li"]),
    ("José Núñez", "jose nunez", ["jose nunez"]),
    ("Anne-Marie Dale", "Talk to Anne-Marie.", ["Anne-Marie"]),
    ("山田太郎", "山田太郎です", ["山田太郎"]),
]
SITES = [("de", "Bis 12. Dezember."), ("fr", "Le 12 décembre"), ("fr", "12 DEC")]
CONTACTS = [
    ("Write to hana@example.org.", ["hana@example.org"]),
    ("hana at example dot org", ["hana at example dot org"]),
    ("Call 604-555-0100.", ["604-555-0100"]),
    ("(416) 555-0199 or +1 416 555 0199", ["(416) 555-0199", "+1 416 555 0199"]),
    ("6045550100", ["6045550100"]),
    ("See https://x.example/a?b=1.", ["https://x.example/a?b=1"]),
    ("It is at harbourworks.ca", ["harbourworks.ca"]),
    ("It is at harbourworks.it", ["harbourworks.it"]),
    ("[Our site](https://a.example)", ["[Our site](https://a.example)"]),
    ("linkedin.com/in/hana", ["linkedin.com/in/hana"]),
    ("Write to @hana_h, or IG: hana.h", ["@hana_h", "hana.h"]),
    ("Pay is 55 000 - 65 000, or $55,000 to $65,000.", []),
    ("0800 - 1630, 8:00-16:30, 24/7, 2024 - 2026", []),
    ("12.12.2026 - 31.12.2026", []),
    ("Node.js, ASP.NET, e.g. report.pdf, i.e. done.It is.", []),
    ("Work @ 25 an hour. Instagram: three posts a week.", []),
    ("Lift 25 kg 100 times, 10-12 people, 3-5 days.", []),
    ("ISO 9001:2015, WHMIS 2015, 401(k), 1 000 000 000 rows", []),
]
HARMLESS = """
# A normal week

- Open the shop at 7:30, count the till, and mark down what is left over.
- Serve 150 to 200 guests a day. You will stand for most of the 8 hours, and may carry 20 kg.
- On Fridays the team of 4 plans the next week; December is the busiest month (about 30 % more orders).
- Software: Excel, Node.js, C++ 17, a POS from 2019. Reach the target of 95 % on time, 24/7 support.

We look for someone who is helpful, honest and on time. Pay grows by $1.50 an hour after 90 days.
"""


def quotes(text, spans):
    return [text[slice(*span)] for span in spans]


@pytest.mark.parametrize(("text", "found"), DAYS)
def test_the_last_day_is_found_in_any_usual_way_of_writing(text, found):
    assert quotes(text, of_day(text, date(2026, 12, 12))) == found


@pytest.mark.parametrize(("day", "text", "found"), OTHER_DAYS)
def test_figures_that_are_no_days_are_left_alone(day, text, found):
    assert quotes(text, of_day(text, day)) == found


@pytest.mark.parametrize(
    ("language", "text"), [("de", "Bis 12. Dezember."), ("fr", "Le 12 décembre"), ("fr", "12 DEC")]
)
def test_the_last_day_is_found_in_the_language_of_the_site(database, monkeypatch, language, text):
    monkeypatch.setattr("models.mentions.language", lambda: language)

    assert of_day(text, date(2026, 12, 12))


@pytest.mark.parametrize(("employer", "text", "found"), EMPLOYERS)
def test_an_employer_is_found_by_its_name_or_one_like_it(employer, text, found):
    assert quotes(text, of_employer(text, employer)) == found


@pytest.mark.parametrize(("name", "text", "found"), PEOPLE)
def test_a_person_is_found_by_their_name_and_not_by_everyday_words(name, text, found):
    assert quotes(text, of_person(text, name)) == found


@pytest.mark.parametrize(("text", "found"), CONTACTS)
def test_what_leads_to_somebody_is_found_and_amounts_are_not(text, found):
    assert quotes(text, of_contacts(text, "Harbour Works")) == found


def test_in_a_title_a_capital_letter_says_nothing():
    assert of_person("Head Baker and Will Call", "Will Baker", cased=False) == []
    assert of_employer("Mountain Guide", "Mountain Equipment Company", cased=False) == []
    assert of_employer("Baker at Starbucks Coffee", "Starbucks Coffee", cased=False) == [(9, 25)]


@pytest.mark.parametrize(
    ("employer", "name"),
    [("Harbour Works", "Hana Helper"), ("The Home Depot", "Will Baker"), ("Target", "May Day"), ("ASK", "Mark Stone")],
)
def test_an_ordinary_week_is_no_giveaway(employer, name):
    for found in (of_employer(HARMLESS, employer), of_person(HARMLESS, name), of_contacts(HARMLESS, employer)):
        assert quotes(HARMLESS, found) == []
    assert of_day(HARMLESS, date(2026, 12, 30)) == []


@pytest.mark.parametrize("text", ["a.", "a ", "1 ", "[", "a@", "(1", "Art ", "...", "a-", "@a", "\n"])
def test_no_text_takes_longer_than_a_moment(text):
    text, began = text * (20_000 // len(text)), time.perf_counter()

    of_employer(text, "A rt " * 20)
    of_person(text, "A Art")
    of_contacts(text, "A rt")
    of_day(text, date(2026, 1, 1))

    assert time.perf_counter() - began < 5


# Of a posting


UNNAMED = {"helper_named": False, "employer_named": False, "title": "A role in manufacturing"}


@pytest.fixture
def unnamed(post):
    """A draft of an unnamed posting that gives nothing away, but for these columns."""
    return lambda **columns: post(**{"publish": False, **UNNAMED, **columns})


def kinds(referral):
    return [found.kind for found in giveaways(referral)]


def fresh(referral):
    return Referral.get_by_id(referral.id)


def test_an_unnamed_posting_in_general_words_gives_nothing_away(unnamed):
    assert giveaways(unnamed()) == []


def test_an_employer_that_is_named_on_an_unnamed_posting_is_described(unnamed, helper):
    posting = unnamed(employer_named=True)
    assert kinds(posting) == ["named_employer"]

    posting.mend(helper, "named_employer")

    assert not fresh(posting).employer_named
    assert kinds(fresh(posting)) == []
    assert "harbour" not in ReferralText.get(ReferralText.rowid == posting.id).employer


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("I leave Harbour Works, our yard.", "I leave the employer, our yard."),
        ("Harbor works ltd is where I am.", "the employer is where I am."),
    ],
)
def test_the_employers_name_in_the_duties_becomes_the_employer(unnamed, helper, text, mended):
    posting = unnamed(duties=text)
    [found] = giveaways(posting)
    assert "names your employer" in found.sentence

    posting.mend(helper, "employer_name")

    assert fresh(posting).duties == mended


def test_ones_own_name_and_ways_to_reach_one_are_taken_out(unnamed, helper):
    posting = unnamed(
        duties="Ask Hana, 604-555-0100, or [write](mailto:hana@example.org).", influence="hana@example.org"
    )
    assert kinds(posting) == ["own_name", "contact"]
    assert "“604-555-0100”" in giveaways(posting)[1].sentence

    posting.mend(helper, "own_name")
    posting.mend(helper, "contact")

    assert fresh(posting).duties == "Ask the helper, (taken out), or write."
    assert fresh(posting).influence == "(taken out)"


def test_an_employer_in_place_and_words_leaves_the_place_of_the_community(unnamed, helper):
    posting = unnamed(location="Harbour Works, Pier 4", employer_words="The Harbour Works yard", title="Harbour Works")

    posting.mend(helper, "employer_name")

    posting = fresh(posting)
    assert (posting.location, posting.employer_words, posting.title) == ("Toronto", "", "A role in manufacturing")


def test_the_exact_day_in_a_text_becomes_its_month(unnamed, helper):
    posting = unnamed(last_day=date(2026, 7, 3), duties="I am here until Friday, July 3rd.")
    assert kinds(posting) == ["day"]

    posting.mend(helper, "day")

    assert fresh(posting).duties == "I am here until July."


def test_a_named_posting_shows_the_month_where_its_helper_wants_that(post, helper, rival):
    posting = post(publish=False)
    assert kinds(posting) == ["last_day"]

    posting.mend(helper, "last_day")

    posting = fresh(posting)
    assert kinds(posting) == []
    assert posting.seen_by(rival).last_day is None
    assert posting.seen_by(rival).last_month == posting.last_day.replace(day=1)
    assert posting.seen_by(helper).last_day == posting.last_day


def test_a_day_that_is_shown_anyway_is_listed_once(post):
    posting = post(publish=False, last_day=date(2026, 7, 3), duties="Until 3 July.")
    assert kinds(posting) == ["last_day"]


def test_of_a_posting_that_names_all_only_days_and_ways_to_reach_one_matter(post):
    text = "Hana Helper of Harbour Works, hana@example.org"
    posting = post(
        publish=False, duties=text, pay_min=6_123_400, pay_max=6_123_400, closes_on=today(), small_employer=True
    )

    assert kinds(posting) == ["contact", "last_day"]


@pytest.mark.parametrize("days", [-7, 0, 7])
def test_a_closing_date_near_the_last_day_is_taken_off(unnamed, helper, days):
    posting = unnamed(last_day=date(2026, 7, 15), closes_on=date(2026, 7, 15) + timedelta(days=days))
    assert kinds(posting) == ["closing_date"]

    posting.mend(helper, "closing_date")

    assert fresh(posting).closes_on is None


def test_a_closing_date_weeks_before_says_nothing(unnamed):
    assert kinds(unnamed(last_day=date(2026, 7, 15), closes_on=date(2026, 7, 7))) == []


@pytest.mark.parametrize(
    ("low", "high", "wide"),
    [
        (6_240_000, 6_240_000, (6_000_000, 6_500_000)),
        (5_500_000, 5_500_000, (5_000_000, 6_000_000)),
        (6_125_000, 6_640_000, (6_000_000, 7_000_000)),
        (2850, 2850, (2800, 3000)),
        (2850, 3400, (2800, 3400)),
        (1725, 1725, (1600, 1800)),
        (100, 100, (90, 110)),
    ],
)
def test_pay_to_the_dollar_becomes_a_band_that_is_never_narrower(organizer, low, high, wide):
    assert exact(low, high)
    assert band(low, high) == wide
    assert wide[0] <= low <= high <= wide[1]


@pytest.mark.parametrize(
    ("low", "high"), [(5_500_000, 6_500_000), (2800, 3400), (6_150_000, 6_600_000), (115_000, 125_000)]
)
def test_a_round_range_says_nothing(organizer, low, high):
    assert not exact(low, high)


def test_whatever_the_pay_its_band_is_not_exact(organizer):
    for low in [*range(1500, 6000, 37), *range(1_000_000, 20_000_000, 123_457)]:
        assert not exact(*band(low, low)), low
        assert not exact(*band(low, low + low // 7)), low


def test_the_band_is_on_the_posting_after_a_press(unnamed, helper):
    posting = unnamed(pay_min=6_240_000, pay_max=6_240_000)

    posting.mend(helper, "pay")

    posting = fresh(posting)
    assert (posting.pay_min, posting.pay_max, posting.pay_yearly) == (6_000_000, 6_500_000, 6_500_000)


def test_a_title_that_few_postings_have_is_said_in_general(unnamed, helper, post, rival):
    posting = unnamed(title="Boat Lofter")
    post(by=rival, title="boat lofter")
    assert kinds(posting) == ["title"]
    assert giveaways(posting)[0].press == "Say “A role in manufacturing”"

    posting.mend(helper, "title")

    assert fresh(posting).title == "A role in manufacturing"
    assert ReferralText.matching("lofter").count() == 1


def test_a_title_that_three_postings_have_says_nothing(unnamed, post, rival):
    for title in ("Boat lofter", "BOAT LOFTER"):
        post(by=rival, title=title)

    assert kinds(unnamed(title="boat lofter")) == []


def test_drafts_of_others_do_not_make_a_title_common(unnamed, post, rival):
    for _number in range(3):
        post(by=rival, title="Boat lofter", publish=False)

    assert kinds(unnamed(title="Boat lofter")) == ["title"]


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"small_employer": True}, ["small_employer"]),
        ({"small_employer": True, "location": "toronto"}, []),
        ({"small_employer": True, "location": "Toronto", "employer_words": "A tiny yard"}, ["small_employer"]),
        ({"small_employer": False}, []),
        ({}, []),
    ],
)
def test_a_small_employer_is_found_by_few_words(unnamed, helper, columns, found):
    posting = unnamed(**columns)
    assert kinds(posting) == found

    for kind in found:
        posting.mend(helper, kind)
        assert fresh(posting).employer_described == "An employer in Toronto: Manufacturing"
        assert kinds(fresh(posting)) == []


# The press


def test_a_mend_is_an_edit(unnamed, helper):
    posting = unnamed(employer_named=True)
    version = fresh(posting).version

    posting.mend(helper, "named_employer")

    event = Event.select().order_by(Event.id.desc()).get()
    assert (event.verb, event.actor) == ("referral.edit", helper)
    assert fresh(posting).version == version + 1
    assert {item.kind: item.price for item in fresh(posting).menu} == {"good_word": 5000, "reference": 0}


def test_what_was_mended_already_is_refused(unnamed, helper):
    with pytest.raises(Refused, match="nothing left"):
        unnamed().mend(helper, "pay")
    with pytest.raises(Refused, match="nothing left"):
        unnamed().mend(helper, "__init__")


def test_nobody_mends_the_posting_of_another(unnamed, rival, organizer):
    posting = unnamed(employer_named=True)

    for member in (rival, organizer):
        with pytest.raises(Refused, match="not yours"):
            posting.mend(member, "named_employer")


def test_a_mend_asks_what_every_edit_asks(unnamed, helper, set_policy):
    posting = unnamed(employer_named=True)
    set_policy(price_cap=100)

    with pytest.raises(Refused) as refusal:
        posting.mend(helper, "named_employer")

    assert not isinstance(refusal.value, Invalid)
    assert fresh(posting).employer_named


# On the page


def test_the_list_stands_beside_the_button_that_publishes(unnamed, hana):
    posting = unnamed(employer_named=True, pay_min=6_240_000, pay_max=6_240_000)

    page = hana.open(f"/referrals/{posting.id}")

    assert {"Publish", "Describe the employer", "Show a wider band"} <= set(page.buttons)
    assert page.says("giveaways").count(".") >= 2


def test_each_line_goes_with_its_press_and_none_forbids_to_publish(unnamed, hana):
    posting = unnamed(employer_named=True, pay_min=6_240_000, pay_max=6_240_000)
    hana.open(f"/referrals/{posting.id}")

    hana.press("Describe the employer")
    assert hana.page.address == f"/referrals/{posting.id}"
    assert "Describe the employer" not in hana.page.buttons
    assert "Show a wider band" in hana.page.buttons

    hana.press("Publish")
    assert fresh(posting).state == "published"
    assert "Show a wider band" in hana.page.buttons


def test_after_each_edit_the_helper_reads_it_again(unnamed, helper, hana):
    posting = unnamed()
    posting.submit(helper)
    assert hana.open(f"/referrals/{posting.id}").part("giveaways") is None

    hana.open(f"/referrals/{posting.id}/edit")
    hana.press("Save", duties="Call Hana.")

    assert "“Hana”" in hana.page.says("giveaways")


def test_nobody_else_reads_what_gives_the_helper_away(unnamed, helper, sami, olga):
    posting = unnamed(duties="Call Hana.")
    posting.submit(helper)

    for browser in (sami, olga):
        page = browser.open(f"/referrals/{posting.id}")
        assert page.status == 200
        assert page.part("giveaways") is None


def test_a_published_posting_that_names_all_has_no_list(referral, hana):
    assert hana.open(f"/referrals/{referral.id}").part("giveaways") is None


def test_over_htmx_the_posting_is_answered(unnamed, helper, browse, read):
    posting = unnamed(employer_named=True)
    hana = browse(helper)
    asked = {"HX-Request": "true", "HX-Target": "div#referral"}

    answer = hana.post(f"/referrals/{posting.id}/mend", data={"what": "named_employer"}, headers=asked)
    page = read(hana.get(answer.location, headers=asked))

    assert answer.status_code == 303
    assert page.part("main") is None
    assert page.part("giveaways") is None
    assert "Mended." in page.text


def test_a_press_on_a_posting_that_has_changed_is_refused(unnamed, helper, hana):
    posting = unnamed(employer_named=True)
    hana.open(f"/referrals/{posting.id}")
    fresh(posting).mend(helper, "named_employer")

    hana.press("Describe the employer")

    assert hana.page.status == 409
    assert "moved on" in hana.page.flash


def test_the_form_asks_whether_few_people_work_there(hana, unnamed):
    posting = unnamed()
    address = f"/referrals/{posting.id}/edit"

    for answer, kept in (("yes", True), ("no", False), ("", None)):
        hana.open(address)
        hana.press("Save", small_employer=answer)
        assert fresh(posting).small_employer is kept
        assert hana.open(address).typed("small_employer") == answer


def test_the_form_asks_how_the_last_day_is_shown(hana, unnamed):
    posting = unnamed()
    hana.open(f"/referrals/{posting.id}/edit")

    hana.press("Save", month_only="yes")

    assert fresh(posting).month_only
    assert hana.open(f"/referrals/{posting.id}/edit").typed("month_only") == "yes"


def test_each_help_item_says_what_giving_it_means_for_somebody_who_leaves(hana, unnamed):
    means = "It means a letter to your employer with your name and what you are paid."

    assert means in hana.open("/referrals/new").says("help-menu")
    assert means in hana.open(f"/referrals/{unnamed().id}/edit").says("help-menu")
    stays = unnamed(connection="knows_of")
    assert means not in hana.open(f"/referrals/{stays.id}/edit").says("help-menu")
