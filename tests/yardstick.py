"""How long something takes, as a multiple of a piece of plain work on the same machine.

So a limit holds on a slow or busy machine as on a fast one.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any

#: How often an act is tried that takes too long at first: a busy machine has better moments.
_ATTEMPTS = 12


def within(limit: float, act: Callable[[], Any], *, times: int = 3) -> bool:
    """Whether the act's processor time is less than so many yardsticks (about 35 ms each on a
    common server): the best of ``times`` attempts of either, which take turns, or of a few more
    where that is not enough."""
    plain = took = float("inf")
    for attempt in range(_ATTEMPTS):
        plain, took = min(plain, _seconds(_plain)), min(took, _seconds(act))
        if attempt + 1 >= times and took < limit * plain:
            return True
    return False


def _plain() -> int:
    return sum(n * n for n in range(1_000_000))


def _seconds(act: Callable[[], Any]) -> float:
    """Without the collector, as ``timeit`` does: what other tests have left is no cost of this."""
    gc.disable()
    try:
        begun = time.process_time()
        act()
        return time.process_time() - begun
    finally:
        gc.enable()
