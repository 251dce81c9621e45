"""FEEL as diagrams carry it: conditions, and attributes that are static text or ``=`` FEEL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine import feel
from engine.feel.temporal import Date, DateTime, DayTimeDuration, Time, YearMonthDuration
from engine.model.problems import Problem

TEMPORAL = (Date, DateTime, DayTimeDuration, Time, YearMonthDuration)

#: What a FEEL expression is compiled to.
Formula = feel.Expression


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """An attribute of an extension element: FEEL where it begins with ``=``, else itself."""

    text: str
    formula: Formula | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpressionCompiler:
    """Compiles what is FEEL in a diagram; what does not compile becomes a finding."""

    functions: feel.Registry | None
    report: Callable[[Problem], None]

    def formula(self, element_id: str, text: str, what: str) -> Formula | None:
        """Compile ``text`` (a leading ``=`` is dropped); None where it was refused."""
        text = text.strip()
        if text.startswith(("${", "#{")):
            self._refuse(
                element_id,
                f"{what}“{text}”是 Camunda 7 的写法，请改写为 FEEL，例如 =amount > 1000。",
            )
            return None
        source = text.removeprefix("=")
        try:
            formula = feel.compile(source, functions=self.functions)
        except feel.FeelError as error:
            self._refuse(
                element_id, f"{what}“{source.strip()}”不是有效的 FEEL：{error}。请改正表达式。"
            )
            return None
        if formula.called:
            names = "、".join(f"“{name}”" for name in sorted(formula.called))
            self._refuse(
                element_id,
                f"{what}“{source.strip()}”调用了不存在的函数{names}，结果总是空。请检查函数名。",
                "feel-function",
            )
            return None
        return formula

    def value(self, element_id: str, text: str | None, what: str) -> Value | None:
        """Read an attribute; None where it is missing, blank or was refused."""
        if text is None or not text.strip():
            return None
        text = text.strip()
        if not text.startswith("="):
            return Value(text=text)
        formula = self.formula(element_id, text, what)
        return None if formula is None else Value(text=text, formula=formula)

    def _refuse(self, element_id: str, message: str, rule: str = "feel-syntax") -> None:
        self.report(Problem(element_id=element_id, rule=rule, message=message))


def as_text(value: Any) -> str | None:
    """A FEEL string, number or temporal value as text; None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        whole = value.to_integral_value()
        return format(whole if whole == value else value, "f")
    return value.text if isinstance(value, TEMPORAL) else None
