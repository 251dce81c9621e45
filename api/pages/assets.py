"""Where the built browser bundles are: hashed names out of the manifest that ``web/`` writes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

STATIC = Path(__file__).parents[1] / "static"


@dataclass(frozen=True, kw_only=True)
class Assets:
    """Addresses of styles, scripts and the icon sprite. Without a build the pages still work, bare.

    ``files``: logical name (``app.js``) → address; ``preload``: the chunks a script imports.
    """

    files: Mapping[str, str]
    preload: Mapping[str, tuple[str, ...]]

    def address(self, name: str) -> str:
        """The address of a bundle's file, or "" where the build has none of that name."""
        return self.files.get(name, "")

    def chunks(self, name: str) -> tuple[str, ...]:
        """Addresses of what a script will ask for first."""
        return self.preload.get(name, ())


def load(static: Path = STATIC) -> Assets:
    """Read the manifest of the last build, and add our own style sheet by its hash."""
    files: dict[str, str] = {}
    preload: dict[str, tuple[str, ...]] = {}
    manifest = static / "dist" / "manifest.json"
    if manifest.exists():
        read = json.loads(manifest.read_text(encoding="utf-8"))
        files = {name: f"/static/dist/{file}" for name, file in read["files"].items()}
        preload = {
            name: tuple(f"/static/dist/{file}" for file in chunks)
            for name, chunks in read.get("preload", {}).items()
        }
    for own in sorted(static.glob("*.css")):
        digest = hashlib.sha256(own.read_bytes()).hexdigest()[:10]
        files[own.name] = f"/static/{own.name}?v={digest}"
    return Assets(files=files, preload=preload)
