"""Where the bytes of documents lie: a local folder, or a bucket that speaks S3.

Files are named by whoever stores them (a random key) and never changed afterwards.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from obstore.store import LocalStore, MemoryStore, S3Store

_CHUNK = 256 * 1024


class FileStore:
    """``url`` empty: the folder ``home``/documents; or ``s3://bucket/prefix``, with credentials
    and endpoint from the environment as every S3 client reads them (``AWS_*``)."""

    def __init__(self, url: str, *, home: Path) -> None:
        self._folder: Path | None = None
        self._store: LocalStore | S3Store | MemoryStore
        if url.startswith("s3://"):
            self._store = S3Store.from_url(url)
        elif url == "memory://":
            self._store = MemoryStore()
        elif url:
            raise ValueError(
                f"材料存储地址“{url}”不支持，请留空（本地文件夹）或使用 s3://桶/前缀。"
            )
        else:
            self._folder = home / "documents"
            self._store = LocalStore(self._folder, mkdir=True)
            self._folder.chmod(0o700)

    def put(self, name: str, chunks: Iterable[bytes]) -> None:
        """Store a file whole; when this returns it is durable."""
        self._store.put(_path(name), iter(chunks))
        if self._folder is not None:
            _sync(self._folder / _path(name))

    def get(self, name: str) -> Iterator[bytes]:
        """The file's bytes; raises :class:`FileNotFoundError` at once where it is missing."""
        found = self._store.get(_path(name))
        return (bytes(chunk) for chunk in found.stream(min_chunk_size=_CHUNK))

    def delete(self, name: str) -> None:
        """Remove a file; harmless where it is gone already."""
        try:
            self._store.delete(_path(name))
        except FileNotFoundError:
            return


def _path(name: str) -> str:
    """Spread over folders, since a folder of a million files serves nobody."""
    if not name.isalnum() or not name.isascii() or len(name) < 8:
        raise ValueError(name)
    return f"{name[:2]}/{name[2:4]}/{name}"


def _sync(path: Path) -> None:
    for target in (path, path.parent):
        descriptor = os.open(target, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
