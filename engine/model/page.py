"""One page of what a search found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """A page of a search. ``total`` is exact up to ``total_capped`` and then cut (“99+”)."""

    items: tuple[T, ...]
    total: int
    total_capped: bool = False
    end_cursor: str | None = None
    start_cursor: str | None = None
