"""Moving a running instance to another version of its diagram.

Nothing is executed: the live tokens are put on the elements of the new version that their own are
mapped to. Events that the new version adds around them are waited for from now on, those that it no
longer has are not; what both have keeps its timer or subscription. Everything that does not fit is a finding; while there is one with severity error the
instance stays where it is. Without changes the result serves as a dry run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from engine.model import effects
from engine.model.keys import Key
from engine.model.problems import Problem, Severity
from engine.model.step import Scope, State
from engine.runtime.added_events import Added, Subscribed, same_event, subscribe
from engine.runtime.bundle import Bundle, Environment
from engine.runtime.definition import Definition, Node
from engine.runtime.events import node_id
from engine.runtime.joins import reachability
from engine.runtime.lifecycle import ENTER, JOIN, WORK
from engine.runtime.scope import Kind, kind_of
from engine.runtime.tree import STARTED, WAITING
from engine.text import tell

#: The elements that wait for an event of their own.
_CATCHES = frozenset({"intermediateCatchEvent", "receiveTask"})


@dataclass(frozen=True, kw_only=True)
class Migrated:
    """``scopes``: their new rows. ``moved``: open element instance → its new element id, for the
    rows of visits, tasks and jobs; ``events``: (element instance, event id) → its new event id, for
    timers and subscriptions. ``closed``: waits that the new version no longer has; ``added``: the
    events that are new around what is open, ``opened`` the timers and subscriptions for them, whose
    keys end with ``counter``.
    """

    scopes: tuple[Scope, ...]
    moved: Mapping[Key, str]
    events: Mapping[tuple[Key, str], str]
    closed: tuple[effects.WaitClosed, ...]
    added: tuple[Added, ...]
    opened: tuple[effects.Effect, ...]
    counter: int
    problems: tuple[Problem, ...]

    @property
    def possible(self) -> bool:
        return all(p.severity is not Severity.ERROR for p in self.problems)


def migrate(
    old: Bundle,
    new: Bundle,
    state: State,
    environment: Environment,
    mapping: Mapping[str, str] | None = None,
) -> Migrated:
    """Fit all scopes of an instance to another bundle.

    ``state.scopes``: every scope of the instance, outer ones first. ``mapping``: old → new element
    id where they differ; an element that is not named keeps its id. Raises NeedMore for variables
    that the expressions of added events read.
    """
    work = _Migration(old=old, new=new, mapping=mapping or {})
    scopes = tuple(work.scope(scope) for scope in state.scopes)
    waits = Subscribed(scopes=(), effects=(), counter=state.counter, problems=())
    if work.added and not any(p.severity is Severity.ERROR for p in work.problems):
        waits = subscribe(new, state, scopes, work.added, environment)
    rows = {scope.key: scope for scope in waits.scopes}
    return Migrated(
        scopes=tuple(rows.get(scope.key, scope) for scope in scopes),
        moved=work.moved,
        events=work.events,
        closed=tuple(work.closed),
        added=tuple(work.added),
        opened=waits.effects,
        counter=waits.counter,
        problems=(*work.problems, *waits.problems),
    )


def _around(definition: Definition, node: Node) -> list[Node]:
    """The events that an open element instance waits for beside its own."""
    names = list(node.boundaries)
    if node.type == "eventBasedGateway":
        names += [flow.target for flow in node.outgoing]
    return [definition.nodes[name] for name in names]


def _before_work(data: Mapping[str, Any]) -> bool:
    """Its events are not open yet: a start listener is at work, or it could not begin."""
    if "bo" in data:
        return False
    return data.get("li", ("",))[0] == "start" or data.get("i") in {ENTER, WORK, JOIN}


@dataclass(kw_only=True, eq=False)
class _Migration:
    old: Bundle
    new: Bundle
    mapping: Mapping[str, str]
    moved: dict[Key, str] = field(default_factory=dict)
    events: dict[tuple[Key, str], str] = field(default_factory=dict)
    closed: list[effects.WaitClosed] = field(default_factory=list)
    added: list[Added] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def scope(self, scope: Scope) -> Scope:
        kind = kind_of(scope.snapshot)
        tokens, data = orjson.loads(scope.snapshot[2:])
        before = self.old.processes[scope.process_id]
        process_id = self._process(scope)
        after = self.new.processes.get(process_id)
        element_id = None if scope.element_id is None else self._name(scope.element_id)
        flow = "" if kind is Kind.PROCESS else element_id or ""
        if after is None:
            self._refuse(
                "",
                "process-missing",
                tell("新版本中没有流程“{process_id}”，请先部署。", process_id=process_id),
            )
            return scope
        if kind is not Kind.BODY:
            tokens = [self._token(before, after, flow, scope.key, token) for token in tokens]
            self._triggers(before, after, flow, scope, data)
        if "hc" in data:
            self._refuse(
                "",
                "canceling",
                tell("有环节正在取消，等待取消监听器（canceling）完成，暂不能迁移，请稍后重试。"),
            )
        if "g" in data:
            data["g"] = {self._name(name): flows for name, flows in data["g"].items()}
        for begun in ("st", "sw"):  # where it begins, while listeners of the process are at work
            if begun in data:
                data[begun] = [self._name(name) for name in data[begun]]
        if "h" in data:
            data["h"]["all"] = [self._name(name) for name in data["h"]["all"]]
        if kind is Kind.BODY:
            source, target = before.nodes.get(scope.element_id or ""), after.nodes.get(flow)
            for key, inner in data.get("x", {}).items():
                self._waits(Key(int(key)), inner, [(source, target)])
            self._inner(data["b"], element_id or "")
        else:
            data["mod"] = 1  # a branch that the new version adds never comes to a join
        snapshot = scope.snapshot[:2] + orjson.dumps([tokens, data])
        return Scope(
            key=scope.key,
            parent_key=scope.parent_key,
            process_id=process_id,
            element_id=element_id,
            snapshot=snapshot,
        )

    def _process(self, scope: Scope) -> str:
        return self.new.process_id if scope.process_id == self.old.process_id else scope.process_id

    def _name(self, element_id: str) -> str:
        return self.mapping.get(element_id, element_id)

    def _inner(self, body: dict[str, Any], element_id: str) -> None:
        if "a" in body:
            bits = int(body["a"], 16)
            keys = [body["f"] + i for i in range(body["n"]) if bits >> i & 1]
        else:
            keys = [body["k"]]
        self.moved |= dict.fromkeys(keys, element_id)

    def _token(
        self, before: Definition, after: Definition, flow: str, scope_key: Key, token: list[Any]
    ) -> list[Any]:
        key, name, state, data = token
        source, target = before.nodes[name], after.nodes.get(self._name(name))
        if target is None:
            self._refuse(
                name,
                "element-missing",
                tell(
                    "环节“{source}”正在办理，新版本中没有对应的环节，请指定映射。",
                    source=source.name or name,
                ),
            )
            return token
        self._compare(source, target, flow)
        self._events(before, after, scope_key, token, (source, target))
        if "f" in data:
            data["f"] = self._incoming(after, source, target, data["f"])
        if "jb" in data:
            data["jb"][0] = self._incoming(after, source, target, data["jb"][0])
        if "q" in data:
            data["q"] = [[visit, self._name(done)] for visit, done in data["q"]]
        if state != WAITING:  # what waits at a join has no visit yet
            self.moved[Key(key)] = target.id
        return [key, target.id, state, data]

    def _compare(self, source: Node, target: Node, flow: str) -> None:
        shown = source.name or source.id
        if source.type != target.type or source.triggered != target.triggered:
            self._refuse(
                source.id,
                "element-type",
                tell(
                    "环节“{shown}”的类型由 {before} 变为 {after}，不能迁移，请改选映射。",
                    shown=shown,
                    before=source.type,
                    after=target.type,
                ),
            )
        elif type(source.loop) is not type(target.loop):
            self._refuse(
                source.id,
                "element-loop",
                tell(
                    "环节“{shown}”的多实例或循环设置已改变，正在办理的件不能迁移，请待其办结。",
                    shown=shown,
                ),
            )
        if target.scope != flow:
            self._refuse(
                source.id,
                "element-scope",
                tell(
                    "环节“{shown}”在新版本中位于另一个子流程，不能迁移，请改选映射。", shown=shown
                ),
            )

    def _events(
        self,
        before: Definition,
        after: Definition,
        scope_key: Key,
        token: list[Any],
        placed: tuple[Node, Node],
    ) -> None:
        """What an element instance waits for: itself, at its boundary, behind its gateway."""
        source, target = placed
        key, data = Key(token[0]), token[3]
        if source.type in _CATCHES and not same_event(source, target):
            self._refuse(
                source.id,
                "element-event",
                tell(
                    "“{source}”等待的事件种类在新版本中不同，不能迁移，请改选映射。",
                    source=source.name or source.id,
                ),
            )
        was, now = _around(before, source), _around(after, target)
        pairs = self._pairs(was, now)
        self._waits(key, data, [(source, target), *pairs])
        if token[2] == STARTED and not _before_work(data):
            self._add(key, scope_key, pairs, now)

    def _triggers(
        self, before: Definition, after: Definition, flow: str, scope: Scope, data: dict[str, Any]
    ) -> None:
        """The event subprocesses of a scope; of one that was interrupted or ends none is added."""
        there = "" if kind_of(scope.snapshot) is Kind.PROCESS else scope.element_id or ""
        was = [before.nodes[start] for start in before.scopes[there].triggers]
        inside = after.scopes.get(flow)
        now = [after.nodes[start] for start in inside.triggers] if inside is not None else []
        pairs = self._pairs(was, now)
        self._waits(scope.key, data, pairs)
        if not data.keys() & {"z", "li", "i", "old"}:
            self._add(scope.key, scope.key, pairs, now)

    def _pairs(self, was: Iterable[Node], now: Iterable[Node]) -> list[tuple[Node, Node | None]]:
        """Each event of the old version with the one that it goes on as, if there is one."""
        targets = {node.id: node for node in now}
        return [(node, targets.get(self._name(node.id))) for node in was]

    def _waits(
        self, key: Key, data: dict[str, Any], pairs: Iterable[tuple[Node | None, Node | None]]
    ) -> None:
        """Rename the waits of an element instance, and close those that lead nowhere."""
        going = {s.id: t for s, t in pairs if s is not None and t is not None and same_event(s, t)}
        kept: list[list[Any]] = []
        for wait in data.get("w", ()):
            name = node_id(wait[1])
            target = going.get(name)
            if target is None:
                if wait[0]:
                    self.closed.append(effects.WaitClosed(key=Key(wait[0])))
                continue
            renamed = target.id + wait[1][len(name) :]
            if renamed != wait[1]:
                self.events[key, wait[1]] = renamed
                wait[1] = renamed
            kept.append(wait)
        if "w" in data:
            data["w"] = kept

    def _add(
        self,
        key: Key,
        scope_key: Key,
        pairs: Iterable[tuple[Node, Node | None]],
        now: Iterable[Node],
    ) -> None:
        """Note the events that are new; one that has come already does not come again."""
        known = {t.id for s, t in pairs if t is not None and same_event(s, t)}
        self.added += [
            Added(key=key, scope_key=scope_key, event=node) for node in now if node.id not in known
        ]

    def _incoming(self, after: Definition, source: Node, target: Node, flow_id: str) -> str:
        """The flow of the new version by which a token waits at a join."""
        if any(f.id == flow_id for f in target.incoming):
            return flow_id
        origin = next((f.source for f in source.incoming if f.id == flow_id), None)
        wanted = "" if origin is None else self._name(origin)
        for flow in target.incoming:
            if flow.source == wanted:
                return flow.id
        reach = reachability(after.scopes[target.scope], target)
        leading = [flow.id for flow in target.incoming if wanted in reach[flow.id]]
        if len(leading) == 1:
            self.problems.append(
                Problem(
                    severity=Severity.WARNING,
                    element_id=source.id,
                    rule="join-step-added",
                    message=tell(
                        "汇聚“{source}”已有分支到达，新版本在这条分支上新增的环节不再补办。",
                        source=source.name or source.id,
                    ),
                )
            )
            return leading[0]
        came = self._origin_name(source, origin)
        self._refuse(
            origin or source.id,
            "join-flow",
            tell(
                "“{came}”的分支已经到达汇聚“{source}”，但新版本中没有从对应环节到这里的分支，请给“{came}”指定映射。",
                came=came,
                source=source.name or source.id,
            ),
        )
        return flow_id

    def _origin_name(self, join: Node, origin: str | None) -> str:
        """The name of the node that a flow into a join comes from."""
        for process in self.old.processes.values():
            found = process.nodes.get(origin or "")
            if join.id in process.nodes and found is not None:
                return found.name or found.id
        return origin or join.id

    def _refuse(self, element_id: str, rule: str, message: str) -> None:
        self.problems.append(Problem(element_id=element_id, rule=rule, message=message))
