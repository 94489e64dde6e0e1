"""The one form of an e-mail address, however it was typed: at joining, at signing in, and on the block lists."""

from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from .base import Invalid
from .i18n import _
from .text import visible


def email_form(text):
    """The address in its one form, or what was typed, in small letters, where it is no address.

    Space and invisible characters around and within it are dropped, and a domain reads as people write it:
    anna@xn--mller-kva.de is anna@müller.de.
    """
    text = visible(text).strip()
    try:
        return validate_email(text, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return text.lower()


def mailbox_of(email):
    """What two addresses have in common that lead to one mailbox: no “+tag”, no dots before the @, one Gmail.

    Not every provider reads them so: it is a hint that two may be the same person, and no more.
    """
    name, _at, domain = email_form(email).rpartition("@")
    domain = {"googlemail.com": "gmail.com"}.get(domain, domain)
    return f"{name.partition('+')[0].replace('.', '')}@{domain}"


def clean_email(text):
    """The address in its one form. Raises Invalid where it is none."""
    try:
        return validate_email(visible(text).strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise Invalid(email=_("This does not look like an email address.")) from None


@lru_cache(maxsize=20_000)
def domain_form(text):
    """A mail domain in its one form: in small letters, and as people write it."""
    text = visible(text).strip().casefold().lstrip("@.")
    return email_form(f"x@{text}").partition("@")[2]
