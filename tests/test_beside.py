"""Beside a person: an organizer fills something in with a member, who confirms it, and is then a party to it."""

from datetime import date

import pytest
from cast import MONDAY, POSTING, ROLE, newcomer
from racing import at_once

from models import (
    Action,
    Beside,
    Block,
    Claim,
    Event,
    HiddenFrom,
    Invalid,
    NotYours,
    OneTimeLink,
    Referral,
    Refused,
    Report,
    log,
    queue,
    sweep,
    today,
)

pytestmark = [pytest.mark.time_machine(MONDAY, tick=False), pytest.mark.usefixtures("app")]


LEAVING = ROLE | {"last_day": date(2026, 7, 1)}


@pytest.fixture
def posting(post):
    return post()


@pytest.fixture
def asked(posting, second, seeker):
    """Oscar, who is no owner, has filled in a request with the seeker: the row, and its code."""
    return Beside.request(second, seeker, posting, "I build boats.", ["good_word"])


@pytest.fixture
def drafted(second, helper):
    """The same with a posting of the helper."""
    return Beside.posting(second, helper, prices={"good_word": 5000}, duties="You build boats.", **LEAVING)


def wrong(code):
    return f"{(int(code) + 1) % 10**6:06}"


# Asking


def test_nothing_leaves_the_desk_before_the_member_confirms(asked, seeker, helper, told):
    assert not Claim.select().exists()
    assert told(helper) == []
    assert told(seeker) == ["beside.begin"]


def test_a_request_is_made_by_the_code_in_the_organizers_browser(asked, second, seeker, helper, told):
    beside, code = asked
    beside.enter_code(second, f" {code[:3]} {code[3:]}\n")

    claim = Claim.get()
    assert (claim.seeker, claim.note, claim.kinds_of_help) == (seeker, "I build boats.", ["good_word"])
    assert (beside.state, beside.claim, beside.note) == ("confirmed", claim, "")
    assert "claim.request" in told(helper)
    assert "beside.confirm" in told(second)


def test_a_request_is_made_by_one_press_of_the_member_later(asked, seeker):
    asked[0].confirm(seeker)

    assert Claim.get().seeker == seeker


def test_nobody_else_confirms_it_or_types_the_code(asked, second, organizer, helper):
    beside, code = asked
    for stranger in (second, organizer, helper):
        with pytest.raises(NotYours):
            beside.confirm(stranger)
    for stranger in (organizer, helper):
        with pytest.raises(NotYours):
            beside.enter_code(stranger, code)

    assert not Claim.select().exists()


@pytest.mark.parametrize("typed", ["", " ", "\u200b", "１２３４５６", "x" * 100_000, "9" * 100_000])
def test_what_is_no_code_is_none(asked, second, typed):
    with pytest.raises(Invalid):
        asked[0].enter_code(second, typed)


def test_a_sixth_try_is_refused_even_with_the_code(asked, second, seeker):
    beside, code = asked
    for _try in range(5):
        with pytest.raises(Invalid):
            beside.enter_code(second, wrong(code))
    with pytest.raises(Refused):
        beside.enter_code(second, code)
    assert not Claim.select().exists()

    Beside.get().confirm(seeker)
    assert Claim.select().count() == 1


def test_the_code_is_not_kept_and_is_another_each_time(asked, second, seeker, post):
    beside, code = asked

    assert code not in beside.code_hash
    assert Beside.request(second, seeker, post(), "Again.", ["good_word"])[0].code_hash != beside.code_hash


def test_of_two_presses_at_once_one_makes_the_claim(asked, second, seeker):
    _beside, code = asked
    at_once(lambda: Beside.get().enter_code(second, code), lambda: Beside.get().confirm(seeker))

    assert Claim.select().count() == 1


def test_a_request_that_is_confirmed_after_the_posting_closed_is_refused(asked, posting, helper, second, seeker):
    posting.withdraw(helper)

    for press in (lambda: Beside.get().enter_code(second, asked[1]), lambda: Beside.get().confirm(seeker)):
        with pytest.raises(Refused):
            press()
    assert Beside.get().state == "open"
    assert not Claim.select().exists()


def test_help_that_is_no_longer_offered_is_said_in_a_sentence(asked, posting, helper, seeker):
    posting.edit(helper, prices={"reference": 0}, duties="You build boats.", **LEAVING)

    with pytest.raises(Refused, match="no longer offered"):
        asked[0].confirm(seeker)


def test_an_organizer_who_was_dismissed_or_suspended_takes_no_code(asked, organizer, second, seeker):
    beside, code = asked
    second.dismiss(organizer, reason="Thank you.")
    with pytest.raises(NotYours):
        beside.enter_code(second, code)

    Beside.get().confirm(seeker)
    assert Claim.select().exists()


def test_a_silenced_member_neither_begins_nor_confirms(asked, organizer, second, seeker, posting):
    Action.take(organizer, seeker, "silenced", "spam", "Hush.", days=7)

    with pytest.raises(Refused):
        asked[0].confirm(seeker)
    with pytest.raises(Refused):
        Beside.request(second, seeker, posting, "Again.", ["good_word"])


def test_it_is_not_for_organizers_applicants_the_suspended_nor_who_hides(second, organizer, helper, rival, posting):
    Action.take(organizer, rival, "suspended", "spam", "Out.", days=7)
    hiding = newcomer("Hida Hiding", organizer)
    HiddenFrom.add(hiding, "member", other=second)
    for member in (second, organizer, rival, hiding):
        with pytest.raises(NotYours):
            Beside.request(second, member, posting, "Please.", ["good_word"])
    with pytest.raises(NotYours):
        Beside.request(helper, newcomer("Nora", organizer), posting, "Please.", ["good_word"])
    assert not Beside.select().exists()


@pytest.mark.parametrize(
    ("note", "help"), [("Please.", []), ("Please.", ["nothing"]), ("Buy pyramid now", ["good_word"])]
)
def test_what_cannot_be_asked_cannot_be_kept(second, organizer, seeker, posting, note, help):
    Block.add(organizer, "word", "pyramid", [])
    with pytest.raises(Invalid):
        Beside.request(second, seeker, posting, note, help)


def test_the_member_throws_it_away_and_no_word_is_left(asked, seeker, second):
    asked[0].throw_away(seeker)

    assert (Beside.get().state, Beside.get().note) == ("thrown_away", "")
    with pytest.raises(Refused):
        Beside.get().enter_code(second, asked[1])


def test_what_nobody_confirms_runs_out(asked, time_machine):
    time_machine.shift(15 * 24 * 60 * 60)
    sweep()

    assert (Beside.get().state, Beside.get().note) == ("over", "")


# Posting


def test_a_posting_stays_a_draft_until_its_member_confirms_it(drafted, helper, second):
    posting = Referral.get()
    assert (posting.helper, posting.state) == (helper, "draft")
    with pytest.raises(Refused, match="Confirm it first"):
        posting.submit(helper)

    drafted[0].enter_code(second, drafted[1])
    assert Referral.get().state == "published"


def test_what_stands_against_a_posting_stands_against_confirming_it(drafted, helper, organizer):
    Referral.update(closes_on=today().replace(year=2020)).execute()

    with pytest.raises(Refused, match="closing date"):
        drafted[0].confirm(helper)
    assert Beside.get().state == "open"


def test_a_draft_that_is_thrown_away_is_withdrawn(drafted, helper):
    drafted[0].throw_away(helper)

    assert Referral.get().state == "withdrawn"


# The organizer is a party


def test_whoever_wrote_a_posting_together_does_not_review_it(drafted, helper, second, organizer, set_policy, oscar):
    set_policy(review="all")
    drafted[0].confirm(helper)
    posting = Referral.get()

    assert posting.state == "in_review"
    assert list(posting.reviewers()) == [organizer]
    assert queue(organizer=second) == []
    assert oscar.client.get(f"/referrals/{posting.id}").status_code == 404
    with pytest.raises(NotYours):
        posting.approve(second)
    posting.approve(organizer)
    assert oscar.client.get(f"/referrals/{posting.id}/history").status_code == 404
    with pytest.raises(NotYours):
        Action.take(second, helper, "hidden", "spam", "Look.", referral=posting)
    assert not [event for event in log(second) if event.referral_id]


def test_whoever_wrote_it_together_judges_neither_the_claim_nor_reports_of_it(asked, seeker, helper, second, organizer):
    asked[0].confirm(seeker)
    claim = Claim.get()
    claim.accept(helper)
    claim.agree(seeker)
    report = Report.make(seeker, "spam", "Hm.", claim=claim)
    claim.dispute(seeker, reason="No help was given.")

    assert claim.judges == [organizer]
    assert claim.roles(second) == set()
    assert not Claim.visible_to(second).exists()
    assert queue(organizer=second) == []
    assert not Report.select().where(Report.judgeable_by(second)).exists()
    assert not report.can("dismiss", second)
    with pytest.raises(NotYours):
        claim.decide(second, "cancelled", reason="Nothing was agreed.")


def test_the_claims_on_a_posting_written_together_are_for_the_others(drafted, helper, seeker, second, organizer):
    drafted[0].confirm(helper)
    claim = Claim.request(Referral.get(), seeker, "Please.", ["good_word"])
    claim.accept(helper)
    claim.agree(seeker)
    claim.dispute(seeker, reason="No help was given.")

    assert claim.judges == [organizer]
    assert not Claim.visible_to(second).exists()


def test_no_sign_in_link_by_the_organizer_before_it_is_confirmed(asked, second, organizer, seeker):
    with pytest.raises(NotYours, match="confirm first"):
        OneTimeLink.for_member(seeker, second)
    assert OneTimeLink.for_member(seeker, organizer)

    asked[0].confirm(seeker)
    assert OneTimeLink.for_member(seeker, second)


def test_the_log_names_the_organizer_and_neither_posting_nor_employer(asked, organizer, second, olga):
    event = next(event for event in log(organizer) if event.verb == "beside.begin")
    assert (event.actor, event.role, event.referral_id) == (second, "organizer", None)

    page = olga.open("/log").text
    assert "filled something in together with a member" in page
    assert "Shipwright" not in page
    assert "Harbour" not in page


# Pages


def test_an_organizer_fills_in_a_request_and_the_member_types_the_code(posting, seeker, oscar, helper):
    assert "Fill in together" in oscar.open(f"/desk/members/{seeker.id}").text
    assert "Shipwright" in oscar.open(f"/desk/members/{seeker.id}/beside").text
    address = f"/desk/members/{seeker.id}/beside/request/{posting.id}"
    assert oscar.client.post(address, data={"note": "", "help": ""}).status_code == 422

    page = oscar.client.post(address, data={"note": "I build boats.", "help": "good_word"})
    beside, code = Beside.get(), page.text.partition('class="code">')[2][:6]
    assert page.status_code == 200
    assert code not in oscar.open(f"/beside/{beside.id}").text
    assert oscar.client.post(f"/beside/{beside.id}/code", data={"code": wrong(code)}).status_code == 422
    assert oscar.client.post(f"/beside/{beside.id}/code", data={"code": code}).status_code == 303
    assert Claim.get().seeker == seeker


def test_an_organizer_fills_in_a_posting(helper, oscar):
    address = f"/desk/members/{helper.id}/beside/posting"
    assert oscar.client.get(address).status_code == 200
    assert oscar.client.post(address, data={}).status_code == 422

    page = oscar.client.post(address, data=POSTING)
    assert page.status_code == 200
    assert "Shipwright" in page.text
    assert Referral.get().helper == helper


def test_the_member_confirms_on_their_own_page(asked, sami, hana, helper):
    assert f"/beside/{asked[0].id}" in sami.client.get("/account").text
    page = sami.open(f"/beside/{asked[0].id}")
    assert "I build boats." in page.text
    assert sami.client.post(f"/beside/{asked[0].id}/confirm").status_code == 303

    claim = Claim.get()
    assert "Written together with an organizer." in hana.open(f"/claims/{claim.id}").text
    assert "Oscar" not in hana.open(f"/claims/{claim.id}").text
    assert "Written together with Oscar" in sami.open(f"/claims/{claim.id}").text


def test_the_event_of_confirming_is_the_members_own(asked, seeker):
    asked[0].confirm(seeker)

    event = Event.get(Event.verb == "beside.confirm")
    assert (event.actor, event.role) == (seeker, "member")
