"""What a check of a record or of checkpoints finds, and what both have to check alike."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from engine.model import checkpoints
from engine.model.checkpoints import Checkpoint
from engine.service import signing
from engine.text import tell


class Outcome(StrEnum):
    """``NOTE``: worth knowing, nothing wrong."""

    HOLDS = "holds"
    NOTE = "note"
    BROKEN = "broken"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """``place``: where in the file, e.g. ``entries[3]``; ``text``: Chinese."""

    outcome: Outcome
    place: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """``sound``: nothing is broken. ``trusted``: the key is one of those given; None: none was
    given, so compare ``fingerprint`` with the one that the bureau publishes."""

    findings: tuple[Finding, ...]
    case_number: str = ""
    title: str = ""
    entries: int = 0
    exported_at: str = ""
    fingerprint: str = ""
    trusted: bool | None = None

    @property
    def sound(self) -> bool:
        return not any(finding.outcome is Outcome.BROKEN for finding in self.findings)


def of_key(key: bytes, trusted: Collection[bytes] | None) -> Iterator[Finding]:
    shown = checkpoints.fingerprint(key)
    if trusted is None:
        yield note("publicKey", tell("请核对公钥指纹是否与本局公布的一致：{shown}", shown=shown))
    elif key in trusted:
        yield holds("publicKey", tell("公钥是本局的（指纹 {shown}）。", shown=shown))
    else:
        yield broken(
            "publicKey",
            tell("公钥不是本局的（指纹 {shown}），可能是他人另行签名的文件。", shown=shown),
        )


def of_checkpoint(
    checkpoint: Checkpoint, key: bytes, trusted: Collection[bytes] | None
) -> Iterator[Finding]:
    if not signing.holds(checkpoint.key, checkpoint.signature, checkpoint.body):
        yield broken(
            "checkpoint", tell("第 {number} 号检查点的签名无效。", number=checkpoint.number)
        )
    elif checkpoint.key != key and checkpoint.key not in (trusted or ()):
        yield broken("checkpoint", tell("检查点与文件是用不同的公钥签名的。"))
    else:
        yield holds(
            "checkpoint", tell("第 {number} 号检查点的签名有效。", number=checkpoint.number)
        )


def holds(place: str, text: str) -> Finding:
    return Finding(outcome=Outcome.HOLDS, place=place, text=text)


def note(place: str, text: str) -> Finding:
    return Finding(outcome=Outcome.NOTE, place=place, text=text)


def broken(place: str, text: str) -> Finding:
    return Finding(outcome=Outcome.BROKEN, place=place, text=text)


def public_key_of(text: str) -> bytes:
    """A public key out of 64 hexadecimal digits, or PEM; raises ValueError."""
    if "BEGIN PUBLIC KEY" in text:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - rare
            Ed25519PublicKey,
        )
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - idem
            load_pem_public_key,
        )

        loaded = load_pem_public_key(text.encode())
        if not isinstance(loaded, Ed25519PublicKey):
            raise ValueError(tell("不是 Ed25519 公钥"))
        return loaded.public_bytes_raw()
    made = bytes.fromhex("".join(text.split()))
    if len(made) != 32:
        raise ValueError(tell("公钥应是 64 位十六进制数字"))
    return made
