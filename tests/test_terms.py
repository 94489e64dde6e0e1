"""The terms: frozen values that come back from the database as they went in, and what follows from them."""

import json
from dataclasses import FrozenInstanceError, fields, replace
from datetime import date, datetime

import pytest
from cast import MONDAY

from models import AgreedHelp, Claim, Terms, db

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


@pytest.fixture
def terms(claim, helper):
    """The terms of Sami's claim, as Hana accepted it."""
    claim.accept(helper, acquaintance="met")
    return claim.terms


def stored():
    return json.loads(db.execute_sql("SELECT terms FROM claim").fetchone()[0])


def test_terms_come_back_as_they_were_frozen(terms, claim):
    again = Claim.get_by_id(claim.id).terms

    assert again == terms
    assert {field.name: type(getattr(again, field.name)) for field in fields(Terms)} == {
        "employer": str,
        "title": str,
        "items": tuple,
        "total": int,
        "currency": str,
        "guarantee_days": int,
        "pro_rata": bool,
        "hired_means": str,
        "acquaintance": str,
        "settlement": str,
        "policy": int,
        "frozen_at": datetime,
        "fee_percent": int,
        "fee_cap": int,
        "charge_by": date,
        "public_employer": type(None),
    }


def test_days_and_moments_are_kept_as_people_and_scripts_read_them(terms):
    assert stored()["charge_by"] == terms.charge_by.isoformat()
    assert stored()["frozen_at"] == terms.frozen_at.isoformat()
    assert stored()["items"] == [{"kind": "good_word", "price": 5000}, {"kind": "reference", "price": 0}]


def test_a_claim_that_is_not_accepted_has_no_terms(claim):
    assert Claim.get_by_id(claim.id).terms is None


def test_terms_of_before_card_payments_have_no_share_and_no_day_to_charge(terms, claim):
    """Claims that were agreed before migration 0003 hold fewer words."""
    old = {name: value for name, value in stored().items() if name not in ("fee_percent", "fee_cap", "charge_by")}
    db.execute_sql("UPDATE claim SET terms = ?", (json.dumps(old),))

    kept = Claim.get_by_id(claim.id).terms
    assert (kept.fee_percent, kept.fee_cap, kept.charge_by) == (0, 0, None)
    assert kept.title == terms.title


def test_nobody_writes_into_terms(terms):
    with pytest.raises(FrozenInstanceError):
        terms.total = 0
    with pytest.raises(FrozenInstanceError):
        terms.items[0].price = 0


def test_a_price_that_is_dropped_makes_new_terms_and_leaves_the_old(terms):
    gift = terms.as_gift()

    assert (gift.total, gift.settlement) == (0, "gift")
    assert gift.items == (AgreedHelp("good_word", 0), AgreedHelp("reference", 0))
    assert (terms.total, terms.items[0].price) == (5000, 5000)


@pytest.mark.parametrize(
    ("days", "guarantee", "owed"),
    [(0, 30, 0), (1, 30, 166), (15, 30, 2500), (30, 30, 5000), (45, 30, 5000), (0, 0, 0), (1, 0, 5000)],
)
def test_a_share_of_the_price_is_owed_for_the_days_on_the_job(terms, days, guarantee, owed):
    assert replace(terms, guarantee_days=guarantee).owed_after(days, 5000) == owed


@pytest.mark.parametrize(("percent", "cap", "share"), [(0, 1000, 0), (10, 1000, 500), (30, 1000, 1000), (3, 0, 0)])
def test_the_community_keeps_its_share_up_to_its_cap(terms, percent, cap, share):
    assert replace(terms, fee_percent=percent, fee_cap=cap).community_share(5000) == share
