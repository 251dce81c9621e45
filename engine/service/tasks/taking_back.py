"""What return and withdrawal have in common: the ledger, its barriers, and the step back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.model import ledger
from engine.model.actor import Actor
from engine.model.commands import ReturnTo
from engine.model.errors import Forbidden
from engine.model.execution import Locked
from engine.model.keys import Key
from engine.model.ledger import Past
from engine.model.records import Visit
from engine.model.seat_rules import StepFacts
from engine.model.states import InstanceState, TaskState, VisitState
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.service.stepping import Act, advance, require_written
from engine.storage.commands import ledger as rows
from engine.storage.commands.changes import Remembered
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork
from engine.text import tell


@dataclass(frozen=True, kw_only=True)
class History:
    """The ledger of a case, with the names and properties of its elements."""

    past: tuple[Past, ...]
    pinned: Pinned
    visits: tuple[Visit, ...] = ()
    troubled: frozenset[str] = frozenset()

    @property
    def properties(self) -> Mapping[str, Mapping[str, str]]:
        processes = self.pinned.bundle.processes.values()
        return {key: node.properties for p in processes for key, node in p.nodes.items()}

    def name(self, row: Past | None) -> str | None:
        return self.pinned.element_name(row.element_id) or row.element_id if row else None

    def repeats(self, row: Past) -> bool:
        """Whether the node is a multi-instance or a loop, which is done anew as a whole."""
        processes = self.pinned.bundle.processes.values()
        nodes = (p.nodes[row.element_id] for p in processes if row.element_id in p.nodes)
        return any(node.loop is not None for node in nodes)

    def visit(self, key: Key) -> Past | None:
        return next((row for row in self.past if row.key == key), None)


def history(app: App, work: UnitOfWork, locked: Locked) -> History:
    pinned = app.bundles.of_instance(work, locked.head.bundle_key)
    found = rows.read(work, locked.head.key)
    return History(past=found.past, visits=found.visits, troubled=found.troubled, pinned=pinned)


def passed_before(found: History, current: Key) -> tuple[Past, ...]:
    """The user tasks before this one that the case's version still has, the latest visits first.

    A migration may have left one behind that the new version no longer knows.
    """
    processes = found.pinned.bundle.processes.values()
    known = {key for p in processes for key, node in p.nodes.items() if node.type == "userTask"}
    before = ledger.returnable(found.past, current)
    return tuple(row for row in before if row.element_id in known)


def return_targets(found: History, current: Key) -> tuple[Past, ...]:
    """The nodes that a task can be returned to: those without a barrier in between."""
    return tuple(
        target for target in passed_before(found, current) if barrier_before(found, target) is None
    )


def barrier_before(found: History, target: Past) -> Past | None:
    """The effect that stands in the way of a return to the target."""
    back = ledger.taken_back(found.past, target.key)
    return ledger.barrier((target, *back), found.properties)


def taken_back_names(found: History, target: Past, *, besides: Key) -> tuple[str, ...]:
    """The other user tasks that a return to the target takes back, done or open, in order."""
    back = ledger.taken_back(found.past, target.key)
    tasks = (row for row in back if row.element_type == "userTask" and row.key != besides)
    names = (found.name(row) for row in sorted(tasks, key=lambda row: row.key))
    return tuple(dict.fromkeys(name for name in names if name))


def step_facts(locked: Locked, found: History) -> StepFacts:
    """What the rule asks of a step that somebody wants to take back."""
    task = locked.task
    visit = found.visit(task.key) if task else None
    back = ledger.taken_back(found.past, visit.key) if visit else ()
    rows_ = (visit, *back) if visit else ()
    return StepFacts(
        running=locked.head.state is InstanceState.ACTIVE,
        completed=task is not None
        and task.state is TaskState.COMPLETED
        and visit is not None
        and visit.state is VisitState.COMPLETED,
        done_by=visit.by if visit else None,
        done_for=visit.on_behalf_of if visit else None,
        several=visit is not None and (visit.votes > 1 or found.repeats(visit)),
        final=found.name(ledger.barrier(rows_, found.properties)),
        finished=found.name(ledger.finished(back)),
    )


def go_back(
    app: App,
    work: UnitOfWork,
    *,
    me: Actor,
    locked: Locked,
    found: History,
    target: Past,
    act: Act,
    now: datetime,
    to: str | None,
    remembered: Remembered | None,
) -> None:
    """Step back to the target from whatever is open of what stems from it.

    ``to``: whose the task is when it opens again. Raises Forbidden where nothing is open any more.
    """
    back = ledger.taken_back(found.past, target.key)
    active = [row for row in back if row.state is VisitState.ACTIVE]
    if not active:
        raise Forbidden(
            action=tell("撤回此环节"), reason=tell("后续环节正在等待其他分支，暂时不能撤回。")
        )
    here = max(active, key=lambda row: row.key).key
    open_now = lock(work, instance_key=locked.head.key, element_key=here, actor=me, now=now)
    require_written(
        advance(
            app,
            work,
            at=open_now.head,
            state=open_now.state,
            pinned=found.pinned,
            command=ReturnTo(element_key=here, target_visit=target.key),
            act=act,
            actor=me,
            now=now,
            remembered=remembered,
            given_to={target.element_id: to} if to and not found.repeats(target) else None,
        )
    )
