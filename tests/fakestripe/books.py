"""All that Stripe remembers."""

import queue
import secrets
import threading
import time
from contextlib import contextmanager
from copy import deepcopy

from .answers import Refusal

DAY = 24 * 60 * 60
EVENTS_KEPT = 30 * DAY
SETTLES_IN = 2 * DAY  # From a charge to money that can be used.
SPARE = 1_000_000  # A community that keeps this much at Stripe can always refund.


class Books:
    """All that Stripe remembers: objects by id, movements of the balance, and what happened."""

    def __init__(self, currency, country):
        self.currency, self.country = currency.lower(), country
        self.lock = threading.RLock()
        self.live = False
        self.objects, self.events, self.outbox, self.webhooks = {}, [], queue.SimpleQueue(), ""
        self.customers, self.methods, self.sessions, self.setups, self.intents = {}, {}, {}, {}, {}
        self.charges, self.declines, self.transactions, self.refunds, self.disputes = {}, {}, {}, {}, {}
        self.transfers, self.reversals, self.accounts, self.links = {}, {}, {}, {}
        self.deauthorised, self.withdrawn, self.arrivals = set(), {}, {}
        self.payouts, self.notices, self.thin_events = {}, [], False
        self.spare, self.ahead = SPARE, 0
        self.largest_page = 100

    @property
    def balance(self):
        """What the payments have brought the community, wherever it is now. The ledger has to say the same."""
        return sum(moved["net"] for moved in self.transactions.values() if moved["type"] != "payout")

    @property
    def available(self):
        """What the community can use at Stripe, with what it keeps there besides (`spare`), after payouts."""
        return self.spare + sum(moved["net"] for moved in self.transactions.values() if self.is_settled(moved))

    @property
    def pending(self):
        """What the community can use later."""
        return sum(moved["net"] for moved in self.transactions.values() if not self.is_settled(moved))

    def balance_of(self, account):
        """What a helper has at Stripe, also what has not arrived."""
        return self.sent_to(account) - self.withdrawn.get(account, 0)

    def available_of(self, account):
        """What a helper can take out: money arrives a day after its transfer."""
        arrived = {transfer for transfer, at in self.arrivals.items() if at <= self.now()}
        return self.sent_to(account, arrived) - self.withdrawn.get(account, 0)

    def sent_to(self, account, among=None):
        theirs = (one for one in self.transfers.values() if one["destination"] == account)
        return sum(one["amount"] - one["amount_reversed"] for one in theirs if among is None or one["id"] in among)

    def is_settled(self, moved):
        return moved["available_on"] <= self.now()

    def now(self):
        """The time by which money settles: `advance` moves it, and leaves everything else alone."""
        return int(time.time()) + self.ahead

    def advance(self, days=1):
        """Money settles as if so many days had passed."""
        self.ahead += days * DAY
        self.tidy()

    def new(self, shelf, prefix, noun, **fields):
        mode = {"cs": "live_" if self.live else "test_"}.get(prefix, "")
        id = f"{prefix}_{mode}{secrets.token_hex(10)}"
        made = {"id": id, "object": noun, "created": int(time.time()), "livemode": self.live, **fields}
        self.objects[id] = shelf[id] = made
        return made

    def find(self, id, noun, param=None):
        """The object with this id, or a refusal: 404 where the id is in the address, 400 where it is a parameter."""
        found = self.objects.get(id)
        if not found or found["object"] != noun or found["livemode"] != self.live:
            raise Refusal(400 if param else 404, f"No such {noun}: '{id}'", code="resource_missing", param=param)
        return found

    def moved(self, kind, source, amount, fee=0, settles=None):
        """The balance changes by amount − fee, at once or where that is said later."""
        return self.new(
            self.transactions,
            "txn",
            "balance_transaction",
            type=kind,
            source=source["id"],
            currency=source["currency"],
            amount=amount,
            fee=fee,
            net=amount - fee,
            available_on=settles or self.now(),
        )

    def happened(self, kind, about, account=None):
        """The event is remembered as things stand now, and sent if somebody listens."""
        from stripe import api_version

        event = self.new({}, "evt", "event", type=kind, api_version=api_version, data={"object": deepcopy(about)})
        if account:
            event["account"] = account
        self.events.append(event)
        if self.webhooks:
            self.outbox.put(event)

    def listed(self, found, asked):
        """One page of a list, newest first."""
        found = [one for one in found if one["livemode"] == self.live][::-1]
        if after := asked.params.get("starting_after"):
            found = found[[one["id"] for one in found].index(after) + 1 :]
        size = min(asked.params.get("limit", 10), self.largest_page)
        return {"object": "list", "url": asked.path, "has_more": len(found) > size, "data": found[:size]}

    def expand(self, found, path):
        """Puts the objects themselves where their ids are."""
        name, _, rest = path.partition(".")
        for one in found if isinstance(found, list) else [found]:
            if name not in one or (isinstance(one[name], str) and one[name] not in self.objects):
                raise Refusal(400, f"This property cannot be expanded ({name}).")
            if isinstance(one[name], str):
                one[name] = deepcopy(self.objects[one[name]])
            if rest and one[name]:
                self.expand(one[name], rest)

    def tidy(self):
        """Pages that nobody used for a day are gone, and refunds that waited for money go out."""
        with self.lock:
            for session in self.sessions.values():
                if session["status"] == "open" and session["expires_at"] <= time.time():
                    with self.about(session):
                        self.end_session(session)
            self.send_waiting_refunds()

    @contextmanager
    def about(self, found):
        """Nobody else does anything, and what is made is of the same mode as this object, or as this key's."""
        with self.lock:
            before, self.live = self.live, found if isinstance(found, bool) else found["livemode"]
            try:
                yield
            finally:
                self.live = before

    def list_events(self, asked):
        since = max(asked.params.get("created", {}).get("gte", 0), time.time() - EVENTS_KEPT)
        return self.listed([one for one in self.events if one["created"] >= since], asked)
