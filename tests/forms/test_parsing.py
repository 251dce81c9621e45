"""Reading schemas: the allow-list, bounds, and faults that name their component."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.forms import FormError, Privacy, parse
from tests.forms.building import (
    REQUIRED,
    choices,
    component,
    field,
    form,
    group,
    money,
    number,
    rows,
    schema,
    text,
)


def faults(*components: dict[str, Any], **changes: Any) -> set[tuple[str, str]]:
    """Component and rule of every fault of a schema."""
    with pytest.raises(FormError) as refused:
        parse(schema(*components, **changes))
    assert all(problem.message.strip() for problem in refused.value.problems)
    return {(problem.component_id, problem.rule) for problem in refused.value.problems}


def test_every_allowed_component_is_read() -> None:
    found = form(
        text("name", "姓名"),
        field("textarea", "plan", "方案"),
        number("people", "人数", decimalDigits=0),
        component("datetime", key="day", dateLabel="日期", subtype="date"),
        component("datetime", key="at", timeLabel="时间", subtype="time"),
        component("datetime", key="when", dateLabel="日期和时间", subtype="datetime"),
        field("checkbox", "agreed", "同意"),
        field("checklist", "topics", "领域", values=choices("a", "b")),
        field("radio", "kind", "类别", values=choices("a", "b")),
        field("select", "county", "县区", values=choices("a", "b")),
        field("taglist", "tags", "标签", values=choices("a", "b")),
        group(text("contact", "联系人"), label="联系方式"),
        rows("budget", text("item", "用途"), money("amount", "金额")),
        component("table", dataSource="=history", columns=[{"label": "日期", "key": "day"}]),
        component("text", text="# 说明"),
        component("separator"),
        component("spacer", height=40),
        field("expression", "total", "合计", expression="=sum(budget.amount)"),
        component("documentPreview", title="材料", dataSource="=papers"),
        field("filepicker", "files", "附件", multiple=True, accept=".pdf,.jpg"),
    )
    assert found.id == "sample"
    assert len(found.components) == 20
    assert found.outside_names == {"history", "papers"}


@pytest.mark.parametrize(
    "kind", ["html", "iframe", "image", "button", "script", "video", "", "default"]
)
def test_anything_else_is_refused_by_name(kind: str) -> None:
    with pytest.raises(FormError) as refused:
        parse(schema(text("a"), component(kind, id="Intruder", url="https://example.org/x.js")))
    (problem,) = refused.value.problems
    assert (problem.component_id, problem.rule) == ("Intruder", "component-type")
    assert kind in problem.message
    assert "Intruder" in str(refused.value)


def test_intruders_are_found_at_any_depth() -> None:
    hidden = component("html", id="Deep", content="<script>alert(1)</script>")
    assert faults(group(rows("list", text("a"), hidden))) == {("Deep", "component-type")}


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        ("", "json"),
        ("{", "json"),
        ("[]", "json"),
        ("null", "json"),
        ('{"components": NaN}', "json"),
        ("[" * 100_000, "json"),
        ('{"a":' * 60 + "1" + "}" * 60, "depth"),
        (" " * 1_000_001, "size"),
    ],
)
def test_broken_documents_are_refused(broken: str, rule: str) -> None:
    with pytest.raises(FormError) as refused:
        parse(broken)
    assert [problem.rule for problem in refused.value.problems] == [rule]
    with pytest.raises(FormError):
        parse(broken.encode())


def test_head_of_the_document() -> None:
    a = text("a")
    assert faults(a, id="") == {("", "id")}
    assert faults(a, type="form") == {("", "type")}
    assert faults(a, schemaVersion=9) == {("", "schema-version")}
    assert faults(a, schemaVersion="18") == {("", "schema-version")}
    assert faults() == {("", "empty")}
    assert faults(a, components="x") == {("", "type")}
    assert parse(json.dumps(schema(a, schemaVersion=25, exporter={"name": "form-js"})))


def test_sizes_are_bounded() -> None:
    assert ("", "size") in faults(*(text(f"k{n}") for n in range(401)))
    deep = text("a")
    for _ in range(8):
        deep = group(deep)
    assert {rule for _, rule in faults(deep)} == {"depth"}
    options = [{"value": str(n), "label": str(n)} for n in range(1001)]
    assert {rule for _, rule in faults(field("select", "a", values=options))} == {"size"}


@pytest.mark.parametrize(
    "key", ["", "1a", "a-b", "a..b", ".a", "姓名", "a b", "__add", "a.__x", "x" * 201]
)
def test_keys_are_ascii_names_with_dots(key: str) -> None:
    assert {rule for _, rule in faults(text(key, "标题"))} == {"key"}


def test_keys_are_unique_and_never_inside_each_other() -> None:
    assert {r for _, r in faults(text("a"), text("a"))} == {"key"}
    assert {r for _, r in faults(text("a"), text("a.b"))} == {"key"}
    assert {r for _, r in faults(text("org.name"), group(text("name"), path="org"))} == {"key"}
    assert {r for _, r in faults(rows("list", text("a"), text("a")))} == {"key"}
    assert {r for _, r in faults(rows("list", text("a")), text("list.a"))} == {"key"}
    # the same key in two lists, or in a list and outside, is no conflict
    assert form(text("a"), rows("one", text("a")), rows("two", text("a")))
    assert form(text("org.name"), text("org.code"), group(text("phone"), path="org"))


def test_ids_are_given_and_unique() -> None:
    twins = [component("text", id="Same", text="x"), component("text", id="Same", text="y")]
    assert faults(*twins) == {("Same", "id")}
    nameless = text("a")
    del nameless["id"]
    assert faults(nameless) == {("", "id")}


def test_expressions_must_compile() -> None:
    broken = [
        (text("a", hide="=1 +"), "feel"),
        (number("b", validate={"min": "=(("}), "feel"),
        (text("d", "{{ 1 + }}"), "feel"),
        (text("e", "{{#if a}}x{{/if}}"), "template"),
        (text("f", "{{ a"), "template"),
        (field("expression", "g", expression="=for"), "feel"),
        (field("select", "h", valuesExpression="=[1,"), "feel"),
        (component("table", dataSource="=a[", columns=[{"label": "x", "key": "x"}]), "feel"),
    ]
    for faulty, rule in broken:
        found = faults(faulty)
        assert (faulty["id"], rule) in found, faulty


@pytest.mark.parametrize(
    ("faulty", "rule"),
    [
        (field("text", "x", text=5), "type"),
        (text("a", validate={"required": "yes"}), "type"),
        (text("a", validate={"minLength": "many"}), "type"),
        (text("a", validate={"pattern": "("}), "pattern"),
        (text("a", validate={"pattern": "(?=a)"}), "pattern"),
        (text("a", validate={"pattern": r"(a)\1"}), "pattern"),
        (text("a", validate={"pattern": "a" * 501}), "pattern"),
        (text("a", validate={"validationType": "luhn"}), "validate"),
        (text("a", validate={"max": 3}), "unknown-attribute"),
        (text("a", conditional={"show": "=true"}), "unknown-attribute"),
        (text("a", disabled="yes"), "type"),
        (component("textfield", key="a"), "label"),
        (number("a", decimalDigits=-1), "range"),
        (number("a", decimalDigits=2.5), "range"),
        (number("a", increment=0), "range"),
        (number("a", increment="x"), "type"),
        (component("datetime", key="a", dateLabel="x", subtype="week"), "subtype"),
        (component("datetime", key="a", dateLabel="x", timeSerializingFormat="x"), "format"),
        (field("select", "a"), "options"),
        (field("select", "a", values=choices("x"), valuesKey="y"), "options"),
        (field("select", "a", values=[{"label": "x"}]), "options"),
        (field("select", "a", values=choices("x", "x")), "options"),
        (field("select", "a", values="x"), "type"),
        (field("expression", "a"), "expression"),
        (field("filepicker", "a", accept="pdf"), "accept"),
        (field("filepicker", "a", banshi={"maxFiles": "3"}), "property"),
        (field("filepicker", "a", banshi={"maxSize": "big"}), "property"),
        (component("dynamiclist", components=[]), "key"),
        (component("dynamiclist", path="a", components=[]), "empty"),
        (rows("a", text("b"), banshi={"layout": "grid"}), "property"),
        (rows("a", text("b"), banshi={"minRows": "-1"}), "range"),
        (component("table", columns=[]), "source"),
        (component("table", dataSource="=a", columns=[{"label": "x"}]), "column"),
        (component("documentPreview"), "source"),
        (component("spacer", height=0), "range"),
        (text("a", layout={"columns": 17}), "range"),
        (text("a", layout="wide"), "type"),
        (text("a", banshi={"type": "passport"}), "property"),
        (text("a", banshi={"type": "money"}), "property"),
        (number("a", banshi={"type": "mobile"}), "property"),
        (text("a", banshi={"privcy": "L3"}), "property"),
        (text("a", banshi={"privacy": "L5"}), "property"),
        (text("a", banshi={"registrar": "370700"}), "property"),
        (text("a", banshi={"validate": "= a = 1"}), "property"),
        (text("a", banshi={"message": "x"}), "property"),
        (text("a", banshi={"validate": "= (", "message": "x"}), "feel"),
        (text("a", banshi={"validate": "= true", "message": "x", "severity": "fatal"}), "property"),
        (text("a", banshi={"mustEqual": "b"}), "property"),
        (text("a", banshi={"mustEqual": "a"}), "property"),
        (text("a", banshi={"autocomplete": "<x>"}), "property"),
        (money("a", banshi={"sumEquals": "b.c"}), "property"),
        (number("a", banshi={"total": "yes"}), "property"),
        (text("a", properties={"banshi:type": 5}), "property"),
    ],
)
def test_faulty_attributes_are_named(faulty: dict[str, Any], rule: str) -> None:
    found = faults(faulty)
    assert (faulty["id"], rule) in found


def test_all_faults_are_told_at_once() -> None:
    found = faults(text("1"), component("html", id="H"), number("b", increment=-1), id="")
    assert {rule for _, rule in found} == {"id", "key", "component-type", "range"}


def test_other_custom_properties_are_left_alone() -> None:
    assert form(text("a", properties={"camunda:hint": "x", "banshi": "y"}))


def test_a_group_passes_its_path_and_class_on() -> None:
    found = form(
        group(
            text("name", "姓名", banshi={"type": "person-name"}),
            group(text("phone", "电话"), path="contact", banshi={"privacy": "L2"}),
            rows("members", text("id_number", "身份证"), banshi={"privacy": "L4"}),
            path="applicant",
            banshi={"privacy": "L3"},
        ),
        text("title", "项目名"),
    )
    assert found.privacy == {
        "applicant.name": Privacy.L3,
        # never below the class of the group around
        "applicant.contact.phone": Privacy.L3,
        "applicant.members.id_number": Privacy.L4,
        "title": Privacy.L1,
    }


def test_references_are_checked_in_their_scope() -> None:
    budget = rows("budget", money("amount"), number("count", banshi={"sumEquals": "budget.amount"}))
    assert {rule for _, rule in faults(budget)} == {"property"}
    ok = form(
        money("asked", banshi={"sumEquals": "plan.budget.amount"}),
        group(rows("budget", group(money("amount"))), path="plan"),
        text("payee"),
        text("account_name", banshi={"mustEqual": "payee"}, validate=REQUIRED),
    )
    assert ok.components
    assert {
        r for _, r in faults(money("asked", banshi={"sumEquals": "b.x"}), rows("b", text("x")))
    } == {"property"}
