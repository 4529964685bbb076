"""A ZIP from anybody, read within bounds: no name leads outside, no entry grows beyond what it says."""

from __future__ import annotations

import shutil
import zipfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from scrapers.errors import UnsupportedSource
from scrapers.unpacking import is_link, leads_outside

#: a listing holds a hundred photos or two; the largest seen held 233
MOST_ENTRIES = 2000
#: a photo of a good camera takes 30 MB at most
MOST_ENTRY_BYTES = 60_000_000
#: of all entries together, unpacked
MOST_BYTES = 1_200_000_000
#: texts of people pack 3 to 10 times, page states 15 times; a bomb packs 1,000 times
MOST_PACKING = 100
#: nobody looks at how densely less is packed
_SUSPICIOUS_BYTES = 2**20
_PIECE_BYTES = 2**16
_ENCRYPTED = 0x1
_AGAIN = "Make the file again."


class BoundedZip:
    """The entries of a ZIP, checked before anything is unpacked.

    Raises:
        UnsupportedSource: it is no ZIP, it is damaged, or it is made to do harm.
    """

    def __init__(self, path: Path) -> None:
        self._name = path.name
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise UnsupportedSource(f"{path.name} is not a ZIP that can be read.", _AGAIN) from error
        with ExitStack() as on_refusal:
            on_refusal.callback(self._zip.close)
            self._entries = self._checked()
            on_refusal.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    @property
    def names(self) -> list[str]:
        """Names of the files in it, in order."""
        return list(self._entries)

    def read(self, name: str, most_bytes: int = MOST_ENTRY_BYTES) -> bytes:
        """The bytes of an entry.

        Raises:
            KeyError: there is none of that name.
            UnsupportedSource: it is larger than it may be, or damaged.
        """
        entry = self._entries[name]
        if entry.file_size > most_bytes:
            raise self._refused(f"{name!r} is larger than {most_bytes // 1_000_000} MB")
        try:
            with self._zip.open(entry) as stream:
                data = stream.read(most_bytes + 1)
        except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
            raise self._refused(f"{name!r} is damaged") from error
        if len(data) > entry.file_size:
            raise self._refused(f"{name!r} is larger than it says")
        return data

    def extract(self, name: str, target: Path) -> None:
        """Write an entry to ``target``, piece by piece; raises as :meth:`read`."""
        entry = self._entries[name]
        try:
            with self._zip.open(entry) as stream, target.open("wb") as file:
                shutil.copyfileobj(stream, file, _PIECE_BYTES)
        except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
            target.unlink(missing_ok=True)
            raise self._refused(f"{name!r} is damaged") from error

    def _checked(self) -> dict[str, zipfile.ZipInfo]:
        entries = self._zip.infolist()
        if len(entries) > MOST_ENTRIES:
            raise self._refused(f"it holds {len(entries)} files, more than {MOST_ENTRIES}")
        if sum(entry.file_size for entry in entries) > MOST_BYTES:
            raise self._refused(f"it unpacks to more than {MOST_BYTES // 1_000_000} MB")
        found: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            self._check(entry)
            if entry.filename in found:
                raise self._refused(f"it holds {entry.filename!r} twice")
            if not entry.is_dir():
                found[entry.filename] = entry
        return found

    def _check(self, entry: zipfile.ZipInfo) -> None:
        name = entry.filename
        if leads_outside(entry) or "\\" in name or ":" in name or not name.isprintable():
            raise self._refused("it holds a name that leads outside of it")
        if is_link(entry):
            raise self._refused(f"{name!r} is a link")
        if entry.flag_bits & _ENCRYPTED:
            raise self._refused(f"{name!r} is locked with a password")
        if entry.file_size > MOST_ENTRY_BYTES:
            raise self._refused(f"{name!r} is larger than {MOST_ENTRY_BYTES // 1_000_000} MB")
        if entry.file_size > _SUSPICIOUS_BYTES and entry.file_size > MOST_PACKING * max(entry.compress_size, 1):
            raise self._refused(f"{name!r} unpacks to more than {MOST_PACKING} times its size")

    def _refused(self, why: str) -> UnsupportedSource:
        return UnsupportedSource(f"{self._name} is not read: {why}.", _AGAIN)
