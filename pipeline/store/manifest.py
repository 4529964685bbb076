"""What a stored result consists of: names, sizes, hashes of its files; written last, checked when read."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

MARKER = ".complete"
_CHUNK_BYTES = 2**20


@dataclass(frozen=True)
class Manifest:
    """The files of one result.

    Attributes:
        stage: that made it; empty where nobody said.
        files: name to size in bytes and SHA-256. ``None`` for results of version 0.1, which were not counted.
    """

    stage: str
    files: dict[str, tuple[int, str]] | None

    @classmethod
    def of(cls, folder: Path, stage: str) -> Self:
        """Count the files of ``folder``."""
        names = sorted(_names(folder))
        return cls(stage, {name: ((folder / name).stat().st_size, _digest(folder / name)) for name in names})

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The manifest in ``folder``; ``ValueError`` if it is not readable, ``OSError`` if there is none."""
        text = (folder / MARKER).read_text(encoding="utf-8")
        if not text:
            return cls("", None)
        plain = json.loads(text)
        return cls(plain["stage"], {name: (size, digest) for name, (size, digest) in plain["files"].items()})

    def write(self, folder: Path) -> None:
        """Write it, and all that it counts, so that a loss of power leaves the whole result or none."""
        for name in self.files or ():
            _sync(folder / name)
        with (folder / MARKER).open("w", encoding="utf-8") as marker:
            marker.write(self.text())
            marker.flush()
            os.fsync(marker.fileno())
        for place in {folder, *(path for path in folder.rglob("*") if path.is_dir())}:
            _sync(place)

    def text(self) -> str:
        """What :meth:`read` reads."""
        return json.dumps({"stage": self.stage, "files": self.files})

    def fault(self, folder: Path, *, thoroughly: bool) -> str | None:
        """What is not as it was written: "mesh.glb is cut off"; ``None`` if nothing is.

        Args:
            folder: where the result lies.
            thoroughly: read every byte, too.
        """
        for name, (size, digest) in (self.files or {}).items():
            path = folder / name
            try:
                found = path.stat().st_size
                if found != size:
                    return f"{name} is {'cut off' if found < size else 'too long'} ({found} of {size} bytes)"
                if thoroughly and _digest(path) != digest:
                    return f"{name} has other bytes than were written"
            except FileNotFoundError:
                return f"{name} is gone"
        return None

    def size_bytes(self) -> int:
        """Size of all files."""
        return sum(size for size, _ in (self.files or {}).values())


def sync_folder(folder: Path) -> None:
    """Make sure that a new name in ``folder`` outlives a loss of power."""
    _sync(folder)


def _names(folder: Path) -> list[str]:
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != MARKER)
    return [str(path.relative_to(folder).as_posix()) for path in found]


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
