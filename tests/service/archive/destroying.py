"""A case gone all its way, and what destroys it."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from engine.model.actor import Actor
from engine.model.keys import Key
from engine.model.records import Instance
from engine.service.app import App
from engine.service.archive.disposal import (
    approve_disposal,
    carry_out_disposals,
    confirm_disposal,
    propose_disposal,
)
from engine.service.cases.start_case import start_case
from engine.service.notifications.fan_out import fan_out
from engine.service.papers.stage_document import stage_document
from engine.service.privacy.unmask import unmask
from engine.service.tasks.complete_task import complete_task
from engine.service.worklists.inbox import inbox
from engine.storage.schema import metadata
from tests.service.privacy import secrets
from tests.world import World

YEAR = timedelta(days=366)


def put(app: App, **values: str) -> None:
    """The process with secrets, kept by these rules."""
    from engine.model.actor import SYSTEM  # noqa: PLC0415 - here only
    from engine.service.publishing.deploy import Resource, deploy  # noqa: PLC0415 - idem
    from tests.service.diagrams import properties  # noqa: PLC0415 - idem

    plain = secrets.diagram()
    listed = properties(**values).removeprefix("<zeebe:properties>")
    content = plain.replace(
        b"<zeebe:properties>",
        f"<zeebe:properties>{listed}".replace("</zeebe:properties>", "").encode(),
        1,
    )
    resources = [secrets.APPLICATION, secrets.REVIEW]
    deploy(app, SYSTEM, resources=[*resources, Resource(name="secrets.bpmn", content=content)])


def ended(app: App, world: World, *, file: bool = False) -> Instance:
    """A case gone all its way, with a file, words, notices and an unmasking."""
    submission: dict[str, Any] = dict(secrets.SUBMISSION)
    if file:
        staged = stage_document(
            app, world.zhangsan, name="病历.pdf", stream=io.BytesIO(b"%PDF-1.7 scan")
        )
        submission["papers"] = [str(staged.key)]
    case = start_case(app, world.zhangsan, process_id="secrets", submission=submission)
    task = next(t for t in inbox(app, world.lisi).items if t.instance_key == case.key)
    words = {"outcome": "approve", "opinion": "情况属实", "members": [{"name": "王五"}]}
    complete_task(app, world.lisi, key=task.key, submission=words)
    unmask(app, world.lisi, key=case.key, purpose="发放资金", note="核对账号")
    task = next(t for t in inbox(app, world.zhaoliu).items if t.instance_key == case.key)
    complete_task(app, world.zhaoliu, key=task.key, submission={})
    fan_out(app)
    return case


def destroy(app: App, world: World, second: Actor) -> Key:
    (key,) = propose_disposal(app)
    confirm_disposal(app, world.guanli, key=key, note="已逐件核对")
    approve_disposal(app, second, key=key)
    carry_out_disposals(app)
    return key


def rows(app: App, case: Instance) -> dict[str, int]:
    """Table → rows of this case."""
    found = {}
    with app.database.unit_of_work() as work:
        for table in metadata().tables.values():
            if "instance_key" in table.c:
                statement = f"select count(*) from {table.name} where instance_key = %s"
                count = work.hot(statement, [case.key]).fetchone()
                if count and count[0]:
                    found[table.name] = count[0]
    return found
