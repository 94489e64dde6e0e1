"""What a page asks of the database: few statements, and no more of them however much there is to show."""

import re
from collections import Counter

import pytest
from cast import MONDAY
from peewee import fn
from world import NO_PAGES, build, pages

import models
from models import (
    Action,
    Assignment,
    Authenticator,
    Block,
    Claim,
    Community,
    Entry,
    Event,
    HiddenFrom,
    Invitation,
    KnownBrowser,
    Member,
    Merchant,
    Notice,
    OneTimeLink,
    PayoutAccount,
    Pledge,
    Policy,
    Referral,
    Report,
    SignIn,
    SignInTry,
    StripeEvent,
    db,
)
from models.search import ReferralText

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

MOST = 15
EXCEPTIONS = {
    # Nine kinds of things are read of what waits there: see `load`; and eight statements are asked by every page of the
    # desk, who is at work on what among them.
    "desk.index": 41,
    # Who may decide is asked on the pages of what an organizer decides: three statements. Who is at work on it: one.
    # With whom the member has something to confirm, and how a posting or a claim was written: one more each.
    "desk.member": 26,
    "desk.report": 21,
    "desk.action": 18,
    "desk.checks": 16,
    "referrals.show": 21,
    # Of a dispute as well, for both sides read whether anybody here can decide it.
    "claims.show": 20,
    "claims.index": 18,
    # Eight as well, and what stands against filling something in with this member, or against their request.
    "desk.beside": 16,
    "desk.beside_request": 18,
    # Eight as well, and two that say which of the payments this organizer may judge.
    "desk.money": 16,
    "desk.payment": 18,
}
# What there is once, or is nobody's to see.
ONCE = (
    *(Community, KnownBrowser, Merchant, SignIn, OneTimeLink, Authenticator, PayoutAccount, ReferralText),
    StripeEvent,
)
LISTED = (Event, Notice, Action, Report, Invitation, SignInTry, models.Message, Policy, Entry)


@pytest.fixture
def everybody(organizer, second, rival, helper, seeker, database):
    return {"out": None, "outsider": rival, "helper": helper, "seeker": seeker, "organizer": second, "owner": organizer}


@pytest.fixture
def world(everybody, by_card, post, use, set_policy):
    return build(everybody, by_card, post, use, set_policy)


class Copies:
    """Copies the rows of the tables that are not kept; the copies belong to each other, and to what is kept."""

    def __init__(self, *kept):
        self.names = {}
        tables = [table for table in models.TABLES if table not in kept]
        for table in tables:
            for row in list(table.select().order_by(table._meta.primary_key)):
                self.copy(table, row)

    def copy(self, table, row):
        meta, values = table._meta, dict(row.__data__)
        number = values.pop(meta.primary_key.name) if meta.auto_increment else None
        if table is Action and (Referral, row.referral_id) not in self.names:
            values["report"] = None  # It leads to one action, and a posting has one restriction.
            values["state"] = "over" if row.referral_id else row.state
        for field in meta.sorted_fields:
            value = values.get(field.name)
            if hasattr(field, "rel_model") and value is not None:
                values[field.name] = self.names.get((field.rel_model, value), value)
            elif field.unique and isinstance(value, str):
                values[field.name] = self.renamed(table, value)
        if table is Event and values["number"]:
            values["number"] = self.names.get((self.noun_of(values["verb"]), values["number"]), values["number"])
        if table is Block:
            values["pattern"] += f" {self.serial()}"
        if table is HiddenFrom:
            values["key"] += f" {self.serial()}"
        made = table.insert(values).execute()
        if number is not None:
            self.names[table, number] = made

    def renamed(self, table, value):
        if table is Assignment:
            noun, id = value.split(":")
            return f"{noun}:{self.names.get((self.noun_of(value), int(id)), 10_000 + self.serial())}"
        return f"{self.serial()}{value}"

    @staticmethod
    def noun_of(verb):
        noun = re.split("[.:]", verb)[0]
        return next((table for table in models.TABLES if getattr(table, "noun", "") == noun), None)

    def serial(self):
        Copies.last = getattr(Copies, "last", 0) + 1
        return Copies.last


def grow():
    """The same people have other postings and claims, the same postings other people, and all have a longer past."""
    claim, member = (table.select(fn.MAX(table.id)).scalar() for table in (Claim, Member))
    Copies(*ONCE, Member)
    Copies(*ONCE, Referral, models.HelpItem, models.Duties)
    hired = Claim.select().where(Claim.id > claim, Claim.state == "hired")
    let_money_rest_for_others(hired, Member.select().where(Member.id > member))
    Copies(*(table for table in models.TABLES if table not in LISTED))


def let_money_rest_for_others(claims, helpers):
    """As many of these claims as there are helpers are with one of their own each, for whom the money rests."""
    for claim, helper in zip(list(claims), helpers, strict=False):
        Claim.update(helper=helper).where(Claim.id == claim.id).execute()
        Pledge.update(settlement="stripe", state="resting").where(Pledge.claim == claim).execute()


@pytest.fixture
def asked(app, browse, everybody):
    """What each role's visit of each page that they may see asks of the database."""
    browsers = {role: browse(member) for role, member in everybody.items()}
    statements = []

    def hear(event):
        statements.append(event.sql)

    def asked(addresses):
        Notice.update(read_at=None).execute()
        found = {}
        db.query_hooks.append(hear)
        for _endpoint, address in addresses:
            for role, browser in browsers.items():
                if browser.get(address).status_code == 200:
                    statements.clear()
                    browser.get(address)  # Now they have read what they were told of it, which was written down.
                    found[address, role] = list(statements)
        db.query_hooks.remove(hear)
        return found

    return asked


def test_a_page_asks_the_same_few_things_however_much_there_is_to_show(app, world, asked):
    addresses = list(pages(app, world))

    few = asked(addresses)
    grow()
    many = asked(addresses)

    seen = {endpoint for endpoint, address in addresses if any(where == address for where, role in few)}
    assert seen | NO_PAGES == {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in rule.methods}
    assert set(few) == set(many)
    most = {address: EXCEPTIONS.get(endpoint, MOST) for endpoint, address in addresses}
    grown = {where: told(few[where], many[where]) for where in few if len(many[where]) > len(few[where])}
    long = {where: told([], many[where]) for where in many if len(many[where]) > most[where[0]]}
    desk = [{len(found["/desk", role]) for role in ("organizer", "owner")} for found in (few, many)]
    assert not grown, "\n".join(f"{where}: {lines}" for where, lines in grown.items())
    assert desk[0] == desk[1], "The same kinds wait on both desks."
    assert not long, "\n".join(f"{where}: {lines}" for where, lines in long.items())


def told(few, many):
    """How many statements there were, and those of which there are more now, alike ones together."""
    before, now = (Counter(in_short(sql) for sql in statements) for statements in (few, many))
    more = [f"\n  {now[sql]} instead of {before[sql]} × {sql}" for sql in now if now[sql] != before[sql]]
    return f"{len(few)} and {len(many)}{''.join(more)}"


def in_short(sql):
    return re.sub(r"\((\?, )+\?\)", "(?)", re.sub(r"SELECT .*? FROM", "SELECT … FROM", sql))[:200]
