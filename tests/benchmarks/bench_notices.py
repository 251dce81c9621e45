"""Telling people: what an announcement costs a completion, how many are worked out a second, what
the look for deadlines costs with many open tasks; and a letter's number and its PDF."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

import psycopg

from engine.config import Settings
from engine.model.actor import SYSTEM
from engine.model.letters import Content, Template, TemplateState
from engine.model.notifications import Announcement, NoticeKind
from engine.service import stepping
from engine.service.letters.issuing import Order, issue
from engine.service.letters.typesetting import Sheet, typeset
from engine.service.notifications.fan_out import fan_out
from engine.service.notifications.reminding import remind
from engine.service.tasks.complete_task import complete_task
from engine.storage.database import next_key
from engine.storage.notifications import announcements
from engine.storage.papers import letter_templates
from tests.benchmarks.bench_inbox import fill
from tests.benchmarks.place import Place, in_turn, line, place, timed
from tests.world import add_person

CALLS = 200
CROWD = 20
FEW, MANY = 10_000, 100_000
#: All tasks of the inbox's figures are due between March 2025 and January 2027.
LATE = datetime(2025, 12, 1, tzinfo=UTC)


def main() -> None:
    with place() as at:
        completion(at)
        working_out(at)
        letters(at)
    with place() as at:
        deadlines(at)


def completion(at: Place) -> None:
    """The same completion with what it announces and without."""
    told, silent = (iter(at.cases(CALLS + 20)) for _ in range(2))
    submission = {"outcome": "go"}

    ordinary = stepping.announcements_of

    def without() -> None:
        stepping.announcements_of = lambda *_, **__: []
        complete_task(at.app, at.world.lisi, key=next(silent), submission=submission)
        stepping.announcements_of = ordinary

    found = in_turn(
        {
            "silent": without,
            "told": lambda: complete_task(
                at.app, at.world.lisi, key=next(told), submission=submission
            ),
        },
        CALLS,
    )
    line("completion that announces nothing", found["silent"], "ms")
    line("completion that announces the next task", found["told"], "ms")
    line("  ratio", found["told"] / found["silent"], "×", aim="≤ 1.05")


def working_out(at: Place) -> None:
    """Announcements for a role that many people hold, to notices for each of them."""
    for number in range(CROWD - 2):
        add_person(at.app, f"clerk-{number}", "经办", "clerk@weifang")
    fan_out(at.app, limit=10_000)
    at.cases(CALLS)
    begun = time.perf_counter()
    taken = fan_out(at.app, limit=10_000)
    spent = time.perf_counter() - begun
    line("announcements worked out, each for 2 people", taken / spent, "/s")
    with at.app.database.unit_of_work() as work:
        (keys,) = work.hot(
            "select array_agg(key) from (select key from user_task where state = 'CREATED' limit %s)",
            [CALLS],
        ).fetchone()
        people = tuple(
            row[0]
            for row in work.hot("select key from person where username like 'clerk%%'").fetchall()
        )
        announcements.add(
            work,
            [
                Announcement(
                    kind=NoticeKind.TASK_URGED,
                    instance_key=key - key % 4194304,
                    task_key=key,
                    people=people,
                )
                for key in keys
            ],
            now=at.app.now(),
        )
        work.commit()
    begun = time.perf_counter()
    taken = fan_out(at.app, limit=10_000)
    line(
        f"announcements worked out, each for {len(people)} people",
        taken / (time.perf_counter() - begun),
        "/s",
    )


def letters(at: Place) -> None:
    template = Template(
        id="bench",
        name="决定书",
        series="潍民测",
        title="关于《{= title }》的决定",
        outcome="同意",
        addressee="{= name }",
        body="\n".join(["决定资助{= amount in words(amount) }，自{= today }起执行。"] * 6),
        remedy="不服的，可以自收到之日起六十日内申请行政复议。",
        unit="潍坊市民政局",
    )
    with at.app.database.unit_of_work() as work:
        made = letter_templates.propose(
            work, template, effective_from=date(2020, 1, 1), note="", by=SYSTEM, now=at.app.now()
        )
        letter_templates.decide(
            work, made.key, state=TemplateState.PUBLISHED, by=SYSTEM, now=at.app.now()
        )
        work.commit()
    values = {"title": "读书会", "name": "张三", "amount": 3060}

    def one() -> None:
        with at.app.database.unit_of_work() as work:
            key = next_key(work)
            order = Order(instance_key=key, element_key=key, element_id="x", template_id="bench")
            issue(at.app, work, order, values)
            work.commit()

    line("a letter issued: template, number, seal, commit", timed(one, 100), "ms")
    sheet = Sheet(
        content=Content(
            title="关于《读书会》的决定",
            addressee="张三",
            paragraphs=("决定资助叁仟零陆拾元整，自2025年3月3日起执行。",) * 6,
            remedy=template.remedy,
            unit=template.unit,
        ),
        symbol="潍民测〔2025〕1号",
        code="0" * 20,
        issued_at=datetime(2025, 3, 3, tzinfo=UTC),
    )
    settings = Settings(home=at.home, database_url="")
    line("its PDF/A with QR code", timed(lambda: typeset(settings, sheet), 30), "ms")
    line("  size", len(typeset(settings, sheet)) / 1024, "KB")


def deadlines(at: Place) -> None:
    """The round that finds what is overdue, when all that is has been told of already."""
    app = at.app
    figures = {}
    for count, first, last in (
        (FEW, FEW * 100 + 1, FEW * 101),
        (MANY, FEW * 101 + 1, FEW * 100 + MANY),
    ):
        fill(at, first, last)
        begun = time.perf_counter()
        while remind(app, limit=10_000, thorough=True):
            pass
        spent = time.perf_counter() - begun
        with psycopg.connect(app.database.conninfo, autocommit=True) as connection:
            connection.execute("vacuum analyze task_reminder")
            (told,) = connection.execute("select count(*) from task_reminder").fetchone() or (0,)
        figures[count] = timed(lambda: remind(app), 15, warm=2)
        line(f"{told:,} overdue of {count:,} open tasks told of for the first time", spent, "s")
        line(f"the look for deadlines afterwards, {count:,} open tasks", figures[count], "ms")
        thorough = timed(lambda: remind(app, thorough=True), 5, warm=1)
        line("  the hourly one, at all that are overdue", thorough, "ms")
    line("  ratio", figures[MANY] / figures[FEW], "×", aim="≤ 2")


if __name__ == "__main__":
    main()
