"""Decisions in the diagrams that are shipped: in the journal, and in Chinese for who reviews."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from lxml import etree

from api.app import create_app
from engine.feel.values import Date
from engine.model.actor import SYSTEM
from engine.service.access.change_password import reset_password
from engine.service.app import App
from engine.service.identity.list_people import get_person
from engine.service.publishing.deploy import Resource, deploy
from engine.storage.history import records
from tests.api.browsing import Browser
from tests.conftest import SettableClock
from tests.driver import Case, Driver
from tests.scenarios.test_scenarios import FORMS
from tests.service.people import PASSWORD

ROOT = Path(__file__).parents[2]
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"

As = Callable[[str], Browser]


@pytest.fixture
def driver(shipped: App, clock: SettableClock) -> Driver:
    return Driver(shipped, clock)


@pytest.fixture
def as_(shipped: App) -> Iterator[As]:
    """``as_("lingdao")``: that person's browser, logged in."""
    server = create_app(shipped)
    opened: list[Browser] = []

    def browser(username: str) -> Browser:
        person = get_person(shipped, SYSTEM, username=username)
        reset_password(shipped, SYSTEM, person_key=person.key, new=PASSWORD)
        made = Browser(server)
        opened.append(made)
        return made.log_in(username, PASSWORD)

    yield browser
    for made in opened:
        made.client.close()


def submit(form: str, **changes: Any) -> dict[str, Any]:
    return {**FORMS[form], **changes}


@pytest.fixture
def case(driver: Driver) -> Case:
    """A meal hall's application that waits for the leader: four tables have decided so far."""
    driver.at("2025-03-06T09:00")
    started = driver.start("meal-hall-subsidy", as_="shitang", form=submit("meal-hall-application"))
    started.complete("street-review", as_="jiedao", **submit("street-review"))
    started.complete("county-review", as_="quxian", **submit("county-review"))
    assert started.at == ["leader-approval"]
    return started


def shown(browser: Browser) -> list[str]:
    """The rows that held, as the page tells them."""
    found = browser.page.xpath("//article[@class='decision']//li")
    return [" ".join(item.text_content().split()) for item in found]


def journal(case: Case) -> list[dict[str, Any]]:
    """What the journal says of decisions, in the order in which they were taken."""
    with case.driver.app.database.unit_of_work() as work:
        written = records.journal(work, case.key)
    return [taken for row in written for taken in row.part("decisions") or ()]


def facts(case: Case) -> list[Any]:
    """What the chained part of the journal says of them."""
    with case.driver.app.database.unit_of_work() as work:
        written = records.journal(work, case.key)
    return [d for row in written for d in orjson.loads(row.link.facts).get("decisions", ())]


@pytest.mark.parametrize("page", ["task", "case"])
def test_the_reviewer_reads_which_rows_held_and_why(case: Case, as_: As, page: str) -> None:
    (task,) = case.tasks()
    path = f"/tasks/{task.key}" if page == "task" else f"/cases/{case.key}"
    rows = shown(as_("lingdao").visit(path))
    assert "优先级得分：命中第 1 行：辖区 60 岁以上老年人 = 620 → 得分 = 30老年人口集中" in rows
    assert any(row.startswith("命中第 1 行：达到重点支持线 = 是 → 等级 = focus") for row in rows), (
        rows
    )
    assert any("→" in row and "老年人口集中" in row for row in rows)
    assert any(row.startswith("命中第 1 行：办理日期 = 2025-03-06 → ") for row in rows), rows
    assert not any("True" in row or "None" in row or "(year=" in row for row in rows)


def test_values_that_decided_are_at_hand(case: Case, as_: As) -> None:
    (task,) = case.tasks()
    page = as_("lingdao").visit(f"/tasks/{task.key}")
    terms = [t.text_content() for t in page.page.xpath("//article[@class='decision']//dt")]
    assert {"eldersInArea", "policy", "countyReview"} <= set(terms)


def test_the_applicant_is_not_shown_the_tables(case: Case, as_: As) -> None:
    assert shown(as_("shitang").visit(f"/cases/{case.key}")) == []


def test_administrators_are(case: Case, as_: As) -> None:
    assert len(shown(as_("guanli").visit(f"/cases/{case.key}"))) >= 8


def test_the_journal_keeps_decision_rows_and_columns(case: Case) -> None:
    taken = journal(case)
    assert [t["decision"] for t in taken] == [
        "meal-hall-policy",
        "meal-hall-gate",
        "meal-hall-priority",
        "meal-hall-amount",
    ]
    priority = taken[2]
    assert priority["element"]
    rules = priority["matched"]
    assert [(r["decision"], r["index"]) for r in rules] == [
        ("meal-hall-points", 1),
        ("meal-hall-points", 4),
        ("meal-hall-points", 7),
        ("meal-hall-points", 9),
        ("meal-hall-points", 10),
        ("meal-hall-priority", 1),
    ]
    assert rules[0]["inputs"] == [
        ["辖区 60 岁以上老年人", FORMS["meal-hall-application"]["eldersInArea"]]
    ]
    assert rules[0]["annotation"] == "老年人口集中"
    assert rules[5]["inputs"] == [["达到重点支持线", True]]
    assert rules[5]["outputs"][0] == ["等级", "focus"]


def test_the_chain_holds_what_was_decided(case: Case) -> None:
    """Decisions and rows are facts, which stay when personal words are erased."""
    assert facts(case)[2] == ["meal-hall-priority", [1, 4, 7, 9, 10, 1]]
    assert case.breaks() == ()


def test_parameters_of_policy_are_journalled_with_their_day(case: Case) -> None:
    """By the business date of the node, with value and row (design.md, decision 12)."""
    policy = journal(case)[0]
    assert policy["matched"][0]["inputs"] == [["办理日期", Date(2025, 3, 6)]]
    assert policy["output"]["cap"] > 0


TABLE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="g" name="级" namespace="t">
  <decision id="grade" name="定级"><decisionTable id="t" hitPolicy="FIRST">
    <input id="i" label="金额"><inputExpression id="e" typeRef="number"><text>amount</text>
    </inputExpression></input>
    <input id="j" label="名单"><inputExpression id="k"><text>names</text></inputExpression></input>
    <output id="o" label="级别" name="level" typeRef="string" />
    <rule id="r1"><inputEntry id="a"><text>&gt; {limit}</text></inputEntry>
      <inputEntry id="b"><text>count(?) &gt; 0</text></inputEntry>
      <outputEntry id="c"><text>"高"</text></outputEntry></rule>
    <rule id="r2"><inputEntry id="d"><text>-</text></inputEntry>
      <inputEntry id="f"><text>-</text></inputEntry>
      <outputEntry id="h"><text>"低"</text></outputEntry></rule>
  </decisionTable></decision>
</definitions>"""

DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="t">
<bpmn:process id="graded" name="定级" isExecutable="true">
  <bpmn:extensionElements><zeebe:properties>
    <zeebe:property name="banshi:starters" value="*" /></zeebe:properties></bpmn:extensionElements>
  <bpmn:startEvent id="start"><bpmn:outgoing>a</bpmn:outgoing></bpmn:startEvent>
  <bpmn:sequenceFlow id="a" sourceRef="start" targetRef="wait" />
  <bpmn:userTask id="wait" name="等一等"><bpmn:extensionElements><zeebe:userTask />
    <zeebe:assignmentDefinition candidateGroups="aged-care-clerk@weifang" />
    </bpmn:extensionElements>
    <bpmn:incoming>a</bpmn:incoming><bpmn:outgoing>b</bpmn:outgoing></bpmn:userTask>
  <bpmn:sequenceFlow id="b" sourceRef="wait" targetRef="decide" />
  <bpmn:businessRuleTask id="decide" name="定级"><bpmn:extensionElements>
    <zeebe:calledDecision decisionId="grade" resultVariable="level" /></bpmn:extensionElements>
    <bpmn:incoming>b</bpmn:incoming><bpmn:outgoing>c</bpmn:outgoing></bpmn:businessRuleTask>
  <bpmn:sequenceFlow id="c" sourceRef="decide" targetRef="look" />
  <bpmn:userTask id="look" name="看一看"><bpmn:extensionElements><zeebe:userTask />
    <zeebe:assignmentDefinition candidateGroups="aged-care-clerk@weifang" />
    </bpmn:extensionElements>
    <bpmn:incoming>c</bpmn:incoming><bpmn:outgoing>e</bpmn:outgoing></bpmn:userTask>
  <bpmn:sequenceFlow id="e" sourceRef="look" targetRef="end" />
  <bpmn:endEvent id="end"><bpmn:incoming>e</bpmn:incoming></bpmn:endEvent>
</bpmn:process></bpmn:definitions>"""


def graded(driver: Driver, **variables: Any) -> Case:
    files = {"grade.dmn": TABLE.replace("{limit}", "100"), "graded.bpmn": DIAGRAM}
    resources = [Resource(name=n, content=text.encode()) for n, text in files.items()]
    deploy(driver.app, SYSTEM, resources=resources)
    return driver.start("graded", as_="qunzhong", form=variables)


def test_a_case_keeps_the_table_it_began_with(driver: Driver, as_: As) -> None:
    """``latest`` is resolved when the case starts; a table published since is for later cases."""
    first = graded(driver, amount=150, names=["甲"])
    newer = [Resource(name="grade.dmn", content=TABLE.replace("{limit}", "200").encode())]
    deploy(driver.app, SYSTEM, resources=newer)
    second = driver.start("graded", as_="qunzhong", form={"amount": 150, "names": ["甲"]})
    for case in (first, second):
        case.complete("wait", as_="yanglao")
    assert [c.variables()["level"] for c in (first, second)] == ["高", "低"]
    page = as_("yanglao")
    assert shown(page.visit(f"/cases/{first.key}")) == [
        "命中第 1 行：金额 = 150，名单 = [“甲”] → 级别 = 高"
    ]
    assert shown(page.visit(f"/cases/{second.key}")) == ["命中第 2 行：级别 = 低"]


def test_long_lists_are_not_copied_into_each_row(driver: Driver) -> None:
    case = graded(driver, amount=150, names=[str(n) for n in range(500)])
    case.complete("wait", as_="yanglao")
    (taken,) = journal(case)
    assert taken["matched"][0]["inputs"][1] == ["名单", "500 项"]
    assert len(json.dumps(taken["matched"], default=str)) < 500


def test_every_shipped_decision_exists() -> None:
    """Each ``zeebe:calledDecision`` names a decision of a file beside it."""
    called, known = set(), set()
    for path in (ROOT / "bpmn").rglob("*.bpmn"):
        for element in etree.parse(path).iter(f"{ZEEBE}calledDecision"):
            called.add(element.get("decisionId"))
    for path in (ROOT / "bpmn").rglob("*.dmn"):
        for element in etree.parse(path).iter("{*}decision"):
            known.add(element.get("id"))
    assert len(called) >= 10
    assert called <= known
