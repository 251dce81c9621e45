"""Bank cards of persons (Luhn, 16 to 19 digits) and accounts of bodies (no check digit)."""

from __future__ import annotations

import re
from datetime import date

from engine.forms.value_types.finding import Checked, compact
from engine.text import tell

_CARD = re.compile(r"[0-9]{16,19}")
_ACCOUNT = re.compile(r"[0-9]{9,32}")


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1 annex B."""
    total = 0
    for n, digit in enumerate(map(int, reversed(digits))):
        doubled = digit * 2 if n % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def check_card(text: str, today: date) -> Checked:  # noqa: ARG001
    """A person's card."""
    number = compact(text)
    if not _CARD.fullmatch(number):
        return Checked.wrong(number, "bank-card-shape", tell("银行卡号应是 16—19 位数字。"))
    if not luhn(number):
        return Checked.wrong(
            number, "bank-card-check", tell("银行卡号校验不通过，请对照卡面逐位核对。")
        )
    return Checked(value=number)


def check_account(text: str, today: date) -> Checked:  # noqa: ARG001
    """A body's account (对公账户): these carry no Luhn digit."""
    number = compact(text)
    if not _ACCOUNT.fullmatch(number):
        return Checked.wrong(number, "bank-account", tell("对公账号应是 9—32 位数字。"))
    return Checked(value=number)
