"""Rows that accept what the refusing rows before them only passed over because a value is missing.

A comparison with null holds never. In a table that takes the first row that holds, a case whose
income is not known is thus not refused by “income > 3000”, and falls through to the row that
accepts all the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.dmn.cells import constant
from engine.dmn.definitions import DecisionTable, HitPolicy, Rule
from engine.feel import FeelError, compile_unary

_ACCEPTS = frozenset(
    {
        "approve", "approved", "accept", "accepted", "pass", "passed", "grant", "granted", "allow",
        "allowed", "eligible", "qualified", "ok", "yes", "通过", "同意", "合格", "符合", "准予", "批准",
        "予以通过", "可以", "是",
    }
)  # fmt: skip
_REFUSES = frozenset(
    {
        "reject", "rejected", "refuse", "refused", "deny", "denied", "fail", "failed", "return",
        "returned", "ineligible", "unqualified", "no", "不通过", "不予通过", "不同意", "不合格",
        "不符合", "不予批准", "驳回", "退回", "退回补正", "不可以", "否",
    }
)  # fmt: skip


def accepted_by_null(table: DecisionTable) -> Iterator[tuple[int, tuple[int, ...]]]:
    """(number of the accepting row from 1, the columns, from 0, by whose null it is reached)."""
    if table.hit_policy not in {HitPolicy.FIRST, HitPolicy.PRIORITY}:
        return
    for number, rule in enumerate(table.rules, 1):
        earlier = table.rules[: number - 1] if table.hit_policy is HitPolicy.FIRST else table.rules
        for position in range(len(table.outputs)):
            if not _says(rule, position, accepts=True):
                continue
            refusing = [r for r in earlier if r is not rule and _says(r, position, accepts=False)]
            columns = tuple(
                c
                for c in range(len(table.inputs))
                if _any(rule, c)
                and any(not _any(r, c) for r in refusing)
                and not any(_takes_null(r, c) for r in earlier)
            )
            if columns:
                yield number, columns
                break


def _any(rule: Rule, column: int) -> bool:
    return rule.inputs[column].text.strip() in {"", "-"}


def _takes_null(rule: Rule, column: int) -> bool:
    """Whether a cell that is no dash holds for null: ``null``, but also ``not("yes")``."""
    if _any(rule, column):
        return False
    try:
        return compile_unary(rule.inputs[column].text).matches(None, {}) is True
    except (FeelError, TypeError, ValueError):
        return False


def _says(rule: Rule, position: int, *, accepts: bool) -> bool:
    found = constant(rule.outputs[position].text)
    value = found[0] if found else None
    if isinstance(value, bool):
        return value is accepts
    return isinstance(value, str) and value.strip().lower() in (_ACCEPTS if accepts else _REFUSES)
