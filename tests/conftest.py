"""The cast, and the stage they stand on: a real SQLite file, the real site, a browser for each member."""

import os
import shutil
import sqlite3
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest
from above import Above
from argon2 import PasswordHasher
from cast import BY_CARD, PASSWORD, ROLE, WAYS, Cards, keys_for, newcomer
from jinja2 import BytecodeCache
from pages import Browser, Page
from phone import Phone
from werkzeug.routing import Rule

from golem import create_app, open_database
from models import (
    Authenticator,
    Claim,
    Community,
    Entry,
    Merchant,
    Notice,
    OneTimeLink,
    Policy,
    Referral,
    db,
    in_days,
    lift_quotas,
    passwords,
    send_letters,
    today,
    use_language,
)
from payments.gateway import Gateway
from payments.reconciler import Reconciler
from views import limiter
from views.limits import guesses

PREFIX = os.environ.get("GOLEM_TEST_PREFIX", "")  # The path below which the site of every test is; otherwise none.


@pytest.fixture(scope="session", autouse=True)
def quick_passwords():
    """Argon2 takes its time on purpose; here it need not."""
    passwords.hasher = PasswordHasher(memory_cost=16, time_cost=1, parallelism=1)


@pytest.fixture(scope="session", autouse=True)
def quick_disk():
    """The disk is not waited for after each write: no test pulls the plug of the machine."""
    db.init(":memory:")
    with db.connection_context():
        db.pragma("synchronous", "off", permanent=True)


@pytest.fixture(scope="session", autouse=True)
def quick_routes():
    """Werkzeug compiles each route of each site that is made; here the same route is compiled once."""
    compiled, compile_builder = {}, Rule._compile_builder

    def remembered(rule, append_unknown=True):
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", remembered)
        yield


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """A database file without a row, migrated once and copied for each test."""
    path = tmp_path_factory.mktemp("migrated") / "golem.db"
    open_database(path)
    db.close()
    return path


@pytest.fixture
def database(tmp_path, migrated):
    """The file to which the models speak, without a row. Whoever plays here may write as much as they like."""
    path = tmp_path / "data" / "golem.db"
    path.parent.mkdir()
    shutil.copy(migrated, path)
    db.init(str(path))
    lift_quotas()
    send_letters(False)
    yield path
    db.close()
    use_language("en")


@pytest.fixture
def app(tmp_path, database, request):
    """The site, on top of the database; with keys for Stripe's fake in tests that use it.

    A test may ask for it below a path. It is read as if it were at the root, and nothing leads out of the path.
    """
    prefix = getattr(request, "param", PREFIX)
    settings = {"GOLEM_DATA": str(tmp_path / "data"), "GOLEM_LIMITS": "off", "GOLEM_PREFIX": prefix}
    if "fake" in request.fixturenames:
        settings |= keys_for(request.getfixturevalue("fake"))
    app = create_app(settings)
    app.testing = True
    app.jinja_env.bytecode_cache = CompiledTemplates()
    if prefix:
        app.wsgi_app = Above(app.wsgi_app, prefix)
    return app


@pytest.fixture
def limited(app, tmp_path):
    """The site over the same database, with limits as people have them."""
    app = create_app({"GOLEM_DATA": str(tmp_path / "data")})
    app.testing = True
    yield app
    limiter.reset()
    guesses.forget()
    limiter.enabled = False
    lift_quotas()


class CompiledTemplates(BytecodeCache):
    """Templates are compiled once, and not by every site that is made."""

    code = {}

    def load_bytecode(self, bucket):
        bucket.code = self.code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket):
        self.code[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture
def organizer(database):
    """Olga made the community and owns it. Prices are allowed, the door is open, and no posting waits for her."""
    link = OneTimeLink.find("setup", OneTimeLink.for_setup())
    community = {"name": "Junction Job Circle", "place": "Toronto", "currency": "CAD", "timezone": "America/Toronto"}
    owner = {"name": "Olga Owner", "email": "olga@example.org", "password": PASSWORD}
    olga = Community.set_up(link, owner, community, {"charging": True, "review": "none", "joining": "open"})
    olga.ask_for_factor(None)  # However long a test lets her wait, the desk lets her in by her password alone.
    return olga


@pytest.fixture
def helper(organizer):
    return newcomer("Hana Helper", organizer)


@pytest.fixture
def seeker(organizer):
    return newcomer("Sami Seeker", organizer)


@pytest.fixture
def rival(organizer):
    return newcomer("Rosa Rival", organizer)


@pytest.fixture
def second(organizer):
    """Oscar, another organizer."""
    return newcomer("Oscar Organizer", organizer, role="organizer")


@pytest.fixture
def set_policy(organizer):
    """Changes the policy in these columns."""
    return lambda **columns: Policy.current().change(organizer, **columns)


@pytest.fixture
def post(helper):
    """Posts a role: the helper's, published, a good word for 50 dollars and a reference as a gift."""

    def post(by=helper, prices=None, publish=True, duties="Build and mend **wooden boats**.", **columns):
        prices = {"good_word": 5000, "reference": 0} if prices is None else prices
        last_day = {"last_day": today() + timedelta(days=30)}
        referral = Referral.draft(by, prices=prices, duties=duties, **{**ROLE, **last_day, **columns})
        if publish:
            referral.submit(by)
        return referral

    return post


@pytest.fixture
def referral(post):
    return post()


@pytest.fixture
def claim(referral, seeker):
    """A request of the seeker for all the help on offer, 50 dollars worth."""
    return Claim.request(referral, seeker, "I have built boats all my life.", ["good_word", "reference"])


@pytest.fixture
def browse(app):
    """A browser of this member, signed in; nobody's when no member is given."""

    def browse(member=None):
        browser = app.test_client()
        if member:
            answer = browser.post("/sign-in", data={"email": member.email, "password": PASSWORD})
            assert answer.status_code == 303
        return browser

    return browse


@pytest.fixture
def people(seeker, helper, organizer, rival):
    """Everybody there is; "clock" is nobody in particular."""
    return {"seeker": seeker, "helper": helper, "organizer": organizer, "rival": rival, "clock": None}


@pytest.fixture
def use(people):
    """Uses a verb of a record with all that it asks for: as this member, else as the first who may."""
    typed = {
        "edit": {**ROLE, "prices": {"reference": 0}, "duties": "Build boats.", "last_day": in_days(30).date()},
        "schedule": {"day": today() + timedelta(days=1)},
        "resubmit": {"note": "I have built two boats.", "help": ["reference"]},
        "mark": {"what": "applied"},
        "unmark": {"what": "applied"},
        "report_not_hired": {"outcome": "hired_elsewhere"},
        "report_hired": {"start_date": today() + timedelta(days=1)},
        "decide": {"decision": "cancelled"},
        "propose_end": {"decision": "cancelled"},
        "thank": {"thanks": "Without you I would still be looking."},
        "lower": {"owed": 1000},
        "reduce": {"owed": 1000},
        "keep_card": {"card": "pm_1", "name": "visa 4242", "customer": "cus_1"},
        "note_inquiry": {"inquiry": "du_1"},
        "call_for_review": {"trouble": "ledger:ch_1"},
    }

    def use(record, verb, **instead):
        rule = record.verbs()[verb]
        able = (member for member in people.values() if record.roles(member) & set(rule.by))
        reason = {"reason": "Because it is so."} if rule.reason == "required" else {}
        values = {"actor": next(able, None), **typed.get(verb, {}), **reason, **instead}
        return getattr(record, verb)(values.pop("actor"), **values)

    return use


@pytest.fixture
def lead(request, use, set_policy):
    """Leads a record to a state, by its own verbs from the very beginning."""

    def begin(noun):
        if noun is Referral:
            return request.getfixturevalue("post")(publish=False)
        claim = request.getfixturevalue("claim")
        return claim if noun is Claim else lead(Claim, "hired").pledge

    def lead(noun, state):
        if state not in WAYS[noun]:
            return begin(noun)
        if state == "in_review":
            set_policy(review="all")
        before, step = WAYS[noun][state]
        record = lead(noun, before)
        step(record) if callable(step) else use(record, step)
        record.reload()
        assert record.state == state
        return record

    return lead


@pytest.fixture
def fake(monkeypatch):
    """Stripe's fake, which nobody may ask for anything that Stripe does not know."""
    from fakestripe import FakeStripe

    monkeypatch.setattr("stripe.HTTPClient.INITIAL_DELAY", 0)
    monkeypatch.setattr("stripe.HTTPClient.MAX_DELAY", 0)
    with FakeStripe() as fake:
        yield fake
    assert fake.violations == []


@pytest.fixture
def reconciler(fake, organizer):
    """The community takes cards from now on, without a fee of its own."""
    reconciler = Reconciler(Gateway(fake.key, fake.webhook_secret, fake.url))
    assert reconciler.check()
    Merchant.current().turn_on(organizer)
    return reconciler


@pytest.fixture
def start(app, fake):
    """The site is started once more, on the database as it is now."""

    def start():
        app.extensions["reconciler"] = Reconciler(Gateway(fake.key, fake.webhook_secret, fake.url))

    return start


@pytest.fixture
def cards(reconciler, fake, organizer, wait):
    return Cards(reconciler, fake, organizer, wait)


@pytest.fixture
def by_card(cards, lead):
    """Leads a pledge that is paid by card to a state, clicking through Stripe's fake."""

    def by_card(state="pledged", card=True):
        if state == "pledged":
            pledge = lead(Claim, "active").pledge
            if card:
                cards.save(pledge)
            return pledge
        before, step = BY_CARD[state]
        pledge = by_card(before, card)
        step(pledge, cards)
        pledge.reload()
        assert pledge.state == state
        return pledge

    return by_card


@pytest.fixture
def books(fake):
    """Whatever happened, the ledger is Stripe's balance, and money has moved this often and no more."""

    def books(charges=1, transfers=1):
        assert sum(Entry.balances().values()) == fake.balance
        assert len(fake.charges) == charges
        assert len(fake.transfers) == transfers

    return books


@pytest.fixture
def unchanged(database):
    """Whatever happens within, afterwards every row of the database is as it was, but for those of the table `but`."""

    @contextmanager
    def unchanged(but=""):
        before = db.connection().serialize()
        yield
        after = db.connection().serialize()
        assert after == before or rows_of(after, but) == rows_of(before, but)

    return unchanged


def rows_of(image, but):
    """Every row of a database, as statements, from the bytes of its file."""
    unlogged = image[:18] + b"\x01\x01" + image[20:]  # In memory there is no write-ahead log.
    with closing(sqlite3.connect(":memory:")) as copy:
        copy.deserialize(unlogged)
        left_out = f'INSERT INTO "{but}" '
        return sorted(line for line in copy.iterdump() if not but or not line.startswith(left_out))


@pytest.fixture
def told():
    """What a member has been told, newest first."""
    return lambda member: [notice.kind for notice in Notice.newest(member)]


@pytest.fixture
def wait(time_machine):
    """Lets this much time pass at once, in a test whose clock stands still."""
    return lambda **time: time_machine.shift(timedelta(**time))


@pytest.fixture
def set_up(app, wait):
    """This member has an app; a minute has gone by since its first code was used."""

    def set_up(member):
        waiting = Authenticator.begin(member)
        phone = Phone(waiting.shown_secret)
        phone.codes = waiting.confirm(member, phone.code())
        wait(minutes=2)
        return phone

    return set_up


@pytest.fixture
def cookie_name(app):
    return app.config["SESSION_COOKIE_NAME"]


@pytest.fixture
def walk(browse):
    """A browser without JavaScript, for this member or for nobody."""
    return lambda member=None: Browser(browse(member))


# The cast at their browsers, without JavaScript.


@pytest.fixture
def olga(organizer, walk):
    return walk(organizer)


@pytest.fixture
def oscar(second, walk):
    return walk(second)


@pytest.fixture
def hana(helper, walk):
    return walk(helper)


@pytest.fixture
def sami(seeker, walk):
    return walk(seeker)


@pytest.fixture
def rosa(rival, walk):
    return walk(rival)


@pytest.fixture
def read():
    """Reads an answer as a page."""
    return Page
