"""Business rule tasks: the decision is taken, and what held is told (DMN through ``engine.dmn``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import dmn, feel
from engine.dmn.wording import value_text
from engine.model import effects
from engine.runtime.bindings import plain
from engine.runtime.expressions import as_text
from engine.runtime.faults import Fault

if TYPE_CHECKING:
    from engine.runtime.run import Run
    from engine.runtime.scope import Instance


def decide(run: Run, instance: Instance) -> Any:
    """Evaluate the called decision over what its element can see."""
    called = instance.node.decision
    assert called is not None  # noqa: S101 - business rule tasks only
    chain = run.chain_of(instance)
    name = as_text(run.value(called.decision_id, chain)) or ""
    decision_id = plain(name)
    model = run.bundle.decisions.get(name)
    if model is None:
        raise Fault(
            "CALLED_DECISION_ERROR",
            f"决策“{decision_id}”不存在或尚未部署。请部署该决策，或改正决策编号后重试。",
        )
    seen = {**run.environment.parameters, **run.variables.visible(chain)}
    decision = model.decisions.get(decision_id)
    names = [f.name for f in decision.inputs] if decision is not None else []
    try:
        result = model.evaluate(decision_id, seen, clock=run.environment.clock)
    except (dmn.DmnError, feel.FeelError, TypeError, ValueError) as error:
        raise Fault("CALLED_DECISION_ERROR", f"决策“{decision_id}”无法计算：{error}") from None
    run.emit(
        effects.DecisionEvaluated(
            element_key=instance.key,
            element_id=instance.node.id,
            decision_id=decision_id,
            inputs={name: seen.get(name) for name in names},
            output=result.value,
            matched=tuple(_matched(rule) for rule in result.matched_rules),
        )
    )
    return result.value


def _matched(rule: dmn.MatchedRule) -> effects.MatchedRule:
    return effects.MatchedRule(
        decision_id=rule.decision_id,
        decision_name=rule.decision_name,
        index=rule.index,
        rule_id=rule.rule_id,
        inputs={label: _simple(value) for label, value in rule.tested},
        outputs=dict(rule.outputs),
        annotation=rule.remark,
    )


def _simple(value: Any) -> Any:
    """What a column held, as the journal keeps it for each row: never the whole of a long list."""
    if isinstance(value, feel.FeelFunction):
        return value_text(value)[:200]
    if isinstance(value, list | dict):
        text = value_text(value) if len(value) <= 20 else ""
        return text[:200] or f"{len(value)} 项"
    return value
