"""What runs here, told as a Camunda cluster of one broker."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api import auth
from api.exact import ExactRoute
from api.rest.answers import answer, done
from api.rest.parameters import Caller
from api.rest.shapes import Answer
from engine.model.errors import Unavailable
from engine.service.health import is_healthy

router = APIRouter(tags=["集群"], route_class=ExactRoute)

#: The version of the API whose shape this is.
API_VERSION = "8.8.0"


class PartitionOut(Answer):
    partition_id: int = 1
    role: str = "leader"
    health: str = "healthy"


class BrokerOut(Answer):
    node_id: int = 0
    host: str
    port: int
    partitions: list[PartitionOut]
    version: str = API_VERSION


class TopologyOut(Answer):
    brokers: list[BrokerOut]
    cluster_id: str = "banshi"
    cluster_size: int = 1
    partitions_count: int = 1
    replication_factor: int = 1
    gateway_version: str = API_VERSION
    last_completed_change_id: str = "-1"


@router.get("/topology", summary="集群拓扑", response_model=TopologyOut)
def topology(
    request: Request,
    actor: Caller,  # noqa: ARG001 - the guard
) -> Response:
    host, port = request.url.hostname or "", request.url.port or 0
    broker = BrokerOut(host=host, port=port, partitions=[PartitionOut()])
    return answer(TopologyOut(brokers=[broker]))


@router.get("/status", summary="是否可用", status_code=204, dependencies=[Depends(auth.public)])
def status(request: Request) -> Response:
    """204 where the database answers, else 503."""
    if not is_healthy(auth.application(request)):
        raise Unavailable
    return done()
