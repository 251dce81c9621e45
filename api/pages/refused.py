"""Why something was refused, in the words of a page."""

from __future__ import annotations

from engine.model.errors import BanshiError, Forbidden, InvalidInput


def why(refused: BanshiError) -> str:
    """What is wrong with what was sent, else the reason, else the whole message."""
    if isinstance(refused, InvalidInput) and refused.problems:
        return " ".join(problem.message for problem in refused.problems)
    if isinstance(refused, Forbidden) and refused.reason:
        return refused.reason
    return refused.message
