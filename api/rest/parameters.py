"""What many routes take beside their body: who calls, and the key of a repeatable request."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header
from pydantic import StringConstraints

from api import auth
from engine.model.actor import Actor

#: Whoever is logged in.
Caller = Annotated[Actor, Depends(auth.caller)]
#: An administrator, else 403.
Administrator = Annotated[Actor, Depends(auth.administrator)]
#: ``Idempotency-Key``: a request sent again under the same key is done once.
Once = Annotated[
    str | None,
    StringConstraints(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$"),
    Header(alias="Idempotency-Key"),
]
