"""FEEL numbers: decimals of 34 digits (DMN 1.5, 10.3.2.3.1)."""

from __future__ import annotations

import decimal
from decimal import Decimal
from typing import Final

#: IEEE 754-2008 decimal128; shared by all threads, its flags are never read.
CONTEXT: Final = decimal.Context(
    prec=34,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    capitals=1,
    clamp=0,
    flags=[],
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
#: More digits than any number has: rounding a longer text would only waste time.
MAX_DIGITS: Final = 1000
MIN_SCALE: Final = -6111
MAX_SCALE: Final = 6176

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)


def number_of(text: str) -> Decimal | None:
    """The number that digits stand for, rounded to 34 digits; None if it is out of range."""
    if len(text) > MAX_DIGITS:
        return None
    try:
        return CONTEXT.create_decimal(text) or ZERO
    except (decimal.DecimalException, ValueError):
        return None


def is_integer(value: Decimal) -> bool:
    """Whether the number has no fraction."""
    return value == value.to_integral_value()


def integer_of(value: Decimal) -> int | None:
    """The integer, or None for a fraction or a number too big to be a position or count."""
    if value.adjusted() > 18 or value != value.to_integral_value():
        return None
    return int(value)


def number_text(value: Decimal) -> str:
    """Plain notation without superfluous zeros, as `string()` gives it."""
    if not value:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def scaled(value: Decimal, scale: int, rounding: str) -> Decimal:
    """Round to `scale` digits after the point; a number that has no more is unchanged."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent <= scale:
        return value
    unit = Decimal(1).scaleb(-scale, CONTEXT)
    return value.quantize(unit, rounding=rounding, context=CONTEXT) or ZERO
