"""Switches of the whole installation, and what of a case's past speaks against automatic acts."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from engine.model.deduplication import BREAKS
from engine.model.keys import Key, instance_of
from engine.storage.database import UnitOfWork
from engine.storage.tables import settings as _settings  # noqa: F401 - the table itself

_BROKEN: Final = """select exists (select from journal j where j.instance_key = %(instance)s
      and (j.kind = any(%(breaks)s) or j.facts::json ->> 'outcome' = 'return'
        or j.facts::json ->> 'on_behalf_of' is not null)),
    exists (select from visit v where v.instance_key = %(instance)s and v.key <> %(task)s
      and v.element_id = %(element)s)"""


def is_on(work: UnitOfWork, name: str) -> bool:
    """Whether it is switched on; what nobody has switched is off."""
    row = work.hot('select "on" from switch where name = %s', [name]).fetchone()
    return bool(row and row[0])


def switch(work: UnitOfWork, name: str, *, on: bool, by: str, now: datetime) -> None:
    work.hot(
        """insert into switch (name, "on", changed_by, changed_at) values (%s, %s, %s, %s)
           on conflict (name) do update set "on" = excluded."on",
           changed_by = excluded.changed_by, changed_at = excluded.changed_at""",
        [name, on, by, now],
    )


def broken(work: UnitOfWork, task: Key, element_id: str) -> tuple[bool, bool]:
    """Whether the case's past holds anything after which nothing is taken as given, and whether
    the task's node was visited before."""
    instance = instance_of(task)
    row = work.hot(
        _BROKEN,
        {"instance": instance, "breaks": list(BREAKS), "task": task, "element": element_id},
    ).fetchone()
    return bool(row[0]), bool(row[1])
