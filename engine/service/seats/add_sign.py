"""加签: people before, after or beside the holder of a seat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from engine.model import seats
from engine.model.actor import Actor
from engine.model.errors import Forbidden, InvalidInput
from engine.model.keys import Key
from engine.model.permissions import Action
from engine.model.problems import Problem
from engine.model.records import UserTask
from engine.model.seats import SeatKind
from engine.service.app import App
from engine.service.repeats import request
from engine.service.said import reason as checked_reason
from engine.service.seats.own_seat import arranged, fit_person, own_seat
from engine.service.tasks.task_standing import Decision, Situation, change_standing, seated
from engine.text import several, tell

Mode = Literal["before", "after", "parallel"]

MODES: dict[str, SeatKind] = {
    "before": SeatKind.BEFORE,
    "after": SeatKind.AFTER,
    "parallel": SeatKind.PARALLEL,
}
NAMES = {
    SeatKind.BEFORE: tell("前加签"),
    SeatKind.AFTER: tell("后加签"),
    SeatKind.PARALLEL: tell("并加签"),
}
_MOST_PEOPLE = 20


def add_sign(
    app: App,
    actor: Actor,
    *,
    key: Key,
    mode: str,
    people: Sequence[str],
    reason: str = "",
    idempotency_key: str | None = None,
) -> UserTask:
    """Add a seat for each of ``people`` (usernames) to the actor's own.

    ``before``: they advise first, and meanwhile nobody may act on the actor's seat. ``after``:
    they confirm when he is done. ``parallel``: they vote beside him. The modes do not mix on one
    task, and nobody has two seats. Raises Forbidden, InvalidInput, AlreadyHandled, NotFound.
    """
    kind = _kind(mode)
    names = _names(people)
    words = checked_reason(reason, what=tell("加签说明")) if reason.strip() else ""

    def decide(at: Situation) -> Decision:
        _require_unmixed(at, kind)
        for name in names:
            fit_person(at, name, verb=tell("加签给"), anybody=False)
        own = own_seat(at)
        fresh = own.next_keys(at.locked.head.key, len(names))
        more = seats.added(
            own.seats,
            own.seat.key,
            kind=kind,
            by=at.me.username,
            people=dict(zip(names, fresh, strict=True)),
            now=at.now,
        )
        return seated(
            at.task,
            arranged(at.task, more, at.now),
            keys_taken=own.taken + len(fresh),
            facts={
                "seat": str(own.seat.key),
                "mode": mode,
                "people": list(names),
                "seats": [str(k) for k in fresh],
            },
            said={"reason": words} if words else {},
        )

    return change_standing(
        app,
        actor,
        key=key,
        action=Action.ADD_SIGN,
        kind="add-sign",
        decide=decide,
        asked=request(
            "add-sign", idempotency_key, key, {"mode": mode, "people": list(names), "reason": words}
        ),
    )


def _require_unmixed(at: Situation, kind: SeatKind) -> None:
    before = seats.mode(at.task.seats)
    if before not in {None, kind}:
        raise Forbidden(
            action=NAMES[kind],
            reason=tell("此任务已有{names}，同一任务的加签方式不能混用。", names=NAMES[before])
            if before
            else "",
        )


def _kind(mode: str) -> SeatKind:
    if mode not in MODES:
        raise _wrong(
            "mode",
            tell("加签方式应为 {modes}，现在是“{mode}”。", modes=several(MODES), mode=mode[:40]),
        )
    return MODES[mode]


def _names(people: Sequence[str]) -> tuple[str, ...]:
    names = tuple(people)
    if not names:
        raise _wrong("people", tell("请选择加签人员。"))
    if len(names) > _MOST_PEOPLE:
        raise _wrong(
            "people",
            tell(
                "一次最多加签 {most_people} 人，现在是 {count} 人。",
                most_people=_MOST_PEOPLE,
                count=len(names),
            ),
        )
    if len(set(names)) < len(names):
        raise _wrong("people", tell("加签人员有重复，请去掉重复的人员。"))
    return names


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(problems=(Problem(element_id=field, rule=field, message=message),))
