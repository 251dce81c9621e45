"""Letters (文书): those of a case, and what the public may know of one (ours)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from api import auth
from api.exact import ExactRoute
from api.rest.answers import answer
from api.rest.parameters import Administrator, Caller
from api.rest.shapes import Answer, Ask, KeyOut, KeyText, Text
from engine.model.letters import Letter, LetterState, shown_code
from engine.service.letters.register import letters_of_case, revoke_letter
from engine.service.letters.verifying import verify_letter

router = APIRouter(tags=["文书"], route_class=ExactRoute)


class LetterOut(Answer):
    """``documentKey``: of the PDF, null until it has been made."""

    letter_key: KeyOut
    process_instance_key: KeyOut
    element_id: str
    template_id: str
    symbol: str
    title: str
    outcome: str
    unit: str
    code: str
    state: LetterState
    issued_at: datetime
    document_key: KeyOut | None
    sha256: str
    revoked_at: datetime | None


class LettersOut(Answer):
    items: list[LetterOut]


class RevocationAsk(Ask):
    reason: Text


class VerificationOut(Answer):
    symbol: str
    kind: str
    outcome: str
    unit: str
    addressee_mask: str
    issued_on: date
    sha256: str
    state: LetterState
    revoked_on: date | None
    record_digest: str
    checkpoint: int | None


@router.get(
    "/process-instances/{processInstanceKey}/letters",
    summary="事项的文书",
    response_model=LettersOut,
)
def of_case(
    request: Request,
    actor: Caller,
    processInstanceKey: KeyText,  # noqa: N803
) -> Response:
    found = letters_of_case(auth.application(request), actor, instance_key=processInstanceKey)
    return answer(LettersOut(items=[letter_out(letter) for letter in found]))


@router.post("/letters/{letterKey}/revocation", summary="撤销文书", response_model=LetterOut)
def revoke(
    request: Request,
    actor: Administrator,
    letterKey: KeyText,  # noqa: N803
    ask: RevocationAsk,
) -> Response:
    app = auth.application(request)
    return answer(letter_out(revoke_letter(app, actor, key=letterKey, reason=ask.reason)))


@router.get(
    "/letter-verifications/{code}",
    summary="核验文书",
    response_model=VerificationOut,
    dependencies=[Depends(auth.public)],
)
def verify(request: Request, code: Annotated[str, Path(max_length=100)]) -> Response:
    found = verify_letter(
        auth.application(request), code=code, address=auth.client_address(request)
    )
    return answer(
        VerificationOut(
            symbol=found.symbol,
            kind=found.kind,
            outcome=found.outcome,
            unit=found.unit,
            addressee_mask=found.addressee_mask,
            issued_on=found.issued_on,
            sha256=found.sha256,
            state=found.state,
            revoked_on=found.revoked_on,
            record_digest=found.record_digest,
            checkpoint=found.checkpoint,
        )
    )


def letter_out(letter: Letter) -> LetterOut:
    return LetterOut(
        letter_key=letter.key,
        process_instance_key=letter.instance_key,
        element_id=letter.element_id,
        template_id=letter.template_id,
        symbol=letter.symbol,
        title=letter.title,
        outcome=letter.outcome,
        unit=letter.unit,
        code=shown_code(letter.code),
        state=letter.state,
        issued_at=letter.issued_at,
        document_key=letter.document_key,
        sha256=letter.sha256,
        revoked_at=letter.revoked_at,
    )
