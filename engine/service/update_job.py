"""See ``work_jobs``."""

from engine.service.work_jobs import update_job

__all__ = ["update_job"]
