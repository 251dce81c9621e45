"""A user task as it stands after a command, out of what was read and written: no query more."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.model.execution import Locked, OpenTask
from engine.model.records import UserTask
from engine.model.states import TaskState
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.service.clock.deadlines import light
from engine.storage.database import UnitOfWork


def task_record(
    app: App,
    work: UnitOfWork,
    locked: Locked,
    task: OpenTask,
    pinned: Pinned,
    *,
    assignee_name: str | None,
    **changed: Any,
) -> UserTask:
    """The task's record with some columns changed."""
    head = locked.head
    due_at: datetime | None = changed.get("due_at", task.due_at)
    running = changed.get("state", task.state) is TaskState.CREATED
    colour, days = light(app, due_at if running else None)
    values: dict[str, Any] = {
        "state": task.state,
        "assignee": task.assignee,
        "candidate_groups": task.candidate_groups,
        "candidate_users": task.candidate_users,
        "priority": task.priority,
        "due_at": task.due_at,
        "due_pending": task.due_pending,
        "follow_up_at": task.follow_up_at,
        "ended_at": task.ended_at,
        "outcome": task.outcome,
    }
    return UserTask(
        key=task.key,
        instance_key=head.key,
        scope_key=task.scope_key,
        definition_key=head.definition_key,
        process_id=task.process_id,
        process_name=pinned.process.name,
        case_number=head.number,
        case_title=head.title,
        applicant_name=head.applicant_name,
        unit_name=app.directory.unit_name(work, head.unit),
        element_id=task.element_id,
        name=task.name,
        assignee_name=assignee_name,
        form_id=task.form_id,
        form_key=task.form_key,
        created_at=task.created_at,
        properties=task.properties,
        handler=assignee_name or "",
        light=colour,
        remaining_days=days,
        **{**values, **changed},
    )
