"""The built-in functions (DMN 1.5, 10.3.4), a module for each family."""

from typing import Final

from engine.feel.builtins import (
    contexts,
    conversion,
    dates,
    intervals,
    lists,
    numeric,
    statistics,
    strings,
)
from engine.feel.builtins.registry import defined
from engine.feel.functions import Registry

FAMILIES: Final = (
    contexts,
    conversion,
    dates,
    intervals,
    lists,
    numeric,
    statistics,
    strings,
)

#: What every expression can call.
STANDARD: Final = Registry(dict(defined()))

__all__ = ["FAMILIES", "STANDARD"]
