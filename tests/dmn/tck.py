"""Reads the test cases of the DMN Technology Compatibility Kit and compares results with them.

The kit is not part of this repository. ``BANSHI_DMN_TCK`` names its folder; without it
``../shared/dmn-tck`` beside the repository is taken.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from engine.dmn import DmnError, Model, load_all
from engine.dmn.markup import Element, read_markup
from engine.feel.values import Date, DateTime, DayTimeDuration, Time, YearMonthDuration

ROOT = Path(
    os.environ.get("BANSHI_DMN_TCK") or Path(__file__).parents[3] / "shared" / "dmn-tck"
).resolve()

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"

#: Numbers agree when they differ by less (the kit's runners compare doubles).
TOLERANCE = Decimal("1e-8")


@dataclass(frozen=True, kw_only=True)
class Expected:
    """One result node: the decision's name, the value, whether an error is expected."""

    decision: str
    value: object
    is_error: bool


@dataclass(frozen=True, kw_only=True)
class Case:
    """One ``testCase``."""

    directory: Path
    model: str
    id: str
    description: str
    invocable: str
    kind: str
    inputs: Mapping[str, object]
    expected: tuple[Expected, ...]

    @property
    def level(self) -> str:
        return self.directory.parent.name

    def __str__(self) -> str:
        return f"{self.directory.name}/{self.id}"


def directories() -> list[Path]:
    """Every directory of the kit that holds a test file, in order."""
    return sorted({file.parent for file in ROOT.glob("*/*/*-test-*.xml")})


def cases(directory: Path) -> Iterator[Case]:
    """The cases of a directory, in the order of its files."""
    for file in sorted(directory.glob("*-test-*.xml")):
        root = read_markup(file.read_bytes())
        name = root.first("modelName")
        assert name is not None, f"{file} names no model"
        for case in root.all("testCase"):
            yield _case(directory, name.text.strip(), case)


def _case(directory: Path, model: str, element: Element) -> Case:
    description = element.first("description")
    return Case(
        directory=directory,
        model=model,
        id=element.get("id"),
        description=description.text.strip() if description is not None else "",
        invocable=element.get("invocableName"),
        kind=element.get("type", "decision"),
        inputs={_input_key(node): _value(node) for node in element.all("inputNode")},
        expected=tuple(_expected(node) for node in element.all("resultNode")),
    )


def _input_key(node: Element) -> str:
    namespace = node.get("namespace")
    return f"{{{namespace}}}{node.get('name')}" if namespace else node.get("name")


def _expected(node: Element) -> Expected:
    value = node.first("expected")
    return Expected(
        decision=node.get("name"),
        value=_value(value) if value is not None else None,
        is_error=node.get("errorResult") == "true",
    )


def _value(node: Element) -> object:
    components = list(node.all("component"))
    if components:
        return {c.get("name"): _value(c) for c in components}
    items = node.first("list")
    if items is not None:
        return [_value(item) for item in items.all("item")]
    value = node.first("value")
    return _simple(value) if value is not None else None


def _simple(element: Element) -> object:
    if element.attributes.get(f"{XSI}nil") in {"true", "1"}:
        return None
    kind = element.attributes.get(f"{XSI}type", "xsd:string").rpartition(":")[2]
    text = element.text
    if kind in {"string", "anySimpleType"}:
        return text
    return _typed(kind, text.strip())


def _typed(kind: str, text: str) -> object:
    match kind:
        case "boolean":
            return text in {"true", "1"}
        case "date":
            return Date.parse(text)
        case "time":
            return Time.parse(text)
        case "dateTime":
            return DateTime.parse(text)
        case "duration":
            months = re.fullmatch(r"-?P(\d+Y)?(\d+M)?", text)
            return YearMonthDuration.parse(text) if months else DayTimeDuration.parse(text)
        case "decimal" | "double" | "float" | "integer" | "int" | "long":
            return Decimal(text)
    raise AssertionError(f"the kit uses a type unknown here: {kind}")


def same(got: object, expected: object) -> bool:
    """Whether a result is the expected value: types equal, numbers within the tolerance."""
    if isinstance(expected, Decimal):
        if not isinstance(got, Decimal):
            return False
        return abs(got - expected) <= TOLERANCE * max(Decimal(1), abs(expected))
    if isinstance(expected, list):
        return isinstance(got, list) and len(got) == len(expected) and all(map(same, got, expected))
    if isinstance(expected, dict):
        return (
            isinstance(got, dict)
            and got.keys() == expected.keys()
            and all(same(got[key], value) for key, value in expected.items())
        )
    return type(got) is type(expected) and got == expected


@cache
def models(directory: Path) -> Mapping[str, Model]:
    """All models of a directory by file name, imports resolved among them."""
    files = {f.name: f.read_bytes() for f in sorted(directory.glob("*.dmn"))}
    return load_all(files)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one result node."""

    case: Case
    expected: Expected
    got: object
    passed: bool
    known: str = ""


#: Outcomes of this run, for the table at its end.
RESULTS: list[Outcome] = []


def evaluate(
    case: Case, expected: Expected, clock: Callable[[], datetime]
) -> tuple[object, tuple[str, ...]]:
    """The value that the model gives for a result node, and the warnings on the way.

    A model that cannot be read, or has no such decision, is an error: null, as the kit has it.
    """
    try:
        model = models(case.directory)[case.model]
        result = model.evaluate(case.invocable or expected.decision, case.inputs, clock=clock)
    except DmnError as error:
        return None, (str(error),)
    value = result.value
    outputs = result.explanation.children
    if case.invocable and len(outputs) > 1 and isinstance(value, dict):
        value = value.get(expected.decision)
    return value, result.warnings


def summary() -> Iterator[str]:
    """A table of the outcomes by directory, and the failures."""
    yield f"{'directory':<48}{'results':>8}{'passed':>8}{'non-null':>10}{'passed':>8}"
    for level in sorted({o.case.level for o in RESULTS}):
        outcomes = [o for o in RESULTS if o.case.level == level]
        for directory in sorted({o.case.directory.name for o in outcomes}):
            yield _line(directory, [o for o in outcomes if o.case.directory.name == directory])
        yield _line(f"= {level}", outcomes)
    for outcome in RESULTS:
        if not outcome.passed:
            expected = outcome.expected
            values = f"expected {expected.value!r}, got {outcome.got!r}"
            yield f"{'known' if outcome.known else 'FAILED'}: {outcome.case}: {values}"
            if outcome.known:
                yield f"       {outcome.known}"


def _line(name: str, outcomes: list[Outcome]) -> str:
    plain = [o for o in outcomes if o.expected.value is not None]
    passed = sum(o.passed for o in outcomes)
    plain_passed = sum(o.passed for o in plain)
    share = f"{100 * plain_passed / len(plain):7.1f} %" if plain else ""
    return f"{name:<48}{len(outcomes):>8}{passed:>8}{len(plain):>10}{plain_passed:>8}{share}"
