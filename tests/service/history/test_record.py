"""The record of a case can be checked by somebody who does not trust the server."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import orjson
import pytest

from engine.model.errors import NotFound
from engine.model.records import Instance
from engine.service.app import App
from engine.service.cases.start_case import start_case
from engine.service.history.record import export_record, verify_record
from engine.service.tasks.complete_task import complete_task
from engine.service.worklists.inbox import inbox
from engine.storage.history import records
from tests.service import diagrams
from tests.world import World


@pytest.fixture
def case(app: App, world: World) -> Instance:
    diagrams.put(app, diagrams.grant())
    opened = start_case(
        app, world.zhangsan, process_id="grant", submission={"title": "项目", "amount": 1}
    )
    for outcome in ("return", "", "approve"):
        (task, *_) = inbox(app, world.lisi).items or inbox(app, world.zhangsan).items
        who = world.zhangsan if task.assignee else world.lisi
        submission = {"outcome": outcome, "opinion": "材料不齐"} if outcome else {}
        complete_task(app, who, key=task.key, submission=submission)
    return opened


def tamper(app: App, statement: str) -> None:
    with app.database.unit_of_work() as work:
        changed = work.hot(statement).rowcount
        assert changed
        work.commit()


def test_an_untouched_record_holds(app: App, world: World, case: Instance) -> None:
    assert verify_record(app, world.zhangsan, key=case.key) == ()
    with pytest.raises(NotFound):
        verify_record(app, world.quxian, key=case.key)


@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ("update journal set facts = replace(facts, 'return', 'reject') where number = 2", 2),
        ("update journal set at = at + interval '1 second' where number = 3", 3),
        ("update journal set actor_key = actor_key + 1 where number = 1", 1),
        ("update journal set kind = 'claim' where number = 4", 4),
        ("update journal set element_id = 'x' where number = 2", 2),
        ("update journal set digest = sha256(digest) where number = 2", 2),
        ("update journal set said = '{}' where number = 2", 2),
        ("delete from journal where number = 2", 2),
        ("update journal_said set content = replace(content, '不齐', '齐全') where number = 2", 2),
        ("update journal_said set salt = sha256(salt) where number = 1", 1),
    ],
)
def test_whatever_is_changed_is_found(
    app: App, world: World, case: Instance, statement: str, number: int
) -> None:
    tamper(app, statement)
    breaks = verify_record(app, world.zhangsan, key=case.key)
    assert number in {found.number for found in breaks}
    assert all(str(found.number) in found.reason for found in breaks)


def test_personal_parts_can_be_erased(app: App, world: World, case: Instance) -> None:
    with app.database.unit_of_work() as work:
        assert records.erase(work, case.key, before=datetime.max.replace(tzinfo=app.now().tzinfo))
        work.commit()
    assert verify_record(app, world.zhangsan, key=case.key) == ()
    exported = export_record(app, world.zhangsan, key=case.key)
    assert not any(entry["parts"] for entry in exported.entries)


def test_an_exported_record_is_checked_with_nothing_but_sha256(
    app: App, world: World, case: Instance
) -> None:
    """Written after the description that goes with the export, without the program's own code."""
    exported = export_record(app, world.zhangsan, key=case.key)
    entries: list[dict[str, Any]] = orjson.loads(orjson.dumps(exported.entries))
    digest = bytes(32)
    for number, entry in enumerate(entries, 1):
        assert entry["number"] == number
        hashed = hashlib.sha256(digest)
        for name in ("number", "at", "actor", "kind", "elementKey", "elementId", "facts", "said"):
            data = str(entry[name]).encode()
            hashed.update(len(data).to_bytes(8, "big") + data)
        digest = hashed.digest()
        assert digest.hex() == entry["digest"]
        said = orjson.loads(entry["said"])
        for part in entry["parts"]:
            content = bytes.fromhex(part["salt"]) + part["content"].encode()
            assert said[part["part"]] == hashlib.sha256(content).hexdigest()
    assert len(entries) == 4
