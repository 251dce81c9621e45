"""What the journal says of a command: who, what, and where it left the instance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.model import chain, journal
from engine.model.actor import Actor
from engine.model.effects import DecisionEvaluated
from engine.model.journal import Link, Said, say
from engine.model.keys import Key
from engine.model.states import InstanceState, TaskState, VisitState
from engine.storage.commands.changes import Changes


@dataclass(frozen=True, kw_only=True)
class Act:
    """What the journal says of a command: ``facts`` stay for ever, ``said`` may be erased."""

    kind: str
    element_key: Key | None = None
    element_id: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    said: tuple[Said, ...] = ()


def enter(
    changes: Changes, act: Act, actor: Actor, decisions: list[DecisionEvaluated] | tuple[()]
) -> None:
    """Give the changes the journal's next entry, linked to the one before."""
    said = act.said
    if decisions:
        said = (*said, say("decisions", [_decision(taken) for taken in decisions]))
    head = changes.head
    changes.said = said
    changes.link = _link(
        head.journal_digest if head else chain.START,
        number=head.journal_number + 1 if head else 1,
        changes=changes,
        act=act,
        actor=actor,
        facts={**_position(changes, decisions), **_behalf(actor), **act.facts},
    )


def _link(
    previous: bytes,
    *,
    number: int,
    changes: Changes,
    act: Act,
    actor: Actor,
    facts: Mapping[str, Any],
) -> Link:
    return journal.link(
        previous,
        number=number,
        at=changes.now,
        actor_key=actor.key,
        kind=act.kind,
        facts=facts,
        said=changes.said,
        element_key=act.element_key,
        element_id=act.element_id,
    )


def _behalf(actor: Actor) -> dict[str, Any]:
    """For whom a proxy acted (“C 代 A”)."""
    return {"on_behalf_of": actor.on_behalf_of} if actor.on_behalf_of else {}


def _position(changes: Changes, decisions: list[DecisionEvaluated] | tuple[()]) -> dict[str, Any]:
    """Where the command left the instance, so that the journal alone tells where it stands."""
    facts: dict[str, Any] = {}
    opened = [
        [
            str(v.key),
            v.element_id,
            *([str(v.scope_key)] if v.scope_key != changes.instance_key else []),
        ]
        for v in changes.visits
        if v.state is VisitState.ACTIVE
    ]
    passed = [v.element_id for v in changes.visits if v.state is not VisitState.ACTIVE]
    closed = [str(key) for key in changes.visits_closed]
    tasks = [str(task.key) for task in changes.tasks if task.state is TaskState.CREATED]
    if changes.state is not InstanceState.ACTIVE:
        facts["state"] = str(changes.state)
    if changes.result:
        facts["result"] = changes.result
    if changes.turned:
        facts["clock"] = [str(changes.turned.turn), str(changes.turned.stop.kind)]
    lists: dict[str, list[Any]] = {
        "opened": opened,
        "passed": passed,
        "closed": closed,
        "tasks": tasks,
        "terminated": [str(key) for key in changes.terminated],
        "incidents": [[i.element_id, i.kind] for i in changes.incidents],
        "decisions": [[d.decision_id, [m.index for m in d.matched]] for d in decisions],
    }
    return facts | {name: listed for name, listed in lists.items() if listed}


def _decision(taken: DecisionEvaluated) -> dict[str, Any]:
    """Columns as pairs: in JSONB the entries of an object do not keep their order."""
    return {
        "element": taken.element_id,
        "decision": taken.decision_id,
        "inputs": _pairs(taken.inputs),
        "output": taken.output,
        "matched": [
            {
                "decision": rule.decision_id,
                "name": rule.decision_name,
                "index": rule.index,
                "rule": rule.rule_id,
                "inputs": _pairs(rule.inputs),
                "outputs": _pairs(rule.outputs),
                "annotation": rule.annotation,
            }
            for rule in taken.matched
        ],
    }


def _pairs(values: Mapping[str, Any]) -> list[list[Any]]:
    return [[name, value] for name, value in values.items()]
