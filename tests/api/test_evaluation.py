"""Trying expressions and decisions over the JSON API, in the shape of Camunda 8."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import Client
from tests.dmn.build import (
    Column,
    Table,
    bkm,
    component,
    decision,
    feel,
    input_data,
    invocation,
    item,
    model,
    service,
)
from tests.yardstick import within

#: What Camunda 8's reference says that an evaluation has.
EVALUATION = {
    "decisionDefinitionId",
    "decisionDefinitionKey",
    "decisionDefinitionName",
    "decisionDefinitionVersion",
    "decisionEvaluationKey",
    "decisionInstanceKey",
    "decisionRequirementsId",
    "decisionRequirementsKey",
    "evaluatedDecisions",
    "failedDecisionDefinitionId",
    "failureMessage",
    "output",
    "tenantId",
}
EVALUATED = {
    "decisionDefinitionId",
    "decisionDefinitionKey",
    "decisionDefinitionName",
    "decisionDefinitionType",
    "decisionDefinitionVersion",
    "decisionEvaluationInstanceKey",
    "evaluatedInputs",
    "matchedRules",
    "output",
    "tenantId",
}

AMOUNT = Column(text="金额", label="申请金额", type_ref="number", allowed="[0..1000000]")
KIND = Column(text="类别", label="项目类别", type_ref="string")
LEVELS = str(
    Table(
        inputs=[AMOUNT, KIND],
        outputs=[Column(text="审批", type_ref="string"), Column(text="档次", type_ref="number")],
        rules=[
            ["<= 10000", "-", '"科长"', "1", "办法第八条"],
            ["> 10000", '"助老"', '"分管领导"', "金额 / 10000", "办法第九条"],
        ],
        notes=["依据"],
    )
)
MODEL = model(
    item("tItem", components=[component("单价", "number"), component("购于", "date")]),
    item("tItems", "tItem", many=True),
    input_data("金额", "number"),
    input_data("类别", "string"),
    input_data("日期", "date"),
    input_data("明细", "tItems"),
    decision("审批层级", LEVELS, needs=["i_金额", "i_类别"]),
    decision("说明", feel("审批层级.审批 + 类别"), needs=["d_审批层级", "i_类别"]),
    decision("次日", feel('日期 + duration("P1D")'), needs=["i_日期"]),
    decision("总价", feel("sum(明细.单价)"), needs=["i_明细"]),
    decision("最早", feel("min(明细.购于)"), needs=["i_明细"]),
    bkm("翻倍", ["x:number"], feel("x * 2")),
    decision("调用", invocation("翻倍", x=feel("金额")), needs=["i_金额"], knows=["b_翻倍"]),
    decision("无穷", feel("count(for i in 1..100000, j in 1..100000 return i)")),
    service("服务", ["d_说明"], encapsulated=["d_审批层级"], data=["i_金额", "i_类别"]),
)

Evaluate = Callable[..., Any]


@pytest.fixture
def administrator(as_: Client) -> TestClient:
    client = as_("guanli")
    files = [("resources", ("levels.dmn", MODEL.encode()))]
    response = client.post("/v2/deployments", files=files)
    assert response.status_code == 200, response.text
    return client


def decide(client: TestClient, decision_id: str, expect: int = 200, **variables: Any) -> Any:
    body = {"decisionDefinitionId": decision_id, "variables": variables}
    response = client.post("/v2/decision-definitions/evaluation", json=body)
    assert response.status_code == expect, response.text[:1000]
    return response.json()


def evaluate(client: TestClient, expression: str, expect: int = 200, **variables: Any) -> Any:
    body = {"expression": expression, "variables": variables}
    response = client.post("/v2/expression/evaluation", json=body)
    assert response.status_code == expect, response.text[:1000]
    return response.json()


def test_the_shape_is_camundas(administrator: TestClient) -> None:
    answer = decide(administrator, "d_审批层级", 金额=30000, 类别="助老")
    assert answer.keys() >= EVALUATION
    assert json.loads(answer["output"]) == {"审批": "分管领导", "档次": 3}
    assert answer["decisionDefinitionVersion"] == 1
    assert answer["failedDecisionDefinitionId"] is None
    assert answer["tenantId"] == "<default>"
    for name in ("decisionDefinitionKey", "decisionEvaluationKey", "decisionRequirementsKey"):
        assert answer[name].isdigit(), name
    (one,) = answer["evaluatedDecisions"]
    assert one.keys() == EVALUATED
    assert one["decisionDefinitionType"] == "DECISION_TABLE"
    assert one["decisionDefinitionKey"] == answer["decisionDefinitionKey"]
    assert one["decisionEvaluationInstanceKey"] == f"{answer['decisionEvaluationKey']}-1"
    assert [(i["inputName"], i["inputValue"]) for i in one["evaluatedInputs"]] == [
        ("申请金额", "30000"),
        ("项目类别", '"助老"'),
    ]
    (rule,) = one["matchedRules"]
    assert rule["ruleIndex"] == 2
    assert [
        (o["outputName"], o["outputValue"], o["ruleIndex"]) for o in rule["evaluatedOutputs"]
    ] == [("审批", '"分管领导"', 2), ("档次", "3", 2)]
    assert all(o["outputId"] and o["ruleId"] == rule["ruleId"] for o in rule["evaluatedOutputs"])


def test_rules_are_told_in_words(administrator: TestClient) -> None:
    answer = decide(administrator, "d_审批层级", 金额=30000, 类别="助老")
    assert answer["matchedRules"][0]["text"] == (
        "命中第 2 行：申请金额 = 30000，项目类别 = “助老” → 审批 = “分管领导”，档次 = 3（办法第九条）"
    )
    assert answer["explanation"].splitlines()[0].startswith("审批层级 = ")


def test_required_decisions_are_told_in_order(administrator: TestClient) -> None:
    answer = decide(administrator, "d_说明", 金额=1, 类别="其他")
    told = [
        (d["decisionDefinitionName"], d["decisionDefinitionType"])
        for d in answer["evaluatedDecisions"]
    ]
    assert told == [("审批层级", "DECISION_TABLE"), ("说明", "LITERAL_EXPRESSION")]
    assert answer["output"] == '"科长其他"'
    keys = {d["decisionDefinitionKey"] for d in answer["evaluatedDecisions"]}
    assert len(keys) == 2
    other = decide(administrator, "d_调用", 金额=4)
    assert other["output"] == "8"
    assert other["evaluatedDecisions"][0]["decisionDefinitionType"] == "UNKNOWN"


def test_inputs_are_told_though_nothing_matched(administrator: TestClient) -> None:
    answer = decide(administrator, "d_审批层级", 金额=30000, 类别="其他")
    assert answer["output"] == "null"
    (one,) = answer["evaluatedDecisions"]
    assert one["matchedRules"] == []
    assert [i["inputValue"] for i in one["evaluatedInputs"]] == ["30000", '"其他"']
    assert any("没有命中任何一行" in warning for warning in answer["warnings"])


def test_services_by_id_and_versions_by_key(administrator: TestClient) -> None:
    answer = decide(administrator, "s_服务", 金额=1, 类别="其他")
    assert answer["output"] == '"科长其他"'
    by_key = administrator.post(
        "/v2/decision-definitions/evaluation",
        json={
            "decisionDefinitionKey": answer["decisionDefinitionKey"],
            "variables": {"金额": 1, "类别": "其他"},
        },
    )
    assert by_key.json()["output"] == answer["output"]


def test_each_evaluation_has_a_key_of_its_own(administrator: TestClient) -> None:
    keys = {decide(administrator, "d_次日")["decisionEvaluationKey"] for _ in range(3)}
    assert len(keys) == 3


def test_texts_stand_for_dates_where_dates_are_declared(administrator: TestClient) -> None:
    assert decide(administrator, "d_次日", 日期="2024-02-29")["output"] == '"2024-03-01"'
    items = [{"单价": 1.5, "购于": "2025-02-01"}, {"单价": 2, "购于": "2025-01-01"}]
    assert decide(administrator, "d_最早", 明细=items)["output"] == '"2025-01-01"'
    assert decide(administrator, "d_总价", 明细=items)["output"] == "3.5"


@pytest.mark.parametrize(
    ("decision_id", "name", "value", "says"),
    [
        ("d_次日", "日期", "2025-02-30", "应为 date 类型的值"),
        ("d_次日", "日期", 20250101, "应为 date 类型的值"),
        ("d_审批层级", "金额", "三万", "“申请金额”应为 number 类型的值"),
        ("d_审批层级", "金额", True, "应为 number"),
        ("d_审批层级", "金额", [1, 2], "应为 number"),
        ("d_审批层级", "类别", {"a": 1}, "应为 string"),
        ("d_总价", "明细", [{"单价": "贵", "购于": None}], "应为 list"),
        ("d_总价", "明细", 3, "应为 list"),
    ],
)
def test_values_of_a_wrong_type(
    administrator: TestClient, decision_id: str, name: str, value: Any, says: str
) -> None:
    answer = decide(administrator, decision_id, expect=422, **{name: value})
    (problem,) = answer["problems"]
    assert problem["path"] == name
    assert says in problem["message"]


def test_null_and_one_for_many_are_no_wrong_types(administrator: TestClient) -> None:
    """A list of one stands for its item, and a value for a list of one (DMN 1.5, 10.3.2.9.4)."""
    assert decide(administrator, "d_次日", 日期=None)["output"] == "null"
    assert decide(administrator, "d_审批层级", 金额=[5])["output"] == '{"审批":"科长","档次":1}'
    assert decide(administrator, "d_总价", 明细={"单价": 7, "购于": None})["output"] == "7"


def test_values_that_are_not_allowed_are_null(administrator: TestClient) -> None:
    answer = decide(administrator, "d_审批层级", 金额=-1, 类别="助老")
    assert answer["output"] == "null"
    assert any("不在允许范围内" in warning for warning in answer["warnings"])


def test_what_cannot_be_asked(administrator: TestClient) -> None:
    path = "/v2/decision-definitions/evaluation"
    key = decide(administrator, "d_次日")["decisionDefinitionKey"]
    for body, status in (
        ({"decisionDefinitionId": "d_没有"}, 404),
        ({"decisionDefinitionId": "b_翻倍"}, 404),
        ({"decisionDefinitionKey": "4194304"}, 404),
        ({"decisionDefinitionKey": 4194304}, 400),
        ({"decisionDefinitionKey": "abc"}, 400),
        ({"decisionDefinitionId": ""}, 400),
        ({}, 400),
        ({"decisionDefinitionId": "d_次日", "decisionDefinitionKey": key}, 400),
        ({"decisionDefinitionId": "d_次日", "variables": []}, 400),
        ({"decisionDefinitionId": "d_次日", "variables": {"": 1}}, 400),
        ({"decisionDefinitionId": "d_次日", "tenantId": "other"}, 400),
        ({"decisionDefinitionId": "d_次日", "more": 1}, 400),
    ):
        assert administrator.post(path, json=body).status_code == status, body


def test_decisions_that_take_too_much(administrator: TestClient) -> None:
    assert within(14, lambda: decide(administrator, "d_无穷", expect=422))
    answer = decide(administrator, "d_无穷", expect=422)
    assert "运算量超出上限" in answer["detail"]


def test_expressions(administrator: TestClient) -> None:
    assert evaluate(administrator, "=a + b", a=0.1, b=0.2) == {
        "expression": "=a + b",
        "result": 0.3,
        "warnings": [],
    }
    assert evaluate(administrator, "不存在 + 1")["warnings"][0] == {
        "message": "没有变量“不存在”，按空值处理"
    }
    assert (
        evaluate(administrator, "客户 名称 + x", **{"客户 名称": "甲", "x": "乙"})["result"]
        == "甲乙"
    )
    assert evaluate(administrator, "now()")["result"] == "2025-03-03T09:00:00@Asia/Shanghai"


def test_numbers_keep_all_their_digits(administrator: TestClient) -> None:
    body = b'{"expression": "n + 0.1", "variables": {"n": 12345678901234567890123456789.0}}'
    response = administrator.post(
        "/v2/expression/evaluation", content=body, headers={"Content-Type": "application/json"}
    )
    assert b'"result":12345678901234567890123456789.1' in response.content


@pytest.mark.parametrize(
    ("expression", "line", "column"),
    [("1 +", 1, 4), ("= 1 +", 1, 6), ("if a\nthen )", 2, 6), ("\n\n=1 2", 3, 4), ('"open', 1, 1)],
)
def test_faults_have_a_place(
    administrator: TestClient, expression: str, line: int, column: int
) -> None:
    answer = evaluate(administrator, expression, expect=422)
    (problem,) = answer["problems"]
    assert problem["rule"] == "feel-syntax"
    assert (problem["line"], problem["column"]) == (line, column)


EVIL = [
    "count(for i in 1..100000, j in 1..100000 return i)",
    "for i in 1..1000000000 return i",
    "some x in 1..100000, y in 1..100000 satisfies x + y < 0",
    "{f: function(n) f(n + 1), r: f(1)}.r",
    "{f: function(a, n) if n = 0 then count(a) else f(concatenate(a, a), n - 1), r: f([1], 60)}.r",
    '{f: function(a, n) if n = 0 then a else f(a + a, n - 1), r: f("x", 60)}.r',
    'matches("' + "a" * 5000 + 'b", "(a*)*(a*)*(a*)*c")',
    "(" * 4000 + "1" + ")" * 4000,
    "[" * 4000 + "]" * 4000,
    "1" + "+1" * 4000 + "+",
    "a" + ".b" * 4000 + "..",
    "if true then " * 600 + "1",
    "{a: {f: function(x) [x, x, x, x, x, x, x, x], r: f(f(f(f(f(f(f(1)))))))}}",
    'for x in 1..99999 return string join([string(x), "' + "y" * 1000 + '"])',
    "sum(for x in 1..50000 return sum(1..50000))",
    "sort(1..100000, function(a, b) a > b)",
]


def test_evil_expressions_end_in_a_clear_answer(administrator: TestClient) -> None:
    """Each within 50 MB and a tenth of a second of a common server, and what a request takes
    besides."""
    evaluate(administrator, "1")
    for expression in EVIL:
        assert within(4, partial(evaluate, administrator, expression, expect=422)), expression[:60]
        answer = evaluate(administrator, expression, expect=422)
        assert answer["problems"][0]["rule"] in {"feel-budget", "feel-syntax"}
        assert any("\u4e00" <= c <= "\u9fff" for c in answer["detail"])
        tracemalloc.start()
        evaluate(administrator, expression, expect=422)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 50 * 2**20, (expression[:60], peak)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ('replace("' + "a" * 5000 + '", "(a|aa)+$", "b$1$1")', "baa"),
        ("-" * 9000 + "1", 1),
        ("+".join(["1"] * 4000), 4000),
        ('matches("' + "a" * 2000 + 'b", "(a+)+b")', True),
    ],
    ids=["regex", "signs", "sum", "nested quantifiers"],
)
def test_what_only_looks_evil_has_a_value(
    administrator: TestClient, expression: str, result: Any
) -> None:
    assert evaluate(administrator, expression)["result"] == result
    assert within(14, lambda: evaluate(administrator, expression))


def test_big_powers_are_null(administrator: TestClient) -> None:
    assert within(14, lambda: evaluate(administrator, "9**99999999"))
    answer = evaluate(administrator, "9**99999999")
    assert answer["result"] is None
    assert answer["warnings"]


def test_nobody_but_administrators(as_: Client, administrator: TestClient) -> None:
    for username in ("qunzhong", "jiedao"):
        evaluate(as_(username), "1", expect=403)
        decide(as_(username), "d_次日", expect=403)
