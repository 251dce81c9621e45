"""See ``publish_message``."""

from engine.service.publish_message import broadcast_signal

__all__ = ["broadcast_signal"]
