"""Further parts of a locked instance that a step asks for (``NeedMore``), and what it is pinned to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from engine.model import codec
from engine.model.keys import Key
from engine.model.step import NeedMore, Scope, State, VisitRow
from engine.storage.database import UnitOfWork

_SCOPES = """select key, parent_key, process_id, element_id, snapshot from scope
    where instance_key = %(instance)s::bigint
    and (key = any(%(keys)s::bigint[]) or parent_key = any(%(parents)s::bigint[]))
    order by key"""
_VARIABLES = """select json_agg(json_build_array(scope_key, name, value))::text from variable
    where instance_key = %(instance)s::bigint and scope_key = any(%(keys)s::bigint[])"""
_VISITS = """select key, scope_key, element_id, parents, state from visit
    where instance_key = %(instance)s::bigint and scope_key = any(%(scopes)s::bigint[])
    and key >= %(since)s::bigint order by key"""
_PARENT_VISITS = """select key, scope_key, element_id, parents, state from visit
    where instance_key = %(instance)s::bigint and key = any(%(keys)s::bigint[])"""


def load_more(work: UnitOfWork, state: State, need: NeedMore) -> State:
    """The state with what was missing added; the instance is locked by the caller."""
    scopes = {scope.key: scope for scope in state.scopes}
    variables = dict(state.variables)
    wanted = need.scopes | need.scopes_below
    if wanted:
        found = _scopes(work, state.instance_key, need.scopes, need.scopes_below)
        scopes |= {scope.key: scope for scope in found}
        asked = {*need.scopes, *(scope.key for scope in found)} - variables.keys()
        variables |= load_variables(work, state.instance_key, asked)
    visits = {visit.key: visit for visit in state.visits}
    if need.visits_of:
        since = need.visits_since or Key(0)
        visits |= {v.key: v for v in _visits(work, state.instance_key, need.visits_of, since)}
    if need.visits:
        rows = work.hot(
            _PARENT_VISITS, {"instance": state.instance_key, "keys": list(need.visits)}
        ).fetchall()
        visits |= {v.key: v for v in _visit_rows(rows)}
    return replace(
        state,
        scopes=tuple(scopes.values()),
        variables=variables,
        visits=tuple(visits[key] for key in sorted(visits)),
        visits_of=state.visits_of | need.visits_of,
    )


def load_variables(
    work: UnitOfWork, instance_key: Key, scopes: Collection[Key]
) -> dict[Key, dict[str, Any]]:
    """Variables by scope; a scope without any is there with an empty mapping."""
    variables: dict[Key, dict[str, Any]] = {key: {} for key in scopes}
    if not scopes:
        return variables
    row = work.hot(_VARIABLES, {"instance": instance_key, "keys": list(scopes)}).fetchone()
    for scope_key, name, value in codec.decode(row[0]) if row and row[0] else ():
        variables[Key(int(scope_key))][name] = value
    return variables


def _scopes(
    work: UnitOfWork, instance_key: Key, keys: Collection[Key], parents: Collection[Key]
) -> list[Scope]:
    rows = work.hot(
        _SCOPES, {"instance": instance_key, "keys": list(keys), "parents": list(parents)}
    )
    return [
        Scope(
            key=key,
            parent_key=parent_key,
            process_id=process_id,
            element_id=element_id,
            snapshot=bytes(snapshot),
        )
        for key, parent_key, process_id, element_id, snapshot in rows
    ]


def _visits(
    work: UnitOfWork, instance_key: Key, scopes: Collection[Key], since: Key
) -> list[VisitRow]:
    rows = work.hot(
        _VISITS, {"instance": instance_key, "scopes": list(scopes), "since": since}
    ).fetchall()
    found = {row[0] for row in rows}
    missing = {parent for row in rows for parent in row[3]} - found if since else set()
    if missing:
        rows += work.hot(
            _PARENT_VISITS, {"instance": instance_key, "keys": list(missing)}
        ).fetchall()
    return _visit_rows(rows)


def _visit_rows(rows: Iterable[Any]) -> list[VisitRow]:
    return [
        VisitRow(key=key, scope_key=scope, element_id=element, parents=tuple(parents), state=state)
        for key, scope, element, parents, state in rows
    ]
