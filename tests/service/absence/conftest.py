"""A case with a task that the clerks may take."""

from __future__ import annotations

import pytest

from engine.model.keys import Key
from engine.service.app import App
from engine.service.cases.start_case import start_case
from engine.service.worklists.inbox import inbox
from tests.service import diagrams
from tests.service.absence.standing_in import PLAIN
from tests.world import World


@pytest.fixture
def case(app: App, world: World) -> Key:
    diagrams.put(app, PLAIN)
    return start_case(app, world.zhangsan, process_id="plain", submission={}).key


@pytest.fixture
def task(app: App, world: World, case: Key) -> Key:
    (found,) = inbox(app, world.lisi).items
    return found.key
