"""Amounts of money: decimal(14,2), never a float."""

from __future__ import annotations

from decimal import Decimal

from engine.forms.value_types.finding import Finding
from engine.text import tell

LIMIT = Decimal(10) ** 12
_CENT = Decimal("0.01")


def check(amount: Decimal) -> tuple[Finding, ...]:
    """At most two decimals and twelve digits before the point."""
    if abs(amount) >= LIMIT:
        return (Finding(code="money-size", message=tell("金额太大，整数部分最多 12 位。")),)
    if amount != amount.quantize(_CENT):
        return (Finding(code="money-cents", message=tell("金额最多两位小数（精确到分）。")),)
    return ()


def normal(amount: Decimal) -> Decimal:
    """With exactly two decimals, as the ledger keeps it."""
    return amount.quantize(_CENT)


def text(amount: Decimal) -> str:
    """As people read it: `1,234,567.00`."""
    return f"{amount.quantize(_CENT):,f}" if abs(amount) < LIMIT else f"{amount:,f}"
