"""Where the journal says that a case stands, and whether the tables agree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from engine.model.keys import Key
from engine.storage.database import Database, UnitOfWork


def position(facts: Iterable[dict[str, Any]], root: str) -> dict[str, str]:
    """Open visits (key → element), read off the journal from its beginning.

    An entry opens ``[key, element, scope]`` (no scope: the case itself), closes keys, terminates
    scopes with all that lies within, and (a migration) renames elements.
    """
    standing: dict[str, tuple[str, str]] = {}
    for entry in facts:
        doomed = set(entry.get("terminated", []))
        grown = True
        while grown and doomed:
            within = {key for key, (_, scope) in standing.items() if scope in doomed} - doomed
            doomed |= within
            grown = bool(within)
        gone = {key for key, (_, scope) in standing.items() if scope in doomed}
        gone |= set(entry.get("closed", []))
        standing = {key: value for key, value in standing.items() if key not in gone}
        for key, element, *scope in entry.get("opened", []):
            standing[key] = (element, scope[0] if scope else root)
        for key, element in entry.get("renamed", {}).items():
            if key in standing:
                standing[key] = (element, standing[key][1])
    return {key: element for key, (element, _) in standing.items()}


def require_consistent(database: Database, case: Key) -> None:
    """What must hold of a case after every command, whatever it was."""
    with database.unit_of_work() as work:
        facts = [orjson.loads(row[0]) for row in _all(work, "select facts from journal", case)]
        active = {row[0]: row[1] for row in _all(work, _ACTIVE, case)}
        kinds = {row[0]: row[2] for row in _all(work, _ACTIVE, case)}
        scopes = {row[0] for row in _all(work, "select key::text from scope", case, order="key")}
        tasks = {row[0] for row in _all(work, _TASKS, case)}
        jobs = {row[0] for row in _all(work, _JOBS, case)}
        waits = {
            row[0] for row in _all(work, "select element_key::text from timer", case, order="key")
        }
        waits |= {
            row[0]
            for row in _all(work, "select element_key::text from subscription", case, order="key")
        }
        candidates = {
            row[0]
            for row in _all(work, "select task_key::text from task_candidate", case, order="role")
        }
        troubled = {row[0] for row in _all(work, _INCIDENTS, case)}
        head = work.hot(
            "select journal_number, revision, state from instance where key = %s", [case]
        ).fetchone()
    assert active == position(facts, str(case)), "the ledger is where the journal says"
    assert head[:2] == (len(facts), len(facts)), "one entry per command"
    assert tasks <= active.keys(), "a task without a token"
    assert {key for key, kind in kinds.items() if kind == "userTask"} - scopes <= tasks, (
        "a token without its task"
    )
    assert jobs <= active.keys()
    assert troubled <= active.keys()
    assert candidates <= tasks
    assert waits <= active.keys() | scopes
    if head[2] in {"COMPLETED", "TERMINATED"}:
        left = active.keys() | scopes | tasks | jobs | waits | troubled
        assert not left, "an ended case leaves nothing open"
    else:
        assert str(case) in scopes, "a running case has its position"


_ACTIVE = "select key::text, element_id, element_type from visit where state = 'ACTIVE'"
_TASKS = "select key::text from user_task where state = 'CREATED'"
_JOBS = "select key::text from job where state in ('CREATED', 'ACTIVATED', 'FAILED')"
_INCIDENTS = "select element_key::text from incident where state = 'ACTIVE'"


def _all(work: UnitOfWork, query: str, case: Key, *, order: str = "1") -> list[Any]:
    joined = "and" if " where " in query else "where"
    if query.endswith("journal"):
        order = "number"
    return list(work.hot(f"{query} {joined} instance_key = %s order by {order}", [case]).fetchall())
