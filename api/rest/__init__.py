"""The JSON API under ``/v2``, shaped like Camunda 8's Orchestration Cluster REST API."""

from __future__ import annotations

from fastapi import FastAPI

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

#: Routes are looked through one after the other: what is asked most stands first.
RESOURCES = (
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
)


def install(server: FastAPI) -> None:
    """Add all of them to the server: straight, since each layer of routers is looked through
    again for every request."""
    for resource in RESOURCES:
        server.include_router(resource.router, prefix="/v2", responses=FAULTS)
