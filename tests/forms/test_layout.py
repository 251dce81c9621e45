"""form-js's sixteen columns on the page's twelve."""

from __future__ import annotations

import pytest

from engine.forms.components import Separator
from engine.forms.layout import spans


@pytest.mark.parametrize(
    ("widths", "columns"),
    [
        ([None], [12]),
        ([16], [12]),
        ([8], [6]),
        ([8, 8], [6, 6]),
        ([None, None, None], [4, 4, 4]),
        ([10, None], [8, 4]),
        ([4, None, None], [3, 5, 4]),
        ([5, 5, 6], [4, 4, 4]),
        ([16, 16], [6, 6]),
        ([1] * 12, [1] * 12),
    ],
)
def test_spans(widths: list[int | None], columns: list[int]) -> None:
    assert spans([Separator(id=str(n), width=w) for n, w in enumerate(widths)]) == columns


@pytest.mark.parametrize("count", range(1, 30))
def test_a_line_is_never_wider_than_the_page(count: int) -> None:
    for width in (None, 1, 7, 16):
        found = spans([Separator(id=str(n), width=width) for n in range(count)])
        assert all(1 <= span <= 12 for span in found)
        assert count > 12 or sum(found) <= 12
