"""JPEG files without their metadata, losslessly: only the segments that a decoder needs are kept."""

from __future__ import annotations

import re

_SOI, _EOI, _SOS, _COM = 0xD8, 0xD9, 0xDA, 0xFE
_APP_FIRST, _APP_LAST = 0xE0, 0xEF
#: application segments that change how the pixels are decoded
_NEEDED = {0xE0: b"JFIF\0", 0xEE: b"Adobe"}
#: the next marker inside entropy-coded data: not a stuffed zero, a restart marker or a fill byte
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def strip_metadata(data: bytes) -> bytes:
    """The same JPEG, pixel for pixel, without EXIF, XMP, GPS, comments, profiles, previews and trailing data.

    Args:
        data: a whole JPEG file.

    Raises:
        ValueError: if the segments do not follow ITU-T T.81, annex B.
    """
    if data[:2] != bytes((0xFF, _SOI)):
        raise ValueError("not a JPEG: it does not begin with the start-of-image marker")
    kept = [data[:2]]
    position = 2
    while True:
        marker, position = _next_marker(data, position)
        if marker == _EOI:
            kept.append(bytes((0xFF, _EOI)))
            return b"".join(kept)
        end = _segment_end(data, position)
        if marker == _SOS:
            found = _MARKER.search(data, end)
            if found is None:
                raise ValueError("the JPEG has no end-of-image marker")
            end = found.start()
        if _is_needed(marker, data[position + 2 : position + 8]):
            kept.append(bytes((0xFF, marker)) + data[position:end])
        position = end


def _next_marker(data: bytes, position: int) -> tuple[int, int]:
    """The marker code at ``position`` and where its segment begins."""
    start = position
    while position < len(data) and data[position] == 0xFF:
        position += 1
    if position == start or position >= len(data):
        raise ValueError(f"no JPEG marker at byte {start}")
    return data[position], position + 1


def _segment_end(data: bytes, position: int) -> int:
    length = int.from_bytes(data[position : position + 2], "big")
    if length < 2 or position + length > len(data):
        raise ValueError(f"a JPEG segment at byte {position} is cut off")
    return position + length


def _is_needed(marker: int, start: bytes) -> bool:
    if marker == _COM:
        return False
    if _APP_FIRST <= marker <= _APP_LAST:
        return marker in _NEEDED and start.startswith(_NEEDED[marker])
    return True
