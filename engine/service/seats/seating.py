"""The seats of a task that opens with a completion rule (``banshi:completionRule``).

``banshi:seats``: a FEEL list of usernames and groups (``role@unit``, or a role to be found upwards
of the case's unit); without it the task's own assignment: each candidate a seat. ``banshi:weights``:
a FEEL context from the same texts to numbers. A seat that nobody could fill is never left out, which
would make the others' votes count for more: it stands, and the task becomes an incident. So
does a task whose seats could not meet the rule even if all of them approved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.feel import FeelError
from engine.feel import compile as compile_feel
from engine.model.counting import hopeless, plan_of
from engine.model.effects import TaskOpened
from engine.model.keys import Key
from engine.model.seats import Seat, Seats, arranged
from engine.model.voting import Unreadable
from engine.service.app import App
from engine.service.tasks.assignment import Assigned, Case, resolve_group
from engine.storage.database import UnitOfWork
from engine.text import several, tell

_MOST_SEATS = 500


@dataclass(frozen=True, kw_only=True)
class Seating:
    """``nobody``: why the task is an incident (Chinese), None where it is none."""

    seats: Seats = ()
    nobody: str | None = None
    ruled: bool = True


#: A task without a rule.
PLAIN = Seating(ruled=False)


@dataclass(frozen=True, kw_only=True)
class _Place:
    text: str
    holder: str | None = None
    group: tuple[str, str] | None = None


def seating_of(
    app: App,
    work: UnitOfWork,
    case: Case,
    task: TaskOpened,
    assigned: Assigned,
    *,
    variables: Mapping[str, Any],
    next_key: Callable[[], Key],
    now: datetime,
) -> Seating:
    """The seats as they stand when the task opens, and what is wrong with them."""
    try:
        plan = plan_of(task.properties)
        listed = _listed(app, task.properties.get("banshi:seats", ""), variables)
        weights = _weights(app, task.properties.get("banshi:weights", ""), variables)
    except Unreadable as fault:
        return Seating(nobody=tell("席位设置有误：{fault}。", fault=fault))
    places = _assigned(assigned) if listed is None else _places(app, work, case, listed)
    if not places:
        return Seating(nobody=assigned.nobody or tell("没有任何席位，请检查 banshi:seats。"))
    seats = tuple(
        Seat(
            key=next_key(),
            ordinal=n,
            holder=place.holder,
            first_holder=place.holder,
            role=place.group[0] if place.group else None,
            unit=place.group[1] if place.group else None,
            weight=weights.get(place.text, Decimal(1)),
            opened_at=now,
        )
        for n, place in enumerate(places, 1)
    )
    nobody = _unfilled(app, work, case, task, places)
    if nobody is None and hopeless(plan, seats):
        nobody = tell(
            "共 {count} 个席位，即使全部同意也达不到通过门槛，请检查完成规则的设置。",
            count=len(seats),
        )
    return Seating(seats=arranged(seats, now=now, sequential=plan.sequential), nobody=nobody)


def _listed(app: App, source: str, variables: Mapping[str, Any]) -> list[str] | None:
    if not source.strip():
        return None
    value = _evaluated(app, source, variables, "banshi:seats")
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(t, str) and t.strip() for t in texts):
        raise Unreadable(tell("banshi:seats 应给出用户名或“角色@单位”的列表"))
    if len(texts) > _MOST_SEATS:
        raise Unreadable(
            tell(
                "席位最多 {most_seats} 个，现在是 {count} 个",
                most_seats=_MOST_SEATS,
                count=len(texts),
            )
        )
    return list(dict.fromkeys(text.strip() for text in texts))


def _weights(app: App, source: str, variables: Mapping[str, Any]) -> dict[str, Decimal]:
    if not source.strip():
        return {}
    value = _evaluated(app, source, variables, "banshi:weights")
    if not isinstance(value, dict) or not all(
        isinstance(w, Decimal) and w >= 0 for w in value.values()
    ):
        raise Unreadable(tell("banshi:weights 应给出 {用户名或角色: 不小于 0 的权重}"))
    return dict(value)


def _evaluated(app: App, source: str, variables: Mapping[str, Any], what: str) -> Any:
    try:
        compiled = compile_feel(
            source.strip().removeprefix("="), names=variables.keys(), functions=app.functions
        )
        return compiled.evaluate(variables, clock=app.local_now)
    except FeelError as fault:
        raise Unreadable(tell("{what} 不能计算（{fault}）", what=what, fault=fault)) from None


def _assigned(assigned: Assigned) -> list[_Place]:
    people = [assigned.assignee] if assigned.assignee else list(assigned.users)
    groups = [] if assigned.assignee else list(assigned.groups)
    return [
        *(_Place(text=person, holder=person) for person in people),
        *(_Place(text=f"{role}@{unit}", group=(role, unit)) for role, unit in groups),
    ]


def _places(app: App, work: UnitOfWork, case: Case, texts: list[str]) -> list[_Place]:
    people = app.directory.active(work, tuple(text for text in texts if "@" not in text))
    found: list[_Place] = []
    for text in texts:
        group = None if text in people else resolve_group(app, work, case, text)
        place = _Place(text=text, group=group) if group else _Place(text=text, holder=text)
        if place.group is None or all(place.group != other.group for other in found):
            found.append(place)
    return found


def _unfilled(
    app: App, work: UnitOfWork, case: Case, task: TaskOpened, places: list[_Place]
) -> str | None:
    besides = case.besides(task.lane.kind if task.lane else None, task.properties)
    people = app.directory.active(work, tuple(p.holder for p in places if p.holder))
    empty = [
        place.text
        for place in places
        if (place.holder and (people.get(place.holder) in {None, *besides}))
        or (place.group and not app.directory.held(work, *place.group, besides=besides))
    ]
    return (
        tell("席位“{empty}”没有可以办理的人员，请转办。", empty=several(empty)) if empty else None
    )
