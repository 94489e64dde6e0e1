"""The queue: what waits for the organizers, oldest first, and who is at work on what."""

import pytest
from cast import MONDAY, PASSWORD, newcomer
from racing import at_once, through

from models import (
    ACTS,
    Action,
    Assignment,
    Claim,
    Event,
    Inquiry,
    Invalid,
    Member,
    Notice,
    NotYours,
    Pledge,
    Referral,
    Refused,
    Report,
    count_to_decide,
    db,
    queue,
    sweep,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


@pytest.fixture
def evening(lead, post, organizer, second, rival, helper, seeker, set_policy, wait):
    """One of each kind, a day apart, in the order of ACTS turned round."""
    kinds = {
        "contact": lambda: Inquiry.write(name="Petra", email="p@harbour.example", employer="Harbour", body="Hello?"),
        "appeal": lambda: warn(rival, second).appeal(rival, reason="I meant well."),
        "settlement": lambda: late(lead(Pledge, "due")),
        "dispute": lambda: dispute(post(by=rival), seeker),
        "report": lambda: Report.make(seeker, "spam", "Hm.", member=rival),
        "review": lambda: set_policy(review="all") and post(by=rival, title="Rigger"),
        "application": lambda: Member.join("Nia New", "nia@example.org", PASSWORD, state="applicant"),
    }
    for make in kinds.values():
        make()
        wait(hours=1)
    return list(kinds)


def warn(member, organizer):
    return Action.take(organizer, member, "warning", "spam", "Forty messages.")


def late(pledge):
    pledge.call_desk()


def dispute(referral, seeker):
    claim = Claim.request(referral, seeker, "Please.", ["good_word"])
    claim.accept(referral.helper)
    claim.agree(seeker)
    claim.dispute(seeker, reason="Nothing happened.")


@pytest.fixture
def item():
    """The one item of this kind that waits."""
    return lambda kind: queue(kind)[0]


@pytest.fixture
def reported(referral, rival):
    return Report.make(rival, "not_real", "Hm.", referral=referral)


# What waits


def test_everything_that_waits_is_in_one_queue_oldest_first(evening):
    assert sorted(evening) == sorted(ACTS)
    assert [item.kind for item in queue()] == evening
    assert [item.since for item in queue()] == sorted(item.since for item in queue())


@pytest.mark.parametrize("kind", ACTS)
def test_the_queue_shows_one_kind(kind, evening):
    [item] = queue(kind)

    assert item.kind == kind
    assert item.since == next(one.since for one in queue() if one.kind == kind)


def test_a_kind_that_there_is_not_shows_everything(evening):
    assert len(queue("nonsense")) == len(queue("")) == len(evening)


def test_nothing_waits_on_a_quiet_evening(claim, referral):
    assert queue() == []


FOLLOWS = {"uphold": {"consequence": "none"}}  # What an organizer says besides why.


@pytest.mark.parametrize("kind", [kind for kind, acts in ACTS.items() if acts])
def test_what_is_done_has_left_the_queue(kind, evening, item, organizer):
    act = item(kind).acts(organizer)[0]

    item(kind).act(organizer, act, "I have looked at it.", **FOLLOWS.get(act, {}))

    assert queue(kind) == []


@pytest.mark.parametrize(("kind", "act"), [(kind, act) for kind, acts in ACTS.items() for act in acts])
def test_every_act_goes_through_from_the_queue(kind, act, evening, item, organizer):
    waiting = item(kind)
    assert act in waiting.acts(organizer)

    waiting.act(organizer, act, "I have looked at it.", **FOLLOWS.get(act, {}))

    assert Event.get(Event.verb.endswith(f".{act}")).actor == organizer
    assert not Assignment.select()


@pytest.mark.parametrize("kind", ACTS)
def test_members_do_nothing_with_the_queue(kind, evening, item, helper, unchanged):
    assert not item(kind).mine(helper)
    for act in ACTS[kind] or ("decide",):
        with unchanged(), pytest.raises(Refused):
            item(kind).act(helper, act, "I say so.")


@pytest.mark.parametrize("act", ["", "save", "delete_instance", "uphold", "withdraw"])
def test_nothing_else_is_done_from_the_queue(act, evening, item, organizer, unchanged):
    with unchanged(), pytest.raises(Refused, match="cannot be done"):
        item("review").act(organizer, act, "I say so.")


@pytest.mark.parametrize("reason", ["", None, " \n ", "x" * 100_000], ids=["none", "null", "blank", "endless"])
def test_a_step_that_asks_for_a_reason_is_not_taken_without(reason, reported, item, organizer, unchanged):
    with unchanged(), pytest.raises(Invalid):
        item("report").act(organizer, "uphold", reason)


def test_an_organizer_who_was_dismissed_a_second_ago_does_nothing(reported, item, second, organizer, unchanged):
    Member.get_by_id(second.id).dismiss(organizer, reason="Too hasty.")

    with unchanged(), pytest.raises(NotYours):
        item("report").act(second, "uphold", "So it is.")


def test_an_organizer_sees_which_items_are_not_theirs_to_decide(post, organizer, second, rival):
    Report.make(rival, "spam", "Hm.", referral=post(by=organizer))

    assert not queue()[0].mine(organizer)
    assert queue()[0].mine(second)


def test_the_queue_says_what_was_done_about_the_member_before(reported, helper, organizer, item):
    assert item("report").earlier_actions == 0
    warn(helper, organizer)

    assert item("report").earlier_actions == 1
    assert item("report").member == helper


def test_a_price_that_is_late_comes_to_the_queue_by_itself(lead, wait):
    lead(Pledge, "due")
    wait(days=14)
    sweep()

    assert [item.kind for item in queue()] == ["settlement"]


# How much there is to decide


def test_the_menu_counts_what_an_organizer_can_decide(evening, organizer, second, item):
    assert count_to_decide(organizer) == len(evening)
    assert count_to_decide(second) == len(evening) - 1, "Oscar took the action that is appealed."

    item("report").act(organizer, "dismiss", "It is nothing.")

    assert count_to_decide(organizer) == len(evening) - 1


def test_what_another_is_at_work_on_is_not_counted(evening, organizer, second, item, wait):
    Assignment.take(second, item("report").held_as)

    assert count_to_decide(organizer) == len(evening) - 1
    wait(minutes=31)
    assert count_to_decide(organizer) == len(evening)


def test_the_count_is_what_the_queue_offers(evening, organizer, second, post, seeker):
    Claim.request(post(by=second, employer="Elsewhere"), organizer, "Please.", ["good_word"])
    Report.make(seeker, "spam", "Hm.", member=second)
    Report.make(seeker, "spam", "Hm.", member=organizer)

    for one in (organizer, second):
        assert count_to_decide(one) == sum(item.mine(one) for item in queue(organizer=one))


# Who is at work


def holders():
    return {key: held.organizer for key, held in Assignment.holders().items()}


def test_an_item_is_held_by_one_organizer(reported, item, organizer, second, unchanged):
    Assignment.take(organizer, item("report").held_as)

    assert holders() == {item("report").held_as: organizer}
    with unchanged(), pytest.raises(Refused, match="Olga Owner is at work on this"):
        Assignment.take(second, item("report").held_as)
    with unchanged(), pytest.raises(Refused, match="Olga Owner"):
        item("report").act(second, "dismiss", "It is nothing.")


def test_whoever_holds_an_item_decides_it(reported, item, organizer):
    key = item("report").held_as
    Assignment.take(organizer, key)
    Assignment.take(organizer, key)

    item("report").act(organizer, "dismiss", "It is nothing.")

    assert Assignment.holders() == {}


def test_an_item_that_was_let_go_is_anybodys(reported, item, organizer, second):
    Assignment.take(organizer, item("report").held_as)
    Assignment.let_go(organizer, item("report").held_as)

    item("report").act(second, "dismiss", "It is nothing.")

    assert queue() == []


def test_nobody_lets_go_for_another(reported, item, organizer, second, unchanged):
    Assignment.take(organizer, item("report").held_as)

    with unchanged():
        Assignment.let_go(second, item("report").held_as)


def test_an_item_is_held_for_half_an_hour(reported, item, organizer, second, wait):
    Assignment.take(organizer, item("report").held_as)
    wait(minutes=31)

    assert Assignment.holders() == {}
    Assignment.take(second, item("report").held_as)

    assert holders() == {item("report").held_as: second}


# At the same moment


@pytest.mark.parametrize("again", range(3))
def test_one_of_two_organizers_holds_an_item(again, reported, item, organizer, second):
    key = item("report").held_as

    answers = at_once(*(lambda by=by: Assignment.take(by, key) for by in (organizer, second)))

    assert len(through(answers)) == 1


@pytest.mark.parametrize("again", range(3))
@pytest.mark.parametrize("kind", [kind for kind, acts in ACTS.items() if acts])
def test_an_item_that_two_decide_is_decided_once(kind, again, evening, item, organizer):
    orla = newcomer("Orla Organizer", organizer, role="organizer")
    acts = [item(kind).acts(organizer)[-1]] * 2
    seen = [item(kind), item(kind)]

    answers = at_once(
        *(
            lambda by=by, act=act, it=it: it.act(by, act, "I have looked at it.")
            for by, act, it in zip((organizer, orla), acts, seen, strict=True)
        )
    )

    assert len(through(answers)) == 1
    assert queue(kind) == []
    assert not Assignment.select()


# How long it takes


def test_a_decision_asks_as_much_however_many_reported_the_same(organizer, second, helper, rival, item, asked_by):
    def statements(reporters, reported):
        for number in range(reporters):
            Report.make(
                newcomer(f"{reported.name.split()[0]}{number} Reporter", organizer), "spam", "Hm.", member=reported
            )
        return asked_by(lambda: item("report").act(organizer, "dismiss", "It is nothing."))

    assert statements(2, helper) == statements(9, rival)
    assert not Notice.select().where(Notice.kind == "report.make")


def test_what_is_chosen_is_looked_up_alone_however_much_waits(organizer, helper, rival, seeker, asked_by):
    Report.make(seeker, "spam", "Hm.", member=helper)
    key = queue("report")[0].key
    few = asked_by(lambda: queue(organizer=organizer, keys=[key]))
    for number in range(8):
        Report.make(seeker, "spam", "Hm.", member=newcomer(f"Kim{number} Crowd", organizer))

    assert (
        asked_by(lambda: queue(organizer=organizer, keys=[key, "report:x", "nothing:1", "report:" + "9" * 40])) == few
    )


@pytest.fixture
def asked_by():
    """How many statements this asks, each kind of them once: what is told to many is written once for each."""

    def asked_by(act):
        heard = []

        def hear(event):
            heard.append(event.sql)

        db.query_hooks.append(hear)
        act()
        db.query_hooks.remove(hear)
        return len([sql for sql in heard if sql.startswith(("SELECT", "UPDATE", "DELETE"))])

    return asked_by


# An evening at the desk


def test_a_hundred_items_are_cleared_with_few_requests(organizer, post, set_policy, browse):
    """Fifty to a page, all of them with one press: far fewer than fifteen requests."""
    set_policy(review="all")
    crowd = [newcomer(f"Kim{number} Crowd", organizer) for number in range(10)]
    for number in range(100):
        post(by=crowd[number % 10])
    olga = browse(organizer)

    requests = 0
    while queue():
        keys = [item.key for item in queue()[:50]]
        assert olga.get("/desk").status_code == 200
        assert olga.post("/desk", data={"item": keys, "act": "approve"}).status_code == 303
        requests += 2

    assert requests <= 15
    assert Referral.select().where(Referral.state == "published").count() == 100
