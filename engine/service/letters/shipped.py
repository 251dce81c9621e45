"""The templates that come with banshi: JSON files beside the forms of their service."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from engine.feel import Registry
from engine.model.actor import SYSTEM
from engine.model.letters import Template, TemplateState
from engine.model.problems import Problem
from engine.service.app import App
from engine.service.letters.templates import template_problems
from engine.storage import letter_templates

SUFFIX = ".letter"
_SINCE = date(2020, 1, 1)


def read_template(content: bytes) -> Template:
    """A template file; ``body`` is a list of paragraphs there. Raises ValueError, TypeError."""
    read = json.loads(content)
    return Template(**{**read, "body": "\n".join(read["body"])})


def seed_templates(app: App, paths: Iterable[Path]) -> int:
    """Publish those of which there is no version yet; returns how many."""
    count = 0
    with app.database.unit_of_work() as work:
        for path in paths:
            template = read_template(path.read_bytes())
            if letter_templates.versions(work, template.id):
                continue
            problems = template_problems(template, app.functions)
            if problems:
                raise ValueError(f"{path.name}: {_listed(problems)}")
            made = letter_templates.propose(
                work,
                template,
                effective_from=_SINCE,
                note="随系统提供",
                by=SYSTEM,
                now=app.now(),
            )
            letter_templates.decide(
                work, made.key, state=TemplateState.PUBLISHED, by=SYSTEM, now=app.now()
            )
            count += 1
        work.commit()
    return count


def check_template(content: bytes, functions: Registry) -> tuple[Problem, ...]:
    """What is wrong with a template file."""
    return template_problems(read_template(content), functions)


def _listed(problems: tuple[Problem, ...]) -> str:
    return "；".join(f"{problem.element_id}: {problem.message}" for problem in problems)
