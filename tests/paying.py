"""People at Stripe's pages without a browser of their own, and the site as it is served in life."""

import http.client
import threading
from contextlib import contextmanager
from types import SimpleNamespace
from urllib.parse import urlencode, urlsplit

from cast import WORKS
from pages import Page, controls
from waitress import wasyncore
from waitress.server import create_server


def at_stripe(address, **typed):
    """A page of Stripe's, opened, or sent with what was typed. Where it leads on, the answer is the next address."""
    parts = urlsplit(address)
    line = http.client.HTTPConnection(parts.netloc, timeout=20)
    body, kind = (urlencode(typed), {"Content-Type": "application/x-www-form-urlencoded"}) if typed else (None, {})
    line.request("POST" if typed else "GET", parts.path, body, kind)
    answer = line.getresponse()
    text = answer.read().decode()
    line.close()
    if answer.status == 303:
        return answer.headers["Location"]
    return Page(SimpleNamespace(status_code=answer.status, request=SimpleNamespace(path=parts.path), text=text))


def leaves(browser, button, **typed):
    """The member presses a button that leads to a page of Stripe's: its address. The form is a plain one."""
    form, _button = browser.page.pressed(button)
    assert (form.get("method"), form.get("hx-post")) == ("post", None)
    sent, _offered = controls(browser.page.within(form))
    answer = browser.client.post(form.get("action"), data={**sent, **typed})
    assert answer.status_code == 303, answer.text
    return answer.location


def comes_back(browser, address):
    """The member is led back to where Stripe was told to lead them."""
    parts = urlsplit(address)
    assert parts.netloc == "localhost"
    return browser.open(f"{parts.path}?{parts.query}" if parts.query else parts.path)


def types_card(browser, button, number=WORKS, **bank):
    """From our page to Stripe's, a card, and back again."""
    return comes_back(browser, at_stripe(leaves(browser, button), card=number, **bank))


@contextmanager
def served(app, threads):
    """The port at which waitress serves the app, as it does in life; afterwards everything of it is closed."""
    server = create_server(app, host="127.0.0.1", port=0, threads=threads, ident="")
    loop = threading.Thread(target=server.run, daemon=True)
    loop.start()
    yield server.effective_port
    server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map, ignore_all=True))  # In its own thread.
    loop.join(20)
    server.task_dispatcher.shutdown()
