"""Searches with conditions, order and pages over any select, for the lists that faces show.

A page is found by offset, or by the cursor that the page before ended with: the values of its
last row in the order asked for (keyset), so that a deep page costs what the first one costs.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from engine.model.errors import InvalidInput
from engine.model.page import Page
from engine.model.problems import Problem
from engine.model.search import LARGEST_PAGE, Condition, Operator, Order, Query
from engine.storage.database import UnitOfWork
from engine.text import tell

T = TypeVar("T")

#: Totals are exact up to here and then said to be more.
TOTAL_CAP = 10_000

_COMPARISONS: Mapping[Operator, Callable[[Any, Any], Any]] = {
    Operator.EQ: lambda column, value: column.is_not_distinct_from(value),
    Operator.NEQ: lambda column, value: column.is_distinct_from(value),
    Operator.GT: lambda column, value: column > value,
    Operator.GTE: lambda column, value: column >= value,
    Operator.LT: lambda column, value: column < value,
    Operator.LTE: lambda column, value: column <= value,
    Operator.EXISTS: lambda column, value: column.is_not(None) if value else column.is_(None),
    Operator.IN: lambda column, value: column.in_(list(value)),
    Operator.NOT_IN: lambda column, value: sa.or_(column.is_(None), column.not_in(list(value))),
    Operator.LIKE: lambda column, value: column.like(like_pattern(value), escape="\\"),
}


@dataclass(frozen=True, kw_only=True)
class Search:
    """What can be searched: ``fields`` by the names that faces use, ``key`` breaks ties.

    ``special``: conditions that are no comparison of one column (e.g. a candidate group).
    """

    fields: Mapping[str, sa.ColumnElement[Any]]
    key: sa.ColumnElement[Any]
    special: Mapping[str, Callable[[Condition], sa.ColumnElement[bool]]]
    usual_order: tuple[Order, ...] = ()

    def page(
        self,
        work: UnitOfWork,
        select: sa.Select[Any],
        query: Query,
        build: Callable[[Any], T],
    ) -> Page[T]:
        """One page of ``select`` narrowed, ordered and cut as ``query`` says."""
        narrowed = self.narrowed(select, query.conditions)
        total = _capped_count(work, narrowed)
        ordering = self._ordering(query.order or self.usual_order)
        limit = min(query.window.limit, LARGEST_PAGE)
        if limit <= 0:
            return Page(items=(), total=min(total, TOTAL_CAP), total_capped=total > TOTAL_CAP)
        rows = work.connection.execute(
            self._cut(narrowed, query, ordering)
            .limit(limit)
            .add_columns(*(column.label(f"order_{n}") for n, (column, _) in enumerate(ordering)))
        ).all()
        if query.window.before is not None:
            rows = rows[::-1]
        return Page(
            items=tuple(build(row) for row in rows),
            total=min(total, TOTAL_CAP),
            total_capped=total > TOTAL_CAP,
            end_cursor=_cursor(rows[-1], len(ordering)) if rows else None,
            start_cursor=_cursor(rows[0], len(ordering)) if rows else None,
        )

    def narrowed(self, select: sa.Select[Any], conditions: Sequence[Condition]) -> sa.Select[Any]:
        """The select with these conditions."""
        return select.where(*(self._condition(c) for c in conditions))

    def _condition(self, condition: Condition) -> sa.ColumnElement[bool]:
        if condition.field in self.special:
            return self.special[condition.field](condition)
        column = self._column(condition.field)
        return compare(column, condition)

    def _column(self, name: str) -> sa.ColumnElement[Any]:
        try:
            return self.fields[name]
        except KeyError:
            raise _fault(
                name, "unknown-field", tell("不能按“{name}”查询或排序。", name=name)
            ) from None

    def _ordering(self, order: Sequence[Order]) -> list[tuple[sa.ColumnElement[Any], bool]]:
        columns = [(self._column(o.field), o.descending) for o in order]
        last = order[-1].descending if order else False
        return [*columns, (self.key, last)]

    def _cut(
        self,
        select: sa.Select[Any],
        query: Query,
        ordering: Sequence[tuple[sa.ColumnElement[Any], bool]],
    ) -> sa.Select[Any]:
        if query.window.before is not None:
            backwards = select.order_by(
                *((c.asc() if descending else c.desc()).nulls_first() for c, descending in ordering)
            )
            values = _read_cursor("page.before", query.window.before, ordering)
            return backwards.where(_before(ordering, values))
        ordered = select.order_by(
            *((c.desc() if descending else c.asc()).nulls_last() for c, descending in ordering)
        )
        if query.window.after is None:
            return ordered.offset(query.window.offset)
        values = _read_cursor("page.after", query.window.after, ordering)
        return ordered.where(_after(ordering, values))


def compare(column: sa.ColumnElement[Any], condition: Condition) -> sa.ColumnElement[bool]:
    """``column <operator> value``; any 64-bit number may be compared with a narrower column."""
    if isinstance(column.type, sa.Integer):
        column = sa.type_coerce(column, sa.BigInteger)
    result: sa.ColumnElement[bool] = _COMPARISONS[condition.operator](column, condition.value)
    return result


def like_pattern(text: str) -> str:
    r"""The SQL pattern for Camunda's (``*`` any, ``?`` one, ``\`` before either means itself)."""
    out: list[str] = []
    letters = iter(text)
    for letter in letters:
        literal = letter
        if letter == "\\":
            literal = next(letters, "\\")
        elif letter in "*?":
            out.append("%" if letter == "*" else "_")
            continue
        out.append(f"\\{literal}" if literal in "%_\\" else literal)
    return "".join(out)


def _after(
    ordering: Sequence[tuple[sa.ColumnElement[Any], bool]], values: Sequence[Any]
) -> sa.ColumnElement[bool]:
    """Rows behind the one with these values; nulls stand last either way."""
    alternatives: list[sa.ColumnElement[bool]] = []
    equal: list[sa.ColumnElement[bool]] = []
    for (column, descending), value in zip(ordering, values, strict=True):
        if value is not None:
            beyond = column < value if descending else column > value
            alternatives.append(sa.and_(*equal, sa.or_(beyond, column.is_(None))))
        equal.append(column.is_not_distinct_from(value))
    return sa.or_(sa.false(), *alternatives)


def _before(
    ordering: Sequence[tuple[sa.ColumnElement[Any], bool]], values: Sequence[Any]
) -> sa.ColumnElement[bool]:
    """Rows in front of the one with these values; nulls stand last either way."""
    alternatives: list[sa.ColumnElement[bool]] = []
    equal: list[sa.ColumnElement[bool]] = []
    for (column, descending), value in zip(ordering, values, strict=True):
        if value is None:
            ahead = column.is_not(None)
        else:
            ahead = column > value if descending else column < value
        alternatives.append(sa.and_(*equal, ahead))
        equal.append(column.is_not_distinct_from(value))
    return sa.or_(sa.false(), *alternatives)


def _capped_count(work: UnitOfWork, select: sa.Select[Any]) -> int:
    some = select.with_only_columns(sa.literal(1)).order_by(None).limit(TOTAL_CAP + 1).subquery()
    return work.connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()


def _cursor(row: Any, count: int) -> str:
    values = [getattr(row, f"order_{n}") for n in range(count)]
    text = json.dumps([v.isoformat() if isinstance(v, datetime) else v for v in values])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(
    field: str, text: str, ordering: Sequence[tuple[sa.ColumnElement[Any], bool]]
) -> list[Any]:
    columns = [column for column, _ in ordering]
    try:
        padded = text + "=" * (-len(text) % 4)
        values = list(json.loads(base64.b64decode(padded, altchars=b"-_", validate=True)))
        return [_typed(v, c.type.python_type) for v, c in zip(values, columns, strict=True)]
    except (ValueError, TypeError, RecursionError, binascii.Error):
        raise _fault(
            field, "cursor", tell("{field} 不是本查询给出的游标，请从第一页重新查询。", field=field)
        ) from None


def _typed(value: Any, kind: type[Any]) -> Any:
    if value is None:
        return None
    if kind is datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError(value)
        return moment
    if type(value) is not kind or (kind is int and abs(value) >= 1 << 63):
        raise TypeError(value)
    if kind is str and "\x00" in value:
        raise ValueError(value)
    return value


def _fault(field: str, rule: str, message: str) -> InvalidInput:
    return InvalidInput(problems=(Problem(element_id=field, rule=rule, message=message),))
