"""Small diagrams for the linter's tests, written as lines of text."""

from __future__ import annotations

_HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="t">'
    '<process id="p" name="流程" isExecutable="true">'
)
_TAIL = "</process></definitions>"


def diagram(elements: str, flows: str) -> str:
    """``elements``: XML of the flow nodes; ``flows``: ``a>b`` or ``a>b:condition``, by spaces."""
    drawn = []
    for flow in flows.split():
        ends, _, condition = flow.partition(":")
        source, target = ends.split(">")
        inner = (
            f'<conditionExpression xsi:type="tFormalExpression">={condition}</conditionExpression>'
            if condition
            else ""
        )
        drawn.append(
            f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">'
            f"{inner}</sequenceFlow>"
        )
    return _HEAD + elements + "".join(drawn) + _TAIL


def start(identifier: str = "s") -> str:
    return f'<startEvent id="{identifier}" name="开始" />'


def end(identifier: str = "e") -> str:
    return f'<endEvent id="{identifier}" name="结束" />'


def user(identifier: str, *, extensions: str = "", name: str = "审批") -> str:
    assigned = '<zeebe:assignmentDefinition assignee="someone" />'
    form = '<zeebe:formDefinition formId="f" />'
    return (
        f'<userTask id="{identifier}" name="{name}"><extensionElements><zeebe:userTask />'
        f"{extensions or assigned + form}</extensionElements></userTask>"
    )


def script(identifier: str, expression: str = "1", variable: str = "x") -> str:
    return (
        f'<scriptTask id="{identifier}" name="计算"><extensionElements>'
        f'<zeebe:script expression="={expression}" resultVariable="{variable}" />'
        "</extensionElements></scriptTask>"
    )


def gateway(kind: str, identifier: str, default: str = "") -> str:
    chosen = f' default="{default}"' if default else ""
    return f'<{kind}Gateway id="{identifier}" name="网关"{chosen} />'
