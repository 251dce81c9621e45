"""Why something was refused, in the words of a page."""

from __future__ import annotations

from engine.model.errors import BanshiError, Forbidden, InvalidInput
from engine.text import several


def why(refused: BanshiError) -> str:
    """What is wrong with what was sent, else the reason, else the whole message."""
    if isinstance(refused, InvalidInput) and refused.problems:
        return several((problem.message for problem in refused.problems), " ")
    if isinstance(refused, Forbidden) and refused.reason:
        return refused.reason
    return refused.message
