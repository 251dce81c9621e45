"""The extension elements of Camunda 8 (``zeebe:``), one reader for each."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from engine.runtime import bindings, timers
from engine.runtime.definition import (
    CalledDecision,
    CalledElement,
    IoMapping,
    Job,
    Script,
    UserTask,
)
from engine.runtime.expressions import Value
from engine.runtime.markup import (
    CAMUNDA7,
    ZEEBE,
    Element,
    child,
    children,
    extension,
    flag,
    reference,
)
from engine.runtime.reading import Reading, label

_NAME = re.compile(r"[^\W\d]\w*")
_KNOWN = frozenset(
    {
        "userTask", "formDefinition", "assignmentDefinition", "taskSchedule",
        "priorityDefinition", "taskDefinition", "taskHeaders", "ioMapping", "script",
        "calledDecision", "calledElement", "loopCharacteristics", "subscription", "properties",
        "versionTag", "userTaskForm", "adHoc", "conditionalFilter", "executionListeners",
        "taskListeners",
    }
)  # fmt: skip


def check(reading: Reading, element: Element) -> None:
    """Refuse extension elements that would change the meaning and are not executed."""
    holder = child(element, "extensionElements")
    if holder is None:
        return
    for item in holder:
        tag: Any = item.tag
        if not isinstance(tag, str):
            continue
        namespace, _, name = tag[1:].partition("}")
        if namespace == CAMUNDA7:
            reading.refuse(
                element,
                "camunda-7",
                f"{label(element)}含有 Camunda 7 的扩展 camunda:{name}。请在建模器中按 Camunda 8 重新设置。",
            )
        elif namespace == ZEEBE and name not in _KNOWN:
            reading.refuse(
                element,
                "extension-unknown",
                f"{label(element)}的扩展 zeebe:{name} 不受支持，请删除。",
            )


def properties(element: Element) -> dict[str, str]:
    holder = extension(element, "properties")
    if holder is None:
        return {}
    return {
        p.get("name", ""): p.get("value", "")
        for p in children(holder, "property", ZEEBE)
        if p.get("name")
    }


def headers(element: Element) -> dict[str, str]:
    return headers_in(extension(element, "taskHeaders"))


def headers_in(holder: Element | None) -> dict[str, str]:
    """The entries of a ``zeebe:taskHeaders``."""
    if holder is None:
        return {}
    return {
        h.get("key", ""): h.get("value", "")
        for h in children(holder, "header", ZEEBE)
        if h.get("key")
    }


def mappings(reading: Reading, element: Element, kind: str) -> tuple[IoMapping, ...]:
    """The ``input`` or ``output`` mappings, in order."""
    holder = extension(element, "ioMapping")
    if holder is None:
        return ()
    found: list[IoMapping] = []
    for item in children(holder, kind, ZEEBE):
        target = (item.get("target") or "").strip()
        what = "输入映射" if kind == "input" else "输出映射"
        path = tuple(part.strip() for part in target.split("."))
        if not all(_NAME.fullmatch(part) for part in path):
            shown = f"的目标“{target}”不是变量名" if target else "没有目标变量名"
            reading.refuse(
                element,
                "mapping-target",
                f"{label(element)}的{what}{shown}，请填写字母、数字、下划线或汉字，不以数字开头。",
            )
            continue
        text = item.get("source")
        if text is None or text.strip() in {"", "="}:
            source: Value | None = Value(text="", formula=None)
            if kind == "output":
                reading.refuse(
                    element,
                    "mapping-source",
                    f"{label(element)}的输出映射“{target}”没有取值表达式，请填写。",
                )
        else:
            source = reading.compiler.value(
                _id(element), text, f"{label(element)}的{what}“{target}”"
            )
        if source is not None:
            found.append(IoMapping(source=source, path=path))
    return tuple(found)


def user_task(reading: Reading, element: Element) -> UserTask:
    value = _values(reading, element)
    form = extension(element, "formDefinition")
    form_id = None
    if form is not None:
        if (form.get("formKey") or "").startswith("camunda-forms:"):
            reading.refuse(
                element,
                "form-embedded",
                f"{label(element)}使用了内嵌表单。请将表单单独部署，再按表单编号关联。",
            )
        elif form.get("externalReference"):
            reading.refuse(
                element,
                "form-external",
                f"{label(element)}引用了外部表单。请部署表单，再按表单编号关联。",
            )
        elif not (form.get("formId") or form.get("formKey")):
            reading.refuse(
                element, "form-id", f"{label(element)}的表单没有编号（formId），请填写或删除。"
            )
        else:
            named = value("formDefinition", "formId", "表单编号") or value(
                "formDefinition", "formKey", "表单编号"
            )
            form_id = bindings.bind(reading, element, form, named)
    for attribute, what in (("dueDate", "到期时间"), ("followUpDate", "跟进时间")):
        found = value("taskSchedule", attribute, what)
        if found is not None and found.formula is None:
            _static(reading, element, what, timers.static_problem("date", found.text))
    priority = value("priorityDefinition", "priority", "优先级")
    if priority is not None and priority.formula is None:
        fine = priority.text.isdigit() and int(priority.text) <= 100
        told = None if fine else f"“{priority.text}”应为 0 到 100 的整数，请改正。"
        _static(reading, element, "优先级", told)
    return UserTask(
        form_id=form_id,
        assignee=value("assignmentDefinition", "assignee", "办理人"),
        candidate_users=value("assignmentDefinition", "candidateUsers", "候选人"),
        candidate_groups=value("assignmentDefinition", "candidateGroups", "候选组"),
        due_date=value("taskSchedule", "dueDate", "到期时间"),
        follow_up_date=value("taskSchedule", "followUpDate", "跟进时间"),
        priority=priority,
    )


def _static(reading: Reading, element: Element, what: str, problem: str | None) -> None:
    """Refuse a setting that is wrong already as it is written."""
    if problem:
        reading.refuse(element, "setting-value", f"{label(element)}的{what}{problem}")


def variable_name(reading: Reading, element: Element, text: str, what: str) -> None:
    """Refuse what FEEL could not read as the name of a variable."""
    if text and not _NAME.fullmatch(text):
        reading.refuse(
            element,
            "variable-name",
            f"{label(element)}的{what}“{text}”不能作变量名，请用字母、数字、下划线或汉字，不以数字开头。",
        )


def job(reading: Reading, element: Element) -> Job | None:
    item = extension(element, "taskDefinition")
    if item is None:
        return None
    value = _values(reading, element)
    kind = value("taskDefinition", "type", "任务类型")
    if kind is None:
        if not (item.get("type") or "").strip():
            reading.refuse(
                element,
                "job-type",
                f"{label(element)}没有任务类型（zeebe:taskDefinition type），请填写。",
            )
        return None
    retries = value("taskDefinition", "retries", "重试次数") or Value(text="3")
    if retries.formula is None and not retries.text.isdigit():
        _static(reading, element, "重试次数", f"“{retries.text}”应为非负整数，请改正。")
    return Job(type=kind, retries=retries)


def script(reading: Reading, element: Element) -> Script | None:
    item = extension(element, "script")
    if item is None:
        return None
    text = (item.get("expression") or "").strip()
    variable = (item.get("resultVariable") or "").strip()
    if not text or not variable:
        reading.refuse(
            element, "script-incomplete", f"{label(element)}的脚本缺少表达式或结果变量，请补全。"
        )
        return None
    variable_name(reading, element, variable, "结果变量")
    formula = reading.compiler.formula(_id(element), text, f"{label(element)}的脚本")
    return None if formula is None else Script(expression=formula, result_variable=variable)


def called_decision(reading: Reading, element: Element) -> CalledDecision | None:
    item = extension(element, "calledDecision")
    if item is None:
        return None
    variable = (item.get("resultVariable") or "").strip()
    decision = _values(reading, element)("calledDecision", "decisionId", "决策编号")
    if decision is None or not variable:
        reading.refuse(
            element, "decision-incomplete", f"{label(element)}缺少决策编号或结果变量，请补全。"
        )
        return None
    variable_name(reading, element, variable, "结果变量")
    decision = bindings.bind(reading, element, item, decision) or decision
    return CalledDecision(decision_id=decision, result_variable=variable)


def called_element(reading: Reading, element: Element) -> CalledElement | None:
    item = extension(element, "calledElement")
    if item is None and element.get("calledElement"):
        called = reference(element.get("calledElement"))
        return CalledElement(process_id=Value(text=called or ""))
    process = None
    if item is not None:
        value = _values(reading, element)
        process = value("calledElement", "processId", "被调用流程的编号") or value(
            "calledElement", "processIdExpression", "被调用流程的编号"
        )
    if item is None or process is None:
        reading.refuse(
            element, "called-element", f"{label(element)}没有指明被调用的流程编号，请填写。"
        )
        return None
    return CalledElement(
        process_id=bindings.bind(reading, element, item, process) or process,
        propagate_all_child_variables=flag(item, "propagateAllChildVariables", True),
        propagate_all_parent_variables=flag(item, "propagateAllParentVariables", True),
    )


def _values(reading: Reading, element: Element) -> Callable[[str, str, str], Value | None]:
    def value(name: str, attribute: str, what: str) -> Value | None:
        item = extension(element, name)
        if item is None:
            return None
        return reading.compiler.value(
            _id(element), item.get(attribute), f"{label(element)}的{what}"
        )

    return value


def _id(element: Element) -> str:
    return element.get("id") or ""
