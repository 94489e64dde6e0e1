"""What a new rule would touch, told before and after it is saved, and nothing that the organizer may not know."""

import pytest
from cast import MONDAY, newcomer

from models import Block, Claim, Employer, HiddenFrom, Hits, Invalid, Member, Referral, touched_by, written_for

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


def tried(organizer, word):
    hits, _all = Block.dry_run("word", word, written_for(organizer))
    return {kind: [hit.title for hit in found] for kind, found in Hits.of(hits).kinds}


@pytest.mark.parametrize("state", ["draft", "in_review", "changes_asked", "published", "paused", "expired", "hidden"])
def test_a_word_is_tried_on_postings_wherever_they_can_be_edited(state, lead, organizer):
    lead(Referral, state)

    assert tried(organizer, "wooden") == ({"draft": [""]} if state == "draft" else {"posting": ["Shipwright"]})


def test_a_word_is_tried_on_all_that_the_rule_will_stop(lead, seeker, helper, organizer):
    claim = lead(Claim, "hired")
    claim.thank(seeker, "Wire money, they said.")
    claim.say(helper, "w i r e money")
    Claim.update(note="wire-money").execute()
    Member.update(headline="Wire money", name="Wire Money").where(Member.id == seeker.id).execute()
    Member.update(answer="wire\nmoney").where(Member.id == helper.id).execute()

    assert tried(organizer, "wire money") == {
        "note": [""],
        "message": [""],
        "thanks": [""],
        "name": ["Wire Money"],
        "profile": ["Wire Money"],
        "answer": ["Hana Helper"],
    }


def test_of_those_who_hide_from_an_organizer_not_even_a_number_is_told(lead, helper, second, organizer):
    lead(Claim, "active").say(helper, "They are wooden.")
    HiddenFrom.add(helper, "member", other=second)
    rule = ("Harbour Works", "gifts_only")

    assert set(tried(organizer, "wooden")) == {"posting", "message"}
    assert tried(second, "wooden") == {}
    assert touched_by(organizer, *rule).postings
    assert touched_by(second, *rule) == touched_by(second, "Nobody", "no_postings")


def test_a_word_that_half_of_one_kind_holds_is_refused_however_much_else_there_is(post, lead, seeker, organizer):
    for title in ("Rigger", "Diver", "Cook"):
        post(title=title)
    claim = lead(Claim, "active")
    for number in range(20):
        claim.say(seeker, f"Number {number}")

    with pytest.raises(Invalid, match="more than half"):
        Block.add(organizer, "word", "wooden", written_for(organizer))


@pytest.mark.parametrize(("count", "there", "refused"), [(2, 20, False), (3, 20, True), (3, 19, False)])
def test_a_domain_of_more_than_a_tenth_of_the_members_is_refused(count, there, refused, organizer):
    members = [newcomer(f"Kim{number} Kind", organizer) for number in range(there - 1)]
    for member in members[:count]:
        Member.update(email=f"kim{member.id}@works.example").where(Member.id == member.id).execute()
    among = list(Member.select())

    if refused:
        with pytest.raises(Invalid, match="tenth"):
            Block.add(organizer, "domain", "works.example", among)
    else:
        Block.add(organizer, "domain", "works.example", among)
    assert Block.select().exists() == (not refused)


def test_a_rule_tells_the_postings_it_stops_and_the_claims_with_a_price(lead, post, second):
    claim = lead(Claim, "active")
    gift = post(employer="Harbour Works Ltd", prices={"reference": 0})
    post(employer="Bluebird Books")
    post(publish=False)

    assert touched_by(second, "harbour works", "gifts_only").postings == [claim.referral]
    both = touched_by(second, "harbour works", "no_postings")
    assert (both.postings, both.claims) == ([claim.referral, gift], [claim])
    assert both.sentence == "It touches 2 postings and 1 open claim with a price."
    assert touched_by(second, "harbour works", "fine").postings == []
    assert touched_by(second, "harbour works", "fine", public=True).postings == [claim.referral]


def test_a_rule_does_not_touch_who_is_called_alike_and_said_to_be_another(post, organizer):
    Employer.register(organizer, "Harbour Works", "no_postings", False, "")
    row = Employer.get()
    post(employer="Harbour Works North", employer_answers={row.id: False})

    assert touched_by(organizer, "Harbour Works", "no_postings").postings == []
    assert len(touched_by(organizer, "Harbour Works North", "no_postings").postings) == 1


def test_an_organizer_learns_nothing_of_claims_that_they_have_a_part_in(post, second, organizer):
    claim = Claim.request(post(), second, "I sail.", ["good_word"])

    assert touched_by(organizer, "Harbour Works", "no_postings").claims == [claim]
    assert touched_by(second, "Harbour Works", "no_postings").claims == []


def test_the_page_tells_it_before_and_after_saving(lead, second, browse, unchanged):
    claim = lead(Claim, "active")
    oscar, typed = browse(second), {"name": "Harbour Works", "rule": "no_postings", "note": ""}

    with unchanged():
        before = oscar.post("/desk/employers", data=typed | {"act": "try"})
    after = oscar.post("/desk/employers", data=typed | {"act": "save"}, follow_redirects=True)

    for page in (before, after):
        assert page.status_code == 200
        assert "It touches 1 posting and 1 open claim with a price." in page.text
        assert f"Claim {claim.id}" in page.text
        assert "Sami" not in page.text
    assert Employer.get().policy == "no_postings"


@pytest.mark.parametrize("saved", ["", "x", "0", "9" * 30, "-1", "１"])
def test_an_address_that_names_no_rule_tells_of_none(saved, organizer, browse):
    page = browse(organizer).get("/desk/employers", query_string={"saved": saved})

    assert page.status_code == 200
    assert "It touches" not in page.text
