"""Where somebody stands in open tasks: what has to be handed over when he leaves."""

from __future__ import annotations

from typing import Final

from engine.model.keys import Key
from engine.model.leavers import Place
from engine.storage.database import UnitOfWork

#: Each part is a look-up by index.
_PLACES: Final = """select instance_key, key as task_key, 'holds' as what from user_task
      where state = 'CREATED' and assignee = %(username)s
    union all select instance_key, task_key, 'holds' from seat
      where state = 'OPEN' and holder = %(username)s
    union all select instance_key, task_key, 'waits' from seat
      where state = 'WAITING' and holder = %(username)s
    union all select instance_key, task_key, 'lent' from seat
      where state in ('WAITING', 'OPEN') and stack <> '{}' and stack @> array[%(username)s]
    union all select instance_key, task_key, 'added' from seat
      where state in ('WAITING', 'OPEN') and added_by = %(username)s
    union all select instance_key, task_key, 'candidate' from candidate_user
      where username = %(username)s"""


def places_of(work: UnitOfWork, username: str, *, limit: int) -> tuple[Place, ...]:
    """The open tasks in which he stands, the oldest first."""
    rows = work.hot(
        f"""select p.task_key, i.process_id, array_agg(distinct p.what) from ({_PLACES}) p
            join instance i on i.key = p.instance_key
            group by p.task_key, i.process_id order by p.task_key limit %(limit)s""",
        {"username": username, "limit": limit},
    )
    return tuple(
        Place(task_key=Key(key), process_id=process_id, **dict.fromkeys(what, True))
        for key, process_id, what in rows
    )


def count(work: UnitOfWork, username: str) -> int:
    """How many open tasks he stands in."""
    row = work.hot(
        f"select count(distinct task_key) from ({_PLACES}) p", {"username": username}
    ).fetchone()
    return int(row[0])
