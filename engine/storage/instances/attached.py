"""What goes with a case: its letters, its copies and the stops of its clock, in one statement."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Final

import orjson

from engine.model.clock import ClockStop
from engine.model.copies import CarbonCopy
from engine.model.keys import Key
from engine.model.letters import Letter
from engine.storage.clock.clocks import HOLDS, STOPS, stop_record
from engine.storage.clock.stop_notices import STOP_NOTICES, notices_record
from engine.storage.database import UnitOfWork
from engine.storage.instances.copies import copy_record
from engine.storage.papers.letters import letter_record

_LETTERS: Final = """select l.key, l.instance_key, l.element_id, l.template_id, l.template_name,
    l.symbol, l.title, l.outcome, l.unit, l.addressee_mask, l.code, l.state, l.issued_at,
    l.document_key, l.sha256, l.attempts, l.last_error, l.revoked_at, l.revoked_because,
    coalesce(i.number, '') as case_number
    from letter l left join instance i on i.key = l.instance_key
    where l.instance_key = %(instance)s order by l.key"""
_COPIES: Final = """select c.key as copy_key, c.instance_key as copy_instance_key,
    c.username as copy_username, c.copied_by, c.element_id as copy_element_id,
    c.note as copy_note, c.created_at as copied_at, c.read_at,
    coalesce(r.name, c.username) as reader_name, coalesce(s.name, c.copied_by) as sender_name
    from carbon_copy c left join person r on r.username = c.username
    left join person s on s.username = c.copied_by
    where c.instance_key = %(instance)s order by c.created_at, c.key"""
_ATTACHED: Final = f"""select (select json_agg(l) from ({_LETTERS}) l)::text,
    (select json_agg(c) from ({_COPIES}) c)::text,
    (select json_agg(s) from ({STOPS}) s)::text, ({HOLDS}),
    (select json_object_agg(n.stop_key, n.letter_key) from ({STOP_NOTICES}) n)::text"""

_TIMES: Final = frozenset(
    {"issued_at", "revoked_at", "copied_at", "read_at", "stopped_at", "resumed_at"}
)


@dataclass(frozen=True, kw_only=True)
class Attached:
    """Each in the order in which it came about. ``notices``: stop → the letter that told of it.
    ``holds``: the person has an open task of the case, or a seat of one, that is not an
    applicant's."""

    letters: tuple[Letter, ...] = ()
    copies: tuple[CarbonCopy, ...] = ()
    stops: tuple[ClockStop, ...] = ()
    holds: bool = False
    notices: Mapping[Key, Key] = field(default_factory=dict)


def attached(
    work: UnitOfWork, instance_key: Key, *, username: str, stopping: Collection[str] = ()
) -> Attached:
    """What goes with the case, for a page that this person looks at. ``stopping``: the nodes at
    which its diagram stops the clock."""
    values = {"instance": instance_key, "username": username, "stopping": sorted(stopping)}
    row = work.hot(_ATTACHED, values).fetchone()
    return Attached(
        letters=tuple(letter_record(each, each.case_number) for each in _rows(row[0], _TIMES)),
        copies=tuple(copy_record(each) for each in _rows(row[1], _TIMES)),
        stops=tuple(stop_record(tuple(vars(each).values())) for each in _rows(row[2], _TIMES)),
        holds=bool(row[3]),
        notices=notices_record(row[4]),
    )


def _rows(text: str | None, times: Collection[str]) -> tuple[SimpleNamespace, ...]:
    listed: list[dict[str, Any]] = orjson.loads(text) if text else []
    return tuple(
        SimpleNamespace(
            **{
                name: datetime.fromisoformat(value) if name in times and value else value
                for name, value in row.items()
            }
        )
        for row in listed
    )
