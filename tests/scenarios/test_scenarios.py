"""The four services, as ``*.yaml`` beside this file say: who does what, on which day, what holds.

Each scenario runs on a real database with the diagrams, decisions and forms that are shipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.model import errors
from engine.service.app import App
from tests.conftest import SettableClock
from tests.driver import Case, Driver
from tests.scenarios.expectations import check

HERE = Path(__file__).parent
FORMS: Mapping[str, Mapping[str, Any]] = yaml.safe_load((HERE / "data/forms.yaml").read_text())


@dataclass(frozen=True, kw_only=True)
class Scenario:
    name: str
    process: str
    begins: str
    steps: list[dict[str, Any]]


def scenarios() -> Iterator[Any]:
    """Every case of every file, named after both."""
    for path in sorted(HERE.glob("*.yaml")):
        written = yaml.safe_load(path.read_text())
        for case in written.get("cases", [written]):
            merged = {**written, **case}
            scenario = Scenario(
                name=case["name"],
                process=merged["process"],
                begins=str(merged["begins"]),
                steps=merged["steps"],
            )
            yield pytest.param(scenario, id=f"{path.stem}: {scenario.name}")


@pytest.fixture
def driver(shipped: App, clock: SettableClock) -> Driver:
    return Driver(shipped, clock)


@pytest.mark.parametrize("scenario", list(scenarios()))
def test_scenario(scenario: Scenario, driver: Driver) -> None:
    driver.at(scenario.begins)
    case: Case | None = None
    for number, step in enumerate(scenario.steps, 1):
        try:
            case = run(driver, scenario, case, step)
        except (AssertionError, errors.BanshiError) as error:
            raise AssertionError(f"step {number} {step}: {error}") from error


def run(driver: Driver, scenario: Scenario, case: Case | None, step: dict[str, Any]) -> Case | None:
    """Do one step; returns the case that the next one is about."""
    match step:
        case {"start": start}:
            return driver.start(scenario.process, as_=start["as"], form=filled(start["form"]))
        case {"at": moment}:
            driver.at(str(moment))
        case {"task": element, "as": who}:
            known(case).complete(
                element, as_=who, nth=step.get("nth"), **filled(step.get("submit", {}))
            )
        case {"withdraw": how}:
            known(case).withdraw(as_=how["as"], reason=how["reason"])
        case {"refused": attempt}:
            refused(driver, scenario, case, attempt)
        case {"expect": expected}:
            check(known(case), expected)
        case _:
            raise AssertionError(f"unknown step: {step}")
    return case


def refused(driver: Driver, scenario: Scenario, case: Case | None, attempt: dict[str, Any]) -> None:
    """The attempt must end in the named error, with the said words in its message."""
    with pytest.raises(getattr(errors, attempt["error"])) as caught:
        try_to(driver, scenario, case, attempt)
    assert attempt.get("says", "") in caught.value.message


def try_to(driver: Driver, scenario: Scenario, case: Case | None, attempt: dict[str, Any]) -> None:
    if "start" in attempt:
        driver.start(scenario.process, as_=attempt["as"], form=filled(attempt["form"]))
    elif "withdraw" in attempt:
        known(case).withdraw(as_=attempt["as"], reason=attempt["reason"])
    else:
        known(case).complete(
            attempt["task"],
            as_=attempt["as"],
            nth=attempt.get("nth"),
            **filled(attempt.get("submit", {})),
        )


def filled(form: Mapping[str, Any]) -> dict[str, Any]:
    """``use: name`` stands for a form in ``data/forms.yaml``; what follows overrides it."""
    own = dict(form)
    base = FORMS[own.pop("use")] if "use" in own else {}
    return exact({**base, **own})


def exact(value: Any) -> Any:
    """YAML's binary fractions as the decimals that were written."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, dict):
        return {k: exact(v) for k, v in value.items()}
    return [exact(v) for v in value] if isinstance(value, list) else value


def known(case: Case | None) -> Case:
    assert case is not None, "the scenario has not started a case yet"
    return case
