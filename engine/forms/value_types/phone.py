"""Telephone numbers: mobile, and any that a person can be reached at."""

from __future__ import annotations

import re
from datetime import date

from engine.forms.value_types.finding import Checked, compact
from engine.text import tell

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"(0[0-9]{2,3})?[2-8][0-9]{6,7}")


def check_mobile(text: str, today: date) -> Checked:  # noqa: ARG001
    """Eleven digits beginning 13 to 19; a leading +86 is taken off."""
    number = compact(text).removeprefix("+86")
    if not _MOBILE.fullmatch(number):
        return Checked.wrong(number, "mobile", tell("手机号码应是以 13—19 开头的 11 位数字。"))
    return Checked(value=number)


def check_phone(text: str, today: date) -> Checked:
    """A mobile number, or a fixed line with or without its area code."""
    mobile = check_mobile(text, today)
    if not mobile.findings:
        return mobile
    number = compact(text)
    if not _LANDLINE.fullmatch(number):
        return Checked.wrong(
            number, "phone", tell("请填 11 位手机号码，或带区号的座机号码（如 0536-8888888）。")
        )
    return Checked(value=number)
