"""Speed of decision tables: ``python -m tests.benchmarks.bench_dmn``."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from decimal import Decimal

from engine.dmn import Model, load
from tests.dmn.build import Column, Table, decision, input_data, model

ROUNDS = 3
CALLS = 4000


def fifty_rules(policy: str) -> Model:
    """A table of 50 rules over four inputs: amounts, scores, a category and a flag."""
    categories = ["低保", "特困", "低边", "其他", "优抚"]
    rules = []
    for row in range(50):
        amount, category = row // 5, categories[row % 5]
        cells = [
            f"[{amount * 1000}..{(amount + 1) * 1000})",
            ">= 60" if row % 2 else "[0..100]",
            f'"{category}"',
            "-" if row % 3 else "true, false",
        ]
        rules.append([*cells, f'"第{row}档"', f"{row} * 10 + 1", "办法第八条"])
    table = Table(
        inputs=[
            Column(text="amount", label="金额", type_ref="number"),
            Column(text="score", label="评分", type_ref="number"),
            Column(text="category", label="类别", type_ref="string"),
            Column(text="urgent", label="紧急", type_ref="boolean"),
        ],
        outputs=[Column(text="档次", type_ref="string"), Column(text="补助", type_ref="number")],
        rules=rules,
        policy=policy,
        notes=["依据"],
    )
    names = [("amount", "number"), ("score", "number"), ("category", "string")]
    inputs = [input_data(n, kind) for n, kind in [*names, ("urgent", "boolean")]]
    needs = [f"i_{n}" for n in ("amount", "score", "category", "urgent")]
    return load(model(*inputs, decision("补助档次", str(table), needs=needs)))


def per_second(
    call: Callable[[Mapping[str, object]], object], inputs: list[dict[str, object]]
) -> float:
    """The best of some rounds, calls per second."""
    best = 0.0
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for turn in range(CALLS):
            call(inputs[turn % len(inputs)])
        best = max(best, CALLS / (time.perf_counter() - start))
    return best


def main() -> None:
    """Print evaluations per second."""
    categories = ["低保", "特困", "低边", "其他", "优抚"]
    inputs: list[dict[str, object]] = [
        {
            "amount": Decimal(i * 997 % 10_000),
            "score": Decimal(60 + i % 40),
            "category": categories[i % 5],
            "urgent": i % 2 == 0,
        }
        for i in range(97)
    ]
    for policy in ("UNIQUE", "FIRST", "COLLECT"):
        table = fifty_rules(policy)
        rate = per_second(lambda given, t=table: t.evaluate("补助档次", given), inputs)
        print(
            f"dmn: 50 rules x 4 inputs, {policy:<8} {rate:>10,.0f} evaluations/s  (aim >= 10,000)"
        )
    start = time.perf_counter()
    found = fifty_rules("UNIQUE").problems()
    print(
        f"dmn: load and analyse 50 rules      {(time.perf_counter() - start) * 1000:>10.1f} ms, {len(found)} problems"
    )


if __name__ == "__main__":
    main()
