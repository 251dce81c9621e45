"""The instance's own row in the writing statement: every other clause hangs on it (``from head``)."""

from __future__ import annotations

from typing import Final

INSTANCE: Final = "%(instance)s::bigint"
NOW: Final = "%(now)s::timestamptz"

HEAD: Final = f"""update instance set revision = revision + 1, counter = %(counter)s::int,
    state = %(state)s::text, ended_at = case when %(ended_at)s::timestamptz is not null
        then coalesce(ended_at, %(ended_at)s::timestamptz) end,
    result = case when %(result)s::text = '' then result else %(result)s::text end,
    title = coalesce(%(title)s::text, title),
    journal_number = %(journal_number)s::int, journal_digest = %(journal_digest)s::bytea
    where key = {INSTANCE} and revision = %(revision)s::int"""

_CLOCK: Final = """, clock_stopped_at = %(clock_stopped_at)s::timestamptz,
    clock_stop_kind = %(clock_stop_kind)s::text,
    statutory_due_at = %(statutory_due_at)s::timestamptz,
    statutory_pending = %(statutory_pending)s::boolean
    where"""

#: The same where the case's clock stops, resumes or is counted anew.
HEAD_CLOCK: Final = HEAD.replace("\n    where", _CLOCK, 1)


def found_anew(head: str) -> str:
    """The same where the case is found by something else from now on."""
    set_search = ", search = %(search)s::text, grams = %(grams)s::text[]\n    where"
    return head.replace("\n    where", set_search, 1)


OPENING: Final = f"""insert into instance (key, definition_key, bundle_key, process_id, number, title,
    search, grams, state, applicant_key, applicant, applicant_name, unit, started_at, ended_at, result,
    revision, counter, journal_number, journal_digest, statutory_rule, statutory_due_at,
    statutory_pending, clock_stopped_at, clock_stop_kind)
    values ({INSTANCE}, %(definition_key)s::bigint, %(bundle_key)s::bigint, %(process_id)s::text,
    %(number)s::text, %(title)s::text, %(search)s::text,
    %(grams)s::text[], %(state)s::text,
    %(applicant_key)s::bigint, %(applicant)s::text, %(applicant_name)s::text, %(unit)s::text,
    {NOW}, %(ended_at)s::timestamptz, %(result)s::text, 1, %(counter)s::int,
    %(journal_number)s::int, %(journal_digest)s::bytea, %(statutory_rule)s::jsonb,
    %(statutory_due_at)s::timestamptz, %(statutory_pending)s::boolean,
    %(clock_stopped_at)s::timestamptz, %(clock_stop_kind)s::text)"""
