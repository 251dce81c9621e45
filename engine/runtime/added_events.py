"""The events that a new version adds around what is open already (Camunda 8: migration).

A boundary event of an open activity, an event subprocess of an open scope, an event behind an
event-based gateway that waits: what the old version did not have is waited for from the migration
on, its duration counted from there. What both versions have keeps the wait that it has, also where
its time or name is written otherwise now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from engine.model.effects import Effect
from engine.model.keys import Key
from engine.model.problems import Problem, Severity
from engine.model.step import Scope, State
from engine.runtime.bundle import Bundle, Environment
from engine.runtime.definition import Node
from engine.runtime.events import event_id, open_waits
from engine.runtime.faults import Fault
from engine.runtime.run import Run
from engine.text import tell


@dataclass(frozen=True, kw_only=True)
class Added:
    """``key``: of the element instance (or the scope) that waits from now on; ``scope_key``: the
    scope that it is in (or is)."""

    key: Key
    scope_key: Key
    event: Node


@dataclass(frozen=True, kw_only=True)
class Subscribed:
    """``scopes``: those whose rows changed. ``counter``: the last number used for a key."""

    scopes: tuple[Scope, ...]
    effects: tuple[Effect, ...]
    counter: int
    problems: tuple[Problem, ...]


def same_event(before: Node, after: Node) -> bool:
    """Whether what is waited for by one event serves the other as it is."""
    if before.event is None or after.event is None:
        return before.event is after.event
    was, now = before.event, after.event
    if (was.interrupting, was.parallel) != (now.interrupting, now.parallel):
        return False
    return _kinds(before) == _kinds(after)


def _kinds(node: Node) -> list[tuple[str, str]]:
    """Kind and event id (without the node's) of what an event waits for."""
    definitions = node.event.definitions if node.event else ()
    return [(d.kind, event_id(node, d).removeprefix(node.id)) for d in definitions]


def subscribe(
    bundle: Bundle,
    state: State,
    scopes: Sequence[Scope],
    added: Iterable[Added],
    environment: Environment,
) -> Subscribed:
    """Open what the added events wait for. ``scopes``: all of the instance, migrated already.

    Expressions see the variables as they are now; one that cannot be evaluated is a problem that
    forbids the migration. Raises NeedMore for the variables that were not loaded.
    """
    run = Run(bundle, replace(state, scopes=tuple(scopes)), environment)
    problems: list[Problem] = []
    for one in added:
        try:
            _open(run, one)
        except Fault as fault:
            problems.append(_cannot(one.event, fault))
        problems += _later(one.event)
    done = run.result()
    return Subscribed(
        scopes=done.scopes,
        effects=done.effects,
        counter=done.counter,
        problems=tuple(problems),
    )


def _open(run: Run, one: Added) -> None:
    scope = run.scope(one.scope_key)
    if one.key == scope.key:
        data, chain = scope.data, run.chain(scope)
    else:
        instance = run.instance(scope, one.key)
        assert instance is not None  # noqa: S101 - its token was just put there
        data, chain = instance.data, run.chain_of(instance)
    waits = open_waits(run, one.key, one.event, chain)
    if waits:
        data["w"] = data.get("w", []) + waits


def _cannot(event: Node, fault: Fault) -> Problem:
    return Problem(
        element_id=event.id,
        rule="event-added",
        message=tell(
            "新版本新增了事件“{event}”，但它无法开始等待：{fault}",
            event=event.name or event.id,
            fault=fault.message,
        ),
    )


def _later(event: Node) -> list[Problem]:
    """Nothing is executed by a migration: a condition is looked at when next a variable changes."""
    if not any(d.kind == "conditional" for d in (event.event.definitions if event.event else ())):
        return []
    return [
        Problem(
            severity=Severity.WARNING,
            element_id=event.id,
            rule="condition-added",
            message=tell(
                "新增的条件事件“{event}”在变量下一次改变时才判断，即使条件现在已经成立。",
                event=event.name or event.id,
            ),
        )
    ]
