"""How long something takes, as a multiple of a piece of plain work on the same machine.

So a limit holds on a slow or busy machine as on a fast one.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any


def measured(act: Callable[[], Any], *, times: int = 3) -> float:
    """The act's processor time in yardsticks (about 35 ms each on a common server): the best of
    so many attempts of either, which take turns."""
    pairs = [(_seconds(_plain), _seconds(act)) for _ in range(times)]
    return min(took for _, took in pairs) / min(plain for plain, _ in pairs)


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
