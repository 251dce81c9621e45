"""Every page at both widths: no violation of WCAG 2.2 AA that axe-core finds, nothing cut off."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from engine.model.records import ResourceKind
from engine.service.drafts import open_draft
from engine.service.read_definitions import list_definitions
from tests.browser.conftest import AXE, Site
from tests.driver import Case
from tests.filled import filled

WIDTHS = (1280, 390)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

#: Whose page, and where; ``{case}``, ``{task}`` … are filled in from the seeded cases.
PAGES = {
    "log-in": (None, "/login"),
    "hall": ("zuzhi", "/"),
    "apply": ("zuzhi", "/services/venture-grants"),
    "cases": ("zuzhi", "/cases"),
    "case": ("zuzhi", "/cases/{case}"),
    "receipt": ("zuzhi", "/cases/{case}/receipt"),
    "supplement": ("zuzhi", "/tasks/{supplement}"),
    "inbox": ("cishan", "/tasks"),
    "claimable": ("cishan", "/tasks?view=claimable"),
    "done": ("cishan", "/tasks?view=done"),
    "task": ("cishan", "/tasks/{task}"),
    "handled": ("cishan", "/tasks/{handled}"),
    "notices": ("zuzhi", "/notices"),
    "profile": ("cishan", "/profile"),
    "not-found": ("cishan", "/cases/1"),
    "forbidden": ("qunzhong", "/admin/people"),
    "services": ("guanli", "/admin/services"),
    "service": ("guanli", "/admin/services/venture-grants"),
    "publications": ("guanli", "/admin/publications"),
    "new": ("guanli", "/admin/new/bpmn"),
    "forms": ("guanli", "/admin/forms"),
    "decisions": ("guanli", "/admin/decisions"),
    "instances": ("guanli", "/admin/instances"),
    "incidents": ("guanli", "/admin/incidents"),
    "people": ("guanli", "/admin/people"),
    "person": ("guanli", "/admin/people/{person}"),
    "units": ("guanli", "/admin/units"),
    "calendar": ("guanli", "/admin/calendar"),
}


def filed(site: Site, title: str) -> Case:
    form = filled("venture-application", projectName=title)
    return site.driver.start("venture-grants", as_="zuzhi", form=form)


@pytest.fixture
def seeded(site: Site) -> dict[str, str]:
    """Cases at several points; the keys that the addresses need."""
    waiting = filed(site, "乡村互助养老小院")
    returned = filed(site, "困境儿童周末陪伴计划")
    handled = returned.task_for("formal-review", "cishan").key
    returned.complete(
        "formal-review",
        as_="cishan",
        outcome="return",
        reasonCode="materials",
        missing="请补充项目团队证明。",
        opinion="材料不齐。",
    )
    guanli = site.driver.person("guanli")
    first = list_definitions(site.app, guanli).items[0]
    open_draft(site.app, guanli, kind=ResourceKind.BPMN, definition_key=first.key)
    return {
        "case": str(returned.key),
        "task": str(waiting.task_for("formal-review", "cishan").key),
        "supplement": str(returned.task_for("supplement", "zuzhi").key),
        "handled": str(handled),
        "person": str(site.driver.person("cunju").key),
    }


def violations(page: Page) -> list[str]:
    """What axe finds, one line per rule and element."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", RULES
    )
    return [
        f"{rule['id']}: {node['target']} {node.get('failureSummary', '')}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.browser
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_are_accessible(site: Site, seeded: dict[str, str], width: int) -> None:
    """given every page with something on it, when it is drawn at a width, then axe finds nothing
    and it does not scroll sideways."""
    found: dict[str, list[str]] = {}
    windows: dict[str | None, Page] = {}
    for name, (who, address) in PAGES.items():
        path = address.format(**seeded)
        if who not in windows:
            windows[who] = site.open(who, path, width)
        else:
            windows[who].goto(path)
        page = windows[who]
        if page.locator("[data-bpmn-viewer]").count():
            page.locator(".diagram-canvas svg").first.wait_for()
        problems = violations(page)
        sideways = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if sideways > 0:
            problems.append(f"scrolls sideways by {sideways} px")
        if problems:
            found[name] = problems
    assert found == {}


@pytest.mark.browser
@pytest.mark.parametrize("width", WIDTHS)
def test_the_editor_is_framed_accessibly(site: Site, seeded: dict[str, str], width: int) -> None:
    """given the editor of a diagram, when it has loaded, then what surrounds it has no violation."""
    page = site.open("guanli", "/admin/publications", width)
    page.locator(".row-title").first.click()
    page.locator(".workbench").wait_for()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("tags => axe.run({exclude: ['.workbench']}, {runOnly: tags})", RULES)
    assert [rule["id"] for rule in found["violations"]] == []
