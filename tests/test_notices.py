"""What members are told, whose move it is, and the sentences that say so."""

import pytest
from cast import MONDAY, WAYS

from models import HISTORY, TELLS, Claim, Event, Notice, Pledge, Referral, now

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

NOUNS = {"referral": Referral, "claim": Claim, "pledge": Pledge}
EVERY_STATE = [(noun, state) for noun in WAYS for state in (noun.state.default, *WAYS[noun])]
# What a helper does before anybody else is concerned: nobody is told.
ALONE = [(Referral, state) for state in ("draft", "published", "paused", "filled", "withdrawn")]
EVERY_END = [(noun, state) for noun, state in EVERY_STATE if state not in dict(WAYS[noun].values())]


@pytest.mark.parametrize("verb", [f"{noun}.{verb}" for noun, record in NOUNS.items() for verb in record.verbs()])
def test_the_history_has_a_sentence_for_every_verb(verb):
    assert places(HISTORY[verb]) <= {"actor"}


def test_the_history_has_a_sentence_for_what_is_no_verb():
    assert {"referral.draft", "claim.request", "pledge.make"} <= set(HISTORY)


@pytest.mark.parametrize("kind", TELLS)
def test_a_notice_names_who_did_what_and_where(kind):
    where = {"title"} if kind.split(".")[0] in ("referral", "claim", "pledge") else set()
    assert where <= places(TELLS[kind]) <= {"actor"} | where


@pytest.mark.parametrize(("noun", "state"), EVERY_END)
def test_everything_that_happened_can_be_read(noun, state, lead):
    lead(noun, state)

    events, notices = list(Event.select()), list(Notice.select())
    assert events
    assert bool(notices) == ((noun, state) not in ALONE)
    for event in events:
        assert "%" not in event.sentence
        if event.actor and "actor" in places(HISTORY[event.verb]):
            assert event.actor.name in event.sentence
    for notice in notices:
        assert "Shipwright" in notice.sentence
        assert "%" not in notice.sentence


@pytest.mark.parametrize(("noun", "state"), [end for end in EVERY_END if end not in ALONE])
def test_nobody_is_told_what_they_did_themselves_nor_anything_twice(noun, state, lead):
    lead(noun, state)

    for notice in Notice.select():
        assert notice.member != notice.actor
        assert notice.actor == notice.event.actor
        assert notice.kind == notice.event.verb
        assert (notice.at, notice.read_at, notice.mailed_at) == (now(), None, None)
    assert Notice.select(Notice.member, Notice.event).distinct().count() == Notice.select().count()


@pytest.mark.parametrize(("noun", "state"), EVERY_END)
def test_outsiders_are_told_nothing(noun, state, lead, rival, told):
    lead(noun, state)

    assert told(rival) == []


@pytest.mark.parametrize(
    ("noun", "state", "mover"),
    [
        (Referral, "draft", "helper"),
        (Referral, "in_review", "organizer"),
        (Referral, "changes_asked", "helper"),
        (Referral, "published", None),
        (Referral, "paused", None),
        (Referral, "expired", "helper"),
        (Referral, "filled", None),
        (Referral, "hidden", None),
        (Referral, "removed", None),
        (Claim, "requested", "helper"),
        (Claim, "changes_asked", "seeker"),
        (Claim, "accepted", "seeker"),
        (Claim, "active", None),
        (Claim, "reported", "helper"),  # The seeker has reported it.
        (Claim, "disputed", "organizer"),
        (Claim, "hired", None),
        (Claim, "settled", None),
        (Claim, "declined", None),
        (Pledge, "pledged", None),
        (Pledge, "due", "seeker"),
        (Pledge, "sent", "helper"),
        (Pledge, "paid", None),
        (Pledge, "waived", None),
        (Pledge, "void", None),
    ],
)
def test_whose_move_it_is(noun, state, mover, lead, people):
    record = lead(noun, state)
    members = {name: member for name, member in people.items() if member}

    assert {name for name, member in members.items() if record.waits_for(member)} == ({mover} if mover else set())
    if noun is Pledge:
        assert {name for name, member in members.items() if record.claim.waits_for(member)} == (
            {mover} if mover else set()
        )


@pytest.mark.parametrize(("noun", "state"), [step for step in EVERY_STATE if step not in ALONE])
def test_a_notice_asks_only_those_whose_move_it_is(noun, state, lead):
    record = lead(noun, state)

    newest = Notice.select().order_by(Notice.id.desc()).get()
    notices = Notice.select().where(Notice.event == newest.event)

    assert [notice.asks for notice in notices] == [record.waits_for(notice.member) for notice in notices]


def test_what_nobody_in_particular_did_was_golem(lead, helper):
    lead(Claim, "lapsed")

    notice = Notice.newest(helper).first()
    assert notice.actor is None
    assert notice.sentence.startswith("The claim on “Shipwright” lapsed")


def test_a_notice_leads_to_what_it_is_about(lead, seeker):
    claim = lead(Claim, "accepted")

    notice = Notice.newest(seeker).first()
    assert (notice.claim, notice.referral) == (claim, claim.referral)


def test_a_notice_is_unread_until_it_is_read(lead, seeker, helper, wait):
    claim = lead(Claim, "accepted")
    wait(hours=1)
    assert Notice.unread(seeker).count() == Notice.unread(helper).count() == 1

    assert Notice.read(seeker, claim=claim) == 1

    assert not Notice.unread(seeker)
    assert Notice.newest(seeker).first().read_at == now()
    assert Notice.unread(helper).count() == 1
    assert Notice.read(seeker) == 0


def test_notices_about_one_thing_are_read_alone(claim, referral, helper, post, seeker, organizer):
    other = Claim.request(post(), seeker, "Please.", ["reference"])
    referral.hide(organizer, reason="Hm.")
    assert Notice.unread(helper).count() == 3

    Notice.read(helper, claim=claim)
    assert {notice.claim for notice in Notice.unread(helper)} == {None, other}

    Notice.read(helper, referral=referral, claim=None)
    assert [notice.claim for notice in Notice.unread(helper)] == [other]

    Notice.read(helper)
    assert not Notice.unread(helper)


def test_the_newest_notice_comes_first(lead, helper, told):
    lead(Claim, "settled")

    assert told(helper)[-3:] == ["claim.report_hired", "claim.agree", "claim.request"]


def test_the_past_of_a_claim_is_told_in_order(lead):
    claim = lead(Claim, "settled")

    assert [(event.verb, event.after) for event in claim.path] == [
        ("claim.request", "requested"),
        ("claim.accept", "accepted"),
        ("pledge.make", "pledged"),
        ("claim.agree", "active"),
        ("claim.report_hired", "reported"),
        ("claim.confirm", "hired"),
        ("pledge.waive", "waived"),
        ("claim.settle", "settled"),
    ]


def places(sentence):
    """The names that a sentence leaves open."""
    return {part.split(")")[0] for part in sentence.split("%(")[1:]}
