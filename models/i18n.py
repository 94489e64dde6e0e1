"""The language the site speaks: every sentence that people read passes through here."""

import gettext
import io
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

TRANSLATIONS = Path(__file__).parent.parent / "translations"

_catalogs = {"en": gettext.NullTranslations()}
_language = "en"


def languages():
    """The codes of the languages that the site can speak, English first."""
    return ["en", *sorted(po.stem for po in TRANSLATIONS.glob("*.po"))]


def use_language(language):
    """Sets the language of the whole site; a sentence without a translation stays English."""
    global _language
    if language not in _catalogs:
        _catalogs[language] = _read(TRANSLATIONS / f"{language}.po")
    _language = language


def language():
    return _language


def _(message, **values):
    text = _catalogs[_language].gettext(message)
    return text % values if values else text


def ngettext(one, many, num, **values):
    return plural(one, many, num) % {"num": num, **values}


def plural(one, many, num):
    """Returns the form that goes with this number, its places not yet filled in."""
    return _catalogs[_language].ngettext(one, many, num)


def N_(message):
    """Marks a sentence for translation where it is written; `_` translates it where it is read."""
    return message


def _read(po):
    if not po.exists():
        return gettext.NullTranslations()
    with po.open("rb") as lines:
        catalog = read_po(lines)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
