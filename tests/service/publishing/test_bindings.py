"""``bindingType``: the latest version, the one that came with the deployment, or one with a tag."""

from __future__ import annotations

import json

import pytest

from engine.model.actor import SYSTEM
from engine.model.errors import NotFound
from engine.model.keys import Key
from engine.service.administration.migrate_case import migrate_case
from engine.service.administration.modify_case import case_positions
from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.start_case import start_case
from engine.service.cases.start_form import start_form
from engine.service.history.record import verify_record
from engine.service.publishing.deploy import Resource, deploy
from engine.service.publishing.read_definitions import get_form, list_versions, start_form_of
from engine.service.tasks.complete_task import complete_task
from engine.service.worklists.inbox import inbox
from tests.service import diagrams
from tests.service.diagrams import extension, flow, user_task
from tests.service.positions import require_consistent
from tests.world import World

CLERK = "clerk@weifang"


def form(title: str, tag: str = "") -> bytes:
    schema = {
        "id": "opinion",
        "type": "default",
        "schemaVersion": 18,
        "components": [{"type": "textfield", "id": "o", "key": "opinion", "label": title}],
    }
    return json.dumps(schema | ({"versionTag": tag} if tag else {}), ensure_ascii=False).encode()


def called(name: str, tag: str = "") -> bytes:
    """A process of one task that is named so."""
    text = diagrams.process(
        "check",
        diagrams.start(),
        user_task(f"t_{name}", name, groups=CLERK),
        diagrams.end(),
        flow("start", f"t_{name}"),
        flow(f"t_{name}", "end"),
    )
    if not tag:
        return text
    holder = f'<bpmn:extensionElements><zeebe:versionTag value="{tag}"/></bpmn:extensionElements>'
    head, opening, rest = text.decode().partition("<bpmn:process")
    start, close, body = rest.partition(">")
    if "<bpmn:extensionElements>" in body.split("<bpmn:startEvent")[0]:
        body = body.replace(
            "<bpmn:extensionElements>",
            f'<bpmn:extensionElements><zeebe:versionTag value="{tag}"/>',
            1,
        )
        return (head + opening + start + close + body).encode()
    return (head + opening + start + close + holder + body).encode()


def rule(value: str, tag: str = "") -> bytes:
    """A decision that always says the same."""
    tagged = (
        f'<extensionElements><zeebe:versionTag value="{tag}"/></extensionElements>' if tag else ""
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="rules" name="规则" namespace="n">
  <decision id="rule" name="规则">{tagged}<variable name="rule"/>
    <literalExpression><text>"{value}"</text></literalExpression></decision>
</definitions>""".encode()


def main(binding: str) -> bytes:
    return diagrams.process(
        "main",
        diagrams.start(),
        '<bpmn:businessRuleTask id="decide" name="判定">'
        + extension(f'<zeebe:calledDecision decisionId="rule" resultVariable="said" {binding}/>')
        + "</bpmn:businessRuleTask>",
        '<bpmn:userTask id="ask" name="填写">'
        + extension(
            "<zeebe:userTask/>",
            f'<zeebe:assignmentDefinition candidateGroups="{CLERK}"/>',
            f'<zeebe:formDefinition formId="opinion" {binding}/>',
        )
        + "</bpmn:userTask>",
        '<bpmn:callActivity id="call" name="复核">'
        + extension(f'<zeebe:calledElement processId="check" {binding}/>')
        + "</bpmn:callActivity>",
        diagrams.end(),
        flow("start", "decide"),
        flow("decide", "ask"),
        flow("ask", "call"),
        flow("call", "end"),
    )


def put(app: App, **files: bytes) -> None:
    endings = {"main": "bpmn", "check": "bpmn", "rule": "dmn", "opinion": "form"}
    deploy(
        app,
        SYSTEM,
        resources=[
            Resource(name=f"{name}.{endings[name]}", content=content)
            for name, content in files.items()
        ],
    )


def begin(app: App, world: World) -> Key:
    return start_case(app, world.zhangsan, process_id="main", submission={}).key


def seen(app: App, world: World, case: Key) -> tuple[str, str, str]:
    """What the case uses: the decision's word, the form's label, the called process's task."""
    (task,) = (t for t in inbox(app, world.lisi).items if t.instance_key == case)
    assert task.form_key is not None
    schema = get_form(app, world.lisi, form_key=task.form_key).schema
    label = json.loads(schema)["components"][0]["label"]
    assert task.form_id == "opinion"
    with app.database.unit_of_work() as work:
        said = work.hot(
            "select value::text from variable where instance_key = %s and name = 'said'", [case]
        ).fetchone()
    complete_task(app, world.lisi, key=task.key, submission={"opinion": "可"})
    require_consistent(app.database, case)
    (inner,) = (t for t in inbox(app, world.lisi).items if t.instance_key == case)
    return json.loads(said[0]), label, inner.name


def test_latest_is_what_holds_when_the_case_starts(app: App, world: World) -> None:
    put(app, main=main(""), check=called("old"), rule=rule("old"), opinion=form("old"))
    put(app, check=called("new"), rule=rule("new"), opinion=form("new"))
    assert seen(app, world, begin(app, world)) == ("new", "new", "new")


def test_deployment_is_what_came_along(app: App, world: World) -> None:
    put(
        app,
        main=main('bindingType="deployment"'),
        check=called("old"),
        rule=rule("old"),
        opinion=form("old"),
    )
    put(app, check=called("new"), rule=rule("new"), opinion=form("new"))
    case = begin(app, world)
    assert seen(app, world, case) == ("old", "old", "old")
    assert verify_record(app, world.guanli, key=case) == ()


def test_what_is_bound_by_deployment_is_a_new_version_with_it(app: App, world: World) -> None:
    bound = main('bindingType="deployment"')
    put(app, main=bound, check=called("old"), rule=rule("old"), opinion=form("old"))
    put(app, main=bound, check=called("old"), rule=rule("old"), opinion=form("new"))
    assert [d.version for d in list_versions(app, world.guanli, process_id="main")] == [2, 1]
    assert [d.version for d in list_versions(app, world.guanli, process_id="check")] == [1]
    assert seen(app, world, begin(app, world)) == ("old", "new", "old")


def test_version_tag_is_the_newest_with_that_tag(app: App, world: World) -> None:
    tagged = 'bindingType="versionTag" versionTag="2025"'
    put(app, check=called("a", "2025"), rule=rule("a", "2025"), opinion=form("a", "2025"))
    put(app, check=called("b", "2025"), rule=rule("b", "2025"), opinion=form("b", "2025"))
    put(app, check=called("c", "2026"), rule=rule("c", "2026"), opinion=form("c", "2026"))
    put(app, main=main(tagged))
    assert seen(app, world, begin(app, world)) == ("b", "b", "b")


def test_a_case_in_a_bound_process_is_migrated(app: App, world: World) -> None:
    """The called process goes by the same name in both versions, whichever version that means."""
    bound = main('bindingType="deployment"')
    put(app, main=bound, check=called("old"), rule=rule("old"), opinion=form("old"))
    case = begin(app, world)
    seen(app, world, case)
    newer = bound.replace("填写".encode(), "填报".encode())
    put(app, main=newer, check=called("new"), rule=rule("old"), opinion=form("old"))
    target = list_versions(app, world.guanli, process_id="main")[0].key
    migrate_case(
        app,
        world.guanli,
        key=case,
        definition_key=target,
        mapping={"t_old": "t_new"},
        reason="新版",
    )
    require_consistent(app.database, case)
    there = [p.element_id for p in case_positions(app, world.guanli, key=case)]
    assert there == ["call", "t_new"]
    (task,) = (t for t in inbox(app, world.lisi).items if t.instance_key == case)
    complete_task(app, world.lisi, key=task.key, submission={})
    require_consistent(app.database, case)


@pytest.mark.parametrize("binding", ['bindingType="versionTag" versionTag="none"'])
def test_a_version_that_is_not_there_is_an_incident(app: App, world: World, binding: str) -> None:
    put(app, main=main(binding), check=called("a"), rule=rule("a"), opinion=form("a"))
    case = begin(app, world)
    with app.database.unit_of_work() as work:
        found = work.hot(
            "select kind, message from incident where instance_key = %s", [case]
        ).fetchall()
    assert [row[0] for row in found] == ["CALLED_DECISION_ERROR"]
    assert "##" not in found[0][1]


def starting(binding: str) -> bytes:
    return diagrams.process(
        "main",
        diagrams.start("start", extension(f'<zeebe:formDefinition formId="opinion" {binding}/>')),
        user_task("t", "办理", groups=CLERK),
        diagrams.end(),
        flow("start", "t"),
        flow("t", "end"),
    )


STARTS = [
    ("", "new"),
    ('bindingType="latest"', "new"),
    ('bindingType="deployment"', "old"),
    ('bindingType="versionTag" versionTag="2025"', "old"),
]


@pytest.mark.parametrize(("binding", "label"), STARTS)
def test_a_case_starts_with_the_version_of_the_form_that_is_bound(
    app: App, world: World, binding: str, label: str
) -> None:
    put(app, main=starting(binding), opinion=form("old", "2025"))
    put(app, opinion=form("new").replace(b'"key": "opinion"', b'"key": "other"'))
    key = "opinion" if label == "old" else "other"
    opened = start_form(app, world.zhangsan, process_id="main")
    assert opened is not None
    assert json.loads(opened.definition.schema)["components"][0]["key"] == key
    (version,) = list_versions(app, world.guanli, process_id="main")
    shown = start_form_of(app, world.zhangsan, key=version.key)
    assert shown is not None
    assert json.loads(shown.schema)["components"][0]["label"] == label
    case = start_case(app, world.zhangsan, process_id="main", submission={key: "可"}).key
    page = case_page(app, world.zhangsan, key=case)
    assert page.submitted is not None
    require_consistent(app.database, case)


def test_a_start_form_bound_by_deployment_makes_a_new_version_with_it(
    app: App, world: World
) -> None:
    put(app, main=starting('bindingType="deployment"'), opinion=form("old"))
    put(app, main=starting('bindingType="deployment"'), opinion=form("new"))
    newest, oldest = list_versions(app, world.guanli, process_id="main")
    for version, label in ((newest, "new"), (oldest, "old")):
        shown = start_form_of(app, world.zhangsan, key=version.key)
        assert shown is not None
        assert json.loads(shown.schema)["components"][0]["label"] == label


def test_a_start_form_that_is_not_there_is_named_by_its_id(app: App, world: World) -> None:
    put(app, main=starting('bindingType="versionTag" versionTag="none"'), opinion=form("old"))
    with pytest.raises(NotFound) as missing:
        start_case(app, world.zhangsan, process_id="main", submission={})
    assert missing.value.key == "opinion"
