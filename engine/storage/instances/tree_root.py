"""Where cases belong that no person starts."""

from __future__ import annotations

from engine.storage.database import UnitOfWork


def root_unit(work: UnitOfWork) -> str | None:
    """The unit at the top of the tree; None where there are no units yet."""
    row = work.hot("select key from unit where parent is null order by position limit 1").fetchone()
    return str(row[0]) if row else None
