"""Amounts in capital numerals, as the People's Bank writes them (《支付结算办法》附件一)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")
_LARGEST = Decimal(10) ** 16


def amount_in_words(amount: Decimal) -> str:
    """¥3060.50 as 叁仟零陆拾元伍角整. Rounded to 分; raises ValueError beyond a quadrillion."""
    if abs(amount) >= _LARGEST:
        raise ValueError("金额过大")
    rounded = abs(amount).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    whole, cents = divmod(int(rounded * 100), 100)
    tens, ones = divmod(cents, 10)
    text = f"{_integer(whole)}元" if whole else ""
    if tens:
        text += f"{_DIGITS[tens]}角"
    elif ones and whole:
        text += "零"
    text += f"{_DIGITS[ones]}分" if ones else "整"
    sign = "负" if amount < 0 and rounded else ""
    return sign + (text if rounded else "零元整")


def _integer(number: int) -> str:
    """In groups of four digits; a nought that is skipped is said once."""
    groups: list[tuple[int, str]] = []
    for name in _GROUPS:
        number, group = divmod(number, 10_000)
        groups.append((group, name))
    text, gap = "", False
    for group, name in reversed(groups):
        if group == 0:
            gap = bool(text)
            continue
        if text and (gap or group < 1000):
            text += "零"
        text, gap = text + _four(group) + name, False
    return _merged(text)


def _four(group: int) -> str:
    text, gap = "", False
    for position in range(3, -1, -1):
        digit = group // 10**position % 10
        if digit == 0:
            gap = bool(text)
            continue
        text += ("零" if gap else "") + _DIGITS[digit] + _UNITS[position]
        gap = False
    return text


def _merged(text: str) -> str:
    """亿 is said once: 壹万亿零贰亿 is 壹万零贰亿."""
    head, found, tail = text.partition("万亿")
    return f"{head}万{tail}" if found and "亿" in tail else text
