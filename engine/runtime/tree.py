"""The token tree of one scope: SpiffWorkflow's task tree, kept flat.

SpiffWorkflow asks ``uuid4`` and ``time`` for each task and walks the whole tree after each step.
Here a token's id is the key of its element instance, handed out by the step, and a task that is
done is spliced out at once, so that the tree holds the root and what is alive, nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.util.subworkflow import BpmnBaseWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.model.keys import Key

if TYPE_CHECKING:
    from engine.runtime.definition import Flow, Node
    from engine.runtime.specs import NodeSpec, ScopeSpec

WAITING, READY, STARTED = TaskState.WAITING, TaskState.READY, TaskState.STARTED


class Token(Task):  # type: ignore[misc] # SpiffWorkflow carries no types
    """A token on a flow node. ``internal_data`` is what is saved with it.

    Its entries: ``f`` the flow it came by, ``p`` the visits it came from, ``w`` its timers and
    subscriptions, ``i`` the phase that stands in an incident, ``l`` it has local variables, and
    what single behaviours note.
    """

    def __init__(
        self,
        workflow: Tree,
        task_spec: Any,
        parent: Token | None = None,
        state: int = TaskState.FUTURE,
        id: Any = None,  # noqa: A002 - SpiffWorkflow's name
    ) -> None:
        self.id: Key = workflow.next_key() if id is None else id
        workflow.tasks[self.id] = self
        self.workflow = workflow
        self._parent = None if parent is None else parent.id
        self._children: list[Key] = []
        self._state = state
        self.triggered = False
        self.task_spec = task_spec
        self.thread_id = 0
        self.data: dict[str, Any] = {}
        self.internal_data: dict[str, Any] = {}
        self.last_state_change = 0.0
        if parent is not None:
            parent._child_added_notify(self)

    @property
    def key(self) -> Key:
        return self.id

    @property
    def node(self) -> Node:
        found: Node = self.task_spec.node
        return found

    def _add_child(self, task_spec: Any, state: int = TaskState.FUTURE) -> Token:
        return Token(self.workflow, task_spec, self, state=state)

    def _set_state(self, value: int) -> None:
        """Set the state; one that is finished stays so."""
        if not self._state & TaskState.FINISHED_MASK:
            self._state = value


class Tree(BpmnBaseWorkflow):  # type: ignore[misc] # SpiffWorkflow carries no types
    """The live tokens of one scope.

    ``next_key`` hands out keys; ``on_ready`` is told of each token that became READY;
    ``arrivals`` holds, by node, the tokens WAITING at a join. ``busy``: tokens are still on the
    move, joins that look at the whole scope must not be judged yet. ``memory`` is saved with the
    scope, ``judge`` evaluates activation conditions: both serve complex gateways.
    """

    def __init__(
        self, spec: ScopeSpec, next_key: Callable[[], Key], on_ready: Callable[[Token], None]
    ) -> None:
        super().__init__(spec, deserializing=True)
        self.next_key = next_key
        self.on_ready = on_ready
        self.enter: Callable[[Token], bool | None] = _not_entered
        self.busy = True
        self.memory: dict[str, Any] = {}
        self.judge: Callable[[Node, dict[str, Any]], bool] = _not_entered
        self.arrivals: dict[str, dict[Key, Token]] = {}
        self.task_tree = Token(self, spec.start, state=TaskState.COMPLETED, id=Key(0))

    def token(self, key: Key) -> Token | None:
        found: Token | None = self.tasks.get(key) if key else None
        return found

    @property
    def tokens(self) -> list[Token]:
        """Every live token, in the order in which they came about."""
        return [t for t in self.tasks.values() if t.id]

    @property
    def empty(self) -> bool:
        return len(self.tasks) == 1

    def put(self, node_id: str, data: dict[str, Any]) -> Token:
        """Put a token at a node, wherever that is; it becomes READY, or waits at a join."""
        spec: NodeSpec = self.spec.at(node_id)
        token = self.task_tree._add_child(spec, TaskState.FUTURE)
        token.internal_data = data
        spec._update(token)
        return token

    def enter_at(self, node_id: str, data: dict[str, Any]) -> Token:
        """Put a token on a node, past whatever it would wait for there."""
        token = self.task_tree._add_child(self.spec.at(node_id), TaskState.FUTURE)
        token.internal_data = data
        token._ready()
        return token

    def restore(self, key: Key, node_id: str, state: int, data: dict[str, Any]) -> Token:
        """Build a saved token again."""
        token = Token(self, self.spec.at(node_id), self.task_tree, state=state, id=key)
        token.internal_data = data
        if state == WAITING:
            self.arrivals.setdefault(node_id, {})[key] = token
        return token

    def take(self, token: Token) -> None:
        """Take a token away."""
        waiting = self.arrivals.get(token.node.id)
        if waiting is not None:
            waiting.pop(token.id, None)
        token._set_state(TaskState.CANCELLED)
        self._remove_task(token.id)

    def leave(self, token: Token, flows: Iterable[Flow], mark: dict[str, Any]) -> list[Token]:
        """Complete a token: it goes on by the given flows, and is gone."""
        token.internal_data = {"leave": tuple(flows), "mark": mark}
        token.complete()
        produced: list[Token] = token.internal_data["produced"]
        return produced

    def _task_completed_notify(self, task: Token) -> None:
        """Splice the finished task out (SpiffWorkflow would walk the tree here)."""
        root = self.task_tree
        for child in task.children:
            child._parent = root.id
            root._children.append(child.id)
        task._children = []
        root._children.remove(task.id)
        del self.tasks[task.id]


def _not_entered(*_: Any) -> Any:
    raise RuntimeError("the tree has no step")
