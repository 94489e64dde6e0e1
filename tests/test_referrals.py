"""What becomes of a posting: each of its verbs, who may use it, what follows, and how others find it."""

from datetime import date, timedelta

import pytest
from cast import MONDAY, ROLE, WAYS
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from models import (
    LONGEST_REASON,
    Claim,
    Event,
    Invalid,
    Notice,
    NotYours,
    Referral,
    Refused,
    db,
    end_of,
    in_days,
    now,
    today,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

STATES = ("draft", *WAYS[Referral])

# From these states, by this verb, who, to which state; "=" is the state it was in.
TABLE = [
    ("draft changes_asked", "submit", "helper", "published"),
    ("in_review", "approve", "organizer", "published"),
    ("in_review", "ask_changes", "organizer", "changes_asked"),
    ("in_review", "reject", "organizer", "rejected"),
    ("published", "pause", "helper", "paused"),
    ("paused", "resume", "helper", "published"),
    ("published paused", "remind", "clock", "="),
    ("published paused", "expire", "clock", "expired"),
    ("expired", "renew", "helper", "published"),
    ("published paused expired", "fill", "helper organizer clock", "filled"),
    ("draft in_review changes_asked published paused expired hidden", "withdraw", "helper", "withdrawn"),
    ("published paused expired filled", "hide", "organizer", "hidden"),
    ("hidden", "restore", "organizer clock", "published"),
    ("hidden", "remove", "organizer", "removed"),
    ("removed", "reinstate", "second_organizer clock", "published"),
    ("draft in_review changes_asked published paused expired hidden", "edit", "helper", "="),
    ("draft in_review changes_asked published paused expired hidden", "unname", "helper", "="),
    ("draft", "schedule", "helper", "="),
    ("in_review changes_asked published paused expired", "take_down", "helper", "draft"),
]
# What the desk brings about by other rules besides: told in test_reports.py and test_restrictions.py.
READ = "in_review changes_asked published paused expired filled"
AT_THE_DESK = [
    (READ, "hide", "organizer", "hidden"),
    (READ, "hide_for_reports", "clock", "hidden"),
    ("hidden", "unhide", "clock", "published"),
]
# What a day brings that was chosen, and a review that nobody can make: told in test_scheduling.py.
BY_DAY = [
    ("draft", "unschedule", "helper", "draft"),
    ("draft", "come_up", "clock", "published"),
    ("draft", "come_to_review", "clock", "in_review"),
    ("draft in_review", "call_off", "clock", "draft"),
    ("in_review", "publish_unreviewed", "clock", "published"),
    ("published paused expired", "approve_late", "organizer", "="),
]
GIVING_REASONS = {"call_off", "ask_changes", "reject", "hide", "remove", "reinstate"}


@pytest.fixture
def queries():
    """The queries that are asked from now on."""
    asked = []
    db.query_hooks.append(asked.append)
    yield asked
    db.query_hooks.remove(asked.append)


# The table, and everything outside it


def test_the_table_names_every_verb_and_who_may_use_it():
    rows = TABLE + AT_THE_DESK + BY_DAY
    told = {verb: (set(sources.split()), set(by.split())) for sources, verb, by, _to in rows}

    assert {name: (set(rule.sources), set(rule.by)) for name, rule in Referral.verbs().items()} == told
    assert {name for name, rule in Referral.verbs().items() if rule.reason == "required"} == GIVING_REASONS


@pytest.mark.parametrize(
    ("before", "verb", "to"),
    [(before, verb, to) for sources, verb, _by, to in TABLE for before in sources.split()],
)
def test_a_posting_moves_by_its_verbs(before, verb, to, lead, use, set_policy, people):
    referral = lead(Referral, before)
    set_policy(review="none")

    use(referral, verb)

    after = before if to == "=" else to
    event = Event.select().where(Event.verb.startswith("referral.")).order_by(Event.id.desc()).first()
    assert Referral.get_by_id(referral.id).state == referral.state == after
    assert (event.verb, event.before, event.after, event.referral) == (f"referral.{verb}", before, after, referral)
    assert event.reason == ("Because it is so." if verb in GIVING_REASONS else "")
    assert event.actor in [people[who] for who in by_of(verb)]


def by_of(verb):
    row = next(by for _sources, name, by, _to in TABLE if name == verb)
    return row.replace("second_organizer", "organizer").split()


@pytest.mark.parametrize("state", STATES)
def test_a_posting_moves_in_no_other_way(state, lead, use, unchanged):
    referral = lead(Referral, state)

    for verb, rule in Referral.verbs().items():
        if state not in rule.sources:
            with unchanged(), pytest.raises(Refused):
                use(referral, verb)


@pytest.mark.parametrize("verb", Referral.verbs())
def test_nobody_else_moves_a_posting(verb, lead, use, unchanged, people):
    rule = Referral.verbs()[verb]
    referral = lead(Referral, rule.sources[0])

    for member in people.values():
        if not referral.roles(member) & set(rule.by):
            assert not referral.can(verb, member)
            with unchanged(), pytest.raises(NotYours):
                use(referral, verb, actor=member)


@pytest.mark.parametrize("verb", sorted(GIVING_REASONS))
@pytest.mark.parametrize("reason", ["", None, " \n\t ", "x" * 100_000], ids=["none", "null", "blank", "endless"])
def test_a_reason_is_a_sentence_or_two(verb, reason, lead, use, unchanged):
    referral = lead(Referral, Referral.verbs()[verb].sources[0])

    with unchanged(), pytest.raises(Invalid) as problem:
        use(referral, verb, reason=reason)

    assert "reason" in problem.value.problems


def test_a_reason_as_long_as_allowed_is_kept_without_the_space_around_it(referral, organizer):
    referral.hide(organizer, reason=f"  {'x' * LONGEST_REASON}\x00\n")

    assert Event.get(Event.verb == "referral.hide").reason == "x" * LONGEST_REASON


# Handing in


def test_a_draft_is_known_to_its_helper_alone(post, helper, seeker, organizer):
    draft = post(publish=False)

    assert draft in Referral.visible_to(helper)
    assert draft not in Referral.visible_to(seeker)
    assert draft not in Referral.visible_to(organizer)


def test_a_posting_is_on_the_board_for_as_long_as_the_policy_says(post):
    referral = post()

    assert list(Referral.board()) == [referral]
    assert referral.published_at == now()
    assert referral.expires_at == in_days(45)
    assert referral.due == in_days(40)


def test_a_posting_ends_at_the_end_of_its_closing_date(post):
    referral = post(closes_on=today() + timedelta(days=10))

    assert referral.expires_at == end_of(today() + timedelta(days=10))
    assert referral.due == referral.expires_at - timedelta(days=5)


def test_there_is_no_reminder_when_there_is_no_time_for_one(post):
    referral = post(closes_on=today() + timedelta(days=3))

    assert referral.due == referral.expires_at


@pytest.mark.parametrize("state", ["draft", "in_review", "expired"])
def test_a_posting_whose_closing_date_has_passed_is_edited_first(state, lead, use, unchanged):
    verb = {"draft": "submit", "in_review": "approve", "expired": "renew"}[state]
    referral = lead(Referral, state)
    Referral.update(closes_on=today() - timedelta(days=1)).execute()

    with unchanged(), pytest.raises(Refused, match="closing date has passed"):
        use(referral, verb)


def test_a_posting_can_be_handed_in_on_its_closing_date(post):
    assert post(closes_on=today()).state == "published"


@pytest.mark.parametrize(
    ("review", "shown_before", "state"),
    [
        ("none", False, "published"),
        ("new", False, "in_review"),
        ("new", True, "published"),
        ("all", True, "in_review"),
    ],
)
def test_who_is_reviewed_is_for_the_policy_to_say(review, shown_before, state, post, set_policy):
    if shown_before:
        post()
    set_policy(review=review)

    assert post().state == state


def test_a_first_posting_that_was_turned_down_counts_for_nothing(post, organizer, set_policy):
    set_policy(review="new")
    post().reject(organizer, reason="This is no job.")

    assert post().state == "in_review"


def test_organizers_are_not_reviewed(post, organizer, set_policy):
    set_policy(review="all")

    assert post(by=organizer).state == "published"


def test_a_review_is_the_organizers_move(post, organizer, second, helper, told, set_policy):
    set_policy(review="all")

    referral = post()

    assert told(organizer) == told(second) == ["referral.submit"]
    assert Notice.get(Notice.member == organizer).asks
    assert referral.waits_for(organizer)
    assert not referral.waits_for(helper)
    assert referral in Referral.to_review()


def test_changes_asked_for_are_the_helpers_move(lead, helper, told):
    referral = lead(Referral, "changes_asked")

    assert told(helper) == ["referral.ask_changes"]
    assert Notice.get(Notice.member == helper).asks
    assert referral.waits_for(helper)


def test_an_approved_posting_runs_from_its_approval(lead, helper, organizer, told, wait):
    referral = lead(Referral, "in_review")
    wait(days=10)

    referral.approve(organizer)

    assert referral.expires_at == in_days(45)
    assert told(helper) == ["referral.approve"]
    assert not Notice.get(Notice.member == helper).asks


# Changing what it says

GOOD = {**ROLE, "last_day": None, "connection": "works_there", "prices": {"reference": 0}, "duties": "Build boats."}


def test_an_edited_posting_reads_so_from_now_on(referral, helper):
    referral.edit(
        helper,
        prices={"introduction": 900, "reference": 100},
        duties="Sails.",
        **{**ROLE, "title": "Sailor", "last_day": today()},
    )

    fresh = Referral.get_by_id(referral.id)
    assert (fresh.title, fresh.duties) == ("Sailor", "Sails.")
    assert [(item.kind, item.price) for item in fresh.menu] == [("introduction", 900), ("reference", 100)]
    assert list(Referral.board("sailor sails")) == [referral]
    assert not Referral.board("shipwright")


@pytest.mark.parametrize("state", ["published", "paused"])
def test_a_new_closing_date_sets_the_clock_anew(state, lead, use):
    referral = lead(Referral, state)

    use(referral, "edit", closes_on=today() + timedelta(days=8))

    assert referral.expires_at == end_of(today() + timedelta(days=8))
    assert referral.due == referral.expires_at - timedelta(days=5)


def test_an_edit_alone_keeps_nobody_on_the_board_for_longer(referral, use, wait):
    ends = referral.expires_at
    wait(days=20)

    use(referral, "edit")

    assert referral.expires_at == ends


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"prices": {}}, "help"),
        ({"prices": {"good_word": 50_001}}, "price_good_word"),
        ({"seats": 6}, "seats"),
        ({"pay_min": 2, "pay_max": 1}, "pay_max"),
        ({"connection": "leaving"}, "last_day"),
        ({"last_day": date(2026, 5, 31)}, "last_day"),
        ({"closes_on": date(2026, 5, 31)}, "closes_on"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_so_is_not_posted(change, field, helper, referral, unchanged):
    with unchanged(), pytest.raises(Invalid) as drafted:
        Referral.draft(helper, **{**GOOD, **change})
    with unchanged(), pytest.raises(Invalid) as edited:
        referral.edit(helper, **{**GOOD, **change})

    assert set(drafted.value.problems) == set(edited.value.problems) == {field}


def test_a_day_that_has_passed_since_may_stay(post, helper, wait):
    days = {"last_day": today() + timedelta(days=2), "closes_on": today() + timedelta(days=3)}
    referral = post(**days)
    wait(days=10)

    referral.edit(helper, **{**GOOD, **days, "title": "Sailor"})

    assert referral.title == "Sailor"


def test_an_edit_touches_no_claim(referral, claim, helper, seeker):
    claim.accept(helper)
    terms = claim.terms

    referral.edit(helper, **{**GOOD, "employer": "Another", "title": "Other", "prices": {"good_word": 50_000}})
    claim.reload()
    claim.agree(seeker)

    assert claim.terms == terms
    assert (claim.total, claim.pledge.amount) == (5000, 5000)
    assert {item.kind: item.price for item in claim.items} == {"good_word": 5000, "reference": 0}


# Seats


def test_a_seat_given_back_sets_the_clock_of_the_line_again(post, helper, seeker, rival, wait):
    referral = post()
    first, second = (Claim.request(referral, who, "Please.", ["reference"]) for who in (seeker, rival))
    first.accept(helper)
    second.reload()
    assert referral.full
    assert second.due is None
    assert not second.waits_for(helper)

    wait(days=2)
    first.withdraw(seeker)
    second.reload()

    assert second.due == in_days(7)
    assert second.waits_for(helper)


def test_another_seat_lets_the_next_in_line_be_accepted(post, helper, seeker, rival):
    referral = post()
    first, second = (Claim.request(referral, who, "Please.", ["reference"]) for who in (seeker, rival))
    first.accept(helper)

    referral.edit(helper, **{**GOOD, "seats": 2})
    second.reload()

    assert second.due == in_days(7)
    second.accept(helper)
    assert second.state == "accepted"


def test_a_seat_taken_away_makes_the_line_wait(post, helper, seeker, rival):
    referral = post(seats=2)
    first, second = (Claim.request(referral, who, "Please.", ["reference"]) for who in (seeker, rival))
    first.accept(helper)
    assert not referral.full

    referral.edit(helper, **{**GOOD, "seats": 1})
    second.reload()

    assert second.due is None
    with pytest.raises(Refused, match="Every seat is taken"):
        second.accept(helper)


# The last day


def test_help_from_inside_ends_with_the_last_day(post, wait):
    referral = post(last_day=today(), prices={"good_word": 0, "introduction": 0, "reference": 0, "role_briefing": 0})
    assert not referral.left
    assert [item.kind for item in referral.offered] == ["good_word", "introduction", "reference", "role_briefing"]

    wait(days=1)

    assert referral.left
    assert [item.kind for item in referral.offered] == ["reference", "role_briefing"]
    assert len(referral.menu) == 4


def test_the_last_day_ends_at_midnight_where_the_community_is(post, time_machine):
    referral = post(last_day=MONDAY.date())

    time_machine.move_to(MONDAY.replace(hour=3, minute=59) + timedelta(days=1))
    assert not referral.left
    time_machine.move_to(MONDAY.replace(hour=4, minute=0) + timedelta(days=1))
    assert referral.left


def test_who_stays_has_no_last_day(post):
    assert not post(connection="works_there", last_day=None).left


# Ending


def test_a_filled_posting_closes_those_who_wait_and_nobody_else(post, helper, seeker, rival, organizer, told):
    referral = post(seats=2)
    bound = Claim.request(referral, seeker, "Please.", ["reference"])
    Claim.request(referral, rival, "Please.", ["reference"])
    asked = Claim.request(referral, organizer, "Please.", ["reference"])
    bound.accept(helper)
    asked.ask_changes(helper, reason="Tell me more.")

    referral.fill(helper)

    assert [claim.state for claim in referral.claims.order_by(Claim.id)] == ["accepted", "closed", "closed"]
    assert told(rival)[0] == told(organizer)[0] == "claim.close"
    assert told(seeker)[0] == "referral.fill"
    assert referral.due is None
    assert [claim.due for claim in referral.claims if claim.state == "closed"] == [None, None]


@pytest.mark.parametrize("state", ["withdrawn", "removed"])
def test_a_posting_that_ends_closes_those_who_wait(state, claim, referral, seeker, helper, organizer, told):
    if state == "withdrawn":
        referral.withdraw(helper)
    else:
        referral.hide(organizer, reason="Hm.")
        assert Claim.get_by_id(claim.id).state == "requested"
        referral.remove(organizer, reason="No.")

    assert Claim.get_by_id(claim.id).state == "closed"
    assert told(seeker) == ["claim.close"]


def test_who_is_bound_learns_that_the_posting_was_withdrawn(referral, claim, helper, seeker, told):
    claim.accept(helper)

    referral.withdraw(helper)

    assert told(seeker)[0] == "referral.withdraw"
    assert "referral.withdraw" not in told(helper)
    assert Claim.get_by_id(claim.id).state == "accepted"


def test_an_organizer_can_call_it_filled_and_the_helper_is_told(referral, organizer, helper, told):
    referral.fill(organizer)

    assert told(helper) == ["referral.fill"]


def test_a_renewed_posting_is_on_top_again_for_a_whole_term(post, helper, wait):
    old = post()
    wait(days=46)
    new = post()
    wait(minutes=1)

    old.renew(helper)

    assert list(Referral.board()) == [old, new]
    assert old.expires_at == in_days(45)


def test_a_posting_that_was_paused_comes_back_to_its_place_and_its_end(post, helper, wait):
    old, ends = post(), in_days(45)
    wait(minutes=1)
    new = post()
    old.pause(helper)
    wait(days=10)

    old.resume(helper)

    assert list(Referral.board()) == [new, old]
    assert (old.expires_at, old.due) == (ends, ends - timedelta(days=5))


# Hiding


@pytest.mark.parametrize("state", ["published", "paused"])
def test_a_hidden_posting_comes_back_as_it_was(state, lead, organizer, helper, seeker, told, wait):
    referral = lead(Referral, state)
    ends, reminder = referral.expires_at, referral.due

    referral.hide(organizer, reason="Somebody asked for money up front.")
    hidden_from_others = referral not in Referral.visible_to(seeker)
    wait(days=2)
    referral.restore(organizer)

    assert hidden_from_others
    assert referral in Referral.visible_to(helper)
    assert (referral.state, referral.expires_at, referral.due) == (state, ends, reminder)
    assert told(helper) == ["action.undo", "referral.restore", "referral.hide"]


def test_a_hidden_posting_stays_known_to_its_helper_and_the_organizers(lead, helper, organizer, rival):
    referral = lead(Referral, "hidden")

    assert referral in Referral.visible_to(helper)
    assert referral in Referral.visible_to(organizer)
    assert referral not in Referral.visible_to(rival)
    assert referral.due is None


def test_another_organizer_hears_the_appeal(lead, organizer, second):
    referral = lead(Referral, "removed")

    with pytest.raises(NotYours):
        referral.reinstate(organizer, reason="I was wrong.")
    referral.reinstate(second, reason="It was a misunderstanding.")

    assert referral.state == "published"
    assert referral.expires_at == in_days(45)


def test_an_only_organizer_can_think_again(lead, organizer):
    referral = lead(Referral, "removed")

    referral.reinstate(organizer, reason="I was wrong.")

    assert referral.state == "published"


def test_an_organizer_has_no_such_power_over_their_own_posting(post, organizer, unchanged):
    referral = post(by=organizer)

    for verb in ("hide", "remove", "restore", "approve", "reinstate"):
        with unchanged(), pytest.raises(NotYours):
            getattr(referral, verb)(organizer, reason="Mine.")


# Finding


@pytest.mark.parametrize("state", STATES)
def test_only_what_is_published_is_on_the_board(state, lead):
    referral = lead(Referral, state)

    assert (referral in Referral.board()) == (state == "published")


@pytest.mark.parametrize("state", STATES)
def test_who_may_know_of_a_posting(state, lead, helper, seeker, organizer):
    referral = lead(Referral, state)

    assert referral in Referral.visible_to(helper)
    assert (referral in Referral.visible_to(seeker)) == (state in ("published", "paused", "expired", "filled"))
    assert (referral in Referral.visible_to(organizer)) == (state != "draft")


@pytest.mark.parametrize("state", ["withdrawn", "hidden", "removed"])
def test_who_has_a_claim_on_a_posting_can_go_on_reading_it(state, claim, lead, seeker, rival):
    referral = lead(Referral, state)
    Claim.update(referral=referral).execute()

    assert referral in Referral.visible_to(seeker)
    assert referral not in Referral.visible_to(rival)


def test_the_newest_posting_comes_first(post, wait):
    first = post()
    wait(minutes=1)
    last = post()

    assert list(Referral.board()) == [last, first]


@pytest.fixture
def fleet(post):
    """Three postings that differ in everything one can ask for."""
    shipwright = post()
    captain = post(
        title="Capitán de navío",
        employer="Blue Line",
        location="Toronto",
        work_mode="remote",
        industry="48-49",
        pay_min=20,
        pay_max=3_000,
        pay_period="hour",
        prices={"reference": 0},
        duties="Steer.",
    )
    cook = post(
        title="Ship’s cook",
        employer="O'Brien & Sons",
        location="100%_Bay",
        industry="72",
        pay_max=9_000_000,
        pay_period="year",
        prices={"resume_review": 100, "role_briefing": 0},
        duties="Cook.",
    )
    return {"shipwright": shipwright, "captain": captain, "cook": cook}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, "shipwright captain cook"),
        ({"words": "wooden"}, "shipwright"),
        ({"words": "SHIPWRIGHT harbour"}, "shipwright"),
        ({"words": "capitan navio"}, "captain"),
        ({"words": "o'brien"}, "cook"),
        ({"words": "ship"}, "shipwright cook"),
        ({"words": "ship*"}, "shipwright cook"),
        ({"words": '"wooden boats"'}, "shipwright"),
        ({"words": '"boats wooden"'}, ""),
        ({"words": "wooden OR steer"}, "shipwright captain"),
        ({"words": "ship* -cook"}, "shipwright"),
        ({"words": "title:captain"}, ""),
        ({"words": "employer:blue"}, "captain"),
        ({"words": "nowhere"}, ""),
        ({"words": "   "}, "shipwright captain cook"),
        ({"industry": "72"}, "cook"),
        ({"location": "amil"}, "shipwright"),
        ({"location": "%"}, "cook"),
        ({"location": "_"}, "cook"),
        ({"work_mode": "remote"}, "captain"),
        ({"pay": 3_000 * 2080}, "shipwright captain cook"),
        ({"pay": 6_500_000}, "shipwright cook"),
        ({"pay": 6_500_001}, "cook"),
        ({"help": "good_word"}, "shipwright"),
        ({"help": "reference"}, "shipwright captain"),
        ({"gifts": True}, "captain"),
        ({"help": "reference", "gifts": True, "words": "steer", "work_mode": "remote"}, "captain"),
        ({"help": "interview_coaching"}, ""),
    ],
    ids=str,
)
def test_the_board_shows_what_was_asked_for(asked, found, fleet):
    assert {name for name, referral in fleet.items() if referral in Referral.board(**asked)} == set(found.split())


WHAT_PEOPLE_TYPE = [
    '"',
    '""',
    '"""',
    "'",
    "(",
    ")",
    "()",
    "((",
    "AND",
    "OR",
    "NOT",
    "NEAR",
    "NEAR(a b)",
    "AND AND",
    "a AND",
    "NOT a",
    "*",
    "**",
    "a*b",
    "*a",
    "-",
    "--",
    "-a",
    "+",
    "^",
    "^a",
    ":",
    "title:",
    "title:a",
    "nowhere:a",
    "{title}: a",
    "rowid:1",
    "🙂",
    "🙂🙂 boat",
    "…!?.,;",
    "\\",
    "%",
    "_",
    ";",
    "' OR 1=1 --",
    "\x00",
    "a\x00b",
    "\n",
    "\u202e",
    "é" * 50,
    "x" * 10_000,
    "boat " * 2_000,
    "(" * 5_000,
    '"' * 9_999,
    "a OR " * 2_000,
    "-a " * 3_000,
]


def test_whatever_is_typed_is_a_question_that_can_be_answered(fleet, subtests):
    for words in WHAT_PEOPLE_TYPE:
        with subtests.test(repr(words[:20])):
            list(Referral.board(words=words, location=words))


anything = given(st.text(st.sampled_from("ab\"'()*:^-+{}\\ ,.🙂\x00") | st.characters(codec="utf-8"), max_size=40))
EXAMPLES = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@EXAMPLES
@anything
@example("boat AND (")
def test_nothing_that_is_typed_breaks_the_search(fleet, words):
    list(Referral.board(words=words, location=words))


@pytest.mark.soak
@settings(EXAMPLES, max_examples=5000)
@anything
def test_nothing_that_anybody_can_think_of_breaks_the_search(fleet, words):
    list(Referral.board(words=words, location=words))


def test_what_is_no_longer_current_leaves_the_search_too(referral, helper):
    assert Referral.board("shipwright")

    referral.pause(helper)

    assert not Referral.board("shipwright")


def test_a_page_of_the_board_takes_two_queries(fleet, queries):
    referrals = Referral.with_menus(Referral.board())

    assert {(referral.helper.name, len(referral.help_items)) for referral in referrals} == {
        ("Hana Helper", 2),
        ("Hana Helper", 1),
    }
    assert len([query for query in queries if 'FROM "community"' not in query.sql]) == 2


def test_my_own_postings_are_all_there_newest_first(post, helper, rival):
    first, second = post(publish=False), post()
    post(by=rival)

    assert list(Referral.of(helper)) == [second, first]


def test_a_menu_is_always_in_the_same_order(post):
    kinds = ["role_briefing", "reference", "good_word", "resume_review"]

    referral = post(prices=dict.fromkeys(kinds, 0))

    assert [item.kind for item in referral.menu] == ["good_word", "reference", "resume_review", "role_briefing"]


# Taking the names off


def test_all_postings_of_a_helper_are_unnamed_in_one_press(post, helper, seeker):
    named, half = post(), post(employer_named=False, employer_words="A yard by the water")
    unnamed, gone = post(helper_named=False, employer_named=False), post()
    gone.withdraw(helper)

    assert Referral.unname_all(helper) == 2
    assert Referral.unname_all(helper) == 0

    fresh = [Referral.get_by_id(referral.id) for referral in (named, half, unnamed)]
    assert not [one for one in fresh if one.helper_named or one.employer_named]
    assert [one.seen_by(seeker).employer for one in fresh] == [
        "An employer in Hamilton: Manufacturing",
        "A yard by the water",
        "An employer in Hamilton: Manufacturing",
    ]
    assert not Referral.board("harbour works").exists()
    assert Referral.get_by_id(gone.id).helper_named
