"""Mail domains: which of them may be an employer's, and which are nobody's because everybody has an address there."""

from collections import Counter
from functools import lru_cache
from pathlib import Path

import models

from .base import Invalid
from .email_addresses import clean_email, domain_form
from .likeness import lists

PROVIDERS_FILE = Path(__file__).parent / "mail_providers.txt"

# A domain that more than one in ten members use, and at least five of them, is a provider's.
ONE_IN = 10
FEWEST_MEMBERS = 5


def domain_of(email):
    """The domain of an address, in the one form in which domains are compared. Empty where it has none."""
    _local, at, domain = email.rpartition("@")
    return domain_form(domain) if at else ""


def mail_domain(typed):
    """The mail domain that somebody means, who may have typed a full address or that of a page; "" where it is none."""
    typed = typed.rpartition("@")[2].rpartition("://")[2].partition("/")[0]
    try:
        return domain_of(clean_email(f"x@{typed.strip().strip('.').removeprefix('www.')}"))
    except Invalid:
        return ""


def within(domain, other):
    """Whether a domain is the other, or below it, as mail.tpl.ca is below tpl.ca."""
    return bool(other) and (domain == other or domain.endswith(f".{other}"))


@lru_cache(maxsize=20_000)
def organization_of(domain):
    """The domain that somebody registered: tpl.ca of mail.tpl.ca, or the domain itself where that is a provider's."""
    labels = domain.split(".")
    ending = 2 if len(labels) > 2 and labels[-2] in lists()["second labels of domains"] else 1
    registered = ".".join(labels[-ending - 1 :])
    return domain if registered in PROVIDERS else registered


@lru_cache
def providers():
    """The domains of mail_providers.txt, as a frozenset."""
    lines = PROVIDERS_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


PROVIDERS = providers()


def is_public(domain, members):
    """Whether a mail domain is nobody's employer's: a provider's, or below one, or one that very many members use.

    `members` says of each domain how many members use it. More than a tenth of them must, and at least five: in a
    group of twelve, three colleagues would otherwise make their employer's domain nobody's, and be found by it.
    """
    if is_providers(domain):
        return True
    return members.get(domain, 0) >= FEWEST_MEMBERS and members[domain] * ONE_IN > sum(members.values())


@lru_cache(maxsize=20_000)
def is_providers(domain):
    """Whether a domain is one of PROVIDERS, or below one; or none at all, which is nobody's employer's either."""
    labels = domain.split(".")
    return not domain or any(".".join(labels[place:]) in PROVIDERS for place in range(len(labels)))


def used_domains():
    """How many members use each mail domain, as a Counter.

    Whoever applied, or has not opened the letter to their address, does not count: anybody can make many of those.
    """
    member = models.Member
    found = member.select(member.email).where(member.state.in_(models.members.ADMITTED), ~member.unconfirmed)
    return Counter(domain_of(email) for (email,) in models.db.execute(found))
