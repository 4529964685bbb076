"""Artefacts: folders of files under a content-addressed key, on any file system that fsspec knows.

A result becomes visible only when it is whole: its files are written first, their manifest ``.complete`` last.
When it is read, the files are checked against the manifest; a damaged one is told as that, and can be set aside
so that it is made anew. Remote results are fetched once into a local cache; local ones are used where they lie.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import fsspec
from fsspec.implementations.local import LocalFileSystem

from pipeline.errors import DamagedResult, WrongSettings
from pipeline.store.manifest import MARKER, Manifest, sync_folder
from pipeline.store.patience import Patience, patiently

DAMAGED = "damaged"
#: what fsspec needs for an address
_PACKAGES = {"s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "az": "adlfs"}
_KEY = re.compile(r"^[0-9a-f]{64}$")


def check_key(key: str) -> str:
    """Return ``key`` if it is one (64 hex digits); ``ValueError`` otherwise."""
    if not _KEY.match(key):
        raise ValueError(f"{key!r} is not an artefact key (64 hexadecimal digits)")
    return key


class Artefacts:
    """Folders of files by key.

    Args:
        url: where they are kept, any fsspec URL.
        cache: local folder for copies of remote results.
        patience: how long a storage that is away is waited for.

    Raises:
        WrongSettings: the URL names no storage that can be used.
    """

    def __init__(self, url: str, cache: Path, patience: Patience | None = None) -> None:
        self.url = url
        self.patience = patience or Patience()
        self.place = f"the storage of results at {url.rpartition('@')[2]}"
        self._fs, self._root = _file_system(url)
        self._local = isinstance(self._fs, LocalFileSystem)
        self._cache = cache
        #: what was checked by its bytes, with what tells that it is still the same
        self._checked: dict[str, float] = {}

    @property
    def root(self) -> str:
        """Where results lie, as their file system spells it."""
        return str(self._root)

    def _place(self, key: str) -> str:
        return f"{self._root}/{check_key(key)[:2]}/{key}"

    @patiently
    def has(self, key: str) -> bool:
        """Whether the result is there (whole, as far as its writer could tell)."""
        return bool(self._fs.exists(f"{self._place(key)}/{MARKER}"))

    @patiently
    def put(self, key: str, folder: Path, stage: str = "") -> int:
        """Store the files of ``folder`` under ``key`` and return their size in bytes.

        ``folder`` is consumed (moved) where the store is a local disk. If another worker stored the same
        key in the meantime, its result stays: both are the same by construction.
        """
        if self.has(key):
            return Manifest.of(folder, stage).size_bytes() if folder.is_dir() else 0
        manifest = Manifest.of(folder, stage)
        if self._local:
            self._put_local(key, folder, manifest)
        else:
            self._fs.put(f"{folder}/", self._place(key), recursive=True)
            self._fs.pipe_file(f"{self._place(key)}/{MARKER}", manifest.text().encode())
        return manifest.size_bytes()

    def _put_local(self, key: str, folder: Path, manifest: Manifest) -> None:
        target = Path(self._place(key))
        target.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=f".{key[:12]}-", dir=target.parent))
        shutil.copytree(folder, staged, dirs_exist_ok=True, copy_function=_move)
        manifest.write(staged)
        try:
            staged.rename(target)
        except OSError:
            if not self.has(key):
                shutil.rmtree(target)
                staged.rename(target)
            else:
                shutil.rmtree(staged)
        sync_folder(target.parent)

    def folder(self, key: str) -> Path:
        """A local, read-only folder with the result.

        Raises:
            KeyError: there is none.
            DamagedResult: (a ``KeyError``, too) it is not as it was written.
        """
        if not self.has(key):
            raise KeyError(f"no result is stored under {key}; run the analysis again")
        place = Path(self._place(key)) if self._local else self._fetched(key)
        self._check(key, place)
        return place

    @property
    def is_local(self) -> bool:
        """Whether results lie on a disk of this computer, or on one that is mounted."""
        return self._local

    def glance(self, key: str) -> None:
        """Look at the sizes of a result's files, where that costs little; errors as of :meth:`folder`."""
        if not self.has(key):
            raise KeyError(f"no result is stored under {key}; run the analysis again")
        place = Path(self._place(key)) if self._local else self._cache / key
        if not place.is_dir():
            return  # on a server, and nobody needed it here so far
        fault = self._fault(key, place, thoroughly=False)
        if fault is not None and self._local:
            raise DamagedResult(f"A stored result is damaged: {fault}.", "Analyse the listing again.")

    def _check(self, key: str, place: Path) -> None:
        """Sizes each time; bytes once for each writing that this process meets."""
        fault = self._fault(key, place)
        if fault is not None and not self._local:
            shutil.rmtree(place, ignore_errors=True)  # the copy may be what is damaged
            fault = self._fault(key, self._fetched(key))
        if fault is not None:
            raise DamagedResult(
                f"A stored result is damaged: {fault}.",
                "Analyse the listing again: it is made anew. `python -m pipeline check` looks through all.",
            )

    def _fault(self, key: str, place: Path, *, thoroughly: bool = True) -> str | None:
        try:
            written = (place / MARKER).stat().st_mtime
            unread = thoroughly and self._checked.get(key) != written
            fault = Manifest.read(place).fault(place, thoroughly=unread)
        except (ValueError, KeyError, TypeError, FileNotFoundError):
            return "its list of files cannot be read"
        if fault is None and thoroughly:
            self._checked[key] = written
        return fault

    @patiently
    def _fetched(self, key: str) -> Path:
        target = self._cache / key
        if not (target / MARKER).exists():
            staged = self._cache / f".{key}.{os.getpid()}"
            shutil.rmtree(staged, ignore_errors=True)
            staged.mkdir(parents=True)
            self._fs.get(f"{self._place(key)}/", f"{staged}/", recursive=True)
            shutil.rmtree(target, ignore_errors=True)
            staged.rename(target)
        return target

    def manifest(self, key: str) -> Manifest:
        """What the result consists of; errors as of :meth:`folder`."""
        return Manifest.read(self.folder(key))

    @patiently
    def seal(self, key: str, stage: str) -> None:
        """Count the files of a result of version 0.1, which was found whole by reading it."""
        if self._local:
            Manifest.of(Path(self._place(key)), stage).write(Path(self._place(key)))

    def forget_checks(self) -> None:
        """Read every byte anew the next time."""
        self._checked.clear()

    @patiently
    def set_aside(self, key: str) -> None:
        """Move a damaged result out of the way, so that it is made anew; it stays below ``damaged``."""
        aside = f"{self._root}/{DAMAGED}/{key}-{time.time_ns()}"
        self._checked.pop(key, None)
        if self._local and Path(self._place(key)).exists():
            Path(aside).parent.mkdir(exist_ok=True)
            Path(self._place(key)).rename(aside)
        elif not self._local:
            for name in self._fs.find(self._place(key)):  # one by one: S3 has no folders to move
                self._fs.copy(name, f"{aside}/{name.removeprefix(self._place(key)).lstrip('/')}")
                self._fs.rm_file(name)
        shutil.rmtree(self._cache / key, ignore_errors=True)

    @patiently
    def damaged(self) -> list[str]:
        """Names of the results that were set aside."""
        if not self._fs.exists(f"{self._root}/{DAMAGED}"):
            return []
        return [path.rpartition("/")[2] for path in self._fs.ls(f"{self._root}/{DAMAGED}", detail=False)]

    @patiently
    def keys(self) -> Iterator[str]:
        """Keys of all results that are there."""
        names = (path.rpartition("/")[2] for path in self._fs.glob(f"{self._root}/*/*"))
        return iter(sorted(name for name in names if _KEY.match(name) and self.has(name)))

    @patiently
    def remove(self, key: str) -> None:
        """Delete the result; nothing happens if there is none."""
        if self._fs.exists(self._place(key)):
            self._fs.rm(self._place(key), recursive=True)
        shutil.rmtree(self._cache / key, ignore_errors=True)


def _file_system(url: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """The storage; what it lists is asked for anew each time, because others write and delete there, too."""
    try:
        options = {"use_listings_cache": False} if "://" in url else {}
        found: tuple[fsspec.AbstractFileSystem, str] = fsspec.core.url_to_fs(url, **options)
    except ImportError as error:
        package = next(
            (name for start, name in _PACKAGES.items() if url.startswith(start)), "its fsspec package"
        )
        raise WrongSettings(
            f"SHOWROOM_ARTEFACTS_URL is {url.split('://')[0]}://..., and {package} is not installed.",
            f"Run: .venv/bin/pip install {package}",
        ) from error
    except ValueError as error:
        raise WrongSettings(
            f"SHOWROOM_ARTEFACTS_URL names no kind of storage that is known ({error}).",
            "Leave it empty for the data folder, or give a path or s3://BUCKET/FOLDER.",
        ) from error
    return found


def _move(source: str, target: str) -> str:
    shutil.move(source, target)
    return target
