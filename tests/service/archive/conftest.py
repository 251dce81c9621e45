"""A second administrator: nothing is destroyed by one alone."""

from __future__ import annotations

import pytest

from engine.model.actor import Actor
from engine.service.app import App
from tests.world import World, add_person


@pytest.fixture
def second(app: App, world: World) -> Actor:
    return add_person(app, "guanli2", "第二管理员")
