"""Finding cases by their data: what the diagram names, kept up to date, and nothing personal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.model.actor import SYSTEM, Actor
from engine.service.administration.set_variables import set_variables
from engine.service.app import App
from engine.service.cases.get_case import my_cases
from engine.service.cases.start_case import start_case
from engine.service.publishing.deploy import Resource, deploy
from engine.service.tasks.complete_task import complete_task
from engine.service.worklists.inbox import inbox
from tests.service import diagrams
from tests.world import World

FORM = {
    "id": "registration",
    "type": "default",
    "schemaVersion": 18,
    "components": [
        {"type": "textfield", "id": "a", "key": "place", "label": "场所"},
        {"type": "number", "id": "b", "key": "beds", "label": "床位"},
        {"type": "textfield", "id": "c", "key": "phone", "label": "电话"},
        {"type": "textfield", "id": "d", "key": "card", "label": "证件"},
        {"type": "textfield", "id": "e", "key": "health", "label": "健康状况"},
        {"type": "textfield", "id": "f", "key": "note", "label": "备注"},
    ],
}
CLASSES = {"phone": "mobile", "card": "resident-id"}


def form() -> bytes:
    """The registration form; telephone, card and health are personal data."""
    components: list[dict[str, Any]] = [dict(c) for c in FORM["components"]]  # type: ignore[attr-defined]
    for component in components:
        if kind := CLASSES.get(component["key"]):
            component["properties"] = {"banshi:type": kind}
        if component["key"] == "health":
            component["properties"] = {"banshi:privacy": "L4"}
    return json.dumps({**FORM, "components": components}).encode()


def deployed(app: App, searchable: str) -> None:
    diagram = diagrams.process(
        "register",
        diagrams.start(inside=diagrams.extension('<zeebe:formDefinition formId="registration"/>')),
        diagrams.user_task("work", "办理"),
        diagrams.end("done"),
        diagrams.flow("start", "work"),
        diagrams.flow("work", "done"),
        lanes=(("clerk", "city", ("work",)),),
        **({"searchable": searchable} if searchable else {}),
    )
    deploy(
        app,
        SYSTEM,
        resources=[
            Resource(name="registration.form", content=form()),
            Resource(name="register.bpmn", content=diagram),
        ],
    )


def registered(app: App, by: Actor, **values: Any) -> Any:
    given = {
        "place": "北宫社区日间照料中心",
        "beds": 25,
        "phone": "13864651234",
        "card": "",
        "health": "失能",
        "note": "临街",
    }
    return start_case(app, by, process_id="register", submission=given | values)


def finds(app: App, who: Actor, text: str) -> bool:
    return bool(inbox(app, who, search=text).items)


def test_a_case_is_found_by_what_its_diagram_names(app: App, world: World) -> None:
    """given two variables that are named, when work is looked for by their values, then it is
    found; by any other it is not."""
    deployed(app, "place; beds")
    registered(app, world.zhangsan)
    for text in ("照料中心", "北宫 日间", "25", "张三 照料"):
        assert finds(app, world.lisi, text), text
    for text in ("临街", "1386465", "失能", "照料中心 不存在"):
        assert not finds(app, world.lisi, text), text
    assert my_cases(app, world.zhangsan, search="照料").total == 1
    assert my_cases(app, world.zhaoliu, search="照料").total == 0


def test_nothing_is_searchable_unless_named(app: App, world: World) -> None:
    deployed(app, "")
    registered(app, world.zhangsan)
    assert finds(app, world.lisi, "张三")
    assert not finds(app, world.lisi, "照料")


@pytest.mark.parametrize(("name", "value"), [("phone", "13864651234"), ("health", "失能老人")])
def test_personal_data_is_never_searchable(app: App, world: World, name: str, value: str) -> None:
    """given a diagram that names personal data too, then it is left out, for everybody."""
    deployed(app, f"place,{name}")
    registered(app, world.zhangsan, **{name: value})
    assert finds(app, world.lisi, "照料")
    assert not finds(app, world.lisi, value)
    assert not finds(app, world.lisi, value[:4])
    assert my_cases(app, world.zhangsan, search=value).total == 0
    with app.database.unit_of_work() as work:
        (row,) = work.hot("select search, grams from instance").fetchall()
    assert value not in row[0]
    assert value[:2] not in row[1]


def test_what_changes_is_found_by_what_it_is_now(app: App, world: World) -> None:
    """given a case, when a variable that is named is corrected, then its old value finds nothing;
    a change of another leaves everything as it is."""
    deployed(app, "place")
    case = registered(app, world.zhangsan)
    reason = "场所迁址"
    set_variables(
        app, world.guanli, scope_key=case.key, variables={"place": "东关敬老院"}, reason=reason
    )
    assert finds(app, world.lisi, "敬老院")
    assert finds(app, world.lisi, "张三")
    assert not finds(app, world.lisi, "照料")
    set_variables(app, world.guanli, scope_key=case.key, variables={"note": "靠山"}, reason=reason)
    assert finds(app, world.lisi, "敬老院")
    (task,) = inbox(app, world.lisi, search="敬老院").items
    complete_task(app, world.lisi, key=task.key, submission={})
    assert inbox(app, world.lisi, view="done", search="敬老院").total == 1
    assert inbox(app, world.lisi, view="done", search="照料").total == 0
