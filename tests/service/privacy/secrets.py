"""A process with secrets in every place that secrets get to, for the tests of what leaks."""

from __future__ import annotations

import json
from typing import Any

from engine.model.actor import SYSTEM
from engine.service.app import App
from engine.service.publishing.deploy import Resource, deploy
from tests.service import diagrams
from tests.service.diagrams import end, flow, process, start, user_task

ID = "370705195505200013"
PHONE = "13812345678"
BANK = "6222021602000000002"
ADDRESS = "潍坊市奎文区广文街道虞河社区3号楼"
INCOME = 54321
ILLNESS = "先天性心脏病术后"

CLEAR = (ID, PHONE, BANK, str(INCOME), "54,321", ILLNESS)


def field(key: str, label: str, type_: str = "", privacy: str = "", **more: Any) -> dict[str, Any]:
    properties = {f"banshi:{k}": v for k, v in (("type", type_), ("privacy", privacy)) if v}
    made = {"type": "textfield", "id": f"F_{key}", "key": key, "label": label, **more}
    return made | ({"properties": properties} if properties else {})


def form(id_: str, *components: dict[str, Any]) -> Resource:
    schema = {"type": "default", "schemaVersion": 16, "id": id_, "components": list(components)}
    return Resource(name=f"{id_}.form", content=json.dumps(schema).encode())


APPLICATION = form(
    "secret-application",
    field("title", "名称"),
    field("idNumber", "身份证号码", "resident-id", "L3"),
    field("phone", "手机", "mobile", "L2"),
    field("bank", "账号", "bank-card", "L3"),
    field("home", "住址", "address", "L2"),
    field("income", "收入", "", "L3", type="number"),
    field("illness", "病情", "", "L4"),
    {
        "type": "dynamiclist",
        "id": "F_members",
        "path": "members",
        "label": "家庭成员",
        "components": [
            field("name", "姓名"),
            field("memberId", "身份证号码", "resident-id", "L3"),
        ],
    },
    field("papers", "病历", "", "L4", type="filepicker", multiple=True),
    {"type": "text", "id": "T_1", "text": "核对：{{ idNumber }}，{{ phone }}"},
)

#: A clerk's form that shows some of it again, and has secrets of its own.
REVIEW = form(
    "secret-review",
    field("outcome", "结论"),
    field("opinion", "意见", type="textarea"),
    field("phone", "手机", "mobile", "L2"),
    field("officePhone", "经办人手机", "mobile", "L2"),
    {"type": "text", "id": "T_2", "text": "账号 {{ bank }}"},
    {
        "type": "dynamiclist",
        "id": "F_members",
        "path": "members",
        "label": "家庭成员",
        "components": [
            field("name", "姓名"),
            field("memberId", "身份证号码", "resident-id", "L3"),
        ],
    },
)

SUBMISSION: dict[str, Any] = {
    "title": "救助",
    "idNumber": ID,
    "phone": PHONE,
    "bank": BANK,
    "home": ADDRESS,
    "income": INCOME,
    "illness": ILLNESS,
    "members": [{"name": "王五", "memberId": "37072419400815003X"}],
}


def diagram(role: str = "clerk", **node: str) -> bytes:
    """``node``: further properties of the review."""
    return process(
        "secrets",
        start(inside=""),
        user_task("review", "审查", form="secret-review", **node),
        user_task("pay", "拨付"),
        end("done", "办结"),
        flow("start", "review"),
        flow("review", "pay"),
        flow("pay", "done"),
        lanes=((role, "city", ("review",)), ("leader", "city", ("pay",))),
        series="SC",
        title='=title + " " + idNumber + " " + phone',
    ).replace(
        b'<bpmn:startEvent id="start">',
        b'<bpmn:startEvent id="start"><bpmn:extensionElements>'
        b'<zeebe:formDefinition formId="secret-application"/></bpmn:extensionElements>',
    )


def put(app: App, *, role: str = "clerk", **node: str) -> None:
    content = diagram(role, **node)
    resources = [APPLICATION, REVIEW, Resource(name="secrets.bpmn", content=content)]
    deploy(app, SYSTEM, resources=resources)


__all__ = ["BANK", "CLEAR", "ID", "PHONE", "SUBMISSION", "diagrams", "put"]
