"""The dry run of a migration, of one case or of many: what goes where, what would be lost, why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.model.actor import Actor
from engine.model.errors import BanshiError
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.problems import Problem, Severity
from engine.service.administration.migrate_case import require_same_process
from engine.service.administration.migration import Line, Plan, checked_mapping, plan
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.storage.commands import moving
from engine.storage.commands.moving import Standing
from engine.storage.database import UnitOfWork

#: So many cases are looked at in one go; the rest is told to be unchecked.
MOST_CHECKED = 2_000
_AT_ONCE = 200


@dataclass(frozen=True, kw_only=True)
class Awaited:
    """An event that the case would not wait for any more, or newly waits for."""

    element_id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Target:
    """An element of the new version to which a token may go."""

    element_id: str
    name: str
    type: str


@dataclass(frozen=True, kw_only=True)
class CaseReport:
    """``lost``: the events that it would no longer wait for; ``added``: those it newly would."""

    key: Key
    number: str
    title: str
    version: int
    lines: tuple[Line, ...]
    lost: tuple[Awaited, ...]
    added: tuple[Awaited, ...]
    problems: tuple[Problem, ...]
    possible: bool


@dataclass(frozen=True, kw_only=True)
class Report:
    """``checked`` of ``total`` were looked at. ``lines``: all moves, counted over the cases;
    ``problems``: each kind of finding with how many cases have it; ``cases``: those with findings
    or losses first, at most as many as were asked for."""

    total: int
    checked: int
    possible: int
    impossible: int
    there_already: int
    lines: tuple[Line, ...]
    lost: tuple[tuple[Awaited, int], ...]
    added: tuple[tuple[Awaited, int], ...]
    problems: tuple[tuple[Problem, int], ...]
    cases: tuple[CaseReport, ...]


def migration_report(
    app: App,
    actor: Actor,
    *,
    keys: Sequence[Key],
    definition_key: Key,
    mapping: Mapping[str, str] | None = None,
    listed: int = 50,
) -> Report:
    """What ``migrate_case`` would do to these cases; nothing is changed. Administrators only."""
    require(actor, Action.READ_OPERATIONS)
    new = app.bundles.resolve(definition_key=definition_key)
    found: list[CaseReport] = []
    there = 0
    looked_at = keys[:MOST_CHECKED]
    with app.database.unit_of_work() as work:
        for start in range(0, len(looked_at), _AT_ONCE):
            some = moving.standing(work, looked_at[start : start + _AT_ONCE])
            fitting = [case for case in some if case.bundle_key != new.key]
            there += len(some) - len(fitting)
            found += _reports(app, work, fitting, new, mapping or {})
    return _summed(found, total=len(keys), checked=len(looked_at), there=there, listed=listed)


def migration_targets(app: App, actor: Actor, *, definition_key: Key) -> tuple[Target, ...]:
    """Where the tokens of a case can stand in a version, in the diagram's order.

    The version's own elements first, then those of the processes it calls. Administrators only.
    """
    require(actor, Action.READ_OPERATIONS)
    return targets_of(app.bundles.resolve(definition_key=definition_key))


def targets_of(pinned: Pinned) -> tuple[Target, ...]:
    """The elements of a bundle, the process's own first."""
    own = pinned.definition
    others = [p for p in pinned.bundle.processes.values() if p is not own]
    return tuple(
        Target(element_id=element.id, name=element.name or element.id, type=element.type)
        for process in (own, *others)
        for element in process.elements
    )


def _reports(
    app: App,
    work: UnitOfWork,
    cases: Sequence[Standing],
    new: Pinned,
    mapping: Mapping[str, str],
) -> list[CaseReport]:
    made: list[tuple[Plan, Pinned]] = []
    refused: list[CaseReport] = []
    for case in cases:
        old = app.bundles.of_instance(work, case.bundle_key)
        try:
            require_same_process(new, case.process_id)
            wanted = checked_mapping(old, new, mapping)
            made.append((plan(app, work, case, old=old, new=new, mapping=wanted), old))
        except BanshiError as error:
            refused.append(_refused(case, old, error))
    waits = [key for each, _ in made for key in each.closed]
    events = moving.events_of(work, [each.key for each, _ in made], waits)
    return [*refused, *(_report(each, old, events) for each, old in made)]


def _report(made: Plan, old: Pinned, events: Mapping[Key, str]) -> CaseReport:
    ids = (events[key].split("/")[0] for key in made.closed if key in events)
    lost = (Awaited(element_id=at, name=old.element_name(at)) for at in ids)
    return CaseReport(
        key=made.key,
        number=made.number,
        title=made.title,
        version=made.version,
        lines=made.lines,
        lost=tuple(lost),
        added=tuple(Awaited(element_id=at, name=name) for at, name in made.added),
        problems=made.problems,
        possible=made.possible,
    )


def _refused(case: Standing, old: Pinned, error: BanshiError) -> CaseReport:
    own = getattr(error, "problems", None)
    return CaseReport(
        key=case.key,
        number=case.number,
        title=case.title,
        version=old.process.version,
        lines=(),
        lost=(),
        added=(),
        problems=own or (Problem(rule="case", message=error.message),),
        possible=False,
    )


def _summed(
    found: Sequence[CaseReport], *, total: int, checked: int, there: int, listed: int
) -> Report:
    lines: dict[tuple[str, str], Line] = {}
    problems: dict[tuple[str, str, Severity], Problem] = {}
    having: Counter[tuple[str, str, Severity]] = Counter()
    lost: Counter[Awaited] = Counter()
    added: Counter[Awaited] = Counter()
    for case in found:
        for line in case.lines:
            at = (line.source, line.target)
            before = lines[at].count if at in lines else 0
            lines[at] = Line(
                source=line.source,
                source_name=line.source_name,
                type=line.type,
                target=line.target,
                target_name=line.target_name,
                count=line.count + before,
            )
        kinds = {(p.rule, p.element_id, p.severity): p for p in case.problems}
        problems |= kinds
        having.update(kinds.keys())
        lost.update(case.lost)
        added.update(case.added)
    possible = sum(1 for case in found if case.possible)
    ordered = sorted(found, key=lambda c: (c.possible, not c.problems, not c.lost, c.key))
    return Report(
        total=total,
        checked=checked,
        possible=possible,
        impossible=len(found) - possible,
        there_already=there,
        lines=tuple(lines[at] for at in sorted(lines)),
        lost=tuple(lost.most_common()),
        added=tuple(added.most_common()),
        problems=tuple((problems[kind], count) for kind, count in having.most_common()),
        cases=tuple(ordered[:listed]),
    )
