"""Everybody can use every page: axe finds nothing, by day and by night, on a phone and on a desk."""

import re
from itertools import product

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from people import Person
from town import PAGES

from models import OneTimeLink

# All that axe checks by default, and what is new in WCAG 2.2 AA, which it leaves out unless asked.
EVERYTHING = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
RUN = "options => axe.run(options).then(found => found.violations)"
SCHEMES, WIDTHS = ("light", "dark"), (320, 1280)


@pytest.fixture
def violations():
    """What axe finds on a page in each scheme and width, as lines to read."""

    def violations(page):
        found = []
        page.evaluate(AXE_SCRIPT)
        for scheme, width in product(SCHEMES, WIDTHS):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            for rule in page.evaluate(RUN, EVERYTHING):
                for node in rule["nodes"]:
                    summary = re.sub(r"\s+", " ", node["failureSummary"])
                    found.append(f"{rule['id']} ({scheme}, {width} px) {node['html'][:200]}: {summary}")
        return found

    return violations


@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_use(name, visit, violations):
    page = visit(name).page

    found = violations(page)

    assert not found, "\n".join(found)


def test_everybody_can_set_up_a_community(site, browser_at, violations):
    olga = Person(browser_at(site))
    olga.goes_to("/setup")
    assert violations(olga.page) == []

    olga.goes_to(f"/setup?key={OneTimeLink.for_setup()}")

    assert violations(olga.page) == []
