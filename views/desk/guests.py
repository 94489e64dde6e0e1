"""Bringing the group along: a list of people to invite, who has come, and cards to print."""

import hashlib

from flask import flash, g, redirect, request, url_for
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from models import ASK_AGAIN_DAYS, GUEST_DAYS, Guest, Invalid, _, checked, clean_text, count_each, ngettext, read_list

from .. import find_or_404, page, paginated, redisplay_on_refusal, sends_letters
from ..addresses import page_address
from ..factors import drawn, unkept
from ..forms import LONGEST_LIST, GuestsForm
from . import PAGE_SIZE, bp

CARDS_A_PAGE = 24
LONGEST_FILE = 4 * LONGEST_LIST


@bp.get("/guests")
def guests():
    shown = paginated(Guest.listed(), PAGE_SIZE)
    return page(
        "desk/guests.html",
        form=GuestsForm(g.get("typed"), data={"people": ""}),
        lines=g.get("lines"),
        seen=g.get("seen"),
        guests=list(shown.rows),
        page=shown.number,
        last=shown.last,
        counts=count_each(waiting=Guest.waiting(), again=Guest.to_ask_again(), came=Guest.came()),
        days=GUEST_DAYS,
        pause=ASK_AGAIN_DAYS,
    )


@bp.post("/guests")
@redisplay_on_refusal(guests)
def invite_guests():
    """The first press shows who would be invited, and what is wrong; the second, on that page, invites them."""
    form = GuestsForm.sent()
    people = clean_text(brought()) or form.people.data
    if len(people) > LONGEST_LIST:
        raise Invalid(people=_("This list is too long."))
    seen = hashlib.sha256(people.encode()).hexdigest()
    if request.form.get("confirmed") != seen:
        g.lines, g.seen, g.typed = checked(read_list(people)), seen, MultiDict({"people": people})
        return guests()
    g.lines, g.seen = checked(read_list(people)), seen
    count = Guest.invite(current_user, people, form.agreed.data, by_letter=sends_letters())
    flash(ngettext("%(num)s person is invited.", "%(num)s people are invited.", count))
    return redirect(url_for(".guests"), 303)


def brought():
    """The text of the file that came with the form; "" without one."""
    sent = request.files.get("file")
    raw = sent.read(LONGEST_FILE) if sent else b""
    for encoding in ("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


@bp.post("/guests/ask-again")
@redisplay_on_refusal(guests)
def ask_guests_again():
    count = Guest.ask_again(current_user)
    flash(ngettext("%(num)s person is asked again.", "%(num)s people are asked again.", count))
    return redirect(url_for(".guests"), 303)


@bp.post("/guests/<int:id>/take-off")
@redisplay_on_refusal(lambda id: guests())
def take_off(id):
    find_or_404(Guest.select(), Guest.id == id).take_off(current_user)
    flash(_("They are off the list, and their invitation has ended."))
    return redirect(url_for(".guests"), 303)


@bp.get("/guests/cards")
def guest_cards():
    shown = paginated(Guest.waiting(), CARDS_A_PAGE)
    tokens = [(guest, guest.token) for guest in shown.rows]
    addresses = [(guest, page_address("invitations.join", token=token)) for guest, token in tokens if token]
    cards = [(guest, address, drawn(address)) for guest, address in addresses]
    return unkept("desk/guest_cards.html", cards=cards, page=shown.number, last=shown.last)
