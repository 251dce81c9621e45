"""See ``publish_message``."""

from engine.service.publish_message import correlate_message

__all__ = ["correlate_message"]
