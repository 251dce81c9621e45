"""The test cases of the DMN Technology Compatibility Kit, each as a test of its own.

The kit lies outside the repository (see ``tck.py``); where it is missing, one test says so by
being skipped. ``conftest.py`` prints a table of results by directory.
"""

from __future__ import annotations

import datetime as host

import pytest

from tests.dmn import tck

CASES = [case for directory in tck.directories() for case in tck.cases(directory)]

_JAVA = "external Java functions are refused: nothing a model says reaches the host"

#: Cases that cannot pass, with the reason. Nothing else may fail.
KNOWN = {
    f"0076-feel-external-java/{case}": _JAVA
    for case in ("boxed_001", "varargs_001", *(f"literal_{n:03d}" for n in range(1, 13)))
} | {
    "1111-feel-matches-function/K2-MatchesFunc-17": (
        "back-references are refused: no matcher of linear time has them"
    ),
}


def clock() -> host.datetime:
    """The moment at which all cases are evaluated."""
    return host.datetime(2024, 2, 29, 10, 30, tzinfo=host.UTC)


def test_kit_is_present() -> None:
    """Say plainly when the kit was not run."""
    if not CASES:
        pytest.skip(f"DMN TCK is not at {tck.ROOT}: its cases were not run (set BANSHI_DMN_TCK)")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: tck.Case, request: pytest.FixtureRequest) -> None:
    """Each result of the case is what the kit expects; errors give null."""
    known = KNOWN.get(str(case), "")
    if known:
        request.applymarker(pytest.mark.xfail(reason=known, strict=True))
    failures = []
    for expected in case.expected:
        got, warnings = tck.evaluate(case, expected, clock)
        passed = tck.same(got, expected.value)
        outcome = tck.Outcome(case=case, expected=expected, got=got, passed=passed, known=known)
        tck.RESULTS.append(outcome)
        if not passed:
            failures.append(
                f"{expected.decision}: expected {expected.value!r}, got {got!r}"
                + "".join(f"\n    {warning}" for warning in warnings)
            )
    assert not failures, "\n".join(failures)
