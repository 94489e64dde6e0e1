"""Employers: what may be posted about whom, which words and domains are kept out, and what employers tell us."""

from time import process_time
from types import SimpleNamespace

import pytest
from cast import MONDAY, PASSWORD, POSTING, newcomer
from playhouse.test_utils import assert_query_count
from racing import at_once, press, through

from models import (
    TABLES,
    Beside,
    Block,
    Claim,
    Employer,
    Event,
    Inquiry,
    Invalid,
    Member,
    NotYours,
    Referral,
    Refused,
    key_of,
)
from models.blocks import holds, readings

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

SPELLINGS = (
    "Harbour Works",
    "HARBOUR WORKS",
    "  Harbour   Works ",
    "Harbour Works Inc.",
    "Harbour-Works, Ltd",
    "The Harbour Works Co.",
    "Ｈａｒｂｏｕｒ Ｗｏｒｋｓ",
    "Works, Harbour",
    "Harbourworks",
    "Harbour Work",
    "Harbuor Works",
    "Harbour Works North",
)


@pytest.fixture
def register(organizer):
    """Olga's opinion of an employer, Harbour Works if she does not say."""

    def register(rule, public=False, name="Harbour Works", by=organizer):
        return Employer.register(by, name, rule, public, "They have written to us.")

    return register


@pytest.fixture
def dismissed(second, organizer):
    """Oscar's browser, a second after he was dismissed."""
    Member.get_by_id(second.id).dismiss(organizer, reason="Too hasty.")
    return second


# The register


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_employer_without_postings_is_known_however_it_is_spelled(spelling, register, post, unchanged):
    register("no_postings")

    with unchanged(), pytest.raises(Invalid) as problem:
        post(employer=spelling)

    same = key_of(spelling) == key_of("Harbour Works")
    assert set(problem.value.problems) == {"employer" if same else f"like-{Employer.get().id}"}


@pytest.mark.parametrize("name", ["City of Toronto (Parks)", "Toronto City Hall", "The City of Tornto"])
def test_who_is_called_like_an_employer_with_a_rule_is_asked_whether_it_is_that(name, register, post, unchanged):
    register("gifts_only", public=True, name="City of Toronto")
    row = Employer.get()

    with unchanged(), pytest.raises(Invalid, match="yes or no"):
        post(employer=name)
    with unchanged(), pytest.raises(Invalid, match="crime"):
        post(employer=name, employer_answers={row.id: True})

    assert post(employer=name, employer_answers={row.id: True}, prices={"reference": 0}).state == "published"
    other = post(employer=name, employer_answers={row.id: False})
    assert other.employer_answers == {row.key: False}
    assert other.known_employer is None


def test_the_same_name_in_another_order_needs_no_question(register, post, unchanged):
    register("gifts_only", public=True, name="City of Toronto")

    assert Employer.like("Toronto, City of") == []
    with unchanged(), pytest.raises(Invalid, match="crime"):
        post(employer="Toronto, City of", employer_answers={Employer.get().id: False})


def test_every_rule_that_an_employer_is_like_is_asked_about(register, post, unchanged):
    register("gifts_only", name="Starbucks Queen Street")
    register("no_postings", name="Starbucks King Street")
    queen, king = Employer.select().order_by(Employer.id)

    with unchanged(), pytest.raises(Invalid) as problem:
        post(employer="Starbucks", employer_answers={king.id: False})
    assert set(problem.value.problems) == {f"like-{queen.id}"}

    with unchanged(), pytest.raises(Invalid, match="gift"):
        post(employer="Starbucks", employer_answers={king.id: False, queen.id: True})
    assert post(employer="Starbucks", employer_answers={king.id: False, queen.id: False}).state == "published"


def test_another_employer_is_asked_about_anew(register, post, use):
    register("no_postings", name="Starbucks King Street")
    row = Employer.get()
    referral = post(employer="Starbucks", employer_answers={row.id: False})
    typed = {"pay_min": 1, "pay_max": 2}

    use(referral, "edit", employer="Starbucks", **typed)
    assert referral.employer_answers == {row.key: False}
    with pytest.raises(Invalid, match="yes or no"):
        use(referral, "edit", employer="Starbucks King")


def test_answers_about_nobody_who_was_asked_about_are_not_kept(register, post):
    register("no_postings", name="Bluebird Books")

    assert post(employer_answers={Employer.get().id: False, 999: True}).employer_answers is None


def test_a_posting_nobody_was_asked_about_follows_the_rule_until_they_are(register, post, helper):
    referral = post(employer="Harbour Works North", publish=False)
    register("no_postings")

    assert not referral.can("submit", helper)
    assert referral.known_employer == Employer.get()


def test_the_question_is_on_the_page_and_its_answer_before_the_organizer(
    register, browse, helper, organizer, set_policy
):
    set_policy(review="all")
    register("no_postings")
    row, hana = Employer.get(), browse(helper)
    typed = POSTING | {"employer": "Harbour Works North"}

    asked = hana.post("/referrals/new", data=typed)
    made = hana.post("/referrals/new", data=typed | {f"like-{row.id}": "no"})

    assert asked.status_code == 422
    assert "This looks like Harbour Works, for which this group has a rule. Is it?" in asked.text
    assert made.status_code == 303
    Referral.get().submit(helper)
    page = browse(organizer).get(f"/referrals/{Referral.get().id}").text
    assert "Its helper says: this is not Harbour Works." in page


@pytest.mark.parametrize("industry", ["61", "62"])
def test_schools_and_hospitals_are_asked_whether_they_are_public(industry, post, use, unchanged):
    with unchanged(), pytest.raises(Invalid) as problem:
        post(industry=industry)
    assert set(problem.value.problems) == {"public_employer"}
    with unchanged(), pytest.raises(Invalid, match="crime"):
        post(industry=industry, public_employer=True)

    assert post(industry=industry, public_employer=False).state == "published"
    gift = post(industry=industry, public_employer=True, prices={"reference": 0})
    with pytest.raises(Invalid, match="crime"):
        use(gift, "edit", industry=industry, prices={"reference": 100})


@pytest.mark.parametrize(("industry", "kept"), [("91", True), ("72", None)])
def test_public_administration_is_always_public_and_shops_never_asked(industry, kept, post):
    assert post(industry=industry, public_employer=False, prices={"reference": 0}).public_employer is kept


def test_an_old_posting_stays_until_it_is_handed_in_renewed_or_edited(lead, referral, helper, use):
    Referral.update(industry="62").where(Referral.id == referral.id).execute()
    referral.reload()
    assert referral.state == "published"
    referral.pause(helper)

    with pytest.raises(Refused, match="said first whether"):
        referral.resume(helper)


def test_the_terms_keep_what_was_said_of_the_employer(post, seeker, helper, use):
    referral = post(industry="62", public_employer=False)
    claim = Claim.request(referral, seeker, "I care.", ["good_word"])

    use(claim, "accept")
    claim = Claim.get_by_id(claim.id)

    assert claim.terms.public_employer is False


def test_an_empty_answer_about_a_public_employer_is_a_sentence_beside_the_question(browse, helper):
    answer = browse(helper).post("/referrals/new", data=POSTING | {"industry": "62", "public_employer": ""})

    assert answer.status_code == 422
    assert "Is this a public employer?" in answer.text
    assert "Please say whether it is" in answer.text


def test_an_accent_may_be_typed_in_two_ways(register):
    register("no_postings", name="Café Lumière")

    assert Employer.policy_for(Employer.known("Cafe\u0301 Lumie\u0300re"), "72") == "no_postings"


@pytest.mark.parametrize("name", ["Harbour", "Harbour Hotel", "Works", "Harvest Works", "Iron Works"])
def test_other_employers_are_fine(name, register, post):
    register("no_postings")

    assert post(employer=name).state == "published"


def test_an_employer_that_is_only_called_alike_is_given_a_row_of_its_own(register, post, organizer):
    register("no_postings")
    register("fine", name="Harbour Works North")

    assert post(employer="Harbour Works North Ltd.").state == "published"
    assert Employer.known("Harbour Works").policy == "no_postings"


def test_of_those_that_are_alike_the_strictest_counts(register):
    register("gifts_only", name="Starbucks Queen Street")
    register("no_postings", name="Starbucks King Street")
    register("fine", name="Starbucks Bay Street")

    assert Employer.known("Starbucks").policy == "no_postings"
    assert Employer.known("Starbucks Queen Street").policy == "gifts_only"


def test_the_register_is_asked_about_many_employers_in_one_statement(register):
    register("no_postings")

    names = ("Harbourworks", "Bluebird Books", "HARBOUR WORKS", "")
    postings = [Referral(id=id, employer=name) for id, name in enumerate(names)]

    with assert_query_count(1):
        found = Employer.known_of(postings)

    assert {id: row.name for id, row in found.items()} == {0: "Harbour Works", 2: "Harbour Works"}


def test_postings_about_an_employer_are_found_however_they_spell_it(post, second):
    written = {post(employer=name) for name in ("Harbour Works", "Harbourworks Ltd", "Works, Harbour")}
    post(employer="Bluebird Books")

    with assert_query_count(2):  # One says where the organizer works.
        assert set(Referral.about_employer("Harbor Works", second)) == written


def test_with_gifts_only_help_is_given_and_not_sold(register, post, helper, unchanged):
    register("gifts_only")

    with unchanged(), pytest.raises(Invalid) as problem:
        post()

    assert "gift" in problem.value.problems["employer"]
    assert post(prices={"good_word": 0}).state == "published"


def test_a_posting_is_not_edited_into_what_the_register_forbids(register, post, helper, use, unchanged):
    referral = post(prices={"reference": 0})
    register("gifts_only")

    with unchanged(), pytest.raises(Invalid):
        use(referral, "edit", prices={"reference": 100})


@pytest.mark.parametrize("rule", ["gifts_only", "no_postings"])
def test_a_draft_is_handed_in_by_the_register_of_that_day(rule, register, post, helper, unchanged):
    referral = post(publish=False)
    register(rule)

    assert not referral.can("submit", helper)
    with unchanged(), pytest.raises(Refused, match="employer"):
        referral.submit(helper)


def test_a_posting_in_review_is_not_approved_against_the_register(register, lead, organizer, unchanged):
    referral = lead(Referral, "in_review")
    register("no_postings")

    with unchanged(), pytest.raises(Refused, match="does not take postings"):
        referral.approve(organizer)


@pytest.mark.parametrize("rule", ["gifts_only", "no_postings"])
def test_nobody_is_accepted_against_the_register(rule, register, claim, helper, unchanged):
    register(rule)

    assert not claim.can("accept", helper)
    with unchanged(), pytest.raises(Refused, match="employer"):
        claim.accept(helper)


def test_a_gift_is_accepted_where_gifts_are_all_there_is(register, referral, seeker, helper):
    claim = Claim.request(referral, seeker, "Please.", ["reference"])
    register("gifts_only")

    claim.accept(helper)

    assert claim.state == "accepted"


def test_terms_that_were_agreed_before_stay(register, lead, seeker):
    claim = lead(Claim, "accepted")
    register("gifts_only")

    claim.agree(seeker)

    assert claim.pledge.amount == 5000


def test_an_opinion_can_change(register, post):
    register("no_postings")
    register("fine", name="harbour works inc")

    assert Employer.select().count() == 1
    assert post().state == "published"
    assert [event.after for event in Event.select().where(Event.verb == "employer.register")] == ["no_postings", "fine"]


# The public sector


def test_a_public_employer_cannot_be_fine(register, unchanged):
    with unchanged(), pytest.raises(Invalid) as problem:
        register("fine", public=True)

    assert "rule" in problem.value.problems


@pytest.mark.parametrize("rule", [None, "fine", "gifts_only"])
def test_public_administration_is_gifts_only_whatever_the_register_says(rule, register, post, unchanged):
    if rule:
        register(rule)

    with unchanged(), pytest.raises(Invalid, match="crime"):
        post(industry="91")

    assert post(industry="91", prices={"reference": 0}).state == "published"


def test_a_public_employer_is_gifts_only_in_any_industry(register, post, unchanged):
    register("gifts_only", public=True)

    with unchanged(), pytest.raises(Invalid, match="crime"):
        post(industry="61", public_employer=False)


def test_a_public_employer_may_have_no_postings_at_all(register, post):
    register("no_postings", public=True)

    assert Employer.policy_for(Employer.known("Harbour Works"), "91") == "no_postings"


# Who may


def test_members_do_not_change_the_register(register, helper, unchanged):
    with unchanged(), pytest.raises(NotYours):
        register("no_postings", by=helper)


def test_an_organizer_who_was_dismissed_a_second_ago_changes_nothing(register, dismissed, helper, unchanged):
    for deed in (
        lambda: register("no_postings", by=dismissed),
        lambda: Block.add(dismissed, "word", "crypto", []),
    ):
        with unchanged(), pytest.raises(NotYours):
            deed()


@pytest.mark.parametrize("again", range(3))
def test_two_organizers_who_register_at_once_leave_one_opinion(again, register, organizer, second):
    at_once(
        *(
            lambda by=by, rule=rule: register(rule, by=by)
            for by, rule in ((organizer, "no_postings"), (second, "gifts_only"))
        )
    )

    last = Event.select().where(Event.verb == "employer.register").order_by(Event.id.desc()).first()
    assert Employer.get().policy == last.after


# Words


@pytest.fixture
def block(organizer):
    return lambda kind, pattern, among=(), by=organizer: Block.add(by, kind, pattern, among)


@pytest.mark.parametrize("duties", ["Pay in Crypto.", "CRYPTO!", "(crypto)", "It is crypto"])
def test_a_blocked_word_keeps_a_posting_out(duties, block, post, helper, unchanged):
    block("word", "  Crypto ")

    with unchanged(), pytest.raises(Invalid, match="crypto"):
        post(duties=duties)


@pytest.mark.parametrize("duties", ["Cryptography.", "A decryptor.", "Boats."])
def test_a_blocked_word_is_a_whole_word(duties, block, post):
    block("word", "crypto")

    assert post(duties=duties).state == "published"


def test_a_blocked_word_is_found_in_any_case_of_any_alphabet(block, post, unchanged):
    block("word", "Straße")

    with pytest.raises(Invalid):
        post(duties="Meet me in the STRASSE.")


@pytest.mark.parametrize(
    "spelled",
    [
        *(
            "cryp\u200bto",
            "cryp\xadto",
            "ｃｒｙｐｔｏ",
            "crypto\u0332",
            "c\u0332r\u0332y\u0332pto",
            "crýpto",
            "crÝptø",
            "cr\u200dypto",
        ),
        *("crypto’s", "l'crypto", "cryp'to", "cry\ufe0fpto", "cry\u2060pto", "𝕔𝕣𝕪𝕡𝕥𝕠", "ⓒⓡⓨⓟⓣⓞ", "crypto\u2028"),
    ],
)
def test_nobody_spells_their_way_around_a_blocked_word(spelled, block, post, unchanged):
    block("word", "crypto")

    with unchanged(), pytest.raises(Invalid, match="crypto"):
        post(duties=f"Pay in {spelled}.")


@pytest.mark.parametrize(
    ("word", "spelled"),
    [
        *(
            ("wire money", spelled)
            for spelled in (
                *("WIRE  money", "wire\nmoney", "w i r e  money", "w.i.r.e. m.o.n.e.y", "w-i-r-e money", "wire-money"),
                *("wire_money", "wire.money", "wiremoney", "wi-re money", "send a w i r e m o n e y", "w·i·r·e money"),
                *("&#119;ire money", "wire&nbsp;money", "wi&shy;re money", "[wi](https://a.example)re money"),
                *("w — i — r — e money", "w'i'r'e money", "wire / money", "w\ni\nr\ne money", "ｗ ｉ ｒ ｅ money"),
            )
        ),
        *(("cash", "c a s h"), ("cash", "I c.a.s.h only"), ("cryptoscam", "crypto scam"), ("whatsapp", "Whats App")),
        *(("no id", "no-id"), ("加密货", "买加密货币"), ("c++ job", "a C++ job")),
    ],
)
def test_breaking_a_blocked_word_is_no_way_around_it(word, spelled):
    assert holds(word, readings(f"Read: {spelled} now"))


@pytest.mark.parametrize(
    ("word", "text"),
    [
        *(("ash", "as h and me"), ("cash", "music as heard"), ("cash", "c ash"), ("scam", "his campus, disc ampere")),
        *(("wire money", "We pay by wire. Money comes monthly."), ("wire money", "By wire (money first)")),
        *(("wire money", "hardwire moneybags"), ("wire money", "rewire money"), ("wire money", "w i r e d money")),
        *(("ass", "Pass as some"), ("ass", "as s"), ("usa", "use us all"), ("no id", "noid")),
        *(("c++", "see c here"), ("@gmail", "gmail is fine")),
    ],
)
def test_ordinary_words_that_hold_a_blocked_one_between_them_are_fine(word, text):
    assert not holds(word, readings(text))


@pytest.mark.parametrize(
    "text",
    [
        *("a" * 100_000, "a " * 50_000, "aa. " * 25_000, "wire " * 20_000, "é-" * 30_000),
        *("[" * 100_000, "[a](" * 25_000, "&#" * 50_000),
    ],
)
def test_no_text_takes_long_to_look_through(text):
    began = process_time()

    assert not holds("aa" * 30 + " money", readings(text))
    assert process_time() - began < 3


# Where members write what other members read: how each is tried. `Kept.words` of the tables lists the columns.
WRITING = {
    ("Member", "name"): lambda play, said: play.seeker.introduce(name=said),
    ("Member", "headline"): lambda play, said: play.seeker.introduce(headline=said),
    ("Member", "can_help"): lambda play, said: play.seeker.introduce(can_help=said),
    ("Referral", "employer"): lambda play, said: play.post(employer=said),
    ("Referral", "employer_words"): lambda play, said: play.post(employer_words=said),
    ("Referral", "title"): lambda play, said: play.post(title=said),
    ("Referral", "location"): lambda play, said: play.post(location=said),
    ("Referral", "influence"): lambda play, said: play.post(influence=said),
    ("Duties", "text"): lambda play, said: play.post(duties=said),
    ("Claim", "note"): lambda play, said: Claim.request(play.referral, play.rival, said, ["good_word"]),
    ("Claim", "thanks"): lambda play, said: play.hired.thank(play.seeker, said),
    ("Beside", "note"): lambda play, said: Beside.request(
        play.organizer, play.rival, play.referral, said, ["good_word"]
    ),
    ("Message", "body"): lambda play, said: play.claim.say(play.seeker, said),
    ("Event", "reason"): lambda play, said: play.claim.decline(play.helper, reason=said),
}
# The rest: what is chosen or counted, what the site makes itself, and what is said to oneself or to the organizers.
NOT_WRITTEN = {
    *(("Member", "name_key"), ("Referral", "place_key"), ("Referral", "last_day"), ("Referral", "closes_on")),
    *(("Referral", "published_as"), ("Duties", "published_as"), ("Referral", "employer_answers")),
    *(("Claim", "outcome"), ("Claim", "acquaintance"), ("Pledge", "consent")),
    *(("Inquiry", "body"), ("Inquiry", "answer_text")),  # Only organizers, or whoever asked, read it.
    *(("Invitation", "note"), ("Action", "reason"), ("Report", "note"), ("TakenDown", "text")),
}


def test_every_place_where_members_write_is_known_here():
    written = {(table.__name__, name) for table in TABLES for names in table.kept.words.values() for name in names}

    assert written - NOT_WRITTEN == set(WRITING)


@pytest.mark.parametrize("place", list(WRITING), ids=".".join)
def test_blocked_words_are_asked_wherever_members_write(place, request, block, unchanged):
    names = ["seeker", "helper", "rival", "organizer", "post", "referral", "claim"]
    names += ["lead"] if place[1] == "thanks" else []
    play = SimpleNamespace(**{name: request.getfixturevalue(name) for name in names})
    if place[1] == "thanks":
        play.hired = play.lead(Claim, "hired")
    block("word", "wire money")

    with unchanged(), pytest.raises(Invalid, match="wire money"):
        WRITING[place](play, "W-i-r-e money")


@pytest.mark.parametrize("door", ["join", "knock"])
@pytest.mark.parametrize("field", ["name", "answer"])
def test_blocked_words_are_asked_at_the_door(door, field, block, organizer, unchanged):
    block("word", "wire money")
    said = {"name": "Nia New", "answer": "I build boats."} | {field: "Wire money"}
    letter = {"by_letter": False} if door == "knock" else {}

    with unchanged(), pytest.raises(Invalid) as problem:
        getattr(Member, door)(said["name"], "nia@example.net", PASSWORD, answer=said["answer"], **letter)

    assert set(problem.value.problems) == {field}


def test_whoever_tells_the_organizers_may_quote_what_is_blocked(lead, block, helper):
    claim = lead(Claim, "active")
    block("word", "wire money")

    claim.dispute(helper, reason="They said: wire money now.")

    assert claim.state == "disputed"


def test_a_blocked_word_may_be_written_in_any_spelling(block, post, unchanged):
    block("word", "Cafe\u0301 d’Or")

    with pytest.raises(Invalid):
        post(duties="Meet at the cafe\nd'or.")
    with unchanged(), pytest.raises(Invalid, match="already"):
        block("word", "CAFÉ DOR")


def test_a_blocked_word_keeps_requests_and_messages_out(block, claim, referral, rival, seeker, unchanged):
    block("word", "wire transfer")

    with unchanged(), pytest.raises(Invalid):
        claim.say(seeker, "I can do a Wire Transfer now.")
    with unchanged(), pytest.raises(Invalid):
        Claim.request(referral, rival, "By wire transfer?", ["good_word"])


@pytest.mark.parametrize(
    "pattern", ["", " ", "a", "of", "...", "---", "(((", "\x00\x00\x00", "\u02bc\u02bc\u02bc", "a\u200b\u200b"]
)
def test_a_word_that_would_match_nearly_everything_is_refused(pattern, block, unchanged):
    with unchanged(), pytest.raises(Invalid) as problem:
        block("word", pattern)

    assert "pattern" in problem.value.problems


def test_a_word_that_half_of_the_postings_hold_is_refused(block, post, unchanged):
    postings = [post() for _ in range(3)] + [post(duties="Sail."), post(duties="Row.")]

    with unchanged(), pytest.raises(Invalid, match="more than half"):
        block("word", "wooden", among=postings)


def test_a_pattern_is_no_expression(block, post):
    block("word", "b.ats")

    assert post(duties="Boats.").state == "published"


def test_a_dry_run_says_what_would_have_been_kept_out_and_changes_nothing(post, unchanged):
    boats, wine = post(), post(duties="Taste wine.")

    with unchanged():
        assert Block.dry_run("word", "Wooden", [boats, wine]) == ([boats], 2)
        assert Block.dry_run("word", "crypto", [boats, wine]) == ([], 2)


def test_a_dropped_word_may_be_used_again(block, post, organizer, helper, unchanged):
    block("word", "boats")
    with unchanged(), pytest.raises(NotYours):
        Block.get().drop(helper)

    Block.get().drop(organizer)

    assert post().state == "published"
    assert [event.verb for event in Event.select().where(Event.verb.startswith("block."))] == [
        "block.add",
        "block.drop",
    ]


def test_what_is_on_the_list_is_not_put_there_twice(block, unchanged):
    block("word", "crypto")

    with unchanged(), pytest.raises(Invalid, match="already"):
        block("word", "CRYPTO")


@pytest.mark.parametrize("again", range(3))
def test_a_word_that_two_drop_is_dropped_once(again, block, organizer, second):
    block("word", "crypto")

    at_once(*(press(Block.get(), "drop", by) for by in (organizer, second)))

    assert Event.select().where(Event.verb == "block.drop").count() == 1


def test_members_do_not_change_the_block_lists(block, helper, unchanged):
    with unchanged(), pytest.raises(NotYours):
        block("word", "crypto", by=helper)


# Domains


@pytest.mark.parametrize("email", ["nia@spam.example", "NIA@SPAM.example", "nia@mail.spam.example"])
def test_a_blocked_domain_keeps_an_address_out(email, block, unchanged):
    block("domain", "@spam.example")

    with unchanged(), pytest.raises(Invalid) as problem:
        Member.join("Nia New", email, PASSWORD)

    assert "email" in problem.value.problems


@pytest.mark.parametrize("email", ["nia@notspam.example", "nia@spam.example.net", "spam.example@example.net"])
def test_other_domains_may_join(email, block):
    block("domain", "spam.example")

    assert Member.join("Nia New", email, PASSWORD).email == email


def test_who_is_here_already_stays(block, seeker, organizer):
    among = [seeker, *[newcomer(f"Kim{number} Kind", organizer) for number in range(3)]]
    Member.update(email="sami@spam.example").where(Member.id == seeker.id).execute()
    seeker.reload()

    assert Block.dry_run("domain", "spam.example", among) == ([seeker], 4)
    block("domain", "spam.example", among)

    assert Member.by_password("sami@spam.example", PASSWORD) == seeker


@pytest.mark.parametrize("pattern", ["com", ".com", "org", "@", "."])
def test_a_domain_that_is_the_end_of_everybodys_address_is_refused(pattern, block, unchanged):
    with unchanged(), pytest.raises(Invalid):
        block("domain", pattern)


def test_a_domain_that_half_of_the_members_have_is_refused(block, people, unchanged):
    with unchanged(), pytest.raises(Invalid, match="more than half"):
        block("domain", "example.org", among=[member for member in people.values() if member])


# What employers write


@pytest.fixture
def contact(organizer):
    return Inquiry.write(
        name="Petra Personnel", email="Petra@harbour.example", employer="Harbour Works", body="This is not public."
    )


def test_what_an_employer_writes_reaches_every_organizer(contact, organizer, second, helper, told):
    assert told(organizer) == ["inquiry.write"]
    assert told(helper) == []
    assert list(Inquiry.open()) == [contact]
    assert contact.email == "petra@harbour.example"
    assert contact.waits_for(organizer)
    assert contact.waits_for(second)


@pytest.mark.parametrize("email", ["", "petra", "petra@"])
def test_an_employer_says_where_the_answer_goes(email, organizer, unchanged):
    with unchanged(), pytest.raises(Invalid):
        Inquiry.write(name="Petra", email=email, employer="Harbour Works", body="Hello?")


def test_an_employer_is_answered_once(contact, organizer, second, unchanged):
    contact.answer(organizer, reason="I wrote to her: the posting is hidden.")

    assert (contact.state, list(Inquiry.open())) == ("answered", [])
    with unchanged(), pytest.raises(Refused):
        contact.answer(second, reason="So did I.")


@pytest.mark.parametrize("reason", ["", " ", "x" * 100_000], ids=["none", "blank", "endless"])
def test_the_log_says_what_was_answered(reason, contact, organizer, unchanged):
    with unchanged(), pytest.raises(Invalid):
        contact.answer(organizer, reason=reason)


def test_members_do_not_answer_employers(contact, helper, unchanged):
    with unchanged(), pytest.raises(NotYours):
        contact.answer(helper, reason="It was me.")


@pytest.mark.parametrize("again", range(3))
def test_two_organizers_answer_an_employer_once(again, contact, organizer, second):
    answers = at_once(*(press(contact, "answer", by, reason="I wrote.") for by in (organizer, second)))

    assert len(through(answers)) == 1
