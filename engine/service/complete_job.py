"""See ``work_jobs``."""

from engine.service.work_jobs import complete_job

__all__ = ["complete_job"]
