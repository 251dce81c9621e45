"""Try a deployed decision with values of one's own: its result, the rows hit, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages import paging, words
from api.pages.admin import decision_inputs, decision_table, explained
from api.pages.admin.try_out import Faults
from api.pages.frame import Frame
from api.pages.rendering import respond
from api.pages.typed import Sent
from api.pages.visit import Administrator, administration, application
from engine import dmn
from engine.model import keys
from engine.model.errors import InvalidInput
from engine.model.problems import Problem
from engine.service.publishing.evaluate import Decided, Trial, evaluate_decision, open_trial
from engine.service.publishing.read_definitions import list_decisions

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something wrong or doubtful in the model. ``tone``: ``danger``, ``warning``, ``info``."""

    tone: str
    kind: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A rule that was hit: “命中第 5 行：……”, with the decision whose table it is in."""

    decision: str
    text: str


@dataclass(frozen=True, kw_only=True)
class TriedDecision:
    """What came of it. ``warnings``: why something is null."""

    value: explained.ValueView
    hits: tuple[Hit, ...]
    warnings: tuple[str, ...]
    why: tuple[explained.WhyStep, ...]


@dataclass(frozen=True, kw_only=True)
class OpenTrial:
    """The decision that is tried: what it reads, its tables, what was found in its model."""

    key: str
    name: str
    decision_id: str
    question: str
    description: str
    versions: tuple[paging.Choice, ...]
    fields: tuple[decision_inputs.InputField, ...]
    tables: tuple[decision_table.TableView, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class TryDecisionPage:
    """``trial``: None until a decision is chosen."""

    template: ClassVar[str] = "admin/try_decision.html"

    frame: Frame
    decisions: tuple[paging.Choice, ...]
    trial: OpenTrial | None
    problems: tuple[words.Trouble, ...]
    result: TriedDecision | None


def findings(model: dmn.Model) -> tuple[Finding, ...]:
    """What the analysis of the model tells, the gravest first."""
    kinds = {
        dmn.Severity.ERROR: ("danger", _("错误")),
        dmn.Severity.WARNING: ("warning", _("提醒")),
        dmn.Severity.INFO: ("info", _("说明")),
    }
    ranks = list(kinds)
    problems = sorted(model.problems(), key=lambda problem: ranks.index(problem.severity))
    return tuple(
        Finding(
            tone=kinds[problem.severity][0], kind=kinds[problem.severity][1], text=problem.message
        )
        for problem in problems
    )


def tried(decided: Decided) -> TriedDecision:
    """The result as the page shows it."""
    result = decided.result
    return TriedDecision(
        value=explained.value(result.value),
        hits=tuple(
            Hit(decision=rule.decision_name, text=rule.text) for rule in result.matched_rules
        ),
        warnings=tuple(dict.fromkeys(result.warnings)),
        why=explained.elements(result.explanation),
    )


def opened(
    trial: Trial,
    texts: Mapping[str, str] | None,
    errors: Mapping[str, str],
    result: dmn.Result | None,
) -> OpenTrial:
    """The decision with what was typed (None: nothing yet), and where the tables were hit."""
    decision = trial.model.decisions[trial.decision.decision_id]
    return OpenTrial(
        key=str(trial.decision.key),
        name=trial.decision.name,
        decision_id=trial.decision.decision_id,
        question=decision.question,
        description=decision.description,
        versions=tuple(
            paging.Choice(
                value=str(version.key),
                label=f"v{version.version}" + (_("（现行）") if n == 0 else ""),
                chosen=version.key == trial.decision.key,
            )
            for n, version in enumerate(trial.versions)
        ),
        fields=decision_inputs.fields(trial.questions, texts, errors),
        tables=decision_table.tables(trial.model, trial.decision.decision_id, result),
        findings=findings(trial.model),
    )


def view(
    request: Request,
    session: PageSession,
    trial: Trial | None,
    *,
    texts: Mapping[str, str] | None = None,
    faults: Sequence[Problem] = (),
    decided: Decided | None = None,
) -> TryDecisionPage:
    """The page, with what came of the last try."""
    app, actor = application(request), session.actor
    latest = trial.versions[0].key if trial else None
    listed = [("", _("请选择"))] + [
        (str(decision.key), decision.name or decision.decision_id)
        for decision in list_decisions(app, actor)
    ]
    errors = {problem.element_id: problem.message for problem in reversed(faults)}
    ids = decision_inputs.ids(trial.questions) if trial else {}
    return TryDecisionPage(
        frame=administration(request, session, title=_("试算决策"), side="try-out"),
        decisions=paging.choices(listed, str(latest) if latest else ""),
        trial=opened(trial, texts, errors, decided.result if decided else None) if trial else None,
        problems=words.troubles(faults, ids),
        result=tried(decided) if decided else None,
    )


@router.get("/admin/try-out/decision")
def show(
    request: Request,
    session: Administrator,
    key: str = "",
) -> Response:
    """Choose a decision, or give values to the one chosen."""
    trial = None
    if key:
        trial = open_trial(application(request), session.actor, key=keys.parse(key))
    return respond(request, view(request, session, trial))


@router.post("/admin/try-out/decision")
def evaluate(
    request: Request,
    session: Administrator,
    sent: Sent,
) -> Response:
    """Evaluate; nothing is kept."""
    app, actor = application(request), session.actor
    if not sent.first("key"):
        return respond(request, view(request, session, None), status=422)
    trial = open_trial(app, actor, key=keys.parse(sent.first("key")))
    texts, faults = decision_inputs.typed_texts(trial.questions, sent), Faults()
    given: dict[str, Any] = decision_inputs.given(app, actor, trial.questions, texts, faults)
    decided = None
    if not faults.found:
        try:
            decided = evaluate_decision(app, actor, key=trial.decision.key, variables=given)
        except InvalidInput as refused:
            faults.found.extend(refused.problems)
    page = view(request, session, trial, texts=texts, faults=faults.found, decided=decided)
    return respond(request, page, status=422 if faults.found else 200)
