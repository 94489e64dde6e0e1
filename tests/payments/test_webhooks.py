"""POST /webhooks/stripe: what Stripe tells is kept, once, and everything else changes nothing."""

import io
import json
import socket
import sqlite3
import threading

import pytest
from cast import MONDAY, keys_for
from fakestripe import DAY
from paying import served

import payments.gateway
from golem import create_app
from models import Merchant, PayoutAccount, Pledge, StripeEvent, db, now

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

HOOK = "/webhooks/stripe"
NOW = int(MONDAY.timestamp())


@pytest.fixture
def event():
    """An event as Stripe writes it, about nothing that we know."""

    def event(id="evt_1", **other):
        about = {"id": "pi_1", "object": "payment_intent", "customer": "cus_1", "metadata": {"golem": "nobody's"}}
        written = {"id": id, "object": "event", "type": "payment_intent.succeeded", "created": NOW, "livemode": False}
        return {**written, "data": {"object": about}, **other}

    return event


@pytest.fixture
def send(fake, app, reconciler):
    """Posts what Stripe signed just now. What is not bytes is written as JSON first."""

    def send(event, at=None, secret=None, **headers):
        body, signature = fake.signed(event if isinstance(event, bytes) else json.dumps(event).encode(), at, secret)
        return app.test_client().post(HOOK, data=body, headers={"Stripe-Signature": signature, **headers})

    fake.asked.clear()
    return send


def kept():
    return {event.event: event for event in StripeEvent.select()}


# What Stripe tells


def test_an_event_is_kept_before_anything_follows_from_it(send, event, fake, app):
    fake.down = True

    answer = send(event())

    assert (answer.status_code, answer.json) == (200, {"received": True})
    known = kept()["evt_1"]
    assert (known.type, known.reference, known.objects) == ("payment_intent.succeeded", "nobody's", ["pi_1", "cus_1"])
    assert (known.created, known.at, known.applied_at, known.outcome) == (NOW, now(), None, "")
    assert Merchant.current().heard_at == now()


def test_the_handler_asks_stripe_for_nothing_and_wakes_whoever_reconciles(send, by_card, fake, app):
    by_card("due")
    fake.asked.clear()
    app.extensions["reconciler"].wake.clear()

    statuses = [send(happened).status_code for happened in fake.events]

    assert set(statuses) == {200}
    assert fake.asked == []
    assert app.extensions["reconciler"].wake.is_set()
    assert Pledge.get().state == "due"


def test_what_is_refused_wakes_nobody(send, event, app):
    send(event(), secret="whsec_of_somebody_else")

    assert not app.extensions["reconciler"].wake.is_set()
    assert Merchant.current().heard_at is None


def test_the_same_event_again_is_taken_and_not_kept_twice(send, event):
    answers = [send(event()).status_code for _time in range(3)]

    assert answers == [200, 200, 200]
    assert StripeEvent.select().count() == 1


def test_an_event_that_comes_eight_times_at_once_is_kept_once(send, event, app):
    answers, together = [], threading.Barrier(8)

    def deliver():
        together.wait()
        answers.append(send(event()).status_code)
        db.close()

    threads = [threading.Thread(target=deliver) for _time in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [200] * 8
    assert StripeEvent.select().count() == 1


def test_an_event_that_was_applied_is_not_applied_again_when_it_comes_once_more(send, by_card, fake, cards, books):
    pledge = by_card("resting")
    for happened in fake.events:
        send(happened)
    cards.reconcile(pledge)
    applied = {event.event: event.applied_at for event in StripeEvent.select()}
    cards.wait(hours=1)

    assert {send(happened).status_code for happened in fake.events} == {200}
    cards.reconcile(pledge)

    assert applied
    assert {event.event: event.applied_at for event in StripeEvent.select()} == applied
    assert Pledge.get().state == "resting"
    books(charges=1, transfers=0)


@pytest.mark.parametrize("order", ["as they happened", "the last one first", "each twice, the last one first"])
def test_events_in_any_order_lead_to_the_same_state(send, by_card, fake, reconciler, cards, books, order):
    pledge = by_card("pledged")
    cards.hire(pledge)
    reconciler.gateway.charge(
        key="from another copy",
        reference=pledge.reference,
        customer=pledge.customer,
        card=pledge.card,
        amount=5000,
        currency="CAD",
        words="Help",
    )
    events = fake.events if order == "as they happened" else fake.events[::-1]

    for happened in [one for one in events for _time in range(2 if "twice" in order else 1)]:
        assert send(happened).status_code == 200
    cards.reconcile(pledge)

    assert pledge.state == "resting"
    assert [event.outcome for event in StripeEvent.select()] == ["applied"] * len(fake.events) != []
    books(charges=1, transfers=0)


def test_a_thin_event_is_a_hint_to_look_at_a_helpers_account(send, by_card, cards, reconciler, fake, helper, books):
    pledge = by_card("resting")
    account = cards.onboard(helper)
    fake.ask_more(account)

    assert send(fake.notices[-1]).status_code == 200
    assert PayoutAccount.of(helper).ready
    reconciler.reconcile()
    assert not PayoutAccount.of(helper).ready
    fake.onboard(account)
    send(fake.notices[-1])
    reconciler.reconcile()

    assert PayoutAccount.of(helper).ready
    assert {one.outcome for one in StripeEvent.select().where(StripeEvent.account == account)} == {"applied"}
    assert pledge.state == "resting"
    books(transfers=0)


def test_an_event_about_nothing_that_we_know_is_kept_and_moves_nothing(send, event, by_card, reconciler):
    by_card("resting")
    reconciler.reconcile()

    assert send(event()).status_code == 200
    elsewhere = event("evt_2")
    elsewhere["data"]["object"]["metadata"] = {}
    assert send(elsewhere).status_code == 200
    assert reconciler.reconcile() == 0

    assert [kept()[id].outcome for id in ("evt_1", "evt_2")] == ["unknown", "foreign"]
    assert Pledge.get().state == "resting"


def test_an_event_of_an_account_that_no_helper_has_is_kept_and_moves_nothing(send, event, by_card, reconciler):
    pledge = by_card("paid")
    stranger = event("evt_2", account="acct_stranger", type="payout.failed")
    stranger["data"]["object"] = {"id": "po_1", "object": "payout", "metadata": {"golem": pledge.reference}}

    assert send(stranger).status_code == 200
    reconciler.reconcile()

    assert (kept()["evt_2"].account, kept()["evt_2"].outcome) == ("acct_stranger", "unknown")
    assert Pledge.get().state == "paid"


def test_stripe_may_be_down_while_an_event_arrives(send, by_card, cards, fake):
    pledge = by_card("resting")
    fake.refund_in_dashboard(pledge.intent)
    fake.down = True

    answers = [send(happened).status_code for happened in fake.events]
    assert cards.reconcile(pledge) is None
    fake.down = False
    cards.reconcile(pledge)

    assert set(answers) == {200}
    assert pledge.state == "refunded"


def test_events_are_taken_though_people_would_be_asked_to_slow_down(fake, reconciler, event, tmp_path):
    from views import limiter

    app = create_app({"GOLEM_DATA": str(tmp_path / "data"), **keys_for(fake)})
    try:
        found = set()
        for number in range(120):
            body, signature = fake.signed(event(f"evt_{number}"))
            answer = app.test_client().post(HOOK, data=body, headers={"Stripe-Signature": signature})
            found.add(answer.status_code)
    finally:
        limiter.reset()
        limiter.enabled = False

    assert found == {200}


# What nobody at Stripe has said


@pytest.fixture
def refused(unchanged, fake):
    """Whatever is sent within changes nothing and asks nothing, and is refused with 400, as JSON."""

    def refused(answer_to):
        with unchanged():
            answer = answer_to()
        assert fake.asked == []
        assert (answer.status_code, answer.json) == (400, {"error": "This is not for us."})

    return refused


def test_a_forged_event_is_refused(send, event, refused):
    refused(lambda: send(event(), secret="whsec_of_somebody_else"))


def test_an_event_that_was_changed_on_its_way_is_refused(send, event, refused, fake, app):
    _body, signature = fake.signed(event())

    refused(lambda: app.test_client().post(HOOK, json=event("evt_2"), headers={"Stripe-Signature": signature}))


@pytest.mark.parametrize(
    "signature",
    [
        "",
        " ",
        "t=",
        "t=x,v1=y",
        "v1=abc",
        f"t={NOW}",
        f"t={NOW},v1=",
        f"t={NOW},v0=abc",
        f"t={NOW};v1=abc",
        "t=-1,v1=a",
        f"t={'9' * 400},v1=abc",
        "=",
        ",,,",
        "é",
        f"t={NOW},v1=é",
        "t" * 4000,
    ],
)
def test_an_unsigned_event_is_refused(send, event, refused, signature):
    refused(lambda: send(event(), **{"Stripe-Signature": signature.encode().decode("latin-1")}))


def test_an_event_without_any_signature_is_refused(send, event, refused, app):
    refused(lambda: app.test_client().post(HOOK, json=event()))


@pytest.mark.parametrize(("age", "status"), [(299, 200), (301, 400), (DAY, 400), (-299, 200), (-301, 400), (-DAY, 400)])
def test_an_event_is_taken_for_five_minutes_around_its_signing(send, event, age, status):
    assert send(event(), at=NOW - age).status_code == status
    assert StripeEvent.select().count() == (status == 200)


def test_a_replayed_event_is_refused(send, event, refused):
    refused(lambda: send(event(), at=NOW - 301))


def test_an_event_from_the_future_is_refused(send, event, refused):
    refused(lambda: send(event(), at=NOW + 301))


def test_an_event_of_the_other_mode_is_taken_and_ignored(send, event, fake, app, unchanged):
    """Stripe sends test events to those who listen to real ones too, and comes again where they are refused."""
    with unchanged():
        answer = send(event(livemode=True))

    assert (answer.status_code, fake.asked, app.extensions["reconciler"].wake.is_set()) == (200, [], False)


def test_an_event_of_the_other_mode_that_is_forged_is_refused(send, event, refused):
    refused(lambda: send(event(livemode=True), secret="whsec_of_somebody_else"))


@pytest.mark.parametrize("half", ["id", "type", "account", "reference", "about"])
def test_an_event_with_half_a_character_in_it_is_refused(send, event, refused, half):
    odd = event("evt_\ud800" if half == "id" else "evt_1")
    if half in ("type", "account"):
        odd[half] = "\ud800"
    elif half == "reference":
        odd["data"]["object"]["metadata"]["golem"] = "\ud800"
    elif half == "about":
        odd["data"]["object"]["id"] = "\udfff"

    refused(lambda: send(odd))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"null",
        b"[]",
        b"[1]",
        b"1",
        b'"evt_1"',
        b"{}",
        b'{"object": "event"}',
        b"\xff\xfe\x00",
        b'{"id": "\xe9"}',
        "{“id”: 1}".encode("utf-16"),
        b"[" * 100_000,
        b'{"data":' * 20_000,
        b"id=evt_1&livemode=false",
        b"<event/>",
        b"\x00" * 1000,
    ],
    ids=lambda body: str(body[:12]),
)
def test_a_body_that_is_no_event_is_refused_though_it_is_signed(send, refused, body):
    refused(lambda: send(body))


@pytest.mark.parametrize(
    "odd",
    [
        {"id": None},
        {"id": ["evt_1"]},
        {"id": {"a": 1}},
        {"type": None},
        {"type": ["charge.succeeded"]},
        {"created": "yesterday"},
        {"created": None},
        {"created": 10**30},
        {"created": -(10**30)},
        {"created": {}},
        {"account": ["acct_1"]},
        {"account": {"id": "acct_1"}},
        {"livemode": None},
        {"livemode": "false"},
        {"data": None},
        {"data": []},
        {"data": {}},
        {"data": {"object": None}},
        {"data": {"object": []}},
        {"data": {"object": "pi_1"}},
        {"data": {"object": {"id": {"a": 1}, "metadata": "golem", "customer": 7}}},
        {"data": {"object": {"id": "pi_1", "metadata": {"golem": ["x"]}}}},
        {"data": {"object": {"id": "pi_1", "metadata": []}}},
    ],
    ids=str,
)
def test_an_event_of_an_odd_shape_breaks_nothing(send, event, reconciler, by_card, odd):
    by_card("resting")

    answer = send(event(**odd))

    assert answer.status_code in (200, 400)
    reconciler.reconcile()
    assert Pledge.get().state == "resting"


@pytest.mark.parametrize("missing", ["id", "type", "created", "livemode", "data"])
def test_an_event_in_which_something_is_missing_is_refused(send, event, refused, missing):
    refused(lambda: send({name: value for name, value in event().items() if name != missing}))


# How it is asked


def test_an_oversized_event_is_refused_before_it_is_read(send, event, unchanged):
    with unchanged():
        answer = send(event(padding="x" * payments.gateway.LARGEST_WEBHOOK))

    assert answer.status_code == 413


def test_an_event_that_just_fits_is_taken(send, event):
    room = payments.gateway.LARGEST_WEBHOOK - len(json.dumps(event(padding="")))

    assert send(event(padding="x" * room)).status_code == 200
    assert send(event(padding="x" * (room + 1))).status_code == 413


def test_an_oversized_event_that_hides_its_length_is_not_read_to_its_end(send, event, fake, app, refused):
    """As it comes from a server that hands a chunked body on as a stream."""
    body, signature = fake.signed(event(padding="x" * (10 * payments.gateway.LARGEST_WEBHOOK)))
    stream, headers = io.BytesIO(body), {"Stripe-Signature": signature, "Transfer-Encoding": "chunked"}
    terminated = {"wsgi.input_terminated": True}

    refused(lambda: app.test_client().post(HOOK, input_stream=stream, headers=headers, environ_overrides=terminated))

    assert stream.tell() == payments.gateway.LARGEST_WEBHOOK


@pytest.fixture
def line(app):
    """A bare connection to the server that serves the site."""
    with served(app, 1) as port, socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        yield line


def ask(line, head, body=b""):
    """The status of what comes back."""
    line.sendall(f"POST {HOOK} HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}\r\n".encode() + body)
    return int(line.recv(100).split()[1])


def chunk(body):
    return b"%x\r\n%s\r\n" % (len(body), body)


def test_a_chunked_event_is_taken(line, send, event, fake):
    body, signature = fake.signed(event())
    head = f"Transfer-Encoding: chunked\r\nStripe-Signature: {signature}\r\n"

    status = ask(line, head, chunk(body[:50]) + chunk(body[50:]) + chunk(b""))

    assert status == 200
    assert list(kept()) == ["evt_1"]


def test_a_chunked_event_that_is_oversized_is_refused(line, send, event, fake, unchanged):
    body, signature = fake.signed(event(padding="x" * payments.gateway.LARGEST_WEBHOOK))
    head = f"Transfer-Encoding: chunked\r\nStripe-Signature: {signature}\r\n"

    with unchanged():
        status = ask(line, head, chunk(body) + chunk(b""))

    assert status == 413


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_the_address_takes_nothing_but_post(send, app, unchanged, method):
    with unchanged():
        assert app.test_client().open(HOOK, method=method).status_code == 405


def test_without_a_key_nothing_is_for_us(app, organizer, event, unchanged):
    with unchanged():
        answer = app.test_client().post(HOOK, json=event(), headers={"Stripe-Signature": f"t={NOW},v1=abc"})

    assert (answer.status_code, answer.json) == (400, {"error": "This is not for us."})


def test_without_a_webhook_secret_nothing_is_for_us(fake, reconciler, organizer, event, tmp_path, unchanged):
    """Anybody can sign with an empty secret."""
    settings = {"STRIPE_SECRET_KEY": fake.key, "STRIPE_API_BASE": fake.url}
    app = create_app({"GOLEM_DATA": str(tmp_path / "data"), "GOLEM_LIMITS": "off", **settings})
    fake.webhook_secret = ""
    body, signature = fake.signed(event())

    with unchanged():
        answer = app.test_client().post(HOOK, data=body, headers={"Stripe-Signature": signature})

    assert answer.status_code == 400


def test_while_the_database_is_busy_stripe_is_asked_to_come_again(send, event, app, unchanged):
    db.execute_sql("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(app.config["GOLEM"].database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with unchanged():
        answer = send(event())
    other.close()

    assert answer.status_code == 503
    assert not app.extensions["reconciler"].wake.is_set()
    assert send(event()).status_code == 200
    assert list(kept()) == ["evt_1"]


def test_a_member_who_is_signed_in_is_nothing_special_there(send, event, organizer, browse, refused):
    olga = browse(organizer)

    refused(lambda: olga.post(HOOK, json=event()))
