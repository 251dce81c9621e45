"""The actor's own cases (see ``get_case``)."""

from engine.service.get_case import my_cases

__all__ = ["my_cases"]
