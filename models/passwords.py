"""Passwords: which will do, and how they are kept."""

import secrets

from argon2 import PasswordHasher

from .base import Invalid
from .i18n import _

SHORTEST_PASSWORD = 10

# 19 MiB and two passes: the first choice of OWASP's password storage sheet for Argon2id.
hasher = PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)

# Checked when an address is unknown, so that a wrong address takes as long as a wrong password.
NOBODY = hasher.hash(secrets.token_hex())


def hashed(password):
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid(password=_("Please use at least %(count)s characters.", count=SHORTEST_PASSWORD))
    return hasher.hash(password)
