"""See ``work_jobs``."""

from engine.service.work_jobs import activate_jobs

__all__ = ["activate_jobs"]
