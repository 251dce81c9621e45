"""Data inputs, outputs and associations (BPMN 2.0.2 §10.4).

Variables move by the mappings of Camunda 8; these are drawn for readers. What contradicts the
standard is refused, since a reader would believe it.
"""

from __future__ import annotations

from engine.runtime.markup import Element, children, local, reference, text_of
from engine.runtime.node_reader import ACTIVITIES
from engine.runtime.reading import Reading, label

_CATCHING = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent"})
_THROWING = frozenset({"endEvent", "intermediateThrowEvent"})
#: Part → the elements that cannot have it (§10.4.1, §10.5.1: catching events only give data,
#: throwing ones only take it).
_WITHOUT = {
    "dataInput": _CATCHING,
    "inputSet": _CATCHING,
    "dataInputAssociation": _CATCHING,
    "dataOutput": _THROWING,
    "outputSet": _THROWING,
    "dataOutputAssociation": _THROWING,
}
_SPECIFIED = ACTIVITIES | {"process", "globalTask", "globalUserTask", "globalScriptTask"}
#: Part → (the sets it must be in, how a set names it, how to say it).
_SETS = {
    "dataInput": ("inputSet", "dataInputRefs", "输入"),
    "dataOutput": ("outputSet", "dataOutputRefs", "输出"),
}


def check(reading: Reading, elements: list[Element]) -> None:
    """Report data parts that the standard does not allow where they stand."""
    for element in elements:
        name = local(element) or ""
        owner = element.getparent()
        if owner is None:
            continue
        if local(owner) in _WITHOUT.get(name, ()):
            reading.refuse(
                owner,
                "data-place",
                f"{label(owner)}（{local(owner)}）不能有 {name}，请删除。",
            )
        elif name in {"dataInputAssociation", "dataOutputAssociation"}:
            _association(reading, owner, element)
        elif name == "ioSpecification":
            _specification(reading, owner, element)


def _association(reading: Reading, owner: Element, element: Element) -> None:
    if len(list(children(element, "targetRef"))) != 1:
        reading.refuse(
            owner,
            "data-association",
            f"{label(owner)}的数据关联须有一个目标（targetRef），请重新连接，或删除。",
        )


def _specification(reading: Reading, owner: Element, element: Element) -> None:
    """§10.4.1: at least one set of either kind, and each input and output in one of them."""
    for part, (group, naming, word) in _SETS.items():
        sets = list(children(element, group))
        if not sets:
            reading.refuse(
                owner,
                "data-sets",
                f"{label(owner)}的 ioSpecification 没有{word}集（{group}），请补上，或删除 ioSpecification。",
            )
            continue
        named = {reference(text_of(r)) for s in sets for r in children(s, naming)}
        for item in children(element, part):
            if item.get("id") not in named:
                reading.refuse(
                    owner,
                    "data-sets",
                    f"{label(owner)}的{word}{label(item)}不在任何{word}集里，请列入一个，或删除。",
                )
