"""The random words in links and cookies. Tables keep their hashes, so that who reads the file can follow none."""

import hashlib
import secrets
import string

# Letters and digits only: mail programs and chats cut a link off at a dash or an underscore at its end.
ALPHABET = string.ascii_letters + string.digits
LENGTH = 32  # 190 bits.


def new_token():
    return "".join(secrets.choice(ALPHABET) for _position in range(LENGTH))


def digest(token):
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
