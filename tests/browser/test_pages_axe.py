"""Every page at both widths: no violation of WCAG 2.2 AA that axe-core finds, nothing cut off."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Page

from engine.model.actor import SYSTEM
from engine.model.batches import BatchKind
from engine.model.definitions import ResourceKind
from engine.model.search import Condition
from engine.service.administration.batches import suspend_batch
from engine.service.administration.start_batch import Order, start_batch
from engine.service.archive.disposal import propose_disposal
from engine.service.archive.legal_hold import place_hold
from engine.service.cases.end_case import cancel_case
from engine.service.privacy.unmask import unmask
from engine.service.publishing.deploy import Resource, deploy
from engine.service.publishing.drafts import open_draft
from engine.service.publishing.read_definitions import (
    definition_xml,
    list_definitions,
    list_versions,
)
from tests.browser.conftest import AXE, Site
from tests.driver import Case
from tests.filled import filled

WIDTHS = (1280, 390)
#: Current links of rows that scroll sideways, if the reader does not see them.
OUT_OF_SIGHT = """[...document.querySelectorAll('.side, .top-nav, .tabs')]
  .map(row => row.querySelector('[aria-current=page]')).filter(Boolean)
  .filter(link => { const at = link.getBoundingClientRect();
    return at.left < -1 || at.right > document.documentElement.clientWidth + 1; })
  .map(link => link.textContent.trim())"""
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
    "started": ("zuzhi", "/tasks?view=started"),
    "copies": ("cishan", "/tasks?view=copies"),
    "filtered": ("cishan", "/tasks?view=todo&process=venture-grants&unit=weifang&q=互助"),
    "saved-filters": ("cishan", "/tasks/filters"),
    "together": ("cishan", "/tasks/batch?act=complete&key={task}&key={handled}"),
    "task": ("cishan", "/tasks/{task}"),
    "handled": ("cishan", "/tasks/{handled}"),
    "notices": ("zuzhi", "/notices"),
    "profile": ("cishan", "/profile"),
    "phrases": ("cishan", "/profile/phrases"),
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
    "managed": ("guanli", "/admin/instances/{case}"),
    "variables": ("guanli", "/admin/instances/{case}/variables"),
    "moved": ("guanli", "/admin/instances/{case}/move?way=add&target=formal-review"),
    "migrated": ("guanli", "/admin/instances/{case}/migrate?version={definition}"),
    "many-migrated": ("guanli", "/admin/services/venture-grants/migrate?to={older}"),
    "batches": ("guanli", "/admin/batches"),
    "batch": ("guanli", "/admin/batches/{batch}"),
    "new-batch": ("guanli", "/admin/new-batch?kind=suspend&process=venture-grants"),
    "masked": ("cishan", "/cases/{case}"),
    "verify-record": (None, "/verify-record"),
    "unmaskings": ("guanli", "/admin/unmaskings"),
    "disposals": ("guanli", "/admin/disposals"),
    "disposal-list": ("guanli", "/admin/disposals/{disposal}"),
    "people": ("guanli", "/admin/people"),
    "person": ("guanli", "/admin/people/{person}"),
    "units": ("guanli", "/admin/units"),
    "calendar": ("guanli", "/admin/calendar"),
}


def filed(site: Site, title: str) -> Case:
    form = filled("venture-application", projectName=title)
    return site.driver.start("venture-grants", as_="zuzhi", form=form)


def operated(site: Site) -> dict[str, str]:
    """Another version of a service, and a batch over its cases."""
    guanli = site.driver.person("guanli")
    xml = definition_xml(
        site.app, guanli, key=list_versions(site.app, guanli, process_id="venture-grants")[0].key
    )
    changed = xml.replace('name="形式审查"', 'name="形式审查（复核）"', 1)
    resource = Resource(name="venture-grants.bpmn", content=changed.encode())
    deploy(site.app, SYSTEM, resources=[resource])
    versions = list_versions(site.app, guanli, process_id="venture-grants")
    batch = start_batch(
        site.app,
        guanli,
        order=Order(kind=BatchKind.SUSPEND),
        conditions=(Condition(field="processDefinitionId", value="venture-grants"),),
        reason="核查",
        selection="全部资助申请",
    )
    suspend_batch(site.app, guanli, key=batch)
    return {
        "definition": str(versions[0].key),
        "older": str(versions[-1].key),
        "batch": str(batch),
    }


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
        "disposal": disposal(site),
        **operated(site),
    }


def disposal(site: Site) -> str:
    """A case ended long ago, on a list, another one held; and somebody looked at it in clear."""
    guanli, clerk = site.driver.person("guanli"), site.driver.person("cishan")
    ended, held = filed(site, "到期的项目"), filed(site, "涉诉的项目")
    for case in (ended, held):
        cancel_case(site.app, guanli, key=case.key, reason="重复申请")
    place_hold(site.app, guanli, key=held.key, reason="行政诉讼未结")
    unmask(site.app, clerk, key=held.key, purpose="核实身份", note="核对联系人")
    later = site.app.now() + timedelta(days=366 * 11)
    (key,) = propose_disposal(replace(site.app, clock=lambda: later))
    return str(key)


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
        hidden = page.evaluate(OUT_OF_SIGHT)
        if hidden:
            problems.append(f"does not show where one is: {hidden}")
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
