"""Templates and the dataclasses they take agree, both ways; and no page runs a script of its own."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

import api.pages
from api.pages.inbox import InboxPage
from api.pages.rendering import TEMPLATES, environment
from tests.api.template_types import Checker

ROOT = Path(__file__).parents[2]


def modules() -> Iterator[str]:
    for found in pkgutil.walk_packages(api.pages.__path__, "api.pages."):
        importlib.import_module(found.name)
        yield found.name


def views() -> list[type]:
    """Every view model: a dataclass that names a template."""
    found = {
        value
        for name in modules()
        for value in vars(sys.modules[name]).values()
        if isinstance(value, type) and is_dataclass(value) and "template" in vars(value)
    }
    return sorted(found, key=lambda view: view.__name__)


def checked() -> Checker:
    checker = Checker(environment())
    for view in views():
        checker.page(view.template, view)  # type: ignore[attr-defined]
    return checker


def test_templates_read_only_what_their_page_has() -> None:
    """given every view, when its template is read through, then each attribute exists."""
    assert len(views()) > 20
    assert checked().errors == []


def test_a_misspelt_attribute_is_found() -> None:
    """given a template that reads what is not there, then the checker says where."""
    checker = Checker(environment())
    tree = checker.environment.parse("{% for row in page.rows %}{{ row.titel }}{% endfor %}")
    checker._body(tree.body, {"page": InboxPage}, "inbox.html")
    assert checker.errors == ["inbox.html:1: TaskRow has no 'titel'"]


def test_nothing_is_worked_out_that_no_template_shows() -> None:
    """given all view models of the pages, then each field is read by some template."""
    read = {(kind, name) for kind, name in checked().read}
    own = {
        value
        for name in modules()
        for value in vars(sys.modules[name]).values()
        if isinstance(value, type) and is_dataclass(value) and value.__module__ == name
    }
    shown = {kind for kind, _ in read} & own
    unread = [
        f"{kind.__module__}.{kind.__name__}.{field.name}"
        for kind in sorted(shown, key=lambda k: k.__name__)
        for field in fields(kind)
        if (kind, field.name) not in read
    ]
    assert unread == []


def test_every_view_has_its_own_template() -> None:
    """given all views, then no two share a template, and every template belongs to one."""
    named = [view.template for view in views()]  # type: ignore[attr-defined]
    assert len(named) == len(set(named))
    parts = {"layout.html"}
    pages = {
        path.relative_to(TEMPLATES).as_posix()
        for path in TEMPLATES.rglob("*.html")
        if path.parent.name not in {"parts", "form"}
    }
    assert pages - parts == set(named)


@pytest.mark.parametrize(
    "path",
    sorted(TEMPLATES.rglob("*.html")),
    ids=lambda path: path.relative_to(TEMPLATES).as_posix(),
)
def test_no_inline_script_or_style(path: Path) -> None:
    """given a template, then it has no inline script, handler or style, and marks nothing safe."""
    text = path.read_text()
    for script in re.findall(r"<script\b[^>]*>", text):
        assert " src=" in script or 'type="application/json"' in script, script
    assert not re.search(r"\son[a-z]+\s*=", text)
    assert not re.search(r"\sstyle\s*=|<style", text)
    assert not re.search(r"\|\s*safe\b|autoescape|javascript:", text)


def test_every_form_that_changes_something_carries_the_secret() -> None:
    """given all templates, then each POST form has the CSRF field right behind its tag."""
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        for form in re.finditer(r'<form\b[^>]*method="post".*?</form>', text, re.DOTALL):
            assert "csrf(" in form[0] or 'name="csrf_token"' in form[0], f"{path}: {form[0][:120]}"


def test_icons_are_in_the_sprite() -> None:
    """given the icons that templates and views name, then the sprite has each."""
    sprite = set(json.loads((ROOT / "web/src/icons.json").read_text()))
    named: set[str] = set()
    for path in TEMPLATES.rglob("*.html"):
        named |= set(re.findall(r'icon\(\s*"([a-z0-9-]+)"', path.read_text()))
    for path in (ROOT / "api/pages").rglob("*.py"):
        text = path.read_text()
        named |= set(re.findall(r'icon="([a-z0-9-]+)"', text))
        named |= set(re.findall(r'_\("[^"]*"\), "/[^"]*", "([a-z0-9-]+)"', text))
    assert named - sprite == set()
