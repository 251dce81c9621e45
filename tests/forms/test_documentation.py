"""The conventions for form authors say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import engine.forms
from engine.forms import parse
from engine.forms.build import BUILDERS
from engine.forms.properties import ALLOWED
from engine.forms.value_types import MONEY, TEXT_TYPES

TEXT = engine.forms.__doc__ or ""
SHIPPED = sorted((Path(__file__).parents[2] / "forms").rglob("*.form"))


def test_every_property_and_type_and_component_is_documented() -> None:
    documented = {
        re.sub(r"-\d$", "", name) for name in re.findall(r"`banshi:([A-Za-z]+(?:-\d)?)`", TEXT)
    }
    assert documented == {name for names in ALLOWED.values() for name in names}
    for name in (*TEXT_TYPES, MONEY):
        assert f"`{name}`" in TEXT, name
    for kind in BUILDERS:
        assert re.search(rf"\b{kind}\b", TEXT), kind


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_forms_are_read(path: Path) -> None:
    """Every form that comes with the software can be used; its id is its file's name."""
    assert parse(path.read_bytes()).id == path.stem


def test_forms_are_shipped() -> None:
    assert len(SHIPPED) >= 4
