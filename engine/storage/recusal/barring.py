"""Who must keep away from a case, as SQL: the one condition that commands, lists and pages share.

Of a case all recused people are listed (``RECUSED_IN``); of a person, whether he is one of them
(``recused``) and in which cases (``RECUSED_CASES``). All are look-ups by index that find
nothing where nobody is recused. ``%(today)s`` is the business date.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from engine.model.keys import Key
from engine.model.recusals import USUAL_TERM
from engine.storage.database import UnitOfWork

_IN_FORCE: Final = "r.state = 'IN_FORCE'"
_TERM: Final = f"""make_interval(years => coalesce((select e.years from recusal_term e
    where e.effective_from <= %(today)s::date order by e.effective_from desc limit 1),
    {USUAL_TERM.years}))"""
#: ``Relation.counts`` says the same; a test holds them together.
COUNTS: Final = f"""l.revoked_at is null and l.since <= %(today)s::date
    and (l.until is null or l.until >= %(today)s::date
      or (l.kind = 'ORGANISATION' and l.until + {_TERM} > %(today)s::date))"""

#: [key, username] of everybody who is recused in the instance ``i``.
RECUSED_IN: Final = f"""(select array_agg(array[b.key::text, b.username]) from person b
    where b.username in (
      select r.username from recusal r where r.instance_key = i.key and {_IN_FORCE}
      union all select l.other from relation l where l.username = i.applicant and {COUNTS}
      union all select l.username from relation l where l.other = i.applicant and {COUNTS}))"""

#: Whether anybody might be: false wherever there is neither a recusal nor a relation at all.
MAYBE_RECUSED_IN: Final = f"""exists (select from recusal r
      where r.instance_key = i.key and {_IN_FORCE})
    or exists (select from relation l where l.username = i.applicant and l.revoked_at is null)
    or exists (select from relation l where l.other = i.applicant and l.revoked_at is null)"""


def _cases(which: str) -> str:
    """The keys of the instances in which the person ``%(username)s`` is recused.

    The offset keeps instances from being read before there is anybody whose they are.
    """
    return f"""select r.instance_key from recusal r
      where r.username = %(username)s and {_IN_FORCE}
    union all select i.key from person a cross join lateral (
        select i.key from instance i where i.applicant_key = a.key {which} offset 0) i
      where a.username in (
        select l.other from relation l where l.username = %(username)s and {COUNTS}
        union all select l.username from relation l where l.other = %(username)s and {COUNTS})"""


#: Of cases that have ended as well, for searches; and of running ones only, for worklists.
RECUSED_CASES: Final = _cases("")
RECUSED_RUNNING_CASES: Final = _cases("and i.state in ('ACTIVE', 'SUSPENDED')")


def recused(*, person: str, instance: str, applicant: str) -> str:
    """Whether the person is recused in the case; the arguments are SQL expressions."""
    return f"""(exists (select from recusal r where r.username = {person}
        and r.instance_key = {instance} and {_IN_FORCE})
      or exists (select from relation l where l.username = {person} and l.other = {applicant}
        and {COUNTS})
      or exists (select from relation l where l.username = {applicant} and l.other = {person}
        and {COUNTS}))"""


def recused_people(work: UnitOfWork, instance_key: Key) -> dict[str, Key]:
    """Username → key of everybody who is recused in the case."""
    row = work.hot(
        f"select {RECUSED_IN} from instance i where i.key = %(instance)s",
        {"instance": instance_key, "today": work.today},
    ).fetchone()
    return people_of(row[0] if row else None)


def related_people(work: UnitOfWork, applicant: str) -> dict[str, Key]:
    """The same of a case that the applicant is about to open."""
    row = work.hot(
        f"select {RECUSED_IN} from (select 0::bigint as key, %(applicant)s::text as applicant) i",
        {"applicant": applicant, "today": work.today},
    ).fetchone()
    return people_of(row[0])


def recused_from(work: UnitOfWork, username: str) -> tuple[Key, ...]:
    """The running cases that the person must keep away from."""
    rows = work.hot(RECUSED_RUNNING_CASES, {"username": username, "today": work.today})
    return tuple(sorted({Key(row[0]) for row in rows}))


def is_recused(work: UnitOfWork, username: str, instance_key: Key) -> bool:
    """Whether the person must keep away from the case."""
    row = work.hot(
        _IS_RECUSED,
        {
            "username": username,
            "instance": instance_key,
            "today": work.today,
        },
    ).fetchone()
    return bool(row and row[0])


def has_recusal(work: UnitOfWork, username: str, instance_key: Key) -> bool:
    """Whether a recusal of the person from the case is in force (relations aside)."""
    row = work.hot(
        f"""select exists (select from recusal r where r.username = %s and r.instance_key = %s
            and {_IN_FORCE})""",
        [username, instance_key],
    ).fetchone()
    return bool(row[0])


def people_of(listed: list[list[str]] | None) -> dict[str, Key]:
    """What ``RECUSED_IN`` gives, as username → key."""
    return {username: Key(int(key)) for key, username in listed or ()}


def not_recused(
    instance: sa.ColumnElement[Any], *, username: str, today: date
) -> sa.ColumnElement[bool]:
    """The condition of searches: the person need not keep away from the case of that key."""
    text = RECUSED_CASES.replace("%(username)s", ":recused_person")
    text = text.replace("%(today)s::date", "cast(:recused_on as date)")
    # unique: a statement may ask this of a person and of those whose proxy he is
    cases = sa.text(text).bindparams(
        sa.bindparam("recused_person", username, unique=True),
        sa.bindparam("recused_on", today, unique=True),
    )
    return instance.not_in(cases.columns(sa.column("instance_key", sa.BigInteger)))


_IS_RECUSED: Final = (
    "select "
    + recused(person="%(username)s::text", instance="i.key", applicant="i.applicant")
    + " from instance i where i.key = %(instance)s"
)
