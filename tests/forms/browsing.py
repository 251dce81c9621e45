"""A rendered form as a browser reads it: fields, and what it would send."""

from __future__ import annotations

from typing import Any

from lxml import html

from api.pages.rendering import environment
from engine.forms import FormView

Pairs = list[tuple[str, str]]


def render(view: FormView) -> Any:
    """The form to fill in, or the read-only view, as an lxml tree inside one `<form>`."""
    name, macro = (
        ("form/view.html", "form_view") if view.readonly else ("form/form.html", "form_fields")
    )
    source = f'{{% from "{name}" import {macro} %}}<form>{{{{ {macro}(view) }}}}</form>'
    return html.fromstring(environment().from_string(source).render(view=view))


def pairs(page: Any) -> Pairs:
    """Names and values of the successful controls, as HTML defines them (templates left out)."""
    found: Pairs = []
    for control in page.xpath("//input|//select|//textarea"):
        if control.get("name") is None or control.xpath(
            "ancestor::template|ancestor::*[@disabled]"
        ):
            continue
        name = control.get("name")
        if control.tag == "select":
            chosen = control.xpath(".//option[@selected]") or control.xpath(".//option")[:1]
            found += [(name, option.get("value")) for option in chosen]
        elif control.tag == "textarea":
            # The browser eats the line break after the tag and sends line ends as CRLF.
            typed = (control.text or "").removeprefix("\n")
            found.append((name, typed.replace("\n", "\r\n")))
        elif control.get("type") in ("checkbox", "radio"):
            if control.get("checked") is not None:
                found.append((name, control.get("value", "on")))
        elif control.get("type") != "file":
            found.append((name, control.get("value", "")))
    return found


def texts(element: Any) -> str:
    """The words inside, spaces folded."""
    return " ".join(element.text_content().split())
