"""The page that says in plain words who sees what is true by the settings; and strangers read no exact numbers."""

import re

import pytest
from cast import MONDAY

from models import Action, Claim, Member
from views.board import rounded

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

PAGE = "/who-sees-what"
TITLE = "What this group and your employer can see"

# What the page says by each setting.
BY_THE_POLICY = [
    ({"unnamed": True}, "Here no posting shows a name before its helper accepts someone."),
    ({"unnamed": False}, "your name and your employer's name stay hidden unless you choose otherwise."),
    ({"tree_open": True}, "All members can read who invited whom. You can leave your name out."),
    ({"tree_open": False}, "Only organizers can read who invited whom."),
    ({"review": "all"}, "An organizer reads every posting before it is published."),
    ({"review": "new"}, "An organizer reads the postings of new members before they are published."),
    ({"review": "none"}, "no organizer reads them first."),
    ({"archive_days": 0}, "Once a posting has ended, other members cannot read it."),
    ({"archive_days": 1}, "A posting that ended can be read by other members for one more day."),
    ({"archive_days": 17}, "A posting that ended can be read by other members for 17 more days."),
    ({"joining": "open"}, "Anyone can join here without being asked."),
    ({"joining": "application"}, "An organizer reads each application."),
    ({"joining": "invitation"}, "People come in only by invitation here."),
    ({"joining": "closed"}, "People come in only by invitation here."),
]


@pytest.mark.parametrize(("columns", "sentence"), BY_THE_POLICY)
def test_the_page_follows_the_policy(columns, sentence, set_policy, walk):
    set_policy(**columns)

    text = walk().open(PAGE).text

    assert sentence in text
    others = [other for those, other in BY_THE_POLICY if those.keys() == columns.keys() and other != sentence]
    assert not [other for other in others if other in text]


def test_the_page_says_whether_the_site_sends_letters(organizer, walk, app, monkeypatch):
    without = walk().open(PAGE).text
    app.jinja_env.globals["sends_letters"] = lambda: True
    with_mail = walk().open(PAGE).text

    assert "This site sends no letters." in without
    assert "Letters from this site reach your mailbox." in with_mail


def test_the_page_says_what_nobody_can_promise(organizer, walk):
    text = walk().open(PAGE).text

    assert "names no employer, is not recognised" in text
    assert "Whoever runs the machine can read the database file and its copies." in text
    assert "An employer may also see what you open on a work phone, computer or network." in text


def test_strangers_applicants_and_suspended_members_read_it(organizer, helper, seeker, walk, hana, sami):
    Member.update(state="applicant").where(Member.id == helper.id).execute()
    Action.take(organizer, seeker, "suspended", "spam", "A month away.", days=30)

    for browser in (walk(), hana, sami):
        assert browser.open(PAGE).says("main").startswith(TITLE)


@pytest.mark.parametrize("address", ["/referrals/new", "/referrals/1", "/about", "/privacy"])
def test_the_page_is_linked_from_where_one_asks(address, referral, hana):
    assert hana.open(address).links[TITLE] == PAGE


def test_the_account_leads_to_the_page(hana):
    assert hana.open("/account").links["What others can see"] == PAGE


def test_the_page_speaks_in_short_sentences(organizer, walk):
    text = "".join(walk().open(PAGE).part("main").itertext())

    sentences = [sentence.split() for sentence in re.split(r"[.:!?]\s|\n", text)]
    assert max(map(len, sentences)) <= 20


# Numbers that strangers read


@pytest.mark.parametrize(
    ("count", "said"), [(0, 0), (1, 0), (4, 0), (5, 5), (9, 5), (20, 20), (49, 20), (999, 500), (5000, 1000)]
)
def test_a_number_is_rounded_down_for_strangers(count, said):
    assert rounded(count) == said


def test_a_stranger_does_not_learn_that_the_first_role_was_posted(organizer, post, walk):
    before = walk().open("/").says("main")
    post(title="Rigger")

    assert walk().open("/").says("main") == before


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/about",
        PAGE,
        "/privacy",
        "/employers",
        "/join",
        "/sign-in",
        "/readyz",
        "/healthz",
        "/metrics",
        "/nothing-here",
    ],
)
def test_no_page_for_strangers_changes_with_what_is_posted(address, organizer, lead, walk, browse):
    def stable(answer):
        return re.sub(rb'(nonce|value|hx-nonce)="[^"]*"|number [^<]*', b"", answer.data)

    before = stable(browse().get(address))
    lead(Claim, "settled")

    assert stable(browse().get(address)) == before
