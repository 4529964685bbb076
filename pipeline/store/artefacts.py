"""Artefacts: folders of files under a content-addressed key, on any file system that fsspec knows.

A result becomes visible only when it is whole: its files are written first, the marker ``.complete`` last.
Remote results are fetched once into a local cache; local ones are used where they lie.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

import fsspec
from fsspec.implementations.local import LocalFileSystem

from pipeline.errors import WrongSettings

MARKER = ".complete"
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
    """

    def __init__(self, url: str, cache: Path) -> None:
        self.url = url
        self._fs, self._root = _file_system(url)
        self._local = isinstance(self._fs, LocalFileSystem)
        self._cache = cache

    def _place(self, key: str) -> str:
        return f"{self._root}/{check_key(key)[:2]}/{key}"

    def has(self, key: str) -> bool:
        """Whether the whole result is there."""
        return bool(self._fs.exists(f"{self._place(key)}/{MARKER}"))

    def put(self, key: str, folder: Path) -> int:
        """Store the files of ``folder`` under ``key`` and return their size in bytes.

        ``folder`` is consumed (moved) where the store is a local disk. If another worker stored the same
        key in the meantime, its result stays: both are the same by construction.
        """
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        if self.has(key):
            return size
        if self._local:
            self._put_local(key, folder)
        else:
            self._fs.put(f"{folder}/", self._place(key), recursive=True)
            self._fs.pipe_file(f"{self._place(key)}/{MARKER}", b"")
        return size

    def _put_local(self, key: str, folder: Path) -> None:
        target = Path(self._place(key))
        target.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=f".{key[:12]}-", dir=target.parent))
        shutil.copytree(folder, staged, dirs_exist_ok=True, copy_function=_move)
        (staged / MARKER).touch()
        try:
            staged.rename(target)
        except OSError:
            if not self.has(key):
                shutil.rmtree(target)
                staged.rename(target)
            else:
                shutil.rmtree(staged)

    def folder(self, key: str) -> Path:
        """A local, read-only folder with the result; ``KeyError`` if there is none."""
        if not self.has(key):
            raise KeyError(f"no result is stored under {key}; run the analysis again")
        if self._local:
            return Path(self._place(key))
        target = self._cache / key
        if not (target / MARKER).exists():
            staged = self._cache / f".{key}.{os.getpid()}"
            shutil.rmtree(staged, ignore_errors=True)
            staged.mkdir(parents=True)
            self._fs.get(f"{self._place(key)}/", f"{staged}/", recursive=True)
            (staged / MARKER).touch()
            shutil.rmtree(target, ignore_errors=True)
            staged.rename(target)
        return target

    def remove(self, key: str) -> None:
        """Delete the result; nothing happens if there is none."""
        if self._fs.exists(self._place(key)):
            self._fs.rm(self._place(key), recursive=True)
        shutil.rmtree(self._cache / key, ignore_errors=True)


def _file_system(url: str) -> tuple[fsspec.AbstractFileSystem, str]:
    try:
        found: tuple[fsspec.AbstractFileSystem, str] = fsspec.core.url_to_fs(url)
    except ImportError as error:
        package = next(
            (name for start, name in _PACKAGES.items() if url.startswith(start)), "its fsspec package"
        )
        raise WrongSettings(
            f"SHOWROOM_ARTEFACTS_URL is {url.split('://')[0]}://..., and {package} is not installed.",
            f"Run: pip install {package}",
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
