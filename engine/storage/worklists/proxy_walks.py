"""Worklists of people who stand in for others, or must keep away from cases.

Further walks and conditions for the statements of ``inbox``: they are there only for whoever has a
principal or a recusal, so that nobody else's list costs anything more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from engine.model.keys import Key
from engine.storage.absence.proxies import Represented

#: The key of the case that a task belongs to (``engine.model.keys``: the span).
_CASE: Final = "{key} / 4194304 * 4194304"
_AWAY: Final = f" and {_CASE} <> all(%(recused)s::bigint[])"
#: A proxy does nothing of a case that his principal must keep away from.
_PRINCIPAL_AWAY: Final = f""" and not exists (select from
    unnest(%(away_names)s::text[], %(away_cases)s::bigint[]) as b(username, instance_key)
    where b.username = g.username and b.instance_key = {_CASE})"""
_SERVICE: Final = " and (g.service = '' or process_id = g.service)"

_PEOPLE: Final = "unnest(%(for_names)s::text[], %(for_services)s::text[]) as g(username, service)"
_ROLES: Final = """unnest(%(held_by)s::text[], %(held_roles)s::text[], %(held_units)s::text[],
    %(held_services)s::text[]) as g(username, role, unit, service)"""

OWN: Final = f"""select c.task_key, c.due_at from {_PEOPLE} cross join lateral (
    select key as task_key, coalesce(due_at, 'infinity') as due_at from user_task
    where state = 'CREATED' and assignee = g.username {_SERVICE} {{narrow_own}} {{away_own}}
    order by user_task.due_at, key limit %(limit)s) c"""
SEATS: Final = f"""select c.task_key, c.due_at from {_PEOPLE} cross join lateral (
    select task_key, due_at from seat
    where state = 'OPEN' and holder = g.username {_SERVICE} {{narrow}} {{away}}
    order by due_at, task_key limit %(limit)s) c"""
USERS: Final = f"""select c.task_key, c.due_at from {_PEOPLE} cross join lateral (
    select task_key, due_at from candidate_user
    where candidate_user.username = g.username {_SERVICE} {{narrow}} {{away}}
    order by due_at, task_key limit %(limit)s) c"""
GROUPS: Final = f"""select c.task_key, c.due_at from {_ROLES} cross join lateral (
    select task_key, due_at from task_candidate
    where role = g.role and unit = g.unit {_SERVICE} {{narrow}} {{away}}
    order by due_at, task_key limit %(limit)s) c"""

#: The same for a search, where the task ``t`` and its case ``i`` are at hand.
_FOUND: Final = f""" or exists (select from {_PEOPLE}
      where (g.service = '' or t.process_id = g.service)
      and ((%(own)s and t.assignee = g.username)
        or (t.assignee is null and not t.seated and g.username = any(t.candidate_users))
        or (%(own)s and t.seated and exists (select from seat s where s.task_key = t.key
          and s.instance_key = t.instance_key and s.state = 'OPEN' and s.holder = g.username)))
      {{away_found}})
    or exists (select from {_ROLES}
      where (g.service = '' or t.process_id = g.service)
      and ((t.assignee is null and not t.seated
          and g.role || '@' || g.unit = any(t.candidate_groups))
        or (t.seated and exists (select from seat s where s.task_key = t.key
          and s.instance_key = t.instance_key and s.state = 'OPEN' and s.holder is null
          and s.role = g.role and s.unit = g.unit)))
      {{away_found}})"""


def parameters(
    recused: Sequence[Key],
    principals: Sequence[Represented],
    away: Sequence[tuple[str, Key]],
) -> dict[str, Any]:
    """``recused``: the cases that the person keeps away from; ``away``: (principal, case) likewise."""
    found: dict[str, Any] = {}
    if recused:
        found["recused"] = list(recused)
    if principals:
        places = [(p, service) for p in principals for service in p.process_ids or ("",)]
        held = [(p, m, service) for p, service in places for m in p.memberships]
        found |= {
            "for_names": [p.username for p, _ in places],
            "for_services": [service for _, service in places],
            "held_by": [p.username for p, _, _ in held],
            "held_roles": [m.role for _, m, _ in held],
            "held_units": [m.unit for _, m, _ in held],
            "held_services": [service for _, _, service in held],
        }
    if away:
        found |= {
            "away_names": [name for name, _ in away],
            "away_cases": [case for _, case in away],
        }
    return found


def kept_away(narrowed: frozenset[str]) -> Mapping[str, str]:
    """What each walk leaves out: by ``task_key``, by ``key`` (user_task), by ``i.key`` (searches)."""
    if "recused" not in narrowed:
        return {"task_key": "", "key": "", "i.key": ""}
    return {
        "task_key": _AWAY.format(key="task_key"),
        "key": _AWAY.format(key="key"),
        "i.key": " and i.key <> all(%(recused)s::bigint[])",
    }


def further_walks(narrowed: frozenset[str], *, own: bool, claimable: bool) -> list[str]:
    """The walks over what waits for the person's principals."""
    if "for_names" not in narrowed:
        return []
    walks = [OWN, SEATS] if own else []
    if claimable:
        walks += [GROUPS, USERS]
    return [_without(walk, narrowed) for walk in walks]


def further_found(narrowed: frozenset[str]) -> str:
    """The condition that a search finds the tasks of the person's principals by, too."""
    if "for_names" not in narrowed:
        return ""
    away = _PRINCIPAL_AWAY.format(key="i.key") if "away_names" in narrowed else ""
    return _FOUND.replace("{away_found}", away)


def _without(walk: str, narrowed: frozenset[str]) -> str:
    away = "away_names" in narrowed
    return walk.replace(
        "{away_own}", _PRINCIPAL_AWAY.format(key="user_task.key") if away else ""
    ).replace("{away}", _PRINCIPAL_AWAY.format(key="task_key") if away else "")
