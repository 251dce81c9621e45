"""What a step did, as rows to write: effects become changes of one transaction.

Something that is opened and taken away within one step is netted out here, since one statement
cannot touch a row that it inserts itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.model import keys
from engine.model.effects import (
    CommandHeld,
    CommandResumed,
    DecisionEvaluated,
    EndReached,
    IncidentRaised,
    IncidentResolved,
    InstanceEnded,
    JobCanceled,
    JobCreated,
    MessageThrown,
    ScopeTerminated,
    SignalThrown,
    SubscriptionKind,
    SubscriptionOpened,
    TaskCanceled,
    TaskChanged,
    TaskCompleted,
    TaskDenied,
    TaskHeld,
    TaskOpened,
    TimerSet,
    VisitClosed,
    VisitOpened,
    WaitClosed,
    WaitsClosed,
)
from engine.model.execution import PENDING, OpenTask
from engine.model.keys import Key
from engine.model.notifications import Announcement
from engine.model.seats import Seats, shown_groups
from engine.model.states import TaskState, VisitState
from engine.model.step import State, Stepped
from engine.service import asked_tasks
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.service.clock.clock_tokens import follow_tokens
from engine.service.clock.task_deadlines import NO_DEADLINE, opening_deadline
from engine.service.seats.seating import PLAIN, Seating, seating_of
from engine.service.tasks.assignment import NOBODY, Assigned, Case, assign
from engine.storage.commands.changes import (
    Changes,
    NewDelivery,
    NewJob,
    NewTask,
    NewVisit,
    SeatRows,
)
from engine.storage.database import UnitOfWork
from engine.text import tell


@dataclass(kw_only=True)
class Projection:
    """Turns one step's effects into ``changes``; ``decisions`` are for the journal.

    ``given_to``: element → the person whom its task goes to, where it opens (he had it before).
    ``task``: the one whose listeners are concerned; ``told``: what is to be announced of it;
    ``denied``: why what its listeners agreed to can't be done any more; ``held``: the command waits
    for listeners, and nothing of it has happened yet; ``returned``: the task that a held return
    took away, and who had returned it.
    """

    app: App
    work: UnitOfWork
    pinned: Pinned
    case: Case
    state: State
    changes: Changes
    given_to: Mapping[str, str] = field(default_factory=dict)
    task: OpenTask | None = None
    told: list[Announcement] = field(default_factory=list)
    denied: str = ""
    held: bool = False
    returned: tuple[Key, str] | None = None
    decisions: list[DecisionEvaluated] = field(default_factory=list)
    _seats: dict[Key, Seats] = field(default_factory=dict)
    _visits: dict[Key, NewVisit] = field(default_factory=dict)
    _tasks: dict[Key, NewTask] = field(default_factory=dict)
    _jobs: dict[Key, NewJob] = field(default_factory=dict)
    _timers: dict[Key, TimerSet] = field(default_factory=dict)
    _waits: dict[Key, SubscriptionOpened] = field(default_factory=dict)
    _incidents: dict[Key, IncidentRaised] = field(default_factory=dict)

    def apply(self, stepped: Stepped) -> None:
        """Take in the whole step. May ask the database about units and roles, but writes nothing."""
        self.changes.counter = stepped.counter
        self.changes.scopes = stepped.scopes
        self.changes.dropped = stepped.dropped
        self.changes.variables = stepped.variables
        for effect in stepped.effects:
            _APPLIERS[type(effect)](self, effect)
        follow_tokens(
            self.app,
            self.work,
            self.pinned,
            self.changes,
            visits=self._visits,
            tasks=self._tasks,
            timers=self._timers,
            next_key=self._next_key,
        )
        self.changes.visits = list(self._visits.values())
        self.changes.tasks = list(self._tasks.values())
        self.changes.seats += [
            SeatRows(
                task_key=key,
                process_id=self._tasks[key].process_id,
                due_at=self._tasks[key].due_at,
                seats=seats,
            )
            for key, seats in self._seats.items()
        ]
        self.changes.jobs = list(self._jobs.values())
        self.changes.timers = list(self._timers.values())
        self.changes.subscriptions = list(self._waits.values())
        self.changes.incidents = list(self._incidents.values())
        self.changes.subscription_process = self.pinned.process.process_id

    def visit_opened(self, effect: VisitOpened) -> None:
        self._visits[effect.key] = NewVisit(
            key=effect.key,
            scope_key=effect.scope_key,
            element_id=effect.element_id,
            element_type=effect.element_type,
            flow_id=effect.flow_id,
            parents=effect.parents,
        )

    def visit_closed(self, effect: VisitClosed) -> None:
        if effect.key in self._visits:
            self._visits[effect.key] = replace(self._visits[effect.key], state=effect.state)
        else:
            self.changes.visits_closed[effect.key] = effect.state

    def task_opened(self, effect: TaskOpened) -> None:
        assigned = assign(self.app, self.work, self.case, effect)
        seating = self._seating(effect, assigned)
        if seating.seats:
            self._seats[effect.key] = seating.seats
        elif self._returns(effect):
            assigned = replace(assigned, assignee=self.given_to[effect.element_id], nobody=None)
        due, no_due = opening_deadline(
            self.app,
            effect,
            lambda: self._visible(effect.scope_key, effect.key),
            now=self.changes.now,
        )
        self._tasks[effect.key] = NewTask(
            key=effect.key,
            scope_key=effect.scope_key,
            process_id=self.pinned.process.process_id,
            element_id=effect.element_id,
            name=effect.name,
            assignee=None if seating.seats else assigned.assignee,
            lane_kind=assigned.lane_kind,
            groups=assigned.groups,
            users=assigned.users,
            separation=effect.properties.get("banshi:separation") or None,
            form_id=effect.form_id,
            form_key=self.pinned.forms.get(effect.form_name or effect.form_id or ""),
            priority=effect.priority,
            due_at=due.at,
            due_pending=due.pending,
            due_rule=due.stored_rule,
            follow_up_at=effect.follow_up_at,
            headers=dict(effect.headers),
            properties={n: v for n, v in effect.properties.items() if n != PENDING},
            seated=bool(seating.seats),
            seat_groups=shown_groups(seating.seats),
        )
        if no_due:
            self._raise(effect.key, effect.element_id, NO_DEADLINE, no_due)
        nobody = seating.nobody if seating.ruled else assigned.nobody
        if nobody:
            self._raise(
                effect.key,
                effect.element_id,
                NOBODY,
                tell("“{effect}”无人办理：{nobody}", effect=effect.name, nobody=nobody),
            )

    def _returns(self, effect: TaskOpened) -> bool:
        """Whether the task goes back to whoever had it, who is still there."""
        person = self.given_to.get(effect.element_id)
        if person is None or person in self.case.barred:
            return False
        return bool(self.app.directory.active(self.work, (person,)))

    def _seating(self, effect: TaskOpened, assigned: Assigned) -> Seating:
        if "banshi:completionRule" not in effect.properties:
            return PLAIN
        return seating_of(
            self.app,
            self.work,
            self.case,
            effect,
            assigned,
            variables=self._visible(effect.scope_key, effect.key),
            next_key=self._next_key,
            now=self.changes.now,
        )

    def _visible(self, scope_key: Key, own: Key) -> dict[str, Any]:
        """The variables that a task which opens in the scope sees, after this step."""
        parents: dict[Key, Key | None] = {s.key: s.parent_key for s in self.state.scopes}
        parents |= {scope.key: scope.parent_key for scope in self.changes.scopes}
        chain = [own]
        above: Key | None = scope_key
        while above is not None:
            chain.append(above)
            above = parents.get(above)
        seen: dict[str, Any] = {}
        for key in reversed(chain):
            seen |= self.state.variables.get(key, {})
            seen |= {c.name: c.value for c in self.changes.variables if c.scope_key == key}
        return seen

    def _next_key(self) -> Key:
        self.changes.counter += 1
        return keys.part(self.changes.instance_key, self.changes.counter)

    def task_canceled(self, effect: TaskCanceled) -> None:
        if effect.key in self._tasks:
            self._cancel_new_task(effect.key)
        else:
            self.changes.tasks_canceled.append(effect.key)
            self.incident_resolved(IncidentResolved(element_key=effect.key))

    def tell_listener(self, element_key: Key, headers: Mapping[str, str]) -> None:
        """Put headers over those of the listener's job that the step created for an element."""
        for key, job in self._jobs.items():
            if job.element_key == element_key:
                self._jobs[key] = replace(job, headers={**job.headers, **headers})

    def job_created(self, effect: JobCreated) -> None:
        self._jobs[effect.key] = NewJob(
            key=effect.key,
            scope_key=effect.scope_key,
            process_id=self.pinned.process.process_id,
            element_id=effect.element_id,
            type=effect.type,
            retries=effect.retries,
            headers=dict(effect.headers),
            properties=dict(effect.properties),
            kind=effect.kind,
            listener_event=effect.listener_event,
            element_key=effect.element_key,
        )
        if effect.listener_event == "CANCELING":
            asked_tasks.tell_canceling(self, effect)

    def job_canceled(self, effect: JobCanceled) -> None:
        if self._jobs.pop(effect.key, None) is None:
            self.changes.jobs_canceled.append(effect.key)
            self.incident_resolved(IncidentResolved(element_key=effect.element_key or effect.key))

    def timer_set(self, effect: TimerSet) -> None:
        self._timers[effect.key] = effect

    def subscription_opened(self, effect: SubscriptionOpened) -> None:
        self._waits[effect.key] = effect

    def wait_closed(self, effect: WaitClosed) -> None:
        new = self._timers.pop(effect.key, None) or self._waits.pop(effect.key, None)
        if new is None:
            self.changes.waits_closed.append(effect.key)

    def waits_closed(self, effect: WaitsClosed) -> None:
        _drop(self._timers, lambda timer: timer.element_key == effect.element_key)
        _drop(self._waits, lambda wait: wait.element_key == effect.element_key)
        if effect.element_key not in self._visits:
            self.changes.waits_closed_of.append(effect.element_key)

    def scope_terminated(self, effect: ScopeTerminated) -> None:
        below = self._below(effect.scope_key)
        for key, visit in self._visits.items():
            if visit.scope_key in below and visit.state is VisitState.ACTIVE:
                self._visits[key] = replace(visit, state=VisitState.TERMINATED)
        for key, task in list(self._tasks.items()):
            if task.scope_key in below:
                self._cancel_new_task(key)
        _drop(self._jobs, lambda job: job.scope_key in below)
        gone = below | {key for key, visit in self._visits.items() if visit.scope_key in below}
        _drop(self._timers, lambda timer: timer.element_key in gone)
        _drop(self._waits, lambda wait: wait.element_key in gone)
        _drop(self._incidents, lambda incident: incident.element_key in gone)
        if effect.scope_key not in self._visits:
            self.changes.terminated.append(effect.scope_key)

    def thrown(self, effect: MessageThrown | SignalThrown) -> None:
        message = isinstance(effect, MessageThrown)
        self.changes.deliveries.append(
            NewDelivery(
                kind=SubscriptionKind.MESSAGE if message else SubscriptionKind.SIGNAL,
                name=effect.name,
                correlation_key=effect.correlation_key if isinstance(effect, MessageThrown) else "",
                variables=effect.variables,
            )
        )

    def decision_evaluated(self, effect: DecisionEvaluated) -> None:
        self.decisions.append(effect)

    def incident_raised(self, effect: IncidentRaised) -> None:
        self._incidents[effect.key] = effect

    def incident_resolved(self, effect: IncidentResolved) -> None:
        _drop(self._incidents, lambda incident: incident.element_key == effect.element_key)
        if effect.element_key not in self._visits:
            self.changes.incidents_resolved_of.append(effect.element_key)

    def end_reached(self, effect: EndReached) -> None:
        if effect.name:
            self.changes.result = effect.name

    def instance_ended(self, effect: InstanceEnded) -> None:
        self.changes.state = effect.state

    def _cancel_new_task(self, key: Key) -> None:
        self._tasks[key] = replace(self._tasks[key], state=TaskState.CANCELED, seated=False)
        self._seats.pop(key, None)
        _drop(self._incidents, lambda incident: incident.element_key == key)

    def _raise(self, element_key: Key, element_id: str, kind: str, message: str) -> None:
        key = self._next_key()
        self._incidents[key] = IncidentRaised(
            key=key, element_key=element_key, element_id=element_id, kind=kind, message=message
        )

    def _below(self, scope_key: Key) -> set[Key]:
        """This scope and the scopes within it that this step opened or was given."""
        parents: dict[Key, Key | None] = {s.key: s.parent_key for s in self.state.scopes}
        parents |= {scope.key: scope.parent_key for scope in self.changes.scopes}
        parents |= {key: visit.scope_key for key, visit in self._visits.items()}
        below = {scope_key}
        grown = True
        while grown:
            inner = {key for key, parent in parents.items() if parent in below} - below
            below |= inner
            grown = bool(inner)
        return below


def _drop(rows: dict[Key, Any], gone: Callable[[Any], bool]) -> None:
    for key in [key for key, row in rows.items() if gone(row)]:
        del rows[key]


_APPLIERS: Mapping[type[Any], Callable[[Projection, Any], None]] = {
    VisitOpened: Projection.visit_opened,
    VisitClosed: Projection.visit_closed,
    TaskOpened: Projection.task_opened,
    TaskCanceled: Projection.task_canceled,
    TaskHeld: asked_tasks.held,
    TaskChanged: asked_tasks.changed,
    TaskCompleted: asked_tasks.completed,
    TaskDenied: asked_tasks.denied,
    JobCreated: Projection.job_created,
    JobCanceled: Projection.job_canceled,
    TimerSet: Projection.timer_set,
    SubscriptionOpened: Projection.subscription_opened,
    WaitClosed: Projection.wait_closed,
    WaitsClosed: Projection.waits_closed,
    ScopeTerminated: Projection.scope_terminated,
    CommandHeld: asked_tasks.command_held,
    CommandResumed: asked_tasks.command_resumed,
    MessageThrown: Projection.thrown,
    SignalThrown: Projection.thrown,
    DecisionEvaluated: Projection.decision_evaluated,
    IncidentRaised: Projection.incident_raised,
    IncidentResolved: Projection.incident_resolved,
    EndReached: Projection.end_reached,
    InstanceEnded: Projection.instance_ended,
}
