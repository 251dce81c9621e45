"""What a return or a withdrawal would take back, read off the ledger of visits. Pure.

The same ancestry as ``engine.runtime.returning`` walks, over all scopes at once: what stems from a
visit, what happened inside of it, and, where the scope it lies in is over, what stems from that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.model.keys import Key
from engine.model.states import VisitState

#: Nodes that a token runs through without anybody's work and without an effect outside.
PASSING = frozenset(
    {
        "startEvent",
        "endEvent",
        "intermediateThrowEvent",
        "exclusiveGateway",
        "parallelGateway",
        "inclusiveGateway",
        "eventBasedGateway",
        "complexGateway",
        "businessRuleTask",
        "scriptTask",
        "task",
        "subProcess",
        "adHocSubProcess",
        "transaction",
        "callActivity",
    }
)
#: Nodes whose effect is outside once they are done, unless the diagram says otherwise.
OUTWARD = frozenset({"serviceTask", "sendTask"})


@dataclass(frozen=True, kw_only=True)
class Past:
    """A row of the ledger. ``by``: who completed its user task, ``on_behalf_of`` whom he stood in
    for; ``votes``: seats that are done."""

    key: Key
    scope_key: Key
    element_id: str
    element_type: str
    parents: tuple[Key, ...]
    state: VisitState
    by: str | None = None
    on_behalf_of: str | None = None
    seated: bool = False
    votes: int = 0
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def handler(self) -> str | None:
        """Whose task it was."""
        return self.on_behalf_of or self.by


def taken_back(ledger: Sequence[Past], target: Key) -> tuple[Past, ...]:
    """What a return to the target would take back, the target itself left out."""
    rows = {row.key: row for row in ledger}
    found: set[Key] = set()
    seeds = {target}
    while True:
        _close(ledger, seeds, found)
        scope = rows.get(rows[target].scope_key) if target in rows else None
        if scope is None or scope.state is VisitState.ACTIVE:
            break
        seeds = {
            row.key for row in ledger if scope.key in row.parents and row.scope_key != scope.key
        }
        found |= seeds
        target = scope.key
    gone = VisitState.TERMINATED
    return tuple(row for row in ledger if row.key in found and row.state is not gone)


def returnable(ledger: Sequence[Past], current: Key) -> tuple[Past, ...]:
    """The completed user tasks that the current one stems from, the latest visit of each first."""
    latest: dict[str, Past] = {}
    for row in ledger:
        done = row.state is VisitState.COMPLETED and row.element_type == "userTask"
        if (
            done
            and row.key < current
            and any(r.key == current for r in taken_back(ledger, row.key))
        ):
            latest[row.element_id] = row
    return tuple(sorted(latest.values(), key=lambda row: row.key, reverse=True))


def barrier(rows: Iterable[Past], properties: Mapping[str, Mapping[str, str]]) -> Past | None:
    """The first whose effect is outside already: ``banshi:barrier``, a service task, a letter.

    ``properties``: of elements, by id. ``banshi:barrier`` = ``false`` lifts a service task.
    """
    for row in rows:
        told = properties.get(row.element_id, {})
        marked = told.get("banshi:barrier", "").strip().lower()
        usual = row.element_type in OUTWARD or "banshi:letter" in told
        if row.state is VisitState.COMPLETED and (
            marked == "true" or (usual and marked != "false")
        ):
            return row
    return None


def finished(rows: Iterable[Past]) -> Past | None:
    """The first on which somebody has worked."""
    return next(
        (
            row
            for row in rows
            if row.votes or (row.state is VisitState.COMPLETED and row.element_type not in PASSING)
        ),
        None,
    )


def _close(ledger: Sequence[Past], seeds: set[Key], found: set[Key]) -> None:
    """Add what stems from the seeds or lies within; a row's parents always come before it."""
    known = seeds | found
    for row in ledger:
        if row.key not in known and (
            any(parent in known for parent in row.parents) or row.scope_key in known
        ):
            known.add(row.key)
            found.add(row.key)
