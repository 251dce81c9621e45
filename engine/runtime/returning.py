"""Return to a node already passed (驳回到任意节点; approval.md, “Operations”).

What descends from the target's visit is withdrawn: open work is cancelled, tokens are taken away.
Branches that do not descend from it are left alone; what they had given to a join that is
withdrawn waits there again. Then one token is put at the target, as a child of the visits from
which the first one came. Visits that are taken back are TERMINATED in the ledger. The ledger's ancestry is exact also in loops, where the same node is
visited many times; no way through the diagram is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.model import effects
from engine.model.commands import ReturnTo
from engine.model.errors import Conflict
from engine.model.keys import Key
from engine.model.states import VisitState
from engine.model.step import NeedMore, VisitRow
from engine.runtime import lifecycle
from engine.runtime.scope import Kind
from engine.runtime.specs import JoinSpec
from engine.runtime.tree import WAITING
from engine.text import tell

if TYPE_CHECKING:
    from engine.runtime.definition import FlowScope
    from engine.runtime.run import Run
    from engine.runtime.scope import LiveScope

#: An arrival at a join: node, flow, the visit that it came from.
Arrival = list[Any]


def return_to(run: Run, command: ReturnTo) -> None:
    """Carry the command out; Conflict where the element does not stem from the target."""
    instance = run.find(command.element_key)
    ledger = _Ledger(run)
    target = ledger.target(command.target_visit)
    levels = ledger.levels(target)  # from the live scope down to the target
    scope, visit = run.scope(levels[0].scope_key), levels[0]
    if visit.element_id not in scope.flow.nodes:
        raise Conflict(what=tell("退回"), reason=tell("目标环节在流程的现行版本中已不在原处"))
    withdrawn = ledger.descendants(visit)
    here = instance.key
    inside = instance.scope
    while inside.key != scope.key:
        here = inside.key
        parent = run.parent(inside)
        if parent is None:
            raise _not_before()
        inside = parent
    if here not in withdrawn and here != visit.key:
        raise _not_before()
    arrivals = _arrivals(scope.flow, ledger, visit, withdrawn)
    _withdraw(run, scope, withdrawn | {visit.key})
    for key in sorted(withdrawn | {visit.key}):
        if ledger.row(key).state == VisitState.COMPLETED:
            run.emit(effects.VisitClosed(key=key, state=VisitState.TERMINATED))
    data: dict[str, Any] = {}
    inner = levels[1:]
    if inner:
        data = {
            "at": [v.element_id for v in inner],
            "vs": [v.scope_key for v in inner],
            "ra": [_inner_arrivals(run, ledger, levels, i) for i in range(1, len(levels))],
        }
    scope.tree.enter_at(visit.element_id, {"p": list(visit.parents), **data})
    restore(run, scope, arrivals)
    run.disturb(scope)


def restore(run: Run, scope: LiveScope, arrivals: list[Arrival]) -> None:
    """Put arrivals at joins again."""
    for node_id, flow_id, parent in arrivals:
        if node_id in scope.flow.nodes and isinstance(scope.flow.spec.at(node_id), JoinSpec):
            scope.tree.restore(run.next_key(), node_id, WAITING, {"f": flow_id, "p": [parent]})


def _withdraw(run: Run, scope: LiveScope, keys: set[Key]) -> None:
    for token in scope.tree.tokens:
        gone = token.key in keys
        if token.state == WAITING:
            gone = any(parent in keys for parent in token.internal_data["p"])
        if gone:
            found = run.instance(scope, token.key)
            if found is not None:
                lifecycle.cancel(run, found)


def _arrivals(
    flow: FlowScope, ledger: _Ledger, target: VisitRow, withdrawn: set[Key]
) -> list[Arrival]:
    """What branches that stay had brought to joins that are withdrawn."""
    found: list[Arrival] = []
    for row in ledger.rows_of(target.scope_key):
        if row.key not in withdrawn or len(row.parents) < 2 or row.state != VisitState.COMPLETED:
            continue
        node = flow.nodes.get(row.element_id)
        used: set[str] = set()
        for parent in row.parents:
            if node is None or parent in withdrawn or parent == target.key:
                continue
            before = ledger.row(parent)
            if before.state != VisitState.COMPLETED:
                continue  # it was taken back by an earlier return
            source = before.element_id
            for incoming in node.incoming:
                if incoming.source == source and incoming.id not in used:
                    used.add(incoming.id)
                    found.append([node.id, incoming.id, parent])
                    break
    return found


def _inner_arrivals(run: Run, ledger: _Ledger, levels: list[VisitRow], index: int) -> list[Arrival]:
    """The same inside a scope that is over and will be opened again."""
    visit = levels[index]
    flow = _flow_inside(run, levels, index)
    return _arrivals(flow, ledger, visit, ledger.descendants(visit))


def _flow_inside(run: Run, levels: list[VisitRow], index: int) -> FlowScope:
    """The flow nodes among which ``levels[index]`` lies."""
    definition = run.scope(levels[0].scope_key).definition
    for outer in levels[:index]:
        node = definition.nodes.get(outer.element_id)
        if node is not None and node.call is not None:
            called = run.bundle.processes.get(node.call.process_id.text)
            if called is None:
                raise Conflict(
                    what=tell("退回"),
                    reason=tell("目标环节在已结束的被调用流程之内，请退回到调用它的环节"),
                )
            definition = called
    found = definition.nodes.get(levels[index].element_id)
    if found is None:
        raise Conflict(what=tell("退回"), reason=tell("目标环节在流程的现行版本中已不存在"))
    return definition.scopes[found.scope]


def _not_before() -> Conflict:
    return Conflict(
        what=tell("退回"), reason=tell("当前环节不是由目标环节办理而来，不能退回到那里")
    )


@dataclass(eq=False)
class _Ledger:
    """The visits that were loaded."""

    run: Run

    def __post_init__(self) -> None:
        self._rows = {v.key: v for v in self.run.state.visits}

    def row(self, key: Key) -> VisitRow:
        found = self._rows.get(key)
        if found is None:
            raise NeedMore(visits=frozenset({key}))
        return found

    def rows_of(self, scope_key: Key) -> Iterator[VisitRow]:
        return (self._rows[k] for k in sorted(self._rows) if self._rows[k].scope_key == scope_key)

    def need(self, scopes: frozenset[Key], visit: Key, since: Key) -> None:
        """Raise NeedMore unless these are loaded: the visits of scopes, and one visit."""
        if visit not in self._rows or not scopes <= self.run.state.visits_of:
            raise NeedMore(visits=frozenset({visit}), visits_of=scopes, visits_since=since)

    def target(self, key: Key) -> VisitRow:
        """The target's visit."""
        self.need(frozenset(s.key for s in self.run.state.scopes), key, key)
        found = self._rows[key]
        if found.state != VisitState.COMPLETED:
            raise Conflict(what=tell("退回"), reason=tell("目标环节还没有办结过"))
        return found

    def levels(self, target: VisitRow) -> list[VisitRow]:
        """The target's visit and those of the ended scopes around it, outermost first.

        An inner instance stands for the whole multi-instance: that is done anew.
        """
        live = {s.key for s in self.run.state.scopes}
        found = [target]
        while True:
            key = found[0].scope_key
            if key in live and self.run.scope(key).kind is not Kind.BODY:
                return found
            self.need(frozenset({key}), key, target.key)
            around = self._rows[key]
            if around.state == VisitState.TERMINATED:
                raise Conflict(what=tell("退回"), reason=tell("目标环节所在的子流程已被退回或取消"))
            if around.element_id == found[0].element_id:
                found = [around]
            else:
                found.insert(0, around)

    def descendants(self, visit: VisitRow) -> set[Key]:
        """The visits of the same scope that stem from this one, itself left out."""
        found: set[Key] = set()
        for row in self.rows_of(visit.scope_key):
            if row.key > visit.key and any(p == visit.key or p in found for p in row.parents):
                found.add(row.key)
        return found
