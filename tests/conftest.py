"""The cast, and the stage they stand on: a real SQLite file, the real site, a browser for each member."""

from datetime import date, timedelta

import pytest

from golem import create_app
from models import Claim, Community, Link, Member, Policy, Referral, db, speak

PASSWORD = "a long enough password"
ROLE = {
    "employer": "Harbour Works",
    "title": "Shipwright",
    "industry": "31-33",
    "location": "Hamilton",
    "work_mode": "on_site",
    "pay_min": 5_500_000,
    "pay_max": 6_500_000,
    "pay_period": "year",
    "connection": "leaving",
    "seats": 1,
    "closes_on": None,
}


@pytest.fixture
def app(tmp_path):
    app = create_app({"GOLEM_DATA": str(tmp_path / "data"), "GOLEM_LIMITS": "off"})
    app.testing = True
    yield app
    db.close()
    speak("en")


@pytest.fixture
def organizer(app):
    """Olga made the community and owns it. Prices are allowed; first postings wait for her."""
    link = Link.find("setup", Link.for_setup())
    community = {"name": "Junction Job Circle", "place": "Toronto", "currency": "CAD", "timezone": "America/Toronto"}
    owner = {"name": "Olga Owner", "email": "olga@example.org", "password": PASSWORD}
    return Community.set_up(link, owner, community, {"charging": True, "review": "none"})


@pytest.fixture
def helper(organizer):
    return Member.join("Hana Helper", "hana@example.org", PASSWORD)


@pytest.fixture
def seeker(organizer):
    return Member.join("Sami Seeker", "sami@example.org", PASSWORD)


@pytest.fixture
def rival(organizer):
    return Member.join("Rosa Rival", "rosa@example.org", PASSWORD)


@pytest.fixture
def set_policy(organizer):
    """Changes the policy in these columns."""
    return lambda **columns: Policy.current().change(organizer, **columns)


@pytest.fixture
def post(helper):
    """Posts a role: the helper's, published, a good word for 50 dollars and a reference as a gift."""

    def post(by=helper, prices=None, publish=True, duties="Build and mend **wooden boats**.", **columns):
        prices = {"good_word": 5000, "reference": 0} if prices is None else prices
        last_day = {"last_day": date.today() + timedelta(days=30)}
        referral = Referral.draft(by, prices=prices, duties=duties, **{**ROLE, **last_day, **columns})
        if publish:
            referral.submit(by)
        return referral

    return post


@pytest.fixture
def referral(post):
    return post()


@pytest.fixture
def claim(referral, seeker):
    """A request of the seeker for all the help on offer, 50 dollars worth."""
    return Claim.request(referral, seeker, "I have built boats all my life.", ["good_word", "reference"])


@pytest.fixture
def browse(app):
    """A browser of this member, signed in; nobody's when no member is given."""

    def browse(member=None):
        browser = app.test_client()
        if member:
            answer = browser.post("/sign-in", data={"email": member.email, "password": PASSWORD})
            assert answer.status_code == 303
        return browser

    return browse
