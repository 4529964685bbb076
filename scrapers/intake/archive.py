"""A ZIP archive (photos, a saved page, a whole export) as the source of what is in it.

It is unpacked into a folder of its own within bounds; names that lead out of it, links and archives in archives
stay where they are.
"""

from __future__ import annotations

import shutil
import uuid
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from scrapers.digests import digest_of, digest_of_file
from scrapers.errors import UnsupportedSource
from scrapers.listing import Listing, Problem
from scrapers.source import Report, Source, silent
from scrapers.unpacking import MAX_PACKING, is_link, leads_outside

ARCHIVE_SUFFIXES = (".zip",)
_DIGITS = 20
#: 500 photos of 8 MB
MAX_UNPACKED_BYTES = 4 * 2**30
MAX_FILES = 20_000
#: below it nobody looks at how densely a file is packed
_SUSPICIOUS_BYTES = 2**26
_CHUNK_BYTES = 2**20
_NOTES = "left-out.txt"
_NESTED = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".jar", ".exe")
_DATA_GZIP = (".csv.gz", ".json.gz", ".jsonl.gz", ".tsv.gz")
_BROKEN = (OSError, ValueError, RuntimeError, NotImplementedError, EOFError, zipfile.BadZipFile, zlib.error)


def unpack(path: Path, root: Path) -> Path:
    """Unpack an archive into a folder below ``root`` (once) and return it.

    Raises:
        UnsupportedSource: it is damaged, locked, or unpacks to more than one listing can be.
    """
    folder = root / digest_of_file(path)[:_DIGITS]
    if folder.is_dir():
        return folder
    part = root / f"{folder.name}.{uuid.uuid4().hex}.part"
    part.mkdir(parents=True)
    try:
        with zipfile.ZipFile(path) as archive:
            notes = _unpack_all(archive, path, part)
        (part / f".{_NOTES}").write_text("\n".join(notes), encoding="utf-8")
        if not folder.is_dir():
            part.replace(folder)
    except _BROKEN as error:
        raise _refusal(path, error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def left_packed(folder: Path) -> tuple[Problem, ...]:
    """What of an archive was not unpacked into ``folder``, and why."""
    try:
        lines = (folder / f".{_NOTES}").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ()
    pairs = (line.split("\t", 1) for line in lines if "\t" in line)
    return tuple(Problem(subject=name, message=message) for name, message in pairs)


def _refusal(path: Path, error: Exception) -> UnsupportedSource:
    if "password" in str(error) or "encrypted" in str(error):
        return UnsupportedSource(f"{path.name} is locked by a password.", "Unpack it and give the folder.")
    return UnsupportedSource(
        f"{path.name} is damaged or no ZIP archive ({error}).",
        "Pack it again, or unpack it and give the folder.",
    )


def _unpack_all(archive: zipfile.ZipFile, path: Path, folder: Path) -> list[str]:
    """Unpack what may be; a line for everything else."""
    # a name may be empty: is_dir() of such an entry raises
    entries = [entry for entry in archive.infolist() if not entry.filename or not entry.is_dir()]
    if len(entries) > MAX_FILES:
        raise _too_much(path, f"holds more than {MAX_FILES:,} files")
    notes: list[str] = []
    total = 0
    for entry in entries:
        reason = _why_not(entry)
        if reason is not None:
            notes.append(f"{' '.join(entry.filename.split())[:200]}\t{reason}")
            continue
        target = folder.joinpath(*PurePosixPath(entry.filename.replace("\\", "/")).parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        total += _unpack_one(archive, entry, target, MAX_UNPACKED_BYTES - total, path)
    return notes


def _unpack_one(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, left: int, path: Path) -> int:
    """Bytes written; the sizes that an archive names are not believed."""
    size = 0
    with archive.open(entry) as packed, target.open("wb") as file:
        while chunk := packed.read(_CHUNK_BYTES):
            size += len(chunk)
            if size > left:
                raise _too_much(path, f"unpacks to more than {MAX_UNPACKED_BYTES / 2**30:.0f} GB")
            if size > _SUSPICIOUS_BYTES and size > MAX_PACKING * max(entry.compress_size, 1):
                raise _too_much(path, f"unpacks to more than {MAX_PACKING} times its size")
            file.write(chunk)
    return size


def _too_much(path: Path, what: str) -> UnsupportedSource:
    return UnsupportedSource(f"{path.name} {what}: that is no listing.", "Pack only the files of one listing.")


def _why_not(entry: zipfile.ZipInfo) -> str | None:
    """Why an entry stays in the archive; the message completes the sentence "<name> ..."."""
    if leads_outside(entry):
        return "has a name that leads out of the archive; left out"
    if is_link(entry):
        return "is a link; left out"
    lower = entry.filename.lower()
    if lower.endswith(_NESTED) and not lower.endswith(_DATA_GZIP):
        return "is an archive in the archive; left out"
    return None


class ArchiveSource:
    """What is in an archive, under the archive's name.

    Args:
        path: the archive.
        inner: source of what was unpacked.
        folder: where that lies.
    """

    def __init__(self, path: Path, inner: Source, folder: Path) -> None:
        self.name = inner.name
        self._path, self.inner, self._folder = path, inner, folder

    def left_packed(self) -> tuple[Problem, ...]:
        """What of it was not unpacked, and why."""
        return left_packed(self._folder)

    def fingerprint(self) -> str:
        """Digest of what is in it and of what was left packed."""
        return digest_of("archive", self.inner.fingerprint(), repr(left_packed(self._folder)))

    def collect(self, folder: Path, report: Report = silent) -> Listing:
        """Collect what is in it; see :meth:`scrapers.source.Source.collect`."""
        found = self.inner.collect(folder, report)
        problems = (*found.problems, *left_packed(self._folder))
        return found.model_copy(update={"origin": str(self._path), "problems": problems})
