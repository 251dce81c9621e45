"""Checks on tasks with several seats (``banshi:completionRule``; approval.md, “Completion rules”)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from engine import feel
from engine.model.counting import plan_of
from engine.model.problems import Problem, Severity
from engine.model.voting import Rule, Unreadable
from engine.runtime.definition import Definition, Node
from engine.runtime.lint.flow_rules import called

#: Properties that mean nothing without a rule.
_OF_A_RULE = ("seats", "threshold", "quorum", "veto", "abstentions", "weights", "approves")


def check(definition: Definition, *, functions: feel.Registry | None = None) -> Iterator[Problem]:
    """Rules that do not exist or cannot be met, seats that cannot be read, seats counted twice."""
    for node in definition.nodes.values():
        told = node.properties
        if node.user_task is None:
            continue
        if "banshi:completionRule" not in told:
            idle = [name for name in _OF_A_RULE if f"banshi:{name}" in told]
            if idle and "approves" not in idle:
                yield _problem(
                    node,
                    "seats-without-rule",
                    f"任务{called(node)}设置了 {'、'.join(f'banshi:{n}' for n in idle)}，但没有完成规则"
                    "（banshi:completionRule），不会生效。",
                    Severity.WARNING,
                )
            continue
        yield from _rule(node)
        yield from _expressions(node, functions)
        if node.loop is not None:
            yield _problem(
                node,
                "seats-and-multi-instance",
                f"任务{called(node)}既设置了席位（banshi:completionRule），又是多实例，会重复计票。请只保留一种。",
            )


def _rule(node: Node) -> Iterator[Problem]:
    try:
        plan = plan_of(node.properties)
    except Unreadable as fault:
        yield _problem(node, "completion-rule", f"任务{called(node)}：{fault}。")
        return
    kind = plan.rule.kind
    useless = _useless(node.properties.keys(), kind)
    if useless:
        yield _problem(
            node,
            "completion-rule-setting",
            f"任务{called(node)}的完成规则“{kind}”不使用 {'、'.join(useless)}，请删除。",
            Severity.WARNING,
        )


def _useless(told: Collection[str], kind: Rule) -> list[str]:
    counted = {Rule.RATIO, Rule.WEIGHTED}
    of = {
        "banshi:threshold": counted,
        "banshi:quorum": counted,
        "banshi:veto": counted | {Rule.ANY},
        "banshi:abstentions": {Rule.RATIO, Rule.ALL, Rule.SEQUENTIAL},
        "banshi:weights": {Rule.WEIGHTED},
    }
    return [name for name, kinds in of.items() if name in told and kind not in kinds]


def _expressions(node: Node, functions: feel.Registry | None) -> Iterator[Problem]:
    for name in ("banshi:seats", "banshi:weights"):
        source = node.properties.get(name, "").strip()
        if not source:
            continue
        try:
            feel.compile(source.removeprefix("="), functions=functions)
        except feel.FeelError as fault:
            yield _problem(node, "seats-expression", f"任务{called(node)}的 {name} 有误：{fault}。")


def _problem(node: Node, rule: str, message: str, severity: Severity = Severity.ERROR) -> Problem:
    return Problem(severity=severity, element_id=node.id, rule=rule, message=message)
