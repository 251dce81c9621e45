"""Deploying: versions, all or nothing, who may start what, and what is refused."""

from __future__ import annotations

import threading

import pytest

from engine.model.actor import SYSTEM
from engine.model.definitions import Deployment, Resource, ResourceKind
from engine.model.errors import Forbidden, InvalidInput, NotAuthenticated, NotFound, Refused
from engine.model.keys import Key
from engine.model.problems import Severity
from engine.model.search import Condition, Operator, Query, Window
from engine.service.access.log_out import log_out
from engine.service.app import App
from engine.service.publishing.blank import blank
from engine.service.publishing.deploy import deploy
from engine.service.publishing.lint import check_files, lint
from engine.service.publishing.read_definitions import (
    decision_xml,
    definition_xml,
    get_decision,
    get_definition,
    get_form,
    list_decisions,
    list_definitions,
    list_forms,
    list_versions,
    search_definitions,
    start_form_of,
    startable,
)
from tests.service.people import actor, furnish, person

BILLION_LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
<!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;">]>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL">&lol3;</bpmn:definitions>"""

EXTERNAL = b"""<?xml version="1.0"?>
<!DOCTYPE x [<!ENTITY passwd SYSTEM "file:///etc/passwd">]>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL">
<bpmn:process id="p" isExecutable="true" name="&passwd;"/></bpmn:definitions>"""


@pytest.fixture
def home(app: App) -> App:
    furnish(app)
    person(app, "qunzhong", "citizen@kuiwen")
    person(app, "jiedao", "street-clerk@weicheng-xiguan")
    person(app, "guanli", administrator=True)
    return app


def process(
    identity: str = "leave", name: str = "请假", *, starters: str | None = "citizen", form: str = ""
) -> Resource:
    """A diagram that can be deployed: one review."""
    text = blank(ResourceKind.BPMN, identity=identity, name=name)
    inside = "<zeebe:properties>"
    if starters is not None:
        inside += f'<zeebe:property name="banshi:starters" value="{starters}" />'
    inside += '<zeebe:property name="banshi:series" value="QJ" /></zeebe:properties>'
    text = text.replace(
        'isExecutable="true">',
        f'isExecutable="true"><bpmn:extensionElements>{inside}</bpmn:extensionElements>',
        1,
    )
    if form:
        text = text.replace(
            '<bpmn:startEvent id="start" name="申请">',
            '<bpmn:startEvent id="start" name="申请"><bpmn:extensionElements>'
            f'<zeebe:formDefinition formId="{form}" /></bpmn:extensionElements>',
        )
    return Resource(name=f"{identity}.bpmn", content=text.encode())


def decision(identity: str = "days", name: str = "天数") -> Resource:
    text = blank(ResourceKind.DMN, identity=identity, name=name)
    return Resource(name=f"{identity}.dmn", content=text.encode())


def form(identity: str = "leave-form", name: str = "请假单") -> Resource:
    text = blank(ResourceKind.FORM, identity=identity, name=name)
    return Resource(name=f"{identity}.form", content=text.encode())


def put(app: App, *resources: Resource) -> Deployment:
    return deploy(app, actor(app, "guanli"), resources=resources)


def versions(app: App, process_id: str = "leave") -> list[int]:
    return [d.version for d in list_versions(app, SYSTEM, process_id=process_id)]


def test_a_first_deployment(home: App) -> None:
    """A diagram, its form and a decision at once, each in version 1."""
    made = put(home, process(form="leave-form"), form(), decision())
    (deployed,) = made.processes
    assert (deployed.process_id, deployed.name, deployed.version) == ("leave", "请假", 1)
    assert deployed.start_form == "leave-form"
    assert deployed.starters == ("citizen",)
    assert deployed.properties["banshi:series"] == "QJ"
    assert deployed.deployed_by == "guanli先生"
    assert deployed.latest
    assert [f.form_id for f in made.forms] == ["leave-form"]
    assert [(d.decision_id, d.version) for d in made.decisions] == [("days", 1)]
    assert (
        definition_xml(home, SYSTEM, key=deployed.key).encode()
        == process(form="leave-form").content
    )
    start = start_form_of(home, SYSTEM, key=deployed.key)
    assert start is not None
    assert start.key == made.forms[0].key
    assert get_form(home, SYSTEM, form_key=start.key).name == "请假单"
    assert decision_xml(home, SYSTEM, key=made.decisions[0].key).startswith("<?xml")
    assert get_decision(home, SYSTEM, decision_id="days").key == made.decisions[0].key


def test_what_has_not_changed_keeps_its_version(home: App) -> None:
    first = put(home, process(), form())
    again = put(home, process(), form())
    assert again == first
    changed = put(home, process(name="请假（新）"), form())
    assert changed.processes[0].version == 2
    assert changed.forms == first.forms
    assert versions(home) == [2, 1]
    assert not get_definition(home, SYSTEM, key=first.processes[0].key).latest


def test_an_older_text_becomes_a_newer_version(home: App) -> None:
    """Going back to what was is a change, too."""
    put(home, process())
    put(home, process(name="二"))
    assert put(home, process()).processes[0].version == 3


def test_all_or_nothing(home: App) -> None:
    """One bad file, and none of the others is there."""
    bad = Resource(name="b.bpmn", content=b"<not-bpmn/>")
    with pytest.raises(Refused) as refused:
        put(home, form(), process(), bad)
    assert refused.value.resource == "b.bpmn"
    assert list_definitions(home, SYSTEM).items == ()
    assert list_forms(home, SYSTEM) == ()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.bpmn", b""),
        ("a.bpmn", b"not xml"),
        ("a.bpmn", b"<a>"),
        ("a.bpmn", b"\x00\x01\x02"),
        ("a.bpmn", "<?xml version='1.0' encoding='GBK'?><a>流程</a>".encode("gbk")),
        ("a.bpmn", BILLION_LAUGHS),
        ("a.bpmn", EXTERNAL),
        ("a.bpmn", b"<a>" * 100_000),
        ("a.bpmn", b"<x a='" + b"y" * 5_000_000 + b"'/>"),
        ("a.dmn", b"<definitions/>"),
        ("a.dmn", BILLION_LAUGHS),
        ("a.dmn", EXTERNAL),
        ("a.dmn", b"not xml"),
        ("a.form", b"{"),
        ("a.form", b"[]"),
        ("a.form", b"null"),
        ("a.form", b'{"id": 1, "components": []}'),
        ("a.form", b"[" * 100_000),
        ("a.form", b'{"id": "f", "type": "default", "components": [{"type": "html"}]}'),
        ("a.txt", b"hello"),
        ("bpmn", b""),
        ("", b""),
    ],
)
def test_broken_files_are_refused_in_words(home: App, name: str, content: bytes) -> None:
    with pytest.raises(Refused) as refused:
        put(home, Resource(name=name, content=content))
    assert all(problem.message for problem in refused.value.problems)
    assert "root:" not in refused.value.message
    assert list_definitions(home, SYSTEM).items == ()


def test_faults_are_named_by_element(home: App) -> None:
    """What can't be executed is refused by id, with every fault at once."""
    text = process().content.decode().replace("<zeebe:userTask />", "")
    text = text.replace('<bpmn:userTask id="review"', '<bpmn:manualTaskX id="review"').replace(
        "</bpmn:userTask>", "</bpmn:manualTaskX>"
    )
    with pytest.raises(Refused) as refused:
        put(home, Resource(name="leave.bpmn", content=text.encode()))
    assert "review" in {problem.element_id for problem in refused.value.problems}


def test_a_decision_with_errors_is_refused(home: App) -> None:
    text = decision().content.decode().replace("<text>条件</text>", "<text>1 +</text>")
    with pytest.raises(Refused):
        put(home, Resource(name="days.dmn", content=text.encode()))


def test_an_id_twice_in_one_deployment_is_refused(home: App) -> None:
    other = Resource(name="other.bpmn", content=process(name="另一个").content)
    with pytest.raises(InvalidInput, match="leave"):
        put(home, process(), other)
    with pytest.raises(InvalidInput, match="至少选择一个文件"):
        put(home)
    with pytest.raises(InvalidInput, match="最多"):
        put(home, *[form(f"f{n}") for n in range(201)])


def test_only_administrators_deploy(home: App) -> None:
    with pytest.raises(Forbidden):
        deploy(home, actor(home, "jiedao"), resources=[process()])
    me = actor(home, "guanli")
    log_out(home, me)
    with pytest.raises(NotAuthenticated):
        deploy(home, me, resources=[process()])


def test_deployments_at_the_same_instant_count_on(home: App) -> None:
    """Eight at once: versions 1 to 8, one of them the latest."""
    me = actor(home, "guanli")
    threads = [
        threading.Thread(
            target=deploy, args=(home, me), kwargs={"resources": [process(name=f"第{n}版")]}
        )
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert versions(home) == list(range(8, 0, -1))
    assert sum(d.latest for d in list_versions(home, SYSTEM, process_id="leave")) == 1


def test_the_hall_shows_what_one_may_start(home: App) -> None:
    put(
        home,
        process("for-all", "人人可办", starters="*"),
        process("for-citizens", "群众可办", starters="citizen"),
        process("for-clerks", "经办可办", starters="street-clerk, county-reviewer"),
        process("for-nobody", "无人可办", starters=None),
    )

    def names(username: str) -> set[str]:
        return {d.process_id for d in startable(home, actor(home, username))}

    assert names("qunzhong") == {"for-all", "for-citizens"}
    assert names("jiedao") == {"for-all", "for-clerks"}
    assert names("guanli") == {"for-all", "for-citizens", "for-clerks", "for-nobody"}


def test_citizens_see_only_their_own_processes(home: App) -> None:
    made = put(
        home, process("open", "公开", starters="*"), process("inner", "内部", starters="leader")
    )
    keys = {d.process_id: d.key for d in made.processes}
    citizen, clerk = actor(home, "qunzhong"), actor(home, "jiedao")
    assert {d.process_id for d in list_definitions(home, citizen).items} == {"open"}
    assert {d.process_id for d in list_definitions(home, clerk).items} == {"open", "inner"}
    assert definition_xml(home, citizen, key=keys["open"])
    for read in (definition_xml, get_definition, start_form_of):
        with pytest.raises(NotFound):
            read(home, citizen, key=keys["inner"])
        with pytest.raises(NotFound):
            read(home, clerk, key=Key(5))
    for refused in (list_forms, list_decisions):
        with pytest.raises(Forbidden):
            refused(home, citizen)
    with pytest.raises(Forbidden):
        list_versions(home, citizen, process_id="open")


def test_searching_definitions(home: App) -> None:
    put(home, process("alpha", "甲"), process("beta", "乙"), process("beta-two", "丙_100%"))
    put(home, process("alpha", "甲二"))

    def found(*conditions: Condition) -> list[tuple[str, int]]:
        query = Query(conditions=conditions, window=Window(limit=10))
        page = search_definitions(home, SYSTEM, query=query)
        return sorted((d.process_id, d.version) for d in page.items)

    like = Condition(field="processDefinitionId", operator=Operator.LIKE, value="beta*")
    assert found(like) == [("beta", 1), ("beta-two", 1)]
    assert found(Condition(field="isLatestVersion", value=False)) == [("alpha", 1)]
    assert found(Condition(field="version", operator=Operator.GTE, value=2)) == [("alpha", 2)]
    wild = Condition(field="name", operator=Operator.LIKE, value="丙_100%")
    assert found(wild) == [("beta-two", 1)]
    assert found(Condition(field="name", operator=Operator.LIKE, value="丙?100?")) == [
        ("beta-two", 1)
    ]
    assert found(Condition(field="name", operator=Operator.LIKE, value="甲_")) == []
    with pytest.raises(InvalidInput, match="secret"):
        found(Condition(field="secret", value=1))


def test_pages_follow_one_another_whatever_the_order(home: App) -> None:
    put(home, *[process(f"p{n:02}", f"名{n % 3}") for n in range(9)])
    from engine.model.search import Order  # noqa: PLC0415 - one use

    for order in (
        (),
        (Order(field="name"), Order(field="processDefinitionId", descending=True)),
        (Order(field="name", descending=True),),
        (Order(field="versionTag"), Order(field="name")),
    ):
        seen: list[str] = []
        after = None
        while True:
            query = Query(order=order, window=Window(limit=2, after=after))
            page = search_definitions(home, SYSTEM, query=query)
            seen += [d.process_id for d in page.items]
            assert page.total == 9
            after = page.end_cursor
            if len(page.items) < 2:
                break
        assert len(seen) == len(set(seen)) == 9, order
        whole = search_definitions(home, SYSTEM, query=Query(order=order))
        assert [d.process_id for d in whole.items] == seen, order


def test_lint_says_what_deploy_would(home: App) -> None:
    me = actor(home, "guanli")
    assert lint(home, me, name="a.bpmn", content=b"<a>")[0].severity is Severity.ERROR
    fine = process(form="leave-form")
    put(home, form())
    assert [
        p
        for p in lint(home, me, name=fine.name, content=fine.content)
        if p.severity is Severity.ERROR
    ] == []
    with pytest.raises(Forbidden):
        lint(home, actor(home, "jiedao"), name="a.bpmn", content=b"")
    assert list_definitions(home, SYSTEM).items == ()


def test_files_are_checked_without_a_database() -> None:
    found = dict(
        check_files(
            {
                "leave.bpmn": process(form="leave-form").content,
                "leave-form.form": form().content,
                "bad.form": b"{",
            }
        )
    )
    assert found["bad.form"]
    assert not [p for p in found["leave-form.form"] if p.severity is Severity.ERROR]
    assert not [p for p in found["leave.bpmn"] if p.severity is Severity.ERROR]
