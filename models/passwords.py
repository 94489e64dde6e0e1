"""Passwords: which will do, and how they are kept."""

import gzip
import re
import secrets
import string
import unicodedata
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from .base import Invalid
from .i18n import _

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200

# The 30,000 most common passwords of ten characters or more, in small letters: from Mark Burnett's ten million, by way
# of OWASP's SecLists (10-million-password-list-top-1000000.txt, MIT licence; CC BY-SA 3.0 before).
COMMON_PASSWORDS = Path(__file__).parent / "common_passwords.txt.gz"
FEWEST_SIGNS = 4
FEWEST_OTHER_LETTERS = 4

# 19 MiB and two passes: the first choice of OWASP's password storage sheet for Argon2id.
hasher = PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)

# Checked when an address is unknown, so that a wrong address takes as long as a wrong password.
NOBODY = hasher.hash(secrets.token_hex())


def hashed(password, *known):
    """The hash under which the password is kept. `known` are texts from which others would guess it.

    It takes its time on purpose: not to be called within a transaction. Raises Invalid where the password will not do.
    """
    password = composed(password)
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid(password=_("Please use at least %(count)s characters.", count=SHORTEST_PASSWORD))
    if len(password) > LONGEST_PASSWORD:
        raise Invalid(password=_("Please keep this under %(count)s characters.", count=LONGEST_PASSWORD))
    if common(password):
        raise Invalid(password=_("Many people use this password, so it is tried first. Please take another."))
    if made_of(password, known):
        raise Invalid(password=_("This is made of your name, your address or our name. Please take another."))
    return hasher.hash(password)


def matches(password_hash, password):
    """Whether this is the password of that hash. None stands for the hash of nobody, and takes as long."""
    return any(verified(password_hash or NOBODY, form) for form in forms_of(password))


def rehashed(password_hash, password):
    """The hash anew where it was made with less care than is taken now, or None. The password is the right one."""
    if hasher.check_needs_rehash(password_hash) or not verified(password_hash, composed(password)):
        return hasher.hash(composed(password))
    return None


def composed(password):
    """The password with each letter and its accent as one: some keyboards send them apart."""
    return unicodedata.normalize("NFC", password)


def forms_of(password):
    """The forms in which the password may have been kept: composed, or before that was done as it was typed."""
    return dict.fromkeys((composed(password), password))


def verified(password_hash, password):
    try:
        return hasher.verify(password_hash, password)
    except (Argon2Error, InvalidHashError, UnicodeError):
        return False


def common(password):
    """Whether the password is among the common ones, also with digits or signs after it, or repeats few signs."""
    folded = password.casefold()
    bare = folded.rstrip(string.digits + string.punctuation)
    return len(set(folded)) < FEWEST_SIGNS or not {folded, bare}.isdisjoint(common_passwords())


@cache
def common_passwords():
    return frozenset(gzip.decompress(COMMON_PASSWORDS.read_bytes()).decode().splitlines())


def made_of(password, texts):
    """Whether hardly a letter of the password is left without the words of these texts."""
    words = {word for text in texts for word in re.findall(r"[^\W\d_]{3,}", composed(text).casefold())}
    left = password.casefold()
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, " ")
    return left != password.casefold() and len(re.findall(r"[^\W\d_]", left)) < FEWEST_OTHER_LETTERS
