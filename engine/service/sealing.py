"""Encryption of personal data at rest: AES-256-GCM under a key of its own for each value.

The value's key is itself encrypted under the installation's ``data_key`` (envelope), and the
text is cut into chunks with counted nonces and a mark on the last one, so that a file can be
streamed and a cut, reordered or swapped text is noticed. ``context`` says what the value is (for
example ``form-draft:4194304``); a text moved to another place does not open.

Layout: ``B1`` | 12 bytes nonce | 48 bytes encrypted key | chunks of up to 64 KiB + 16.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.model.errors import Unreadable

CHUNK = 64 * 1024
_MARK = b"B1"
_HEADER = len(_MARK) + 12 + 48


def seal(data: bytes, *, key: bytes, context: str) -> bytes:
    return b"".join(seal_stream((data,), key=key, context=context))


def unseal(sealed: bytes, *, key: bytes, context: str) -> bytes:
    """The plain text; raises :class:`Unreadable`."""
    return b"".join(unseal_stream((sealed,), key=key, context=context))


def seal_stream(chunks: Iterable[bytes], *, key: bytes, context: str) -> Iterator[bytes]:
    own_key, nonce = AESGCM.generate_key(256), secrets.token_bytes(12)
    yield _MARK + nonce + AESGCM(key).encrypt(nonce, own_key, context.encode())
    cipher = AESGCM(own_key)
    for number, (chunk, last) in enumerate(_cut(chunks, CHUNK)):
        yield cipher.encrypt(_nonce(number, last=last), chunk, None)


def unseal_stream(chunks: Iterable[bytes], *, key: bytes, context: str) -> Iterator[bytes]:
    """Plain chunks, each authentic; raises :class:`Unreadable` where the text is not whole."""
    pieces = _Pieces(chunks)
    header = pieces.take(_HEADER)
    if len(header) < _HEADER or not header.startswith(_MARK):
        raise Unreadable
    try:
        own_key = AESGCM(key).decrypt(header[2:14], header[14:], context.encode())
        cipher = AESGCM(own_key)
        for number, (chunk, last) in enumerate(_cut(pieces.rest(), CHUNK + 16)):
            yield cipher.decrypt(_nonce(number, last=last), chunk, None)
    except (InvalidTag, ValueError) as error:
        raise Unreadable from error


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _cut(chunks: Iterable[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    """The same bytes in pieces of ``size``, each with whether it is the last (there is always one)."""
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) > size:
            yield bytes(waiting[:size]), False
            del waiting[:size]
    yield bytes(waiting), True


class _Pieces:
    """Takes an exact number of bytes off the front of a stream."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._waiting = b""

    def take(self, size: int) -> bytes:
        while len(self._waiting) < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self._waiting += chunk
        taken, self._waiting = self._waiting[:size], self._waiting[size:]
        return taken

    def rest(self) -> Iterator[bytes]:
        yield self._waiting
        yield from self._chunks
