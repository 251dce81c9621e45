"""A file to deploy, read: the definitions in it, and everything that is wrong with it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field

from lxml import etree

from engine import dmn, feel, forms, runtime
from engine.model.definitions import Resource, ResourceKind
from engine.model.errors import Refused
from engine.model.problems import Problem, Severity
from engine.runtime import Definition
from engine.service.publishing.bureau_lint import bureau_problems
from engine.text import tell

#: A diagram, decision or form larger than this was not drawn by a person.
LARGEST = 4 * 1024 * 1024

_BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"


@dataclass(frozen=True, kw_only=True)
class Known:
    """Ids that diagrams may refer to: deployed already, or coming along. None: not to be checked."""

    forms: Collection[str] | None = None
    decisions: Collection[str] | None = None
    processes: Collection[str] | None = None
    letters: Collection[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Named:
    """A decision or form in a file. ``tag``: its version tag."""

    id: str
    name: str
    tag: str = ""


@dataclass(frozen=True, kw_only=True)
class Read:
    """``own``: the id and name of the model as a whole (decisions: of the requirements graph)."""

    resource: Resource
    kind: ResourceKind
    own: Named
    processes: tuple[Definition, ...] = ()
    decisions: tuple[Named, ...] = ()
    forms: tuple[Named, ...] = ()
    problems: tuple[Problem, ...] = field(default=())

    @property
    def ids(self) -> frozenset[str]:
        """The ids of the definitions inside."""
        return frozenset(
            (
                *(definition.process_id for definition in self.processes),
                *(named.id for named in (*self.decisions, *self.forms)),
            )
        )

    @property
    def sha256(self) -> bytes:
        return hashlib.sha256(self.resource.content).digest()


def kind_of(name: str) -> ResourceKind:
    """By the ending of the file's name; raises :class:`Refused`."""
    ending = name.rpartition(".")[2].lower()
    try:
        return ResourceKind(ending)
    except ValueError:
        raise _refused(
            name, "resource-kind", tell("文件名应以 .bpmn、.dmn 或 .form 结尾。")
        ) from None


def read(resource: Resource, *, functions: feel.Registry | None) -> Read:
    """Read a file by its kind; raises :class:`Refused` with all faults that can be found."""
    kind = kind_of(resource.name)
    if len(resource.content) > LARGEST:
        raise _refused(resource.name, "resource-size", tell("文件超过 4 MB，请拆分后再部署。"))
    try:
        resource.content.decode()
    except UnicodeDecodeError:
        raise _refused(
            resource.name, "resource-encoding", tell("文件应为 UTF-8 编码，请转换编码后再部署。")
        ) from None
    reader = {
        ResourceKind.BPMN: _read_bpmn,
        ResourceKind.DMN: _read_dmn,
        ResourceKind.FORM: _read_form,
    }[kind]
    return reader(resource, functions)


def lint(found: Read, known: Known, *, functions: feel.Registry | None) -> tuple[Problem, ...]:
    """Errors and warnings of a file that could be read, given what else there is."""
    if found.kind is not ResourceKind.BPMN:
        return found.problems
    ours = (
        problem
        for definition in found.processes
        for problem in bureau_problems(definition, letters=known.letters)
    )
    return (
        *ours,
        *runtime.lint(
            found.resource.content,
            known_forms=known.forms,
            known_decisions=known.decisions,
            known_processes=known.processes,
            functions=functions,
        ),
    )


def _read_bpmn(resource: Resource, functions: feel.Registry | None) -> Read:
    definitions = runtime.compile_definition(
        resource.content, functions=functions, resource=resource.name
    )
    if not definitions:
        raise _refused(
            resource.name, "no-process", tell("图中没有可执行的流程，请在流程属性中勾选“可执行”。")
        )
    first = definitions[0]
    return Read(
        resource=resource,
        kind=ResourceKind.BPMN,
        own=Named(id=first.process_id, name=first.name),
        processes=definitions,
    )


def _read_dmn(resource: Resource, functions: feel.Registry | None) -> Read:
    try:
        model = dmn.load(resource.content, functions=functions)
    except dmn.DmnError as error:
        problem = Problem(
            element_id=error.element_id or "", rule="dmn", message=error.message, line=error.line
        )
        raise Refused(resource=resource.name, problems=(problem,)) from error
    own = identify(ResourceKind.DMN, resource.content) or Named(id="", name="")
    tags = _decision_tags(resource.content)
    return Read(
        resource=resource,
        kind=ResourceKind.DMN,
        own=own,
        decisions=tuple(
            Named(
                id=decision.id,
                name=decision.name or decision.id,
                tag=tags.get(decision.id, ""),
            )
            for decision in model.decisions.values()
        ),
        problems=tuple(
            Problem(
                severity=Severity.ERROR
                if problem.severity is dmn.Severity.ERROR
                else Severity.WARNING,
                element_id=problem.element_id,
                rule=problem.code,
                message=problem.message,
                line=problem.line,
            )
            for problem in model.problems()
            if problem.severity is not dmn.Severity.INFO
        ),
    )


def _read_form(resource: Resource, functions: feel.Registry | None) -> Read:
    try:
        form = forms.parse(resource.content.decode(), functions=functions)
    except forms.FormError as error:
        raise Refused(
            resource=resource.name,
            problems=tuple(
                Problem(element_id=p.component_id, rule=p.rule, message=p.message)
                for p in error.problems
            ),
        ) from error
    name = identify(ResourceKind.FORM, resource.content)
    own = Named(
        id=form.id,
        name=name.name if name else form.id,
        tag=_form_tag(resource.content),
    )
    return Read(resource=resource, kind=ResourceKind.FORM, own=own, forms=(own,))


def _decision_tags(content: bytes) -> dict[str, str]:
    """Decision → its version tag (``zeebe:versionTag``), where it has one."""
    root = etree.fromstring(content, parser=_parser())
    found: dict[str, str] = {}
    for element in root.iter("{*}versionTag"):
        decision = next(element.iterancestors("{*}decision"), None)
        if decision is not None and element.get("value"):
            found[decision.get("id", "")] = element.get("value", "")
    return found


def _form_tag(content: bytes) -> str:
    """The form's version tag (``versionTag``), where it has one."""
    schema = json.loads(content)
    tag = schema.get("versionTag") if isinstance(schema, dict) else None
    return tag if isinstance(tag, str) else ""


def identify(kind: ResourceKind, content: bytes) -> Named | None:
    """The id and name that a file gives itself, without judging the rest; None where it has none."""
    if kind is ResourceKind.FORM:
        return _identify_form(content)
    try:
        root = etree.fromstring(content, parser=_parser())
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root.getroottree().docinfo.internalDTD is not None:
        return None
    element = root
    if kind is ResourceKind.BPMN:
        found = root.find(f"{{{_BPMN}}}process")
        if found is None:
            return None
        element = found
    identity = element.get("id")
    return Named(id=identity, name=element.get("name") or identity) if identity else None


def _identify_form(content: bytes) -> Named | None:
    try:
        schema = json.loads(content)
    except (ValueError, RecursionError):
        return None
    identity = schema.get("id") if isinstance(schema, dict) else None
    if not isinstance(identity, str) or not identity:
        return None
    return Named(id=identity, name=_form_title(schema) or identity)


def _form_title(schema: dict[str, object]) -> str:
    """Forms have no name of their own: the first heading says what it is."""
    components = schema.get("components")
    for component in components if isinstance(components, list) else ():
        if isinstance(component, dict) and component.get("type") == "text":
            heading = re.match(r"#+\s*(\S.{0,80})", str(component.get("text", "")))
            if heading:
                return heading[1].strip()
    return ""


def _parser() -> etree.XMLParser:
    """Nothing outside the text is ever fetched or expanded."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
    )


def _refused(name: str, rule: str, message: str) -> Refused:
    return Refused(resource=name[:200], problems=(Problem(rule=rule, message=message),))
