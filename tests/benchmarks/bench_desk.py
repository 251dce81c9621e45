"""The inbox page and the task page over HTTP, under 50 people acting at once, on an empty system and
on a hundred thousand open tasks: p95, and the ratio of the two.

Each person looks at his inbox, opens a task of it, claims it or completes it, and thinks for a
moment, as people do; what is measured is how long he waits for a page.
"""

from __future__ import annotations

import asyncio
import random
import re
import statistics
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import urlencode

import httpx2

from api.auth import ACCESS_COOKIE
from engine.model.actor import SYSTEM
from engine.service.access import tokens
from engine.service.app import App
from engine.service.cases.start_case import start_case
from engine.service.identity.units import create_role, create_unit
from engine.storage.identity import sessions
from tests.benchmarks.place import Place, line, place, served, settle
from tests.service import diagrams
from tests.world import add_person

PEOPLE = 50
OPEN_TASKS = 100_000
#: The two systems take turns: so many times each, for so many seconds, of which the first ones are
#: not counted.
BLOCKS, RUN, WARM = 2, 7.0, 2.0
#: Seconds that a person looks at a page before the next one.
THINKS = (0.6, 1.8)
GROUPS = 40
#: Cases that are really started, so that their tasks can be completed.
LIVE = 150

#: As ``place.ROUND``, due on the next working day, so that its tasks are among the first of a list.
DESK = diagrams.process(
    "desk",
    diagrams.start(),
    diagrams.user_task("work", "办理", deadline="1", deadlineUnit="working-day"),
    '<bpmn:exclusiveGateway id="again" default="again-work"/>',
    diagrams.end("done", "办结"),
    diagrams.flow("start", "work"),
    diagrams.flow("work", "again"),
    diagrams.flow("again", "work"),
    diagrams.flow("again", "done", 'outcome = "end"'),
    lanes=(("clerk", "city", ("work",)),),
    series="ZM",
)

#: Open tasks over 40 roles and 12 units; one in a hundred is overdue. They can be looked at, and are
#: not completed: their cases have no position.
_FILL = """
with made as (
    select n, n::bigint * 4194304 as instance, n::bigint * 4194304 + 1 as task,
        'desk-' || n %% 40 as role, 'place-' || (n / 40) %% 12 as unit,
        now() + case when n %% 97 = 0 then (n %% 1000) * interval '-1 minute'
            else interval '4 days' + (n * 7919 %% 36000) * interval '1 minute' end as due
    from generate_series(%(first)s::bigint, %(last)s::bigint) as n),
live as (select definition_key, bundle_key from instance where process_id = 'desk' limit 1),
instances as (
    insert into instance (key, definition_key, bundle_key, process_id, number, title, search, state,
        applicant_key, applicant, applicant_name, unit, started_at, journal_digest)
    select instance, definition_key, bundle_key, 'desk', 'X-' || n, '申请 ' || n, 'x-' || n, 'ACTIVE',
        10 + task / 4194304 %% 50000, 'nobody', '某人', 'weifang', now(), '' from made, live),
tasks as (
    insert into user_task (instance_key, key, scope_key, process_id, element_id, name, state,
        candidate_groups, candidate_users, priority, created_at, due_at, headers, properties)
    select instance, task, instance, 'desk', 'work', '办理', 'CREATED',
        array[role || '@' || unit], '{}', 50, now(), due, '{}', '{}' from made)
insert into task_candidate (instance_key, task_key, role, unit, process_id, due_at)
select instance, task, role, unit, 'desk', due from made"""


#: A task of the list, with its case's number.
_ROW = re.compile(r'class="row-title" href="/tasks/(\d+)".*?class="mono">([^<]*)<', re.DOTALL)


@dataclass
class Waited:
    """How long people waited, in seconds, by what they asked for."""

    by: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: int = 0

    def p95(self, what: str) -> float:
        return statistics.quantiles(self.by[what], n=20)[18] * 1000

    def median(self, what: str) -> float:
        return statistics.median(self.by[what]) * 1000


def main() -> None:
    with place() as few, place() as many:
        crowds = [(prepared(few), Waited()), (prepared(many, filled=True), Waited())]
        with served(few, 1) as first, served(many, 1) as second:
            for _ in range(BLOCKS):
                for port, (people, waited) in zip((first, second), crowds, strict=True):
                    asyncio.run(act(port, people, waited))
    (_, empty), (_, full) = crowds
    for what, name in (("inbox", "inbox page"), ("task", "task page")):
        for waited, when in ((empty, "empty system"), (full, f"{OPEN_TASKS:,} open tasks")):
            line(f"{name}, p95 of {PEOPLE} people at once: {when}", waited.p95(what), "ms")
            line(f"  median, of {len(waited.by[what]):,}", waited.median(what), "ms")
        line("  ratio of the p95", full.p95(what) / empty.p95(what), "×", aim="≤ 2")
    for waited, when in ((empty, "empty"), (full, "full")):
        pages = sum(map(len, waited.by.values()))
        line(f"  requests per second, {when}", pages / (BLOCKS * (RUN - WARM)), "/s")
        line(f"  failed, {when}", waited.failed, "", aim="0")


def prepared(at: Place, *, filled: bool = False) -> list[str]:
    """The tokens of those who work there."""
    people = furnish(at)
    diagrams.put(at.app, DESK)
    start(at)
    if filled:
        fill(at)
    settle(at, "vacuum analyze", "checkpoint")
    return people


def furnish(at: Place) -> list[str]:
    """Fifty clerks, each with the role that the live cases need and five groups beside it; their
    tokens."""
    app = at.app
    for n in range(GROUPS):
        create_role(app, SYSTEM, key=f"desk-{n}", name=f"岗位 {n}", level="county")
    for n in range(12):
        create_unit(
            app, SYSTEM, key=f"place-{n}", name=f"单位 {n}", level="county", parent="weifang"
        )
    return [_token(app, n) for n in range(PEOPLE)]


def _token(app: App, n: int) -> str:
    """Of somebody with an open session; without a password, whose check would take the longest."""
    groups = [f"desk-{(n + k) % GROUPS}@place-{k}" for k in range(5)]
    actor = add_person(app, f"clerk{n}", f"经办 {n}", "clerk@weifang", *groups)
    now = app.now()
    ends_at = now + timedelta(hours=1)
    with app.database.unit_of_work() as work:
        session = sessions.open_session(
            work, person=actor.key, now=now, expires_at=ends_at, address="127.0.0.1"
        )
        work.commit()
    token, _ = tokens.issue(app, replace(actor, session=session))
    return token


def start(at: Place) -> None:
    """Cases whose tasks can be completed, again and again."""
    for n in range(LIVE):
        start_case(at.app, at.world.zhangsan, process_id="desk", submission={"n": n})


def fill(at: Place) -> None:
    with at.app.database.unit_of_work() as work:
        work.hot("set local statement_timeout = 0")
        work.hot("set local synchronous_commit = off")
        work.hot(_FILL, {"first": 1_000_001, "last": 1_000_000 + OPEN_TASKS})
        work.commit()


async def act(port: int, people: list[str], waited: Waited) -> None:
    """All of them at once, for a bounded time."""
    until = time.perf_counter() + RUN
    counted_from = time.perf_counter() + WARM
    limits = httpx2.Limits(max_connections=PEOPLE, max_keepalive_connections=PEOPLE)
    async with httpx2.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", limits=limits, timeout=20, trust_env=False
    ) as client:
        working = (
            _Person(client, token, waited, random.Random(n), until, counted_from).work()
            for n, token in enumerate(people)
        )
        await asyncio.gather(*working)


@dataclass
class _Person:
    client: httpx2.AsyncClient
    token: str
    waited: Waited
    chance: random.Random
    until: float
    counted_from: float

    async def work(self) -> None:
        await asyncio.sleep(self.chance.uniform(0, THINKS[1]))
        while time.perf_counter() < self.until:
            page = await self._get("inbox", "/tasks?view=todo")
            await self._think()
            listed = _ROW.findall(page)
            if not listed:
                raise RuntimeError("nothing to do")
            key, number = self.chance.choice(listed)
            page = await self._get("task", f"/tasks/{key}")
            await self._think()
            if number.startswith("ZM") and 'id="task-form"' in page and self.chance.random() < 0.7:
                await self._complete(key, page)
                await self._think()

    async def _get(self, what: str, path: str) -> str:
        begun = time.perf_counter()
        answer = await self.client.get(path, headers=self._headers)
        self._note(what, begun, answer)
        return answer.text

    async def _complete(self, key: str, page: str) -> None:
        secret = page.split('name="csrf-token" content="')[1].split('"', maxsplit=1)[0]
        sent = urlencode({"csrf_token": secret, "process_id": "desk", "then": "inbox"})
        begun = time.perf_counter()
        answer = await self.client.post(
            f"/tasks/{key}",
            content=sent,
            headers={**self._headers, "Content-Type": "application/x-www-form-urlencoded"},
        )
        self._note("complete", begun, answer)

    def _note(self, what: str, begun: float, answer: httpx2.Response) -> None:
        ended = time.perf_counter()
        if (answer.status_code >= 400 and what != "complete") or answer.status_code >= 500:
            self.waited.failed += 1
        elif begun >= self.counted_from:
            self.waited.by[what].append(ended - begun)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Cookie": f"{ACCESS_COOKIE}={self.token}"}

    async def _think(self) -> None:
        left = max(0.0, self.until - time.perf_counter())
        await asyncio.sleep(min(self.chance.uniform(*THINKS), left))


if __name__ == "__main__":
    main()
