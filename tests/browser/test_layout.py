"""Pages work with large letters, by keyboard, on paper and on a slow line; for fingers see test_accessibility.py."""

import gzip

import pytest
from playwright.sync_api import expect

LARGEST_FIRST_VIEW = 30_000  # Bytes, without the font.

# Where the focus is, and whether it can be seen. Within a date field the browser draws the ring itself.
FOCUSED = """() => {
    const focused = document.activeElement, box = focused.getBoundingClientRect()
    if (focused === document.body) return null
    const rings = [getComputedStyle(focused), getComputedStyle(focused, '::after')]
    const drawn = rings.some(ring => ring.outlineStyle !== 'none' && parseFloat(ring.outlineWidth) >= 2)
    return {
        text: focused.innerText.trim() || focused.outerHTML,
        ring: drawn || focused.type === 'date',
        seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    }
}"""


def test_text_can_be_four_times_as_large(visit):
    """400 % on a desk of 1280 pixels leaves 320 by 256 of them."""
    page = visit("an active claim, for the seeker", viewport={"width": 320, "height": 256}).page

    page.get_by_role("button", name="Send").scroll_into_view_if_needed()

    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    expect(page.get_by_role("button", name="Send")).to_be_in_viewport()


def test_the_skip_link_leads_past_the_navigation(visit):
    page = visit("the terms to agree to").page
    page.evaluate("document.activeElement.blur()")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.parametrize(
    ("name", "action"),
    {
        "the front page": "Join",
        "the board": "Search",
        "an open role": "Send request",
        "a draft": "Publish",
        "a request, for the helper": "Accept: this shows them your name and your employer",
        "the terms to agree to": "Agree to the terms",
        "an active claim, for the helper": "Send",
        "a reported hire to confirm": "Confirm the hire",
        "a price that is due, for the seeker": "I have sent the money",
    }.items(),
)
def test_the_keyboard_reaches_what_is_next_to_do(name, action, visit):
    page = visit(name).page

    walked = walk(page)

    assert action in [stop["text"] for stop in walked]
    assert all(stop["ring"] and stop["seen"] for stop in walked), walked


def walk(page):
    """Everything that Tab stops at, from the top of the page to its end."""
    page.evaluate("document.activeElement.blur()")
    stops = []
    while len(stops) < 200:
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop is None:
            break
        stops.append(stop)
    return stops


def test_the_terms_can_be_printed_alone(visit):
    page = visit("an active claim, for the seeker").page
    page.emulate_media(media="print")

    expect(page.get_by_role("heading", name="The terms")).to_be_visible()
    expect(page.get_by_text("Total, owed only if hired")).to_be_visible()
    expect(page.get_by_role("navigation").filter(visible=True)).to_have_count(0)
    expect(page.get_by_role("button").filter(visible=True)).to_have_count(0)
    expect(page.get_by_role("textbox").filter(visible=True)).to_have_count(0)


@pytest.mark.parametrize("name", ["the front page", "the board"])
def test_the_first_view_is_light(name, visit):
    page = visit(name).page
    loaded = page.evaluate("performance.getEntriesByType('resource').map(each => each.name)")

    parts = {page.url, *(address.partition("#")[0] for address in loaded if not address.endswith(".woff2"))}
    sizes = {part: len(gzip.compress(page.request.get(part).body())) for part in parts}

    assert len(sizes) >= 5
    assert sum(sizes.values()) <= LARGEST_FIRST_VIEW, sizes
