"""Issue a letter: what it says is settled, numbered and sealed within the command's transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from engine.feel.values import Date
from engine.model.errors import LetterFault
from engine.model.keys import Key
from engine.model.letters import Content, Letter, masked, new_code, symbol
from engine.service import sealing
from engine.service.app import App
from engine.service.letters.writing import write
from engine.service.notifications.wording import surroundings
from engine.storage.database import UnitOfWork
from engine.storage.exchange.queue import MAKE_LETTERS
from engine.storage.instances.numbering import take_number
from engine.storage.papers import letter_templates, letters
from engine.text import tell


@dataclass(frozen=True, kw_only=True)
class Order:
    """A letter that a step asks for. ``element_key``: the stay on the step."""

    instance_key: Key
    element_key: Key
    element_id: str
    template_id: str


def issue(app: App, work: UnitOfWork, order: Order, variables: Mapping[str, Any]) -> Letter:
    """The letter, with its number; the same one where the step has it already.

    Others who issue in the same series wait until this transaction ends: numbers have no gaps.
    Raises :class:`LetterFault`.
    """
    before = letters.issued(work, order.instance_key, order.element_key, order.template_id)
    if before is not None:
        return before
    today = app.local_now().date()
    version = letter_templates.in_force(work, order.template_id, today)
    if version is None:
        raise LetterFault(template=order.template_id, reason=tell("没有正在生效的模板。"))
    template = version.template
    values = {**variables, "today": Date.from_python(today)}
    written = write(template, values, surroundings(app))
    key, content = letters.new_letter_key(work), written.content
    number = take_number(work, f"letter/{template.series}", today.year)
    issued = letters.add(
        work,
        letters.NewLetter(
            key=key,
            instance_key=order.instance_key,
            element_key=order.element_key,
            element_id=order.element_id,
            version_key=version.key,
            template_id=template.id,
            template_name=template.name,
            series=template.series,
            year=today.year,
            number=number,
            symbol=symbol(template.series, today.year, number),
            title=content.title,
            outcome=written.outcome,
            unit=content.unit,
            addressee_mask=masked(content.addressee),
            content=seal(app, key, content),
            code=new_code(),
        ),
        now=app.now(),
    )
    app.queue.defer(work, MAKE_LETTERS, [{}])
    return issued


def seal(app: App, key: Key, content: Content) -> bytes:
    text = json.dumps(asdict(content), ensure_ascii=False)
    return sealing.seal(text.encode(), key=app.secrets.data_key, context=_context(key))


def unseal(app: App, key: Key, sealed: bytes) -> Content:
    """Raises :class:`Unreadable`."""
    text = sealing.unseal(sealed, key=app.secrets.data_key, context=_context(key))
    read = json.loads(text)
    return Content(**{**read, "paragraphs": tuple(read["paragraphs"])})


def _context(key: Key) -> str:
    return f"letter:{key}"
