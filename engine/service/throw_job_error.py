"""See ``work_jobs``."""

from engine.service.work_jobs import throw_job_error

__all__ = ["throw_job_error"]
