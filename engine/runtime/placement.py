"""Extension elements that stand where they say nothing: refused, not passed over."""

from __future__ import annotations

from collections.abc import Mapping

from engine.runtime.markup import Element, extension, local
from engine.runtime.reading import Reading, label

_JOBS = frozenset(
    {
        "serviceTask", "sendTask", "scriptTask", "businessRuleTask", "intermediateThrowEvent",
        "endEvent", "adHocSubProcess",
    }
)  # fmt: skip
_USER = frozenset({"userTask"})

#: Extension element → the elements at which it is executed, and how to say it there.
_PLACES: Mapping[str, tuple[frozenset[str], str]] = {
    "taskDefinition": (_JOBS, "服务任务"),
    "script": (frozenset({"scriptTask"}), "脚本任务"),
    "calledDecision": (frozenset({"businessRuleTask"}), "业务规则任务"),
    "calledElement": (frozenset({"callActivity"}), "调用活动"),
    "userTask": (_USER, "用户任务"),
    "assignmentDefinition": (_USER, "用户任务"),
    "taskSchedule": (_USER, "用户任务"),
    "priorityDefinition": (_USER, "用户任务"),
    "formDefinition": (_USER | {"startEvent"}, "用户任务或启动事件"),
    "adHoc": (frozenset({"adHocSubProcess"}), "即席子流程"),
}


def check(reading: Reading, element: Element) -> None:
    """Report the extension elements of a flow node that its type does not take."""
    kind = local(element) or ""
    for name, (places, wanted) in _PLACES.items():
        if kind not in places and extension(element, name) is not None:
            reading.refuse(
                element,
                "extension-place",
                f"{label(element)}（{kind}）上的 zeebe:{name} 不会执行。请把元素类型改为{wanted}，或删除该扩展。",
            )
