"""Everybody can use every page by day and by night, on a phone and on a desk: each page is visited once for it all."""

import re
from itertools import product

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from people import PASSWORD, Person
from pyotp import TOTP
from town import PAGES

from models import Authenticator, OneTimeLink

# All that axe checks by default, and what is new in WCAG 2.2 AA, which it leaves out unless asked.
EVERYTHING = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
RUN = "options => axe.run(options).then(found => found.violations)"
LOOKS = [("light", 320), ("dark", 1280)]
ALL_LOOKS = list(product(("light", "dark"), (320, 1280)))

PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}

# What people press, by its box; a checkbox is pressed by its label. Links within text are axe's to judge (24 px).
TOO_SMALL = """
    [...document.querySelectorAll(
        'button, summary, select, textarea, input:not([type=hidden], [type=checkbox], [type=radio]), label.choice, ' +
        'a.button, :is(.pages, .tabs, .site-nav, .site-menu) a'
    )]
        .filter(each => each.checkVisibility({ visibilityProperty: true }))
        .filter(each => each.getBoundingClientRect().height < 43.9)
        .map(each => `${each.outerHTML.slice(0, 120)} is ${each.getBoundingClientRect().height} px high`)
"""
TOO_WIDE = """
    [...document.querySelectorAll('body *')]
        .filter(each => each.getBoundingClientRect().right > 321 && !each.firstElementChild)
        .sort((one, other) => other.scrollWidth - one.scrollWidth)
        .slice(0, 5)
        .map(each => `${each.outerHTML.slice(0, 120)} is too wide`)
"""


@pytest.fixture
def violations():
    """What axe finds on a page in each scheme and width, as lines to read."""

    def violations(page, looks=LOOKS):
        found = []
        page.evaluate(AXE_SCRIPT)
        for scheme, width in looks:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            for rule in page.evaluate(RUN, EVERYTHING):
                for node in rule["nodes"]:
                    summary = re.sub(r"\s+", " ", node["failureSummary"])
                    found.append(f"{rule['id']} ({scheme}, {width} px) {node['html'][:200]}: {summary}")
        return found

    return violations


def misfits(page):
    """What does not fit a phone or a finger, as lines to read."""
    page.set_viewport_size(PHONE["viewport"])
    width = page.evaluate("Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)")
    too_wide = [f"the page is {width} px wide", *page.evaluate(TOO_WIDE)] if width > 320 else []
    return too_wide + page.evaluate(TOO_SMALL)


@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_use(name, visit, violations):
    page = visit(name, **PHONE).page

    found = misfits(page) + violations(page)

    assert not found, "\n".join(found)


@pytest.mark.soak
@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_use_it_in_every_scheme_at_every_width(name, visit, violations):
    page = visit(name).page

    found = violations(page, ALL_LOOKS)

    assert not found, "\n".join(found)


def test_everybody_can_set_up_a_community(site, browser_at, violations):
    olga = Person(browser_at(site, **PHONE))
    olga.goes_to("/setup")
    assert violations(olga.page) == []

    olga.goes_to(f"/setup?key={OneTimeLink.for_setup()}")

    assert misfits(olga.page) + violations(olga.page) == []


def test_everybody_can_use_a_second_step(site, app, seeker, person, violations):
    app.config["GOLEM"].url = site.replace("127.0.0.1", "localhost")
    sami, found = Person(person().page), {}
    sami.signs_in(seeker.email)
    sami.goes_to("/account/second-step")
    found["to set up"] = misfits(sami.page) + violations(sami.page)
    sami.presses("Set up an app")
    found["an app"] = misfits(sami.page) + violations(sami.page)
    sami.page.get_by_role("textbox", name="Code").fill("1")
    sami.presses("Finish")
    found["a wrong code"] = misfits(sami.page) + violations(sami.page)
    sami.page.get_by_role("textbox", name="Code").fill(TOTP(Authenticator.waiting(seeker).shown_secret).now())
    sami.presses("Finish")
    found["recovery codes"] = misfits(sami.page) + violations(sami.page)
    sami.follows("I have kept them")
    found["set up"] = misfits(sami.page) + violations(sami.page)
    sami.page.context.clear_cookies()
    sami.goes_to("/sign-in")
    sami.writes("Email", seeker.email)
    sami.writes("Password", PASSWORD)
    sami.presses("Sign in")
    found["one more step"] = misfits(sami.page) + violations(sami.page)

    assert not any(found.values()), found
