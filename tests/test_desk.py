"""The desk: disputes and stuck payments decided, members found, and the policy set, by organizers alone."""

import pytest
from cast import MONDAY, PASSWORD, POLICY
from pages import words

from models import Claim, Community, Member, Pledge, Policy, Referral
from views.desk import PAGE_SIZE

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


@pytest.fixture
def stuck(lead):
    """A price that has been due for so long that the organizers are asked."""
    pledge = lead(Pledge, "due")
    pledge.call_desk()
    return pledge


def queue(page):
    """What waits at the desk: of each item its kind and its heading."""
    return [(words(item.find(".//span[@data-tone='info']")), words(item.find(".//h3"))) for item in page.all("article")]


# What waits


def test_an_empty_desk_says_so(olga):
    assert "Nothing waits" in olga.open("/desk").text


def test_a_dispute_and_a_posting_to_review_are_on_the_desk(lead, post, rival, olga, set_policy):
    lead(Claim, "disputed")
    set_policy(review="all")
    post(by=rival, title="Rigger")

    page = olga.open("/desk")

    assert queue(page) == [("Dispute", "Shipwright, Harbour Works"), ("Review", "Rigger, Harbour Works")]


def test_a_stuck_payment_is_on_the_desk_with_who_owes_whom(stuck, olga):
    page = olga.open("/desk")

    assert queue(page) == [("Stuck payment", "Shipwright")]
    assert "Sami Seeker owes Hana Helper $50" in page.text


def test_members_who_are_not_organizers_have_no_desk(hana):
    page = hana.open("/desk")

    assert page.status == 403
    assert "This is not yours to do." in page.text
    assert "Desk" not in page.links


# Disputes


def test_an_organizer_reads_both_statements_and_decides(lead, olga, hana, sami):
    lead(Claim, "disputed")

    olga.open("/desk")
    page = olga.follow("Read and decide")
    done = olga.press("Decide", decision="not_hired", reason="The employer hired nobody.")

    assert "Sami Seeker reported the hire" in page.says("now")
    assert "“Because it is so.”" in page.says("now")
    assert (done.address, done.flash) == ("/desk", "Decided. Both sides were told why.")
    assert Claim.get().state == "not_hired"
    for side in (hana, sami):
        assert "Olga Owner has decided about “Shipwright” and says why." in side.open("/notices").text
        assert "“The employer hired nobody.”" in side.open("/claims/1").text
    assert olga.open("/claims/1").status == 404


@pytest.mark.parametrize(
    ("decision", "pledge"),
    [("hired", "pledged"), ("not_hired", "void"), ("ended_early", "void"), ("cancelled", "void")],
)
def test_a_dispute_can_end_in_four_ways(lead, olga, decision, pledge):
    lead(Claim, "disputed")
    olga.open("/claims/1")

    olga.press("Decide", decision=decision, reason="Both told me so.")

    assert (Claim.get().state, Pledge.get().state) == (decision, pledge)


def test_a_decision_can_lower_what_is_owed(lead, olga, sami):
    lead(Claim, "disputed")
    olga.open("/claims/1")

    olga.press("Decide", decision="hired", owed="12.50", start_date="2026-06-02", reason="Half of it was given.")

    assert "Lowered to$12.50" in sami.open("/claims/1").says("terms")
    assert "If the job lasts, Sami Seeker owes Hana Helper $12.50 then" in sami.page.says("now")


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("owed", "50.01", "What is owed can be lowered, never raised."),
        ("owed", "-1", "An amount cannot be negative."),
        ("owed", "a lot", "Write an amount such as 150."),
        ("start_date", "2025-01-01", "This is before the claim was made."),
        ("start_date", "2028-01-01", "This is more than a year away."),
        ("start_date", "2026-02-30", "There is no such day. Write it as year-month-day."),
        ("reason", " ", "Please say why, in a sentence or two."),
        ("reason", "x" * 2001, "Please keep this under 2000 characters."),
    ],
)
def test_a_decision_that_cannot_be_taken_is_explained_beside_its_field(lead, olga, unchanged, field, typed, sentence):
    lead(Claim, "disputed")
    olga.open("/claims/1")
    answers = {"decision": "hired", "owed": "10", "start_date": "2026-06-02", "reason": "So it is.", field: typed}

    with unchanged():
        page = olga.press("Decide", **answers)

    assert page.status == 422
    assert page.says(f"{field}-error") == sentence
    form = page.form("Decide")
    kept = {one.get("name"): one.text if one.tag == "textarea" else one.get("value") for one in form.iter()}
    assert {name: kept[name] for name in ("owed", "start_date", "reason")} == {
        name: answers[name] for name in ("owed", "start_date", "reason")
    }
    assert "checked" in page.all("input", name="decision", value="hired")[0].attrib


@pytest.mark.parametrize("decision", ["", "settled", "paid"])
def test_a_dispute_cannot_end_in_a_way_that_there_is_not(lead, olga, read, unchanged, decision):
    lead(Claim, "disputed")
    olga.open("/claims/1")

    with unchanged():
        page = read(olga.client.post("/claims/1/decide", data={"decision": decision, "reason": "So it is."}))

    assert (page.status, page.says("decision-error")) == (422, "Please choose how this ends.")


def test_an_organizer_who_is_a_party_leaves_it_to_another(post, sami, organizer, second, olga, walk):
    oscar = walk(second)
    referral = post(by=organizer)
    sami.open(f"/referrals/{referral.id}")
    sami.press("Send request", note="Please.", help=["good_word"])
    olga.open("/claims/1")
    olga.press("Accept")
    sami.open("/claims/1")
    sami.press("Agree to the terms")
    sami.press("Ask an organizer", reason="She asks for money now.")

    party, other = olga.open("/desk"), oscar.open("/desk")

    assert queue(party) == []
    assert "Read and decide" not in party.links
    assert "Decide" not in olga.open("/claims/1").buttons
    sent = olga.client.post("/claims/1/decide", data={"decision": "cancelled", "reason": "No."})
    assert (sent.status_code, Claim.get().state) == (403, "disputed")
    assert queue(other) == [("Dispute", "Shipwright, Harbour Works")]
    assert "Read and decide" in other.links


# Stuck payments


def test_an_organizer_lowers_what_is_owed(stuck, olga, hana, sami):
    olga.open("/claims/1")

    page = olga.press("Lower it", owed="20", reason="Only the reference was given.")

    assert (page.address, page.flash) == ("/desk", "Lowered. Both sides were told why.")
    assert sami.open("/claims/1").says("now").startswith("Your move Send $20 to Hana Helper")
    assert "Olga Owner has lowered what is owed" in hana.open("/notices").text
    assert "Nothing waits" in olga.open("/desk").text


def test_an_organizer_can_let_the_price_go_altogether(stuck, olga):
    olga.open("/claims/1")

    olga.press("Lower it", owed="0", reason="They have lost touch.")

    assert (Pledge.get().state, Claim.get().state) == ("waived", "settled")


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("owed", "50", "What is owed can be lowered, never raised."),
        ("owed", "51", "What is owed can be lowered, never raised."),
        ("owed", "", "Please fill this in."),
        ("owed", "-1", "An amount cannot be negative."),
        ("owed", "0.001", "CAD has no smaller coins than that: fewer decimals, please."),
        ("reason", "", "Please say why, in a sentence or two."),
    ],
)
def test_what_is_owed_is_never_raised(stuck, olga, unchanged, field, typed, sentence):
    olga.open("/claims/1")
    answers = {"owed": "20", "reason": "Because.", field: typed}

    with unchanged():
        page = olga.press("Lower it", **answers)

    assert (page.status, page.says(f"{field}-error")) == (422, sentence)
    assert page.typed("owed") == answers["owed"]
    assert page.all("textarea", name="reason")[-1].text in (answers["reason"], None)


def test_a_price_in_dispute_is_decided_and_not_lowered_on_the_side(stuck, olga, sami, unchanged):
    sami.open("/claims/1")
    sami.press("Ask an organizer", reason="It was never given.")

    page = olga.open("/claims/1")

    assert "Decide" in page.buttons
    assert "Lower it" not in page.buttons
    with unchanged():
        sent = olga.client.post("/claims/1/lower", data={"owed": "20", "reason": "Because."})
    assert sent.status_code == 409


# Members


def test_an_organizer_finds_a_member_by_name_or_address(olga, helper, seeker):
    olga.open("/desk/members")

    by_name = olga.press("Search", words="hana")
    by_address = olga.press("Search", words="sami@example")
    nobody = olga.press("Search", words="zebra")

    assert [words(one) for one in by_name.part("members").iter("a")] == ["Hana Helper"]
    assert [words(one) for one in by_address.part("members").iter("a")] == ["Sami Seeker"]
    assert "Nobody found" in nobody.text


def test_members_stand_in_the_order_of_their_names_whatever_their_case(olga, organizer):
    for name in ("Zoe", "anna", "Émile O’Hara", "Bob"):
        Member.join(name, f"{name[0]}@example.org".replace("É", "e"), PASSWORD)

    page = olga.open("/desk/members")
    found = [
        olga.open(f"/desk/members?words={words}").says("members") for words in ("emile", "ÉMILE", "ohara", "o'hara")
    ]

    names = ["anna", "Bob", "Émile O’Hara", "Olga Owner", "Zoe"]
    assert sorted(names, key=page.says("members").index) == names
    assert all("Émile O’Hara" in each and "Bob" not in each for each in found)

    Member.get(Member.name == "anna").introduce(name="Łucja")
    assert "Łucja" in olga.open("/desk/members?words=lucja").says("members")


def test_many_members_are_shown_in_pages(olga, organizer):
    rows = [
        {"name": f"Member {number:03}", "email": f"m{number}@example.org", "password_hash": "-"}
        for number in range(PAGE_SIZE)
    ]
    Member.insert_many(rows).execute()

    first = olga.open("/desk/members?words=e")
    second = olga.follow("Older")

    assert "Olga Owner" not in first.says("members")
    assert "Olga Owner" in second.says("members")
    assert second.typed("words") == "e"


# The policy


def test_an_organizer_changes_everything_in_the_policy(olga):
    olga.open("/desk/policy")

    asked = olga.press("See what this changes", **POLICY)
    assert Policy.select().count() == 1
    page = olga.press("Save the policy")

    assert "Highest price: $500 → $120.50" in asked.says("changes")
    assert page.flash == "The policy is saved. Claims that are agreed already keep their terms."
    policy = Policy.current()
    assert (policy.charging, policy.pro_rata, policy.price_cap) == (True, True, 12050)
    assert (policy.priced_classes, policy.check_in_days) == (["coaching", "information"], [20, 40])
    shown = {name: page.part(name) for name in POLICY if page.part(name) is not None and page.part(name).tag == "input"}
    assert {name: one.get("value") for name, one in shown.items()} == {name: POLICY[name] for name in shown}
    assert "Since 1 Jun 2026, 11:00, by Olga Owner." in page.text


def test_the_policy_page_says_what_the_law_may_say(olga):
    page = olga.open("/desk/policy")

    assert "Some places restrict or forbid charging people who look for a job." in page.text


def test_the_policy_counts_from_the_next_posting_on(olga, hana, referral):
    olga.open("/desk/policy")
    olga.press("See what this changes", **POLICY)
    olga.press("Save the policy")

    hana.open(f"/referrals/{referral.id}/edit")
    page = hana.press("Save", price_good_word="50", price_interview_coaching="121", seats="4")

    assert page.says("price_good_word-error") == "In this community this kind of help is always a gift. Write 0."
    assert page.says("price_interview_coaching-error") == "This is above the highest price that this community allows."
    assert page.says("seats-error") == "At most 3 seats, please."
    assert "At most $120.50 each." in page.text


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("price_cap", "", "Please fill this in."),
        ("price_cap", "-1", "An amount cannot be negative."),
        ("price_cap", "1e9999999", "Write an amount such as 150."),
        ("hired_means", "", "Please fill this in."),
        ("hired_means", "x" * 1001, "Please keep this under 1000 characters."),
        ("guarantee_days", "366", "Write a whole number from 0 to 365."),
        ("guarantee_days", "-1", "Write a whole number from 0 to 365."),
        ("guarantee_days", "1.5", "Write a whole number from 0 to 365."),
        ("guarantee_days", "0000000019", "Write a whole number from 0 to 365."),
        ("guarantee_days", "0" * 8 + "1" + "0" * 5000, "Write a whole number from 0 to 365."),
        ("seats_cap", "0", "Write a whole number from 1 to 100."),
        ("open_claims_cap", "many", "Write a whole number from 1 to 100."),
        ("listing_days", "", "Write a whole number from 1 to 365."),
        ("check_in_days", "30, 20", "Write days such as 30, 45, 75, each before the claim runs out."),
        ("check_in_days", "30 30", "Write days such as 30, 45, 75, each before the claim runs out."),
        ("check_in_days", "thirty", "Write days such as 30, 45, 75, each before the claim runs out."),
        ("check_in_days", "100", "Write days such as 30, 45, 75, each before the claim runs out."),
        ("check_in_days", "²", "Write days such as 30, 45, 75, each before the claim runs out."),
        ("appeal_days", "0", "Write a whole number from 1 to 90."),
        ("question", "x" * 301, "Please keep this under 300 characters."),
        ("settle_days", "91", "Write a whole number from 1 to 90."),
    ],
)
def test_a_policy_that_cannot_be_taken_keeps_what_was_typed(olga, unchanged, field, typed, sentence):
    olga.open("/desk/policy")

    with unchanged():
        page = olga.press("See what this changes", **POLICY | {field: typed})

    assert (page.status, page.says(f"{field}-error")) == (422, sentence)
    assert page.typed(field) == typed
    assert page.typed("settle_days") == (typed if field == "settle_days" else "9")
    assert "Nothing you typed is lost." in page.text


def test_without_check_ins_nobody_is_asked_how_it_goes(olga):
    olga.open("/desk/policy")

    olga.press("See what this changes", **POLICY | {"check_in_days": ""})
    olga.press("Save the policy")

    assert Policy.current().check_in_days == []


@pytest.mark.parametrize(
    ("field", "typed"), [("review", "some"), ("charging", "maybe"), ("pro_rata", "maybe"), ("joining", "ajar")]
)
def test_a_policy_that_there_is_not_is_refused(olga, read, unchanged, field, typed):
    with unchanged():
        page = read(olga.client.post("/desk/policy", data=POLICY | {field: typed}))

    assert (page.status, page.says(f"{field}-error")) == (422, "Please choose one of these.")


# The community


def test_an_organizer_changes_what_the_community_is_called(olga, walk):
    olga.open("/desk/policy")

    page = olga.press("Save", name="Harbour Circle", place="Hamilton", timezone="America/Halifax")

    assert page.flash == "Saved."
    assert "where people in Hamilton pass on the roles they leave" in walk().open("/").text
    assert Community.current().timezone == "America/Halifax"
    assert "The currency stays CAD" in page.text


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "", "Please fill this in."),
        ("place", "x" * 81, "Please keep this under 80 characters."),
        ("timezone", "Mars/Olympus", "Please choose a time zone from the list."),
    ],
)
def test_a_community_without_a_name_or_a_place_in_time_is_refused(olga, read, unchanged, field, typed, sentence):
    answers = {"name": "Circle", "place": "Hamilton", "timezone": "America/Halifax", field: typed}

    with unchanged():
        page = read(olga.client.post("/desk/community", data=answers))

    assert (page.status, page.says(f"{field}-error")) == (422, sentence)
    if field != "place":
        assert page.typed("place") == "Hamilton"


def test_whoever_is_told_to_look_finds_it_from_the_notice(lead, olga):
    lead(Referral, "in_review")

    olga.open("/notices")
    page = olga.follow("Hana Helper handed in “Shipwright”. It waits for a review.")

    assert "Approve" in page.buttons
