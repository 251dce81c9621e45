"""All that a database holds, as text, but for what chance or the order of waiting decides."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.model.keys import SPAN
from engine.storage.database import UnitOfWork

#: Table → its rows as sorted lines; a table to which nothing was ever written is not there.
State = Mapping[str, str]

#: Columns that are drawn by lot (salts and what is hashed with them), hold a running number, or
#: say how often a round of the background came by.
CHANCE: Mapping[str, tuple[str, ...]] = {
    "instance": ("journal_digest",),
    "journal": ("digest", "said"),
    "journal_said": ("salt",),
    "act": ("digest", "number"),
    "announcement": ("key",),
    "delivery": ("due_at", "failures"),
    "notice": ("key",),
    "unmasking": ("key",),
    "legal_hold": ("key",),
    "procrastinate_jobs": ("id", "scheduled_at"),
    "disposal": ("journal_digest",),
}
#: What no command on a case writes.
FIXED = frozenset({"resource", "bundle", "process_definition", "form_definition"})
#: Kept by triggers, with the time of the wall.
UNTOLD = frozenset({"procrastinate_events"})

_NUMBER = re.compile(r"\d{7,}")


def tables_of(work: UnitOfWork) -> dict[str, str]:
    """Table → what of a row is compared."""
    columns = work.hot(
        """select table_name, column_name from information_schema.columns
           where table_schema = 'public' order by table_name, ordinal_position"""
    ).fetchall()
    found: dict[str, list[str]] = {}
    for table, column in columns:
        if table not in FIXED and column not in CHANCE.get(table, ()):
            found.setdefault(table, []).append(f'"{column}"')
    return {table: f"row({', '.join(each)})::text" for table, each in found.items()}


def read(work: UnitOfWork, tables: Mapping[str, str]) -> State:
    """The rows of these tables; those to which nothing was ever written are not gone through."""
    written = work.hot(
        """select relname from pg_class where relkind = 'r' and pg_relation_size(oid) > 0
           and relnamespace = 'public'::regnamespace order by relname"""
    ).fetchall()
    parts = [
        f"select '{table}', string_agg(line, E'\\n' order by line)"
        f' from (select {tables[table]} as line from "{table}") each'
        for (table,) in written
        if table in tables and table not in UNTOLD
    ]
    found: list[tuple[str, str | None]] = work.hot(" union all ".join(parts)).fetchall()
    return {table: text or "" for table, text in found}


def differences(one: State, other: State, newest: int) -> dict[str, list[str]]:
    """Table → rows that only one of them has; keys handed out after ``newest`` are all alike."""
    found: dict[str, list[str]] = {}
    for table in one.keys() | other.keys():
        if one.get(table) == other.get(table):
            continue
        left, right = (_plain(side.get(table, ""), newest) for side in (one, other))
        if left != right:
            only = [f"- {line}" for line in _less(left, right)]
            found[table] = only + [f"+ {line}" for line in _less(right, left)]
    return found


def _plain(text: str, newest: int) -> list[str]:
    def named(match: re.Match[str]) -> str:
        number = int(match[0])
        return "new" if number - number % SPAN > newest else match[0]

    return sorted(_NUMBER.sub(named, text).splitlines())


def _less(lines: list[str], others: list[str]) -> list[str]:
    left = list(others)
    return [line for line in lines if not (line in left and not left.remove(line))]  # type: ignore[func-returns-value]
