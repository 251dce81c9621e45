"""The JSON API under ``/v2``, shaped like Camunda 8's Orchestration Cluster REST API."""

from __future__ import annotations

from fastapi import APIRouter

from api.exact import ExactResponse, ExactRoute

router = APIRouter(prefix="/v2", route_class=ExactRoute, default_response_class=ExactResponse)
