"""String functions (DMN 1.5, 10.3.4.3, table 74)."""

from __future__ import annotations

from decimal import Decimal

from engine.feel.builtins.registry import builtin
from engine.feel.number import integer_of
from engine.feel.regex import RegexError, compile_pattern
from engine.feel.run import Run
from engine.feel.values import Value


@builtin("substring", "string: string, start position: number, length?: number")
def substring(run: Run, text: str, start: Decimal, length: Decimal | None = None) -> Value:
    """substring(string, start position, length?), DMN 1.5, table 74: fractions are cut off."""
    first, size = int(start.to_integral_value("ROUND_DOWN")) if start.adjusted() < 18 else 0, None
    if first == 0 or abs(first) > len(text):
        return run.warn("substring 的起点不在文本之内")
    index = first - 1 if first > 0 else len(text) + first
    if length is not None:
        size = integer_of(length.to_integral_value("ROUND_DOWN"))
        if size is None or size < 1:
            return run.warn("substring 的长度必须是正数")
    result = text[index:] if size is None else text[index : index + size]
    run.budget.text(len(result))
    return result


@builtin("string length", "string: string")
def string_length(_run: Run, text: str) -> Value:
    """string length(string), DMN 1.5, table 74: in code points."""
    return Decimal(len(text))


@builtin("upper case", "string: string")
def upper_case(run: Run, text: str) -> Value:
    """upper case(string), DMN 1.5, table 74."""
    run.budget.text(len(text))
    return text.upper()


@builtin("lower case", "string: string")
def lower_case(run: Run, text: str) -> Value:
    """lower case(string), DMN 1.5, table 74."""
    run.budget.text(len(text))
    return text.lower()


@builtin("substring before", "string: string, match: string")
def substring_before(run: Run, text: str, match: str) -> Value:
    """substring before(string, match), DMN 1.5, table 74: empty if there is no match."""
    run.budget.text(len(text))
    return text[: max(text.find(match), 0)]


@builtin("substring after", "string: string, match: string")
def substring_after(run: Run, text: str, match: str) -> Value:
    """substring after(string, match), DMN 1.5, table 74: empty if there is no match."""
    run.budget.text(len(text))
    at = text.find(match)
    return text[at + len(match) :] if at >= 0 else ""


@builtin("contains", "string: string, match: string")
def contains(run: Run, text: str, match: str) -> Value:
    """contains(string, match), DMN 1.5, table 74."""
    run.budget.text(len(text))
    return match in text


@builtin("starts with", "string: string, match: string")
def starts_with(_run: Run, text: str, match: str) -> Value:
    """starts with(string, match), DMN 1.5, table 74."""
    return text.startswith(match)


@builtin("ends with", "string: string, match: string")
def ends_with(_run: Run, text: str, match: str) -> Value:
    """ends with(string, match), DMN 1.5, table 74."""
    return text.endswith(match)


@builtin("matches", "input: string, pattern: string, flags?: string")
def matches(run: Run, text: str, pattern: str, flags: str | None = None) -> Value:
    """matches(input, pattern, flags?), DMN 1.5, table 74: whether a part of the text matches."""
    try:
        return compile_pattern(pattern, flags or "").is_found(text, run.budget)
    except RegexError as error:
        return run.warn(str(error))


@builtin("replace", "input: string, pattern: string, replacement: string, flags?: string")
def replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None = None) -> Value:
    """replace(input, pattern, replacement, flags?), DMN 1.5, table 74: `$1` is the first group."""
    try:
        return compile_pattern(pattern, flags or "").replace(text, replacement, run.budget)
    except RegexError as error:
        return run.warn(str(error))


@builtin("split", "string: string, delimiter: string")
def split(run: Run, text: str, delimiter: str) -> Value:
    """split(string, delimiter), DMN 1.5, table 74: the delimiter is a pattern."""
    try:
        return compile_pattern(delimiter).split(text, run.budget)
    except RegexError as error:
        return run.warn(str(error))


@builtin("string join", "list: list", "list: list, delimiter?: string")
def string_join(run: Run, items: list[Value], delimiter: str | None = None) -> Value:
    """string join(list, delimiter), DMN 1.5, table 74: null items are left out."""
    texts = [item for item in items if item is not None]
    if any(type(text) is not str for text in texts):
        return run.warn("string join 的列表里有不是文本的项")
    separator = delimiter or ""
    run.budget.text(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)
