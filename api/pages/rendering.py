"""Views to HTML: each template takes one frozen dataclass, under the name ``page``."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import ClassVar, Protocol, cast

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from api import language
from api.pages import assets, flash
from engine.text import Text

TEMPLATES = Path(__file__).parents[1] / "templates"


def _in_language(value: object) -> object:
    """What the engine says is shown in the language of the page, wherever it stands."""
    return language.said(value) if isinstance(value, Text) else value


def _saying(gettext: Callable[..., str]) -> Callable[..., str]:
    """A gettext of the templates that also translates what it fills in."""

    @pass_context
    def said(context: Context, *message: object, **values: object) -> str:
        return gettext(context, *message, **{k: _in_language(v) for k, v in values.items()})

    return said


class View(Protocol):
    """A page's view model: a frozen dataclass that names its template."""

    template: ClassVar[str]


def icon(name: str) -> Markup:
    """An icon of the sprite, hidden from screen readers: the words beside it carry the meaning."""
    sprite = _built().address("icons.svg")
    if not sprite:
        return Markup("")
    return Markup(
        '<svg class="icon" width="20" height="20" aria-hidden="true" focusable="false">'
        '<use href="{}#{}"></use></svg>'
    ).format(sprite, name)


@cache
def _built() -> assets.Assets:
    return assets.load()


@cache
def environment() -> Environment:
    """The one Jinja environment: autoescape, undefined names are errors, gettext in the tags."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        finalize=_in_language,
    )
    made.globals["icon"] = icon
    # Provided by the i18n extension; the stubs do not know it.
    made.install_gettext_callables(  # type: ignore[attr-defined]
        language.gettext, language.ngettext, newstyle=True
    )
    for name in ("gettext", "ngettext"):
        made.globals[name] = _saying(cast(Callable[..., str], made.globals[name]))
    return made


def html(view: View) -> str:
    """The text of a page or fragment."""
    return environment().get_template(view.template).render(page=view)


def respond(request: Request, view: View, *, status: int = 200) -> HTMLResponse:
    """A page as a response. What was to be said once has now been said; a chosen language stays."""
    response = HTMLResponse(html(view), status_code=status)
    if flash.COOKIE in request.cookies:
        response.delete_cookie(flash.COOKIE)
    asked = request.query_params.get("lang")
    if asked in language.LANGUAGES:
        response.set_cookie(language.COOKIE, asked, max_age=365 * 86400, samesite="lax")
    return response
