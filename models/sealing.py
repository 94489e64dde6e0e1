"""What the database keeps under the site's key, so that a copy of the database alone does not tell it."""

import base64
import hashlib
import os

NONCE_BYTES = 12

_key = None


def use_key(key):
    """From now on secrets are kept under this text, the one that also signs the cookies."""
    global _key
    _key = hashlib.blake2b(key.encode(), digest_size=32, person=b"golem sealing").digest()


def seal(text, purpose):
    """Returns the text as the database keeps it: only with the key and for this purpose can it be read again."""
    nonce = os.urandom(NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + _cipher().encrypt(nonce, text.encode(), purpose.encode())).decode()


def unseal(sealed, purpose):
    """Returns the text that was sealed; None where that was under another key or for another purpose."""
    from cryptography.exceptions import InvalidTag

    kept = base64.urlsafe_b64decode(sealed)
    try:
        return _cipher().decrypt(kept[:NONCE_BYTES], kept[NONCE_BYTES:], purpose.encode()).decode()
    except InvalidTag:
        return None


def keyed_hash(text, purpose):
    """Returns what is kept of a text that only has to be known again: without the key nobody can try texts out."""
    if _key is None:
        raise RuntimeError("No key to hash under: call use_key first.")
    return hashlib.blake2b(text.encode(), key=_key, digest_size=32, person=purpose.encode()).hexdigest()


def _cipher():
    # Imported here because it takes a tenth of a second, and most communities never need it.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if _key is None:
        raise RuntimeError("No key to keep secrets under: call use_key first.")
    return AESGCM(_key)
