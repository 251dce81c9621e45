"""Many user tasks as one actor finds them, for pages that list them: what ``locking.look`` reads of
each, without scopes and variables, in one statement for all (and one more for their seats)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, Final

from engine.model.actor import Actor
from engine.model.execution import Locked, OpenTask
from engine.model.keys import Key, instance_of
from engine.storage.commands import locking, others, seats
from engine.storage.database import UnitOfWork

_WANTED: Final = """(select unnest(%(instances)s::bigint[]) as instance,
    unnest(%(elements)s::bigint[]) as element) wanted join """
_SEATS: Final = f"""{seats.READ.partition(" from seat")[0].replace("select ", "select task_key, ", 1)}
    from seat where (instance_key, task_key) in (select unnest(%(instances)s::bigint[]),
    unnest(%(tasks)s::bigint[])) order by task_key, ordinal"""


@cache
def _statement() -> str:
    """The statement of one task, asked of all that are wanted."""
    one = locking.statement(task=True, job=False, person=True, position=False, locking=False)
    columns, _, rest = one.partition(" from instance i ")
    text = f"{columns}, wanted.element from {_WANTED} instance i on i.key = wanted.instance {rest}"
    text = text.replace("%(instance)s::bigint", "wanted.instance")
    return text.replace("%(element)s::bigint", "wanted.element")


def glance(
    work: UnitOfWork, wanted: Sequence[Key], *, actor: Actor, now: datetime
) -> dict[Key, Locked]:
    """By the task's key; what there is not is missing."""
    if not wanted:
        return {}
    rows = work.hot(
        _statement(),
        {
            **locking.parameters_of(work, Key(0), Key(0), actor, now),
            "instances": [instance_of(key) for key in wanted],
            "elements": list(wanted),
        },
    ).fetchall()
    found: dict[Key, Locked] = {}
    for row in rows:
        locked = locking.read(row, row[-1], actor, task=True, job=False, position=False)
        if locked.task is not None:
            found[locked.task.key] = locking.among(locked, others.read(row[-3:-1]))
    return _seated(work, found)


def _seated(work: UnitOfWork, found: dict[Key, Locked]) -> dict[Key, Locked]:
    seated: dict[Key, OpenTask] = {
        key: locked.task for key, locked in found.items() if locked.task and locked.task.seated
    }
    if not seated:
        return found
    by_task: dict[Key, list[Any]] = defaultdict(list)
    tasks = list(seated)
    parameters = {"instances": [instance_of(key) for key in tasks], "tasks": tasks}
    for task_key, *row in work.hot(_SEATS, parameters):
        by_task[task_key].append(seats.seat_of(tuple(row)))
    filled = {
        key: replace(found[key], task=replace(task, seats=tuple(by_task[key])))
        for key, task in seated.items()
    }
    return found | filled
