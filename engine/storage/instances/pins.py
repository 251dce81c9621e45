"""What an instance is pinned to: the versions that are the latest when it starts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from engine.model import keys
from engine.model.definitions import FormDefinition
from engine.model.keys import Key
from engine.storage.database import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Pin:
    """One version of a process, decision or form, and the resource that it stands in."""

    key: Key
    id: str
    name: str
    resource_key: Key


@dataclass(frozen=True, kw_only=True)
class PinnedProcess:
    """A deployed process as the core needs it."""

    key: Key
    process_id: str
    name: str
    version: int
    resource_key: Key
    start_form: str | None
    starters: tuple[str, ...]
    properties: Mapping[str, str]
    latest: bool


_PROCESS = """select key, process_id, name, version, resource_key, start_form, starters,
    properties::text, latest from process_definition"""
_LATEST = {
    "process": """select key, process_id, name, resource_key from process_definition
        where latest and process_id = any(%(ids)s::text[])""",
    "decision": """select key, decision_id, name, resource_key from decision_definition
        where latest and decision_id = any(%(ids)s::text[])""",
    "form": """select key, form_id, name, resource_key from form_definition
        where latest and form_id = any(%(ids)s::text[])""",
}
_BY_KEY = {
    "process": """select key, process_id, name, resource_key from process_definition
        where key = any(%(keys)s::bigint[])""",
    "decision": """select key, decision_id, name, resource_key from decision_definition
        where key = any(%(keys)s::bigint[])""",
    "form": """select key, form_id, name, resource_key from form_definition
        where key = any(%(keys)s::bigint[])""",
}

_TABLES = (
    ("process", "process_definition", "process_id"),
    ("decision", "decision_definition", "decision_id"),
    ("form", "form_definition", "form_id"),
)
_DEPLOYED_WITH = {
    kind: f"""select distinct on (d.{column}) d.key, d.{column}, d.name, d.resource_key
        from {table} d join resource r on r.key = d.resource_key
        join resource asking on asking.key = %(resource)s::bigint
        where d.{column} = any(%(ids)s::text[]) and r.deployment_key <= asking.deployment_key
        order by d.{column}, d.version desc"""
    for kind, table, column in _TABLES
}
_TAGGED = {
    kind: f"""select key, {column}, name, resource_key from {table}
        where {column} = %(id)s and version_tag = %(tag)s order by version desc limit 1"""
    for kind, table, column in _TABLES
}


def count_deployments(work: UnitOfWork) -> int:
    """Grows with every deployment: what was resolved before may have a newer version since."""
    row = work.hot("select count(*) from deployment").fetchone()
    return int(row[0]) if row else 0


def latest_process(work: UnitOfWork, process_id: str) -> PinnedProcess | None:
    row = work.hot(_PROCESS + " where process_id = %s and latest", [process_id]).fetchone()
    return _process(row) if row else None


def process_by_key(work: UnitOfWork, key: Key) -> PinnedProcess | None:
    row = work.hot(_PROCESS + " where key = %s", [key]).fetchone()
    return _process(row) if row else None


def latest(work: UnitOfWork, kind: str, ids: Collection[str]) -> dict[str, Pin]:
    """The latest versions of these, by id; what is not deployed is missing."""
    if not ids:
        return {}
    rows = work.hot(_LATEST[kind], {"ids": sorted(ids)})
    return {row[1]: _pin(row) for row in rows}


def deployed_with(
    work: UnitOfWork, kind: str, ids: Collection[str], *, resource_key: Key
) -> dict[str, Pin]:
    """The versions of these that came with the deployment of a resource, or were the latest then."""
    if not ids:
        return {}
    rows = work.hot(_DEPLOYED_WITH[kind], {"ids": sorted(ids), "resource": resource_key})
    return {row[1]: _pin(row) for row in rows}


def tagged(work: UnitOfWork, kind: str, identity: str, tag: str) -> Pin | None:
    """The newest version of an id with this tag."""
    row = work.hot(_TAGGED[kind], {"id": identity, "tag": tag}).fetchone()
    return _pin(row) if row else None


def by_keys(work: UnitOfWork, kind: str, wanted: Collection[Key]) -> dict[Key, Pin]:
    """These very versions."""
    if not wanted:
        return {}
    rows = work.hot(_BY_KEY[kind], {"keys": sorted(wanted)})
    return {Key(row[0]): _pin(row) for row in rows}


def contents(work: UnitOfWork, resources: Collection[Key]) -> dict[Key, bytes]:
    """The files, by the resource's key."""
    rows = work.hot(
        "select key, content from resource where key = any(%s::bigint[])", [sorted(resources)]
    )
    return {key: bytes(content) for key, content in rows}


def form_by_key(work: UnitOfWork, key: Key) -> FormDefinition | None:
    """A deployed form with its schema."""
    row = work.hot(
        """select f.key, f.form_id, f.name, f.version, r.content, r.name
           from form_definition f join resource r on r.key = f.resource_key where f.key = %s""",
        [key],
    ).fetchone()
    if row is None:
        return None
    return FormDefinition(
        key=row[0],
        form_id=row[1],
        name=row[2],
        version=row[3],
        schema=bytes(row[4]).decode(),
        resource=row[5],
    )


def load_bundle(work: UnitOfWork, key: Key) -> Mapping[str, Any] | None:
    row = work.hot("select pins::text from bundle where key = %s", [key]).fetchone()
    pins: Mapping[str, Any] | None = orjson.loads(row[0]) if row else None
    return pins


def keep_bundle(
    work: UnitOfWork, *, definition_key: Key, digest: bytes, pins: Mapping[str, Any]
) -> Key:
    """The key of the bundle with these pins, which is added where it is new."""
    found = work.hot("select key from bundle where digest = %s", [digest]).fetchone()
    if found is None:
        found = work.hot(
            """insert into bundle (key, definition_key, digest, pins)
                values (nextval('banshi_key') * %s, %s, %s, %s::jsonb)
                on conflict (digest) do update set digest = excluded.digest returning key""",
            [keys.SPAN, definition_key, digest, orjson.dumps(pins).decode()],
        ).fetchone()
    if found is None:
        raise AssertionError("insert … returning gave no row")
    return Key(found[0])


def _pin(row: tuple[Any, ...]) -> Pin:
    return Pin(key=row[0], id=row[1], name=row[2], resource_key=row[3])


def _process(row: tuple[Any, ...]) -> PinnedProcess:
    return PinnedProcess(
        key=row[0],
        process_id=row[1],
        name=row[2],
        version=row[3],
        resource_key=row[4],
        start_form=row[5],
        starters=tuple(row[6]),
        properties=orjson.loads(row[7]),
        latest=row[8],
    )
