"""The list of those one is hidden from, the workplaces, and that nobody learns anything from what is not there."""

import re
from contextlib import contextmanager

import pytest
from cast import MONDAY, PASSWORD, POSTING, newcomer

from models import (
    Action,
    Claim,
    HiddenFrom,
    Hiding,
    Inquiry,
    Invitation,
    Member,
    Notice,
    Referral,
    Report,
    Workplace,
    db,
    hidden_from,
)
from models.giveaways import others_with_title

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


@pytest.fixture
def colleague(organizer):
    carl = newcomer("Carl Colleague", organizer)
    Workplace.say(carl, "Harbour Works")
    return carl


@pytest.fixture
def carl(colleague, walk):
    return walk(colleague)


@contextmanager
def statements():
    """What is asked of the database meanwhile, without the values."""
    asked = []

    def hear(event):
        asked.append(event.sql)

    db.query_hooks.append(hear)
    try:
        yield asked
    finally:
        db.query_hooks.remove(hear)


# The list


def test_the_list_says_where_each_entry_comes_from(helper, post, walk):
    helper.take_address("hana@bluebird.example")
    hana = walk(helper)
    Workplace.say(helper, "Harbour Works")
    post(employer="Bluebird Books")
    HiddenFrom.add(helper, "employer", "Bakery")

    page = hana.open("/account/hidden-from")

    for name, source in (
        ("bluebird.example", "Your mail address"),
        ("Harbour Works", "Your workplace"),
        ("Bluebird Books", "A posting about your own job"),
        ("Bakery", "You asked for it"),
    ):
        assert re.search(rf"{name} · {source}", page.says("main")), name


def test_the_list_is_reached_from_the_account_and_from_the_posting(hana):
    for address in ("/account", "/referrals/new"):
        assert "/account/hidden-from" in hana.open(address).links.values()


def test_the_list_does_not_tell_whom_it_means_nor_how_many(helper, post, hana, rival):
    post()
    before = hana.open("/account/hidden-from").says("main")

    Workplace.say(rival, "Harbour Works")

    assert hidden_from(helper, rival)
    assert hana.open("/account/hidden-from").says("main") == before


def test_an_employer_and_a_domain_are_put_on_it(helper, hana, rival):
    hana.open("/account/hidden-from")
    page = hana.press("Hide from them", kind="employer", name="The Bakery, Inc.")
    assert page.flash == "From now on they find nothing of you."

    hana.press("Hide from them", kind="domain", name="Petra <petra@www.Yard.example>"[7:-1])

    assert [(entry.kind, entry.name) for entry in HiddenFrom.of(helper)] == [
        ("domain", "yard.example"),
        ("employer", "The Bakery, Inc."),
    ]
    rival.take_address("rosa@yard.example")
    assert hidden_from(helper, rival)


@pytest.mark.parametrize(
    ("kind", "typed", "sentence"),
    [
        ("employer", "", "Please fill this in."),
        ("employer", "…", "Write an employer, or a mail domain such as example.com."),
        ("employer", "x" * 300, "Please keep this under 254 characters."),
        ("domain", "yard", "Write an employer, or a mail domain such as example.com."),
        ("domain", "yard .example", "Write an employer, or a mail domain such as example.com."),
        ("domain", "..", "Write an employer, or a mail domain such as example.com."),
        ("domain", "x@gmail.com", "Too many people have such an address: it is nobody's workplace."),
        ("member", "Rosa Rival", "Please choose one of these."),
    ],
)
def test_what_cannot_be_taken_is_said_in_a_sentence(kind, typed, sentence, hana, helper):
    answer = hana.client.post("/account/hidden-from", data={"kind": kind, "name": typed})

    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True).replace("&#39;", "'")
    assert not HiddenFrom.select().exists()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://www.yard.example/jobs?x=1", "yard.example"),
        ("YARD.EXAMPLE.", "yard.example"),
        ("@yard.example", "yard.example"),
        ("xn--mller-kva.example", "müller.example"),
    ],
)
def test_a_domain_is_taken_however_it_is_copied(typed, kept, helper):
    HiddenFrom.add(helper, "domain", typed)

    assert [entry.name for entry in HiddenFrom.of(helper)] == [kept]


def test_a_single_member_is_put_on_it_from_their_profile(helper, rival, hana):
    Member.update(profile_shown="all").where(Member.id == rival.id).execute()
    hana.open(f"/members/{rival.id}")
    page = hana.press("Hide from this member")

    assert hidden_from(helper, rival)
    assert "Rosa Rival · You asked for it" in page.says("main")


def test_a_helper_hides_from_whoever_asks_them_for_help(helper, seeker, claim, hana):
    hana.open(f"/claims/{claim.id}")

    hana.press("Hide from this member")

    assert hidden_from(helper, seeker)


def test_a_number_typed_by_hand_tells_no_name(post, rival, helper, seeker, rosa):
    """Neither that of a profile that one may not read, nor of whoever is hidden, nor of an unnamed helper one asks."""
    claim = Claim.request(post(helper_named=False), rival, "Please.", ["good_word"])
    Member.update(profile_shown="all").where(Member.id == helper.id).execute()
    HiddenFrom.add(helper, "member", other=rival)

    tried = [rosa.client.post(f"/members/{id}/hide-from").status_code for id in (seeker.id, helper.id, 999)]

    assert claim.helper == helper
    assert tried == [404, 404, 404]
    assert not HiddenFrom.of(rival).exists()


def test_taking_ones_own_employer_off_is_warned_of_and_can_be_undone(helper, post, hana, colleague):
    post()
    page = hana.open("/account/hidden-from")
    assert "Whoever works there can then find what you post" in page.says("main")

    hana.press("Take it off all the same Harbour Works")
    assert not hidden_from(helper, colleague)
    hana.press("Put it back Harbour Works")

    assert hidden_from(helper, colleague)


def test_what_one_asked_for_is_taken_off_in_one_press(helper, hana):
    HiddenFrom.add(helper, "employer", "Bakery")
    hana.open("/account/hidden-from")

    hana.press("Take it off Bakery")

    assert not HiddenFrom.select().exists()


def test_the_list_is_ones_own(helper, rosa, hana):
    HiddenFrom.add(helper, "employer", "Bakery")
    entry = HiddenFrom.get()

    assert "Bakery" not in rosa.open("/account/hidden-from").says("main")
    for verb in ("lift", "restore"):
        assert rosa.client.post(f"/account/hidden-from/{entry.id}/{verb}").status_code == 404
    assert HiddenFrom.select().count() == 1


# Workplaces


def test_whoever_joins_says_where_they_work(walk, post):
    referral, visitor = post(), walk()
    visitor.open("/join")

    here = {"employer": "Harbour Works Inc.", "rules": "1"}
    visitor.press("Join", name="Nia New", email="nia@example.org", password=PASSWORD, **here)

    nia = Member.get(Member.name == "Nia New")
    assert nia.employer == "Harbour Works Inc."
    assert referral not in Referral.visible_to(nia)
    assert referral.title not in visitor.open("/").text


def test_an_applicant_and_an_invited_one_say_so_too(organizer, set_policy, walk):
    set_policy(joining="application")
    applicant = walk()
    applicant.open("/join")
    here = {"employer": "Bakery", "answer": "Hi.", "rules": "1"}
    applicant.press("Apply", name="Ada", email="ada@example.org", password=PASSWORD, **here)
    invited = walk()
    invited.open(f"/join/{Invitation.make(organizer).token}")
    invited.press("Join", name="Ivo", email="ivo@example.org", password=PASSWORD, employer="Yard", rules="1")

    assert {member.name: member.employer for member in Member.select() if member.employer} == {
        "Ada": "Bakery",
        "Ivo": "Yard",
    }


@pytest.mark.parametrize("typed", ["", "None", "n/a", "Self-employed", "retired"])
def test_who_has_no_employer_is_nobodys_colleague(typed, organizer):
    ada, bo = (Member.join(name, f"{name}@example.org", PASSWORD, employer=typed) for name in ("ada", "bo"))

    assert not hidden_from(ada, bo)


def test_the_third_change_is_refused_with_a_sentence_that_tells_nothing(rival, rosa, post):
    post(employer="Harbour Works")
    for place in ("One", "Two", "Three"):
        Workplace.say(rival, place)

    refused = []
    for place in ("Harbour Works", "Nobody's Works"):
        rosa.open("/account")
        page = rosa.press("Save profile", employer=place)
        refused.append((page.status, page.says("employer-error")))

    assert refused[0] == refused[1]
    assert refused[0][0] == 422
    assert "Ask an organizer" in refused[0][1]
    assert rival.employer == "Three"


def test_organizers_read_who_changed_their_workplace_of_late(rival, olga, wait):
    Workplace.say(rival, "Bakery")
    assert "Workplaces changed" not in olga.open("/desk/members").text

    Workplace.say(rival, "Yard")

    page = olga.open("/desk/members")
    assert "Rosa Rival · Yard" in page.says("main")
    page = olga.open(f"/desk/members/{rival.id}")
    assert re.search(r"Yard since 1 Jun.* Bakery since 1 Jun.* until", page.says("member"))


def test_no_organizer_reads_the_workplace_of_a_colleague(helper, rival, second, oscar, olga):
    Workplace.say(second, "Harbour Works")
    for place in ("Bakery", "Harbour Works Ltd"):
        Workplace.say(helper, place)
        Workplace.say(rival, place)
    HiddenFrom.of(rival).where(HiddenFrom.key == "harbour works").get().lift(rival)  # She does not hide from him.
    assert hidden_from(helper, second)
    assert not hidden_from(rival, second)

    for page in (oscar.open("/desk/members"), oscar.open(f"/desk/members/{helper.id}")):
        assert "Harbour Works" not in page.text
        assert "Bakery" not in page.text
    page = oscar.open(f"/desk/members/{rival.id}")
    assert "Bakery" in page.text
    assert "Harbour Works" not in page.text
    assert "Harbour Works Ltd" in olga.open("/desk/members").text


def test_a_draft_about_somebody_elses_employer_shows_nothing_and_hides_nothing(rival, rosa, post):
    referral = post(helper_named=False, employer_named=False)
    before = rosa.open("/").says("results")

    rosa.open("/referrals/new")
    rosa.press("Save and preview", **{**POSTING, "employer": "Harbour Works"})

    assert rosa.open("/").says("results") == before
    assert referral in Referral.visible_to(rival)
    assert not Hiding.select().where(Hiding.viewer == rival).exists()


def test_after_a_hire_the_seeker_is_asked_whether_they_work_there_now(lead, seeker, sami, hana, wait):
    for place in ("One", "Two", "Three"):
        Workplace.say(seeker, place)
    claim = lead(Claim, "reported")
    claim.confirm(claim.other(claim.reported_by))
    assert "Is this your workplace now?" not in sami.open("/claims").text, "The first day is tomorrow."
    wait(days=2)

    assert "Is this your workplace now?" not in hana.open("/claims").text
    sami.open("/claims")
    page = sami.press("Yes, I work there now")

    assert seeker.employer == "Harbour Works"
    assert page.status == 200
    assert "Is this your workplace now?" not in sami.open("/claims").text
    assert sami.client.post(f"/claims/{claim.id}/work_there").status_code == 409


# What is not there


@pytest.fixture
def hidden(post, helper, seeker, carl, colleague):
    """The addresses of what a colleague may not know of, each beside the same address of what never was."""
    referral = post(helper_named=False, employer_named=False)
    claim = Claim.request(referral, seeker, "Please.", ["good_word"])
    claim.say(seeker, "Good morning.")
    assert hidden_from(helper, colleague)
    message = claim.messages.get()
    return [
        ("GET", f"/referrals/{referral.id}", "/referrals/998"),
        ("GET", f"/referrals/{referral.id}/history", "/referrals/998/history"),
        ("GET", f"/referrals/{referral.id}/edit", "/referrals/998/edit"),
        ("POST", f"/referrals/{referral.id}/claims", "/referrals/998/claims"),
        ("POST", f"/referrals/{referral.id}/approve", "/referrals/998/approve"),
        ("GET", f"/claims/{claim.id}", "/claims/998"),
        ("GET", f"/claims/{claim.id}/history", "/claims/998/history"),
        ("GET", f"/claims/{claim.id}/receipt", "/claims/998/receipt"),
        ("POST", f"/claims/{claim.id}/messages", "/claims/998/messages"),
        ("GET", f"/reports/new?referral={referral.id}", "/reports/new?referral=998"),
        ("GET", f"/reports/new?claim={claim.id}", "/reports/new?claim=998"),
        ("GET", f"/reports/new?message={message.id}", "/reports/new?message=998"),
        ("GET", f"/reports/new?member={helper.id}", "/reports/new?member=998"),
        ("GET", f"/members/{helper.id}", "/members/998"),
        ("POST", f"/members/{helper.id}/hide-from", "/members/998/hide-from"),
    ]


@pytest.fixture
def hidden_at_the_desk(hidden, organizer, seeker):
    """The same of the desk."""
    referral, claim = Referral.get(), Claim.get()
    claim.accept(claim.helper)
    claim.agree(seeker)
    report = Report.make(seeker, "spam", "Hm.", referral=referral)
    action = Action.take(organizer, referral.helper, "hidden", "spam", "Hm.", referral=referral)
    inquiry = Inquiry.write(name="Petra", email="p@works.example", employer="Harbour Works", body="Who is it?")
    return [
        ("GET", f"/desk/reports/{report.id}", "/desk/reports/998"),
        ("GET", f"/desk/actions/{action.id}", "/desk/actions/998"),
        ("POST", f"/desk/actions/{action.id}/undo", "/desk/actions/998/undo"),
        ("GET", f"/desk/contacts/{inquiry.id}", "/desk/contacts/998"),
        ("GET", f"/desk/money/{claim.pledge.id}", "/desk/money/998"),
        ("POST", f"/desk/money/{claim.pledge.id}/refund", "/desk/money/998/refund"),
    ]


@pytest.mark.parametrize("role", ["member", "organizer"])
def test_what_is_hidden_is_answered_as_what_never_was(role, request, hidden, carl, colleague):
    Member.update(role=role).where(Member.id == colleague.id).execute()
    if role == "organizer":
        hidden += request.getfixturevalue("hidden_at_the_desk")
    carl.open("/")  # The first request of a session writes down that it was used.

    for method, *addresses in hidden:
        told = []
        for address in addresses:
            with statements() as asked:
                answer = carl.client.open(address, method=method, data={} if method == "POST" else None)
            body = re.sub(r"nonce=\"[^\"]*\"", "", answer.get_data(as_text=True).replace(address.partition("?")[0], ""))
            told.append((answer.status_code, asked, body, sorted(set(answer.headers.keys()))))
        assert told[0] == told[1], addresses
        assert told[0][0] == 404


def test_what_gives_a_draft_away_counts_nothing_that_is_hidden_from_its_writer(post, rival, helper):
    post()
    draft = post(by=rival, publish=False, employer="Bakery")
    assert others_with_title(draft) == 1

    HiddenFrom.add(helper, "member", other=rival)

    assert others_with_title(draft) == 0


def test_a_colleague_finds_nothing_by_any_filter(post, helper, carl, rosa):
    referral = post(helper_named=False, employer_named=False)
    for query in ("", "?words=Shipwright", "?location=Hamilton", "?industry=31-33", "?pay=10000", "?help=good_word"):
        assert referral.title in rosa.open(f"/{query}").says("results"), query
        assert "0 roles" in carl.open(f"/{query}").says("results"), query


def test_a_colleague_is_told_nothing_by_notices_of_before(post, rival, rosa, helper):
    claim = Claim.request(post(), rival, "Please.", ["good_word"])
    other = post(title="Rigger")
    Notice.create(member=rival, kind="referral.fill", referral=other)
    Report.make(rival, "spam", "Hm.", referral=other)
    assert len(Notice.unread(rival)) == 1

    HiddenFrom.add(helper, "member", other=rival)
    claim.decline(helper)

    page = rosa.open("/notices")
    assert "Rigger" not in page.text
    assert "Shipwright" in page.text
