"""Does a case get slower with its age or its width? In the service, on the database.

A loop with a return in it: the 10th step beside the 1,000th, and the bytes of its snapshot. Many
tokens at once: completing one of 1,000 parallel instances beside one of 10.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from engine.model.keys import Key
from engine.service.complete_task import complete_task
from engine.service.start_case import start_case
from tests.benchmarks.place import Place, line, place
from tests.service import diagrams

STEPS, AROUND = 1000, 20

#: Review, supplement, review … : each round goes back to where it came from.
RETURNED = diagrams.process(
    "returned",
    diagrams.start(),
    diagrams.user_task("review", "审查", groups="clerk@weifang"),
    '<bpmn:exclusiveGateway id="decided" default="decided-supplement"/>',
    diagrams.user_task("supplement", "补正", groups="clerk@weifang"),
    diagrams.end("done", "办结"),
    diagrams.flow("start", "review"),
    diagrams.flow("review", "decided"),
    diagrams.flow("decided", "supplement"),
    diagrams.flow("decided", "done", 'outcome = "approve"'),
    diagrams.flow("supplement", "review"),
)

MANY = diagrams.process(
    "many",
    diagrams.start(),
    diagrams.user_task(
        "score",
        "评分",
        groups="clerk@weifang",
        inside='<bpmn:multiInstanceLoopCharacteristics isSequential="false">'
        + diagrams.extension(
            '<zeebe:loopCharacteristics inputCollection="=items" inputElement="item" '
            'outputCollection="scores" outputElement="=item"/>'
        )
        + "</bpmn:multiInstanceLoopCharacteristics>",
    ),
    diagrams.end("done"),
    diagrams.flow("start", "score"),
    diagrams.flow("score", "done"),
)


def main() -> None:
    with place() as at:
        diagrams.put(at.app, RETURNED, MANY)
        with_age(at)
        with_width(at)


def with_age(at: Place) -> None:
    case = start_case(at.app, at.world.zhangsan, process_id="returned", submission={}).key
    spent = [
        _milliseconds(lambda: complete(at, open_task(at, case))) for _ in range(STEPS + AROUND)
    ]
    tenth = statistics.median(spent[10 : 10 + AROUND])
    thousandth = statistics.median(spent[STEPS - AROUND // 2 : STEPS + AROUND // 2])
    line("completion, about the 10th step of a case", tenth, "ms")
    line("completion, about the 1,000th step of the same case", thousandth, "ms")
    line("  ratio", thousandth / tenth, "×", aim="≤ 1.2")
    with at.app.database.unit_of_work() as work:
        row = work.hot(
            "select octet_length(snapshot) from scope where instance_key = %s", [case]
        ).fetchone()
    line("its snapshot after 1,000 steps", row[0], "bytes")


def with_width(at: Place) -> None:
    narrow, wide = of_so_many(at, 10), of_so_many(at, 1000)
    line("completion of one of 10 parallel instances", narrow, "ms")
    line("completion of one of 1,000 parallel instances", wide, "ms")
    line("  ratio", wide / narrow, "×", aim="≤ 3")


def of_so_many(at: Place, count: int) -> float:
    """The median over the first half of the instances of several cases."""
    spent: list[float] = []
    while len(spent) < 40:
        begun = time.perf_counter()
        submission = {"items": list(range(count))}
        case = start_case(at.app, at.world.zhangsan, process_id="many", submission=submission).key
        if not spent:
            took = time.perf_counter() - begun
            line(f"start with {count:,} parallel instances", took * 1000, "ms")
        with at.app.database.unit_of_work() as work:
            rows = work.hot(
                """select key from user_task where instance_key = %s and state = 'CREATED'
                   order by key limit %s""",
                [case, min(count // 2, 40)],
            ).fetchall()
        spent += [_milliseconds(lambda key=row[0]: complete(at, Key(key))) for row in rows]
    return statistics.median(spent[5:])


def complete(at: Place, task: Key) -> None:
    complete_task(at.app, at.world.lisi, key=task, submission={"outcome": "return"})


def open_task(at: Place, case: Key) -> Key:
    with at.app.database.unit_of_work() as work:
        row = work.hot(
            "select key from user_task where instance_key = %s and state = 'CREATED'", [case]
        ).fetchone()
    return Key(row[0])


def _milliseconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    main()
