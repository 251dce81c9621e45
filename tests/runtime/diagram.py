"""Small diagrams as text: ``bpmn("start s; user a; end e", "s>a a>e")``.

A line of elements is ``type id [attribute=value …] [(children)]`` separated by ``;`` or newlines;
a flow is ``source>target`` with an optional ``:condition`` (no spaces) and ``*`` for the default.
"""

from __future__ import annotations

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="t">'
)


def flows(text: str) -> str:
    drawn = []
    seen: dict[str, int] = {}
    for flow in text.split():
        ends, _, condition = flow.partition(":")
        source, target = ends.strip("*").split(">")
        identifier = f"{source}_{target}"
        seen[identifier] = seen.get(identifier, 0) + 1
        if seen[identifier] > 1:
            identifier += f"_{seen[identifier]}"
        inner = (
            f"<conditionExpression>={_xml(condition)}</conditionExpression>" if condition else ""
        )
        drawn.append(
            f'<sequenceFlow id="{identifier}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'
        )
    return "".join(drawn)


def _xml(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )


def process(elements: str, connections: str = "", *, name: str = "p", extra: str = "") -> str:
    return (
        f'<process id="{name}" name="流程 {name}" isExecutable="true">{elements}{flows(connections)}'
        f"{extra}</process>"
    )


def bpmn(
    elements: str, connections: str = "", *, name: str = "p", roots: str = "", extra: str = ""
) -> str:
    """A file with one process; ``roots``: messages, signals, errors; ``extra``: associations."""
    return HEAD + roots + process(elements, connections, name=name, extra=extra) + "</definitions>"


def ext(inner: str) -> str:
    return f"<extensionElements>{inner}</extensionElements>" if inner else ""


def node(kind: str, identifier: str, inner: str = "", **attributes: str) -> str:
    more = "".join(f' {key}="{_xml(value)}"' for key, value in attributes.items())
    return f'<{kind} id="{identifier}" name="{identifier} 环节"{more}>{inner}</{kind}>'


def start(identifier: str = "s", inner: str = "", **attributes: str) -> str:
    return node("startEvent", identifier, inner, **attributes)


def end(identifier: str = "e", inner: str = "") -> str:
    return node("endEvent", identifier, inner)


def user(identifier: str, extensions: str = "", inner: str = "", **attributes: str) -> str:
    return node(
        "userTask", identifier, ext("<zeebe:userTask />" + extensions) + inner, **attributes
    )


def script(identifier: str, expression: str, variable: str = "x", inner: str = "") -> str:
    body = f'<zeebe:script expression="={_xml(expression)}" resultVariable="{variable}" />'
    return node("scriptTask", identifier, ext(body) + inner)


def service(
    identifier: str, kind: str = "work", extensions: str = "", inner: str = "", **attributes: str
) -> str:
    body = f'<zeebe:taskDefinition type="{_xml(kind)}" />{extensions}'
    return node("serviceTask", identifier, ext(body) + inner, **attributes)


def gateway(
    kind: str, identifier: str, default: str = "", inner: str = "", **attributes: str
) -> str:
    if default:
        attributes["default"] = default
    return node(f"{kind}Gateway", identifier, inner, **attributes)


def sub(
    identifier: str,
    elements: str,
    connections: str = "",
    extensions: str = "",
    inner: str = "",
    kind: str = "subProcess",
    **attributes: str,
) -> str:
    return node(
        kind, identifier, ext(extensions) + inner + elements + flows(connections), **attributes
    )


def event_sub(identifier: str, elements: str, connections: str) -> str:
    return sub(identifier, elements, connections, triggeredByEvent="true")


def timer(text: str, kind: str = "timeDuration") -> str:
    return f"<timerEventDefinition><{kind}>{_xml(text)}</{kind}></timerEventDefinition>"


def on(kind: str, reference: str = "", inner: str = "", **attributes: str) -> str:
    """An event definition, e.g. ``on("error", "err")``."""
    more = "".join(f' {key}="{_xml(value)}"' for key, value in attributes.items())
    ref = f' {kind}Ref="{reference}"' if reference else ""
    return f"<{kind}EventDefinition{ref}{more}>{inner}</{kind}EventDefinition>"


def conditional(expression: str) -> str:
    return on("conditional", inner=f"<condition>={_xml(expression)}</condition>")


def boundary(
    identifier: str, host: str, inner: str, *, interrupting: bool = True, extensions: str = ""
) -> str:
    return node(
        "boundaryEvent",
        identifier,
        ext(extensions) + inner,
        attachedToRef=host,
        cancelActivity="true" if interrupting else "false",
    )


def catch(identifier: str, inner: str, extensions: str = "") -> str:
    return node("intermediateCatchEvent", identifier, ext(extensions) + inner)


def throw(identifier: str, inner: str, extensions: str = "") -> str:
    return node("intermediateThrowEvent", identifier, ext(extensions) + inner)


def call(
    identifier: str, process_id: str, extensions: str = "", inner: str = "", options: str = ""
) -> str:
    body = f'<zeebe:calledElement processId="{_xml(process_id)}" {options} />{extensions}'
    return node("callActivity", identifier, ext(body) + inner)


def io(**mappings: str) -> str:
    """``io(in_a="=1", out_b="=x")``: input mappings to ``a``, output mappings to ``b``."""
    inner = ""
    for key, source in mappings.items():
        kind, _, target = key.partition("_")
        tag = "input" if kind == "in" else "output"
        inner += f'<zeebe:{tag} source="{_xml(source)}" target="{target.replace("__", ".")}" />'
    return f"<zeebe:ioMapping>{inner}</zeebe:ioMapping>"


def many(
    collection: str,
    *,
    sequential: bool = False,
    condition: str = "",
    item: str = "item",
    results: str = "",
    element: str = "",
) -> str:
    attributes = f'inputCollection="={_xml(collection)}" inputElement="{item}"'
    if results:
        attributes += f' outputCollection="{results}" outputElement="={_xml(element)}"'
    until = f"<completionCondition>={_xml(condition)}</completionCondition>" if condition else ""
    order = "true" if sequential else "false"
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{order}">'
        f"{ext(f'<zeebe:loopCharacteristics {attributes} />')}{until}</multiInstanceLoopCharacteristics>"
    )


def message(identifier: str, key: str = "") -> str:
    inner = ext(f'<zeebe:subscription correlationKey="={_xml(key)}" />') if key else ""
    return f'<message id="{identifier}" name="{identifier}">{inner}</message>'


def signal(identifier: str) -> str:
    return f'<signal id="{identifier}" name="{identifier}" />'


def error(identifier: str) -> str:
    return f'<error id="{identifier}" errorCode="{identifier}" />'


def escalation(identifier: str) -> str:
    return f'<escalation id="{identifier}" escalationCode="{identifier}" />'
