"""Does a case get slower with its age or its width? In the service, on the database.

A loop with a return in it: the 10th step beside the 1,000th, and the bytes of its snapshot. Many
tokens at once: completing one of 1,000 parallel instances beside one of 10.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from engine.model.keys import Key
from engine.service.cases.start_case import start_case
from engine.service.tasks.complete_task import complete_task
from tests.benchmarks.place import Place, in_turn, line, place
from tests.service import diagrams

STEPS, FEW, CALLS = 1000, 10, 60

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
    """One case at its 1,000th step and after, in turn with others at about their 10th."""
    old = started(at)
    for _ in range(STEPS):
        complete(at, open_task(at, old))
    young = iter([started(at) for _ in range(CALLS // 4 + 8)])
    age = {"case": next(young), "steps": 0}

    def young_step() -> None:
        if age["steps"] > FEW + 2:
            age.update(case=next(young), steps=0)
        if age["steps"] == 0:
            for _ in range(FEW):
                complete(at, open_task(at, age["case"]))
            age["steps"] = FEW
        age["steps"] += 1
        spent["young"].append(_milliseconds(lambda: complete(at, open_task(at, age["case"]))))

    spent: dict[str, list[float]] = {"young": [], "old": []}
    for _ in range(CALLS):
        young_step()
        spent["old"].append(_milliseconds(lambda: complete(at, open_task(at, old))))
    tenth, thousandth = statistics.median(spent["young"]), statistics.median(spent["old"])
    line("completion, about the 10th step of a case", tenth, "ms")
    line("completion, about the 1,000th step of a case", thousandth, "ms")
    line("  ratio", thousandth / tenth, "×", aim="≤ 1.2")
    with at.app.database.unit_of_work() as work:
        row = work.hot(
            "select octet_length(snapshot) from scope where instance_key = %s", [old]
        ).fetchone()
    line("its snapshot after 1,000 steps", row[0], "bytes")


def started(at: Place) -> Key:
    return start_case(at.app, at.world.zhangsan, process_id="returned", submission={}).key


def with_width(at: Place) -> None:
    """Inner instances of cases with 10 and of one with 1,000, in turn."""
    narrow = iter([task for _ in range(CALLS // 5 + 1) for task in of_so_many(at, 10)[:5]])
    begun = time.perf_counter()
    wide = iter(of_so_many(at, 1000))
    line("start with 1,000 parallel instances", (time.perf_counter() - begun) * 1000, "ms")
    found = in_turn(
        {
            "narrow": lambda: complete(at, next(narrow)),
            "wide": lambda: complete(at, next(wide)),
        },
        CALLS - 10,
        warm=5,
    )
    line("completion of one of 10 parallel instances", found["narrow"], "ms")
    line("completion of one of 1,000 parallel instances", found["wide"], "ms")
    line("  ratio", found["wide"] / found["narrow"], "×", aim="≤ 3")


def of_so_many(at: Place, count: int) -> list[Key]:
    """The open tasks of a new case with so many parallel instances."""
    submission = {"items": list(range(count))}
    case = start_case(at.app, at.world.zhangsan, process_id="many", submission=submission).key
    with at.app.database.unit_of_work() as work:
        rows = work.hot(
            """select key from user_task where instance_key = %s and state = 'CREATED'
               order by key""",
            [case],
        ).fetchall()
    return [Key(row[0]) for row in rows]


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
