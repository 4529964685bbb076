"""Uploaded parts, written piece by piece into a folder of the store; memory holds one piece and the fields."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from starlette.requests import Request

from dashboard.api.bodies import pieces, too_long
from dashboard.api.problems import Refused
from dashboard.data import MAX_FILE_BYTES, MAX_PHOTOS, MAX_TOTAL_BYTES

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

#: files in one upload: the photos, a reviews file and a ZIP
MOST_FILES = MAX_PHOTOS + 2
#: of a field that is not a file, in bytes
MOST_FIELD_BYTES = 100_000
MOST_FIELDS = 20
MOST_HEADER_BYTES = 4000
#: what the envelope of each part may take beside its content
_ENVELOPE_BYTES = 2 * MOST_HEADER_BYTES
MOST_UPLOAD_BYTES = MAX_TOTAL_BYTES + MOST_FILES * _ENVELOPE_BYTES


@dataclass(frozen=True)
class Part:
    """An uploaded file: the field it came in, the name that the client gave it, and where it lies now."""

    field: str
    name: str
    path: Path
    bytes: int


@dataclass
class Parts:
    """What was uploaded."""

    files: list[Part] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)


class _Reader:
    """Takes the events of the parser."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.parts = Parts()
        self._headers: list[tuple[bytes, bytes]] = []
        self._name, self._value = b"", b""
        self._field = ""
        self._file_name: str | None = None
        self._file: BinaryIO | None = None
        self._text = bytearray()
        self._bytes = 0
        self.ended = False

    def close(self) -> None:
        """Close the file that is being written."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def on_part_begin(self) -> None:
        self._headers, self._name, self._value = [], b"", b""
        self._text, self._bytes = bytearray(), 0

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]
        self._check_headers()

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._check_headers()

    def on_header_end(self) -> None:
        self._headers.append((self._name.lower(), self._value))
        self._name, self._value = b"", b""

    def on_headers_finished(self) -> None:
        disposition = dict(self._headers).get(b"content-disposition", b"").decode("utf-8", "replace")
        self._field, self._file_name = _named(disposition)
        if self._file_name is None:
            if len(self.parts.fields) >= MOST_FIELDS:
                raise Refused(400, f"There are more than {MOST_FIELDS} fields.")
            return
        if len(self.parts.files) >= MOST_FILES:
            raise Refused(413, f"There are more than {MOST_FILES} files in one upload.")
        # Its own name is written nowhere but in the list of parts.
        self._file = (self._folder / f"{len(self.parts.files):04d}").open("wb")

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._bytes += end - start
        if self._file is None:
            if self._bytes > MOST_FIELD_BYTES:
                raise too_long(MOST_FIELD_BYTES)
            self._text += data[start:end]
            return
        if self._bytes > MAX_FILE_BYTES and self._field != "archive":
            raise Refused(413, f"{self._file_name!r} is larger than {MAX_FILE_BYTES // 1_000_000} MB.")
        self._file.write(data[start:end])

    def on_part_end(self) -> None:
        if self._file is None or self._file_name is None:
            self.parts.fields[self._field] = self._text.decode("utf-8", "replace")
            return
        path = Path(self._file.name)
        self.close()
        self.parts.files.append(Part(self._field, self._file_name, path, self._bytes))

    def on_end(self) -> None:
        self.ended = True

    def _check_headers(self) -> None:
        sizes = sum(len(name) + len(value) for name, value in self._headers)
        if sizes + len(self._name) + len(self._value) > MOST_HEADER_BYTES:
            raise Refused(400, "The headers of a part are too long.")


def _named(disposition: str) -> tuple[str, str | None]:
    """The field of a part, and the name of its file if it is one."""
    parsed = Message()
    parsed["content-disposition"] = disposition.replace("\r", " ").replace("\n", " ")
    name = parsed.get_param("name", header="content-disposition")
    if not isinstance(name, str) or not name:
        raise Refused(400, "A part has no name.")
    has_file = parsed.get_param("filename", header="content-disposition") is not None
    return name, (parsed.get_filename("") if has_file else None)


async def read_parts(request: Request, folder: Path) -> Parts:
    """Write the files of a multipart body into ``folder``, under names of our own.

    Raises:
        Refused: it is malformed, or breaks a limit.
    """
    boundary = Message()
    boundary["content-type"] = request.headers.get("content-type", "")
    mark = boundary.get_param("boundary")
    if not isinstance(mark, str) or not mark.isascii():
        raise Refused(400, "The body has no boundary between its parts.")
    with _closing(_Reader(folder)) as reader:
        try:
            parser = MultipartParser(mark.encode(), _callbacks(reader))
            async for piece in pieces(request, MOST_UPLOAD_BYTES):
                parser.write(piece)
            parser.finalize()
        except FormParserError as error:
            raise Refused(400, "The body is not a multipart form that can be read.") from error
        if not reader.ended:
            raise Refused(400, "The body ends in the middle of a part.")
        return reader.parts


def _callbacks(reader: _Reader) -> MultipartCallbacks:
    return {
        "on_part_begin": reader.on_part_begin,
        "on_part_data": reader.on_part_data,
        "on_part_end": reader.on_part_end,
        "on_header_field": reader.on_header_field,
        "on_header_value": reader.on_header_value,
        "on_header_end": reader.on_header_end,
        "on_headers_finished": reader.on_headers_finished,
        "on_end": reader.on_end,
    }


@contextmanager
def _closing(reader: _Reader) -> Iterator[_Reader]:
    try:
        yield reader
    finally:
        reader.close()
