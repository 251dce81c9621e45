"""居民身份证号码 (GB 11643): 17 digits and a check character (ISO 7064 MOD 11-2).

The area code is never judged: codes are retired, cases come from everywhere, and lists that tie a
code to a birth year refuse valid cards.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from engine.forms.value_types.finding import Checked, compact
from engine.text import tell

_SHAPE = re.compile(r"[0-9]{17}[0-9X]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


class Sex(StrEnum):
    MALE = "男"
    FEMALE = "女"


@dataclass(frozen=True, kw_only=True)
class Person:
    """What a resident id tells about its holder."""

    birth_date: date
    sex: Sex

    def age_on(self, day: date) -> int:
        """Whole years on a business date; -1 and below before birth."""
        return age_on(self.birth_date, day)


def check_character(digits: str) -> str:
    """The check character of the first 17 digits."""
    total = sum(int(d) * w for d, w in zip(digits, _WEIGHTS, strict=True))
    return _CHECKS[total % 11]


def check(text: str, today: date) -> Checked:
    """Length, check character, and a birth date that exists and is not after `today`."""
    number = compact(text).upper()
    if len(number) == 15 and number.isdigit():
        return Checked.wrong(
            number, "resident-id-old", tell("这是 15 位旧号码，请填 18 位身份证号码。")
        )
    if not _SHAPE.fullmatch(number):
        return Checked.wrong(
            number, "resident-id-shape", tell("身份证号码应是 18 位：17 位数字加 1 位数字或 X。")
        )
    born = _birth_date(number)
    if born is None:
        return Checked.wrong(
            number,
            "resident-id-date",
            tell("第 7—14 位“{number}”不是真实的出生日期，请核对。", number=number[6:14]),
        )
    if check_character(number[:17]) != number[17]:
        return Checked.wrong(
            number, "resident-id-check", tell("身份证号码校验不通过，请对照证件逐位核对。")
        )
    if born > today:
        return Checked.wrong(
            number,
            "resident-id-future",
            tell("出生日期 {born} 晚于今天，请核对。", born=born.isoformat()),
        )
    return Checked(value=number)


def person(number: str) -> Person | None:
    """Birth date and sex out of a number that `check` accepts; None for any other text."""
    number = compact(number).upper()
    if not _SHAPE.fullmatch(number) or check_character(number[:17]) != number[17]:
        return None
    born = _birth_date(number)
    if born is None:
        return None
    return Person(birth_date=born, sex=Sex.MALE if int(number[16]) % 2 else Sex.FEMALE)


def age_on(birth_date: date, day: date) -> int:
    """Whole years (周岁) on `day`: one more on each birthday; for 29 February, on 1 March."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def _birth_date(number: str) -> date | None:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
