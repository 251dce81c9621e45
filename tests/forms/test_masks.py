"""Masks by type; what has none shows nothing."""

from __future__ import annotations

import pytest

from engine.forms.masks import HIDDEN, Privacy, mask


@pytest.mark.parametrize(
    ("kind", "text", "masked"),
    [
        ("resident-id", "370705195505200013", "370***********0013"),
        ("mobile", "13812345678", "138****5678"),
        ("phone", "13812345678", "******78"),
        ("phone", "05368888888", "******88"),
        ("bank-card", "6222021602000000002", "**** **** **** 0002"),
        ("bank-account", "1607001009200123456", "**** **** **** 3456"),
        ("person-name", "张三丰", "张**"),
        ("address", "潍坊市奎文区广文街道虞河社区 3 号楼", "潍坊市奎文区广文街道****"),
        ("address", "潍坊市坊子区坊城街道办", "潍坊市坊子区坊城街道****"),
        ("address", "东风东街 1 号", HIDDEN),
        ("email", "clerk@example.cn", "c****@example.cn"),
        (None, "月收入 5000", HIDDEN),
        ("money", "5,000.00", HIDDEN),
        ("resident-id", "", ""),
    ],
)
def test_masks(kind: str | None, text: str, masked: str) -> None:
    assert mask(text, kind) == masked


@pytest.mark.parametrize(
    "kind", ["resident-id", "mobile", "phone", "bank-card", "person-name", "email", "address"]
)
@pytest.mark.parametrize("text", ["1", "12", "1234", "x"])
def test_short_and_wrong_texts_are_hidden_whole(kind: str, text: str) -> None:
    """A half-typed number must not shine through its own mask."""
    shown = mask(text, kind)
    assert text not in shown or (kind == "person-name" and shown == f"{text[0]}**")


def test_classes_are_ordered() -> None:
    assert max(Privacy.L1, Privacy.L3, Privacy.L2) is Privacy.L3
