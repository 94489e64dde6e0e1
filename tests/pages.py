"""How the tests read a page: as a browser understands it, strictly."""

import re
from collections import Counter

import html5lib
from werkzeug.exceptions import HTTPException


def words(element):
    """The words that somebody reads in this element, in a row."""
    return " ".join("".join(element.itertext()).split())


class Page:
    """An answer of the site, as a browser understands it."""

    def __init__(self, answer):
        self.status, self.address, self.answer = answer.status_code, answer.request.path, answer
        whole = answer.text.startswith("<!doctype html>")
        self.root = html5lib.HTMLParser(strict=whole, namespaceHTMLElements=False).parse(answer.text)
        self.text = words(self.root)

    def all(self, tag="*", **attributes):
        """The elements with this tag and these attributes, in order."""
        wanted = {name.strip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [one for one in self.root.iter(tag) if all(one.get(name) == value for name, value in wanted.items())]

    def part(self, id):
        """The element with this id, or None."""
        return next(iter(self.all(id=id)), None)

    def says(self, id):
        """The words of the element with this id; none where there is no such element."""
        return "" if self.part(id) is None else words(self.part(id))

    def typed(self, id):
        """What stands in the field with this id."""
        field = self.part(id)
        if field.tag == "select":
            return next((option.get("value") for option in field if "selected" in option.attrib), "")
        return (field.text or "") if field.tag == "textarea" else field.get("value")

    @property
    def flash(self):
        return self.says("flash")

    @property
    def buttons(self):
        """What the buttons say that send a form; those around it, such as signing out, are left out."""
        main = self.part("main")
        return [words(button) for button in (self.root if main is None else main).iter("button")]

    @property
    def links(self):
        return {words(link): link.get("href") for link in self.all("a")}

    def within(self, form, tag="*"):
        """What belongs to a form: the elements inside it, and those elsewhere that name it."""
        inside = [one for one in form.iter(tag) if one.get("form") in (None, form.get("id"))]
        return inside + (self.all(tag, form=form.get("id")) if form.get("id") else [])

    def form(self, label):
        """The form of the first button that says this, within it or anywhere on the page."""
        return self.pressed(label)[0]

    def pressed(self, label):
        """The form of the first button that says this, and what the button itself sends."""
        for form in self.all("form"):
            for button in self.within(form, "button"):
                if words(button) == label:
                    return form, {button.get("name"): button.get("value")} if button.get("name") else {}
        raise AssertionError(f"There is no button “{label}” among {self.buttons}.")


def controls(elements):
    """What the elements of a form send by name when nobody touches them, and for each choice what can be chosen."""
    sent, offered = {}, {}
    for control in elements:
        name, kind = control.get("name"), control.get("type", "text")
        if control.tag == "textarea" and name:
            sent[name] = control.text or ""
        elif control.tag == "select":
            offered[name] = [option.get("value") for option in control.iter("option")]
            marked = [option.get("value") for option in control.iter("option") if "selected" in option.attrib]
            sent[name] = (marked or offered[name])[0]
        elif control.tag == "input" and kind in ("radio", "checkbox"):
            offered.setdefault(name, []).append(control.get("value"))
            if "checked" in control.attrib:
                sent.setdefault(name, []).append(control.get("value"))
        elif control.tag == "input":
            sent[name] = control.get("value", "")
    return sent, offered


class Browser:
    """A browser without JavaScript: it opens addresses, follows links, and sends the forms that are on the page."""

    def __init__(self, client):
        self.client, self.page, self.seen = client, None, []

    def open(self, address):
        return self._show(self.client.get(address, follow_redirects=True))

    def follow(self, label):
        return self.open(self.page.links[label])

    def press(self, label, **typed):
        """Fills in the form with this button, which has to offer all that is typed, and sends it."""
        form, button = self.page.pressed(label)
        sent, offered = controls(self.page.within(form))
        for name, value in typed.items():
            assert name in sent or name in offered, f"The form has no field {name}, only {[*sent, *offered]}."
            chosen = value if isinstance(value, list) else [value]
            assert set(chosen) <= set(offered.get(name, chosen)), f"{name} offers {offered[name]}, not {value}."
        action, values = form.get("action") or self.page.address, {**sent, **typed, **button}
        if form.get("method") == "post":
            here = self.page.answer.request.full_path  # Where a form without an action goes, query and all.
            return self._show(self.client.post(form.get("action") or here, data=values, follow_redirects=True))
        return self._show(self.client.get(action, query_string=values, follow_redirects=True))

    def _show(self, answer):
        self.page = Page(answer)
        self.seen.append(self.page)
        return self.page


def crawl(browser, *addresses, within=""):
    """Opens these addresses, and each page of the site that they lead to and that matches, once."""
    opened, waiting = set(), list(addresses)
    while waiting:
        address = waiting.pop(0).partition("#")[0]
        if address.startswith("/") and not address.endswith(".csv") and address not in opened:
            opened.add(address)
            links = browser.open(address).links.values()
            waiting += [link for link in links if re.match(within, link)]
    return browser.seen


def flaws(page, app):
    """What is wrong with a page, beyond what the strict parser has said already."""
    ids = Counter(one.get("id") for one in page.root.iter() if one.get("id"))
    yield from (f"two elements have the id {id}" for id, count in ids.items() if count > 1)
    for one in page.root.iter():
        what = f"<{one.tag} {one.attrib}>"
        pointed = [one.get("for"), one.get("popovertarget"), *one.get("aria-describedby", "").split()]
        yield from (f"{what} points at #{id}, which is not there" for id in pointed if id and id not in ids)
        if one.get("href", "").startswith("#") and one.get("href")[1:] not in ids:
            yield f"{what} leads to nothing on the page"
        if "style" in one.attrib or one.tag == "style" or any(name.startswith("on") for name in one.attrib):
            yield f"{what} has style or script of its own"
        if one.tag == "script" and (not one.get("src") or one.text):
            yield f"{what} is script of its own"
        if one.tag == "img" and "alt" not in one.attrib:
            yield f"{what} has no alt"
        if one.tag in ("a", "button", "summary", "h1", "h2", "h3", "label", "legend", "th") and not words(one):
            yield f"{what} says nothing"
        if one.tag == "form" and one.get("hx-post") and one.get("hx-post") != one.get("action"):
            yield f"{what} goes elsewhere over htmx"
        if any(name.startswith("hx-") for name in one.attrib) and not {"hx-nonce", "hx-swap-oob"} & set(one.attrib):
            yield f"{what} has no nonce for htmx"
    yield from unlabelled(page)
    yield from leading_nowhere(page, app)


def unlabelled(page):
    labelled = {label.get("for") for label in page.all("label")}
    within = {control for label in page.all("label") for control in label.iter()}
    for control in page.root.iter():
        if control.tag not in ("input", "select", "textarea") or control.get("type") == "hidden":
            continue
        if not (control.get("id") in labelled or control in within or control.get("aria-label")):
            yield f"<{control.tag} {control.attrib}> has no label"


# What a page may lead to outside the site.
ELSEWHERE = ("https://stripe.com/connect/pricing",)


def leading_nowhere(page, app):
    routes = app.url_map.bind("localhost")
    for one in page.root.iter():
        for name, method in (("href", "GET"), ("src", "GET"), ("hx-get", "GET"), ("hx-post", "POST"), ("action", None)):
            address = one.get(name, "").partition("#")[0]
            if not address or (one.tag == "a" and (address in ELSEWHERE or address.startswith("otpauth://totp/"))):
                continue
            try:
                routes.match(address.partition("?")[0], method=method or one.get("method", "get").upper())
            except HTTPException:
                yield f"{name}={address} leads nowhere"
