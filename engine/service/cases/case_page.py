"""Everything that a case's page shows, in one go and few queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from engine.forms import Kind, Veil
from engine.model import codec
from engine.model.actor import Actor
from engine.model.errors import Forbidden, NotFound
from engine.model.execution import Locked
from engine.model.keys import Key
from engine.model.letters import Content, Letter, LetterState
from engine.model.permissions import Action, may, may_start
from engine.model.privacy import UnmaskFacts
from engine.model.records import Document, Instance, UserTask, Visit
from engine.model.recusals import RECUSED
from engine.model.states import DocumentPurpose, InstanceState, VisitState
from engine.model.verdict import Verdict
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.service.cases.case_access import keep_out, viewer
from engine.service.cases.case_standing import decided, decisive, facts_of
from engine.service.cases.get_case import load_case
from engine.service.cases.pages import CasePage, CasePrivacy, OpenForm
from engine.service.cases.stages import stages
from engine.service.clock.case_clock import case_clock, clock_verdicts
from engine.service.clock.clock_turns import STOPS
from engine.service.history import entries
from engine.service.letters.issuing import unseal
from engine.service.papers import forms
from engine.service.privacy.sight import Sight, sight, veil
from engine.service.privacy.veiling import (
    veiled_decisions,
    veiled_documents,
    veiled_entries,
)
from engine.service.publishing.read_definitions import read_diagram
from engine.service.standing import case_facts
from engine.service.tasks.get_task import lit_all
from engine.service.tasks.outcome_words import outcome_word
from engine.storage.commands.locking import look
from engine.storage.database import UnitOfWork
from engine.storage.history import privacy, records
from engine.storage.history.privacy import Glance, Standing
from engine.storage.history.records import Written
from engine.storage.instances import cases
from engine.storage.instances.attached import Attached, attached
from engine.storage.instances.cases import Relation
from engine.storage.papers import documents, letters
from engine.storage.worklists import tasks
from engine.storage.worklists.tasks import Viewer
from engine.text import tell

_RUNNING = (InstanceState.ACTIVE, InstanceState.SUSPENDED)

#: What a page offers, by the name under which the pages know it.
CASE_ACTIONS: Mapping[str, Action] = {
    "withdraw": Action.WITHDRAW_CASE,
    "urge": Action.URGE_CASE,
    "cancel": Action.CANCEL_CASE,
    "change": Action.CHANGE_CASE,
}


def case_page(app: App, actor: Actor, *, key: Key) -> CasePage:
    """Raises NotFound, also where the case is none of the actor's business."""
    with app.database.unit_of_work() as work:
        view, related = _opened(app, work, actor, key)
        return view.own_page(related)


def case_diagram(app: App, actor: Actor, *, key: Key) -> str:
    """The diagram in the version that the case runs on. Raises as ``case_page`` does."""
    with app.database.unit_of_work() as work:
        view, _ = _opened(app, work, actor, key)
        return read_diagram(work, actor, view.found.head.definition_key)


def _opened(app: App, work: UnitOfWork, actor: Actor, key: Key) -> tuple[CaseView, Relation]:
    """The case for whoever may read it, and what he has to do with it; three queries."""
    found = look(work, instance_key=key, element_key=key, actor=actor, now=app.now())
    keep_out(work, actor, key, what=tell("事项"), recused=actor.natural in found.head.barred)
    # in his own case nobody acts for somebody else
    sees = viewer(work, actor, alone=found.head.applicant_key == actor.key)
    related = cases.relation(work, sees, key)
    facts = replace(case_facts(actor, found), takes_part=related.handles, copied=related.copied)
    if not may(actor, Action.READ_CASE, facts):
        if facts.recused:
            raise Forbidden(action=Action.READ_CASE.value, reason=RECUSED)
        raise NotFound(what=tell("事项"), key=str(key))
    view = CaseView(
        app=app,
        work=work,
        actor=actor,
        found=found,
        handles=related.handles,
        copied=related.copied,
        sees=sees,
    )
    return view, related


@dataclass(frozen=True, kw_only=True)
class CaseView:
    """A case as one actor looks at it; ``handles``: has, had or may take a task of it;
    ``copied``: it was sent to him to read.

    ``to_name``: usernames whose names the caller will want as well (the directory keeps them);
    ``here``: the element of the open task that he looks at the case for; ``way``: the visits and
    the elements in trouble, and ``sees``: the actor as searches look at him, where the caller has
    read them.
    """

    app: App
    work: UnitOfWork
    actor: Actor
    found: Locked
    handles: bool
    copied: bool = False
    to_name: frozenset[str] = frozenset()
    here: tuple[str, ...] = ()
    way: tuple[tuple[Visit, ...], frozenset[str]] | None = None
    sees: Viewer | None = None

    @property
    def own(self) -> bool:
        return self.found.head.applicant_key == self.actor.key

    @property
    def insider(self) -> bool:
        """Reads opinions and automatic decisions: whoever handles the case or was sent it to read,
        and administrators."""
        return self.actor.administrator or ((self.handles or self.copied) and not self.own)

    @property
    def pinned(self) -> Pinned:
        return self.app.bundles.of_instance(self.work, self.found.head.bundle_key)

    @property
    def root_variables(self) -> Mapping[str, Any]:
        return self.found.state.variables.get(self.found.head.key, {})

    @cached_property
    def written(self) -> tuple[Written, ...]:
        return records.journal(self.work, self.found.head.key)

    @cached_property
    def visited(self) -> tuple[tuple[Visit, ...], frozenset[str]]:
        return self.way or records.visits(self.work, self.found.head.key)

    @cached_property
    def glance(self) -> Glance:
        """Nothing is asked for the applicant, to whom nothing is masked."""
        if self.own:
            return Glance(values=(), holds=(), unmasked=(), until=None)
        return privacy.glance(
            self.work,
            self.found.head.key,
            names=sorted({self.actor.username, self.actor.natural}),
            person=self.actor.key,
            now=self.app.now(),
        )

    @cached_property
    def sight(self) -> Sight:
        """What of the case's personal data the actor sees masked."""
        standing = Standing(
            bundle_key=self.found.head.bundle_key,
            own=self.own,
            handles=self.handles,
            holds=self.glance.holds,
            unmasked=self.glance.unmasked,
            until=self.glance.until,
        )
        return sight(self.pinned, standing, here=self.here)

    @cached_property
    def veil(self) -> Veil | None:
        """Over everything that the page tells; None where nothing is masked."""
        masked = self.sight.masked
        if not masked:
            return None
        said = [codec.decode(part.content) for row in self.written for part in row.said]
        return veil(self.app, self.work, self.pinned, masked, *self.glance.values, *said)

    def page(self) -> CasePage:
        """What every page on the case shows; seven queries and what the start form looks up."""
        key = self.found.head.key
        written = self.written
        names = self.app.directory.names(self.work, entries.people(written) | self.to_name)
        visits, troubled = self.visited
        open_tasks = lit_all(self.app, tasks.open_tasks_of(self.work, key))
        filed = self.readable(documents.of_instance(self.work, key))
        page = CasePage(
            instance=self.case(),
            tasks=open_tasks,
            visible_tasks=frozenset(t.key for t in open_tasks if self.may_open(t)),
            entries=entries.entries(
                written,
                self.pinned,
                viewer=self.actor.key,
                insider=self.insider,
                names=names,
                called=partial(outcome_word, self.app, self.work, self.pinned),
            ),
            submitted=self.submitted(filed),
            documents=filed,
            decisions=entries.decisions(written, self.pinned) if self.insider else (),
            active_elements=elements_in(visits, VisitState.ACTIVE),
            completed_elements=elements_in(visits, VisitState.COMPLETED),
            incident_elements=tuple(sorted(troubled)),
            taken_flows=tuple(dict.fromkeys(v.flow_id for v in visits if v.flow_id)),
            insider=self.insider,
            stages=stages(
                self.pinned.definition,
                decisive=decisive(self.pinned),
                visits=visits,
                open_tasks=open_tasks,
            ),
        )
        return self.veiled(page)

    def veiled(self, page: CasePage) -> CasePage:
        """The page without what its reader may not see, and what is told of that."""
        may_unmask = bool(may(self.actor, Action.UNMASK, UnmaskFacts(handles=self.handles)))
        hidden = CasePrivacy(until=self.sight.until, may_unmask=may_unmask and not self.own)
        if self.veil is None:
            return replace(page, privacy=hidden)
        kinds = tuple(k for k in Kind if k in self.veil.found & self.veil.masked)
        return replace(
            page,
            instance=replace(page.instance, title=self.veil.text(page.instance.title)),
            entries=veiled_entries(page.entries, self.veil),
            documents=veiled_documents(page.documents, self.veil),
            decisions=veiled_decisions(page.decisions, self.veil),
            privacy=replace(hidden, masked=kinds),
        )

    def own_page(self, related: Relation) -> CasePage:
        """The same with what only the case's own page shows."""
        page = self.page()
        allowed, refusals = self.actions(related, page.tasks)
        beside = self.attached()
        issued, copied = beside.letters, beside.copies
        mine = {self.actor.username}
        seen = self.actor.administrator or (self.handles and not self.own)
        if self.insider:
            turns, _ = verdicts(clock_verdicts(self.found, self.actor, holds=beside.holds))
            allowed |= turns
        return replace(
            page,
            allowed_actions=allowed,
            clock=case_clock(
                self.app,
                self.work,
                page.instance,
                beside.stops,
                issued=issued,
                notices=beside.notices,
            ),
            refusals=refusals,
            letters=issued,
            writing=self.writing(page.instance, issued),
            copies=tuple(c for c in copied if seen or mine & {c.username, c.copied_by}),
            copy=next((c for c in copied if c.username == self.actor.username), None),
            again=self.own and page.instance.ended_at is not None and self.startable(),
        )

    def attached(self) -> Attached:
        """What goes with the case; one query, and none where there is nothing."""
        asked = self.insider or self.has_letters() or self.is_copied() or self.was_stopped()
        if not asked:
            return Attached()
        return attached(
            self.work,
            self.found.head.key,
            username=self.actor.username,
            stopping=self.pinned.marked(STOPS),
        )

    def is_copied(self) -> bool:
        """Whether it was sent to anybody to read, as the journal says (where all of it is here)."""
        said = (row.link.kind == "copy" or '"copied"' in row.link.facts for row in self.written)
        return self.copied or len(self.written) >= records.PAGE_ENTRIES or any(said)

    def has_letters(self) -> bool:
        """Whether any letter may have been issued, as the journal says: by a step, or by a job."""
        said = (row.link.kind == "job" or '"letters"' in row.link.facts for row in self.written)
        return len(self.written) >= records.PAGE_ENTRIES or any(said)

    def was_stopped(self) -> bool:
        """Whether its clock ever stood still, as the journal says."""
        if self.found.head.clock_stopped_at or len(self.written) >= records.PAGE_ENTRIES:
            return True
        return any(
            row.link.kind in {"stop-clock", "resume-clock"} or '"clock"' in row.link.facts
            for row in self.written
        )

    def decided(self) -> str:
        """The step at which the case was decided; asked only where somebody could withdraw."""
        if not self.own or self.found.head.state not in _RUNNING:
            return ""
        marked, (visits, _) = decisive(self.pinned), self.visited
        passed = any(v.element_id in marked and v.state is VisitState.COMPLETED for v in visits)
        if not passed:
            return ""
        return decided(self.work, self.pinned, self.found.head.key)

    def startable(self) -> bool:
        """Whether the actor may apply for this service, and there is a form to fill in."""
        process = self.pinned.process
        return bool(process.start_form) and may_start(self.actor, process.starters)

    def writing(self, case: Instance, issued: tuple[Letter, ...]) -> Content | None:
        """What the last letter of an ended case says, for its applicant."""
        valid = [letter for letter in issued if letter.state is not LetterState.REVOKED]
        if not (self.own and case.ended_at and valid):
            return None
        sealed = letters.content_of(self.work, valid[-1].key)
        return unseal(self.app, valid[-1].key, sealed) if sealed else None

    def readable(self, filed: tuple[Document, ...]) -> tuple[Document, ...]:
        """What goes with comments and signatures is for insiders."""
        material = DocumentPurpose.MATERIAL
        return tuple(d for d in filed if self.insider or d.purpose is material)

    def case(self) -> Instance:
        return load_case(self.app, self.work, self.found.head.key)

    def may_open(self, task: UserTask) -> bool:
        """Whether the actor may open the task's own page; whoever only reads a copy may not."""
        own = task.assignee is not None and task.assignee == self.actor.username
        return own or self.actor.administrator or (self.handles and not self.own)

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
            masked=self.sight.masked,
            veil=self.veil,
            documents=filed,
            staged=(),
        )

    def actions(
        self, related: Relation, open_tasks: tuple[UserTask, ...]
    ) -> tuple[frozenset[str], dict[str, str]]:
        facts = facts_of(
            self.app,
            self.actor,
            self.found,
            self.pinned,
            related=related,
            open_tasks=open_tasks,
            decided=self.decided(),
        )
        return verdicts({n: may(self.actor, a, facts) for n, a in CASE_ACTIONS.items()})


def verdicts(found: Mapping[str, Verdict]) -> tuple[frozenset[str], dict[str, str]]:
    """What is allowed, and why the rest is not."""
    allowed = frozenset(name for name, verdict in found.items() if verdict)
    return allowed, {name: verdict.reason for name, verdict in found.items() if not verdict}


def elements_in(visits: tuple[Visit, ...], state: VisitState) -> tuple[str, ...]:
    """The elements with a visit in this state, in the order in which they were entered."""
    return tuple(dict.fromkeys(visit.element_id for visit in visits if visit.state is state))
