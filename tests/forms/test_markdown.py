"""The Markdown of forms: what it makes, and what it leaves as text."""

from __future__ import annotations

import pytest

from engine.forms.markdown import Block, Span, parse, safe_href, spans


def plain(text: str) -> Span:
    return Span(kind="text", text=text)


def test_blocks() -> None:
    text = "# 题\n第一段\n第二行\n\n- 一\n* 二\n\n1. 甲\n2、乙\n\n> 引\n> 文\n\n---\n尾"
    kinds = [(block.kind, len(block.items)) for block in parse(text)]
    assert kinds == [
        ("heading", 1),
        ("paragraph", 1),
        ("list", 2),
        ("ordered", 2),
        ("quote", 1),
        ("rule", 0),
        ("paragraph", 1),
    ]
    assert parse("### 小题") == (Block(kind="heading", level=3, items=((plain("小题"),),)),)


def test_a_list_item_may_go_on_in_the_next_line() -> None:
    (block,) = parse("- 一\n  续\n- 二")
    assert block.items[0] == (plain("一"), Span(kind="break"), plain("续"))


def test_spans() -> None:
    assert spans("请**如实**填*写*，见 `A1` [办法](https://x.cn/a)") == (
        plain("请"),
        Span(kind="strong", text="如实"),
        plain("填"),
        Span(kind="emphasis", text="写"),
        plain("，见 "),
        Span(kind="code", text="A1"),
        plain(" "),
        Span(kind="link", text="办法", href="https://x.cn/a"),
    )


@pytest.mark.parametrize(
    "text", ["2 * 3 * 4", "a_b_c", "<b>粗</b>", "&lt;", "**", "[x]", "[x]()", "* "]
)
def test_what_is_no_markup_stays_text(text: str) -> None:
    assert (
        "".join(span.text for block in parse(text) for line in block.items for span in line)
        == text.strip()
    )


@pytest.mark.parametrize(
    "href", ["https://x.cn", "http://x.cn", "mailto:a@x.cn", "tel:12345", "/rule", "#top"]
)
def test_links_that_lead_somewhere(href: str) -> None:
    assert safe_href(href)


@pytest.mark.parametrize(
    "href",
    ["javascript:alert(1)", "JaVaScRiPt:x", "data:text/html,x", "//evil.example", "/\\evil.example", "vbscript:x",
     " https://x", "https://x y", 'https://x"onclick', "file:///etc/passwd", "x"],
)  # fmt: skip
def test_links_that_are_left_as_text(href: str) -> None:
    assert not safe_href(href)
    assert all(span.kind in ("text", "break") for span in spans(f"[点我]({href})"))


def test_long_and_odd_texts_end_quickly() -> None:
    for text in (
        "*" * 20_000,
        "[" * 20_000,
        "`a" * 10_000,
        "**a" * 7_000,
        "- " * 9_000,
        "> " * 9_000,
    ):
        assert parse(text)
