"""How a value is shown to those who may not see it whole, by its type and class.

Classes (个人信息分级): L1 public; L2 phone, address; L3 resident id, bank account, income and
property, marital status; L4 minors, health, informants. What has no mask of its own type shows
nothing of itself, not even its length.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum

from engine.text import tell

HIDDEN = "******"
_VILLAGE = re.compile(r"^.*?(?:村民委员会|居民委员会|居委会|村委会|社区|村|居|街道|镇|乡)")


class Privacy(StrEnum):
    """The class of a field; each is more sensitive than the one before."""

    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    L4 = "L4"


class Kind(StrEnum):
    """What a sensitive field tells of a person: masks and purposes go by it."""

    IDENTITY = "identity"
    BANK = "bank"
    PHONE = "phone"
    ADDRESS = "address"
    PERSONAL = "personal"
    SPECIAL = "special"


#: How the kinds read.
KIND_NAMES: dict[Kind, str] = {
    Kind.IDENTITY: tell("证件号码"),
    Kind.BANK: tell("银行账号"),
    Kind.PHONE: tell("联系方式"),
    Kind.ADDRESS: tell("住址"),
    Kind.PERSONAL: tell("其他敏感信息"),
    Kind.SPECIAL: tell("特殊敏感信息"),
}

_KINDS: dict[str, Kind] = {
    "resident-id": Kind.IDENTITY,
    "bank-card": Kind.BANK,
    "bank-account": Kind.BANK,
    "mobile": Kind.PHONE,
    "phone": Kind.PHONE,
    "email": Kind.PHONE,
    "address": Kind.ADDRESS,
}


#: Types whose values are masked unless their field is public.
TYPED = frozenset(_KINDS)


def kind_of(privacy: Privacy, value_type: str | None) -> Kind | None:
    """The kind of a field of this class and type; None: it may be seen by whoever sees the case.

    L4 is special whatever its type (敏感个人信息, 个人信息保护法 第 28 条); L1 is public. L2 of a
    type that has no kind (a name) stays as it is; L3 of such a type is ``PERSONAL``.
    """
    if privacy is Privacy.L4:
        return Kind.SPECIAL
    if privacy is Privacy.L1:
        return None
    known = _KINDS.get(value_type or "")
    return known or (Kind.PERSONAL if privacy is Privacy.L3 else None)


def resident_id(text: str) -> str:
    """`370***********0013`: the first three and the last four characters."""
    return f"{text[:3]}{'*' * 11}{text[-4:]}" if len(text) == 18 else HIDDEN


def mobile(text: str) -> str:
    """`138****5678`."""
    return f"{text[:3]}****{text[-4:]}" if len(text) == 11 else phone(text)


def phone(text: str) -> str:
    """The last two digits of a fixed line, as `******88`."""
    return f"{HIDDEN}{text[-2:]}" if len(text) >= 7 else HIDDEN


def bank(text: str) -> str:
    """The last four digits, as `**** **** **** 0002`."""
    return f"**** **** **** {text[-4:]}" if len(text) >= 9 else HIDDEN


def person_name(text: str) -> str:
    """The family name, as `张**`; of a one-character text nothing."""
    return f"{text[0]}**" if len(text) > 1 else HIDDEN


def address(text: str) -> str:
    """Down to the village or community, as `潍坊市奎文区广文街道****`."""
    found = _VILLAGE.match(text)
    return f"{found[0]}****" if found and len(found[0]) < len(text) else HIDDEN


def email(text: str) -> str:
    """The first character and the domain, as `z****@example.cn`."""
    name, at, domain = text.partition("@")
    return f"{name[0]}****@{domain}" if name and at else HIDDEN


def whole(text: str) -> str:  # noqa: ARG001 – that is the point
    """Nothing."""
    return HIDDEN


_BY_TYPE: dict[str, Callable[[str], str]] = {
    "resident-id": resident_id,
    "mobile": mobile,
    "phone": phone,
    "bank-card": bank,
    "bank-account": bank,
    "person-name": person_name,
    "address": address,
    "email": email,
}


def mask(text: str, value_type: str | None = None) -> str:
    """The masked form of a text of this type; an empty text stays empty."""
    if not text:
        return ""
    return _BY_TYPE.get(value_type or "", whole)(text)
