"""The stage for a real browser: the site served over HTTP, Chromium, and an ear for what it complains about."""

import os
import re
import shutil
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from people import Person
from playwright.sync_api import expect
from town import PAGES, Town
from werkzeug.serving import WSGIRequestHandler, make_server

from models import db, use_language

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE = 15_000  # Milliseconds: longer than a poll, even on a busy machine.

# Chromium logs every refusal of ours as an error, and that it did as Clear-Site-Data told it: we meant both.
REFUSAL = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d|Clear-Site-Data header on ")

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The browser of this machine. Where there is none these tests are left out, but never on CI."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up("There is no browser here to test with: install chromium.")
    return {**browser_type_launch_args, "executable_path": found, "args": FLAGS}


@pytest.fixture(scope="session")
def base_url():
    """Each site has its own address. The plugin's fixture of this name is one that pytest warns about."""


@pytest.fixture
def site(app):
    """The address of the site, over the test's own database."""
    with served(app) as address:
        yield address


@pytest.fixture(scope="session")
def built_town(tmp_path_factory):
    with time_machine.travel(datetime.now(UTC), tick=True) as clock:
        town = Town(tmp_path_factory.mktemp("town"), clock)
    with served(town.app) as town.address:
        yield town


@pytest.fixture
def town(built_town):
    """A community in which every page has something to show: built once, and only looked at by its tests."""
    db.close()
    db.init(str(built_town.database))
    yield built_town
    db.close()
    use_language("en")


@contextmanager
def served(app):
    server = make_server("127.0.0.1", 0, closing(app.wsgi_app), threaded=True, request_handler=Quiet)
    app.wsgi_app, address = server.app, f"http://127.0.0.1:{server.port}"
    app.config["GOLEM"].url = address
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield address
    server.shutdown()
    server.server_close()
    thread.join()


class Quiet(WSGIRequestHandler):
    def log(self, *_arguments):
        """Nobody reads the log of a test."""


def closing(wsgi_app):
    """Each connection to the browser has a thread, which must not leave one to the database behind."""

    def answer(environ, start_response):
        try:
            return wsgi_app(environ, start_response)
        finally:
            db.close()

    return answer


@pytest.fixture
def complaints():
    """What went wrong in any browser of this test, seen or unseen. It fails the test."""
    heard = []
    yield heard
    assert not heard


@pytest.fixture
def elsewhere():
    """The other sites that our pages lead on to. Rooms of tests in which there are any say so themselves."""
    return ()


@pytest.fixture
def browser_at(new_context, complaints, elsewhere):
    """A new browser that looks at this site, with nobody signed in."""

    def browser_at(address, **options):
        context = new_context(base_url=address, reduced_motion="reduce", **options)
        context.set_default_timeout(PATIENCE)
        listen(context, (address, "data:", *elsewhere), complaints)
        return context.new_page()

    return browser_at


def listen(context, allowed, complaints):
    def console(message):
        if not REFUSAL.match(message.text):
            complaints.append(message.text)

    def request(request):
        if not request.url.startswith(allowed):
            complaints.append(f"asks another site for {request.url}")

    def response(response):
        if response.status >= 500:
            complaints.append(f"{response.status} from {response.url}")

    context.on("console", console)
    context.on("weberror", lambda problem: complaints.append(str(problem.error)))
    context.on("request", request)
    context.on("response", response)


@pytest.fixture
def javascript():
    """Whether browsers run JavaScript. Rooms of tests that go without it, or either way, say so themselves."""
    return True


@pytest.fixture
def person(site, browser_at, javascript):
    """Somebody with a browser of their own: a member who has signed in, or somebody whom the site does not know."""

    def person(member=None, **options):
        who = Person(browser_at(site, java_script_enabled=javascript, **options))
        if member:
            who.signs_in(member.email)
        return who

    return person


@pytest.fixture
def visit(town, browser_at):
    """Somebody of the town looks at one of its pages."""

    def visit(name, **options):
        who, path, *deeds = PAGES[name]
        person = Person(browser_at(town.address, **options))
        person.page.context.add_cookies(town.cookies_of(who))
        person.goes_to(path.format(**town.places))
        for deed in deeds:
            deed(person)
        return person

    return visit


@pytest.fixture
def later(time_machine):
    """Lets this much time go by, for the site and not for the browsers."""
    return lambda **span: time_machine.move_to(datetime.now(UTC) + timedelta(**span), tick=True)


@pytest.fixture
def active_claim(claim, helper, seeker):
    """The claim of the cast, agreed by both: a good word for 50 dollars and a reference as a gift."""
    claim.accept(helper)
    claim.agree(seeker)
    return claim
