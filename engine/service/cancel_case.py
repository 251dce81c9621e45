"""See ``end_case``."""

from engine.service.end_case import cancel_case

__all__ = ["cancel_case"]
