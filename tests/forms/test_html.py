"""What browsers send: names of rows, empty texts, boxes, the buttons that need no scripts."""

from __future__ import annotations

from typing import Any

import pytest

from engine.forms import RowAction
from tests.forms.building import choices, context, field, form, group, rows, text

found = form(
    text("title"),
    group(text("phone"), path="contact"),
    field("checkbox", "agreed"),
    field("checklist", "topics", values=choices("a", "b", "c")),
    field("radio", "kind", values=choices("a", "b")),
    field("filepicker", "files", multiple=True),
    rows("budget", text("item"), field("checkbox", "paid"), rows("parts", text("name"))),
    rows("fixed", text("x"), allowAddRemove=False),
)


def read(*pairs: tuple[str, object]) -> dict[str, Any]:
    return found.from_html(pairs)


def test_names_are_paths() -> None:
    assert read(
        ("title", "  项目 "),
        ("contact.phone", "1"),
        ("agreed", "true"),
        ("topics", "a"),
        ("topics", "c"),
        ("topics", ""),
        ("kind", "b"),
        ("files", "k1"),
        ("files", "k2"),
        ("budget.0", ""),
        ("budget.0.item", "课酬"),
        ("budget.0.parts.0.name", "x"),
    ) == {
        "title": "  项目 ",
        "contact": {"phone": "1"},
        "agreed": True,
        "topics": ["a", "c"],
        "kind": "b",
        "files": ["k1", "k2"],
        "budget": [{"item": "课酬", "parts": [{"name": "x"}]}],
    }


def test_empty_texts_are_missing_and_unticked_boxes_too() -> None:
    assert read(("title", ""), ("kind", ""), ("topics", ""), ("agreed", "false")) == {}


def test_rows_keep_their_order_whatever_their_numbers() -> None:
    rows_ = read(("budget.12.item", "c"), ("budget.2.item", "b"), ("budget.0", ""))
    assert rows_ == {"budget": [{}, {"item": "b"}, {"item": "c"}]}


def test_what_else_a_page_sends_is_left_aside() -> None:
    assert read(("csrf_token", "x"), ("act", "submit"), ("nothing.like.this", "y")) == {}
    assert read(("__file.files", "name.pdf"), ("files", object())) == {}
    assert read(("budget.__index__.item", "x")) == {"budget": []}


@pytest.mark.parametrize(
    "name",
    ["", ".", "....", "budget.-1.item", "budget.1e3.item", "budget." + "9" * 400 + ".item", "a" * 5000,
     ".".join("x" * 500), "budget.²", "title.0", "contact"],
)  # fmt: skip
def test_names_no_page_has_do_no_harm(name: str) -> None:
    submission = read((name, "x"))
    assert submission in ({}, {"budget": []})


def test_floods_are_cut_off() -> None:
    many = [(f"budget.{n}.item", "x") for n in range(60_000)]
    submission = found.from_html(many)
    assert len(submission["budget"]) == 501
    assert not found.validate(submission, context()).ok


class TestRowButtons:
    """They work without scripts: the page applies them and shows the form again."""

    typed = (("budget.0.item", "a"), ("budget.1.item", "b"), ("budget.1.parts.0.name", "n"))

    def test_add(self) -> None:
        pairs = [*self.typed, ("__add", "budget")]
        assert found.row_action(pairs) == RowAction(kind="add", path="budget")
        assert found.from_html(pairs)["budget"][2:] == [{}]
        inner = found.from_html([*self.typed, ("__add", "budget.1.parts")])
        assert inner["budget"][1]["parts"] == [{"name": "n"}, {}]
        assert found.from_html([("__add", "budget")]) == {"budget": [{}]}

    def test_remove(self) -> None:
        pairs = [*self.typed, ("__remove", "budget.0")]
        assert found.row_action(pairs) == RowAction(kind="remove", path="budget.0")
        rows_ = found.from_html(pairs)["budget"]
        assert [row["item"] for row in rows_] == ["b"]
        inner = found.from_html([*self.typed, ("__remove", "budget.1.parts.0")])
        assert inner["budget"][1]["parts"] == []

    def test_drop(self) -> None:
        pairs = [("files", "k1"), ("files", "k2"), ("__drop", "files=k1")]
        assert found.row_action(pairs) == RowAction(kind="drop", path="files", key="k1")
        assert found.from_html(pairs) == {"files": ["k2"]}

    @pytest.mark.parametrize(
        "button",
        [("__add", "title"), ("__add", "nothing"), ("__add", ""), ("__remove", "budget.9"), ("__add", "fixed"),
         ("__remove", "budget"), ("__remove", "budget.x"), ("__drop", "files=k9"), ("__drop", "title"),
         ("__add", "budget.9.parts"), ("__remove", "fixed.0")],
    )  # fmt: skip
    def test_buttons_no_page_has_change_nothing(self, button: tuple[str, str]) -> None:
        typed = [*self.typed, ("fixed.0.x", "1")]
        assert found.from_html([*typed, button]) == found.from_html(typed)

    def test_none_pressed(self) -> None:
        assert found.row_action(self.typed) is None

    def test_a_list_never_grows_beyond_bounds(self) -> None:
        many = [(f"budget.{n}.item", "x") for n in range(500)]
        assert len(found.from_html([*many, ("__add", "budget")])["budget"]) == 500
