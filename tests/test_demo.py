"""The demo: an empty folder becomes a neighbourhood in which there is something of everything."""

import os
import re
import shutil
import time
from collections import Counter
from datetime import UTC, datetime

import pytest
import time_machine

from demo import fill
from demo.by_card import tell
from demo.plots import HELPER, OWNER, SEEKER
from golem import create_app
from models import (
    BY_HIRE,
    INDUSTRIES,
    OUTCOMES,
    PERIODS,
    PROFILES,
    TABLES,
    Action,
    Claim,
    Duties,
    Entry,
    Guest,
    HelpItem,
    Hiding,
    Inquiry,
    Member,
    Message,
    Notice,
    Pledge,
    Referral,
    ReferralText,
    Report,
    Succession,
    Verification,
    Workplace,
    alike,
    db,
    giveaways,
    hidden_from,
    renew_all_hiding,
    sweep,
    today,
    use_language,
)
from payments.gateway import Gateway
from payments.reconciler import Reconciler
from views.labels import CLAIM_STATES, REFERRAL_STATES, WORK_MODES

# In Toronto: a morning after the clocks went forward, and ten minutes into a new year.
SPRING = datetime(2026, 3, 8, 15, 40, tzinfo=UTC)
NEW_YEAR = datetime(2026, 1, 1, 5, 10, tzinfo=UTC)

# The neighbourhood settles its prices by hand.
BY_HAND = {"pledged", "due", "sent", "paid", "waived", "void"}

LISTS = ("/", "/claims", "/referrals", "/notices", "/account", "/about")


@pytest.fixture(scope="session")
def village(tmp_path_factory):
    """A folder that the demo has filled, on a day in spring."""
    return filled(tmp_path_factory, "village", SPRING)


@pytest.fixture(scope="session")
def city(tmp_path_factory):
    """A folder that the demo has filled in the night of the new year, with 2,000 referrals."""
    return filled(tmp_path_factory, "city", NEW_YEAR, 2000)


def filled(tmp_path_factory, name, moment, *referrals):
    """The folder, with what the demo said in a file beside it. The processes of one test run share it."""
    root = tmp_path_factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root
    folder, said = root / name, root / f"{name}.txt"
    try:
        folder.mkdir()
    except FileExistsError:
        wait_for(said)
        return folder
    with time_machine.travel(moment, tick=False):
        create_app({"GOLEM_DATA": str(folder)})
        lines = list(fill(*referrals))
        db.close()
    said.write_text("\n".join(lines))
    return folder


def wait_for(path):
    for _second in range(300):
        if path.exists():
            return
        time.sleep(1)
    pytest.fail(f"Another process did not finish {path}.")


def visit(folder, moment, tmp_path):
    """The site on a copy of the folder, at the moment when it was filled."""
    shutil.copytree(folder, tmp_path / "data")
    with time_machine.travel(moment, tick=False):
        app = create_app({"GOLEM_DATA": str(tmp_path / "data"), "GOLEM_LIMITS": "off"})
        app.testing = True
        yield app
    db.close()
    use_language("en")


@pytest.fixture
def in_village(village, tmp_path):
    yield from visit(village, SPRING, tmp_path)


@pytest.fixture
def in_city(city, tmp_path):
    yield from visit(city, NEW_YEAR, tmp_path)


@pytest.fixture
def guests(village):
    """The address and the password that were printed for each of the three."""
    said = village.with_suffix(".txt").read_text()
    return {part: (email, password) for part, email, password in re.findall(r"(\w+): (\S+), password (\S+)", said)}


def sign_in(app, account):
    browser = app.test_client()
    email, password = account
    answer = browser.post("/sign-in", data={"email": email, "password": password})
    assert answer.status_code == 303
    return browser


def states(noun):
    return {record.state for record in noun.select(noun.state).distinct()}


def counts():
    return {table.__name__: table.select().count() for table in TABLES}


@pytest.mark.parametrize("site", ["in_village", "in_city"])
def test_there_is_something_in_every_state(site, request):
    request.getfixturevalue(site)

    assert states(Referral) == set(REFERRAL_STATES)
    assert states(Claim) == set(CLAIM_STATES)
    assert states(Pledge) == BY_HAND
    assert {claim.outcome for claim in Claim.select()} == {"", *OUTCOMES}
    assert Pledge.at_desk().exists()
    assert Claim.disputed().exists()
    assert Referral.to_review().exists()


def test_the_board_offers_work_of_every_kind(in_village):
    on_board = list(Referral.board())

    assert Referral.select().count() == 150
    assert len(on_board) > 75
    assert {referral.industry for referral in on_board} == set(INDUSTRIES)
    assert {referral.work_mode for referral in on_board} == set(WORK_MODES)
    assert {referral.pay_period for referral in on_board} == set(PERIODS)
    assert 50 <= Referral.board(gifts=True).count() * 150 / len(on_board) <= 75


def test_most_who_leave_are_unnamed_and_describe_their_employer(in_village):
    leavers = list(Referral.select().where(Referral.connection == "leaving"))
    unnamed = [referral for referral in leavers if not referral.helper_named]
    described = [referral for referral in Referral.select() if not referral.employer_named]
    words = {referral.employer: referral.employer_words for referral in described}

    assert len(leavers) / 2 < len(unnamed) < len(leavers)
    assert all(words.values())
    assert len(set(words.values())) == len(words)
    assert [name for name in words if any(alike(name, said) for said in words.values())] == []
    knows_of = Referral.select().where(Referral.connection == "knows_of")
    assert all(referral.helper_named and referral.employer_named for referral in knows_of)


def test_colleagues_find_nothing_of_those_who_leave(in_village):
    helper = Member.get(Member.name == HELPER)
    by_word, by_address = (Member.get(Member.name == name) for name in ("Lucjan Banaś", "Philomena Acquah"))

    assert hidden_from(helper, Member.get(Member.name == "Oona Rafferty"))
    assert hidden_from(Member.get(Member.name == SEEKER), by_word)
    assert hidden_from(Member.get(Member.name == "Rosario Villaluz"), by_address)
    assert not Workplace.of(by_address).exists()
    on_board, hidden = list(Referral.board()), list(Referral.board(viewer=by_word))
    assert 0 < len(hidden) < len(on_board)


def test_people_chose_what_others_read_of_them(in_village):
    helper, seeker = (Member.get(Member.name == name) for name in (HELPER, SEEKER))
    draft = Referral.get(Referral.title == "Banquet line cook")

    assert {kind.kind for kind in giveaways(draft)} >= {"employer_name", "own_name"}
    assert Referral.of(helper).where(Referral.publish_on > today()).exists()
    assert Referral.get(Referral.unreviewed).state == "published"
    assert {claim.thanks_public for claim in Claim.select().where(Claim.thanks != "")} == {True, False}
    assert {member.profile_shown for member in Member.select()} == set(PROFILES)
    assert Message.select().where(Message.taken_back_at.is_null(False)).exists()
    assert [claim for claim in Claim.of(seeker) if claim.new_workplace_of(seeker)]
    assert Workplace.select().where(Workplace.source == BY_HIRE).exists()


def test_members_were_checked_in_several_ways(in_village):
    found = list(Verification.in_force())

    assert {check.kind for check in found} == {"known", "document", "vouched"}
    assert {bool(check.employer) for check in found} == {True, False}
    assert any(check.past for check in found)


def test_an_organizer_does_not_see_at_the_desk_who_leaves_their_employer(in_village, guests):
    colleague = Referral.get(Referral.title == "Payroll coordinator")
    other = Member.get(Member.name == OWNER)

    answer = sign_in(in_village, guests["organizer"]).get("/desk")

    assert colleague.state == "in_review"
    assert other.organizer
    assert not hidden_from(colleague.helper, other)
    assert "Payroll coordinator" in sign_in(in_village, (other.email, guests["helper"][1])).get("/desk").text
    assert answer.status_code == 200
    assert "Payroll coordinator" not in answer.text


@pytest.mark.parametrize("site", ["in_village", "in_city"])
def test_whoever_is_new_waits_for_a_review_as_often_as_the_plots_say(site, request):
    request.getfixturevalue(site)
    states = Counter(referral.state for referral in Referral.select())

    assert [states[name] for name in ("in_review", "changes_asked", "rejected")] == [6, 3, 3]


def test_the_desk_has_one_of_each_thing_that_organizers_meet(in_village):
    edited = [referral for referral in Referral.to_review() if referral.changes_to_review]
    together = {len(report.together) for report in Report.with_together(list(Report.open()))}
    again = Member.get(Member.name == "D. R. Hutchins")

    assert [change.label for referral in edited for change in referral.changes_to_review]
    assert together == {1, 2}
    assert [other.name for other in again.banned_alike] == ["Dale Hutchins"]
    assert Inquiry.open().where(Inquiry.member.is_null(False)).count() == 1
    assert (Guest.waiting().count(), Guest.came().count()) == (3, 1)
    assert {action.kind for action in Action.select().where(Action.house_rule != "")} >= {"warning", "banned"}
    assert all(claim.due for claim in Claim.disputed())
    assert Member.get(Member.role == "owner").last_owner
    assert Succession.gone_since() is None, "The owner has looked in lately."
    assert [member for member in Member.select() if member.state == "member" and member.asked_for_rules] == []


def test_the_seeker_reads_that_a_helper_is_away(in_village, guests):
    away = next(member for member in Member.select() if member.away)
    seeker = Member.get(Member.email == guests["seeker"][0])
    claim = Claim.between(away, seeker).get()

    read = sign_in(in_village, guests["seeker"]).get(f"/referrals/{claim.referral_id}").text
    assert "Away until" in read


@pytest.mark.parametrize("site", ["in_village", "in_city"])
def test_everybody_is_hidden_from_whom_they_should_be(site, request):
    request.getfixturevalue(site)

    assert Hiding.select().count() >= 10
    assert renew_all_hiding() == 0


def test_hires_are_reported_by_either_side(in_village):
    reported = Claim.select().where(Claim.state == "reported")

    assert {claim.reported_by == claim.seeker for claim in reported} == {True, False}


@pytest.mark.parametrize("site", ["in_village", "in_city"])
def test_no_clock_is_overdue(site, request):
    request.getfixturevalue(site)

    assert sweep() == 0


def test_three_people_can_sign_in(in_village, guests):
    assert set(guests) == {"helper", "seeker", "organizer"}

    for account in guests.values():
        assert sign_in(in_village, account).get("/claims").status_code == 200


def test_something_waits_for_the_helper_and_for_the_seeker(in_village, guests):
    helper, seeker = (Member.get(Member.email == guests[part][0]) for part in ("helper", "seeker"))

    for member in (helper, seeker):
        assert len([claim for claim in Claim.of(member) if claim.waits_for(member)]) >= 3
        assert Notice.unread(member).count() >= 3
    between = {claim.state: claim for claim in Claim.between(helper, seeker)}
    assert between["active"].messages.count() >= 10
    assert between["settled"].thanks


@pytest.mark.parametrize("part", ["helper", "seeker", "organizer"])
def test_every_page_that_they_find_answers(in_village, guests, part):
    browser = sign_in(in_village, guests[part])
    to_see = {*LISTS, "/desk"} if part == "organizer" else {*LISTS}
    seen = {}

    while to_see - seen.keys():
        path = min(to_see - seen.keys())
        answer = browser.get(path)
        seen[path] = answer.status_code
        to_see |= set(re.findall(r'href="(/(?!static|sign-out)[^"#]*)"', answer.text.replace("&amp;", "&")))

    assert {path: status for path, status in seen.items() if status != 200} == {}
    assert len(seen) > 100


def test_a_second_run_is_refused_and_changes_nothing(in_village):
    before = counts()

    answer = in_village.test_cli_runner().invoke(args=["demo"])

    assert answer.exit_code == 1
    assert "Somebody lives here already." in answer.output
    assert counts() == before


# With card payments


@pytest.fixture
def by_card(fake, in_village):
    """The village takes cards, and its story is told with a Stripe that is played. Its claims by title."""
    tell(fake, Reconciler(Gateway(fake.key, fake.webhook_secret, fake.url)))
    titles = ("Bicycle mechanic", "Stagehand", "Archivist", "Tram driver")
    newest = Claim.select().join(Referral).where(Referral.title.in_(titles)).order_by(Claim.id.desc()).limit(4)
    return {claim.terms.title: claim for claim in newest}


def test_there_is_a_card_payment_of_each_kind(by_card, fake):
    found = {title: (claim.state, claim.pledge and claim.pledge.state) for title, claim in by_card.items()}

    assert found == {
        "Bicycle mechanic": ("accepted", None),
        "Stagehand": ("hired", "action_required"),
        "Archivist": ("hired", "resting"),
        "Tram driver": ("hired", "resting"),
    }
    assert {claim.terms.settlement for claim in by_card.values()} == {"stripe"}
    assert Counter(pledge.state for pledge in Pledge.through_stripe()) == {"action_required": 1, "resting": 2}
    assert (len(fake.charges), fake.violations) == (2, [])
    assert sum(Entry.balances().values()) == fake.balance


def test_the_three_people_of_the_demo_find_their_part_in_it(by_card, in_village, guests):
    """The seeker has something to agree to and to pay, the helper has money waiting, the organizer sees it all."""
    seeker, helper, organizer = (sign_in(in_village, guests[part]) for part in ("seeker", "helper", "organizer"))
    places = {title: f"/claims/{claim.id}" for title, claim in by_card.items()}

    assert "Agree to the terms" in seeker.get(places["Bicycle mechanic"]).text
    assert "Pay $85" in seeker.get(places["Stagehand"]).text
    assert "Open a payout account" in helper.get(places["Tram driver"]).text
    assert organizer.get("/desk/money").text.count("Rests") >= 2


def test_a_crowd_can_be_found_like_anybody_else(in_city):
    newcomer = Referral.select().order_by(Referral.id.desc()).first()

    assert Referral.select().count() == HelpItem.select(HelpItem.referral).distinct().count() == 2000
    assert Duties.select().count() == ReferralText.select().count() == 2000
    assert Referral.board().count() > 1900
    assert newcomer in Referral.board(words=f"{newcomer.title} {newcomer.location}")
    assert newcomer in Referral.board(industry=newcomer.industry, location=newcomer.location, pay=newcomer.pay_yearly)


def test_a_third_of_a_crowd_is_unnamed_and_found_by_other_words(in_city):
    unnamed = Referral.select().where(~Referral.helper_named, ~Referral.employer_named)
    newcomer = unnamed.order_by(Referral.id.desc()).first()

    assert 0.25 < unnamed.count() / Referral.select().count() < 0.4
    assert newcomer in Referral.board(words=f"{newcomer.title} {newcomer.employer_words}")
    assert newcomer not in Referral.board(words=newcomer.employer)
    assert newcomer in Referral.board(location=newcomer.location.upper())
    assert not Member.select().where(Member.name_key == "").exists()


def test_a_crowd_leaves_a_sound_database(in_city):
    assert db.execute_sql("PRAGMA integrity_check").fetchone() == ("ok",)
    assert db.execute_sql("PRAGMA foreign_key_check").fetchall() == []
    db.execute_sql("INSERT INTO referral_text (referral_text, rank) VALUES ('integrity-check', 1)")
