"""The door: keys, faults, webhooks, and everything that can be asked over HTTP."""

import hashlib
import hmac
import http.client
import json
import re
import secrets
import threading
import time
import traceback
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from .accounts import Accounts
from .answers import BROKEN, PASSING, Answer, Asked, Kept, Refusal, failure, replayed
from .books import DAY
from .checkout import Checkout
from .community import Community
from .disputes import Disputes
from .parameters import checked, nested
from .payments import Payments
from .transfers import Transfers

# What may be asked: method, path, step, who answers it, and the TypedDict in `stripe.params` that its parameters fit.
ROUTES = [
    ("GET", "/v1/account", "account", "us", "AccountRetrieveCurrentParams"),
    ("GET", "/v1/balance", "balance", "show_balance", "BalanceRetrieveParams"),
    ("POST", "/v1/customers", "customer", "create_customer", "CustomerCreateParams"),
    ("POST", "/v1/payment_methods/:id/attach", "attach", "attach_method", "PaymentMethodAttachParams"),
    ("POST", "/v1/checkout/sessions", "", "create_session", "checkout.SessionCreateParams"),
    ("GET", "/v1/checkout/sessions/:id", "session", "retrieve_session", "checkout.SessionRetrieveParams"),
    ("POST", "/v1/checkout/sessions/:id/expire", "expire", "expire_session", "checkout.SessionExpireParams"),
    ("POST", "/v1/payment_intents", "charge", "create_intent", "PaymentIntentCreateParams"),
    ("GET", "/v1/payment_intents", "look", "list_intents", "PaymentIntentListParams"),
    ("GET", "/v1/payment_intents/:id", "look", "retrieve_intent", "PaymentIntentRetrieveParams"),
    ("GET", "/v1/charges", "look", "list_charges", "ChargeListParams"),
    ("POST", "/v1/payment_intents/:id/cancel", "cancel", "cancel_intent", "PaymentIntentCancelParams"),
    ("POST", "/v1/transfers", "transfer", "create_transfer", "TransferCreateParams"),
    ("GET", "/v1/transfers", "look", "list_transfers", "TransferListParams"),
    ("POST", "/v1/transfers/:id/reversals", "reverse", "create_reversal", "TransferCreateReversalParams"),
    ("POST", "/v1/refunds", "refund", "create_refund", "RefundCreateParams"),
    ("GET", "/v1/refunds", "look", "list_refunds", "RefundListParams"),
    ("GET", "/v1/disputes", "look", "list_disputes", "DisputeListParams"),
    ("GET", "/v1/events", "events", "list_events", "EventListParams"),
    ("GET", "/v2/core/events/:id", "events", "retrieve_notice", "v2.core.EventRetrieveParams"),
    ("GET", "/v2/core/accounts", "account", "list_accounts", "v2.core.AccountListParams"),
    ("POST", "/v2/core/accounts", "open_account", "create_account", "v2.core.AccountCreateParams"),
    ("GET", "/v2/core/accounts/:id", "account", "retrieve_account", "v2.core.AccountRetrieveParams"),
    ("POST", "/v2/core/account_links", "link", "create_link", "v2.core.AccountLinkCreateParams"),
]


class FakeStripe(Community, Checkout, Payments, Disputes, Transfers, Accounts):
    """The whole of it behind an address of its own: the door, the keys, the faults and the webhooks.

    The stripe package asks up to three times where a connection breaks or the answer is 409 or 5xx. So a fault of
    `times=1` is mended before Golem hears of it, and `times=3` gets through. 429 and 500 get through at once.
    """

    key = "sk_test_golem"
    webhook_secret = "whsec_golem"
    connect_secret = ""  # Of a second endpoint, for what happens in helpers' accounts. Without it one takes all.

    def __init__(self, port=0, currency="CAD", country="CA", webhooks=""):
        super().__init__(currency, country)
        self.webhooks = webhooks
        self.keys, self.connect, self.down, self.delay = {self.key}, True, False, 0
        self.before, self.after, self.faults, self.kept = {}, {}, [], {}
        self.asked, self.violations = [], []
        self.stopped = threading.Event()
        self.server = Server(("127.0.0.1", port), Door)
        self.server.fake = self
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        threading.Thread(target=self.post_events, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.outbox.put(None)
        self.server.shutdown()
        self.server.server_close()

    # Controls

    def fail(self, step, how, times=1):
        """The next requests of this step, or of "any", fail.

        drop  nothing is done, and the line breaks          429, 503, 409  nothing is done, and nothing remembered
        lost  it is done, and the line breaks then          500            nothing is done, and the key remembers it
                                                            500 after      it is done, and the key remembers a 500
        """
        assert how in ("drop", "lost", "500", "500 after", *PASSING), how
        self.faults.append([step, how, times])

    def count(self, step):
        """How often this was asked for, repetitions included."""
        return sum(asked.step == step for asked in self.asked)

    def forget_keys(self):
        """Idempotency keys are forgotten, as Stripe does after a day."""
        with self.lock:
            self.kept.clear()

    def signed(self, event, at=None, secret=None):
        """The body of a webhook, and its signature with the secret of the endpoint to which the event goes."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        secret = secret or self.secret_for(event)
        at = int(time.time() if at is None else at)
        signature = hmac.new(secret.encode(), b"%d.%s" % (at, body), hashlib.sha256)
        return body, f"t={at},v1={signature.hexdigest()}"

    def secret_for(self, event):
        of_helper = isinstance(event, dict) and (event.get("account") or event["object"] == "v2.core.event")
        return (of_helper and self.connect_secret) or self.webhook_secret

    def test_event(self, kind="account.application.deauthorized", account="acct_elsewhere"):
        """An event of test mode about a helper's account, such as an endpoint in production is sent as well."""
        with self.about(False):
            self.happened(kind, {"id": "ca_golem", "object": "application"}, account)
            return self.events[-1]

    def deliver(self, event, url):
        """Posts an event, and tells the status of the answer."""
        body, signature = self.signed(event)
        headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature}
        line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
        try:
            line.request("POST", urlsplit(url).path or "/", body, headers)
            answer = line.getresponse()
            answer.read()
            return answer.status
        finally:
            line.close()

    def post_events(self):
        """Posts every event in turn while the fake runs, three times each where nobody takes it."""
        for event in iter(self.outbox.get, None):
            for pause in (0, 1, 3):
                if self.stopped.wait(pause):
                    return
                try:
                    if self.deliver(event, self.webhooks) < 300:
                        break
                except (OSError, http.client.HTTPException):
                    continue

    # The door

    def serve(self, method, address, headers, body):
        """What comes back: an Answer, or None where the line breaks."""
        path, query = urlsplit(address).path, urlsplit(address).query
        room, _, rest = path.strip("/").partition("/")
        if room in ("pay", "onboard"):
            page = self.checkout if room == "pay" else self.onboarding
            with self.lock:
                return page(method, rest, dict(parse_qsl(body.decode())))
        asks_json = headers.get("Content-Type", "").startswith("application/json")
        params = json.loads(body or b"{}") if asks_json else nested(parse_qsl(query or body.decode(), True))
        secret = headers.get("Authorization", "").removeprefix("Bearer ")
        asked = Asked("", path, params, headers.get("Idempotency-Key", ""), headers.get("Stripe-Account", ""))
        return self.answer(method, asked, secret)

    def answer(self, method, asked, secret):
        step, call, ids, shape = self.route(method, asked.path, asked.params)
        asked = asked._replace(step=step)
        with self.lock:
            self.asked.append(asked)
            fault = self.next_fault(step)
        if fault == "drop":
            return None
        if fault in PASSING:
            return PASSING[fault]
        if problem := self.turned_away(method, asked.path, secret):
            return failure(problem)
        answer = self.once(asked, call, ids, shape, "_live_" in secret, fault)
        return None if fault == "lost" else answer

    def route(self, method, path, params):
        for verb, pattern, step, name, shape in ROUTES:
            found = re.fullmatch(pattern.replace(":id", r"(\w+)"), path)
            if verb == method and found:
                step = step or ("save_card" if params.get("mode") == "setup" else "pay_page")
                return step, getattr(self, name), found.groups(), shape
        return "unknown", None, (), ""

    def next_fault(self, step):
        for fault in self.faults:
            if fault[0] in (step, "any") and fault[2] > 0:
                fault[2] -= 1
                return fault[1]
        return ""

    def turned_away(self, method, path, secret):
        if secret not in self.keys:
            return Refusal(401, f"Invalid API Key provided: {secret[:8]}***")
        if path.startswith("/v2/") and not self.connect:
            return Refusal(403, "You have to sign up for Connect first.", code="connect_not_enabled")
        return None

    def once(self, asked, call, ids, shape, live, fault):
        """Does it, unless this key has done it already, or is doing it."""
        slot = (live, asked.key)
        if asked.key:
            with self.lock:
                kept = self.kept.get(slot)
                if kept and kept.at > time.time() - DAY:
                    return replayed(kept, asked)
                self.kept[slot] = Kept(asked.path, asked.params, time.time())
        answer, remember = None, False
        try:
            self.before.get(asked.step, lambda asked: None)(asked)
            answer, remember = self.carry_out(asked, call, ids, shape, live, fault)
            self.after.get(asked.step, lambda asked: None)(asked)
            time.sleep(self.delay)
        finally:
            with self.lock:
                if asked.key and remember:
                    self.kept[slot] = Kept(asked.path, asked.params, time.time(), answer)
                elif asked.key:
                    self.kept.pop(slot, None)
        return answer

    def carry_out(self, asked, call, ids, shape, live, fault):
        """The answer, and whether the key remembers it: not where nothing was begun."""
        with self.about(live):
            self.tidy()
            try:
                params = checked(asked, shape)
            except Refusal as problem:
                self.violations.append((asked, problem.error))
                return failure(problem), False
            if fault == "500":
                return BROKEN, True
            try:
                found = deepcopy(call(asked._replace(params=params), *ids))
                for path in params.get("expand", []):
                    self.expand(found, path)
            except Refusal as problem:
                return failure(problem), problem.kept
            except Exception:  # The fake itself is wrong: the tests have to hear of it.
                self.violations.append((asked, traceback.format_exc()))
                return BROKEN, True
            return BROKEN if fault == "500 after" else Answer(200, json.dumps(found).encode()), True


class Server(ThreadingHTTPServer):
    request_queue_size = 64

    def verify_request(self, request, client_address):
        return not self.fake.down

    def handle_error(self, request, client_address):
        """Clients that are killed, or tired of waiting, are nothing to write about."""


class Door(BaseHTTPRequestHandler):
    """HTTP/1.0: one connection for one request, so that a broken line breaks nothing else."""

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self.server.fake.serve(self.command, self.path, self.headers, body)
        if answer is None:
            return
        headers = {"Content-Type": "application/json", "Request-Id": f"req_{secrets.token_hex(6)}", **answer.headers}
        self.send_response(answer.status)
        for name, value in {**headers, "Content-Length": len(answer.body)}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = serve

    def log_message(self, *_):
        pass
