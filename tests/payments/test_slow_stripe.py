"""A slow or dead Stripe holds up whoever clicks on a payment, and nobody else: on the server that people run."""

import http.client
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cast import newcomer
from paying import served

import payments.gateway
import payments.reconciler
from hosting.connections import THREADS
from models import Claim, Community, Merchant, Pledge, StripeEvent, db, now

HERE = Path(__file__).parent.parent.parent
PATIENCE = 60  # Seconds after which a test gives up.
CROWD = 12


@pytest.fixture
def crowd(by_card, cards, post, organizer, time_machine):
    """Many seekers with a card to save, and Sami, who has to pay."""
    Community.update(timezone="UTC").execute()  # So that no change of the clocks moves the end of a day.
    present = datetime.now(UTC)
    time_machine.move_to(present - timedelta(days=31, seconds=10), tick=True)
    by_card("action_required")
    time_machine.move_to(present, tick=True)
    seekers = [Claim.get().seeker]
    for number in range(CROWD - 1):
        seekers.append(newcomer(f"Seeker{number} Seeker", organizer))
        claim = Claim.request(post(), seekers[-1], "I have built boats all my life.", ["good_word"])
        claim.accept(claim.helper)
        claim.agree(seekers[-1])
    return seekers


@pytest.fixture
def cookie(browse, cookie_name):
    """What the browser of this member brings along."""
    return lambda member: {"Cookie": f"{cookie_name}={browse(member).get_cookie(cookie_name).value}"}


@pytest.fixture
def pages(organizer, helper, crowd, cookie):
    """Every page that there is to look at: who does, and its address."""
    theirs = ("/", "/claims", "/notices", "/account", "/account/payouts", "/referrals", "/claims/1")
    desk = ("/desk", "/desk/money", "/desk/money/1", "/desk/payments", "/desk/money.csv", "/desk/members", "/log")
    nobodys = ("/", "/about", "/sign-in", "/healthz", "/readyz", "/static/golem.css")
    return [
        *((cookie(helper), address) for address in theirs),
        *((cookie(crowd[-1]), address) for address in theirs[:-1]),
        *((cookie(organizer), address) for address in desk),
        *(({}, address) for address in nobodys),
    ]


@pytest.fixture
def clicks(crowd, cookie):
    """All of them click at once, each in a thread of their own."""

    class Clicks:
        def __init__(self, site):
            self.answers, self.ended = [], threading.Semaphore(0)
            deeds = [(cookie(seeker), "/claims/1/pay" if seeker == crowd[0] else self.save(seeker)) for seeker in crowd]
            self.threads = [threading.Thread(target=self.click, args=[site, *deed], daemon=True) for deed in deeds]
            for thread in self.threads:
                thread.start()

        def save(self, seeker):
            return f"/claims/{Claim.get(Claim.seeker == seeker).id}/save_card"

        def click(self, site, headers, address):
            try:
                self.answers.append(ask(site, address, headers, "POST"))
            except OSError:
                self.answers.append(None)
            self.ended.release()

        def wait_for(self, number):
            for _one in range(number):
                assert self.ended.acquire(timeout=PATIENCE)

        def finish(self):
            for thread in self.threads:
                thread.join(PATIENCE)
            return sorted(self.answers)

    return Clicks


def ask(site, address, headers, method="GET", body=None):
    """The status of the answer."""
    line = http.client.HTTPConnection(urlsplit(site).netloc, timeout=PATIENCE)
    try:
        line.request(method, address, body, headers)
        answer = line.getresponse()
        answer.read()
        return answer.status
    finally:
        line.close()


def until(true):
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def site(app):
    """The site on the server that serves it, in threads of this process: as many as it has."""

    def closing(environ, start_response):
        try:
            return app.wsgi_app(environ, start_response)
        finally:
            db.close()

    with served(closing, THREADS) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def held(fake, monkeypatch):
    """Stripe takes requests and does not answer, until the event is set. Who waits for a turn waits as long."""
    monkeypatch.setattr(payments.gateway, "TIMEOUT", (3, PATIENCE))
    monkeypatch.setattr(payments.reconciler, "CLICK_SECONDS", PATIENCE)
    monkeypatch.setattr(payments.reconciler, "FOLLOW_SECONDS", PATIENCE)
    gate = threading.Event()

    def hold(asked):
        gate.wait(PATIENCE)

    def held():
        fake.asked.clear()
        fake.before = dict.fromkeys(["customer", "save_card", "pay_page", "look", "session", "account", "link"], hold)
        return gate

    yield held
    gate.set()


def test_while_clicks_hang_at_stripe_every_other_page_answers(held, crowd, clicks, site, pages, fake):
    gate = held()

    crowding = clicks(site)
    crowding.wait_for(CROWD - payments.reconciler.CLICKS - payments.reconciler.WAITING)
    until(lambda: len(fake.asked) == payments.reconciler.CLICKS)
    statuses = {ask(site, address, headers) for headers, address in pages}
    still_hanging = CROWD - len(crowding.answers)
    gate.set()

    assert statuses == {200}
    assert still_hanging == payments.reconciler.CLICKS + payments.reconciler.WAITING
    hanging = payments.reconciler.CLICKS + payments.reconciler.WAITING
    assert crowding.finish() == [303] * hanging + [409] * (CROWD - hanging)


def test_one_member_who_clicks_again_and_again_holds_up_nobody(held, crowd, site, pages, fake, cookie):
    gate, headers, ended = held(), cookie(crowd[0]), []
    hanging, impatience = 1 + payments.reconciler.FOLLOWING, THREADS + 4

    def pay():
        ended.append(ask(site, "/claims/1/pay", headers, "POST"))

    threads = [threading.Thread(target=pay, daemon=True) for _click in range(impatience)]
    for thread in threads:
        thread.start()
    until(lambda: len(ended) == impatience - hanging)
    statuses = {ask(site, address, headers) for headers, address in pages}
    still_hanging = impatience - len(ended)
    gate.set()
    for thread in threads:
        thread.join(PATIENCE)

    assert statuses == {200}
    assert still_hanging == hanging
    assert sorted(ended) == [303] * hanging + [409] * (impatience - hanging)
    assert [session["mode"] for session in fake.sessions.values()].count("payment") == 1


def test_while_clicks_hang_at_stripe_its_webhooks_are_taken(held, crowd, clicks, site, fake):
    gate, events = held(), list(fake.events)

    crowding = clicks(site)
    crowding.wait_for(CROWD - payments.reconciler.CLICKS - payments.reconciler.WAITING)
    statuses = [fake.deliver(event, f"{site}/webhooks/stripe") for event in events]
    still_hanging = CROWD - len(crowding.answers)
    gate.set()
    crowding.finish()

    assert statuses == [200] * len(events)
    assert StripeEvent.select().count() >= len(events)
    assert still_hanging == payments.reconciler.CLICKS + payments.reconciler.WAITING


def test_an_organizer_who_checks_again_and_again_holds_up_nobody(held, crowd, site, pages, organizer, cookie):
    gate, headers, ended = held(), cookie(organizer), []

    def check():
        ended.append(ask(site, "/desk/payments/check", headers, "POST"))

    threads = [threading.Thread(target=check, daemon=True) for _impatience in range(CROWD)]
    for thread in threads:
        thread.start()
    until(lambda: len(ended) == CROWD - payments.reconciler.CLICKS - payments.reconciler.WAITING)
    statuses = {ask(site, address, headers) for headers, address in pages}
    hanging = CROWD - len(ended)
    gate.set()
    for thread in threads:
        thread.join(PATIENCE)

    assert statuses == {200}
    assert hanging == payments.reconciler.CLICKS + payments.reconciler.WAITING
    assert sorted(ended) == [303] * hanging + [409] * (CROWD - hanging)


def test_a_turn_that_somebody_gave_up_is_free_for_the_next(crowd, clicks, site, fake, held, cookie):
    gate = held()
    crowding = clicks(site)
    crowding.wait_for(CROWD - payments.reconciler.CLICKS - payments.reconciler.WAITING)
    gate.set()
    crowding.finish()
    fake.before = {}

    active = list(Claim.select().where(Claim.state == "active"))
    later = [ask(site, f"/claims/{claim.id}/save_card", cookie(claim.seeker), "POST") for claim in active]

    assert later == [303] * (CROWD - 1)


# The process that people run, with its own thread that reconciles


@pytest.fixture
def process(app, fake, tmp_path):
    """`python golem.py` over the database of the test. It is gone when the test is."""
    db.close()
    keys = {"STRIPE_SECRET_KEY": fake.key, "STRIPE_WEBHOOK_SECRET": fake.webhook_secret, "STRIPE_API_BASE": fake.url}
    environment = {**os.environ, **keys, "GOLEM_DATA": str(tmp_path / "data"), "GOLEM_LIMITS": "off"}
    started = []

    def process(port):
        environment["GOLEM_PORT"] = str(port)
        command = [sys.executable, "golem.py"]
        started.append(
            subprocess.Popen(command, cwd=HERE, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )
        site = f"http://127.0.0.1:{port}"
        until(lambda: answers(site))
        return site

    yield process
    for one in started:
        one.kill()
        one.wait()


def answers(site):
    try:
        return ask(site, "/healthz", {}) == 200
    except OSError:
        return False


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def test_the_process_itself_goes_on_while_stripe_takes_twenty_seconds(crowd, pages, clicks, process, port, fake):
    site = process(port)
    until(lambda: Pledge.moving().count() == 0)
    fake.asked.clear()
    fake.delay = 20

    crowding = clicks(site)
    until(lambda: len(fake.asked) >= payments.reconciler.CLICKS)
    statuses = {ask(site, address, headers) for headers, address in pages}
    webhooks = {fake.deliver(event, f"{site}/webhooks/stripe") for event in fake.events}
    hanging = CROWD - len(crowding.answers)

    assert statuses == webhooks == {200}
    assert hanging >= payments.reconciler.CLICKS
    assert set(crowding.answers) <= {409}


def test_the_process_itself_goes_on_while_stripe_is_dead(crowd, pages, clicks, process, port, fake):
    fake.down = True
    site = process(port)

    crowding = clicks(site)
    statuses = {ask(site, address, headers) for headers, address in pages}

    assert statuses == {200}
    assert crowding.finish() == [409] * CROWD
    assert Pledge.select().where(Pledge.state == "pledged").count() == CROWD - 1


@pytest.fixture
def restored(app, by_card, cards, database, time_machine):
    """An older copy was put back, in which the price was not charged yet; the last look is a month ago."""
    present = datetime.now(UTC)
    time_machine.move_to(present - timedelta(days=66), tick=True)
    pledge = by_card("due")
    Merchant.current().store(reconciled_at=now())
    copy = sqlite3.connect(":memory:")
    db.connection().backup(copy)
    cards.look(pledge)
    assert pledge.state == "resting"
    time_machine.move_to(present, tick=True)
    copy.backup(db.connection())
    copy.close()
    assert Pledge.get().state == "due"


def test_a_restored_site_serves_at_once_though_stripe_hangs_and_says_that_payments_wait(
    restored, held, process, port, fake, organizer, cookie, books
):
    waits, olga = "They have not been compared with Stripe since the site was started", cookie(organizer)
    gate, began = held(), time.monotonic()

    site = process(port)
    took = time.monotonic() - began
    said = [waits in read(site, address, olga) for address in ("/desk", "/desk/money")]
    gate.set()
    until(lambda: waits not in read(site, "/desk", olga))

    assert took < 10
    assert said == [True, True]
    assert Pledge.get().state == "resting"
    books(transfers=0)


def read(site, address, headers):
    """The text of the page."""
    line = http.client.HTTPConnection(urlsplit(site).netloc, timeout=PATIENCE)
    try:
        line.request("GET", address, headers=headers)
        return line.getresponse().read().decode()
    finally:
        line.close()
