"""Where the families of built-in functions put what they define."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from engine.feel.functions import Builtin, Signature, parameters_of
from engine.feel.values import Value

Body = TypeVar("Body", bound=Callable[..., Value])

DEFINED: Final[dict[str, list[Signature]]] = {}


def builtin(name: str, *parameters: str) -> Callable[[Body], Body]:
    """Define the function below under a FEEL name, with one signature per parameter text.

    The function takes the run and the converted arguments.
    """

    def define(body: Body) -> Body:
        for text in parameters:
            read, variadic = parameters_of(text)
            DEFINED.setdefault(name, []).append(Signature(read, variadic, body))
        return body

    return define


def defined() -> dict[str, Builtin]:
    """All functions defined so far."""
    return {name: Builtin(name, tuple(signatures)) for name, signatures in DEFINED.items()}
