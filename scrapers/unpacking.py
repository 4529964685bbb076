"""Packed files within bounds: a small file must not fill a computer, nor an entry of a ZIP leave its folder."""

from __future__ import annotations

import gzip
import io
import os
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from scrapers.errors import BadReviewsFile

_GZIP_MAGIC = b"\x1f\x8b"
#: how much more unpacked text may hold than its packed file: invented reviews, all of a few phrases, pack 30
#: times at most, a file of 100 million equal rows packs 4,000 times
MAX_PACKING = 200
#: nobody looks at how densely less is packed
_SUSPICIOUS_BYTES = 2**26
#: four times the largest file of a city (Inside Airbnb), 1 GB unpacked
MAX_UNPACKED_BYTES = 4 * 2**30


class Unpacked(io.RawIOBase):
    """A byte stream that ends, with :attr:`cut` set, where a damaged gzip file stops making sense."""

    def __init__(self, stream: BinaryIO | gzip.GzipFile, packed_bytes: int, name: str) -> None:
        self._stream = stream
        self._packed_bytes, self._name = max(packed_bytes, 1), name
        self._unpacked_bytes = 0
        self.cut = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._stream.read1(len(buffer))  # type: ignore[union-attr]
        except (EOFError, gzip.BadGzipFile, zlib.error):
            self.cut = True
            return 0
        buffer[: len(data)] = data
        self._unpacked_bytes += len(data)
        if self._unpacked_bytes > _SUSPICIOUS_BYTES:
            self._check_bounds()
        return len(data)

    def _check_bounds(self) -> None:
        ratio = self._unpacked_bytes / self._packed_bytes
        if ratio > MAX_PACKING:
            raise BadReviewsFile(
                f"{self._name} unpacks to more than {ratio:.0f} times its size: that is no file of reviews.",
                "Texts of people pack 3 to 10 times. Unpack it yourself and look at what it holds.",
            )
        if self._unpacked_bytes > MAX_UNPACKED_BYTES:
            raise BadReviewsFile(
                f"{self._name} holds more than {MAX_UNPACKED_BYTES / 1e9:.0f} GB of text.",
                "Split it by listing.",
            )


def unpacked(file: BinaryIO) -> Unpacked:
    """The bytes of an open file, unpacked if need be."""
    magic = file.read(len(_GZIP_MAGIC))
    file.seek(0)
    packed_bytes = os.fstat(file.fileno()).st_size
    stream = gzip.GzipFile(fileobj=file) if magic == _GZIP_MAGIC else file
    return Unpacked(stream, packed_bytes, Path(str(file.name)).name)


def leads_outside(entry: zipfile.ZipInfo) -> bool:
    """Whether the name of an entry leads out of the folder that a ZIP is unpacked into, on any system."""
    name = entry.filename.replace("\\", "/")
    parts = PurePosixPath(name).parts
    # Python cuts a name at a zero byte, so the name in the archive counts too.
    odd = "\0" in name or "\0" in entry.orig_filename
    return not parts or name.startswith("/") or ".." in parts or ":" in parts[0] or odd


def is_link(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry of a ZIP is a symbolic link."""
    return stat.S_ISLNK(entry.external_attr >> 16)
