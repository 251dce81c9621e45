"""A case's way in a few words for whoever does not read diagrams: what is done, where it is, what
comes until the decision.

What lies ahead is the shortest way over the drawn flows to the node that takes the decision
(``banshi:decision``); what comes after that is not foretold, since it depends on the decision.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.model.records import UserTask, Visit
from engine.model.states import VisitState
from engine.runtime import Definition
from engine.runtime.definition import SUBPROCESSES, Node


class StageState(StrEnum):
    DONE = "done"
    CURRENT = "current"
    AHEAD = "ahead"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """``element_id``: the user task, "" of several at once; ``decides``: takes the decision."""

    element_id: str
    name: str
    state: StageState
    decides: bool = False


def stages(
    definition: Definition,
    *,
    decisive: Collection[str],
    visits: Sequence[Visit],
    open_tasks: Iterable[UserTask],
) -> tuple[Stage, ...]:
    """The user tasks of the outermost process: done in the order of their first completion, then
    those open now, then those on the way to the decision."""
    current = list(dict.fromkeys(task.element_id for task in open_tasks))
    waiting = current or _standing(visits)
    ahead = _ahead(definition, waiting, decisive) if waiting and decisive else ()
    taken = {*current, *ahead}
    done = [
        element
        for element in dict.fromkeys(_completed(visits))
        if element not in taken and _is_user_task(definition, element)
    ]
    if any(element in decisive for element in done):
        ahead = ()
    return tuple(
        Stage(
            element_id=element,
            name=_name(definition, element),
            state=state,
            decides=element in decisive,
        )
        for state, elements in (
            (StageState.DONE, done),
            (StageState.CURRENT, current),
            (StageState.AHEAD, ahead),
        )
        for element in elements
    )


def _completed(visits: Sequence[Visit]) -> Iterator[str]:
    return (v.element_id for v in visits if v.state is VisitState.COMPLETED)


def _standing(visits: Sequence[Visit]) -> list[str]:
    """Where the case stands while no user task is open."""
    return list(dict.fromkeys(v.element_id for v in visits if v.state is VisitState.ACTIVE))


def _is_user_task(definition: Definition, element_id: str) -> bool:
    node = definition.node(element_id)
    return node is not None and node.user_task is not None


def _name(definition: Definition, element_id: str) -> str:
    node = definition.node(element_id)
    return (node.name or node.id) if node is not None else element_id


def _ahead(
    definition: Definition, standing: Sequence[str], decisive: Collection[str]
) -> tuple[str, ...]:
    """The user tasks between where it stands and the nearest decisive node, that one included."""
    start = next((at for at in standing if at in definition.nodes), None)
    if start is None or set(standing) & set(decisive):
        return ()
    came_from: dict[str, str | None] = {start: None}
    queue = deque([start])
    while queue:
        at = queue.popleft()
        if at in decisive:
            way = [step for step in _way_back(came_from, at) if step not in standing]
            return tuple(step for step in reversed(way) if _is_user_task(definition, step))
        for after in _next(definition, definition.nodes[at]):
            if after not in came_from:
                came_from[after] = at
                queue.append(after)
    return ()


def _way_back(came_from: Mapping[str, str | None], at: str) -> Iterator[str]:
    step: str | None = at
    while step is not None:
        yield step
        step = came_from[step]


def _next(definition: Definition, node: Node) -> Iterator[str]:
    """The nodes that a token may come to next: over flows, boundary events, in and out of
    subprocesses."""
    inside = definition.scopes[node.id].starts if node.type in SUBPROCESSES else ()
    yield from inside
    if not inside:
        yield from (flow.target for flow in node.outgoing if flow.target in definition.nodes)
    yield from (event for event in node.boundaries if event in definition.nodes)
    if not node.outgoing and node.scope in definition.nodes:
        around = definition.nodes[node.scope]
        yield from (flow.target for flow in around.outgoing if flow.target in definition.nodes)
