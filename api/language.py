"""The language of an answer: Chinese is what is written in the sources, English two catalogues.

The choice is made once per request (``?lang=``, then the cookie, then ``Accept-Language``;
Chinese where nothing is said) and held in a context variable, so that view models and templates
say ``_("…")`` without handing translations around, and :func:`said` what the engine says.
``messages.po`` has the words of the pages, ``sentences.po`` those of the engine and of this face's
faults (:mod:`engine.text`). Catalogues are read when first needed: there is nothing to compile and
nothing generated to commit.
"""

from __future__ import annotations

import io
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from fastapi import Request

from engine.text import translated

LANGUAGES: tuple[str, ...] = ("zh", "en")
COOKIE = "banshi_lang"
LOCALE = Path(__file__).parent / "locale"

_current: ContextVar[str] = ContextVar("language", default="zh")


def current() -> str:
    """``zh`` or ``en``: the language of the request being answered."""
    return _current.get()


def use(language: str) -> None:
    """Answer this request in the given language (one of :data:`LANGUAGES`, else Chinese)."""
    _current.set(language if language in LANGUAGES else "zh")


def wanted(request: Request) -> str:
    """What the request asks for: query, then cookie, then the browser's preference."""
    for asked in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if asked in LANGUAGES:
            return asked
    return _preferred(request.headers.get("accept-language", ""))


def _preferred(header: str) -> str:
    """The first of our languages in the order of an Accept-Language header."""
    weighed: list[tuple[float, int, str]] = []
    for position, part in enumerate(header[:500].split(",")):
        tag, _, quality = part.partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        weighed.append((-weight, position, tag.strip().lower()[:2]))
    return next((tag for _, _, tag in sorted(weighed) if tag in LANGUAGES), "zh")


@cache
def catalogue(language: str, domain: str = "messages") -> NullTranslations:
    """The translations of a language; Chinese, being the source, has none."""
    path = LOCALE / language / f"{domain}.po"
    if language == "zh" or not path.exists():
        return NullTranslations()
    with path.open("rb") as file:
        parsed = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, parsed)
    compiled.seek(0)
    return GNUTranslations(compiled)


def gettext(message: str) -> str:
    """The message in the language of the request."""
    return catalogue(current()).gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """The message for a number of things in the language of the request."""
    return catalogue(current()).ngettext(singular, plural, number)


def said(text: str) -> str:
    """What the engine says in the language of the request; what somebody wrote stays as it is."""
    if current() == "zh":
        return text
    return translated(text, catalogue(current(), "sentences").gettext)


def tag() -> str:
    """The language of the request as HTML and HTTP name it."""
    return "zh-CN" if current() == "zh" else current()


_ = gettext
