"""What a password must be like (GB/T 22239-2019 8.1.4.1: complexity; NIST SP 800-63B: length)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from engine.model.errors import InvalidInput
from engine.model.problems import Problem
from engine.text import tell

#: Longer ones are refused, so that hashing cannot be made expensive.
LONGEST = 128

#: Fragments that make a password guessable whatever surrounds them.
_COMMON = ("password", "passw0rd", "qwerty", "admin", "12345678", "abcd1234", "minzheng", "weifang")


@dataclass(frozen=True, kw_only=True)
class PasswordPolicy:
    """At least ``length`` characters out of at least ``classes`` of: lower case, upper case,
    digits, others."""

    length: int = 10
    classes: int = 3

    def check(self, password: str, *, username: str) -> None:
        """Raise :class:`InvalidInput` that names every rule the password breaks."""
        found = [
            Problem(element_id="password", rule=rule, message=message)
            for broken, rule, message in (
                (
                    len(password) < self.length,
                    "password-short",
                    tell("密码至少 {length} 个字符。", length=self.length),
                ),
                (
                    len(password) > LONGEST,
                    "password-long",
                    tell("密码最多 {longest} 个字符。", longest=LONGEST),
                ),
                (
                    _classes(password) < self.classes,
                    "password-simple",
                    tell(
                        "密码须包含大写字母、小写字母、数字、符号中的至少 {classes} 类。",
                        classes=self.classes,
                    ),
                ),
                (
                    _guessable(password, username),
                    "password-guessable",
                    tell("密码过于常见或包含用户名。"),
                ),
                (
                    any(unicodedata.category(c) in {"Cc", "Cs"} for c in password),
                    "password-control",
                    tell("密码不能包含控制字符。"),
                ),
            )
            if broken
        ]
        if found:
            raise InvalidInput(problems=tuple(found))


def _classes(password: str) -> int:
    return sum(
        any(test(c) for c in password)
        for test in (
            str.islower,
            str.isupper,
            str.isdigit,
            lambda c: not (c.islower() or c.isupper() or c.isdigit()),
        )
    )


def _guessable(password: str, username: str) -> bool:
    folded = password.casefold()
    if len(username) >= 4 and username.casefold() in folded:
        return True
    return any(fragment in folded for fragment in _COMMON) or len(set(folded)) < 5
