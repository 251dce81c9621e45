"""Order an operation on many cases: who they are is frozen now, what is done follows (批量处理)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.model import keys
from engine.model.actor import Actor
from engine.model.batches import Batch, BatchKind, BatchState
from engine.model.case_rules import CaseFacts
from engine.model.errors import IdempotencyMismatch, InvalidInput, TooLarge
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.model.search import Condition, Operator
from engine.model.states import InstanceState
from engine.service.acting import acting
from engine.service.administration.migration import checked_mapping
from engine.service.app import App
from engine.service.repeats import request
from engine.service.said import reason as checked_reason
from engine.storage.commands import idempotency
from engine.storage.database import UnitOfWork
from engine.storage.exchange.queue import RUN_BATCH
from engine.storage.history import acts
from engine.storage.instances import batches, cases
from engine.text import tell

#: As many cases may be in one batch.
MOST_CASES = 100_000


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be done to each case.

    MIGRATE: ``definition_key`` and ``mapping``; MODIFY: ``moves`` of element ids; the others need
    no more than their kind.
    """

    kind: BatchKind
    definition_key: Key | None = None
    mapping: Mapping[str, str] | None = None
    moves: tuple[tuple[str, str], ...] = ()

    def plan(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "definition": str(self.definition_key or ""),
            "mapping": dict(self.mapping or {}),
            "moves": [list(move) for move in self.moves],
        }


def ordered(batch: Batch) -> Order:
    """What a batch that was kept is to do."""
    plan = batch.plan
    return Order(
        kind=batch.kind,
        definition_key=keys.parse(plan["definition"]) if plan["definition"] else None,
        mapping=plan["mapping"],
        moves=tuple((source, target) for source, target in plan["moves"]),
    )


#: The states in which a case can be meant by a kind of batch, whatever was asked for.
_MEANT: Mapping[BatchKind, tuple[InstanceState, ...]] = {
    BatchKind.MIGRATE: (InstanceState.ACTIVE, InstanceState.SUSPENDED),
    BatchKind.MODIFY: (InstanceState.ACTIVE,),
    BatchKind.CANCEL: (InstanceState.ACTIVE, InstanceState.SUSPENDED),
    BatchKind.RESOLVE_INCIDENT: (InstanceState.ACTIVE,),
    BatchKind.SUSPEND: (InstanceState.ACTIVE,),
    BatchKind.RESUME: (InstanceState.SUSPENDED,),
}


def selected(
    app: App, actor: Actor, *, kind: BatchKind, conditions: Sequence[Condition]
) -> tuple[Key, ...]:
    """The cases that such a batch would be over now; administrators only. Raises TooLarge."""
    require(actor, Action.READ_OPERATIONS)
    with app.database.unit_of_work() as work:
        return _selected(work, kind, conditions)


def start_batch(
    app: App,
    actor: Actor,
    *,
    order: Order,
    conditions: Sequence[Condition],
    reason: str,
    selection: str = "",
    idempotency_key: str | None = None,
) -> Key:
    """Order it; the worker does each case as a command of its own, with this reason.

    ``conditions``: of the search for cases; at least one. ``selection``: the same in words.
    Raises Forbidden, InvalidInput (nothing to choose by, none found, the plan is no plan), TooLarge.
    """
    words = checked_reason(reason, what=tell("原因"))
    _require_plan(app, order)
    if not conditions:
        raise _wrong(
            "filter", tell("请说明对哪些事项处理（流程、版本、状态或所在环节），不能不加条件。")
        )
    body = {
        **order.plan(),
        "reason": words,
        "filter": [[c.field, str(c.operator), str(c.value)] for c in conditions],
    }
    asked = request(f"batch-{order.kind}", idempotency_key, "batch", body)
    now = app.now()
    with acting(app, actor) as (work, me):
        require(me, Action.CHANGE_CASE, CaseFacts())
        before = asked.answered(work, me) if asked is not None else None
        if before is not None:
            return keys.parse(before["key"])
        chosen = _selected(work, order.kind, conditions)
        if not chosen:
            raise _wrong("filter", tell("没有符合条件、可以这样处理的事项。"))
        batch = Batch(
            key=Key(0),
            kind=order.kind,
            state=BatchState.ACTIVE,
            plan=order.plan(),
            selection=selection[:500],
            reason=words,
            created_by_key=me.key,
            created_by=me.name,
            created_at=now,
            ended_at=None,
            total=len(chosen),
        )
        key = batches.add(work, batch, chosen)
        acts.record(
            work,
            stream="batches",
            actor=me,
            kind="start",
            facts={
                "batch": str(key),
                "kind": str(order.kind),
                "cases": len(chosen),
                "plan": order.plan(),
                "selection": selection[:500],
            },
            at=now,
        )
        remembered = asked.remembered(me, {"key": str(key)}) if asked is not None else None
        if remembered is not None and not idempotency.keep(work, remembered, now=now):
            raise IdempotencyMismatch(key=remembered.key)  # at the same instant as another one
        app.queue.defer(work, RUN_BATCH, [{}])
        work.commit()
    return key


def _selected(
    work: UnitOfWork, kind: BatchKind, conditions: Sequence[Condition]
) -> tuple[Key, ...]:
    meant = Condition(field="state", operator=Operator.IN, value=_MEANT[kind])
    further = [Condition(field="hasIncident", value=True)]
    wanted = [*conditions, meant, *(further if kind is BatchKind.RESOLVE_INCIDENT else [])]
    found = cases.case_keys(work, wanted, limit=MOST_CASES + 1)
    if len(found) > MOST_CASES:
        raise TooLarge(
            what=tell("一次批量处理的事项"), limit=tell("{most_cases} 件", most_cases=MOST_CASES)
        )
    return found


def _require_plan(app: App, order: Order) -> None:
    """Raise InvalidInput for what could not be done to any case."""
    if order.kind is BatchKind.MODIFY and not order.moves:
        raise _wrong("moveInstructions", tell("请至少指定一处移动：从哪个环节到哪个环节。"))
    if order.kind is not BatchKind.MIGRATE:
        return
    if order.definition_key is None:
        raise _wrong("targetProcessDefinitionKey", tell("请选择要迁移到的版本。"))
    new = app.bundles.resolve(definition_key=order.definition_key)
    if order.mapping:
        targets = set(order.mapping.values())
        checked_mapping(new, new, {target: target for target in targets})


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(problems=(Problem(element_id=field, rule=field, message=message),))
