"""Whether this process can work: for load balancers and whoever starts it."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api import auth
from api.exact import ExactResponse
from engine.service.health import is_healthy

router = APIRouter(include_in_schema=False, dependencies=[Depends(auth.public)])


@router.get("/health")
def health(request: Request) -> Response:
    """200 where the database answers, else 503."""
    healthy = is_healthy(auth.application(request))
    return ExactResponse(
        {"status": "UP" if healthy else "DOWN"}, status_code=200 if healthy else 503
    )
