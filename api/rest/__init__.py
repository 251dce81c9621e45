"""The JSON API under ``/v2``, shaped like Camunda 8's Orchestration Cluster REST API."""

from __future__ import annotations

from fastapi import APIRouter

from api.rest import (
    cluster,
    decisions,
    deployments,
    documents,
    incidents,
    jobs,
    messages,
    process_definitions,
    process_instances,
    record,
    session,
    user_tasks,
    users,
    variables,
)
from api.rest.answers import FAULTS

router = APIRouter(prefix="/v2", responses=FAULTS)

for _resource in (
    session,
    cluster,
    deployments,
    process_definitions,
    process_instances,
    record,
    user_tasks,
    variables,
    jobs,
    incidents,
    messages,
    documents,
    decisions,
    users,
):
    router.include_router(_resource.router)
