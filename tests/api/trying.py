"""How tests go about the pages on which expressions and decisions are tried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.model.actor import SYSTEM
from engine.model.definitions import Resource
from engine.service.app import App
from engine.service.publishing.deploy import deploy
from tests.api.browsing import Browser

DECISION = "/admin/try-out/decision#result"


EXPRESSION = "/admin/try-out#result"


def texts(browser: Browser, path: str) -> list[str]:
    return [" ".join(found.text_content().split()) for found in browser.page.xpath(path)]


def outcome(browser: Browser) -> list[str]:
    """The value and what it is."""
    return texts(browser, "//*[@id='result']//*[@class='outcome']/*")


def tried(
    browser: Browser, expression: str, *variables: tuple[str, str], json: str = ""
) -> Browser:
    """Open the page and try the expression; as many rows as there are variables are sent."""
    fields: dict[str, Any] = {"expression": expression, "json": json}
    for number, (name, value) in enumerate(variables):
        fields |= {f"variables[{number}].name": name, f"variables[{number}].value": value}
    return browser.visit("/admin/try-out").send(EXPRESSION, fields)


def put(app: App, xml: str, name: str = "tried.dmn") -> str:
    """Deploy a decision; the key of its latest version."""
    done = deploy(app, SYSTEM, resources=[Resource(name=name, content=xml.encode())])
    return str(done.decisions[0].key)


def opened(browser: Browser, key: str) -> Browser:
    return browser.visit(f"/admin/try-out/decision?key={key}")


def control(browser: Browser, label: str) -> Any:
    """The control of the input with this label."""
    (found,) = browser.page.xpath(
        "//label[contains(@class,'form-label')][starts-with(normalize-space(.), $label)]",
        label=label,
    )
    return browser.page.get_element_by_id(found.get("for"))


def filled(browser: Browser, **inputs: str) -> Browser:
    return browser.send(DECISION, {control(browser, k).get("name"): v for k, v in inputs.items()})


def marked(browser: Browser) -> Sequence[str]:
    """Of each table, the numbers of the rows that are marked as hit."""
    return [
        "、".join(text.removeprefix("命中：") for text in texts_in(table))
        for table in browser.page.xpath("//table[@class='rules']")
    ]


def texts_in(table: Any) -> list[str]:
    rows = table.xpath(".//tr[@class='rule-hit']/th")
    return ["".join(row.text_content().split()) for row in rows]
