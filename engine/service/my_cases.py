"""The actor's own cases, and what he has to do in them (see ``get_case``)."""

from engine.service.get_case import my_cases, my_steps

__all__ = ["my_cases", "my_steps"]
