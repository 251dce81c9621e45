"""BPMN diagrams compiled to definitions, and the step that moves an instance along one.

The only room that knows SpiffWorkflow, and it tells nobody: what goes in and out are values of
``engine.model``.
"""

from __future__ import annotations

from engine import feel
from engine.model.errors import Refused
from engine.model.problems import Severity
from engine.runtime.bindings import bound, plain
from engine.runtime.bundle import Bundle, Environment
from engine.runtime.canceling import held_back
from engine.runtime.definition import (
    Definition,
    ElementInfo,
    FlowInfo,
    StartEventInfo,
)
from engine.runtime.lint import lint
from engine.runtime.migrating import Migrated, migrate
from engine.runtime.positions import Position, positions
from engine.runtime.reader import read
from engine.runtime.starts import next_timer
from engine.runtime.stepping import step
from engine.runtime.task_listeners import task_headers

__all__ = [
    "Bundle",
    "Definition",
    "ElementInfo",
    "Environment",
    "FlowInfo",
    "Migrated",
    "Position",
    "StartEventInfo",
    "bound",
    "compile_definition",
    "held_back",
    "lint",
    "migrate",
    "next_timer",
    "plain",
    "positions",
    "step",
    "task_headers",
]


def compile_definition(
    xml: bytes | str, *, functions: feel.Registry | None = None, resource: str = ""
) -> tuple[Definition, ...]:
    """One definition for each executable process of a BPMN file, in its order.

    ``functions``: the FEEL functions that its expressions may call. Raises ``Refused`` with every
    finding that keeps it from being executed, or ``TooLarge``.
    """
    definitions, problems = read(xml, functions=functions, resource=resource)
    errors = tuple(p for p in problems if p.severity is Severity.ERROR)
    if errors:
        raise Refused(resource=resource or "流程图", problems=errors)
    return definitions
