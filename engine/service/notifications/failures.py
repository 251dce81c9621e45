"""Why something could not be sent."""

from __future__ import annotations


class NotSent(Exception):
    """It did not leave; the message (Chinese) says why. ``for_good``: trying again is useless."""

    def __init__(self, message: str, *, for_good: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.for_good = for_good
