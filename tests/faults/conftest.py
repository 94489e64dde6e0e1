"""The stage for faults: a community in a file, and a real process that serves a copy of it."""

import shutil
from contextlib import contextmanager
from datetime import timedelta

import pytest
from cast import PASSWORD, ROLE, newcomer
from living import CLAIM, Served, Writers

from golem import open_database
from models import Claim, Community, OneTimeLink, Referral, db, today, use_language


@pytest.fixture(scope="session")
def settled(tmp_path_factory):
    """A community of Olga, Hana and Sami, in which Sami has asked Hana for help."""
    path = tmp_path_factory.mktemp("settled") / "golem.db"
    open_database(path)
    link = OneTimeLink.find("setup", OneTimeLink.for_setup())
    community = {"name": "Junction Job Circle", "place": "Toronto", "currency": "CAD", "timezone": "America/Toronto"}
    owner = {"name": "Olga Owner", "email": "olga@example.org", "password": PASSWORD}
    olga = Community.set_up(link, owner, community, {"charging": True, "review": "none", "joining": "open"})
    hana, sami = newcomer("Hana Helper", olga), newcomer("Sami Seeker", olga)
    last_day = {"last_day": today() + timedelta(days=30)}
    referral = Referral.draft(hana, prices={"good_word": 5000}, duties="Build boats.", **{**ROLE, **last_day})
    referral.submit(hana)
    assert Claim.request(referral, sami, "I have built boats.", ["good_word"]).id == CLAIM
    db.close()
    use_language("en")
    return path


@pytest.fixture(scope="session")
def stage(settled):
    """Starts a process on a copy of the community in this folder."""

    @contextmanager
    def stage(folder, *program, **options):
        shutil.copy(settled, folder / "golem.db")
        served = Served(folder, *program, **options)
        try:
            yield served.start()
        finally:
            served.kill()

    return stage


@pytest.fixture(scope="module")
def site(stage, tmp_path_factory):
    """The site that the tests of a file share."""
    with stage(tmp_path_factory.mktemp("data")) as served:
        yield served


@pytest.fixture(scope="module")
def cookies(site):
    return [site.sign_in("hana@example.org"), site.sign_in("sami@example.org")]


@pytest.fixture
def writers(site, cookies):
    """So many people who write to the site."""
    return lambda count: Writers(site, CLAIM, cookies, count)
