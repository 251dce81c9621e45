"""Changes written by hand, for the tests of storage alone."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from engine.model import chain, journal
from engine.model.actor import SYSTEM, Actor
from engine.model.execution import Head, Locked
from engine.model.keys import Key, part
from engine.model.step import Scope, VariableChange
from engine.storage.commands.changes import Changes, NewInstance, NewTask, NewVisit
from engine.storage.commands.locking import lock
from engine.storage.commands.writing import write
from engine.storage.database import Database, UnitOfWork, next_key

NOW = datetime(2025, 3, 3, 1, 0, tzinfo=UTC)


def new_task(key: Key, scope: Key, **values: Any) -> NewTask:
    defaults: dict[str, Any] = {
        "key": key,
        "scope_key": scope,
        "process_id": "grant",
        "element_id": "review",
        "name": "形式审查",
        "assignee": None,
        "lane_kind": "role",
        "groups": (("clerk", "weifang"),),
        "users": ("lisi",),
        "separation": None,
        "form_id": None,
        "form_key": None,
        "priority": 50,
        "due_at": None,
        "due_pending": False,
        "follow_up_at": None,
        "headers": {},
        "properties": {"banshi:deadline": "5"},
    }
    return NewTask(**{**defaults, **values})


def new_visit(key: Key, scope: Key, **values: Any) -> NewVisit:
    defaults: dict[str, Any] = {
        "key": key,
        "scope_key": scope,
        "element_id": "review",
        "element_type": "userTask",
        "flow_id": None,
        "parents": (),
    }
    return NewVisit(**{**defaults, **values})


def opening(key: Key, **values: Any) -> Changes:
    """A new instance with a root scope, one open task (part 1) and a variable."""
    changes = Changes(
        instance_key=key,
        now=NOW,
        head=None,
        opens=NewInstance(
            definition_key=Key(0),
            bundle_key=Key(0),
            process_id="grant",
            number="",
            title="公益创投申请",
            search="公益创投申请",
            applicant_key=Key(7),
            applicant="zhangsan",
            applicant_name="张三",
            unit="weifang",
        ),
        counter=1,
        scopes=(
            Scope(key=key, parent_key=None, process_id="grant", element_id=None, snapshot=b"\x00s"),
        ),
        variables=(VariableChange(scope_key=key, name="金额", value=Decimal("100000.10")),),
        visits=[new_visit(part(key, 1), key)],
        tasks=[new_task(part(key, 1), key)],
    )
    for name, value in values.items():
        setattr(changes, name, value)
    linked(changes, None, "start")
    return changes


def linked(changes: Changes, head: Head | None, kind: str) -> None:
    changes.link = journal.link(
        head.journal_digest if head else chain.START,
        number=head.journal_number + 1 if head else 1,
        at=changes.now,
        actor_key=0,
        kind=kind,
        facts={"n": 1},
        said=changes.said,
    )


def on(locked: Locked, **values: Any) -> Changes:
    """A command on a locked instance."""
    changes = Changes(
        instance_key=locked.head.key, now=NOW, head=locked.head, counter=locked.head.counter
    )
    for name, value in values.items():
        setattr(changes, name, value)
    linked(changes, locked.head, "test")
    return changes


def open_instance(database: Database, **values: Any) -> Key:
    with database.unit_of_work() as work:
        key = next_key(work)
        assert write(work, opening(key, **values))
        work.commit()
    return key


def locked_on(
    work: UnitOfWork, instance: Key, element: Key, *, actor: Actor = SYSTEM, **flags: bool
) -> Locked:
    return lock(
        work,
        instance_key=instance,
        element_key=element,
        actor=actor,
        now=NOW,
        **{"task": True, **flags},
    )


def count(database: Database, query: str) -> int:
    with database.unit_of_work() as work:
        row = work.hot(query).fetchone()
    return int(row[0])
