"""What each reader learns of a helper who is unnamed until a claim is accepted: page by page, as browsers get it."""

from datetime import date
from html import unescape

import pytest
from cast import MONDAY

from models import Claim, HiddenFrom, Member, Notice, Workplace

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

LAST_DAY = date(2026, 7, 23)
INFLUENCE = "I report to the person who hires"
WORDS = "A boatyard on the lake"


@pytest.fixture
def unnamed(post):
    """A posting of a leaver who is not named, nor is the employer."""
    return post(
        **{"helper_named": False, "employer_named": False, "employer_words": WORDS},
        **{"last_day": LAST_DAY, "influence": INFLUENCE},
    )


@pytest.fixture
def asked(unnamed, seeker):
    return Claim.request(unnamed, seeker, "I have built boats all my life.", ["good_word", "reference"])


@pytest.fixture
def told(helper, unnamed):
    """Which of the things that wait for an acceptance this answer gives away, in its text or its headers."""
    secrets = {
        "name": ["Hana", "Hana Helper"],
        "profile": [f"/members/{helper.id}", f"member={helper.id}", f'data-member="{helper.id}"'],
        "employer": ["Harbour Works", "harbour works"],
        "day": ["23 Jul", "Jul 23", "2026-07-23", "23 July"],
        "influence": [INFLUENCE],
    }

    def told(answer):
        whole = unescape(answer.text) + str(answer.headers)
        return {what for what, forms in secrets.items() if any(form in whole for form in forms)}

    return told


ALL = {"name", "employer", "day", "influence"}


# The board and the posting


def test_a_member_reads_of_an_unnamed_posting_what_tells_nobody(browse, rival, unnamed, told):
    browser = browse(rival)

    board, posting = browser.get("/"), browser.get(f"/referrals/{unnamed.id}")

    for answer in (board, posting):
        assert told(answer) == set()
        assert "A member" in answer.text
        assert "here since 2026" in answer.text
        assert WORDS in answer.text
        assert "Works there, leaving in July" in answer.text
    assert "Your note to the helper" in posting.text


@pytest.mark.parametrize("by", ["helper", "organizer"])
def test_the_helper_and_organizers_read_all_of_an_unnamed_posting(by, browse, people, unnamed, told):
    answer = browse(people[by]).get(f"/referrals/{unnamed.id}")

    assert told(answer) >= ALL


def test_a_posting_says_how_many_people_its_helper_has_helped(browse, lead, rival, unnamed):
    lead(Claim, "hired")

    answer = browse(rival).get("/")

    assert "helped 1 person" in answer.text


def test_the_month_of_the_last_day_is_over_before_anyone_reads_that_they_left(browse, rival, unnamed, wait):
    wait(days=55)  # It is 26 July.
    before = browse(rival).get(f"/referrals/{unnamed.id}").text
    wait(days=8)
    after = browse(rival).get(f"/referrals/{unnamed.id}").text

    assert "Works there, leaving in July" in before
    assert "No longer: the helper has left." not in before
    assert "Worked there" in after
    assert "No longer: the helper has left." in after


# The helper's profile


def test_a_profile_does_not_list_what_is_posted_unnamed(browse, rival, seeker, helper, asked):
    for member in (rival, seeker):
        answer = browse(member).get(f"/members/{helper.id}")

        assert "Shipwright" not in answer.text
        assert WORDS not in answer.text
    assert "Shipwright" in browse(helper).get(f"/members/{helper.id}").text


# Asking


def test_who_asks_reads_that_the_helper_has_the_request(sami, unnamed, told):
    sami.open(f"/referrals/{unnamed.id}")

    page = sami.press("Send request", note="I have built boats.", help=["reference"])

    assert page.flash == "Your request is with the helper. Nothing is due before a hire."


# The claim


@pytest.fixture
def written(asked, helper):
    """The helper has written, and asked for changes."""
    asked.say(helper, "Good morning.")
    asked.ask_changes(helper, reason="Which boats?")
    return asked


def test_before_an_acceptance_the_helper_is_the_helper_on_every_page_of_a_claim(browse, seeker, written, told):
    message = written.messages.get()
    addresses = [
        *(f"/claims/{written.id}", f"/claims/{written.id}/history", "/claims", "/notices"),
        *(f"/reports/new?claim={written.id}", f"/reports/new?message={message.id}"),
        *(f"/reports/new?referral={written.referral_id}", f"/referrals/{written.referral_id}", "/"),
    ]
    browser = browse(seeker)

    for address in addresses:
        answer = browser.get(address)
        assert (address, answer.status_code, told(answer)) == (address, 200, set())

    page = browser.get(f"/claims/{written.id}").text
    assert "The helper asked for changes to the request" in page
    assert "Write to the helper" in page
    assert "Your note to the helper" in page
    assert "Sami Seeker asked for help" in page


def test_the_poll_of_the_thread_does_not_name_the_helper(browse, seeker, written, told):
    headers = {"HX-Request": "true", "HX-Target": "div#thread", "If-None-Match": '"0-0-0"'}

    answer = browse(seeker).get(f"/claims/{written.id}", headers=headers)

    assert answer.text.lstrip().startswith("<div")
    assert "Good morning." in answer.text
    assert told(answer) == set()


def test_notices_are_spoken_for_their_reader(browse, helper, seeker, written):
    def sentences(member):
        return [notice.sentence for notice in Notice.loaded(Notice.newest(member), member)]

    assert sentences(seeker) == [
        "The helper asks you to change your request for “Shipwright”.",
        "The helper wrote to you about “Shipwright”.",
    ]
    assert sentences(helper)[-1] == "Sami Seeker asks for your help with “Shipwright”."

    written.resubmit(seeker, note="Two cutters.", help=["reference"])
    written.accept(helper)

    assert sentences(seeker)[-1] == "Hana Helper wrote to you about “Shipwright”."


@pytest.mark.parametrize(
    ("press", "typed", "says"),
    [
        ("Send the changed request", {"note": "Two cutters."}, "Your changed request is with the helper."),
        ("Withdraw", {"reason": ""}, "Withdrawn. Nothing is owed, and the helper was told."),
    ],
)
def test_what_flashes_does_not_name_the_helper(press, typed, says, sami, written, told):
    sami.open(f"/claims/{written.id}")

    page = sami.press(press, **typed)

    assert page.flash == says
    assert told(page.answer) == set()


def test_a_declined_seeker_never_learns_who_it_was(browse, seeker, helper, asked, told):
    asked.decline(helper, reason="Not this time.")

    for address in (f"/claims/{asked.id}", f"/claims/{asked.id}/history", "/claims", "/notices"):
        assert told(browse(seeker).get(address)) == set()


def test_once_accepted_the_seeker_reads_names_employer_and_exact_day(browse, seeker, helper, asked, told):
    asked.accept(helper)

    claim, posting = (browse(seeker).get(where) for where in (f"/claims/{asked.id}", f"/referrals/{asked.referral_id}"))

    assert told(claim) >= {"name", "employer", "day", "profile"}
    assert told(posting) >= ALL


def test_a_posting_that_becomes_unnamed_after_a_request_is_unnamed_on_its_claim(
    browse, seeker, helper, use, post, told
):
    claim = Claim.request(post(last_day=LAST_DAY), seeker, "Please.", ["reference"])
    assert told(browse(seeker).get(f"/claims/{claim.id}")) >= {"name", "employer"}

    use(claim.referral, "edit", helper_named=False, employer_named=False)

    assert told(browse(seeker).get(f"/claims/{claim.id}")) == set()


# What was seen was seen


@pytest.fixture
def seen(asked, helper, seeker):
    """Hana accepted, and Sami withdrew after he had read her name and her employer."""
    asked.accept(helper)
    asked.withdraw(seeker)
    return asked


def test_a_helper_reads_what_a_seeker_saw_before_the_claim_came_to_nothing(browse, helper, seen):
    assert "They saw your name and the employer's on 1 Jun." in browse(helper).get(f"/claims/{seen.id}").text


def test_an_ended_claim_goes_on_naming_and_shows_nothing_newer(browse, seeker, use, seen, told):
    newer = {
        "employer": "Anchor Yard",
        "title": "Rigger",
        "last_day": date(2026, 8, 20),
        "influence": "I know the team",
    }
    use(seen.referral, "edit", **newer, helper_named=False, employer_named=False)
    browser = browse(seeker)

    claim, posting = browser.get(f"/claims/{seen.id}").text, browser.get(f"/referrals/{seen.referral_id}").text

    assert "Hana Helper" in claim
    assert "Harbour Works" in claim
    assert "Shipwright" in claim
    assert not [new for new in ("Anchor Yard", "Rigger", "20 Aug", "I know the team", "23 Jul") if new in claim]
    assert not [new for new in ("Anchor Yard", "20 Aug", "I know the team") if new in posting]


def test_a_seeker_from_whom_one_hides_after_a_request_is_shown_nothing_new(browse, seeker, helper, asked, told):
    HiddenFrom.add(helper, "member", other=seeker)
    browser = browse(seeker)

    page = browser.get(f"/claims/{asked.id}")

    assert told(page) == set()
    assert f"/referrals/{asked.referral_id}" not in page.text
    assert browser.get(f"/referrals/{asked.referral_id}").status_code == 404
    assert asked.can("accept", helper)


def test_a_seeker_from_whom_one_hides_reads_no_later_edit_where_they_had_asked(browse, seeker, helper, use, asked):
    HiddenFrom.add(helper, "member", other=seeker)
    browser = browse(seeker)
    assert "Shipwright" in browser.get("/claims").text
    use(asked.referral, "edit", title="Rigger", employer_words="A yard up the coast", employer_named=False)

    pages = [browser.get(f"/claims/{asked.id}{part}").text for part in ("", "/history")]
    pages += [browser.get(address).text for address in ("/claims", "/notices", f"/reports/new?claim={asked.id}")]

    assert not [page for page in pages if "Rigger" in page or "up the coast" in page]
    assert "A posting" in pages[0]


def test_a_seeker_from_whom_one_hides_after_an_acceptance_reads_what_the_terms_say(
    browse, seeker, helper, use, asked, told
):
    asked.accept(helper)
    HiddenFrom.add(helper, "member", other=seeker)
    use(asked.referral, "edit", employer="Anchor Yard", title="Rigger", last_day=LAST_DAY)

    page = browse(seeker).get(f"/claims/{asked.id}")

    assert told(page) == {"name", "employer"}
    assert "Anchor Yard" not in page.text
    assert "Rigger" not in page.text
    assert f"/referrals/{asked.referral_id}" not in page.text


def test_whoever_saw_and_then_works_there_is_shown_nothing_more(browse, seeker, seen, told):
    Workplace.say(seeker, "Harbour Works Ltd.")
    browser = browse(seeker)

    assert told(browser.get(f"/claims/{seen.id}")) == {"name", "employer"}
    assert browser.get(f"/referrals/{seen.referral_id}").status_code == 404


# Accepting


def test_the_button_says_what_an_acceptance_shows(hana, asked, use, unnamed):
    address = f"/claims/{asked.id}"
    assert "Accept: this shows them your name and your employer" in hana.open(address).buttons

    use(unnamed, "edit", helper_named=True, employer_named=False)
    assert "Accept: this shows them your employer" in hana.open(address).buttons

    use(unnamed, "edit", helper_named=True, employer_named=True)
    assert "Accept" in hana.open(address).buttons


def circumstances(claim):
    """What its helper reads of the seeker: the page reads a claim with its parties."""
    return Claim.with_parties(Claim.select().where(Claim.id == claim.id)).get().circumstances()


def test_a_helper_reads_beside_the_button_what_is_known_of_the_seeker(hana, asked, seeker, organizer):
    Member.update(invited_by=organizer).where(Member.id == seeker.id).execute()

    said = hana.open(f"/claims/{asked.id}").says("circumstances")

    assert said.startswith("New here for 1 month invited by Olga Owner")
    assert circumstances(asked)[4:] == (False, False, False)


@pytest.mark.parametrize(
    ("name", "email", "workplace", "known"),
    [
        ("Sami Seeker", "sami@harbour-works.example", "", (True, False)),
        ("Sami Seeker", "sami@example.org", "Harbor Works Inc.", (True, False)),
        ("Sami Harbour", "sami@gmail.com", "Bakery", (False, True)),
        ("Sami Seeker", "sami@gmail.com", "Bakery", (False, False)),
    ],
)
def test_a_helper_reads_whether_a_seeker_may_belong_to_the_employer(name, email, workplace, known, asked, seeker):
    Member.update(name=name, email=email).where(Member.id == seeker.id).execute()
    Workplace.create(member=seeker, name=workplace)
    asked.reload()

    known_of = circumstances(asked)

    assert (known_of.works_there, known_of.bears_its_name) == known


def test_a_helper_reads_that_a_seeker_is_on_their_list(hana, helper, asked, seeker):
    HiddenFrom.add(helper, "member", other=seeker)

    assert circumstances(asked).on_list
    assert "They are on the list of those you hide from." in hana.open(f"/claims/{asked.id}").text
