"""One step at work: what was loaded, what changes, what is still to be done.

Nothing here decides anything about BPMN; the behaviours (``lifecycle`` and its neighbours) do,
by means of a :class:`Run`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from engine import feel
from engine.model.effects import Effect
from engine.model.errors import Conflict
from engine.model.keys import Key, part
from engine.model.step import NeedMore, Scope, State, Stepped
from engine.runtime import body
from engine.runtime.bundle import Bundle, Environment
from engine.runtime.definition import Definition, FlowScope, Node
from engine.runtime.expressions import Formula, Value
from engine.runtime.faults import Fault
from engine.runtime.scope import Instance, Kind, LiveScope, kind_of
from engine.runtime.tree import Token, Tree
from engine.runtime.variables import MISSING, Chain, VariableStore
from engine.text import tell

#: Element entries in one step without a wait, after which a token stands in an incident.
ENTRY_LIMIT = 10_000


class Run:
    """``queue``: what is still to be done, in order. ``unsettled``: scopes whose tokens moved."""

    def __init__(self, bundle: Bundle, state: State, environment: Environment) -> None:
        self.bundle = bundle
        self.environment = environment
        self.state = state
        self.counter = state.counter
        self.effects: list[Effect] = []
        self.variables = VariableStore(state.variables)
        self.scopes: dict[Key, LiveScope] = {}
        self.rows: dict[Key, Scope] = {s.key: s for s in state.scopes}
        self.queue: deque[Callable[[], None]] = deque()
        self.unsettled: dict[Key, LiveScope] = {}
        self.dropped: dict[Key, None] = {}
        self.entries = 0
        self.watching = False  # whether what is taken away is noted (``canceling``)
        self.unheard: list[list[int]] = []
        self.jobs_taken: list[list[int]] = []
        self.resumed: dict[str, Any] | None = None
        self.reviewed = 0  # the version of the variables for which conditions were looked at
        self.ready: Callable[[LiveScope, Token], None] = _unset
        self.enter: Callable[[LiveScope, Token], bool | None] = _unset

    # -- keys, effects ------------------------------------------------------------------------

    def next_key(self) -> Key:
        self.counter += 1
        return part(self.state.instance_key, self.counter)

    def emit(self, effect: Effect) -> None:
        self.effects.append(effect)

    # -- scopes -------------------------------------------------------------------------------

    def has_scope(self, key: Key) -> bool:
        """Whether a scope of that key is loaded and not over."""
        if key in self.scopes:
            return not self.scopes[key].over
        return key in self.rows and key not in self.dropped

    def scope(self, key: Key) -> LiveScope:
        """The scope of that key; NeedMore where it was not loaded."""
        found = self.scopes.get(key)
        if found is not None:
            return found
        row = self.rows.get(key)
        if row is None:
            raise NeedMore(scopes=frozenset({key}))
        kind = kind_of(row.snapshot)
        tokens, data = orjson.loads(row.snapshot[2:])
        return self._live(
            row.key,
            row.parent_key,
            row.process_id,
            row.element_id,
            kind,
            data,
            tokens,
            row.snapshot,
        )

    def create_scope(
        self,
        key: Key,
        parent: LiveScope | None,
        kind: Kind,
        *,
        process_id: str,
        element_id: str | None,
    ) -> LiveScope:
        self.variables.create(key)
        return self._live(
            key, parent.key if parent else None, process_id, element_id, kind, {}, [], None
        )

    def _live(
        self,
        key: Key,
        parent_key: Key | None,
        process_id: str,
        element_id: str | None,
        kind: Kind,
        data: dict[str, Any],
        tokens: list[list[Any]],
        saved: bytes | None,
    ) -> LiveScope:
        scope = LiveScope(
            key=key,
            parent_key=parent_key,
            process_id=process_id,
            element_id=element_id,
            kind=kind,
            definition=self.definition(process_id),
            make_tree=lambda flow: self._tree(scope, flow),
            data=data,
            tokens=tokens,
            saved=saved,
        )
        self.scopes[key] = scope
        return scope

    def _tree(self, scope: LiveScope, flow: FlowScope) -> Tree:
        tree = Tree(flow.spec, self.next_key, lambda token: self.ready(scope, token))
        tree.enter = lambda token: self.enter(scope, token)
        tree.memory = scope.data
        tree.judge = lambda node, counts: self.judge(scope, node, counts)
        return tree

    def definition(self, process_id: str) -> Definition:
        found = self.bundle.processes.get(process_id)
        if found is None:
            raise Conflict(
                what=tell("流程定义"),
                reason=tell("这一件所用的流程“{process_id}”没有随件固定", process_id=process_id),
            )
        return found

    def parent(self, scope: LiveScope) -> LiveScope | None:
        return None if scope.parent_key is None else self.scope(scope.parent_key)

    def owner(self, scope: LiveScope) -> Instance | None:
        """The activity that opened a scope; None for the root."""
        parent = self.parent(scope)
        if parent is None:
            return None
        return self.instance(parent, scope.key)

    def instance(self, scope: LiveScope, key: Key) -> Instance | None:
        """The open element instance of that key in a scope, if there is one."""
        if scope.kind is Kind.BODY:
            return body.inner_instance(scope, key)
        token = scope.tree.token(key)
        if token is None or token.id != key:
            return None
        return Instance(
            key=key, node=token.node, scope=scope, data=token.internal_data, token=token
        )

    def find(self, key: Key) -> Instance:
        """The open element instance of that key in the loaded scopes; Conflict if there is none."""
        for row in reversed(self.state.scopes):
            if row.key == key or row.key in self.dropped:
                continue
            found = self.instance(self.scope(row.key), key)
            if found is not None:
                return found
        raise Conflict(what=tell("该环节"), reason=tell("它已经办结、撤回或取消"))

    def disturb(self, scope: LiveScope) -> None:
        """Have a scope looked at when the queue is empty: is it over, may a join pass?"""
        self.unsettled[scope.key] = scope

    def drop(self, scope: LiveScope) -> None:
        """A scope is over."""
        scope.over = True
        self.unsettled.pop(scope.key, None)
        self.dropped[scope.key] = None

    # -- values -------------------------------------------------------------------------------

    def chain(self, scope: LiveScope) -> Chain:
        """The scopes in which a name is looked up, nearest first, up to the process."""
        keys = [scope.key]
        while scope.kind is not Kind.PROCESS:
            scope = self.scope(scope.parent_key or Key(0))
            keys.append(scope.key)
        return tuple(keys)

    def chain_of(self, instance: Instance) -> Chain:
        """The same from an element instance, whose local variables come first."""
        outer = self.chain(instance.scope)
        if instance.inner or instance.data.get("l"):
            return (instance.key, *outer)
        return outer

    def write_local(self, instance: Instance, values: Mapping[str, Any]) -> None:
        """Write variables of the element instance's own."""
        if not values:
            return
        if not instance.inner and not instance.data.get("l"):
            instance.data["l"] = 1
            if not self.variables.knows(instance.key):
                self.variables.create(instance.key)
        for name, value in values.items():
            self.variables.write(instance.key, name, value)

    def evaluate(
        self,
        formula: Formula,
        chain: Chain,
        *,
        extra: Mapping[str, Any] | None = None,
        kind: str = "EXTRACT_VALUE_ERROR",
    ) -> Any:
        """The value of an expression; an error of evaluation is a Fault."""
        context: dict[str, Any] = {}
        parameters = self.environment.parameters
        for name in formula.names:
            if extra is not None and name in extra:
                context[name] = extra[name]
                continue
            value = self.variables.lookup(chain, name)
            if value is not MISSING:
                context[name] = value
            elif name in parameters:
                context[name] = parameters[name]
        try:
            return formula.evaluate(context, clock=self.environment.clock)
        except (feel.FeelError, TypeError, ValueError) as error:
            raise Fault(
                kind,
                tell(
                    "表达式“{source}”无法计算：{error}", source=formula.source.strip(), error=error
                ),
            ) from None

    def condition(
        self, formula: Formula, chain: Chain, extra: Mapping[str, Any] | None = None
    ) -> bool:
        """The value of a condition; anything but true and false is a Fault."""
        warnings = self.evaluate(formula, chain, extra=extra, kind="CONDITION_ERROR")
        if not isinstance(warnings, bool):
            shown = "空" if warnings is None else f"“{warnings}”"
            raise Fault(
                "CONDITION_ERROR",
                tell(
                    "条件“{source}”的结果应为 true 或 false，实际为{shown}。请检查所用变量是否都有值。",
                    source=formula.source.strip(),
                    shown=shown,
                ),
            )
        return warnings

    def value(self, value: Value | None, chain: Chain, **options: Any) -> Any:
        """An attribute's text, or the value of its expression; None where it is missing."""
        if value is None:
            return None
        if value.formula is None:
            return value.text
        return self.evaluate(value.formula, chain, **options)

    def judge(self, scope: LiveScope, node: Node, counts: Mapping[str, Any]) -> bool:
        """Whether the activation condition of a complex gateway holds for what has arrived."""
        if node.activation is None:
            return True
        return self.condition(node.activation, self.chain(scope), counts)

    # -- the end ------------------------------------------------------------------------------

    def result(self) -> Stepped:
        scopes = []
        for scope in self.scopes.values():
            if scope.over:
                continue
            row = scope.row()
            if row.snapshot != scope.saved:
                scopes.append(row)
        return Stepped(
            counter=self.counter,
            scopes=tuple(scopes),
            dropped=tuple(self.dropped),
            variables=tuple(self.variables.changes()),
            effects=tuple(self.effects),
        )


def _unset(*_: Any) -> Any:
    raise RuntimeError("the step has not been set up")
