"""See ``work_jobs``."""

from engine.service.work_jobs import fail_job

__all__ = ["fail_job"]
