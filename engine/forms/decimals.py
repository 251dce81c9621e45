"""Numbers as people type them and as programs send them; never a float."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation

_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")
#: FEEL's numbers have 34 digits (DMN 1.5, 10.3.2.3.1).
MAX_DIGITS = 34


def parse(text: str) -> Decimal | None:
    """`1234.5`, `1,234.50`, full-width digits; None for anything else, exponents included."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "").replace("−", "-")
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    if len(plain) > 60 or not _PLAIN.fullmatch(plain):
        return None
    return sized(Decimal(plain))


def from_value(value: object) -> Decimal | None:
    """An int or a finite Decimal of at most 34 digits; None for anything else (bool, float)."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    if isinstance(value, int) and value.bit_length() > 128:
        return None
    try:
        return sized(Decimal(value))
    except InvalidOperation:  # pragma: no cover – Decimal(int) is exact
        return None


def sized(number: Decimal) -> Decimal | None:
    """The number, or None when it is not finite or has more digits than FEEL keeps."""
    if not number.is_finite():
        return None
    exponent = number.as_tuple().exponent
    if (
        not isinstance(exponent, int)
        or abs(number.adjusted()) > MAX_DIGITS
        or exponent < -MAX_DIGITS
    ):
        return None
    if number == 0:
        return Decimal(0).scaleb(min(exponent, 0))
    digits = len(number.as_tuple().digits) + max(exponent, 0)
    return number if digits <= MAX_DIGITS else None


def places(number: Decimal) -> int:
    """Decimals that matter: 1.50 has one."""
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def text(number: Decimal) -> str:
    """Plain digits, no exponent: what `parse` reads back."""
    return f"{number:f}"
