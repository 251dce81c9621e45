"""What a search asks for: conditions, order and a window, free of any face or table.

The operators and the two ways of paging are those of Camunda 8's Orchestration Cluster
REST API (search requests with ``filter``, ``sort`` and ``page``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

#: The largest page anybody gets, and the page one gets without asking.
LARGEST_PAGE = 1_000
USUAL_PAGE = 100


class Operator(StrEnum):
    EQ = "$eq"
    NEQ = "$neq"
    EXISTS = "$exists"
    GT = "$gt"
    GTE = "$gte"
    LT = "$lt"
    LTE = "$lte"
    IN = "$in"
    NOT_IN = "$notIn"
    LIKE = "$like"


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One test of one field. ``field`` is a name of the search's own list, never a column.

    ``value``: a scalar; for ``IN`` and ``NOT_IN`` a tuple; for ``EXISTS`` a bool; for
    ``LIKE`` a pattern with ``*`` and ``?`` (``\\`` escapes them).
    """

    field: str
    operator: Operator = Operator.EQ
    value: Any


@dataclass(frozen=True, kw_only=True)
class Order:
    field: str
    descending: bool = False


@dataclass(frozen=True, kw_only=True)
class Window:
    """Which part of the result: ``offset``, *or* ``after`` (the ``end_cursor`` of the page before),
    *or* ``before`` (the ``start_cursor`` of the page behind)."""

    limit: int = USUAL_PAGE
    offset: int = 0
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True, kw_only=True)
class Query:
    conditions: tuple[Condition, ...] = ()
    order: tuple[Order, ...] = ()
    window: Window = Window()

    def with_conditions(self, conditions: Sequence[Condition]) -> Query:
        """The same search, narrowed by further conditions."""
        return Query(
            conditions=(*self.conditions, *conditions), order=self.order, window=self.window
        )
