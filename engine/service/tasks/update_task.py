"""An administrator changes a task's deadline, priority or candidates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from engine.model.actor import Actor
from engine.model.errors import Forbidden, InvalidInput
from engine.model.keys import Key
from engine.model.permissions import Action
from engine.model.problems import Problem
from engine.model.records import UserTask
from engine.model.seats import shown_groups
from engine.service.app import App
from engine.service.clock.clock_turns import runs_on
from engine.service.tasks.assignment import Case, resolve_group
from engine.service.tasks.task_standing import (
    Decision,
    Keep,
    Situation,
    change_standing,
    pairs,
    patch_of,
)
from engine.text import tell

__all__ = ["KEEP", "Keep", "update_task"]

KEEP: Final = Keep.KEEP


def update_task(
    app: App,
    actor: Actor,
    *,
    key: Key,
    due_at: datetime | Keep | None = KEEP,
    follow_up_at: datetime | Keep | None = KEEP,
    priority: int | Keep = KEEP,
    candidate_groups: Sequence[str] | Keep = KEEP,
    candidate_users: Sequence[str] | Keep = KEEP,
) -> UserTask:
    """Set what is given. Groups are ``role@unit``, or a role to be found upwards of the case's unit.

    Raises Forbidden, InvalidInput, AlreadyHandled, NotFound.
    """

    def decide(at: Situation) -> Decision:
        changed: dict[str, Any] = {}
        if due_at is not KEEP:
            _require_running_clock(at)
            changed |= {"due_at": _aware("dueDate", due_at), "due_pending": False}
        if follow_up_at is not KEEP:
            changed["follow_up_at"] = _aware("followUpDate", follow_up_at)
        if priority is not KEEP:
            changed["priority"] = _priority(priority)
        if candidate_groups is not KEEP:
            changed["groups"] = _groups(at, candidate_groups)
        if candidate_users is not KEEP:
            changed["users"] = _users(at, candidate_users)
        if at.task.seated:
            return _seated_update(at, changed)
        patch = patch_of(at.task, **changed)
        return Decision(
            patch=patch,
            facts={"changed": sorted(changed), **_told(changed)},
            staffed=_staffed(at, patch.groups, patch.users),
        )

    return change_standing(
        app, actor, key=key, action=Action.UPDATE_TASK, kind="update", decide=decide
    )


def _require_running_clock(at: Situation) -> None:
    if at.locked.head.clock_stopped_at and not runs_on(at.task.lane_kind, at.task.properties):
        raise _wrong("dueDate", tell("此事项的计时已中止，请先恢复计时，再调整期限。"))


def _seated_update(at: Situation, changed: dict[str, Any]) -> Decision:
    """Dates and priority of a task with several seats; who sits there is changed by transfers."""
    if changed.keys() & {"groups", "users"}:
        raise _wrong("candidateUsers", tell("多席位任务的人员请通过转办、加签和减签调整。"))
    patch = patch_of(at.task, groups=shown_groups(at.task.seats), users=(), **changed)
    facts = {"changed": sorted(changed), **_told(changed)}
    return Decision(patch=patch, seats=at.task.seats, due_at=patch.due_at, facts=facts)


def _told(changed: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, value in changed.items():
        if isinstance(value, datetime):
            told[name] = value.isoformat()
        elif name == "groups":
            told[name] = [f"{role}@{unit}" for role, unit in value]
        elif isinstance(value, int):
            told[name] = value
    return told


def _staffed(at: Situation, groups: tuple[tuple[str, str], ...], users: tuple[str, ...]) -> bool:
    besides = Case.of(at.locked.head).besides(at.task.lane_kind, at.task.properties)
    people = at.app.directory.active(at.work, users).values()
    return bool(at.task.assignee or any(key not in besides for key in people)) or any(
        at.app.directory.held(at.work, role, unit, besides=besides) for role, unit in groups
    )


def _groups(at: Situation, texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    case = Case.of(at.locked.head)
    found = [resolve_group(at.app, at.work, case, text) for text in texts]
    for text, group in zip(texts, found, strict=True):
        if group is None:
            raise _wrong(
                "candidateGroups", tell("没有单位设有角色“{text}”，请写成 角色@单位。", text=text)
            )
    named = tuple(f"{g[0]}@{g[1]}" for g in found if g is not None)
    return tuple(dict.fromkeys(pairs(named)))


def _users(at: Situation, usernames: Sequence[str]) -> tuple[str, ...]:
    for username in usernames:
        if username in at.locked.head.barred:
            raise Forbidden(
                action=tell("设置候选办理人"),
                reason=tell("“{username}”须回避此事项，不能办理。", username=username),
            )
    return tuple(dict.fromkeys(usernames))


def _aware(field: str, value: datetime | Keep | None) -> datetime | None:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise _wrong(field, tell("时间应写明时区，如 2025-03-10T17:00:00+08:00。"))
    return value if isinstance(value, datetime) else None


def _priority(value: int | Keep) -> int:
    if not isinstance(value, int) or not 0 <= value <= 100:
        raise _wrong("priority", tell("优先级应为 0–100 的整数。"))
    return value


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(problems=(Problem(element_id=field, rule=field, message=message),))
