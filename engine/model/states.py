"""The machines of the engine: one table of legal transitions beside each enum.

A status column is written in one place, as compare-and-set over these tables;
the names are those of Camunda 8's Orchestration Cluster REST API.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class InstanceState(StrEnum):
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"


INSTANCE_TRANSITIONS: Mapping[InstanceState, frozenset[InstanceState]] = {
    InstanceState.ACTIVE: frozenset(
        {InstanceState.SUSPENDED, InstanceState.COMPLETED, InstanceState.TERMINATED}
    ),
    InstanceState.SUSPENDED: frozenset({InstanceState.ACTIVE, InstanceState.TERMINATED}),
    InstanceState.COMPLETED: frozenset(),
    InstanceState.TERMINATED: frozenset(),
}


class TaskState(StrEnum):
    """A user task (待办). COMPLETING: done by its holder, task listeners have still to agree."""

    CREATED = "CREATED"
    COMPLETING = "COMPLETING"
    COMPLETED = "COMPLETED"
    CANCELED = "CANCELED"


TASK_TRANSITIONS: Mapping[TaskState, frozenset[TaskState]] = {
    TaskState.CREATED: frozenset({TaskState.COMPLETING, TaskState.COMPLETED, TaskState.CANCELED}),
    TaskState.COMPLETING: frozenset({TaskState.CREATED, TaskState.COMPLETED, TaskState.CANCELED}),
    TaskState.COMPLETED: frozenset(),
    TaskState.CANCELED: frozenset(),
}


class JobKind(StrEnum):
    """What a job is for: the element's own work, or a listener on its life."""

    BPMN_ELEMENT = "BPMN_ELEMENT"
    EXECUTION_LISTENER = "EXECUTION_LISTENER"
    TASK_LISTENER = "TASK_LISTENER"


class JobState(StrEnum):
    """A unit of work of a service task; leased to a worker while it is being done."""

    CREATED = "CREATED"
    ACTIVATED = "ACTIVATED"
    COMPLETED = "COMPLETED"
    ERROR_THROWN = "ERROR_THROWN"
    FAILED = "FAILED"
    CANCELED = "CANCELED"


JOB_TRANSITIONS: Mapping[JobState, frozenset[JobState]] = {
    JobState.CREATED: frozenset({JobState.ACTIVATED, JobState.CANCELED, JobState.FAILED}),
    JobState.ACTIVATED: frozenset(
        {
            JobState.CREATED,
            JobState.COMPLETED,
            JobState.ERROR_THROWN,
            JobState.FAILED,
            JobState.CANCELED,
        }
    ),
    JobState.FAILED: frozenset({JobState.CREATED, JobState.CANCELED}),
    JobState.COMPLETED: frozenset(),
    JobState.ERROR_THROWN: frozenset(),
    JobState.CANCELED: frozenset(),
}


class IncidentState(StrEnum):
    ACTIVE = "ACTIVE"
    RESOLVED = "RESOLVED"


INCIDENT_TRANSITIONS: Mapping[IncidentState, frozenset[IncidentState]] = {
    IncidentState.ACTIVE: frozenset({IncidentState.RESOLVED}),
    IncidentState.RESOLVED: frozenset(),
}


class VisitState(StrEnum):
    """A token's stay on a flow node."""

    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"


VISIT_TRANSITIONS: Mapping[VisitState, frozenset[VisitState]] = {
    VisitState.ACTIVE: frozenset({VisitState.COMPLETED, VisitState.TERMINATED}),
    VisitState.COMPLETED: frozenset({VisitState.TERMINATED}),  # taken back by a return
    VisitState.TERMINATED: frozenset(),
}


class PublicationState(StrEnum):
    """A diagram's draft on its way to a published version (four-eyes)."""

    DRAFT = "DRAFT"
    PROPOSED = "PROPOSED"
    PUBLISHED = "PUBLISHED"
    DISCARDED = "DISCARDED"


PUBLICATION_TRANSITIONS: Mapping[PublicationState, frozenset[PublicationState]] = {
    PublicationState.DRAFT: frozenset(
        {PublicationState.PROPOSED, PublicationState.PUBLISHED, PublicationState.DISCARDED}
    ),
    PublicationState.PROPOSED: frozenset(
        {PublicationState.PUBLISHED, PublicationState.DRAFT, PublicationState.DISCARDED}
    ),
    PublicationState.PUBLISHED: frozenset(),
    PublicationState.DISCARDED: frozenset(),
}


class DocumentPurpose(StrEnum):
    """What a file of a case is there for. What is no material is seen by those who handle it."""

    MATERIAL = "MATERIAL"
    COMMENT = "COMMENT"
    SIGNATURE = "SIGNATURE"
