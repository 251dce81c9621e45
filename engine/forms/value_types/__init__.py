"""The value types a form author names in `banshi:type`: check, input hints, mask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from engine.forms.value_types import bank, credit_code, phone, plain, resident_id
from engine.forms.value_types.finding import Check, Checked, Finding
from engine.text import tell

__all__ = ["MONEY", "TEXT_TYPES", "Check", "Checked", "Finding", "TextType"]

#: The one type of number fields; its checks are in the module money.
MONEY = "money"


@dataclass(frozen=True, kw_only=True)
class TextType:
    """A type of text fields."""

    check: Check
    #: HTML inputmode and autocomplete, and the longest text as typed (grouped digits included).
    inputmode: str = "text"
    autocomplete: str = "off"
    max_length: int = 100
    #: Shown under the field when its author wrote no description.
    hint: str = ""


TEXT_TYPES: Mapping[str, TextType] = MappingProxyType(
    {
        "resident-id": TextType(
            check=resident_id.check, max_length=40, hint=tell("18 位，最后一位可能是 X。")
        ),
        "uscc": TextType(
            check=credit_code.check, max_length=40, hint=tell("18 位，见登记证书。")
        ),
        "civil-uscc": TextType(
            check=credit_code.check_civil, max_length=40, hint=tell("18 位，以 51、52 或 53 开头。")
        ),
        "mobile": TextType(
            check=phone.check_mobile, inputmode="tel", autocomplete="tel", max_length=30,
            hint=tell("11 位手机号码。"),
        ),
        "phone": TextType(
            check=phone.check_phone, inputmode="tel", autocomplete="tel", max_length=30,
            hint=tell("手机号码，或带区号的座机。"),
        ),
        "bank-card": TextType(
            check=bank.check_card, inputmode="numeric", max_length=40, hint=tell("16—19 位。")
        ),
        "bank-account": TextType(
            check=bank.check_account, inputmode="numeric", max_length=60, hint=tell("单位账户账号。")
        ),
        "postcode": TextType(
            check=plain.check_postcode, inputmode="numeric", autocomplete="postal-code",
            max_length=12,
        ),
        "person-name": TextType(
            check=plain.check_person_name, autocomplete="name", max_length=60,
            hint=tell("与身份证一致。"),
        ),
        "address": TextType(
            check=plain.check_address, autocomplete="street-address", max_length=200
        ),
        "school-year": TextType(
            check=plain.check_school_year, max_length=20, hint=tell("如 2025-2026。")
        ),
        "email": TextType(
            check=plain.check_email, inputmode="email", autocomplete="email", max_length=254
        ),
    }
)  # fmt: skip
