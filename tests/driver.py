"""Drives a banshi as its people do, in one process: start, complete, let days go by.

case = driver.start("venture-grants", as_="zuzhi", form={...})
case.complete("formal-review", as_="cishan", outcome="approve", opinion="齐全")
driver.at("2025-03-13T18:01")
assert case.result == "入选立项"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, Protocol

import sqlalchemy as sa

from engine.jobs import run_due_jobs
from engine.model import codec
from engine.model.actor import SYSTEM, Actor
from engine.model.keys import Key
from engine.model.records import Instance
from engine.model.states import TaskState
from engine.service.app import App
from engine.service.cases.end_case import withdraw_case
from engine.service.cases.get_case import get_case
from engine.service.cases.start_case import start_case
from engine.service.exchange.sweep import sweep
from engine.service.history.record import verify_record
from engine.service.papers.stage_document import stage_document
from engine.service.tasks.complete_task import complete_task
from engine.service.worklists.notices import list_notices
from engine.storage.identity import people
from engine.storage.tables.execution import USER_TASK, VARIABLE
from tests.service.files import PDF

#: However often the background work gives rise to more of it.
_ROUNDS = 50


class Clock(Protocol):
    """A clock that tests move."""

    def __call__(self) -> datetime: ...
    def set(self, at: datetime) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Task:
    """A user task as its row has it."""

    key: Key
    element_id: str
    state: TaskState
    assignee: str | None
    candidate_groups: tuple[str, ...]
    due_at: datetime | None
    created_at: datetime


class Driver:
    """One banshi with a clock that stands still until ``at`` or ``advance`` moves it."""

    def __init__(self, app: App, clock: Clock) -> None:
        self.app = app
        self._clock = clock

    def person(self, username: str) -> Actor:
        """The person as logged in, with the roles held now."""
        with self.app.database.unit_of_work() as work:
            found = people.credentials(work, username=username)
            assert found is not None, f"no such person: {username}"
            memberships = people.memberships_of(work, person=found.person.key)
        return Actor(
            key=found.person.key,
            username=username,
            name=found.person.name,
            memberships=frozenset(memberships),
            administrator=found.person.administrator,
        )

    def start(self, process_id: str, *, as_: str, form: Mapping[str, Any]) -> Case:
        """Fill in the start form and send it; background work is done before this returns."""
        case = start_case(
            self.app,
            self.person(as_),
            process_id=process_id,
            submission=self.filled(form, as_),
        )
        self.settle()
        return Case(self, case.key)

    def at(self, moment: str | datetime) -> None:
        """Move the clock (Shanghai time where the text names no zone), and let timers fire."""
        if isinstance(moment, str):
            moment = datetime.fromisoformat(moment)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.app.settings.timezone)
        assert moment >= self._clock(), "time does not run backwards"
        self._clock.set(moment)
        self.settle()

    def advance(self, step: timedelta) -> None:
        self.at(self._clock() + step)

    def settle(self) -> None:
        """Fire what is due and do what jobs there are, until nothing is left to do now."""
        for _ in range(_ROUNDS):
            swept = sweep(self.app)
            if not (any(astuple(swept)) or run_due_jobs(self.app)):
                return
        raise AssertionError("the background work never ends")

    def filled(self, form: Mapping[str, Any], as_: str) -> dict[str, Any]:
        """The form with files uploaded: ``{"file": 名称}`` becomes the keys of documents."""
        return {name: self._uploaded(value, as_) for name, value in form.items()}

    def _uploaded(self, value: Any, as_: str) -> Any:
        if not isinstance(value, Mapping) or set(value) != {"file"}:
            return value
        document = stage_document(
            self.app, self.person(as_), name=value["file"], stream=BytesIO(PDF)
        )
        return [str(document.key)]


class Case:
    """One case, looked at from outside."""

    def __init__(self, driver: Driver, key: Key) -> None:
        self.driver = driver
        self.key = key

    @property
    def record(self) -> Instance:
        return get_case(self.driver.app, SYSTEM, key=self.key)

    @property
    def result(self) -> str:
        return self.record.result

    def tasks(self, state: TaskState | None = TaskState.CREATED) -> list[Task]:
        """Its user tasks, oldest first; ``state`` None: all of them."""
        query = sa.select(USER_TASK).where(USER_TASK.c.instance_key == self.key)
        if state is not None:
            query = query.where(USER_TASK.c.state == state)
        with self.driver.app.database.unit_of_work() as work:
            rows = work.connection.execute(query.order_by(USER_TASK.c.key)).all()
        return [
            Task(
                key=Key(row.key),
                element_id=row.element_id,
                state=TaskState(row.state),
                assignee=row.assignee,
                candidate_groups=tuple(row.candidate_groups),
                due_at=row.due_at,
                created_at=row.created_at,
            )
            for row in rows
        ]

    @property
    def at(self) -> list[str]:
        """The element ids of its open tasks, in alphabetical order."""
        return sorted(task.element_id for task in self.tasks())

    def task_for(self, element_id: str, username: str, nth: str | None = None) -> Task:
        """The open task (else the last ended one) that this person would act on.

        Of several, the one the person holds or is a candidate for; ``nth``: a unit's key that
        its candidate group names.
        """
        found = [t for t in self.tasks() if t.element_id == element_id]
        if not found:
            found = [t for t in self.tasks(None) if t.element_id == element_id][-1:]
        assert found, f"no task {element_id}; open: {self.at}"
        if nth is not None:
            found = [t for t in found if any(nth in g for g in t.candidate_groups)]
        groups = {str(m) for m in self.driver.person(username).memberships}
        own = [t for t in found if t.assignee == username or groups & set(t.candidate_groups)]
        if not own and nth is None:
            ended = [
                t
                for t in self.tasks(TaskState.COMPLETED)
                if t.element_id == element_id and t.assignee == username
            ]
            own = ended[-1:]
        return (own or found)[0]

    def complete(
        self, element_id: str, *, as_: str, nth: str | None = None, **submission: Any
    ) -> None:
        """Complete a task with what its form holds, then let the background work be done."""
        complete_task(
            self.driver.app,
            self.driver.person(as_),
            key=self.task_for(element_id, as_, nth).key,
            submission=self.driver.filled(submission, as_),
        )
        self.driver.settle()

    def withdraw(self, *, as_: str, reason: str) -> None:
        withdraw_case(self.driver.app, self.driver.person(as_), key=self.key, reason=reason)
        self.driver.settle()

    def variables(self) -> dict[str, Any]:
        """The case's own variables as plain values (temporal ones as text)."""
        query = sa.select(VARIABLE.c.name, sa.cast(VARIABLE.c.value, sa.Text)).where(
            VARIABLE.c.instance_key == self.key, VARIABLE.c.scope_key == self.key
        )
        with self.driver.app.database.unit_of_work() as work:
            rows = work.connection.execute(query).all()
        return {name: codec.plain(codec.decode(text)) for name, text in rows}

    def told(self, username: str) -> list[str]:
        """The notices that a person has got about this case, newest first."""
        notices = list_notices(self.driver.app, self.driver.person(username))
        return [n.text for n in notices if n.instance_key == self.key]

    def breaks(self) -> tuple[object, ...]:
        """Where the case's record does not verify; empty where it does."""
        return tuple(verify_record(self.driver.app, SYSTEM, key=self.key))
