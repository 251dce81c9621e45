"""Key paths: `budget.0.amount` in problems and HTML names, tuples inside."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping

Path = tuple[str, ...]

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
#: Stands for a row's number in the template of a new row.
INDEX = "__index__"


class Missing:
    """The type of MISSING, which tells an absent value from null."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()


def parse_key(key: str) -> Path | None:
    """A form-js key as a path; None when it is no key (ASCII letters, digits, underscores, dots)."""
    if len(key) > 200 or not _KEY.fullmatch(key):
        return None
    parts = tuple(key.split("."))
    return None if any(part.startswith("__") for part in parts) else parts


def lookup(data: object, path: Path) -> object:
    """The value at a path of nested mappings and rows, MISSING when there is none."""
    for part in path:
        if isinstance(data, Mapping):
            data = data.get(part, MISSING)
        elif isinstance(data, list | tuple) and part.isdigit():
            data = data[int(part)] if int(part) < len(data) else MISSING
        else:
            return MISSING
    return data


def store(data: MutableMapping[str, object], path: Path, value: object) -> None:
    """Put a value at a path, making the mappings on the way."""
    for part in path[:-1]:
        inner = data.get(part)
        if not isinstance(inner, MutableMapping):
            inner = {}
            data[part] = inner
        data = inner
    data[path[-1]] = value


def merged(base: Mapping[str, object], over: Mapping[str, object]) -> dict[str, object]:
    """`base` with the values of `over`, mappings in both merged; neither is changed."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            result[key] = merged(below, value)
        else:
            result[key] = value
    return result


def joined(prefix: str, path: Path) -> str:
    """The dotted path of a field inside the row that `prefix` (`budget.0.` or empty) names."""
    return prefix + ".".join(path)


def dom_id(path: str) -> str:
    """An HTML id for a path."""
    return "f-" + path.replace("#", "c-").replace(".", "-")
