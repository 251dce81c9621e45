"""Global tasks (BPMN 2.0.2 §10.3.3): tasks that stand by themselves, for call activities to call.

Each is read as a process of its own id that holds the task and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

from lxml import etree

from engine.runtime.markup import BPMN, Element, child, local

#: Root element → the flow node that it is.
_KINDS = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}
#: What a callable element declares of itself, and a flow node does not have.
_DECLARED = frozenset({"ioSpecification", "ioBinding", "supportedInterfaceRef"})


def as_processes(root: Element) -> Iterator[Element]:
    """The global tasks of a file, each as an executable process; the file stays as it is."""
    for drawn in root:
        kind = _KINDS.get(local(drawn) or "")
        if kind is None or not drawn.get("id"):
            continue
        process = etree.SubElement(etree.Element(root.tag), f"{{{BPMN}}}process")
        process.sourceline = drawn.sourceline
        for name in ("id", "name"):
            if drawn.get(name):
                process.set(name, drawn.get(name, ""))
        process.set("isExecutable", "true")
        documentation = child(drawn, "documentation")
        if documentation is not None:
            process.append(deepcopy(documentation))
        task = etree.SubElement(process, f"{{{BPMN}}}{kind}")
        task.set("id", f"{drawn.get('id')}-task")
        task.set("name", drawn.get("name", ""))
        for part in drawn:
            if local(part) not in _DECLARED:
                task.append(deepcopy(part))
        yield process
