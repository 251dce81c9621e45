"""Setting a letter: what a wall clock says, to the microsecond, is a fit moment."""

from __future__ import annotations

from datetime import timedelta

from engine.config import Settings
from engine.model.letters import Content
from engine.service.letters.typesetting import Sheet, typeset
from tests.conftest import SettableClock

CONTENT = Content(
    title="准予决定书",
    addressee="某中心",
    paragraphs=("经审查，予以资助。",),
    remedy="",
    unit="潍坊市民政局",
)


def test_a_moment_between_two_seconds(settings: Settings, clock: SettableClock) -> None:
    on_the_second = Sheet(content=CONTENT, symbol="〔2025〕1号", code="2" * 16, issued_at=clock())
    later = clock() + timedelta(microseconds=654_321)
    between = Sheet(content=CONTENT, symbol="〔2025〕1号", code="2" * 16, issued_at=later)

    assert typeset(settings, between) == typeset(settings, on_the_second)
