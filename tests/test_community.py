"""The community and its policy: set up once, changed by its organizers, and what prices may be asked."""

from datetime import date, datetime
from itertools import product

import pytest
from cast import MONDAY, PASSWORD

import models.i18n
from models import (
    HELP_CLASSES,
    HIRED_MEANS,
    PRICED_CLASSES,
    Claim,
    Community,
    Invalid,
    NotYours,
    OneTimeLink,
    Policy,
    Referral,
    Refused,
    end_of,
    language,
    languages,
    ngettext,
    today,
    use_language,
)
from models.community import day_of
from models.i18n import _

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

OWNER = {"name": "Olga Owner", "email": "olga@example.org", "password": PASSWORD}
PLACE = {"name": "Junction Job Circle", "place": "Toronto", "currency": "CAD", "timezone": "America/Toronto"}


@pytest.fixture
def link(database):
    return OneTimeLink.find("setup", OneTimeLink.for_setup())


# Setting up


def test_a_community_begins_with_an_owner_and_a_policy(link):
    owner = Community.set_up(link, OWNER, PLACE, {"charging": False})

    community, policy = Community.current(), Policy.current()
    assert (owner.role, owner.organizer) == ("owner", True)
    assert (community.name, community.currency, community.decimals) == ("Junction Job Circle", "CAD", 2)
    assert (policy.charging, policy.by, policy.hired_means) == (False, owner, HIRED_MEANS)
    assert policy.priced_classes == list(PRICED_CLASSES)


def test_the_first_policy_is_the_one_that_the_design_describes(link):
    Community.set_up(link, OWNER, PLACE, {"charging": True})

    policy = Policy.current()
    assert (policy.guarantee_days, policy.pro_rata, policy.review) == (30, False, "new")
    assert (policy.seats_cap, policy.open_claims_cap) == (5, 5)
    assert (policy.listing_days, policy.reminder_days) == (45, 5)
    assert (policy.request_days, policy.changes_days, policy.agree_days) == (7, 14, 3)
    assert (policy.report_days, policy.active_days, policy.settle_days) == (14, 180, 14)
    assert policy.check_in_days == [30, 45, 75]


@pytest.mark.parametrize(("currency", "cap"), [("CAD", 50_000), ("JPY", 500), ("KWD", 500_000)])
def test_the_first_cap_is_five_hundred_in_any_currency(currency, cap, link):
    Community.set_up(link, OWNER, {**PLACE, "currency": currency}, {"charging": True})

    assert Policy.current().price_cap == cap


def test_a_community_begins_once(organizer, unchanged):
    link = OneTimeLink.find("setup", OneTimeLink.for_setup())

    with unchanged(), pytest.raises(Refused, match="has been set up already"):
        Community.set_up(link, {**OWNER, "email": "other@example.org"}, PLACE, {"charging": True})


@pytest.mark.parametrize("wrong", [{"email": "olga"}, {"password": "short"}])
def test_a_mistake_in_the_setup_leaves_the_link_as_good_as_new(wrong, link, unchanged):
    with unchanged(), pytest.raises(Invalid):
        Community.set_up(link, {**OWNER, **wrong}, PLACE, {"charging": True})

    assert Community.set_up(link, OWNER, PLACE, {"charging": True})


# Changing


def test_organizers_change_all_but_the_currency(organizer):
    Community.current().introduce(organizer, name="Job Circle", timezone="Asia/Tokyo", currency="JPY")

    community = Community.current()
    assert (community.name, community.timezone, community.currency) == ("Job Circle", "Asia/Tokyo", "CAD")
    assert str(community.zone) == "Asia/Tokyo"


def test_members_change_nothing(seeker, unchanged):
    with unchanged(), pytest.raises(NotYours):
        Community.current().introduce(seeker, name="Mine")
    with unchanged(), pytest.raises(NotYours):
        Policy.current().change(seeker, price_cap=10**9)


def test_every_change_of_the_policy_is_kept(organizer, second, wait):
    first = Policy.current()
    wait(days=1)

    first.change(second, guarantee_days=60)
    Policy.current().change(organizer, pro_rata=True)

    policies = list(Policy.select().order_by(Policy.id))
    assert [(policy.guarantee_days, policy.pro_rata) for policy in policies] == [(30, False), (60, False), (60, True)]
    assert [policy.by for policy in policies] == [organizer, second, organizer]
    assert policies[0].at < policies[1].at
    assert Policy.current() == policies[-1]
    assert Policy.current().hired_means == first.hired_means


# Prices


PRICES = [0, 1, 50_000, 50_001]


@pytest.mark.parametrize("kind", HELP_CLASSES)
def test_a_price_goes_by_class_and_cap(kind, set_policy):
    for charging, allowed, price in product([True, False], [[], *([name] for name in PRICED_CLASSES)], PRICES):
        policy = set_policy(charging=charging, priced_classes=allowed)
        fine = price == 0 or (charging and HELP_CLASSES[kind] in allowed and price <= 50_000)

        assert (policy.price_problem(kind, price) is None) == fine


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ({"charging": False}, "given, not sold"),
        ({"priced_classes": ["coaching"]}, "always a gift"),
        ({"price_cap": 4999}, "highest price"),
    ],
)
def test_a_price_that_is_not_allowed_is_not_posted(policy, says, post, set_policy, unchanged):
    set_policy(**policy)

    with unchanged(), pytest.raises(Invalid, match=says) as problem:
        post()

    assert set(problem.value.problems) == {"price_good_word"}


def test_nobody_is_paid_for_taking_help(post, unchanged):
    with unchanged(), pytest.raises(Invalid):
        post(prices={"good_word": -1})


@pytest.mark.parametrize("policy", [{"charging": False}, {"priced_classes": []}, {"price_cap": 0}])
def test_gifts_are_always_welcome(policy, post, set_policy):
    set_policy(**policy)

    assert post(prices=dict.fromkeys(HELP_CLASSES, 0)).state == "published"


def test_prices_that_were_allowed_once_hold_for_the_claims_made_then(claim, helper, seeker, set_policy):
    set_policy(charging=False)

    claim.accept(helper)
    claim.agree(seeker)

    assert claim.pledge.amount == 5000


def test_prices_that_are_no_longer_allowed_cannot_be_asked_of_new_claims(referral, seeker, set_policy):
    """The posting is older than the policy, but the claim is not."""
    set_policy(charging=False)

    with pytest.raises(Refused):
        Claim.request(Referral.get_by_id(referral.id), seeker, "Please.", ["good_word"])


# The day


@pytest.mark.parametrize(
    ("timezone", "day"),
    [("America/Toronto", date(2026, 6, 1)), ("Asia/Tokyo", date(2026, 6, 2)), ("Pacific/Kiritimati", date(2026, 6, 2))],
)
def test_today_is_the_day_where_the_community_is(timezone, day, organizer):
    Community.current().introduce(organizer, timezone=timezone)

    assert today() == day_of(MONDAY.replace(tzinfo=None)) == day


@pytest.mark.parametrize(
    ("timezone", "end"),
    [
        ("America/Toronto", "2026-06-02T03:59:59"),
        ("Asia/Tokyo", "2026-06-01T14:59:59"),
        ("Asia/Kathmandu", "2026-06-01T18:14:59"),
        ("UTC", "2026-06-01T23:59:59"),
    ],
)
def test_a_day_ends_where_the_community_is(timezone, end, organizer):
    Community.current().introduce(organizer, timezone=timezone)

    assert end_of(date(2026, 6, 1)) == datetime.fromisoformat(end)


# The language

FRENCH = r"""
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\nLanguage: fr\nPlural-Forms: nplurals=2; plural=(n > 1);\n"

msgid "Golem"
msgstr "Le golem"

msgid "%(num)s boat"
msgid_plural "%(num)s boats"
msgstr[0] "%(num)s bateau"
msgstr[1] "%(num)s bateaux"
"""


@pytest.fixture
def french(database, tmp_path, monkeypatch):
    """A translation into French that says two things."""
    (tmp_path / "fr.po").write_text(FRENCH, encoding="utf-8")
    monkeypatch.setattr(models.i18n, "TRANSLATIONS", tmp_path)
    monkeypatch.setattr(models.i18n, "_catalogs", {"en": models.i18n._catalogs["en"]})


def test_the_site_speaks_the_languages_that_were_translated(french):
    use_language("fr")

    assert languages() == ["en", "fr"]
    assert language() == "fr"
    assert _("Golem") == "Le golem"
    assert [ngettext("%(num)s boat", "%(num)s boats", num) for num in (0, 1, 2)] == [
        "0 bateau",
        "1 bateau",
        "2 bateaux",
    ]


def test_what_is_not_translated_is_said_in_english(french):
    use_language("fr")
    assert _("Nobody, %(name)s", name="Sami") == "Nobody, Sami"

    use_language("tlh")
    assert _("Golem") == "Golem"
    assert ngettext("%(num)s boat", "%(num)s boats", 0) == "0 boats"
