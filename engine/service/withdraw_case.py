"""See ``end_case``."""

from engine.service.end_case import withdraw_case

__all__ = ["withdraw_case"]
