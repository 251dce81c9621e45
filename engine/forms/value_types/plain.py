"""Types with nothing to compute: postcode, name of a person, address, school year, e-mail."""

from __future__ import annotations

import re
from datetime import date

from engine.forms.value_types.finding import Checked, compact
from engine.text import tell

_POSTCODE = re.compile(r"[0-9]{6}")
_SCHOOL_YEAR = re.compile(r"([0-9]{4})[-—–－~～至]+([0-9]{4})")
_NOT_IN_NAMES = re.compile(r"[0-9０-９@#￥$%^&*()=+\[\]{}<>/\\|?？!！,，。;；:：\"“”_]")
_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}")


def check_postcode(text: str, today: date) -> Checked:  # noqa: ARG001
    """Six digits."""
    code = compact(text)
    if not _POSTCODE.fullmatch(code):
        return Checked.wrong(code, "postcode", tell("邮政编码应是 6 位数字。"))
    return Checked(value=code)


def check_person_name(text: str, today: date) -> Checked:  # noqa: ARG001
    """A name as on the identity card; the dots of longer names become the one the card uses (·)."""
    name = re.sub(r"\s*[·•・‧∙．.]\s*", "·", " ".join(text.split()))
    if not 2 <= len(name) <= 50:
        return Checked.wrong(name, "person-name", tell("姓名应是 2—50 个字，请与身份证一致。"))
    if _NOT_IN_NAMES.search(name):
        return Checked.wrong(name, "person-name", tell("姓名里有数字或符号，请与身份证一致。"))
    return Checked(value=name)


def check_address(text: str, today: date) -> Checked:  # noqa: ARG001
    """An address in one line, at least as long as a village's name."""
    address = " ".join(text.split())
    if len(address) < 4:
        return Checked.wrong(address, "address", tell("地址太短，请写到村（居）和门牌号。"))
    return Checked(value=address)


def check_school_year(text: str, today: date) -> Checked:  # noqa: ARG001
    """学年 as 2025-2026: two years in a row."""
    found = _SCHOOL_YEAR.fullmatch(_compact_year(text))
    if not found or int(found[2]) != int(found[1]) + 1:
        return Checked.wrong(text, "school-year", tell("学年应写成 2025-2026 的样子，两年相连。"))
    return Checked(value=f"{found[1]}-{found[2]}")


def check_email(text: str, today: date) -> Checked:  # noqa: ARG001
    """An address of the ordinary shape; whether it exists shows only when mail is sent."""
    if len(text) > 254 or not _EMAIL.fullmatch(text):
        return Checked.wrong(text, "email", tell("电子邮箱应写成 name@example.cn 的样子。"))
    return Checked(value=text)


def _compact_year(text: str) -> str:
    """Without spaces and the words 年 and 学年."""
    return "".join(text.split()).removesuffix("学年").replace("年", "")
