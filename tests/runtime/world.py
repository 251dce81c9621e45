"""An instance and the world around it, in memory: what the service does with effects, in small.

It holds the step to its contract: what is closed was open, nothing is opened twice, and each
command is given only the rows it has a right to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.model import effects as fx
from engine.model.commands import (
    ChangeTask,
    Command,
    Complete,
    CompleteListener,
    Modify,
    Retry,
    ReturnTo,
    SetVariables,
    Start,
    Terminate,
    ThrowError,
    Trigger,
)
from engine.model.keys import Key, from_sequence
from engine.model.states import VISIT_TRANSITIONS, InstanceState, VisitState
from engine.model.step import NeedMore, Scope, State, Stepped, VisitRow
from engine.runtime import Bundle, Definition, Environment, compile_definition, step

NOW = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
INSTANCE = from_sequence(7)


@dataclass
class Visit:
    key: Key
    scope_key: Key
    element_id: str
    element_type: str
    parents: tuple[Key, ...]
    state: VisitState = VisitState.ACTIVE


@dataclass
class World:
    definitions: tuple[Definition, ...]
    decisions: Mapping[str, Any] = field(default_factory=dict)
    now: datetime = NOW
    counter: int = 0
    scopes: dict[Key, Scope] = field(default_factory=dict)
    variables: dict[Key, dict[str, Any]] = field(default_factory=dict)
    visits: dict[Key, Visit] = field(default_factory=dict)
    tasks: dict[Key, fx.TaskOpened] = field(default_factory=dict)
    held: dict[Key, fx.TaskOpened] = field(default_factory=dict)
    done: dict[Key, fx.TaskOpened] = field(default_factory=dict)
    jobs: dict[Key, fx.JobCreated] = field(default_factory=dict)
    timers: dict[Key, fx.TimerSet] = field(default_factory=dict)
    subscriptions: dict[Key, fx.SubscriptionOpened] = field(default_factory=dict)
    incidents: dict[Key, fx.IncidentRaised] = field(default_factory=dict)
    messages: list[fx.MessageThrown] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    changed: list[fx.TaskChanged] = field(default_factory=list)
    corrections: dict[str, Any] = field(default_factory=dict)
    waits_for_listeners: bool = False
    denials: list[str] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    state: InstanceState = InstanceState.ACTIVE
    last: Stepped | None = None
    rounds: int = 0

    @property
    def bundle(self) -> Bundle:
        return Bundle(
            processes={d.process_id: d for d in self.definitions},
            process_id=self.definitions[0].process_id,
            decisions=self.decisions,
        )

    # -- commands -----------------------------------------------------------------------------

    def start(self, element_id: str | None = None, **variables: Any) -> World:
        return self.do(Start(variables=variables, element_id=element_id))

    def complete(self, element_id: str, nth: int = 0, **variables: Any) -> World:
        """Complete the (nth) open task or job of an element."""
        key = self.open(element_id)[nth]
        if key in self.tasks:
            self.done[key] = self.tasks.pop(key)
        self.jobs.pop(key, None)
        return self.do(Complete(element_key=key, variables=variables))

    def ask(self, element_id: str, event: str, *, before: Any = None, **asked: Any) -> World:
        """Somebody wants to change the (first) task of an element."""
        return self.do(
            ChangeTask(
                element_key=self.open(element_id)[0],
                event=event,
                action=event,
                before=before or {},
                asked=asked,
                kept={"by": "somebody"},
            )
        )

    def listened(
        self, kind: str, /, *, denied: bool = False, reason: str = "", **variables: Any
    ) -> World:
        """The (one) listener of that job type is done. ``corrections_x=``: corrects ``x``."""
        job = next(j for j in self.jobs.values() if j.type == kind and j.element_key)
        del self.jobs[job.key]
        marked = {n: v for n, v in variables.items() if n.startswith("corrections_")}
        return self.do(
            CompleteListener(
                element_key=job.element_key or Key(0),
                job_key=job.key,
                variables={n: v for n, v in variables.items() if n not in marked},
                denied=denied,
                reason=reason,
                corrections={n.removeprefix("corrections_"): v for n, v in marked.items()},
            )
        )

    @property
    def listening(self) -> list[str]:
        """The listeners at work: type and event."""
        return [f"{j.type}/{j.listener_event}" for j in self.jobs.values() if j.element_key]

    def throw(self, element_id: str, code: str, **variables: Any) -> World:
        key = self.open(element_id)[0]
        self.tasks.pop(key, None)
        self.jobs.pop(key, None)
        return self.do(ThrowError(element_key=key, code=code, variables=variables))

    def fire(self, event_id: str, **variables: Any) -> World:
        """The (first) timer, message or signal that an event waits for comes."""
        waits = (*self.timers.values(), *self.subscriptions.values())
        wait = next(w for w in waits if w.event_id == event_id)
        if isinstance(wait, fx.TimerSet):
            self.now = max(self.now, wait.due_at)
        return self.do(
            Trigger(element_key=wait.element_key, event_id=event_id, variables=variables)
        )

    def signal(self, name: str, **variables: Any) -> World:
        """Broadcast a signal to what waits for it now."""
        for wait in list(self.subscriptions.values()):
            if wait.kind is fx.SubscriptionKind.SIGNAL and wait.name == name:
                if wait.key in self.subscriptions:
                    self.do(
                        Trigger(
                            element_key=wait.element_key,
                            event_id=wait.event_id,
                            variables=variables,
                        )
                    )
        return self

    def set(self, scope_key: Key | None = None, **variables: Any) -> World:
        return self.do(SetVariables(scope_key=scope_key or INSTANCE, variables=variables))

    def retry(self) -> World:
        return self.do(Retry(element_key=next(iter(self.incidents.values())).element_key))

    def return_to(self, element_id: str, target: str, nth: int = -1) -> World:
        visit = self.past(target)[nth]
        return self.do(ReturnTo(element_key=self.open(element_id)[0], target_visit=visit.key))

    def terminate(self) -> World:
        return self.do(Terminate(reason="test"))

    def modify(self, command: Modify) -> World:
        return self.do(command)

    # -- what can be seen ---------------------------------------------------------------------

    def open(self, element_id: str) -> list[Key]:
        found = [
            *(t.key for t in self.tasks.values() if t.element_id == element_id),
            *(j.key for j in self.jobs.values() if j.element_id == element_id),
        ]
        if not found:
            raise AssertionError(f"{element_id} is not open; open: {self.at}")
        return found

    @property
    def at(self) -> list[str]:
        """The elements at which a task or job is open, sorted."""
        everything = (*self.tasks.values(), *self.jobs.values())
        return sorted(work.element_id for work in everything)

    @property
    def waiting(self) -> list[str]:
        """The events that are waited for, sorted."""
        everything = (*self.timers.values(), *self.subscriptions.values())
        return sorted(wait.event_id for wait in everything)

    @property
    def root(self) -> dict[str, Any]:
        return self.variables.get(INSTANCE, {})

    @property
    def faults(self) -> list[str]:
        return [i.kind for i in self.incidents.values()]

    def past(self, element_id: str) -> list[Visit]:
        return [
            v
            for v in self.visits.values()
            if v.element_id == element_id and v.state is VisitState.COMPLETED
        ]

    # -- the step -----------------------------------------------------------------------------

    def do(self, command: Command) -> World:
        state = self._load(command)
        self.rounds = 0
        while True:
            try:
                done = step(self.bundle, state, command, Environment(now=self.now))
                break
            except NeedMore as need:
                self.rounds += 1
                assert self.rounds < 12, f"asked again and again: {need}"
                state = self._more(state, need)
        self._write(done)
        return self

    def _load(self, command: Command) -> State:
        key = getattr(command, "element_key", None) or getattr(command, "scope_key", None)
        if isinstance(command, Start):
            return State(instance_key=INSTANCE, counter=0)
        at: Key | None = INSTANCE
        if key is not None and key != INSTANCE:
            at = key if key in self.scopes else self.visits[key].scope_key
        chain: list[Scope] = []
        while at is not None and at in self.scopes:
            chain.append(self.scopes[at])
            at = self.scopes[at].parent_key
        keys = {s.key for s in chain} | ({key} if key else set())
        rows: Iterable[Key] = command.terminate if isinstance(command, Modify) else ()
        return State(
            instance_key=INSTANCE,
            counter=self.counter,
            scopes=tuple(reversed(chain)),
            variables={k: dict(self.variables.get(k, {})) for k in keys},
            visits=tuple(self._row(self.visits[k]) for k in rows),
        )

    def _row(self, v: Visit) -> VisitRow:
        return VisitRow(
            key=v.key,
            scope_key=v.scope_key,
            element_id=v.element_id,
            parents=v.parents,
            state=v.state,
        )

    def _more(self, state: State, need: NeedMore) -> State:
        below = [s for s in self.scopes.values() if s.parent_key in need.scopes_below]
        scopes = {s.key: s for s in state.scopes}
        scopes |= {k: self.scopes[k] for k in need.scopes if k in self.scopes}
        scopes |= {s.key: s for s in below}
        asked = {*need.scopes, *(s.key for s in below)}
        variables = dict(state.variables)
        variables |= {k: dict(self.variables.get(k, {})) for k in asked}
        visits = {v.key: v for v in state.visits}
        since = need.visits_since or 0
        rows = [v for v in self.visits.values() if v.scope_key in need.visits_of and v.key >= since]
        rows += [self.visits[k] for k in need.visits]
        for row in [*rows, *(self.visits[p] for r in rows for p in r.parents if p in self.visits)]:
            visits[row.key] = self._row(row)
        return State(
            instance_key=state.instance_key,
            counter=state.counter,
            scopes=tuple(sorted(scopes.values(), key=lambda s: s.key)),
            variables=variables,
            visits=tuple(visits.values()),
            visits_of=state.visits_of | need.visits_of,
        )

    def _write(self, done: Stepped) -> None:
        self.last = done
        self.counter = done.counter
        for effect in done.effects:
            self._effect(effect)
        for change in done.variables:
            self.variables.setdefault(change.scope_key, {})[change.name] = change.value
        for scope in done.scopes:
            assert scope.parent_key is None or scope.parent_key in {
                *self.scopes,
                *(s.key for s in done.scopes),
            }
            self.scopes[scope.key] = scope
        for key in done.dropped:
            self.scopes.pop(key, None)
        self.check()

    def check(self) -> None:
        """What must always hold."""
        active = {k for k, v in self.visits.items() if v.state is VisitState.ACTIVE}
        assert set(self.tasks) <= active, "a task without a visit"
        for job in self.jobs.values():
            element = job.element_key or job.key
            assert element in active or element in self.scopes, "a job without a visit"
        for incident in self.incidents.values():
            assert incident.element_key in active or incident.element_key in self.scopes
        for wait in (*self.timers.values(), *self.subscriptions.values()):
            assert wait.element_key in active or wait.element_key in self.scopes, wait
        if self.state is not InstanceState.ACTIVE:
            assert not (active or self.scopes or self.tasks or self.jobs or self.timers)
            assert not (self.subscriptions or self.incidents)

    def _effect(self, effect: fx.Effect) -> None:
        match effect:
            case fx.VisitOpened():
                assert effect.key not in self.visits
                self.visits[effect.key] = Visit(
                    effect.key,
                    effect.scope_key,
                    effect.element_id,
                    effect.element_type,
                    effect.parents,
                )
                self.trace.append(effect.element_id)
            case fx.VisitClosed():
                visit = self.visits[effect.key]
                assert effect.state in VISIT_TRANSITIONS[visit.state], f"{visit} closed twice"
                visit.state = effect.state
            case fx.TaskOpened():
                self.tasks[effect.key] = effect
            case fx.TaskCanceled():
                (self.tasks if effect.key in self.tasks else self.held).pop(effect.key)
            case fx.TaskHeld():
                there = self.done if effect.event == "completing" else self.tasks
                if effect.key not in self.held:
                    self.held[effect.key] = there.pop(effect.key)
            case fx.CommandHeld():
                self.waits_for_listeners = True
            case fx.CommandResumed():
                self.waits_for_listeners = False
            case fx.TaskChanged():
                self.tasks[effect.key] = self.held.pop(effect.key, None) or self.tasks[effect.key]
                self.changed.append(effect)
            case fx.TaskCompleted():
                del self.held[effect.key]
                self.corrections = dict(effect.corrections)
            case fx.TaskDenied():
                self.denials.append(f"{effect.event}: {effect.reason}")
                self.tasks[effect.key] = self.held.pop(effect.key)
            case fx.JobCreated():
                self.jobs[effect.key] = effect
            case fx.JobCanceled():
                del self.jobs[effect.key]
            case fx.TimerSet():
                self.timers[effect.key] = effect
            case fx.SubscriptionOpened():
                self.subscriptions[effect.key] = effect
            case fx.WaitsClosed():
                self._close_waits(effect.element_key)
            case fx.WaitClosed():
                assert effect.key in self.timers or effect.key in self.subscriptions
                self.timers.pop(effect.key, None)
                self.subscriptions.pop(effect.key, None)
            case fx.IncidentRaised():
                self.incidents[effect.key] = effect
            case fx.IncidentResolved():
                found = [
                    k for k, i in self.incidents.items() if i.element_key == effect.element_key
                ]
                assert len(found) == 1
                del self.incidents[found[0]]
            case fx.ScopeTerminated():
                self._terminate(effect.scope_key)
            case fx.MessageThrown():
                self.messages.append(effect)
            case fx.SignalThrown():
                self.trace.append(f"!{effect.name}")
            case fx.EndReached():
                self.ends.append(effect.element_id)
            case fx.InstanceEnded():
                self.state = effect.state
            case _:
                pass

    def _close_waits(self, key: Key) -> None:
        for kind in (self.timers, self.subscriptions):
            for wait in [w for w in kind.values() if w.element_key == key]:
                del kind[wait.key]  # type: ignore[attr-defined]

    def _terminate(self, scope_key: Key) -> None:
        doomed = {scope_key}
        for visit in self.visits.values():  # keys grow: what lies within comes later
            if visit.scope_key in doomed:
                doomed.add(visit.key)
        for key in doomed - {scope_key}:
            if self.visits[key].state is VisitState.ACTIVE:
                self.visits[key].state = VisitState.TERMINATED
        for kind in (self.tasks, self.held, self.jobs):
            for work in [w for w in kind.values() if w.scope_key in doomed]:
                del kind[work.key]  # type: ignore[attr-defined]
        for key in doomed - {scope_key}:
            self._close_waits(key)
        if scope_key == INSTANCE:
            self._close_waits(scope_key)
        for incident in [
            i
            for i in self.incidents.values()
            if i.element_key in doomed - {scope_key} or i.element_key not in self.visits
        ]:
            del self.incidents[incident.key]
        for key in doomed:
            self.scopes.pop(key, None)


def world(*xml: str, decisions: Mapping[str, Any] | None = None) -> World:
    """A world with these diagrams; the first one's (first) process is the instance's own."""
    definitions = tuple(d for text in xml for d in compile_definition(text))
    return World(definitions, decisions=decisions or {})


def later(**duration: int) -> datetime:
    return NOW + timedelta(**duration)
