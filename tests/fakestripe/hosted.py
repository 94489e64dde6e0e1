"""The pages that Stripe hosts: a browser, a screen reader and html5lib can read them."""

from html import escape

from .answers import Answer
from .cards import CARDS, shown


def go(address):
    return Answer(303, b"", {"Location": address})


LOOK = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:2rem auto;padding:0 1rem;color:#1c1c2b}"
    "button{font:inherit;padding:.6rem 1.4rem;border:0;border-radius:.5rem;background:#4b3fd1;color:#fff}"
    "fieldset{border:1px solid #bbb;border-radius:.5rem}label{display:block}[role=alert]{color:#a3211b}"
)


def html(status, title, body):
    """A page that a browser, a screen reader and html5lib can read."""
    text = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{LOOK}</style></head>'
        f"<body><main><p><small>A Stripe that is only played</small></p><h1>{escape(title)}</h1>"
        f"{body}</main></body></html>"
    )
    return Answer(status, text.encode(), {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"})


def checkout_page(session, problem=""):
    saves = session["mode"] == "setup"
    amount = "" if saves else shown(session["amount_total"], session["currency"])
    words = session["custom_text"].get("submit", {}).get("message", "") if saves else session["words"]
    alert = f'<p role="alert">{escape(problem)} Try another card.</p>' if problem else ""
    cards = "".join(
        f'<p><label><input type="radio" name="card" value="{number}"{" checked" if not index else ""}> '
        f"{number} {escape(card.words)}</label></p>"
        for index, (number, card) in enumerate(CARDS.items())
    )
    back = f'<p><a href="{escape(session["cancel_url"])}">Go back</a></p>' if session["cancel_url"] else ""
    return html(
        402 if problem else 200,
        "Save a card" if saves else f"Pay {amount}",
        f'{alert}<p id="words">{escape(words)}</p><form method="post"><fieldset><legend>Card</legend>{cards}</fieldset>'
        f"<p><button>{'Save card' if saves else f'Pay {amount}'}</button></p></form>{back}",
    )


def bank_page(number):
    return html(
        200,
        "Confirm with your bank",
        '<p>Your bank asks whether this is you.</p><form method="post">'
        f'<input type="hidden" name="card" value="{number}">'
        '<p><button name="bank" value="confirm">Confirm</button> <button name="bank" value="refuse">Refuse</button></p>'
        "</form>",
    )


def onboarding_page(account):
    asked = "".join(f"<li>{escape(one['description'])}</li>" for one in account["requirements"]["entries"])
    return html(
        200,
        "Set up your payouts",
        f"<p>{escape(account.get('display_name', ''))}, Stripe asks for:</p><ul>{asked or '<li>nothing more</li>'}</ul>"
        '<form method="post"><p><button name="do" value="finish">Finish</button> '
        '<button name="do" value="later">Later</button></p></form>',
    )
