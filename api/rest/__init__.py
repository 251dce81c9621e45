"""The JSON API under ``/v2``, shaped like Camunda 8's Orchestration Cluster REST API."""

from __future__ import annotations

from fastapi import APIRouter

from api.rest import (
    batch_operations,
    batches,
    checkpoints,
    clock_stops,
    cluster,
    comments,
    copies,
    decisions,
    deployments,
    disposal,
    documents,
    incidents,
    jobs,
    letters,
    messages,
    migrations,
    modifications,
    notices,
    privacy,
    process_definitions,
    process_instances,
    proxies,
    record,
    recusals,
    seats,
    session,
    settings,
    suspensions,
    user_tasks,
    users,
    variables,
)
from api.rest.answers import FAULTS

router = APIRouter(prefix="/v2", responses=FAULTS)

# routes are looked through one after the other: what is asked most stands first
for _resource in (
    user_tasks,
    process_instances,
    modifications,
    migrations,
    suspensions,
    clock_stops,
    settings,
    jobs,
    session,
    cluster,
    deployments,
    process_definitions,
    record,
    variables,
    incidents,
    batch_operations,
    messages,
    documents,
    decisions,
    users,
    notices,
    letters,
    privacy,
    checkpoints,
    disposal,
    seats,
    comments,
    copies,
    batches,
    recusals,
    proxies,
):
    router.include_router(_resource.router)
