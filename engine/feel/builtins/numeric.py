"""Numeric functions (DMN 1.5, 10.3.4.5, table 76) and `not` (10.3.4.2, table 73)."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from decimal import Decimal, DecimalException
from typing import Final

from engine.feel.builtins.registry import builtin
from engine.feel.number import CONTEXT, MAX_SCALE, MIN_SCALE, ZERO, integer_of, is_integer, scaled
from engine.feel.run import Run
from engine.feel.temporal import DayTimeDuration, YearMonthDuration
from engine.feel.values import Value

ROUNDINGS: Final = {
    "decimal": (decimal.ROUND_HALF_EVEN, "n: number, scale: number"),
    "floor": (decimal.ROUND_FLOOR, "n: number", "n: number, scale: number"),
    "ceiling": (decimal.ROUND_CEILING, "n: number", "n: number, scale: number"),
    "round up": (decimal.ROUND_UP, "n: number, scale: number"),
    "round down": (decimal.ROUND_DOWN, "n: number, scale: number"),
    "round half up": (decimal.ROUND_HALF_UP, "n: number, scale: number"),
    "round half down": (decimal.ROUND_HALF_DOWN, "n: number, scale: number"),
}


def _rounding(name: str, mode: str) -> Callable[..., Value]:
    """A function of the rounding family (table 76): the scale is an integer in [-6111..6176]."""

    def rounded(run: Run, number: Decimal, scale: Decimal = ZERO) -> Value:
        digits = integer_of(scale)
        if digits is None or not MIN_SCALE <= digits <= MAX_SCALE:
            return run.warn("小数位数必须是 -6111 到 6176 之间的整数")
        try:
            return scaled(number, digits, mode)
        except DecimalException:
            return run.warn("舍入的结果超出范围")

    rounded.__doc__ = f"{name}(n, scale), DMN 1.5, table 76."
    return rounded


for _name, (_mode, *_parameters) in ROUNDINGS.items():
    builtin(_name, *_parameters)(_rounding(_name, _mode))


@builtin("abs", "n: number | days and time duration | years and months duration")
def absolute(_run: Run, value: Value) -> Value:
    """abs(n), DMN 1.5, table 76."""
    if isinstance(value, DayTimeDuration):
        return DayTimeDuration(abs(value.nanoseconds))
    if isinstance(value, YearMonthDuration):
        return YearMonthDuration(abs(value.months))
    return CONTEXT.abs(value)


@builtin("modulo", "dividend: number, divisor: number")
def modulo(run: Run, dividend: Decimal, divisor: Decimal) -> Value:
    """modulo(dividend, divisor), DMN 1.5, table 76: the sign is the divisor's."""
    if not divisor:
        return run.warn("modulo 的除数为零")
    try:
        quotient = CONTEXT.divide(dividend, divisor)
        if quotient.adjusted() < CONTEXT.prec - 1:
            rest = CONTEXT.remainder(dividend, divisor) or ZERO
            return CONTEXT.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else rest
        floor = quotient.to_integral_value(decimal.ROUND_FLOOR)
        return CONTEXT.subtract(dividend, CONTEXT.multiply(divisor, floor)) or ZERO
    except DecimalException:
        return run.warn("modulo 的结果超出范围")


@builtin("sqrt", "number: number")
def square_root(run: Run, number: Decimal) -> Value:
    """sqrt(number), DMN 1.5, table 76: null below zero."""
    return CONTEXT.sqrt(number) if number >= 0 else run.warn("负数没有平方根")


@builtin("log", "number: number")
def logarithm(run: Run, number: Decimal) -> Value:
    """log(number), DMN 1.5, table 76: base e; null for zero and below."""
    return CONTEXT.ln(number) if number > 0 else run.warn("只有正数有对数")


@builtin("exp", "number: number")
def exponential(run: Run, number: Decimal) -> Value:
    """exp(number), DMN 1.5, table 76."""
    try:
        return CONTEXT.exp(number)
    except DecimalException:
        return run.warn("exp 的结果超出范围")


def _is_even(number: Decimal) -> bool | None:
    if not is_integer(number):
        return None
    return number.adjusted() > CONTEXT.prec or int(number) % 2 == 0


@builtin("odd", "number: number")
def odd(_run: Run, number: Decimal) -> Value:
    """odd(number), DMN 1.5, table 76."""
    even_ = _is_even(number)
    return None if even_ is None else not even_


@builtin("even", "number: number")
def even(_run: Run, number: Decimal) -> Value:
    """even(number), DMN 1.5, table 76."""
    return _is_even(number)


@builtin("not", "negand: boolean")
def negation(_run: Run, negand: bool) -> Value:
    """not(negand), DMN 1.5, table 73."""
    return not negand
