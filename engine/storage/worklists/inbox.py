"""Worklists: an index walk per group, merged (design.md, Roles).

Every statement here takes the first rows of each of the person's groups by deadline and merges
them, so that it costs the same with ten thousand open tasks as with a million.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from engine.model.actor import Membership
from engine.model.keys import Key
from engine.storage.absence import proxies
from engine.storage.absence.proxies import Represented
from engine.storage.database import UnitOfWork
from engine.storage.grams import grams, search_words
from engine.storage.recusal.barring import recused, recused_from
from engine.storage.worklists import proxy_walks

#: Counts are exact below this.
COUNT_CAP = 100

#: Where facts decide, so many times as many entries as are wanted are walked at first, and again
#: so many times as many in each further stretch.
_STRETCH = 8


@dataclass(frozen=True, kw_only=True)
class Worker:
    """Whose inbox it is. ``recused``: the cases that he must keep away from; ``principals``: for
    whom he is a proxy now; ``away``: (principal, case) that those must keep away from."""

    username: str
    memberships: Sequence[Membership]
    recused: Sequence[Key] = ()
    principals: Sequence[Represented] = ()
    away: Sequence[tuple[str, Key]] = ()


@dataclass(frozen=True, kw_only=True)
class Narrowing:
    """``due_from`` ≤ due < ``due_before``; ``after``: the last row of the page before.

    ``units`` (the case's), ``step`` (the task's name) and ``priority_from`` stand in the rows of
    tasks and cases: the entries of the walk are looked up there, until the page is full.
    """

    process_id: str | None = None
    units: tuple[str, ...] | None = None
    step: str | None = None
    priority_from: int | None = None
    due_from: datetime | None = None
    due_before: datetime | None = None
    after: tuple[datetime | None, Key] | None = None

    @property
    def by_facts(self) -> bool:
        """Whether rows of the tasks and cases themselves decide."""
        return not (self.units is None and self.step is None and self.priority_from is None)


def worker(work: UnitOfWork, username: str, memberships: Sequence[Membership]) -> Worker:
    """The person with what stands in his way and for whom he stands in: look-ups by index."""
    principals, away = proxies.around(work, username)
    return Worker(
        username=username,
        memberships=memberships,
        recused=away,
        principals=principals,
        away=[(p.username, case) for p in principals for case in recused_from(work, p.username)],
    )


_GROUPS = """select c.task_key, c.due_at
    from unnest(%(roles)s::text[], %(units)s::text[]) as g(role, unit)
    cross join lateral (
        select task_key, due_at from task_candidate
        where role = g.role and unit = g.unit {narrow}
        order by due_at, task_key limit %(limit)s) c"""
_USERS = """(select task_key, due_at from candidate_user
    where username = %(username)s {narrow} order by due_at, task_key limit %(limit)s)"""
_OWN = """(select key as task_key, coalesce(due_at, 'infinity') as due_at from user_task
    where state = 'CREATED' and assignee = %(username)s {narrow_own}
    order by user_task.due_at, key limit %(limit)s)"""
_SEATS = """(select task_key, due_at from seat
    where state = 'OPEN' and holder = %(username)s {narrow}
    order by due_at, task_key limit %(limit)s)"""
BY_DUE = """select task_key, nullif(due_at, 'infinity') from ({walks}) walk
    group by task_key, due_at order by due_at, task_key limit %(limit)s"""
COUNT = """select count(*) from (select distinct task_key from ({walks}) walk limit %(limit)s) n"""
#: So many entries of the walk, and which of them fit the facts.
_LOOKED_UP = """select walked.task_key, walked.due_at, {facts} from (
    select task_key, nullif(due_at, 'infinity') as due_at from ({walks}) walk
    group by task_key, walk.due_at order by walk.due_at, task_key limit %(limit)s) walked
    order by coalesce(walked.due_at, 'infinity'), walked.task_key"""
_OTHERWISE = """select t.key, t.due_at from ({walks}) walk
    join user_task t on t.key = walk.task_key and t.instance_key = walk.task_key / 4194304 * 4194304
    {facts_joined} group by t.instance_key, t.key order by {order} limit %(limit)s offset %(offset)s"""
_FOUND = """select t.key from instance i
    join user_task t on t.instance_key = i.key and t.state = 'CREATED'
    where i.grams @> %(grams)s::text[] and i.search like all(%(patterns)s::text[])
    and ((%(own)s and t.assignee = %(username)s) or (t.assignee is null and not t.seated and (
        t.candidate_groups && %(groups)s::text[] or %(username)s = any(t.candidate_users)))
      or (t.seated and exists (select from seat s where s.instance_key = t.instance_key
        and s.task_key = t.key and s.state = 'OPEN' and ((%(own)s and s.holder = %(username)s)
          or (s.holder is null and s.role || '@' || s.unit = any(%(groups)s::text[])))))
      {further})
    {narrow_found} order by {order} limit %(limit)s offset %(offset)s"""

_RECUSED = recused(person="%(username)s::text", instance="i.key", applicant="i.applicant")

#: Orders other than by deadline look at every task of the person.
ORDERS: Mapping[str, str] = {
    "due": "coalesce(t.due_at, 'infinity'), t.key",
    "created": "t.created_at desc, t.key desc",
    "oldest": "t.created_at, t.key",
    "priority": "t.priority desc, coalesce(t.due_at, 'infinity'), t.key",
}


@cache
def statement_of(
    shape: str, own: bool, claimable: bool, narrowed: frozenset[str], order: str
) -> str:
    """``shape`` (``BY_DUE``, ``COUNT`` …) over the walks that these names of parameters call for."""
    narrow = narrow_own = narrow_found = ""
    if "process_id" in narrowed:
        narrow += " and process_id = %(process_id)s"
        narrow_own += " and process_id = %(process_id)s"
        narrow_found += " and t.process_id = %(process_id)s"
    if "due_from" in narrowed:
        narrow += " and due_at >= %(due_from)s"
        narrow_own += " and due_at >= %(due_from)s"
        narrow_found += " and t.due_at >= %(due_from)s"
    if "due_before" in narrowed:
        narrow += " and due_at < %(due_before)s"
        narrow_own += " and due_at < %(due_before)s"
        narrow_found += " and t.due_at < %(due_before)s"
    if "after" in narrowed:
        narrow += " and (due_at, task_key) > (%(after_due)s::timestamptz, %(after_key)s)"
        narrow_own += (
            " and (coalesce(due_at, 'infinity'), key) > (%(after_due)s::timestamptz, %(after_key)s)"
        )
    facts = _facts(narrowed)
    narrow_found += facts
    away = proxy_walks.kept_away(narrowed)
    narrow += away["task_key"]
    narrow_own += away["key"]
    narrow_found += away["i.key"]
    walks = [_OWN, _SEATS] if own else []
    if claimable:
        walks += [_GROUPS, _USERS]
    walks += proxy_walks.further_walks(narrowed, own=own, claimable=claimable)
    text = shape.format(
        walks=" union all ".join(walks),
        narrow_found=narrow_found,
        further=proxy_walks.further_found(narrowed),
        facts=_looked_up(facts),
        facts_joined=_joined(facts),
        order=order,
        narrow="{narrow}",
    )
    return text.replace("{narrow}", narrow).replace("{narrow_own}", narrow_own)


def _facts(narrowed: frozenset[str]) -> str:
    """Conditions on the task ``t`` and its case ``i`` ("" = none)."""
    conditions = {
        "step": " and t.name = %(step)s",
        "priority_from": " and t.priority >= %(priority_from)s",
        "in_units": " and i.unit = any(%(units_below)s::text[])",
    }
    return "".join(text for name, text in conditions.items() if name in narrowed)


def _looked_up(facts: str) -> str:
    """Whether an entry of a walk fits them; as ``exists`` it would become a hash of all tasks."""
    case = "join instance i on i.key = t.instance_key" if "i.unit" in facts else ""
    return f"""(select true from user_task t {case} where t.key = walked.task_key
        and t.instance_key = walked.task_key / 4194304 * 4194304{facts}) is true"""


def _joined(facts: str) -> str:
    """The same where the task ``t`` is at hand."""
    return f"join instance i on i.key = t.instance_key where true{facts}" if facts else ""


def parameters_of(worker: Worker, narrowing: Narrowing, limit: int) -> dict[str, Any]:
    """Those of ``statement_of``: only what narrows is named."""
    parameters: dict[str, Any] = {
        "username": worker.username,
        "roles": [m.role for m in worker.memberships],
        "units": [m.unit for m in worker.memberships],
        "limit": limit,
        **proxy_walks.parameters(worker.recused, worker.principals, worker.away),
    }
    for name in ("process_id", "due_from", "due_before", "step", "priority_from"):
        if (value := getattr(narrowing, name)) is not None:
            parameters[name] = value
    if narrowing.units is not None:
        parameters["in_units"] = True
        parameters["units_below"] = list(narrowing.units)
    if narrowing.after is not None:
        due_at, key = narrowing.after
        parameters["after"] = True
        parameters["after_due"] = due_at or "infinity"
        parameters["after_key"] = key
    return parameters


def walk(
    work: UnitOfWork,
    worker: Worker,
    narrowing: Narrowing,
    *,
    own: bool,
    claimable: bool,
    limit: int,
) -> tuple[tuple[Key, datetime | None], ...]:
    """Task keys with their deadlines, by deadline; ``own``: assigned ones, ``claimable``: others."""
    if narrowing.by_facts:
        return _looking_up(work, worker, narrowing, own=own, claimable=claimable, limit=limit)
    parameters = parameters_of(worker, narrowing, limit)
    statement = statement_of(BY_DUE, own, claimable, frozenset(parameters), "")
    rows = work.hot(statement, parameters)
    return tuple((Key(key), due_at) for key, due_at in rows)


def _looking_up(
    work: UnitOfWork,
    worker: Worker,
    narrowing: Narrowing,
    *,
    own: bool,
    claimable: bool,
    limit: int,
) -> tuple[tuple[Key, datetime | None], ...]:
    """The same where facts decide: stretch by stretch of the walk, each longer than the one before,
    until enough of its entries fit or it has ended."""
    found: list[tuple[Key, datetime | None]] = []
    stretch = limit * _STRETCH
    while True:
        parameters = parameters_of(worker, narrowing, stretch)
        statement = statement_of(_LOOKED_UP, own, claimable, frozenset(parameters), "")
        rows = work.hot(statement, parameters).fetchall()
        found += [(Key(key), due_at) for key, due_at, fits in rows if fits]
        if len(found) >= limit or len(rows) < stretch:
            return tuple(found[:limit])
        key, due_at, _ = rows[-1]
        narrowing = replace(narrowing, after=(due_at, Key(key)))
        stretch *= _STRETCH


def ordered(
    work: UnitOfWork,
    worker: Worker,
    narrowing: Narrowing,
    *,
    own: bool,
    claimable: bool,
    order: str,
    limit: int,
    offset: int,
) -> tuple[Key, ...]:
    """Task keys in another order: looks at all of the person's tasks."""
    parameters = parameters_of(worker, narrowing, 1_000_000_000)
    statement = statement_of(_OTHERWISE, own, claimable, frozenset(parameters), ORDERS[order])
    statement = _last_limit(statement)
    rows = work.hot(statement, {**parameters, "page": limit, "offset": offset})
    return tuple(Key(row[0]) for row in rows)


def found(
    work: UnitOfWork,
    worker: Worker,
    narrowing: Narrowing,
    *,
    text: str,
    own: bool,
    claimable: bool,
    order: str,
    limit: int,
    offset: int,
) -> tuple[Key, ...]:
    """Task keys whose case holds every word of ``text``."""
    words = search_words(text)
    parameters = parameters_of(worker, narrowing, limit)
    statement = statement_of(_FOUND, own, claimable, frozenset(parameters), ORDERS[order])
    groups = [str(m) for m in worker.memberships] if claimable else []
    rows = work.hot(
        statement,
        {
            **parameters,
            "grams": sorted(grams(words)),
            "patterns": [f"%{_literal(word)}%" for word in words],
            "groups": groups,
            "own": own,
            "offset": offset,
        },
    )
    return tuple(Key(row[0]) for row in rows)


def count(
    work: UnitOfWork, worker: Worker, narrowing: Narrowing, *, own: bool, claimable: bool
) -> int:
    """How many there are, counted no further than ``COUNT_CAP``."""
    if narrowing.by_facts:
        return len(walk(work, worker, narrowing, own=own, claimable=claimable, limit=COUNT_CAP))
    parameters = parameters_of(worker, narrowing, COUNT_CAP)
    statement = statement_of(COUNT, own, claimable, frozenset(parameters), "")
    row = work.hot(statement, parameters).fetchone()
    return int(row[0])


def done(
    work: UnitOfWork,
    worker: Worker,
    *,
    process_id: str | None,
    text: str,
    units: tuple[str, ...] | None = None,
    limit: int,
    offset: int,
) -> tuple[Key, ...]:
    """Keys of the tasks that the person completed, the latest first."""
    words = search_words(text)
    rows = work.hot(
        f"""select d.task_key from (
             select t.instance_key, t.key as task_key, t.process_id, t.ended_at from user_task t
             where t.ended_by = %(username)s and t.state = 'COMPLETED'
             union all
             select s.instance_key, s.task_key, s.process_id, s.ended_at from seat s
             where s.actor = %(username)s and s.state = 'DONE' and not exists (
               select from user_task t where t.instance_key = s.instance_key
               and t.key = s.task_key and t.ended_by = %(username)s and t.state = 'COMPLETED')
           ) d join instance i on i.key = d.instance_key
           where (%(process_id)s::text is null or d.process_id = %(process_id)s)
           and (%(units)s::text[] is null or i.unit = any(%(units)s::text[]))
           and {"i.grams @> %(grams)s::text[] and" if words else ""}
             i.search like all(%(patterns)s::text[])
           and not {_RECUSED}
           order by d.ended_at desc, d.task_key desc limit %(limit)s offset %(offset)s""",
        {
            "username": worker.username,
            "today": work.today,
            "process_id": process_id,
            "units": list(units) if units is not None else None,
            "grams": sorted(grams(words)),
            "patterns": [f"%{_literal(word)}%" for word in words],
            "limit": limit,
            "offset": offset,
        },
    )
    return tuple(Key(row[0]) for row in rows)


def services(work: UnitOfWork, worker: Worker) -> tuple[tuple[str, str], ...]:
    """(process id, name) of the services of which the person has or may take a task."""
    rows = work.hot(
        """select d.process_id, d.name from process_definition d where d.latest and (
             exists (select from unnest(%(roles)s::text[], %(units)s::text[]) as g(role, unit)
                     join task_candidate c on c.role = g.role and c.unit = g.unit
                     and c.process_id = d.process_id)
             or exists (select from candidate_user c where c.username = %(username)s
                        and c.process_id = d.process_id)
             or exists (select from seat s where s.state = 'OPEN'
                        and s.holder = %(username)s and s.process_id = d.process_id)
             or exists (select from user_task t where t.state = 'CREATED'
                        and t.assignee = %(username)s and t.process_id = d.process_id))
           order by d.name""",
        parameters_of(worker, Narrowing(), 0),
    )
    found: dict[str, str] = dict(rows)
    for each in worker.principals:
        theirs = services(work, Worker(username=each.username, memberships=each.memberships))
        found |= {key: name for key, name in theirs if key in (each.process_ids or (key,))}
    return tuple(sorted(found.items(), key=lambda row: row[1]))


def _last_limit(statement: str) -> str:
    head, _, _ = statement.rpartition("limit %(limit)s offset")
    return f"{head}limit %(page)s offset %(offset)s"


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
