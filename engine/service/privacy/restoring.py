"""Values that come back from somebody who saw masks: what he left masked stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.forms import Veil
from engine.forms.masks import HIDDEN
from engine.model.errors import InvalidInput
from engine.model.problems import Problem
from engine.text import tell


def restored(given: Mapping[str, Any], held: Mapping[str, Any], veil: Veil) -> dict[str, Any]:
    """``given`` with each mask replaced by the value that it stands for.

    ``held``: the present values by name. Raises InvalidInput for a mask that stands for nothing
    known (a row was added or moved): it would be stored in the place of the value.
    """
    return {name: _restored(value, held.get(name), veil, (name,)) for name, value in given.items()}


def _restored(given: Any, held: Any, veil: Veil, path: tuple[str, ...]) -> Any:
    if held is not None and veil.hides(held, path) and given == veil.value(held, path):
        return held
    match given:
        case Mapping():
            known = held if isinstance(held, Mapping) else {}
            return {
                name: _restored(inner, known.get(name), veil, (*path, name))
                for name, inner in given.items()
            }
        case list() | tuple():
            rows = held if isinstance(held, list | tuple) and len(held) == len(given) else ()
            padded = [*rows, *[None] * (len(given) - len(rows))]
            return [
                _restored(inner, row, veil, path) for inner, row in zip(given, padded, strict=True)
            ]
        case str() if HIDDEN in given or (veil.at(path) is not None and "****" in given):
            message = tell(
                "“{path}”中有隐去的内容，不能保存：请保持原样、去掉这一项，或先查看完整信息再修改。",
                path=".".join(path),
            )
            raise InvalidInput(
                problems=(Problem(element_id=".".join(path), rule="masked", message=message),)
            )
        case _:
            return given
