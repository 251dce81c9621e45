"""统一社会信用代码 (GB 32100): 18 characters, base 31, with the organisation code inside (GB 11714)."""

from __future__ import annotations

import re
from datetime import date

from engine.forms.problems import Severity
from engine.forms.value_types.finding import Checked, Finding, compact
from engine.text import several, tell

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUE = {c: n for n, c in enumerate(_ALPHABET)}
_SHAPE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
_WEIGHTS = tuple(pow(3, n, 31) for n in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
#: What the civil-affairs departments register, by the first two characters.
KINDS = {"51": tell("社会团体"), "52": tell("民办非企业单位"), "53": tell("基金会")}


def check_character(code: str) -> str:
    """The last character, from the first 17."""
    total = sum(_VALUE[c] * w for c, w in zip(code, _WEIGHTS, strict=True))
    return _ALPHABET[-total % 31]


def organisation_check_character(code: str) -> str:
    """Character 17, from characters 9 to 16 (GB 11714)."""
    total = sum(int(c, 36) * w for c, w in zip(code, _ORGANISATION_WEIGHTS, strict=True))
    remainder = 11 - total % 11
    return {10: "X", 11: "0"}.get(remainder, str(remainder))


def check(text: str, today: date) -> Checked:  # noqa: ARG001 – one signature for all types
    """Shape and both check characters."""
    code = compact(text).upper()
    if len(code) != 18:
        return Checked.wrong(
            code,
            "uscc-shape",
            tell("统一社会信用代码应是 18 位，现在是 {count} 位。", count=len(code)),
        )
    if not _SHAPE.fullmatch(code):
        return Checked.wrong(
            code,
            "uscc-shape",
            tell("统一社会信用代码由数字和大写字母组成（不用 I、O、S、V、Z），第 3—8 位是数字。"),
        )
    wrong_inside = organisation_check_character(code[8:16]) != code[16]
    if wrong_inside or check_character(code[:17]) != code[17]:
        return Checked.wrong(
            code, "uscc-check", tell("统一社会信用代码校验不通过，请对照证书逐位核对。")
        )
    return Checked(value=code)


def check_civil(text: str, today: date, *, registrar: str | None = None) -> Checked:
    """As `check`, and one of the kinds that civil affairs register (51 社团, 52 民非, 53 基金会).

    A registrar (characters 3 to 8) other than `registrar` is a warning only: codes of merged or
    renamed districts live on.
    """
    checked = check(text, today)
    if checked.findings:
        return checked
    code = checked.value
    if code[:2] not in KINDS:
        kinds = several(
            tell("{prefix} {kind}", prefix=prefix, kind=kind) for prefix, kind in KINDS.items()
        )
        return Checked.wrong(
            code,
            "uscc-kind",
            tell(
                "“{code}”开头的不是民政部门登记的社会组织（{kinds}）。", code=code[:2], kinds=kinds
            ),
        )
    if registrar and code[2:8] != registrar:
        message = tell(
            "登记机关代码是 {code}，不是 {registrar}，请确认登记机关。",
            code=code[2:8],
            registrar=registrar,
        )
        warning = Finding(code="uscc-registrar", message=message, severity=Severity.WARNING)
        return Checked(value=code, findings=(warning,))
    return checked


def kind(code: str) -> str | None:
    """社会团体, 民办非企业单位 or 基金会; None for other kinds of bodies."""
    return KINDS.get(code[:2])
