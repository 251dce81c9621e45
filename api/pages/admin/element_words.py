"""Kinds of diagram elements in words that an administrator knows."""

from __future__ import annotations

from api.language import gettext as _

#: Where nobody puts a token by hand: it comes there by itself.
NO_TARGETS = frozenset({"startEvent", "boundaryEvent", "eventSubProcess"})


def kind(element_type: str) -> str:
    """A BPMN element's type, in words."""
    return {
        "userTask": _("办理环节"),
        "serviceTask": _("系统任务"),
        "sendTask": _("发送任务"),
        "receiveTask": _("等待消息"),
        "scriptTask": _("脚本"),
        "businessRuleTask": _("决策"),
        "subProcess": _("子流程"),
        "adHocSubProcess": _("子流程"),
        "transaction": _("子流程"),
        "callActivity": _("调用的流程"),
        "intermediateCatchEvent": _("等待事件"),
        "intermediateThrowEvent": _("发出事件"),
        "boundaryEvent": _("附着事件"),
        "endEvent": _("结束"),
        "startEvent": _("开始"),
        "exclusiveGateway": _("分支判断"),
        "parallelGateway": _("并行网关"),
        "inclusiveGateway": _("包容网关"),
        "eventBasedGateway": _("事件网关"),
        "complexGateway": _("复杂网关"),
    }.get(element_type, _("环节"))
