"""What people write, as HTML: each text is rendered once, and kept with the number of the rules it was rendered by.

One process serves the site, so what it keeps is right for all who read. Later caches of what pages show belong here.
"""

import hashlib
import threading
from collections import OrderedDict

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

RULES = 1  # To be counted up whenever the same text is to read differently from now on.
KEPT = 4000  # How many texts are kept: a few MB, and more than a community reads in a day.
MOST_MARKS = 200  # A text with more of the characters that Markdown has to pair is code or nonsense.
MARKS = "[]<>*_`\\"

TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "h3", "h4", "blockquote", "code", "pre", "hr"}

markdown = MarkdownIt("commonmark", {"html": False}).disable("image")


class Kept:
    """What was made once and is asked for often; of more than `most` things, the one not used for longest goes."""

    def __init__(self, most):
        self.most, self.things, self.lock = most, OrderedDict(), threading.Lock()

    def get(self, key, make):
        """Returns what `make()` returned when this key was first asked for."""
        with self.lock:
            if key in self.things:
                self.things.move_to_end(key)
                return self.things[key]
        made = make()
        with self.lock:
            self.things[key] = made
            while len(self.things) > self.most:
                self.things.popitem(last=False)
        return made


kept = Kept(KEPT)


def prose(text):
    """Markdown as safe HTML: no images, no scripts, and links that promise nothing to search engines."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return kept.get((RULES, digest), lambda: Markup(render(text)))


def render(text):
    """The HTML of a text. One of little but marks would take Markdown too long: its lines are shown as they are."""
    if sum(map(text.count, MARKS)) > MOST_MARKS:
        return f"<pre>{escape(text)}</pre>"
    return nh3.clean(markdown.render(text), tags=TAGS, link_rel="nofollow ugc noopener")
