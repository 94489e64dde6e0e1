"""`kill -9` of a real process at each step of a payment: the next process finds out what had happened, and goes on.

Each kill costs two processes: a few telling ones are made each time, and all of them by `make soak`. The clock on the
wall is the real one here; time passes by setting back what counts it.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from cast import REFUSES, soak

from models import Attempt, Claim, Entry, Pledge, sweep

HERE = Path(__file__).parent.parent.parent
RECONCILE = ["-m", "flask", "--app", "golem", "reconcile"]

# What a member's click does, in a process of its own.
CLICK = """
from golem import create_app
from models import Member, Pledge
app = create_app()
reconciler, pledge = app.extensions["reconciler"], Pledge.get()
claim, addresses = pledge.claim, {"back": "https://golem.example/back", "again": "https://golem.example/again"}
page = {"back": "https://golem.example/back", "locale": "auto", "words": "Words."}
"""
CLICKS = {
    "save_card": 'reconciler.page(pledge, "save_card", claim.seeker, **page)',
    "pay_page": 'reconciler.page(pledge, "pay_page", claim.seeker, **page)',
    "onboard": "reconciler.onboard(claim.helper, **addresses)",
    "return": "reconciler.look(pledge)",
    "refund": 'pledge.refund(Member.get(role="owner"), reason="No help came."); reconciler.look(pledge)',
}

# When the process dies: the moment at Stripe's fake, and whether what was asked for is lost on the way.
WHEN = {"before it arrives": ("before", True), "before the answer": ("after", False)}


@pytest.fixture
def wait(database):
    """Time passes: what is due comes nearer, and what was asked or began is longer ago."""

    def wait(**time):
        gone = timedelta(**time)
        for pledge in Pledge.select().where(Pledge.due.is_null(False)):
            rested = pledge.rests_until and pledge.rests_until - gone
            Pledge.update(due=pledge.due - gone, rests_until=rested).where(Pledge.id == pledge.id).execute()
        for attempt in Attempt.select():
            Attempt.update(made_at=attempt.made_at - gone).where(Attempt.id == attempt.id).execute()
        for claim in Claim.select().where(Claim.start_date.is_null(False)):
            Claim.update(start_date=claim.start_date - gone).where(Claim.id == claim.id).execute()

    return wait


@pytest.fixture
def run(app, database, fake, reconciler):
    """Runs Python with these arguments as the site would be run, in a process of its own."""
    keys = {"STRIPE_SECRET_KEY": fake.key, "STRIPE_WEBHOOK_SECRET": fake.webhook_secret, "STRIPE_API_BASE": fake.url}
    settings = {**os.environ, "GOLEM_DATA": str(database.parent), **keys}

    def run(*arguments):
        return subprocess.Popen(
            [sys.executable, *arguments], cwd=HERE, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    return run


@pytest.fixture
def kill(run, fake):
    """Runs a process that dies when it asks for a step: before that arrives, or before it hears the answer."""

    def kill(step, when, *arguments):
        moment, lost = WHEN[when]
        started, child = threading.Event(), None

        def shoot(asked):
            started.wait()
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
            if lost:
                raise ConnectionAbortedError

        getattr(fake, moment)[step] = shoot
        child = run(*arguments)
        started.set()
        said, _ = child.communicate(timeout=30)
        getattr(fake, moment).clear()
        assert child.returncode == -signal.SIGKILL, f"It was never asked for {step}. {said.decode()}"

    return kill


@pytest.fixture
def recover(run):
    """Another process puts right what the first has left."""

    def recover(pledge):
        child = run(*RECONCILE)
        said, _ = child.communicate(timeout=30)
        assert child.returncode == 0, said.decode()
        pledge.reload()

    return recover


@pytest.fixture
def finish(reconciler, wait, cards):
    """The rest of the way: the helper has an account, and two weeks pass."""

    def finish(pledge):
        if not pledge.claim.helper.payout_accounts.count() or not pledge.claim.helper.payout_accounts.get().ready:
            cards.onboard(pledge.claim.helper)
        for _day in range(12):
            wait(days=1)
            sweep()
            assert reconciler.reconcile() is not None
        pledge.reload()

    return finish


# Money


# The state before, and the states afterwards and at last.
MOVES = {
    "charge": ("due", "resting", "paid"),
    "transfer": ("releasing", "paid", "paid"),
    "reverse": ("paid", "refunded", "refunded"),
    "refund": ("refunding", "refunded", "refunded"),
}


@pytest.mark.parametrize(
    ("step", "when", "keys"),
    soak(
        list(product(MOVES, WHEN, ["keys kept", "keys forgotten"])),
        ("charge", "before it arrives", "keys kept"),
        ("charge", "before the answer", "keys forgotten"),
        ("transfer", "before the answer", "keys forgotten"),
        ("reverse", "before the answer", "keys kept"),
        ("refund", "before the answer", "keys forgotten"),
    ),
)
def test_killed_while_money_moves(step, when, keys, by_card, kill, recover, wait, finish, organizer, fake, books):
    state, after, end = MOVES[step]
    pledge = by_card(state)
    if state == "paid":
        pledge.refund(organizer, reason="No help came.")
    kill(step, when, *RECONCILE)
    assert [attempt.call for attempt in Attempt.select().where(Attempt.state == "open")] == [step]
    assert (sum(Entry.balances().values()) == fake.balance) == (when == "before it arrives")

    if keys == "keys forgotten":
        fake.forget_keys()
        wait(hours=24)
    recover(pledge)
    assert pledge.state == after
    assert sum(Entry.balances().values()) == fake.balance
    finish(pledge)

    assert pledge.state == end
    assert len(fake.refunds) == int(end == "refunded")
    books(transfers=int(step != "refund"))


@pytest.mark.parametrize("when", soak(list(WHEN), "before the answer"))
def test_killed_while_a_refund_is_clicked(when, by_card, kill, recover, finish, fake, books):
    pledge = by_card("resting")

    kill("refund", when, "-c", CLICK + CLICKS["refund"])
    recover(pledge)
    finish(pledge)

    assert (pledge.state, len(fake.refunds)) == ("refunded", 1)
    books(transfers=0)


# Looking and closing


@pytest.mark.parametrize(
    ("step", "when"),
    soak(
        list(product(["account", "events", "look", "session", "expire", "cancel"], WHEN)),
        ("expire", "before the answer"),
        ("cancel", "before it arrives"),
    ),
)
def test_killed_while_it_looks_and_closes(step, when, by_card, cards, kill, recover, finish, fake, books):
    pledge = by_card(card=False)
    if step in ("session", "expire"):
        cards.open(pledge, "save_card")
    else:
        cards.save(pledge, REFUSES if step == "cancel" else "4242424242424242")
    cards.hire(pledge)

    kill(step, when, *RECONCILE)
    recover(pledge)
    assert pledge.state == ("action_required" if step in ("session", "expire", "cancel") else "resting")
    if pledge.state == "action_required":
        assert "open" not in {session["status"] for session in fake.sessions.values()}
        assert {intent["status"] for intent in fake.intents.values()} <= {"canceled"}
        assert not cards.pay(pledge)
    finish(pledge)

    assert pledge.state == "paid"
    books()


# Clicks


# What is asked of Stripe after each click.
ASKED = [
    ("save_card", "customer"),
    ("save_card", "save_card"),
    ("pay_page", "pay_page"),
    ("onboard", "open_account"),
    ("onboard", "link"),
    ("return", "session"),
    ("return", "look"),
]


@pytest.mark.parametrize(
    ("click", "step", "when"),
    soak(
        [(*asked, when) for asked, when in product(ASKED, WHEN)],
        ("save_card", "customer", "before the answer"),
        ("pay_page", "pay_page", "before the answer"),
        ("onboard", "open_account", "before the answer"),
        ("return", "session", "before it arrives"),
    ),
)
def test_killed_while_somebody_clicks(click, step, when, by_card, cards, kill, recover, finish, fake, helper, books):
    """They click once more, and one customer, one card, one page and one account come of it."""
    pledge = by_card(card=False)
    if click == "pay_page":
        cards.hire(pledge)
        cards.look(pledge)
    elif click == "return":
        fake.save(cards.open(pledge, "save_card"))

    kill(step, when, "-c", CLICK + CLICKS[click])
    recover(pledge)
    if click == "save_card":
        cards.save(pledge)
    elif click == "onboard":
        cards.onboard(helper)
        cards.save(pledge)
    if click == "pay_page":
        assert not cards.pay(pledge)
    else:
        assert pledge.card
        cards.hire(pledge)
    finish(pledge)

    assert pledge.state == "paid"
    assert len(fake.customers) == len([one for one in fake.sessions.values() if one["status"] == "complete"]) == 1
    books()


def test_a_page_whose_answer_died_with_the_process_is_the_one_that_is_shown_next(by_card, cards, kill, recover, fake):
    pledge = by_card(card=False)

    kill("save_card", "before the answer", "-c", CLICK + CLICKS["save_card"])
    recover(pledge)

    assert cards.open(pledge, "save_card") == next(iter(fake.sessions))
    assert len(fake.sessions) == 1


# Again and again


@pytest.mark.parametrize("state", soak(["due", "releasing", "refunding"], "due"))
def test_killed_three_times_at_the_same_place(state, by_card, kill, recover, finish, fake, books):
    step = {"due": "charge", "releasing": "transfer", "refunding": "refund"}[state]
    pledge = by_card(state)

    for _time in range(3):
        kill(step, "before it arrives", *RECONCILE)
    recover(pledge)
    finish(pledge)

    assert pledge.state == ("refunded" if state == "refunding" else "paid")
    books(transfers=int(state != "refunding"))


@pytest.mark.parametrize(
    ("state", "milliseconds"),
    soak(list(product(["due", "releasing"], [0, 3, 6, 10, 15, 25, 40, 80])), ("due", 10), ("releasing", 25)),
)
def test_killed_at_any_moment(state, milliseconds, by_card, run, recover, finish, fake, books):
    """Not at a call, but wherever it happens to be some milliseconds after its first look."""
    pledge = by_card(state)
    looked = threading.Event()
    fake.after["look"] = lambda asked: looked.set()

    child = run(*RECONCILE)
    assert looked.wait(20)
    time.sleep(milliseconds / 1000)
    child.kill()
    child.communicate()
    recover(pledge)
    finish(pledge)

    assert pledge.state == "paid"
    assert not Attempt.select().where(Attempt.state == "open").exists()
    books()
