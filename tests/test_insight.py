"""Insight: the community's health by month, and nothing about groups so small that they have faces."""

from datetime import date

import pytest
from cast import MONDAY, PASSWORD, newcomer

from models import SMALLEST_GROUP, Claim, Member, Report, months

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)


@pytest.fixture
def crowd(organizer):
    """Six who are looking."""
    return [newcomer(f"Kim{number} Crowd", organizer) for number in range(6)]


@pytest.fixture
def ask(post):
    """These ask for help with a role each, worth so much."""

    def ask(members, price=5000):
        return [Claim.request(post(prices={"good_word": price}), one, "Please.", ["good_word"]) for one in members]

    return ask


def month(day=JUNE):
    return next((row for row in all_months() if row["month"] == day), {})


def all_months():
    """As the owner reads them, from whom nobody hides."""
    return months(Member.get(Member.role == "owner"))


def test_a_community_in_which_nothing_happened_has_no_insight(organizer):
    figures = [value for row in all_months() for name, value in row.items() if name != "month"]
    assert set(figures) <= {None}


@pytest.mark.parametrize(("count", "shown"), [(4, None), (5, 5), (6, 6)])
def test_nothing_is_shown_of_fewer_than_five(count, shown, ask, crowd):
    ask(crowd[:count])

    assert SMALLEST_GROUP == 5
    assert (month()["referrals"], month()["claims"]) == (shown, shown)


@pytest.mark.parametrize(("count", "shown"), [(4, None), (5, 3000)])
def test_a_price_is_a_median_of_five_at_least(count, shown, ask, crowd):
    for one, price in zip(crowd[:count], (1000, 2000, 3000, 4000, 50_000), strict=False):
        ask([one], price)

    assert month()["price"] == shown


def test_gifts_are_counted_apart_from_prices(ask, crowd):
    ask(crowd[:5], price=0)

    assert month()["gifts"] == 5
    assert month().get("price") is None


@pytest.mark.parametrize(("count", "shown"), [(4, None), (5, 2)])
def test_the_first_answer_takes_a_median_of_days(count, shown, ask, crowd, helper, wait):
    claims = ask(crowd[:count])
    for claim in claims:
        wait(hours=24 if claim in claims[:2] else 0)
        (claim.accept if claim in claims[:3] else claim.decline)(helper)

    assert month().get("answer_days") == shown


def test_who_answers_later_counts_in_the_month_of_the_question(ask, crowd, helper, wait):
    claims = ask(crowd[:5])
    wait(days=6)
    for claim in claims:
        claim.ask_changes(helper, reason="Tell me more.")
    wait(days=30)
    for claim in claims:
        claim.catch_up()

    assert month(JUNE)["answer_days"] == 6
    assert month(JULY)["ended_lapsed"] == 5
    assert "answer_days" not in month(JULY)


def test_claims_are_counted_by_how_they_ended(ask, crowd, helper):
    claims = ask(crowd)
    for claim in claims[:5]:
        claim.withdraw(claim.seeker)
    claims[5].decline(helper)

    assert month()["ended_withdrawn"] == 5
    assert month()["ended_declined"] is None


def test_hires_are_counted_when_they_are_confirmed(ask, crowd, helper, use):
    for claim in ask(crowd[:5], price=0):
        for verb, actor in (("accept", helper), ("agree", claim.seeker), ("report_hired", claim.seeker)):
            use(claim, verb, actor=actor)
        claim.confirm(helper)

    assert month()["hires"] == month()["settled"] == 5


def test_members_are_active_who_did_something_each_once(ask, crowd, helper):
    """Hana posts and six ask; nobody is counted twice, and the clock is nobody."""
    ask(crowd[:3])
    ask(crowd[:3])
    assert month()["members"] == 5  # Olga joined, Hana posted, three asked.


def test_the_desk_is_measured_from_the_report_to_the_answer(crowd, helper, organizer, wait):
    reports = [Report.make(helper, "spam", "Hm.", member=one) for one in crowd[:5]]
    wait(days=3)

    for report in reports:
        report.dismiss(organizer, reason="It is one message.")

    assert month()["desk_days"] == 3


def test_the_desk_is_measured_by_applications_too(organizer, wait):
    waiting = [Member.join(f"Nia {n}", f"nia{n}@example.org", PASSWORD, state="applicant") for n in range(5)]
    for number, applicant in enumerate(waiting):
        wait(days=1)
        (applicant.admit(organizer) if number % 2 else applicant.turn_down(organizer, reason="We do not know you."))

    assert month()["desk_days"] == 3


def test_months_come_in_order_and_by_the_date_where_the_community_is(ask, crowd, time_machine):
    """Half past one in the night in London is still yesterday evening in Toronto."""
    ask(crowd[:5])
    time_machine.move_to("2026-07-01T01:30:00+00:00", tick=False)
    ask(crowd[:5], price=0)

    assert [row["month"] for row in all_months()] == [JUNE]
    assert month()["claims"] == 10


def test_members_do_not_see_the_insight(helper, organizer, walk):
    assert walk(helper).open("/desk/insight").status == 403
    assert walk(organizer).open("/desk/insight").status == 200
