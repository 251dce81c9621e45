"""Reading DMN files of all versions."""

from __future__ import annotations

import pytest

from engine.dmn import DmnError, load
from engine.dmn.reader import NAMESPACES, read
from tests.dmn.build import Table, bkm, component, context, decision, feel, input_data, item, model


@pytest.mark.parametrize("uri", list(NAMESPACES))
def test_versions(uri: str) -> None:
    """Models of DMN 1.1 to 1.6 evaluate alike."""
    xml = model(
        input_data("金额", "number"),
        decision("加倍", feel("金额 * 2"), type_ref="number", needs=["i_金额"]),
        uri=uri,
    )
    assert load(xml).evaluate("加倍", {"金额": 4}).value == 8


@pytest.mark.parametrize(
    "xml",
    ["<a/>", '<definitions xmlns="urn:x"/>', '<bpmn:x xmlns:bpmn="urn:bpmn"/>'],
)
def test_other_files_are_refused(xml: str) -> None:
    """What is no DMN is refused in plain words."""
    with pytest.raises(DmnError, match="不是 DMN"):
        load(xml)


def test_same_id_twice_is_refused() -> None:
    """The id and both lines are named."""
    xml = model(decision("甲", feel("1")), "\n", decision("甲", feel("2")))
    with pytest.raises(DmnError, match="用了两次（另一处在第 1 行）") as caught:
        load(xml)
    assert (caught.value.element_id, caught.value.line) == ("d_甲", 2)


def test_unknown_hit_policy_is_refused() -> None:
    """A hit policy that DMN does not have names its table."""
    table = Table(inputs=["x"], outputs=["y"], rules=[], policy="LAST")
    with pytest.raises(DmnError, match="LAST") as caught:
        load(model(decision("甲", str(table))))
    assert caught.value.element_id == "table"


def test_definitions_keep_everything() -> None:
    """Types, annotations, questions and places survive reading."""
    table = Table(
        inputs=["年龄"], outputs=["结论"], rules=[["<18", '"否"', "条例第六条"]], notes=["依据"]
    )
    definitions = read(
        model(
            item("t人", components=[component("姓名", "string"), component("年龄", "number")]),
            bkm("加", ["a:number", "b:number"], feel("a+b")),
            decision("甲", str(table)),
        )
    )
    assert definitions.version == "1.5"
    assert [c.name for c in definitions.items[0].components] == ["姓名", "年龄"]
    logic = definitions.knowledge[0].logic
    assert logic is not None
    assert [p.type_ref for p in logic.parameters] == ["number", "number"]
    read_table = definitions.decisions[0].logic
    assert read_table is not None
    assert read_table.rules[0].annotations == (("依据", "条例第六条"),)  # type: ignore[union-attr]


def test_prefixed_types_of_dmn_1_1() -> None:
    """``feel:number`` of DMN 1.1 is ``number``."""
    xml = model(input_data("x", "f:number"), decision("d", feel("x"), needs=["i_x"])).replace(
        "xmlns:x=", 'xmlns:f="http://www.omg.org/spec/FEEL/20140401" xmlns:x='
    )
    loaded = load(xml)
    assert loaded.problems() == []
    assert loaded.evaluate("d", {"x": "text"}).value is None
    assert loaded.evaluate("d", {"x": 1}).value == 1


def test_other_namespaces_are_ignored() -> None:
    """Extension elements and diagrams of other namespaces do not disturb."""
    logic = "<x:extension><x:literalExpression/></x:extension>" + feel("1")
    assert load(model("<x:decision/>", decision("d", logic))).evaluate("d", {}).value == 1


def test_too_many_names_are_refused() -> None:
    """A scope of thousands of names is refused before anything is compiled."""
    entries = [(f"n{i}", feel("1")) for i in range(1001)]
    with pytest.raises(DmnError, match="1001 项"):
        load(model(decision("d", context(*entries))))
    with pytest.raises(DmnError, match="依赖了 1001 个"):
        load(model(decision("d", feel("1"), needs=[f"i_{i}" for i in range(1001)])))
