"""The templates that come with banshi: JSON files beside the forms of their service."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from engine.feel import Registry
from engine.model.actor import SYSTEM
from engine.model.letters import Template, TemplateState, TemplateVersion
from engine.model.problems import Problem
from engine.service.app import App
from engine.service.letters.templates import template_problems
from engine.storage.database import UnitOfWork
from engine.storage.papers import letter_templates

SUFFIX = ".letter"
_SINCE = date(2020, 1, 1)


def read_template(content: bytes) -> Template:
    """A template file; ``body`` is a list of paragraphs there. Raises ValueError, TypeError."""
    read = json.loads(content)
    return Template(**{**read, "body": "\n".join(read["body"])})


def seed_templates(app: App, paths: Iterable[Path]) -> int:
    """Publish those of which there is no version yet; returns how many."""
    with app.database.unit_of_work() as work:
        count = 0
        for template in _read_all(app, paths):
            if not letter_templates.versions(work, template.id):
                _publish(app, work, template, since=_SINCE, note="随系统提供")
                count += 1
        work.commit()
    return count


def deploy_templates(app: App, paths: Iterable[Path]) -> tuple[TemplateVersion, ...]:
    """Put files into force from today on, as the command line may; what is unchanged stays as it is.

    Raises :class:`ValueError` where any of them could not be used; then none is put into force.
    """
    today = app.local_now().date()
    made = []
    with app.database.unit_of_work() as work:
        for template in _read_all(app, paths):
            before = letter_templates.in_force(work, template.id, today)
            if before is None or before.template != template:
                made.append(_publish(app, work, template, since=today, note="由命令行部署"))
        work.commit()
    return tuple(made)


def _read_all(app: App, paths: Iterable[Path]) -> list[Template]:
    found = []
    for path in paths:
        try:
            template = read_template(path.read_bytes())
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{path.name}: 不是文书模板文件（{error}）") from error
        problems = template_problems(template, app.functions)
        if problems:
            raise ValueError(f"{path.name}: {_listed(problems)}")
        found.append(template)
    return found


def _publish(
    app: App, work: UnitOfWork, template: Template, *, since: date, note: str
) -> TemplateVersion:
    made = letter_templates.propose(
        work, template, effective_from=since, note=note, by=SYSTEM, now=app.now()
    )
    letter_templates.decide(work, made.key, state=TemplateState.PUBLISHED, by=SYSTEM, now=app.now())
    return made


def check_template(content: bytes, functions: Registry) -> tuple[Problem, ...]:
    """What is wrong with a template file."""
    try:
        template = read_template(content)
    except (ValueError, TypeError, KeyError) as error:
        return (Problem(rule="letter", message=f"不是文书模板文件：{error}"),)
    return template_problems(template, functions)


def known_templates(paths: Sequence[Path]) -> frozenset[str]:
    """The ids of the templates in these files, as far as they can be read."""
    found: set[str] = set()
    for path in paths:
        try:
            found.add(read_template(path.read_bytes()).id)
        except (ValueError, TypeError, KeyError):
            continue  # what is wrong with it is told where it is checked itself
    return frozenset(found)


def _listed(problems: tuple[Problem, ...]) -> str:
    return "；".join(f"{problem.element_id}: {problem.message}" for problem in problems)
