"""Variables of cases, searched."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine.model import codec
from engine.model.keys import Key
from engine.model.page import Page
from engine.model.records import Variable
from engine.model.search import Order, Query
from engine.storage.database import UnitOfWork
from engine.storage.search import Search
from engine.storage.tables.execution import VARIABLE
from engine.storage.worklists.tasks import Viewer

_V = VARIABLE.c

#: A variable has no key of its own: its key is a number made of its scope and name.
_KEY = sa.func.abs(
    sa.func.hashtextextended(sa.cast(_V.scope_key, sa.Text) + ":" + _V.name, 0).op("/")(2)
)
_VALUE = sa.cast(_V.value, sa.Text)
_VARIABLES = sa.select(
    sa.type_coerce(_KEY, sa.BigInteger).label("key"),
    _V.instance_key,
    _V.scope_key,
    _V.name,
    _VALUE.label("value"),
)


def search_variables(work: UnitOfWork, query: Query, *, seen_by: Viewer | None) -> Page[Variable]:
    """``seen_by`` None sees those of all cases, anybody else those of cases he handles.

    The field ``value`` is compared as JSON text, as Camunda does.
    """
    select = _VARIABLES if seen_by is None else _VARIABLES.where(seen_by.handles(_V.instance_key))
    return _SEARCH.page(work, select, query, _variable)


def _variable(row: Any) -> Variable:
    return Variable(
        key=Key(row.key),
        name=row.name,
        value=codec.decode(row.value),
        scope_key=row.scope_key,
        instance_key=row.instance_key,
    )


_SEARCH = Search(
    fields={
        "variableKey": sa.type_coerce(_KEY, sa.BigInteger),
        "name": _V.name,
        "value": _VALUE,
        "scopeKey": _V.scope_key,
        "processInstanceKey": _V.instance_key,
    },
    key=sa.type_coerce(_KEY, sa.BigInteger),
    special={},
    usual_order=(Order(field="name"),),
)
