"""Which letter told the applicant that the clock of his case stands still.

Walked back from the node that stopped it, along the tokens' ancestry: a letter of another branch,
of an earlier round, or from before a decision that sent none, is not it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from engine.model.keys import Key

#: Stop → letter. ``back``: stays before the stop; none is followed beyond a letter, a node that
#: itself stops the clock (``%(stopping)s``), or a task with an outcome. ``above``: reached from
#: within, so that what it holds has not all gone before.
STOP_NOTICES: Final = """with recursive back as (
      select s.key as stop_key, v.key, v.parents, v.scope_key,
        false as over, true as above, null::bigint as letter_key
      from clock_stop s join visit v on v.instance_key = s.instance_key
        and v.entered_at = s.stopped_at and v.element_id = any(%(stopping)s::text[])
      where s.instance_key = %(instance)s and not s.manual
      union
      select b.stop_key, v.key, v.parents, v.scope_key,
        l.key is not null or v.element_id = any(%(stopping)s::text[]) or exists (
          select from user_task t where t.instance_key = %(instance)s and t.key = v.key
          and t.outcome is not null),
        v.above, l.key
      from back b cross join lateral (
        select p.key, p.parents, p.scope_key, p.element_id, false as above
        from visit p where p.instance_key = %(instance)s and p.key = any(b.parents)
        union all
        select p.key, p.parents, p.scope_key, p.element_id, true
        from visit p where p.instance_key = %(instance)s and b.parents = '{}'
          and p.key = b.scope_key
        union all
        select p.key, p.parents, p.scope_key, p.element_id, false
        from visit p where p.instance_key = %(instance)s and not b.above
          and p.scope_key = b.key) v
      left join lateral (select key from letter
        where instance_key = %(instance)s and element_key = v.key and not v.above
        order by key desc limit 1) l on true
      where not b.over)
    select stop_key, max(letter_key) as letter_key from back
    where letter_key is not null group by stop_key
    union all
    select s.key, l.key from clock_stop s join letter l on l.instance_key = s.instance_key
      and l.document_key = s.document
    where s.instance_key = %(instance)s and s.document is not null"""


def notices_record(text: str | None) -> Mapping[Key, Key]:
    """What ``STOP_NOTICES`` gives as one JSON object."""
    found: dict[str, Any] = orjson.loads(text) if text else {}
    return {Key(int(stop)): Key(int(letter)) for stop, letter in found.items()}
