"""The journal and the ledger of an instance, as they are read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.model import codec
from engine.model.journal import Link, Said
from engine.model.keys import Key
from engine.model.letters import Letter
from engine.model.records import Visit
from engine.model.states import VisitState
from engine.storage.database import UnitOfWork

#: A page shows no more of a case than this; the export has all of it.
PAGE_ENTRIES = 1000
PAGE_VISITS = 5000


@dataclass(frozen=True, kw_only=True)
class Written:
    """A journal row with the actor's name and what is still there of its personal parts."""

    link: Link
    actor_name: str
    said: tuple[Said, ...]

    def part(self, name: str) -> Any:
        """A personal part's content, None where there is none (any more)."""
        found = next((said for said in self.said if said.part == name), None)
        return codec.decode(found.content) if found else None


def journal(
    work: UnitOfWork, instance_key: Key, *, limit: int | None = PAGE_ENTRIES
) -> tuple[Written, ...]:
    """The entries from the first on; with a limit the latest of them."""
    rows = work.hot(
        """select j.number, j.at, j.actor_key, j.kind, j.element_key, j.element_id, j.facts, j.said,
             j.digest, case when j.actor_key = 0 then '系统' else coalesce(p.name, '') end,
             (select array_agg(array[s.part, encode(s.salt, 'hex'), s.content] order by s.part)
              from journal_said s
              where s.instance_key = j.instance_key and s.number = j.number)
           from (select * from journal where instance_key = %s order by number desc limit %s) j
           left join person p on p.key = j.actor_key order by j.number""",
        [instance_key, limit],
    )
    return tuple(_written(row) for row in rows)


def visits(work: UnitOfWork, instance_key: Key) -> tuple[tuple[Visit, ...], frozenset[str]]:
    """The latest stays of tokens on nodes, oldest first; and the elements that stand in incidents."""
    rows = work.hot(
        """select key, scope_key, element_id, element_type, flow_id, state, entered_at, left_at,
             exists (select from incident i where i.instance_key = v.instance_key
                     and i.element_key = v.key and i.state = 'ACTIVE')
           from (select * from visit where instance_key = %s order by key desc limit %s) v
           order by key""",
        [instance_key, PAGE_VISITS],
    ).fetchall()
    troubled = frozenset(row[2] for row in rows if row[8])
    return tuple(_visit(row) for row in rows), troubled


def decided_at(work: UnitOfWork, instance_key: Key, elements: Collection[str]) -> str | None:
    """Out of these elements the one that was completed last, and not to send the case back.

    What a return took back does not count, nor does one of several inner instances.
    """
    if not elements:
        return None
    row = work.hot(
        """select v.element_id from visit v
           left join user_task t on t.instance_key = v.instance_key and t.key = v.key
           where v.instance_key = %s and v.element_id = any(%s::text[]) and v.state = 'COMPLETED'
           and t.outcome is distinct from 'return' and not exists (
             select from visit body where body.instance_key = v.instance_key
             and body.key = v.scope_key and body.element_id = v.element_id)
           order by v.key desc limit 1""",
        [instance_key, sorted(elements)],
    ).fetchone()
    return str(row[0]) if row else None


def _visit(row: tuple[Any, ...]) -> Visit:
    return Visit(
        key=row[0],
        scope_key=row[1],
        element_id=row[2],
        element_type=row[3],
        flow_id=row[4],
        state=VisitState(row[5]),
        entered_at=row[6],
        left_at=row[7],
    )


def entry_of_letter(work: UnitOfWork, letter: Letter) -> tuple[int, bytes] | None:
    """Number and digest of the journal entry that the letter was issued with; None where the case
    is gone. The entry names the letter in its facts, or is the latest one by then."""
    row = work.hot(
        """select number, digest from journal where instance_key = %s
           order by (facts::jsonb -> 'letters' ? %s) desc nulls last,
             (at <= %s) desc, case when at <= %s then number end desc limit 1""",
        [letter.instance_key, letter.symbol, letter.issued_at, letter.issued_at],
    ).fetchone()
    return (row[0], bytes(row[1])) if row else None


def erase(work: UnitOfWork, instance_key: Key, *, before: datetime) -> int:
    """Erase the personal parts of entries older than this; the chain stands without them."""
    return int(
        work.hot(
            """delete from journal_said s using journal j
               where j.instance_key = s.instance_key and j.number = s.number
               and s.instance_key = %s and j.at < %s""",
            [instance_key, before],
        ).rowcount
    )


def _written(row: tuple[Any, ...]) -> Written:
    return Written(
        link=Link(
            number=row[0],
            at=row[1],
            actor_key=row[2],
            kind=row[3],
            element_key=row[4],
            element_id=row[5],
            facts=row[6],
            said=row[7],
            digest=bytes(row[8]),
        ),
        actor_name=row[9],
        said=tuple(
            Said(part=part, salt=bytes.fromhex(salt), content=content)
            for part, salt, content in row[10] or ()
        ),
    )
