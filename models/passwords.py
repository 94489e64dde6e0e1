"""Passwords: which will do, and how they are kept."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from .base import Invalid
from .i18n import _

SHORTEST_PASSWORD = 10

# 19 MiB and two passes: the first choice of OWASP's password storage sheet for Argon2id.
hasher = PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)

# Checked when an address is unknown, so that a wrong address takes as long as a wrong password.
NOBODY = hasher.hash(secrets.token_hex())


def hashed(password):
    """The hash under which the password is kept. Raises Invalid where it will not do."""
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid(password=_("Please use at least %(count)s characters.", count=SHORTEST_PASSWORD))
    return hasher.hash(password)


def matches(password_hash, password):
    """Whether this is the password of that hash. None stands for the hash of nobody, and takes as long."""
    try:
        return hasher.verify(password_hash or NOBODY, password)
    except (Argon2Error, InvalidHashError):
        return False


def rehashed(password_hash, password):
    """The hash anew where it was made with less care than is taken now, or None. The password is the right one."""
    return hasher.hash(password) if hasher.check_needs_rehash(password_hash) else None
