"""Input and output mappings (Camunda 8, “Variables: input/output mappings”)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.runtime.faults import Fault
from engine.runtime.variables import MISSING, assign

if TYPE_CHECKING:
    from engine.runtime.definition import IoMapping
    from engine.runtime.run import Run
    from engine.runtime.scope import Instance


def apply_inputs(run: Run, instance: Instance) -> None:
    """Make the element's local variables, one mapping after the other."""
    for item in instance.node.inputs:
        value = _source(run, instance, item, "输入映射")
        local: dict[str, Any] = {}
        if len(item.path) > 1 and run.variables.knows(instance.key):
            found = run.variables.read(instance.key, item.path[0])
            if found is not MISSING:
                local[item.path[0]] = found
        assign(local, item.path, value)
        run.write_local(instance, local)


def apply_outputs(run: Run, instance: Instance, results: Mapping[str, Any]) -> None:
    """Take over what the work gives back.

    With output mappings the results become local variables, out of which the mappings fill the
    scopes above; without, each result is written to the nearest scope that has the variable,
    the element's own included, else to the process. The mappings of an inner instance of a
    multi-instance fill its own variables first, so that its output element finds them.
    """
    outputs = instance.node.outputs
    if not outputs:
        if results:
            run.variables.merge(run.chain_of(instance), results)
        return
    run.write_local(instance, results)
    outer = run.chain_of(instance) if instance.inner else run.chain(instance.scope)
    for item in outputs:
        value = _source(run, instance, item, "输出映射")
        name = item.path[0]
        if len(item.path) == 1:
            run.variables.merge(outer, {name: value})
            continue
        found = run.variables.lookup(outer, name)
        target: dict[str, Any] = {} if found is MISSING else {name: found}
        assign(target, item.path, value)
        run.variables.merge(outer, target)


def _source(run: Run, instance: Instance, item: IoMapping, what: str) -> Any:
    if item.source.formula is None and not item.source.text:
        return None
    try:
        return run.value(item.source, run.chain_of(instance), kind="IO_MAPPING_ERROR")
    except Fault as fault:
        raise Fault(fault.kind, f"{what}“{'.'.join(item.path)}”：{fault.message}") from None
