"""What a gateway says of itself (``gatewayDirection``, BPMN 2.0.2 §10.6) must be how it is drawn."""

from __future__ import annotations

from collections import Counter

from engine.runtime.markup import Element, local, reference
from engine.runtime.reading import Reading, label

#: Direction → (several ways in, several ways out); None: not said.
_DIRECTIONS = {
    "Converging": (True, False),
    "Diverging": (False, True),
    "Mixed": (True, True),
}


def check(reading: Reading, elements: list[Element]) -> None:
    """Report gateways whose flows are not those of their direction."""
    flows = [e for e in elements if local(e) == "sequenceFlow"]
    into = Counter(reference(flow.get("targetRef")) for flow in flows)
    out = Counter(reference(flow.get("sourceRef")) for flow in flows)
    for element in elements:
        said = _DIRECTIONS.get(element.get("gatewayDirection", ""))
        here = element.get("id")
        if said is None or said == (into[here] > 1, out[here] > 1):
            continue
        direction = element.get("gatewayDirection")
        reading.refuse(
            element,
            "gateway-direction",
            f"网关{label(element)}写明 gatewayDirection=“{direction}”，实际有 {into[here]} 条进线、{out[here]} 条出线。"
            "请补画或删除连线，或去掉 gatewayDirection。",
        )
