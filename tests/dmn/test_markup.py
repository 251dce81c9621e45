"""The XML reader: what it refuses, and that it knows where things stand."""

from __future__ import annotations

import pytest

from engine.dmn import DmnError
from engine.dmn.markup import MAX_DEPTH, MAX_ELEMENTS, read_markup


def test_lines_and_namespaces() -> None:
    """Elements keep line, namespace and the prefixes in force."""
    root = read_markup('<a xmlns="urn:a" xmlns:p="urn:p">\n<b id="x" p:q="1">text</b>\n</a>')
    child = root.first("b")
    assert child is not None
    assert (child.line, child.namespace, child.id) == (2, "urn:a", "x")
    assert child.attributes["{urn:p}q"] == "1"
    assert child.prefixes["p"] == "urn:p"
    assert child.text == "text"


@pytest.mark.parametrize(
    "xml",
    [
        '<!DOCTYPE a [<!ENTITY e "boom">]><a>&e;</a>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1/x">%p;]><a/>',
        "<!DOCTYPE a><a/>",
    ],
)
def test_doctype_is_refused(xml: str) -> None:
    """No DTD, inner or outer, whatever is in it."""
    with pytest.raises(DmnError, match="DTD") as caught:
        read_markup(xml)
    assert caught.value.line == 1


def test_undeclared_entity_is_refused() -> None:
    """An entity nobody declared is no XML."""
    with pytest.raises(DmnError, match="XML"):
        read_markup("<a>&unknown;</a>")


def test_depth_is_bounded() -> None:
    """Deep nesting ends in a message, not in a stack overflow."""
    deep = "<a>" * (MAX_DEPTH + 1) + "</a>" * (MAX_DEPTH + 1)
    with pytest.raises(DmnError, match="嵌套"):
        read_markup(deep)


def test_size_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many bytes or elements are refused."""
    with pytest.raises(DmnError, match="元素超过"):
        read_markup("<a>" + "<b/>" * MAX_ELEMENTS + "</a>")
    monkeypatch.setattr("engine.dmn.markup.MAX_BYTES", 10)
    with pytest.raises(DmnError, match="太大"):
        read_markup("<abcdefghij/>")


@pytest.mark.parametrize(
    "xml", ["", "   ", "<a>", "<a></b>", "plain", b"\xff\xfe\x00", "<a>\ud800</a>"]
)
def test_broken_text_is_refused(xml: str | bytes) -> None:
    """Whatever is no XML is a DmnError."""
    with pytest.raises(DmnError):
        read_markup(xml)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb2312", "iso-8859-1"])
def test_encodings(encoding: str) -> None:
    """Bytes are read by their declaration; an encoding expat cannot read is a DmnError."""
    text = "名" if encoding in {"utf-8", "utf-16"} else "x"
    data = f'<?xml version="1.0" encoding="{encoding}"?><a>{text}</a>'.encode(encoding)
    if encoding == "gb2312":
        with pytest.raises(DmnError):
            read_markup(data)
    else:
        assert read_markup(data).text == text
