"""``python -m tests.benchmarks [NAME…]``: all figures in one run, each with its aim where it has one.

A figure is the median of many calls; those that are compared take turns, so that their ratio
holds on a busy machine too.
"""

from __future__ import annotations

import importlib
import pkgutil
import platform
import sys
import time
import warnings

import tests.benchmarks


def main(wanted: list[str]) -> int:
    warnings.simplefilter("ignore")
    names = sorted(
        module.name
        for module in pkgutil.iter_modules(tests.benchmarks.__path__)
        if module.name.startswith("bench_")
    )
    unknown = [name for name in wanted if f"bench_{name}" not in names]
    if unknown:
        print(f"没有这样的测量：{'、'.join(unknown)}；可用：{'、'.join(n[6:] for n in names)}")
        return 2
    print(f"Python {platform.python_version()}, {platform.machine()}, {_cores()} cores")
    begun = time.perf_counter()
    for name in names:
        if not wanted or name[6:] in wanted:
            print(f"\n== {name[6:]}", flush=True)
            started = time.perf_counter()
            module = importlib.import_module(f"tests.benchmarks.{name}")
            (getattr(module, "run", None) or module.main)()
            print(f"   ({time.perf_counter() - started:.0f} s)", flush=True)
    print(f"\n{time.perf_counter() - begun:.0f} s in all")
    return 0


def _cores() -> int:
    import os  # noqa: PLC0415 - used once

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
