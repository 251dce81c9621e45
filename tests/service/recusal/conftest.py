"""The case whose people keep away from it."""

from __future__ import annotations

import pytest

from engine.service.app import App
from tests.service.tasks.test_operations_matrix import Stage
from tests.world import World


@pytest.fixture
def stage(app: App, world: World) -> Stage:
    return Stage(app, world)
