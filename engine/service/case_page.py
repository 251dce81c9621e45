"""Everything that a case's page shows, in one go and few queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.forms import Privacy
from engine.model.actor import Actor
from engine.model.case_rules import CaseFacts
from engine.model.errors import NotFound
from engine.model.execution import Locked
from engine.model.keys import Key
from engine.model.permissions import Action, may
from engine.model.records import Document, Instance, UserTask, Visit
from engine.model.states import DocumentPurpose, VisitState
from engine.model.verdict import Verdict
from engine.service import entries, forms
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.service.case_access import viewer
from engine.service.get_case import load_case
from engine.service.get_task import lit_all
from engine.service.pages import CasePage, OpenForm
from engine.service.standing import case_facts
from engine.storage import cases, documents, records, tasks
from engine.storage.database import UnitOfWork
from engine.storage.locking import look

#: What a page offers, by the name under which the pages know it.
CASE_ACTIONS: Mapping[str, Action] = {
    "withdraw": Action.WITHDRAW_CASE,
    "cancel": Action.CANCEL_CASE,
    "change": Action.CHANGE_CASE,
}


def case_page(app: App, actor: Actor, *, key: Key) -> CasePage:
    """Raises NotFound, also where the case is none of the actor's business."""
    with app.database.unit_of_work() as work:
        found = look(work, instance_key=key, element_key=key, actor=actor, now=app.now())
        applicant = found.head.applicant_key == actor.key
        handles = cases.handles(work, viewer(actor), key)
        if not may(actor, Action.READ_CASE, CaseFacts(applicant=applicant, takes_part=handles)):
            raise NotFound(what="事项", key=str(key))
        return CaseView(app=app, work=work, actor=actor, found=found, handles=handles).page()


@dataclass(frozen=True, kw_only=True)
class CaseView:
    """A case as one actor looks at it; ``handles``: has, had or may take a task of it.

    ``to_name``: usernames whose names the caller will want as well (the directory keeps them).
    """

    app: App
    work: UnitOfWork
    actor: Actor
    found: Locked
    handles: bool
    to_name: frozenset[str] = frozenset()

    @property
    def insider(self) -> bool:
        """Reads opinions and automatic decisions: whoever handles the case, and administrators."""
        own = self.found.head.applicant_key == self.actor.key
        return self.actor.administrator or (self.handles and not own)

    @property
    def pinned(self) -> Pinned:
        return self.app.bundles.of_instance(self.work, self.found.head.bundle_key)

    @property
    def root_variables(self) -> Mapping[str, Any]:
        return self.found.state.variables.get(self.found.head.key, {})

    def masked(self) -> frozenset[Privacy]:
        """Who neither filed nor handles the case sees sensitive data masked."""
        own = self.found.head.applicant_key == self.actor.key
        return frozenset() if own or self.handles else forms.SENSITIVE

    def page(self) -> CasePage:
        """The page's parts; eight queries and what the start form looks up."""
        key = self.found.head.key
        written = records.journal(self.work, key)
        names = self.app.directory.names(self.work, entries.people(written) | self.to_name)
        visits, troubled = records.visits(self.work, key)
        open_tasks = lit_all(self.app, tasks.open_tasks_of(self.work, key))
        filed = self.readable(documents.of_instance(self.work, key))
        allowed, refusals = self.actions()
        return CasePage(
            instance=self.case(),
            tasks=open_tasks,
            visible_tasks=frozenset(t.key for t in open_tasks if self.may_open(t)),
            entries=entries.entries(
                written,
                self.pinned,
                viewer=self.actor.key,
                insider=self.insider,
                names=names,
            ),
            submitted=self.submitted(filed),
            documents=filed,
            decisions=entries.decisions(written, self.pinned) if self.insider else (),
            active_elements=_elements(visits, VisitState.ACTIVE),
            completed_elements=_elements(visits, VisitState.COMPLETED),
            incident_elements=tuple(sorted(troubled)),
            taken_flows=tuple(dict.fromkeys(v.flow_id for v in visits if v.flow_id)),
            allowed_actions=allowed,
            refusals=refusals,
        )

    def readable(self, filed: tuple[Document, ...]) -> tuple[Document, ...]:
        """What goes with comments and signatures is for insiders."""
        material = DocumentPurpose.MATERIAL
        return tuple(d for d in filed if self.insider or d.purpose is material)

    def case(self) -> Instance:
        return load_case(self.app, self.work, self.found.head.key)

    def may_open(self, task: UserTask) -> bool:
        """Whether the actor may open the task's own page."""
        own = task.assignee is not None and task.assignee == self.actor.username
        return own or self.insider

    def submitted(self, filed: tuple[Document, ...]) -> OpenForm | None:
        form_key = self.pinned.forms.get(self.pinned.process.start_form or "")
        variables = self.root_variables
        if form_key is None or not variables:
            return None
        return forms.open_form(
            self.app,
            self.work,
            self.actor,
            form_key,
            variables=variables,
            instance_key=self.found.head.key,
            masked=self.masked(),
            documents=filed,
        )

    def actions(self) -> tuple[frozenset[str], dict[str, str]]:
        facts = case_facts(self.actor, self.found)
        return verdicts({n: may(self.actor, a, facts) for n, a in CASE_ACTIONS.items()})


def verdicts(found: Mapping[str, Verdict]) -> tuple[frozenset[str], dict[str, str]]:
    """What is allowed, and why the rest is not."""
    allowed = frozenset(name for name, verdict in found.items() if verdict)
    return allowed, {name: verdict.reason for name, verdict in found.items() if not verdict}


def _elements(visits: tuple[Visit, ...], state: VisitState) -> tuple[str, ...]:
    return tuple(dict.fromkeys(visit.element_id for visit in visits if visit.state is state))
