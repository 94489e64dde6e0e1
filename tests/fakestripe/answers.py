"""What comes in and what goes out: requests, answers, and refusals in the shape of Stripe's errors."""

import json
from datetime import UTC, datetime
from typing import NamedTuple

NOT_BEGUN = ("parameter_", "resource_", "url_", "amount_too_")


class Refusal(Exception):
    """Stripe says no, in the shape of its errors."""

    def __init__(self, status, message, **error):
        self.status = status
        self.error = {"type": "invalid_request_error", "message": message, **error}

    @property
    def kept(self):
        """Whether an idempotency key remembers it: not where something named was wrong, so that nothing had begun."""
        return self.status in (400, 402) and not self.error.get("code", "").startswith(NOT_BEGUN)


class Asked(NamedTuple):
    """A request, as the tests look at it."""

    step: str
    path: str
    params: dict
    key: str
    account: str = ""  # On whose behalf: a helper's account, or nobody's but our own.


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: dict = {}


class Kept(NamedTuple):
    """What is kept under an idempotency key: no answer while the first request is still under way."""

    path: str
    params: dict
    at: float
    answer: Answer | None = None


def failure(problem, **headers):
    return Answer(problem.status, json.dumps({"error": problem.error}).encode(), headers)


def replayed(kept, asked):
    if (kept.path, kept.params) != (asked.path, asked.params):
        return failure(Refusal(400, "Keys can only be used with the same parameters.", type="idempotency_error"))
    if not kept.answer:
        words = "There is currently another in-progress request using this Idempotent Key."
        return failure(Refusal(409, words, type="idempotency_error", code="idempotency_key_in_use"))
    return kept.answer._replace(headers={**kept.answer.headers, "Idempotent-Replayed": "true"})


PASSING = {
    "429": failure(Refusal(429, "Too many requests.", code="rate_limit")),
    "503": failure(Refusal(503, "Stripe is not there for you.", type="api_error")),
    "409": failure(Refusal(409, "The object is locked by another request.", code="lock_timeout")),
}
BROKEN = failure(Refusal(500, "An unknown error occurred.", type="api_error"), **{"Stripe-Should-Retry": "false"})


def iso(seconds):
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
