"""Does an internal job: lease it, run its handler, complete it, all but the lease in one transaction."""

from __future__ import annotations

import logging
from datetime import timedelta

from engine.model.actor import SYSTEM
from engine.model.commands import ThrowError
from engine.model.errors import BanshiError
from engine.model.keys import Key
from engine.model.records import Job
from engine.model.states import JobState
from engine.service.app import App
from engine.service.exchange.handlers import BpmnFault, Call, Denied, JobFault
from engine.service.exchange.leased_job import finish, hold
from engine.service.exchange.work_jobs import ListenerResult, completion, fail_job
from engine.service.papers import forms
from engine.service.tasks.complete_task import visible
from engine.storage.exchange import jobs
from engine.text import tell

_log = logging.getLogger(__name__)

#: How long a worker has; a killed one's job is opened again after this.
LEASE = timedelta(minutes=2)

#: The wait before the first repeat; it doubles with each.
FIRST_BACK_OFF = timedelta(seconds=5)
LONGEST_BACK_OFF = timedelta(hours=1)


def run_job(app: App, key: Key) -> bool:
    """Whether the job was there to be done. A failure is recorded, never raised."""
    now = app.now()
    with app.database.unit_of_work() as work:
        job = jobs.lease_job(work, key, worker="banshi", now=now, deadline=now + LEASE)
        work.commit()
    if job is None:
        return False
    try:
        _do(app, job)
    except JobFault as fault:
        _failed(app, job, str(fault))
    except BanshiError as fault:
        _failed(app, job, fault.message)
    except Exception as fault:  # noqa: BLE001 - a handler may fail in any way
        _log.exception("job %s (%s) failed", job.key, job.type)
        _failed(
            app,
            job,
            tell("办理系统任务时出错：{kind}: {fault}", kind=type(fault).__name__, fault=fault),
        )
    return True


def _do(app: App, job: Job) -> None:
    handler = app.handlers.get(job.type)
    if handler is None:
        raise JobFault(tell("没有办理“{kind}”的程序。", kind=job.type))
    with app.database.unit_of_work() as work:
        at = hold(app, work, SYSTEM, job.key)
        call = Call(
            app=app,
            work=work,
            head=at.locked.head,
            job=at.job,
            headers=job.headers,
            variables=visible(at.locked),
            now=at.now,
        )
        try:
            values = forms.unchecked(handler(call)).variables
        except Denied as denial:
            result = ListenerResult(denied=True, reason=denial.reason)
            finish(at, completion(at.job, {}, result), JobState.COMPLETED)
        except BpmnFault as fault:
            if at.job.element_key is not None:
                raise JobFault(tell("监听器不能抛出业务错误“{code}”。", code=fault.code)) from fault
            finish(
                at,
                ThrowError(element_key=job.key, code=fault.code, message=fault.message),
                JobState.ERROR_THROWN,
            )
        else:
            finish(at, completion(at.job, values), JobState.COMPLETED)
        work.commit()


def _failed(app: App, job: Job, message: str) -> None:
    """One retry less, after a growing wait; the lease may have run out meanwhile."""
    try:
        fail_job(
            app,
            SYSTEM,
            key=job.key,
            retries=max(job.retries - 1, 0),
            back_off=min(FIRST_BACK_OFF * 2 ** min(10, max(0, 3 - job.retries)), LONGEST_BACK_OFF),
            message=message,
        )
    except BanshiError as late:
        _log.warning("the failure of job %s could not be recorded: %s", job.key, late.message)
