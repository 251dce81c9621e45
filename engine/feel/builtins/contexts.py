"""Context functions (DMN 1.5, 10.3.4.10, table 81)."""

from __future__ import annotations

from engine.feel.builtins.registry import builtin
from engine.feel.run import Run
from engine.feel.values import Value


@builtin("get value", "m: context, key: string")
def get_value(_run: Run, context: dict[str, Value], key: str) -> Value:
    """get value(m, key), DMN 1.5, table 81."""
    return context.get(key)


@builtin("get entries", "m: context")
def get_entries(run: Run, context: dict[str, Value]) -> Value:
    """get entries(m), DMN 1.5, table 81."""
    run.budget.items(len(context) * 3)
    return [{"key": key, "value": value} for key, value in context.items()]


@builtin("context", "entries: list")
def context_of(run: Run, entries: list[Value]) -> Value:
    """context(entries), DMN 1.5, table 81: null if an entry lacks its key or value, or a key comes twice."""
    run.budget.items(len(entries))
    result: dict[str, Value] = {}
    for entry in entries:
        if type(entry) is not dict or "value" not in entry or type(entry.get("key")) is not str:
            return run.warn("context 的每一项都必须有 key（文本）和 value")
        if entry["key"] in result:
            return run.warn(f"context 里有两个“{entry['key']}”")
        result[entry["key"]] = entry["value"]
    return result


@builtin("context put", "context: context, key: string, value: any")
def context_put(run: Run, context: dict[str, Value], key: str, value: Value) -> Value:
    """context put(context, key, value), DMN 1.5, table 81 (a)."""
    run.budget.items(len(context) + 1)
    return {**context, key: value}


@builtin("context put", "context: context, keys: list, value: any")
def context_put_deep(run: Run, context: dict[str, Value], keys: list[Value], value: Value) -> Value:
    """context put(context, keys, value), DMN 1.5, table 81 (b): null where a key leads to no context."""
    if not keys or any(type(key) is not str for key in keys):
        return run.warn("context put 的键必须是文本的非空列表")
    path = [context]
    for key in keys[:-1]:
        inner = path[-1].get(key)
        if type(inner) is not dict:
            return run.warn(f"context put：“{key}”之下不是上下文")
        path.append(inner)
    result = value
    for level, key in zip(reversed(path), reversed(keys), strict=True):
        run.budget.items(len(level) + 1)
        result = {**level, key: result}
    return result


@builtin("context merge", "contexts: list")
def context_merge(run: Run, contexts: list[Value]) -> Value:
    """context merge(contexts), DMN 1.5, table 81."""
    result: dict[str, Value] = {}
    for context in contexts:
        if type(context) is not dict:
            return run.warn("context merge 的列表里有不是上下文的项")
        result.update(context)
        run.budget.items(len(context))
    return result
