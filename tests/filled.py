"""The scenarios' forms (``scenarios/data/forms.yaml``) for tests that fill them in by other ways."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

FORMS: Mapping[str, Mapping[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "scenarios/data/forms.yaml").read_text(encoding="utf-8")
)


def filled(form: str, **changes: Any) -> dict[str, Any]:
    """A form as a program sends it: numbers exact, ``{"file": …}`` for files to be uploaded."""
    return {name: _exact(value) for name, value in {**FORMS[form], **changes}.items()}


def _exact(value: Any) -> Any:
    match value:
        case float():
            return str(value)
        case list():
            return [_exact(item) for item in value]
        case dict():
            return {key: _exact(item) for key, item in value.items()}
    return value
