"""Multi-instance and loop bodies: one scope of counters, one element instance for each item.

A body knows its open inner instances by one bit each, so that completing one of a thousand
rewrites a few hundred bytes. Results are kept as variables ``"0"``, ``"1"``, … under a key of
their own (the bucket), which is asked for by NeedMore when the last inner instance is done.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.model import effects
from engine.model.keys import Key
from engine.runtime.definition import (
    SUBPROCESSES,
    EventDefinition,
    MultiInstance,
    Node,
    StandardLoop,
)
from engine.runtime.faults import Fault
from engine.runtime.scope import Instance, Kind, LiveScope

if TYPE_CHECKING:
    from engine.runtime.run import Run

#: The most items a multi-instance may have, and the most rounds of a loop.
ITEM_LIMIT = 10_000

_PATH = re.compile(r"\s*([^\W\d]\w*)(\s*\.\s*\w+)*\s*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What the completion of an inner instance means: ``output`` is kept, ``throws`` are thrown,
    ``over`` ends the body."""

    output: Any
    over: bool
    throws: tuple[EventDefinition, ...] = ()
    counts: Mapping[str, Any] = field(default_factory=dict)


def index_of(body: LiveScope, key: Key) -> int | None:
    """Which item (from 0) an open inner instance is for; None where it is not open."""
    state = body.data["b"]
    if "a" in state:
        index = key - state["f"]
        inside = 0 <= index < state["n"]
        return index if inside and int(state["a"], 16) >> index & 1 else None
    return state["i"] if key == state["k"] else None


def open_keys(body: LiveScope) -> list[Key]:
    """The keys of the open inner instances."""
    state = body.data["b"]
    if "a" not in state:
        return [Key(state["k"])]
    bits = int(state["a"], 16)
    return [Key(state["f"] + i) for i in range(state["n"]) if bits >> i & 1]


def inner_instance(body: LiveScope, key: Key) -> Instance | None:
    """The open inner instance of that key, if it is open."""
    if index_of(body, key) is None:
        return None
    usual = body.data["b"].get("u")
    data = body.data.setdefault("x", {}).setdefault(str(key), {"k": usual} if usual else {})
    node = body.definition.nodes[body.element_id or ""]
    return Instance(key=key, node=node, scope=body, data=data, token=None)


def _usual(node: Node) -> str | None:
    """What an inner instance usually has open; only those that differ are saved."""
    if node.user_task is not None:
        return "t"
    if node.job is not None:
        return "j"
    return "s" if node.call is not None or node.type in SUBPROCESSES else None


def open_body(run: Run, owner: Instance) -> None:
    """Enter an activity that is to be done several times."""
    from engine.runtime import events, lifecycle  # noqa: PLC0415 - they drive each other

    loop = owner.node.loop
    chain = run.chain_of(owner)
    if isinstance(loop, StandardLoop):
        again = not loop.test_before or _again(run, loop, chain, 0)
        count = None
    else:
        assert isinstance(loop, MultiInstance)  # noqa: S101
        count = len(_items(run, loop, chain))
        again = count > 0
    if not again:
        _deliver(run, owner, [] if isinstance(loop, MultiInstance) else None)
        lifecycle.leave(run, owner)
        return
    if owner.node.boundaries:
        events.open_boundaries(run, owner)
    owner.data["k"] = "s"
    body = run.create_scope(
        owner.key,
        owner.scope,
        Kind.BODY,
        process_id=owner.scope.process_id,
        element_id=owner.node.id,
    )
    state: dict[str, Any] = {"n": count, "d": 0}
    usual = _usual(owner.node)
    if usual is not None:
        state["u"] = usual
    body.data["b"] = state
    if isinstance(loop, MultiInstance):
        if loop.output_element is not None:
            state["o"] = run.next_key()
            run.variables.create(state["o"])
        if not loop.sequential:
            keys = [run.next_key() for _ in range(count or 0)]
            state["f"], state["a"] = keys[0], f"{(1 << len(keys)) - 1:x}"
            for index, key in enumerate(keys):
                _later(run, body, key, index)
            return
    _next(run, body, 0)


def _next(run: Run, body: LiveScope, index: int) -> None:
    key = run.next_key()
    body.data["b"] |= {"i": index, "k": key}
    _later(run, body, key, index)


def _later(run: Run, body: LiveScope, key: Key, index: int) -> None:
    run.queue.append(lambda: _start(run, body, key, index))


def _start(run: Run, body: LiveScope, key: Key, index: int) -> None:
    """Open the inner instance for one item."""
    from engine.runtime import lifecycle  # noqa: PLC0415

    if body.over:
        return
    body.data.setdefault("x", {})[str(key)] = {}
    instance = inner_instance(body, key)
    assert instance is not None  # noqa: S101 - it was noted when its key was taken
    node, loop = instance.node, instance.node.loop
    run.emit(
        effects.VisitOpened(
            key=key,
            scope_key=body.key,
            element_id=node.id,
            element_type=node.type,
            parents=(body.key,),
        )
    )
    run.variables.create(key)
    local: dict[str, Any] = {"loopCounter": Decimal(index + 1)}
    if isinstance(loop, MultiInstance):
        try:
            items = _items(run, loop, run.chain(body), at_least=index + 1)
        except Fault as fault:
            run.write_local(instance, local)
            lifecycle.incident(run, instance, fault, lifecycle.ENTER)
            return
        if loop.input_element:
            local[loop.input_element] = items[index]
        name = _result_name(loop)
        if name is not None and name not in local:
            local[name] = None
    run.write_local(instance, local)
    lifecycle.activate(run, instance)


def weigh(run: Run, instance: Instance) -> Outcome:
    """What the completion of this inner instance will mean; may raise a Fault, changes nothing."""
    state, loop = instance.scope.data["b"], instance.node.loop
    chain = run.chain_of(instance)
    done = state["d"] + 1
    if isinstance(loop, StandardLoop):
        return Outcome(output=None, over=not _again(run, loop, chain, done))
    assert isinstance(loop, MultiInstance)  # noqa: S101
    output = None if loop.output_element is None else run.evaluate(loop.output_element, chain)
    over = done == state["n"]
    if (over or loop.completion_condition is None) and not loop.throws:
        return Outcome(output=output, over=over)
    extra = _counts(loop, state["n"], done)
    if not over and loop.completion_condition is not None:
        over = run.condition(loop.completion_condition, chain, extra)
    throws = tuple(
        definition
        for condition, definition in (loop.throws if done == 1 or not loop.first_only else ())
        if condition is None or run.condition(condition, chain, extra)
    )
    return Outcome(output=output, over=over, throws=throws, counts=extra)


def _counts(loop: MultiInstance, number: int, done: int) -> dict[str, Any]:
    """The runtime attributes of a multi-instance (§10.3.7, table 10.30)."""
    counts = {
        "numberOfInstances": number,
        "numberOfActiveInstances": 0 if loop.sequential else number - done,
        "numberOfCompletedInstances": done,
        "numberOfTerminatedInstances": 0,
    }
    extra: dict[str, Any] = {name: Decimal(count) for name, count in counts.items()}
    if _result_name(loop) is not None and loop.output_collection:
        extra.setdefault(loop.output_collection, None)
    return extra


def inner_done(run: Run, instance: Instance, outcome: Outcome) -> None:
    """An inner instance is over: open the next one, or end the body."""
    from engine.runtime import throwing  # noqa: PLC0415 - it drives the lifecycle

    body = instance.scope
    state, loop = body.data["b"], instance.node.loop
    body.data.get("x", {}).pop(str(instance.key), None)
    index = index_of(body, instance.key)
    state["d"] += 1
    if "o" in state:
        run.variables.write(Key(state["o"]), str(index), outcome.output)
    if "a" in state:
        state["a"] = f"{int(state['a'], 16) & ~(1 << (index or 0)):x}"
    if outcome.throws:
        owner = run.owner(body)
        for definition in outcome.throws:
            if owner is not None and not body.over:
                throwing.throw_from(run, owner, definition, outcome.counts)
        if body.over:
            return  # an interrupting boundary event has ended it
    if not outcome.over:
        if "a" not in state:
            _next(run, body, (index or 0) + 1)
        return
    if "a" in state and int(state["a"], 16):
        from engine.runtime import lifecycle  # noqa: PLC0415

        lifecycle.terminate_scope(run, body.key)
    _complete(run, body, loop)


def _complete(run: Run, body: LiveScope, loop: Any) -> None:
    from engine.runtime import lifecycle  # noqa: PLC0415

    state = body.data["b"]
    owner = run.owner(body)
    assert owner is not None  # noqa: S101 - a body is never the root
    results = None
    if "o" in state:
        rows = run.variables.local(Key(state["o"]))
        results = [rows.get(str(i)) for i in range(state["n"])]
        run.dropped[Key(state["o"])] = None
    run.drop(body)
    owner.data.pop("k", None)
    _deliver(run, owner, results if isinstance(loop, MultiInstance) else None)
    lifecycle.leave(run, owner)


def _deliver(run: Run, owner: Instance, results: list[Any] | None) -> None:
    """Hand the output collection to the scope around the activity."""
    loop = owner.node.loop
    if results is not None and isinstance(loop, MultiInstance) and loop.output_collection:
        run.variables.merge(run.chain(owner.scope), {loop.output_collection: results})


def _items(
    run: Run, loop: MultiInstance, chain: tuple[Key, ...], *, at_least: int = 0
) -> list[Any]:
    """The items, or the loop counters where only their number is given."""
    if loop.collection is None:
        assert loop.cardinality is not None  # noqa: S101 - one of both was read
        number = run.evaluate(loop.cardinality, chain)
        if not isinstance(number, Decimal) or number != number.to_integral_value() or number < 0:
            raise Fault("EXTRACT_VALUE_ERROR", f"循环次数应为非负整数，实际为“{number}”。")
        items: Any = range(1, min(int(number), ITEM_LIMIT + 1) + 1)
    else:
        items = run.evaluate(loop.collection, chain)
        if not isinstance(items, list):
            shown = "空" if items is None else "其他类型"
            raise Fault(
                "EXTRACT_VALUE_ERROR",
                f"输入集合“{loop.collection.source.strip()}”应为列表，实际为{shown}。请先给它赋值。",
            )
    if len(items) > ITEM_LIMIT:
        raise Fault("EXTRACT_VALUE_ERROR", f"多实例一次最多 {ITEM_LIMIT} 项，请分批处理。")
    if len(items) < at_least:
        raise Fault("EXTRACT_VALUE_ERROR", f"输入集合变短了，没有第 {at_least} 项。请补齐后重试。")
    return items if isinstance(items, list) else [Decimal(i) for i in items]


def _again(run: Run, loop: StandardLoop, chain: tuple[Key, ...], done: int) -> bool:
    if done >= (loop.maximum if loop.maximum is not None else ITEM_LIMIT):
        if loop.maximum is None:
            raise Fault(
                "LOOP_WITHOUT_WAIT", f"循环已执行 {ITEM_LIMIT} 次仍未结束，请检查循环条件。"
            )
        return False
    if loop.condition is None:
        return True
    return run.condition(loop.condition, chain, {"loopCounter": Decimal(done)})


def _result_name(loop: MultiInstance) -> str | None:
    """The variable that the output element reads: it is the inner instance's own."""
    if loop.output_element is None:
        return None
    found = _PATH.fullmatch(loop.output_element.source)
    return found[1] if found else None
